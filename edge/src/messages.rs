//! The message centre's shell (M1–M9): from the journal into a database of its own, and from there, when its time has
//! come and it is still so, to the loudspeaker, the screens and the cloud.
//!
//! Nobody waits here. Orders do not know that anything is told, and a disk, a voice or a screen that fails costs
//! messages and nothing else. What is told, to whom and when is decided in the core.

mod machine;
mod rehearsal;
mod worker;

use std::path::Path;
use std::sync::Arc;

use edge_core::messages::{GOOD_FOR, QueueClock, QueueTime, Record, World};
use jiff::Timestamp;
use serde::Serialize;
use shared::id::{AccountId, DeviceId, MessageId, StreamId};
use shared::message::{Message, MessageReport};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::error;
use utoipa::ToSchema;

use crate::clock::{Clock, uptime};
use crate::counter::Counter;
use crate::devices::DeviceBook;
use crate::screens::Attendance;
use crate::store::messages::{MessageReader, MessageStore};
use crate::store::{JournalReader, StoreError};
use crate::voice::Voice;
use worker::Worker;

pub use rehearsal::rehearse;

/// Reports and wishes that may wait: two hundred screens that all have the same to say.
const INBOX_MAX: usize = 1024;
/// Messages that may wait for the connection to the screens.
const OUTBOX_MAX: usize = 1024;

/// What the message centre needs to know of the shop.
pub struct Surroundings {
    /// Tells what is kept, knows how things are, and keeps what goes to the cloud.
    pub counter: Counter,
    /// The box's clock.
    pub clock: Clock,
    /// The shop's devices.
    pub devices: Arc<DeviceBook>,
    /// Which of them are there.
    pub attendance: watch::Receiver<Attendance>,
    /// Whether the broker carries anything to them.
    pub screens_served: watch::Receiver<bool>,
    /// The box's own loudspeaker.
    pub voice: Voice,
    /// The journal's incarnation and its last fact.
    pub journal: (StreamId, u64),
}

/// What the connection to the screens is to send on.
pub type Outbox = mpsc::Receiver<(AccountId, Message)>;

/// What comes in from outside.
enum Inbound {
    /// What became of a message.
    Report { device: DeviceId, report: MessageReport },
    /// Somebody wants to hear it once more, under this id.
    Again { record: Box<Record>, id: MessageId, kept: oneshot::Sender<()> },
}

/// How much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Waiting {
    count: usize,
    oldest: Option<QueueTime>,
}

/// How the message centre is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessagesState {
    /// Whether it does its work.
    pub ok: bool,
    /// Messages that wait for their time or their turn.
    pub waiting: usize,
    /// How long the oldest of those has waited whose time has come, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_waiting_s: Option<u64>,
}

