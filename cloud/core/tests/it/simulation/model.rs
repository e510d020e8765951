//! The same rules told so that a child could check them: every unit is a coin that lies somewhere, every message
//! has one word for where it is. It is told each command, says by itself what must come of it, and is slow.
//!
//! What to take next is the core's choice (S9); the model only checks that it was allowed.

use std::collections::{BTreeMap, BTreeSet};

use cloud_core::command::Command;
use cloud_core::dispatch::Rules;
use cloud_core::entry::Entry;
use cloud_core::id::{BatchId, FreezeId, MessageKey, PurchaseKey};
use cloud_core::ledger::{Freeze, FreezeState, Now, Outcome, Package, Places, SendResult};
use cloud_core::sms::Receipt;
use cloud_core::state::State;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use shared::guest::PhoneNumber;
use shared::id::{BrandId, SmsId};

use super::model_messages::{Text, ToMany};
use super::model_purchases::Bought;

/// All that should be true.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// How long what has ended is at hand.
    pub(super) at_hand: SignedDuration,
    pub(super) brands: BTreeMap<BrandId, Books>,
    pub(super) purchases: BTreeMap<PurchaseKey, Bought>,
    /// Receipts whose message is not ready for them.
    pub(super) waiting: Vec<(Timestamp, Receipt)>,
}

/// One brand's.
#[derive(Debug, Clone, Default)]
pub(super) struct Books {
    packages: Vec<Package>,
    /// Oldest expiry first.
    coins: Vec<Coin>,
    freezes: BTreeMap<FreezeId, Frozen>,
    pub(super) texts: BTreeMap<SmsId, Text>,
    pub(super) batches: BTreeMap<BatchId, ToMany>,
    pub(super) opted_out: BTreeSet<PhoneNumber>,
}

#[derive(Debug, Clone, Copy)]
struct Coin {
    last_day: Date,
    /// Its place among the packages.
    package: usize,
    lies: Lies,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lies {
    Available,
    Frozen(FreezeId),
    InDoubt(FreezeId),
    Sent,
    Expired,
}

#[derive(Debug, Clone, Copy)]
struct Frozen {
    units: u64,
    good_for: Option<SignedDuration>,
    at: Timestamp,
    paid: u64,
    fate: Fate,
}

/// What became of a freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Refused,
    Open,
    Released,
    Paid,
    Sent,
    Refunded,
    Partly { failed: u64 },
}

impl Frozen {
    fn is_over(&self, now: Now) -> bool {
        self.good_for.is_some_and(|good_for| self.at + good_for <= now.at)
    }
}

impl Model {
    pub(super) fn of(rules: &Rules) -> Self {
        Self {
            at_hand: rules.patience.at_hand,
            brands: BTreeMap::new(),
            purchases: BTreeMap::new(),
            waiting: Vec::new(),
        }
    }

    /// Follows a command, and holds what the core made of it against what must come of it.
    pub(super) fn follow(&mut self, now: Now, command: &Command, granted: Option<&[Entry]>) {
        let expected = match command {
            Command::AddBrand { brand, .. } => {
                self.brands.insert(brand.clone(), Books::default());
                true
            }
            Command::AddPackage { brand, package } => self.books(brand).add(now, package),
            Command::Purchase(ask) => self.purchase(now, ask),
            Command::Freeze { brand, freeze, units, good_for } => {
                self.books(brand).freeze(now, *freeze, units.0, *good_for)
            }
            Command::Pay { brand, freeze, units } => {
                self.books(brand).pay(now, *freeze, units.map(|units| units.0))
            }
            Command::Release { brand, freeze } => self.books(brand).release(now, *freeze),
            Command::Report { brand, payment, result } => self.books(brand).report(now, *payment, *result),
            Command::Send { key, kind, phone, text, good_for } => {
                self.send(now, key, Text::wanted(now.at, (*kind, *good_for), phone, text))
            }
            Command::SendBatch { brand, batch, kind, text, to, good_for } => {
                self.send_batch(now, brand, *batch, ToMany::wanted((*kind, *good_for), text, to))
            }
            Command::Cancel { key } => self.cancel(now, key),
            Command::CancelBatch { brand, batch } => self.cancel_batch(now, brand, *batch),
            Command::OptOut { brand, phone, is_out } => {
                let out = &mut self.books(brand).opted_out;
                if *is_out {
                    out.insert(phone.clone())
                } else {
                    out.remove(phone)
                };
                true
            }
            Command::Take { .. } => {
                self.take(now, granted.expect("it may always be asked what is next"));
                true
            }
            Command::Answered { answers } => {
                answers.iter().for_each(|(key, answer)| self.answered(now, key, answer));
                true
            }
            Command::Recover => {
                self.recover(now);
                true
            }
            Command::KeepReceipts { receipts } => {
                receipts.iter().for_each(|receipt| self.keep(now, receipt));
                true
            }
            Command::Tidy => {
                self.tidy(now);
                true
            }
            other => panic!("this world has no {other:?}"),
        };
        assert_eq!(granted.is_some(), expected, "{command:?} at {now:?}: {granted:?}");
    }

