//! Days of the past are the sum of what was booked, and days to come follow from what was used of late.

use jiff::tz::{Offset, TimeZone};

use super::*;

fn utc() -> TimeZone {
    TimeZone::UTC
}

fn date(day: i8) -> Date {
    Date::constant(2026, 11, day)
}

/// Pays for a message on that day.
fn spend(account: &mut Account, day: i8, n: u8, units: u64) {
    freeze(account, day, n, units);
    book(account, |account| account.pay(on(day), number(n), None)).expect("an open freeze");
}

/// A package of 100 until the 20th, one of 50 until the 30th; 10 used on the 3rd, 20 on the 5th, 5 of them returned
/// on the 6th.
fn used() -> Account {
    let mut account = account(&[package("p1", 100, 20), package("p2", 50, 30)]);
    spend(&mut account, 3, 1, 10);
    spend(&mut account, 5, 2, 20);
    let failed = SendResult::Partly { failed: Units(5) };
    book(&mut account, |account| account.report(on(6), number(2), failed)).expect("a payment");
    freeze(&mut account, 6, 3, 7);
    account
}

fn balances(history: &History, zone: &TimeZone, from: i8, to: i8) -> Vec<u64> {
    history.days(zone, date(from), date(to)).iter().map(|day| day.balance.0).collect()
}

#[test]
fn s13_past_days_are_exact_and_a_freeze_changes_none_of_them() {
    let account = used();
    let all = History::since(&account, on(1).at);
    assert_eq!(balances(&all, &utc(), 1, 8), [150, 150, 140, 140, 120, 125, 125, 125]);
    let some = History::since(&account, on(5).at);
    assert_eq!(balances(&some, &utc(), 5, 6), [120, 125], "and they cost no more than the days asked for");
    let returned = all.days(&utc(), date(6), date(6))[0].flow;
    assert_eq!(returned, Flow { returned: Units(5), ..Flow::default() });
}

#[test]
fn s13_a_day_ends_where_the_zone_says() {
    // Noon by UTC is the next day on the islands that are fourteen hours ahead.
    let ahead = TimeZone::fixed(Offset::constant(14));
    let history = History::since(&used(), on(1).at);
    assert_eq!(balances(&history, &ahead, 1, 7), [0, 150, 150, 140, 140, 120, 125]);
}

#[test]
fn s13_what_was_used_of_late_is_that_of_whole_days() {
    let of = |account: &Account, today: i8| {
        let daily = History::since(account, on(1).at).use_of_late(&utc(), date(today));
        daily.map(|daily| (daily.units.0, daily.days))
    };
    let account = used();
    assert_eq!(of(&Account::default(), 6), None);
    assert_eq!(of(&account, 1), Some((0, 1)), "the books began today");
    assert_eq!(of(&account, 5), Some((10, 4)), "today is not over");
    assert_eq!(of(&account, 15), Some((25, 14)));
    assert_eq!(of(&account, 18), Some((15, 14)), "the first of them are long past");
    assert_eq!(of(&account, 28), Some((0, 14)));
}

#[test]
fn s2_the_outlook_uses_the_oldest_first_and_lets_packages_die_on_their_day() {
    let history = History::since(&used(), on(1).at);
    let daily = DailyUse { units: Units(25), days: 10 };
    let Outlook { days, runs_out_on } = history.outlook(date(8), daily);
    let left: Vec<_> = days.iter().map(|(_, units)| units.0).collect();
    // Two and three in turn; on the 21st the first package is dead, with 45 of it left.
    assert_eq!((days[0], &left[..4]), ((date(9), Units(123)), [123, 120, 118, 115].as_slice()));
    assert_eq!((days[11], days[12]), ((date(20), Units(95)), (date(21), Units(48))));
    assert_eq!(
        (days.last(), runs_out_on),
        (Some(&(Date::constant(2026, 12, 1), Units::ZERO)), Some(Date::constant(2026, 12, 1)))
    );
    let never = history.outlook(date(8), DailyUse { units: Units::ZERO, days: 14 });
    assert_eq!(
        never.runs_out_on,
        Some(Date::constant(2026, 12, 1)),
        "nothing used is gone with its packages"
    );
}

#[test]
fn s13_an_empty_account_has_run_out_already() {
    let history = History::since(&Account::default(), on(1).at);
    let outlook = history.outlook(date(8), DailyUse { units: Units(1), days: 1 });
    assert_eq!(outlook.runs_out_on, None);
    assert_eq!(balances(&history, &utc(), 7, 8), [0, 0]);
}
