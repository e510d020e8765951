//! 等叫, 起菜: what is held waits without a clock until it is called for, a whole order or one dish of it.

use shared::fact::Fact;

use crate::kitchen::At::{Cancelled, Cooking, Held, Notified, PickedUp, Ready, Remade, Voided, Waiting};
use crate::kitchen::Says::{Fine, Goes, No};
use crate::kitchen::{
    Kitchen, clean, fire, held, hold, holds, lines_of, moment, nobodys_line, nobodys_order, one, pad, room,
    rush, start, wishing,
};

#[test]
fn hold_and_fire_only_what_nobody_has_begun_can_be_held() {
    let hold_lines = [
        (Held, Fine),
        (Waiting, Goes(Held)),
        (Cooking, No("nothing_to_do")),
        (Ready, No("nothing_to_do")),
        (Notified, No("nothing_to_do")),
        (PickedUp, No("nothing_to_do")),
        (Cancelled, No("nothing_to_do")),
        (Voided, No("nothing_to_do")),
        (Remade, No("nothing_to_do")),
    ];
    holds(&hold_lines, |line, order| hold(order, &[line]));
}

#[test]
fn hold_and_fire_what_is_on_its_way_was_fired_already() {
    let fire_lines = [
        (Held, Goes(Waiting)),
        (Waiting, Fine),
        (Cooking, Fine),
        (Ready, Fine),
        (Notified, Fine),
        (PickedUp, Fine),
        (Cancelled, No("nothing_to_do")),
        (Voided, No("nothing_to_do")),
        (Remade, No("nothing_to_do")),
    ];
    holds(&fire_lines, |line, order| fire(order, &[line]));
}

#[test]
fn hold_and_fire_the_clock_of_a_held_dish_begins_when_it_is_fired() {
    let mut kitchen = Kitchen::open();
    let line = lines_of(&kitchen.done(wishing(&room("801"), vec![held("shuijiao")])))[0];
    assert_eq!(kitchen.where_is(line), Held);
    assert_eq!(kitchen.refused(start(line)).code(), "line_held");
    let order = kitchen.order_id(&room("801"));
    kitchen.at("2026-11-22T19:40:00+08:00").done(fire(order, &[line]));
    let shown = kitchen.line(line);
    assert_eq!(shown.due_from, moment("2026-11-22T19:40:00+08:00"));
    assert_eq!(shown.placed_at, moment("2026-11-22T19:00:00+08:00"));
    kitchen.done(start(line));
}

#[test]
fn hold_and_fire_a_whole_order_or_one_dish_of_it() {
    let mut kitchen = Kitchen::open();
    let wish = wishing(&room("801"), vec![one("tang"), held("shuijiao"), held("cha")]);
    let lines = lines_of(&kitchen.done(wish));
    let order = kitchen.order_id(&room("801"));
    kitchen.done(fire(order, &[lines[1]]));
    assert_eq!(kitchen.shown(order), "1 waiting, 1 waiting, 1 held");
    assert_eq!(kitchen.done(fire(order, &[])), [Fact::LinesFired { order, lines: vec![lines[2]] }]);
    kitchen.done(start(lines[0]));
    kitchen.done(hold(order, &[]));
    assert_eq!(kitchen.shown(order), "1 cooking, 1 held, 1 held");
}

#[test]
fn k11_two_who_fire_or_hold_a_whole_order_both_succeed() {
    for (wish, command) in [(one("tang"), hold as fn(_, &[_]) -> _), (held("tang"), fire)] {
        let mut kitchen = Kitchen::open();
        kitchen.done(wishing(&room("801"), vec![wish]));
        let order = kitchen.order_id(&room("801"));
        assert_eq!(kitchen.done(command(order, &[])).len(), 1);
        assert!(kitchen.done(command(order, &[])).is_empty());
    }
}

#[test]
fn hold_and_fire_a_line_named_twice_is_one_line() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Held);
    let order = kitchen.order_id(&room("801"));
    assert_eq!(kitchen.done(fire(order, &[line, line])), [Fact::LinesFired { order, lines: vec![line] }]);
}

#[test]
fn hold_and_fire_a_pad_fires_what_its_room_holds_and_holds_nothing() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Held);
    let order = kitchen.order_id(&room("801"));
    let code = |answer: Result<Vec<Fact>, edge_core::refusal::Refusal>| answer.map_err(|no| no.code());
    assert_eq!(code(kitchen.ask(&pad("802"), fire(order, &[line]))), Err("not_your_room"));
    assert_eq!(code(kitchen.ask(&pad("801"), hold(order, &[line]))), Err("not_allowed"));
    assert_eq!(code(kitchen.ask(&pad("801"), fire(order, &[line]))).map(|facts| facts.len()), Ok(1));
}

#[test]
fn hold_and_fire_what_is_of_another_order_or_of_none_is_unknown() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Held);
    let order = kitchen.order_id(&room("801"));
    kitchen.order(&room("802"), &["tang"]);
    let other = kitchen.order_id(&room("802"));
    for command in [hold, fire, rush] {
        assert_eq!(kitchen.refused(command(other, &[line])).code(), "unknown_line");
        assert_eq!(kitchen.refused(command(order, &[line, nobodys_line()])).code(), "unknown_line");
        assert_eq!(kitchen.refused(command(nobodys_order(), &[])).code(), "unknown_order");
    }
    kitchen.done(clean("801"));
    assert_eq!(kitchen.refused(fire(order, &[])).code(), "unknown_order");
}
