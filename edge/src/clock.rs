//! The box's clock, and whether to believe it.
//!
//! A box may boot in 1970 and learn the time later, and a clock may be set wrongly while it runs. Numbers keep
//! their day while the clock cannot be believed (K2).

use std::time::{Duration, Instant};

use edge_core::number::ClockReading;
use jiff::{SignedDuration, Timestamp};

/// No box of ours ran before this instant: 2026-11-01.
const FLOOR_SECONDS: i64 = 1_793_491_200;
/// A clock that leaves monotonic time by more than this was set, not slewed.
const JUMP_MAX: SignedDuration = SignedDuration::from_mins(10);

/// A clock that knows when it was last believed.
#[derive(Debug)]
pub struct Clock {
    anchor: Option<(Instant, Timestamp)>,
}

impl Clock {
    /// A clock that believes the first time it sees, if it is not before this program.
    pub fn new() -> Self {
        Self { anchor: None }
    }

    /// What it shows now, to the millisecond: nobody reads a ticket finer.
    pub fn read(&mut self) -> ClockReading {
        let now = Timestamp::now();
        let at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        self.judge(Instant::now(), at)
    }

    fn judge(&mut self, now: Instant, at: Timestamp) -> ClockReading {
        if at.as_second() < FLOOR_SECONDS {
            return ClockReading { at, trusted: false };
        }
        let (anchored, anchor) = *self.anchor.get_or_insert((now, at));
        let passed = now.saturating_duration_since(anchored);
        let trusted = drift(anchor, at, passed).abs() <= JUMP_MAX;
        if trusted {
            self.anchor = Some((now, at));
        }
        ClockReading { at, trusted }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

fn drift(anchor: Timestamp, at: Timestamp, passed: Duration) -> SignedDuration {
    let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
    at.duration_since(anchor).saturating_sub(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn k2_a_clock_before_the_program_is_not_believed_until_it_is_set() {
        let mut clock = Clock::new();
        let boot = Instant::now();
        assert!(!clock.judge(boot, at("1970-01-01T00:00:30Z")).trusted);
        assert!(clock.judge(boot + Duration::from_secs(30), at("2026-11-22T10:00:00Z")).trusted);
    }

    #[test]
    fn k2_a_jump_is_not_believed_and_a_slew_is() {
        let mut clock = Clock::new();
        let start = Instant::now();
        assert!(clock.judge(start, at("2026-11-22T10:00:00Z")).trusted);
        let minute = start + Duration::from_secs(60);
        assert!(!clock.judge(minute, at("2026-11-25T10:01:00Z")).trusted, "three days forward");
        assert!(!clock.judge(minute, at("2026-11-22T09:01:00Z")).trusted, "an hour back");
        assert!(clock.judge(minute, at("2026-11-22T10:01:02Z")).trusted, "put right again");
    }

    #[test]
    fn k2_a_night_without_orders_is_believed() {
        let mut clock = Clock::new();
        let start = Instant::now();
        clock.judge(start, at("2026-11-22T22:00:00Z"));
        assert!(clock.judge(start + Duration::from_secs(12 * 3600), at("2026-11-23T10:00:00Z")).trusted);
    }
}
