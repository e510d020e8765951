//! SMS units, and how many of them a text costs (S12).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// A number of SMS units. One unit pays one segment to one phone. Arithmetic is checked: a sum that would
/// overflow or fall below zero is a broken book and stops the program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Units(pub u64);

impl Units {
    /// None at all.
    pub const ZERO: Self = Self(0);
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Add for Units {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("fewer units than 2^64 can ever be bought"))
    }
}

impl Sub for Units {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("no account and no lot may fall below zero (S13)"))
    }
}

impl AddAssign for Units {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Units {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Units {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Self::add)
    }
}

/// A text alone may have this many UTF-16 units …
const ALONE_MAX: usize = 70;
/// … and each part of a split one this many: three go to the header that joins the parts.
const PART_MAX: usize = 67;
/// What the carrier takes at most in one message: eight parts.
pub const TEXT_MAX: usize = 8 * PART_MAX;

/// What a text costs, signature included (S12). `None` for a text that is empty or longer than [`TEXT_MAX`].
/// Carriers count UTF-16 units, so that an emoji counts two.
pub fn segments(text: &str) -> Option<Units> {
    match text.encode_utf16().count() {
        0 => None,
        length if length <= ALONE_MAX => Some(Units(1)),
        length if length <= TEXT_MAX => Some(Units(length.div_ceil(PART_MAX) as u64)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_a_text_costs_as_many_units_as_it_has_segments() {
        for (length, units) in [(1, 1), (13, 1), (70, 1), (71, 2), (134, 2), (135, 3), (536, 8)] {
            assert_eq!(segments(&"字".repeat(length)), Some(Units(units)), "{length} characters");
        }
        assert_eq!(segments(""), None);
        assert_eq!(segments(&"字".repeat(537)), None);
    }

    #[test]
    fn s12_an_emoji_counts_two() {
        assert_eq!("【示例】😀".encode_utf16().count(), 6);
        assert_eq!(segments(&"😀".repeat(35)), Some(Units(1)));
        assert_eq!(segments(&"😀".repeat(36)), Some(Units(2)));
    }

    #[test]
    #[should_panic(expected = "below zero")]
    fn s13_units_never_fall_below_zero() {
        let _ = Units(1) - Units(2);
    }
}
