//! What can be asked of the state, and why it may refuse.

use jiff::Timestamp;
use shared::guest::PhoneNumber;
use shared::id::{BrandId, ShopId, StreamId};

use crate::channel::{ChannelSettings, RelayChannel};
use crate::id::{BoxKey, FreezeId, MessageKey, PasswordHash, SecretHash, UserName};
use crate::ledger::{Package, RequestField, SendResult};
use crate::purchase;
use crate::relay::{Answer, Parcel};
use crate::sms::{BadText, CarrierAnswer, Kind, Receipt, Signature};
use crate::units::Units;

/// Something asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A brand joins.
    AddBrand {
        /// The brand.
        brand: BrandId,
        /// What people call it.
        name: String,
        /// How its texts are signed.
        signature: Signature,
        /// The secret of its own systems.
        api_key: SecretHash,
    },
    /// A shop opens.
    AddShop {
        /// The brand.
        brand: BrandId,
        /// The shop.
        shop: ShopId,
        /// What people call it.
        name: String,
        /// Its IANA time zone.
        time_zone: String,
    },
    /// A box is registered, or gets a new password.
    AddBox {
        /// The box.
        key: BoxKey,
        /// What the broker will check.
        password: PasswordHash,
    },
    /// Somebody may sign in, or gets a new password.
    AddUser {
        /// The brand they belong to.
        brand: BrandId,
        /// Who.
        user: UserName,
        /// Their password.
        password: PasswordHash,
    },
    /// Somebody has shown the right password.
    OpenSession {
        /// The cookie's hash.
        session: SecretHash,
        /// Who.
        user: UserName,
        /// Until when it is good.
        until: Timestamp,
    },
    /// Somebody signs out.
    CloseSession {
        /// The cookie's hash.
        session: SecretHash,
    },
    /// A package was paid (S1).
    AddPackage {
        /// The brand.
        brand: BrandId,
        /// The package.
        package: Package,
    },
    /// Units are to be reserved (S3).
    Freeze {
        /// The brand.
        brand: BrandId,
        /// The asker's number.
        freeze: FreezeId,
        /// How many.
        units: Units,
    },
    /// A freeze is to be paid (S4).
    Pay {
        /// The brand.
        brand: BrandId,
        /// The freeze.
        freeze: FreezeId,
    },
    /// A freeze is to be given back (S5).
    Release {
        /// The brand.
        brand: BrandId,
        /// The freeze.
        freeze: FreezeId,
    },
    /// What came of a payment (S6).
    Report {
        /// The brand.
        brand: BrandId,
        /// The payment.
        payment: FreezeId,
        /// Sent or not.
        result: SendResult,
    },
    /// A message of the brand's own systems (S8).
    Send {
        /// The brand, and its id of the message.
        key: MessageKey,
        /// What for.
        kind: Kind,
        /// To whom.
        phone: PhoneNumber,
        /// The words, with or without the signature.
        text: String,
    },
    /// The worker has hands free: which messages are next (S9, S10)?
    Take {
        /// How many of any kind.
        any: usize,
        /// How many verification codes besides.
        verification: usize,
    },
    /// What the carrier answered (S10).
    Answered {
        /// The message.
        key: MessageKey,
        /// The answer.
        answer: CarrierAnswer,
    },
    /// The service has just started: what was being submitted then is in doubt now (S10), and what was being sent
    /// on is sent again (M9).
    Recover,
    /// A receipt came in (S7).
    KeepReceipt {
        /// As it came.
        receipt: Receipt,
    },
    /// Whatever is due by the clock: packages (S2), messages too old, in doubt too long, sessions over.
    Tidy,
    /// Facts of a box.
    KeepFacts {
        /// The box.
        key: BoxKey,
        /// The incarnation of its database.
        stream: StreamId,
        /// Sequence number of the first.
        from: u64,
        /// Each exactly as it came.
        facts: Vec<String>,
    },
    /// A brand sets up a channel by which messages are sent on, or sets it up anew.
    SetChannel {
        /// The brand.
        brand: BrandId,
        /// How.
        settings: ChannelSettings,
    },
    /// A brand wants nothing by a channel any more.
    SwitchOff {
        /// The brand.
        brand: BrandId,
        /// The channel.
        channel: RelayChannel,
    },
    /// The worker has hands free: which messages to other channels are next (M9)?
    TakeParcels {
        /// How many of all brands.
        hands: usize,
        /// How many of one brand, with those under way.
        per_brand: usize,
    },
    /// What a channel answered (M9).
    ParcelAnswered {
        /// The message, and to whom.
        parcel: Parcel,
        /// The answer.
        answer: Answer,
    },
    /// Packages on sale, and their purchases (S1).
    Purchase(purchase::Ask),
}

/// Why the state does not do what was asked. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account refuses.
    #[error(transparent)]
    Ledger(#[from] crate::ledger::Refusal),
    /// The purchase cannot be.
    #[error(transparent)]
    Purchase(#[from] purchase::Refusal),
    /// The words cannot be sent.
    #[error(transparent)]
    Text(#[from] BadText),
    /// The same message id was used for something else (S8).
    #[error("this id was used before with another {}", .0.name())]
    MessageReused(RequestField),
    /// No such brand.
    #[error("there is no such brand")]
    NoBrand,
    /// No such shop of that brand.
    #[error("there is no such shop")]
    NoShop,
    /// The box is not registered there.
    #[error("there is no such box")]
    NoBox,
    /// The brand has no such channel.
    #[error("the brand has no such channel")]
    NoChannel,
    /// No such message.
    #[error("there is no such message")]
    NoMessage,
    /// The name is taken.
    #[error("{0} exists already")]
    Taken(&'static str),
    /// Facts that do not follow what is known: nothing is kept.
    #[error("the facts begin after a gap")]
    Gap,
    /// The inbox of receipts is full: the carrier may bring it again.
    #[error("too many receipts wait")]
    InboxFull,
}
