//! M4, M5, M9 as properties: an evening at random, with a voice that comes and goes, restarts, lost and repeated
//! reports. Whatever happens, every message comes to one end, and nothing is said twice.

use std::collections::BTreeMap;

use edge_core::messages::{Heard, Reach};
use proptest::prelude::*;
use shared::message::{Became, MessageReason, MessageState};

use crate::hall::{Hall, Life};
use crate::kitchen::{answer_service, call_service, notice, placing, room, rush, start};

#[derive(Debug, Clone)]
enum Event {
    Order(u8, u8),
    Rush(u8),
    Start(u8),
    CallService(u8),
    AnswerService(u8),
    Notice,
    Pass(u64),
    Deliver { voice: bool, screens: bool },
    Voice(u8),
    Report { which: prop::sample::Index, how: u8 },
    Restart(u64),
    Settings,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..3_u8, 0..3_u8).prop_map(|(room, dish)| Event::Order(room, dish)),
        1 => (0..3_u8).prop_map(Event::Rush),
        1 => (0..3_u8).prop_map(Event::Start),
        2 => (0..3_u8).prop_map(Event::CallService),
        1 => (0..3_u8).prop_map(Event::AnswerService),
        1 => Just(Event::Notice),
        4 => (0..40_u64).prop_map(Event::Pass),
        8 => (any::<bool>(), any::<bool>()).prop_map(|(voice, screens)| Event::Deliver { voice, screens }),
        6 => (0..8_u8).prop_map(Event::Voice),
        3 => (any::<prop::sample::Index>(), 0..3_u8).prop_map(|(which, how)| Event::Report { which, how }),
        1 => (0..200_u64).prop_map(Event::Restart),
        1 => Just(Event::Settings),
    ]
}

/// What is naively true of the loudspeaker, kept beside the queue.
#[derive(Default)]
struct Naive {
    /// How often each message was said to its end.
    heard: BTreeMap<shared::id::MessageId, u32>,
}

impl Naive {
    /// What the voice is given must be due and young, and no first one may be waiting behind a repetition.
    fn looks_at(&self, hall: &Hall) {
        let Some(telling) = &hall.saying else { return };
        let life = &hall.lives[&telling.record.id];
        assert!(life.due <= hall.now && !telling.left.is_zero(), "{telling:?}");
        assert!(!self.heard.contains_key(&telling.record.id), "{telling:?} was said");
        let is_before = |other: &&Life| {
            let (a, b) = (&other.record, &life.record);
            (a.call, &a.account, a.channel) == (b.call, &b.account, b.channel) && a.nth < b.nth
        };
        assert!(
            hall.lives.values().filter(is_before).all(|earlier| earlier.is_over),
            "{telling:?} came early"
        );
    }
}

fn play(hall: &mut Hall, naive: &mut Naive, event: Event) {
    let rooms = ["801", "802", "803"].map(room);
    match event {
        Event::Order(at, dish) => {
            hall.does(placing(&rooms[usize::from(at)], &[["shuijiao", "tang", "cha"][usize::from(dish)]]));
        }
        Event::Rush(at) => {
            let order = hall.kitchen.order_of(&rooms[usize::from(at)]);
            if let Some(order) = order.filter(|order| order.lines.iter().any(|line| line.state.is_ahead())) {
                hall.does(rush(order.order, &[]));
            }
        }
        Event::Start(at) => {
            let order = hall.kitchen.order_of(&rooms[usize::from(at)]);
            let line = order.and_then(|order| order.lines.into_iter().find(|line| line.state.is_ahead()));
            if let Some(line) = line {
                hall.does(start(line.placed.line));
            }
        }
        Event::CallService(at) => hall.does(call_service(&rooms[usize::from(at)])),
        Event::AnswerService(at) => hall.does(answer_service(&rooms[usize::from(at)])),
        Event::Notice => hall.does(notice("开会")),
        Event::Pass(seconds) => hall.passes(seconds),
        Event::Deliver { voice, screens } => {
            let was_silent = hall.saying.is_none();
            hall.delivers(Reach { screens, voice });
            if was_silent {
                naive.looks_at(hall);
            }
        }
        Event::Voice(how) => {
            let id = hall.saying.as_ref().map(|telling| telling.record.id);
            let heard = match how {
                0 => Heard::Interrupted,
                1 => Heard::TooOld,
                _ => Heard::Spoken,
            };
            if let Some(id) = id.filter(|_| heard == Heard::Spoken) {
                *naive.heard.entry(id).or_default() += 1;
            }
            hall.voice(heard);
        }
        Event::Report { which, how } => {
            if !hall.sent.is_empty() {
                let record = hall.sent[which.index(hall.sent.len())].record.clone();
                let became = [Became::Acknowledged, Became::Spoken, Became::Silent][usize::from(how)];
                hall.report(record.account.as_str(), record.id, became);
            }
        }
        Event::Restart(off_s) => hall.restarts(off_s),
        Event::Settings => hall.arrange(|settings| {
            settings.rules.iter_mut().for_each(|rule| rule.on = !rule.on);
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn m4_every_message_comes_to_one_end_and_nothing_is_said_twice(events in prop::collection::vec(event(), 1..120)) {
        let (mut hall, mut naive) = (Hall::open(), Naive::default());
        for event in events {
            play(&mut hall, &mut naive, event);
            let now = hall.now;
            let wakes = hall.centre.wakes_at(now);
            let waits = hall.lives.values().any(|life| !life.is_over && life.state() == MessageState::Queued);
            prop_assert!(!waits || wakes.is_some(), "whatever waits has its hour");
        }
        for _ in 0..15 {
            hall.says_all();
            hall.passes(60);
        }
        hall.delivers(crate::hall::ALL);
        for life in hall.lives.values() {
            prop_assert!(life.is_over, "{life:?}");
            prop_assert_eq!(life.reason.is_some(), matches!(life.state(), MessageState::Skipped | MessageState::Failed));
            let ends = life.steps.iter().filter(|state| matches!(state, MessageState::Spoken | MessageState::Skipped | MessageState::Failed));
            prop_assert!(ends.count() <= 1, "{:?}", life.steps);
            prop_assert!(life.reason != Some(MessageReason::TooOld) || life.due < hall.now);
        }
        prop_assert!(naive.heard.values().all(|times| *times == 1));
        prop_assert_eq!(hall.centre.waiting(hall.now).0, 0);
    }
}
