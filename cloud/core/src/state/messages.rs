//! What happens to messages: asked (S8), taken and paid (S9, S10), answered by the carrier (S6), settled by
//! time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use shared::guest::PhoneNumber;
use shared::id::BrandId;

use super::queues::{Hands, Way};
use super::{State, booked};
use crate::command::Refusal;
use crate::entry::Entry;
use crate::id::{FreezeId, MessageKey, Reference};
use crate::ledger::{Movement, Now, RequestField, SendResult};
use crate::sms::{self, CarrierAnswer, Kind, Message, MessageState, Reason, Stamped, Step, Wish};
use crate::units::segments;

/// What a brand wants to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    /// What for.
    pub(super) kind: Kind,
    /// With or without the signature.
    pub(super) text: &'a str,
    /// How long it is worth sending.
    pub(super) good_for: Option<SignedDuration>,
}

impl State {
    /// S8: a message of the brand's own systems. The same id and body again: nothing new. A want of units is an
    /// answer that is kept, not a refusal here.
    pub(super) fn send(
        &self,
        now: Now,
        key: &MessageKey,
        phone: &PhoneNumber,
        words: Words<'_>,
    ) -> Result<Vec<Entry>, Refusal> {
        let brand = self.brands.get(&key.brand).ok_or(Refusal::NoBrand)?;
        let Words { kind, text, good_for } = words;
        let text = sms::of_brand(&brand.signature, kind, text)?;
        let units = segments(&text).ok_or(sms::BadText::Length)?;
        let wish = Wish {
            shop: None,
            asked_by: None,
            about: None,
            kind,
            phone: phone.clone(),
            text,
            units,
            wanted_at: now.at,
            batch: None,
            good_for,
        };
        let known = self.message(key).map(|known| differs(&known.wish, &wish));
        match known.or_else(|| self.filed(key).map(|known| known.differs(&wish))) {
            Some(None) => Ok(Vec::new()),
            Some(Some(field)) => Err(Refusal::MessageReused(field)),
            None => Ok(self.begin(now, key, wish)),
        }
    }

    /// Freeze → record → queue, in one commit: there is no "error after the freeze" that could leave it behind.
    /// Advertising that the receiver does not want freezes nothing.
    pub(super) fn begin(&self, now: Now, key: &MessageKey, wish: Wish) -> Vec<Entry> {
        let Some(brand) = self.brands.get(&key.brand) else { return Vec::new() };
        if self.is_unwanted(&key.brand, &wish) {
            return vec![stepped(key, now.at, Step::Barred { wish, reason: Reason::OptedOut })];
        }
        let freeze = FreezeId::Message(key.sms);
        let movements = brand
            .account
            .freeze_units(now, freeze, wish.units, None)
            .expect("a text has at least one segment, and only this message freezes under this number");
        let refused = movements.iter().find_map(|movement| match movement {
            Movement::FreezeRefused { available, .. } => Some(*available),
            Movement::PackageAdded { .. }
            | Movement::Frozen { .. }
            | Movement::Paid { .. }
            | Movement::Released { .. }
            | Movement::Sent { .. }
            | Movement::PartlySent { .. }
            | Movement::Refunded { .. }
            | Movement::Expired { .. }
            | Movement::Revoked { .. } => None,
        });
        let step = match refused {
            Some(available) => Step::Refused { wish, available },
            None => {
                let whom = (key.brand.clone(), wish.phone.clone());
                let not_before = self.queues.receiver_free_at(&whom, &self.rules, now.at);
                Step::Queued { wish, not_before }
            }
        };
        let mut entries: Vec<_> =
            movements.into_iter().map(|movement| booked(&key.brand, movement)).collect();
        entries.push(stepped(key, now.at, step));
        entries
    }

    /// A message that has not been paid is given back.
    pub(super) fn cancel(&self, now: Now, key: &MessageKey) -> Result<Vec<Entry>, Refusal> {
        let Some(message) = self.message(key) else {
            return Err(self.filed(key).map_or(Refusal::NoMessage, |_| Refusal::OnItsWay));
        };
        match &message.state {
            MessageState::Queued { .. } => Ok(self.give_back(now, message, Reason::Cancelled)),
            MessageState::Released { reason: Reason::Cancelled } => Ok(Vec::new()),
            MessageState::Refused { .. }
            | MessageState::Barred { .. }
            | MessageState::Released { .. }
            | MessageState::Submitting { .. }
            | MessageState::Postponed { .. }
            | MessageState::InDoubt { .. }
            | MessageState::Accepted { .. }
            | MessageState::Failed { .. }
            | MessageState::Delivered
            | MessageState::Undelivered { .. } => Err(Refusal::OnItsWay),
        }
    }

