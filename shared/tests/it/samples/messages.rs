//! One of everything about messages and announcements.

use std::collections::BTreeMap;

use shared::command::Command;
use shared::fact::Fact;
use shared::guest::AttendantName;
use shared::id::{AccountId, MessageId, StreamId};
use shared::message::{
    Announcements, AnnouncementsView, Became, Call, Channel, ChannelSettings, IntervalSeconds, Message,
    MessageEvent, MessageKind, MessageReason, MessageRecord, MessageReport, MessageState, MessageStep,
    PadCall, QuietHours, Relay, Rule, Source, TemplateId, Times, Volume,
};
use uuid::Uuid;

use super::{at, name, room};

fn message() -> MessageId {
    MessageId::nth_of(StreamId(Uuid::from_u128(0x57)), 7, 0)
}

fn params() -> BTreeMap<String, String> {
    BTreeMap::from([("attendant".to_owned(), "18".to_owned()), ("roomName".to_owned(), "801".to_owned())])
}

pub(super) fn attendant() -> AttendantName {
    "18".parse().expect("an attendant")
}

fn call() -> Call {
    Call {
        brand: "demo".parse().expect("a brand"),
        shop: "demo_shop".parse().expect("a shop"),
        event: MessageEvent::AttendantCalled,
        kind: MessageKind::Announce,
        channels: vec![Channel::Speaker, Channel::Staff],
        params: params(),
        designated: vec!["staff_1".parse().expect("an account")],
        template: None,
    }
}

fn announcements() -> Announcements {
    let night = QuietHours { from: jiff::civil::time(22, 0, 0, 0), until: jiff::civil::time(7, 0, 0, 0) };
    let rule = Rule {
        event: MessageEvent::OrderPlaced,
        source: Source::Room,
        channel: Channel::Speaker,
        on: true,
        template: "{roomName}房间下单了{goodsName}{num}份，请注意".to_owned(),
        times: Times::new(2).expect("in range"),
        interval_s: IntervalSeconds::new(30).expect("in range"),
        volume: Volume::FULL,
        quiet: None,
    };
    let half = Volume::new(50).expect("in range");
    let tea = PadCall {
        template: TemplateId(2),
        name: name("加水", "More water"),
        text: "{roomName}房间要加水".to_owned(),
    };
    Announcements {
        rules: vec![rule],
        channels: vec![ChannelSettings { channel: Channel::Speaker, volume: half, quiet: Some(night) }],
        pad_calls: vec![tea],
        device: Some("plughw:CARD=USB".to_owned()),
    }
}

pub(super) fn facts() -> Vec<(&'static str, Fact)> {
    let relay = Relay {
        message: message(),
        event: MessageEvent::OrderPlaced,
        kind: MessageKind::Announce,
        channel: Channel::Webhook,
        designated: Vec::new(),
        text: "801房间下单了水饺2份，请注意".to_owned(),
        guest: Some(room()),
        params: params(),
        good_for_s: 60,
    };
    vec![
        ("service_called.wish", Fact::ServiceCalled { guest: room(), wish: Some(TemplateId(2)) }),
        ("call_raised", Fact::CallRaised { call: Box::new(call()) }),
        ("announcements_arranged", Fact::AnnouncementsArranged { announcements: Box::new(announcements()) }),
        ("duty_started", Fact::DutyStarted { attendant: attendant() }),
        ("duty_ended", Fact::DutyEnded { attendant: attendant() }),
        ("message_relayed", Fact::MessageRelayed { relay: Box::new(relay) }),
    ]
}

pub(super) fn commands() -> Vec<(&'static str, Command)> {
    let announcements = Box::new(announcements());
    vec![
        ("call_service.wish", Command::CallService { guest: None, wish: Some(TemplateId(2)) }),
        ("send_call", Command::SendCall { call: Box::new(call()) }),
        ("start_duty", Command::StartDuty { attendant: attendant() }),
        ("end_duty", Command::EndDuty { attendant: attendant() }),
        ("save_announcements", Command::SaveAnnouncements { expects: 3, announcements }),
    ]
}

pub(crate) fn announcements_view() -> AnnouncementsView {
    AnnouncementsView { edited: 3, announcements: announcements() }
}

pub(crate) fn to_a_device() -> Message {
    Message {
        id: message(),
        event: MessageEvent::AttendantCalled,
        kind: MessageKind::Announce,
        channel: Channel::Staff,
        text: "请18号技师到801房间".to_owned(),
        guest: Some(room()),
        params: params(),
        nth: 1,
        times: 2,
        at: at(0),
        good_for_s: 60,
        speak: Some(Volume::FULL),
    }
}

pub(crate) fn report() -> MessageReport {
    MessageReport { id: message(), became: Became::Spoken }
}

pub(crate) fn record() -> MessageRecord {
    let step = |second, state| MessageStep { at: at(second), state };
    MessageRecord {
        id: message(),
        call: 7,
        event: MessageEvent::OrderPlaced,
        kind: MessageKind::Announce,
        channel: Channel::Speaker,
        account: AccountId::the_box(),
        text: "801房间下单了水饺2份，请注意".to_owned(),
        guest: Some(room()),
        nth: 2,
        times: 2,
        state: MessageState::Skipped,
        reason: Some(MessageReason::Started),
        steps: vec![step(0, MessageState::Queued), step(30, MessageState::Skipped)],
    }
}
