//! The numbers people call: `#01`, `#02` … restarting each business day (K2).
//!
//! The day is decided at the moment a number is given, never by a timer, and never goes back. A clock that
//! cannot be trusted keeps the day; a box that has never known the time numbers a [`PROVISIONAL_DAY`].

use jiff::civil::{Time, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use shared::quantity::{BusinessDay, OrderNumber};

/// The day of the numbers that a new box gives before it knows the time. Once it does, they go on under the
/// real day: people who have heard `#01` this evening must not hear it again.
pub const PROVISIONAL_DAY: BusinessDay = BusinessDay(date(1970, 1, 1));

/// The box's clock at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// The time to go by: what the clock shows, or while that is not believed, the best that is known.
    pub at: Timestamp,
    /// Whether the shell believes the clock.
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
    /// when it would have come without the change; where the hour comes twice, the first time.
    pub fn day_of(&self, at: Timestamp) -> BusinessDay {
        let local = at.to_zoned(self.zone.clone());
        let date = local.date();
        let began = self.zone.to_ambiguous_timestamp(date.to_datetime(self.begins_at)).compatible();
        let has_begun = began.is_ok_and(|began| at >= began);
        BusinessDay(if has_begun { date } else { date.checked_sub(1.day()).unwrap_or(date) })
    }

    /// What the shop's own clocks show; `None` while the clock is not believed.
    pub fn time_of_day(&self, clock: ClockReading) -> Option<Time> {
        clock.trusted.then(|| clock.at.to_zoned(self.zone.clone()).time())
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

    /// Whether a number was ever given under a day that was known.
    pub fn knows_the_day(&self) -> bool {
        self.last.is_some_and(|(day, _)| day > PROVISIONAL_DAY)
    }

    /// The business day to work with at this instant.
    pub fn day(&self, rule: &DayRule, clock: ClockReading) -> BusinessDay {
        let last = self.last.map_or(PROVISIONAL_DAY, |(day, _)| day);
        if clock.trusted { last.max(rule.day_of(clock.at)) } else { last }
    }

    /// The next number and its day.
    pub fn next(&self, rule: &DayRule, clock: ClockReading) -> (BusinessDay, OrderNumber) {
        let day = self.day(rule, clock);
        match self.last {
            Some((last, number)) if last == day || last == PROVISIONAL_DAY => (day, number.next()),
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
    fn k2_a_reset_hour_that_a_clock_change_skips_or_repeats_begins_one_day() {
        // In Athens 03:00–04:00 does not exist on 2026-03-29 and exists twice on 2026-10-25.
        let mut athens = zone("Europe/Athens");
        for (begins_at, at, day) in [
            ("03:00", "2026-03-29T02:59:59+02:00", "2026-03-28"),
            ("03:00", "2026-03-29T04:00:00+03:00", "2026-03-29"),
            ("03:30", "2026-03-29T04:29:59+03:00", "2026-03-28"),
            ("03:30", "2026-03-29T04:30:00+03:00", "2026-03-29"),
            ("03:00", "2026-10-25T02:59:59+03:00", "2026-10-24"),
            ("03:00", "2026-10-25T03:00:00+03:00", "2026-10-25"),
            ("03:00", "2026-10-25T03:00:00+02:00", "2026-10-25"),
            ("03:30", "2026-10-25T03:30:00+03:00", "2026-10-25"),
            ("03:30", "2026-10-25T03:00:00+02:00", "2026-10-25"),
        ] {
            athens.begins_at = begins_at.parse().expect("a time");
            assert_eq!(athens.day_of(trusted(at).at).to_string(), day, "{begins_at}: {at}");
        }
    }

    #[test]
    fn k2_no_second_of_a_year_with_summer_time_belongs_to_a_day_before_the_last() {
        for (name, begins_at) in [("Europe/Athens", 3), ("Africa/Cairo", 0), ("America/Santiago", 0)] {
            let rule = DayRule { begins_at: Time::constant(begins_at, 0, 0, 0), ..zone(name) };
            let start = trusted("2026-01-01T12:00:00Z").at.as_second();
            let days: Vec<_> = (0..366 * 48)
                .map(|half_hour| {
                    let at = Timestamp::from_second(start + half_hour * 1800).expect("in range");
                    rule.day_of(at)
                })
                .collect();
            assert!(days.is_sorted(), "{name}");
            let skips = days.windows(2).any(|pair| pair[1].0 > pair[0].0.saturating_add(1.day()));
            assert!(!skips, "{name}");
        }
    }

    #[test]
    fn k2_another_zone_in_the_settings_never_brings_a_day_back() {
        let mut numbering = Numbering::default();
        numbering.given(BusinessDay(date(2026, 11, 22)), OrderNumber(7));
        for (zone, at, given) in [
            // Two in the night there: yesterday still.
            ("America/New_York", "2026-11-22T15:00:00+08:00", "2026-11-22 #08"),
            // Four in the morning there: tomorrow already.
            ("Pacific/Kiritimati", "2026-11-22T22:00:00+08:00", "2026-11-23 #01"),
        ] {
            let rule = DayRule { zone: TimeZone::get(zone).expect("a known zone"), ..shanghai() };
            let (day, number) = numbering.next(&rule, trusted(at));
            assert_eq!(format!("{day} {number}"), given, "{zone}");
        }
    }

    #[test]
    fn k2_a_new_box_that_learns_the_time_late_goes_on_under_the_real_day() {
        let mut numbering = Numbering::default();
        let in_1970 = ClockReading { at: Timestamp::UNIX_EPOCH, trusted: false };
        let mut give = |clock| {
            let (day, number) = numbering.next(&shanghai(), clock);
            numbering.given(day, number);
            (format!("{day} {number}"), numbering.knows_the_day())
        };
        assert_eq!(give(in_1970), ("1970-01-01 #01".to_owned(), false));
        assert_eq!(give(in_1970), ("1970-01-01 #02".to_owned(), false));
        assert_eq!(give(trusted("2026-11-22T20:00:00+08:00")), ("2026-11-22 #03".to_owned(), true));
        assert_eq!(give(in_1970), ("2026-11-22 #04".to_owned(), true));
        assert_eq!(give(trusted("2026-11-23T03:00:00+08:00")), ("2026-11-23 #01".to_owned(), true));
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
                    Some((last_day, last)) if *last_day == day || *last_day == PROVISIONAL_DAY => {
                        prop_assert_eq!(number, last.next());
                    }
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
