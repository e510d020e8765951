//! 撤回: one step back, within half an hour, by whoever saw the line where it still is.

use shared::command::RecalledFrom;
use shared::fact::Fact;
use shared::order::LineState;

use crate::kitchen::At::{Cooking, Notified, PickedUp, Ready, Waiting};
use crate::kitchen::{
    At, Kitchen, call, cancel, clean, finish, moment, nobodys_line, pick_up, placing_with_phone, recall,
    room, some, start,
};

const FROM: [(At, RecalledFrom); 4] = [
    (Cooking, RecalledFrom::Cooking),
    (Ready, RecalledFrom::Ready),
    (Notified, RecalledFrom::Notified),
    (PickedUp, RecalledFrom::PickedUp),
];

#[test]
fn recall_takes_one_step_back_from_where_the_line_was_seen() {
    for at in At::ALL {
        for (seen, from) in FROM {
            let mut kitchen = Kitchen::open();
            let line = kitchen.line_at(at);
            let answer = kitchen.ask(&crate::kitchen::cashier(), recall(line, from)).map_err(|no| no.code());
            let back = match at {
                Cooking => Waiting,
                Ready => Cooking,
                Notified | PickedUp => Ready,
                other => other,
            };
            let expected = if at == seen { Ok(1) } else { Err("moved_on") };
            assert_eq!(answer.map(|facts| facts.len()), expected, "{at:?} seen {from:?}");
            assert_eq!(kitchen.where_is(line), if at == seen { back } else { at });
        }
    }
}

#[test]
fn recall_goes_all_the_way_back_and_the_clock_runs_on() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Waiting);
    for (minute, step) in [(1, start(line)), (5, finish(line)), (6, call(line)), (8, pick_up(line))] {
        kitchen.at(&format!("2026-11-22T19:0{minute}:00+08:00")).done(step);
    }
    let mut went = Vec::new();
    for (_, from) in FROM.into_iter().rev() {
        kitchen.done(recall(line, from));
        went.push(kitchen.line(line).state);
    }
    let at = |minute: u8| moment(&format!("2026-11-22T19:0{minute}:00+08:00"));
    let states = [
        LineState::Notified { ready_at: at(5), called_at: at(6) },
        LineState::Ready { ready_at: at(5) },
        LineState::Cooking { started_at: at(1) },
        LineState::Waiting,
    ];
    assert_eq!(went, states);
    let shown = kitchen.line(line);
    assert_eq!((shown.due_from, shown.last.at), (at(0), at(8)), "timed from the order, recalled just now");
}

#[test]
fn recall_is_too_late_after_half_an_hour_of_each_step_itself() {
    for (seconds, expected) in [(1800, Ok(1)), (1801, Err("too_late")), (-7200, Ok(1))] {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(Cooking);
        let cashier = crate::kitchen::cashier();
        let answer = kitchen.after_s(seconds).ask(&cashier, recall(line, RecalledFrom::Cooking));
        assert_eq!(answer.map(|facts| facts.len()).map_err(|no| no.code()), expected, "{seconds}");
    }
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Cooking);
    kitchen.after_s(3600).done(finish(line));
    kitchen.done(recall(line, RecalledFrom::Ready));
    let older = kitchen.refused(recall(line, RecalledFrom::Cooking));
    assert_eq!(older.code(), "too_late", "a recall makes no older step new");
}

#[test]
fn k11_of_two_who_recall_the_same_step_one_has_it() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Ready);
    kitchen.done(recall(line, RecalledFrom::Ready));
    assert_eq!(kitchen.refused(recall(line, RecalledFrom::Ready)).code(), "moved_on");
    assert_eq!(kitchen.where_is(line), Cooking);
}

#[test]
fn recall_after_a_split_is_of_the_part_alone() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(start(line));
    let part = crate::kitchen::lines_of(&kitchen.done(some(2, finish(line))))[0];
    assert_eq!(kitchen.shown(order), "1 cooking, 2 ready");
    kitchen.done(recall(part, RecalledFrom::Ready));
    assert_eq!(kitchen.shown(order), "1 cooking, 2 cooking");
    kitchen.done(recall(part, RecalledFrom::Cooking));
    assert_eq!(kitchen.shown(order), "1 cooking, 2 waiting", "the part has the past of the whole");
    kitchen.done(cancel(part));
    assert_eq!(kitchen.shown(order), "1 cooking, 2 cancelled");
}

#[test]
fn k6_a_call_taken_back_and_made_again_sends_no_second_sms() {
    let mut kitchen = Kitchen::open();
    let placed = kitchen.done(placing_with_phone(&room("801"), &["shuijiao"]));
    let line = crate::kitchen::lines_of(&placed)[0];
    kitchen.bring(line, Notified);
    kitchen.done(recall(line, RecalledFrom::Notified));
    let facts = kitchen.done(call(line));
    assert!(matches!(facts.as_slice(), [Fact::PickupCalled { .. }]), "{facts:?}");
}

#[test]
fn recall_of_nobodys_line_or_of_a_guest_who_left_is_unknown() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Cooking);
    kitchen.done(clean("801"));
    for line in [line, nobodys_line()] {
        assert_eq!(kitchen.refused(recall(line, RecalledFrom::Cooking)).code(), "unknown_line");
    }
}
