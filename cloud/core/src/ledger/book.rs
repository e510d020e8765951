//! Booking a movement. It cannot fail: what cannot be booked should never have been decided, and stops the
//! program before the books are wrong.

use super::decide::total;
use super::{Account, Freeze, FreezeState, Line, Lot, Movement, Origin, Outcome, Package, Places, Returned};
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
        let before = self.standing();
        match movement {
            Movement::PackageAdded { package, at } => self.book_package(package, *at),
            Movement::Frozen { freeze, lines, until, at } => {
                self.shift(lines, Place::Available, Place::Frozen);
                let state = FreezeState::Open { lines: lines.clone() };
                self.open(Freeze { freeze: *freeze, units: total(lines), at: *at, until: *until, state });
            }
            Movement::FreezeRefused { freeze, units, available, until, at } => {
                let state = FreezeState::Refused { available: *available };
                self.open(Freeze { freeze: *freeze, units: *units, at: *at, until: *until, state });
            }
            Movement::Paid { freeze, unwanted, at } => self.book_payment(*freeze, unwanted.as_ref(), *at),
            Movement::Released { freeze, back, expired, at } => {
                assert_same_units(&self.open_lines(*freeze), back, expired);
                self.give_back(Place::Frozen, back, expired);
                self.turn(*freeze, FreezeState::Released { at: *at });
            }
            Movement::Sent { payment, .. } => {
                let lines = self.settle(*payment, Outcome::Sent);
                self.shift(&lines, Place::InDoubt, Place::Sent);
            }
            Movement::Refunded { payment, back, expired, .. } => {
                assert_same_units(&self.settle(*payment, Outcome::Refunded), back, expired);
                self.give_back(Place::InDoubt, back, expired);
            }
            Movement::PartlySent { payment, failed, .. } => {
                let paid = self.settle(*payment, Outcome::Partly { failed: failed.units() });
                self.give_back(Place::InDoubt, &failed.back, &failed.expired);
                self.shift(&without(paid, failed), Place::InDoubt, Place::Sent);
            }
            Movement::Expired { line, .. } => {
                self.shift(std::slice::from_ref(line), Place::Available, Place::Expired);
            }
            Movement::Revoked { line, .. } => {
                self.shift(std::slice::from_ref(line), Place::Available, Place::Revoked);
            }
        }
        assert_eq!(self.bought + self.granted, self.places.total(), "S13: the brand's books must balance");
        self.note_flow(movement, before);
    }

    /// Forgets a freeze about which nothing more can be asked: it was given back, or what came of its payment is
    /// known. Units do not move by it.
    pub(crate) fn forget(&mut self, freeze: FreezeId) {
        let forgotten = self.freezes.remove(&freeze);
        let is_open = forgotten.is_some_and(|known| match known.state {
            FreezeState::Open { .. } | FreezeState::Paid { outcome: Outcome::InDoubt, .. } => true,
            FreezeState::Refused { .. } | FreezeState::Released { .. } | FreezeState::Paid { .. } => false,
        });
        assert!(!is_open, "S13: units that are held are not forgotten, {freeze} holds some");
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

    fn book_payment(&mut self, freeze: FreezeId, unwanted: Option<&Returned>, at: Timestamp) {
        let mut lines = self.open_lines(freeze);
        if let Some(unwanted) = unwanted {
            self.give_back(Place::Frozen, &unwanted.back, &unwanted.expired);
            lines = without(lines, unwanted);
        }
        self.shift(&lines, Place::Frozen, Place::InDoubt);
        self.turn(freeze, FreezeState::Paid { lines, at, outcome: Outcome::InDoubt });
    }

    fn give_back(&mut self, from: Place, back: &[Line], expired: &[Line]) {
        self.shift(back, from, Place::Available);
        self.shift(expired, from, Place::Expired);
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
        if let (FreezeState::Open { .. }, Some(until)) = (&freeze.state, freeze.until) {
            self.lapsing.insert((until, freeze.freeze));
        }
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
        let known = self.freezes.get_mut(&freeze).expect("it was looked up just before");
        known.state = state;
        if let Some(until) = known.until {
            self.lapsing.remove(&(until, freeze));
        }
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

/// What is left of `lines` without the part that went back.
fn without(mut lines: Vec<Line>, part: &Returned) -> Vec<Line> {
    for gone in part.back.iter().chain(&part.expired) {
        let line = lines.iter_mut().find(|line| line.package == gone.package);
        line.expect("only what was taken goes back").units -= gone.units;
    }
    lines.retain(|line| line.units > Units::ZERO);
    lines
}

fn assert_same_units(lines: &[Line], back: &[Line], expired: &[Line]) {
    assert_eq!(total(lines), total(back) + total(expired), "S13: what comes back is what was taken");
}
