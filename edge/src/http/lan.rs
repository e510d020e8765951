//! How the shop's network reaches the box, and the certificate by which it knows it.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use shared::problem::Problem;

use super::App;
use super::caller::Cashier;
use super::problems::no_such_endpoint;
use crate::lan::LanView;

/// How the shop's network reaches the box.
#[utoipa::path(get, path = "/api/v1/lan", responses((status = 200, body = LanView), (status = 403, body = Problem)))]
pub(super) async fn lan(State(app): State<App>, _: Cashier) -> Json<LanView> {
    Json(app.lan.view())
}

/// The certificate of the box's own authority, for a device to install; 404 when the box has none.
#[utoipa::path(get, path = "/ca.crt", responses((status = 200, content_type = "application/x-x509-ca-cert")))]
pub(super) async fn ca(State(app): State<App>) -> Response {
    match app.lan.authority() {
        Some(pem) => {
            // The type by which a phone offers to install it.
            ([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], pem.to_owned()).into_response()
        }
        None => no_such_endpoint().await.into_response(),
    }
}
