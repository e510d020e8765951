//! 呼叫服务: a guest calls once until somebody comes.

use shared::command::Command;
use shared::fact::Fact;
use shared::guest::Guest;

use crate::kitchen::{Kitchen, answer_service, call_service, device, pad, room, wristband};

fn calling(kitchen: &Kitchen) -> Vec<Guest> {
    kitchen.shop.board(kitchen.clock).calls.into_iter().map(|call| call.guest).collect()
}

#[test]
fn service_is_called_from_the_room_of_the_pad_and_answered_by_whoever_goes() {
    let mut kitchen = Kitchen::open();
    let facts = kitchen.ask(&pad("801"), Command::CallService { guest: None, wish: None }).expect("granted");
    assert_eq!(facts, [Fact::ServiceCalled { guest: room("801"), wish: None }]);
    kitchen.done(call_service(&wristband("17")));
    assert_eq!(calling(&kitchen), [room("801"), wristband("17")], "the first first");
    let runner = device("expo_1", shared::screen::Role::Expo, None);
    kitchen.ask(&runner, answer_service(&room("801"))).expect("granted");
    assert_eq!(calling(&kitchen), [wristband("17")]);
}

#[test]
fn k11_service_called_or_answered_twice_is_called_and_answered_once() {
    let mut kitchen = Kitchen::open();
    kitchen.done(call_service(&room("801")));
    let since = kitchen.shop.calls()[0].called.clone();
    assert!(kitchen.after_s(60).done(call_service(&room("801"))).is_empty());
    assert_eq!(kitchen.shop.calls()[0].called, since, "they have waited since the first call");
    kitchen.done(answer_service(&room("801")));
    assert!(kitchen.done(answer_service(&room("801"))).is_empty());
}

#[test]
fn service_a_pad_calls_for_its_own_room_and_sees_its_own_call() {
    let mut kitchen = Kitchen::open();
    let other = kitchen.ask(&pad("801"), call_service(&room("802"))).map_err(|no| no.code());
    assert_eq!(other, Err("not_your_room"));
    kitchen.done(call_service(&room("802")));
    let seen = |room: &str| kitchen.shop.board_of_room(&room.parse().expect("a room"), kitchen.clock).calls;
    assert_eq!((seen("801").len(), seen("802").len()), (0, 1));
}
