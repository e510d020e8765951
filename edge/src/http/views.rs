//! What can be looked at: the session, the menu, the board, the status.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use edge_core::refusal::{Language, Refusal};
use shared::guest::RoomName;
use shared::message::AnnouncementsView;
use shared::problem::Problem;
use shared::screen::{Board, KitchenView, MenuView, Role, Session};

use super::caller::{Caller, Speaks};
use super::problems::{ProblemResponse, problem_of};
use super::{App, clock};
use crate::counter::AskError;
use crate::status::Status;

fn in_language(language: Language) -> impl Fn(AskError) -> ProblemResponse {
    move |error| ProblemResponse(problem_of(&error, language))
}

/// What this device is.
#[utoipa::path(get, path = "/api/v1/session", responses((status = 200, body = Session), (status = 401, body = Problem)))]
pub(super) async fn session(State(app): State<App>, Caller(device): Caller) -> Json<Session> {
    Json(app.shop.session(&device))
}

/// The menu with what is sold out.
#[utoipa::path(get, path = "/api/v1/menu", responses((status = 200, body = MenuView), (status = 401, body = Problem)))]
pub(super) async fn menu(
    State(app): State<App>,
    Caller(_): Caller,
    Speaks(language): Speaks,
) -> Result<Json<MenuView>, ProblemResponse> {
    app.desk.counter.menu().await.map(Json).map_err(in_language(language))
}

/// What is announced where, and what a guest may call for.
#[utoipa::path(get, path = "/api/v1/announcements", responses((status = 200, body = AnnouncementsView), (status = 401, body = Problem)))]
pub(super) async fn announcements(
    State(app): State<App>,
    Caller(_): Caller,
    Speaks(language): Speaks,
) -> Result<Json<AnnouncementsView>, ProblemResponse> {
    app.desk.counter.announcements().await.map(Json).map_err(in_language(language))
}

/// How the kitchen is laid out.
#[utoipa::path(get, path = "/api/v1/kitchen", responses((status = 200, body = KitchenView), (status = 403, body = Problem)))]
pub(super) async fn kitchen(
    State(app): State<App>,
    Caller(device): Caller,
    Speaks(language): Speaks,
) -> Result<Json<KitchenView>, ProblemResponse> {
    if !matches!(device.role, Role::Cashier | Role::Kitchen | Role::Expo) {
        return Err(in_language(language)(AskError::Refused(Refusal::NotAllowed)));
    }
    app.desk.counter.kitchen().await.map(Json).map_err(in_language(language))
}

/// Every open order; for a pad its room's alone.
#[utoipa::path(get, path = "/api/v1/board", responses((status = 200, body = Board), (status = 401, body = Problem)))]
pub(super) async fn board(
    State(app): State<App>,
    Caller(device): Caller,
    Speaks(language): Speaks,
) -> Result<Json<Board>, ProblemResponse> {
    let room: Option<RoomName> = match device.role {
        Role::Pad => Some(
            device.room.ok_or(AskError::Refused(Refusal::PadWithoutRoom)).map_err(in_language(language))?,
        ),
        Role::Kitchen | Role::Expo | Role::CallScreen | Role::Speaker | Role::Staff | Role::Cashier => None,
    };
    app.desk.counter.board(room).await.map(Json).map_err(in_language(language))
}

/// How the box is.
#[utoipa::path(get, path = "/api/v1/status", responses((status = 200, body = Status), (status = 403, body = Problem)))]
pub(super) async fn status(
    State(app): State<App>,
    Caller(device): Caller,
    Speaks(language): Speaks,
) -> Result<Json<Status>, ProblemResponse> {
    if !matches!(device.role, Role::Cashier | Role::Kitchen | Role::Expo) {
        return Err(in_language(language)(AskError::Refused(Refusal::NotAllowed)));
    }
    let board = app.desk.counter.board(None).await.map_err(in_language(language))?;
    Ok(Json(Status {
        program: env!("CARGO_PKG_VERSION"),
        started_at: app.started_at,
        now: board.now,
        revision: board.revision,
        orders_open: board.orders.len(),
        broker: app.parts.broker.borrow().clone(),
        voice: app.parts.voice.borrow().clone(),
        messages: app.messages.state(),
        printers: app.parts.printers.borrow().clone(),
        cloud: app.parts.cloud.borrow().clone(),
        clock: clock::state(&app),
        set_aside: app.set_aside.load(Ordering::Relaxed),
    }))
}
