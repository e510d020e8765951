//! The model's messages: one word for where each is, and the receipts that wait for them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use cloud_core::entry::Entry;
use cloud_core::id::{BatchId, FreezeId, MessageKey, Reference};
use cloud_core::ledger::{Now, SendResult};
use cloud_core::sms::{
    CarrierAnswer, Delivery, Ending, Kind, Message, MessageState, Reason, Receipt, Receivers, Stamped, Step,
};
use cloud_core::state::State;
use jiff::{SignedDuration, Timestamp};
use shared::guest::PhoneNumber;
use shared::id::BrandId;

use super::model::{Fate, Model};

/// The carrier keeps a report for three days; after that nobody will ever know.
const IN_DOUBT: SignedDuration = SignedDuration::from_hours(72);
const SIGNATURE: &str = "【示例】";
const SIGNATURE_CHARACTERS: usize = 4;
/// ，拒收请回复R
const WAY_OUT_CHARACTERS: usize = 7;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    kind: Kind,
    phone: Rc<PhoneNumber>,
    words: Rc<str>,
    good_for: Option<SignedDuration>,
    wanted_at: Timestamp,
    is: Is,
    /// When it took its last step.
    since: Timestamp,
    on_file: bool,
    /// References of the calls for many that it was in.
    calls: Vec<Reference>,
    /// The carrier's id, once its answer was heard.
    known_as: Option<String>,
}

/// What was asked of a text to many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ToMany {
    kind: Kind,
    good_for: Option<SignedDuration>,
    text: String,
    to: BTreeMap<PhoneNumber, Vec<String>>,
}

impl ToMany {
    pub(super) fn wanted(
        (kind, good_for): (Kind, Option<SignedDuration>),
        text: &str,
        to: &Receivers,
    ) -> Self {
        let own = |phone| {
            let parameters = to.parameters().map(|of_all| of_all[phone].as_slice()).unwrap_or_default();
            parameters.iter().map(|parameter| parameter.as_str().to_owned()).collect()
        };
        let to = to.phones().map(|phone| (phone.clone(), own(phone))).collect();
        Self { kind, good_for, text: text.to_owned(), to }
    }

    /// What each of them is to read; `None`, when somebody would read braces or a parameter would be read by nobody.
    fn words(&self) -> Option<Vec<(PhoneNumber, String)>> {
        let mut words = Vec::new();
        for (phone, parameters) in &self.to {
            let mut text = self.text.clone();
            for (n, parameter) in (1..).zip(parameters) {
                let place = format!("{{{n}}}");
                if !text.contains(&place) {
                    return None;
                }
                text = text.replace(&place, parameter);
            }
            if text.contains('{') {
                return None;
            }
            words.push((phone.clone(), text));
        }
        Some(words)
    }
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Refused,
    Barred,
    Queued,
    Released { by_the_brand: bool },
    Submitting { tries: u32 },
    Postponed { tries: u32, not_before: Timestamp },
    InDoubt { since: Timestamp },
    Accepted,
    Failed,
    Delivered,
    Undelivered,
}

impl Text {
    pub(super) fn wanted(
        at: Timestamp,
        (kind, good_for): (Kind, Option<SignedDuration>),
        phone: &PhoneNumber,
        words: &str,
    ) -> Self {
        let (phone, words) = (Rc::new(phone.clone()), words.into());
        let (is, calls) = (Is::Queued, Vec::new());
        let (wanted_at, since, on_file) = (at, at, false);
        Self { kind, phone, words, good_for, wanted_at, is, since, on_file, calls, known_as: None }
    }

    /// S12, for texts of Chinese characters alone.
    fn segments(&self) -> u64 {
        let way_out = if self.kind == Kind::Marketing { WAY_OUT_CHARACTERS } else { 0 };
        let length = self.words.chars().count() + SIGNATURE_CHARACTERS + way_out;
        if length <= 70 { 1 } else { length.div_ceil(67) as u64 }
    }

    fn is_final(&self) -> bool {
        matches!(
            self.is,
            Is::Refused | Is::Barred | Is::Released { .. } | Is::Failed | Is::Delivered | Is::Undelivered
        )
    }

    fn is_too_old(&self, now: Timestamp) -> bool {
        let minutes = match self.kind {
            Kind::Verification => 5,
            Kind::Notification => 30,
            Kind::Marketing => 24 * 60,
        };
        now > self.wanted_at + self.good_for.unwrap_or(SignedDuration::from_mins(minutes))
    }

    fn is_unwanted(&self, opted_out: &BTreeSet<PhoneNumber>) -> bool {
        self.kind == Kind::Marketing && opted_out.contains(&*self.phone)
    }

    fn has_ended(&self) -> bool {
        self.is_final() || self.is == Is::Accepted
    }

