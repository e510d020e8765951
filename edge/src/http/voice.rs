//! The voice as the set-up page needs it: how it fares, which sound devices there are, and how something would
//! sound that has not been saved yet.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use edge_core::announce::{Params, SpeechPart, Template, as_said, check_said_as};
use serde::{Deserialize, Serialize};
use shared::id::MessageId;
use shared::message::{Source, Volume};
use shared::problem::Problem;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::App;
use super::caller::{Cashier, Speaks};
use super::problems::{ProblemResponse, bad_said_as, bad_template, malformed, not_rendered, unreadable};
use crate::speaker::protocol::SoundDevice;
use crate::voice::{Announcement, VoiceStatus};

/// Whoever tries a sentence on the loudspeaker waits beside it for no longer than this.
const TRIED_FOR: std::time::Duration = std::time::Duration::from_secs(15);

/// Longest name that is tried, in characters, like the longest template.
const WORDS_MAX: usize = 120;

/// The voice.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VoiceView {
    /// How it fares, and on which device.
    status: VoiceStatus,
    /// The devices that the box has now.
    devices: Vec<SoundDevice>,
    /// The device it is to speak on; it need not be among them.
    chosen: String,
}

/// The voice and the sound devices.
#[utoipa::path(get, path = "/api/v1/voice", responses((status = 200, body = VoiceView), (status = 403, body = Problem)))]
pub(super) async fn voice(State(app): State<App>, _: Cashier) -> Json<VoiceView> {
    let devices = app.voice.devices().await;
    let status = app.voice.status().borrow().clone();
    Json(VoiceView { status, devices, chosen: app.voice.device() })
}

/// What is to be heard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Tried {
    /// A template, with an example in every gap.
    Template(TriedTemplate),
    /// A name, as the voice says it by itself or as it is told to.
    Words(TriedWords),
}

/// See [`Tried`].
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TriedTemplate {
    template: String,
    /// Which guest the example has.
    source: Source,
}

/// See [`Tried`].
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TriedWords {
    words: String,
    /// As `said_as` of a dish.
    #[serde(default)]
    said_as: Option<String>,
}

/// Where it is to be heard.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Where {
    /// Left out: it is answered as a file.
    on: Option<Place>,
}

/// See [`Where`].
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// The box's own loudspeaker.
    Speaker,
}

/// Hear how a template or a name would sound.
#[utoipa::path(
    post,
    path = "/api/v1/voice/preview",
    params(Where),
    request_body = Tried,
    responses(
        (status = 200, description = "The sound", content_type = "audio/wav", body = Vec<u8>),
        (status = 202, description = "The box's loudspeaker says it when its turn comes"),
        (status = 403, description = "Only a cashier may try", body = Problem),
        (status = 422, description = "It cannot be said so", body = Problem),
        (status = 503, description = "There is no voice, or it is busy", body = Problem),
    )
)]
pub(super) async fn preview(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    place: Result<Query<Where>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ProblemResponse> {
    let Query(place) = place.map_err(|rejection| malformed(rejection.to_string()))?;
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    let speech = match serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()))? {
        Tried::Template(tried) => {
            let template = Template::new(&tried.template).map_err(|error| bad_template(&error, language))?;
            template.render(&example(tried.source)).speech
        }
        Tried::Words(tried) => {
            if tried.words.trim().is_empty() || tried.words.chars().count() > WORDS_MAX {
                return Err(malformed(format!("words must have 1 to {WORDS_MAX} characters")));
            }
            let said_as = tried.said_as.as_deref().filter(|said_as| !said_as.trim().is_empty());
            said_as.map_or(Ok(()), check_said_as).map_err(|error| bad_said_as(&error, language))?;
            vec![SpeechPart(as_said(&tried.words, said_as))]
        }
    };
    match place.on {
        Some(Place::Speaker) => {
            let (id, until) = (MessageId(Uuid::new_v4()), Instant::now() + TRIED_FOR);
            let announcement = Announcement { id, speech, volume: Volume::FULL, until };
            tokio::spawn(async move { app.voice.say(announcement).await });
            Ok(StatusCode::ACCEPTED.into_response())
        }
        None => {
            let sound = app.voice.render(speech).await.map_err(|error| not_rendered(error, language))?;
            let headers = [(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "no-store")];
            Ok((headers, sound).into_response())
        }
    }
}

/// What stands in the gaps of a template that is tried: the same on the page.
fn example(source: Source) -> Params {
    let guest: &[_] = match source {
        Source::Room => &[("roomName", "801")],
        Source::Wristband => &[("wristband", "12")],
        Source::Shop => &[("roomName", "801"), ("wristband", "12")],
    };
    let rest = [
        ("orderNumber", "1"),
        ("goodsName", "水饺"),
        ("num", "2"),
        ("attendant", "18"),
        ("text", "请看屏幕"),
    ];
    guest.iter().chain(&rest).map(|(gap, value)| ((*gap).to_owned(), (*value).to_owned())).collect()
}
