//! A line of the table, and the two figures that describe a run.

use std::fmt;
use std::time::Duration;

/// Above the lines.
pub(crate) const HEADING: &str =
    "row                       ours          floor or peer  ratio   goal      result";

/// What a row must reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// Ours is at most so many times the floor.
    TimesAtMost(f64),
    /// Ours is at least so many times the floor.
    TimesAtLeast(f64),
    /// Ours is at most so many milliseconds, whatever the peer takes.
    MsAtMost(f64),
}

/// One measured figure beside its floor or peer.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    pub(crate) floor: f64,
    pub(crate) goal: Goal,
}

impl Line {
    pub(crate) fn is_met(&self) -> bool {
        match self.goal {
            Goal::TimesAtMost(times) => self.ratio() <= times,
            Goal::TimesAtLeast(times) => self.ratio() >= times,
            Goal::MsAtMost(milliseconds) => self.ours <= milliseconds,
        }
    }

    fn ratio(&self) -> f64 {
        self.ours / self.floor
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unit, ours, floor, goal } = self;
        let digits = if *ours < 1_000.0 { 2 } else { 0 };
        let goal = match goal {
            Goal::TimesAtMost(times) => format!("≤ {times} ×"),
            Goal::TimesAtLeast(times) => format!("≥ {times} ×"),
            Goal::MsAtMost(milliseconds) => format!("≤ {milliseconds} ms"),
        };
        let result = if self.is_met() { "met" } else { "short" };
        let (ours, floor) = (format!("{ours:.digits$} {unit}"), format!("{floor:.digits$} {unit}"));
        write!(f, "{name:<25} {ours:<13} {floor:<14} {:<7.2} {goal:<9} {result}", self.ratio())
    }
}

/// The value below which so many of a hundred lie, in milliseconds.
pub(crate) fn percentile_ms(times: &[Duration], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}

/// The one in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
