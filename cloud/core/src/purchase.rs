//! Buying a package (S1): what is on sale, and the life of a purchase from the wish to the money.
//!
//! Money that comes in is one of three: it pays an open purchase and brings its package; it is known already; or it
//! is set aside, which means refunded by itself, with the reason: another sum, too late, a second time. What the
//! provider is asked is safe to ask again under the same numbers, so nothing here says "under way".
//!
//! Deliberately absent: how often the provider is asked (the shell paces it), and the units themselves
//! ([`crate::ledger`]).

mod life;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::id::BrandId;
use shared::quantity::Fen;

use crate::id::{OfferId, PackageId, PurchaseKey, TradeNumber, UserName};
use crate::ledger::RequestField;
use crate::units::Units;

pub use life::{Errand, Purchase, Received, Refund, RefundState, Standing};

/// Purchases of one brand that may be open at once: more codes than anybody pays.
pub const OPEN_MAX: usize = 20;
/// What a single package may cost at most: a million yuan. More is a slip of the finger.
const PRICE_MAX: Fen = Fen(100_000_000);
/// How long a package may live at most: ten years.
const VALID_DAYS_MAX: u16 = 3_660;

/// A package on sale, and what a purchase keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its id.
    pub offer: OfferId,
    /// What people call it.
    pub name: String,
    /// Its size.
    pub units: Units,
    /// What it costs.
    pub price_fen: Fen,
    /// Days after the day it is paid on which it can be used.
    pub valid_days: u16,
}

/// An offer that cannot be sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadOffer {
    /// Nothing in it.
    #[error("an offer has at least 1 unit")]
    Units,
    /// For nothing, or for too much.
    #[error("an offer costs from 1 fen to 1,000,000 yuan")]
    Price,
    /// Dead when bought, or immortal.
    #[error("an offer is valid for 1 to {VALID_DAYS_MAX} days")]
    ValidDays,
    /// No name, or one that the provider cuts off.
    #[error("an offer's name has 1 to 40 characters")]
    Name,
}

impl Offer {
    /// Whether it can be sold. Errors: see [`BadOffer`].
    pub fn check(&self) -> Result<(), BadOffer> {
        if self.units == Units::ZERO {
            return Err(BadOffer::Units);
        }
        if !(Fen(1)..=PRICE_MAX).contains(&self.price_fen) {
            return Err(BadOffer::Price);
        }
        if !(1..=VALID_DAYS_MAX).contains(&self.valid_days) {
            return Err(BadOffer::ValidDays);
        }
        // The provider shows 127 bytes of a description; 40 Chinese characters are 120.
        if !(1..=40).contains(&self.name.chars().count()) {
            return Err(BadOffer::Name);
        }
        Ok(())
    }
}

/// The provider's own id of a payment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionId(pub String);

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of the code that a guest scans to pay. Whoever has it can pay, and do nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeUrl(pub String);

/// Money that came in, as the provider signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The provider's id of it.
    pub transaction: TransactionId,
    /// How much.
    pub amount_fen: Fen,
    /// In what: `CNY`.
    pub currency: String,
    /// When the guest paid, by the provider's clock.
    pub paid_at: Timestamp,
}

