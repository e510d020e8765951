//! K1: one guest's successive orders are one order; what comes later is an addition (加菜) under its number.

use shared::fact::Fact;

use crate::kitchen::{At, Kitchen, cancel, clean, one, pad, placing, room, wishing, wristband};

#[test]
fn k1_what_a_guest_orders_later_is_an_addition_under_the_same_number() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["shuijiao"]);
    let facts = kitchen.done(placing(&room("801"), &["tang", "cha"]));
    assert!(matches!(facts.as_slice(), [Fact::LinesAdded { round: 1, .. }]), "{facts:?}");
    kitchen.order(&room("801"), &["cha"]);
    let order = kitchen.order_of(&room("801")).expect("an open order");
    assert_eq!(order.lines.iter().map(|line| line.round).collect::<Vec<_>>(), [0, 1, 1, 2]);
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 waiting"]);
}

#[test]
fn k1_an_addition_joins_the_order_however_far_its_dishes_are() {
    for at in At::ALL {
        let mut kitchen = Kitchen::open();
        kitchen.line_at(at);
        let before = kitchen.order_of(&room("801")).expect("an open order").lines.len();
        kitchen.order(&room("801"), &["tang"]);
        let order = kitchen.order_of(&room("801")).expect("an open order");
        assert_eq!((order.lines.len(), kitchen.board().len()), (before + 1, 1), "{at:?}");
    }
}

#[test]
fn k1_a_cancelled_addition_keeps_its_round() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["shuijiao"]);
    let added = kitchen.order(&room("801"), &["tang"])[0];
    kitchen.done(cancel(added));
    let facts = kitchen.done(placing(&room("801"), &["cha"]));
    assert!(matches!(facts.as_slice(), [Fact::LinesAdded { round: 2, .. }]), "{facts:?}");
}

#[test]
fn k1_the_pad_and_the_cashier_order_into_the_same_order() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["shuijiao"]);
    kitchen.ask(&pad("801"), placing(&room("801"), &["tang"])).expect("the pad orders");
    let order = kitchen.order_of(&room("801")).expect("an open order");
    assert_eq!((order.lines.len(), order.placed_by.as_str()), (2, "cashier_1"));
}

#[test]
fn k1_a_room_and_a_wristband_of_the_same_number_are_two_guests() {
    let mut kitchen = Kitchen::open();
    for guest in [room("17"), wristband("17"), wristband("18")] {
        kitchen.order(&guest, &["tang"]);
    }
    let board =
        ["2026-11-22 #01 17 waiting", "2026-11-22 #02 手牌17 waiting", "2026-11-22 #03 手牌18 waiting"];
    assert_eq!(kitchen.board(), board);
}

#[test]
fn k1_the_same_dish_twice_is_two_lines_that_go_their_own_ways() {
    let mut kitchen = Kitchen::open();
    let lines = kitchen.order(&room("801"), &["tang", "tang"]);
    kitchen.bring(lines[1], At::Cooking);
    assert_eq!([lines[0], lines[1]].map(|line| kitchen.where_is(line)), [At::Waiting, At::Cooking]);
}

#[test]
fn k1_no_two_requests_ever_name_a_line_alike() {
    let mut kitchen = Kitchen::open();
    let mut lines = Vec::new();
    for guest in ["801", "802", "801", "803"] {
        lines.extend(kitchen.order(&room(guest), &["tang", "cha"]));
        kitchen.done(clean("803"));
    }
    let placed = lines.len();
    lines.sort();
    lines.dedup();
    assert_eq!((lines.len(), placed), (8, 8));
}

#[test]
fn k1_a_line_keeps_the_name_and_the_price_of_its_moment() {
    let mut kitchen = Kitchen::open();
    let mut wish = one("shuijiao");
    wish.quantity = shared::quantity::Quantity::new(2).expect("in range");
    kitchen.done(wishing(&room("801"), vec![wish]));
    let line = kitchen.order_of(&room("801")).expect("an open order").lines.remove(0).placed;
    assert_eq!((line.name.zh.as_str(), line.price_fen.0, line.quantity.get()), ("水饺", 1800, 2));
    assert_eq!((line.allergens[0].zh.as_str(), line.target_s), ("麸质", 600));
}
