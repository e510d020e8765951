//! The rules of the account, one by one; and random lives against a model that moves single units.

mod history;
mod model;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;

pub(super) fn on(day: i8) -> Now {
    let today = Date::constant(2026, 11, day);
    let at = today.at(12, 0, 0, 0).in_tz("UTC").expect("noon exists").timestamp();
    Now { at, today }
}

pub(super) fn package(name: &str, units: u64, last_day: i8) -> Package {
    Package {
        package: name.parse().expect("an id"),
        origin: Origin::Bought,
        name: name.to_owned(),
        units: Units(units),
        expires_on: Date::constant(2026, 11, last_day),
    }
}

pub(super) fn number(n: u8) -> FreezeId {
    FreezeId::Asked(Uuid::from_u128(n.into()))
}

/// Decides and books. Errors: the refusal, with nothing booked.
pub(super) fn book(
    account: &mut Account,
    ask: impl FnOnce(&Account) -> Result<Vec<Movement>, Refusal>,
) -> Result<usize, Refusal> {
    let movements = ask(account)?;
    for movement in &movements {
        account.apply(movement);
    }
    Ok(movements.len())
}

fn account(packages: &[Package]) -> Account {
    let mut account = Account::default();
    for package in packages {
        book(&mut account, |account| account.add_package(on(1), package)).expect("a good package");
    }
    account
}

/// available, frozen, in doubt, sent, expired, revoked of one package.
fn places(account: &Account, name: &str) -> [u64; 6] {
    let lot = account.lot(&name.parse().expect("an id")).expect("it was bought");
    let Places { available, frozen, in_doubt, sent, expired, revoked } = lot.places;
    [available, frozen, in_doubt, sent, expired, revoked].map(|units| units.0)
}

fn freeze(account: &mut Account, day: i8, n: u8, units: u64) -> FreezeState {
    book(account, |account| account.freeze_units(on(day), number(n), Units(units), None))
        .expect("a new number");
    account.freeze(number(n)).expect("it was just made").state.clone()
}

#[test]
fn s1_a_purchase_adds_its_package_once_however_often_it_is_called_back() {
    let mut account = account(&[package("p1", 10, 20)]);
    let again = book(&mut account, |account| account.add_package(on(2), &package("p1", 10, 20)));
    assert_eq!(again, Ok(0));
    assert_eq!(account.bought(), Units(10));
    let other = account.add_package(on(2), &package("p1", 11, 20));
    assert_eq!(other, Err(Refusal::IdReused(RequestField::Units)));
    let other = account.add_package(on(2), &package("p1", 10, 21));
    assert_eq!(other, Err(Refusal::IdReused(RequestField::ExpiresOn)));
}

#[test]
fn s1_an_empty_or_dead_package_is_refused() {
    let account = Account::default();
    assert_eq!(account.add_package(on(2), &package("p1", 0, 20)), Err(Refusal::NoUnits));
    assert_eq!(account.add_package(on(2), &package("p1", 1, 1)), Err(Refusal::AlreadyExpired));
    assert!(account.add_package(on(2), &package("p1", 1, 2)).is_ok(), "its last day is a day");
}

#[test]
fn s3_units_are_taken_from_the_package_that_dies_first() {
    let mut account = account(&[package("late", 10, 20), package("soon", 3, 10), package("bb", 2, 10)]);
    freeze(&mut account, 1, 1, 6);
    assert_eq!(places(&account, "bb"), [0, 2, 0, 0, 0, 0], "the same day: by id");
    assert_eq!(places(&account, "soon"), [0, 3, 0, 0, 0, 0]);
    assert_eq!(places(&account, "late"), [9, 1, 0, 0, 0, 0]);
}