    /// S9, S10: the next messages are paid and marked as being submitted; what nobody wants any more is given back
    /// instead. The carrier may be called only when these entries are kept.
    pub(super) fn take(&self, now: Now, hands: Hands) -> Vec<Entry> {
        let way_of = |brand: &BrandId, kind, batch| {
            let account = self.carrier(&self.carrier_for(brand, kind));
            let account = Arc::clone(account.expect("routes lead to known accounts"));
            Way { together_max: self.together_max(&account, brand, batch), account }
        };
        let calls = self.queues.next(now.at, hands, &self.rules, &way_of);
        calls.iter().flat_map(|call| self.take_call(now, call)).collect()
    }

    /// S6, S10: what the carrier said. An answer that comes late, after a receipt settled it, changes nothing.
    pub(super) fn answered(
        &self,
        now: Now,
        answers: &[(MessageKey, CarrierAnswer)],
    ) -> Result<Vec<Entry>, Refusal> {
        let mut entries = Vec::new();
        for (key, answer) in answers {
            let message = self.message(key).ok_or(Refusal::NoMessage)?;
            entries.extend(self.answered_one(now, message, answer));
        }
        Ok(entries)
    }

    fn answered_one(&self, now: Now, message: &Message, answer: &CarrierAnswer) -> Vec<Entry> {
        let MessageState::Submitting { tries } = message.state else { return Vec::new() };
        let (result, step) = match answer.clone() {
            CarrierAnswer::Accepted { carrier_message } => {
                (Some(SendResult::Sent), Step::Accepted { carrier_message })
            }
            CarrierAnswer::Refused { code, words } => {
                (Some(SendResult::Failed), Step::Failed { reason: Reason::Carrier { code, words } })
            }
            CarrierAnswer::Busy { code } => {
                let not_before = now.at + sms::pause_after(tries);
                (None, Step::Postponed { code, not_before })
            }
            CarrierAnswer::Unknown { what } => (None, Step::InDoubt { reason: Reason::NoAnswer { what } }),
        };
        self.closing(now, message, result, step)
    }

    /// S10: after a start, nobody knows what became of messages that were being submitted.
    pub(super) fn recover(&self, now: Now) -> Vec<Entry> {
        self.queues
            .submitting()
            .map(|key| stepped(key, now.at, Step::InDoubt { reason: Reason::Interrupted }))
            .collect()
    }

