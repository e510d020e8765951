//! The proof that the books balance (S13): the entries are counted again, package by package, by a tally that
//! shares no code with the account, and both must agree after the last of them.

use std::collections::BTreeMap;

use shared::id::BrandId;

use crate::entry::Entry;
use crate::id::{FreezeId, PackageId};
use crate::ledger::{Line, Movement, Places, Returned};
use crate::state::State;
use crate::units::Units;

/// One package of one brand.
type PackageOf = (BrandId, PackageId);

/// The books counted from the entries alone.
#[derive(Debug, Default)]
pub struct Tally {
    sizes: BTreeMap<PackageOf, u64>,
    places: BTreeMap<PackageOf, Counts>,
    held: BTreeMap<(BrandId, FreezeId), Vec<Line>>,
    entries: u64,
}

/// Units of a package by place; signed, so that a wrong book shows as a negative number instead of a crash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    available: i128,
    frozen: i128,
    in_doubt: i128,
    sent: i128,
    expired: i128,
    revoked: i128,
}

/// The first thing found that does not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("brand {brand}, package {package}, after {entries} entries: {what}")]
pub struct Difference {
    /// The brand.
    pub brand: BrandId,
    /// The package; `*` for the brand's totals.
    pub package: String,
    /// How many entries had been counted.
    pub entries: u64,
    /// What does not add up.
    pub what: String,
}

impl Tally {
    /// Counts one more entry. Errors: the books of a package it touches do not balance after it.
    pub fn count(&mut self, entry: &Entry) -> Result<(), Difference> {
        self.entries += 1;
        let Entry::Booked { brand, movement } = entry else { return Ok(()) };
        match movement {
            Movement::PackageAdded { package, .. } => {
                let key = (brand.clone(), package.package.clone());
                *self.sizes.entry(key.clone()).or_default() += package.units.0;
                self.places.entry(key).or_default().available += i128::from(package.units.0);
            }
            Movement::Frozen { freeze, lines, .. } => {
                self.each(brand, lines, |c, n| (c.available, c.frozen) = (c.available - n, c.frozen + n))?;
                self.held.insert((brand.clone(), *freeze), lines.clone());
            }
            Movement::FreezeRefused { .. } => {}
            Movement::Paid { freeze, unwanted, .. } => {
                let mut lines = self.held.get(&(brand.clone(), *freeze)).cloned().unwrap_or_default();
                if let Some(Returned { back, expired }) = unwanted {
                    self.each(brand, back, |c, n| (c.frozen, c.available) = (c.frozen - n, c.available + n))?;
                    self.each(brand, expired, |c, n| (c.frozen, c.expired) = (c.frozen - n, c.expired + n))?;
                    self.subtract(brand, &mut lines, back.iter().chain(expired))?;
                    self.held.insert((brand.clone(), *freeze), lines.clone());
                }
                self.each(brand, &lines, |c, n| (c.frozen, c.in_doubt) = (c.frozen - n, c.in_doubt + n))?;
            }
            Movement::Released { freeze, back, expired, .. } => {
                self.held.remove(&(brand.clone(), *freeze));
                self.each(brand, back, |c, n| (c.frozen, c.available) = (c.frozen - n, c.available + n))?;
                self.each(brand, expired, |c, n| (c.frozen, c.expired) = (c.frozen - n, c.expired + n))?;
            }
            Movement::Sent { payment, .. } => {
                let lines = self.held.remove(&(brand.clone(), *payment)).unwrap_or_default();
                self.each(brand, &lines, |c, n| (c.in_doubt, c.sent) = (c.in_doubt - n, c.sent + n))?;
            }
            Movement::PartlySent { payment, failed: Returned { back, expired }, .. } => {
                let mut lines = self.held.remove(&(brand.clone(), *payment)).unwrap_or_default();
                self.each(brand, back, |c, n| (c.in_doubt, c.available) = (c.in_doubt - n, c.available + n))?;
                self.each(brand, expired, |c, n| (c.in_doubt, c.expired) = (c.in_doubt - n, c.expired + n))?;
                self.subtract(brand, &mut lines, back.iter().chain(expired))?;
                self.each(brand, &lines, |c, n| (c.in_doubt, c.sent) = (c.in_doubt - n, c.sent + n))?;
            }
            Movement::Refunded { payment, back, expired, .. } => {
                self.held.remove(&(brand.clone(), *payment));
                self.each(brand, back, |c, n| (c.in_doubt, c.available) = (c.in_doubt - n, c.available + n))?;
                self.each(brand, expired, |c, n| (c.in_doubt, c.expired) = (c.in_doubt - n, c.expired + n))?;
            }
            Movement::Expired { line, .. } => {
                let lines = std::slice::from_ref(line);
                self.each(brand, lines, |c, n| (c.available, c.expired) = (c.available - n, c.expired + n))?;
            }
            Movement::Revoked { line, .. } => {
                let lines = std::slice::from_ref(line);
                self.each(brand, lines, |c, n| (c.available, c.revoked) = (c.available - n, c.revoked + n))?;
            }
        }
        Ok(())
    }

