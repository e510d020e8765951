//! 重做: the same dish once more, at no price; the spoilt one is dropped unless the guest has it.

use shared::fact::Fact;

use crate::kitchen::At::{Cancelled, Cooking, Held, Notified, PickedUp, Ready, Remade, Voided, Waiting};
use crate::kitchen::Says::{Again, Fine, Goes, No};
use crate::kitchen::{At, Kitchen, cancel, finish, holds, limit, lines_of, remake, room, some, start};

#[test]
fn remake_what_was_begun() {
    let remake_line = [
        (Held, No("not_started")),
        (Waiting, No("not_started")),
        (Cooking, Goes(Remade)),
        (Ready, Goes(Remade)),
        (Notified, Goes(Remade)),
        (PickedUp, Again),
        (Cancelled, No("line_cancelled")),
        (Voided, No("line_voided")),
        (Remade, Fine),
    ];
    holds(&remake_line, |line, _| remake(line));
}

#[test]
fn remake_is_the_same_dish_at_no_price_in_the_same_round() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Ready);
    let spoilt = kitchen.line(line);
    let again = lines_of(&kitchen.after_s(300).done(remake(line)))[0];
    let made_again = kitchen.line(again);
    let placed = &made_again.placed;
    assert_eq!((placed.remake_of, placed.price_fen.0, placed.held), (Some(line), 0, false));
    assert_eq!((&placed.dish, placed.quantity), (&spoilt.placed.dish, spoilt.placed.quantity));
    assert_eq!((&placed.options, &placed.stations), (&spoilt.placed.options, &spoilt.placed.stations));
    assert_eq!((made_again.round, made_again.due_from), (spoilt.round, kitchen.clock.at));
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 waiting"]);
}

#[test]
fn remake_of_some_portions() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    let order = kitchen.order_id(&room("801"));
    kitchen.bring(line, Ready);
    kitchen.done(some(1, remake(line)));
    assert_eq!(kitchen.shown(order), "2 ready, 1 remade, 1 waiting");
}

#[test]
fn k11_two_who_ask_for_a_remake_get_one() {
    for at in [Cooking, Ready, Notified, PickedUp] {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(at);
        let again = lines_of(&kitchen.done(remake(line)));
        assert!(kitchen.done(remake(line)).is_empty(), "{at:?}: it is being made again already");
        assert_eq!(again.len(), 1);
    }
}

#[test]
fn remake_of_what_the_guest_has_may_be_asked_for_again_when_it_was_dropped() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(PickedUp);
    let again = lines_of(&kitchen.done(remake(line)))[0];
    kitchen.done(cancel(again));
    assert_eq!(kitchen.done(remake(line)).len(), 1);

    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(Ready);
    let again = lines_of(&kitchen.done(remake(line)))[0];
    kitchen.done(cancel(again));
    assert_eq!(kitchen.refused(remake(line)).code(), "line_voided", "that plate is gone");
}

#[test]
fn remake_of_a_remake() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(PickedUp);
    let again = lines_of(&kitchen.done(remake(line)))[0];
    kitchen.done(start(again));
    kitchen.done(finish(again));
    let once_more = lines_of(&kitchen.done(remake(again)))[0];
    assert_eq!(kitchen.line(once_more).placed.remake_of, Some(again));
    assert_eq!([line, again, once_more].map(|line| kitchen.where_is(line)), [At::PickedUp, Remade, Waiting]);
}

#[test]
fn remake_neither_takes_from_the_stock_nor_gives_back() {
    let mut kitchen = Kitchen::open();
    kitchen.done(limit("shuijiao", 5));
    let line = kitchen.line_at(Cooking);
    let facts = kitchen.done(remake(line));
    assert!(matches!(facts.as_slice(), [Fact::LineRemade { .. }]), "{facts:?}");
    let again = lines_of(&facts)[0];
    assert_eq!(kitchen.done(cancel(again)).len(), 1);
    assert_eq!(kitchen.shop.menu_view().limited[0].left, 4);
}
