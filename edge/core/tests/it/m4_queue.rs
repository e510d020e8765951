//! M4, M9: the queue on a simulated clock: order of speaking, repetitions, what waits together, what is too old, and
//! what a restart changes.

use edge_core::messages::{ANSWER_WITHIN, Heard, Reach, Record, WAITING_MAX};
use shared::message::{Became, MessageEvent, MessageReason, MessageState};

use crate::hall::{ALL, Hall};
use crate::kitchen::{At, answer_service, call, call_service, notice, placing, room, rush, start};

const NO_VOICE: Reach = Reach { voice: false, ..ALL };
const NO_SCREENS: Reach = Reach { screens: false, ..ALL };

fn on_the_box(record: &Record) -> bool {
    record.is_for_the_box()
}

#[test]
fn m7_what_is_urgent_is_said_first_and_a_notice_last() {
    let mut hall = Hall::open();
    hall.does(notice("开会"));
    hall.does(placing(&room("802"), &["tang"]));
    hall.does(placing(&room("801"), &["tang"]));
    let order = hall.kitchen.order_id(&room("801"));
    hall.does(rush(order, &[]));
    assert_eq!(
        hall.says_all(),
        ["801房间催菜，汤1份，请尽快", "802房间下单了汤1份，请注意", "801房间下单了汤1份，请注意", "开会"]
    );
}

#[test]
fn m4_a_repetition_waits_for_everything_that_is_said_for_the_first_time() {
    let mut hall = Hall::open();
    hall.does(call_service(&room("801")));
    assert_eq!(hall.says_all(), ["801房间呼叫服务，请前往"]);
    hall.passes(60);
    hall.does(notice("开会"));
    assert_eq!(hall.says_all(), ["开会", "801房间呼叫服务，请前往"]);
    hall.passes(60);
    hall.does(answer_service(&room("801")));
    assert_eq!(hall.says_all(), Vec::<String>::new(), "it stops when somebody goes");
    hall.passes(60);
    hall.delivers(ALL);
    let spoken = (MessageState::Spoken, None);
    let answered = (MessageState::Skipped, Some(MessageReason::Answered));
    let is_call = |record: &Record| on_the_box(record) && record.event == MessageEvent::ServiceCalled;
    assert_eq!(hall.ended(is_call), [spoken, spoken, answered]);
}

#[test]
fn m4_a_first_time_that_was_said_late_moves_its_repetition() {
    let mut hall = Hall::open();
    hall.does(call_service(&room("801")));
    hall.passes(50);
    assert_eq!(hall.says_all().len(), 1);
    hall.passes(30);
    assert_eq!(hall.says_all().len(), 0, "only thirty seconds after the first");
    hall.passes(30);
    assert_eq!(hall.says_all().len(), 1);
}

#[test]
fn m4_a_sentence_that_took_long_moves_all_repetitions_and_none_passes_another() {
    let mut hall = Hall::open();
    hall.does(call_service(&room("801")));
    hall.delivers(NO_SCREENS);
    hall.passes(80);
    hall.voice(Heard::Spoken);
    hall.passes(40);
    assert_eq!(hall.says_all().len(), 0, "the third is not due before the second");
    hall.passes(20);
    assert_eq!(hall.says_all().len(), 1);
    hall.passes(59);
    assert_eq!(hall.says_all().len(), 0);
    hall.passes(1);
    assert_eq!(hall.says_all().len(), 1);
}

#[test]
fn m7_what_waits_for_the_same_guest_is_said_as_one_sentence() {
    let mut hall = Hall::open();
    hall.does(notice("开会"));
    hall.delivers(ALL);
    for dish in ["shuijiao", "tang"] {
        hall.does(placing(&room("801"), &[dish]));
        hall.passes(1);
    }
    hall.does(placing(&room("802"), &["tang"]));
    hall.passes(2);
    hall.does(placing(&room("801"), &["cha"]));
    hall.voice(Heard::Spoken);
    assert_eq!(
        hall.says_all(),
        ["801房间下单了水饺1份、汤1份，请注意", "802房间下单了汤1份，请注意", "801房间下单了茶1份，请注意"]
    );
    let placed = |record: &Record| on_the_box(record) && record.event == MessageEvent::OrderPlaced;
    let together = (MessageState::Skipped, Some(MessageReason::SaidTogether));
    assert_eq!(hall.ended(placed)[..2], [(MessageState::Spoken, None), together]);
    let said = hall.lives.values().find(|life| placed(&life.record)).expect("the first");
    assert!(
        hall.lives.values().any(|life| life.record.text == "801房间下单了水饺1份、汤1份，请注意"),
        "{said:?}"
    );
}

#[test]
fn m7_a_waiter_who_is_called_twice_for_a_dish_hears_of_it_once() {
    let mut hall = Hall::open();
    let line = hall.kitchen.line_at(At::Notified);
    hall.does(call(line));
    assert_eq!(hall.says_all(), ["1号，801房间的水饺，请取餐"]);
}

#[test]
fn m7_what_has_been_started_is_not_said_together_with_what_has_not() {
    let mut hall = Hall::open();
    hall.does(placing(&room("801"), &["shuijiao"]));
    hall.does(placing(&room("801"), &["tang"]));
    let line = hall.kitchen.order_of(&room("801")).expect("an order").lines[1].placed.line;
    hall.does(start(line));
    assert_eq!(hall.says_all(), ["801房间下单了水饺1份，请注意"]);
}

