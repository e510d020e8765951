//! The dashboard's pages, embedded in the program.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::ApiError;

/// A build without the pages (`npm run build` in `web/`) is a service without a dashboard.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

/// A file of the pages; any other address is the application's own and gets its one page.
pub(super) async fn page(method: Method, uri: Uri) -> Result<Response, ApiError> {
    let path = uri.path().trim_start_matches('/');
    let ours = ["api/", "hooks/"].iter().all(|prefix| !path.starts_with(prefix));
    if method != Method::GET || !ours {
        return Err(ApiError::NotFound);
    }
    match Built::get(path) {
        Some(file) if !path.is_empty() => Ok(serve(file, path.starts_with("assets/"))),
        Some(_) | None if path.contains('.') => Err(ApiError::NotFound),
        Some(_) | None => match Built::get("index.html") {
            Some(index) => Ok(serve(index, false)),
            None => Ok((StatusCode::NOT_FOUND, "This build has no pages.").into_response()),
        },
    }
}

/// Built assets carry their hash in their name and never change.
fn serve(file: EmbeddedFile, hashed: bool) -> Response {
    let kept = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = file.metadata.mimetype().to_owned();
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, kept.to_owned())], file.data).into_response()
}
