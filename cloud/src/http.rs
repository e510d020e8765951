//! HTTP: the dashboard, the API of the brand's systems, the carrier's call-backs.
//!
//! A handler takes, checks, asks the journal and answers; an `if` about business belongs into the core.

mod batches;
mod caller;
mod choice;
mod dashboard;
mod export;
mod figures;
mod hooks;
mod keys;
mod pages;
mod problem;
mod purchases;
mod rate;
mod relays;
mod sign_in;
mod sms;
mod subscriptions;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use jiff::tz::TimeZone;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::boxes::Presence;
use crate::journal::Journal;
use crate::payment::WechatPay;
use crate::seal::SealKey;
use crate::store::{Records, StoreError};
pub use hooks::Doors;
use problem::ApiError;
pub use rate::Rates;
use sign_in::Throttle;

/// A request body has no reason to be larger than this: the longest text in escapes is a tenth of it.
const BODY_BYTES_MAX: usize = 32 * 1024;
/// An asker that waited this long has gone away.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pages come from here alone; nobody may frame them.
const CONTENT_POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// What every handler may use. Each request takes several clones of it.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl App {
    /// What handlers share.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts of an [`App`].
pub struct Parts {
    /// The one writer.
    pub journal: Journal,
    /// Lists.
    pub records: Arc<dyn Records>,
    /// When boxes were last heard.
    pub presence: Presence,
    /// Settings of this module.
    pub settings: Arc<HttpSettings>,
    /// Where call-backs are taken.
    pub doors: Arc<Doors>,
    /// Tries to sign in.
    pub throttle: Throttle,
    /// Requests of keys.
    pub rates: Rates,
    /// Seals secrets of subscriptions.
    pub seal_key: Arc<SealKey>,
    /// Where packages are paid; `None`: nowhere, and nothing can be bought.
    pub payment: Option<Arc<WechatPay>>,
}

/// What the pages and call-backs are set to.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Whether the session's cookie travels by TLS alone.
    pub secure_cookie: bool,
    /// Hours that somebody stays signed in.
    pub session_h: u32,
    /// Whether subscriptions may have addresses without TLS.
    pub plain_http: bool,
    /// Where days end that people ask for.
    pub ledger_zone: TimeZone,
}

/// Everything that is served.
pub fn router(app: App) -> Router {
    let (api, description) = OpenApiRouter::new()
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(dashboard::me))
        .routes(routes!(dashboard::today))
        .routes(routes!(dashboard::orders))
        .routes(routes!(dashboard::messages))
        .routes(routes!(export::messages))
        .routes(routes!(figures::figures))
        .routes(routes!(relays::messages))
        .routes(routes!(relays::channels))
        .routes(routes!(keys::list, keys::add))
        .routes(routes!(keys::rotate))
        .routes(routes!(keys::revoke))
        .routes(routes!(subscriptions::list))
        .routes(routes!(subscriptions::put, subscriptions::remove))
        .routes(routes!(subscriptions::resend))
        .routes(routes!(subscriptions::set_low_balance))
        .routes(routes!(sms::balance))
        .routes(routes!(sms::put_freeze, sms::get_freeze))
        .routes(routes!(sms::pay))
        .routes(routes!(sms::release))
        .routes(routes!(sms::report))
        .routes(routes!(sms::put_message, sms::get_message))
        .routes(routes!(sms::cancel_message))
        .routes(routes!(batches::put_opt_out))
        .routes(routes!(purchases::offers))
        .routes(routes!(purchases::purchases))
        .routes(routes!(purchases::put_purchase, purchases::get_purchase))
        .routes(routes!(purchases::give_up))
        .routes(routes!(purchases::notice))
        .merge(batches())
        .merge(hooks())
        .split_for_parts();
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    api.route("/api/openapi.json", get(async move || Json(description)))
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(async || crate::telemetry::metrics().render()))
        .fallback(pages::page)
        // All at once, the outermost first: each layer put on by itself is boxed, and cloned for every request.
        .layer((
            CatchPanicLayer::new(),
            TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE),
            DefaultBodyLimit::max(BODY_BYTES_MAX),
            header("referrer-policy", "no-referrer"),
            header("x-content-type-options", "nosniff"),
            header("content-security-policy", CONTENT_POLICY),
            axum::middleware::from_fn(problem::in_the_askers_language),
        ))
        .with_state(app)
}

/// Texts to many, of whom each may get words of their own.
fn batches() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(batches::get_batch, batches::put_batch))
        .routes(routes!(batches::cancel_batch))
        .layer(DefaultBodyLimit::max(batches::BODY_BYTES_MAX))
}

/// Call-backs of carriers, of which one may bring many receipts.
fn hooks() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(hooks::chuanglan_report))
        .routes(routes!(hooks::tencent_sms_report))
        .routes(routes!(hooks::chuanglan_reply))
        .routes(routes!(hooks::tencent_sms_reply))
        .layer(DefaultBodyLimit::max(hooks::BODY_BYTES_MAX))
}

async fn ready(axum::extract::State(app): axum::extract::State<App>) -> Result<&'static str, ApiError> {
    app.journal.look(|_| ()).await?;
    Ok("ready")
}

impl App {
    /// Reads a list on a thread that may wait for the disk. It shows everything that was answered before.
    async fn list<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Records) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.journal.listed().await;
        let records = Arc::clone(&self.records);
        let read = tokio::task::spawn_blocking(move || read(&*records)).await;
        match read {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                tracing::error!(error = %format!("{:#}", anyhow::Error::new(error)), "a list could not be read");
                Err(ApiError::Unavailable)
            }
            Err(error) => {
                tracing::error!(%error, "reading a list broke off");
                Err(ApiError::Unavailable)
            }
        }
    }
}
