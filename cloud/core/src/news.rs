//! What boxes are told, on `dn/ev`: the results of the messages that they asked for.
//!
//! News are numbered for each incarnation of a box's database and wait here until it has them, or until nobody would
//! look at them any more. Only a box that has said that it takes news is told any.
//!
//! [`Downlink`] is when to send, without the link: one batch out, sent again while the box seems to be there.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::id::{OrderId, SmsId, StreamId};
use shared::sms::{SmsFailure, SmsResult};
use shared::sync::News;

use crate::id::BoxKey;
use crate::sms::{Reason, Step};

/// A box that was away for longer finds no news of before: the guests have long gone.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// News that wait for one box at most: a week of a busy shop's messages. Beyond it the oldest are dropped.
pub const WAITING_MAX: usize = 10_000;
/// No honest box has heard of a number above this; such a claim is not believed.
pub const NUMBER_MAX: u64 = 1 << 53;
/// What is kept of a carrier's code.
const CODE_CHARACTERS_MAX: usize = 40;

/// Whom news are for: one incarnation of a box's database. Another one knows nothing of what this one asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listener {
    /// The box.
    pub key: BoxKey,
    /// The incarnation.
    pub stream: StreamId,
}

/// Something that became true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A box takes news, and has heard of numbers up to this. What waits is numbered after it: these books may have
    /// been put back to a time before they gave those numbers.
    Opened {
        /// The box.
        to: Listener,
        /// The last number it knows.
        last: u64,
    },
    /// Something is to be told.
    Begun {
        /// To whom.
        to: Listener,
        /// The next number.
        number: u64,
        /// What.
        news: News,
        /// When it was so.
        at: Timestamp,
    },
    /// The box has everything up to here.
    Heard {
        /// The box.
        to: Listener,
        /// The last number.
        up_to: u64,
    },
    /// Everything up to here is not told any more.
    Dropped {
        /// The box.
        to: Listener,
        /// The last number.
        up_to: u64,
    },
}

/// What one box is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsLane {
    /// The last number given.
    last: u64,
    /// Without holes, and up to `last`.
    waiting: BTreeMap<u64, (Timestamp, News)>,
}

impl NewsLane {
    /// The last number given.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The number of the first that waits.
    pub fn first_waiting(&self) -> Option<u64> {
        self.waiting.keys().next().copied()
    }

    /// What waits, the first first.
    pub fn waiting(&self) -> impl Iterator<Item = &News> {
        self.waiting.values().map(|(_, news)| news)
    }

    /// The last number of those that are from before.
    pub(crate) fn older_than(&self, before: Timestamp) -> Option<u64> {
        self.waiting.iter().take_while(|(_, (at, _))| *at < before).last().map(|(number, _)| *number)
    }

    /// The number to drop up to, so that one more can wait.
    pub(crate) fn overflowing(&self) -> Option<u64> {
        self.first_waiting().filter(|_| self.waiting.len() >= WAITING_MAX)
    }

    pub(crate) fn reopen(&mut self, last: u64) {
        let waiting = std::mem::take(&mut self.waiting);
        self.last = last;
        for (_, (at, news)) in waiting {
            self.begin(self.last + 1, at, news);
        }
    }

    pub(crate) fn begin(&mut self, number: u64, at: Timestamp, news: News) {
        assert_eq!(number, self.last + 1, "news are numbered without holes");
        self.last = number;
        self.waiting.insert(number, (at, news));
    }

    pub(crate) fn forget(&mut self, up_to: u64) {
        self.waiting = self.waiting.split_off(&(up_to + 1));
    }
}

/// What a step of a message is to the shop that asked for it; most are nothing.
pub(crate) fn result_of(step: &Step) -> Option<SmsResult> {
    let failed = |(reason, code): (SmsFailure, &str)| {
        let code = code.chars().take(CODE_CHARACTERS_MAX).collect();
        Some(SmsResult::Failed { reason, code })
    };
    match step {
        Step::Queued { .. } | Step::Submitting { .. } | Step::Postponed { .. } | Step::InDoubt { .. } => None,
        Step::Refused { .. } => failed((SmsFailure::NoUnits, "")),
        Step::Barred { reason, .. } | Step::Released { reason } | Step::Failed { reason } => {
            failed(failure_of(reason))
        }
        Step::Accepted { .. } => Some(SmsResult::Sent),
        Step::Delivered => Some(SmsResult::Delivered),
        Step::Undelivered { status } => failed((SmsFailure::Undelivered, status)),
    }
}

