//! The one writer: a thread of its own that decides, keeps and only then tells.
//!
//! It drains whatever waits, decides and applies all of it in memory, keeps it in one commit and answers. The
//! next batch gathers while the disk is busy, so one asker alone waits for one fsync. Only what nobody waits for (what
//! comes of calls to carriers, and the next of them) keeps the disk free for a moment after each commit: whoever asks
//! in person then finds no commit under way, and takes the others along.
//! Whoever only looks asks here too, and sees what is kept and nothing else. Lists follow a little later
//! ([`crate::projector`]); [`Journal::listed`] waits for them.

mod beginning;
mod compaction;
mod rest;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cloud_core::access::Keys;
use cloud_core::command::{Command, Refusal};
use cloud_core::dispatch::Rules;
use cloud_core::entry::Entry;
use cloud_core::state::State;
use tokio::sync::{mpsc, oneshot, watch};

use beginning::{Beginning, Known};
use compaction::Compaction;
use rest::Rest;

use crate::clock::Clock;
use crate::projector::{Ended, Hurry, Projector};
use crate::snapshot::Snapshots;
use crate::store::{Lists, Projection, Store, StoreError};

/// Askers that may wait at once; more of them wait at the door.
const WAITING_MAX: usize = 4_096;
/// Questions in one commit: at 20 µs each the first of them waits 80 ms at most.
const BATCH_MAX: usize = 4_096;
/// A buffer that has grown beyond this is not used again.
const BUFFER_MAX: usize = 4 * 1024 * 1024;
/// Who looks at a list waits so long for what was kept before; then it is shown as it is.
const LISTED_MAX: Duration = Duration::from_secs(2);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The rules say no. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be kept, and nothing was changed; or the service is ending.
    #[error("the journal cannot be written at the moment")]
    Unavailable,
}

/// Called when the commit it waits for is kept, and dropped when it is not.
type Reply = Box<dyn FnOnce() + Send>;
/// Takes from the state what an asker wants to know, and makes the reply to send after the commit.
type View = Box<dyn FnOnce(&State, Result<&[Entry], Refusal>) -> Reply + Send>;

struct Ask {
    command: Option<Command>,
    view: View,
}

/// The way to the writer. Clones lead to the same one.
#[derive(Clone)]
pub struct Journal(Arc<Way>);

struct Way {
    asks: mpsc::Sender<Ask>,
    kept: watch::Sender<i64>,
    listed: watch::Receiver<i64>,
    hurry: Hurry,
    keys: watch::Receiver<Arc<Keys>>,
}

/// Tells when something was kept.
#[derive(Debug)]
pub struct News {
    heard: watch::Receiver<i64>,
}

impl News {
    /// Returns after something was kept since the last call. It waits for ever once the journal has ended.
    pub async fn heard(&mut self) {
        if self.heard.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

/// The writer's thread. It ends when every [`Journal`] is dropped, or when the disk cannot be trusted.
#[derive(Debug)]
pub struct WriterThread {
    ended: oneshot::Receiver<Result<(), StoreError>>,
}

impl WriterThread {
    /// Waits for its end. Errors: the store's, or a broken rule that stopped it.
    pub async fn ended(self) -> anyhow::Result<()> {
        match self.ended.await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => anyhow::bail!("the writer stopped at a broken rule; the log says which"),
        }
    }
}

impl Journal {
    /// Reads the journal, brings the lists up to it and starts the writer. With snapshots it reads only what came after
    /// the last one, and leaves one when it ends. Errors: a journal that cannot be read, or no thread to be had.
    pub fn start(
        (mut store, mut projection): (Box<dyn Store>, Box<dyn Projection>),
        clock: Clock,
        rules: Rules,
        snapshots: Option<Snapshots>,
    ) -> anyhow::Result<(Self, WriterThread)> {
        let mut beginning = Beginning::new(snapshots, rules);
        let Known { state, end } = beginning.read_with_lists(&mut *store, &mut *projection)?;
        let (kept, reached) = (watch::Sender::new(end.seq), watch::Sender::new(end.seq));
        let listed = reached.subscribe();
        let lists = Projector::start(projection, end, reached)?;
        let hurry = lists.hurry();
        let told = watch::Sender::new(Arc::clone(state.keys()));
        let keys = told.subscribe();
        let known = Some(Known { state, end });
        let (compaction, buffers) = (Compaction { try_at: end.seq }, Buffers::default());
        let told_of = kept.clone();
        let rest = Rest::new()?;
        let writer = Writer {
            store,
            lists,
            clock,
            beginning,
            compaction,
            known,
            kept: told_of,
            keys: told,
            buffers,
            rest,
        };
        let (asks, inbox) = mpsc::channel(WAITING_MAX);
        let (tell, ended) = oneshot::channel();
        thread::Builder::new().name("journal".to_owned()).spawn(move || {
            // Nobody waits for the end of a service that is gone already.
            let _unheard = tell.send(writer.run(inbox));
        })?;
        Ok((Self(Arc::new(Way { asks, kept, listed, hurry, keys })), WriterThread { ended }))
    }

