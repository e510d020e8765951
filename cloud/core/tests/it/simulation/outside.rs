//! What an auditor from outside can say without knowing any rule of the inside: what was asked of the carrier, what
//! the brand was charged for it, and whether the journal says all there is.

use std::collections::BTreeMap;

use cloud_core::audit::Tally;
use cloud_core::dispatch::Rules;
use cloud_core::entry::Entry;
use cloud_core::id::MessageKey;
use cloud_core::ledger::{FreezeState, Outcome};
use cloud_core::sms::{CarrierAnswer, Ending, Message, MessageState, Reason};
use cloud_core::state::State;
use serde::{Deserialize, Serialize};

use super::carrier::Carrier;

/// Calls for each message, and how many of them were surely not taken, as far as the cloud has heard.
#[derive(Debug, Default)]
pub(super) struct CallsCounted {
    calls: BTreeMap<MessageKey, u32>,
    heard_busy: BTreeMap<MessageKey, u32>,
}

impl CallsCounted {
    pub(super) fn called(&mut self, key: &MessageKey) {
        *self.calls.entry(key.clone()).or_default() += 1;
    }

    pub(super) fn heard(&mut self, key: &MessageKey, answer: &CarrierAnswer) {
        if let CarrierAnswer::Busy { .. } = answer {
            *self.heard_busy.entry(key.clone()).or_default() += 1;
        }
    }

    /// S10: nothing is asked again unless the carrier surely did not take it.
    pub(super) fn none_blindly_again(&self, carrier: &Carrier) {
        for (key, calls) in &self.calls {
            let busy = self.heard_busy.get(key).copied().unwrap_or(0);
            assert!(*calls <= 1 + busy, "{key:?}: {calls} calls, {busy} of them told to come back");
        }
        for (key, taken) in carrier.taken() {
            assert_eq!(taken.times, 1, "{key:?} was taken {} times", taken.times);
        }
    }
}

/// Entries after their way to the disk and back.
pub(super) fn written_and_read(entries: &[Entry]) -> Vec<Entry> {
    let text = serde_json::to_string(entries).expect("entries are plain data");
    serde_json::from_str(&text).expect("what was written can be read")
}

/// The state as the journal tells it.
pub(super) fn read_anew(kept: &[Vec<Entry>], rules: Rules) -> State {
    let mut state = State::new(rules);
    for entries in kept {
        state.apply_all(entries);
        state.take_changed();
    }
    state
}

/// The state after its way to a snapshot and back.
pub(super) fn left_and_found(state: &State) -> State {
    let mut snapshot = Vec::new();
    let mut writing = rmp_serde::Serializer::new(&mut snapshot).with_struct_map().with_human_readable();
    state.serialize(&mut writing).expect("a state is plain data");
    let mut reading = rmp_serde::Deserializer::from_read_ref(&snapshot).with_human_readable();
    State::deserialize(&mut reading).expect("what was written can be read")
}

/// The state as it would be if nothing had ever been put on file.
pub(super) fn all_at_hand(kept: &[Vec<Entry>], rules: Rules) -> State {
    let is_of_life = |entry: &&Entry| !matches!(entry, Entry::Filed(_));
    let entries: Vec<_> = kept.iter().flatten().filter(is_of_life).cloned().collect();
    read_anew(&[entries], rules)
}

/// S8: what is on file is what was at hand, and no unit moved by it.
pub(super) fn nothing_is_lost_on_file(state: &State, all_at_hand: &State) {
    for (brand, known) in all_at_hand.brands() {
        let account = &state.brand(brand).expect("brands stay").account;
        assert_eq!(account.places(), known.account.places(), "{brand}");
        for (sms, message) in all_at_hand.messages(brand) {
            let key = MessageKey { brand: brand.clone(), sms: *sms };
            match state.filed(&key) {
                Some(filed) => assert_eq!(Some(filed.ending), Ending::of(&message.state), "{key:?}"),
                None => assert_eq!(state.message(&key), Some(message)),
            }
        }
    }
}

/// Whether it says something else than the others of its batch.
pub(super) fn has_own_words(state: &State, message: &Message) -> bool {
    let batch = message.wish.batch.and_then(|batch| state.batch(&message.key.brand, batch));
    batch.is_some_and(|batch| batch.wish.to.parameters().is_some())
}

/// S13: counted again from the journal by a tally that shares no code with the account.
pub(super) fn books_balance(kept: &[Vec<Entry>], state: &State) {
    let mut tally = Tally::default();
    for entry in kept.iter().flatten() {
        tally.count(entry).expect("the books balance after every entry");
    }
    tally.compare(state).expect("the tally and the books agree");
}

/// S6, S10: a message is charged when the carrier took it, and only then. Where the carrier never said so, three
/// days of silence may have ended in a refund.
/// What it said of a message on file came too late to be heard.
pub(super) fn charged_for_what_was_taken(
    (state, all_at_hand): (&State, &State),
    carrier: &Carrier,
    it_told_everything: bool,
) {
    for (brand, known) in all_at_hand.brands() {
        for (sms, message) in all_at_hand.messages(brand) {
            let key = MessageKey { brand: brand.clone(), sms: *sms };
            let taken = carrier.taken().contains_key(&key);
            let freeze = known.account.freeze(message.freeze()).map(|freeze| &freeze.state);
            let charged = matches!(freeze, Some(FreezeState::Paid { outcome: Outcome::Sent, .. }));
            let given_up = matches!(&message.state, MessageState::Failed { reason: Reason::NoReceipt });
            assert!(charged == taken || (taken && given_up), "{key:?}: {taken}, {:?}", message.state);
            let is_accepted = matches!(message.state, MessageState::Accepted { .. });
            let may_stay = is_accepted && (!it_told_everything || state.filed(&key).is_some());
            assert!(message.state.is_final() || may_stay, "{key:?} never ended: {:?}", message.state);
        }
    }
}
