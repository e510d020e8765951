//! Messages: the life of every record (M9), what a screen that was away should be showing (M8), and how a message
//! sounds.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use edge_core::authority::{Device, account_of};
use edge_core::refusal::{Language, Refusal};
use serde::{Deserialize, Serialize};
use shared::id::{AccountId, MessageId};
use shared::message::{Channel, Message, MessageEvent, MessageRecord, MessageState};
use shared::problem::Problem;
use shared::screen::Role;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::App;
use super::caller::{Caller, Speaks};
use super::problems::{ProblemResponse, malformed, not_rendered, problem_of, problem_with_messages};
use crate::counter::AskError;
use crate::messages::MessagesError;
use crate::store::messages::Wanted;

/// Records of a page, unless somebody says otherwise, and at most.
const LIMIT: u32 = 50;
const LIMIT_MAX: u32 = 200;

/// Which records somebody wants to see.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// In this state.
    #[param(inline)]
    state: Option<MessageState>,
    /// About this.
    #[param(inline)]
    event: Option<MessageEvent>,
    /// By this channel.
    #[param(inline)]
    channel: Option<Channel>,
    /// To this account.
    #[param(value_type = Option<String>)]
    account: Option<AccountId>,
    /// About the guest in this room, or with this wristband.
    guest: Option<String>,
    /// The `next` of an earlier answer.
    before: Option<String>,
    /// So many at most; 50 unless said otherwise, 200 at most.
    limit: Option<u32>,
}

/// One page of records.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageRecords {
    /// Newest first.
    records: Vec<MessageRecord>,
    /// Where to go on; none: that is all.
    next: Option<String>,
}

/// Messages for one screen.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MyMessages {
    /// Oldest first.
    messages: Vec<Message>,
}

/// A message that is said again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SaidAgain {
    /// Its new id.
    id: MessageId,
}

/// What was told, to whom, and what became of it, newest first. For the cashier and the staff.
#[utoipa::path(
    get,
    path = "/api/v1/messages",
    params(Filter),
    responses((status = 200, body = MessageRecords), (status = 403, body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Caller(device): Caller,
    Speaks(language): Speaks,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<MessageRecords>, ProblemResponse> {
    allow(&device, &[Role::Cashier, Role::Staff], language)?;
    let Query(filter) = filter.map_err(|rejection| malformed(rejection.to_string()))?;
    let limit = filter.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let before = filter.before.map(|before| before.parse()).transpose();
    let wanted = Wanted {
        state: filter.state,
        event: filter.event,
        channel: filter.channel,
        account: filter.account,
        guest: filter.guest,
        before: before
            .map_err(|_| malformed("`before` must be the `next` of an earlier answer".to_owned()))?,
        limit,
    };
    let found = app
        .messages
        .read(move |reader| reader.list(&wanted))
        .await
        .map_err(|error| problem_with_messages(&error, language))?;
    let is_full = found.len() == limit as usize;
    let next = found.last().filter(|_| is_full).map(|(place, _)| place.to_string());
    Ok(Json(MessageRecords { records: found.into_iter().map(|(_, record)| record).collect(), next }))
}

/// What this device's account should be showing now.
#[utoipa::path(get, path = "/api/v1/messages/mine", responses((status = 200, body = MyMessages), (status = 401, body = Problem)))]
pub(super) async fn mine(
    State(app): State<App>,
    Caller(device): Caller,
    Speaks(language): Speaks,
) -> Result<Json<MyMessages>, ProblemResponse> {
    let at = app.parts.clock.read().at;
    let messages = app.messages.shown_to(account_of(&device), at).await;
    messages
        .map(|messages| Json(MyMessages { messages }))
        .map_err(|error| problem_with_messages(&error, language))
}

/// A message as WAV, chime included. For the device that it is for, and the cashier.
#[utoipa::path(
    get,
    path = "/api/v1/messages/{id}/sound",
    params(("id" = String, Path, description = "A message")),
    responses((status = 200, content_type = "audio/wav", body = Vec<u8>), (status = "4XX", body = Problem))
)]
pub(super) async fn sound(
    State(app): State<App>,
    Caller(device): Caller,
    Speaks(language): Speaks,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ProblemResponse> {
    let no = |error: MessagesError| problem_with_messages(&error, language);
    let record = app.messages.with_words(message(&id).map_err(no)?).await.map_err(no)?;
    if record.account != account_of(&device) && device.role != Role::Cashier {
        return Err(no(MessagesError::Unknown));
    }
    let sound = app.voice.render(record.speech).await.map_err(|error| not_rendered(error, language))?;
    Ok(([(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "private, no-store")], sound))
}

/// Say a message once more on the box's own loudspeaker.
#[utoipa::path(
    post,
    path = "/api/v1/messages/{id}/replay",
    params(("id" = String, Path, description = "A message")),
    responses((status = 202, body = SaidAgain), (status = "4XX", body = Problem))
)]
pub(super) async fn replay(
    State(app): State<App>,
    Caller(device): Caller,
    Speaks(language): Speaks,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<SaidAgain>), ProblemResponse> {
    allow(&device, &[Role::Cashier, Role::Kitchen, Role::Expo, Role::Staff], language)?;
    let no = |error: MessagesError| problem_with_messages(&error, language);
    let new = MessageId(Uuid::new_v4());
    app.messages.again(message(&id).map_err(no)?, new).await.map_err(no)?;
    Ok((StatusCode::ACCEPTED, Json(SaidAgain { id: new })))
}

fn message(id: &str) -> Result<MessageId, MessagesError> {
    id.parse().map_err(|_| MessagesError::Unknown)
}

fn allow(device: &Device, roles: &[Role], language: Language) -> Result<(), ProblemResponse> {
    if roles.contains(&device.role) {
        return Ok(());
    }
    Err(ProblemResponse(problem_of(&AskError::Refused(Refusal::NotAllowed), language)))
}
