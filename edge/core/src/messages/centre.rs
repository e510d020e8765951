//! The queue (M4, M5, M9): what waits to be told, what is next, and what became of it.
//!
//! Time, the world and what a device reports come in; changes to keep go out. What has come to its end is
//! forgotten here, for nothing can happen to it any more; the shell has it written down.
//!
//! The order of speaking: the first time of anything before any repetition, then by urgency, then by age.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::id::{AccountId, MessageId, OrderId};
use shared::message::{Became, MessageEvent, MessageReason, MessageState, Volume};

use super::clock::QueueTime;
use super::record::{GOOD_FOR, RELAY_GOOD_FOR, Record};
use super::second_look::World;

/// What may wait for one account. A sentence takes five seconds: of three hundred the last are too old long before
/// their turn, and nobody reads as many on a screen.
pub const WAITING_MAX: usize = 300;

/// What was called within this is said as one sentence.
const TOGETHER_WITHIN: Duration = Duration::from_secs(2);

/// A device that is to say something says within this that it has it.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// And is heard within this after it was worth saying: others may be before it there, too.
const HEARD_WITHIN: Duration = Duration::from_secs(30);

/// What was not kept by the shop, or not taken by the link to the screens, is tried again after this.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Something to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A message is somewhere else in its life.
    Became {
        /// Which.
        id: MessageId,
        /// Where.
        state: MessageState,
        /// Why, when it is skipped or has failed.
        reason: Option<MessageReason>,
        /// Whether nothing will become of it any more.
        is_last: bool,
    },
    /// It says more than when it was written.
    Reworded(Box<Record>),
    /// It is told later.
    Postponed {
        /// Which.
        id: MessageId,
        /// When.
        due: QueueTime,
    },
}

/// What the voice made of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It was heard.
    Spoken,
    /// It was too old when its turn came.
    TooOld,
    /// Nothing there speaks.
    Off,
    /// It has not begun, or not come to its end.
    Interrupted,
}

/// What can be reached at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The screens' broker carries messages.
    pub screens: bool,
    /// The voice is free.
    pub voice: bool,
}

/// A message that is to be told now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The message.
    pub record: Record,
    /// How loud.
    pub volume: Volume,
    /// How long it is still worth telling.
    pub left: Duration,
}

#[derive(Debug, Clone)]
struct Entry {
    record: Record,
    due: QueueTime,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It waits until then.
    Queued { until: QueueTime },
    /// The voice, or whoever keeps what goes to the cloud, has it and will say what became of it.
    Handed,
    /// It is on its way to a screen, which says so by then.
    Sent { answer_by: QueueTime },
    /// A device has it and is to say it by then.
    Acknowledged { heard_by: QueueTime },
}

impl Entry {
    fn new(record: Record, due: QueueTime) -> Self {
        Self { record, due, stage: Stage::Queued { until: due } }
    }

    fn good_until(&self) -> QueueTime {
        self.due.after(if self.record.is_for_the_cloud() { RELAY_GOOD_FOR } else { GOOD_FOR })
    }

    fn is_queued(&self) -> bool {
        matches!(self.stage, Stage::Queued { .. })
    }

    fn is_due(&self, now: QueueTime) -> bool {
        matches!(self.stage, Stage::Queued { until } if until <= now)
    }

    /// Lower is told earlier.
    fn turn(&self) -> (bool, u8, QueueTime, u64, MessageId) {
        let Record { nth, event, call, id, .. } = self.record;
        (nth > 1, urgency(event), self.due, call, id)
    }

    /// When something happens to it by itself.
    fn wakes_at(&self, now: QueueTime) -> Option<QueueTime> {
        match self.stage {
            Stage::Queued { until } if until > now => Some(until),
            Stage::Queued { .. } => Some(self.good_until()),
            Stage::Handed => None,
            Stage::Sent { answer_by } => Some(answer_by),
            Stage::Acknowledged { heard_by } => Some(heard_by),
        }
    }

    /// What time alone has made of it.
    fn lapsed(&self, now: QueueTime) -> Option<(MessageState, MessageReason)> {
        match self.stage {
            Stage::Queued { .. } if self.good_until() <= now => {
                Some((MessageState::Skipped, MessageReason::TooOld))
            }
            Stage::Sent { answer_by } if answer_by <= now => {
                Some((MessageState::Failed, MessageReason::NoAnswer))
            }
            Stage::Acknowledged { heard_by } if heard_by <= now => {
                Some((MessageState::Failed, MessageReason::NotHeard))
            }
            Stage::Queued { .. } | Stage::Handed | Stage::Sent { .. } | Stage::Acknowledged { .. } => None,
        }
    }