    /// Every coin, freeze and message of the state is where it is here.
    pub(super) fn agrees_with(&self, state: &State) {
        for (brand, books) in &self.brands {
            let account = &state.brand(brand).expect("the brand was added").account;
            let counted = books.places();
            for (package, counted) in books.packages.iter().zip(&counted) {
                let lot = account.lot(&package.package).expect("the package was paid");
                assert_eq!(places(lot.places), *counted, "{brand} {}", package.package);
            }
            let sums = [0, 1, 2, 3, 4].map(|place| counted.iter().map(|of| of[place]).sum::<u64>());
            assert_eq!(places(account.places()), sums, "{brand}");
            for (freeze, known) in &books.freezes {
                let found = account.freeze(*freeze).expect("the freeze was asked for");
                assert_eq!((found.units.0, fate_in(found)), (known.units, known.fate), "{brand} {freeze}");
            }
            let known = state.messages(brand).count() + state.filed_count(brand);
            assert_eq!(known, books.texts.len(), "{brand} has no other messages");
            for (sms, text) in &books.texts {
                text.agrees_with(state, &MessageKey { brand: brand.clone(), sms: *sms });
            }
        }
        self.agrees_with_purchases(state);
        assert_eq!(state.receipts_waiting(), self.waiting.len(), "receipts that wait");
    }

    pub(super) fn books(&mut self, brand: &BrandId) -> &mut Books {
        self.brands.get_mut(brand).expect("only brands of this world are named")
    }
}

impl Books {
    pub(super) fn add(&mut self, now: Now, package: &Package) -> bool {
        if let Some(known) = self.packages.iter().find(|known| known.package == package.package) {
            return known == package;
        }
        if package.units.0 == 0 || package.expires_on < now.today {
            return false;
        }
        let coin = Coin { last_day: package.expires_on, package: self.packages.len(), lies: Lies::Available };
        self.packages.push(package.clone());
        self.coins.extend((0..package.units.0).map(|_| coin));
        let name = |coin: &Coin| &self.packages[coin.package].package;
        self.coins.sort_by(|a, b| (a.last_day, name(a)).cmp(&(b.last_day, name(b))));
        true
    }

    /// Also when a message asks: the answer of a new freeze is that it is open, or refused for ever (S8).
    pub(super) fn freeze(
        &mut self,
        now: Now,
        freeze: FreezeId,
        units: u64,
        good_for: Option<SignedDuration>,
    ) -> bool {
        if let Some(known) = self.freezes.get(&freeze) {
            return (known.units, known.good_for) == (units, good_for);
        }
        if units == 0 {
            return false;
        }
        self.expire(now);
        let enough = self.available(now) >= units;
        if enough {
            let alive = |coin: &&mut Coin| coin.lies == Lies::Available && coin.last_day >= now.today;
            let free = self.coins.iter_mut().filter(alive);
            free.take(units as usize).for_each(|coin| coin.lies = Lies::Frozen(freeze));
        }
        let fate = if enough { Fate::Open } else { Fate::Refused };
        self.freezes.insert(freeze, Frozen { units, good_for, at: now.at, paid: 0, fate });
        true
    }

    /// All of it, or the part that is wanted.
    pub(super) fn pay(&mut self, now: Now, freeze: FreezeId, part: Option<u64>) -> bool {
        let Some(mut known) = self.freezes.get(&freeze).copied() else { return false };
        let wanted = part.unwrap_or(known.units);
        match known.fate {
            Fate::Open if known.is_over(now) || wanted == 0 || wanted > known.units => return false,
            Fate::Open => {}
            Fate::Paid | Fate::Sent | Fate::Refunded | Fate::Partly { .. } => return wanted == known.paid,
            Fate::Refused | Fate::Released => return false,
        }
        self.split(now, Lies::Frozen(freeze), wanted, Lies::InDoubt(freeze));
        (known.fate, known.paid) = (Fate::Paid, wanted);
        self.freezes.insert(freeze, known);
        true
    }

