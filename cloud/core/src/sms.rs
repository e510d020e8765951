//! The life of one message: what was asked, and where it is between the brand's wish and the guest's phone
//! (S6–S10).
//!
//! `Queued → Submitting → Accepted → Delivered | Undelivered`, with the ways out: released before it was paid,
//! failed and refunded, in doubt until a receipt or time settles it. A message is submitted again only when the
//! carrier surely did not take it.

mod batch;
mod carrier;
mod filed;
mod pattern;
mod text;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;
use shared::id::{BoxId, OrderId, ShopId, StreamId};
use shared::quantity::OrderNumber;

use crate::id::{BatchId, CarrierAccountId, FreezeId, MessageKey, Reference};
use crate::units::Units;

pub use batch::{Batch, BatchWish, Receivers};
pub use carrier::{CarrierAnswer, Delivery, Receipt};
pub use filed::{Ending, Filed};
pub use pattern::{BadParameter, BadPlaces, Parameter, Pattern};
pub use text::{BadText, Signature, of_brand, of_template};

/// What a message is for (S9). The queues are apart, and verification codes go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A verification code (验证码).
    Verification,
    /// Something the guest waits for (通知).
    Notification,
    /// Advertising (营销).
    Marketing,
}

impl Kind {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Verification, Self::Notification, Self::Marketing];

    /// The word on the wire and in lists.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Notification => "notification",
            Self::Marketing => "marketing",
        }
    }
}

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patience {
    /// A code is worthless after this long in the queue.
    pub verification: SignedDuration,
    /// So is "your dish is ready".
    pub notification: SignedDuration,
    /// Advertising can wait.
    pub marketing: SignedDuration,
    /// After this long no receipt will come, says the carrier (S10): a message in doubt is refunded then.
    pub in_doubt: SignedDuration,
    /// After this long nothing is heard any more of what has come to its end: it is put on file.
    pub at_hand: SignedDuration,
}

impl Patience {
    /// How long a message of this kind may wait for the carrier.
    pub fn in_queue(&self, kind: Kind) -> SignedDuration {
        match kind {
            Kind::Verification => self.verification,
            Kind::Notification => self.notification,
            Kind::Marketing => self.marketing,
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            verification: SignedDuration::from_mins(5),
            notification: SignedDuration::from_mins(30),
            marketing: SignedDuration::from_hours(24),
            in_doubt: SignedDuration::from_hours(72),
            at_hand: SignedDuration::from_hours(40 * 24),
        }
    }
}

/// The order a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutOrder {
    /// The order.
    pub order: OrderId,
    /// Its number, if the order was known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<OrderNumber>,
}

/// The box that asked for a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedBy {
    /// Which of the shop's.
    pub box_id: BoxId,
    /// The incarnation of its database.
    pub stream: StreamId,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The shop whose box asked, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<ShopId>,
    /// The box itself, which is told what becomes of it. Not kept of the first messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<AskedBy>,
    /// The order it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<AboutOrder>,
    /// What for.
    pub kind: Kind,
    /// To whom.
    pub phone: PhoneNumber,
    /// The words, signature included.
    pub text: String,
    /// What it costs (S12).
    pub units: Units,
    /// When somebody wanted it: a box that was cut off asks late.
    pub wanted_at: Timestamp,
    /// The batch it belongs to, if it goes to many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
    /// How long it is worth sending, when that is not as long as others of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_for: Option<SignedDuration>,
}

/// Where a message is. Each state holds what exists then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageState {
    /// The brand had too few units. Final.
    Refused {
        /// What was available.
        available: Units,
    },
    /// Nothing was frozen: it may not be sent. Final.
    Barred {
        /// Why.
        reason: Reason,
    },
    /// Frozen, and in its queue.
    Queued {
        /// Not before then: the receiver has had many of late.
        not_before: Option<Timestamp>,
    },
    /// Given back before it was paid. Final.
    Released {
        /// Why.
        reason: Reason,
    },
    /// Paid; the carrier is being asked.
    Submitting {
        /// How many times it was asked before and surely did not take it.
        tries: u32,
    },
    /// Paid; the carrier was busy and surely did not take it.
    Postponed {
        /// How many times it was asked.
        tries: u32,
        /// When to ask again.
        not_before: Timestamp,
    },
    /// Paid; nobody knows whether the carrier took it. Never submitted again (S10).
    InDoubt {
        /// Since when.
        since: Timestamp,
    },
    /// The carrier took it.
    Accepted {
        /// The carrier's own id of it; empty where only a receipt told us.
        carrier_message: String,
    },
    /// It did not go out; the units went back. Final.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// It arrived. Final.
    Delivered,
    /// The carrier took it and could not deliver it. Final; the brand pays.
    Undelivered {
        /// The carrier's status, an open list.
        status: String,
    },
}

impl MessageState {
    /// Whether nothing more can happen to it.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Refused { .. }
            | Self::Barred { .. }
            | Self::Released { .. }
            | Self::Failed { .. }
            | Self::Delivered
            | Self::Undelivered { .. } => true,
            Self::Queued { .. }
            | Self::Submitting { .. }
            | Self::Postponed { .. }
            | Self::InDoubt { .. }
            | Self::Accepted { .. } => false,
        }
    }
}

/// Why a message did not go out, or why nobody knows whether it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reason {
    /// It waited too long to be worth sending.
    TooOld,
    /// The receiver wants no advertising of this brand.
    OptedOut,
    /// The brand took it back.
    Cancelled,
    /// The carrier refused it.
    Carrier {
        /// The carrier's code.
        code: String,
        /// The carrier's words.
        words: String,
    },
    /// The carrier gave no answer that can be read.
    NoAnswer {
        /// What happened instead.
        what: String,
    },
    /// The service stopped between asking the carrier and hearing it.
    Interrupted,
    /// Three days went by without a receipt.
    NoReceipt,
}