#[test]
fn s3_too_few_units_are_refused_for_ever_under_that_number() {
    let mut account = account(&[package("p1", 3, 20)]);
    freeze(&mut account, 1, 1, 2);
    assert_eq!(freeze(&mut account, 1, 2, 2), FreezeState::Refused { available: Units(1) });
    book(&mut account, |account| account.add_package(on(1), &package("p2", 9, 20))).expect("more units");
    assert_eq!(freeze(&mut account, 1, 2, 2), FreezeState::Refused { available: Units(1) });
    assert_eq!(account.pay(on(1), number(2), None), Err(Refusal::Insufficient { available: Units(1) }));
    assert!(
        matches!(freeze(&mut account, 1, 3, 2), FreezeState::Open { .. }),
        "a new number is a new question"
    );
}

#[test]
fn s8_a_freeze_again_is_the_same_and_with_other_units_refused() {
    let mut account = account(&[package("p1", 5, 20)]);
    freeze(&mut account, 1, 1, 2);
    assert_eq!(account.freeze_units(on(1), number(1), Units(2), None), Ok(Vec::new()));
    let other = account.freeze_units(on(1), number(1), Units(3), None);
    assert_eq!(other, Err(Refusal::IdReused(RequestField::Units)));
    assert_eq!(account.freeze_units(on(1), number(2), Units(0), None), Err(Refusal::NoUnits));
}

#[test]
fn s4_paying_one_freeze_twice_charges_once() {
    let mut account = account(&[package("p1", 5, 20)]);
    freeze(&mut account, 1, 1, 2);
    assert_eq!(book(&mut account, |account| account.pay(on(1), number(1), None)), Ok(1));
    assert_eq!(book(&mut account, |account| account.pay(on(1), number(1), None)), Ok(0));
    assert_eq!(places(&account, "p1"), [3, 0, 2, 0, 0, 0]);
    assert_eq!(account.pay(on(1), number(9), None), Err(Refusal::NoFreeze));
}

#[test]
fn s5_a_release_is_idempotent_and_refused_for_a_paid_freeze() {
    let mut account = account(&[package("p1", 5, 20)]);
    freeze(&mut account, 1, 1, 2);
    freeze(&mut account, 1, 2, 1);
    assert_eq!(book(&mut account, |account| account.release(on(1), number(1))), Ok(1));
    assert_eq!(book(&mut account, |account| account.release(on(1), number(1))), Ok(0));
    assert_eq!(account.pay(on(1), number(1), None), Err(Refusal::AlreadyReleased));
    book(&mut account, |account| account.pay(on(1), number(2), None)).expect("it is open");
    assert_eq!(account.release(on(1), number(2)), Err(Refusal::AlreadyPaid));
    assert_eq!(places(&account, "p1"), [4, 0, 1, 0, 0, 0]);
}

#[test]
fn s6_the_first_result_stands() {
    let mut account = account(&[package("p1", 5, 20)]);
    for n in [1, 2] {
        freeze(&mut account, 1, n, 2);
        assert_eq!(account.report(on(1), number(n), SendResult::Sent), Err(Refusal::NotPaid));
        book(&mut account, |account| account.pay(on(1), number(n), None)).expect("it is open");
    }
    for (n, result, other) in
        [(1, SendResult::Sent, SendResult::Failed), (2, SendResult::Failed, SendResult::Sent)]
    {
        assert_eq!(book(&mut account, |account| account.report(on(1), number(n), result)), Ok(1));
        assert_eq!(book(&mut account, |account| account.report(on(2), number(n), result)), Ok(0));
        let refused = account.report(on(2), number(n), other);
        assert_eq!(refused, Err(Refusal::IdReused(RequestField::Outcome)));
    }
    assert_eq!(places(&account, "p1"), [3, 0, 0, 2, 0, 0]);
}

#[test]
fn s6_a_refund_goes_back_newest_package_first() {
    let mut account = account(&[package("p1", 1, 10), package("p2", 1, 20)]);
    freeze(&mut account, 1, 1, 2);
    book(&mut account, |account| account.pay(on(1), number(1), None)).expect("it is open");
    let movements = account.report(on(1), number(1), SendResult::Failed).expect("it is in doubt");
    let [Movement::Refunded { back, .. }] = movements.as_slice() else { panic!("{movements:?}") };
    let order: Vec<_> = back.iter().map(|line| line.package.to_string()).collect();
    assert_eq!(order, ["p2", "p1"]);
}

