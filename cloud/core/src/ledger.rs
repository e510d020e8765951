//! The prepaid account of one brand: packages, freezes, payments (S1–S6, S13).
//!
//! Units move `available → frozen → in doubt → sent`; a release or a refund moves them back to the packages
//! they came from, or to `expired` where a package is dead; what is available can be taken back (`revoked`). Every
//! movement names its packages.

mod book;
mod decide;
mod flow;
mod history;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{FreezeId, PackageId};
use crate::units::Units;

pub use decide::{Refusal, RequestField, SendResult};
pub use flow::Flow;
pub use history::{DailyUse, Day, History, LATE_DAYS, Outlook};

/// The reading of the clock that a command is decided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The instant.
    pub at: Timestamp,
    /// The day of the books, in the ledger's time zone: packages live to the end of their last day.
    pub today: Date,
}

/// How a package came to the brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The brand paid for it.
    Bought,
    /// It was given.
    Granted,
}

/// A package as it was bought (S1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The purchase, which names the package for ever.
    pub package: PackageId,
    /// How it came.
    pub origin: Origin,
    /// What people call it.
    pub name: String,
    /// Its size.
    pub units: Units,
    /// The last day it can be used.
    pub expires_on: Date,
}

/// Where the units of one package are. Their sum is always the size of the package (S13).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Free to be frozen.
    pub available: Units,
    /// Reserved by open freezes.
    pub frozen: Units,
    /// Paid; what became of the message is not known yet.
    pub in_doubt: Units,
    /// Spent on messages that were sent.
    pub sent: Units,
    /// Gone with the package.
    pub expired: Units,
    /// Taken back by the seller.
    pub revoked: Units,
}

impl Places {
    /// All units, wherever they are.
    pub fn total(&self) -> Units {
        self.available + self.frozen + self.in_doubt + self.sent + self.expired + self.revoked
    }

    /// What is left in the package: available and frozen.
    pub fn balance(&self) -> Units {
        self.available + self.frozen
    }
}

/// A package in the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// As it was bought.
    pub package: Package,
    /// When.
    pub paid_at: Timestamp,
    /// Where its units are now.
    pub places: Places,
}

impl Returned {
    /// All of it.
    pub fn units(&self) -> Units {
        self.back.iter().chain(&self.expired).map(|line| line.units).sum()
    }
}

/// Units of one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The package.
    pub package: PackageId,
    /// How many.
    pub units: Units,
}

/// A reservation of units (S3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// Its own number.
    pub freeze: FreezeId,
    /// How many units.
    pub units: Units,
    /// When.
    pub at: Timestamp,
    /// Until when it is good: an open one is given back by itself then. `None`: until somebody decides.
    pub until: Option<Timestamp>,
    /// What became of it.
    pub state: FreezeState,
}

/// What became of a freeze. Each state holds what exists then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeState {
    /// Too few units were available; a repeat gets the same answer (S8).
    Refused {
        /// What was available.
        available: Units,
    },
    /// Reserved.
    Open {
        /// From which packages, oldest expiry first.
        lines: Vec<Line>,
    },
    /// Given back (S5).
    Released {
        /// When.
        at: Timestamp,
    },
    /// Paid (S4), all of it or the part that was wanted in the end.
    Paid {
        /// From which packages; what was not wanted of the freeze has been given back.
        lines: Vec<Line>,
        /// When.
        at: Timestamp,
        /// What came of it.
        outcome: Outcome,
    },
}

/// What came of a payment (S6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not known yet.
    InDoubt,
    /// The message was sent.
    Sent,
    /// It was not; the units went back.
    Refunded,
    /// Of many messages, some were not.
    Partly {
        /// The units of those, which went back.
        failed: Units,
    },
}

/// Units that go back to where they were taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// To living packages.
    pub back: Vec<Line>,
    /// Of dead packages.
    pub expired: Vec<Line>,
}

