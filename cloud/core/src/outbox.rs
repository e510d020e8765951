//! What a brand's own systems are told by themselves: what became of a message, that the balance is low, that
//! a freeze lapsed, that a purchase was paid. They subscribe to topics at an address of theirs and are called there.
//!
//! An event is kept in the commit of what it tells, and called until it is taken: with growing pauses, for a day, then
//! it is set aside and counted. Whoever is called twice sees the same id twice. Calls about one message keep their
//! order, and so do those about the account; between messages there is none.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::id::{BrandId, SmsId};
use uuid::Uuid;

use crate::channel::{Sealed, WebAddress};
use crate::id::{PackageId, SubscriptionId};
use crate::relay::Answer;
use crate::units::Units;

/// Subscriptions of one brand at most: every message is told to each of them.
pub const SUBSCRIPTIONS_MAX: usize = 10;
/// Events that wait for one subscription at most: a day of a large brand's messages, and few enough to keep in memory.
/// What comes beyond is counted as given up at once.
pub const WAITING_MAX: usize = 100_000;
/// Events set aside that can still be told again; the oldest are forgotten first.
pub const SET_ASIDE_MAX: usize = 10_000;
/// An event is called for this long.
pub const CALLED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// No pause between two calls is longer.
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Ids of events are numbers of this name space.
const EVENTS: Uuid = Uuid::from_u128(0x5b1d_6f0e_2c7a_4f7e_9d42_8e1a_6c03_b7f5);

/// What one can subscribe to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The carrier took a message.
    MessageAccepted,
    /// Nothing more can happen to a message.
    MessageFinal,
    /// What is available has fallen below the brand's limit.
    LowBalance,
    /// A freeze of theirs was given back because its time was over (S5).
    FreezeLapsed,
    /// A package was paid.
    PurchasePaid,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::MessageAccepted, Self::MessageFinal, Self::LowBalance, Self::FreezeLapsed, Self::PurchasePaid];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::MessageAccepted => "message_accepted",
            Self::MessageFinal => "message_final",
            Self::LowBalance => "low_balance",
            Self::FreezeLapsed => "freeze_lapsed",
            Self::PurchasePaid => "purchase_paid",
        }
    }
}

/// Where a brand's system wants to be called, and about what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Where to.
    pub url: WebAddress,
    /// With what we sign: `whsec_…` when opened.
    pub secret: Sealed,
    /// About what.
    pub topics: BTreeSet<Topic>,
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Occasion {
    /// The carrier took a message.
    MessageAccepted {
        /// Which.
        sms: SmsId,
    },
    /// Nothing more can happen to a message.
    MessageFinal {
        /// Which.
        sms: SmsId,
    },
    /// What is available has fallen below the limit.
    LowBalance {
        /// What is available.
        available: Units,
        /// The limit.
        limit: Units,
    },
    /// A freeze of theirs was given back because its time was over.
    FreezeLapsed {
        /// Their number of it.
        freeze: Uuid,
    },
    /// A package was paid.
    PurchasePaid {
        /// Which.
        package: PackageId,
    },
}

/// Events that are told one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Lane {
    Account,
    Message(SmsId),
}

impl Occasion {
    /// Who hears of it.
    pub fn topic(&self) -> Topic {
        match self {
            Self::MessageAccepted { .. } => Topic::MessageAccepted,
            Self::MessageFinal { .. } => Topic::MessageFinal,
            Self::LowBalance { .. } => Topic::LowBalance,
            Self::FreezeLapsed { .. } => Topic::FreezeLapsed,
            Self::PurchasePaid { .. } => Topic::PurchasePaid,
        }
    }

    pub(crate) fn lane(&self) -> Lane {
        match self {
            Self::MessageAccepted { sms } | Self::MessageFinal { sms } => Lane::Message(*sms),
            Self::LowBalance { .. } | Self::FreezeLapsed { .. } | Self::PurchasePaid { .. } => Lane::Account,
        }
    }
}

/// Something to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What.
    pub occasion: Occasion,
    /// When it was so.
    pub at: Timestamp,
}

/// One event on its way to one subscription.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CallKey {
    /// Whose.
    pub brand: BrandId,
    /// To whom.
    pub to: SubscriptionId,
    /// The event's number among the brand's.
    pub event: u64,
}