/// One step of a message, with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Step {
    /// Asked, frozen, queued (S8).
    Queued {
        /// What was asked.
        wish: Wish,
        /// Not before then: the receiver has had many of late.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Timestamp>,
    },
    /// Asked, and may not be sent.
    Barred {
        /// What was asked.
        wish: Wish,
        /// Why.
        reason: Reason,
    },
    /// Asked, and refused for want of units.
    Refused {
        /// What was asked.
        wish: Wish,
        /// What was available.
        available: Units,
    },
    /// Given back before it was paid.
    Released {
        /// Why.
        reason: Reason,
    },
    /// Paid, and about to be submitted.
    Submitting {
        /// What the carrier knows the call by, when the message goes out with others of its batch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<Reference>,
        /// By which account.
        #[serde(default = "CarrierAccountId::settings")]
        carrier: CarrierAccountId,
    },
    /// The carrier was busy.
    Postponed {
        /// The carrier's code.
        code: String,
        /// When to ask again.
        not_before: Timestamp,
    },
    /// Nobody knows whether the carrier took it.
    InDoubt {
        /// Why.
        reason: Reason,
    },
    /// The carrier took it.
    Accepted {
        /// The carrier's own id of it.
        carrier_message: String,
    },
    /// It did not go out; refunded.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// A receipt says that it arrived.
    Delivered,
    /// A receipt says that it did not.
    Undelivered {
        /// The carrier's status.
        status: String,
    },
}

/// A step and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    /// When.
    pub at: Timestamp,
    /// What.
    pub step: Step,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Whose it is, and which.
    pub key: MessageKey,
    /// What was asked.
    pub wish: Wish,
    /// Where it is.
    pub state: MessageState,
    /// Every step with its time, the asking first.
    pub steps: Vec<Stamped>,
    /// What the carrier knows it by.
    pub reference: Reference,
    /// The account that it was last submitted by, once it was.
    pub carrier: Option<CarrierAccountId>,
}

impl Message {
    /// The message that this step begins. `None` for a step in the middle.
    pub fn begin(key: &MessageKey, stamped: &Stamped) -> Option<Self> {
        let (wish, state) = match &stamped.step {
            Step::Queued { wish, not_before } => (wish, MessageState::Queued { not_before: *not_before }),
            Step::Barred { wish, reason } => (wish, MessageState::Barred { reason: reason.clone() }),
            Step::Refused { wish, available } => (wish, MessageState::Refused { available: *available }),
            Step::Released { .. }
            | Step::Submitting { .. }
            | Step::Postponed { .. }
            | Step::InDoubt { .. }
            | Step::Accepted { .. }
            | Step::Failed { .. }
            | Step::Delivered
            | Step::Undelivered { .. } => return None,
        };
        let reference = Reference::of_message(key);
        Some(Self {
            key: key.clone(),
            wish: wish.clone(),
            state,
            steps: vec![stamped.clone()],
            reference,
            carrier: None,
        })
    }

    /// Takes one more step. A message that has come to its end stays there.
    pub fn apply(&mut self, stamped: &Stamped) {
        assert!(!self.state.is_final(), "a message takes no step after its last");
        self.state = match &stamped.step {
            Step::Queued { .. } | Step::Barred { .. } | Step::Refused { .. } => {
                panic!("a message begins once")
            }
            Step::Released { reason } => MessageState::Released { reason: reason.clone() },
            Step::Submitting { call, carrier } => {
                self.carrier = Some(carrier.clone());
                self.reference = call.unwrap_or(Reference::of_message(&self.key));
                MessageState::Submitting { tries: self.tries() }
            }
            Step::Postponed { not_before, .. } => {
                MessageState::Postponed { tries: self.tries() + 1, not_before: *not_before }
            }
            Step::InDoubt { .. } => MessageState::InDoubt { since: stamped.at },
            Step::Accepted { carrier_message } => {
                MessageState::Accepted { carrier_message: carrier_message.clone() }
            }
            Step::Failed { reason } => MessageState::Failed { reason: reason.clone() },
            Step::Delivered => MessageState::Delivered,
            Step::Undelivered { status } => MessageState::Undelivered { status: status.clone() },
        };
        self.steps.push(stamped.clone());
    }

    /// Its freeze, and so its payment.
    pub fn freeze(&self) -> FreezeId {
        FreezeId::Message(self.key.sms)
    }

    /// When it was asked for.
    pub fn asked_at(&self) -> Timestamp {
        self.steps.first().expect("a message begins with a step").at
    }

    /// When it took its last step.
    pub fn last_step_at(&self) -> Timestamp {
        self.steps.last().expect("a message begins with a step").at
    }

    /// Times the carrier was asked and surely did not take it.
    fn tries(&self) -> u32 {
        match self.state {
            MessageState::Submitting { tries } | MessageState::Postponed { tries, .. } => tries,
            MessageState::Refused { .. }
            | MessageState::Barred { .. }
            | MessageState::Queued { .. }
            | MessageState::Released { .. }
            | MessageState::InDoubt { .. }
            | MessageState::Accepted { .. }
            | MessageState::Failed { .. }
            | MessageState::Delivered
            | MessageState::Undelivered { .. } => 0,
        }
    }
}

/// How long to leave a busy carrier alone: 1, 2, 4 … seconds, at most a minute.
pub(crate) fn pause_after(tries: u32) -> SignedDuration {
    SignedDuration::from_secs(1_i64 << tries.min(6)).min(SignedDuration::from_mins(1))
}
