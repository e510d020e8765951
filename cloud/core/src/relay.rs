//! The life of a message that a box asks the cloud to send on, by a channel that its shop has none of (M9).
//!
//! One message goes to one or several targets, each with a life of its own: `waiting → under way → delivered |
//! failed | too old`, with the ways back: postponed when it surely did not arrive, unanswered when nobody knows.
//! Both are tried again, later and later, until the message is no longer worth telling. A repeat after an unknown
//! outcome carries the same marks as the first try, so that whoever cares can tell that it is one message; who does
//! not may hear it twice. Nothing of this costs units.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::id::{BoxId, BrandId, MessageId, ShopId};
use shared::message::Relay;
use uuid::Uuid;

use crate::channel::{RelayChannel, Target};
use crate::sms::pause_after;

/// A message sent on for a brand. Boxes mint the ids, so only both together name one: a box of one brand can
/// never touch another's message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RelayKey {
    /// Whose it is.
    pub brand: BrandId,
    /// Which.
    pub message: MessageId,
}

/// One message to one target.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Parcel {
    /// The message.
    pub relay: RelayKey,
    /// To whom.
    pub to: Target,
}

impl Parcel {
    /// A number that is the same at every try, and another one for every parcel.
    pub fn mark(&self, purpose: &str) -> Uuid {
        let to = match &self.to {
            Target::ImUser { user } => format!("{purpose}/im/{user}"),
            Target::Webhook => format!("{purpose}/webhook"),
        };
        let brand = Uuid::new_v5(&self.relay.message.0, self.relay.brand.as_str().as_bytes());
        Uuid::new_v5(&brand, to.as_bytes())
    }
}

/// What a box asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The shop whose box asked.
    pub shop: ShopId,
    /// The box.
    pub box_id: BoxId,
    /// By which channel.
    pub channel: RelayChannel,
    /// What.
    pub relay: Relay,
    /// When, by the box's clock; never later than it came in here.
    pub asked_at: Timestamp,
}

impl Wish {
    /// The last moment at which it is worth telling.
    pub fn good_until(&self) -> Timestamp {
        self.asked_at
            .saturating_add(SignedDuration::from_secs(self.relay.good_for_s.into()))
            .unwrap_or(Timestamp::MAX)
    }
}

/// How the life of a message begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Beginning {
    /// It goes to these.
    Queued {
        /// To whom; at least one.
        to: Vec<Target>,
    },
    /// It goes to nobody.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// Why a message did not arrive, or not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reason {
    /// The brand has no such channel.
    NoChannel,
    /// The channel was switched off: by its receiver, or on the command line.
    SwitchedOff,
    /// Nobody is named for the channel, or nobody stands for the accounts that were meant.
    Nobody,
    /// The channel does not know us: somebody has to look at its settings.
    Credentials {
        /// The channel's code.
        code: String,
        /// What it means.
        words: String,
    },
    /// The channel will not take this message.
    Refused {
        /// The channel's code.
        code: String,
        /// What it means.
        words: String,
    },
    /// The channel surely did not take it, and may later.
    Busy {
        /// The channel's code.
        code: String,
        /// What it means.
        words: String,
    },
    /// No answer that can be read: it may have arrived.
    NoAnswer {
        /// What happened instead.
        what: String,
    },
    /// The service stopped between sending it and hearing the answer: it may have arrived.
    Interrupted,
}

/// What a channel answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has the message.
    Taken {
        /// The channel's own name of it; empty where it has none.
        receipt: String,
    },
    /// It will not take it.
    Refused {
        /// Its code.
        code: String,
        /// What it means.
        words: String,
    },
    /// It does not know us.
    Unknowing {
        /// Its code.
        code: String,
        /// What it means.
        words: String,
    },
    /// It surely did not take it, and may later.
    Busy {
        /// Its code.
        code: String,
        /// What it means.
        words: String,
        /// How long it wants to be left alone at least.
        at_least: SignedDuration,
    },
    /// Nobody knows.
    Unanswered {
        /// What happened.
        what: String,
    },
    /// It wants no message any more, this one or another.
    Gone,
}

