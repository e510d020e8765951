//! What can be asked of the state, and why it may refuse.

use jiff::{SignedDuration, Timestamp};
use shared::guest::PhoneNumber;
use shared::id::{BrandId, ShopId, StreamId};

use crate::access::{self, Role};
use crate::channel::{ChannelSettings, RelayChannel};
use crate::id::{BatchId, BoxKey, FreezeId, MessageKey, PasswordHash, SecretHash, UserName};
use crate::ledger::{Package, RequestField, SendResult};
use crate::outbox;
use crate::purchase;
use crate::relay::{Answer, Parcel};
use crate::sms::{BadText, CarrierAnswer, Kind, Receipt, Receivers, Signature};
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
    /// Somebody may sign in, or gets a new password or role.
    AddUser {
        /// The brand they belong to.
        brand: BrandId,
        /// Who.
        user: UserName,
        /// Their password.
        password: PasswordHash,
        /// What they may see and do.
        role: Role,
    },
    /// Something about keys, or about people who leave.
    Access(access::Ask),
    /// Something about what the brand's systems are told.
    Outbox(outbox::Ask),
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
        /// How long, if nobody pays or releases them. `None`: until somebody does.
        good_for: Option<SignedDuration>,
    },
    /// A freeze is to be paid (S4).
    Pay {
        /// The brand.
        brand: BrandId,
        /// The freeze.
        freeze: FreezeId,
        /// The part that is wanted; the rest is given back. `None`: all of it.
        units: Option<Units>,
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
        /// How long it is worth sending. `None`: as long as others of its kind.
        good_for: Option<SignedDuration>,
    },
    /// A text of the brand's own systems to many (S9): all of it, or nothing for want of units.
    SendBatch {
        /// The brand.
        brand: BrandId,
        /// Its id of the batch.
        batch: BatchId,
        /// What for.
        kind: Kind,
        /// The words, with or without the signature; with places in them for what is each receiver's own.
        text: String,
        /// To whom.
        to: Receivers,
        /// How long it is worth sending. `None`: as long as others of its kind.
        good_for: Option<SignedDuration>,
    },
    /// A message is not wanted any more; what has been paid goes out all the same.
    Cancel {
        /// The message.
        key: MessageKey,
    },
    /// All messages of a batch are not wanted any more.
    CancelBatch {
        /// The brand.
        brand: BrandId,
        /// The batch.
        batch: BatchId,
    },
    /// A receiver wants no advertising of the brand any more, or wants it again.
    OptOut {
        /// The brand.
        brand: BrandId,
        /// The receiver.
        phone: PhoneNumber,
        /// Whether they are to be out.
        is_out: bool,
    },
    /// The worker has hands free: which messages are next (S9, S10)?
    Take {
        /// How many of any kind.
        any: usize,
        /// How many verification codes besides.
        verification: usize,
    },
    /// What the carrier answered to a call (S10), for each message of it.
    Answered {
        /// The messages, each with its answer.
        answers: Vec<(MessageKey, CarrierAnswer)>,
    },
    /// The service has just started: what was being submitted then is in doubt now (S10), and what was being sent
    /// on is sent again (M9).
    Recover,
    /// Receipts came in (S7): all of them are kept, or none.
    KeepReceipts {
        /// As they came, in their order.
        receipts: Vec<Receipt>,
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
    /// A box takes news, and has everything up to here.
    NewsHeard {
        /// The box.
        key: BoxKey,
        /// The incarnation of its database.
        stream: StreamId,
        /// The last number it has.
        up_to: u64,
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
    /// Carrier accounts and routes.
    Carrier(crate::carrier::Ask),
    /// Packages on sale, and their purchases (S1).
    Purchase(purchase::Ask),
}

/// Why the state does not do what was asked. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account refuses.
    #[error(transparent)]
    Ledger(#[from] crate::ledger::Refusal),
    /// Keys and people.
    #[error(transparent)]
    Access(#[from] access::Refusal),
    /// What the brand's systems are told.
    #[error(transparent)]
    Outbox(#[from] outbox::Refusal),
    /// The purchase cannot be.
    #[error(transparent)]
    Purchase(#[from] purchase::Refusal),
    /// The words cannot be sent.
    #[error(transparent)]
    Text(#[from] BadText),
    /// The words to one of the receivers of a batch cannot be sent.
    #[error("the words to one of the receivers cannot be sent")]
    TextTo {
        /// Whose.
        phone: PhoneNumber,
        /// Why.
        source: BadText,
    },
    /// The carriers cannot be set so.
    #[error(transparent)]
    Carrier(#[from] crate::carrier::Refusal),
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
    /// No such batch.
    #[error("there is no such batch")]
    NoBatch,
    /// It does not wait any more: it is on its way, or has come to its end.
    #[error("the message does not wait any more")]
    OnItsWay,
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
