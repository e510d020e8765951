//! After a restart the shop is what its kept facts add up to, no more and no less (K2, K9).

use std::collections::HashSet;

use edge_core::number::Numbering;
use edge_core::shop::{Resumed, Shop};
use shared::fact::{Fact, Recorded};
use shared::id::OrderId;

use crate::kitchen::{
    At, Kitchen, back_on_sale, call, clean, lines_of, menu_book, placing_with_phone, room, sold_out,
    three_to_three, wristband,
};

/// A shop that starts anew from what a store keeps: the last number, what is sold out, and the facts of the
/// orders that are still open.
pub(crate) fn restarted(journal: &[Recorded]) -> Shop {
    let mut kept = Resumed::default();
    let mut ended: HashSet<OrderId> = HashSet::new();
    for recorded in journal {
        kept.revision = recorded.seq;
        match &recorded.fact {
            Fact::OrderPlaced { day, number, .. } => kept.numbering = Numbering::after(Some((*day, *number))),
            Fact::OrderCompleted { order, .. } => assert!(ended.insert(*order), "an order ends once"),
            Fact::DishSoldOut { dish } => {
                assert!(kept.sold_out.insert(dish.clone()));
                kept.menu_revision = recorded.seq;
            }
            Fact::DishBackOnSale { dish } => {
                assert!(kept.sold_out.remove(dish));
                kept.menu_revision = recorded.seq;
            }
            Fact::LinesAdded { .. }
            | Fact::CookingStarted { .. }
            | Fact::CookingFinished { .. }
            | Fact::PickupCalled { .. }
            | Fact::LinePickedUp { .. }
            | Fact::LineCancelled { .. }
            | Fact::SmsRequested { .. } => {}
        }
    }
    let mut shop = Shop::resume(three_to_three(), menu_book(), kept);
    let is_open = |recorded: &&Recorded| recorded.fact.order().is_some_and(|order| !ended.contains(&order));
    shop.reopen(&journal.iter().filter(is_open).cloned().collect::<Vec<_>>());
    shop
}

/// An evening in which something of everything has happened.
fn evening() -> Kitchen {
    let mut kitchen = Kitchen::open();
    let line = lines_of(&kitchen.done(placing_with_phone(&room("801"), &["shuijiao", "tang"])))[0];
    kitchen.bring(line, At::Notified);
    kitchen.done(placing_with_phone(&room("801"), &["cha"]));
    kitchen.order(&wristband("17"), &["tang"]);
    kitchen.order(&room("802"), &["cha"]);
    kitchen.done(clean("802"));
    kitchen.done(sold_out("tang"));
    kitchen.done(sold_out("cha"));
    kitchen.done(back_on_sale("cha"));
    kitchen
}

#[test]
fn k2_a_restarted_shop_shows_the_same_board_and_menu() {
    let kitchen = evening();
    let again = restarted(&kitchen.journal);
    assert_eq!(again.board(kitchen.clock), kitchen.shop.board(kitchen.clock));
    assert_eq!(again.menu_view(), kitchen.shop.menu_view());
    assert_eq!((again.revision(), again.open_orders()), (kitchen.shop.revision(), 2));
}

#[test]
fn k2_a_restarted_shop_gives_the_next_number_and_knows_its_guests() {
    let mut kitchen = evening();
    kitchen.shop = restarted(&kitchen.journal);
    kitchen.order(&room("801"), &["cha"]);
    kitchen.order(&room("802"), &["cha"]);
    let board = ["2026-11-22 #01 801 cooking", "2026-11-22 #02 手牌17 waiting", "2026-11-22 #04 802 waiting"];
    assert_eq!(kitchen.board(), board);
}

#[test]
fn k6_a_restarted_shop_does_not_ask_for_the_same_sms_again() {
    let mut kitchen = evening();
    kitchen.shop = restarted(&kitchen.journal);
    let soup = kitchen.order_of(&room("801")).expect("an open order").lines[1].placed.line;
    kitchen.bring(soup, At::Ready);
    let facts = kitchen.done(call(soup));
    assert!(matches!(facts.as_slice(), [Fact::PickupCalled { .. }]), "{facts:?}");
}

#[test]
#[should_panic(expected = "fact 9 came after")]
fn a_fact_that_leaves_a_hole_stops_the_box() {
    let mut kitchen = Kitchen::open();
    kitchen.line_at(At::Waiting);
    let mut later = kitchen.journal[0].clone();
    later.seq = 9;
    kitchen.shop.apply(&later);
}