    fn turns(&mut self, now: Now, is: Is) {
        (self.is, self.since) = (is, now.at);
    }

    pub(super) fn agrees_with(&self, state: &State, key: &MessageKey) {
        match (self.on_file, state.message(key), state.filed(key)) {
            (false, Some(message), None) => self.agrees_with_one_at_hand(message),
            (true, None, Some(filed)) => assert!(self.ended_so(filed.ending), "{key:?}: {filed:?}"),
            (on_file, ..) => panic!("{key:?} should be on file: {on_file}"),
        }
    }

    fn ended_so(&self, ending: Ending) -> bool {
        match ending {
            Ending::Refused { .. } => self.is == Is::Refused,
            Ending::Barred => self.is == Is::Barred,
            Ending::Released => matches!(self.is, Is::Released { .. }),
            Ending::Accepted => self.is == Is::Accepted,
            Ending::Failed => self.is == Is::Failed,
            Ending::Delivered => self.is == Is::Delivered,
            Ending::Undelivered => self.is == Is::Undelivered,
        }
    }

    fn agrees_with_one_at_hand(&self, message: &Message) {
        let found = match &message.state {
            MessageState::Refused { .. } => Is::Refused,
            MessageState::Barred { .. } => Is::Barred,
            MessageState::Queued { .. } => Is::Queued,
            MessageState::Released { reason } => Is::Released { by_the_brand: *reason == Reason::Cancelled },
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
        let words = message.wish.text.strip_prefix(SIGNATURE).expect("every text is signed");
        assert!(words.starts_with(&*self.words), "{:?} has the words of another", message.key);
    }
}

impl Model {
    pub(super) fn send(&mut self, now: Now, key: &MessageKey, wanted: Text) -> bool {
        let asked = |text: &Text| (text.kind, text.good_for, text.phone.clone(), text.words.clone());
        match self.books(&key.brand).texts.get(&key.sms) {
            Some(known) => asked(known) == asked(&wanted),
            None => {
                self.begin(now, key, wanted);
                true
            }
        }
    }

    fn begin(&mut self, now: Now, key: &MessageKey, wanted: Text) {
        let books = self.books(&key.brand);
        let is = if wanted.is_unwanted(&books.opted_out) {
            Is::Barred
        } else {
            let freeze = FreezeId::Message(key.sms);
            assert!(books.freeze(now, freeze, wanted.segments(), None), "a message has a number of its own");
            if books.fate(freeze) == Some(Fate::Refused) { Is::Refused } else { Is::Queued }
        };
        books.texts.insert(key.sms, Text { is, ..wanted });
    }

    /// All of them, or none.
    pub(super) fn send_batch(&mut self, now: Now, brand: &BrandId, batch: BatchId, asked: ToMany) -> bool {
        let books = self.books(brand);
        if let Some(known) = books.batches.get(&batch) {
            return *known == asked;
        }
        let Some(words) = asked.words() else { return false };
        let texts = words.iter().map(|(phone, words)| {
            let text = Text::wanted(now.at, (asked.kind, asked.good_for), phone, words);
            (MessageKey { brand: brand.clone(), sms: batch.message_to(phone) }, text)
        });
        let texts: Vec<_> = texts.collect();
        let wanted = texts.iter().filter(|(_, text)| !text.is_unwanted(&books.opted_out));
        let needed: u64 = wanted.map(|(_, text)| text.segments()).sum();
        let enough = books.available(now) >= needed;
        books.batches.insert(batch, asked);
        if enough {
            texts.into_iter().for_each(|(key, text)| self.begin(now, &key, text));
        }
        true
    }

    pub(super) fn cancel(&mut self, now: Now, key: &MessageKey) -> bool {
        let Some(text) = self.books(&key.brand).texts.get(&key.sms) else { return false };
        match text.is {
            _ if text.on_file => return false,
            Is::Queued => self.pay_and_step(now, key, Fate::Released, Is::Released { by_the_brand: true }),
            Is::Released { by_the_brand } => return by_the_brand,
            _ => return false,
        }
        true
    }

    pub(super) fn cancel_batch(&mut self, now: Now, brand: &BrandId, batch: BatchId) -> bool {
        let Some(asked) = self.books(brand).batches.get(&batch).cloned() else { return false };
        for phone in asked.to.keys() {
            self.cancel(now, &MessageKey { brand: brand.clone(), sms: batch.message_to(phone) });
        }
        true
    }