/// What a box is told whose wish made no message.
pub(crate) fn unsendable(sms: SmsId, order: OrderId) -> News {
    let result = SmsResult::Failed { reason: SmsFailure::Unsendable, code: String::new() };
    News::Sms { sms, order, result }
}

fn failure_of(reason: &Reason) -> (SmsFailure, &str) {
    match reason {
        Reason::TooOld => (SmsFailure::TooLate, ""),
        Reason::OptedOut => (SmsFailure::OptedOut, ""),
        Reason::Cancelled => (SmsFailure::Cancelled, ""),
        Reason::Carrier { code, .. } => (SmsFailure::Refused, code),
        Reason::NoAnswer { .. } | Reason::Interrupted | Reason::NoReceipt => (SmsFailure::NoReceipt, ""),
    }
}

/// How long to wait for the box's answer the first time …
const PATIENCE_MIN: Duration = Duration::from_secs(5);
/// … and at most, doubling in between.
const PATIENCE_MAX: Duration = Duration::from_secs(60);
/// A box says hello every minute. After this long without a word nothing more is sent into the void.
const THERE_FOR: Duration = Duration::from_secs(150);

/// When to send news to one box. `now` is monotonic time since any fixed instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downlink {
    heard_at: Duration,
    patience: Duration,
    out: Option<Out>,
}

/// A batch that is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Out {
    to: u64,
    since: Duration,
}

impl Downlink {
    /// The box has just said hello: its connection may be another than before, and what was out on that one lost.
    pub fn new(now: Duration) -> Self {
        Self { heard_at: now, patience: PATIENCE_MIN, out: None }
    }

    /// The box has everything up to here.
    pub fn heard(&mut self, now: Duration, up_to: u64) {
        self.heard_at = now;
        if self.out.is_some_and(|out| out.to <= up_to) {
            (self.out, self.patience) = (None, PATIENCE_MIN);
        }
    }

    /// Whether to send what waits: the first time, or again.
    pub fn is_due(&self, now: Duration) -> bool {
        let is_there = now.saturating_sub(self.heard_at) < THERE_FOR;
        is_there && self.out.is_none_or(|out| now.saturating_sub(out.since) >= self.patience)
    }

    /// A batch that ends here has been handed to the connection.
    pub fn sent(&mut self, now: Duration, to: u64) {
        if self.out.is_some() {
            self.patience = (self.patience * 2).min(PATIENCE_MAX);
        }
        self.out = Some(Out { to, since: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn one_batch_is_out_and_is_sent_again_later_and_later() {
        let mut link = Downlink::new(Duration::ZERO);
        assert!(link.is_due(Duration::ZERO));
        link.sent(Duration::ZERO, 3);
        assert!(!link.is_due(4 * SECOND), "an answer may come");
        assert!(link.is_due(5 * SECOND));
        link.sent(5 * SECOND, 4);
        assert!(!link.is_due(14 * SECOND), "twice as long");
        link.heard(14 * SECOND, 3);
        assert!(!link.is_due(14 * SECOND), "the answer to the first: the second is still out");
        link.heard(14 * SECOND, 4);
        assert!(link.is_due(14 * SECOND));
    }

    #[test]
    fn nothing_is_sent_to_a_box_that_is_away_and_all_of_it_when_it_is_back() {
        let mut link = Downlink::new(Duration::ZERO);
        link.sent(Duration::ZERO, 3);
        assert!(link.is_due(149 * SECOND));
        assert!(!link.is_due(150 * SECOND));
        assert!(Downlink::new(500 * SECOND).is_due(500 * SECOND));
    }
}
