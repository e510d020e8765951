//! A record: one message to one target, one repetition (M4). It holds all that its delivery needs.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::guest::{AttendantName, Guest};
use shared::id::{AccountId, LineId, MessageId, OrderId};
use shared::message::{Channel, Message, MessageEvent, MessageKind, Relay, Source, Volume};
use shared::order::Notice;

use super::wording::Wording;
use crate::announce::{Sentence, SpeechPart};

/// How long a message is worth telling. Whoever hears an older one would look for an order that the screens have
/// long shown.
pub const GOOD_FOR: Duration = Duration::from_secs(60);

/// And one to somebody's telephone, which people look at when they have a hand free.
pub const RELAY_GOOD_FOR: Duration = Duration::from_secs(600);

/// One message to one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which.
    pub id: MessageId,
    /// Sequence number of the fact that called for it.
    pub call: u64,
    /// What it is about …
    pub event: MessageEvent,
    /// … and about what kind of guest: together with the channel, the rule that it follows.
    pub source: Source,
    /// By which channel …
    pub channel: Channel,
    /// … to whom.
    pub account: AccountId,
    /// What it does.
    pub kind: MessageKind,
    /// Who it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest>,
    /// The accounts that the call named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub designated: Vec<AccountId>,
    /// What it says.
    pub wording: Wording,
    /// As written.
    pub text: String,
    /// As said.
    pub speech: Vec<SpeechPart>,
    /// The how-manieth time this is …
    pub nth: u16,
    /// … of how many at most …
    pub times: u16,
    /// … so many seconds apart.
    pub interval_s: u16,
    /// Told only while this is so.
    pub proviso: Proviso,
}

/// What must still be so when a message is told (M5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Proviso {
    /// Nothing but that the settings still want it.
    Nothing,
    /// Somebody wants to hear it once more: told whatever is so.
    Asked,
    /// Nobody has begun one of these dishes at least.
    Waiting {
        /// The order.
        order: OrderId,
        /// The dishes.
        lines: Vec<LineId>,
    },
    /// The kitchen has not said that it has seen it of one of these dishes at least.
    Unseen {
        /// The order.
        order: OrderId,
        /// The dishes.
        lines: Vec<LineId>,
        /// What there is to be seen.
        notice: Notice,
    },
    /// The dish waits for the waiter.
    Notified {
        /// The order.
        order: OrderId,
        /// The dish.
        line: LineId,
    },
    /// Nobody goes to the guest yet who called then.
    Calling {
        /// Who.
        guest: Guest,
        /// When.
        since: Timestamp,
    },
    /// The attendant can be called.
    OnDuty {
        /// Who.
        attendant: AttendantName,
    },
}

impl Proviso {
    /// The order whose state decides, where it is one's.
    fn order(&self) -> Option<OrderId> {
        match self {
            Self::Waiting { order, .. } | Self::Unseen { order, .. } | Self::Notified { order, .. } => {
                Some(*order)
            }
            Self::Nothing | Self::Asked | Self::Calling { .. } | Self::OnDuty { .. } => None,
        }
    }
}

impl Record {
    /// The order that is to be looked at before it is told.
    pub fn order(&self) -> Option<OrderId> {
        self.proviso.order()
    }

    /// Whether the box's own loudspeaker says it.
    pub fn is_for_the_box(&self) -> bool {
        self.channel == Channel::Speaker && self.account == AccountId::the_box()
    }

    /// Whether the cloud sends it on.
    pub fn is_for_the_cloud(&self) -> bool {
        match self.channel {
            Channel::TencentIm | Channel::Webhook => true,
            Channel::Speaker
            | Channel::Kitchen
            | Channel::CallScreen
            | Channel::Cashier
            | Channel::Staff
            | Channel::Pad => false,
        }
    }

    /// Whether a device is to say it.
    pub fn is_to_be_heard(&self) -> bool {
        self.channel == Channel::Speaker
    }

    /// Puts it into words anew.
    pub(super) fn reword(&mut self) {
        let Sentence { text, speech } = self.wording.sentence();
        (self.text, self.speech) = (text, speech);
    }

    /// What a screen gets at `at`, with what is left of its time, and how loud to say it.
    pub fn message(&self, at: Timestamp, left: Duration, volume: Volume) -> Message {
        Message {
            id: self.id,
            event: self.event,
            kind: self.kind,
            channel: self.channel,
            text: self.text.clone(),
            guest: self.guest.clone(),
            params: self.wording.all_params(),
            nth: self.nth,
            times: self.times,
            at,
            good_for_s: u32::try_from(left.as_secs()).unwrap_or(u32::MAX),
            speak: self.is_to_be_heard().then_some(volume),
        }
    }

    /// What the cloud gets.
    pub fn relay(&self) -> Relay {
        Relay {
            message: self.id,
            event: self.event,
            kind: self.kind,
            channel: self.channel,
            designated: self.designated.clone(),
            text: self.text.clone(),
            guest: self.guest.clone(),
            params: self.wording.all_params(),
            good_for_s: u32::try_from(RELAY_GOOD_FOR.as_secs()).unwrap_or(u32::MAX),
        }
    }

    /// The same on the box's own loudspeaker, once more, because somebody asks for it.
    pub fn again(self, id: MessageId) -> Self {
        let proviso = Proviso::Asked;
        let (channel, account) = (Channel::Speaker, AccountId::the_box());
        Self { id, proviso, channel, account, designated: Vec::new(), nth: 1, times: 1, ..self }
    }
}
