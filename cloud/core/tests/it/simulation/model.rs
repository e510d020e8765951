//! The same rules told so that a child could check them: every unit is a coin that lies somewhere, every message
//! has one word for where it is. It is told each command, says by itself what must come of it, and is slow.
//!
//! What to take next is the core's choice (S9); the model only checks that it was allowed.

use std::collections::BTreeMap;

use cloud_core::command::Command;
use cloud_core::entry::Entry;
use cloud_core::id::FreezeId;
use cloud_core::ledger::{Freeze, FreezeState, Now, Outcome, Package, Places, SendResult};
use cloud_core::sms::Receipt;
use cloud_core::state::State;
use jiff::Timestamp;
use jiff::civil::Date;
use shared::id::{BrandId, SmsId};

use super::model_messages::Text;

/// All that should be true.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) brands: BTreeMap<BrandId, Books>,
    /// Receipts whose message is not ready for them.
    pub(super) waiting: Vec<(Timestamp, Receipt)>,
}

/// One brand's.
#[derive(Debug, Clone, Default)]
pub(super) struct Books {
    packages: Vec<Package>,
    /// Oldest expiry first.
    coins: Vec<Coin>,
    freezes: BTreeMap<FreezeId, (u64, Fate)>,
    pub(super) texts: BTreeMap<SmsId, Text>,
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

/// What became of a freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Refused,
    Open,
    Released,
    Paid,
    Sent,
    Refunded,
}

impl Model {
    /// Follows a command, and holds what the core made of it against what must come of it.
    pub(super) fn follow(&mut self, now: Now, command: &Command, granted: Option<&[Entry]>) {
        let expected = match command {
            Command::AddBrand { brand, .. } => {
                self.brands.insert(brand.clone(), Books::default());
                true
            }
            Command::AddPackage { brand, package } => self.books(brand).add(now, package),
            Command::Freeze { brand, freeze, units } => self.books(brand).freeze(now, *freeze, units.0),
            Command::Pay { brand, freeze } => self.books(brand).turn(now, *freeze, Fate::Paid),
            Command::Release { brand, freeze } => self.books(brand).turn(now, *freeze, Fate::Released),
            Command::Report { brand, payment, result } => {
                self.books(brand).turn(now, *payment, fate_of(*result))
            }
            Command::Send { key, kind, phone, text } => {
                self.send(now, key, Text::wanted(now.at, *kind, phone, text))
            }
            Command::Take { .. } => {
                self.take(now, granted.expect("it may always be asked what is next"));
                true
            }
            Command::Answered { key, answer } => self.answered(now, key, answer),
            Command::Recover => {
                self.recover(now);
                true
            }
            Command::KeepReceipt { receipt } => {
                self.keep(now, receipt);
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
            for (freeze, (units, fate)) in &books.freezes {
                let found = account.freeze(*freeze).expect("the freeze was asked for");
                assert_eq!((found.units.0, fate_in(found)), (*units, *fate), "{brand} {freeze}");
            }
            assert_eq!(state.messages(brand).count(), books.texts.len(), "{brand} has no other messages");
            for (sms, message) in state.messages(brand) {
                books.texts[sms].agrees_with(message);
            }
        }
        assert_eq!(state.receipts_waiting(), self.waiting.len(), "receipts that wait");
    }

    pub(super) fn books(&mut self, brand: &BrandId) -> &mut Books {
        self.brands.get_mut(brand).expect("only brands of this world are named")
    }
}

impl Books {
    fn add(&mut self, now: Now, package: &Package) -> bool {
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
    pub(super) fn freeze(&mut self, now: Now, freeze: FreezeId, units: u64) -> bool {
        if let Some((known, _)) = self.freezes.get(&freeze) {
            return *known == units;
        }
        if units == 0 {
            return false;
        }
        self.expire(now);
        let alive = |coin: &&mut Coin| coin.lies == Lies::Available && coin.last_day >= now.today;
        let free: Vec<_> = self.coins.iter_mut().filter(alive).collect();
        let enough = free.len() as u64 >= units;
        if enough {
            free.into_iter().take(units as usize).for_each(|coin| coin.lies = Lies::Frozen(freeze));
        }
        self.freezes.insert(freeze, (units, if enough { Fate::Open } else { Fate::Refused }));
        true
    }

    /// Whether a freeze may become what is asked; it does.
    pub(super) fn turn(&mut self, now: Now, freeze: FreezeId, to: Fate) -> bool {
        let Some((_, fate)) = self.freezes.get_mut(&freeze) else { return false };
        let again = *fate == to || (to == Fate::Paid && matches!(fate, Fate::Sent | Fate::Refunded));
        if again {
            return true;
        }
        let may = match to {
            Fate::Paid | Fate::Released => *fate == Fate::Open,
            Fate::Sent | Fate::Refunded => *fate == Fate::Paid,
            Fate::Refused | Fate::Open => false,
        };
        if !may {
            return false;
        }
        *fate = to;
        let its = |coin: &&mut Coin| [Lies::Frozen(freeze), Lies::InDoubt(freeze)].contains(&coin.lies);
        for coin in self.coins.iter_mut().filter(its) {
            coin.lies = match to {
                Fate::Paid => Lies::InDoubt(freeze),
                Fate::Sent => Lies::Sent,
                Fate::Released | Fate::Refunded if coin.last_day < now.today => Lies::Expired,
                Fate::Released | Fate::Refunded => Lies::Available,
                Fate::Refused | Fate::Open => unreachable!("no way leads there"),
            };
        }
        true
    }

    pub(super) fn expire(&mut self, now: Now) {
        let dead = |coin: &&mut Coin| coin.lies == Lies::Available && coin.last_day < now.today;
        self.coins.iter_mut().filter(dead).for_each(|coin| coin.lies = Lies::Expired);
    }

    pub(super) fn fate(&self, freeze: FreezeId) -> Option<Fate> {
        self.freezes.get(&freeze).map(|(_, fate)| *fate)
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

fn fate_of(result: SendResult) -> Fate {
    match result {
        SendResult::Sent => Fate::Sent,
        SendResult::Failed => Fate::Refunded,
    }
}

fn fate_in(freeze: &Freeze) -> Fate {
    match &freeze.state {
        FreezeState::Refused { .. } => Fate::Refused,
        FreezeState::Open { .. } => Fate::Open,
        FreezeState::Released { .. } => Fate::Released,
        FreezeState::Paid { outcome: Outcome::InDoubt, .. } => Fate::Paid,
        FreezeState::Paid { outcome: Outcome::Sent, .. } => Fate::Sent,
        FreezeState::Paid { outcome: Outcome::Refunded, .. } => Fate::Refunded,
    }
}
