//! 估清: a dish that is sold out cannot be ordered by anybody until it is back; of one that is counted, no more
//! than is left. The next business day begins with everything.

use proptest::prelude::*;
use shared::fact::Fact;
use shared::quantity::BusinessDay;

use crate::kitchen::{
    At, Kitchen, back_on_sale, cancel, cancel_order, clean, dish_id, limit, many, one, placing, room,
    sold_out, start, wishing,
};

fn left(kitchen: &Kitchen, dish: &str) -> Option<u16> {
    let view = kitchen.shop.menu_view();
    let limited =
        view.limited.iter().find(|limited| limited.dish == dish_id(dish)).map(|limited| limited.left);
    limited.or(view.sold_out.contains(&dish_id(dish)).then_some(0))
}

#[test]
fn sold_out_cannot_be_ordered_until_it_is_back() {
    let mut kitchen = Kitchen::open();
    kitchen.done(sold_out("tang"));
    assert_eq!(kitchen.shop.menu_view().sold_out, [dish_id("tang")]);
    assert_eq!(kitchen.refused(placing(&room("801"), &["tang"])).code(), "sold_out");
    kitchen.done(back_on_sale("tang"));
    assert!(kitchen.shop.menu_view().sold_out.is_empty());
    assert_eq!(kitchen.order(&room("801"), &["tang"]).len(), 1);
}

#[test]
fn sold_out_what_was_ordered_before_is_still_made() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    kitchen.done(sold_out("shuijiao"));
    kitchen.bring(line, At::PickedUp);
}

#[test]
fn sold_out_exactly_when_the_last_portion_is_ordered() {
    let mut kitchen = Kitchen::open();
    kitchen.done(limit("tang", 3));
    kitchen.order(&room("801"), &["tang", "cha", "tang"]);
    assert_eq!((left(&kitchen, "tang"), left(&kitchen, "cha")), (Some(1), None));
    let refusal = kitchen.refused(placing(&room("801"), &["tang", "tang"]));
    assert_eq!((refusal.code(), refusal.about()), ("not_enough_left", vec!["tang".to_owned()]));
    let facts = kitchen.done(placing(&room("802"), &["tang"]));
    let day = kitchen.shop.day(kitchen.clock);
    assert_eq!(facts[1..], [Fact::DishSoldOut { dish: dish_id("tang"), day: Some(day) }]);
    assert_eq!(kitchen.refused(placing(&room("803"), &["tang"])).code(), "sold_out");
}

#[test]
fn sold_out_what_is_cancelled_before_it_is_begun_is_given_back() {
    let mut kitchen = Kitchen::open();
    kitchen.done(limit("tang", 9));
    kitchen.done(wishing(&room("801"), vec![many(2, "tang"), many(3, "tang"), one("cha")]));
    let lines = kitchen.order_of(&room("801")).expect("an open order").lines;
    assert_eq!(left(&kitchen, "tang"), Some(4));
    kitchen.done(cancel(lines[0].placed.line));
    assert_eq!(left(&kitchen, "tang"), Some(6));
    assert!(kitchen.done(cancel(lines[0].placed.line)).is_empty(), "once");
    kitchen.done(cancel_order(kitchen.order_id(&room("801"))));
    assert_eq!(left(&kitchen, "tang"), Some(9));
}

#[test]
fn sold_out_what_was_begun_is_not_given_back() {
    let mut kitchen = Kitchen::open();
    kitchen.done(limit("tang", 9));
    let lines = kitchen.order(&room("801"), &["tang", "tang"]);
    kitchen.done(start(lines[0]));
    kitchen.done(clean("801"));
    assert_eq!(left(&kitchen, "tang"), Some(8));
}

#[test]
fn sold_out_by_the_kitchens_word_stays_so_whoever_cancels() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.order(&room("801"), &["tang"])[0];
    kitchen.done(sold_out("tang"));
    assert_eq!(kitchen.done(cancel(line)).len(), 1);
    assert_eq!(left(&kitchen, "tang"), Some(0));
}

#[test]
fn sold_out_is_over_at_the_reset_hour_and_not_before() {
    let mut kitchen = Kitchen::open();
    kitchen.done(sold_out("tang"));
    kitchen.done(limit("cha", 2));
    assert!(kitchen.at("2026-11-23T02:59:59+08:00").due().is_empty());
    kitchen.clock.trusted = false;
    assert!(kitchen.at("2026-11-23T03:00:00+08:00").due().is_empty(), "nobody believes that clock");
    kitchen.clock.trusted = true;
    kitchen.order(&room("801"), &["tang", "cha", "cha", "cha"]);
    let back = |dish| Fact::DishBackOnSale { dish: dish_id(dish) };
    assert_eq!(kitchen.due(), [back("cha"), back("tang")], "the day is over, whether or not it was said yet");
    assert!(kitchen.due().is_empty());
    assert_eq!((left(&kitchen, "tang"), left(&kitchen, "cha")), (None, None));
}