impl Answer {
    /// The word for it, for whoever counts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Taken { .. } => "taken",
            Self::Refused { .. } => "refused",
            Self::Unknowing { .. } => "unknowing",
            Self::Busy { .. } => "busy",
            Self::Unanswered { .. } => "unanswered",
            Self::Gone => "gone",
        }
    }
}

/// One step of a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Step {
    /// It is about to be sent.
    Sending,
    /// It surely did not arrive, and is sent again later.
    Postponed {
        /// Why.
        reason: Reason,
        /// Not before this.
        not_before: Timestamp,
    },
    /// Nobody knows whether it arrived; it is sent again later.
    Unanswered {
        /// Why.
        reason: Reason,
        /// Not before this.
        not_before: Timestamp,
    },
    /// The channel has it.
    Delivered {
        /// The channel's own name of it.
        receipt: String,
    },
    /// It will never arrive.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// It is no longer worth telling.
    TooOld,
}

/// A step and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    /// When.
    pub at: Timestamp,
    /// What.
    pub step: Step,
}

/// Where a parcel is. Each state holds what exists then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParcelState {
    /// It waits for its turn, or for its next try; it surely has not arrived.
    Waiting {
        /// How often it was tried.
        tries: u32,
        /// When to try.
        not_before: Timestamp,
        /// Why it had to wait, if it was tried.
        reason: Option<Reason>,
    },
    /// It is being sent.
    UnderWay {
        /// How often it was tried before.
        tries: u32,
    },
    /// Nobody knows whether it has arrived.
    Unanswered {
        /// How often it was tried.
        tries: u32,
        /// When to try again.
        not_before: Timestamp,
        /// What happened.
        reason: Reason,
    },
    /// The channel has it. Final.
    Delivered,
    /// It will never arrive. Final.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// It is no longer worth telling. Final.
    TooOld {
        /// What the last try came to.
        reason: Option<Reason>,
    },
}

/// One target of a message, and what has happened on the way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Where it is.
    pub state: ParcelState,
    /// Every step with its time.
    pub steps: Vec<Stamped>,
}

/// A message that a box asked to be sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relayed {
    /// Whose it is, and which.
    pub key: RelayKey,
    /// What was asked.
    pub wish: Wish,
    /// When it came in.
    pub kept_at: Timestamp,
    /// Why it goes to nobody, if it does.
    pub refused: Option<Reason>,
    /// What happened to each target.
    pub deliveries: BTreeMap<Target, Delivery>,
}

/// Where a whole message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayState {
    /// It waits.
    Queued,
    /// It is sent to somebody, and the answer is not known.
    Sent,
    /// Everybody has it.
    Delivered,
    /// At least one will never have it.
    Failed,
    /// For at least one it is no longer worth telling.
    TooOld,
}

impl Relayed {
    pub(crate) fn begin(key: &RelayKey, wish: &Wish, beginning: &Beginning, at: Timestamp) -> Self {
        let (to, refused) = match beginning {
            Beginning::Queued { to } => (to.as_slice(), None),
            Beginning::Failed { reason } => (&[][..], Some(reason.clone())),
        };
        let waiting = Delivery {
            state: ParcelState::Waiting { tries: 0, not_before: at, reason: None },
            steps: Vec::new(),
        };
        let deliveries = to.iter().map(|target| (target.clone(), waiting.clone())).collect();
        Self { key: key.clone(), wish: wish.clone(), kept_at: at, refused, deliveries }
    }

    /// Where the whole message is: on its way as long as one target is, then the worst that happened to any.
    pub fn state(&self) -> RelayState {
        let has = |wanted: fn(&ParcelState) -> bool| self.deliveries.values().any(|one| wanted(&one.state));
        if has(|state| matches!(state, ParcelState::UnderWay { .. } | ParcelState::Unanswered { .. })) {
            RelayState::Sent
        } else if has(|state| matches!(state, ParcelState::Waiting { .. })) {
            RelayState::Queued
        } else if self.refused.is_some() || has(|state| matches!(state, ParcelState::Failed { .. })) {
            RelayState::Failed
        } else if has(|state| matches!(state, ParcelState::TooOld { .. })) {
            RelayState::TooOld
        } else {
            RelayState::Delivered
        }
    }

