//! The message centre's thread: look at what was kept, write down what it calls for (`looking`), tell what is due.
//!
//! A thread with a runtime of its own, because it waits for its own disk: between a commit and the voice lie one
//! transaction here and one look at the shop, and nobody else's work.

mod looking;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use edge_core::authority::{Device, account_of};
use edge_core::messages::{
    Centre, Change, Heard, MachineTime, QueueClock, QueueTime, Reach, Record, Telling, World,
};
use shared::id::{AccountId, DeviceId, MessageId, StreamId};
use shared::message::{Announcements, Message, MessageReport};
use tokio::runtime::{Builder, Handle};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tracing::{error, info, warn};

use super::{Inbound, Surroundings, Waiting, machine};
use crate::clock::uptime;
use crate::counter::Told;
use crate::store::JournalReader;
use crate::store::messages::{MessageStore, News, plain};
use crate::voice::{Announcement, Said, VoiceState, VoiceStatus};

/// Facts that a start looks back at. What is further back nobody has to be told that nobody was told.
const LOOK_BACK_MAX: u64 = 10_000;
/// After a failure of the disk.
const AGAIN: Duration = Duration::from_secs(5);
/// Records between two clearings of old ones.
const RECORDS_BETWEEN_CLEARINGS: usize = 1_000;
/// How far the thread steps back (nice) when there is more to do than processors: orders go first.
const NICENESS: i32 = 5;

/// What the voice is saying.
struct Saying {
    id: MessageId,
    said: JoinHandle<Said>,
}

pub(super) struct Worker {
    store: MessageStore,
    journal: JournalReader,
    clock: QueueClock,
    around: Surroundings,
    outbox: mpsc::Sender<(AccountId, Message)>,
    tell: watch::Sender<Waiting>,
    /// Where the voice's future runs, so that it begins while this thread is still writing.
    runtime: Handle,
    settings: Announcements,
    centre: Centre,
    /// What became of messages and is kept with the next delivery.
    unkept: Vec<Change>,
    seen: u64,
    records_since_clearing: usize,
    voice: watch::Receiver<VoiceStatus>,
    saying: Option<Saying>,
    relaying: JoinSet<(MessageId, bool)>,
}

impl Worker {
    pub(super) fn new(
        (store, journal): (MessageStore, JournalReader),
        clock: QueueClock,
        around: Surroundings,
        (outbox, tell): (mpsc::Sender<(AccountId, Message)>, watch::Sender<Waiting>),
        runtime: Handle,
    ) -> Self {
        Self {
            store,
            journal,
            clock,
            outbox,
            tell,
            runtime,
            settings: Announcements::default(),
            centre: Centre::default(),
            unkept: Vec::new(),
            seen: 0,
            records_since_clearing: RECORDS_BETWEEN_CLEARINGS,
            voice: around.voice.status(),
            saying: None,
            relaying: JoinSet::new(),
            around,
        }
    }

    /// Works until the counter stops.
    pub(super) fn run(mut self, told: broadcast::Receiver<Arc<Told>>, inbox: mpsc::Receiver<Inbound>) {
        if let Err(error) = rustix::process::nice(NICENESS) {
            warn!(%error, "announcements do not step back behind orders");
        }
        match Builder::new_current_thread().enable_time().build() {
            Ok(runtime) => runtime.block_on(async {
                if let Err(error) = self.go_on().await {
                    error!(error = format!("{error:#}"), "what was waiting to be told cannot be read");
                    return;
                }
                self.follow(told, inbox).await;
            }),
            Err(error) => error!(%error, "the message centre cannot start"),
        }
    }

    /// Takes up what the last run left: what waited, and what had been kept and not looked at.
    async fn go_on(&mut self) -> anyhow::Result<()> {
        let (stream, last) = self.around.journal;
        self.settings = self.around.counter.announcements().await?.announcements;
        self.seen = self.store.seen(stream, last)?.max(last.saturating_sub(LOOK_BACK_MAX));
        let now = self.now();
        for open in self.store.open_records()? {
            self.centre.take_back(open.record, open.due, open.state, now);
        }
        let (waiting, _) = self.centre.waiting(now);
        info!(waiting, "what is still to be told is read back");
        let lapsed = self.centre.lapse(now);
        self.keep_changes(&lapsed);
        if let Err(error) = self.catch_up() {
            warn!(
                error = format!("{error:#}"),
                "what was kept at the end of the last run cannot be looked at"
            );
        }
        Ok(())
    }