    /// Whether both are said as one sentence.
    fn joins(&self, other: &Self) -> bool {
        let kin = |entry: &Self| {
            let Record { event, source, nth, .. } = entry.record;
            (event, source, nth)
        };
        let apart = self.due.since(other.due).max(other.due.since(self.due));
        kin(self) == kin(other)
            && apart <= TOGETHER_WITHIN
            && self.record.guest == other.record.guest
            && self.record.wording.joins(&other.record.wording)
    }
}

/// What cannot wait, what an order's way needs, and what is good to know.
fn urgency(event: MessageEvent) -> u8 {
    match event {
        MessageEvent::LinesRushed
        | MessageEvent::LineVoided
        | MessageEvent::LeftBehind
        | MessageEvent::ServiceCalled => 0,
        MessageEvent::OrderPlaced
        | MessageEvent::LinesFired
        | MessageEvent::PickupCalled
        | MessageEvent::LineCancelled
        | MessageEvent::AttendantCalled => 1,
        MessageEvent::Notice => 2,
    }
}

/// Everything of which something may still become.
#[derive(Debug, Clone, Default)]
pub struct Centre {
    entries: BTreeMap<MessageId, Entry>,
}

impl Centre {
    /// Takes new records in, each with when it is due. What is too old already ends here, and of too many the last in
    /// the order of speaking.
    pub fn take(
        &mut self,
        records: impl IntoIterator<Item = (Record, QueueTime)>,
        now: QueueTime,
    ) -> Vec<Change> {
        let mut accounts: BTreeSet<AccountId> = BTreeSet::new();
        for (record, due) in records {
            accounts.insert(record.account.clone());
            self.entries.entry(record.id).or_insert_with(|| Entry::new(record, due));
        }
        let mut changes = self.lapse(now);
        changes.extend(self.thin_out(&accounts));
        changes
    }

    /// Takes back in what waited when the last run ended. What the voice had then was not heard to its end; what
    /// the screens had they may still answer for.
    pub fn take_back(&mut self, record: Record, due: QueueTime, state: MessageState, now: QueueTime) {
        let mut entry = Entry::new(record, due);
        let is_a_screens = !entry.record.is_for_the_box() && !entry.record.is_for_the_cloud();
        match state {
            MessageState::Sent if is_a_screens => {
                entry.stage = Stage::Sent { answer_by: entry.good_until().max(now.after(ANSWER_WITHIN)) };
            }
            MessageState::Acknowledged if is_a_screens => {
                entry.stage = Stage::Acknowledged { heard_by: entry.good_until().after(HEARD_WITHIN) };
            }
            MessageState::Queued
            | MessageState::Sent
            | MessageState::Acknowledged
            | MessageState::Spoken
            | MessageState::Skipped
            | MessageState::Failed => {}
        }
        self.entries.insert(entry.record.id, entry);
    }

    /// How much waits, and since when the oldest that is due.
    pub fn waiting(&self, now: QueueTime) -> (usize, Option<QueueTime>) {
        let queued = || self.entries.values().filter(|entry| entry.is_queued());
        (queued().count(), queued().map(|entry| entry.due).filter(|due| *due <= now).min())
    }

    /// When to look again, if nothing else happens before.
    pub fn wakes_at(&self, now: QueueTime) -> Option<QueueTime> {
        self.entries.values().filter_map(|entry| entry.wakes_at(now)).min()
    }

    /// What time alone has ended.
    pub fn lapse(&mut self, now: QueueTime) -> Vec<Change> {
        let lapsed = |(id, entry): (&MessageId, &Entry)| Some((*id, entry.lapsed(now)?));
        let lapsed: Vec<_> = self.entries.iter().filter_map(lapsed).collect();
        lapsed.into_iter().map(|(id, (state, reason))| self.end(id, state, Some(reason))).collect()
    }

    /// The orders to look at before anything is told now. `None`: nothing is to be told.
    pub fn asks_about(&self, now: QueueTime, reach: Reach) -> Option<BTreeSet<OrderId>> {
        let is_next = |entry: &&Entry| entry.is_due(now) && is_within(&entry.record, reach);
        let mut due = self.entries.values().filter(is_next).map(|entry| entry.record.order()).peekable();
        due.peek()?;
        Some(due.flatten().collect())
    }

    /// Everything that screens and the cloud are to be told now, in the order of speaking. What is no longer to be
    /// told ends here.
    pub fn to_send(&mut self, now: QueueTime, reach: Reach, world: World<'_>) -> (Vec<Telling>, Vec<Change>) {
        let is_sent = |entry: &&Entry| entry.is_due(now) && !entry.record.is_for_the_box();
        let mut due: Vec<_> = self.entries.values().filter(is_sent).collect();
        due.retain(|entry| is_within(&entry.record, reach));
        due.sort_by_key(|entry| entry.turn());
        let looked: Vec<_> =
            due.into_iter().map(|entry| (entry.record.id, world.look(&entry.record))).collect();
        let (mut tellings, mut changes) = (Vec::new(), Vec::new());
        for (id, look) in looked {
            match look {
                Ok(volume) => tellings.extend(self.hand(id, volume, now)),
                Err(reason) => changes.push(self.end(id, MessageState::Skipped, Some(reason))),
            }
        }
        (tellings, changes)
    }

