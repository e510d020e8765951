//! Buying a package (S1): what is on sale, a purchase and its code, and what the payment provider tells by itself.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use cloud_core::command::Command;
use cloud_core::id::{OfferId, PurchaseKey, TradeNumber};
use cloud_core::purchase::{self, Ask, RefundKey, TransactionId};
use serde::{Deserialize, Serialize};
use shared::problem::Problem;
use shared::quantity::Fen;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::App;
use super::caller::{Caller, Ownership, WholeBrand};
use super::dashboard::limit;
use super::problem::{ApiError, Body, InPath, InQuery};
use crate::journal::Fault;
use crate::payment::WechatPay;
use crate::payment::notice::{BadNotice, Notice};
use crate::payment::worker::refund_ask;
use crate::view::{OfferView, PurchaseView};

/// What the brand may buy.
#[derive(Serialize, ToSchema)]
pub(super) struct Offers {
    /// The smallest first.
    offers: Vec<OfferView>,
    /// Whether a way to pay is set up.
    payment: bool,
}

/// The packages on sale for the brand.
#[utoipa::path(get, path = "/api/v1/sms/offers",
    responses((status = 200, body = Offers), (status = 401, body = Problem)))]
pub(super) async fn offers(
    State(app): State<App>,
    caller: Caller<WholeBrand>,
) -> Result<Json<Offers>, ApiError> {
    let payment = app.payment.is_some();
    let offers = app
        .journal
        .look(move |state| state.offers(&caller.brand).into_iter().map(OfferView::from).collect())
        .await?;
    Ok(Json(Offers { offers, payment }))
}

/// Which purchases.
#[derive(Deserialize, IntoParams)]
pub(super) struct WhichPurchases {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    before: Option<Uuid>,
    limit: Option<u32>,
}

/// A page of purchases.
#[derive(Serialize, ToSchema)]
pub(super) struct Purchases {
    purchases: Vec<PurchaseView>,
    next: Option<Uuid>,
}

/// Purchases of the brand, the newest first.
#[utoipa::path(get, path = "/api/v1/sms/purchases", params(WhichPurchases),
    responses((status = 200, body = Purchases), (status = 401, body = Problem)))]
pub(super) async fn purchases(
    State(app): State<App>,
    caller: Caller<WholeBrand>,
    InQuery(asked): InQuery<WhichPurchases>,
) -> Result<Json<Purchases>, ApiError> {
    let rows = limit(asked.limit) as usize;
    let page = app.journal.look(move |state| {
        let mut all = state.purchases(&caller.brand);
        if let Some(before) = asked.before {
            all.find(|purchase| purchase.key.purchase == before);
        }
        let purchases: Vec<_> = all.by_ref().take(rows).map(PurchaseView::from).collect();
        let next = purchases.last().filter(|_| all.next().is_some()).map(|last| last.purchase);
        Purchases { purchases, next }
    });
    Ok(Json(page.await?))
}

/// What to buy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PurchaseWish {
    /// The package.
    #[schema(value_type = String)]
    offer: OfferId,
    /// The price that was shown.
    #[schema(value_type = i64)]
    price_fen: Fen,
}

/// S1, S8: begins a purchase under an id of the asker's. The same id and package again: the same answer. Its code
/// comes within a second or two; look again.
#[utoipa::path(put, path = "/api/v1/sms/purchases/{id}", params(("id" = Uuid, Path)),
    request_body = PurchaseWish, responses((status = 200, body = PurchaseView), (status = 409, body = Problem)))]
pub(super) async fn put_purchase(
    State(app): State<App>,
    caller: Caller<Ownership>,
    InPath(purchase): InPath<Uuid>,
    Body(wish): Body<PurchaseWish>,
) -> Result<Json<PurchaseView>, ApiError> {
    let provider = app.payment.as_ref().ok_or(ApiError::PaymentOff)?;
    let open_for = provider.open_for();
    let by = caller.user()?.0.clone();
    let key = PurchaseKey { brand: caller.brand, purchase };
    let PurchaseWish { offer, price_fen } = wish;
    let ask = Ask::Begin { key: key.clone(), offer, price_fen, by, open_for };
    on_purchase(&app, key, ask).await
}

/// A purchase by its id.
#[utoipa::path(get, path = "/api/v1/sms/purchases/{id}", params(("id" = Uuid, Path)),
    responses((status = 200, body = PurchaseView), (status = 404, body = Problem)))]
