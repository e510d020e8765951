//! Messages and announcements (im, 播报): what is called out, which settings decide on it, what reaches a screen,
//! and what became of it (M1–M9).

mod settings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::guest::Guest;
use crate::id::{AccountId, BrandId, MessageId, ShopId};

pub use settings::{
    Announcements, AnnouncementsView, ChannelSettings, IntervalSeconds, OutOfRange, PadCall, QuietHours,
    Rule, TemplateId, Times, Volume,
};

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageEvent {
    /// A guest ordered, or added to an order (K3).
    OrderPlaced,
    /// What was held is to be made (起菜).
    LinesFired,
    /// The guest asks where it is (催菜).
    LinesRushed,
    /// A dish that was begun is taken back (退菜).
    LineVoided,
    /// A dish that was not begun is cancelled (K8): screens refresh, nothing is said.
    LineCancelled,
    /// The guest has left, and a dish is still in work (K9).
    LeftBehind,
    /// A dish waits for the waiter (K6).
    PickupCalled,
    /// A guest calls from the room (pad呼叫).
    ServiceCalled,
    /// An attendant (技师) is wanted somewhere.
    AttendantCalled,
    /// Whatever somebody wants to be known: the parameter `text`.
    Notice,
}

/// What a message does where it arrives (M2). In brackets the owner's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// It is said (1 播报).
    Announce,
    /// Screens fetch anew (2 刷新).
    Refresh,
    /// It is shown (3 通知).
    Notify,
    /// It is said, in the words of a template (4 pad呼叫).
    PadCall,
}

/// A kind of place that a message goes to (端).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The box's own loudspeaker, and every device that stands in for one.
    Speaker,
    /// Kitchen screens and the pass.
    Kitchen,
    /// Call screens.
    CallScreen,
    /// The cashiers, who are one account.
    Cashier,
    /// The waiters' hand-held pages.
    Staff,
    /// The pad of the room that it is about.
    Pad,
    /// Tencent IM, for brands that have it; sent by the cloud.
    TencentIm,
    /// The brand's own address, called by the cloud.
    Webhook,
}

/// How the guest is known, by which the settings tell orders apart (K3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A guest in a room: a pad's order, or one for a room.
    Room,
    /// A guest with a wristband (手牌).
    Wristband,
    /// No guest at all: a call for an attendant, a notice.
    Shop,
}

/// A call: somebody is to be told something (M2, `SendImCall`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The brand; this box's own.
    pub brand: BrandId,
    /// The shop; this box's own.
    pub shop: ShopId,
    /// What it is about.
    pub event: MessageEvent,
    /// What it does where it arrives.
    pub kind: MessageKind,
    /// Where to; none: wherever the settings say. A channel that the settings turn off stays off (M3).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Channel>>", optional)]
    pub channels: Vec<Channel>,
    /// What goes into the words, at most 20, each at most 200 characters. Those without a place in the template
    /// travel along.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(as = "Option<BTreeMap<String, String>>", optional)]
    pub params: BTreeMap<String, String>,
    /// Only these accounts of the channels, at most 200; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<AccountId>>", optional)]
    pub designated: Vec<AccountId>,
    /// In which words; a pad call needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub template: Option<TemplateId>,
}

/// A message as a device gets it, on `l1/msg/{account}`. It may come twice; the id tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Message {
    /// Which: one target, one repetition (M4).
    pub id: MessageId,
    /// What it is about.
    pub event: MessageEvent,
    /// What it does.
    pub kind: MessageKind,
    /// The channel by which the device was meant.
    pub channel: Channel,
    /// As written. Empty for a refresh.
    pub text: String,
    /// Who it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub guest: Option<Guest>,
    /// The call's parameters.
    pub params: BTreeMap<String, String>,
    /// The how-manieth time this is …
    pub nth: u16,
    /// … of how many at most.
    pub times: u16,
    /// By the box's clock.
    #[ts(type = "string")]
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// Seconds from `at` for which it is worth telling.
    pub good_for_s: u32,
    /// Set when this device is to say it: fetch `/api/v1/messages/{id}/sound` (WAV, chime included) and play it as
    /// loud as this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub speak: Option<Volume>,
}

/// What a device says about a message, on `l1/ack/{device}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageReport {
    /// Which message.
    pub id: MessageId,
    /// What became of it.
    pub became: Became,
}

/// What a device did with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// It arrived and is shown.
    Acknowledged,
    /// It was heard to its end.
    Spoken,
    /// It could not be said: nobody has touched the screen yet, or the sound did not play.
    Silent,
}

/// The life of one message to one target (M4, M9); `GET /api/v1/messages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MessageRecord {
    /// Which.
    pub id: MessageId,
    /// Sequence number of the fact that called for it.
    #[ts(type = "number")]
    pub call: u64,
    /// What it is about.
    pub event: MessageEvent,
    /// What it does.
    pub kind: MessageKind,
    /// By which channel …
    pub channel: Channel,
    /// … to whom. The box's own loudspeaker is the account `box`.
    pub account: AccountId,
    /// As written.
    pub text: String,
    /// Who it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub guest: Option<Guest>,
    /// The how-manieth time this is …
    pub nth: u16,
    /// … of how many at most.
    pub times: u16,
    /// Where it stands.
    pub state: MessageState,
    /// Why it is skipped or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason: Option<MessageReason>,
    /// Its life, the first step first: `queued` and whatever followed, each with the box's clock.
    pub steps: Vec<MessageStep>,
}

/// One step in the life of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MessageStep {
    /// When.
    #[ts(type = "string")]
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// What it became.
    pub state: MessageState,
}

/// Where a message stands (M9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// It waits for its time or its turn.
    Queued,
    /// It is on its way: handed to the broker, to the loudspeaker, or to the cloud.
    Sent,
    /// It has arrived.
    Acknowledged,
    /// It was heard.
    Spoken,
    /// It was not told, for a reason.
    Skipped,
    /// It could not be told, for a reason.
    Failed,
}

/// Why a message was not told (M5, M9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageReason {
    /// The settings have turned it off since.
    TurnedOff,
    /// It is the channel's or the rule's quiet hours.
    QuietHours,
    /// It waited for longer than it is worth telling.
    TooOld,
    /// Too many were waiting.
    TooMany,
    /// Another message says it as well.
    SaidTogether,
    /// The dish has been started.
    Started,
    /// The dish is cancelled, taken back, or called back.
    NoLongerSo,
    /// The dish has been picked up.
    PickedUp,
    /// Somebody goes to the guest.
    Answered,
    /// The kitchen has said that it has seen it.
    Seen,
    /// The guest has left.
    GuestLeft,
    /// The attendant has gone off duty (下钟).
    OffDuty,
    /// The device is no longer one of the shop's, or stands somewhere else.
    DeviceGone,
    /// The device did not say that it has it.
    NoAnswer,
    /// The device could not make it heard.
    NotHeard,
    /// Nothing there speaks: the voice is turned off.
    VoiceOff,
}

/// Something for the cloud to send on, by a channel that the shop has none of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// Unique for ever: the cloud sends it on once.
    pub message: MessageId,
    /// What it is about.
    pub event: MessageEvent,
    /// What it does.
    pub kind: MessageKind,
    /// [`Channel::TencentIm`] or [`Channel::Webhook`].
    pub channel: Channel,
    /// To whom; none: to everybody whom the brand has named for the channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub designated: Vec<AccountId>,
    /// As written.
    pub text: String,
    /// Who it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest>,
    /// The call's parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Seconds from the fact's `at` for which it is worth telling.
    pub good_for_s: u32,
}
