//! The pages, built from `edge/web` and carried in the program.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

/// `/kitchen` is `kitchen.html`; `/` is `index.html`; anything else is a file by its own name.
pub(super) async fn page(uri: Uri) -> Response {
    let name = match uri.path().trim_matches('/') {
        "" => "index.html".to_owned(),
        path if path.contains('.') => path.to_owned(),
        path => format!("{path}.html"),
    };
    match Built::get(&name) {
        Some(file) => answer(&name, file),
        None => (StatusCode::NOT_FOUND, "没有这个页面。There is no such page.").into_response(),
    }
}

/// Files under `assets/` carry their hash in their name and never change; everything else is asked for anew.
fn answer(name: &str, file: EmbeddedFile) -> Response {
    let keep = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, file.metadata.mimetype().to_owned()),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, file.data).into_response()
}
