//! 换房, 并单: a guest goes to another room, or joins its guest, with everything ordered. Labels move; lines never
//! change and never double.

use std::collections::BTreeMap;

use shared::command::Command;
use shared::fact::Fact;
use shared::id::LineId;
use shared::order::{LineView, OrderView};

use crate::kitchen::{
    At, Kitchen, call_service, cancel, clean, finish, hold, join, move_to, pad, pick_up, placing, recall,
    remake, room, rush, start, void, wristband,
};

/// Every line of the shop, by its id, as it is.
fn lines(kitchen: &Kitchen) -> BTreeMap<LineId, LineView> {
    let orders = kitchen.shop.board(kitchen.clock).orders;
    let lines: Vec<_> = orders.into_iter().flat_map(|order| order.lines).collect();
    let count = lines.len();
    let lines: BTreeMap<_, _> = lines.into_iter().map(|line| (line.placed.line, line)).collect();
    assert_eq!(lines.len(), count, "no line is anywhere twice");
    lines
}

/// Asks for a move and holds that no line noticed.
fn moved(kitchen: &mut Kitchen, command: Command) -> Vec<Fact> {
    let before = lines(kitchen);
    let facts = kitchen.done(command);
    assert_eq!(lines(kitchen), before, "a move touches no line");
    facts
}

fn at(kitchen: &Kitchen, guest: &str) -> Vec<OrderView> {
    kitchen.shop.board_of_room(&guest.parse().expect("a room"), kitchen.clock).orders
}

#[test]
fn move_from_any_state_changes_the_label_and_nothing_else() {
    for state in At::ALL {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(state);
        let order = kitchen.order_id(&room("801"));
        let facts = moved(&mut kitchen, move_to(&room("801"), &room("805")));
        assert_eq!(facts, [Fact::GuestMoved { order, from: room("801"), to: room("805") }]);
        let shown = kitchen.order_with(line);
        assert_eq!((shown.order, shown.guest), (order, room("805")), "{state:?}");
        assert_eq!(shown.moves.iter().map(|moved| moved.from.clone()).collect::<Vec<_>>(), [room("801")]);
        assert!(at(&kitchen, "801").is_empty());
        assert_eq!(at(&kitchen, "805").len(), 1);
    }
}

/// The matrix: what moves is begun or not; where it goes the same dish is begun, is not, or is not there.
#[test]
fn move_and_join_whatever_is_begun_on_either_side() {
    for source in [At::Held, At::Waiting, At::Cooking, At::Ready, At::PickedUp, At::Voided] {
        for target in [None, Some(At::Waiting), Some(At::Cooking), Some(At::PickedUp)] {
            let mut kitchen = Kitchen::open();
            let dish = if target.is_some() { "shuijiao" } else { "tang" };
            let there = kitchen.order(&room("802"), &[dish])[0];
            kitchen.bring(there, target.unwrap_or(At::Waiting));
            let line = kitchen.line_at(source);
            assert_eq!(kitchen.refused(move_to(&room("801"), &room("802"))).code(), "room_taken");
            moved(&mut kitchen, join(&room("801"), &room("802")));
            let numbers: Vec<_> = at(&kitchen, "802").iter().map(|order| order.number.to_string()).collect();
            assert_eq!(numbers, ["#01", "#02"], "both keep their numbers");
            assert_eq!(kitchen.where_is(line), source);
            assert_eq!(kitchen.where_is(there), target.unwrap_or(At::Waiting));
        }
    }
}

#[test]
fn move_there_and_back() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Cooking);
    kitchen.order(&room("802"), &["tang"]);
    moved(&mut kitchen, move_to(&room("801"), &room("803")));
    moved(&mut kitchen, move_to(&room("803"), &room("801")));
    let shown = kitchen.order_with(line);
    assert_eq!((shown.guest, shown.moves.len()), (room("801"), 2));
    kitchen.order(&room("801"), &["cha"]);
    assert_eq!(kitchen.order_with(line).lines.len(), 2, "it is the same visit");
}

#[test]
fn move_whoever_joined_moves_on_with_the_whole_room() {
    let mut kitchen = Kitchen::open();
    for guest in ["801", "802", "803"] {
        kitchen.order(&room(guest), &["tang", "cha"]);
    }
    moved(&mut kitchen, join(&room("801"), &room("802")));
    moved(&mut kitchen, join(&room("802"), &room("803")));
    assert_eq!(at(&kitchen, "803").len(), 3);
    moved(&mut kitchen, move_to(&room("803"), &room("801")));
    assert_eq!((at(&kitchen, "801").len(), lines(&kitchen).len()), (3, 6));
    let added = kitchen.order(&room("801"), &["cha"])[0];
    let first = kitchen.order_with(added);
    assert_eq!(first.number.to_string(), "#03", "additions go to who was at the table first");
    kitchen.done(clean("801"));
    assert!(kitchen.board().is_empty(), "one cleaning closes all");
}