    async fn follow(mut self, mut told: broadcast::Receiver<Arc<Told>>, mut inbox: mpsc::Receiver<Inbound>) {
        let mut again_at = None;
        loop {
            self.deliver().await;
            let wake_at = self.wakes_at();
            let looked = tokio::select! {
                news = told.recv() => match news {
                    Ok(news) => self.look_at_news(news, &mut told),
                    Err(RecvError::Lagged(_)) => self.catch_up(),
                    Err(RecvError::Closed) => return,
                },
                Some(inbound) = inbox.recv() => {
                    self.hear_all(inbound, &mut inbox);
                    Ok(())
                }
                said = said(&mut self.saying) => {
                    self.said(said);
                    Ok(())
                }
                Some(relayed) = self.relaying.join_next() => {
                    self.relayed(relayed.ok());
                    Ok(())
                }
                Ok(()) = self.voice.changed() => {
                    self.look_at_voice();
                    Ok(())
                }
                Ok(()) = self.around.screens_served.changed() => Ok(()),
                () = until(wake_at) => Ok(()),
                () = until(again_at) => self.catch_up(),
            };
            if let Err(error) = looked {
                warn!(error = format!("{error:#}"), "what was kept could not be looked at for messages");
                again_at = Some(Instant::now() + AGAIN);
            } else if again_at.is_some_and(|at| at <= Instant::now()) {
                again_at = None;
            }
        }
    }

    fn take(&mut self, records: Vec<(Record, QueueTime)>) {
        if records.is_empty() {
            return;
        }
        self.records_since_clearing += records.len();
        let changes = self.centre.take(records, self.now());
        self.unkept.extend(changes);
    }

    /// Tells everything that is due.
    async fn deliver(&mut self) {
        let now = self.now();
        let mut changes = std::mem::take(&mut self.unkept);
        changes.extend(self.centre.lapse(now));
        let reach = self.reach();
        if let Some(about) = self.centre.asks_about(now, reach)
            && let Ok(shop) = self.around.counter.glance(about).await
        {
            let devices = self.devices();
            let world = World { shop: &shop, devices: &devices };
            if reach.voice {
                let (telling, ended) = self.centre.to_say(now, world);
                changes.extend(ended);
                changes.extend(telling.and_then(|telling| self.say(telling)));
            }
            let (tellings, ended) = self.centre.to_send(now, reach, world);
            changes.extend(ended);
            changes.extend(tellings.into_iter().filter_map(|telling| self.send(telling)).collect::<Vec<_>>());
        }
        self.keep_changes(&changes);
        self.clear_old();
        self.tell_waiting(now);
    }

    fn tell_waiting(&self, now: QueueTime) {
        let (count, oldest) = self.centre.waiting(now);
        let waiting = Waiting { count, oldest };
        let is_news = self.tell.send_if_modified(|told| std::mem::replace(told, waiting) != waiting);
        if is_news {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            metrics::gauge!("chuancai_messages_waiting").set(f64::from(count));
        }
    }

    fn reach(&self) -> Reach {
        let takes_words = match self.voice.borrow().state {
            // It says that it is off.
            VoiceState::Disabled | VoiceState::SpeakingWith { .. } => true,
            VoiceState::Starting | VoiceState::NoDevice { .. } | VoiceState::Restarting { .. } => false,
        };
        let screens = *self.around.screens_served.borrow();
        Reach { screens, voice: takes_words && self.saying.is_none() }
    }

    fn say(&mut self, telling: Telling) -> Option<Change> {
        let Telling { record, volume, left } = telling;
        let (id, until) = (record.id, Instant::now() + left);
        let voice = self.around.voice.clone();
        let announcement = Announcement { id, speech: record.speech, volume, until };
        let said = self.runtime.spawn(async move { voice.say(announcement).await });
        self.saying = Some(Saying { id, said });
        self.centre.being_said(id)
    }

    fn send(&mut self, telling: Telling) -> Option<Change> {
        let Telling { record, volume, left } = telling;
        if record.is_for_the_cloud() {
            self.relay(&record);
            return None;
        }
        let message = record.message(self.around.clock.read().at, left, volume);
        let now = self.now();
        match self.outbox.try_send((record.account.clone(), message)) {
            Ok(()) => self.centre.sent(record.id, now, self.is_here(&record.account)),
            Err(_) => {
                self.centre.not_taken(record.id, now);
                None
            }
        }
    }

    fn relay(&mut self, record: &Record) {
        let (id, relay, counter) = (record.id, record.relay(), self.around.counter.clone());
        self.relaying.spawn(async move { (id, counter.relay(relay).await.is_ok()) });
    }

    fn relayed(&mut self, relayed: Option<(MessageId, bool)>) {
        match relayed {
            Some((id, true)) => {
                let change = self.centre.relayed(id);
                self.keep_changes(change.as_slice());
            }
            Some((id, false)) => self.centre.not_taken(id, self.now()),
            None => {}
        }
    }

