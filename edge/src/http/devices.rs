//! The shop's devices on the set-up page: who there is, where each stands, and who is no longer welcome.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use edge_core::refusal::Language;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::guest::RoomName;
use shared::id::{DeviceId, StationId};
use shared::problem::Problem;
use shared::screen::Role;
use utoipa::ToSchema;

use super::App;
use super::caller::{Cashier, Speaks};
use super::problems::{ProblemResponse, malformed, problem_of, problem_with_device, unreadable};
use crate::devices::{ChangeError, Changed, DeviceRefusal, DeviceWish, Place};
use crate::store::StoredDevice;

/// A device in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct DeviceReport {
    device: DeviceId,
    /// What people call it.
    name: String,
    role: Role,
    /// Pads only.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<RoomName>,
    /// Kitchen screens only; without one it shows the whole kitchen.
    #[serde(skip_serializing_if = "Option::is_none")]
    station: Option<StationId>,
    /// Grows each time it is moved.
    place: u64,
    /// Whether it says announcements aloud.
    speaks: bool,
    /// Whether it is connected.
    here: bool,
    /// Missing in what an earlier program kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    added_at: Option<Timestamp>,
}

/// Every device, by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct DeviceReports {
    devices: Vec<DeviceReport>,
}

/// Where a device is to stand.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveTo {
    /// `place` of the device that the asker has seen.
    expects: u64,
    room: Option<RoomName>,
    station: Option<StationId>,
}

/// What a device is to be called.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    /// 1 to 40 characters.
    name: String,
    /// Whether it says announcements aloud.
    speaks: bool,
}

/// Every device of the shop.
#[utoipa::path(get, path = "/api/v1/devices", responses((status = 200, body = DeviceReports), (status = 403, body = Problem)))]
pub(super) async fn devices(State(app): State<App>, _: Cashier) -> Json<DeviceReports> {
    let list = app.devices.now();
    Json(DeviceReports { devices: list.kept_all().map(|kept| report(&app, kept)).collect() })
}

/// Let a device stand somewhere else from now on. A pad forgets its guest, and what was asked in the old room is refused.
#[utoipa::path(
    put,
    path = "/api/v1/devices/{device}/place",
    params(("device" = String, Path, description = "A device of the shop")),
    request_body = MoveTo,
    responses((status = 200, body = DeviceReport), (status = "4XX", description = "Nothing was changed", body = Problem))
)]
pub(super) async fn move_to(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    Path(device): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<DeviceReport>, ProblemResponse> {
    let MoveTo { expects, room, station } = read(body)?;
    let (device, to) = (named(device, language)?, Place { room, station });
    check_station(&app, to.station.as_ref(), language).await?;
    change(&app, DeviceWish::Move { device, expects: Some(expects), to }, language).await
}

/// Call a device something else, and let it speak or not.
#[utoipa::path(
    put,
    path = "/api/v1/devices/{device}",
    params(("device" = String, Path, description = "A device of the shop")),
    request_body = Description,
    responses((status = 200, body = DeviceReport), (status = "4XX", description = "Nothing was changed", body = Problem))
)]
pub(super) async fn describe(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    Path(device): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<DeviceReport>, ProblemResponse> {
    let Description { name, speaks } = read(body)?;
    let device = named(device, language)?;
    change(&app, DeviceWish::Describe { device, name, speaks }, language).await
}

/// Turn a device away, at once and for good. The last cashier stays.
#[utoipa::path(
    delete,
    path = "/api/v1/devices/{device}",
    params(("device" = String, Path, description = "A device of the shop")),
    responses((status = 204, description = "It is out"), (status = "4XX", description = "Nothing was changed", body = Problem))
)]
pub(super) async fn revoke(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    Path(device): Path<String>,
) -> Result<StatusCode, ProblemResponse> {
    let device = named(device, language)?;
    app.devices.change(DeviceWish::Revoke { device }).await.map_err(in_language(language))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(
    app: &App,
    wish: DeviceWish,
    language: Language,
) -> Result<Json<DeviceReport>, ProblemResponse> {
    match app.devices.change(wish).await.map_err(in_language(language))? {
        Changed::Kept(kept) => Ok(Json(report(app, &kept))),
        Changed::Revoked(_) => Err(refused(DeviceRefusal::Unknown, language)),
    }
}

fn report(app: &App, kept: &StoredDevice) -> DeviceReport {
    let device = &kept.device;
    DeviceReport {
        device: device.id.clone(),
        name: kept.name.clone(),
        role: device.role,
        room: device.room.clone(),
        station: device.station.clone(),
        place: device.place,
        speaks: device.speaks,
        here: app.attendance.borrow().is_here(&device.id),
        added_at: kept.added_at,
    }
}

/// Reads a body. Errors: 400 with what is wrong in it.
pub(super) fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, ProblemResponse> {
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()))
}

/// A screen at a station that there is not would show nothing, and nobody would know why.
pub(super) async fn check_station(
    app: &App,
    station: Option<&StationId>,
    language: Language,
) -> Result<(), ProblemResponse> {
    let Some(station) = station else { return Ok(()) };
    let kitchen = app.desk.counter.kitchen().await;
    let kitchen = kitchen.map_err(|error| ProblemResponse(problem_of(&error, language)))?;
    if kitchen.plan.stations.iter().any(|known| known.station == *station) {
        Ok(())
    } else {
        Err(refused(DeviceRefusal::UnknownStation, language))
    }
}

fn named(device: String, language: Language) -> Result<DeviceId, ProblemResponse> {
    DeviceId::new(device).map_err(|_| refused(DeviceRefusal::Unknown, language))
}

/// A refusal on its way out.
pub(super) fn refused(refusal: DeviceRefusal, language: Language) -> ProblemResponse {
    in_language(language)(ChangeError::Refused(refusal))
}

fn in_language(language: Language) -> impl Fn(ChangeError) -> ProblemResponse {
    move |error| ProblemResponse(problem_with_device(error, language))
}
