//! Where things are kept. SQL stands below this module and nowhere else.
//!
//! Small traits, so that another database is one more module: [`Rows`] reads the journal, [`Store`] is the writer's
//! alone, [`Projection`] the projector's, [`Records`] answers whoever looks at lists. One conformance suite proves
//! each implementation.

mod chain;
mod figure;
mod folder;
mod lists;
mod page;
mod place;
pub mod postgres;
pub mod sqlite;

use std::collections::BTreeSet;
use std::time::Duration;

use cloud_core::channel::RelayChannel;
use cloud_core::entry::Entry;
use cloud_core::id::{CarrierAccountId, MessageKey, ShopKey};
use cloud_core::sms::Kind;
use jiff::Timestamp;
use shared::id::{BrandId, ShopId};
use shared::order::OrderView;
use shared::quantity::BusinessDay;

pub use chain::{End, JournalRow};
pub use figure::MessageFigure;
pub use folder::Folder;
pub use lists::{Lists, OrderKey, compare_lists, is_open, portions};
pub use place::{Opened, Place};

use crate::view::{MessageStateView, MessageView, ReasonCode, RelayStateView, RelayView};

/// Why something was not kept or not found.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was kept, and it may be tried again once the journal is read anew: a full disk, a busy file, a
    /// database that is away.
    #[error("{doing}")]
    Failed {
        /// What was attempted.
        doing: &'static str,
        /// What went wrong.
        #[source]
        source: anyhow::Error,
    },
    /// Nobody can say what is kept now: a failed fsync, or a database that went away during a commit and did not
    /// come back. The program must end and read it anew.
    #[error("{doing}: what is kept is not known")]
    Untrusted {
        /// What was attempted.
        doing: &'static str,
        /// What went wrong.
        #[source]
        source: anyhow::Error,
    },
    /// The journal is not what was written.
    #[error("the journal is damaged at row {row}: {what}")]
    Damaged {
        /// The row.
        row: i64,
        /// How it shows.
        what: String,
    },
    /// Another process holds the books.
    #[error("another chuancai-cloud holds these books: stop the service, run this command, start it again")]
    Taken {
        /// It has died if it has not renewed its lease by then.
        free_in: Duration,
    },
    /// Another process has taken the books over; nothing can be kept here any more. The program must end.
    #[error("another chuancai-cloud has taken these books over")]
    Lost,
}

/// Told of a row; an error ends the reading.
pub type EachRow<'a> = dyn FnMut(&JournalRow) -> Result<(), StoreError> + 'a;

/// The journal, read.
pub trait Rows: Send {
    /// Hands over every row, the oldest first, each proved to follow the one before it, and returns where they end.
    /// Errors: see [`StoreError`], and those of `each`.
    fn rows(&mut self, each: &mut EachRow<'_>) -> Result<End, StoreError>;

    /// Hands over every commit's entries, the oldest first, and returns where they end. Errors: see [`StoreError`].
    fn load(&mut self, each: &mut dyn FnMut(Vec<Entry>)) -> Result<End, StoreError> {
        self.rows(&mut |row| {
            each(row.read()?);
            Ok(())
        })
    }
}

/// What the writer needs. [`Rows::rows`] of a store also settles what became of anything that was not answered, so
/// that nothing kept before it can appear after it.
pub trait Store: Rows {
    /// Keeps the row that follows the last one, and returns when it will survive a power cut. Errors: see
    /// [`StoreError`].
    fn keep(&mut self, row: &JournalRow) -> Result<(), StoreError>;

    /// Whether what was read and kept is still everything. Errors: somebody else may have kept something since.
    fn holds(&self) -> Result<(), StoreError>;
}

/// What writes lists. They follow the journal a little later, and what is lost of them is made again from it.
pub trait Projection: Send {
    /// Up to where they show the journal. Errors: see [`StoreError`].
    fn reached(&mut self) -> Result<End, StoreError>;

    /// Writes the rows that changed until `end`, all or nothing. Written again, nothing changes. Errors: see
    /// [`StoreError`].
    fn write(&mut self, end: End, lists: &Lists) -> Result<(), StoreError>;

    /// Empties them, for they were made of another journal. Errors: see [`StoreError`].
    fn clear(&mut self) -> Result<(), StoreError>;
}

/// A part of a list, and where the next part begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The part.
    pub rows: Vec<T>,
    /// Give this as `before` to get the next. `None`: that was all.
    pub next: Option<String>,
}

