//! Which messages are next (S9). Queues — lanes — are apart by kind, by brand, and by single or batch. Verification
//! codes go before everything else; the others take turns by weight, so that nobody's million messages delay anybody
//! else's, nor a brand's own.
//!
//! They hold no truth of their own: each message stands where its state says, and what a lane has had of its share
//! follows from the steps its messages took.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;
use shared::id::{BrandId, SmsId};

use crate::carrier::CarrierAccount;
use crate::dispatch::{Buckets, Rate, Rules};
use crate::id::{BatchId, CarrierAccountId, MessageKey};
use crate::sms::{Kind, Message, MessageState};

/// Messages that wait for the carrier alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Lane {
    kind: Kind,
    is_batch: bool,
    brand: BrandId,
}

/// A message in its lane: ready from then on, with others of its batch beside it.
type Place = (Timestamp, Option<BatchId>, SmsId);

/// Lanes that share the same hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Class {
    Codes,
    Others,
}

impl Class {
    const ALL: [Self; 2] = [Self::Codes, Self::Others];

    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Verification => Self::Codes,
            Kind::Notification | Kind::Marketing => Self::Others,
        }
    }
}

/// What one message takes of its lane's share: a guest waits for a notification and not for advertising, so of
/// five messages four are notifications while both wait.
fn share(kind: Kind) -> u64 {
    match kind {
        Kind::Verification | Kind::Notification => 1,
        Kind::Marketing => 4,
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    places: BTreeSet<Place>,
    /// What the lane has had, as its class counts: who has had least is next.
    had: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Queues {
    lanes: BTreeMap<Lane, Waiting>,
    /// The lanes of a class in their turn.
    turns: BTreeMap<Class, BTreeSet<(u64, Lane)>>,
    /// What the lane that was served last had had: a lane that begins, begins there, and not with years of credit.
    counted: BTreeMap<Class, u64>,
    /// What lanes have had that are empty at the moment and have had more than that.
    ahead: BTreeMap<Lane, u64>,
    /// When waiting messages are not worth sending any more.
    deadlines: BTreeSet<(Timestamp, MessageKey)>,
    submitting: BTreeSet<MessageKey>,
    in_doubt: BTreeSet<(Timestamp, MessageKey)>,
    carriers: Buckets<CarrierAccountId>,
    brands: Buckets<BrandId>,
    phones: Buckets<(BrandId, PhoneNumber)>,
}

/// How messages go to the carrier.
pub(super) struct Way {
    /// By which account.
    pub(super) account: Arc<CarrierAccount>,
    /// How many in one call at most, when they are of one batch.
    pub(super) together_max: u32,
}

/// How a brand's messages of a kind go, and of a batch.
pub(super) type WayOf<'a> = dyn Fn(&BrandId, Kind, Option<BatchId>) -> Way + 'a;

/// How many calls the carrier may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hands {
    /// For messages of any kind.
    pub(super) any: usize,
    /// For verification codes besides.
    pub(super) verification: usize,
}

impl Queues {
    /// Puts a message where its state says.
    pub(super) fn enter(&mut self, message: &Message, rules: &Rules) {
        let key = &message.key;
        if let Some(place) = place(message) {
            self.deadlines.insert((rules.deadline(&message.wish), key.clone()));
            self.enter_lane(lane(message), place);
        }
        match &message.state {
            MessageState::Queued { .. } => {
                let whom = (key.brand.clone(), message.wish.phone.clone());
                self.phones.take(&whom, rules.pace.phone, 1, message.asked_at());
            }
            MessageState::Submitting { .. } => {
                self.submitting.insert(key.clone());
                self.charge(&lane(message));
                self.brands.take(&key.brand, rules.pace.brand, 1, message.last_step_at());
            }
            MessageState::InDoubt { since } => {
                self.in_doubt.insert((*since, key.clone()));
            }
            MessageState::Postponed { .. }
            | MessageState::Refused { .. }
            | MessageState::Barred { .. }
            | MessageState::Released { .. }
            | MessageState::Accepted { .. }
            | MessageState::Failed { .. }
            | MessageState::Delivered
            | MessageState::Undelivered { .. } => {}
        }
    }

    /// Takes a message away from where its state says, before it takes a step.
    pub(super) fn leave(&mut self, message: &Message, rules: &Rules) {
        let key = &message.key;
        if let Some(place) = place(message) {
            self.deadlines.remove(&(rules.deadline(&message.wish), key.clone()));
            self.leave_lane(lane(message), place);
        }
        match &message.state {
            MessageState::Submitting { .. } => {
                self.submitting.remove(key);
            }
            MessageState::InDoubt { since } => {
                self.in_doubt.remove(&(*since, key.clone()));
            }
            MessageState::Queued { .. }
            | MessageState::Postponed { .. }
            | MessageState::Refused { .. }
            | MessageState::Barred { .. }
            | MessageState::Released { .. }
            | MessageState::Accepted { .. }
            | MessageState::Failed { .. }
            | MessageState::Delivered
            | MessageState::Undelivered { .. } => {}
        }
    }

    /// The next calls: of each the messages that go out together. Verification codes first, with hands of their own;
    /// then whoever has had least of its share. Nobody is called on who may not go yet.
    pub(super) fn next(
        &self,
        now: Timestamp,
        hands: Hands,
        rules: &Rules,
        way_of: &WayOf<'_>,
    ) -> Vec<Vec<MessageKey>> {
        let (brands, carriers) = (BTreeMap::new(), BTreeMap::new());
        let mut picker = Picker { queues: self, now, rules, way_of, brands, carriers };
        let mut calls = Vec::new();
        for class in Class::ALL {
            let reserve = if class == Class::Codes { hands.verification } else { 0 };
            let free = (hands.any + reserve).saturating_sub(calls.len());
            picker.pick(class, free, &mut calls);
        }
        calls
    }

    /// Counts a message to the account that it was submitted by.
    pub(super) fn charge_carrier(&mut self, account: &CarrierAccount, at: Timestamp) {
        self.carriers.take(&account.id, rate_of(account), 1, at);
    }

    /// When a message to this receiver may go.
    pub(super) fn receiver_free_at(
        &self,
        whom: &(BrandId, PhoneNumber),
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Timestamp> {
        Some(self.phones.gives_at(whom, rules.pace.phone, now)).filter(|at| *at > now)
    }

    pub(super) fn submitting(&self) -> impl Iterator<Item = &MessageKey> {
        self.submitting.iter()
    }

    pub(super) fn in_doubt_since_before(&self, limit: Timestamp) -> impl Iterator<Item = &MessageKey> {
        self.in_doubt.iter().take_while(move |(since, _)| *since <= limit).map(|(_, key)| key)
    }

    /// Messages that have waited too long.
    pub(super) fn too_old(&self, now: Timestamp) -> impl Iterator<Item = &MessageKey> {
        self.deadlines.iter().take_while(move |(deadline, _)| *deadline < now).map(|(_, key)| key)
    }

    pub(super) fn len(&self) -> usize {
        self.deadlines.len()
    }

    pub(super) fn codes_wait(&self) -> bool {
        self.turns.get(&Class::Codes).is_some_and(|lanes| !lanes.is_empty())
    }

    fn enter_lane(&mut self, lane: Lane, place: Place) {
        let class = Class::of(lane.kind);
        let counted = self.counted.get(&class).copied().unwrap_or_default();
        if !self.lanes.contains_key(&lane) {
            let had = self.ahead.remove(&lane).unwrap_or_default().max(counted);
            self.turns.entry(class).or_default().insert((had, lane.clone()));
            self.lanes.insert(lane.clone(), Waiting { places: BTreeSet::new(), had });
        }
        self.lanes.entry(lane).or_default().places.insert(place);
    }

    fn leave_lane(&mut self, lane: Lane, place: Place) {
        let Some(waiting) = self.lanes.get_mut(&lane) else { return };
        waiting.places.remove(&place);
        if waiting.places.is_empty() {
            let had = waiting.had;
            self.lanes.remove(&lane);
            self.turns.entry(Class::of(lane.kind)).or_default().remove(&(had, lane.clone()));
            self.ahead.insert(lane, had);
        }
    }

    /// Counts one message to its lane, which it has just left.
    fn charge(&mut self, lane: &Lane) {
        let class = Class::of(lane.kind);
        let more = share(lane.kind);
        let had = match self.lanes.get_mut(lane) {
            Some(waiting) => {
                let had = waiting.had;
                waiting.had += more;
                let turns = self.turns.entry(class).or_default();
                turns.remove(&(had, lane.clone()));
                turns.insert((had + more, lane.clone()));
                had
            }
            None => {
                let had = self.ahead.get(lane).copied().unwrap_or_default();
                self.ahead.insert(lane.clone(), had + more);
                had
            }
        };
        let counted = self.counted.entry(class).or_default();
        *counted = had.max(*counted);
    }
}

/// Picks calls, and remembers what it has picked.
struct Picker<'a> {
    queues: &'a Queues,
    now: Timestamp,
    rules: &'a Rules,
    way_of: &'a WayOf<'a>,
    /// What it has picked of each brand.
    brands: BTreeMap<&'a BrandId, u32>,
    /// What it has picked for each carrier account.
    carriers: BTreeMap<CarrierAccountId, u32>,
}

impl<'a> Picker<'a> {
    fn pick(&mut self, class: Class, free: usize, calls: &mut Vec<Vec<MessageKey>>) {
        let queues = self.queues;
        let mut fresh = queues.turns.get(&class).into_iter().flatten().peekable();
        // Lanes that have had a turn in this round, with what is left of them.
        let mut again: BTreeMap<(u64, &'a Lane), &'a Place> = BTreeMap::new();
        let enough = calls.len() + free;
        while calls.len() < enough {
            let served = again.first_key_value().map(|((had, lane), _)| (*had, *lane));
            let new = fresh.peek().map(|(had, lane)| (*had, lane));
            let (had, lane, after) = match (served, new) {
                (Some(served), new) if new.is_none_or(|new| served <= new) => {
                    let after = again.remove(&served);
                    (served.0, served.1, after)
                }
                (_, Some((had, lane))) => {
                    fresh.next();
                    (had, lane, None)
                }
                (_, None) => return,
            };
            let Some((call, last)) = self.call(lane, after) else { continue };
            again.insert((had + share(lane.kind) * call.len() as u64, lane), last);
            calls.push(call);
        }
    }

    /// The next call of a lane, and its last message.
    fn call(&mut self, lane: &'a Lane, after: Option<&Place>) -> Option<(Vec<MessageKey>, &'a Place)> {
        let Rules { pace, .. } = self.rules;
        if lane.kind == Kind::Marketing && pace.quiet.has(self.now) {
            return None;
        }
        let places = &self.queues.lanes.get(lane)?.places;
        let mut left = match after {
            Some(after) => places.range((Bound::Excluded(*after), Bound::Unbounded)),
            None => places.range(..),
        };
        let first = left.next().filter(|(ready, ..)| *ready <= self.now)?;
        let Way { account, together_max } = (self.way_of)(&lane.brand, lane.kind, first.1);
        let picked = self.brands.entry(&lane.brand).or_default();
        let held = self.queues.brands.holds(&lane.brand, pace.brand, self.now).saturating_sub(*picked);
        let of_brand = left_for(lane.kind, held, pace.brand);
        let given = self.carriers.entry(account.id.clone()).or_default();
        let rate = rate_of(&account);
        let held = self.queues.carriers.holds(&account.id, rate, self.now).saturating_sub(*given);
        let of_carrier = left_for(lane.kind, held, rate);
        let most = of_brand.min(of_carrier).min(together_max) as usize;
        if most == 0 {
            return None;
        }
        let together =
            left.take_while(|(ready, batch, _)| lane.is_batch && *batch == first.1 && *ready <= self.now);
        let members: Vec<_> = std::iter::once(first).chain(together).take(most).collect();
        let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
        *picked += count;
        *given += count;
        let last = *members.last()?;
        let key = |place: &&Place| MessageKey { brand: lane.brand.clone(), sms: place.2 };
        Some((members.iter().map(key).collect(), last))
    }
}

/// What a bucket gives to messages of a kind: its last tenth is for verification codes.
fn left_for(kind: Kind, held: u32, rate: Rate) -> u32 {
    match Class::of(kind) {
        Class::Codes => held,
        Class::Others => held.saturating_sub(rate.burst / 10),
    }
}

fn rate_of(account: &CarrierAccount) -> Rate {
    Rate::per_second(account.per_second.get())
}

fn lane(message: &Message) -> Lane {
    let (kind, is_batch) = (message.wish.kind, message.wish.batch.is_some());
    Lane { kind, is_batch, brand: message.key.brand.clone() }
}

/// Where a message waits, if it waits.
fn place(message: &Message) -> Option<Place> {
    let ready = match &message.state {
        MessageState::Queued { not_before } => not_before.unwrap_or(message.asked_at()),
        MessageState::Postponed { not_before, .. } => *not_before,
        MessageState::Refused { .. }
        | MessageState::Barred { .. }
        | MessageState::Released { .. }
        | MessageState::Submitting { .. }
        | MessageState::InDoubt { .. }
        | MessageState::Accepted { .. }
        | MessageState::Failed { .. }
        | MessageState::Delivered
        | MessageState::Undelivered { .. } => return None,
    };
    Some((ready, message.wish.batch, message.key.sms))
}