impl CallKey {
    /// The id of the event: the same at every call, and to every subscription.
    pub fn id(&self, event: &Event) -> Uuid {
        let name = format!("{}/{}/{}", self.brand, self.event, event.at);
        Uuid::new_v5(&EVENTS, name.as_bytes())
    }
}

/// Something asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A brand's system wants to be called, or to be called otherwise. Again after it was switched off: it is called
    /// anew.
    Subscribe {
        /// The brand.
        brand: BrandId,
        /// What people call the subscription.
        subscription: SubscriptionId,
        /// Where, and about what.
        settings: Subscription,
    },
    /// It wants to be called no more. What waits for it is forgotten.
    Unsubscribe {
        /// The brand.
        brand: BrandId,
        /// Which.
        subscription: SubscriptionId,
    },
    /// What was set aside is told after all.
    Resend {
        /// The brand.
        brand: BrandId,
        /// To whom.
        subscription: SubscriptionId,
    },
    /// Below what number of available units the brand is told.
    SetLimit {
        /// The brand.
        brand: BrandId,
        /// The limit; none: it is not told.
        limit: Option<Units>,
    },
    /// What came of a call.
    Answered {
        /// The call.
        call: CallKey,
        /// The answer.
        answer: Answer,
    },
}

/// Something that became true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outbox", rename_all = "snake_case")]
pub enum Change {
    /// A brand's system wants to be called.
    Subscribed {
        /// The brand.
        brand: BrandId,
        /// What people call the subscription.
        subscription: SubscriptionId,
        /// Where, and about what.
        settings: Subscription,
    },
    /// It wants to be called no more.
    Unsubscribed {
        /// The brand.
        brand: BrandId,
        /// Which.
        subscription: SubscriptionId,
    },
    /// Its address wants to hear nothing any more (410): what waits is set aside until it is set up anew.
    SwitchedOff {
        /// The brand.
        brand: BrandId,
        /// Which.
        subscription: SubscriptionId,
        /// When.
        at: Timestamp,
    },
    /// What was set aside is told after all.
    Resent {
        /// The brand.
        brand: BrandId,
        /// To whom.
        subscription: SubscriptionId,
        /// When.
        at: Timestamp,
    },
    /// Below what number of available units the brand is told.
    LimitSet {
        /// The brand.
        brand: BrandId,
        /// The limit; none: it is not told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Units>,
    },
    /// What is available crossed the limit: downwards the brand is told, upwards it will be told again.
    Crossed {
        /// The brand.
        brand: BrandId,
        /// What is available now.
        available: Units,
        /// Whether that is below the limit.
        low: bool,
    },
    /// Something is to be told.
    Begun {
        /// The brand.
        brand: BrandId,
        /// Its number among the brand's events.
        number: u64,
        /// What.
        event: Event,
        /// To whom.
        to: Vec<SubscriptionId>,
        /// To whom not, because too much waits for them already.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        missed: Vec<SubscriptionId>,
    },
    /// What came of a call.
    Called {
        /// The call.
        call: CallKey,
        /// What came of it.
        step: Step,
        /// When.
        at: Timestamp,
    },
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Step {
    /// It was taken.
    Delivered,
    /// It was not, or nobody knows; it is called again.
    Postponed {
        /// What happened.
        why: String,
        /// Not before this.
        not_before: Timestamp,
    },
    /// It was called for a day in vain.
    SetAside {
        /// What happened at last.
        why: String,
    },
}

/// An event that waits for one subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) since: Timestamp,
    pub(crate) tries: u32,
    pub(crate) not_before: Timestamp,
}

/// What went wrong with the last call that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub why: String,
}

/// A subscription, and what waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// Where, and about what.
    pub settings: Subscription,
    /// Since when nothing is called any more, until it is set up anew.
    pub off_since: Option<Timestamp>,
    /// Calls that were not made, or made for a day in vain, ever.
    pub given_up: u64,
    /// What went wrong since the last call that was taken.
    pub trouble: Option<Trouble>,
    waiting: BTreeMap<u64, Waiting>,
    lanes: BTreeMap<Lane, BTreeSet<u64>>,
    /// The first of each lane, by when it is to be called.
    due: BTreeSet<(Timestamp, u64)>,
    set_aside: BTreeSet<u64>,
}

