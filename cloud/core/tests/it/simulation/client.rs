//! A brand's own system: it asks for anything in any order, insists until it is answered, asks things twice, and
//! sometimes uses an id again for something else.

use cloud_core::command::Command;
use cloud_core::id::{BatchId, FreezeId, MessageKey, PurchaseKey, SecretHash};
use cloud_core::ledger::{Origin, Package, SendResult};
use cloud_core::purchase::{Ask, Offer};
use cloud_core::sms::{Kind, Parameter, Receivers};
use cloud_core::units::Units;
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use shared::guest::PhoneNumber;
use shared::id::{BrandId, SmsId};
use shared::quantity::Fen;
use uuid::Uuid;

use super::luck::Luck;

/// Ids of each sort. Few, so that they are met again and again.
const FREEZES: u64 = 30;
const PACKAGES: u64 = 8;
const MESSAGES: u64 = 50;
const BATCHES: u64 = 6;
const PURCHASES: u64 = 6;
/// What the package on sale costs.
pub(super) const PRICE: Fen = Fen(10_000);

/// One system of a brand.
#[derive(Debug)]
pub(super) struct Client {
    brand: BrandId,
    /// Until it is answered.
    pub(super) wants: Option<Command>,
}

impl Client {
    pub(super) fn of_brand(brand: usize) -> Self {
        Self { brand: brand_id(brand), wants: None }
    }

    /// What it asks now: again what was not answered, else something new, unless its day is over.
    pub(super) fn next(&mut self, luck: &mut Luck, today: Date, over: bool) -> Option<Command> {
        if self.wants.is_none() && !over {
            self.wants = Some(self.idea(luck, today));
        }
        self.wants.clone()
    }

    fn idea(&self, luck: &mut Luck, today: Date) -> Command {
        let brand = self.brand.clone();
        if luck.strikes(luck.messages) {
            return self.message(luck);
        }
        let n = luck.below(FREEZES);
        let freeze = FreezeId::Asked(Uuid::from_u128(n.into()));
        match luck.below(14) {
            0..4 => {
                // Mostly what the id asked for before.
                let units = if luck.strikes(10) { luck.below(6) } else { 1 + n % 5 };
                let good_for = n.is_multiple_of(3).then(|| SignedDuration::from_mins(20));
                Command::Freeze { brand, freeze, units: Units(units), good_for }
            }
            4..7 => {
                let units = luck.strikes(30).then(|| Units(luck.below(6)));
                Command::Pay { brand, freeze, units }
            }
            7 => Command::Release { brand, freeze },
            8..10 => {
                let failed = Units(luck.below(6));
                let all = [SendResult::Sent, SendResult::Failed, SendResult::Partly { failed }];
                Command::Report { brand, payment: freeze, result: luck.one_of(&all) }
            }
            10 | 11 => self.package(luck, today),
            _ => self.purchase(luck),
        }
    }

    fn package(&self, luck: &mut Luck, today: Date) -> Command {
        let n = luck.below(PACKAGES);
        let days = luck.between_ms(-1, 4);
        let package = Package {
            package: format!("package-{n}").parse().expect("an id"),
            origin: luck.one_of(&[Origin::Bought, Origin::Granted]),
            name: format!("{n}"),
            units: Units(luck.below(luck.package_units_max)),
            expires_on: today.checked_add(days.days()).expect("near today"),
        };
        Command::AddPackage { brand: self.brand.clone(), package }
    }

    fn purchase(&self, luck: &mut Luck) -> Command {
        let purchase = Uuid::from_u128(luck.below(PURCHASES).into());
        let key = PurchaseKey { brand: self.brand.clone(), purchase };
        if luck.strikes(15) {
            return Command::Purchase(Ask::GiveUp { key });
        }
        // Sometimes the price of yesterday.
        let price_fen = if luck.strikes(5) { Fen(PRICE.0 - 1) } else { PRICE };
        let (by, open_for) = ("cook".parse().expect("a user name"), SignedDuration::from_mins(15));
        Command::Purchase(Ask::Begin { key, offer: pack().offer, price_fen, by, open_for })
    }

