//! After a restart the shop is what its kept facts add up to, no more and no less (K2, K9).

use std::collections::HashSet;

use edge_core::menu::{MenuBook, Stock};
use edge_core::number::Numbering;
use edge_core::shop::{Resumed, Shop, is_edit};
use shared::fact::{Fact, Recorded};
use shared::id::OrderId;
use shared::kitchen::KitchenPlan;
use shared::menu::Menu;
use shared::order::{Order, Step};
use shared::screen::ServiceCall;

use crate::kitchen::{
    At, Kitchen, acknowledge, back_on_sale, call, call_service, clean, join, limit, lines_of, menu, move_to,
    placing, placing_with_phone, plan, room, rush, save_menu, save_plan, sold_out, some, start,
    three_to_three, wristband,
};

/// A shop that starts anew from what a store keeps: the menu and the plan, the last number, what is running out,
/// who calls, and the facts of the orders that are still on the board, one order after the other.
pub(crate) fn restarted(journal: &[Recorded]) -> Shop {
    let mut kept = Resumed::default();
    let (mut menu, mut plan) = (menu(), KitchenPlan::default());
    for recorded in journal {
        kept.revision = recorded.seq;
        if is_edit(&recorded.fact) {
            kept.menu_edited = recorded.seq;
        }
        if keep_menu(&mut menu, &mut plan, &recorded.fact) | keep_stock(&mut kept, &recorded.fact) {
            kept.menu_revision = recorded.seq;
        }
        if let Fact::OrderPlaced { day, number, .. } = &recorded.fact {
            kept.numbering = Numbering::after(Some((*day, *number)));
        } else if let Fact::ServiceCalled { guest, wish } = &recorded.fact {
            let called = Step { at: recorded.at, by: recorded.by.clone() };
            kept.calls.push(ServiceCall { guest: guest.clone(), wish: *wish, called });
        } else if let Fact::ServiceAnswered { guest } = &recorded.fact {
            kept.calls.retain(|call| call.guest != *guest);
        }
    }
    let menu = MenuBook::new(menu).expect("a good menu").in_kitchen(plan);
    let mut shop = Shop::resume(three_to_three(), menu, kept);
    shop.reopen(&facts_of_orders_on_the_board(journal));
    shop
}

fn keep_menu(menu: &mut Menu, plan: &mut KitchenPlan, fact: &Fact) -> bool {
    if let Fact::DishSaved { dish } = fact {
        match menu.dishes.iter_mut().find(|kept| kept.dish == dish.dish) {
            Some(kept) => kept.clone_from(dish),
            None => menu.dishes.push((**dish).clone()),
        }
    } else if let Fact::DishRemoved { dish } = fact {
        menu.dishes.retain(|kept| kept.dish != *dish);
    } else if let Fact::MenuArranged { categories, dishes, cautions } = fact {
        menu.categories.clone_from(categories);
        menu.cautions.clone_from(cautions);
        menu.dishes.sort_by_key(|dish| dishes.iter().position(|named| *named == dish.dish));
    } else if let Fact::KitchenPlanned { plan: planned } = fact {
        plan.clone_from(planned);
    } else {
        return false;
    }
    true
}

fn keep_stock(kept: &mut Resumed, fact: &Fact) -> bool {
    if let Fact::DishSoldOut { dish, day } = fact {
        kept.stock.insert(dish.clone(), Stock { left: 0, day: *day });
    } else if let Fact::DishLimited { dish, left, day } = fact {
        assert!(*left > 0, "nothing left is sold out");
        kept.stock.insert(dish.clone(), Stock { left: *left, day: Some(*day) });
    } else if let Fact::DishBackOnSale { dish } = fact {
        assert!(kept.stock.remove(dish).is_some(), "what was not counted is not put back");
    } else if let Fact::DishRemoved { dish } = fact {
        kept.stock.remove(dish);
    } else {
        return false;
    }
    true
}

fn facts_of_orders_on_the_board(journal: &[Recorded]) -> Vec<Recorded> {
    let mut ended: HashSet<OrderId> = HashSet::new();
    let mut facts = Vec::new();
    for opening in journal {
        if let Fact::OrderCompleted { order, .. } = &opening.fact {
            assert!(ended.insert(*order), "an order ends once");
        }
        let Some(mut order) = Order::open(opening) else { continue };
        let own = journal.iter().filter(|recorded| recorded.fact.order() == Some(order.id()));
        let own: Vec<_> = own.cloned().collect();
        own.iter().for_each(|recorded| order.apply(recorded));
        if order.is_on_board() {
            facts.extend(own);
        }
    }
    facts
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
    kitchen.done(limit("cha", 5));
    kitchen.done(call_service(&wristband("17")));
    kitchen.done(save_plan(0, plan()));
    let mut dearer = menu();
    dearer.dishes[0].price_fen.0 += 100;
    kitchen.done(save_menu(kitchen.shop.menu_view().edited, dearer));
    kitchen
}

#[test]
fn k2_a_restarted_shop_shows_the_same_board_and_menu() {
    let kitchen = evening();
    let again = restarted(&kitchen.journal);
    assert_eq!(again.board(kitchen.clock), kitchen.shop.board(kitchen.clock));
    assert_eq!(again.menu_view(), kitchen.shop.menu_view());
    assert_eq!(again.kitchen_view(), kitchen.shop.kitchen_view());
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
fn move_a_restarted_shop_knows_who_was_in_the_room_first() {
    let mut kitchen = Kitchen::open();
    let later = kitchen.order(&room("801"), &["tang"])[0];
    let first = kitchen.order(&room("802"), &["tang"])[0];
    kitchen.done(join(&room("801"), &room("802")));
    kitchen.shop = restarted(&kitchen.journal);
    kitchen.done(placing(&room("802"), &["cha"]));
    assert_eq!([first, later].map(|line| kitchen.order_with(line).lines.len()), [2, 1]);
}

#[test]
fn k9_a_restarted_shop_still_shows_what_was_left_behind() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Cooking);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(clean("801"));
    kitchen.shop = restarted(&kitchen.journal);
    assert_eq!(kitchen.board(), ["2026-11-22 #01 801 completed"]);
    kitchen.done(acknowledge(order, &[line]));
    assert!(restarted(&kitchen.journal).board(kitchen.clock).orders.is_empty());
}

#[test]
fn split_rush_and_move_outlive_a_restart() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.dumplings(&room("801"), 3);
    let order = kitchen.order_id(&room("801"));
    kitchen.done(rush(order, &[]));
    kitchen.done(some(2, start(line)));
    kitchen.done(move_to(&room("801"), &room("803")));
    let again = restarted(&kitchen.journal);
    assert_eq!(again.board(kitchen.clock), kitchen.shop.board(kitchen.clock));
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
