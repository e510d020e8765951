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
fn k2_a_box_that_boots_in_1970_keeps_the_day_until_it_learns_the_time() {
    for (learns, number) in [
        ("2026-11-22T23:30:00+08:00", "2026-11-22 #03 803 waiting"),
        ("2026-11-23T02:59:59+08:00", "2026-11-22 #03 803 waiting"),
        ("2026-11-23T03:00:00+08:00", "2026-11-23 #01 803 waiting"),
    ] {
        let mut kitchen = Kitchen::open();
        kitchen.order(&room("801"), &["tang"]);
        kitchen.clock.trusted = false;
        kitchen.at("1970-01-01T00:00:30Z").order(&room("802"), &["tang"]);
        assert_eq!(kitchen.shop.day(kitchen.clock).to_string(), "2026-11-22");
        kitchen.clock.trusted = true;
        kitchen.at(learns).order(&room("803"), &["tang"]);
        assert_eq!(kitchen.board(), ["2026-11-22 #01 801 waiting", "2026-11-22 #02 802 waiting", number]);
    }
}

#[test]
fn k2_a_new_box_that_boots_in_1970_says_01_once_in_its_first_evening() {
    let mut kitchen = Kitchen::open();
    kitchen.clock.trusted = false;
    kitchen.at("1970-01-01T00:00:30Z").order(&room("801"), &["tang"]);
    kitchen.order(&room("802"), &["tang"]);
    kitchen.clock.trusted = true;
    kitchen.at("2026-11-22T19:00:00+08:00").order(&room("803"), &["tang"]);
    kitchen.order(&room("801"), &["cha"]);
    let board = ["1970-01-01 #01 801 waiting", "1970-01-01 #02 802 waiting", "2026-11-22 #03 803 waiting"];
    assert_eq!(kitchen.board(), board);
    kitchen.at("2026-11-23T03:00:00+08:00").order(&room("804"), &["tang"]);
    assert_eq!(kitchen.board().last().map(String::as_str), Some("2026-11-23 #01 804 waiting"));
}

#[test]
fn k2_two_pads_at_the_reset_hour_get_the_last_number_and_the_first_or_the_first_two() {
    for (instants, numbers) in [
        (["02:59:59.999", "03:00:00"], ["2026-11-22 #02", "2026-11-23 #01"]),
        (["03:00:00", "03:00:00"], ["2026-11-23 #01", "2026-11-23 #02"]),
        (["02:59:59.999", "02:59:59.999"], ["2026-11-22 #02", "2026-11-22 #03"]),
        (["03:00:00", "02:59:59.999"], ["2026-11-23 #01", "2026-11-23 #02"]),
    ] {
        let mut kitchen = Kitchen::open();
        kitchen.order(&room("801"), &["tang"]);
        for (instant, guest) in instants.into_iter().zip(["802", "803"]) {
            kitchen.at(&format!("2026-11-23T{instant}+08:00")).order(&room(guest), &["tang"]);
        }
        let board = kitchen.board();
        let given: Vec<_> = board[1..].iter().map(|order| &order[..numbers[0].len()]).collect();
        assert_eq!(given, numbers, "{instants:?}");
    }
}

#[test]
fn k2_numbers_go_on_after_a_restart() {
    let last = (BusinessDay(jiff::civil::date(2026, 11, 22)), OrderNumber(41));
    let kept = Resumed { revision: 900, numbering: Numbering::after(Some(last)), ..Resumed::default() };
    let clocks = [
        ("2026-11-22T19:00:00+08:00", "#42"),
        ("2026-11-23T02:59:59+08:00", "#42"),
        ("2026-11-23T03:00:00+08:00", "#01"),
    ];
    for (clock, number) in clocks {
        let mut kitchen = Kitchen::open();
        kitchen.shop = Shop::resume(three_to_three(), menu_book(), kept.clone());
        kitchen.at(clock).order(&room("801"), &["tang"]);
        assert_eq!(kitchen.order_of(&room("801")).map(|order| order.number.to_string()), Some(number.into()));
    }
}

#[test]
fn k2_an_order_open_at_three_keeps_its_number_through_a_restart_too() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["shuijiao"]);
    let given = kitchen.order_of(&room("801")).map(|order| (order.day, order.number));
    let kept = Resumed { revision: 1, numbering: Numbering::after(given), ..Resumed::default() };
    kitchen.shop = Shop::resume(three_to_three(), menu_book(), kept);
    kitchen.shop.reopen(&kitchen.journal);
    kitchen.at("2026-11-23T03:00:00+08:00").order(&room("802"), &["tang"]);
    kitchen.order(&room("801"), &["cha"]);
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 waiting", "2026-11-23 #01 802 waiting"]);
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
