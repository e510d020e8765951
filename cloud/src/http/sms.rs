//! The API of the brand's own systems: units frozen, paid, released and reported (S3–S6), messages (S8).

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use cloud_core::command::{Command, Refusal};
use cloud_core::id::{FreezeId, MessageKey};
use cloud_core::ledger::{self, FreezeState, SendResult};
use cloud_core::sms::{Ending, Kind};
use cloud_core::state;
use cloud_core::units::Units;
use jiff::SignedDuration;
use serde::Deserialize;
use shared::guest::PhoneNumber;
use shared::id::{BrandId, SmsId};
use shared::problem::Problem;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::caller::{Books, Caller, LedgerWork, OneFreeze, OneMessage, Sending};
use super::problem::{ApiError, Body, InPath};
use crate::view::{BalanceView, FreezeView, MessageView};

/// The brand's books, and its packages.
#[utoipa::path(get, path = "/api/v1/sms/balance", responses(
    (status = 200, body = BalanceView), (status = 401, body = Problem)))]
pub(super) async fn balance(
    State(app): State<App>,
    caller: Caller<Books>,
) -> Result<Json<BalanceView>, ApiError> {
    let books =
        move |state: &state::State| state.brand(&caller.brand).map(|brand| BalanceView::from(&brand.account));
    app.journal.look(books).await?.map(Json).ok_or(ApiError::NotFound)
}

/// How many units to freeze.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FreezeWish {
    units: u64,
    /// Seconds after which it goes back by itself, if it is neither paid nor released. Absent: it stays.
    good_for_s: Option<u32>,
}

/// S3: freezes units under a number of the asker's. The same number and units again: the same answer.
#[utoipa::path(put, path = "/api/v1/sms/freezes/{id}", params(("id" = Uuid, Path)),
    request_body = FreezeWish, responses((status = 200, body = FreezeView), (status = 409, body = Problem)))]
pub(super) async fn put_freeze(
    State(app): State<App>,
    caller: Caller<LedgerWork>,
    InPath(id): InPath<Uuid>,
    Body(wish): Body<FreezeWish>,
) -> Result<Json<FreezeView>, ApiError> {
    let (brand, freeze) = (caller.brand, FreezeId::Asked(id));
    let (units, good_for) = (Units(wish.units), seconds(wish.good_for_s));
    on_freeze(&app, brand.clone(), freeze, Command::Freeze { brand, freeze, units, good_for }).await
}

/// S3: looks a freeze up by its number.
#[utoipa::path(get, path = "/api/v1/sms/freezes/{id}", params(("id" = Uuid, Path)),
    responses((status = 200, body = FreezeView), (status = 404, body = Problem)))]
pub(super) async fn get_freeze(
    State(app): State<App>,
    caller: Caller<OneFreeze>,
    InPath(id): InPath<Uuid>,
) -> Result<Json<FreezeView>, ApiError> {
    let found = app.journal.look(move |state| found(state, &caller.brand, FreezeId::Asked(id))).await?;
    found.map(Json)
}

/// How much of a freeze is to be paid.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PartWish {
    units: u64,
}

/// S4: pays a freeze, or the part of it that is wanted in the end; the rest goes back. Twice charges once. The payment
/// carries the freeze's number.
#[utoipa::path(post, path = "/api/v1/sms/freezes/{id}/pay", params(("id" = Uuid, Path)),
    request_body = Option<PartWish>, responses((status = 200, body = FreezeView), (status = 409, body = Problem)))]
pub(super) async fn pay(
    State(app): State<App>,
    caller: Caller<LedgerWork>,
    InPath(id): InPath<Uuid>,
    part: Bytes,
) -> Result<Json<FreezeView>, ApiError> {
    let (brand, freeze) = (caller.brand, FreezeId::Asked(id));
    let units = match part.as_ref() {
        [] => None,
        body => {
            let part: PartWish =
                serde_json::from_slice(body).map_err(|error| ApiError::Malformed(error.to_string()))?;
            Some(Units(part.units))
        }
    };
    on_freeze(&app, brand.clone(), freeze, Command::Pay { brand, freeze, units }).await
}

/// S5: gives a freeze back.
#[utoipa::path(post, path = "/api/v1/sms/freezes/{id}/release", params(("id" = Uuid, Path)),
    responses((status = 200, body = FreezeView), (status = 409, body = Problem)))]
pub(super) async fn release(
    State(app): State<App>,
    caller: Caller<LedgerWork>,
    InPath(id): InPath<Uuid>,
) -> Result<Json<FreezeView>, ApiError> {
    let (brand, freeze) = (caller.brand, FreezeId::Asked(id));
    on_freeze(&app, brand.clone(), freeze, Command::Release { brand, freeze }).await
}

/// What came of a payment.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ResultWord {
    /// The message was sent.
    Sent,
    /// It was not; the units go back.
    Failed,
    /// Of many messages some were not; `failed_units` says what those cost, and that much goes back.
    PartlySent,
}

/// The body of a result.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResultReport {
    result: ResultWord,
    /// With `partly_sent`.
    failed_units: Option<u64>,
}

/// S6: reports what came of a payment. The first result stands.
#[utoipa::path(post, path = "/api/v1/sms/payments/{id}/result", params(("id" = Uuid, Path)),
    request_body = ResultReport, responses((status = 200, body = FreezeView), (status = 409, body = Problem)))]
