//! Brings call-backs to the merchant, signed and sealed, until they are taken with a 2xx.

use std::time::Duration;

use serde_json::{Value, json};

use super::Desk;
use super::keys::random_text;

/// The vendor tries for a day; here a few times are a day.
const TRIES_MAX: u32 = 10;

/// Something to tell.
#[derive(Debug, Clone)]
pub(super) struct Notice {
    pub(super) url: String,
    /// `TRANSACTION.SUCCESS`, `REFUND.SUCCESS`.
    pub(super) event: &'static str,
    /// What is sealed in it.
    pub(super) content: Value,
    /// How often it is told, although it was taken.
    pub(super) times: u32,
    /// Milliseconds until it is told first.
    pub(super) after_ms: u64,
    /// A probe with a wrong signature goes before it.
    pub(super) probe: bool,
}

/// Tells it. What nobody takes is lost, and the merchant has to ask.
pub(super) async fn deliver(desk: Desk, notice: Notice) {
    tokio::time::sleep(Duration::from_millis(notice.after_ms)).await;
    if notice.probe {
        let taken = tell(&desk, &notice, true).await;
        tracing::info!(taken, "a probe with a wrong signature was told");
    }
    for _ in 0..notice.times {
        let mut tries = 0;
        while !tell(&desk, &notice, false).await {
            tries += 1;
            if tries == TRIES_MAX {
                tracing::warn!("a call-back was not taken; it is lost");
                return;
            }
            tokio::time::sleep(Duration::from_millis(desk.settings.notify_retry_ms)).await;
        }
    }
}

async fn tell(desk: &Desk, notice: &Notice, forged: bool) -> bool {
    let original = if notice.event.starts_with("REFUND") { "refund" } else { "transaction" };
    let mut resource = desk.keys.seal(&notice.content.to_string(), original);
    resource["original_type"] = json!(original);
    let body = json!({
        "id": format!("EV-{}", random_text(24)),
        "create_time": jiff::Timestamp::now(),
        "event_type": notice.event,
        "resource_type": "encrypt-resource",
        "summary": "sandbox",
        "resource": resource,
    })
    .to_string();
    let mut request = desk.client.post(&notice.url).header("content-type", "application/json");
    for (name, value) in desk.keys.sign(body.as_bytes(), desk.settings.signed_by, forged) {
        request = request.header(name, value);
    }
    request.body(body).send().await.is_ok_and(|answer| answer.status().is_success())
}