    /// What the box's own loudspeaker says next, if it is free. What goes without saying ends here.
    pub fn to_say(&mut self, now: QueueTime, world: World<'_>) -> (Option<Telling>, Vec<Change>) {
        let mut changes = Vec::new();
        let is_busy = |entry: &Entry| entry.record.is_for_the_box() && entry.stage == Stage::Handed;
        if self.entries.values().any(is_busy) {
            return (None, changes);
        }
        while let Some(head) = self.first_to_say(now) {
            match world.look(&head.record) {
                Err(reason) => changes.push(self.end(head.record.id, MessageState::Skipped, Some(reason))),
                Ok(volume) => {
                    changes.extend(self.join_to(&head, now, world));
                    return (self.hand(head.record.id, volume, now), changes);
                }
            }
        }
        (None, changes)
    }

    /// A screen was sent it. `is_here`: somebody is there who can answer at once.
    pub fn sent(&mut self, id: MessageId, now: QueueTime, is_here: bool) -> Option<Change> {
        let entry = self.entries.get_mut(&id)?;
        // A screen that is away finds it when it comes back, as long as it is worth telling.
        let patience = if is_here && entry.record.is_to_be_heard() { ANSWER_WITHIN } else { GOOD_FOR };
        let answer_by = now.after(patience).min(entry.good_until().max(now.after(ANSWER_WITHIN)));
        entry.stage = Stage::Sent { answer_by };
        Some(became(id, MessageState::Sent))
    }

    /// The voice has it. It says later what it made of it.
    pub fn being_said(&self, id: MessageId) -> Option<Change> {
        self.entries.contains_key(&id).then(|| became(id, MessageState::Sent))
    }

    /// The shop has kept that the cloud sends it on, and what the cloud makes of it is the cloud's to tell.
    pub fn relayed(&mut self, id: MessageId) -> Option<Change> {
        self.entries.contains_key(&id).then(|| self.end(id, MessageState::Sent, None))
    }