pub(super) async fn report(
    State(app): State<App>,
    caller: Caller<LedgerWork>,
    InPath(id): InPath<Uuid>,
    Body(report): Body<ResultReport>,
) -> Result<Json<FreezeView>, ApiError> {
    let (brand, payment) = (caller.brand, FreezeId::Asked(id));
    let result = match (report.result, report.failed_units) {
        (ResultWord::Sent, None) => SendResult::Sent,
        (ResultWord::Failed, None) => SendResult::Failed,
        (ResultWord::PartlySent, Some(failed)) => SendResult::Partly { failed: Units(failed) },
        (ResultWord::Sent | ResultWord::Failed, Some(_)) | (ResultWord::PartlySent, None) => {
            let what = "failed_units goes with partly_sent, and with nothing else";
            return Err(ApiError::Malformed(what.to_owned()));
        }
    };
    on_freeze(&app, brand.clone(), payment, Command::Report { brand, payment, result }).await
}

/// A message to send.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageWish {
    /// `verification`, `notification`, `marketing`.
    #[schema(value_type = String)]
    kind: Kind,
    /// 11 digits.
    phone: PhoneNumber,
    /// With or without the brand's signature.
    text: String,
    /// Seconds for which it is worth sending. Absent: as long as others of its kind.
    good_for_s: Option<u32>,
}

/// S8: freezes, records and queues a message. The same id and body again: the same answer.
#[utoipa::path(put, path = "/api/v1/sms/messages/{id}", params(("id" = SmsId, Path)),
    request_body = MessageWish, responses((status = 200, body = MessageView), (status = 409, body = Problem)))]
pub(super) async fn put_message(
    State(app): State<App>,
    caller: Caller<Sending>,
    InPath(sms): InPath<SmsId>,
    Body(wish): Body<MessageWish>,
) -> Result<Json<MessageView>, ApiError> {
    let key = MessageKey { brand: caller.brand, sms };
    let MessageWish { kind, phone, text, good_for_s } = wish;
    let command = Command::Send { key: key.clone(), kind, phone, text, good_for: seconds(good_for_s) };
    let of = key.clone();
    let known = move |state: &state::State, _: &[_]| {
        let message = state.message(&of);
        let ending = message.map(|message| Ending::of(&message.state));
        let ending = ending.unwrap_or_else(|| state.filed(&of).map(|filed| filed.ending));
        (ending, message.map(MessageView::from))
    };
    match app.journal.ask(command, known).await? {
        (Some(Ending::Refused { available }), _) => Err(insufficient(available)),
        (_, Some(message)) => Ok(Json(message)),
        (_, None) => listed(&app, key).await?.map(Json).ok_or(ApiError::NotFound),
    }
}

/// Takes a message back that has not been paid.
#[utoipa::path(post, path = "/api/v1/sms/messages/{id}/cancel", params(("id" = SmsId, Path)),
    responses((status = 200, body = MessageView), (status = 409, body = Problem)))]
pub(super) async fn cancel_message(
    State(app): State<App>,
    caller: Caller<Sending>,
    InPath(sms): InPath<SmsId>,
) -> Result<Json<MessageView>, ApiError> {
    let key = MessageKey { brand: caller.brand, sms };
    let cancel = Command::Cancel { key: key.clone() };
    let found = app.journal.ask(cancel, move |state, _| state.message(&key).map(MessageView::from)).await?;
    found.map(Json).ok_or(ApiError::Refused(Refusal::NoMessage))
}

/// A message by its id.
#[utoipa::path(get, path = "/api/v1/sms/messages/{id}", params(("id" = SmsId, Path)),
    responses((status = 200, body = MessageView), (status = 404, body = Problem)))]
pub(super) async fn get_message(
    State(app): State<App>,
    caller: Caller<OneMessage>,
    InPath(sms): InPath<SmsId>,
) -> Result<Json<MessageView>, ApiError> {
    let key = MessageKey { brand: caller.brand.clone(), sms };
    let of = key.clone();
    let found = match app.journal.look(move |state| state.message(&of).map(MessageView::from)).await? {
        Some(at_hand) => Some(at_hand),
        None => listed(&app, key).await?,
    };
    let found = found.filter(|message| {
        let only = caller.only_shop();
        only.is_none() || only == message.shop.as_ref()
    });
    found.map(Json).ok_or(ApiError::Refused(Refusal::NoMessage))
}

/// A message that is not at hand any more is in the lists.
async fn listed(app: &App, key: MessageKey) -> Result<Option<MessageView>, ApiError> {
    app.list(move |records| records.message(&key)).await
}

async fn on_freeze(
    app: &App,
    brand: BrandId,
    freeze: FreezeId,
    command: Command,
) -> Result<Json<FreezeView>, ApiError> {
    app.journal.ask(command, move |state, _| found(state, &brand, freeze)).await?.map(Json)
}

/// A freeze that was refused for want of units is that refusal, for ever (S8).
fn found(state: &state::State, brand: &BrandId, freeze: FreezeId) -> Result<FreezeView, ApiError> {
    let known = state.brand(brand).and_then(|brand| brand.account.freeze(freeze));
    let known = known.ok_or(ApiError::Refused(ledger::Refusal::NoFreeze.into()))?;
    match known.state {
        FreezeState::Refused { available } => Err(insufficient(available)),
        FreezeState::Open { .. } | FreezeState::Released { .. } | FreezeState::Paid { .. } => {
            Ok(FreezeView::from(known))
        }
    }
}

/// A time in seconds, as the core takes it.
pub(super) fn seconds(count: Option<u32>) -> Option<SignedDuration> {
    count.map(|count| SignedDuration::from_secs(count.into()))
}

pub(super) fn insufficient(available: Units) -> ApiError {
    ApiError::Refused(ledger::Refusal::Insufficient { available }.into())
}
