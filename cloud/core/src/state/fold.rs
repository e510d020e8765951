//! Making entries true, and finding what follows from them.

use super::State;
use super::boxes::{Asked, BoxKept};
use super::registry::{Brand, Session, Shop, User};
use crate::channel::BrandChannel;
use crate::entry::Entry;
use crate::id::MessageKey;
use crate::ledger::Now;
use crate::sms::{Message, Stamped, Step};

/// Something that follows from an entry and belongs into the same commit.
pub(super) enum Consequence {
    /// A fact of a box asks for a message.
    Send(Box<Asked>),
    /// A receipt may have its effect.
    Settle(u64),
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
                self.api_keys.insert(api_key.clone(), brand.clone());
                self.brands.insert(brand.clone(), Brand::new(name, signature));
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
            Entry::UserAdded { brand, user, password } => {
                let added = User { brand: brand.clone(), password: password.clone() };
                self.users.insert(user.clone(), added);
            }
            Entry::SessionOpened { session, user, until } => {
                self.sessions.insert(session.clone(), Session { user: user.clone(), until: *until });
            }
            Entry::SessionClosed { session } => {
                self.sessions.remove(session);
            }
            Entry::Booked { brand, movement } => self.known_brand(brand).account.apply(movement),
            Entry::Stepped { message, stamped } => self.step(message, stamped),
            Entry::ReceiptKept { number, receipt, at } => self.inbox.keep(*number, *at, receipt),
            Entry::ReceiptDone { number } => self.inbox.done(*number),
            Entry::FactsKept { key, stream, from, facts, parked } => {
                self.apply_facts(key, *stream, *from, (facts, parked));
            }
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
            Entry::Purchase { event } => self.purchases.apply(event),
        }
    }

    pub(super) fn consequences(&self, entry: &Entry) -> Vec<Consequence> {
        match entry {
            Entry::FactsKept { key, from, facts, parked, .. } => Self::asked_by(key, *from, facts, parked)
                .into_iter()
                .map(|asked| Consequence::Send(Box::new(asked)))
                .collect(),
            Entry::ReceiptKept { number, .. } => vec![Consequence::Settle(*number)],
            Entry::Stepped { message, stamped } => self.receipts_waiting_for(message, &stamped.step),
            Entry::BrandAdded { .. }
            | Entry::ShopAdded { .. }
            | Entry::BoxAdded { .. }
            | Entry::UserAdded { .. }
            | Entry::SessionOpened { .. }
            | Entry::SessionClosed { .. }
            | Entry::Booked { .. }
            | Entry::ReceiptDone { .. }
            | Entry::ChannelSet { .. }
            | Entry::ChannelSwitchedOff { .. }
            | Entry::Relayed { .. }
            | Entry::ParcelStepped { .. }
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
            Consequence::Settle(number) => self.settle_receipt(now, number),
        }
    }

    /// Receipts that came before the carrier's answer have their effect with it.
    fn receipts_waiting_for(&self, key: &MessageKey, step: &Step) -> Vec<Consequence> {
        let carrier_message = match step {
            Step::Accepted { carrier_message } => carrier_message.as_str(),
            Step::InDoubt { .. } => "",
            Step::Queued { .. }
            | Step::Refused { .. }
            | Step::Released { .. }
            | Step::Submitting
            | Step::Postponed { .. }
            | Step::Failed { .. }
            | Step::Delivered
            | Step::Undelivered { .. } => return Vec::new(),
        };
        let reference = crate::id::Reference::of_message(key);
        self.inbox.about(reference, carrier_message).into_iter().map(Consequence::Settle).collect()
    }

    fn step(&mut self, key: &MessageKey, stamped: &Stamped) {
        self.changed.messages.insert(key.clone());
        let brand = self.brands.get_mut(&key.brand).expect("messages belong to known brands");
        if let Some(message) = Message::begin(key, stamped) {
            self.references.insert(message.reference(), key.clone());
            self.queues.enter(&message);
            let known = brand.messages.insert(key.sms, message);
            assert!(known.is_none(), "S8: a message id is used once");
            return;
        }
        let message = brand.messages.get_mut(&key.sms).expect("a message takes steps after it began");
        self.queues.leave(message);
        message.apply(stamped);
        self.queues.enter(message);
        if let Step::Accepted { carrier_message } = &stamped.step {
            let theirs = (carrier_message.clone(), message.wish.phone.digits().to_owned());
            self.carrier_messages.insert(theirs, key.clone());
        }
    }

    fn known_brand(&mut self, brand: &shared::id::BrandId) -> &mut Brand {
        self.brands.get_mut(brand).expect("entries name only brands that were added before")
    }
}
