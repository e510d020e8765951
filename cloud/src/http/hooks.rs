//! Call-backs of others. They are kept, and answered; what they mean is decided with it, in memory.

use axum::extract::{Query, State};
use cloud_core::command::Command;
use cloud_core::id::Reference;
use cloud_core::sms::{Delivery, Receipt};
use shared::guest::PhoneNumber;

use super::App;
use super::problem::{ApiError, InPath};
use crate::gateway;
use crate::secret;

/// The carrier's word for "we had it, and do not know": the only one that may still change.
const UNKNOWN: &str = "UNKNOWN";

/// A receipt of Chuanglan (S7). Answered when it is kept.
#[utoipa::path(get, path = "/hooks/chuanglan/{token}/report", responses(
    (status = 200, description = "kept", body = String), (status = 404, body = shared::problem::Problem)))]
pub(super) async fn chuanglan_report(
    State(app): State<App>,
    InPath(token): InPath<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<&'static str, ApiError> {
    let expected = &app.settings.chuanglan_token;
    if expected.is_empty() || !secret::same(expected, &token) {
        return Err(ApiError::NotFound);
    }
    let receipt =
        read(&query).inspect_err(|_| metrics::counter!("chuancai_receipts_unreadable").increment(1))?;
    app.journal.ask(Command::KeepReceipt { receipt }, |_, _| ()).await?;
    metrics::counter!("chuancai_receipts").increment(1);
    Ok("OK")
}

fn read(query: &[(String, String)]) -> Result<Receipt, ApiError> {
    let receipt =
        gateway::receipt_from_query(query).map_err(|error| ApiError::Malformed(error.to_string()))?;
    let phone = PhoneNumber::new(receipt.phone).map_err(|error| ApiError::Malformed(error.to_string()))?;
    let delivery = match (receipt.delivered, receipt.status.as_str()) {
        (true, _) => Delivery::Delivered,
        (false, UNKNOWN) => Delivery::Unknown,
        (false, _) => Delivery::Undelivered,
    };
    Ok(Receipt {
        reference: receipt.reference.map(Reference),
        carrier_message: receipt.carrier_message,
        phone,
        status: receipt.status,
        delivery,
        billed_units: receipt.billed_units,
    })
}
