//! Who an order is for, and how to reach them; and who may allow what is not everybody's to do.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::id::{BadName, checked_text};

fn is_label(text: &str) -> bool {
    (1..=16).contains(&text.chars().count()) && text.trim() == text && !text.chars().any(char::is_control)
}

checked_text!(
    /// A room as people call it: `801`, `牡丹厅`.
    RoomName, "a room", "1 to 16 characters without spaces around them", is_label);
checked_text!(
    /// The number on a wristband (手牌).
    WristbandNumber, "a wristband number", "1 to 16 characters without spaces around them", is_label);

checked_text!(
    /// A manager (店长), by whose word a started dish is taken back.
    ManagerName, "a manager's name", "1 to 16 characters without spaces around them", is_label);

checked_text!(
    /// An attendant (技师) as colleagues call them, by number or by name.
    AttendantName, "an attendant's name", "1 to 16 characters without spaces around them", is_label);

/// A manager's PIN as it was typed. It is compared, and neither kept nor logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct Pin(String);

impl Pin {
    /// Whatever was typed.
    pub fn new(typed: impl Into<String>) -> Self {
        Self(typed.into())
    }

    /// The digits, to compare.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(hidden)")
    }
}

/// The one who ordered (K1): the room's current stay, or a wristband until it is handed back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Guest {
    /// A guest in a room (客房).
    Room {
        /// The room.
        room: RoomName,
    },
    /// A guest without a room, known by a wristband (手牌).
    Wristband {
        /// The number on it.
        wristband: WristbandNumber,
    },
}

impl fmt::Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room { room } => room.fmt(f),
            Self::Wristband { wristband } => write!(f, "手牌{wristband}"),
        }
    }
}

/// A mainland mobile number, 11 digits. It never appears in a log: both `Debug` and `Display` hide it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, TS, ToSchema)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Checks for 11 digits that begin with 1. Errors: [`BadName`], which does not repeat the number.
    pub fn new(digits: impl Into<String>) -> Result<Self, BadName> {
        let digits = digits.into();
        if digits.len() == 11 && digits.starts_with('1') && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(digits));
        }
        Err(BadName::new("a phone number", "11 digits that begin with 1", "something else"))
    }

    /// The digits, for the carrier and for nobody else.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// What people may see: `139****0000`.
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..3], &self.0[7..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_checked_and_never_shown_whole() {
        assert!(PhoneNumber::new("23900000000").is_err() && PhoneNumber::new("1390000000").is_err());
        let phone = PhoneNumber::new("13900000000").expect("eleven digits");
        assert_eq!(format!("{phone} {phone:?}"), "139****0000 139****0000");
        let error = PhoneNumber::new("1390000000").expect_err("ten digits").to_string();
        assert!(!error.contains("1390"), "the error must not repeat the number: {error}");
    }
}
