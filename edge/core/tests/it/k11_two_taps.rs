//! K11: two screens tap the same line at once. One wins; the other gets the same final state and no fact.

use shared::command::Command;
use shared::screen::Role;

use crate::kitchen::{At, Kitchen, cancel, cashier, clean, device, finish, pick_up, room, start};

/// Two devices decide on what each of them saw, one after the other: the box has one writer.
fn two_taps(kitchen: &mut Kitchen, command: &Command) -> [usize; 2] {
    let first = kitchen.ask(&device("kitchen_1", Role::Cashier, None), command.clone()).expect("the winner");
    let board = kitchen.board();
    let second = kitchen.ask(&cashier(), command.clone()).expect("the other succeeds too");
    assert_eq!(kitchen.board(), board, "both see the same final state");
    [first.len(), second.len()]
}

#[test]
fn k11_of_two_taps_on_a_line_one_wins_and_the_other_succeeds_without_a_fact() {
    for (at, command) in [
        (At::Waiting, start as fn(_) -> Command),
        (At::Cooking, finish),
        (At::Ready, pick_up),
        (At::Notified, pick_up),
        (At::Waiting, cancel),
    ] {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(at);
        assert_eq!(two_taps(&mut kitchen, &command(line)), [1, 0], "{at:?}");
    }
}

#[test]
fn k11_the_slower_tap_is_told_of_the_same_order() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(start(line));
    let slower = kitchen.request(&cashier(), start(line));
    let decision = kitchen.shop.decide(kitchen.clock, &slower).expect("it succeeds");
    assert_eq!((decision.facts, decision.orders), (Vec::new(), vec![order]));
}

#[test]
fn k11_two_taps_on_a_whole_order_or_a_room() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["tang", "cha"]);
    let order = kitchen.order_id(&room("801"));
    assert_eq!(two_taps(&mut kitchen, &Command::CancelOrder { order }), [2, 0]);
    assert_eq!(two_taps(&mut kitchen, &clean("801")), [1, 0]);
}

#[test]
fn k11_a_cook_starts_while_the_guest_cancels() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    kitchen.done(start(line));
    assert_eq!(kitchen.refused(cancel(line)).code(), "already_started");
    assert_eq!(kitchen.where_is(line), At::Cooking);

    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    kitchen.done(cancel(line));
    assert_eq!(kitchen.refused(start(line)).code(), "line_cancelled");
    assert_eq!(kitchen.where_is(line), At::Cancelled);
}
