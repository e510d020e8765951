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
use crate::store::{Commit, MessageRow, OrderRow, RelayRow, Store, StoreError};

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

/// Told when the commit it waited for is kept, or is not.
type Reply = Box<dyn FnOnce(Result<(), Fault>) + Send>;
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
        let mut writer = Writer { store, clock, rules, state: State::new(rules), news: news.clone() };
        writer.rebuild()?;
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
            Box::new(move |kept| {
                // An asker that has gone away is not told.
                let _unheard = tell.send(kept.and_then(|()| answer.map_err(Fault::Refused)));
            })
        });
        self.asks.send(Ask { command, view }).await.map_err(|_| Fault::Unavailable)?;
        told.await.unwrap_or(Err(Fault::Unavailable))
    }
}

struct Writer {
    store: Box<dyn Store>,
    clock: Clock,
    rules: Rules,
    state: State,
    news: watch::Sender<()>,
}

impl Writer {
    fn run(mut self, mut inbox: mpsc::Receiver<Ask>) -> Result<(), StoreError> {
        let mut batch = Vec::new();
        while inbox.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            self.answer(batch.drain(..))?;
        }
        Ok(())
    }

    /// One commit. Errors: only those after which the program must end.
    fn answer(&mut self, batch: impl Iterator<Item = Ask>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut entries = Vec::new();
        let mut replies = Vec::new();
        for ask in batch {
            let decided = match &ask.command {
                Some(command) => self.state.carry_out(now, command),
                None => Ok(Vec::new()),
            };
            replies.push((ask.view)(&self.state, decided.as_deref().map_err(Clone::clone)));
            entries.extend(decided.unwrap_or_default());
        }
        let kept = self.keep(entries);
        for reply in replies {
            reply(if kept.is_ok() { Ok(()) } else { Err(Fault::Unavailable) });
        }
        match kept {
            Ok(()) => Ok(()),
            Err(StoreError::Failed { doing, source }) => {
                tracing::error!(error = %source, "{doing} failed; reading the journal anew");
                metrics::counter!("chuancai_commits_failed").increment(1);
                self.rebuild()
            }
            Err(fatal @ (StoreError::Untrusted { .. } | StoreError::Damaged { .. })) => Err(fatal),
        }
    }

    fn keep(&mut self, entries: Vec<Entry>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        metrics::counter!("chuancai_commits").increment(1);
        metrics::counter!("chuancai_entries").increment(entries.len() as u64);
        let changed = self.state.take_changed();
        let message = |key| {
            self.state.message(&key).map(|message| MessageRow { view: message.into(), key: key.clone() })
        };
        let commit = Commit {
            entries,
            messages: changed.messages.into_iter().filter_map(message).collect(),
            orders: changed
                .orders
                .into_iter()
                .map(|((at, _), order)| OrderRow { at, view: order.view().clone() })
                .collect(),
            relays: changed
                .relays
                .into_iter()
                .filter_map(|key| self.state.relayed(&key).map(RelayRow::from))
                .collect(),
        };
        self.store.commit(&commit)?;
        self.news.send_replace(());
        Ok(())
    }

    /// The state anew from what is kept: what could not be kept must not be seen by anybody.
    fn rebuild(&mut self) -> Result<(), StoreError> {
        let mut state = State::new(self.rules);
        self.store.load(&mut |entries| {
            state.apply_all(&entries);
            state.take_changed();
        })?;
        self.state = state;
        Ok(())
    }
}
