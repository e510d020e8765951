//! K10: a refusal says why, to a program and to a person, and changes nothing. (That nothing changes is also
//! held by every request of every test: see `kitchen`.)

use std::collections::BTreeSet;

use edge_core::refusal::{Language, Refusal, RefusalKind};

use crate::kitchen::{At, Kitchen, cancel, dish_id, finish, nobodys_line, placing, room, sold_out};

/// The refusal after this one; the first for `None`. A new refusal does not compile until it stands here.
fn after(refusal: Option<&Refusal>) -> Option<Refusal> {
    Some(match refusal {
        None => Refusal::NotAllowed,
        Some(Refusal::NotAllowed) => Refusal::NotYourRoom,
        Some(Refusal::NotYourRoom) => Refusal::WrongPin,
        Some(Refusal::WrongPin) => Refusal::PinLocked,
        Some(Refusal::PinLocked) => Refusal::MovedAway,
        Some(Refusal::MovedAway) => Refusal::OtherShop,
        Some(Refusal::OtherShop) => Refusal::BadCall(vec!["params".to_owned()]),
        Some(Refusal::BadCall(_)) => Refusal::UnknownPadCall,
        Some(Refusal::UnknownPadCall) => Refusal::BadAnnouncements(vec!["pad_call.1: twice".to_owned()]),
        Some(Refusal::BadAnnouncements(_)) => Refusal::AnnouncementsChanged,
        Some(Refusal::AnnouncementsChanged) => Refusal::PadWithoutRoom,
        Some(Refusal::PadWithoutRoom) => Refusal::GuestMissing,
        Some(Refusal::GuestMissing) => Refusal::EmptyOrder,
        Some(Refusal::EmptyOrder) => Refusal::TooManyLines,
        Some(Refusal::TooManyLines) => Refusal::NoteTooLong,
        Some(Refusal::NoteTooLong) => Refusal::BadReason,
        Some(Refusal::BadReason) => Refusal::UnknownDish(vec![dish_id("tang")]),
        Some(Refusal::UnknownDish(_)) => Refusal::SoldOut(vec![dish_id("tang"), dish_id("cha")]),
        Some(Refusal::SoldOut(_)) => Refusal::NotEnoughLeft(vec![dish_id("tang")]),
        Some(Refusal::NotEnoughLeft(_)) => Refusal::UnknownOption(dish_id("tang")),
        Some(Refusal::UnknownOption(_)) => Refusal::UnknownCaution(dish_id("tang")),
        Some(Refusal::UnknownCaution(_)) => Refusal::TooManyPortions,
        Some(Refusal::TooManyPortions) => Refusal::BadMenu(vec!["tang".to_owned()]),
        Some(Refusal::BadMenu(_)) => Refusal::BadPlan(vec!["wok".to_owned(), "garden".to_owned()]),
        Some(Refusal::BadPlan(_)) => Refusal::UnknownLine,
        Some(Refusal::UnknownLine) => Refusal::UnknownOrder,
        Some(Refusal::UnknownOrder) => Refusal::NobodyThere,
        Some(Refusal::NobodyThere) => Refusal::LineCancelled,
        Some(Refusal::LineCancelled) => Refusal::LineVoided,
        Some(Refusal::LineVoided) => Refusal::LineHeld,
        Some(Refusal::LineHeld) => Refusal::NotStarted,
        Some(Refusal::NotStarted) => Refusal::NotMade,
        Some(Refusal::NotMade) => Refusal::AlreadyPickedUp,
        Some(Refusal::AlreadyPickedUp) => Refusal::AlreadyStarted(vec![nobodys_line()]),
        Some(Refusal::AlreadyStarted(_)) => Refusal::CancelInstead,
        Some(Refusal::CancelInstead) => Refusal::NothingToDo,
        Some(Refusal::NothingToDo) => Refusal::RushedLately,
        Some(Refusal::RushedLately) => Refusal::MovedOn,
        Some(Refusal::MovedOn) => Refusal::TooLate,
        Some(Refusal::TooLate) => Refusal::RoomTaken,
        Some(Refusal::RoomTaken) => Refusal::MenuChanged,
        Some(Refusal::MenuChanged) => return None,
    })
}

