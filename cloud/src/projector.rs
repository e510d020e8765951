//! The writing of lists, on a thread of its own: no commit waits for it.
//!
//! Changes gather until somebody looks at a list, so that a message which took all its steps meanwhile is written once,
//! and no commit shares disk and processor with a list that nobody sees. When more gathers than it can take, the writer
//! of the journal waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cloud_core::entry::Entry;
use cloud_core::state::State;
use tokio::sync::watch;

use crate::store::{End, Lists, Projection, Rows, StoreError};

/// Commits that may wait.
const WAITING_MAX: usize = 256;
/// Rows written together: some 50 ms of work, so that a checkpoint or a reader never waits for long.
const ROWS_MAX: usize = 5_000;
/// Changes that nobody asks for gather for so long.
const GATHER: Duration = Duration::from_secs(1);
/// Before a write that failed is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// Rows that changed, and until where.
struct Change {
    end: End,
    lists: Lists,
}

/// What the thread is told.
enum Note {
    Changed(Change),
    /// Somebody looks.
    Wanted,
    /// Nothing comes any more.
    End,
}

/// Has changes written that gather.
pub(crate) struct Hurry {
    notes: SyncSender<Note>,
    wanted: Arc<AtomicI64>,
}

impl Hurry {
    /// Somebody waits until the lists show the journal up to `seq`.
    pub(crate) fn until(&self, seq: i64) {
        self.wanted.fetch_max(seq, Ordering::Relaxed);
        // A thread that has so much to read looks at what is wanted with the next of it.
        let _full_or_ended = self.notes.try_send(Note::Wanted);
    }
}

/// The way to the thread.
pub(crate) struct Projector {
    notes: SyncSender<Note>,
    wanted: Arc<AtomicI64>,
    ending: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), StoreError>>,
    handed_over: End,
}