    /// The voice is done with what it was given.
    fn said(&mut self, said: Option<Said>) {
        let Some(Saying { id, .. }) = self.saying.take() else { return };
        let heard = match said {
            Some(Said::Spoken) => Heard::Spoken,
            Some(Said::TooOld) => Heard::TooOld,
            Some(Said::Off) => Heard::Off,
            None => Heard::Interrupted,
        };
        let changes = self.centre.heard(id, heard, self.now());
        self.keep_changes(&changes);
    }

    /// While nothing is heard the world goes on, so what was to be said is taken back and looked at again.
    fn look_at_voice(&mut self) {
        let is_heard = match self.voice.borrow_and_update().state {
            VoiceState::Disabled | VoiceState::SpeakingWith { .. } => true,
            VoiceState::Starting | VoiceState::NoDevice { .. } | VoiceState::Restarting { .. } => false,
        };
        if let Some(saying) = self.saying.as_ref().filter(|_| !is_heard) {
            saying.said.abort();
            self.said(None);
        }
    }

    /// Hears somebody, and all who have spoken in the meantime: thirty screens answer one order at once.
    fn hear_all(&mut self, first: Inbound, inbox: &mut mpsc::Receiver<Inbound>) {
        let mut changes = Vec::new();
        let mut next = Some(first);
        while let Some(inbound) = next {
            match inbound {
                Inbound::Report { device, report } => changes.extend(self.hear(&device, report)),
                Inbound::Again { record, id, kept } => self.say_again(*record, id, kept),
            }
            next = inbox.try_recv().ok();
        }
        self.keep_changes(&changes);
    }

    fn hear(&mut self, device: &DeviceId, report: MessageReport) -> Option<Change> {
        let MessageReport { id, became } = report;
        let device = self.around.devices.get(device)?;
        self.centre.reported(&account_of(&device), id, became)
    }

    fn say_again(&mut self, record: Record, id: MessageId, kept: oneshot::Sender<()>) {
        let records = vec![(record.again(id), self.now())];
        let news = News { records: &records, changes: &[], seen: None };
        if let Err(error) = self.keep(&news) {
            warn!(error = format!("{error:#}"), "a message to be said again could not be kept");
            return;
        }
        self.take(records);
        // Whoever asked may have gone.
        let _ = kept.send(());
    }

    fn keep(&mut self, news: &News<'_>) -> anyhow::Result<()> {
        let anchor = self.clock.anchor(self.machine());
        let at = self.around.clock.read().at;
        self.store.keep(news, at, &anchor).context("keeping messages")
    }

    /// Keeps what became of messages. What is not kept is told once more after a restart, at worst.
    fn keep_changes(&mut self, changes: &[Change]) {
        changes.iter().for_each(count);
        if changes.is_empty() {
            return;
        }
        if let Err(error) = self.keep(&News { records: &[], changes, seen: None }) {
            warn!(error = format!("{error:#}"), "what became of messages could not be kept");
        }
    }

    fn clear_old(&mut self) {
        if self.records_since_clearing < RECORDS_BETWEEN_CLEARINGS {
            return;
        }
        self.records_since_clearing = 0;
        if let Err(error) = self.store.forget_old(self.now()) {
            warn!(%error, "old messages could not be forgotten");
        }
    }

    fn wakes_at(&self) -> Option<Instant> {
        let now = self.now();
        self.centre.wakes_at(now).map(|at| Instant::now() + at.since(now))
    }

    fn is_here(&self, account: &AccountId) -> bool {
        let attendance = self.around.attendance.borrow();
        let devices = self.around.devices.now();
        let mut theirs = devices.all().filter(|device| account_of(device) == *account);
        theirs.any(|device| attendance.is_here(&device.id))
    }

    fn devices(&self) -> Vec<Device> {
        self.around.devices.now().all().cloned().collect()
    }

    fn stream(&self) -> StreamId {
        self.around.journal.0
    }

    fn machine(&self) -> MachineTime {
        machine::time(&self.around.clock)
    }

    fn now(&self) -> QueueTime {
        self.clock.at(uptime())
    }
}

/// Waits until the voice is done, if it has anything to say. `None`: it fell over.
async fn said(saying: &mut Option<Saying>) -> Option<Said> {
    match saying {
        Some(Saying { said, .. }) => said.await.ok(),
        None => std::future::pending().await,
    }
}

/// Waits for a moment, or for ever.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn count(change: &Change) {
    if let Change::Became { state, reason, is_last: true, .. } = change {
        let labels = [("state", plain(state)), ("reason", reason.as_ref().map(plain).unwrap_or_default())];
        metrics::counter!("chuancai_messages_total", &labels).increment(1);
    }
}
