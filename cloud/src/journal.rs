//! The one writer: a thread of its own that decides, keeps and only then tells.
//!
//! It drains whatever waits, decides and applies all of it in memory, keeps it in one commit and answers. The
//! next batch gathers while the disk is busy; there is no timer, so one asker alone waits for one fsync.
//! Whoever only looks asks here too, and sees what is kept and nothing else.

use std::thread;

use cloud_core::command::{Command, Refusal};
use cloud_core::dispatch::Rules;
use cloud_core::entry::Entry;
use cloud_core::state::State;
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::store::{End, Lists, Store, StoreError};

/// Askers that may wait at once; more of them wait at the door.
const WAITING_MAX: usize = 4_096;
/// Questions in one commit: at 20 µs each the first of them waits 80 ms at most.
const BATCH_MAX: usize = 4_096;

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
pub struct Journal {
    asks: mpsc::Sender<Ask>,
    news: watch::Sender<()>,
}

/// Tells when something was kept.
#[derive(Debug)]
pub struct News {
    heard: watch::Receiver<()>,
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
    /// Reads the journal and starts the writer. Errors: a journal that cannot be read, or no thread to be had.
    pub fn start(store: Box<dyn Store>, clock: Clock, rules: Rules) -> anyhow::Result<(Self, WriterThread)> {
        let news = watch::Sender::new(());
        let mut writer = Writer { store, clock, rules, known: None, news: news.clone() };
        writer.known()?;
        let (asks, inbox) = mpsc::channel(WAITING_MAX);
        let (tell, ended) = oneshot::channel();
        thread::Builder::new().name("journal".to_owned()).spawn(move || {
            // Nobody waits for the end of a service that is gone already.
            let _unheard = tell.send(writer.run(inbox));
        })?;
        Ok((Self { asks, news }, WriterThread { ended }))
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
        News { heard: self.news.subscribe() }
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
        self.asks.send(Ask { command, view }).await.map_err(|_| Fault::Unavailable)?;
        Ok(told.await.map_err(|_| Fault::Unavailable)??)
    }
}

struct Writer {
    store: Box<dyn Store>,
    clock: Clock,
    rules: Rules,
    /// `None`: it must be read anew, for something in it could not be kept.
    known: Option<Known>,
    news: watch::Sender<()>,
}

/// What the journal adds up to, and where it ends.
struct Known {
    state: State,
    end: End,
}

impl Writer {
    fn run(mut self, mut inbox: mpsc::Receiver<Ask>) -> Result<(), StoreError> {
        let mut batch = Vec::new();
        while inbox.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            match self.answer(batch.drain(..)) {
                Ok(()) => {}
                Err(StoreError::Failed { doing, source }) => {
                    tracing::error!(error = %source, "{doing} failed; the journal is read anew");
                    metrics::counter!("chuancai_commits_failed").increment(1);
                    // What could not be kept must not be seen by anybody.
                    self.known = None;
                }
                Err(
                    fatal @ (StoreError::Untrusted { .. }
                    | StoreError::Damaged { .. }
                    | StoreError::Taken { .. }
                    | StoreError::Lost),
                ) => return Err(fatal),
            }
        }
        Ok(())
    }

    /// One commit. Askers whose reply is dropped unsent are told [`Fault::Unavailable`].
    fn answer(&mut self, batch: impl Iterator<Item = Ask>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let known = self.known()?;
        let mut entries = Vec::new();
        let mut replies = Vec::new();
        for ask in batch {
            let decided = match &ask.command {
                Some(command) => known.state.carry_out(now, command),
                None => Ok(Vec::new()),
            };
            replies.push((ask.view)(&known.state, decided.as_deref().map_err(Clone::clone)));
            entries.extend(decided.unwrap_or_default());
        }
        self.keep(&entries)?;
        for reply in replies {
            reply();
        }
        Ok(())
    }

    fn keep(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return self.store.holds();
        }
        metrics::counter!("chuancai_commits").increment(1);
        metrics::counter!("chuancai_entries").increment(entries.len() as u64);
        let known = self.known.as_mut().expect("what was decided was decided on something known");
        let row = known.end.next(entries);
        self.store.keep(&row, &Lists::of_changes(&mut known.state))?;
        known.end = row.end();
        self.news.send_replace(());
        Ok(())
    }

    fn known(&mut self) -> Result<&mut Known, StoreError> {
        let known = match self.known.take() {
            Some(known) => known,
            None => {
                let mut state = State::new(self.rules);
                let end = self.store.load(&mut |entries| {
                    state.apply_all(&entries);
                    state.take_changed();
                })?;
                Known { state, end }
            }
        };
        Ok(self.known.insert(known))
    }
}
