//! A line of the table: ours, what stands beside it, and the goal.

use std::fmt;
use std::time::Duration;

/// Above the lines.
pub(crate) const HEADING: &str =
    "row                                                   ours         beside      ratio  goal      result";

/// What a row must reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// Ours is at least so many times the other: a rate.
    More(f64),
    /// The other is at least so many times ours: a time.
    Less(f64),
    /// Ours is at most so many times the other: a time.
    AtMost(f64),
}

/// One measured figure beside another.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    pub(crate) beside: f64,
    pub(crate) goal: Goal,
}

impl Line {
    pub(crate) fn is_met(&self) -> bool {
        match self.goal {
            Goal::More(times) | Goal::Less(times) => self.ratio() >= times,
            Goal::AtMost(times) => self.ratio() <= times,
        }
    }

    fn ratio(&self) -> f64 {
        match self.goal {
            Goal::More(_) | Goal::AtMost(_) => self.ours / self.beside,
            Goal::Less(_) => self.beside / self.ours,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unit, ours, beside, goal } = self;
        let figure = |figure: f64| {
            let digits = if figure < 100.0 { 1 } else { 0 };
            format!("{figure:.digits$} {unit}")
        };
        let goal = match goal {
            Goal::More(times) | Goal::Less(times) => format!("≥ {times} ×"),
            Goal::AtMost(times) => format!("≤ {times} ×"),
        };
        let (ours, beside, ratio) = (figure(*ours), figure(*beside), self.ratio());
        let result = if self.is_met() { "met" } else { "short" };
        write!(f, "{name:<52} {ours:>10} {beside:>12} {ratio:>10.2}  {goal:<9} {result}")
    }
}

/// The one in the middle.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The time below which such a share of them lies, in milliseconds.
pub(crate) fn at_ms(sorted: &[Duration], share: f64) -> f64 {
    let place = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}
