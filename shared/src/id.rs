//! Names of things. An id is made once, by whoever asks first, and never means anything else.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

/// Why a text is not the name it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}, got {got:?}")]
pub struct BadName {
    /// What the text was meant to name.
    pub what: &'static str,
    /// What it must look like.
    pub rule: &'static str,
    /// The first characters of what came instead.
    pub got: String,
}

impl BadName {
    pub(crate) fn new(what: &'static str, rule: &'static str, got: &str) -> Self {
        Self { what, rule, got: got.chars().take(40).collect() }
    }
}

/// Checked texts: one constructor, refused on the wire when malformed.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, TS, ToSchema)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(String);

        impl $name {
            /// Checks the text. Errors: [`BadName`] with the rule it breaks.
            pub fn new(text: impl Into<String>) -> Result<Self, BadName> {
                let text = text.into();
                let allowed: fn(&str) -> bool = $check;
                if allowed(&text) { Ok(Self(text)) } else { Err(BadName::new($what, $rule, &text)) }
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                Self::new(text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(<String as serde::Deserialize>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use checked_text;

/// Safe in a topic of any broker, in a file name and in a URL.
fn is_slug(text: &str) -> bool {
    (2..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        checked_text!($(#[$doc])* $name, $what, "2 to 40 of a-z, 0-9 and _", is_slug);
    };
}

slug!(
    /// A brand: the tenant that owns shops and pays for SMS.
    BrandId, "a brand id");
slug!(
    /// A shop of a brand.
    ShopId, "a shop id");
slug!(
    /// One box, the computer in a shop.
    BoxId, "a box id");
slug!(
    /// One device, which is one account (M1). It stays the same when the device moves to another room.
    DeviceId, "a device id");
slug!(
    /// Who a message is for (M1): one device, or all cashiers of the shop together.
    AccountId, "an account id");
slug!(
    /// A dish of the menu.
    DishId, "a dish id");
slug!(
    /// A category of the menu.
    CategoryId, "a category id");
slug!(
    /// A station of the kitchen (档口): where a dish is made.
    StationId, "a station id");
slug!(
    /// A group of rooms that the kitchen treats alike.
    AreaId, "an area id");
slug!(
    /// A ticket printer.
    PrinterId, "a printer id");

impl AccountId {
    /// All cashiers of a shop are one account (M1). No device can have this id.
    pub fn cashiers() -> Self {
        Self("cashiers".to_owned())
    }

    /// The box's own loudspeaker.
    pub fn the_box() -> Self {
        Self::from(&DeviceId::the_box())
    }
}

impl From<&DeviceId> for AccountId {
    fn from(device: &DeviceId) -> Self {
        Self(device.0.clone())
    }
}

impl DeviceId {
    /// Whether it means something else already, so that no device can be called so.
    pub fn is_reserved(&self) -> bool {
        *self == Self::the_box() || AccountId::from(self) == AccountId::cashiers()
    }

    /// The box itself, as the one who caused a fact that no device asked for.
    pub fn the_box() -> Self {
        Self("box".to_owned())
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    };
}

uuid_id!(
    /// One request, minted and kept by the asker before the first try (K11). A repeat gets the same answer.
    RequestId);
uuid_id!(
    /// One guest visit. It is the id of the request that opened it.
    OrderId);
uuid_id!(
    /// One dish line of an order.
    LineId);
uuid_id!(
    /// One request to send an SMS, unique for ever: the cloud charges it at most once (S8).
    SmsId);
uuid_id!(
    /// One message to one target, one repetition (M4). It is sent on once.
    MessageId);
uuid_id!(
    /// One incarnation of a box's database. A restored or cloned box gets a new one.
    StreamId);

impl OrderId {
    /// The order that a placing request opens.
    pub fn opened_by(request: RequestId) -> Self {
        Self(request.0)
    }
}

impl LineId {
    /// The `index`-th line (from 0) that a request makes: the same at every repeat, without dice.
    pub fn nth_of(request: RequestId, index: usize) -> Self {
        Self(Uuid::new_v5(&request.0, format!("line/{index}").as_bytes()))
    }
}

impl MessageId {
    /// The message to the `index`-th target and repetition (from 0) that a fact of a stream calls for: the same
    /// when the fact is looked at again after a crash.
    pub fn nth_of(stream: StreamId, seq: u64, index: usize) -> Self {
        Self(Uuid::new_v5(&stream.0, format!("message/{seq}/{index}").as_bytes()))
    }
}

impl SmsId {
    /// The message about one round of an order: a round asks at most once.
    pub fn about_round(order: OrderId, round: u32) -> Self {
        Self(Uuid::new_v5(&order.0, format!("sms/{round}").as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_break_a_topic_is_refused() {
        for bad in ["", "a", "Pad", "a/b", "a+", "#", "pad 1", "a.b", "$sys", "房间", &"x".repeat(41)] {
            assert!(DeviceId::new(bad).is_err(), "{bad:?} must be refused");
            assert!(serde_json::from_str::<DeviceId>(&format!("{bad:?}")).is_err());
        }
        assert_eq!(DeviceId::new("pad_801").map(|id| id.to_string()), Ok("pad_801".to_owned()));
    }

    #[test]
    fn ids_of_lines_follow_from_the_request() {
        let request = RequestId(Uuid::from_u128(7));
        assert_eq!(LineId::nth_of(request, 1), LineId::nth_of(request, 1));
        assert_ne!(LineId::nth_of(request, 0), LineId::nth_of(request, 1));
    }
}
