//! What boxes send: one stream of facts each, kept without holes, folded into orders, and read for wishes.

use std::collections::BTreeMap;

use shared::fact::{Fact, Recorded};
use shared::id::{OrderId, StreamId};
use shared::order::{Order, OrderState};

use super::State;
use crate::command::Refusal;
use crate::entry::Entry;
use crate::id::{BoxKey, MessageKey, PasswordHash, ShopKey};
use crate::ledger::Now;
use crate::news::{self, Listener, NewsLane};
use crate::sms::{self, AboutOrder, AskedBy, Kind, Wish};
use crate::units::segments;

/// A registered box, and how much of it is kept here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxKept {
    /// What the broker checks.
    pub password: PasswordHash,
    /// The last sequence number kept, by incarnation of the box's database.
    streams: BTreeMap<StreamId, u64>,
    /// What it is told, by the same, once it has said that it takes news.
    pub(super) news: BTreeMap<StreamId, NewsLane>,
    /// Facts that could not be read.
    pub parked: u64,
}

impl BoxKept {
    pub(super) fn new(password: PasswordHash) -> Self {
        Self { password, streams: BTreeMap::new(), news: BTreeMap::new(), parked: 0 }
    }

    /// The last sequence number kept of a stream; 0 of one never heard of.
    pub fn have(&self, stream: StreamId) -> u64 {
        self.streams.get(&stream).copied().unwrap_or(0)
    }

    /// What waits to be told to an incarnation that takes news.
    pub fn news(&self, stream: StreamId) -> Option<&NewsLane> {
        self.news.get(&stream)
    }

    /// Incarnations of its database seen so far.
    pub fn streams(&self) -> usize {
        self.streams.len()
    }
}

/// An order that is still open, and the stream it came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeptOrder {
    order: Order,
    stream: StreamId,
}

/// A fact that asks for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) by: Listener,
    pub(super) recorded: Recorded,
}

impl State {
    /// Keeps what is new of a batch. A repeat keeps nothing; a batch that begins too late is refused.
    pub(super) fn keep_facts(
        &self,
        key: &BoxKey,
        stream: StreamId,
        from: u64,
        facts: &[String],
    ) -> Result<Vec<Entry>, Refusal> {
        let have = self.boxes.get(key).ok_or(Refusal::NoBox)?.have(stream);
        if from == 0 || from > have + 1 {
            return Err(Refusal::Gap);
        }
        let known = usize::try_from(have + 1 - from).unwrap_or(usize::MAX);
        let fresh: Vec<String> = facts.iter().skip(known).cloned().collect();
        if fresh.is_empty() {
            return Ok(Vec::new());
        }
        let parked = numbered(have + 1, &fresh).filter(|(seq, raw)| read(*seq, raw).is_none());
        let parked = parked.map(|(seq, _)| seq).collect();
        Ok(vec![Entry::FactsKept { key: key.clone(), stream, from: have + 1, facts: fresh, parked }])
    }

    pub(super) fn apply_facts(
        &mut self,
        key: &BoxKey,
        stream: StreamId,
        from: u64,
        entry: (&[String], &[u64]),
    ) {
        let (facts, parked) = entry;
        let kept = self.boxes.get_mut(key).expect("facts are kept only of registered boxes");
        assert_eq!(kept.have(stream) + 1, from, "facts are kept without holes");
        kept.streams.insert(stream, from + facts.len() as u64 - 1);
        kept.parked += parked.len() as u64;
        for recorded in readable(from, facts, parked) {
            self.fold(&key.at, stream, &recorded);
        }
    }

    /// The messages that kept facts ask for.
    pub(super) fn asked_by(by: &Listener, from: u64, facts: &[String], parked: &[u64]) -> Vec<Asked> {
        readable(from, facts, parked)
            .filter(|recorded| {
                matches!(recorded.fact, Fact::SmsRequested { .. } | Fact::MessageRelayed { .. })
            })
            .map(|recorded| Asked { by: by.clone(), recorded })
            .collect()
    }

    /// S8: a box's wish, once for ever. One whose words cannot be sent is no message: it stays in the journal as
    /// the fact that it is, and the box is told.
    pub(super) fn wish_of(&self, now: Now, asked: &Asked) -> Vec<Entry> {
        let Fact::SmsRequested { sms, order, phone, template, params, .. } = &asked.recorded.fact else {
            return Vec::new();
        };
        let at = &asked.by.key.at;
        let key = MessageKey { brand: at.brand.clone(), sms: *sms };
        let Some(brand) = self.brands.get(&at.brand) else { return Vec::new() };
        let words = sms::of_template(&brand.signature, *template, params);
        let Some((text, units)) = words.ok().and_then(|text| segments(&text).map(|units| (text, units)))
        else {
            return self.tell_box(now, &asked.by, news::unsendable(*sms, *order));
        };
        if self.knows(&key) {
            return Vec::new();
        }
        let number = self.order(at, *order).map(|known| known.view().number);
        let wish = Wish {
            shop: Some(at.shop.clone()),
            asked_by: Some(AskedBy { box_id: asked.by.key.box_id.clone(), stream: asked.by.stream }),
            about: Some(AboutOrder { order: *order, number }),
            kind: Kind::Notification,
            phone: phone.clone(),
            text,
            units,
            wanted_at: asked.recorded.at.min(now.at),
            batch: None,
            good_for: None,
        };
        self.begin(now, &key, wish)
    }

    pub(super) fn forget_if_completed(&mut self, key: &(ShopKey, OrderId)) {
        let completed =
            self.orders.get(key).is_some_and(|kept| kept.order.view().state == OrderState::Completed);
        if completed {
            self.orders.remove(key);
        }
    }

    /// An order that is still open.
    pub fn order(&self, at: &ShopKey, order: OrderId) -> Option<&Order> {
        self.orders.get(&(at.clone(), order)).map(|kept| &kept.order)
    }

    fn fold(&mut self, at: &ShopKey, stream: StreamId, recorded: &Recorded) {
        let Some(order) = recorded.fact.order() else { return };
        let key = (at.clone(), order);
        // A box whose database was replaced counts from 1 again: its orders begin anew with it.
        let known_here = self.orders.get(&key).is_some_and(|kept| kept.stream == stream);
        match (Order::open(recorded), known_here) {
            (Some(order), false) => {
                self.orders.insert(key.clone(), KeptOrder { order, stream });
            }
            (Some(_), true) | (None, _) => {
                let Some(kept) = self.orders.get_mut(&key) else { return };
                kept.order.apply(recorded);
            }
        }
        let kept = &self.orders[&key];
        self.changed.orders.insert(key, kept.order.clone());
    }
}

/// A fact as this program reads it. `None`: not readable, or not in its place.
fn read(seq: u64, raw: &str) -> Option<Recorded> {
    serde_json::from_str(raw).ok().filter(|recorded: &Recorded| recorded.seq == seq)
}

fn numbered(from: u64, facts: &[String]) -> impl Iterator<Item = (u64, &str)> {
    (from..).zip(facts.iter().map(String::as_str))
}

fn readable(from: u64, facts: &[String], parked: &[u64]) -> impl Iterator<Item = Recorded> {
    numbered(from, facts).filter(|(seq, _)| !parked.contains(seq)).filter_map(|(seq, raw)| read(seq, raw))
}
