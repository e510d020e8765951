//! The numbers people call: `#01`, `#02` … restarting each business day (K2).
//!
//! The day is decided at the moment a number is given, never by a timer, and never goes back. A clock that
//! cannot be trusted keeps the day.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use shared::quantity::{BusinessDay, OrderNumber};

/// The box's clock at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// What it shows.
    pub at: Timestamp,
    /// Whether the shell believes it: not before the program was built, nor before the last fact.
    pub trusted: bool,
}

/// When a shop's business day begins.
#[derive(Debug, Clone)]
pub struct DayRule {
    /// The shop's own time zone.
    pub zone: TimeZone,
    /// The reset hour, 03:00 by default.
    pub begins_at: Time,
}

impl DayRule {
    /// The business day that an instant belongs to. Where a clock change skips the reset hour, the day begins
    /// with the first instant after the gap.
    pub fn day_of(&self, at: Timestamp) -> BusinessDay {
        let local = at.to_zoned(self.zone.clone());
        let date = local.date();
        let began = self.zone.to_ambiguous_timestamp(date.to_datetime(self.begins_at)).compatible();
        let has_begun = began.is_ok_and(|began| at >= began);
        BusinessDay(if has_begun { date } else { date.checked_sub(1.day()).unwrap_or(date) })
    }
}

/// The last number given. `None` before the shop's first order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbering {
    last: Option<(BusinessDay, OrderNumber)>,
}

impl Numbering {
    /// Goes on after the last number that was kept.
    pub fn after(last: Option<(BusinessDay, OrderNumber)>) -> Self {
        Self { last }
    }

    /// The business day to work with at this instant.
    pub fn day(&self, rule: &DayRule, clock: ClockReading) -> BusinessDay {
        match self.last {
            Some((day, _)) if !clock.trusted => day,
            Some((day, _)) => day.max(rule.day_of(clock.at)),
            None => rule.day_of(clock.at),
        }
    }

    /// The next number and its day.
    pub fn next(&self, rule: &DayRule, clock: ClockReading) -> (BusinessDay, OrderNumber) {
        let day = self.day(rule, clock);
        match self.last {
            Some((last_day, number)) if last_day == day => (day, number.next()),
            Some(_) | None => (day, OrderNumber::FIRST),
        }
    }

    /// Remembers that a number was given. Panics when it does not follow: two orders would be called alike.
    pub fn given(&mut self, day: BusinessDay, number: OrderNumber) {
        if let Some((last_day, last)) = self.last {
            assert!((day, number) > (last_day, last), "{day} {number} was given after {last_day} {last}");
        }
        self.last = Some((day, number));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shanghai() -> DayRule {
        zone("Asia/Shanghai")
    }

    fn zone(name: &str) -> DayRule {
        DayRule { zone: TimeZone::get(name).expect("a known zone"), begins_at: Time::constant(3, 0, 0, 0) }
    }

    fn trusted(at: &str) -> ClockReading {
        ClockReading { at: at.parse().expect("a timestamp"), trusted: true }
    }

    #[test]
    fn k2_the_business_day_runs_from_three_to_three() {
        for (at, day) in [
            ("2026-11-22T02:59:59.999+08:00", "2026-11-21"),
            ("2026-11-22T03:00:00+08:00", "2026-11-22"),
            ("2026-11-22T23:59:59+08:00", "2026-11-22"),
            ("2026-11-23T00:00:00+08:00", "2026-11-22"),
        ] {
            assert_eq!(shanghai().day_of(trusted(at).at).to_string(), day, "{at}");
        }
    }

    #[test]
    fn k2_summer_time_neither_loses_nor_repeats_a_day() {
        // In Berlin 02:00–03:00 does not exist on 2026-03-29 and exists twice on 2026-10-25.
        let berlin = zone("Europe/Berlin");
        for (at, day) in [
            ("2026-03-29T01:59:59+01:00", "2026-03-28"),
            ("2026-03-29T03:00:00+02:00", "2026-03-29"),
            ("2026-10-25T02:59:59+02:00", "2026-10-24"),
            ("2026-10-25T02:00:00+01:00", "2026-10-24"),
            ("2026-10-25T03:00:00+01:00", "2026-10-25"),
        ] {
            assert_eq!(berlin.day_of(trusted(at).at).to_string(), day, "{at}");
        }
    }

    #[test]
    fn k2_numbers_restart_at_the_reset_hour_and_only_then() {
        let mut numbering = Numbering::default();
        let mut give = |at: &str| {
            let (day, number) = numbering.next(&shanghai(), trusted(at));
            numbering.given(day, number);
            format!("{day} {number}")
        };
        assert_eq!(give("2026-11-22T23:00:00+08:00"), "2026-11-22 #01");
        assert_eq!(give("2026-11-23T02:59:59+08:00"), "2026-11-22 #02");
        assert_eq!(give("2026-11-23T03:00:00+08:00"), "2026-11-23 #01");
        assert_eq!(give("2026-11-22T22:00:00+08:00"), "2026-11-23 #02", "a clock put back keeps the day");
    }

    #[test]
    fn k2_a_clock_that_is_not_trusted_keeps_the_day() {
        let mut numbering = Numbering::default();
        numbering.given(BusinessDay(jiff::civil::date(2026, 11, 22)), OrderNumber(7));
        let in_1970 = ClockReading { at: Timestamp::UNIX_EPOCH, trusted: false };
        let far_off = ClockReading { trusted: false, ..trusted("2031-01-01T12:00:00Z") };
        for clock in [in_1970, far_off] {
            let (day, number) = numbering.next(&shanghai(), clock);
            assert_eq!(format!("{day} {number}"), "2026-11-22 #08");
        }
    }

    proptest! {
        #[test]
        fn k2_no_clock_makes_a_number_repeat_or_skip(
            readings in prop::collection::vec((0_i64..4_000_000, any::<bool>()), 1..200)
        ) {
            let mut numbering = Numbering::default();
            let mut given: Vec<(BusinessDay, OrderNumber)> = Vec::new();
            for (second, trusted) in readings {
                let at = Timestamp::from_second(1_700_000_000 + second).expect("in range");
                let (day, number) = numbering.next(&shanghai(), ClockReading { at, trusted });
                numbering.given(day, number);
                match given.last() {
                    Some((last_day, last)) if *last_day == day => prop_assert_eq!(number, last.next()),
                    Some((last_day, _)) => {
                        prop_assert!(day > *last_day);
                        prop_assert_eq!(number, OrderNumber::FIRST);
                    }
                    None => prop_assert_eq!(number, OrderNumber::FIRST),
                }
                given.push((day, number));
            }
        }
    }
}