/// A question for orders, the highest number first.
#[derive(Debug, Clone)]
pub struct OrdersAsked {
    /// Whose.
    pub at: ShopKey,
    /// Which business day.
    pub day: BusinessDay,
    /// A cursor from [`Page::next`].
    pub before: Option<String>,
    /// At most this many.
    pub limit: u32,
}

/// A question for messages, the newest first.
#[derive(Debug, Clone)]
pub struct MessagesAsked {
    /// Whose.
    pub brand: BrandId,
    /// Which of them.
    pub only: MessageFilter,
    /// A cursor from [`Page::next`].
    pub before: Option<String>,
    /// At most this many.
    pub limit: u32,
}

/// Some of a brand's messages; whatever is not said is not asked for.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// Only those in one of these states. Empty: in any.
    pub states: BTreeSet<MessageStateView>,
    /// Only those of this kind.
    pub kind: Option<Kind>,
    /// Only those that it asked for.
    pub asker: Option<Asker>,
    /// Only those last given to this account.
    pub carrier: Option<CarrierAccountId>,
    /// Only those that are where they are for this reason.
    pub reason: Option<ReasonCode>,
    /// Only those asked for at this instant or later.
    pub from: Option<Timestamp>,
    /// Only those asked for before this instant.
    pub to: Option<Timestamp>,
}

/// Who asks for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// The box of this shop.
    Shop(ShopId),
    /// The brand's own systems.
    Systems,
}

impl Asker {
    /// The shop; empty for a system, which has none.
    fn shop(&self) -> &str {
        match self {
            Self::Shop(shop) => shop.as_str(),
            Self::Systems => "",
        }
    }
}

/// A question for sums of messages.
#[derive(Debug, Clone)]
pub struct FiguresAsked {
    /// Whose.
    pub brand: BrandId,
    /// Only those of this shop's box.
    pub shop: Option<ShopId>,
    /// Only those asked for at this instant or later.
    pub from: Timestamp,
    /// Only those asked for before this instant.
    pub to: Timestamp,
}

/// A question for messages that are sent on, the newest first.
#[derive(Debug, Clone)]
pub struct RelaysAsked {
    /// Whose.
    pub brand: BrandId,
    /// Only those of this shop.
    pub shop: Option<ShopId>,
    /// Only those by this channel.
    pub channel: Option<RelayChannel>,
    /// Only those in this state.
    pub state: Option<RelayStateView>,
    /// A cursor from [`Page::next`].
    pub before: Option<String>,
    /// At most this many.
    pub limit: u32,
}

/// What the day's figures are made of: one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderFigure {
    /// When it was opened.
    pub placed_at: Timestamp,
    /// Portions that were not cancelled.
    pub portions: u32,
}

/// Messages asked for within some time, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// The carrier took them.
    pub sent: u32,
    /// Of those, they arrived.
    pub delivered: u32,
    /// They did not go out, or did not arrive.
    pub failed: u32,
}

/// What lists are asked.
pub trait Records: Send + Sync {
    /// Orders of a shop's day. Errors: see [`StoreError`].
    fn orders(&self, asked: &OrdersAsked) -> Result<Page<OrderView>, StoreError>;

    /// All orders of a shop's day, for sums.
    fn order_figures(&self, at: &ShopKey, day: BusinessDay) -> Result<Vec<OrderFigure>, StoreError>;

    /// How many orders of a shop are open, of whatever day.
    fn open_orders(&self, at: &ShopKey) -> Result<u32, StoreError>;

    /// Messages of a brand.
    fn messages(&self, asked: &MessagesAsked) -> Result<Page<MessageView>, StoreError>;

    /// One message, of whatever age.
    fn message(&self, key: &MessageKey) -> Result<Option<MessageView>, StoreError>;

    /// Messages of a brand, counted. Their order is any.
    fn message_figures(&self, asked: &FiguresAsked) -> Result<Vec<MessageFigure>, StoreError>;

    /// Messages of a brand that are sent on.
    fn relays(&self, asked: &RelaysAsked) -> Result<Page<RelayView>, StoreError>;

    /// A brand's messages asked for from `from` until before `to`.
    fn message_counts(
        &self,
        brand: &BrandId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<MessageCounts, StoreError>;
}
