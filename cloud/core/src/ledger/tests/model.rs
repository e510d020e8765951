//! A model that a child could check: every unit is one coin that lies somewhere.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Op {
    Add { package: u8, units: u64, last_day: i8 },
    Freeze { n: u8, units: u64, days: Option<i8> },
    Pay(u8, Option<u64>),
    Release(u8),
    Report(u8, SendResult),
    Expire,
    Lapse,
    Revoke(u8),
    NextDay,
}

fn op() -> impl Strategy<Value = Op> {
    let partly = (0..7_u64).prop_map(|failed| SendResult::Partly { failed: Units(failed) });
    let result = prop_oneof![Just(SendResult::Sent), Just(SendResult::Failed), partly];
    prop_oneof![
        2 => (0..5_u8, 0..8_u64, 1..9_i8)
            .prop_map(|(package, units, last_day)| Op::Add { package, units, last_day }),
        5 => (0..12_u8, 0..6_u64, prop::option::weighted(0.3, 1..4_i8))
            .prop_map(|(n, units, days)| Op::Freeze { n, units, days }),
        4 => (0..12_u8, prop::option::weighted(0.3, 0..6_u64)).prop_map(|(n, part)| Op::Pay(n, part)),
        2 => (0..12_u8).prop_map(Op::Release),
        4 => (0..12_u8, result).prop_map(|(n, result)| Op::Report(n, result)),
        1 => Just(Op::Expire),
        1 => Just(Op::Lapse),
        1 => (0..5_u8).prop_map(Op::Revoke),
        1 => Just(Op::NextDay),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lies {
    Available,
    Frozen(u8),
    InDoubt(u8),
    Sent,
    Expired,
    Revoked,
}

#[derive(Debug, Clone, Copy)]
struct Coin {
    last_day: i8,
    package: u8,
    lies: Lies,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Refused,
    Open,
    Released,
    Paid,
    Sent,
    Refunded,
    Partly(u64),
}

#[derive(Debug, Clone, Copy)]
struct Known {
    units: u64,
    days: Option<i8>,
    frozen_on: i8,
    paid: u64,
    fate: Fate,
}

#[derive(Debug)]
struct Model {
    today: i8,
    coins: Vec<Coin>,
    packages: BTreeMap<u8, (u64, i8)>,
    freezes: BTreeMap<u8, Known>,
}

impl Model {
    /// Whether the account should do it.
    fn run(&mut self, op: &Op) -> bool {
        match *op {
            Op::Add { package, units, last_day } => self.add(package, units, last_day),
            Op::Freeze { n, units, days } => self.freeze(n, units, days),
            Op::Pay(n, part) => self.pay(n, part),
            Op::Release(n) => self.release(n),
            Op::Report(n, result) => self.report(n, result),
            Op::Expire => {
                self.expire();
                true
            }
            Op::Lapse => {
                let over: Vec<_> = self.freezes.iter().filter(|(_, known)| self.is_over(known)).collect();
                let over: Vec<_> = over.into_iter().map(|(n, _)| *n).collect();
                over.into_iter().all(|n| self.release(n))
            }
            Op::Revoke(package) => self.revoke(package),
            Op::NextDay => {
                self.today += 1;
                true
            }
        }
    }

    fn is_over(&self, known: &Known) -> bool {
        known.fate == Fate::Open && known.days.is_some_and(|days| known.frozen_on + days <= self.today)
    }

    fn add(&mut self, package: u8, units: u64, last_day: i8) -> bool {
        if let Some(known) = self.packages.get(&package) {
            return *known == (units, last_day);
        }
        if units == 0 || last_day < self.today {
            return false;
        }
        self.packages.insert(package, (units, last_day));
        self.coins.extend((0..units).map(|_| Coin { last_day, package, lies: Lies::Available }));
        self.coins.sort_by_key(|coin| (coin.last_day, coin.package));
        true
    }

    fn freeze(&mut self, n: u8, units: u64, days: Option<i8>) -> bool {
        if let Some(known) = self.freezes.get(&n) {
            return known.units == units && known.days == days;
        }
        if units == 0 {
            return false;
        }
        self.expire();
        let free: Vec<_> = self.coins.iter_mut().filter(|coin| coin.lies == Lies::Available).collect();
        let enough = free.len() as u64 >= units;
        if enough {
            free.into_iter().take(units as usize).for_each(|coin| coin.lies = Lies::Frozen(n));
        }
        let fate = if enough { Fate::Open } else { Fate::Refused };
        self.freezes.insert(n, Known { units, days, frozen_on: self.today, paid: 0, fate });
        true
    }

    fn pay(&mut self, n: u8, part: Option<u64>) -> bool {
        let Some(mut known) = self.freezes.get(&n).copied() else { return false };
        let wanted = part.unwrap_or(known.units);
        match known.fate {
            Fate::Open if self.is_over(&known) || wanted == 0 || wanted > known.units => return false,
            Fate::Open => {}
            Fate::Paid | Fate::Sent | Fate::Refunded | Fate::Partly(_) => return wanted == known.paid,
            Fate::Refused | Fate::Released => return false,
        }
        self.split(Lies::Frozen(n), wanted, Lies::InDoubt(n));
        (known.fate, known.paid) = (Fate::Paid, wanted);
        self.freezes.insert(n, known);
        true
    }

    fn release(&mut self, n: u8) -> bool {
        let Some(known) = self.freezes.get_mut(&n) else { return false };
        if known.fate == Fate::Open {
            known.fate = Fate::Released;
            self.split(Lies::Frozen(n), 0, Lies::Sent);
        }
        self.freezes[&n].fate == Fate::Released
    }

    fn report(&mut self, n: u8, result: SendResult) -> bool {
        let Some(known) = self.freezes.get_mut(&n) else { return false };
        let failed = match result {
            SendResult::Sent => 0,
            SendResult::Failed => known.paid,
            SendResult::Partly { failed } => failed.0,
        };
        let fate = match failed {
            0 => Fate::Sent,
            all if all == known.paid => Fate::Refunded,
            some => Fate::Partly(some),
        };
        if known.fate != Fate::Paid || failed > known.paid {
            return known.paid > 0 && known.fate == fate;
        }
        let sent = known.paid - failed;
        known.fate = fate;
        self.split(Lies::InDoubt(n), sent, Lies::Sent);
        true
    }

    /// The first `count` coins from there go on; the others go back, or are gone with their package.
    fn split(&mut self, from: Lies, count: u64, on: Lies) {
        let today = self.today;
        for (at, coin) in self.coins.iter_mut().filter(|coin| coin.lies == from).enumerate() {
            coin.lies = match coin.last_day < today {
                _ if (at as u64) < count => on,
                true => Lies::Expired,
                false => Lies::Available,
            };
        }
    }

    fn expire(&mut self) {
        let today = self.today;
        let dead = |coin: &&mut Coin| coin.lies == Lies::Available && coin.last_day < today;
        self.coins.iter_mut().filter(dead).for_each(|coin| coin.lies = Lies::Expired);
    }

    fn revoke(&mut self, package: u8) -> bool {
        let Some((_, last_day)) = self.packages.get(&package) else { return false };
        if *last_day < self.today {
            self.expire();
            return true;
        }
        let free = |coin: &&mut Coin| coin.package == package && coin.lies == Lies::Available;
        self.coins.iter_mut().filter(free).for_each(|coin| coin.lies = Lies::Revoked);
        true
    }

    fn places(&self, package: u8) -> [u64; 6] {
        let count = |wanted: fn(&Lies) -> bool| {
            self.coins.iter().filter(|coin| coin.package == package && wanted(&coin.lies)).count() as u64
        };
        [
            count(|lies| *lies == Lies::Available),
            count(|lies| matches!(lies, Lies::Frozen(_))),
            count(|lies| matches!(lies, Lies::InDoubt(_))),
            count(|lies| *lies == Lies::Sent),
            count(|lies| *lies == Lies::Expired),
            count(|lies| *lies == Lies::Revoked),
        ]
    }
}

fn run(account: &mut Account, today: i8, op: &Op) -> Result<Vec<Movement>, Refusal> {
    let now = on(today);
    let movements = match *op {
        Op::Add { package: name, units, last_day } => {
            account.add_package(now, &package(&format!("p{name}"), units, last_day))
        }
        Op::Freeze { n, units, days } => {
            let good_for = days.map(|days| SignedDuration::from_hours(i64::from(days) * 24));
            account.freeze_units(now, number(n), Units(units), good_for)
        }
        Op::Pay(n, part) => account.pay(now, number(n), part.map(Units)),
        Op::Release(n) => account.release(now, number(n)),
        Op::Report(n, result) => account.report(now, number(n), result),
        Op::Expire => Ok(account.expire(now)),
        Op::Lapse => Ok(account.lapse(now)),
        Op::Revoke(name) => account.revoke(now, &format!("p{name}").parse().expect("an id")),
        Op::NextDay => Ok(Vec::new()),
    }?;
    movements.iter().for_each(|movement| account.apply(movement));
    Ok(movements)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn s13_the_account_and_the_coins_agree_after_every_step(ops in prop::collection::vec(op(), 1..60)) {
        let mut model =
            Model { today: 1, coins: Vec::new(), packages: BTreeMap::new(), freezes: BTreeMap::new() };
        let mut account = Account::default();
        let mut written = Vec::new();
        for op in &ops {
            if model.today > 20 {
                break;
            }
            let before = account.clone();
            let done = run(&mut account, model.today, op);
            let expected = model.run(op);
            prop_assert_eq!(done.is_ok(), expected, "{:?}: {:?}", op, done);
            if done.is_err() {
                prop_assert_eq!(&account, &before, "a refusal changes nothing");
            }
            written.extend(done.unwrap_or_default());
            for name in model.packages.keys() {
                prop_assert_eq!(places(&account, &format!("p{name}")), model.places(*name), "{:?}", op);
            }
        }
        let text = serde_json::to_string(&written).expect("plain data");
        let mut replayed = Account::default();
        let read: Vec<Movement> = serde_json::from_str(&text).expect("readable");
        read.iter().for_each(|movement| replayed.apply(movement));
        prop_assert_eq!(replayed, account, "what was written is what is known");
    }
}
