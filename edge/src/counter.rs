//! The counter: the one place where orders are decided, numbered and kept.
//!
//! One thread, one bounded channel. It takes what is waiting, decides it, keeps it in one durable commit, and
//! only then answers and tells. While a commit runs the next batch gathers by itself; no timer is involved.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use edge_core::refusal::Refusal;
use edge_core::shop::{Ask, Glance};
use shared::guest::RoomName;
use shared::id::OrderId;
use shared::message::{AnnouncementsView, Relay};
use shared::screen::{Board, KitchenView, MenuView};
use shared::sync::NewsBatch;
use tokio::sync::{broadcast, mpsc, oneshot};

mod news;
mod told;
mod worker;

pub use news::NewsTaken;
pub use told::Told;
pub use worker::{OpenedShop, open};

/// Requests that may wait: two hundred devices with a few taps each. More means the disk has stopped.
const QUEUE_MAX: usize = 1024;
/// Commits that a listener may lag behind before it has to catch up by itself.
const TOLD_MAX: usize = 1024;

/// How late a new business day may be noticed by itself. An order notices it at once.
const TICK_EVERY: Duration = Duration::from_secs(5);

/// Why a request has no answer. Nothing was changed, or it is not known here what was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The kitchen says no (K10).
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The same request id came before with another wish.
    #[error("this request id has been used for something else")]
    IdReused,
    /// Too many requests wait.
    #[error("too many requests wait")]
    Busy,
    /// It could not be kept; nothing was changed.
    #[error("the order could not be kept")]
    NotKept,
    /// The box is stopping.
    #[error("the box is stopping")]
    Stopped,
}

/// What the counter is asked.
enum Message {
    /// Decide a request.
    Ask(Box<Asking>),
    /// Everything open; of one room only, for a pad.
    Board(Option<RoomName>, oneshot::Sender<Board>),
    /// The menu.
    Menu(oneshot::Sender<MenuView>),
    /// The plan of the kitchen.
    Kitchen(oneshot::Sender<KitchenView>),
    /// The announcement settings.
    Announcements(oneshot::Sender<AnnouncementsView>),
    /// The shop as it is, for what is about to be told of these orders.
    Glance(BTreeSet<OrderId>, oneshot::Sender<Glance>),
    /// The cloud is to send a message on.
    Relay(Box<Relay>, oneshot::Sender<Result<(), AskError>>),
    /// The cloud tells something.
    News(NewsBatch, oneshot::Sender<Result<NewsTaken, AskError>>),
    /// Time has passed: what is due by itself?
    Tick,
    /// The cloud has everything up to here.
    Acked(u64),
}

/// A request on its way.
struct Asking {
    ask: Ask,
    body_hash: [u8; 32],
    reply: oneshot::Sender<Result<Arc<str>, AskError>>,
}

/// Speaks to the counter. Cheap to clone.
#[derive(Clone)]
pub struct Counter {
    sender: mpsc::Sender<Message>,
    told: broadcast::Sender<Arc<Told>>,
}

impl Counter {
    /// Asks, and waits until it is kept. The answer is [`shared::command::Answer`] as JSON: a repeat gets the
    /// very same text.
    pub async fn ask(&self, ask: Ask, body_hash: [u8; 32]) -> Result<Arc<str>, AskError> {
        let (reply, answer) = oneshot::channel();
        let asking = Message::Ask(Box::new(Asking { ask, body_hash, reply }));
        self.sender.try_send(asking).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AskError::Busy,
            mpsc::error::TrySendError::Closed(_) => AskError::Stopped,
        })?;
        answer.await.unwrap_or(Err(AskError::Stopped))
    }

    /// Everything open, or one room's order. Errors: [`AskError::Stopped`].
    pub async fn board(&self, room: Option<RoomName>) -> Result<Board, AskError> {
        self.look(|reply| Message::Board(room, reply)).await
    }

    /// The menu with what is sold out. Errors: [`AskError::Stopped`].
    pub async fn menu(&self) -> Result<MenuView, AskError> {
        self.look(Message::Menu).await
    }

    /// How the kitchen is laid out. Errors: [`AskError::Stopped`].
    pub async fn kitchen(&self) -> Result<KitchenView, AskError> {
        self.look(Message::Kitchen).await
    }

    /// The announcement settings. Errors: [`AskError::Stopped`].
    pub async fn announcements(&self) -> Result<AnnouncementsView, AskError> {
        self.look(Message::Announcements).await
    }

    /// The shop at this moment, for what is about to be told of these orders. Errors: [`AskError::Stopped`].
    pub async fn glance(&self, about: BTreeSet<OrderId>) -> Result<Glance, AskError> {
        self.look(|reply| Message::Glance(about, reply)).await
    }

    /// Keeps that the cloud is to send a message on. It may be asked twice: the cloud goes by the message's id.
    /// Errors: it is not kept.
    pub async fn relay(&self, relay: Relay) -> Result<(), AskError> {
        self.look(|reply| Message::Relay(Box::new(relay), reply)).await?
    }

    /// Takes in what the cloud tells, once, however often it is told. Errors: it is not kept.
    pub async fn hear(&self, news: NewsBatch) -> Result<NewsTaken, AskError> {
        self.look(|reply| Message::News(news, reply)).await?
    }

    /// Lets the counter see that time has passed, every so often, until it stops: a new business day brings back
    /// what was sold out, whether anybody orders or not.
    pub async fn keep_time(self) {
        let mut tick = tokio::time::interval(TICK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tick.tick().await;
            if self.sender.send(Message::Tick).await.is_err() {
                return;
            }
        }
    }

    /// Notes what the cloud has. It is kept with the next commit, for it is only a hint.
    pub async fn acked(&self, seq: u64) -> Result<(), AskError> {
        self.sender.send(Message::Acked(seq)).await.map_err(|_| AskError::Stopped)
    }

    /// Everything that is kept from now on. A listener that lags more than [`TOLD_MAX`] commits is told so.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Told>> {
        self.told.subscribe()
    }

    async fn look<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Result<T, AskError> {
        let (reply, answer) = oneshot::channel();
        self.sender.send(message(reply)).await.map_err(|_| AskError::Stopped)?;
        answer.await.map_err(|_| AskError::Stopped)
    }
}
