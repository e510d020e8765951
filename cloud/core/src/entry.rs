//! What is kept: one entry is one thing that became true. The journal is a list of entries, and the state is
//! what they add up to.
//!
//! Entries are read back for ever: variants and fields are only added.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;
use shared::id::{BrandId, ShopId, StreamId};

use crate::access::{self, Role};
use crate::channel::{ChannelSettings, RelayChannel};
use crate::id::{BatchId, BoxKey, MessageKey, PasswordHash, SecretHash, UserName};
use crate::ledger::Movement;
use crate::news;
use crate::outbox;
use crate::purchase;
use crate::relay::{self, Beginning, Parcel, RelayKey};
use crate::sms::{BatchWish, Receipt, Signature, Stamped};
use crate::state::UpTo;
use crate::units::Units;

/// One thing that became true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A brand joined.
    BrandAdded {
        /// The brand.
        brand: BrandId,
        /// What people call it.
        name: String,
        /// How its texts are signed.
        signature: Signature,
        /// The secret of its own systems.
        api_key: SecretHash,
    },
    /// A shop opened.
    ShopAdded {
        /// The brand.
        brand: BrandId,
        /// The shop.
        shop: ShopId,
        /// What people call it.
        name: String,
        /// Its IANA time zone.
        time_zone: String,
    },
    /// A box was registered, or got a new password.
    BoxAdded {
        /// The box.
        key: BoxKey,
        /// What the broker checks, in Mosquitto's notation.
        password: PasswordHash,
    },
    /// Somebody may sign in to the dashboard, or got a new password or role.
    UserAdded {
        /// The brand they belong to.
        brand: BrandId,
        /// Who.
        user: UserName,
        /// Their password.
        password: PasswordHash,
        /// What they may see and do.
        #[serde(default)]
        role: Role,
    },
    /// Something about keys, or about people who left.
    Access(access::Change),
    /// Something about what the brand's systems are told.
    Outbox(outbox::Change),
    /// Somebody signed in.
    SessionOpened {
        /// The cookie's hash.
        session: SecretHash,
        /// Who.
        user: UserName,
        /// Until when it is good.
        until: Timestamp,
    },
    /// Somebody signed out, or the session's time was over.
    SessionClosed {
        /// The cookie's hash.
        session: SecretHash,
    },
    /// A movement in a brand's books.
    Booked {
        /// The brand.
        brand: BrandId,
        /// The movement.
        movement: Movement,
    },
    /// A step of a message.
    Stepped {
        /// The message.
        message: MessageKey,
        /// The step.
        stamped: Stamped,
    },
    /// A brand asked for a text to many (S9). The steps of its messages follow.
    BatchAsked {
        /// The brand.
        brand: BrandId,
        /// The batch.
        batch: BatchId,
        /// What was asked.
        wish: Box<BatchWish>,
        /// What was available, when that was too little: then nothing follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Units>,
        /// When.
        at: Timestamp,
    },
    /// Messages that came to their ends long ago were put on file.
    Filed(UpTo),
    /// A receiver wants no advertising of a brand any more, or wants it again.
    OptedOut {
        /// The brand.
        brand: BrandId,
        /// The receiver.
        phone: PhoneNumber,
        /// Whether they are out now.
        is_out: bool,
        /// When.
        at: Timestamp,
    },
    /// A receipt came in (S7). It stays in the inbox until it has had its effect.
    ReceiptKept {
        /// The next number of the inbox.
        number: u64,
        /// As it came.
        receipt: Receipt,
        /// When.
        at: Timestamp,
    },
    /// A receipt has had its effect, or can have none.
    ReceiptDone {
        /// Its number in the inbox.
        number: u64,
    },
    /// Facts of a box, each exactly as it came.
    FactsKept {
        /// The box.
        key: BoxKey,
        /// The incarnation of its database.
        stream: StreamId,
        /// Sequence number of the first.
        from: u64,
        /// The facts, without holes.
        facts: Vec<String>,
        /// Those of them that this program could not read: kept, and set aside.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parked: Vec<u64>,
    },
    /// Something about what boxes are told.
    News(news::Change),
    /// A brand's channel was set up, or set up anew.
    ChannelSet {
        /// The brand.
        brand: BrandId,
        /// How.
        settings: ChannelSettings,
    },
    /// Nothing goes by a brand's channel until it is set up anew.
    ChannelSwitchedOff {
        /// The brand.
        brand: BrandId,
        /// The channel.
        channel: RelayChannel,
        /// When.
        at: Timestamp,
    },
    /// A box asked for a message to be sent on.
    Relayed {
        /// The message.
        relay: RelayKey,
        /// What was asked.
        wish: Box<relay::Wish>,
        /// To whom it goes.
        beginning: Beginning,
        /// When it came in.
        at: Timestamp,
    },
    /// A step of a message to one of its targets.
    ParcelStepped {
        /// The message, and to whom.
        parcel: Parcel,
        /// The step.
        stamped: relay::Stamped,
    },
    /// Carrier accounts and routes.
    Carrier(crate::carrier::Event),
    /// An offer, or a step of a purchase.
    Purchase {
        /// What.
        event: purchase::Event,
    },
}
