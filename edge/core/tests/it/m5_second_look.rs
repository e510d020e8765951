//! M5: just before a message is told, whether it still is to be.

use std::collections::BTreeSet;

use shared::command::Command;
use shared::id::MessageId;
use shared::message::{
    Channel, ChannelSettings, MessageEvent, MessageReason, MessageState, QuietHours, Volume,
};

use crate::hall::{ALL, Hall};
use crate::kitchen::{
    At, acknowledge, answer_service, call_service, called, cancel, clean, end_duty, move_to, notice, pick_up,
    placing, room, rush, start, start_duty, void,
};

/// Brings a shop to where something is called for, changes the world, and tells: why was nothing said?
fn skipped(
    event: MessageEvent,
    happens: impl FnOnce(&mut Hall),
    then: impl FnOnce(&mut Hall),
) -> Vec<Option<MessageReason>> {
    let mut hall = Hall::open();
    happens(&mut hall);
    hall.looks();
    then(&mut hall);
    hall.says_all();
    let is_first = |record: &edge_core::messages::Record| record.nth == 1 && record.event == event;
    let ended = hall.ended(is_first).into_iter();
    let mut reasons: Vec<_> = ended
        .map(|(state, reason)| {
            assert_eq!(state == MessageState::Skipped, reason.is_some());
            reason
        })
        .collect();
    reasons.dedup();
    reasons
}

fn order(hall: &mut Hall) {
    hall.does(placing(&room("801"), &["shuijiao"]));
}

fn line(hall: &Hall) -> shared::id::LineId {
    hall.kitchen.order_of(&room("801")).expect("an order").lines[0].placed.line
}

fn brought(at: At) -> impl FnOnce(&mut Hall) {
    move |hall| {
        hall.kitchen.line_at(at);
    }
}

fn arranged(change: impl FnOnce(&mut shared::message::Announcements)) -> impl FnOnce(&mut Hall) {
    move |hall| hall.arrange(change)
}

#[test]
fn m5_an_order_is_told_while_something_of_it_waits() {
    use MessageReason::{GuestLeft, NoLongerSo, Started};
    let placed = MessageEvent::OrderPlaced;
    assert_eq!(skipped(placed, order, |_| {}), [None]);
    assert_eq!(skipped(placed, order, |hall| hall.does(start(line(hall)))), [Some(Started)]);
    assert_eq!(skipped(placed, order, |hall| hall.does(cancel(line(hall)))), [Some(NoLongerSo)]);
    assert_eq!(skipped(placed, order, |hall| hall.does(clean("801"))), [Some(GuestLeft)]);
    assert_eq!(
        skipped(placed, order, |hall| hall.does(move_to(&room("801"), &room("803")))),
        [Some(NoLongerSo)],
        "the words name a room where the guest is no longer"
    );
    let two = |hall: &mut Hall| hall.does(placing(&room("801"), &["shuijiao", "tang"]));
    assert_eq!(skipped(placed, two, |hall| hall.does(start(line(hall)))), [None]);
}

#[test]
fn m5_what_the_kitchen_has_seen_is_not_said() {
    use MessageReason::{NoLongerSo, Seen, Started};
    let rushed = |hall: &mut Hall| {
        order(hall);
        let order = hall.kitchen.order_id(&room("801"));
        hall.does(rush(order, &[]));
    };
    let seen = |hall: &mut Hall| {
        let order = hall.kitchen.order_with(line(hall)).order;
        hall.does(acknowledge(order, &[]));
    };
    let event = MessageEvent::LinesRushed;
    assert_eq!(skipped(event, rushed, |_| {}), [None]);
    assert_eq!(skipped(event, rushed, seen), [Some(Seen)]);
    assert_eq!(skipped(event, rushed, |hall| hall.does(start(line(hall)))), [Some(Started)]);
    assert_eq!(skipped(event, rushed, |hall| hall.does(cancel(line(hall)))), [Some(NoLongerSo)]);
    let voided = |hall: &mut Hall| {
        let line = hall.kitchen.line_at(At::Cooking);
        hall.does(void(line));
    };
    assert_eq!(skipped(MessageEvent::LineVoided, voided, |_| {}), [None]);
    assert_eq!(skipped(MessageEvent::LineVoided, voided, seen), [Some(Seen)]);
}

#[test]
fn m5_the_waiter_is_called_while_the_dish_waits() {
    use MessageReason::{GuestLeft, NoLongerSo, PickedUp};
    let event = MessageEvent::PickupCalled;
    let ready = brought(At::Notified);
    assert_eq!(skipped(event, ready, |_| {}), [None]);
    assert_eq!(
        skipped(event, brought(At::Notified), |hall| hall.does(pick_up(line(hall)))),
        [Some(PickedUp)]
    );
    assert_eq!(skipped(event, brought(At::Notified), |hall| hall.does(void(line(hall)))), [Some(NoLongerSo)]);
    let gone = |hall: &mut Hall| {
        let line = line(hall);
        let order = hall.kitchen.order_with(line).order;
        hall.does(clean("801"));
        hall.does(acknowledge(order, &[]));
    };
    assert_eq!(skipped(event, brought(At::Notified), gone), [Some(GuestLeft)]);
}

