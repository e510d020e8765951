//! What went into a brand's balance and what went out, by the quarter of an hour (S13).
//!
//! Days are deliberately absent: where a day ends is a matter of the zone that is asked for, and every zone in use
//! ends its days at a quarter of an hour. `history` makes days of these.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Account, Movement, Places};
use crate::units::Units;

/// Seconds of a quarter of an hour.
const QUARTER_S: i64 = 15 * 60;

/// What changed a balance within some time. The balance is what is available and frozen, so that a freeze and its
/// release change nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Bought or granted.
    pub added: Units,
    /// Paid.
    pub paid: Units,
    /// Refunded of what was paid, then or before; what a dead package got of it is in `expired` too.
    pub returned: Units,
    /// Gone with their packages.
    pub expired: Units,
    /// Taken back by the seller.
    pub revoked: Units,
}

impl Flow {
    /// By how many units it changed the balance.
    pub fn net(&self) -> i128 {
        let [added, paid, returned, expired, revoked] =
            [self.added, self.paid, self.returned, self.expired, self.revoked]
                .map(|units| i128::from(units.0));
        added + returned - paid - expired - revoked
    }

    /// Adds what another one changed.
    pub fn add(&mut self, other: &Self) {
        self.added += other.added;
        self.paid += other.paid;
        self.returned += other.returned;
        self.expired += other.expired;
        self.revoked += other.revoked;
    }
}

/// Where all units of a brand are at one moment.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    added: Units,
    places: Places,
}

impl Standing {
    /// What changed until `later`. Payments are in doubt and then sent, or they come back; the other sums only grow.
    fn until(self, later: Self) -> Flow {
        let used = |standing: Self| standing.places.in_doubt + standing.places.sent;
        let (before, after) = (used(self), used(later));
        let (paid, returned) =
            if after >= before { (after - before, Units::ZERO) } else { (Units::ZERO, before - after) };
        Flow {
            added: later.added - self.added,
            paid,
            returned,
            expired: later.places.expired - self.places.expired,
            revoked: later.places.revoked - self.places.revoked,
        }
    }
}

/// The flows of a brand, by the number of the quarter of an hour since 1970. Quarters without any are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flows(BTreeMap<i64, Flow>);

impl Flows {
    fn note(&mut self, at: Timestamp, flow: &Flow) {
        if *flow != Flow::default() {
            self.0.entry(at.as_second().div_euclid(QUARTER_S)).or_default().add(flow);
        }
    }

    /// Those of the quarter that holds `from`, and later ones, each by its beginning.
    pub(super) fn since(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Flow)> {
        let from = from.as_second().div_euclid(QUARTER_S);
        self.0.range(from..).map(|(quarter, flow)| (begins(*quarter), *flow))
    }

    /// When the first of them began.
    pub(super) fn began(&self) -> Option<Timestamp> {
        self.0.keys().next().map(|quarter| begins(*quarter))
    }
}

fn begins(quarter: i64) -> Timestamp {
    Timestamp::from_second(quarter * QUARTER_S).expect("a quarter of an hour that a movement was in")
}

impl Account {
    pub(super) fn standing(&self) -> Standing {
        Standing { added: self.bought + self.granted, places: self.places }
    }

    /// Notes what a movement has changed since the account stood like this.
    pub(super) fn note_flow(&mut self, movement: &Movement, before: Standing) {
        let flow = before.until(self.standing());
        self.flows.note(movement.at(), &flow);
    }
}
