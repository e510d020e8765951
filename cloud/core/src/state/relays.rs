//! What happens to messages that boxes ask to be sent on (M9): kept once, taken when due, answered, and left alone
//! when they are no longer worth telling.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use shared::fact::Fact;
use shared::id::{BrandId, MessageId};

use super::State;
use super::boxes::Asked;
use crate::channel::{BrandChannel, ChannelSettings, RelayChannel};
use crate::command::Refusal;
use crate::entry::Entry;
use crate::ledger::Now;
use crate::relay::{
    self, Answer, Beginning, Parcel, ParcelState, Reason, RelayKey, Relayed, Stamped, Step, Wish,
};

/// Parcels by when they are due, and those under way, brand by brand. They hold no truth of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parcels {
    due: BTreeMap<BrandId, BTreeSet<(Timestamp, Parcel)>>,
    under_way: BTreeMap<BrandId, BTreeSet<Parcel>>,
}

impl Parcels {
    fn enter(&mut self, parcel: Parcel, state: &ParcelState) {
        let brand = parcel.relay.brand.clone();
        if let Some(due) = state.due() {
            self.due.entry(brand).or_default().insert((due, parcel));
        } else if matches!(state, ParcelState::UnderWay { .. }) {
            self.under_way.entry(brand).or_default().insert(parcel);
        }
    }

    fn leave(&mut self, parcel: &Parcel, state: &ParcelState) {
        let brand = &parcel.relay.brand;
        if let (Some(due), Some(waiting)) = (state.due(), self.due.get_mut(brand)) {
            waiting.remove(&(due, parcel.clone()));
            if waiting.is_empty() {
                self.due.remove(brand);
            }
        } else if let Some(under_way) = self.under_way.get_mut(brand) {
            under_way.remove(parcel);
            if under_way.is_empty() {
                self.under_way.remove(brand);
            }
        }
    }

    /// The parcels due, the longest due first, none of a brand that has enough under way: one brand's silent
    /// receiver delays nobody else.
    fn next(&self, now: Timestamp, per_brand: usize) -> Vec<(Timestamp, &Parcel)> {
        let mut next: Vec<_> = self
            .due
            .iter()
            .flat_map(|(brand, waiting)| {
                let busy = self.under_way.get(brand).map_or(0, BTreeSet::len);
                let due = waiting.iter().take_while(|(due, _)| *due <= now);
                due.take(per_brand.saturating_sub(busy)).map(|(due, parcel)| (*due, parcel))
            })
            .collect();
        next.sort_unstable();
        next
    }

    fn len(&self) -> usize {
        self.due.values().map(BTreeSet::len).sum()
    }
}

impl State {
    /// A brand's channel is set up, or set up anew, which switches it on.
    pub(super) fn set_channel(
        &self,
        brand: &BrandId,
        settings: &ChannelSettings,
    ) -> Result<Vec<Entry>, Refusal> {
        let known = self.brands.get(brand).ok_or(Refusal::NoBrand)?.channels.get(&settings.channel());
        let same = known.is_some_and(|known| known.settings == *settings && known.off_since.is_none());
        let entry = Entry::ChannelSet { brand: brand.clone(), settings: settings.clone() };
        Ok((!same).then_some(entry).into_iter().collect())
    }

    /// Nothing goes by the channel any more.
    pub(super) fn switch_off(
        &self,
        now: Now,
        brand: &BrandId,
        channel: RelayChannel,
    ) -> Result<Vec<Entry>, Refusal> {
        let known = self.brands.get(brand).ok_or(Refusal::NoBrand)?.channels.get(&channel);
        let known = known.ok_or(Refusal::NoChannel)?;
        let entry = Entry::ChannelSwitchedOff { brand: brand.clone(), channel, at: now.at };
        Ok(known.off_since.is_none().then_some(entry).into_iter().collect())
    }

