//! Where the writer begins: at the last snapshot if it is of use, or at the journal's first row.

use std::time::{Duration, Instant};

use cloud_core::dispatch::Rules;
use cloud_core::state::State;

use crate::projector::read_with_lists;
use crate::snapshot::{Found, Snapshot, Snapshots, Unfit};
use crate::store::{End, Projection, Store, StoreError};

/// A start that has read so many rows leaves a snapshot, so that the next one need not: it may be killed before it
/// ends well.
const ROWS_READ_MAX: i64 = 10_000;

/// What the journal adds up to, and where it ends.
pub(super) struct Known {
    pub(super) state: State,
    pub(super) end: End,
}

/// The way to what is known.
pub(super) struct Beginning {
    rules: Rules,
    snapshots: Option<Snapshots>,
    /// Where the last snapshot ends that is there and of use.
    kept: End,
}

impl Beginning {
    pub(super) fn new(snapshots: Option<Snapshots>, rules: Rules) -> Self {
        Self { rules, snapshots, kept: End::BEGINNING }
    }

    /// Reads the journal and brings the lists up to it. Errors: see [`StoreError`].
    pub(super) fn read_with_lists(
        &mut self,
        store: &mut dyn Store,
        projection: &mut dyn Projection,
    ) -> Result<Known, StoreError> {
        let begun = Instant::now();
        let reached = projection.reached()?;
        let Known { mut state, end: from } = self.find(store, Some(reached))?;
        let end = read_with_lists(store, projection, (&mut state, from), &mut |_| Ok(()))?;
        let (known, took) = (Known { state, end }, begun.elapsed());
        tell(from, end, took);
        if end.seq - from.seq > ROWS_READ_MAX {
            self.leave(&known);
        }
        Ok(known)
    }

    /// Reads the journal. Errors: see [`StoreError`].
    pub(super) fn read(&mut self, store: &mut dyn Store) -> Result<Known, StoreError> {
        let Known { mut state, end: from } = self.find(store, None)?;
        let end = store.rows_after(from, &mut |row| {
            state.apply_all(&row.read()?);
            state.take_changed();
            Ok(())
        })?;
        Ok(Known { state, end })
    }

    /// Leaves a snapshot for the next start, if there is anything new. It is not missed if it cannot be written.
    pub(super) fn leave(&mut self, known: &Known) {
        let Some(snapshots) = &self.snapshots else { return };
        if known.end == self.kept {
            return;
        }
        let begun = Instant::now();
        match snapshots.write(&known.state, known.end) {
            Ok(()) => {
                self.kept = known.end;
                tracing::info!(row = known.end.seq, duration_ms = ms(begun.elapsed()), "a snapshot is kept");
            }
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "no snapshot could be kept; the next start takes longer");
            }
        }
    }

    /// Where reading begins. `reached`: up to where lists show the journal, which must be told of what they lack.
    fn find(&mut self, store: &mut dyn Store, reached: Option<End>) -> Result<Known, StoreError> {
        self.kept = End::BEGINNING;
        let found = match &self.snapshots {
            Some(snapshots) => snapshots.find(self.rules, store)?,
            None => Found::Nothing,
        };
        let unfit = match found {
            Found::Fit(snapshot) if reached.is_some_and(|reached| reached.seq < snapshot.end.seq) => {
                Some(Unfit::BeyondLists)
            }
            Found::Fit(snapshot) => {
                let Snapshot { state, end } = *snapshot;
                self.kept = end;
                return Ok(Known { state, end });
            }
            Found::Unfit(unfit) => Some(unfit),
            Found::Nothing => None,
        };
        if let Some(unfit) = unfit {
            let why = format!("{:#}", anyhow::Error::from(unfit));
            tracing::warn!(why, "the snapshot is of no use; the whole journal is read");
        }
        Ok(Known { state: State::new(self.rules), end: End::BEGINNING })
    }
}

fn tell(from: End, end: End, took: Duration) {
    metrics::gauge!("chuancai_start_seconds").set(took.as_secs_f64());
    metrics::gauge!("chuancai_start_rows").set((end.seq - from.seq) as f64);
    tracing::info!(from = from.seq, to = end.seq, duration_ms = ms(took), "the journal is read");
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