impl Subscriber {
    pub(crate) fn new(settings: Subscription) -> Self {
        Self {
            settings,
            off_since: None,
            given_up: 0,
            trouble: None,
            waiting: BTreeMap::new(),
            lanes: BTreeMap::new(),
            due: BTreeSet::new(),
            set_aside: BTreeSet::new(),
        }
    }

    /// Events that wait to be told.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Events that were given up and can still be told again.
    pub fn set_aside(&self) -> usize {
        self.set_aside.len()
    }

    pub(crate) fn wait_of(&self, number: u64) -> Option<&Waiting> {
        self.waiting.get(&number)
    }

    pub(crate) fn needs(&self, number: u64) -> bool {
        self.waiting.contains_key(&number) || self.set_aside.contains(&number)
    }

    /// The events to be called, the longest due first.
    pub(crate) fn due(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, u64)> {
        self.due.iter().take_while(move |(due, _)| *due <= now).copied()
    }

    pub(crate) fn enter(&mut self, number: u64, lane: Lane, at: Timestamp) {
        self.waiting.insert(number, Waiting { since: at, tries: 0, not_before: at });
        self.lanes.entry(lane).or_default().insert(number);
        self.look_at(lane);
    }

    /// The event is told, or not told any more: the next of its lane has its turn.
    pub(crate) fn leave(&mut self, number: u64, lane: Lane) {
        let Some(waiting) = self.waiting.remove(&number) else { return };
        self.due.remove(&(waiting.not_before, number));
        if let Some(numbers) = self.lanes.get_mut(&lane) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.lanes.remove(&lane);
            }
        }
        self.look_at(lane);
    }

    pub(crate) fn postpone(&mut self, number: u64, not_before: Timestamp) {
        let waiting = self.waiting.get_mut(&number).expect("only what waits is called");
        self.due.remove(&(waiting.not_before, number));
        (waiting.tries, waiting.not_before) = (waiting.tries + 1, not_before);
        self.due.insert((not_before, number));
    }

    /// Given up, and kept for whoever asks for it again. Returns the event that is forgotten for it, if one is.
    pub(crate) fn put_aside(&mut self, number: u64) -> Option<u64> {
        self.given_up += 1;
        self.set_aside.insert(number);
        if self.set_aside.len() > SET_ASIDE_MAX { self.set_aside.pop_first() } else { None }
    }

    pub(crate) fn numbers_waiting(&self) -> Vec<u64> {
        self.waiting.keys().copied().collect()
    }

    pub(crate) fn take_back(&mut self) -> BTreeSet<u64> {
        std::mem::take(&mut self.set_aside)
    }

    fn look_at(&mut self, lane: Lane) {
        let Some(first) = self.lanes.get(&lane).and_then(BTreeSet::first) else { return };
        let next = self.lanes[&lane].iter().nth(1);
        // What was told again may stand before what was first until now.
        if let Some(waiting) =
            next.and_then(|number| self.waiting.get(number).map(|w| (w.not_before, *number)))
        {
            self.due.remove(&waiting);
        }
        self.due.insert((self.waiting[first].not_before, *first));
    }
}

/// What a brand is told, and to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// Who is called.
    pub subscribers: BTreeMap<SubscriptionId, Subscriber>,
    /// Below what number of available units the brand is told.
    pub limit: Option<Units>,
    pub(crate) low: bool,
    pub(crate) next: u64,
    pub(crate) events: BTreeMap<u64, Event>,
}

/// How long to wait before the next call: 1, 2, 4 … seconds, at most an hour, give or take a quarter. The quarter
/// follows from the event, so that a thousand calls that failed together do not come back together.
pub(crate) fn pause(id: Uuid, tries: u32) -> SignedDuration {
    let [share, ..] = Uuid::new_v5(&id, &tries.to_be_bytes()).into_bytes();
    let whole = SignedDuration::from_secs(1_i64 << tries.min(12)).min(PAUSE_MAX);
    SignedDuration::from_millis(whole.as_millis() as i64 * (768 + 2 * i64::from(share)) / 1_024)
}

/// Why it is not done. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The brand has no such subscription.
    #[error("there is no such subscription")]
    NoSubscription,
    /// It would hear of nothing.
    #[error("a subscription is about at least one topic")]
    NoTopic,
    /// See [`SUBSCRIPTIONS_MAX`].
    #[error("the brand has as many subscriptions as it may have")]
    TooManySubscriptions,
}
