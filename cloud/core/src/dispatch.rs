//! How fast messages may go, and when (S9): rates, and the hours in which advertising is left alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::sms::{Patience, Wish};

/// A token bucket: so many at once, and one more every so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Until the next one, once the bucket is empty.
    pub every: SignedDuration,
    /// A full bucket.
    pub burst: u32,
}

impl Rate {
    /// So many a second, and a second's worth at once.
    pub fn per_second(count: u32) -> Self {
        let every = SignedDuration::from_secs(1) / i32::try_from(count.max(1)).unwrap_or(i32::MAX);
        Self { every, burst: count.max(1) }
    }

    fn depth(self) -> SignedDuration {
        self.every * i32::try_from(self.burst.saturating_sub(1)).unwrap_or(i32::MAX)
    }
}

/// Buckets, each by the moment at which it will be full again; a full one is forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buckets<K: Ord> {
    full_at: BTreeMap<K, Timestamp>,
    by_time: BTreeSet<(Timestamp, K)>,
}

impl<K: Ord> Default for Buckets<K> {
    fn default() -> Self {
        Self { full_at: BTreeMap::new(), by_time: BTreeSet::new() }
    }
}

impl<K: Ord + Clone> Buckets<K> {
    /// From when on the bucket gives; now, if that is past.
    pub fn gives_at(&self, key: &K, rate: Rate, now: Timestamp) -> Timestamp {
        self.full_at.get(key).map_or(now, |full_at| (*full_at - rate.depth()).max(now))
    }

    /// How many it gives now.
    pub fn holds(&self, key: &K, rate: Rate, now: Timestamp) -> u32 {
        let missing =
            self.full_at.get(key).map_or(0, |full_at| full_at.duration_since(now).as_nanos().max(0));
        let every = rate.every.as_nanos().max(1);
        let taken = (missing + every - 1) / every;
        rate.burst.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
    }

    /// Takes from it.
    pub fn take(&mut self, key: &K, rate: Rate, count: u32, at: Timestamp) {
        while let Some((full_at, _)) = self.by_time.first()
            && *full_at <= at
        {
            if let Some((_, key)) = self.by_time.pop_first() {
                self.full_at.remove(&key);
            }
        }
        let before = self.full_at.get(key).copied();
        if let Some(before) = before {
            self.by_time.remove(&(before, key.clone()));
        }
        let cost = rate.every * i32::try_from(count).unwrap_or(i32::MAX);
        let full_at = before.map_or(at, |before| before.max(at)) + cost;
        self.full_at.insert(key.clone(), full_at);
        self.by_time.insert((full_at, key.clone()));
    }
}

/// The hours in which advertising waits, by the receiver's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// From then on …
    pub from: Time,
    /// … until before then, mostly of the next day.
    pub until: Time,
}

/// The clock of every number that we send to: they are all of mainland China.
const RECEIVERS: Offset = Offset::constant(8);

impl QuietHours {
    /// Whether it is quiet now.
    pub fn has(self, now: Timestamp) -> bool {
        let time = RECEIVERS.to_datetime(now).time();
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

/// How fast messages may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Messages of one brand.
    pub brand: Rate,
    /// Messages of one brand to one receiver.
    pub phone: Rate,
    /// When advertising waits.
    pub quiet: QuietHours,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            brand: Rate::per_second(500),
            phone: Rate { every: SignedDuration::from_secs(30), burst: 5 },
            quiet: QuietHours { from: Time::constant(21, 0, 0, 0), until: Time::constant(8, 0, 0, 0) },
        }
    }
}

/// What sending goes by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// How long things may take.
    pub patience: Patience,
    /// How fast they may go.
    pub pace: Pace,
}

impl Rules {
    /// When a message is not worth sending any more.
    pub fn deadline(&self, wish: &Wish) -> Timestamp {
        wish.wanted_at + wish.good_for.unwrap_or(self.patience.in_queue(wish.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time")
    }

    #[test]
    fn s9_a_bucket_gives_its_burst_and_then_one_every_so_often() {
        let rate = Rate { every: SignedDuration::from_secs(30), burst: 3 };
        let mut buckets = Buckets::default();
        for _ in 0..3 {
            assert_eq!(buckets.gives_at(&"a", rate, at(0)), at(0));
            buckets.take(&"a", rate, 1, at(0));
        }
        assert_eq!(buckets.gives_at(&"a", rate, at(0)), at(30));
        assert_eq!(buckets.gives_at(&"b", rate, at(0)), at(0), "another bucket");
        assert_eq!(buckets.gives_at(&"a", rate, at(40)), at(40));
        buckets.take(&"b", rate, 1, at(90));
        assert_eq!(buckets.full_at.len(), 1, "a full bucket is forgotten");
    }

    #[test]
    fn s9_a_bucket_says_how_many_it_gives() {
        let rate = Rate::per_second(10);
        let mut buckets = Buckets::default();
        assert_eq!(buckets.holds(&"a", rate, at(0)), 10);
        buckets.take(&"a", rate, 7, at(0));
        assert_eq!(buckets.holds(&"a", rate, at(0)), 3);
        assert_eq!(buckets.holds(&"a", rate, at(0) + SignedDuration::from_millis(150)), 4, "whole ones");
        buckets.take(&"a", rate, 100, at(0));
        assert_eq!((buckets.holds(&"a", rate, at(0)), buckets.holds(&"a", rate, at(11))), (0, 10));
    }

    #[test]
    fn s9_quiet_hours_go_over_midnight_by_the_receivers_clock() {
        let quiet = Pace::default().quiet;
        let beijing = |time: &str| format!("2026-11-22T{time}+08:00").parse::<Timestamp>().expect("a time");
        for (time, is_quiet) in [
            ("20:59:59", false),
            ("21:00:00", true),
            ("00:00:00", true),
            ("07:59:59", true),
            ("08:00:00", false),
        ] {
            assert_eq!(quiet.has(beijing(time)), is_quiet, "{time}");
        }
        let noon = QuietHours { from: Time::constant(12, 0, 0, 0), until: Time::constant(14, 0, 0, 0) };
        assert!(noon.has(beijing("13:00:00")) && !noon.has(beijing("14:00:00")));
    }
}
