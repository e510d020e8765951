//! What can be ordered, and how it is refused when it cannot (K10): all of a request or none of it.

use edge_core::menu::{BadMenu, MenuBook, NOTE_CHARS_MAX};
use edge_core::shop::LINES_MAX;
use shared::command::WantedLine;
use shared::menu::{CautionKind, Menu, Name};

use crate::kitchen::{Kitchen, dish_id, menu, name, one, peanuts, placing, room, sold_out, wishing};

fn noted(note: &str) -> WantedLine {
    WantedLine { note: note.to_owned(), ..one("tang") }
}

fn choosing(dish: &str, options: &[Name]) -> WantedLine {
    WantedLine { options: options.to_vec(), ..one(dish) }
}

/// How ordering these lines for room 801 ends.
fn ordering(lines: Vec<WantedLine>) -> &'static str {
    Kitchen::open()
        .ask(&crate::kitchen::cashier(), wishing(&room("801"), lines))
        .map_or_else(|no| no.code(), |_| "placed")
}

#[test]
fn k1_an_order_has_1_to_100_lines() {
    assert_eq!(ordering(Vec::new()), "empty_order");
    assert_eq!(ordering(vec![one("tang"); LINES_MAX]), "placed");
    assert_eq!(ordering(vec![one("tang"); LINES_MAX + 1]), "too_many_lines");
    assert_eq!(LINES_MAX, 100);
}

#[test]
fn k1_a_note_has_at_most_200_characters_not_bytes() {
    assert_eq!(ordering(vec![noted(&"葱".repeat(NOTE_CHARS_MAX))]), "placed");
    assert_eq!(ordering(vec![one("cha"), noted(&"葱".repeat(NOTE_CHARS_MAX + 1))]), "note_too_long");
    assert_eq!(NOTE_CHARS_MAX, 200);
}

#[test]
fn k1_a_note_is_kept_as_the_text_it_is() {
    for note in ["<img src=x onerror=alert(1)>", "不要葱 & \"少盐\" {goodsName} \u{202e}"] {
        let mut kitchen = Kitchen::open();
        kitchen.done(wishing(&room("801"), vec![noted(&format!("  {note}\n"))]));
        let order = kitchen.order_of(&room("801")).expect("an open order");
        assert_eq!(order.lines[0].placed.note, note, "only the spaces around it go");
    }
}

#[test]
fn k1_each_option_is_one_of_the_dishs_and_one_of_its_group() {
    let (vinegar, soy, hot) = (name("醋", "Vinegar"), name("酱油", "Soy"), name("辣", "Hot"));
    for (dish, options, ends) in [
        ("shuijiao", vec![], "placed"),
        ("shuijiao", vec![soy.clone()], "placed"),
        ("shuijiao", vec![vinegar.clone(), hot.clone()], "placed"),
        ("shuijiao", vec![hot.clone(), vinegar.clone()], "placed"),
        ("shuijiao", vec![vinegar.clone(), soy.clone()], "unknown_option"),
        ("shuijiao", vec![hot.clone(), hot.clone()], "unknown_option"),
        ("shuijiao", vec![name("醋", "Soy")], "unknown_option"),
        ("tang", vec![hot.clone()], "unknown_option"),
    ] {
        assert_eq!(ordering(vec![choosing(dish, &options)]), ends, "{dish} {options:?}");
    }
}

#[test]
fn caution_each_is_one_of_the_menus_and_is_kept_once_with_how_grave_it_is() {
    let careful = |cautions: &[Name]| WantedLine { cautions: cautions.to_vec(), ..one("tang") };
    assert_eq!(ordering(vec![careful(&[name("不吃", "None")])]), "unknown_caution");
    let mut kitchen = Kitchen::open();
    kitchen.done(wishing(&room("801"), vec![careful(&[peanuts(), peanuts()])]));
    let order = kitchen.order_of(&room("801")).expect("an open order");
    let kept = &order.lines[0].placed.cautions;
    assert_eq!(
        kept.iter().map(|caution| (caution.kind, &caution.name)).collect::<Vec<_>>(),
        [(CautionKind::Allergy, &peanuts())]
    );
}

#[test]
fn k10_dishes_that_the_menu_does_not_have_are_named() {
    let mut kitchen = Kitchen::open();
    let refusal = kitchen.refused(placing(&room("801"), &["pizza", "tang", "burger", "pizza"]));
    assert_eq!((refusal.code(), refusal.about()), ("unknown_dish", vec!["burger".into(), "pizza".into()]));
    assert!(kitchen.board().is_empty());
}

#[test]
fn k10_dishes_that_are_sold_out_are_named_and_nothing_of_the_order_is_placed() {
    let mut kitchen = Kitchen::open();
    kitchen.done(sold_out("tang"));
    kitchen.order(&room("801"), &["cha"]);
    let refusal = kitchen.refused(placing(&room("801"), &["cha", "tang", "tang"]));
    assert_eq!((refusal.code(), refusal.about()), ("sold_out", vec!["tang".to_owned()]));
    assert_eq!(kitchen.order_of(&room("801")).map(|order| order.lines.len()), Some(1));
}

#[test]
fn a_menu_that_could_not_work_is_refused_and_names_the_dish() {
    let spoilt = |spoil: fn(&mut Menu)| {
        let mut menu = menu();
        spoil(&mut menu);
        MenuBook::new(menu).expect_err("a bad menu")
    };
    let dish = || dish_id("shuijiao");
    assert_eq!(spoilt(|menu| menu.dishes[1].dish = dish_id("shuijiao")), BadMenu::DishTwice(dish()));
    assert_eq!(spoilt(|menu| menu.categories.clear()), BadMenu::NoSuchCategory(dish()));
    assert_eq!(spoilt(|menu| menu.dishes[0].target_s = 0), BadMenu::BadFigures(dish()));
    assert_eq!(spoilt(|menu| menu.dishes[0].price_fen.0 = -1), BadMenu::BadFigures(dish()));
}
