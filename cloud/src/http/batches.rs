//! Texts to many (S9), and who wants no advertising.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use cloud_core::command::{Command, Refusal};
use cloud_core::id::BatchId;
use cloud_core::sms::{self, BadParameter, Batch, Kind, Parameter};
use cloud_core::state;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;
use shared::id::{BrandId, SmsId};
use shared::problem::Problem;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::caller::{Caller, OneMessage, Sending};
use super::problem::{ApiError, Body, InPath};
use super::sms::{insufficient, seconds};
use crate::journal::Fault;
use crate::view::{MessageStateView, ending_view, state_view};

/// Receivers in one request.
const RECEIVERS_MAX: usize = 1_000;
/// Those, each in quotes and with a comma, and the longest text in escapes for each of them.
pub(super) const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A text to many.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchBody {
    /// `verification`, `notification`, `marketing`.
    #[schema(value_type = String)]
    kind: Kind,
    /// With or without the brand's signature. With `parameters`: with places in it for what is each receiver's own,
    /// `{1}，您的桌号 {2} 已备好`, numbered from 1 without a gap, each once, at most 20.
    text: String,
    /// 1 to 1,000 numbers of 11 digits. A number that is none, or is there twice, fails alone.
    phones: Vec<String>,
    /// For each of `phones`, in their order, what stands in `{1}`, `{2}` … for it: at least a character, and neither
    /// braces nor control characters. `,` and `;` become `，` and `；`, as carriers cannot say them here. Absent: all get
    /// the same text.
    parameters: Option<Vec<Vec<String>>>,
    /// Seconds for which it is worth sending. Absent: as long as others of its kind.
    good_for_s: Option<u32>,
}

/// What became of a text to many.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchView {
    /// Its id.
    batch: Uuid,
    /// `verification`, `notification`, `marketing`.
    #[schema(value_type = String)]
    kind: Kind,
    /// The words, with signature and the way out of advertising; with places, if it had any.
    text: String,
    /// What it costs to one receiver. Absent where each gets words of their own: each message says what it costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    units_each: Option<u64>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    /// How many messages are in which state: `queued`, `accepted` …
    counts: BTreeMap<MessageStateView, u32>,
    /// Receivers whose message was not begun: of the request that is answered.
    rejected: Vec<Rejected>,
    /// The messages, each to be asked for by its id: in the order of the request that is answered.
    messages: Vec<Accepted>,
}

/// A message of a batch.
#[derive(Serialize, ToSchema)]
pub(super) struct Accepted {
    /// Where the receiver stands in the request, from 0.
    at: usize,
    /// The message.
    message: SmsId,
}

/// A receiver who gets nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Rejected {
    /// Where they stand in the request, from 0.
    at: usize,
    /// `bad_phone` or `duplicate`.
    reason: &'static str,
}

/// Who is meant by a request, and who cannot be.
struct Receivers {
    phones: BTreeMap<PhoneNumber, usize>,
    rejected: Vec<Rejected>,
}

impl Receivers {
    fn of(phones: Vec<String>) -> Self {
        let mut receivers = Self { phones: BTreeMap::new(), rejected: Vec::new() };
        for (at, digits) in phones.into_iter().enumerate() {
            match PhoneNumber::new(digits) {
                Ok(phone) if receivers.phones.contains_key(&phone) => {
                    receivers.rejected.push(Rejected { at, reason: "duplicate" });
                }
                Ok(phone) => {
                    receivers.phones.insert(phone, at);
                }
                Err(_) => receivers.rejected.push(Rejected { at, reason: "bad_phone" }),
            }
        }
        receivers
    }

    /// To whom, and what stands in the places of the text for them. Errors: something that can stand in none.
    fn with(&self, parameters: Option<Vec<Vec<String>>>) -> Result<sms::Receivers, ApiError> {
        let Some(mut parameters) = parameters else {
            return Ok(sms::Receivers::Alike { phones: self.phones.keys().cloned().collect() });
        };
        let mut of_all = BTreeMap::new();
        for (phone, at) in &self.phones {
            let own = std::mem::take(&mut parameters[*at]).into_iter().map(Parameter::try_from);
            let own: Result<_, BadParameter> = own.collect();
            let own = own.map_err(|bad| ApiError::TextTo { at: *at, bad: bad.into() })?;
            of_all.insert(phone.clone(), own);
        }
        Ok(sms::Receivers::Each { parameters: of_all })
    }

    /// A receiver is told of by their place in the request, and not by their number.
    fn by_place(&self, fault: Fault) -> ApiError {
        match fault {
            Fault::Refused(Refusal::TextTo { phone, source: bad }) if self.phones.contains_key(&phone) => {
                ApiError::TextTo { at: self.phones[&phone], bad }
            }
            Fault::Refused(_) | Fault::Unavailable => fault.into(),
        }
    }
}

/// S8, S9: freezes, records and queues a text to many: to all of them or, for want of units, to none. The same id and
/// body again: the same answer.
#[utoipa::path(put, path = "/api/v1/sms/batches/{id}", params(("id" = Uuid, Path)),
    request_body = BatchBody, responses((status = 200, body = BatchView), (status = 409, body = Problem)))]
