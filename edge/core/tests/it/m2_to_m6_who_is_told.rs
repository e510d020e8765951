//! M2, M3, M4, M6: from what happens to who is told, how often and in which words.

use edge_core::messages::{House, defaults};
use shared::command::Command;
use shared::message::{Call, Channel, MessageEvent, MessageKind, PadCall, Source, TemplateId, Times};

use crate::hall::{Hall, devices, stream};
use crate::kitchen::{
    At, call_service, called, cancel, clean, fire, held, notice, one, placing, room, rush, void, wishing,
    wristband,
};

fn send(call: Call) -> Command {
    Command::SendCall { call: Box::new(call) }
}

#[test]
fn k3_a_rooms_order_goes_to_the_kitchen_and_a_wristbands_to_the_cashier() {
    let mut hall = Hall::open();
    hall.does(placing(&room("801"), &["shuijiao"]));
    assert_eq!(
        hall.told(),
        [
            "call_screen call_1 1 801房间下单了水饺1份，请注意",
            "kitchen expo_1 1 801房间下单了水饺1份，请注意",
            "kitchen kitchen_1 1 801房间下单了水饺1份，请注意",
            "speaker box 1 801房间下单了水饺1份，请注意",
            "speaker speaker_1 1 801房间下单了水饺1份，请注意",
        ]
    );
    let mut hall = Hall::open();
    hall.does(placing(&wristband("12"), &["shuijiao"]));
    assert_eq!(hall.told(), ["cashier cashiers 1 手牌12下单了水饺1份，请注意"]);
}

#[test]
fn m1_all_cashiers_are_told_once_and_a_shop_without_one_has_nobody_to_tell() {
    let mut hall = Hall::open();
    hall.devices.retain(|device| device.id.as_str() != "cashier_1");
    hall.does(placing(&wristband("12"), &["cha"]));
    assert_eq!(hall.lives.len(), 1);
    hall.devices.retain(|device| device.id.as_str() != "cashier_2");
    hall.does(placing(&wristband("13"), &["cha"]));
    assert_eq!(hall.lives.len(), 1);
}

#[test]
fn m6_what_the_kitchen_must_hear_at_once_is_said_in_the_settings_words() {
    let mut hall = Hall::open();
    let guest = room("801");
    hall.does(wishing(&guest, vec![held("shuijiao")]));
    assert!(hall.lives.is_empty(), "what is held is said when it is fired");
    let order = hall.kitchen.order_id(&guest);
    let line = hall.kitchen.order_of(&guest).expect("an order").lines[0].placed.line;
    hall.does(fire(order, &[]));
    hall.does(rush(order, &[]));
    hall.kitchen.bring(line, At::Cooking);
    hall.does(void(line));
    hall.does(call_service(&guest));
    let said: Vec<_> = hall
        .told()
        .into_iter()
        .filter_map(|told| told.strip_prefix("speaker box 1 ").map(str::to_owned))
        .collect();
    assert_eq!(
        said,
        [
            "801房间催菜，水饺1份，请尽快",
            "801房间呼叫服务，请前往",
            "801房间起菜，水饺1份，请制作",
            "801房间退菜，水饺1份，请确认",
        ]
    );
}

#[test]
fn k8_a_cancellation_is_not_said_and_makes_the_kitchens_screens_fetch() {
    let mut hall = Hall::open();
    let line = hall.kitchen.order(&room("801"), &["shuijiao"])[0];
    hall.looks();
    hall.lives.clear();
    hall.does(cancel(line));
    assert_eq!(hall.told(), ["kitchen expo_1 1 ", "kitchen kitchen_1 1 "]);
    assert!(hall.lives.values().all(|life| life.record.kind == MessageKind::Refresh));
}

#[test]
fn k9_what_is_left_in_work_is_said_when_the_guest_leaves() {
    let mut hall = Hall::open();
    hall.kitchen.line_at(At::Cooking);
    hall.kitchen.order(&room("801"), &["tang"]);
    hall.looks();
    hall.lives.clear();
    hall.does(clean("801"));
    assert!(hall.told().contains(&"speaker box 1 801房间已离店，还有水饺1份，请处理".to_owned()));
}

#[test]
fn m4_each_target_and_each_repetition_is_a_record_due_in_its_turn() {
    let mut hall = Hall::open();
    hall.does(call_service(&room("801")));
    let mut due: Vec<_> = hall
        .lives
        .values()
        .filter(|life| life.record.is_for_the_box())
        .map(|life| (life.record.nth, life.record.times, life.due.since(hall.now).as_secs()))
        .collect();
    due.sort_unstable();
    assert_eq!(due, [(1, 3, 0), (2, 3, 60), (3, 3, 120)]);
    assert_eq!(hall.lives.len(), 3 * 4, "box, speaker, staff, cashiers");
}

#[test]
fn m4_a_fact_that_is_looked_at_again_calls_for_the_same_records() {
    let mut hall = Hall::open();
    hall.does(call_service(&room("801")));
    let (settings, devices) = (defaults(), devices());
    let house = House { settings: &settings, devices: &devices };
    let recorded = hall.kitchen.journal.last().expect("a fact");
    let again = house.records(stream(), recorded, None);
    assert!(again.iter().all(|record| hall.lives[&record.id].record == *record));
    assert_eq!(again.len(), hall.lives.len());
}

