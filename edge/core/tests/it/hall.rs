//! The invented shop with its message centre: people do things in the kitchen, time passes on a simulated clock, and
//! here is written down what became of every message, as the shell's database does.

use std::collections::BTreeMap;
use std::time::Duration;

use edge_core::authority::Device;
use edge_core::messages::{
    Centre, Change, Heard, House, QueueTime, Reach, Record, Telling, World, defaults, first_due,
};
use shared::command::Command;
use shared::id::{MessageId, StreamId};
use shared::message::{Announcements, Became, MessageReason, MessageState};
use shared::screen::Role;
use uuid::Uuid;

use crate::kitchen::{Kitchen, cashier, device, pad, save_announcements};

/// The life of one message.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) record: Record,
    pub(crate) due: QueueTime,
    pub(crate) steps: Vec<MessageState>,
    pub(crate) reason: Option<MessageReason>,
    pub(crate) is_over: bool,
}

impl Life {
    pub(crate) fn state(&self) -> MessageState {
        *self.steps.last().expect("it begins queued")
    }

    pub(crate) fn ended(&self) -> (MessageState, Option<MessageReason>) {
        (self.state(), self.reason)
    }
}

pub(crate) struct Hall {
    pub(crate) kitchen: Kitchen,
    pub(crate) centre: Centre,
    pub(crate) devices: Vec<Device>,
    pub(crate) now: QueueTime,
    pub(crate) lives: BTreeMap<MessageId, Life>,
    /// What was said on the box's loudspeaker, in order.
    pub(crate) said: Vec<String>,
    pub(crate) saying: Option<Telling>,
    /// What screens and the cloud were sent, in order.
    pub(crate) sent: Vec<Telling>,
    looked_at: usize,
}

pub(crate) const ALL: Reach = Reach { screens: true, voice: true };

pub(crate) fn devices() -> Vec<Device> {
    let speaker = Device { speaks: true, ..device("speaker_1", Role::Speaker, None) };
    vec![
        cashier(),
        device("cashier_2", Role::Cashier, None),
        device("kitchen_1", Role::Kitchen, None),
        device("expo_1", Role::Expo, None),
        device("call_1", Role::CallScreen, None),
        device("staff_1", Role::Staff, None),
        pad("801"),
        speaker,
    ]
}

impl Hall {
    /// With the settings that a shop begins with.
    pub(crate) fn open() -> Self {
        Self::open_with(defaults())
    }

    pub(crate) fn open_with(settings: Announcements) -> Self {
        let mut hall = Self {
            kitchen: Kitchen::open(),
            centre: Centre::default(),
            devices: devices(),
            now: QueueTime(1_000_000),
            lives: BTreeMap::new(),
            said: Vec::new(),
            saying: None,
            sent: Vec::new(),
            looked_at: 0,
        };
        hall.does(save_announcements(0, settings));
        hall
    }

    /// The settings change.
    pub(crate) fn arrange(&mut self, change: impl FnOnce(&mut Announcements)) {
        let view = self.kitchen.shop.announcements_view();
        let mut settings = view.announcements;
        change(&mut settings);
        self.does(save_announcements(view.edited, settings));
    }

    /// The cashier asks for something, and the centre looks at what was kept.
    pub(crate) fn does(&mut self, command: Command) {
        self.kitchen.done(command);
        self.looks();
    }

    /// The centre looks at what it has not looked at.
    pub(crate) fn looks(&mut self) {
        let settings = self.kitchen.shop.announcements_view().announcements;
        let house = House { settings: &settings, devices: &self.devices };
        let mut records = Vec::new();
        for recorded in &self.kitchen.journal[self.looked_at..] {
            let order = recorded.fact.order().and_then(|order| self.kitchen.shop.order(order));
            records.extend(house.records(stream(), recorded, order.map(|order| order.view())));
        }
        self.looked_at = self.kitchen.journal.len();
        let now = self.now;
        let due = |record: Record| {
            let due = first_due(&record, now);
            (record, due)
        };
        let records: Vec<_> = records.into_iter().map(due).collect();
        for (record, due) in &records {
            let life = Life {
                record: record.clone(),
                due: *due,
                steps: vec![MessageState::Queued],
                reason: None,
                is_over: false,
            };
            assert!(self.lives.insert(record.id, life).is_none(), "an id means one message");
        }
        let changes = self.centre.take(records, now);
        self.write_down(changes);
    }

