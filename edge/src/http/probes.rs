//! For those who watch the box: alive, ready, figures.

use axum::extract::State;
use axum::http::StatusCode;

use super::App;

/// The program runs.
#[utoipa::path(get, path = "/healthz", responses((status = 200)))]
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// Orders are taken and screens are served.
#[utoipa::path(get, path = "/readyz", responses((status = 200), (status = 503)))]
pub(super) async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    let takes_orders = app.desk.counter.menu().await.is_ok();
    match (takes_orders, *app.parts.screens_served.borrow()) {
        (true, true) => (StatusCode::OK, "ready"),
        (true, false) => (StatusCode::SERVICE_UNAVAILABLE, "the broker does not carry yet"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "the counter has stopped"),
    }
}

/// The figures, as Prometheus reads them.
pub(super) async fn metrics(State(app): State<App>) -> String {
    app.figures.render()
}
