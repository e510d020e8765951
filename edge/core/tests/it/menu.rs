//! The menu as the set-up page edits it: whole, checked, never over somebody else's work; and what guests of
//! before keep of it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use shared::menu::{Caution, CautionKind, Menu};

use crate::kitchen::{
    At, Kitchen, category, dish, dish_id, limit, menu, name, placing, room, save_menu, sold_out,
};
use crate::restart::restarted;

#[test]
fn menu_saved_is_the_menu_and_an_order_keeps_the_name_and_price_it_was_placed_with() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    let mut other = menu();
    other.dishes[0].name = name("大水饺", "Big dumplings");
    other.dishes[0].price_fen.0 = 2800;
    other.dishes.swap(0, 2);
    kitchen.done(save_menu(0, other.clone()));
    assert_eq!(kitchen.shop.menu_view().menu, other);
    let kept = kitchen.line(line).placed;
    assert_eq!((kept.name.zh.as_str(), kept.price_fen.0), ("水饺", 1800));
    let new = kitchen.order(&room("801"), &["shuijiao"])[0];
    assert_eq!(kitchen.line(new).placed.price_fen.0, 2800);
}

#[test]
fn menu_without_a_dish_makes_what_was_ordered_of_it_and_forgets_what_was_left() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    kitchen.done(limit("shuijiao", 3));
    let without = Menu { dishes: menu().dishes[1..].to_vec(), ..menu() };
    kitchen.done(save_menu(0, without));
    assert_eq!(kitchen.refused(placing(&room("802"), &["shuijiao"])).code(), "unknown_dish");
    assert!(kitchen.shop.menu_view().limited.is_empty());
    kitchen.bring(line, At::PickedUp);
    kitchen.done(save_menu(kitchen.shop.menu_view().edited, menu()));
    assert!(kitchen.shop.menu_view().limited.is_empty(), "a dish that comes back begins anew");
}

#[test]
fn menu_is_never_saved_over_somebody_elses_work() {
    let mut kitchen = Kitchen::open();
    let mut dearer = menu();
    dearer.dishes[0].price_fen.0 += 100;
    kitchen.done(save_menu(0, dearer.clone()));
    assert_eq!(kitchen.refused(save_menu(0, menu())).code(), "menu_changed");
    assert!(kitchen.done(save_menu(0, dearer)).is_empty(), "what is so already may be said by anybody");
    kitchen.done(sold_out("tang"));
    let edited = kitchen.shop.menu_view().edited;
    assert_eq!(edited, 1, "selling out is no edit");
    kitchen.done(save_menu(edited, menu()));
}

#[test]
fn menu_that_could_not_work_is_refused_and_names_the_dish() {
    let spoilt = |spoil: fn(&mut Menu)| {
        let mut menu = menu();
        spoil(&mut menu);
        let mut kitchen = Kitchen::open();
        let refusal = kitchen.refused(save_menu(0, menu));
        assert!(kitchen.journal.is_empty());
        (refusal.code(), refusal.about().join(" "))
    };
    assert_eq!(spoilt(|menu| menu.dishes[1].dish = dish_id("cha")), ("bad_menu", "cha".to_owned()));
    assert_eq!(spoilt(|menu| menu.categories.truncate(1)), ("bad_menu", "cha".to_owned()));
    assert_eq!(spoilt(|menu| menu.dishes[1].target_s = 0), ("bad_menu", "tang".to_owned()));
    assert_eq!(spoilt(|menu| menu.dishes[1].name.zh.clear()), ("bad_menu", "tang".to_owned()));
    let twice = spoilt(|menu| menu.categories.push(menu.categories[0].clone()));
    assert_eq!(twice, ("bad_menu", "food".to_owned()));
}

/// Any menu of up to six dishes in up to three categories.
fn any_menu() -> impl Strategy<Value = Menu> {
    const DISHES: [&str; 6] = ["shuijiao", "tang", "cha", "fan", "yu", "mian"];
    let dishes = subsequence(DISHES.to_vec(), 0..=6).prop_shuffle();
    let names = vec((0_i64..3, 0_usize..3), 6);
    let categories = subsequence(vec!["food", "drinks", "sweets"], 3).prop_shuffle();
    let cautions = subsequence(vec!["花生", "猪肉", "香菜"], 0..=3).prop_shuffle();
    (dishes, names, categories, cautions).prop_map(|(dishes, names, categories, cautions)| Menu {
        dishes: dishes
            .into_iter()
            .zip(names)
            .map(|(id, (price, category))| dish(id, categories[category], name(id, id), price * 100))
            .collect(),
        categories: categories.iter().map(|id| category(id, name(id, id), &[])).collect(),
        cautions: cautions
            .into_iter()
            .map(|zh| Caution { kind: CautionKind::Diet, name: name(zh, zh) })
            .collect(),
    })
}

proptest! {
    /// Whatever the menu is and whatever it becomes: saving it makes it so, in the shop and in the journal.
    #[test]
    fn menu_any_can_become_any_other(menus in vec(any_menu(), 1..4)) {
        let mut kitchen = Kitchen::open();
        for menu in menus {
            kitchen.done(save_menu(kitchen.shop.menu_view().edited, menu.clone()));
            prop_assert_eq!(&kitchen.shop.menu_view().menu, &menu);
            prop_assert_eq!(&restarted(&kitchen.journal).menu_view(), &kitchen.shop.menu_view());
            let dishes: Vec<_> = menu.dishes.iter().map(|dish| dish.dish.as_str()).collect();
            if !dishes.is_empty() {
                kitchen.order(&room("801"), &dishes);
            }
        }
    }
}