    /// Whether nothing more can happen to it.
    pub(crate) fn has_ended(&self) -> bool {
        match self.state() {
            RelayState::Queued | RelayState::Sent => false,
            RelayState::Delivered | RelayState::Failed | RelayState::TooOld => true,
        }
    }

    /// The parcel to one target.
    pub fn parcel(&self, to: &Target) -> Parcel {
        Parcel { relay: self.key.clone(), to: to.clone() }
    }
}

impl ParcelState {
    /// When it is to be tried; none: not any more, or it is being tried.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting { not_before, .. } | Self::Unanswered { not_before, .. } => Some(*not_before),
            Self::UnderWay { .. } | Self::Delivered | Self::Failed { .. } | Self::TooOld { .. } => None,
        }
    }

    fn tries(&self) -> u32 {
        match self {
            Self::Waiting { tries, .. } | Self::UnderWay { tries } | Self::Unanswered { tries, .. } => *tries,
            Self::Delivered | Self::Failed { .. } | Self::TooOld { .. } => 0,
        }
    }

    /// Why it is where it is, when that is not plain.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Waiting { reason, .. } | Self::TooOld { reason } => reason.as_ref(),
            Self::Unanswered { reason, .. } | Self::Failed { reason } => Some(reason),
            Self::UnderWay { .. } | Self::Delivered => None,
        }
    }
}

impl Delivery {
    /// Takes one more step. A parcel that has come to its end stays there.
    pub(crate) fn apply(&mut self, stamped: &Stamped) {
        let tries = self.state.tries();
        self.state = match (&self.state, &stamped.step) {
            (ParcelState::Delivered | ParcelState::Failed { .. } | ParcelState::TooOld { .. }, _) => {
                panic!("a parcel takes no step after its last")
            }
            (_, Step::Sending) => ParcelState::UnderWay { tries },
            (_, Step::Postponed { reason, not_before }) => ParcelState::Waiting {
                tries: tries + 1,
                not_before: *not_before,
                reason: Some(reason.clone()),
            },
            (_, Step::Unanswered { reason, not_before }) => {
                ParcelState::Unanswered { tries: tries + 1, not_before: *not_before, reason: reason.clone() }
            }
            (_, Step::Delivered { .. }) => ParcelState::Delivered,
            (_, Step::Failed { reason }) => ParcelState::Failed { reason: reason.clone() },
            (before, Step::TooOld) => ParcelState::TooOld { reason: before.reason().cloned() },
        };
        self.steps.push(stamped.clone());
    }
}

/// How long to wait before the next try: 1, 2, 4 … 60 seconds, give or take a quarter. The quarter follows from the
/// parcel, so that a thousand parcels that failed together do not come back together.
pub(crate) fn pause(parcel: &Parcel, tries: u32) -> SignedDuration {
    let [share, ..] = parcel.mark(&format!("pause/{tries}")).into_bytes();
    let whole_ms = pause_after(tries).as_millis() as i64;
    SignedDuration::from_millis(whole_ms * (768 + 2 * i64::from(share)) / 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m9_tries_are_spread_and_never_more_than_a_quarter_off() {
        let parcel = |n: u128| Parcel {
            relay: RelayKey {
                brand: "demo".parse().expect("a slug"),
                message: MessageId(Uuid::from_u128(n)),
            },
            to: Target::Webhook,
        };
        let mut pauses: Vec<_> = (0..100).map(|n| pause(&parcel(n), 9).as_millis()).collect();
        assert!(pauses.iter().all(|pause| (45_000..=75_000).contains(pause)), "{pauses:?}");
        pauses.sort_unstable();
        pauses.dedup();
        assert!(pauses.len() > 50, "they come back at different times");
        assert_eq!(pause(&parcel(1), 0), pause(&parcel(1), 0), "without dice");
    }
}
