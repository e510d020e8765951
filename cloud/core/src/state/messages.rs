//! What happens to messages: asked (S8), taken and paid (S9, S10), answered by the carrier (S6), settled by
//! time.

use jiff::Timestamp;
use shared::guest::PhoneNumber;

use super::{State, booked};
use crate::command::Refusal;
use crate::entry::Entry;
use crate::id::{FreezeId, MessageKey};
use crate::ledger::{Movement, Now, RequestField, SendResult};
use crate::sms::{self, CarrierAnswer, Kind, Message, MessageState, Reason, Stamped, Step, Wish};
use crate::units::segments;

impl State {
    /// S8: a message of the brand's own systems. The same id and body again: nothing new. A want of units is an
    /// answer that is kept, not a refusal here.
    pub(super) fn send(
        &self,
        now: Now,
        key: &MessageKey,
        (kind, phone, text): (Kind, &PhoneNumber, &str),
    ) -> Result<Vec<Entry>, Refusal> {
        let brand = self.brands.get(&key.brand).ok_or(Refusal::NoBrand)?;
        let text = sms::of_brand(&brand.signature, text)?;
        let units = segments(&text).ok_or(sms::BadText::Length)?;
        let wish =
            Wish { shop: None, about: None, kind, phone: phone.clone(), text, units, wanted_at: now.at };
        match self.message(key) {
            Some(known) => same_wish(&known.wish, &wish).map(|()| Vec::new()),
            None => Ok(self.begin(now, key, wish)),
        }
    }

    /// Freeze → record → queue, in one commit: there is no "error after the freeze" that could leave it behind.
    pub(super) fn begin(&self, now: Now, key: &MessageKey, wish: Wish) -> Vec<Entry> {
        let Some(brand) = self.brands.get(&key.brand) else { return Vec::new() };
        let freeze = FreezeId::Message(key.sms);
        let movements = brand
            .account
            .freeze_units(now, freeze, wish.units)
            .expect("a text has at least one segment, and only this message freezes under this number");
        let refused = movements.iter().find_map(|movement| match movement {
            Movement::FreezeRefused { available, .. } => Some(*available),
            Movement::PackageAdded { .. }
            | Movement::Frozen { .. }
            | Movement::Paid { .. }
            | Movement::Released { .. }
            | Movement::Sent { .. }
            | Movement::Refunded { .. }
            | Movement::Expired { .. }
            | Movement::Revoked { .. } => None,
        });
        let step = match refused {
            Some(available) => Step::Refused { wish, available },
            None => Step::Queued { wish },
        };
        let mut entries: Vec<_> =
            movements.into_iter().map(|movement| booked(&key.brand, movement)).collect();
        entries.push(stepped(key, now.at, step));
        entries
    }

    /// S9, S10: the next messages are paid and marked as being submitted; what waited too long is given back
    /// instead. The carrier may be called only when these entries are kept.
    pub(super) fn take(&self, now: Now, any: usize, verification: usize) -> Vec<Entry> {
        let next = self.queues.next(now.at, any, verification);
        next.iter()
            .filter_map(|key| self.message(key))
            .flat_map(|message| self.take_one(now, message))
            .collect()
    }

    /// S6, S10: what the carrier said. An answer that comes late, after a receipt settled it, changes nothing.
    pub(super) fn answered(
        &self,
        now: Now,
        key: &MessageKey,
        answer: &CarrierAnswer,
    ) -> Result<Vec<Entry>, Refusal> {
        let message = self.message(key).ok_or(Refusal::NoMessage)?;
        let MessageState::Submitting { tries } = message.state else { return Ok(Vec::new()) };
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
        Ok(self.closing(now, message, result, step))
    }

    /// S10: after a start, nobody knows what became of messages that were being submitted.
    pub(super) fn recover(&self, now: Now) -> Vec<Entry> {
        self.queues
            .submitting()
            .map(|key| stepped(key, now.at, Step::InDoubt { reason: Reason::Interrupted }))
            .collect()
    }

    /// Whatever the clock has made due: packages past their day (S2), messages in doubt for longer than a
    /// receipt can take (S10: refunded, never resent), sessions that are over, receipts nobody will claim.
    pub(super) fn tidy(&self, now: Now) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (id, brand) in &self.brands {
            entries.extend(brand.account.expire(now).into_iter().map(|movement| booked(id, movement)));
        }
        let limit = now.at - self.patience.in_doubt;
        for message in self.queues.in_doubt_since_before(limit).filter_map(|key| self.message(key)) {
            let step = Step::Failed { reason: Reason::NoReceipt };
            entries.extend(self.closing(now, message, Some(SendResult::Failed), step));
        }
        let over = self.sessions.iter().filter(|(_, session)| session.until <= now.at);
        entries.extend(over.map(|(session, _)| Entry::SessionClosed { session: session.clone() }));
        entries.extend(self.inbox.older_than(limit).map(|number| Entry::ReceiptDone { number }));
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

    fn take_one(&self, now: Now, message: &Message) -> Vec<Entry> {
        let Some(brand) = self.brands.get(&message.key.brand) else { return Vec::new() };
        let waited = now.at.duration_since(message.wish.wanted_at);
        let too_old = waited > self.patience.in_queue(message.wish.kind);
        let key = &message.key;
        let paid_before = matches!(message.state, MessageState::Postponed { .. });
        if paid_before && too_old {
            let step = Step::Failed { reason: Reason::TooOld };
            return self.closing(now, message, Some(SendResult::Failed), step);
        }
        let (movements, step) = if too_old {
            let step = Step::Released { reason: Reason::TooOld };
            (brand.account.release(now, message.freeze()), step)
        } else {
            (brand.account.pay(now, message.freeze()), Step::Submitting)
        };
        let movements =
            movements.expect("a message in its queue has an open freeze, a postponed one is paid");
        let mut entries: Vec<_> =
            movements.into_iter().map(|movement| booked(&key.brand, movement)).collect();
        entries.push(stepped(key, now.at, step));
        entries
    }
}

/// The messages that a [`crate::command::Command::Take`] handed out, as its entries say.
pub fn handed_out(entries: &[Entry]) -> impl Iterator<Item = &MessageKey> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Stepped { message, stamped: Stamped { step: Step::Submitting, .. } } => Some(message),
        Entry::Stepped { .. }
        | Entry::BrandAdded { .. }
        | Entry::ShopAdded { .. }
        | Entry::BoxAdded { .. }
        | Entry::UserAdded { .. }
        | Entry::SessionOpened { .. }
        | Entry::SessionClosed { .. }
        | Entry::Booked { .. }
        | Entry::ReceiptKept { .. }
        | Entry::ReceiptDone { .. }
        | Entry::FactsKept { .. }
        | Entry::ChannelSet { .. }
        | Entry::ChannelSwitchedOff { .. }
        | Entry::Relayed { .. }
        | Entry::ParcelStepped { .. }
        | Entry::Purchase { .. } => None,
    })
}

pub(super) fn stepped(key: &MessageKey, at: Timestamp, step: Step) -> Entry {
    Entry::Stepped { message: key.clone(), stamped: Stamped { at, step } }
}

fn same_wish(known: &Wish, asked: &Wish) -> Result<(), Refusal> {
    let differs = if known.kind != asked.kind {
        RequestField::Kind
    } else if known.phone != asked.phone {
        RequestField::Phone
    } else if known.text != asked.text {
        RequestField::Text
    } else {
        return Ok(());
    };
    Err(Refusal::MessageReused(differs))
}