fn every_refusal() -> Vec<Refusal> {
    std::iter::successors(after(None), |refusal| after(Some(refusal))).collect()
}

/// The wire is a promise: a code that has been shown to anybody stays.
#[test]
fn k10_the_codes_and_their_kinds_are_these() {
    let told = |refusal: &Refusal| {
        let kind = match refusal.kind() {
            RefusalKind::Forbidden => "forbidden",
            RefusalKind::Unknown => "unknown",
            RefusalKind::Conflict => "conflict",
            RefusalKind::Unorderable => "unorderable",
        };
        format!("{kind} {refusal} {}", refusal.about().len())
    };
    let expected = [
        "forbidden not_allowed 0",
        "forbidden not_your_room 0",
        "forbidden wrong_pin 0",
        "forbidden pin_locked 0",
        "conflict moved_away 0",
        "unorderable other_shop 0",
        "unorderable bad_call 1",
        "unorderable unknown_pad_call 0",
        "unorderable bad_template 1",
        "conflict announcements_changed 0",
        "unorderable pad_without_room 0",
        "unorderable guest_missing 0",
        "unorderable empty_order 0",
        "unorderable too_many_lines 0",
        "unorderable note_too_long 0",
        "unorderable bad_reason 0",
        "unorderable unknown_dish 1",
        "unorderable sold_out 2",
        "unorderable not_enough_left 1",
        "unorderable unknown_option 1",
        "unorderable unknown_caution 1",
        "unorderable too_many_portions 0",
        "unorderable bad_menu 1",
        "unorderable bad_plan 2",
        "unknown unknown_line 0",
        "unknown unknown_order 0",
        "unknown nobody_there 0",
        "conflict line_cancelled 0",
        "conflict line_voided 0",
        "conflict line_held 0",
        "conflict not_started 0",
        "conflict not_made 0",
        "conflict already_picked_up 0",
        "conflict already_started 1",
        "conflict cancel_instead 0",
        "conflict nothing_to_do 0",
        "conflict rushed_lately 0",
        "conflict moved_on 0",
        "conflict too_late 0",
        "conflict room_taken 0",
        "conflict menu_changed 0",
    ];
    assert_eq!(every_refusal().iter().map(told).collect::<Vec<_>>(), expected);
}

#[test]
fn k10_every_refusal_has_its_own_code_and_a_sentence_in_both_languages() {
    let refusals = every_refusal();
    let distinct = |words: Vec<&'static str>| words.into_iter().collect::<BTreeSet<_>>().len();
    assert_eq!(distinct(refusals.iter().map(Refusal::code).collect()), refusals.len());
    for language in [Language::Chinese, Language::English] {
        let sentences: Vec<_> = refusals.iter().map(|refusal| refusal.sentence(language)).collect();
        assert!(sentences.iter().all(|sentence| sentence.ends_with(['。', '.']) && sentence.len() > 10));
        assert_eq!(distinct(sentences), refusals.len());
    }
    let chinese = |refusal: &Refusal| !refusal.sentence(Language::Chinese).is_ascii();
    let english = |refusal: &Refusal| refusal.sentence(Language::English).is_ascii();
    assert!(refusals.iter().all(|refusal| chinese(refusal) && english(refusal)));
}

#[test]
fn k10_chinese_is_spoken_unless_asked_otherwise() {
    assert_eq!(Language::default(), Language::Chinese);
}

#[test]
fn k10_a_refused_action_leaves_the_shop_as_it_was() {
    let mut kitchen = Kitchen::open();
    let line = kitchen.line_at(At::Waiting);
    kitchen.done(sold_out("tang"));
    let before = (kitchen.board(), kitchen.shop.revision(), kitchen.shop.menu_view(), kitchen.journal.len());
    kitchen.refused(finish(line));
    kitchen.refused(cancel(nobodys_line()));
    kitchen.refused(placing(&room("802"), &["cha", "tang"]));
    let after = (kitchen.board(), kitchen.shop.revision(), kitchen.shop.menu_view(), kitchen.journal.len());
    assert_eq!(after, before);
}
