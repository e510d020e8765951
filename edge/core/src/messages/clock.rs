//! The clock of the queue: how long a message has waited, over restarts and whatever happens to the wall clock.
//!
//! It counts by the time since the machine was started, which nobody sets. What passed while the box was off is
//! told by that too, unless the machine itself was off; then the wall clock tells, if it was believed before and
//! is now. Reading clocks is the shell's.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A moment of the queue: milliseconds since it was first opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueueTime(pub u64);

impl QueueTime {
    /// So much later.
    pub fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(milliseconds(time)))
    }

    /// So much earlier, but not before the queue was opened.
    pub fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(milliseconds(time)))
    }

    /// The time from an earlier moment; none when that is the later one.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What the machine's clocks show at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineTime {
    /// Which start of the machine this is; another one after every boot. None: nobody knows.
    pub boot: Option<String>,
    /// Since that start, sleep included.
    pub uptime: Duration,
    /// The time of day, while it is believed.
    pub wall: Option<Timestamp>,
}

/// A moment of the queue by which the next run of the box finds the time again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The moment …
    pub queue: QueueTime,
    /// … and what the machine showed at it.
    pub machine: MachineTime,
}

/// Tells queue time for one run of the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueClock {
    began: QueueTime,
    uptime: Duration,
}

impl QueueClock {
    /// Goes on from what was kept last; a new queue begins at nothing.
    pub fn resume(kept: Option<&Anchor>, now: &MachineTime) -> Self {
        let began = kept.map_or(QueueTime::default(), |kept| kept.queue.after(passed(&kept.machine, now)));
        Self { began, uptime: now.uptime }
    }

    /// The moment at which the machine has run for so long.
    pub fn at(&self, uptime: Duration) -> QueueTime {
        self.began.after(uptime.saturating_sub(self.uptime))
    }

    /// What to keep for the next run.
    pub fn anchor(&self, machine: MachineTime) -> Anchor {
        Anchor { queue: self.at(machine.uptime), machine }
    }
}

/// How long it is from one reading to another in a later run. After a boot at a time that nobody knows it is at
/// least what the machine has run since: rather told late than given up unheard.
fn passed(kept: &MachineTime, now: &MachineTime) -> Duration {
    if kept.boot.is_some() && kept.boot == now.boot {
        return now.uptime.saturating_sub(kept.uptime);
    }
    let by_wall = kept.wall.zip(now.wall).map(|(kept, now)| now.duration_since(kept));
    let by_wall = by_wall.and_then(|passed| Duration::try_from(passed).ok());
    by_wall.unwrap_or_default().max(now.uptime)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(boot: &str, uptime_s: u64, wall: Option<&str>) -> MachineTime {
        let wall = wall.map(|wall| wall.parse().expect("a timestamp"));
        MachineTime { boot: Some(boot.to_owned()), uptime: Duration::from_secs(uptime_s), wall }
    }

    fn anchor(machine: MachineTime) -> Anchor {
        Anchor { queue: QueueTime(1_000), machine }
    }

    #[test]
    fn m4_what_passes_between_two_runs_is_told_by_what_can_be_believed() {
        let seven = Some("2026-11-22T19:00:00Z");
        for (kept, now, passed_s) in [
            (machine("a", 100, seven), machine("a", 130, Some("2030-01-01T00:00:00Z")), 30),
            (machine("a", 100, seven), machine("a", 130, Some("2026-11-22T18:00:00Z")), 30),
            (machine("a", 100, seven), machine("b", 20, Some("2026-11-22T19:05:00Z")), 300),
            (machine("a", 100, seven), machine("b", 20, None), 20),
            (machine("a", 100, None), machine("b", 20, seven), 20),
            (machine("a", 100, seven), machine("b", 20, Some("2026-11-22T18:00:00Z")), 20),
        ] {
            let clock = QueueClock::resume(Some(&anchor(kept.clone())), &now);
            assert_eq!(clock.at(now.uptime), QueueTime(1_000 + passed_s * 1_000), "{kept:?} {now:?}");
        }
    }

    #[test]
    fn m4_within_a_run_only_the_machines_own_time_counts() {
        let clock = QueueClock::resume(None, &machine("a", 100, None));
        assert_eq!(clock.at(Duration::from_secs(107)), QueueTime(7_000));
        assert_eq!(clock.at(Duration::from_secs(90)), QueueTime(0));
        let kept = clock.anchor(machine("a", 107, None));
        let next = QueueClock::resume(Some(&kept), &machine("a", 110, None));
        assert_eq!(next.at(Duration::from_secs(111)), QueueTime(11_000));
    }
}
