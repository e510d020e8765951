//! Amounts, each in its own type: portions, money, the order's number and its day.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Portions of a dish on one line, 1 to 99 (份).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS, ToSchema)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct Quantity(u16);

/// A number of portions that no line can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line takes 1 to 99 portions, not {0}")]
pub struct BadQuantity(pub u16);

impl Quantity {
    /// Checks the range 1 to 99. Errors: [`BadQuantity`].
    pub fn new(portions: u16) -> Result<Self, BadQuantity> {
        if (1..=99).contains(&portions) { Ok(Self(portions)) } else { Err(BadQuantity(portions)) }
    }

    /// The number of portions.
    pub fn get(self) -> u16 {
        self.0
    }

    /// What stays when some portions are taken. `None` when nothing would stay.
    pub fn less(self, taken: Self) -> Option<Self> {
        self.0.checked_sub(taken.0).and_then(|left| Self::new(left).ok())
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u16::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Money in fen, a hundredth of a yuan.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema,
)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct Fen(pub i64);

/// The day of business of a shop: from its reset hour (03:00) to the next (K2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(transparent)]
#[ts(type = "string")]
#[schema(value_type = String, example = "2026-11-22")]
pub struct BusinessDay(pub jiff::civil::Date);

impl fmt::Display for BusinessDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of an order within its business day, from 1. People see `#01` … `#99`, `#100` (K2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct OrderNumber(pub u32);

impl OrderNumber {
    /// The first number of a day.
    pub const FIRST: Self = Self(1);

    /// The number after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k2_numbers_are_shown_with_two_digits_and_grow_to_three() {
        let shown: Vec<_> = [1, 9, 99, 100].map(|n| OrderNumber(n).to_string()).into();
        assert_eq!(shown, ["#01", "#09", "#99", "#100"]);
    }

    #[test]
    fn a_line_takes_1_to_99_portions() {
        assert!(Quantity::new(0).is_err() && Quantity::new(100).is_err());
        assert!(
            serde_json::from_str::<Quantity>("0").is_err() && serde_json::from_str::<Quantity>("2").is_ok()
        );
    }
}