#[test]
fn s2_only_unreserved_units_expire_and_twice_is_once() {
    let mut account = account(&[package("p1", 5, 10), package("p2", 5, 20)]);
    freeze(&mut account, 1, 1, 2);
    assert_eq!(account.expire(on(10)), Vec::new(), "the last day is a day");
    // Late, after days of rest.
    assert_eq!(book(&mut account, |account| Ok(account.expire(on(15)))), Ok(1));
    assert_eq!(book(&mut account, |account| Ok(account.expire(on(15)))), Ok(0));
    assert_eq!(places(&account, "p1"), [0, 2, 0, 0, 3, 0]);
    assert_eq!(places(&account, "p2"), [5, 0, 0, 0, 0, 0]);
}

#[test]
fn s2_reserved_units_of_a_dead_package_can_be_paid_or_expire_when_they_come_back() {
    let mut account = account(&[package("p1", 6, 10)]);
    for n in [1, 2, 3] {
        freeze(&mut account, 1, n, 2);
    }
    book(&mut account, |account| account.pay(on(11), number(1), None)).expect("what is reserved can be paid");
    book(&mut account, |account| account.release(on(11), number(2))).expect("it is open");
    assert_eq!(places(&account, "p1"), [0, 2, 2, 0, 2, 0]);
    book(&mut account, |account| account.report(on(11), number(1), SendResult::Failed)).expect("in doubt");
    assert_eq!(places(&account, "p1"), [0, 2, 0, 0, 4, 0]);
}

#[test]
fn s2_a_dead_package_is_not_used_even_when_the_daily_job_is_late() {
    let mut account = account(&[package("p1", 5, 10)]);
    assert_eq!(freeze(&mut account, 11, 1, 1), FreezeState::Refused { available: Units(0) });
    assert_eq!(places(&account, "p1"), [0, 0, 0, 0, 5, 0], "and what is dead is booked as dead");
}

#[test]
fn s13_only_what_is_available_is_taken_back_and_twice_is_once() {
    let mut account = account(&[package("p1", 10, 10), package("p2", 5, 20)]);
    freeze(&mut account, 1, 1, 2);
    freeze(&mut account, 1, 2, 3);
    book(&mut account, |account| account.pay(on(1), number(2), None)).expect("it is open");
    let name = "p1".parse().expect("an id");
    assert_eq!(book(&mut account, |account| account.revoke(on(2), &name)), Ok(1));
    assert_eq!(book(&mut account, |account| account.revoke(on(2), &name)), Ok(0));
    assert_eq!(places(&account, "p1"), [0, 2, 3, 0, 0, 5]);
    // What comes back is the brand's again: it was never paid back.
    book(&mut account, |account| account.release(on(3), number(1))).expect("it is open");
    assert_eq!(places(&account, "p1"), [2, 0, 3, 0, 0, 5]);
    let unknown = "px".parse().expect("an id");
    assert_eq!(account.revoke(on(3), &unknown), Err(Refusal::NoPackage));
    // A dead package has nothing to take back: it expires.
    let other = "p2".parse().expect("an id");
    assert_eq!(book(&mut account, |account| account.revoke(on(21), &other)), Ok(2));
    assert_eq!(places(&account, "p2"), [0, 0, 0, 0, 5, 0]);
}

#[test]
fn s13_a_message_and_a_brands_system_never_mean_the_same_freeze() {
    let mut account = account(&[package("p1", 5, 20)]);
    let same = Uuid::from_u128(7);
    let of_message = FreezeId::Message(shared::id::SmsId(same));
    book(&mut account, |account| account.freeze_units(on(1), of_message, Units(2), None))
        .expect("a new number");
    assert_eq!(account.release(on(1), FreezeId::Asked(same)), Err(Refusal::NoFreeze));
}

