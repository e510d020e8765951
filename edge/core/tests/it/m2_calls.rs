//! M2: somebody wants something told; M3: the settings that decide on it; M5: who is on duty. And M1: a pad that was
//! moved.

use std::collections::BTreeSet;

use edge_core::authority::Device;
use edge_core::messages::defaults;
use shared::command::Command;
use shared::fact::Fact;
use shared::message::{Call, Channel, MessageEvent, MessageKind, TemplateId};

use crate::kitchen::{
    Kitchen, called, device, end_duty, notice, one, pad, room, save_announcements, start_duty,
};

fn send(call: Call) -> Command {
    Command::SendCall { call: Box::new(call) }
}

fn refusal(kitchen: &mut Kitchen, command: Command) -> (&'static str, Vec<String>) {
    let cashier = device("cashier_1", shared::screen::Role::Cashier, None);
    let no = kitchen.ask(&cashier, command).expect_err("refused");
    (no.code(), no.about())
}

#[test]
fn m2_a_call_is_kept_as_it_was_made() {
    let mut kitchen = Kitchen::open();
    let call = Call {
        channels: vec![Channel::Staff],
        designated: vec!["staff_1".parse().expect("an account")],
        ..called(MessageEvent::AttendantCalled, &[("attendant", "18"), ("roomName", "801")])
    };
    assert_eq!(kitchen.done(send(call.clone())), [Fact::CallRaised { call: Box::new(call) }]);
}

#[test]
fn m2_a_call_that_nobody_could_understand_is_refused_and_says_what_is_wrong() {
    let mut kitchen = Kitchen::open();
    let pad_call = |template| Call {
        kind: MessageKind::PadCall,
        template,
        ..called(MessageEvent::ServiceCalled, &[("roomName", "801")])
    };
    for (call, code, about) in [
        (called(MessageEvent::Notice, &[("text", " ")]), "bad_call", "params.text"),
        (called(MessageEvent::Notice, &[("text", &"长".repeat(201))]), "bad_call", "params"),
        (called(MessageEvent::AttendantCalled, &[]), "bad_call", "params.attendant"),
        (pad_call(None), "bad_call", "template"),
    ] {
        assert_eq!(refusal(&mut kitchen, send(call)), (code, vec![about.to_owned()]));
    }
    let unknown = refusal(&mut kitchen, send(pad_call(Some(TemplateId(99)))));
    assert_eq!(unknown, ("unknown_pad_call", Vec::new()));
    assert!(kitchen.ask(&pad("801"), notice("开会")).is_err(), "guests call for service and nothing else");
}

#[test]
fn m2_a_guest_calls_for_one_of_the_settings_pad_calls() {
    let mut kitchen = Kitchen::open();
    let call = |wish| Command::CallService { guest: None, wish };
    let unknown = kitchen.ask(&pad("801"), call(Some(TemplateId(99)))).map_err(|no| no.code());
    assert_eq!(unknown, Err("unknown_pad_call"));
    let wish = Some(defaults().pad_calls[1].template);
    assert!(kitchen.done(save_announcements(0, defaults())).len() == 1);
    let facts = kitchen.ask(&pad("801"), call(wish)).expect("granted");
    assert_eq!(facts, [Fact::ServiceCalled { guest: room("801"), wish }]);
    assert_eq!(kitchen.shop.calls()[0].wish, wish);
}

#[test]
fn m3_settings_are_saved_over_nobodys_work() {
    let mut kitchen = Kitchen::open();
    let mut settings = defaults();
    kitchen.done(save_announcements(0, settings.clone()));
    let edited = kitchen.shop.announcements_view().edited;
    assert_eq!(kitchen.shop.menu_revision(), edited, "pages hear of it as of a change of the menu");
    assert!(
        kitchen.done(save_announcements(0, settings.clone())).is_empty(),
        "what is so may be saved by anybody"
    );
    settings.rules[0].on = false;
    let late = refusal(&mut kitchen, save_announcements(edited - 1, settings.clone()));
    assert_eq!(late.0, "announcements_changed");
    kitchen.done(save_announcements(edited, settings.clone()));
    assert_eq!(kitchen.shop.announcements_view().announcements, settings);
    settings.rules[0].template = "{".to_owned();
    let (code, about) = refusal(&mut kitchen, save_announcements(0, settings));
    assert!(code == "bad_template" && about[0].starts_with("order_placed.room.speaker: "), "{about:?}");
}

#[test]
fn m5_the_shop_knows_who_is_on_duty() {
    let mut kitchen = Kitchen::open();
    let on_duty = |kitchen: &Kitchen| -> Vec<String> {
        kitchen.shop.glance(kitchen.clock, &BTreeSet::new()).on_duty.iter().map(ToString::to_string).collect()
    };
    kitchen.done(start_duty("18"));
    assert!(kitchen.done(start_duty("18")).is_empty());
    assert_eq!(on_duty(&kitchen), ["18"]);
    assert_eq!(kitchen.shop.board(kitchen.clock).on_duty, kitchen.shop.on_duty());
    let room = "801".parse().expect("a room");
    assert!(kitchen.shop.board_of_room(&room, kitchen.clock).on_duty.is_empty(), "no guest sees it");
    kitchen.done(end_duty("18"));
    assert!(kitchen.done(end_duty("18")).is_empty() && on_duty(&kitchen).is_empty());
}

#[test]
fn m1_a_pad_that_was_moved_is_refused_until_it_knows() {
    let mut kitchen = Kitchen::open();
    let moved = Device { place: 2, ..pad("802") };
    let mut asks = |place| {
        let order = Command::PlaceOrder { guest: None, lines: vec![one("tang")], phone: None };
        let mut ask = kitchen.request(&moved, order);
        ask.place = place;
        kitchen.shop.decide(kitchen.clock, &ask).map(|_| ()).map_err(|no| no.code())
    };
    assert_eq!(asks(None), Err("moved_away"), "what was asked in the first place");
    assert_eq!(asks(Some(1)), Err("moved_away"));
    assert_eq!(asks(Some(2)), Ok(()));
}