    /// Asks for a change, and for what the asker wants to know of the state with it. Returns when it is kept.
    /// Errors: see [`Fault`].
    pub async fn ask<T: Send + 'static>(
        &self,
        command: Command,
        view: impl FnOnce(&State, &[Entry]) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.send(Some(command), view).await
    }

    /// Looks at the state as it is kept. Errors: the service is ending.
    pub async fn look<T: Send + 'static>(
        &self,
        view: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.send(None, |state, _| view(state)).await
    }

    /// Tells from now on when something was kept.
    pub fn news(&self) -> News {
        News { heard: self.0.kept.subscribe() }
    }

    /// Returns when so many rows more are kept than now.
    pub async fn grown(&self, rows: i64) {
        let mut heard = self.0.kept.subscribe();
        let until = *heard.borrow() + rows;
        // It cannot be closed: we hold one end of it.
        let _grown = heard.wait_for(|kept| *kept >= until).await;
    }

    /// The keys of all brands, as they are kept. It waits for nobody.
    pub fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.0.keys.borrow())
    }

    /// Returns when the lists show everything that is kept now. It does not wait for ever: lists that are late are
    /// better than none.
    pub async fn listed(&self) {
        let kept = *self.0.kept.borrow();
        let mut listed = self.0.listed.clone();
        if *listed.borrow() < kept {
            self.0.hurry.until(kept);
        }
        let caught_up = tokio::time::timeout(LISTED_MAX, listed.wait_for(|reached| *reached >= kept)).await;
        if caught_up.is_err() {
            tracing::warn!(kept, listed = *self.0.listed.borrow(), "the lists are late");
        }
    }

    async fn send<T: Send + 'static>(
        &self,
        command: Option<Command>,
        view: impl FnOnce(&State, &[Entry]) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (tell, told) = oneshot::channel();
        let view: View = Box::new(move |state, decided| {
            let answer = decided.map(|entries| view(state, entries));
            Box::new(move || {
                // An asker that has gone away is not told.
                let _unheard = tell.send(answer);
            })
        });
        self.0.asks.send(Ask { command, view }).await.map_err(|_| Fault::Unavailable)?;
        Ok(told.await.map_err(|_| Fault::Unavailable)??)
    }
}

struct Writer {
    store: Box<dyn Store>,
    lists: Projector,
    clock: Clock,
    beginning: Beginning,
    compaction: Compaction,
    /// `None`: it must be read anew, for something in it could not be kept.
    known: Option<Known>,
    kept: watch::Sender<i64>,
    keys: watch::Sender<Arc<Keys>>,
    buffers: Buffers,
    rest: Rest,
}

/// What a commit gathers in, empty, for the next one: pieces of memory as large as these cost more to be given anew
/// than what is written in them.
#[derive(Default)]
struct Buffers {
    entries: Vec<Entry>,
    replies: Vec<Reply>,
    text: Vec<u8>,
}

/// Keeps a buffer for the next commit, unless it has grown beyond what usual commits need.
fn keep_empty<T>(place: &mut Vec<T>, mut buffer: Vec<T>) {
    if buffer.capacity().saturating_mul(size_of::<T>()) <= BUFFER_MAX {
        buffer.clear();
        *place = buffer;
    }
}

/// Why the writer ends.
enum Fatal {
    /// By its own store.
    Store(StoreError),
    /// By the lists'.
    Lists,
}