/// Something asked about offers and purchases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// The operator puts a package on sale, or changes it. Purchases keep what they saw.
    SetOffer {
        /// The package.
        offer: Offer,
        /// The only brand that may buy it; `None`: all.
        brand: Option<BrandId>,
    },
    /// It is not sold any more.
    WithdrawOffer {
        /// Which.
        offer: OfferId,
    },
    /// Somebody wants to buy.
    Begin {
        /// The purchase.
        key: PurchaseKey,
        /// What.
        offer: OfferId,
        /// The price they were shown.
        price_fen: Fen,
        /// Who.
        by: UserName,
        /// How long it can be paid.
        open_for: SignedDuration,
    },
    /// Somebody does not want it any more. What is paid before the provider closes it counts.
    GiveUp {
        /// The purchase.
        key: PurchaseKey,
    },
    /// The provider has made the code.
    Placed {
        /// The purchase.
        key: PurchaseKey,
        /// The code.
        code: CodeUrl,
    },
    /// The provider will never make one.
    PlaceRefused {
        /// The purchase.
        key: PurchaseKey,
        /// Its code.
        code: String,
        /// Its words.
        words: String,
    },
    /// The provider says that money came in: by a call-back or by a query, however often (S1).
    Found {
        /// The purchase, as the provider knows it.
        number: TradeNumber,
        /// The money.
        payment: Payment,
    },
    /// The provider says that no money can come in any more.
    FoundClosed {
        /// The purchase.
        key: PurchaseKey,
    },
    /// The provider says that money came in, and went back by somebody else's hand.
    FoundRefunded {
        /// The purchase.
        key: PurchaseKey,
    },
    /// The provider has taken a refund on.
    RefundTaken {
        /// Which.
        refund: RefundKey,
    },
    /// The money is back.
    RefundDone {
        /// Which.
        refund: RefundKey,
    },
    /// The provider refuses a refund for now. It is asked again until it succeeds.
    RefundRefused {
        /// Which.
        refund: RefundKey,
        /// Its code.
        code: String,
        /// Its words.
        words: String,
    },
    /// The operator has brought money back that the provider could not: a refund of its that ended without success.
    SettleRefund {
        /// Which.
        refund: RefundKey,
        /// Who, and how.
        by_hand: ByHand,
    },
    /// The operator takes a paid package back: its available units, for their part of the price.
    Return {
        /// The purchase.
        key: PurchaseKey,
    },
    /// The operator takes back what is available of any package, without money.
    Revoke {
        /// Whose.
        brand: BrandId,
        /// Which.
        package: PackageId,
    },
}

/// A payment of a purchase that goes back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RefundKey {
    /// The purchase.
    pub key: PurchaseKey,
    /// The payment.
    pub transaction: TransactionId,
}

impl RefundKey {
    /// What we call the refund towards the provider (`out_refund_no`). Asked again under the same number, it is paid
    /// once.
    pub fn number(&self) -> String {
        let purchase = TradeNumber::of(&self.key).0;
        let namespace = uuid::Uuid::try_parse(&purchase).expect("a trade number is a UUID without dashes");
        uuid::Uuid::new_v5(&namespace, self.transaction.0.as_bytes()).simple().to_string()
    }
}

/// Ends of a refund at the provider after which asking again brings the same answer: closed, or stuck until somebody
/// acts in its console.
const ENDED: [&str; 2] = ["CLOSED", "ABNORMAL"];
/// Longest note, in characters.
const NOTE_CHARS_MAX: usize = 200;

/// Whether a refund that was refused with this code is one that a person may settle. While the provider may still
/// carry it out, the money would go back twice.
pub(crate) fn has_ended(code: &str) -> bool {
    ENDED.contains(&code)
}

/// Who settled something by hand, and how: what an accountant will ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// Who.
    pub by: UserName,
    /// How, in their words: the transfer's number, for one.
    pub note: String,
}

impl ByHand {
    /// Whether it says enough. Errors: [`Refusal::BadNote`].
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let characters = self.note.trim().chars().count();
        if (1..=NOTE_CHARS_MAX).contains(&characters) { Ok(()) } else { Err(Refusal::BadNote) }
    }
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// It was not the price.
    WrongAmount,
    /// The purchase had been closed.
    Late,
    /// The purchase had been paid.
    Twice,
    /// The operator took the package back.
    Returned,
}