impl Projector {
    /// Starts the thread. `projection` shows the journal up to `end`; `reached` is told how far it is since. Errors: no
    /// thread to be had.
    pub(crate) fn start(
        projection: Box<dyn Projection>,
        end: End,
        reached: watch::Sender<i64>,
    ) -> std::io::Result<Self> {
        let (notes, inbox) = mpsc::sync_channel(WAITING_MAX);
        let (ending, wanted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
        let (until, when) = (Arc::clone(&ending), Arc::clone(&wanted));
        let worker = Worker { projection, inbox, ending: until, wanted: when, reached };
        let thread = thread::Builder::new().name("lists".to_owned()).spawn(move || worker.run())?;
        Ok(Self { notes, wanted, ending, thread, handed_over: end })
    }

    /// For whoever cannot wait until changes have gathered.
    pub(crate) fn hurry(&self) -> Hurry {
        Hurry { notes: self.notes.clone(), wanted: Arc::clone(&self.wanted) }
    }

    /// Up to where the lists show the journal, or will without being asked again.
    pub(crate) fn handed_over(&self) -> End {
        self.handed_over
    }

    /// Has rows written that changed until `end`, some time later. Errors: it has ended, see [`Projector::finish`].
    pub(crate) fn show(&mut self, end: End, lists: Lists) -> Result<(), Ended> {
        self.notes.send(Note::Changed(Change { end, lists })).map_err(|_| Ended)?;
        self.handed_over = end;
        Ok(())
    }

    /// Waits until everything is written, if it can be written now: the next start makes up for the rest. Errors: why
    /// the thread ended.
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        let Self { notes, ending, thread, .. } = self;
        ending.store(true, Ordering::Relaxed);
        let _ended_already = notes.send(Note::End);
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// The thread has ended by itself.
#[derive(Debug)]
pub(crate) struct Ended;

struct Worker {
    projection: Box<dyn Projection>,
    inbox: Receiver<Note>,
    ending: Arc<AtomicBool>,
    wanted: Arc<AtomicI64>,
    reached: watch::Sender<i64>,
}

impl Worker {
    fn run(mut self) -> Result<(), StoreError> {
        while let Some((change, more)) = self.gather() {
            if !self.write(&change)? || !more {
                break;
            }
        }
        Ok(())
    }

    /// What has changed, and whether more may come. `None`: nothing has, and nothing will.
    fn gather(&self) -> Option<(Change, bool)> {
        let mut change = loop {
            match self.inbox.recv().ok()? {
                Note::Changed(first) => break first,
                Note::Wanted => {}
                Note::End => return None,
            }
        };
        let until = Instant::now() + GATHER;
        while change.lists.len() < ROWS_MAX {
            let is_wanted = self.wanted.load(Ordering::Relaxed) > *self.reached.borrow();
            let left =
                if is_wanted { Duration::ZERO } else { until.saturating_duration_since(Instant::now()) };
            match self.inbox.recv_timeout(left) {
                Ok(Note::Changed(Change { end, lists })) => {
                    change.end = end;
                    change.lists.follow(lists);
                }
                Ok(Note::Wanted) => {}
                Ok(Note::End) | Err(RecvTimeoutError::Disconnected) => return Some((change, false)),
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        Some((change, true))
    }

    /// Whether it was written. It is tried until the service ends.
    fn write(&mut self, change: &Change) -> Result<bool, StoreError> {
        loop {
            match self.projection.write(change.end, &change.lists) {
                Ok(()) => {
                    self.reached.send_replace(change.end.seq);
                    return Ok(true);
                }
                Err(StoreError::Failed { doing, source }) => {
                    tracing::error!(error = %format!("{source:#}"), "{doing} failed; it is tried again");
                    metrics::counter!("chuancai_lists_failed").increment(1);
                }
                Err(
                    fatal @ (StoreError::Untrusted { .. }
                    | StoreError::Damaged { .. }
                    | StoreError::Taken { .. }
                    | StoreError::Lost),
                ) => return Err(fatal),
            }
            if self.ending.load(Ordering::Relaxed) {
                return Ok(false);
            }
            thread::sleep(PAUSE);
        }
    }
}

/// What is asked of every commit before it becomes true. An error says why it must not.
pub(crate) type EachCommit<'a> = dyn FnMut(&[Entry]) -> Result<(), String> + 'a;

/// Reads the journal after `from`, until which `state` is what it adds up to, into it and brings the lists up to it;
/// they show it until `from` at least. Lists of another journal are made anew, and the state with them. Errors: see
/// [`StoreError`]; what `each` says is damage.
pub(crate) fn read_with_lists(
    rows: &mut (impl Rows + ?Sized),
    projection: &mut (impl Projection + ?Sized),
    (state, from): (&mut State, End),
    each: &mut EachCommit<'_>,
) -> Result<End, StoreError> {
    let reached = projection.reached()?;
    let mut behind = Behind { reached, fits: reached == from, changed: Lists::default() };
    let end = rows.rows_after(from, &mut |row| {
        let entries = row.read()?;
        each(&entries).map_err(|what| StoreError::Damaged { row: row.seq, what })?;
        state.apply_all(&entries);
        behind.write(row.end(), state, projection)
    })?;
    if behind.fits {
        return behind.finish(end, projection);
    }
    tracing::warn!("the lists show another journal; they are made anew");
    projection.clear()?;
    *state = State::new(state.rules());
    let mut behind = Behind { reached: End::BEGINNING, fits: true, changed: Lists::default() };
    let end = rows.rows(&mut |row| {
        state.apply_all(&row.read()?);
        behind.write(row.end(), state, projection)
    })?;
    behind.finish(end, projection)
}

/// Lists on their way to the end of a journal.
struct Behind {
    reached: End,
    /// Whether the row they reached is in the journal.
    fits: bool,
    changed: Lists,
}

impl Behind {
    fn write(
        &mut self,
        end: End,
        state: &mut State,
        projection: &mut (impl Projection + ?Sized),
    ) -> Result<(), StoreError> {
        self.fits |= end == self.reached;
        if end.seq <= self.reached.seq || !self.fits {
            state.take_changed();
            return Ok(());
        }
        self.changed.follow(Lists::of_changes(state));
        if self.changed.len() >= ROWS_MAX {
            projection.write(end, &std::mem::take(&mut self.changed))?;
            self.reached = end;
        }
        Ok(())
    }

    fn finish(self, end: End, projection: &mut (impl Projection + ?Sized)) -> Result<End, StoreError> {
        if end.seq > self.reached.seq {
            projection.write(end, &self.changed)?;
        }
        Ok(end)
    }
}
