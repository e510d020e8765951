//! The clock, read here and nowhere else.

use cloud_core::ledger::Now;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The wall clock, and the time zone in which the ledger's days end.
#[derive(Debug, Clone)]
pub struct Clock {
    ledger: TimeZone,
}

impl Clock {
    /// A clock whose days are those of `ledger`.
    pub fn new(ledger: TimeZone) -> Self {
        Self { ledger }
    }

    /// The instant, and the day of the books.
    #[must_use]
    pub fn now(&self) -> Now {
        let at = Timestamp::now();
        Now { at, today: at.to_zoned(self.ledger.clone()).date() }
    }
}
