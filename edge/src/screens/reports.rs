//! What devices say about messages that reached them (M9).

use std::sync::atomic::Ordering;

use shared::message::MessageReport;
use shared::topic;

use super::Screens;

/// Largest report: an id and a word.
const REPORT_BYTES_MAX: usize = 1024;

impl Screens {
    /// Passes a report on. What cannot be read, or cannot be passed on, is set aside and counted. Returns whether the
    /// topic was about reports.
    pub(super) fn takes_report(&self, topic: &str, payload: &[u8]) -> bool {
        let Some(device) = topic::reporting_device(topic) else { return false };
        let report = (payload.len() <= REPORT_BYTES_MAX)
            .then(|| serde_json::from_slice::<MessageReport>(payload).ok())
            .flatten();
        if !report.is_some_and(|report| self.messages.reported(device, report)) {
            self.set_aside.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("chuancai_set_aside_total").increment(1);
        }
        true
    }
}