    /// Everything that is due is told, as far as it is within reach.
    pub(crate) fn delivers(&mut self, reach: Reach) {
        let mut changes = self.centre.lapse(self.now);
        let Some(about) = self.centre.asks_about(self.now, reach) else { return self.write_down(changes) };
        let shop = self.kitchen.shop.glance(self.kitchen.clock, &about);
        let devices = self.devices.clone();
        let world = World { shop: &shop, devices: &devices };
        if reach.voice && self.saying.is_none() {
            let (telling, ended) = self.centre.to_say(self.now, world);
            changes.extend(ended);
            changes.extend(telling.as_ref().and_then(|telling| self.centre.being_said(telling.record.id)));
            self.saying = telling;
        }
        let (tellings, ended) = self.centre.to_send(self.now, reach, world);
        changes.extend(ended);
        for telling in tellings {
            let id = telling.record.id;
            changes.extend(if telling.record.is_for_the_cloud() {
                self.centre.relayed(id)
            } else {
                self.centre.sent(id, self.now, true)
            });
            self.sent.push(telling);
        }
        self.write_down(changes);
    }

    /// The voice is done with what it was saying.
    pub(crate) fn voice(&mut self, heard: Heard) {
        let Some(telling) = self.saying.take() else { return };
        if heard == Heard::Spoken {
            self.said.push(telling.record.text.clone());
        }
        let changes = self.centre.heard(telling.record.id, heard, self.now);
        self.write_down(changes);
    }

    /// The loudspeaker says all that it can, each sentence in no time.
    pub(crate) fn says_all(&mut self) -> Vec<String> {
        let before = self.said.len();
        loop {
            self.delivers(ALL);
            if self.saying.is_none() {
                return self.said[before..].to_vec();
            }
            self.voice(Heard::Spoken);
        }
    }

    pub(crate) fn passes(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.kitchen.after_s(i64::try_from(seconds).expect("a short while"));
    }

    pub(crate) fn report(&mut self, account: &str, id: MessageId, became: Became) {
        let account = account.parse().expect("an account");
        let change = self.centre.reported(&account, id, became);
        self.write_down(change);
    }

    /// The box is killed and started again; what it knows it knows from what was written down.
    pub(crate) fn restarts(&mut self, off_s: u64) {
        self.passes(off_s);
        self.saying = None;
        self.centre = Centre::default();
        for life in self.lives.values().filter(|life| !life.is_over) {
            self.centre.take_back(life.record.clone(), life.due, life.state(), self.now);
        }
    }

    pub(crate) fn write_down(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            match change {
                Change::Became { id, state, reason, is_last } => {
                    let life = self.lives.get_mut(&id).expect("a message that was written down");
                    assert!(!life.is_over, "{life:?} became {state:?}");
                    life.steps.push(state);
                    (life.reason, life.is_over) = (reason, is_last);
                }
                Change::Reworded(record) => {
                    let life = self.lives.get_mut(&record.id).expect("it is there");
                    life.record = *record;
                }
                Change::Postponed { id, due } => self.lives.get_mut(&id).expect("it is there").due = due,
            }
        }
    }

    /// The texts of everything that somebody is to be told, each with its channel's and account's word.
    pub(crate) fn told(&self) -> Vec<String> {
        let told = |life: &Life| {
            let Record { account, text, nth, .. } = &life.record;
            format!("{} {account} {nth} {text}", word(&life.record.channel))
        };
        let mut lives: Vec<_> = self.lives.values().map(told).collect();
        lives.sort_unstable();
        lives
    }

    /// How those about an event ended.
    pub(crate) fn ended(
        &self,
        wanted: impl Fn(&Record) -> bool,
    ) -> Vec<(MessageState, Option<MessageReason>)> {
        let mut found: Vec<_> = self.lives.values().filter(|life| wanted(&life.record)).collect();
        found.sort_by_key(|life| (life.record.call, life.record.nth));
        found.into_iter().map(Life::ended).collect()
    }
}

pub(crate) fn stream() -> StreamId {
    StreamId(Uuid::from_u128(5))
}

pub(crate) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).expect("a word")
}