    /// A box's wish, once for ever: the same message again does nothing.
    pub(super) fn relay_of(&self, now: Now, asked: &Asked) -> Vec<Entry> {
        let Fact::MessageRelayed { relay } = &asked.recorded.fact else { return Vec::new() };
        let at = &asked.by.key.at;
        let key = RelayKey { brand: at.brand.clone(), message: relay.message };
        let (Some(channel), Some(brand)) = (RelayChannel::of(relay.channel), self.brands.get(&at.brand))
        else {
            return Vec::new();
        };
        // What was asked so long ago may be on file; if it is not, nobody wants to hear it any more.
        let is_old = asked.recorded.at.min(now.at) <= self.on_file_before(now);
        if is_old || brand.relays.contains_key(&key.message) {
            return Vec::new();
        }
        let beginning = match brand.channels.get(&channel) {
            None => Beginning::Failed { reason: Reason::NoChannel },
            Some(BrandChannel { off_since: Some(_), .. }) => {
                Beginning::Failed { reason: Reason::SwitchedOff }
            }
            Some(BrandChannel { settings, off_since: None }) => match settings.targets(&relay.designated) {
                to if to.is_empty() => Beginning::Failed { reason: Reason::Nobody },
                to => Beginning::Queued { to },
            },
        };
        let wish = Wish {
            shop: at.shop.clone(),
            box_id: asked.by.key.box_id.clone(),
            channel,
            relay: (**relay).clone(),
            asked_at: asked.recorded.at.min(now.at),
        };
        vec![Entry::Relayed { relay: key, wish: Box::new(wish), beginning, at: now.at }]
    }

    /// Marks the next parcels as being sent, at most `hands` of them and `per_brand` of one brand. What is no longer
    /// worth telling, or has no channel any more, comes to its end instead. A channel may be called only when
    /// these entries are kept.
    pub(super) fn take_parcels(&self, now: Now, hands: usize, per_brand: usize) -> Vec<Entry> {
        let mut free = hands;
        let mut entries = Vec::new();
        for (_, parcel) in self.parcels.next(now.at, per_brand) {
            let step = self.next_step(now, parcel);
            if matches!(step, Step::Sending) {
                if free == 0 {
                    break;
                }
                free -= 1;
            }
            entries.push(parcel_stepped(parcel, now.at, step));
        }
        entries
    }

    fn next_step(&self, now: Now, parcel: &Parcel) -> Step {
        let relayed = self.relayed(&parcel.relay).expect("parcels are queued of known messages");
        if now.at > relayed.wish.good_until() {
            return Step::TooOld;
        }
        let brand = &self.brands[&parcel.relay.brand];
        match brand.channels.get(&relayed.wish.channel) {
            Some(BrandChannel { off_since: None, .. }) => Step::Sending,
            Some(BrandChannel { off_since: Some(_), .. }) => Step::Failed { reason: Reason::SwitchedOff },
            None => Step::Failed { reason: Reason::NoChannel },
        }
    }

    /// What a channel said. An answer to what is not under way changes nothing.
    pub(super) fn relay_answered(
        &self,
        now: Now,
        parcel: &Parcel,
        answer: &Answer,
    ) -> Result<Vec<Entry>, Refusal> {
        let relayed = self.relayed(&parcel.relay).ok_or(Refusal::NoMessage)?;
        let delivery = relayed.deliveries.get(&parcel.to).ok_or(Refusal::NoMessage)?;
        let ParcelState::UnderWay { tries } = delivery.state else { return Ok(Vec::new()) };
        let later = |at_least| now.at + relay::pause(parcel, tries).max(at_least);
        let step = match answer.clone() {
            Answer::Taken { receipt } => Step::Delivered { receipt },
            Answer::Refused { code, words } => Step::Failed { reason: Reason::Refused { code, words } },
            Answer::Unknowing { code, words } => Step::Failed { reason: Reason::Credentials { code, words } },
            Answer::Busy { code, words, at_least } => {
                Step::Postponed { reason: Reason::Busy { code, words }, not_before: later(at_least) }
            }
            Answer::Unanswered { what } => {
                let not_before = later(jiff::SignedDuration::ZERO);
                Step::Unanswered { reason: Reason::NoAnswer { what }, not_before }
            }
            Answer::Gone => Step::Failed { reason: Reason::SwitchedOff },
        };
        let gone = matches!(answer, Answer::Gone);
        let in_vain = match &step {
            Step::Postponed { not_before, .. } | Step::Unanswered { not_before, .. } => {
                *not_before > relayed.wish.good_until()
            }
            Step::Sending | Step::Delivered { .. } | Step::Failed { .. } | Step::TooOld => false,
        };
        let mut entries = vec![parcel_stepped(parcel, now.at, step)];
        if in_vain {
            entries.push(parcel_stepped(parcel, now.at, Step::TooOld));
        }
        if gone {
            entries.extend(self.switch_off(now, &parcel.relay.brand, relayed.wish.channel)?);
        }
        Ok(entries)
    }

