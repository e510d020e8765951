//! Receipts (S7): kept first, matched after. One that comes before its message can be known waits in the inbox.
//!
//! A receipt never creates credit: it only says that the carrier had the message, and whether it arrived.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::State;
use super::messages::stepped;
use crate::command::Refusal;
use crate::entry::Entry;
use crate::id::Reference;
use crate::ledger::{Now, SendResult};
use crate::sms::{Delivery, Message, MessageState, Receipt, Step};

/// Receipts that wait at most: more than a carrier sends in three days for messages that are not ours, and few
/// enough to keep in memory.
const INBOX_MAX: usize = 100_000;

/// What a receipt calls its message. A call for many has one name, so the receiver's digits belong to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Called {
    Ours(Reference, String),
    Theirs(String, String),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Inbox {
    next: u64,
    receipts: BTreeMap<u64, (Timestamp, Receipt)>,
    by_name: BTreeMap<Called, BTreeSet<u64>>,
}

impl Inbox {
    pub(super) fn len(&self) -> usize {
        self.receipts.len()
    }

    pub(super) fn keep(&mut self, number: u64, at: Timestamp, receipt: &Receipt) {
        self.next = number + 1;
        for called in names(receipt) {
            self.by_name.entry(called).or_default().insert(number);
        }
        self.receipts.insert(number, (at, receipt.clone()));
    }

    pub(super) fn done(&mut self, number: u64) {
        let Some((_, receipt)) = self.receipts.remove(&number) else { return };
        for called in names(&receipt) {
            if let Some(numbers) = self.by_name.get_mut(&called) {
                numbers.remove(&number);
                if numbers.is_empty() {
                    self.by_name.remove(&called);
                }
            }
        }
    }

    pub(super) fn older_than(&self, limit: Timestamp) -> impl Iterator<Item = u64> {
        self.receipts.iter().take_while(move |(_, (at, _))| *at <= limit).map(|(number, _)| *number)
    }

    /// Receipts that may be about this message, which the carrier calls so.
    pub(super) fn about(&self, message: &Message, carrier_message: &str) -> BTreeSet<u64> {
        let digits = || message.wish.phone.digits().to_owned();
        let ours = self.by_name.get(&Called::Ours(message.reference, digits()));
        let theirs = self.by_name.get(&Called::Theirs(carrier_message.to_owned(), digits()));
        ours.into_iter().chain(theirs).flatten().copied().collect()
    }
}

impl State {
    /// Receipts that the inbox still takes.
    pub fn receipts_room(&self) -> usize {
        INBOX_MAX.saturating_sub(self.inbox.len())
    }

    /// Keeps receipts. One that can change nothing any more is not even kept. Errors: a full inbox.
    pub(super) fn keep_receipts(&self, now: Now, receipts: &[Receipt]) -> Result<Vec<Entry>, Refusal> {
        let is_over =
            |receipt: &&Receipt| self.message_of(receipt).is_some_and(|message| message.state.is_final());
        let kept = receipts.iter().filter(|receipt| !is_over(receipt));
        let kept: Vec<_> = (self.inbox.next..)
            .zip(kept)
            .map(|(number, receipt)| Entry::ReceiptKept { number, receipt: receipt.clone(), at: now.at })
            .collect();
        if kept.len() > self.receipts_room() { Err(Refusal::InboxFull) } else { Ok(kept) }
    }

    /// What a kept receipt means now: nothing yet, or its effect and its end.
    pub(super) fn settle_receipt(&self, now: Now, number: u64) -> Vec<Entry> {
        let Some((_, receipt)) = self.inbox.receipts.get(&number) else { return Vec::new() };
        let Some(message) = self.message_of(receipt) else { return Vec::new() };
        let result = match &message.state {
            // The carrier's own answer is on its way and goes first.
            MessageState::Queued { .. }
            | MessageState::Submitting { .. }
            | MessageState::Postponed { .. } => return Vec::new(),
            MessageState::InDoubt { .. } => Some(SendResult::Sent),
            MessageState::Accepted { .. } => None,
            MessageState::Refused { .. }
            | MessageState::Barred { .. }
            | MessageState::Released { .. }
            | MessageState::Failed { .. }
            | MessageState::Delivered
            | MessageState::Undelivered { .. } => return vec![Entry::ReceiptDone { number }],
        };
        let step = match receipt.delivery {
            Delivery::Delivered => Some(Step::Delivered),
            Delivery::Undelivered => Some(Step::Undelivered { status: receipt.status.clone() }),
            Delivery::Unknown => result.map(|_| accepted(receipt)),
        };
        let mut entries = match (step, result) {
            (Some(step), Some(result)) => self.closing(now, message, Some(result), step),
            (Some(step), None) => vec![stepped(&message.key, now.at, step)],
            (None, _) => Vec::new(),
        };
        entries.push(Entry::ReceiptDone { number });
        entries
    }

    /// The message a receipt is about: by our reference, of it or of the call it was in, else by the carrier's id.
    /// The receiver must agree, and a brand's own account settles no other brand's messages.
    fn message_of(&self, receipt: &Receipt) -> Option<&Message> {
        let digits = || receipt.phone.digits().to_owned();
        let owner = receipt.account.as_ref().and_then(|account| self.carrier(account)?.brand.as_ref());
        let is_theirs = |message: &&Message| {
            message.wish.phone == receipt.phone && owner.is_none_or(|owner| *owner == message.key.brand)
        };
        let Some(reference) = receipt.reference else {
            let key = self.carrier_messages.get(&(receipt.carrier_message.clone(), digits()))?;
            return self.message(key).filter(is_theirs);
        };
        let alone = self.references.get(&reference).and_then(|key| self.message(key)).filter(is_theirs);
        alone.or_else(|| self.message(self.called.get(&(reference, digits()))?).filter(is_theirs))
    }
}

fn accepted(receipt: &Receipt) -> Step {
    Step::Accepted { carrier_message: receipt.carrier_message.clone() }
}

fn names(receipt: &Receipt) -> impl Iterator<Item = Called> {
    let digits = receipt.phone.digits().to_owned();
    let ours = receipt.reference.map(|reference| Called::Ours(reference, digits.clone()));
    ours.into_iter().chain(std::iter::once(Called::Theirs(receipt.carrier_message.clone(), digits)))
}