impl From<StoreError> for Fatal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Ended> for Fatal {
    fn from(_: Ended) -> Self {
        Self::Lists
    }
}

impl Writer {
    fn run(mut self, inbox: mpsc::Receiver<Ask>) -> Result<(), StoreError> {
        let ended = self.write(inbox);
        let Self { store, lists, mut beginning, known, .. } = self;
        let listed = lists.finish();
        // Whoever waits for the books need not wait for the snapshot.
        drop(store);
        match ended {
            Ok(()) | Err(Fatal::Lists) => listed?,
            Err(Fatal::Store(error)) => return Err(error),
        }
        if let Some(known) = known {
            beginning.leave(&known);
        }
        Ok(())
    }

    fn write(&mut self, mut inbox: mpsc::Receiver<Ask>) -> Result<(), Fatal> {
        let mut batch = Vec::new();
        while inbox.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            if let Some(Known { state, .. }) = &self.known {
                self.rest.wait_for_more(state, &mut inbox, &mut batch);
            }
            match self.answer(batch.drain(..)) {
                Ok(()) => {}
                Err(Fatal::Store(StoreError::Failed { doing, source })) => {
                    tracing::error!(error = %source, "{doing} failed; the journal is read anew");
                    metrics::counter!("chuancai_commits_failed").increment(1);
                    // What could not be kept must not be seen by anybody.
                    self.known = None;
                }
                Err(fatal @ (Fatal::Lists | Fatal::Store(_))) => return Err(fatal),
            }
            self.compact(&inbox)?;
            self.rest.begin();
        }
        Ok(())
    }

    /// Packs old rows up while nobody waits, and if that never happens now and then.
    fn compact(&mut self, inbox: &mpsc::Receiver<Ask>) -> Result<(), StoreError> {
        let Some(Known { end, .. }) = &self.known else { return Ok(()) };
        while self.compaction.is_due(*end, inbox.is_empty()) {
            self.compaction.step(&mut *self.store, *end)?;
        }
        Ok(())
    }

    /// One commit. Askers whose reply is dropped unsent are told [`Fault::Unavailable`].
    fn answer(&mut self, batch: impl Iterator<Item = Ask>) -> Result<(), Fatal> {
        let now = self.clock.now();
        let mut entries = std::mem::take(&mut self.buffers.entries);
        let mut replies = std::mem::take(&mut self.buffers.replies);
        let known = self.known()?;
        for ask in batch {
            let decided = match &ask.command {
                Some(command) => known.state.carry_out(now, command),
                None => Ok(Vec::new()),
            };
            replies.push((ask.view)(&known.state, decided.as_deref().map_err(Clone::clone)));
            entries.extend(decided.unwrap_or_default());
        }
        self.keep(&entries)?;
        for reply in replies.drain(..) {
            reply();
        }
        keep_empty(&mut self.buffers.entries, entries);
        keep_empty(&mut self.buffers.replies, replies);
        self.show()
    }

    fn keep(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return self.store.holds();
        }
        metrics::counter!("chuancai_commits").increment(1);
        metrics::counter!("chuancai_entries").increment(entries.len() as u64);
        let known = self.known.as_mut().expect("what was decided was decided on something known");
        let row = known.end.next_in(std::mem::take(&mut self.buffers.text), entries);
        self.store.keep(&row)?;
        known.end = row.end();
        let keys = known.state.keys();
        if !Arc::ptr_eq(keys, &self.keys.borrow()) {
            self.keys.send_replace(Arc::clone(keys));
        }
        self.kept.send_replace(row.seq);
        keep_empty(&mut self.buffers.text, row.entries);
        Ok(())
    }

    /// Lists are told of what was kept.
    fn show(&mut self) -> Result<(), Fatal> {
        let known = self.known.as_mut().expect("something was just kept");
        if known.end != self.lists.handed_over() {
            self.lists.show(known.end, Lists::of_changes(&mut known.state))?;
        }
        Ok(())
    }

    fn known(&mut self) -> Result<&mut Known, StoreError> {
        let known = match self.known.take() {
            Some(known) => known,
            // Nothing was kept since lists were told of it: that is what failed.
            None => self.beginning.read(&mut *self.store)?,
        };
        Ok(self.known.insert(known))
    }
}
