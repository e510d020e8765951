//! A snapshot that follows a running service, so that a crash after a year does not send the next start through it.
//!
//! It is made beside the writer, from the last one and what was kept since, read by a connection of its own: no commit
//! waits for it. It takes as much memory as the state for as long as it is made.

use std::time::Instant;

use cloud_core::dispatch::Rules;

use crate::journal::Journal;
use crate::snapshot::Snapshots;
use crate::store::Place;

/// A start that reads so many rows takes some seconds.
const ROWS: i64 = 100_000;

/// Renews the snapshot every so many rows, until the journal ends.
pub async fn renew(journal: Journal, place: Place, snapshots: Snapshots, rules: Rules) {
    loop {
        journal.grown(ROWS).await;
        let begun = Instant::now();
        let (place, snapshots) = (place.clone(), snapshots.clone());
        let work = move || snapshots.renew(rules, &mut *place.read()?);
        match tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from).flatten() {
            Ok(end) => {
                let duration_ms = begun.elapsed().as_millis();
                tracing::info!(row = end.seq, duration_ms, "the snapshot is renewed");
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(error, "the snapshot could not be renewed; it is tried again some time later");
            }
        }
    }
}
