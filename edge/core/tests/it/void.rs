//! 退菜: what was begun is taken back by a manager's word, and the kitchen has to see it.

use edge_core::authority::Approval;
use shared::fact::Fact;
use shared::order::{LineState, Notice};

use crate::kitchen::At::{Cancelled, Cooking, Held, Notified, PickedUp, Ready, Remade, Voided, Waiting};
use crate::kitchen::Says::{Fine, Goes, No};
use crate::kitchen::{
    Kitchen, acknowledge, because, finish, holds, limit, manager, nobodys_line, pick_up, recall, remake,
    room, some, start, void,
};

#[test]
fn void_takes_back_what_was_begun_and_nothing_else() {
    let void_line = [
        (Held, No("cancel_instead")),
        (Waiting, No("cancel_instead")),
        (Cooking, Goes(Voided)),
        (Ready, Goes(Voided)),
        (Notified, Goes(Voided)),
        (PickedUp, Goes(Voided)),
        (Cancelled, No("line_cancelled")),
        (Voided, Fine),
        (Remade, No("line_voided")),
    ];
    holds(&void_line, |line, _| void(line));
}

#[test]
fn void_needs_a_managers_pin_and_keeps_whose_it_was() {
    for (approval, code) in
        [(Approval::Nobody, "wrong_pin"), (Approval::WrongPin, "wrong_pin"), (Approval::Locked, "pin_locked")]
    {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(Cooking);
        kitchen.approval = approval;
        assert_eq!(kitchen.refused(void(line)).code(), code);
        assert_eq!(kitchen.where_is(line), Cooking);
    }
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Cooking);
    kitchen.done(because("  太咸 ", void(line)));
    let voided =
        LineState::Voided {
            voided_at: kitchen.clock.at, reason: "太咸".to_owned(), approved_by: manager()
        };
    assert_eq!(kitchen.line(line).state, voided);
}

#[test]
fn void_and_remake_say_why_in_1_to_50_characters() {
    for command in [void, remake] {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(Cooking);
        for reason in ["", "  ", &"咸".repeat(51)] {
            assert_eq!(kitchen.refused(because(reason, command(line))).code(), "bad_reason");
        }
        kitchen.done(because(&"咸".repeat(50), command(line)));
    }
}

#[test]
fn void_never_vanishes_silently() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Cooking);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(void(line));
    assert_eq!(kitchen.line(line).unseen, [Notice::Voided]);
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 cancelled"]);
    assert_eq!(kitchen.done(acknowledge(order, &[])), [Fact::NoticesSeen { order, lines: vec![line] }]);
    assert!(kitchen.line(line).unseen.is_empty());
}

#[test]
fn void_of_some_portions_leaves_the_rest_as_it_is() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(start(line));
    kitchen.done(some(1, void(line)));
    assert_eq!(kitchen.shown(order), "2 cooking, 1 voided");
    assert!(kitchen.line(line).unseen.is_empty(), "the rest goes on");
    assert_eq!(kitchen.refused(some(3, void(line))).code(), "too_many_portions");
}

#[test]
fn void_ends_a_line_for_good() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Voided);
    for (command, code) in [
        (start(line), "line_voided"),
        (finish(line), "line_voided"),
        (pick_up(line), "line_voided"),
        (remake(line), "line_voided"),
        (recall(line, shared::command::RecalledFrom::Cooking), "moved_on"),
        (void(nobodys_line()), "unknown_line"),
    ] {
        assert_eq!(kitchen.refused(command).code(), code);
    }
}

#[test]
fn void_gives_nothing_back_to_the_stock() {
    let mut kitchen = Kitchen::open();
    kitchen.done(limit("shuijiao", 5));
    let line = kitchen.line_at(Cooking);
    kitchen.done(void(line));
    assert_eq!(kitchen.shop.menu_view().limited[0].left, 4, "it was used up");
}