/// Why nothing could be done about a message.
#[derive(Debug, thiserror::Error)]
pub enum MessagesError {
    /// There is no such message, or none for this device.
    #[error("there is no such message")]
    Unknown,
    /// A message that says nothing cannot be heard.
    #[error("the message has no words")]
    Wordless,
    /// The message centre does not run.
    #[error("the message centre does not answer")]
    Down,
    /// What is kept cannot be read.
    #[error("messages cannot be read")]
    Unreadable(#[from] StoreError),
}

/// Speaks to the message centre. Cheap to clone.
#[derive(Clone)]
pub struct Messages {
    reader: MessageReader,
    clock: QueueClock,
    counter: Counter,
    devices: Arc<DeviceBook>,
    inbox: mpsc::Sender<Inbound>,
    waiting: watch::Receiver<Waiting>,
}

/// Starts the message centre with its database in `folder`. It cannot fail: without its database nothing is told,
/// and the status says so.
pub fn start(folder: &Path, surroundings: Surroundings) -> (Messages, Outbox) {
    let (outbox, outgoing) = mpsc::channel(OUTBOX_MAX);
    let (inbox, inbound) = mpsc::channel(INBOX_MAX);
    let (tell, waiting) = watch::channel(Waiting::default());
    let now = machine::time(&surroundings.clock);
    let (counter, devices) = (surroundings.counter.clone(), surroundings.devices.clone());
    let opened = MessageStore::open(folder)
        .and_then(|store| Ok((QueueClock::resume(store.anchor()?.as_ref(), &now), store)))
        .and_then(|(clock, store)| Ok((clock, store, JournalReader::open(folder)?)));
    let clock = match opened {
        Ok((clock, store, journal)) => {
            let told = surroundings.counter.listen();
            let worker =
                Worker::new((store, journal), clock, surroundings, (outbox, tell), Handle::current());
            std::thread::spawn(move || worker.run(told, inbound));
            clock
        }
        Err(error) => {
            error!(%error, "messages cannot be kept; nothing is announced");
            QueueClock::resume(None, &now)
        }
    };
    let reader = MessageReader::new(folder.to_owned());
    (Messages { reader, clock, counter, devices, inbox, waiting }, outgoing)
}

impl Messages {
    /// Takes what a device says about a message. Returns whether it could be taken.
    pub fn reported(&self, device: DeviceId, report: MessageReport) -> bool {
        self.inbox.try_send(Inbound::Report { device, report }).is_ok()
    }

    /// Says a message once more on the box's own loudspeaker, without a second look. Returns its new id.
    /// Errors: [`MessagesError`].
    pub async fn again(&self, id: MessageId, new: MessageId) -> Result<(), MessagesError> {
        let record = Box::new(self.with_words(id).await?);
        let (kept, told) = oneshot::channel();
        let again = Inbound::Again { record, id: new, kept };
        self.inbox.send(again).await.map_err(|_| MessagesError::Down)?;
        told.await.map_err(|_| MessagesError::Down)
    }

    /// A message that says something. Errors: [`MessagesError`].
    pub async fn with_words(&self, id: MessageId) -> Result<Record, MessagesError> {
        let record = self.read(move |reader| reader.record(id)).await?.ok_or(MessagesError::Unknown)?;
        if record.speech.is_empty() { Err(MessagesError::Wordless) } else { Ok(record) }
    }

    /// Reads what is kept, beside everything else that goes on. Errors: [`MessagesError::Unreadable`].
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&MessageReader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, MessagesError> {
        let reader = self.reader.clone();
        let answered = tokio::task::spawn_blocking(move || question(&reader)).await;
        Ok(answered.map_err(|_| MessagesError::Down)??)
    }

    /// What an account should be showing at `at`: what it was sent, is still so, and still worth telling (M8).
    /// Errors: [`MessagesError`].
    pub async fn shown_to(&self, account: AccountId, at: Timestamp) -> Result<Vec<Message>, MessagesError> {
        let now = self.now();
        let sent = self.read(move |reader| reader.shown_to(&account, now.before(GOOD_FOR))).await?;
        let about = sent.iter().filter_map(|(record, _)| record.order()).collect();
        let shop = self.counter.glance(about).await.map_err(|_| MessagesError::Down)?;
        let devices: Vec<_> = self.devices.now().all().cloned().collect();
        let world = World { shop: &shop, devices: &devices };
        let still = |(record, due): (Record, QueueTime)| {
            let volume = world.look(&record).ok()?;
            Some(record.message(at, due.after(GOOD_FOR).since(now), volume))
        };
        Ok(sent.into_iter().filter_map(still).collect())
    }

    /// How it is.
    pub fn state(&self) -> MessagesState {
        let Waiting { count, oldest } = *self.waiting.borrow();
        MessagesState {
            ok: !self.inbox.is_closed(),
            waiting: count,
            oldest_waiting_s: oldest.map(|oldest| self.now().since(oldest).as_secs()),
        }
    }

    fn now(&self) -> QueueTime {
        self.clock.at(uptime())
    }
}