#[test]
fn s4_a_part_of_a_freeze_is_paid_and_the_rest_goes_back() {
    let mut account = account(&[package("p1", 3, 10), package("p2", 5, 20)]);
    freeze(&mut account, 1, 1, 6);
    let pay = |account: &Account, units| account.pay(on(1), number(1), Some(Units(units)));
    assert_eq!(pay(&account, 0), Err(Refusal::NoUnits));
    assert_eq!(pay(&account, 7), Err(Refusal::MoreThanThere { there: Units(6) }));
    assert_eq!(book(&mut account, |account| pay(account, 4)), Ok(1));
    assert_eq!(places(&account, "p1"), [0, 0, 3, 0, 0, 0], "what dies first is used first");
    assert_eq!(places(&account, "p2"), [4, 0, 1, 0, 0, 0]);
    assert_eq!(book(&mut account, |account| pay(account, 4)), Ok(0), "again is the same");
    assert_eq!(pay(&account, 5), Err(Refusal::IdReused(RequestField::Units)));
}

#[test]
fn s6_of_many_messages_those_that_failed_are_refunded() {
    let mut account = account(&[package("p1", 3, 10), package("p2", 5, 20)]);
    freeze(&mut account, 1, 1, 6);
    book(&mut account, |account| account.pay(on(1), number(1), None)).expect("it is open");
    let report = |account: &Account, day, failed| {
        account.report(on(day), number(1), SendResult::Partly { failed: Units(failed) })
    };
    assert_eq!(report(&account, 1, 7), Err(Refusal::MoreThanThere { there: Units(6) }));
    assert_eq!(book(&mut account, |account| report(account, 11, 4)), Ok(1));
    assert_eq!(places(&account, "p2"), [5, 0, 0, 0, 0, 0], "what was taken last goes back first");
    assert_eq!(places(&account, "p1"), [0, 0, 0, 2, 1, 0], "of a dead package it expires");
    assert_eq!(book(&mut account, |account| report(account, 12, 4)), Ok(0));
    assert_eq!(report(&account, 12, 3), Err(Refusal::IdReused(RequestField::Outcome)));
    assert_eq!(
        account.report(on(12), number(1), SendResult::Sent),
        Err(Refusal::IdReused(RequestField::Outcome))
    );
}

#[test]
fn s5_a_freeze_that_nobody_decides_about_goes_back_by_itself() {
    let mut account = account(&[package("p1", 5, 20)]);
    let two_days = Some(SignedDuration::from_hours(48));
    for n in [1, 2] {
        book(&mut account, |account| account.freeze_units(on(1), number(n), Units(2), two_days))
            .expect("new");
    }
    assert_eq!(account.freeze_units(on(2), number(1), Units(2), two_days), Ok(Vec::new()));
    let other = account.freeze_units(on(2), number(1), Units(2), None);
    assert_eq!(other, Err(Refusal::IdReused(RequestField::GoodFor)));
    book(&mut account, |account| account.pay(on(2), number(2), None)).expect("it is still good");
    assert_eq!(account.lapse(on(2)), Vec::new());
    assert_eq!(
        account.pay(on(3), number(1), None),
        Err(Refusal::AlreadyReleased),
        "before it is booked, too"
    );
    assert_eq!(book(&mut account, |account| Ok(account.lapse(on(3)))), Ok(1));
    assert_eq!(book(&mut account, |account| Ok(account.lapse(on(3)))), Ok(0));
    assert_eq!(places(&account, "p1"), [3, 0, 2, 0, 0, 0]);
}

#[test]
fn movements_read_back_as_they_were_written() {
    let line = Line { package: "p1".parse().expect("an id"), units: Units(2) };
    let at: Timestamp = "2026-11-22T12:00:00Z".parse().expect("a time");
    let movement = Movement::Frozen { freeze: number(1), lines: vec![line], until: None, at };
    let written = serde_json::to_string(&movement).expect("plain data");
    let golden = r#"{"type":"frozen","freeze":{"asked":"00000000-0000-0000-0000-000000000001"},"lines":[{"package":"p1","units":2}],"at":"2026-11-22T12:00:00Z"}"#;
    assert_eq!(written, golden, "the journal is read back for ever");
    assert_eq!(serde_json::from_str::<Movement>(golden).expect("readable"), movement);
}
