//! K6: the first call of each round of ordering sends the guest one SMS; calling again does not.

use shared::fact::{Fact, SmsTemplate};
use shared::id::SmsId;

use crate::kitchen::{At, Kitchen, call, lines_of, placing, placing_with_phone, room};

/// How many SMS these facts ask for.
fn sms_in(facts: &[Fact]) -> usize {
    facts.iter().filter(|fact| matches!(fact, Fact::SmsRequested { .. })).count()
}

/// Cooks and calls a line; how many SMS that asked for.
fn cook_and_call(kitchen: &mut Kitchen, line: shared::id::LineId) -> usize {
    kitchen.bring(line, At::Ready);
    sms_in(&kitchen.done(call(line)))
}

#[test]
fn k6_the_first_call_asks_for_one_sms_and_says_what_is_ready() {
    let mut kitchen = Kitchen::open();
    let line = lines_of(&kitchen.done(placing_with_phone(&room("801"), &["shuijiao"])))[0];
    kitchen.bring(line, At::Ready);
    let facts = kitchen.done(call(line));
    let [Fact::PickupCalled { .. }, Fact::SmsRequested { sms, order, round, phone, template, params }] =
        facts.as_slice()
    else {
        panic!("a call and an SMS, not {facts:?}");
    };
    assert_eq!((*sms, *round), (SmsId::about_round(*order, 0), 0));
    assert_eq!((phone.digits(), *template), ("13900000000", SmsTemplate::DishReady));
    assert_eq!((params["number"].as_str(), params["dish"].as_str()), ("#01", "水饺"));
}

#[test]
fn k6_calling_again_or_another_line_of_the_round_asks_for_no_sms() {
    let mut kitchen = Kitchen::open();
    let lines = lines_of(&kitchen.done(placing_with_phone(&room("801"), &["shuijiao", "tang"])));
    assert_eq!(cook_and_call(&mut kitchen, lines[0]), 1);
    assert_eq!(sms_in(&kitchen.done(call(lines[0]))), 0);
    assert_eq!(cook_and_call(&mut kitchen, lines[1]), 0);
}

#[test]
fn k6_a_later_round_asks_again() {
    let mut kitchen = Kitchen::open();
    let first = lines_of(&kitchen.done(placing_with_phone(&room("801"), &["shuijiao"])))[0];
    let added = kitchen.order(&room("801"), &["tang"])[0];
    assert_eq!([first, added].map(|line| cook_and_call(&mut kitchen, line)), [1, 1]);
}

#[test]
fn k6_each_round_asks_once_even_when_the_later_is_ready_first() {
    let mut kitchen = Kitchen::open();
    let slow = lines_of(&kitchen.done(placing_with_phone(&room("801"), &["shuijiao"])))[0];
    let quick = kitchen.order(&room("801"), &["cha", "tang"]);
    let sms = [quick[0], slow, quick[1]].map(|line| cook_and_call(&mut kitchen, line));
    assert_eq!(sms, [1, 1, 0]);
}

#[test]
fn k6_without_a_phone_number_nobody_is_sent_anything() {
    let mut kitchen = Kitchen::open();
    let silent = kitchen.order(&room("801"), &["shuijiao", "tang"]);
    assert_eq!(cook_and_call(&mut kitchen, silent[0]), 0);
    kitchen.done(placing_with_phone(&room("801"), &["cha"]));
    assert_eq!(cook_and_call(&mut kitchen, silent[1]), 1, "a number given later serves from then on");
}

#[test]
fn k6_an_addition_without_a_number_keeps_the_one_before() {
    let mut kitchen = Kitchen::open();
    kitchen.done(placing_with_phone(&room("801"), &["shuijiao"]));
    let added = lines_of(&kitchen.done(placing(&room("801"), &["tang"])))[0];
    assert_eq!(cook_and_call(&mut kitchen, added), 1);
}