    /// Whatever the clock has made due: freezes that were good until now, packages past their day (S2), messages that
    /// waited too long, messages in doubt for longer than a receipt can take (S10: refunded, never resent), sessions
    /// that are over, receipts nobody will claim, news nobody would look at, what goes on file.
    pub(super) fn tidy(&self, now: Now) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (id, brand) in &self.brands {
            let due = brand.account.lapse(now).into_iter().chain(brand.account.expire(now));
            entries.extend(due.map(|movement| booked(id, movement)));
        }
        for message in self.queues.too_old(now.at).filter_map(|key| self.message(key)) {
            entries.extend(self.give_back(now, message, Reason::TooOld));
        }
        let limit = now.at - self.rules.patience.in_doubt;
        for message in self.queues.in_doubt_since_before(limit).filter_map(|key| self.message(key)) {
            let step = Step::Failed { reason: Reason::NoReceipt };
            entries.extend(self.closing(now, message, Some(SendResult::Failed), step));
        }
        let over = self.sessions.iter().filter(|(_, session)| session.until <= now.at);
        entries.extend(over.map(|(session, _)| Entry::SessionClosed { session: session.clone() }));
        entries.extend(self.old_news(now));
        entries.extend(self.inbox.older_than(limit).map(|number| Entry::ReceiptDone { number }));
        entries.extend(self.file_the_old(now));
        entries
    }

    /// A step, with what it means for the payment.
    pub(super) fn closing(
        &self,
        now: Now,
        message: &Message,
        result: Option<SendResult>,
        step: Step,
    ) -> Vec<Entry> {
        let key = &message.key;
        let mut entries = Vec::new();
        if let (Some(result), Some(brand)) = (result, self.brands.get(&key.brand)) {
            let movements = brand
                .account
                .report(now, message.freeze(), result)
                .expect("a message that was submitted has been paid, and has one result");
            entries.extend(movements.into_iter().map(|movement| booked(&key.brand, movement)));
        }
        entries.push(stepped(key, now.at, step));
        entries
    }

    /// One call: those of its messages that are still wanted are paid, the others given back.
    fn take_call(&self, now: Now, call: &[MessageKey]) -> Vec<Entry> {
        let members: Vec<_> = call.iter().filter_map(|key| self.message(key)).collect();
        let (wanted, others): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|message| self.why_not(now, message).is_none());
        let reference = match wanted.as_slice() {
            [] | [_] => None,
            [first, ..] => Some(Reference::of_message(&first.key)),
        };
        let paid = wanted.into_iter().flat_map(|message| self.pay_one(now, message, reference));
        let given_back = others.into_iter().filter_map(|message| {
            let reason = self.why_not(now, message)?;
            Some(self.give_back(now, message, reason))
        });
        paid.chain(given_back.flatten()).collect()
    }

    fn pay_one(&self, now: Now, message: &Message, call: Option<Reference>) -> Vec<Entry> {
        let Some(brand) = self.brands.get(&message.key.brand) else { return Vec::new() };
        let movements = brand.account.pay(now, message.freeze(), None);
        let movements =
            movements.expect("a message in its queue has an open freeze, a postponed one is paid");
        let mut entries: Vec<_> =
            movements.into_iter().map(|movement| booked(&message.key.brand, movement)).collect();
        let carrier = self.carrier_for(&message.key.brand, message.wish.kind);
        entries.push(stepped(&message.key, now.at, Step::Submitting { call, carrier }));
        entries
    }

    /// Why a message that waits is not to be sent any more.
    fn why_not(&self, now: Now, message: &Message) -> Option<Reason> {
        if self.rules.deadline(&message.wish) < now.at {
            Some(Reason::TooOld)
        } else if self.is_unwanted(&message.key.brand, &message.wish) {
            Some(Reason::OptedOut)
        } else {
            None
        }
    }

    fn is_unwanted(&self, brand: &BrandId, wish: &Wish) -> bool {
        wish.kind == Kind::Marketing && self.is_opted_out(brand, &wish.phone)
    }

    /// A message that waits goes no further; its units go back.
    pub(super) fn give_back(&self, now: Now, message: &Message, reason: Reason) -> Vec<Entry> {
        if let MessageState::Postponed { .. } = message.state {
            return self.closing(now, message, Some(SendResult::Failed), Step::Failed { reason });
        }
        let Some(brand) = self.brands.get(&message.key.brand) else { return Vec::new() };
        let movements = brand.account.release(now, message.freeze());
        let movements = movements.expect("a message in its queue has an open freeze");
        let mut entries: Vec<_> =
            movements.into_iter().map(|movement| booked(&message.key.brand, movement)).collect();
        entries.push(stepped(&message.key, now.at, Step::Released { reason }));
        entries
    }
}

/// The messages that a [`crate::command::Command::Take`] handed out, as its entries say.
pub fn handed_out(entries: &[Entry]) -> impl Iterator<Item = &MessageKey> {
    entries.iter().filter_map(|entry| {
        let Entry::Stepped { message, stamped } = entry else { return None };
        matches!(stamped.step, Step::Submitting { .. }).then_some(message)
    })
}

pub(super) fn stepped(key: &MessageKey, at: Timestamp, step: Step) -> Entry {
    Entry::Stepped { message: key.clone(), stamped: Stamped { at, step } }
}

/// In what the same id is asked for otherwise now (S8).
fn differs(known: &Wish, asked: &Wish) -> Option<RequestField> {
    RequestField::differing([
        (RequestField::Kind, known.kind == asked.kind),
        (RequestField::Phone, known.phone == asked.phone),
        (RequestField::Text, known.text == asked.text),
        (RequestField::GoodFor, known.good_for == asked.good_for),
    ])
}
