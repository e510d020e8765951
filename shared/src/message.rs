//! Messages and announcements (im, 播报): what is called out, which settings decide on it, what reaches a screen,
//! and what became of it (M1–M9).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::guest::Guest;
use crate::id::{AccountId, BrandId, MessageId, ShopId};
use crate::menu::Name;

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

/// The number of a template of pad calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct TemplateId(pub u32);

/// The announcement settings of a shop (播报配置, M3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Announcements {
    /// What is told where. What has no rule is not told.
    pub rules: Vec<Rule>,
    /// How loud a channel is, and when it is quiet. One that is missing is as loud as can be, always.
    #[serde(default)]
    pub channels: Vec<ChannelSettings>,
    /// What a guest may call for from the pad (pad呼叫).
    #[serde(default)]
    pub pad_calls: Vec<PadCall>,
    /// The box's sound device by name; none: the one of the settings file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub device: Option<String>,
}

/// Whether and how one event reaches one channel (M3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The event …
    pub event: MessageEvent,
    /// … about such a guest …
    pub source: Source,
    /// … to this channel. No two rules have all three in common.
    pub channel: Channel,
    /// Whether it is told.
    pub on: bool,
    /// In which words, with `{placeholders}` (M6). A refresh needs none.
    pub template: String,
    /// How often in all, 1 to 10.
    pub times: Times,
    /// Seconds from one time to the next, 5 to 3600.
    pub interval_s: IntervalSeconds,
    /// How loud, where it is spoken.
    pub volume: Volume,
    /// When it is not told at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub quiet: Option<QuietHours>,
}

impl Rule {
    /// What sets it apart from the others: `order_placed.room.speaker`.
    pub fn name(&self) -> String {
        [word(&self.event), word(&self.source), word(&self.channel)].join(".")
    }
}

/// A value of one of the small enums as the one word it is on the wire.
fn word<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).ok();
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// How loud a channel is, and when it is quiet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelSettings {
    /// The channel.
    pub channel: Channel,
    /// How loud its loudest message is.
    pub volume: Volume,
    /// When nothing of it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub quiet: Option<QuietHours>,
}

/// Something that a guest may call for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PadCall {
    /// Its number, which never means anything else.
    pub template: TemplateId,
    /// As it stands on the pad.
    pub name: Name,
    /// As it is told, with `{roomName}`.
    pub text: String,
}

/// Hours of the shop's own clock, from the first to the last, past midnight when the first is the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// The first minute of quiet.
    #[ts(type = "string")]
    #[schema(value_type = String, example = "22:00:00")]
    pub from: jiff::civil::Time,
    /// The first minute after it.
    #[ts(type = "string")]
    #[schema(value_type = String, example = "07:00:00")]
    pub until: jiff::civil::Time,
}

impl QuietHours {
    /// Whether it is quiet at this time of day. From an hour until the same hour is never quiet.
    pub fn hold(self, time: jiff::civil::Time) -> bool {
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

/// A number outside its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} goes from {min} to {max}, not {got}")]
pub struct OutOfRange {
    what: &'static str,
    min: u16,
    max: u16,
    got: u16,
}

/// Checked numbers: one constructor, refused on the wire when out of range.
macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident, $what:literal, $min:literal..=$max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS, ToSchema)]
        #[serde(transparent)]
        #[ts(type = "number")]
        pub struct $name(u16);

        impl $name {
            /// Checks the range. Errors: [`OutOfRange`].
            pub fn new(got: u16) -> Result<Self, OutOfRange> {
                let fits = ($min..=$max).contains(&got);
                if fits { Ok(Self(got)) } else { Err(OutOfRange { what: $what, min: $min, max: $max, got }) }
            }

            /// The number.
            pub fn get(self) -> u16 {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(u16::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

ranged!(
    /// How often something is told in all.
    Times, "a repeat count", 1..=10);
ranged!(
    /// Seconds between two repetitions.
    IntervalSeconds, "an interval in seconds", 5..=3600);
ranged!(
    /// Loudness in percent.
    Volume, "a volume in percent", 0..=100);

impl Times {
    /// Told and not repeated.
    pub const ONCE: Self = Self(1);
}

impl Volume {
    /// As loud as can be.
    pub const FULL: Self = Self(100);

    /// As a factor, 0 to 1.
    pub fn gain(self) -> f32 {
        f32::from(self.0) / 100.0
    }

    /// This much of another.
    pub fn of(self, other: Self) -> Self {
        Self(self.0 * other.0 / 100)
    }
}

/// The settings with their place in the journal; `GET /api/v1/announcements`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct AnnouncementsView {
    /// Changes with each change of the settings.
    #[ts(type = "number")]
    pub edited: u64,
    /// The settings.
    pub announcements: Announcements,
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

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn m3_quiet_hours_go_past_midnight() {
        let night = QuietHours { from: time(22, 0, 0, 0), until: time(7, 0, 0, 0) };
        let held = [21, 22, 0, 6, 7, 12].map(|hour| night.hold(time(hour, 0, 0, 0)));
        assert_eq!(held, [false, true, true, true, false, false]);
        let noon = QuietHours { from: time(12, 0, 0, 0), until: time(14, 0, 0, 0) };
        let held = [11, 12, 13, 14].map(|hour| noon.hold(time(hour, 0, 0, 0)));
        assert_eq!(held, [false, true, true, false]);
        let never = QuietHours { from: time(3, 0, 0, 0), until: time(3, 0, 0, 0) };
        assert!(!never.hold(time(3, 0, 0, 0)) && !never.hold(time(15, 0, 0, 0)));
    }

    #[test]
    fn m3_numbers_out_of_range_are_refused() {
        assert!(Times::new(0).is_err() && Times::new(11).is_err() && Times::new(10).is_ok());
        assert!(IntervalSeconds::new(4).is_err() && serde_json::from_str::<Volume>("101").is_err());
        assert_eq!(Volume::new(50).map(|half| half.of(half).get()), Ok(25));
    }
}