pub(super) async fn put_batch(
    State(app): State<App>,
    caller: Caller<Sending>,
    InPath(id): InPath<Uuid>,
    Body(body): Body<BatchBody>,
) -> Result<Json<BatchView>, ApiError> {
    let BatchBody { kind, text, phones, parameters, good_for_s } = body;
    if phones.is_empty() || phones.len() > RECEIVERS_MAX {
        return Err(ApiError::Malformed(format!("phones must have 1 to {RECEIVERS_MAX} numbers")));
    }
    if parameters.as_ref().is_some_and(|parameters| parameters.len() != phones.len()) {
        return Err(ApiError::Malformed("parameters must have one list for each of phones".to_owned()));
    }
    let receivers = Arc::new(Receivers::of(phones));
    if receivers.phones.is_empty() {
        return Err(ApiError::Malformed("none of phones is a number of 11 digits".to_owned()));
    }
    let (brand, batch) = (caller.brand, BatchId(id));
    let (to, good_for) = (receivers.with(parameters)?, seconds(good_for_s));
    let command = Command::SendBatch { brand: brand.clone(), batch, kind, text, to, good_for };
    let of_request = Arc::clone(&receivers);
    let answer = app.journal.ask(command, move |state, _| view(state, &brand, batch, &of_request)).await;
    answer.map_err(|fault| receivers.by_place(fault))?.map(Json)
}

/// A text to many, by its id.
#[utoipa::path(get, path = "/api/v1/sms/batches/{id}", params(("id" = Uuid, Path)),
    responses((status = 200, body = BatchView), (status = 404, body = Problem)))]
pub(super) async fn get_batch(
    State(app): State<App>,
    caller: Caller<OneMessage>,
    InPath(id): InPath<Uuid>,
) -> Result<Json<BatchView>, ApiError> {
    if caller.only_shop().is_some() {
        return Err(ApiError::Refused(Refusal::NoBatch));
    }
    let (brand, batch) = (caller.brand, BatchId(id));
    app.journal.look(move |state| view(state, &brand, batch, &Receivers::of(Vec::new()))).await?.map(Json)
}

/// Takes back what has not been paid of a text to many.
#[utoipa::path(post, path = "/api/v1/sms/batches/{id}/cancel", params(("id" = Uuid, Path)),
    responses((status = 200, body = BatchView), (status = 404, body = Problem)))]
pub(super) async fn cancel_batch(
    State(app): State<App>,
    caller: Caller<Sending>,
    InPath(id): InPath<Uuid>,
) -> Result<Json<BatchView>, ApiError> {
    let (brand, batch) = (caller.brand, BatchId(id));
    let cancel = Command::CancelBatch { brand: brand.clone(), batch };
    let none = Receivers::of(Vec::new());
    app.journal.ask(cancel, move |state, _| view(state, &brand, batch, &none)).await?.map(Json)
}

/// Whether somebody is to get no advertising of the brand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OptOut {
    /// 11 digits.
    phone: PhoneNumber,
    opted_out: bool,
}

/// Who wants no advertising gets none: what is asked from now on, and what waits. Their number is not kept in the
/// address.
#[utoipa::path(put, path = "/api/v1/sms/opt-outs", request_body = OptOut, responses((status = 204)))]
pub(super) async fn put_opt_out(
    State(app): State<App>,
    caller: Caller<Sending>,
    Body(OptOut { phone, opted_out }): Body<OptOut>,
) -> Result<axum::http::StatusCode, ApiError> {
    let command = Command::OptOut { brand: caller.brand, phone, is_out: opted_out };
    app.journal.ask(command, |_, _| ()).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

fn view(
    state: &state::State,
    brand: &BrandId,
    batch: BatchId,
    receivers: &Receivers,
) -> Result<BatchView, ApiError> {
    let asked = state.batch(brand, batch).ok_or(ApiError::Refused(Refusal::NoBatch))?;
    let Batch { wish, at, refused, on_file, .. } = asked;
    if let Some(available) = refused {
        return Err(insufficient(*available));
    }
    let mut counts = BTreeMap::new();
    for (ending, count) in on_file {
        *counts.entry(ending_view(*ending)).or_default() += count;
    }
    for message in state.messages_of(brand, batch).into_iter().flatten() {
        *counts.entry(state_view(&message.state)).or_default() += 1;
    }
    let message_to = |(phone, at): (&_, &_)| Accepted { at: *at, message: batch.message_to(phone) };
    let mut messages: Vec<_> = receivers.phones.iter().map(message_to).collect();
    messages.sort_by_key(|accepted| accepted.at);
    Ok(BatchView {
        batch: batch.0,
        kind: wish.kind,
        text: wish.text.clone(),
        units_each: wish.units_each.map(|units| units.0),
        requested_at: *at,
        counts,
        rejected: receivers.rejected.clone(),
        messages,
    })
}

#[cfg(test)]
mod tests {
    use cloud_core::units::TEXT_MAX;

    use super::*;

    #[test]
    fn s9_a_bad_number_fails_alone() {
        let phones = ["13900000000", "1390000000", "13900000001", "13900000000"];
        let receivers = Receivers::of(phones.map(str::to_owned).to_vec());
        let places: Vec<_> = receivers.phones.values().copied().collect();
        assert_eq!(places, [0, 2]);
        let rejected = [Rejected { at: 1, reason: "bad_phone" }, Rejected { at: 3, reason: "duplicate" }];
        assert_eq!(receivers.rejected, rejected);
    }

    #[test]
    fn the_largest_batch_fits_into_a_body() {
        let text = TEXT_MAX * r"\u0000".len();
        let own = r#""13900000000",[],"#.len() + 20 * r#""","#.len() + text;
        let body = RECEIVERS_MAX * own + text + 200;
        assert!(body <= BODY_BYTES_MAX, "{body}");
    }
}