#[test]
fn m4_a_backlog_is_not_spoken_like_a_flood() {
    let mut hall = Hall::open();
    for number in 0..20 {
        hall.does(notice(&format!("第{number}条")));
    }
    hall.restarts(3 * 3600);
    assert_eq!(hall.says_all(), Vec::<String>::new());
    let too_old = (MessageState::Skipped, Some(MessageReason::TooOld));
    assert!(hall.ended(|_| true).iter().all(|ended| *ended == too_old));
    hall.does(notice("开门"));
    assert_eq!(hall.says_all(), ["开门"]);
}

#[test]
fn m4_what_waited_before_a_restart_is_told_after_it_once() {
    let mut hall = Hall::open();
    hall.does(call_service(&room("801")));
    hall.restarts(20);
    assert_eq!(hall.says_all(), ["801房间呼叫服务，请前往"]);
    hall.restarts(20);
    assert_eq!(hall.says_all(), Vec::<String>::new());
    hall.passes(40);
    hall.delivers(ALL);
    hall.restarts(5);
    assert_eq!(hall.says_all().len(), 1, "what the voice had begun is said from its beginning");
    hall.passes(90);
    assert_eq!(hall.says_all().len(), 1);
    hall.passes(600);
    assert_eq!(hall.says_all().len(), 0);
    let spoken = (MessageState::Spoken, None);
    assert_eq!(hall.ended(on_the_box), [spoken; 3]);
}

#[test]
fn m7_without_a_voice_things_wait_and_are_then_looked_at_again() {
    let mut hall = Hall::open();
    hall.does(placing(&room("801"), &["shuijiao"]));
    hall.delivers(ALL);
    hall.voice(Heard::Interrupted);
    hall.delivers(NO_VOICE);
    let line = hall.kitchen.order_of(&room("801")).expect("an order").lines[0].placed.line;
    hall.does(start(line));
    assert_eq!(hall.says_all(), Vec::<String>::new());
    assert_eq!(hall.ended(on_the_box), [(MessageState::Skipped, Some(MessageReason::Started))]);
    hall.does(notice("开会"));
    hall.delivers(ALL);
    hall.voice(Heard::Off);
    let notice = |record: &Record| on_the_box(record) && record.event == MessageEvent::Notice;
    assert_eq!(hall.ended(notice), [(MessageState::Failed, Some(MessageReason::VoiceOff))]);
}

#[test]
fn m4_of_too_many_the_last_in_the_order_of_speaking_are_given_up() {
    let mut hall = Hall::open();
    hall.does(call_service(&room("801")));
    for number in 0..WAITING_MAX {
        hall.does(notice(&format!("第{number}条")));
    }
    let given_up = |life: &&crate::hall::Life| life.reason == Some(MessageReason::TooMany);
    let on_box = || hall.lives.values().filter(|life| life.record.is_for_the_box());
    assert_eq!(on_box().filter(given_up).count(), 3, "two repetitions, and one of the notices");
    assert!(on_box().filter(given_up).filter(|life| life.record.nth > 1).count() == 2);
    assert_eq!(hall.centre.waiting(hall.now).0, hall.lives.values().filter(|life| !life.is_over).count());
}

#[test]
fn m9_a_screen_is_followed_from_sent_to_acknowledged() {
    let mut hall = Hall::open();
    hall.does(placing(&room("801"), &["tang"]));
    hall.delivers(NO_SCREENS);
    assert!(hall.sent.is_empty());
    hall.delivers(ALL);
    let of = |hall: &Hall, account: &str| {
        hall.lives.values().find(|life| life.record.account.as_str() == account).expect("a message").clone()
    };
    let (kitchen, speaker) = (of(&hall, "kitchen_1").record.id, of(&hall, "speaker_1").record.id);
    hall.report("expo_1", kitchen, Became::Acknowledged);
    assert_eq!(of(&hall, "kitchen_1").state(), MessageState::Sent, "it is not the pass's to say");
    for _ in 0..2 {
        hall.report("kitchen_1", kitchen, Became::Acknowledged);
        hall.report("speaker_1", speaker, Became::Acknowledged);
    }
    hall.report("speaker_1", speaker, Became::Spoken);
    use MessageState::{Acknowledged, Queued, Sent, Spoken};
    assert_eq!(of(&hall, "kitchen_1").steps, [Queued, Sent, Acknowledged]);
    assert_eq!(of(&hall, "speaker_1").steps, [Queued, Sent, Acknowledged, Spoken]);
    hall.voice(Heard::Spoken);
    hall.passes(600);
    hall.delivers(ALL);
    assert_eq!(of(&hall, "call_1").ended(), (MessageState::Failed, Some(MessageReason::NoAnswer)));
    hall.report("call_1", of(&hall, "call_1").record.id, Became::Acknowledged);
    assert!(hall.lives.values().all(|life| life.is_over), "a late word changes nothing");
}

#[test]
fn m9_a_device_that_is_to_speak_and_does_not_has_failed() {
    let mut hall = Hall::open();
    let speaker = |record: &Record| record.account.as_str() == "speaker_1";
    hall.does(notice("开会"));
    hall.delivers(ALL);
    hall.passes(ANSWER_WITHIN.as_secs());
    hall.delivers(ALL);
    assert_eq!(hall.ended(speaker), [(MessageState::Failed, Some(MessageReason::NoAnswer))]);
    hall.does(notice("开会"));
    hall.delivers(ALL);
    let id = *hall.lives.iter().find(|(_, life)| !life.is_over && speaker(&life.record)).expect("one").0;
    hall.report("speaker_1", id, Became::Silent);
    assert_eq!(hall.ended(speaker)[1], (MessageState::Failed, Some(MessageReason::NotHeard)));
}
