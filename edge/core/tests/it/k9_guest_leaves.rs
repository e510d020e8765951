//! K9: the guest has left. The order is completed, what was never started is cancelled, and the room or the
//! wristband is free. What is still being made must not go on unseen.

use shared::fact::Fact;
use shared::id::{LineId, OrderId};
use shared::order::{CancelReason, CompletionReason, Notice};

use crate::kitchen::{
    At, Kitchen, acknowledge, call_service, clean, hand_back, join, limit, pad, room, start, void, wristband,
};

fn cancelled_lines(facts: &[Fact]) -> Vec<LineId> {
    let cancelled = |fact: &Fact| {
        if let Fact::LineCancelled { line, reason: CancelReason::GuestLeft, .. } = fact {
            Some(*line)
        } else {
            None
        }
    };
    facts.iter().filter_map(cancelled).collect()
}

#[test]
fn k9_what_was_never_started_is_cancelled_and_the_rest_is_left_as_it_is() {
    for at in At::ALL {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(at);
        let order = kitchen.order_id(&room("801"));
        let facts = kitchen.done(clean("801"));
        let is_ahead = [At::Held, At::Waiting].contains(&at);
        assert_eq!(cancelled_lines(&facts).contains(&line), is_ahead, "a line that is {at:?}");
        let completed = Fact::OrderCompleted { order, reason: CompletionReason::RoomCleaned };
        assert_eq!(facts.last(), Some(&completed), "a line that is {at:?}");
        let end = if is_ahead { At::Cancelled } else { at };
        let words = kitchen.shown(order);
        assert!(words.starts_with(&format!("1 {}", end.word())), "{at:?}: {words}");
        assert_eq!(kitchen.order_of(&room("801")), None, "the room is free");
    }
}

#[test]
fn k9_what_is_made_or_being_made_stays_on_the_board_until_the_kitchen_has_seen_it() {
    for (at, unseen) in [
        (At::Held, None),
        (At::Waiting, None),
        (At::Cooking, Some(Notice::LeftBehind)),
        (At::Ready, Some(Notice::LeftBehind)),
        (At::Notified, Some(Notice::LeftBehind)),
        (At::PickedUp, None),
        (At::Cancelled, None),
        (At::Voided, Some(Notice::Voided)),
    ] {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(at);
        let order = kitchen.order_id(&room("801"));
        kitchen.done(clean("801"));
        let shown = kitchen.board();
        match unseen {
            None => assert!(shown.is_empty(), "{at:?} leaves the kitchen"),
            Some(notice) => {
                assert_eq!(shown, ["2026-11-22 #01 801 completed"], "{at:?}");
                assert_eq!(kitchen.line(line).unseen, [notice]);
                kitchen.done(acknowledge(order, &[]));
                assert!(kitchen.board().is_empty(), "{at:?} was seen");
            }
        }
    }
}

#[test]
fn k9_an_order_whose_notices_are_unseen_is_nobodys_any_more() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Cooking);
    kitchen.done(clean("801"));
    for command in [start(line), void(line)] {
        assert_eq!(kitchen.refused(command).code(), "unknown_line");
    }
    let seen = kitchen.shop.board_of_room(&"801".parse().expect("a room"), kitchen.clock);
    assert!(seen.orders.is_empty(), "the guest after sees nothing of the guest before");
    kitchen.order(&room("801"), &["tang"]);
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 completed", "2026-11-22 #02 801 waiting"]);
}

#[test]
fn k9_whoever_asked_still_sees_how_the_order_ended_until_it_is_swept() {
    let mut kitchen = Kitchen::open();
    kitchen.line_at(At::Waiting);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(clean("801"));
    assert!(kitchen.shop.order(order).is_some(), "the answer to the cleaning shows it");
    kitchen.shop.sweep();
    assert_eq!(kitchen.shop.order(order), None);
    assert!(!format!("{:?}", kitchen.shop).contains(&order.to_string()), "nothing of it is left over");
}

#[test]
fn k9_the_next_order_of_that_room_is_a_new_one_with_a_new_number() {
    let mut kitchen = Kitchen::open();
    kitchen.line_at(At::PickedUp);
    kitchen.done(clean("801"));
    kitchen.order(&room("801"), &["tang"]);
    assert_eq!(kitchen.board(), ["2026-11-22 #02 801 waiting"]);
}

#[test]
fn k9_a_wristband_that_was_handed_back_is_free_too() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&wristband("17"), &["tang"]);
    let facts = kitchen.done(hand_back("17"));
    let handed_back = CompletionReason::WristbandReturned;
    assert!(facts.iter().any(|f| matches!(f, Fact::OrderCompleted { reason, .. } if *reason == handed_back)));
    kitchen.order(&wristband("17"), &["cha"]);
    assert_eq!(kitchen.board(), ["2026-11-22 #02 手牌17 waiting"]);
}

#[test]
fn k9_cleaning_touches_no_other_guest_and_an_empty_room_is_fine() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["tang"]);
    kitchen.order(&wristband("802"), &["tang"]);
    assert!(kitchen.done(clean("802")).is_empty(), "the wristband 802 is not the room 802");
    assert_eq!(kitchen.board().len(), 2);
    kitchen.done(clean("801"));
    assert!(kitchen.done(clean("801")).is_empty(), "cleaned twice");
}

#[test]
fn k9_a_room_with_two_guests_joined_is_cleaned_of_both_and_the_stock_is_counted_once() {
    let mut kitchen = Kitchen::open();
    kitchen.done(limit("tang", 9));
    kitchen.order(&room("801"), &["tang", "tang"]);
    kitchen.order(&room("802"), &["tang"]);
    kitchen.done(join(&room("801"), &room("802")));
    let facts = kitchen.done(clean("802"));
    let completed = |fact: &&Fact| matches!(fact, Fact::OrderCompleted { .. });
    assert_eq!((cancelled_lines(&facts).len(), facts.iter().filter(completed).count()), (3, 2));
    assert!(kitchen.board().is_empty());
    assert_eq!(kitchen.shop.menu_view().limited[0].left, 9, "all three portions are back");
}

#[test]
fn k9_nobody_calls_for_service_from_a_room_that_was_cleaned() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["tang"]);
    kitchen.ask(&pad("801"), call_service(&room("801"))).expect("a guest may call");
    let facts = kitchen.done(clean("801"));
    assert_eq!(facts.last(), Some(&Fact::ServiceAnswered { guest: room("801") }));
    assert!(kitchen.shop.calls().is_empty());
}

#[test]
fn k9_an_order_that_ended_and_one_that_never_was_have_nothing_to_acknowledge() {
    let mut kitchen = Kitchen::open();
    kitchen.line_at(At::PickedUp);
    let ended = kitchen.order_id(&room("801"));
    kitchen.done(clean("801"));
    let never: OrderId = crate::kitchen::nobodys_order();
    assert!(kitchen.done(acknowledge(ended, &[])).is_empty());
    kitchen.shop.sweep();
    assert!(kitchen.done(acknowledge(ended, &[])).is_empty(), "swept or not");
    assert!(kitchen.done(acknowledge(never, &[])).is_empty());
}