#[test]
fn m5_a_call_is_told_until_somebody_goes() {
    let event = MessageEvent::ServiceCalled;
    let calls = |hall: &mut Hall| hall.does(call_service(&room("801")));
    let answered = |hall: &mut Hall| hall.does(answer_service(&room("801")));
    assert_eq!(skipped(event, calls, |_| {}), [None]);
    assert_eq!(skipped(event, calls, answered), [Some(MessageReason::Answered)]);
    let again = |hall: &mut Hall| {
        hall.does(answer_service(&room("801")));
        hall.passes(1);
        hall.does(call_service(&room("801")));
    };
    assert_eq!(
        skipped(event, calls, again),
        [Some(MessageReason::Answered), None],
        "the second call is another"
    );
}

#[test]
fn m5_an_attendant_who_has_gone_off_duty_is_not_called() {
    let calls = |hall: &mut Hall| {
        hall.does(start_duty("18"));
        let call = called(MessageEvent::AttendantCalled, &[("attendant", "18"), ("roomName", "801")]);
        hall.does(Command::SendCall { call: Box::new(call) });
    };
    assert_eq!(skipped(MessageEvent::AttendantCalled, calls, |_| {}), [None]);
    let gone = |hall: &mut Hall| hall.does(end_duty("18"));
    assert_eq!(skipped(MessageEvent::AttendantCalled, calls, gone), [Some(MessageReason::OffDuty)]);
}

#[test]
fn m3_m5_settings_that_have_changed_since_count() {
    let event = MessageEvent::OrderPlaced;
    let off = arranged(|settings| settings.rules.iter_mut().for_each(|rule| rule.on = false));
    assert_eq!(skipped(event, order, off), [Some(MessageReason::TurnedOff)]);
    // It is seven in the evening.
    let evening = QuietHours { from: jiff::civil::time(18, 0, 0, 0), until: jiff::civil::time(23, 0, 0, 0) };
    let quiet =
        arranged(move |settings| settings.rules.iter_mut().for_each(|rule| rule.quiet = Some(evening)));
    assert_eq!(skipped(event, order, quiet), [Some(MessageReason::QuietHours)]);
    let quiet_speaker = arranged(move |settings| {
        let quiet = Some(evening);
        settings.channels.push(ChannelSettings { channel: Channel::Speaker, volume: Volume::FULL, quiet });
    });
    let reasons = skipped(event, order, quiet_speaker);
    assert!(reasons.contains(&Some(MessageReason::QuietHours)) && reasons.contains(&None), "{reasons:?}");
}

#[test]
fn m3_a_message_is_as_loud_as_rule_and_channel_say_now() {
    let mut hall = Hall::open();
    order(&mut hall);
    let half = Volume::new(50).expect("in range");
    hall.arrange(|settings| {
        settings.rules.iter_mut().for_each(|rule| rule.volume = half);
        settings.channels.push(ChannelSettings { channel: Channel::Speaker, volume: half, quiet: None });
    });
    hall.delivers(ALL);
    assert_eq!(hall.saying.as_ref().map(|telling| telling.volume.get()), Some(25));
}

#[test]
fn m5_a_device_that_has_gone_is_not_told() {
    let event = MessageEvent::OrderPlaced;
    let only_the_box = |hall: &mut Hall| hall.devices.clear();
    let reasons = skipped(event, order, only_the_box);
    assert!(reasons.contains(&Some(MessageReason::DeviceGone)) && reasons.contains(&None), "{reasons:?}");
}

#[test]
fn m7_whoever_asks_to_hear_it_again_hears_it_whatever_is_so() {
    let mut hall = Hall::open();
    hall.does(notice("开会"));
    hall.says_all();
    hall.arrange(|settings| settings.rules.clear());
    let first = hall.lives.values().find(|life| life.record.is_for_the_box()).expect("a message").clone();
    let again = first.record.again(MessageId(uuid::Uuid::from_u128(77)));
    let changes = hall.centre.take([(again, hall.now)], hall.now);
    assert!(changes.is_empty());
    let shop = hall.kitchen.shop.glance(hall.kitchen.clock, &BTreeSet::new());
    let (telling, _) = hall.centre.to_say(hall.now, edge_core::messages::World { shop: &shop, devices: &[] });
    assert_eq!(telling.map(|telling| telling.record.text).as_deref(), Some("开会"));
}