#[test]
fn move_what_is_added_after_a_join_goes_to_who_was_there_first() {
    let mut kitchen = Kitchen::open();
    let first = kitchen.order(&room("802"), &["tang"])[0];
    let joined = kitchen.order(&room("801"), &["tang"])[0];
    moved(&mut kitchen, join(&room("801"), &room("802")));
    kitchen.ask(&pad("802"), placing(&room("802"), &["cha"])).expect("the pad orders");
    assert_eq!([first, joined].map(|line| kitchen.order_with(line).lines.len()), [2, 1]);
    kitchen.order(&room("801"), &["cha"]);
    let numbers: Vec<_> = kitchen.board().iter().map(|order| order[11..18].to_owned()).collect();
    assert_eq!(numbers, ["#01 802", "#02 802", "#03 801"], "801 is free for the next guest");
}

#[test]
fn move_while_a_cook_taps_and_after() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    kitchen.done(start(line));
    moved(&mut kitchen, move_to(&room("801"), &room("802")));
    kitchen.done(finish(line));
    moved(&mut kitchen, move_to(&room("802"), &room("803")));
    kitchen.done(recall(line, shared::command::RecalledFrom::Ready));
    kitchen.done(finish(line));
    kitchen.done(pick_up(line));
    assert_eq!(kitchen.board(), ["2026-11-22 #01 803 served"]);
}

#[test]
fn move_every_command_finds_the_line_where_its_guest_is_now() {
    let commands: [fn(LineId) -> Command; 4] = [start, cancel, finish, void];
    for (command, state) in commands.into_iter().zip([At::Waiting, At::Waiting, At::Cooking, At::Cooking]) {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(state);
        moved(&mut kitchen, move_to(&room("801"), &wristband("17")));
        assert!(!kitchen.done(command(line)).is_empty());
    }
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Cooking);
    kitchen.done(remake(line));
    moved(&mut kitchen, move_to(&room("801"), &room("802")));
    let order = kitchen.order_id(&room("802"));
    kitchen.done(hold(order, &[]));
    assert_eq!(kitchen.shown(order), "1 remade, 1 held");
}

#[test]
fn move_the_pad_of_the_new_room_may_and_that_of_the_old_may_not() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    let order = kitchen.order_id(&room("801"));
    moved(&mut kitchen, move_to(&room("801"), &room("802")));
    for command in [cancel(line), rush(order, &[])] {
        let old = kitchen.ask(&pad("801"), command.clone()).map_err(|no| no.code());
        assert_eq!(old, Err("not_your_room"));
    }
    assert!(kitchen.ask(&pad("802"), rush(order, &[])).is_ok());
}

#[test]
fn k11_two_who_move_the_same_guest_both_succeed() {
    let mut kitchen = Kitchen::open();
    kitchen.line_at(At::Cooking);
    let order = kitchen.order_id(&room("801"));
    for command in [move_to, join] {
        moved(&mut kitchen, move_to(&room("801"), &room("802")));
        let slower = kitchen.request(&crate::kitchen::cashier(), command(&room("801"), &room("802")));
        let decision = kitchen.shop.decide(kitchen.clock, &slower).expect("it is so already");
        assert_eq!((decision.facts, decision.orders), (Vec::new(), vec![order]));
        moved(&mut kitchen, move_to(&room("802"), &room("801")));
    }
}

#[test]
fn move_from_where_nobody_is_is_refused_and_to_where_one_is_changes_nothing() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["tang"]);
    assert_eq!(kitchen.refused(move_to(&room("802"), &room("803"))).code(), "nobody_there");
    assert_eq!(kitchen.refused(move_to(&wristband("801"), &room("803"))).code(), "nobody_there");
    assert!(moved(&mut kitchen, move_to(&room("801"), &room("801"))).is_empty());
}

#[test]
fn move_who_calls_for_service_calls_from_the_new_room() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["tang"]);
    kitchen.order(&room("802"), &["tang"]);
    let who = |kitchen: &Kitchen| -> Vec<String> {
        kitchen.shop.calls().iter().map(|call| call.guest.to_string()).collect()
    };
    kitchen.done(call_service(&room("801")));
    moved(&mut kitchen, move_to(&room("801"), &room("803")));
    assert_eq!(who(&kitchen), ["803"]);
    kitchen.done(call_service(&room("802")));
    moved(&mut kitchen, join(&room("803"), &room("802")));
    assert_eq!(who(&kitchen), ["802"], "two who sit together call once");
}