    fn message(&self, luck: &mut Luck) -> Command {
        let n = luck.below(MESSAGES);
        let key = MessageKey { brand: self.brand.clone(), sms: SmsId(Uuid::from_u128(n.into())) };
        if luck.strikes(5) {
            return Command::Cancel { key };
        }
        if luck.strikes(15) {
            return self.of_many(luck);
        }
        // Mostly what the id asked for before.
        let like = if luck.strikes(10) { luck.below(MESSAGES) } else { n };
        let (kind, text) = words(like);
        let good_for = (like % 4 == 0).then(|| SignedDuration::from_mins(10));
        Command::Send { key, kind, phone: phone(n), text, good_for }
    }

    fn of_many(&self, luck: &mut Luck) -> Command {
        let brand = self.brand.clone();
        let n = luck.below(BATCHES);
        let batch = BatchId(Uuid::from_u128(n.into()));
        match luck.below(6) {
            0 => Command::CancelBatch { brand, batch },
            1 => Command::OptOut { brand, phone: phone(luck.below(20)), is_out: luck.strikes(70) },
            _ => {
                let (kind, text) = words(n);
                let most = if luck.strikes(10) { 3 } else { 2 + n };
                let phones = (0..most).map(|to| n + to);
                let (text, to) = if n.is_multiple_of(2) {
                    (text, Receivers::Alike { phones: phones.map(phone).collect() })
                } else {
                    (format!("{{2}}{text}{{1}}"), own_words(luck, phones))
                };
                Command::SendBatch { brand, batch, kind, text, to, good_for: None }
            }
        }
    }
}

/// To both sides of every border of S12, signature of four included.
fn words(n: u64) -> (Kind, String) {
    let length = [2, 59, 60, 66, 67, 123, 130, 131, 260][(n % 9) as usize];
    (Kind::ALL[(n % 3) as usize], "字".repeat(length))
}

/// Mostly what the batch asked for before; now and then too little for the text's two places.
fn own_words(luck: &mut Luck, phones: impl Iterator<Item = u64>) -> Receivers {
    let more = usize::from(luck.strikes(10));
    let count = if luck.strikes(5) { 1 } else { 2 };
    let own = |n: u64| [1 + (n % 9) as usize, 1 + more].into_iter().take(count).map(characters).collect();
    Receivers::Each { parameters: phones.map(|n| (phone(n), own(n))).collect() }
}

fn characters(count: usize) -> Parameter {
    "字".repeat(count).try_into().expect("words")
}

fn phone(n: u64) -> PhoneNumber {
    PhoneNumber::new(format!("1390000{n:04}")).expect("eleven digits")
}

/// A brand joins.
pub(super) fn add_brand(n: usize) -> Command {
    Command::AddBrand {
        brand: brand_id(n),
        name: format!("品牌{n}"),
        signature: "示例".parse().expect("a name"),
        api_key: SecretHash(format!("key {n}")),
    }
}

/// What is on sale.
pub(super) fn pack() -> Offer {
    Offer {
        offer: "pack".parse().expect("an id"),
        name: "短信包".to_owned(),
        units: Units(9),
        price_fen: PRICE,
        valid_days: 2,
    }
}

/// What a brand begins with.
pub(super) fn first_package(n: usize, units: u64, today: Date) -> Command {
    let package = Package {
        package: "first".parse().expect("an id"),
        origin: Origin::Bought,
        name: "first".to_owned(),
        units: Units(units),
        expires_on: today.checked_add(1.days()).expect("near today"),
    };
    Command::AddPackage { brand: brand_id(n), package }
}

fn brand_id(n: usize) -> BrandId {
    format!("brand_{n}").parse().expect("a slug")
}