#[test]
fn sold_out_today_stays_so_when_the_clock_is_put_back() {
    let mut kitchen = Kitchen::open();
    kitchen.at("2026-11-23T03:10:00+08:00").done(sold_out("tang"));
    assert!(kitchen.at("2026-11-22T20:00:00+08:00").due().is_empty());
    assert!(kitchen.at("2026-11-23T12:00:00+08:00").due().is_empty());
    assert_eq!(kitchen.refused(placing(&room("801"), &["tang"])).code(), "sold_out");
}

#[test]
fn sold_out_before_the_box_knew_the_day_was_today() {
    let mut kitchen = Kitchen::open();
    kitchen.clock.trusted = false;
    kitchen.at("1970-01-01T00:01:00Z").done(sold_out("tang"));
    kitchen.done(limit("cha", 2));
    kitchen.clock.trusted = true;
    kitchen.at("2026-11-22T19:00:00+08:00");
    assert_eq!(kitchen.refused(placing(&room("801"), &["tang"])).code(), "sold_out");
    let day = BusinessDay(jiff::civil::date(2026, 11, 22));
    let still = [
        Fact::DishLimited { dish: dish_id("cha"), left: 2, day },
        Fact::DishSoldOut { dish: dish_id("tang"), day: Some(day) },
    ];
    assert_eq!(kitchen.due(), still);
    assert!(kitchen.due().is_empty());
    assert_eq!(kitchen.at("2026-11-23T03:00:00+08:00").due().len(), 2, "and over with the day");
}

#[test]
fn k11_saying_it_twice_changes_nothing() {
    let mut kitchen = Kitchen::open();
    assert!(kitchen.done(back_on_sale("tang")).is_empty());
    let today = Some(kitchen.shop.day(kitchen.clock));
    assert_eq!(kitchen.done(sold_out("tang")), [Fact::DishSoldOut { dish: dish_id("tang"), day: today }]);
    assert!(kitchen.done(sold_out("tang")).is_empty());
    assert!(kitchen.done(limit("tang", 0)).is_empty(), "nothing left is sold out");
    assert_eq!(kitchen.done(limit("tang", 4)).len(), 1);
    assert!(kitchen.done(limit("tang", 4)).is_empty());
    assert_eq!(kitchen.done(back_on_sale("tang")), [Fact::DishBackOnSale { dish: dish_id("tang") }]);
}

#[test]
fn k10_a_dish_that_the_menu_does_not_have_is_refused_by_name() {
    for command in [sold_out("pizza"), limit("pizza", 3), back_on_sale("pizza")] {
        let refusal = Kitchen::open().refused(command);
        assert_eq!((refusal.code(), refusal.about()), ("unknown_dish", vec!["pizza".to_owned()]));
    }
}

#[test]
fn sold_out_moves_the_menus_revision_and_is_no_edit() {
    let mut kitchen = Kitchen::open();
    kitchen.order(&room("801"), &["cha"]);
    assert_eq!(kitchen.shop.menu_revision(), 0);
    kitchen.done(sold_out("tang"));
    assert_eq!((kitchen.shop.menu_revision(), kitchen.shop.menu_view().revision), (2, 2));
    kitchen.order(&room("802"), &["cha"]);
    assert_eq!((kitchen.shop.menu_revision(), kitchen.shop.revision()), (2, 3));
    assert_eq!(kitchen.shop.menu_view().edited, 0);
}

proptest! {
    /// What is left and what is ordered and not given back is what the kitchen said there was.
    #[test]
    fn sold_out_counts_add_up_and_stop_at_nothing(
        there in 0_u16..30, wishes in prop::collection::vec((1_u16..9, any::<bool>()), 1..20)
    ) {
        let mut kitchen = Kitchen::open();
        kitchen.done(limit("tang", there));
        let mut ordered = 0;
        for (count, cancelled) in wishes {
            let had = there - ordered;
            let wish = wishing(&room("801"), vec![many(count, "tang")]);
            let answer = kitchen.ask(&crate::kitchen::cashier(), wish).map_err(|no| no.code());
            let expected = if had == 0 { Some("sold_out") } else { (count > had).then_some("not_enough_left") };
            prop_assert_eq!(answer.as_ref().err().copied(), expected);
            if let Ok(facts) = answer {
                ordered += count;
                if cancelled && ordered < there {
                    kitchen.done(cancel(crate::kitchen::lines_of(&facts)[0]));
                    ordered -= count;
                }
            }
            prop_assert_eq!(left(&kitchen, "tang"), Some(there - ordered));
        }
    }
}
