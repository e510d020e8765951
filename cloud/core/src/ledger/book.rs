//! Booking a movement. It cannot fail: what cannot be booked should never have been decided, and stops the
//! program before the books are wrong.

use super::{Account, Freeze, FreezeState, Line, Lot, Movement, Origin, Outcome, Package, Places};
use crate::id::FreezeId;
use crate::units::Units;
use jiff::Timestamp;

/// One of the places that units can be in.
#[derive(Clone, Copy)]
enum Place {
    Available,
    Frozen,
    InDoubt,
    Sent,
    Expired,
    Revoked,
}

impl Places {
    fn at(&mut self, place: Place) -> &mut Units {
        match place {
            Place::Available => &mut self.available,
            Place::Frozen => &mut self.frozen,
            Place::InDoubt => &mut self.in_doubt,
            Place::Sent => &mut self.sent,
            Place::Expired => &mut self.expired,
            Place::Revoked => &mut self.revoked,
        }
    }

    fn shift(&mut self, units: Units, from: Place, to: Place) {
        *self.at(from) -= units;
        *self.at(to) += units;
    }
}

impl Account {
    /// Books a movement, and asserts that the books still balance (S13).
    pub fn apply(&mut self, movement: &Movement) {
        match movement {
            Movement::PackageAdded { package, at } => self.book_package(package, *at),
            Movement::Frozen { freeze, lines, at } => {
                self.shift(lines, Place::Available, Place::Frozen);
                let units = lines.iter().map(|line| line.units).sum();
                let state = FreezeState::Open { lines: lines.clone() };
                self.open(Freeze { freeze: *freeze, units, at: *at, state });
            }
            Movement::FreezeRefused { freeze, units, available, at } => {
                let state = FreezeState::Refused { available: *available };
                self.open(Freeze { freeze: *freeze, units: *units, at: *at, state });
            }
            Movement::Paid { freeze, at } => {
                let lines = self.open_lines(*freeze);
                self.shift(&lines, Place::Frozen, Place::InDoubt);
                self.turn(*freeze, FreezeState::Paid { lines, at: *at, outcome: Outcome::InDoubt });
            }
            Movement::Released { freeze, back, expired, at } => {
                assert_same_units(&self.open_lines(*freeze), back, expired);
                self.shift(back, Place::Frozen, Place::Available);
                self.shift(expired, Place::Frozen, Place::Expired);
                self.turn(*freeze, FreezeState::Released { at: *at });
            }
            Movement::Sent { payment, .. } => {
                let lines = self.settle(*payment, Outcome::Sent);
                self.shift(&lines, Place::InDoubt, Place::Sent);
            }
            Movement::Refunded { payment, back, expired, .. } => {
                assert_same_units(&self.settle(*payment, Outcome::Refunded), back, expired);
                self.shift(back, Place::InDoubt, Place::Available);
                self.shift(expired, Place::InDoubt, Place::Expired);
            }
            Movement::Expired { line, .. } => {
                self.shift(std::slice::from_ref(line), Place::Available, Place::Expired);
            }
            Movement::Revoked { line, .. } => {
                self.shift(std::slice::from_ref(line), Place::Available, Place::Revoked);
            }
        }
        assert_eq!(self.bought + self.granted, self.places.total(), "S13: the brand's books must balance");
    }

    fn book_package(&mut self, package: &Package, paid_at: Timestamp) {
        let key = (package.expires_on, package.package.clone());
        let places = Places { available: package.units, ..Places::default() };
        let known = self.lots.insert(key, Lot { package: package.clone(), paid_at, places });
        let day = self.days.insert(package.package.clone(), package.expires_on);
        assert!(known.is_none() && day.is_none(), "S1: a purchase adds its package once");
        match package.origin {
            Origin::Bought => self.bought += package.units,
            Origin::Granted => self.granted += package.units,
        }
        self.places.available += package.units;
    }

    fn shift(&mut self, lines: &[Line], from: Place, to: Place) {
        for line in lines {
            let day = *self.days.get(&line.package).expect("a movement names packages of this account");
            let key = (day, line.package.clone());
            let lot = self.lots.get_mut(&key).expect("`days` and `lots` hold the same packages");
            lot.places.shift(line.units, from, to);
            assert_eq!(lot.places.total(), lot.package.units, "S13: a package's books must balance");
            self.places.shift(line.units, from, to);
        }
    }

    fn open(&mut self, freeze: Freeze) {
        let known = self.freezes.insert(freeze.freeze, freeze);
        assert!(known.is_none(), "S3: a freeze has its own number");
    }

    fn open_lines(&self, freeze: FreezeId) -> Vec<Line> {
        match self.freezes.get(&freeze).map(|known| &known.state) {
            Some(FreezeState::Open { lines }) => lines.clone(),
            Some(FreezeState::Refused { .. } | FreezeState::Released { .. } | FreezeState::Paid { .. })
            | None => {
                panic!("S4, S5: only an open freeze is paid or released, {freeze} is not")
            }
        }
    }

    fn turn(&mut self, freeze: FreezeId, state: FreezeState) {
        self.freezes.get_mut(&freeze).expect("it was looked up just before").state = state;
    }

    /// Gives a payment its outcome, and its lines.
    fn settle(&mut self, payment: FreezeId, reached: Outcome) -> Vec<Line> {
        match self.freezes.get_mut(&payment).map(|known| &mut known.state) {
            Some(FreezeState::Paid { lines, outcome, .. }) => {
                assert_eq!(*outcome, Outcome::InDoubt, "S6: a payment has one outcome");
                *outcome = reached;
                lines.clone()
            }
            Some(FreezeState::Refused { .. } | FreezeState::Released { .. } | FreezeState::Open { .. })
            | None => {
                panic!("S6: only a payment has an outcome, {payment} is none")
            }
        }
    }
}

fn assert_same_units(lines: &[Line], back: &[Line], expired: &[Line]) {
    let total = |lines: &[Line]| lines.iter().map(|line| line.units).sum::<Units>();
    assert_eq!(total(lines), total(back) + total(expired), "S13: what comes back is what was taken");
}
