//! The balance at the end of past days is the plain sum of the movements up to then.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use super::*;
use crate::id::FreezeId;
use crate::ledger::{History, Line};

/// By how many units a movement changes the balance, from itself and the freezes before it alone.
fn change(movement: &Movement, held: &mut BTreeMap<FreezeId, u64>) -> i128 {
    let sum = |lines: &[Line]| lines.iter().map(|line| i128::from(line.units.0)).sum::<i128>();
    match movement {
        Movement::PackageAdded { package, .. } => package.units.0.into(),
        Movement::Frozen { freeze, lines, .. } => {
            held.insert(*freeze, lines.iter().map(|line| line.units.0).sum());
            0
        }
        Movement::Paid { freeze, unwanted, .. } => {
            let back = unwanted.as_ref().map_or(0, |unwanted| sum(&unwanted.back));
            back - i128::from(held[freeze])
        }
        Movement::Released { expired, .. } => -sum(expired),
        Movement::PartlySent { failed, .. } => sum(&failed.back),
        Movement::Refunded { back, .. } => sum(back),
        Movement::Expired { line, .. } | Movement::Revoked { line, .. } => -i128::from(line.units.0),
        Movement::FreezeRefused { .. } | Movement::Sent { .. } => 0,
    }
}

/// Adds the journal up day by day, and compares.
pub(super) fn compare(journal: &[Entry], state: &State, today: Timestamp) {
    let zone = TimeZone::fixed(Offset::constant(8));
    let date = |at: Timestamp| zone.to_datetime(at).date();
    for (brand, found) in state.brands() {
        let (mut held, mut changes) = (BTreeMap::new(), BTreeMap::<Date, i128>::new());
        for entry in journal {
            if let Entry::Booked { brand: of, movement } = entry
                && of == brand
            {
                *changes.entry(date(movement.at())).or_default() += change(movement, &mut held);
            }
        }
        let first = journal.iter().find_map(|entry| match entry {
            Entry::Booked { movement, .. } => Some(movement.at()),
            _ => None,
        });
        let Some(first) = first else { continue };
        let history = History::since(&found.account, first);
        for day in history.days(&zone, date(first), date(today)) {
            let sum: i128 = changes.range(..=day.date).map(|(_, change)| change).sum();
            assert_eq!(i128::from(day.balance.0), sum, "{brand} at the end of {}", day.date);
        }
    }
}