    /// It could not be handed on and is tried again a little later.
    pub fn not_taken(&mut self, id: MessageId, now: QueueTime) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.stage = Stage::Queued { until: now.after(AGAIN_AFTER) };
        }
    }

    /// The voice is done with it. The repetitions to come keep their distance.
    pub fn heard(&mut self, id: MessageId, heard: Heard, now: QueueTime) -> Vec<Change> {
        let Some(entry) = self.entries.get_mut(&id).filter(|entry| entry.stage == Stage::Handed) else {
            return Vec::new();
        };
        match heard {
            Heard::Interrupted => {
                entry.stage = Stage::Queued { until: entry.due };
                vec![became(id, MessageState::Queued)]
            }
            Heard::TooOld => vec![self.end(id, MessageState::Skipped, Some(MessageReason::TooOld))],
            Heard::Off => vec![self.end(id, MessageState::Failed, Some(MessageReason::VoiceOff))],
            Heard::Spoken => {
                let record = entry.record.clone();
                let mut changes = vec![self.end(id, MessageState::Spoken, None)];
                changes.extend(self.keep_distance(&record, now));
                changes
            }
        }
    }

    /// A device of this account says what became of a message. `None`: it changes nothing, because it is late, comes
    /// again, or is about somebody else's message.
    pub fn reported(&mut self, account: &AccountId, id: MessageId, report: Became) -> Option<Change> {
        let entry = self.entries.get_mut(&id).filter(|entry| entry.record.account == *account)?;
        match (entry.stage, entry.record.is_to_be_heard(), report) {
            (Stage::Sent { .. }, true, Became::Acknowledged) => {
                entry.stage = Stage::Acknowledged { heard_by: entry.good_until().after(HEARD_WITHIN) };
                Some(became(id, MessageState::Acknowledged))
            }
            (Stage::Sent { .. }, false, Became::Acknowledged | Became::Spoken | Became::Silent) => {
                Some(self.end(id, MessageState::Acknowledged, None))
            }
            (Stage::Sent { .. } | Stage::Acknowledged { .. }, _, Became::Spoken) => {
                Some(self.end(id, MessageState::Spoken, None))
            }
            (Stage::Sent { .. } | Stage::Acknowledged { .. }, _, Became::Silent) => {
                Some(self.end(id, MessageState::Failed, Some(MessageReason::NotHeard)))
            }
            (Stage::Acknowledged { .. }, _, Became::Acknowledged)
            | (Stage::Queued { .. } | Stage::Handed, _, _) => None,
        }
    }

    fn first_to_say(&self, now: QueueTime) -> Option<Entry> {
        let said = self.entries.values().filter(|entry| entry.record.is_for_the_box() && entry.is_due(now));
        said.min_by_key(|entry| entry.turn()).cloned()
    }

    /// What says the same of more dishes is said with it.
    fn join_to(&mut self, head: &Entry, now: QueueTime, world: World<'_>) -> Vec<Change> {
        let joins = |entry: &&Entry| {
            let is_another = entry.record.is_for_the_box() && entry.record.id != head.record.id;
            is_another && entry.is_due(now) && entry.joins(head) && world.look(&entry.record).is_ok()
        };
        let mut joined: Vec<_> = self.entries.values().filter(joins).cloned().collect();
        if joined.is_empty() {
            return Vec::new();
        }
        joined.sort_by_key(Entry::turn);
        let mut record = head.record.clone();
        let mut told = vec![&head.record.proviso];
        for other in joined.iter().map(|entry| &entry.record) {
            // The same dishes again, as when a waiter is called twice, are named once.
            if !told.contains(&&other.proviso) {
                record.wording.join(&other.wording);
                told.push(&other.proviso);
            }
        }
        record.reword();
        if let Some(entry) = self.entries.get_mut(&record.id) {
            entry.record = record.clone();
        }
        let swallowed = joined
            .iter()
            .map(|entry| self.end(entry.record.id, MessageState::Skipped, Some(MessageReason::SaidTogether)));
        let mut changes: Vec<_> = swallowed.collect();
        changes.push(Change::Reworded(Box::new(record)));
        changes
    }

    fn hand(&mut self, id: MessageId, volume: Volume, now: QueueTime) -> Option<Telling> {
        let entry = self.entries.get_mut(&id)?;
        entry.stage = Stage::Handed;
        Some(Telling { record: entry.record.clone(), volume, left: entry.good_until().since(now) })
    }

    /// The later repetitions of what was told now: each at least as long after it as they are apart, in their order.
    fn keep_distance(&mut self, told: &Record, now: QueueTime) -> Vec<Change> {
        let is_later = |entry: &&mut Entry| {
            let record = &entry.record;
            (record.call, &record.account, record.channel) == (told.call, &told.account, told.channel)
                && record.nth > told.nth
                && entry.is_queued()
        };
        let mut changes = Vec::new();
        for entry in self.entries.values_mut().filter(is_later) {
            let times = u64::from(entry.record.nth - told.nth);
            let earliest = now.after(Duration::from_secs(times * u64::from(told.interval_s)));
            if entry.due < earliest {
                (entry.due, entry.stage) = (earliest, Stage::Queued { until: earliest });
                changes.push(Change::Postponed { id: entry.record.id, due: earliest });
            }
        }
        changes
    }

    fn thin_out(&mut self, accounts: &BTreeSet<AccountId>) -> Vec<Change> {
        let mut waiting: BTreeMap<&AccountId, Vec<_>> = BTreeMap::new();
        for entry in self.entries.values().filter(|entry| entry.is_queued()) {
            if let Some(account) = accounts.get(&entry.record.account) {
                waiting.entry(account).or_default().push((entry.turn(), entry.record.id));
            }
        }
        let mut too_many = Vec::new();
        for mut one in waiting.into_values().filter(|one| one.len() > WAITING_MAX) {
            one.sort_unstable();
            too_many.extend(one.drain(WAITING_MAX..).map(|(_, id)| id));
        }
        let given_up = |id| self.end(id, MessageState::Skipped, Some(MessageReason::TooMany));
        too_many.into_iter().map(given_up).collect()
    }

    fn end(&mut self, id: MessageId, state: MessageState, reason: Option<MessageReason>) -> Change {
        self.entries.remove(&id);
        Change::Became { id, state, reason, is_last: true }
    }
}

/// When a record is due first, with its fact called at `called`.
pub fn first_due(record: &Record, called: QueueTime) -> QueueTime {
    let repetitions = u64::from(record.nth.saturating_sub(1));
    called.after(Duration::from_secs(repetitions * u64::from(record.interval_s)))
}

fn became(id: MessageId, state: MessageState) -> Change {
    Change::Became { id, state, reason: None, is_last: false }
}

/// The cloud is always within reach: what it is to have is kept for it.
fn is_within(record: &Record, reach: Reach) -> bool {
    if record.is_for_the_box() { reach.voice } else { record.is_for_the_cloud() || reach.screens }
}
