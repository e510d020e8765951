//! Pairing: the cashier opens one for a device, and the device redeems it, which is the only thing that a stranger may
//! do here.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use edge_core::refusal::Language;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::guest::RoomName;
use shared::id::{DeviceId, StationId};
use shared::problem::Problem;
use shared::screen::Role;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::caller::{Cashier, Speaks};
use super::devices::{check_station, read, refused};
use super::problems::{ProblemResponse, malformed, no_such_pairing, problem_with_pairing, too_many_pairings};
use crate::devices::{NewDevice, OPEN_FOR, PairingState, Place, RedeemError, Redeemed, page_of};
use crate::lan::Greeted;

/// Longest code or token that is looked at.
const CODE_BYTES_MAX: usize = 64;

/// A device that is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    role: Role,
    /// 1 to 40 characters; left out, its id.
    name: Option<String>,
    /// Pads, and nobody else.
    room: Option<RoomName>,
    /// Kitchen screens; left out, the whole kitchen.
    station: Option<StationId>,
    /// Whether it says announcements aloud; left out, speakers do.
    speaks: Option<bool>,
}

/// A pairing that is open. Code and address are shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PairingOffer {
    pairing: Uuid,
    /// Eight digits, for a device without a camera.
    code: String,
    /// For a QR code: the page that redeems it.
    url: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Where a pairing stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PairingReport {
    state: PairingState,
    /// Once it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<DeviceId>,
}

/// What a device knows of its pairing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Redeeming {
    /// Eight digits, or the token of the QR code.
    code: String,
}

/// What a device is given, once.
#[derive(Serialize, ToSchema)]
pub(super) struct Credential {
    device: DeviceId,
    /// Opens HTTP (`Authorization: Bearer {device}.{secret}`) and MQTT (its password).
    secret: String,
    role: Role,
    /// The page that it shows.
    page: &'static str,
}

/// Open a pairing for ten minutes.
#[utoipa::path(
    post,
    path = "/api/v1/pairings",
    request_body = Wanted,
    responses((status = 200, body = PairingOffer), (status = "4XX", body = Problem))
)]
pub(super) async fn open(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    ReachedAt(reached): ReachedAt,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<PairingOffer>, ProblemResponse> {
    let Wanted { role, name, room, station, speaks } = read(body)?;
    let speaks = speaks.unwrap_or(role == Role::Speaker);
    let new = NewDevice { role, name, place: Place { room, station }, speaks };
    new.check().map_err(|refusal| refused(refusal, language))?;
    check_station(&app, new.place.station.as_ref(), language).await?;
    let opened = app.pairings.open(new).map_err(|_| too_many_pairings(language))?;
    let url = format!("{reached}/pair#{}", opened.token);
    let lasts = SignedDuration::try_from(OPEN_FOR).unwrap_or(SignedDuration::ZERO);
    let expires_at = app.parts.clock.read().at + lasts;
    Ok(Json(PairingOffer { pairing: opened.pairing, code: opened.code, url, expires_at }))
}

/// Where a pairing stands.
#[utoipa::path(
    get,
    path = "/api/v1/pairings/{pairing}",
    params(("pairing" = String, Path, description = "As it was named when it was opened")),
    responses((status = 200, body = PairingReport), (status = "4XX", body = Problem))
)]
pub(super) async fn look(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    Path(pairing): Path<String>,
) -> Result<Json<PairingReport>, ProblemResponse> {
    let found = pairing.parse().ok().and_then(|pairing| app.pairings.look(pairing));
    let (state, device) = found.ok_or_else(|| no_such_pairing(language))?;
    Ok(Json(PairingReport { state, device }))
}

/// Close a pairing that nobody has used.
#[utoipa::path(
    delete,
    path = "/api/v1/pairings/{pairing}",
    params(("pairing" = String, Path, description = "As it was named when it was opened")),
    responses((status = 204, description = "Nobody can use it"), (status = "4XX", body = Problem))
)]
pub(super) async fn withdraw(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    Path(pairing): Path<String>,
) -> Result<StatusCode, ProblemResponse> {
    let is_known = pairing.parse().is_ok_and(|pairing| app.pairings.withdraw(pairing));
    if is_known { Ok(StatusCode::NO_CONTENT) } else { Err(no_such_pairing(language)) }
}

/// Become one of the shop's devices. Anybody may try; five wrong codes lock codes for ten minutes.
#[utoipa::path(
    post,
    path = "/api/v1/pairings/redeem",
    request_body = Redeeming,
    responses(
        (status = 200, body = Credential),
        (status = 404, description = "No pairing has this code; `about` says how many tries are left", body = Problem),
        (status = 410, description = "It is no longer open", body = Problem),
        (status = 429, description = "Too many wrong codes; try again after `Retry-After` seconds", body = Problem),
    )
)]
pub(super) async fn redeem(
    State(app): State<App>,
    Speaks(language): Speaks,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ProblemResponse> {
    let Redeeming { mut code } = read(body)?;
    code.truncate(code.floor_char_boundary(CODE_BYTES_MAX));
    Ok(match app.pairings.redeem(&code).await {
        Ok(Redeemed { device, secret }) => {
            let (role, page) = (device.role, page_of(device.role));
            let granted = Json(Credential { device: device.id, secret, role, page });
            ([(header::CACHE_CONTROL, "no-store")], granted).into_response()
        }
        Err(error) => not_redeemed(error, language),
    })
}

fn not_redeemed(error: RedeemError, language: Language) -> Response {
    let mut response = ProblemResponse(problem_with_pairing(error, language)).into_response();
    if let RedeemError::Locked { wait } = error {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    }
    response
}

/// The address by which a device in the asker's hands reaches the box: the one by which the asker did,
/// `https://192.0.2.7:7443`. A cashier at the box itself, in plain text, is told the one of the shop's network.
pub(super) struct ReachedAt(String);

impl FromRequestParts<App> for ReachedAt {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ProblemResponse> {
        let named = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let authority =
            named.and_then(|host| host.parse::<Authority>().ok()).or(parts.uri.authority().cloned());
        let authority = authority.ok_or_else(|| malformed("a request names its host".to_owned()))?;
        if parts.extensions.get::<Greeted>().is_some() {
            return Ok(Self(format!("https://{authority}")));
        }
        let outward =
            Some(app.lan.view()).filter(|view| view.tls).and_then(|view| view.pages.into_iter().next());
        Ok(Self(outward.unwrap_or_else(|| format!("http://{authority}"))))
    }
}
