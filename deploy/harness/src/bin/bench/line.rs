//! A line of the table, and the two figures that describe a run.

use std::fmt;
use std::time::Duration;

/// Above the lines.
pub(crate) const HEADING: &str =
    "row                         ours          floor or peer  ratio   goal       result";

/// What a row must reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// Ours is at most so many times the floor.
    TimesAtMost(f64),
    /// Ours is at least so many times the floor.
    TimesAtLeast(f64),
    /// Ours is at most this, in its own unit, whatever stands beside it.
    AtMost(f64),
}

/// One measured figure, beside its floor or peer if it has one.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    pub(crate) beside: Option<f64>,
    pub(crate) goal: Goal,
}

impl Line {
    pub(crate) fn is_met(&self) -> bool {
        match self.goal {
            Goal::TimesAtMost(times) => self.ratio().is_some_and(|ratio| ratio <= times),
            Goal::TimesAtLeast(times) => self.ratio().is_some_and(|ratio| ratio >= times),
            Goal::AtMost(most) => self.ours <= most,
        }
    }

    fn ratio(&self) -> Option<f64> {
        self.beside.map(|beside| self.ours / beside)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unit, ours, beside, goal } = self;
        let digits = if *ours < 1_000.0 { 2 } else { 0 };
        let figure = |figure: f64| format!("{figure:.digits$} {unit}");
        let (ours, beside) = (figure(*ours), beside.map_or("-".to_owned(), figure));
        let ratio = self.ratio().map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        let goal = match goal {
            Goal::TimesAtMost(times) => format!("≤ {times} ×"),
            Goal::TimesAtLeast(times) => format!("≥ {times} ×"),
            Goal::AtMost(most) => format!("≤ {most} {unit}"),
        };
        let result = if self.is_met() { "met" } else { "short" };
        write!(f, "{name:<27} {ours:<13} {beside:<14} {ratio:<7} {goal:<10} {result}")
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
