//! A person's word that the box's clock is right, for a clock that was set and that the box does not believe.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use jiff::Timestamp;
use serde::Deserialize;
use shared::problem::Problem;
use tracing::info;
use utoipa::ToSchema;

use super::App;
use super::caller::{Caller, Cashier, Speaks};
use super::problems::{ProblemResponse, malformed, not_believed, unreadable};
use crate::clock::Clock;
use crate::status::ClockState;

/// What somebody has seen the box's clock show, and found right.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FoundRight {
    /// `clock.shows` of the status.
    #[schema(value_type = String, format = DateTime)]
    seen: Timestamp,
}

/// The time that the box shows is right: believe it (K2).
#[utoipa::path(
    post,
    path = "/api/v1/clock/believed",
    request_body = FoundRight,
    responses(
        (status = 200, description = "It is believed", body = ClockState),
        (status = 403, description = "Only a cashier may say so", body = Problem),
        (status = 409, description = "The box shows another time, or one that cannot be", body = Problem),
    )
)]
pub(super) async fn believe(
    State(app): State<App>,
    _: Cashier,
    Caller(device): Caller,
    Speaks(language): Speaks,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ClockState>, ProblemResponse> {
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    let FoundRight { seen } = serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()))?;
    app.parts.clock.believe(seen).map_err(|error| not_believed(error, language))?;
    info!(device = %device.id, %seen, "somebody says that the clock is right");
    Ok(Json(state(&app)))
}

/// How the clock is.
pub(super) fn state(app: &App) -> ClockState {
    ClockState {
        trusted: app.parts.clock.read().trusted,
        shows: Clock::shows(),
        time_zone: app.shop.time_zone.clone(),
    }
}
