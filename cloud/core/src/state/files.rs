//! What has come to its end long ago leaves memory: it is put on file. Lists go on showing it, and of a message it
//! stays known here what answers a repeat (S8).
//!
//! Without this the service would grow by every message that was ever sent.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::id::BrandId;

use super::State;
use crate::entry::Entry;
use crate::id::{MessageKey, Reference};
use crate::ledger::Now;
use crate::relay::{RelayKey, Relayed};
use crate::sms::{Ending, Filed, Message, Stamped, Step};

/// So many at once, and of each kind: some milliseconds' work, and in a day as many as a million guests get.
const AT_ONCE: usize = 1_000;

/// Something on file, and with it all that came to their ends before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum UpTo {
    /// Messages, by their last steps.
    Messages {
        /// The last step of the last of them.
        at: Timestamp,
        /// The last of them.
        message: MessageKey,
    },
    /// Messages that were sent on, by when they came in.
    Relays {
        /// When the last of them came in.
        at: Timestamp,
        /// The last of them.
        relay: RelayKey,
    },
}

/// What has come to its end and is still at hand, the oldest first. It holds no truth of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ended {
    messages: BTreeSet<(Timestamp, MessageKey)>,
    relays: BTreeSet<(Timestamp, RelayKey)>,
}

impl Ended {
    pub(super) fn enter(&mut self, message: &Message) {
        if Ending::of(&message.state).is_some() {
            self.messages.insert((message.last_step_at(), message.key.clone()));
        }
    }

    /// A message the carrier took has not come to its end for good: a receipt may follow.
    pub(super) fn leave(&mut self, message: &Message) {
        if Ending::of(&message.state).is_some() {
            self.messages.remove(&(message.last_step_at(), message.key.clone()));
        }
    }

    pub(super) fn enter_relay(&mut self, relayed: &Relayed) {
        if relayed.has_ended() {
            self.relays.insert((relayed.kept_at, relayed.key.clone()));
        }
    }
}

impl State {
    /// Until when something must have ended to be put on file now.
    pub(super) fn on_file_before(&self, now: Now) -> Timestamp {
        now.at - self.rules.patience.at_hand
    }

    /// The next that are old enough.
    pub(super) fn file_the_old(&self, now: Now) -> impl Iterator<Item = Entry> {
        let limit = self.on_file_before(now);
        let messages = last_of(&self.ended.messages, limit)
            .map(|(at, message)| UpTo::Messages { at: *at, message: message.clone() });
        let relays = last_of(&self.ended.relays, limit)
            .map(|(at, relay)| UpTo::Relays { at: *at, relay: relay.clone() });
        messages.into_iter().chain(relays).map(Entry::Filed)
    }

    pub(super) fn apply_filed(&mut self, up_to: &UpTo) {
        match up_to {
            UpTo::Messages { at, message } => {
                for (_, key) in take_up_to(&mut self.ended.messages, &(*at, message.clone())) {
                    self.file(&key);
                }
            }
            UpTo::Relays { at, relay } => {
                for (_, key) in take_up_to(&mut self.ended.relays, &(*at, relay.clone())) {
                    let brand = self.known_brand(&key.brand);
                    brand.relays.remove(&key.message);
                    brand.relays_on_file += 1;
                }
            }
        }
    }

    /// What is known of a message on file.
    pub fn filed(&self, key: &MessageKey) -> Option<&Filed> {
        self.brands.get(&key.brand)?.filed.get(&key.sms)
    }

    /// Whether a message has this id, at hand or on file.
    pub(super) fn knows(&self, key: &MessageKey) -> bool {
        self.message(key).is_some() || self.filed(key).is_some()
    }

    /// How many messages of a brand are on file.
    pub fn filed_count(&self, brand: &BrandId) -> usize {
        self.brands.get(brand).map_or(0, |found| found.filed.len())
    }

    /// How many messages of a brand that were sent on are on file: in the lists, and not here.
    pub fn relays_on_file(&self, brand: &BrandId) -> usize {
        self.brands.get(brand).map_or(0, |found| found.relays_on_file)
    }

    fn file(&mut self, key: &MessageKey) {
        let brand = self.brands.get_mut(&key.brand).expect("messages belong to known brands");
        let message = brand.messages.remove(&key.sms).expect("what has ended is at hand");
        let ending = Ending::of(&message.state).expect("only what has ended is put on file");
        brand.filed.insert(key.sms, Filed::new(ending, &message.wish));
        brand.account.forget(message.freeze());
        if let Some(batch) = message.wish.batch.and_then(|batch| brand.batches.get_mut(&batch)) {
            batch.files(ending);
        }
        let digits = || message.wish.phone.digits().to_owned();
        self.references.remove(&Reference::of_message(key));
        for Stamped { step, .. } in &message.steps {
            match step {
                Step::Submitting { call: Some(call), .. } => {
                    self.called.remove(&(*call, digits()));
                }
                Step::Accepted { carrier_message } => {
                    let theirs = (carrier_message.clone(), digits());
                    // A carrier may have used the name again.
                    if self.carrier_messages.get(&theirs) == Some(key) {
                        self.carrier_messages.remove(&theirs);
                    }
                }
                Step::Submitting { call: None, .. }
                | Step::Queued { .. }
                | Step::Barred { .. }
                | Step::Refused { .. }
                | Step::Released { .. }
                | Step::Postponed { .. }
                | Step::InDoubt { .. }
                | Step::Failed { .. }
                | Step::Delivered
                | Step::Undelivered { .. } => {}
            }
        }
    }
}

/// The last of those that are put on file together.
fn last_of<K: Ord>(ended: &BTreeSet<(Timestamp, K)>, limit: Timestamp) -> Option<&(Timestamp, K)> {
    ended.iter().take(AT_ONCE).take_while(|(at, _)| *at <= limit).last()
}

fn take_up_to<K: Ord>(ended: &mut BTreeSet<(Timestamp, K)>, last: &(Timestamp, K)) -> Vec<(Timestamp, K)> {
    let mut taken = Vec::new();
    while ended.first().is_some_and(|first| first <= last) {
        taken.extend(ended.pop_first());
    }
    taken
}
