//! The list of messages as CSV, for people's own sums. It is sent page by page while it is read, so that its length
//! costs no memory here.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use shared::problem::Problem;

use super::App;
use super::caller::{Caller, Records};
use super::choice::WhichMessages;
use super::problem::{ApiError, InQuery};
use crate::store::{MessagesAsked, Page};
use crate::view::MessageView;

/// Rows that are read at once.
const ROWS: u32 = 1_000;
/// By this the usual spreadsheet knows that Chinese follows.
const BYTE_ORDER_MARK: &str = "\u{feff}";
const HEAD: [&str; 15] = [
    "message",
    "requested_at",
    "kind",
    "phone",
    "text",
    "units",
    "state",
    "reason",
    "sent_at",
    "receipt_at",
    "shop",
    "order",
    "payment",
    "carrier",
    "reason_code",
];

/// Messages of the brand, or of the one shop that the asker sees, as CSV, the newest first. Times are RFC 3339 in the
/// time zone of the books; an answer that breaks off is not the whole list.
#[utoipa::path(get, path = "/api/v1/sms/messages.csv", params(WhichMessages), responses(
    (status = 200, body = String, content_type = "text/csv"), (status = 400, body = Problem),
    (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(super) async fn messages(
    State(app): State<App>,
    caller: Caller<Records>,
    InQuery(asked): InQuery<WhichMessages>,
) -> Result<Response, ApiError> {
    let zone = app.settings.ledger_zone.clone();
    let only = asked.filter(&caller, &zone)?;
    let asked = MessagesAsked { brand: caller.brand, only, before: None, limit: ROWS };
    let head = format!("{BYTE_ORDER_MARK}{}\n", HEAD.join(","));
    let parts = stream::try_unfold(Part::Head(head, asked), move |part| {
        let (app, zone) = (app.clone(), zone.clone());
        async move { part.next(&app, &zone).await }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"messages.csv\""),
    ];
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// What is sent next.
enum Part {
    Head(String, MessagesAsked),
    Rows(MessagesAsked),
    End,
}

impl Part {
    /// Errors break the answer off: the asker must not take a part for the whole.
    async fn next(self, app: &App, zone: &TimeZone) -> anyhow::Result<Option<(Bytes, Self)>> {
        let mut asked = match self {
            Self::Head(head, asked) => return Ok(Some((head.into(), Self::Rows(asked)))),
            Self::Rows(asked) => asked,
            Self::End => return Ok(None),
        };
        let question = asked.clone();
        let read = app.list(move |records| records.messages(&question)).await;
        let Page { rows, next } = read.map_err(|_| anyhow::anyhow!("the list could not be read on"))?;
        let lines = lines(&rows, zone)?.into();
        let rest = match next {
            Some(before) => {
                asked.before = Some(before);
                Self::Rows(asked)
            }
            None => Self::End,
        };
        Ok(Some((lines, rest)))
    }
}

fn lines(rows: &[MessageView], zone: &TimeZone) -> anyhow::Result<Vec<u8>> {
    let shown = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record([
            row.message.to_string(),
            shown(row.requested_at),
            row.kind.word().to_owned(),
            row.phone_masked.clone(),
            row.text.clone(),
            row.units.to_string(),
            row.state.word().to_owned(),
            row.reason.clone().unwrap_or_default(),
            row.sent_at.map(shown).unwrap_or_default(),
            row.receipt_at.map(shown).unwrap_or_default(),
            row.shop.as_ref().map(ToString::to_string).unwrap_or_default(),
            row.order.as_ref().map(|order| order.order.to_string()).unwrap_or_default(),
            row.payment.clone().unwrap_or_default(),
            row.carrier.as_ref().map(ToString::to_string).unwrap_or_default(),
            row.reason_code.as_ref().map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
        ])?;
    }
    Ok(writer.into_inner()?)
}