    /// How many entries were counted.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Compares the tally with the state that the same entries made, per package and per brand.
    pub fn compare(&self, state: &State) -> Result<(), Difference> {
        for (brand, found) in state.brands() {
            let (mut sum, mut size) = (Counts::default(), 0);
            for lot in found.account.lots() {
                let package = &lot.package.package;
                let counted = self.places.get(&(brand.clone(), package.clone())).copied().unwrap_or_default();
                self.equal(brand, &package.to_string(), counted, lot.places)?;
                sum.add(counted);
                size += lot.package.units.0;
            }
            self.equal(brand, "*", sum, found.account.places())?;
            let added = found.account.bought() + found.account.granted();
            if added != Units(size) {
                let what = format!("{added} units were bought or granted, the packages hold {size}");
                return Err(self.difference(brand, "*", what));
            }
        }
        Ok(())
    }

    fn each(
        &mut self,
        brand: &BrandId,
        lines: &[Line],
        book: impl Fn(&mut Counts, i128),
    ) -> Result<(), Difference> {
        for line in lines {
            let key = (brand.clone(), line.package.clone());
            let counts = self.places.entry(key.clone()).or_default();
            book(counts, i128::from(line.units.0));
            let counts = *counts;
            let size = i128::from(self.sizes.get(&key).copied().unwrap_or(0));
            if counts.total() != size || counts.has_negative() {
                let what = format!("{counts:?} do not make up the {size} units of the package");
                return Err(self.difference(brand, &line.package.to_string(), what));
            }
        }
        Ok(())
    }

    /// Takes a part of what is held away from it.
    fn subtract<'a>(
        &self,
        brand: &BrandId,
        lines: &mut [Line],
        part: impl Iterator<Item = &'a Line>,
    ) -> Result<(), Difference> {
        for gone in part {
            let held = lines.iter_mut().find(|line| line.package == gone.package && line.units >= gone.units);
            let Some(held) = held else {
                let what = format!("{} units went back that were not taken", gone.units);
                return Err(self.difference(brand, &gone.package.to_string(), what));
            };
            held.units = Units(held.units.0 - gone.units.0);
        }
        Ok(())
    }

    fn equal(
        &self,
        brand: &BrandId,
        package: &str,
        counted: Counts,
        books: Places,
    ) -> Result<(), Difference> {
        if counted == Counts::from(books) {
            return Ok(());
        }
        Err(self.difference(brand, package, format!("counted {counted:?}, the books say {books:?}")))
    }

    fn difference(&self, brand: &BrandId, package: &str, what: String) -> Difference {
        Difference { brand: brand.clone(), package: package.to_owned(), entries: self.entries, what }
    }
}

impl Counts {
    fn total(&self) -> i128 {
        self.available + self.frozen + self.in_doubt + self.sent + self.expired + self.revoked
    }

    fn has_negative(&self) -> bool {
        [self.available, self.frozen, self.in_doubt, self.sent, self.expired, self.revoked]
            .into_iter()
            .any(i128::is_negative)
    }

    fn add(&mut self, other: Self) {
        self.available += other.available;
        self.frozen += other.frozen;
        self.in_doubt += other.in_doubt;
        self.sent += other.sent;
        self.expired += other.expired;
        self.revoked += other.revoked;
    }
}

impl From<Places> for Counts {
    fn from(places: Places) -> Self {
        Self {
            available: places.available.0.into(),
            frozen: places.frozen.0.into(),
            in_doubt: places.in_doubt.0.into(),
            sent: places.sent.0.into(),
            expired: places.expired.0.into(),
            revoked: places.revoked.0.into(),
        }
    }
}
