//! K2, as the shop gives its numbers: one a visit, without holes, from 03:00 to 03:00.

use edge_core::number::Numbering;
use edge_core::shop::{Resumed, Shop};
use shared::quantity::{BusinessDay, OrderNumber};

use crate::kitchen::{Kitchen, clean, menu_book, moment, placing, room, sold_out, three_to_three};

#[test]
fn k2_numbers_follow_each_other_and_grow_to_three_digits() {
    let mut kitchen = Kitchen::open();
    let numbers: Vec<_> = (1..=101)
        .map(|visit| {
            kitchen.order(&room("801"), &["tang"]);
            let number = kitchen.order_of(&room("801")).expect("an open order").number;
            kitchen.done(clean("801"));
            assert_eq!(number, OrderNumber(visit), "the room's visit {visit}");
            number.to_string()
        })
        .collect();
    assert_eq!([&numbers[0], &numbers[98], &numbers[99]], ["#01", "#99", "#100"]);
}

#[test]
fn k2_a_refused_order_takes_no_number() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["tang"]);
    kitchen.done(sold_out("tang"));
    kitchen.refused(placing(&room("802"), &["tang"]));
    kitchen.order(&room("802"), &["cha"]);
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 waiting", "2026-11-22 #02 802 waiting"]);
}

#[test]
fn k2_an_order_still_open_at_three_keeps_its_number_and_what_is_added_to_it() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["shuijiao"]);
    kitchen.at("2026-11-23T03:00:00+08:00").order(&room("801"), &["tang"]);
    kitchen.order(&room("802"), &["cha"]);
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 waiting", "2026-11-23 #01 802 waiting"]);
    let yesterdays = kitchen.order_of(&room("801")).expect("an open order");
    assert_eq!(yesterdays.lines.len(), 2);
    assert!(yesterdays.day < kitchen.shop.day(kitchen.clock), "screens mark it as yesterday's");
}

#[test]
fn k2_a_day_begins_with_its_first_order_and_a_clock_put_back_does_not_end_it() {
    let mut kitchen = Kitchen::open();
    for (clock, guest) in [
        ("2026-11-23T02:59:59+08:00", "801"),
        ("2026-11-23T03:00:00+08:00", "802"),
        ("2026-11-22T20:00:00+08:00", "803"),
        ("2026-11-23T12:00:00+08:00", "804"),
    ] {
        kitchen.at(clock).order(&room(guest), &["tang"]);
    }
    let board = [
        "2026-11-22 #01 801 waiting",
        "2026-11-23 #01 802 waiting",
        "2026-11-23 #02 803 waiting",
        "2026-11-23 #03 804 waiting",
    ];
    assert_eq!(kitchen.board(), board);
}

#[test]
fn k2_a_clock_that_nobody_believes_keeps_the_day() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["tang"]);
    kitchen.clock.trusted = false;
    kitchen.at("1970-01-01T00:00:00Z").order(&room("802"), &["tang"]);
    kitchen.at("2031-01-01T00:00:00Z").order(&room("803"), &["tang"]);
    let ends =
        ["#01 801 waiting", "#02 802 waiting", "#03 803 waiting"].map(|end| format!("2026-11-22 {end}"));
    assert_eq!(kitchen.board(), ends);
}

#[test]
fn k2_numbers_go_on_after_a_restart() {
    let last = (BusinessDay(jiff::civil::date(2026, 11, 22)), OrderNumber(41));
    let kept = Resumed { revision: 900, numbering: Numbering::after(Some(last)), ..Resumed::default() };
    for (clock, number) in [("2026-11-22T19:00:00+08:00", "#42"), ("2026-11-23T03:00:00+08:00", "#01")] {
        let mut kitchen = Kitchen::open();
        kitchen.shop = Shop::resume(three_to_three(), menu_book(), kept.clone());
        kitchen.at(clock).order(&room("801"), &["tang"]);
        assert_eq!(kitchen.order_of(&room("801")).map(|order| order.number.to_string()), Some(number.into()));
    }
}

#[test]
#[should_panic(expected = "was given after")]
fn k2_a_number_given_twice_stops_the_box_before_anybody_is_called_by_it() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["tang"]);
    let mut again = kitchen.journal[0].clone();
    again.seq += 1;
    again.at = moment("2026-11-22T19:00:01+08:00");
    kitchen.shop.apply(&again);
}
