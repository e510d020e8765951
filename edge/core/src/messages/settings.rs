//! The announcement settings (播报配置, M3): what a shop begins with, and what cannot be saved.

use std::collections::BTreeSet;

use shared::menu::Name;
use shared::message::{
    Announcements, Channel, IntervalSeconds, MessageEvent, PadCall, Rule, Source, TemplateId, Times, Volume,
};

use crate::announce::Template;

/// Pad calls that a guest can choose from: more do not fit the pad.
const PAD_CALLS_MAX: usize = 12;
/// Rules there can be: every event, guest and channel.
const RULES_MAX: usize = 10 * 3 * 8;

/// What a shop begins with. Orders go where K3 says: from a room to the kitchen and the call screen, by wristband to
/// the cashier.
pub fn defaults() -> Announcements {
    let mut rules = Vec::new();
    for (event, sentence, room, wristband) in GUEST_EVENTS {
        for (source, guest, channels) in
            [(Source::Room, "{roomName}房间", room), (Source::Wristband, "手牌{wristband}", wristband)]
        {
            let sentence = sentence.replace("{guest}", guest);
            rules.extend(channels.iter().map(|channel| rule((*event, source, *channel), &sentence)));
        }
    }
    for (event, sentence, channels) in SHOP_EVENTS {
        rules.extend(channels.iter().map(|channel| rule((*event, Source::Shop, *channel), sentence)));
    }
    let pad_calls = [
        (1, "呼叫服务员", "Waiter", "{roomName}房间呼叫服务员，请前往"),
        (2, "加水", "More water", "{roomName}房间要加水，请前往"),
        (3, "加餐具", "More tableware", "{roomName}房间要加餐具，请前往"),
        (4, "结账", "The bill", "{roomName}房间要结账，请前往"),
    ];
    let pad_calls = pad_calls.map(|(number, zh, en, text)| PadCall {
        template: TemplateId(number),
        name: Name { zh: zh.to_owned(), en: en.to_owned() },
        text: text.to_owned(),
    });
    Announcements { rules, channels: Vec::new(), pad_calls: pad_calls.into(), device: None }
}

type Channels = &'static [Channel];

/// Event, sentence, and where it goes for a guest in a room and for one with a wristband.
const GUEST_EVENTS: &[(MessageEvent, &str, Channels, Channels)] = {
    use Channel::{CallScreen, Cashier, Kitchen, Speaker, Staff};
    &[
        (
            MessageEvent::OrderPlaced,
            "{guest}下单了{goodsName}{num}份，请注意",
            &[Speaker, Kitchen, CallScreen],
            &[Cashier],
        ),
        (
            MessageEvent::LinesFired,
            "{guest}起菜，{goodsName}{num}份，请制作",
            &[Speaker, Kitchen],
            &[Speaker, Kitchen],
        ),
        (
            MessageEvent::LinesRushed,
            "{guest}催菜，{goodsName}{num}份，请尽快",
            &[Speaker, Kitchen],
            &[Speaker, Kitchen],
        ),
        (
            MessageEvent::LineVoided,
            "{guest}退菜，{goodsName}{num}份，请确认",
            &[Speaker, Kitchen],
            &[Speaker, Kitchen],
        ),
        (MessageEvent::LineCancelled, "", &[Kitchen], &[Kitchen]),
        (
            MessageEvent::LeftBehind,
            "{guest}已离店，还有{goodsName}{num}份，请处理",
            &[Speaker, Kitchen],
            &[Speaker, Kitchen],
        ),
        (
            MessageEvent::PickupCalled,
            "{orderNumber}号，{guest}的{goodsName}，请取餐",
            &[Speaker, CallScreen, Staff],
            &[Speaker, CallScreen, Staff],
        ),
        (
            MessageEvent::ServiceCalled,
            "{guest}呼叫服务，请前往",
            &[Speaker, Staff, Cashier],
            &[Speaker, Staff, Cashier],
        ),
    ]
};

