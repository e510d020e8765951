//! 估清: a dish that is sold out cannot be ordered by anybody until it is back.

use shared::fact::Fact;

use crate::kitchen::{At, Kitchen, back_on_sale, dish_id, placing, room, sold_out};

#[test]
fn what_is_sold_out_cannot_be_ordered_until_it_is_back() {
    let mut kitchen = Kitchen::open();
    kitchen.done(sold_out("tang"));
    assert_eq!(kitchen.shop.menu_view().sold_out, [dish_id("tang")]);
    assert_eq!(kitchen.refused(placing(&room("801"), &["tang"])).code(), "sold_out");
    kitchen.done(back_on_sale("tang"));
    assert!(kitchen.shop.menu_view().sold_out.is_empty());
    assert_eq!(kitchen.order(&room("801"), &["tang"]).len(), 1);
}

#[test]
fn what_was_ordered_before_it_sold_out_is_still_made() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    kitchen.done(sold_out("shuijiao"));
    kitchen.bring(line, At::PickedUp);
}

#[test]
fn k11_saying_it_twice_changes_nothing() {
    let mut kitchen = Kitchen::open();
    assert!(kitchen.done(back_on_sale("tang")).is_empty());
    let today = Some(kitchen.shop.day(kitchen.clock));
    assert_eq!(kitchen.done(sold_out("tang")), [Fact::DishSoldOut { dish: dish_id("tang"), day: today }]);
    assert!(kitchen.done(sold_out("tang")).is_empty());
    assert_eq!(kitchen.done(back_on_sale("tang")), [Fact::DishBackOnSale { dish: dish_id("tang") }]);
}

#[test]
fn k10_a_dish_that_the_menu_does_not_have_is_refused_by_name() {
    for command in [sold_out("pizza"), back_on_sale("pizza")] {
        let refusal = Kitchen::open().refused(command);
        assert_eq!((refusal.code(), refusal.about()), ("unknown_dish", vec!["pizza".to_owned()]));
    }
}

#[test]
fn the_menus_revision_moves_with_what_is_sold_out_and_with_nothing_else() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["cha"]);
    assert_eq!(kitchen.shop.menu_revision(), 0);
    kitchen.done(sold_out("tang"));
    assert_eq!((kitchen.shop.menu_revision(), kitchen.shop.menu_view().revision), (2, 2));
    kitchen.order(&room("802"), &["cha"]);
    assert_eq!((kitchen.shop.menu_revision(), kitchen.shop.revision()), (2, 3));
}
