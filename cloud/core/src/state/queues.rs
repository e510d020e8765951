//! Which message is next (S9). Queues are apart by kind and by brand; brands take turns, so that one brand's
//! million messages delay nobody else's.
//!
//! They hold no truth of their own: each message stands where its state says.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use jiff::Timestamp;
use shared::id::{BrandId, SmsId};

use crate::id::MessageKey;
use crate::sms::{Kind, Message, MessageState};

/// One brand's messages of one kind, the longest waiting first.
type Queue = BTreeSet<(Timestamp, SmsId)>;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Queues {
    queued: BTreeMap<Kind, BTreeMap<BrandId, Queue>>,
    postponed: BTreeSet<(Timestamp, MessageKey)>,
    submitting: BTreeSet<MessageKey>,
    in_doubt: BTreeSet<(Timestamp, MessageKey)>,
    /// The brand that had the last turn.
    served: BTreeMap<Kind, BrandId>,
}

impl Queues {
    /// Puts a message where its state says.
    pub(super) fn enter(&mut self, message: &Message) {
        let key = &message.key;
        match &message.state {
            MessageState::Queued => {
                let brands = self.queued.entry(message.wish.kind).or_default();
                brands.entry(key.brand.clone()).or_default().insert((message.asked_at(), key.sms));
            }
            MessageState::Submitting { .. } => {
                self.submitting.insert(key.clone());
                self.served.insert(message.wish.kind, key.brand.clone());
            }
            MessageState::Postponed { not_before, .. } => {
                self.postponed.insert((*not_before, key.clone()));
            }
            MessageState::InDoubt { since } => {
                self.in_doubt.insert((*since, key.clone()));
            }
            MessageState::Refused { .. }
            | MessageState::Released { .. }
            | MessageState::Accepted { .. }
            | MessageState::Failed { .. }
            | MessageState::Delivered
            | MessageState::Undelivered { .. } => {}
        }
    }

    /// Takes a message away from where its state says, before it takes a step.
    pub(super) fn leave(&mut self, message: &Message) {
        let key = &message.key;
        match &message.state {
            MessageState::Queued => self.leave_queue(message),
            MessageState::Submitting { .. } => {
                self.submitting.remove(key);
            }
            MessageState::Postponed { not_before, .. } => {
                self.postponed.remove(&(*not_before, key.clone()));
            }
            MessageState::InDoubt { since } => {
                self.in_doubt.remove(&(*since, key.clone()));
            }
            MessageState::Refused { .. }
            | MessageState::Released { .. }
            | MessageState::Accepted { .. }
            | MessageState::Failed { .. }
            | MessageState::Delivered
            | MessageState::Undelivered { .. } => {}
        }
    }

    /// The next messages: those postponed whose time has come, then by kind, the most urgent first, brands in
    /// turn. `verification` hands are kept for verification codes alone.
    pub(super) fn next(&self, now: Timestamp, any: usize, verification: usize) -> Vec<MessageKey> {
        let due = self.postponed.iter().take_while(|(not_before, _)| *not_before <= now);
        let mut next: Vec<_> = due.take(any).map(|(_, key)| key.clone()).collect();
        for kind in Kind::ALL {
            let reserve = if kind == Kind::Verification { verification } else { 0 };
            let hands = (any + reserve).saturating_sub(next.len());
            next.extend(self.round(kind, hands));
        }
        next
    }

    pub(super) fn submitting(&self) -> impl Iterator<Item = &MessageKey> {
        self.submitting.iter()
    }

    pub(super) fn in_doubt_since_before(&self, limit: Timestamp) -> impl Iterator<Item = &MessageKey> {
        self.in_doubt.iter().take_while(move |(since, _)| *since <= limit).map(|(_, key)| key)
    }

    pub(super) fn len(&self) -> usize {
        let queued: usize = self.queued.values().flat_map(BTreeMap::values).map(BTreeSet::len).sum();
        queued + self.postponed.len()
    }

    /// One message of each brand, then a second of each …, beginning after the brand that was served last.
    fn round(&self, kind: Kind, count: usize) -> Vec<MessageKey> {
        let Some(brands) = self.queued.get(&kind) else { return Vec::new() };
        let (later, earlier) = match self.served.get(&kind) {
            Some(last) => (
                brands.range::<BrandId, _>((Bound::Excluded(last), Bound::Unbounded)),
                Some(brands.range::<BrandId, _>((Bound::Unbounded, Bound::Included(last)))),
            ),
            None => (brands.range::<BrandId, _>(..), None),
        };
        let mut lanes: Vec<_> = later
            .chain(earlier.into_iter().flatten())
            .take(count)
            .map(|(brand, queue)| (brand, queue.iter()))
            .collect();
        let mut picked = Vec::new();
        while picked.len() < count && !lanes.is_empty() {
            lanes.retain_mut(|(brand, queue)| match queue.next() {
                Some((_, sms)) => {
                    picked.push(MessageKey { brand: (*brand).clone(), sms: *sms });
                    true
                }
                None => false,
            });
        }
        picked.truncate(count);
        picked
    }

    fn leave_queue(&mut self, message: &Message) {
        let Some(brands) = self.queued.get_mut(&message.wish.kind) else { return };
        if let Some(queue) = brands.get_mut(&message.key.brand) {
            queue.remove(&(message.asked_at(), message.key.sms));
            if queue.is_empty() {
                brands.remove(&message.key.brand);
            }
        }
    }
}