/// The same where no guest is meant.
const SHOP_EVENTS: &[(MessageEvent, &str, Channels)] = {
    use Channel::{Cashier, Speaker, Staff};
    &[
        (MessageEvent::AttendantCalled, "请{attendant}号技师到{roomName}房间", &[Speaker, Staff]),
        (MessageEvent::Notice, "{text}", &[Speaker, Staff, Cashier]),
    ]
};

/// A guest who calls is called for again until somebody goes; everything else is told once.
fn rule((event, source, channel): (MessageEvent, Source, Channel), sentence: &str) -> Rule {
    let times = if event == MessageEvent::ServiceCalled { 3 } else { 1 };
    Rule {
        event,
        source,
        channel,
        on: true,
        template: sentence.to_owned(),
        times: Times::new(times).expect("1 and 3 are in range"),
        interval_s: IntervalSeconds::new(60).expect("60 is in range"),
        volume: Volume::FULL,
        quiet: None,
    }
}

/// What cannot be saved, each as `event.source.channel` or `pad_call.number`, with what is wrong behind a colon.
/// Empty: all of it can.
pub fn faults(announcements: &Announcements) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    if announcements.rules.len() > RULES_MAX {
        faults.push(format!("rules: {RULES_MAX} at most"));
    }
    for rule in announcements.rules.iter().take(RULES_MAX) {
        let at = rule.name();
        if !seen.insert((rule.event, rule.source, rule.channel)) {
            faults.push(format!("{at}: twice"));
        }
        let needs_words = rule.on && rule.event != MessageEvent::LineCancelled;
        faults.extend(wrong_with(&rule.template, needs_words).map(|wrong| format!("{at}: {wrong}")));
    }
    let mut numbers = BTreeSet::new();
    if announcements.pad_calls.len() > PAD_CALLS_MAX {
        faults.push(format!("pad_calls: {PAD_CALLS_MAX} at most"));
    }
    for call in announcements.pad_calls.iter().take(PAD_CALLS_MAX) {
        let at = format!("pad_call.{}", call.template.0);
        if !numbers.insert(call.template) {
            faults.push(format!("{at}: twice"));
        }
        if call.name.zh.trim().is_empty() {
            faults.push(format!("{at}: no name"));
        }
        faults.extend(wrong_with(&call.text, true).map(|wrong| format!("{at}: {wrong}")));
    }
    faults
}

fn wrong_with(template: &str, needs_words: bool) -> Option<String> {
    if needs_words && template.trim().is_empty() {
        return Some("no words".to_owned());
    }
    Template::new(template).err().map(|bad| bad.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k3_orders_go_where_the_owner_said() {
        let to = |source| -> Vec<Channel> {
            let rules = defaults().rules.into_iter();
            let placed =
                rules.filter(|rule| rule.event == MessageEvent::OrderPlaced && rule.source == source);
            placed.map(|rule| rule.channel).collect()
        };
        assert_eq!(to(Source::Room), [Channel::Speaker, Channel::Kitchen, Channel::CallScreen]);
        assert_eq!(to(Source::Wristband), [Channel::Cashier]);
    }

    #[test]
    fn m3_what_a_shop_begins_with_can_be_saved() {
        assert_eq!(faults(&defaults()), Vec::<String>::new());
    }

    #[test]
    fn m6_settings_with_mistakes_name_the_rules_at_fault() {
        let mut settings = defaults();
        settings.rules[0].template = "{tableName}下单".to_owned();
        settings.rules[1].template = " ".to_owned();
        settings.rules.push(settings.rules[2].clone());
        settings.pad_calls[1].template = TemplateId(1);
        settings.pad_calls[2].name.zh.clear();
        settings.pad_calls[3].text = "{".to_owned();
        let found = faults(&settings);
        assert_eq!(found.len(), 6, "{found:?}");
        assert!(
            found[0].starts_with("order_placed.room.speaker: the template uses {tableName}"),
            "{found:?}"
        );
        assert_eq!(found[1], "order_placed.room.kitchen: no words");
        assert_eq!(found[2], "order_placed.room.call_screen: twice");
        assert_eq!((found[3].as_str(), found[4].as_str()), ("pad_call.1: twice", "pad_call.3: no name"));
        assert!(found[5].starts_with("pad_call.4: "), "{found:?}");
    }
}
