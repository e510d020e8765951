//! 分批上菜: some portions of a line go on as a line of their own. Portions never vanish and never double.

use shared::command::Command;
use shared::fact::Fact;
use shared::id::LineId;

use crate::kitchen::{
    At, Kitchen, call, finish, lines_of, many, pick_up, placing_with_phone, remake, room, some, start, void,
    wishing,
};

#[test]
fn split_the_part_goes_on_behind_the_rest_which_keeps_its_id() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    kitchen.order(&room("801"), &["tang"]);
    let order = kitchen.order_id(&room("801"));
    let facts = kitchen.done(some(2, start(line)));
    let part = lines_of(&facts)[0];
    let split = Fact::LineSplit { order, line, part, portions: crate::kitchen::portions(2) };
    assert_eq!(facts, [split, Fact::CookingStarted { order, line: part }]);
    assert_eq!(kitchen.shown(order), "1 waiting, 2 cooking, 1 waiting");
    assert_eq!((kitchen.where_is(line), kitchen.where_is(part)), (At::Waiting, At::Cooking));
}

#[test]
fn split_the_id_of_the_part_follows_from_the_request() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    let ask = kitchen.request(&crate::kitchen::cashier(), some(1, start(line)));
    let decision = kitchen.shop.decide(kitchen.clock, &ask).expect("granted");
    assert_eq!(lines_of(&decision.facts), [LineId::nth_of(ask.request, 0)]);
}

#[test]
fn split_all_portions_are_the_line_itself_and_more_are_refused() {
    for command in [start as fn(LineId) -> Command, finish, pick_up, void, remake] {
        let mut kitchen = Kitchen::open();
        let line = kitchen.dumplings(&room("801"), 2);
        if command(line) == finish(line) || command(line) == void(line) || command(line) == remake(line) {
            kitchen.bring(line, At::Cooking);
        } else if command(line) == pick_up(line) {
            kitchen.bring(line, At::Ready);
        }
        assert_eq!(kitchen.refused(some(3, command(line))).code(), "too_many_portions");
        assert_eq!(kitchen.done(some(2, command(line))).len(), 1, "no split");
    }
}

#[test]
fn split_what_is_so_already_splits_nothing() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    kitchen.bring(line, At::PickedUp);
    for command in [start(line), finish(line), pick_up(line)] {
        assert!(kitchen.done(some(1, command)).is_empty());
    }
    assert_eq!(kitchen.shown(kitchen.order_id(&room("801"))), "3 picked_up");
}

#[test]
fn split_a_refused_step_splits_nothing() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    assert_eq!(kitchen.refused(some(1, finish(line))).code(), "not_started");
    assert_eq!(kitchen.refused(some(1, pick_up(line))).code(), "not_made");
    assert_eq!(kitchen.shown(kitchen.order_id(&room("801"))), "3 waiting");
}

#[test]
fn split_again_and_again_every_portion_is_served_once() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 4);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(start(line));
    let first = lines_of(&kitchen.done(some(3, finish(line))))[0];
    let served = lines_of(&kitchen.done(some(1, pick_up(first))))[0];
    assert_eq!(kitchen.shown(order), "1 cooking, 2 ready, 1 picked_up");
    kitchen.done(pick_up(first));
    kitchen.done(finish(line));
    kitchen.done(pick_up(line));
    assert_eq!(kitchen.shown(order), "1 picked_up, 2 picked_up, 1 picked_up");
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 served"]);
    assert!(kitchen.done(pick_up(served)).is_empty());
}

#[test]
fn k6_the_parts_of_a_line_are_one_round_and_send_one_sms() {
    let mut kitchen = Kitchen::open();
    let Command::PlaceOrder { guest, phone, .. } = placing_with_phone(&room("801"), &[]) else { return };
    let placed = kitchen.done(Command::PlaceOrder { guest, phone, lines: vec![many(3, "shuijiao")] });
    let line = lines_of(&placed)[0];
    kitchen.done(start(line));
    let part = lines_of(&kitchen.done(some(1, finish(line))))[0];
    assert_eq!(kitchen.done(call(part)).len(), 2, "a call and an SMS");
    kitchen.done(finish(line));
    assert_eq!(kitchen.done(call(line)).len(), 1, "a call");
}

#[test]
fn k1_an_addition_after_a_split_is_the_next_round() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    kitchen.done(some(1, start(line)));
    let facts = kitchen.done(wishing(&room("801"), vec![many(1, "cha")]));
    assert!(matches!(facts.as_slice(), [Fact::LinesAdded { round: 1, .. }]), "{facts:?}");
}
