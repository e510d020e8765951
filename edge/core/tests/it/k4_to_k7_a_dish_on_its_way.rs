//! K4–K7: how one line goes from the kitchen to the guest. Each table reads like its rule.

use shared::order::LineState;

use crate::kitchen::At::{Cancelled, Cooking, Held, Notified, PickedUp, Ready, Remade, Voided, Waiting};
use crate::kitchen::Says::{Again, Fine, Goes, No};
use crate::kitchen::{Kitchen, call, clean, finish, holds, moment, nobodys_line, pick_up, room, start};

#[test]
fn k4_starting_what_is_being_made_or_is_made_changes_nothing() {
    let start_cooking = [
        (Held, No("line_held")),
        (Waiting, Goes(Cooking)),
        (Cooking, Fine),
        (Ready, Fine),
        (Notified, Fine),
        (PickedUp, Fine),
        (Cancelled, No("line_cancelled")),
        (Voided, No("line_voided")),
        (Remade, No("line_voided")),
    ];
    holds(&start_cooking, |line, _| start(line));
}

#[test]
fn k5_only_what_is_being_made_can_finish() {
    let finish_cooking = [
        (Held, No("not_started")),
        (Waiting, No("not_started")),
        (Cooking, Goes(Ready)),
        (Ready, Fine),
        (Notified, Fine),
        (PickedUp, Fine),
        (Cancelled, No("line_cancelled")),
        (Voided, No("line_voided")),
        (Remade, No("line_voided")),
    ];
    holds(&finish_cooking, |line, _| finish(line));
}

#[test]
fn k6_the_waiter_can_be_called_again_and_again() {
    let call_for_pickup = [
        (Held, No("not_made")),
        (Waiting, No("not_made")),
        (Cooking, No("not_made")),
        (Ready, Goes(Notified)),
        (Notified, Again),
        (PickedUp, No("already_picked_up")),
        (Cancelled, No("line_cancelled")),
        (Voided, No("line_voided")),
        (Remade, No("line_voided")),
    ];
    holds(&call_for_pickup, |line, _| call(line));
}

#[test]
fn k7_what_is_made_can_be_picked_up_called_or_not() {
    let picked_up = [
        (Held, No("not_made")),
        (Waiting, No("not_made")),
        (Cooking, No("not_made")),
        (Ready, Goes(PickedUp)),
        (Notified, Goes(PickedUp)),
        (PickedUp, Fine),
        (Cancelled, No("line_cancelled")),
        (Voided, No("line_voided")),
        (Remade, No("line_voided")),
    ];
    holds(&picked_up, |line, _| pick_up(line));
}

#[test]
fn k6_another_call_keeps_the_time_of_the_first() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Ready);
    kitchen.at("2026-11-22T19:05:00+08:00").done(call(line));
    kitchen.at("2026-11-22T19:06:00+08:00").done(call(line));
    let order = kitchen.order_of(&room("801")).expect("an open order");
    let ready_at = moment("2026-11-22T19:00:00+08:00");
    let called_at = moment("2026-11-22T19:05:00+08:00");
    assert_eq!(order.lines[0].state, LineState::Notified { ready_at, called_at });
}

#[test]
fn k4_to_k7_a_line_that_is_not_open_is_unknown() {
    let mut kitchen = Kitchen::open();
    let left_behind = kitchen.line_at(Cooking);
    kitchen.done(clean("801"));
    for line in [left_behind, nobodys_line()] {
        for command in [start(line), finish(line), call(line), pick_up(line)] {
            assert_eq!(kitchen.refused(command).code(), "unknown_line");
        }
    }
}

#[test]
fn k4_an_order_is_where_its_lines_are() {
    let mut kitchen = Kitchen::open();
    let lines = kitchen.order(&room("801"), &["shuijiao", "tang"]);
    let mut seen = vec![kitchen.board()];
    for line in &lines {
        for command in [start(*line), finish(*line), pick_up(*line)] {
            kitchen.done(command);
            seen.push(kitchen.board());
        }
    }
    let words: Vec<_> = seen.iter().map(|board| board[0].rsplit(' ').next().expect("a word")).collect();
    assert_eq!(words, ["waiting", "cooking", "cooking", "cooking", "cooking", "ready", "served"]);
}