    /// Whatever the core took had to be its turn to be taken, or wanted no more.
    pub(super) fn take(&mut self, now: Now, entries: &[Entry]) {
        for entry in entries {
            let Entry::Stepped { message: key, stamped: Stamped { step, .. } } = entry else { continue };
            let opted_out = self.books(&key.brand).opted_out.clone();
            let text = self.text(key);
            let dropped = text.is_too_old(now.at) || text.is_unwanted(&opted_out);
            let (fate, is) = match (text.is, step) {
                (Is::Queued, Step::Submitting { .. }) if !dropped => {
                    (Fate::Paid, Is::Submitting { tries: 0 })
                }
                (Is::Queued, Step::Released { .. }) if dropped => {
                    (Fate::Released, Is::Released { by_the_brand: false })
                }
                (Is::Postponed { tries, not_before }, Step::Submitting { .. })
                    if !dropped && not_before <= now.at =>
                {
                    (Fate::Paid, Is::Submitting { tries })
                }
                (Is::Postponed { .. }, Step::Failed { .. }) if dropped => (Fate::Refunded, Is::Failed),
                (before, _) => panic!("{key:?} was {before:?} and may not take {step:?} at {now:?}"),
            };
            if let Step::Submitting { call, .. } = step {
                text.calls.extend(call);
            }
            self.pay_and_step(now, key, fate, is);
        }
    }

    pub(super) fn answered(&mut self, now: Now, key: &MessageKey, answer: &CarrierAnswer) {
        let Is::Submitting { tries } = self.text(key).is else { return };
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
                self.text(key).turns(now, Is::Postponed { tries: tries + 1, not_before });
            }
            CarrierAnswer::Unknown { .. } => self.doubt(now, key),
        }
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
        for books in self.brands.values_mut() {
            books.lapse(now);
            books.expire(now);
        }
        for key in self.keys(|text| text.is == Is::Queued && text.is_too_old(now.at)) {
            self.pay_and_step(now, &key, Fate::Released, Is::Released { by_the_brand: false });
        }
        let postponed = |text: &Text| matches!(text.is, Is::Postponed { .. });
        for key in self.keys(|text| postponed(text) && text.is_too_old(now.at)) {
            self.pay_and_step(now, &key, Fate::Refunded, Is::Failed);
        }
        let limit = now.at - IN_DOUBT;
        for key in self.keys(|text| matches!(text.is, Is::InDoubt { since } if since <= limit)) {
            self.pay_and_step(now, &key, Fate::Refunded, Is::Failed);
        }
        // The inbox is a queue: what came later leaves later, whatever its clock said.
        let keep_from = self.waiting.iter().position(|(at, _)| *at > limit).unwrap_or(self.waiting.len());
        self.waiting.drain(..keep_from);
        self.file(now);
    }

    /// What ended long ago is on file, and its freeze forgotten.
    fn file(&mut self, now: Now) {
        let limit = now.at - self.at_hand;
        for key in self.keys(|text| text.has_ended() && !text.on_file && text.since <= limit) {
            self.text(&key).on_file = true;
            self.books(&key.brand).forget(FreezeId::Message(key.sms));
        }
    }

    fn doubt(&mut self, now: Now, key: &MessageKey) {
        self.text(key).turns(now, Is::InDoubt { since: now.at });
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
            Is::Accepted if is == Is::Accepted => {}
            Is::Accepted => text.turns(now, is),
            Is::Refused | Is::Barred | Is::Released { .. } | Is::Failed | Is::Delivered | Is::Undelivered => {
            }
        }
        true
    }

    /// By our reference, of the message or of a call that it was in, else by the carrier's id; and by the number.
    fn subject(&self, receipt: &Receipt) -> Option<MessageKey> {
        for (brand, books) in &self.brands {
            let at_hand = books.texts.iter().filter(|(_, text)| !text.on_file);
            for (sms, text) in at_hand.filter(|(_, text)| *text.phone == receipt.phone) {
                let key = MessageKey { brand: brand.clone(), sms: *sms };
                let is_it = match receipt.reference {
                    Some(name) => Reference::of_message(&key) == name || text.calls.contains(&name),
                    None => text.known_as.as_ref() == Some(&receipt.carrier_message),
                };
                if is_it {
                    return Some(key);
                }
            }
        }
        None
    }

    /// A step, and what it means to the units.
    fn pay_and_step(&mut self, now: Now, key: &MessageKey, fate: Fate, is: Is) {
        let (books, freeze) = (self.books(&key.brand), FreezeId::Message(key.sms));
        let done = match fate {
            Fate::Paid => books.pay(now, freeze, None),
            Fate::Released => books.release(now, freeze),
            Fate::Sent => books.report(now, freeze, SendResult::Sent),
            Fate::Refunded => books.report(now, freeze, SendResult::Failed),
            Fate::Open | Fate::Refused | Fate::Partly { .. } => false,
        };
        assert!(done, "{key:?} cannot become {fate:?}");
        self.text(key).turns(now, is);
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