/// One movement in the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Movement {
    /// A package was paid (S1).
    PackageAdded {
        /// The package.
        package: Package,
        /// When.
        at: Timestamp,
    },
    /// Units were reserved (S3).
    Frozen {
        /// The freeze.
        freeze: FreezeId,
        /// From which packages.
        lines: Vec<Line>,
        /// Until when; `None`: until somebody decides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// Too few units; kept so that a repeat gets the same answer (S8).
    FreezeRefused {
        /// The freeze.
        freeze: FreezeId,
        /// What was asked.
        units: Units,
        /// What was available.
        available: Units,
        /// Until when it would have been good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// A freeze was paid (S4).
    Paid {
        /// The freeze.
        freeze: FreezeId,
        /// The part that was not wanted, which went back with it. `None`: all of it was paid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unwanted: Option<Returned>,
        /// When.
        at: Timestamp,
    },
    /// A freeze was given back (S5).
    Released {
        /// The freeze.
        freeze: FreezeId,
        /// To living packages.
        back: Vec<Line>,
        /// Of dead packages.
        expired: Vec<Line>,
        /// When.
        at: Timestamp,
    },
    /// The message of a payment was sent (S6).
    Sent {
        /// The payment.
        payment: FreezeId,
        /// When.
        at: Timestamp,
    },
    /// Of many messages of one payment some were sent and some were not (S6).
    PartlySent {
        /// The payment.
        payment: FreezeId,
        /// What those cost that were not sent.
        failed: Returned,
        /// When.
        at: Timestamp,
    },
    /// It was not, and the units went back (S6), newest package first.
    Refunded {
        /// The payment.
        payment: FreezeId,
        /// To living packages.
        back: Vec<Line>,
        /// Of dead packages.
        expired: Vec<Line>,
        /// When.
        at: Timestamp,
    },
    /// What was left of a package past its day, and not reserved, is gone (S2).
    Expired {
        /// How much of which package.
        line: Line,
        /// When.
        at: Timestamp,
    },
    /// What was available of a package was taken back (S13): its purchase was returned, or it was given in error.
    Revoked {
        /// How much of which package.
        line: Line,
        /// When.
        at: Timestamp,
    },
}

impl Movement {
    /// When it was.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::PackageAdded { at, .. }
            | Self::Frozen { at, .. }
            | Self::FreezeRefused { at, .. }
            | Self::Paid { at, .. }
            | Self::Released { at, .. }
            | Self::Sent { at, .. }
            | Self::PartlySent { at, .. }
            | Self::Refunded { at, .. }
            | Self::Expired { at, .. }
            | Self::Revoked { at, .. } => *at,
        }
    }
}

/// The account of one brand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// By expiry, then id: the order in which units are used.
    lots: BTreeMap<(Date, PackageId), Lot>,
    /// The last day of each package, which is the other half of its key in `lots`.
    days: BTreeMap<PackageId, Date>,
    freezes: BTreeMap<FreezeId, Freeze>,
    /// Open freezes that end by themselves, and when.
    lapsing: BTreeSet<(Timestamp, FreezeId)>,
    bought: Units,
    granted: Units,
    places: Places,
    flows: flow::Flows,
}

impl Account {
    /// Units ever bought.
    pub fn bought(&self) -> Units {
        self.bought
    }

    /// Units ever granted.
    pub fn granted(&self) -> Units {
        self.granted
    }

    /// Where all units of the brand are.
    pub fn places(&self) -> Places {
        self.places
    }

    /// The packages, in the order in which they are used.
    pub fn lots(&self) -> impl Iterator<Item = &Lot> {
        self.lots.values()
    }

    /// A freeze by its number (S3), and so the payment of that number.
    pub fn freeze(&self, freeze: FreezeId) -> Option<&Freeze> {
        self.freezes.get(&freeze)
    }

    /// What may be frozen on that day.
    pub fn available_on(&self, today: Date) -> Units {
        self.living(today).map(|lot| lot.places.available).sum()
    }

    /// The package of that purchase.
    pub fn lot(&self, package: &PackageId) -> Option<&Lot> {
        let day = self.days.get(package)?;
        self.lots.get(&(*day, package.clone()))
    }
}
