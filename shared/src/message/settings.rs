//! The announcement settings of a shop (播报配置, M3).

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{Channel, MessageEvent, Source};
use crate::menu::Name;

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