    /// After a start nobody knows what became of parcels that were being sent: they are sent again, with the
    /// same marks.
    pub(super) fn recover_parcels(&self, now: Now) -> impl Iterator<Item = Entry> {
        self.parcels.under_way.values().flatten().map(move |parcel| {
            let step = Step::Unanswered { reason: Reason::Interrupted, not_before: now.at };
            parcel_stepped(parcel, now.at, step)
        })
    }

    pub(super) fn relay_begins(&mut self, key: &RelayKey, wish: &Wish, beginning: &Beginning, at: Timestamp) {
        let relayed = Relayed::begin(key, wish, beginning, at);
        for (to, delivery) in &relayed.deliveries {
            self.parcels.enter(relayed.parcel(to), &delivery.state);
        }
        let brand = self.brands.get_mut(&key.brand).expect("messages belong to known brands");
        self.ended.enter_relay(&relayed);
        let known = brand.relays.insert(key.message, relayed);
        assert!(known.is_none(), "a message is sent on once");
        self.changed.relays.insert(key.clone());
    }

    pub(super) fn parcel_steps(&mut self, parcel: &Parcel, stamped: &Stamped) {
        let key = &parcel.relay;
        let brand = self.brands.get_mut(&key.brand).expect("messages belong to known brands");
        let relayed =
            brand.relays.get_mut(&key.message).expect("a parcel takes steps after its message began");
        let delivery = relayed.deliveries.get_mut(&parcel.to).expect("a parcel goes to one of its targets");
        self.parcels.leave(parcel, &delivery.state);
        delivery.apply(stamped);
        self.parcels.enter(parcel.clone(), &delivery.state);
        self.ended.enter_relay(relayed);
        self.changed.relays.insert(key.clone());
    }

    /// A message that a box asked to be sent on.
    pub fn relayed(&self, key: &RelayKey) -> Option<&Relayed> {
        self.brands.get(&key.brand)?.relays.get(&key.message)
    }

    /// All of a brand, by id.
    pub fn all_relayed(&self, brand: &BrandId) -> impl Iterator<Item = (&MessageId, &Relayed)> {
        self.brands.get(brand).into_iter().flat_map(|found| found.relays.iter())
    }

    /// Parcels that wait for their next try.
    pub fn parcels_waiting(&self) -> usize {
        self.parcels.len()
    }
}

/// The parcels that a [`crate::command::Command::TakeParcels`] handed out, as its entries say.
pub fn parcels_handed_out(entries: &[Entry]) -> impl Iterator<Item = &Parcel> {
    entries.iter().filter_map(|entry| {
        let Entry::ParcelStepped { parcel, stamped } = entry else { return None };
        matches!(stamped.step, Step::Sending).then_some(parcel)
    })
}

fn parcel_stepped(parcel: &Parcel, at: Timestamp, step: Step) -> Entry {
    Entry::ParcelStepped { parcel: parcel.clone(), stamped: Stamped { at, step } }
}
