//! K8: only what has not been started can be cancelled; a whole order, or nothing of it.

use shared::command::Command;
use shared::fact::Fact;
use shared::order::CancelReason;

use crate::kitchen::At::{Cancelled, Cooking, Held, Notified, PickedUp, Ready, Remade, Voided, Waiting};
use crate::kitchen::Says::{Fine, Goes, No};
use crate::kitchen::{At, Kitchen, cancel, clean, holds, nobodys_line, nobodys_order, room};

fn cancel_order_of_801(kitchen: &Kitchen) -> Command {
    Command::CancelOrder { order: kitchen.order_id(&room("801")) }
}

#[test]
fn k8_only_what_has_not_been_started_can_be_cancelled() {
    let cancel_line = [
        (Held, Goes(Cancelled)),
        (Waiting, Goes(Cancelled)),
        (Cooking, No("already_started")),
        (Ready, No("already_started")),
        (Notified, No("already_started")),
        (PickedUp, No("already_started")),
        (Cancelled, Fine),
        (Voided, Fine),
        (Remade, Fine),
    ];
    holds(&cancel_line, |line, _| cancel(line));
}

#[test]
fn k8_a_refusal_names_the_line_that_started() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Cooking);
    assert_eq!(kitchen.refused(cancel(line)).about(), [line.to_string()]);
}

#[test]
fn k8_a_whole_order_that_waits_is_cancelled_and_the_guest_may_order_more() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["shuijiao", "tang"]);
    let facts = kitchen.done(cancel_order_of_801(&kitchen));
    let asked = |fact: &Fact| matches!(fact, Fact::LineCancelled { reason: CancelReason::Asked, .. });
    assert!(facts.len() == 2 && facts.iter().all(asked), "{facts:?}");
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 cancelled"]);
    kitchen.order(&room("801"), &["cha"]);
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 waiting"]);
}

#[test]
fn k8_a_whole_order_with_started_lines_refuses_names_them_and_changes_nothing() {
    for started in [Cooking, Ready, Notified, PickedUp] {
        let mut kitchen = Kitchen::open();
        let lines = kitchen.order(&room("801"), &["shuijiao", "tang", "cha", "tang"]);
        kitchen.bring(lines[1], started);
        kitchen.bring(lines[2], Cancelled);
        kitchen.bring(lines[3], Cooking);
        let before = kitchen.order_of(&room("801"));
        let refusal = kitchen.refused(cancel_order_of_801(&kitchen));
        assert_eq!(refusal.code(), "already_started");
        assert_eq!(refusal.about(), [lines[1].to_string(), lines[3].to_string()]);
        assert_eq!(kitchen.order_of(&room("801")), before);
    }
}

#[test]
fn k8_cancelling_what_is_cancelled_changes_nothing() {
    let mut kitchen = Kitchen::open();
    kitchen.line_at(At::Cancelled);
    assert!(kitchen.done(cancel_order_of_801(&kitchen)).is_empty());
}

#[test]
fn k8_what_is_not_open_cannot_be_cancelled() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Waiting);
    let of_the_guest_before = cancel_order_of_801(&kitchen);
    kitchen.done(clean("801"));
    assert_eq!(kitchen.refused(of_the_guest_before).code(), "unknown_order");
    assert_eq!(kitchen.refused(Command::CancelOrder { order: nobodys_order() }).code(), "unknown_order");
    assert_eq!(kitchen.refused(cancel(line)).code(), "unknown_line");
    assert_eq!(kitchen.refused(cancel(nobodys_line())).code(), "unknown_line");
}
