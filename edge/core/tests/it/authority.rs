//! Who may ask for what, and that a pad keeps to its own room (M1, K10).

use edge_core::authority::{Device, may};
use shared::command::Command;
use shared::screen::Role;

use crate::kitchen::{
    At, Kitchen, back_on_sale, call, cancel, clean, device, finish, hand_back, nobodys_line, nobodys_order,
    one, pad, pick_up, placing, room, sold_out, start,
};

/// A pad's order names no guest: it is the room's.
fn placing_from_here() -> Command {
    Command::PlaceOrder { guest: None, lines: vec![one("tang")], phone: None }
}

fn asked(by: &Device, kitchen: &mut Kitchen, command: Command) -> &'static str {
    match kitchen.ask(by, command) {
        Ok(_) => "granted",
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn k10_each_role_may_ask_for_its_own_things() {
    const ROLES: [Role; 4] = [Role::Pad, Role::Kitchen, Role::CallScreen, Role::Cashier];
    let line = nobodys_line();
    #[rustfmt::skip]
    let table = [
        //                                                    pad    kitchen call   cashier
        (placing(&room("801"), &["tang"]),                   [true,  false, false, true]),
        (start(line),                                        [false, true,  false, true]),
        (finish(line),                                       [false, true,  false, true]),
        (call(line),                                         [false, true,  false, true]),
        (pick_up(line),                                      [false, true,  false, true]),
        (cancel(line),                                       [true,  false, false, true]),
        (Command::CancelOrder { order: nobodys_order() },    [true,  false, false, true]),
        (clean("801"),                                       [false, false, false, true]),
        (hand_back("17"),                                    [false, false, false, true]),
        (sold_out("tang"),                                   [false, true,  false, true]),
        (back_on_sale("tang"),                               [false, true,  false, true]),
    ];
    for (command, allowed) in table {
        for (role, allowed) in ROLES.into_iter().zip(allowed) {
            assert_eq!(may(role, &command), allowed, "{role:?} {command:?}");
            let by = device("somebody", role, Some("801"));
            let answer = asked(&by, &mut Kitchen::open(), command.clone());
            assert_eq!(answer != "not_allowed", allowed, "{role:?} {command:?}");
        }
    }
}

#[test]
fn k10_a_pad_orders_for_the_room_it_stands_in_and_for_nobody_else() {
    let mut kitchen = Kitchen::open();
    assert_eq!(asked(&pad("801"), &mut kitchen, placing_from_here()), "granted");
    assert_eq!(asked(&pad("801"), &mut kitchen, placing(&room("801"), &["cha"])), "granted");
    assert_eq!(asked(&pad("801"), &mut kitchen, placing(&room("802"), &["cha"])), "not_your_room");
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 waiting"]);
}

#[test]
fn k10_a_pad_without_a_room_and_a_cashier_without_a_guest_cannot_order() {
    let homeless = device("pad_new", Role::Pad, None);
    let cashier = device("cashier_1", Role::Cashier, Some("801"));
    assert_eq!(asked(&homeless, &mut Kitchen::open(), placing_from_here()), "pad_without_room");
    assert_eq!(asked(&cashier, &mut Kitchen::open(), placing_from_here()), "guest_missing");
}

#[test]
fn k10_a_pad_cancels_only_what_its_own_room_ordered() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    let order = kitchen.order_of(&room("801")).expect("an open order").order;
    for stranger in [pad("802"), device("pad_new", Role::Pad, None)] {
        assert_eq!(asked(&stranger, &mut kitchen, cancel(line)), "not_your_room");
        assert_eq!(asked(&stranger, &mut kitchen, Command::CancelOrder { order }), "not_your_room");
    }
    assert_eq!(kitchen.where_is(line), At::Waiting);
    assert_eq!(asked(&pad("801"), &mut kitchen, cancel(line)), "granted");
    assert_eq!(asked(&pad("801"), &mut kitchen, Command::CancelOrder { order }), "granted");
}

#[test]
fn k10_a_pad_sees_its_rooms_open_order_alone() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["tang"]);
    kitchen.order(&room("802"), &["cha"]);
    let seen = |kitchen: &Kitchen, room: &str| -> Vec<String> {
        let board = kitchen.shop.board_of_room(&room.parse().expect("a room"), kitchen.clock);
        assert_eq!(board.revision, kitchen.shop.revision());
        board.orders.iter().map(|order| order.number.to_string()).collect()
    };
    assert_eq!(seen(&kitchen, "802"), ["#02"]);
    assert!(seen(&kitchen, "803").is_empty());
    kitchen.done(clean("802"));
    assert!(seen(&kitchen, "802").is_empty(), "the guest after sees nothing of the guest before");
}
