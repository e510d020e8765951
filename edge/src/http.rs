//! Pages and API of the box. A handler takes, checks who asks, asks the counter, answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use edge_core::authority::account_of;
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use shared::screen::Session;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::ShopSettings;
use crate::devices::{DeviceBook, Pairings};
use crate::lan::Lan;
use crate::messages::Messages;
use crate::pictures::PictureShelf;
use crate::print::Printing;
use crate::screens::Attendance;
use crate::status::Parts;
use crate::store::TimesReader;
use crate::voice::Voice;

mod asyncapi;
mod caller;
mod clock;
mod devices;
mod lan;
mod menu_files;
mod messages;
mod mqtt;
mod pages;
mod pairing;
mod pictures;
mod printing;
mod probes;
mod problems;
mod requests;
mod times;
mod views;
mod voice;

pub use problems::problem_of;
pub use requests::{Desk, ShopKey, Wish};

/// Largest body: an order of a hundred lines with long notes.
pub const BODY_BYTES_MAX: usize = 128 * 1024;
/// Largest body of a cashier, who saves whole menus: a thousand dishes with options.
const MENU_BYTES_MAX: usize = 1024 * 1024;
/// A larger one is read up to here all the same: a device whose connection is cut in the middle of its body
/// never hears why.
const BODY_BYTES_READ_MAX: usize = 2 * 1024 * 1024;

/// What every handler may use.
#[derive(Clone)]
pub struct App {
    /// Where requests go.
    pub desk: Desk,
    /// Who may come in.
    pub devices: Arc<DeviceBook>,
    /// Which of them are there.
    pub attendance: watch::Receiver<Attendance>,
    /// Where devices become the shop's.
    pub pairings: Arc<Pairings>,
    /// The printers.
    pub printing: Printing,
    /// The message centre.
    pub messages: Messages,
    /// The voice.
    pub voice: Voice,
    /// The shop's broker, for pages.
    pub broker: SocketAddr,
    /// How the shop's network reaches the box.
    pub lan: Lan,
    /// How the box is.
    pub parts: Parts,
    /// What a device is told about the shop; its own part is filled in.
    pub shop: Arc<ShopCard>,
    /// Messages that could not be read.
    pub set_aside: Arc<AtomicU64>,
    /// When this run began.
    pub started_at: Timestamp,
    /// The figures for Prometheus.
    pub figures: PrometheusHandle,
    /// Pictures of dishes.
    pub pictures: Arc<PictureShelf>,
    /// How long dishes took.
    pub times: TimesReader,
}

/// The part of a [`Session`] that is the same for every device.
#[derive(Debug, Clone)]
pub struct ShopCard {
    /// The brand.
    pub brand: shared::id::BrandId,
    /// The shop.
    pub shop: shared::id::ShopId,
    /// As guests know it.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
}

impl From<&ShopSettings> for ShopCard {
    fn from(settings: &ShopSettings) -> Self {
        Self {
            brand: settings.brand.clone(),
            shop: settings.shop.clone(),
            name: settings.name.clone(),
            time_zone: settings.time_zone.clone(),
        }
    }
}

impl ShopCard {
    /// The whole session of one device.
    pub(crate) fn session(&self, device: &edge_core::authority::Device) -> Session {
        Session {
            device: device.id.clone(),
            account: account_of(device),
            role: device.role,
            place: device.place,
            speaks: device.speaks,
            room: device.room.clone(),
            station: device.station.clone(),
            brand: self.brand.clone(),
            shop: self.shop.clone(),
            shop_name: self.name.clone(),
            time_zone: self.time_zone.clone(),
        }
    }
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Chuancai, the box",
    description = "Orders, kitchen and screens of one shop. `Authorization: Bearer {device}.{secret}`."
))]
struct ApiDoc;

/// Everything the box serves.
pub fn router(app: App) -> Router {
    let (api, document) = OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(views::session))
        .routes(routes!(views::menu))
        .routes(routes!(views::kitchen))
        .routes(routes!(views::announcements))
        .routes(routes!(views::board))
        .routes(routes!(views::status))
        .routes(routes!(asyncapi::asyncapi))
        .routes(routes!(lan::lan))
        .routes(routes!(lan::ca))
        .routes(routes!(clock::believe))
        .routes(routes!(devices::devices))
        .routes(routes!(devices::move_to))
        .routes(routes!(devices::describe, devices::revoke))
        .routes(routes!(pairing::open))
        .routes(routes!(pairing::redeem))
        .routes(routes!(pairing::look, pairing::withdraw))
        .routes(routes!(printing::printers))
        .routes(routes!(printing::print_test_page))
        .routes(routes!(printing::release_slip))
        .routes(routes!(printing::drop_slip))
        .routes(routes!(messages::list))
        .routes(routes!(messages::mine))
        .routes(routes!(messages::sound))
        .routes(routes!(messages::replay))
        .routes(routes!(voice::voice))
        .routes(routes!(voice::preview))
        .routes(routes!(times::times))
        .routes(routes!(menu_files::csv))
        .routes(routes!(menu_files::json))
        .routes(routes!(menu_files::import))
        .merge(pictures::upload())
        .routes(routes!(requests::put_request))
        .routes(routes!(probes::healthz))
        .routes(routes!(probes::readyz))
        .split_for_parts();
    let document = document.to_json().unwrap_or_default();
    let document =
        move || async move { ([(header::CONTENT_TYPE, "application/json")], document).into_response() };
    api.route("/api/openapi.json", get(document))
        .route("/metrics", get(probes::metrics))
        .route("/mqtt", get(mqtt::mqtt))
        .route("/dishes/{file}", get(pictures::picture))
        .route("/api/{*rest}", axum::routing::any(problems::no_such_endpoint))
        .fallback(pages::page)
        .method_not_allowed_fallback(problems::wrong_method)
        .layer(CatchPanicLayer::custom(problems::panicked))
        .layer(DefaultBodyLimit::max(BODY_BYTES_READ_MAX))
        .with_state(app)
}
