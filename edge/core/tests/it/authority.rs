//! Who may ask for what, and that a pad keeps to its own room (M1, K10).

use edge_core::authority::{Device, may};
use shared::command::{Command, RecalledFrom};
use shared::screen::Role;

use crate::kitchen::{
    At, Kitchen, acknowledge, answer_service, back_on_sale, call, call_service, cancel, cancel_order, clean,
    device, end_duty, finish, fire, hand_back, hold, limit, menu, move_to, nobodys_line, nobodys_order,
    notice, one, pad, pick_up, placing, plan, recall, remake, room, rush, save_announcements, save_menu,
    save_plan, sold_out, start, start_duty, void,
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

/// Pad, kitchen, pass, call screen, speaker, waiter, cashier. A new command does not compile until it stands here.
#[rustfmt::skip]
fn row(command: &Command) -> [bool; 7] {
    const GUESTS: [bool; 7] = [true, false, false, false, false, false, true];
    const COOKS: [bool; 7] = [false, true, false, false, false, false, true];
    const STAFF: [bool; 7] = [false, true, true, false, false, false, true];
    const WAITERS: [bool; 7] = [false, true, true, false, false, true, true];
    const CASHIER: [bool; 7] = [false, false, false, false, false, false, true];
    match command {
        Command::PlaceOrder { .. } => GUESTS,
        Command::CancelLine { .. } => GUESTS,
        Command::CancelOrder { .. } => GUESTS,
        Command::CallService { .. } => GUESTS,
        Command::RushLines { .. } => [true, false, true, false, false, false, true],
        Command::FireLines { .. } => [true, true, true, false, false, false, true],
        Command::StartCooking { .. } => COOKS,
        Command::FinishCooking { .. } => COOKS,
        Command::CallForPickup { .. } => WAITERS,
        Command::PickUp { .. } => WAITERS,
        Command::HoldLines { .. } => STAFF,
        Command::AcknowledgeNotices { .. } => STAFF,
        Command::VoidLine { .. } => STAFF,
        Command::RemakeLine { .. } => STAFF,
        Command::RecallLine { .. } => WAITERS,
        Command::AnswerService { .. } => WAITERS,
        Command::MarkSoldOut { .. } => STAFF,
        Command::LimitDish { .. } => STAFF,
        Command::MarkBackOnSale { .. } => STAFF,
        Command::CleanRoom { .. } => CASHIER,
        Command::ReturnWristband { .. } => CASHIER,
        Command::MoveGuest { .. } => CASHIER,
        Command::SaveMenu { .. } => CASHIER,
        Command::SaveKitchenPlan { .. } => CASHIER,
        Command::SaveAnnouncements { .. } => CASHIER,
        Command::SendCall { .. } => WAITERS,
        Command::StartDuty { .. } => [false, false, false, false, false, true, true],
        Command::EndDuty { .. } => [false, false, false, false, false, true, true],
    }
}

fn every_command() -> Vec<Command> {
    let (line, order, guest) = (nobodys_line(), nobodys_order(), room("801"));
    vec![
        placing(&guest, &["tang"]),
        start(line),
        finish(line),
        call(line),
        pick_up(line),
        cancel(line),
        cancel_order(order),
        hold(order, &[]),
        fire(order, &[]),
        rush(order, &[]),
        acknowledge(order, &[]),
        void(line),
        remake(line),
        recall(line, RecalledFrom::Ready),
        move_to(&guest, &room("802")),
        call_service(&guest),
        answer_service(&guest),
        clean("801"),
        hand_back("17"),
        sold_out("tang"),
        limit("tang", 3),
        back_on_sale("tang"),
        save_menu(0, menu()),
        save_plan(0, plan()),
        save_announcements(0, edge_core::messages::defaults()),
        notice("开会"),
        start_duty("18"),
        end_duty("18"),
    ]
}

#[test]
fn k10_each_role_may_ask_for_its_own_things() {
    const ROLES: [Role; 7] =
        [Role::Pad, Role::Kitchen, Role::Expo, Role::CallScreen, Role::Speaker, Role::Staff, Role::Cashier];
    for command in every_command() {
        for (role, allowed) in ROLES.into_iter().zip(row(&command)) {
            assert_eq!(may(role, &command), allowed, "{role:?} {command:?}");
            let by = device("somebody", role, Some("801"));
            let answer = asked(&by, &mut Kitchen::open(), command.clone());
            assert_eq!(answer != "not_allowed", allowed, "{role:?} {command:?}");
        }
    }
    let kinds: std::collections::HashSet<_> = every_command().iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), every_command().len());
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
    let order = kitchen.order_id(&room("801"));
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
