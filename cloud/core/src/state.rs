//! Everything the cloud knows, as the entries of its journal add up to it.
//!
//! Absent: anything that is only looked at (lists for pages are projections of this), and anything that is not
//! in the journal.

mod access;
mod batches;
mod boxes;
mod carriers;
mod files;
mod fold;
mod messages;
mod news;
mod outbox;
mod purchases;
mod queues;
mod receipts;
mod registry;
mod relays;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;
use shared::id::{BrandId, OrderId, SmsId};
use shared::order::Order;

use crate::access::Keys;
use crate::command::{Command, Refusal};
use crate::dispatch::Rules;
use crate::entry::Entry;
use crate::id::{BatchId, BoxKey, MessageKey, Reference, SecretHash, ShopKey, UserName};
use crate::ledger::{Account, Movement, Now};
use crate::news::Listener;
use crate::relay::RelayKey;
use crate::sms::{Batch, Message};

pub use boxes::BoxKept;
pub use files::UpTo;
pub use messages::handed_out;
pub use outbox::Call;
pub use registry::{Brand, Session, Shop, User};
pub use relays::parcels_handed_out;

use boxes::KeptOrder;
use carriers::Carriers;
use files::Ended;
use messages::Words;
use outbox::Called;
use purchases::Purchases;
use queues::{Hands, Queues};
use receipts::Inbox;
use relays::Parcels;

/// Everything the cloud knows. It can be written down and read back equal, by the same build of the program: what is
/// written is a copy to begin from sooner, and no promise to a later build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    rules: Rules,
    brands: BTreeMap<BrandId, Brand>,
    keys: Arc<Keys>,
    users: BTreeMap<UserName, User>,
    sessions: BTreeMap<SecretHash, Session>,
    boxes: BTreeMap<BoxKey, BoxKept>,
    orders: BTreeMap<(ShopKey, OrderId), KeptOrder>,
    queues: Queues,
    references: BTreeMap<Reference, MessageKey>,
    /// The messages of calls for many, by the call's reference and the receiver's digits.
    called: BTreeMap<(Reference, String), MessageKey>,
    /// By the carrier's id and the receiver's digits: one id may stand for many receivers.
    carrier_messages: BTreeMap<(String, String), MessageKey>,
    inbox: Inbox,
    ended: Ended,
    parcels: Parcels,
    calling: Called,
    /// Boxes for which news wait. It holds no truth of its own.
    to_tell: BTreeSet<Listener>,
    carriers: Carriers,
    purchases: Purchases,
    #[serde(skip)]
    changed: Changed,
}

/// What has changed since it was last asked, for whoever keeps lists of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Messages that took a step.
    pub messages: BTreeSet<MessageKey>,
    /// Orders that a fact was about, as they are now.
    pub orders: BTreeMap<(ShopKey, OrderId), Order>,
    /// Messages sent on, of which a parcel took a step.
    pub relays: BTreeSet<RelayKey>,
}

impl State {
    /// A state without anything in it.
    pub fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// What sending goes by here.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Decides a command and everything that follows from it, and makes it true. What is returned belongs into
    /// the journal, in one commit. Errors: a [`Refusal`]; nothing was changed.
    pub fn carry_out(&mut self, now: Now, command: &Command) -> Result<Vec<Entry>, Refusal> {
        let mut entries = self.decide(now, command)?;
        self.apply_all(&entries);
        let mut seen = 0;
        while seen < entries.len() {
            for consequence in self.consequences(&entries[seen]) {
                let more = self.decide_consequence(now, consequence);
                self.apply_all(&more);
                entries.extend(more);
            }
            seen += 1;
        }
        Ok(entries)
    }

    /// What a command means now. An empty answer: it is true already. What follows from the entries in turn is
    /// [`State::carry_out`]'s to find.
    pub fn decide(&self, now: Now, command: &Command) -> Result<Vec<Entry>, Refusal> {
        match command {
            Command::AddBrand { .. }
            | Command::AddShop { .. }
            | Command::AddBox { .. }
            | Command::AddUser { .. }
            | Command::OpenSession { .. }
            | Command::CloseSession { .. } => self.register(command),
            Command::Access(ask) => self.decide_access(now, ask),
            Command::Outbox(ask) => self.decide_outbox(now, ask),
            Command::AddPackage { brand, package } => {
                self.book(brand, |account| account.add_package(now, package))
            }
            Command::Freeze { brand, freeze, units, good_for } => {
                self.book(brand, |account| account.freeze_units(now, *freeze, *units, *good_for))
            }
            Command::Pay { brand, freeze, units } => {
                self.book(brand, |account| account.pay(now, *freeze, *units))
            }
            Command::Release { brand, freeze } => self.book(brand, |account| account.release(now, *freeze)),
            Command::Report { brand, payment, result } => {
                self.book(brand, |account| account.report(now, *payment, *result))
            }
            Command::Send { key, kind, phone, text, good_for } => {
                self.send(now, key, phone, Words { kind: *kind, text, good_for: *good_for })
            }
            Command::SendBatch { brand, batch, kind, text, to, good_for } => {
                let words = Words { kind: *kind, text, good_for: *good_for };
                self.send_batch(now, (brand, *batch), to, words)
            }
            Command::Cancel { key } => self.cancel(now, key),
            Command::CancelBatch { brand, batch } => self.cancel_batch(now, brand, *batch),
            Command::OptOut { brand, phone, is_out } => self.opt_out(now, brand, phone, *is_out),
            Command::Take { any, verification } => {
                Ok(self.take(now, Hands { any: *any, verification: *verification }))
            }
            Command::Answered { answers } => self.answered(now, answers),
            Command::Recover => Ok(self.recover(now).into_iter().chain(self.recover_parcels(now)).collect()),
            Command::KeepReceipts { receipts } => self.keep_receipts(now, receipts),
            Command::Tidy => Ok(self.tidy(now)),
            Command::KeepFacts { key, stream, from, facts } => self.keep_facts(key, *stream, *from, facts),
            Command::NewsHeard { key, stream, up_to } => self.news_heard(key, *stream, *up_to),
            Command::SetChannel { brand, settings } => self.set_channel(brand, settings),
            Command::SwitchOff { brand, channel } => self.switch_off(now, brand, *channel),
            Command::TakeParcels { hands, per_brand } => Ok(self.take_parcels(now, *hands, *per_brand)),
            Command::ParcelAnswered { parcel, answer } => self.relay_answered(now, parcel, answer),
            Command::Carrier(ask) => self.decide_carrier(now, ask),
            Command::Purchase(ask) => self.purchase(now, ask),
        }
    }

