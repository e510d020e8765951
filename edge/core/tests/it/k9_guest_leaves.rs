//! K9: the guest has left. The order is completed, what was never started is cancelled, and the room or the
//! wristband is free.

use shared::fact::Fact;
use shared::order::{CancelReason, CompletionReason};

use crate::kitchen::{At, Kitchen, clean, hand_back, room, wristband};

#[test]
fn k9_what_was_never_started_is_cancelled_and_the_rest_is_left_as_it_is() {
    for at in At::ALL {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(at);
        let order = kitchen.order_of(&room("801")).expect("an open order").order;
        let facts = kitchen.done(clean("801"));
        let completed = Fact::OrderCompleted { order, reason: CompletionReason::RoomCleaned };
        let cancelled = Fact::LineCancelled { order, line, reason: CancelReason::GuestLeft };
        let expected = if at == At::Waiting { vec![cancelled, completed] } else { vec![completed] };
        assert_eq!(facts, expected, "a line that is {at:?}");
        assert!(kitchen.board().is_empty(), "it leaves the kitchen");
    }
}

#[test]
fn k9_whoever_asked_still_sees_how_the_order_ended_until_it_is_swept() {
    let mut kitchen = Kitchen::open();
    kitchen.line_at(At::Waiting);
    let order = kitchen.order_of(&room("801")).expect("an open order").order;
    kitchen.done(clean("801"));
    assert!(kitchen.shop.order(order).is_some(), "the answer to the cleaning shows it");
    kitchen.shop.sweep();
    assert_eq!(kitchen.shop.order(order), None);
    assert!(!format!("{:?}", kitchen.shop).contains(&order.to_string()), "nothing of it is left over");
}

#[test]
fn k9_the_next_order_of_that_room_is_a_new_one_with_a_new_number() {
    let mut kitchen = Kitchen::open();
    kitchen.line_at(At::Cooking);
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