#[test]
fn m2_a_call_goes_where_it_says_and_the_settings_allow() {
    let mut hall = Hall::open();
    hall.arrange(|settings| {
        settings.rules.retain(|rule| (rule.event, rule.channel) != (MessageEvent::Notice, Channel::Cashier));
    });
    hall.does(notice("开会"));
    assert_eq!(hall.told(), ["speaker box 1 开会", "speaker speaker_1 1 开会", "staff staff_1 1 开会"]);
    hall.lives.clear();
    let call = called(MessageEvent::Notice, &[("text", "开会")]);
    let channels = vec![Channel::Staff, Channel::Cashier];
    hall.does(send(Call { channels, ..call.clone() }));
    assert_eq!(hall.told(), ["staff staff_1 1 开会"]);
    hall.lives.clear();
    let designated = vec!["speaker_1".parse().expect("an account")];
    hall.does(send(Call { designated, ..call.clone() }));
    assert_eq!(hall.told(), ["speaker speaker_1 1 开会"]);
    hall.lives.clear();
    hall.does(send(Call { kind: MessageKind::Notify, ..call }));
    assert_eq!(hall.told(), ["staff staff_1 1 开会"], "what is only shown is not said");
}

#[test]
fn m2_a_pad_call_has_the_words_of_its_template() {
    let mut hall = Hall::open();
    let wish = Some(TemplateId(2));
    hall.does(Command::CallService { guest: Some(room("801")), wish });
    assert!(hall.told().contains(&"staff staff_1 1 801房间要加水，请前往".to_owned()));
    assert!(hall.lives.values().all(|life| life.record.kind == MessageKind::PadCall));
    hall.lives.clear();
    hall.does(send(Call {
        kind: MessageKind::PadCall,
        template: Some(TemplateId(4)),
        ..called(MessageEvent::ServiceCalled, &[("wristband", "12"), ("roomName", "801")])
    }));
    assert!(hall.told().contains(&"staff staff_1 1 801房间要结账，请前往".to_owned()), "{:?}", hall.told());
}

#[test]
fn m3_the_settings_decide_event_by_event_and_channel_by_channel() {
    let mut hall = Hall::open();
    hall.arrange(|settings| {
        for rule in &mut settings.rules {
            let at = (rule.event, rule.source, rule.channel);
            if at == (MessageEvent::OrderPlaced, Source::Room, Channel::Speaker) {
                rule.on = false;
            } else if at == (MessageEvent::OrderPlaced, Source::Room, Channel::CallScreen) {
                rule.template = "{roomName}要{goodsName}".to_owned();
                rule.times = Times::new(2).expect("in range");
            }
        }
    });
    hall.does(placing(&room("801"), &["tang"]));
    assert_eq!(
        hall.told(),
        [
            "call_screen call_1 1 801要汤",
            "call_screen call_1 2 801要汤",
            "kitchen expo_1 1 801房间下单了汤1份，请注意",
            "kitchen kitchen_1 1 801房间下单了汤1份，请注意",
        ]
    );
}

#[test]
fn m3_a_pad_is_told_what_is_about_its_room_and_the_cloud_gets_each_message_once() {
    let mut hall = Hall::open();
    hall.arrange(|settings| {
        let rules = settings.rules.clone();
        let pickup = rules.iter().find(|rule| rule.event == MessageEvent::PickupCalled);
        let pickup = pickup.expect("a rule").clone();
        for channel in [Channel::Pad, Channel::TencentIm, Channel::Webhook] {
            settings.rules.push(shared::message::Rule { channel, ..pickup.clone() });
        }
        settings.pad_calls.push(PadCall { template: TemplateId(9), ..settings.pad_calls[0].clone() });
    });
    hall.kitchen.order(&room("801"), &["tang"]);
    let line = hall.kitchen.order(&room("802"), &["tang"])[0];
    hall.kitchen.bring(line, At::Notified);
    let line = hall.kitchen.order_of(&room("801")).expect("an order").lines[0].placed.line;
    hall.kitchen.bring(line, At::Notified);
    hall.looks();
    let told = hall.told();
    let by =
        |channel: &str| told.iter().filter(|told| told.starts_with(channel)).cloned().collect::<Vec<_>>();
    assert_eq!(by("pad"), ["pad pad_801 1 1号，801房间的汤，请取餐"]);
    assert_eq!(by("webhook").len(), 2);
    assert_eq!(by("tencent_im")[0], "tencent_im box 1 1号，801房间的汤，请取餐");
}

#[test]
fn m6_a_parameter_that_is_missing_leaves_a_gap() {
    let mut hall = Hall::open();
    hall.does(send(called(MessageEvent::AttendantCalled, &[("attendant", "18"), ("color", "red")])));
    assert!(hall.told().contains(&"staff staff_1 1 请18号技师到房间".to_owned()));
    assert!(hall.lives.values().all(|life| life.record.wording.all_params()["color"] == "red"));
}

#[test]
fn m6_several_dishes_are_one_message() {
    let mut hall = Hall::open();
    hall.does(wishing(&room("801"), vec![one("shuijiao"), one("tang"), one("cha"), one("tang")]));
    assert!(
        hall.told().contains(&"speaker box 1 801房间下单了水饺1份、汤1份、茶1份等4个菜，请注意".to_owned())
    );
}
