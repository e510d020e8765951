//! The model's messages: one word for where each is, and the receipts that wait for them.

use std::rc::Rc;

use cloud_core::entry::Entry;
use cloud_core::id::{FreezeId, MessageKey, Reference};
use cloud_core::ledger::Now;
use cloud_core::sms::{CarrierAnswer, Delivery, Kind, Message, MessageState, Receipt, Stamped, Step};
use jiff::{SignedDuration, Timestamp};
use shared::guest::PhoneNumber;

use super::model::{Fate, Model};

/// The carrier keeps a report for three days; after that nobody will ever know.
const IN_DOUBT: SignedDuration = SignedDuration::from_hours(72);
/// 【示例】
const SIGNATURE_CHARACTERS: usize = 4;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    kind: Kind,
    phone: Rc<PhoneNumber>,
    words: Rc<str>,
    wanted_at: Timestamp,
    pub(super) is: Is,
    /// The carrier's id, once its answer was heard.
    known_as: Option<String>,
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Refused,
    Queued,
    Released,
    Submitting { tries: u32 },
    Postponed { tries: u32, not_before: Timestamp },
    InDoubt { since: Timestamp },
    Accepted,
    Failed,
    Delivered,
    Undelivered,
}

impl Text {
    pub(super) fn wanted(at: Timestamp, kind: Kind, phone: &PhoneNumber, words: &str) -> Self {
        let (phone, words) = (Rc::new(phone.clone()), words.into());
        Self { kind, phone, words, wanted_at: at, is: Is::Queued, known_as: None }
    }

    /// S12, for texts of Chinese characters alone.
    fn segments(&self) -> u64 {
        let length = self.words.chars().count() + SIGNATURE_CHARACTERS;
        if length <= 70 { 1 } else { length.div_ceil(67) as u64 }
    }

    fn is_final(&self) -> bool {
        matches!(self.is, Is::Refused | Is::Released | Is::Failed | Is::Delivered | Is::Undelivered)
    }

    fn is_too_old(&self, now: Timestamp) -> bool {
        let minutes = match self.kind {
            Kind::Verification => 5,
            Kind::Notification => 30,
            Kind::Marketing => 24 * 60,
        };
        now > self.wanted_at + SignedDuration::from_mins(minutes)
    }

    pub(super) fn agrees_with(&self, message: &Message) {
        let found = match &message.state {
            MessageState::Refused { .. } => Is::Refused,
            MessageState::Queued => Is::Queued,
            MessageState::Released { .. } => Is::Released,
            MessageState::Submitting { tries } => Is::Submitting { tries: *tries },
            MessageState::Postponed { tries, not_before } => {
                Is::Postponed { tries: *tries, not_before: *not_before }
            }
            MessageState::InDoubt { since } => Is::InDoubt { since: *since },
            MessageState::Accepted { .. } => Is::Accepted,
            MessageState::Failed { .. } => Is::Failed,
            MessageState::Delivered => Is::Delivered,
            MessageState::Undelivered { .. } => Is::Undelivered,
        };
        assert_eq!(found, self.is, "{:?}", message.key);
        assert_eq!(message.wish.units.0, self.segments(), "{:?}", message.key);
    }
}

impl Model {
    pub(super) fn send(&mut self, now: Now, key: &MessageKey, wanted: Text) -> bool {
        let books = self.books(&key.brand);
        if let Some(known) = books.texts.get(&key.sms) {
            let asked = |text: &Text| (text.kind, text.phone.clone(), text.words.clone());
            return asked(known) == asked(&wanted);
        }
        let freeze = FreezeId::Message(key.sms);
        assert!(books.freeze(now, freeze, wanted.segments()), "a message has a number of its own");
        let refused = books.fate(freeze) == Some(Fate::Refused);
        let is = if refused { Is::Refused } else { Is::Queued };
        books.texts.insert(key.sms, Text { is, ..wanted });
        true
    }

    /// Whatever the core took had to be its turn to be taken, or too old.
    pub(super) fn take(&mut self, now: Now, entries: &[Entry]) {
        for entry in entries {
            let Entry::Stepped { message: key, stamped: Stamped { step, .. } } = entry else { continue };
            let text = self.text(key);
            let (too_old, before) = (text.is_too_old(now.at), text.is);
            let (fate, is) = match (before, step) {
                (Is::Queued, Step::Submitting) if !too_old => (Fate::Paid, Is::Submitting { tries: 0 }),
                (Is::Queued, Step::Released { .. }) if too_old => (Fate::Released, Is::Released),
                (Is::Postponed { tries, not_before }, Step::Submitting)
                    if !too_old && not_before <= now.at =>
                {
                    (Fate::Paid, Is::Submitting { tries })
                }
                (Is::Postponed { .. }, Step::Failed { .. }) if too_old => (Fate::Refunded, Is::Failed),
                _ => panic!("{key:?} was {before:?} and may not take {step:?} at {now:?}"),
            };
            self.pay_and_step(now, key, fate, is);
        }
    }

