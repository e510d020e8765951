//! Pictures of dishes: taken from a cashier, shown to everybody. Those of the demo menu come with the program.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use shared::id::DishId;
use shared::problem::Problem;
use tokio::fs;
use tracing::{error, info};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::{Cashier, Speaks};
use super::problems::{ProblemResponse, bad_picture, malformed, picture_too_large};
use super::{App, pages};
use crate::pictures::{BadPicture, PICTURE_BYTES_MAX};

/// A larger one is read up to here all the same, so that its sender hears why it is not taken.
const BYTES_READ_MAX: usize = 2 * PICTURE_BYTES_MAX;

/// Where a picture is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Kept {
    /// Its name under `/dishes/`, for the dish's `picture`.
    picture: String,
}

/// The one address that takes bodies of this size.
pub(super) fn upload() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put_picture)).layer(DefaultBodyLimit::max(BYTES_READ_MAX))
}

/// Keep a picture, JPEG, PNG or WebP up to 8 MB. The dish shows it once a menu that names it is saved.
#[utoipa::path(
    put,
    path = "/api/v1/pictures/{dish}",
    params(("dish" = String, Path, description = "The dish it is of, for the log")),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses(
        (status = 200, body = Kept),
        (status = 413, description = "More than 8 MB", body = Problem),
        (status = 422, description = "Not a picture that can be used", body = Problem),
    )
)]
async fn put_picture(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    Path(dish): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Kept>, ProblemResponse> {
    let dish: DishId = dish.parse().map_err(|error: shared::id::BadName| malformed(error.to_string()))?;
    let body = body.map_err(|_| picture_too_large(language))?;
    if body.len() > PICTURE_BYTES_MAX {
        return Err(picture_too_large(language));
    }
    let shelf = Arc::clone(&app.pictures);
    // A decoder that falls over has not read the picture.
    let kept =
        tokio::task::spawn_blocking(move || shelf.keep(&body)).await.unwrap_or(Err(BadPicture::Unreadable));
    let picture = kept.map_err(|bad| {
        if let BadPicture::NotKept(reason) = &bad {
            error!(%reason, "a picture could not be kept");
        }
        bad_picture(&bad, language)
    })?;
    info!(%dish, picture, "a picture was taken");
    Ok(Json(Kept { picture }))
}

/// A picture that was taken never changes under its name; any other is one of the program's files.
pub(super) async fn picture(State(app): State<App>, Path(name): Path<String>, uri: Uri) -> Response {
    let Some(place) = app.pictures.place_of(&name) else { return pages::page(uri).await };
    let Ok(jpeg) = fs::read(place).await else { return pages::page(uri).await };
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, jpeg).into_response()
}