    pub(super) fn release(&mut self, now: Now, freeze: FreezeId) -> bool {
        let Some(known) = self.freezes.get_mut(&freeze) else { return false };
        if known.fate == Fate::Open {
            known.fate = Fate::Released;
            self.split(now, Lies::Frozen(freeze), 0, Lies::Sent);
        }
        self.fate(freeze) == Some(Fate::Released)
    }

    pub(super) fn report(&mut self, now: Now, payment: FreezeId, result: SendResult) -> bool {
        let Some(known) = self.freezes.get_mut(&payment) else { return false };
        let failed = match result {
            SendResult::Sent => 0,
            SendResult::Failed => known.paid,
            SendResult::Partly { failed } => failed.0,
        };
        let fate = match failed {
            0 => Fate::Sent,
            all if all == known.paid => Fate::Refunded,
            failed => Fate::Partly { failed },
        };
        if known.fate != Fate::Paid || failed > known.paid {
            return known.paid > 0 && known.fate == fate;
        }
        let sent = known.paid - failed;
        known.fate = fate;
        self.split(now, Lies::InDoubt(payment), sent, Lies::Sent);
        true
    }

    /// Freezes that were good until now at most.
    pub(super) fn lapse(&mut self, now: Now) {
        let over = self.freezes.iter().filter(|(_, known)| known.fate == Fate::Open && known.is_over(now));
        let over: Vec<_> = over.map(|(freeze, _)| *freeze).collect();
        over.into_iter().for_each(|freeze| assert!(self.release(now, freeze), "an open one is released"));
    }

    pub(super) fn available(&self, now: Now) -> u64 {
        let alive = |coin: &&Coin| coin.lies == Lies::Available && coin.last_day >= now.today;
        self.coins.iter().filter(alive).count() as u64
    }

    /// The first of the coins there go on; the others go back, or are gone with their package.
    fn split(&mut self, now: Now, from: Lies, count: u64, on: Lies) {
        for (at, coin) in self.coins.iter_mut().filter(|coin| coin.lies == from).enumerate() {
            coin.lies = match coin.last_day < now.today {
                _ if (at as u64) < count => on,
                true => Lies::Expired,
                false => Lies::Available,
            };
        }
    }

    pub(super) fn expire(&mut self, now: Now) {
        let dead = |coin: &&mut Coin| coin.lies == Lies::Available && coin.last_day < now.today;
        self.coins.iter_mut().filter(dead).for_each(|coin| coin.lies = Lies::Expired);
    }

    /// A freeze about which nothing can be asked any more.
    pub(super) fn forget(&mut self, freeze: FreezeId) {
        self.freezes.remove(&freeze);
    }

    pub(super) fn fate(&self, freeze: FreezeId) -> Option<Fate> {
        self.freezes.get(&freeze).map(|known| known.fate)
    }

    /// Of each package.
    fn places(&self) -> Vec<[u64; 5]> {
        let mut places = vec![[0; 5]; self.packages.len()];
        for coin in &self.coins {
            places[coin.package][match coin.lies {
                Lies::Available => 0,
                Lies::Frozen(_) => 1,
                Lies::InDoubt(_) => 2,
                Lies::Sent => 3,
                Lies::Expired => 4,
            }] += 1;
        }
        places
    }
}

fn places(places: Places) -> [u64; 5] {
    [places.available, places.frozen, places.in_doubt, places.sent, places.expired].map(|units| units.0)
}

fn fate_in(freeze: &Freeze) -> Fate {
    match &freeze.state {
        FreezeState::Refused { .. } => Fate::Refused,
        FreezeState::Open { .. } => Fate::Open,
        FreezeState::Released { .. } => Fate::Released,
        FreezeState::Paid { outcome: Outcome::InDoubt, .. } => Fate::Paid,
        FreezeState::Paid { outcome: Outcome::Sent, .. } => Fate::Sent,
        FreezeState::Paid { outcome: Outcome::Refunded, .. } => Fate::Refunded,
        FreezeState::Paid { outcome: Outcome::Partly { failed }, .. } => Fate::Partly { failed: failed.0 },
    }
}