    /// Whether nobody minds when a command is kept a moment later: what comes of calls, and the next of them, unless a
    /// verification code is among them (S9).
    pub fn can_wait(&self, command: &Command) -> bool {
        let is_a_workers = matches!(
            command,
            Command::Take { .. }
                | Command::Answered { .. }
                | Command::KeepReceipts { .. }
                | Command::Outbox(crate::outbox::Ask::Answered { .. })
                | Command::TakeParcels { .. }
                | Command::ParcelAnswered { .. }
                | Command::Tidy
        );
        let is_for_a_code = matches!(command, Command::Take { .. }) && self.queues.codes_wait();
        is_a_workers && !is_for_a_code
    }

    /// The brand, with its books.
    pub fn brand(&self, brand: &BrandId) -> Option<&Brand> {
        self.brands.get(brand)
    }

    /// All brands.
    pub fn brands(&self) -> impl Iterator<Item = (&BrandId, &Brand)> {
        self.brands.iter()
    }

    /// Somebody who may sign in.
    pub fn user(&self, user: &UserName) -> Option<&User> {
        self.users.get(user)
    }

    /// Everybody who may sign in.
    pub fn users(&self) -> impl Iterator<Item = (&UserName, &User)> {
        self.users.iter()
    }

    /// A session that has not been closed.
    pub fn session(&self, session: &SecretHash) -> Option<&Session> {
        self.sessions.get(session)
    }

    /// A registered box.
    pub fn kept_of(&self, key: &BoxKey) -> Option<&BoxKept> {
        self.boxes.get(key)
    }

    /// All registered boxes.
    pub fn boxes(&self) -> impl Iterator<Item = (&BoxKey, &BoxKept)> {
        self.boxes.iter()
    }

    /// A message that is at hand.
    pub fn message(&self, key: &MessageKey) -> Option<&Message> {
        self.brands.get(&key.brand)?.messages.get(&key.sms)
    }

    /// A text to many.
    pub fn batch(&self, brand: &BrandId, batch: BatchId) -> Option<&Batch> {
        self.brands.get(brand)?.batches.get(&batch)
    }

    /// Whether somebody wants no advertising of the brand.
    pub fn is_opted_out(&self, brand: &BrandId, phone: &PhoneNumber) -> bool {
        self.brands.get(brand).is_some_and(|found| found.opted_out.contains(phone))
    }

    /// All messages of a brand that are at hand, by id.
    pub fn messages(&self, brand: &BrandId) -> impl Iterator<Item = (&SmsId, &Message)> {
        self.brands.get(brand).into_iter().flat_map(|found| found.messages.iter())
    }

    /// Receipts that wait for their message.
    pub fn receipts_waiting(&self) -> usize {
        self.inbox.len()
    }

    /// Messages that wait for the carrier, queued or postponed.
    pub fn messages_waiting(&self) -> usize {
        self.queues.len()
    }

    /// What has changed since the last call. Orders that are completed are forgotten with it: no fact will be
    /// about them again.
    pub fn take_changed(&mut self) -> Changed {
        let changed = std::mem::take(&mut self.changed);
        for key in changed.orders.keys() {
            self.forget_if_completed(key);
        }
        changed
    }

    /// A brand's books, asked.
    fn book(
        &self,
        brand: &BrandId,
        ask: impl FnOnce(&Account) -> Result<Vec<Movement>, crate::ledger::Refusal>,
    ) -> Result<Vec<Entry>, Refusal> {
        let account = &self.brands.get(brand).ok_or(Refusal::NoBrand)?.account;
        Ok(ask(account)?.into_iter().map(|movement| booked(brand, movement)).collect())
    }
}

fn booked(brand: &BrandId, movement: Movement) -> Entry {
    Entry::Booked { brand: brand.clone(), movement }
}
