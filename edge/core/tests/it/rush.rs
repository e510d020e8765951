//! 催菜: the guest asks where it is. It is heard once, counted, and seen until the kitchen says so.

use shared::fact::Fact;
use shared::order::Notice;

use crate::kitchen::At::{Cancelled, Cooking, Held, Notified, PickedUp, Ready, Remade, Voided, Waiting};
use crate::kitchen::Says::{Again, No};
use crate::kitchen::{Kitchen, acknowledge, cancel, finish, hold, holds, pad, room, rush, some, start, void};

#[test]
fn rush_only_what_is_not_made_yet() {
    let rush_lines = [
        (Held, No("nothing_to_do")),
        (Waiting, Again),
        (Cooking, Again),
        (Ready, No("nothing_to_do")),
        (Notified, No("nothing_to_do")),
        (PickedUp, No("nothing_to_do")),
        (Cancelled, No("nothing_to_do")),
        (Voided, No("nothing_to_do")),
        (Remade, No("nothing_to_do")),
    ];
    holds(&rush_lines, |line, order| rush(order, &[line]));
}

#[test]
fn rush_is_counted_with_who_and_when() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Waiting);
    let order = kitchen.order_id(&room("801"));
    kitchen.ask(&pad("801"), rush(order, &[line, line])).expect("the guest may ask");
    kitchen.at("2026-11-22T19:10:00+08:00").done(rush(order, &[]));
    let rushed = kitchen.line(line).rush.expect("it was rushed");
    assert_eq!((rushed.count, rushed.last.by.as_str()), (2, "cashier_1"));
    assert_eq!(rushed.last.at, kitchen.clock.at);
    assert_eq!(kitchen.line(line).unseen, [Notice::Rushed], "one notice, however often");
}

#[test]
fn rush_of_a_whole_order_is_of_what_is_not_made() {
    let mut kitchen = Kitchen::open();
    let lines = kitchen.order(&room("801"), &["shuijiao", "tang", "cha"]);
    kitchen.bring(lines[0], Ready);
    kitchen.bring(lines[1], Cooking);
    let order = kitchen.order_id(&room("801"));
    let rushed = Fact::LinesRushed { order, lines: vec![lines[1], lines[2]] };
    assert_eq!(kitchen.done(rush(order, &[])), [rushed]);
}

#[test]
fn rush_stays_unseen_until_the_kitchen_says_so_or_takes_the_next_step() {
    for step in [start, cancel] {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(Waiting);
        let order = kitchen.order_id(&room("801"));
        kitchen.done(rush(order, &[]));
        kitchen.done(step(line));
        assert!(kitchen.line(line).unseen.is_empty());
        assert_eq!(kitchen.line(line).rush.map(|rush| rush.count), Some(1), "the mark stays");
    }
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Waiting);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(rush(order, &[]));
    assert_eq!(kitchen.done(acknowledge(order, &[line])), [Fact::NoticesSeen { order, lines: vec![line] }]);
    assert!(kitchen.done(acknowledge(order, &[line])).is_empty(), "seen once");
    kitchen.after_s(600).done(rush(order, &[]));
    assert_eq!(kitchen.line(line).unseen, [Notice::Rushed], "asked again, told again");
    kitchen.done(hold(order, &[line]));
    assert!(kitchen.line(line).unseen.is_empty(), "whoever holds it does not ask where it is");
}

#[test]
fn rush_a_pad_asks_again_only_after_three_minutes() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Waiting);
    let order = kitchen.order_id(&room("801"));
    let asked = |kitchen: &mut Kitchen, seconds| {
        kitchen.after_s(seconds).ask(&pad("801"), rush(order, &[])).map_err(|no| no.code()).map(|_| ())
    };
    assert_eq!(asked(&mut kitchen, 0), Ok(()));
    assert_eq!(asked(&mut kitchen, 179), Err("rushed_lately"));
    assert_eq!(asked(&mut kitchen, 1), Ok(()));
    assert_eq!(asked(&mut kitchen, -3600), Ok(()), "a clock that was put back silences nobody");
    kitchen.done(rush(order, &[]));
    assert_eq!(kitchen.line(line).rush.map(|rush| rush.count), Some(4), "the cashier may always");
    kitchen.order(&room("801"), &["tang"]);
    let facts = kitchen.ask(&pad("801"), rush(order, &[])).expect("the new dish was not asked for");
    assert!(matches!(facts.as_slice(), [Fact::LinesRushed { lines, .. }] if lines.len() == 1));
}

#[test]
fn rush_goes_with_the_part_and_with_the_rest() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(start(line));
    kitchen.done(rush(order, &[]));
    kitchen.done(some(2, finish(line)));
    let lines = kitchen.order_of(&room("801")).expect("an open order").lines;
    let unseen: Vec<_> = lines.iter().map(|line| line.unseen.len()).collect();
    assert_eq!((kitchen.shown(order).as_str(), unseen), ("1 cooking, 2 ready", vec![1, 0]));
    assert!(lines.iter().all(|line| line.rush.as_ref().is_some_and(|rush| rush.count == 1)));
    kitchen.done(void(line));
    assert_eq!(kitchen.line(line).unseen, [Notice::Voided]);
}