    pub(super) fn answered(&mut self, now: Now, key: &MessageKey, answer: &CarrierAnswer) -> bool {
        let Is::Submitting { tries } = self.text(key).is else { return true };
        match answer {
            CarrierAnswer::Accepted { carrier_message } => {
                self.text(key).known_as = Some(carrier_message.clone());
                self.pay_and_step(now, key, Fate::Sent, Is::Accepted);
                self.settle_waiting(now, key);
            }
            CarrierAnswer::Refused { .. } => self.pay_and_step(now, key, Fate::Refunded, Is::Failed),
            CarrierAnswer::Busy { .. } => {
                let pause = [1, 2, 4, 8, 16, 32].get(tries as usize).copied().unwrap_or(60);
                let not_before = now.at + SignedDuration::from_secs(pause);
                self.text(key).is = Is::Postponed { tries: tries + 1, not_before };
            }
            CarrierAnswer::Unknown { .. } => self.doubt(now, key),
        }
        true
    }

    /// After a start, what was being submitted is in doubt (S10).
    pub(super) fn recover(&mut self, now: Now) {
        for key in self.keys(|text| matches!(text.is, Is::Submitting { .. })) {
            self.doubt(now, &key);
        }
    }

    pub(super) fn keep(&mut self, now: Now, receipt: &Receipt) {
        let subject = self.subject(receipt);
        if let Some(key) = &subject
            && self.text(key).is_final()
        {
            return;
        }
        match subject {
            Some(key) if self.has_its_effect(now, &key, receipt) => self.settle_waiting(now, &key),
            Some(_) | None => self.waiting.push((now.at, receipt.clone())),
        }
    }

    pub(super) fn tidy(&mut self, now: Now) {
        self.brands.values_mut().for_each(|books| books.expire(now));
        let limit = now.at - IN_DOUBT;
        for key in self.keys(|text| matches!(text.is, Is::InDoubt { since } if since <= limit)) {
            self.pay_and_step(now, &key, Fate::Refunded, Is::Failed);
        }
        // The inbox is a queue: what came later leaves later, whatever its clock said.
        let keep_from = self.waiting.iter().position(|(at, _)| *at > limit).unwrap_or(self.waiting.len());
        self.waiting.drain(..keep_from);
    }

    fn doubt(&mut self, now: Now, key: &MessageKey) {
        self.text(key).is = Is::InDoubt { since: now.at };
        self.settle_waiting(now, key);
    }

    /// Receipts that were faster than the answer. One that names what the carrier calls the message may bring up
    /// others that know it by that name alone.
    fn settle_waiting(&mut self, now: Now, key: &MessageKey) {
        let before = self.text(key).is;
        let waiting = std::mem::take(&mut self.waiting);
        let (its, others): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, receipt)| self.subject(receipt).as_ref() == Some(key));
        self.waiting = others;
        for (_, receipt) in &its {
            let settled = self.has_its_effect(now, key, receipt);
            assert!(settled, "a message that was answered takes every receipt");
        }
        if before != Is::Accepted && self.text(key).is == Is::Accepted {
            self.settle_waiting(now, key);
        }
    }

    /// What a receipt means to its message now; `false` when that cannot be said yet.
    fn has_its_effect(&mut self, now: Now, key: &MessageKey, receipt: &Receipt) -> bool {
        let text = self.text(key);
        let is = match receipt.delivery {
            Delivery::Delivered => Is::Delivered,
            Delivery::Undelivered => Is::Undelivered,
            Delivery::Unknown => Is::Accepted,
        };
        match text.is {
            Is::Queued | Is::Submitting { .. } | Is::Postponed { .. } => return false,
            Is::InDoubt { .. } => {
                if is == Is::Accepted {
                    text.known_as = Some(receipt.carrier_message.clone());
                }
                self.pay_and_step(now, key, Fate::Sent, is);
            }
            Is::Accepted => text.is = is,
            Is::Refused | Is::Released | Is::Failed | Is::Delivered | Is::Undelivered => {}
        }
        true
    }

    /// By our reference, else by the carrier's id and the number; the number must be the message's.
    fn subject(&self, receipt: &Receipt) -> Option<MessageKey> {
        let is_it = |key: &MessageKey, text: &Text| match receipt.reference {
            Some(reference) => Reference::of_message(key) == reference,
            None => text.known_as.as_ref() == Some(&receipt.carrier_message),
        };
        for (brand, books) in &self.brands {
            for (sms, text) in &books.texts {
                let key = MessageKey { brand: brand.clone(), sms: *sms };
                if is_it(&key, text) {
                    return (*text.phone == receipt.phone).then_some(key);
                }
            }
        }
        None
    }

    fn pay_and_step(&mut self, now: Now, key: &MessageKey, fate: Fate, is: Is) {
        let done = self.books(&key.brand).turn(now, FreezeId::Message(key.sms), fate);
        assert!(done, "{key:?} cannot become {fate:?}");
        self.text(key).is = is;
    }

    fn keys(&self, which: impl Fn(&Text) -> bool) -> Vec<MessageKey> {
        let mut found = Vec::new();
        for (brand, books) in &self.brands {
            let texts = books.texts.iter().filter(|(_, text)| which(text));
            found.extend(texts.map(|(sms, _)| MessageKey { brand: brand.clone(), sms: *sms }));
        }
        found
    }

    fn text(&mut self, key: &MessageKey) -> &mut Text {
        self.books(&key.brand).texts.get_mut(&key.sms).expect("the message was asked for")
    }
}
