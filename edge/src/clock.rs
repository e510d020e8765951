//! The box's clock, and whether to believe it.
//!
//! A box may boot in 1970 and learn the time later, and a clock may be set wrongly while it runs. While it
//! cannot be believed, numbers keep their day (K2) and the box goes by the time that has passed since it knew
//! better, so that ages on the screens stay true. Setting the clock is the operating system's work.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use edge_core::number::ClockReading;
use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use tracing::{info, warn};

mod judge;

pub use judge::BeliefError;
use judge::{Judge, Shown};

/// `systemd-timesyncd` touches this file each time it has synchronised the clock. It is gone after a boot.
/// With another time service a person says that the clock is right, or the next start finds it so.
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";

/// The box's one clock. Cheap to clone: everybody who says what time it is has the same one.
#[derive(Debug, Clone)]
pub struct Clock {
    judge: Arc<Mutex<Judge>>,
    synchronised: &'static Path,
}

impl Clock {
    /// A clock that has not been read yet. `last_at` is when the last fact happened, if that was known.
    pub fn new(last_at: Option<Timestamp>) -> Self {
        Self::watching(last_at, Path::new(SYNCHRONISED))
    }

    fn watching(last_at: Option<Timestamp>, synchronised: &'static Path) -> Self {
        metrics::gauge!("chuancai_clock_trusted").set(1.0);
        metrics::counter!("chuancai_clock_steps_total").absolute(0);
        Self { judge: Arc::new(Mutex::new(Judge::new(uptime(), last_at))), synchronised }
    }

    /// The time to go by, to the millisecond: nobody reads a ticket finer.
    pub fn read(&self) -> ClockReading {
        let mut judge = self.lock();
        // Read under the lock, or the readings of two threads could come to be judged in the wrong order.
        let shown = shown();
        let was_trusted = judge.is_trusted();
        let judged = judge.judge(shown, || synchronised_at(self.synchronised));
        if let Some(step) = judged.step {
            report_step(step, shown.wall);
        }
        if judged.reading.trusted != was_trusted {
            report_belief(judged.reading.trusted, shown.wall);
        }
        judged.reading
    }

    /// What the operating system's clock shows, right or wrong.
    pub fn shows() -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// A person has looked at `seen`, which the clock shows, and says that it is right. Errors:
    /// [`BeliefError`]; nothing has changed then.
    pub fn believe(&self, seen: Timestamp) -> Result<ClockReading, BeliefError> {
        {
            let mut judge = self.lock();
            let was_trusted = judge.is_trusted();
            judge.believe(shown(), seen)?;
            if !was_trusted {
                report_belief(true, seen);
            }
        }
        Ok(self.read())
    }

    fn lock(&self) -> MutexGuard<'_, Judge> {
        // Whoever panicked with it has left no half-made judgement.
        self.judge.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shown() -> Shown {
    Shown { uptime: uptime(), wall: Clock::shows() }
}

/// Time since the machine was started, sleep included: a box that slept has not had its clock set.
pub(crate) fn uptime() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
}

/// When the operating system last put the clock right, by this clock. `None` if it has not since it started.
fn synchronised_at(touched: &Path) -> Option<Timestamp> {
    Timestamp::try_from(touched.metadata().ok()?.modified().ok()?).ok()
}

fn report_step(step: SignedDuration, shows: Timestamp) {
    metrics::counter!("chuancai_clock_steps_total").increment(1);
    warn!(%shows, "clock step of {:+} s", step.as_secs());
}

fn report_belief(trusted: bool, shows: Timestamp) {
    metrics::gauge!("chuancai_clock_trusted").set(f64::from(u8::from(trusted)));
    if trusted {
        info!(%shows, "the clock is believed");
    } else {
        warn!(%shows, "the clock is not believed; numbers keep their day");
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn k2_the_operating_system_says_when_it_last_synchronised() {
        let folder = tempfile::tempdir().expect("a folder");
        let touched = folder.path().join("synchronized");
        assert_eq!(synchronised_at(&touched), None);
        let at: Timestamp = "2026-11-22T10:00:00Z".parse().expect("a timestamp");
        File::create(&touched).and_then(|file| file.set_modified(at.into())).expect("a file");
        assert_eq!(synchronised_at(&touched), Some(at));
    }

    #[test]
    fn k2_everybody_has_the_same_clock() {
        let last_at = "9999-01-01T00:00:00Z".parse().expect("a timestamp");
        let clock = Clock::watching(Some(last_at), Path::new("/nobody/synchronises"));
        let everybody = clock.clone();
        assert!(!everybody.read().trusted, "it shows less than the last fact");
        assert!(clock.believe(Clock::shows()).is_ok_and(|reading| reading.trusted));
        assert!(everybody.read().trusted);
    }
}
