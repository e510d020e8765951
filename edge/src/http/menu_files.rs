//! The menu as a file: out to be edited elsewhere, in to be looked at. Importing saves nothing: the page shows what
//! would change and sends the menu as a command.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use edge_core::menu::MenuBook;
use edge_core::refusal::{Language, Refusal};
use serde::Deserialize;
use shared::menu::Menu;
use shared::problem::Problem;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::caller::{Cashier, Speaks};
use super::problems::{ProblemResponse, bad_menu_file, malformed, problem_of, unreadable};
use crate::counter::AskError;
use crate::menu_files::{from_csv, from_json, to_csv};

/// What kind of file.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    Csv,
    Json,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Import {
    /// What kind of file the body is.
    format: Format,
}

/// The menu for a spreadsheet, with headings in the language of the asker.
#[utoipa::path(
    get,
    path = "/api/v1/menu.csv",
    responses((status = 200, content_type = "text/csv", body = String), (status = 403, body = Problem))
)]
pub(super) async fn csv(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
) -> Result<Response, ProblemResponse> {
    let csv = to_csv(&menu(&app, language).await?, language);
    Ok(file("text/csv; charset=utf-8", "attachment; filename=menu.csv", csv))
}

/// The menu for a program.
#[utoipa::path(get, path = "/api/v1/menu.json", responses((status = 200, body = Menu), (status = 403, body = Problem)))]
pub(super) async fn json(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
) -> Result<Response, ProblemResponse> {
    let menu = menu(&app, language).await?;
    let json = serde_json::to_string_pretty(&menu).expect("a menu has string keys and no foreign types");
    Ok(file("application/json", "attachment; filename=menu.json", json))
}

async fn menu(app: &App, language: Language) -> Result<Menu, ProblemResponse> {
    let view = app.desk.counter.menu().await;
    view.map(|view| view.menu).map_err(|error| ProblemResponse(problem_of(&error, language)))
}

fn file(kind: &'static str, name: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], body).into_response()
}

/// Read a menu from a file, and answer what was read. Nothing is saved.
#[utoipa::path(
    post,
    path = "/api/v1/menu/import",
    params(Import),
    request_body = String,
    responses(
        (status = 200, description = "What a save would put in the place of the menu", body = Menu),
        (status = 422, description = "`about` says of each bad row where it is and what to do", body = Problem),
    )
)]
pub(super) async fn import(
    _: Cashier,
    Speaks(language): Speaks,
    query: Result<Query<Import>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Menu>, ProblemResponse> {
    let Query(Import { format }) = query.map_err(|rejection| malformed(rejection.to_string()))?;
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    let menu = match format {
        Format::Csv => from_csv(&body),
        Format::Json => from_json(&body),
    };
    let menu = menu.map_err(|rows| bad_menu_file(&rows, language))?;
    let book = MenuBook::new(menu).map_err(|bad| {
        let refused = AskError::Refused(Refusal::BadMenu(vec![bad.at()]));
        ProblemResponse(problem_of(&refused, language))
    })?;
    Ok(Json(book.menu().clone()))
}
