//! Texts to many (S9), and who does not want them.

use shared::guest::PhoneNumber;
use shared::id::BrandId;

use super::State;
use super::messages::Words;
use crate::carrier::CarrierAccount;
use crate::command::Refusal;
use crate::entry::Entry;
use crate::id::{BatchId, MessageKey};
use crate::ledger::Now;
use crate::sms::{self, BatchWish, Kind, MessageState, Reason, Receivers, Wish};
use crate::units::Units;

impl State {
    /// S8, S9: a text to many. The same id and body again: nothing new. All of them or, for want of units, none: half
    /// of the guests invited is worse than a clear answer. The answer is kept.
    pub(super) fn send_batch(
        &self,
        now: Now,
        (brand, batch): (&BrandId, BatchId),
        to: &Receivers,
        words: Words<'_>,
    ) -> Result<Vec<Entry>, Refusal> {
        let known = self.brands.get(brand).ok_or(Refusal::NoBrand)?;
        let Words { kind, text, good_for } = words;
        let text = sms::of_brand(&known.signature, kind, text)?;
        let wish = BatchWish::new((kind, good_for), text, to.clone())?;
        if let Some(asked) = known.batches.get(&batch) {
            return asked.differs(&wish).map_or(Ok(Vec::new()), |field| Err(Refusal::MessageReused(field)));
        }
        let mut needed = Units::ZERO;
        for phone in wish.to.phones() {
            let unwanted = kind == Kind::Marketing && known.opted_out.contains(phone);
            let units = wish.units_to(phone);
            let units = units.map_err(|source| Refusal::TextTo { phone: phone.clone(), source })?;
            needed += if unwanted { Units::ZERO } else { units };
        }
        let available = known.account.available_on(now.today);
        let refused = (available < needed).then_some(available);
        let (brand, wish) = (brand.clone(), Box::new(wish));
        Ok(vec![Entry::BatchAsked { brand, batch, wish, refused, at: now.at }])
    }

    /// The message of a batch to one of its receivers.
    pub(super) fn send_one_of(
        &self,
        now: Now,
        brand: &BrandId,
        batch: BatchId,
        phone: PhoneNumber,
    ) -> Vec<Entry> {
        let Some(asked) = self.batch(brand, batch) else { return Vec::new() };
        let BatchWish { kind, good_for, .. } = &asked.wish;
        let key = MessageKey { brand: brand.clone(), sms: batch.message_to(&phone) };
        // The brand minted this very id for a message of its own before. It said who gets what.
        if self.knows(&key) {
            return Vec::new();
        }
        let (text, units) = asked.wish.words_to(&phone).expect("they could be sent when they were asked for");
        let wish = Wish {
            shop: None,
            asked_by: None,
            about: None,
            kind: *kind,
            phone,
            text,
            units,
            wanted_at: now.at,
            batch: Some(batch),
            good_for: *good_for,
        };
        self.begin(now, &key, wish)
    }

    /// Numbers that one call for a batch may have. Where a carrier says the same to all of a call, receivers who get words
    /// of their own are called one by one.
    pub(super) fn together_max(
        &self,
        account: &CarrierAccount,
        brand: &BrandId,
        batch: Option<BatchId>,
    ) -> u32 {
        let batch = batch.and_then(|batch| self.batch(brand, batch));
        let of_each = batch.is_some_and(|batch| batch.wish.to.parameters().is_some());
        if of_each && !account.protocol.takes_words_of_each() { 1 } else { account.batch_max.get().into() }
    }

    /// Those of its messages that have not been paid are given back.
    pub(super) fn cancel_batch(
        &self,
        now: Now,
        brand: &BrandId,
        batch: BatchId,
    ) -> Result<Vec<Entry>, Refusal> {
        let waiting = self.messages_of(brand, batch).ok_or(Refusal::NoBatch)?;
        let waiting = waiting.filter(|message| matches!(message.state, MessageState::Queued { .. }));
        Ok(waiting.flat_map(|message| self.give_back(now, message, Reason::Cancelled)).collect())
    }

    /// The messages of a batch that are at hand; none of one that was refused. `None`: there is no such batch.
    pub fn messages_of(
        &self,
        brand: &BrandId,
        batch: BatchId,
    ) -> Option<impl Iterator<Item = &sms::Message>> {
        let phones = self.batch(brand, batch)?.wish.to.phones();
        let brand = brand.clone();
        Some(phones.filter_map(move |phone| {
            self.message(&MessageKey { brand: brand.clone(), sms: batch.message_to(phone) })
        }))
    }

    /// Who is out gets no advertising of this brand: what is asked from now on, and what waits.
    pub(super) fn opt_out(
        &self,
        now: Now,
        brand: &BrandId,
        phone: &PhoneNumber,
        is_out: bool,
    ) -> Result<Vec<Entry>, Refusal> {
        let known = self.brands.get(brand).ok_or(Refusal::NoBrand)?;
        if known.opted_out.contains(phone) == is_out {
            return Ok(Vec::new());
        }
        let (brand, phone) = (brand.clone(), phone.clone());
        Ok(vec![Entry::OptedOut { brand, phone, is_out, at: now.at }])
    }
}