/// One thing that became true of offers and purchases. Kept for ever: variants and fields are only added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A package is on sale, or its offer was changed.
    OfferSet {
        /// The package.
        offer: Offer,
        /// The only brand that may buy it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        brand: Option<BrandId>,
    },
    /// It is not any more.
    OfferWithdrawn {
        /// Which.
        offer: OfferId,
    },
    /// Somebody wants to buy.
    Begun {
        /// The purchase.
        key: PurchaseKey,
        /// What, as it was on sale then.
        offer: Offer,
        /// Who.
        by: UserName,
        /// When.
        at: Timestamp,
        /// Until when it can be paid.
        closes_at: Timestamp,
    },
    /// The provider made the code.
    Placed {
        /// The purchase.
        key: PurchaseKey,
        /// The code.
        code: CodeUrl,
    },
    /// The buyer does not want it any more.
    GivenUp {
        /// The purchase.
        key: PurchaseKey,
        /// When.
        at: Timestamp,
    },
    /// Nobody can pay it any more.
    Closed {
        /// The purchase.
        key: PurchaseKey,
        /// Why.
        reason: CloseReason,
        /// When.
        at: Timestamp,
    },
    /// It is paid. The package comes in the same commit.
    Paid {
        /// The purchase.
        key: PurchaseKey,
        /// The money.
        payment: Payment,
        /// When it was learned.
        at: Timestamp,
    },
    /// Money came in that brings nothing, and goes back.
    SetAside {
        /// The purchase.
        key: PurchaseKey,
        /// The money.
        payment: Payment,
        /// Why.
        reason: RefundReason,
        /// When it was learned.
        at: Timestamp,
    },
    /// The operator took the package back. Its units go in the same commit.
    Returned {
        /// The purchase.
        key: PurchaseKey,
        /// How many units.
        units: Units,
        /// What is paid back for them.
        amount_fen: Fen,
        /// When.
        at: Timestamp,
    },
    /// The provider took a refund on.
    RefundTaken {
        /// Which.
        refund: RefundKey,
        /// When.
        at: Timestamp,
    },
    /// The money is back.
    RefundDone {
        /// Which.
        refund: RefundKey,
        /// When.
        at: Timestamp,
    },
    /// The provider refused it for now.
    RefundRefused {
        /// Which.
        refund: RefundKey,
        /// Its code.
        code: String,
        /// Its words.
        words: String,
        /// When.
        at: Timestamp,
    },
    /// The operator brought the money back, where the provider could not.
    RefundSettled {
        /// Which.
        refund: RefundKey,
        /// Who, and how.
        by_hand: ByHand,
        /// When.
        at: Timestamp,
    },
}

/// Why a purchase was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum CloseReason {
    /// Nobody paid in time.
    Unpaid,
    /// The buyer gave it up.
    GivenUp,
    /// The provider made no code for it.
    Refused {
        /// Its code.
        code: String,
        /// Its words.
        words: String,
    },
    /// Another sum was paid.
    WrongAmount,
    /// It was paid and paid back before we heard of it: by hand, in the provider's console.
    RefundedElsewhere,
}

/// Why something about offers and purchases is not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The offer cannot be sold.
    #[error(transparent)]
    BadOffer(#[from] BadOffer),
    /// No such offer for this brand.
    #[error("there is no such offer")]
    NoOffer,
    /// The price is another one now.
    #[error("the price has changed")]
    PriceChanged,
    /// No such purchase.
    #[error("there is no such purchase")]
    NoPurchase,
    /// The id was used for another purchase (S8).
    #[error("this id was used before with another {}", .0.name())]
    IdReused(RequestField),
    /// Too many are open.
    #[error("{OPEN_MAX} purchases wait to be paid")]
    TooManyOpen,
    /// It is no longer open.
    #[error("the purchase is not open")]
    NotOpen,
    /// Only a paid purchase can be taken back.
    #[error("the purchase has not been paid")]
    NotPaid,
    /// The provider may still carry it out.
    #[error("the provider has not ended the refund as CLOSED or ABNORMAL")]
    NotEnded,
    /// A note says who and how.
    #[error("a note has 1 to {NOTE_CHARS_MAX} characters")]
    BadNote,
    /// All its units are used, reserved or expired.
    #[error("nothing is available of the package")]
    NothingLeft,
}
