//! Making entries true, and finding what follows from them.

use std::sync::Arc;

use shared::id::BrandId;

use super::State;
use super::boxes::{Asked, BoxKept};
use super::registry::{Brand, Session, Shop, User};
use crate::channel::BrandChannel;
use crate::entry::Entry;
use crate::id::{BatchId, MessageKey};
use crate::ledger::Now;
use crate::news::Listener;
use crate::outbox::{self, Occasion};
use crate::sms::{Batch, Message, Stamped, Step};
use shared::guest::PhoneNumber;
use shared::sync::News;

/// Something that follows from an entry and belongs into the same commit.
pub(super) enum Consequence {
    /// A fact of a box asks for a message.
    Send(Box<Asked>),
    /// A batch has a message to this receiver.
    SendOne(BrandId, BatchId, PhoneNumber),
    /// A receipt may have its effect.
    Settle(u64),
    /// The brand's systems are told.
    Tell(BrandId, Occasion),
    /// The balance may have crossed the brand's limit.
    Watch(BrandId),
    /// A box is told.
    TellBox(Listener, News),
}

fn tell((brand, occasion): (BrandId, Occasion)) -> Consequence {
    Consequence::Tell(brand, occasion)
}

impl State {
    /// Makes entries true, in their order.
    pub fn apply_all(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.apply(entry);
        }
    }

    /// Makes one entry true. It cannot fail; an entry that cannot be true stops the program.
    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::BrandAdded { brand, name, signature, api_key } => {
                self.brands.insert(brand.clone(), Brand::new(name, signature));
                Arc::make_mut(&mut self.keys).add_first(brand, api_key);
            }
            Entry::ShopAdded { brand, shop, name, time_zone } => {
                let added = Shop { name: name.clone(), time_zone: time_zone.clone() };
                self.known_brand(brand).shops.insert(shop.clone(), added);
            }
            Entry::BoxAdded { key, password } => match self.boxes.get_mut(key) {
                Some(known) => known.password = password.clone(),
                None => {
                    self.boxes.insert(key.clone(), BoxKept::new(password.clone()));
                }
            },
            Entry::UserAdded { brand, user, password, role } => {
                let added = User { brand: brand.clone(), password: password.clone(), role: role.clone() };
                let known = self.users.insert(user.clone(), added);
                // Whoever signed in by the old password, or with the old rights, signs in anew.
                if known.is_some() {
                    self.sessions.retain(|_, session| session.user != *user);
                }
            }
            Entry::Access(change) => self.apply_access(change),
            Entry::Outbox(change) => self.apply_outbox(change),
            Entry::SessionOpened { session, user, until } => {
                self.sessions.insert(session.clone(), Session { user: user.clone(), until: *until });
            }
            Entry::SessionClosed { session } => {
                self.sessions.remove(session);
            }
            Entry::Booked { brand, movement } => self.known_brand(brand).account.apply(movement),
            Entry::Stepped { message, stamped } => self.step(message, stamped),
            Entry::BatchAsked { brand, batch, wish, refused, at } => {
                self.known_brand(brand).batches.insert(*batch, Batch::new(wish, *at, *refused));
            }
            Entry::Filed(up_to) => self.apply_filed(up_to),
            Entry::OptedOut { brand, phone, is_out, .. } => {
                let opted_out = &mut self.known_brand(brand).opted_out;
                if *is_out {
                    opted_out.insert(phone.clone());
                } else {
                    opted_out.remove(phone);
                }
            }
            Entry::ReceiptKept { number, receipt, at } => self.inbox.keep(*number, *at, receipt),
            Entry::ReceiptDone { number } => self.inbox.done(*number),
            Entry::FactsKept { key, stream, from, facts, parked } => {
                self.apply_facts(key, *stream, *from, (facts, parked));
            }
            Entry::News(change) => self.apply_news(change),
            Entry::ChannelSet { brand, settings } => {
                let set = BrandChannel { settings: settings.clone(), off_since: None };
                self.known_brand(brand).channels.insert(settings.channel(), set);
            }
            Entry::ChannelSwitchedOff { brand, channel, at } => {
                let known = self.known_brand(brand).channels.get_mut(channel);
                known.expect("a channel is switched off after it was set up").off_since = Some(*at);
            }
            Entry::Relayed { relay, wish, beginning, at } => self.relay_begins(relay, wish, beginning, *at),
            Entry::ParcelStepped { parcel, stamped } => self.parcel_steps(parcel, stamped),
            Entry::Carrier(event) => self.apply_carrier(event),
            Entry::Purchase { event } => self.purchases.apply(event),
        }
    }

    pub(super) fn consequences(&self, entry: &Entry) -> Vec<Consequence> {
        match entry {
            Entry::FactsKept { key, stream, from, facts, parked } => {
                let by = Listener { key: key.clone(), stream: *stream };
                let asked = Self::asked_by(&by, *from, facts, parked).into_iter();
                asked.map(|asked| Consequence::Send(Box::new(asked))).collect()
            }
            Entry::BatchAsked { brand, batch, wish, refused: None, .. } => {
                let to = |phone| Consequence::SendOne(brand.clone(), *batch, PhoneNumber::clone(phone));
                wish.to.phones().map(to).collect()
            }
            Entry::ReceiptKept { number, .. } => vec![Consequence::Settle(*number)],
            Entry::Stepped { message, stamped } => {
                let told = self.told_of_step(message, &stamped.step).map(tell);
                let news = self.news_of_step(message, &stamped.step);
                let news = news.map(|(to, news)| Consequence::TellBox(to, news));
                let receipts = self.receipts_waiting_for(message, &stamped.step);
                told.into_iter().chain(news).chain(receipts).collect()
            }
            Entry::Booked { brand, movement } => {
                let told = self.told_of_movement(brand, movement).map(tell);
                let watch = self.has_limit(brand).then(|| Consequence::Watch(brand.clone()));
                told.into_iter().chain(watch).collect()
            }
            Entry::Outbox(outbox::Change::LimitSet { brand, .. }) => vec![Consequence::Watch(brand.clone())],
            Entry::Outbox(change) => self.told_of_crossing(change).map(tell).into_iter().collect(),
            Entry::BrandAdded { .. }
            | Entry::ShopAdded { .. }
            | Entry::BoxAdded { .. }
            | Entry::UserAdded { .. }
            | Entry::Access(_)
            | Entry::SessionOpened { .. }
            | Entry::SessionClosed { .. }
            | Entry::BatchAsked { refused: Some(_), .. }
            | Entry::Filed(_)
            | Entry::OptedOut { .. }
            | Entry::ReceiptDone { .. }
            | Entry::News(_)
            | Entry::ChannelSet { .. }
            | Entry::ChannelSwitchedOff { .. }
            | Entry::Relayed { .. }
            | Entry::ParcelStepped { .. }
            | Entry::Carrier(_)
            | Entry::Purchase { .. } => Vec::new(),
        }
    }

    pub(super) fn decide_consequence(&self, now: Now, consequence: Consequence) -> Vec<Entry> {
        match consequence {
            Consequence::Send(asked) => {
                let mut entries = self.wish_of(now, &asked);
                entries.extend(self.relay_of(now, &asked));
                entries
            }
            Consequence::SendOne(brand, batch, phone) => self.send_one_of(now, &brand, batch, phone),
            Consequence::Settle(number) => self.settle_receipt(now, number),
            Consequence::Tell(brand, occasion) => self.tell(now, &brand, occasion),
            Consequence::Watch(brand) => self.watch_balance(&brand),
            Consequence::TellBox(to, news) => self.tell_box(now, &to, news),
        }
    }

    /// Receipts that came before the carrier's answer have their effect with it.
    fn receipts_waiting_for(&self, key: &MessageKey, step: &Step) -> Vec<Consequence> {
        let carrier_message = match step {
            Step::Accepted { carrier_message } => carrier_message.as_str(),
            Step::InDoubt { .. } => "",
            Step::Queued { .. }
            | Step::Refused { .. }
            | Step::Barred { .. }
            | Step::Released { .. }
            | Step::Submitting { .. }
            | Step::Postponed { .. }
            | Step::Failed { .. }
            | Step::Delivered
            | Step::Undelivered { .. } => return Vec::new(),
        };
        let Some(message) = self.message(key) else { return Vec::new() };
        self.inbox.about(message, carrier_message).into_iter().map(Consequence::Settle).collect()
    }

    fn step(&mut self, key: &MessageKey, stamped: &Stamped) {
        self.changed.messages.insert(key.clone());
        let brand = self.brands.get_mut(&key.brand).expect("messages belong to known brands");
        if let Some(message) = Message::begin(key, stamped) {
            self.references.insert(message.reference, key.clone());
            self.queues.enter(&message, &self.rules);
            self.ended.enter(&message);
            if let Some(batch) = message.wish.batch.and_then(|batch| brand.batches.get_mut(&batch)) {
                batch.begins();
            }
            let known = brand.messages.insert(key.sms, message);
            assert!(known.is_none(), "S8: a message id is used once");
            return;
        }
        let message = brand.messages.get_mut(&key.sms).expect("a message takes steps after it began");
        self.queues.leave(message, &self.rules);
        self.ended.leave(message);
        message.apply(stamped);
        self.queues.enter(message, &self.rules);
        self.ended.enter(message);
        if let Step::Submitting { call, carrier } = &stamped.step {
            if let Some(account) = self.carriers.account(carrier) {
                self.queues.charge_carrier(account, stamped.at);
            }
            if let Some(call) = call {
                let called = (*call, message.wish.phone.digits().to_owned());
                self.called.insert(called, key.clone());
            }
        }
        if let Step::Accepted { carrier_message } = &stamped.step {
            let theirs = (carrier_message.clone(), message.wish.phone.digits().to_owned());
            self.carrier_messages.insert(theirs, key.clone());
        }
    }

    pub(super) fn known_brand(&mut self, brand: &BrandId) -> &mut Brand {
        self.brands.get_mut(brand).expect("entries name only brands that were added before")
    }
}