pub(super) async fn get_purchase(
    State(app): State<App>,
    caller: Caller<WholeBrand>,
    InPath(purchase): InPath<Uuid>,
) -> Result<Json<PurchaseView>, ApiError> {
    let key = PurchaseKey { brand: caller.brand, purchase };
    let found = app.journal.look(move |state| state.purchase_of(&key).map(PurchaseView::from)).await?;
    found.map(Json).ok_or_else(no_purchase)
}

/// Gives an unpaid purchase up: it is closed at the provider, unless it was paid first.
#[utoipa::path(post, path = "/api/v1/sms/purchases/{id}/give-up", params(("id" = Uuid, Path)),
    responses((status = 200, body = PurchaseView), (status = 409, body = Problem)))]
pub(super) async fn give_up(
    State(app): State<App>,
    caller: Caller<Ownership>,
    InPath(purchase): InPath<Uuid>,
) -> Result<Json<PurchaseView>, ApiError> {
    let key = PurchaseKey { brand: caller.brand, purchase };
    let ask = Ask::GiveUp { key: key.clone() };
    on_purchase(&app, key, ask).await
}

async fn on_purchase(app: &App, key: PurchaseKey, ask: Ask) -> Result<Json<PurchaseView>, ApiError> {
    let view =
        move |state: &cloud_core::state::State, _: &[_]| state.purchase_of(&key).map(PurchaseView::from);
    app.journal.ask(Command::Purchase(ask), view).await?.map(Json).ok_or_else(no_purchase)
}

fn no_purchase() -> ApiError {
    ApiError::Refused(purchase::Refusal::NoPurchase.into())
}

/// Why a notice is not taken, as the provider reads it: any 4xx or 5xx brings it again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Fail {
    #[serde(skip)]
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Fail {
    fn new(status: StatusCode, message: impl ToString) -> Self {
        Self { status, code: "FAIL", message: message.to_string() }
    }
}

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

impl From<BadNotice> for Fail {
    fn from(bad: BadNotice) -> Self {
        let status = match bad {
            BadNotice::Unbelievable(_) => StatusCode::UNAUTHORIZED,
            BadNotice::Unreadable { .. } | BadNotice::Sealed | BadNotice::NotOurs => StatusCode::BAD_REQUEST,
        };
        Self::new(status, bad)
    }
}

impl From<Fault> for Fail {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal) => Self::new(StatusCode::NOT_FOUND, refusal),
            Fault::Unavailable => Self::new(StatusCode::SERVICE_UNAVAILABLE, fault),
        }
    }
}

/// What WeChat Pay tells by itself (S1). Answered when it is kept.
#[utoipa::path(post, path = "/hooks/wechat-pay",
    responses((status = 204, description = "kept"), (status = 401, body = Fail)))]
pub(super) async fn notice(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Fail> {
    let taken = match &app.payment {
        Some(provider) => take(&app, provider, &headers, &body).await,
        None => Err(Fail::new(StatusCode::NOT_FOUND, "no payment is set up here")),
    };
    let word = if taken.is_ok() { "taken" } else { "refused" };
    metrics::counter!("chuancai_payment_notices", "notice" => word).increment(1);
    taken.inspect_err(|fail| tracing::warn!("a payment notice is not taken: {}", fail.message))
}

async fn take(
    app: &App,
    provider: &Arc<WechatPay>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<StatusCode, Fail> {
    let ask = match provider.notice(headers, body).await? {
        Notice::Paid { number, payment } => Some(Ask::Found { number, payment }),
        Notice::Refund { number, transaction, refund, became } => {
            let known = refund_of(app, number, transaction, refund).await?;
            known.and_then(|known| refund_ask(&known, became))
        }
        Notice::Other => None,
    };
    if let Some(ask) = ask {
        app.journal.ask(Command::Purchase(ask), |_, _| ()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The refund of that number. `None`: it is none of ours, but somebody's by hand.
async fn refund_of(
    app: &App,
    number: TradeNumber,
    transaction: TransactionId,
    refund: String,
) -> Result<Option<RefundKey>, Fault> {
    let found = app.journal.look(move |state| {
        let purchase = state.purchase_by_number(&number)?;
        purchase.refund(&transaction)?;
        let known = RefundKey { key: purchase.key.clone(), transaction };
        (known.number() == refund).then_some(known)
    });
    found.await
}
