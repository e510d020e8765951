//! When the writer packs old rows up: in small steps, and while nobody waits.

use crate::store::{End, Store, StoreError};

/// The newest rows stay as they are: a start from a snapshot reads some of them, and people who look at the journal.
const ROWS_KEPT: i64 = 4_096;
/// When there was not enough to pack up, it is looked at again after so many commits.
const LOOK_EVERY: i64 = 512;
/// Somebody always waits if it is not done for so many commits: then one waits for some 10 ms …
const OVERDUE: i64 = 16_384;
/// … once in so many commits.
const OVERDUE_EVERY: i64 = 64;

/// The packing of old rows.
pub(super) struct Compaction {
    /// Until the journal has this row there is nothing to do.
    pub(super) try_at: i64,
}

impl Compaction {
    pub(super) fn is_due(&self, end: End, is_idle: bool) -> bool {
        end.seq >= self.try_at + if is_idle { 0 } else { OVERDUE }
    }

    /// One step. Errors: what ends the writer; anything else only costs room.
    pub(super) fn step(&mut self, store: &mut dyn Store, end: End) -> Result<(), StoreError> {
        match store.compact(end.seq - ROWS_KEPT) {
            Ok(true) => {
                metrics::counter!("chuancai_journal_segments").increment(1);
                self.try_at = self.try_at.max(end.seq - OVERDUE + OVERDUE_EVERY);
            }
            Ok(false) => self.try_at = end.seq + LOOK_EVERY,
            Err(error @ StoreError::Failed { .. }) => {
                tracing::warn!(error = %format!("{:#}", anyhow::Error::from(error)), "it is tried again");
                self.try_at = end.seq + LOOK_EVERY;
            }
            Err(error @ StoreError::Damaged { .. }) => {
                // What is decided meanwhile rests on what was read at the start. `audit` tells more.
                tracing::error!(%error, "old rows are not packed up any more");
                self.try_at = i64::MAX - OVERDUE;
            }
            Err(fatal @ (StoreError::Untrusted { .. } | StoreError::Taken { .. } | StoreError::Lost)) => {
                return Err(fatal);
            }
        }
        Ok(())
    }
}
