//! How long dishes take: percentiles of what was made, and the target that they suggest.

use std::collections::BTreeMap;

/// Fewer lines than this say little about a dish.
const LINES_FOR_A_TARGET: usize = 20;
/// A target that eight in ten lines keep: most guests are served in time, and the kitchen is not always red.
const TARGET_PERCENT: usize = 80;
/// Targets are whole half-minutes.
const TARGET_STEP_S: u32 = 30;

/// Seconds that some lines waited, from when they were due to when they were ready. Never of no line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits(Vec<u32>);

impl Waits {
    /// Lines with a key, gathered by it.
    pub fn by<Key: Ord>(lines: impl IntoIterator<Item = (Key, u32)>) -> BTreeMap<Key, Self> {
        let mut gathered: BTreeMap<Key, Self> = BTreeMap::new();
        for (key, wait_s) in lines {
            gathered.entry(key).or_insert_with(|| Self(Vec::new())).0.push(wait_s);
        }
        for waits in gathered.values_mut() {
            waits.0.sort_unstable();
        }
        gathered
    }

    /// Lines.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest wait in seconds that at least `percent` of the lines kept.
    pub fn percentile_s(&self, percent: usize) -> u32 {
        let rank = (self.count() * percent).div_ceil(100);
        self.0[rank.clamp(1, self.count()) - 1]
    }

    /// The target in seconds that these lines suggest. `None` while they are too few.
    pub fn suggested_target_s(&self) -> Option<u32> {
        let kept = self.percentile_s(TARGET_PERCENT).max(1);
        (self.count() >= LINES_FOR_A_TARGET)
            .then(|| kept.div_ceil(TARGET_STEP_S).saturating_mul(TARGET_STEP_S))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn of(waits: impl IntoIterator<Item = u32>) -> Waits {
        Waits::by(waits.into_iter().map(|wait_s| ((), wait_s))).remove(&()).expect("at least one line")
    }

    #[test]
    fn a_percentile_is_a_wait_that_was_measured() {
        let ten = of((1..=10).rev().map(|n| n * 60));
        assert_eq!(
            [0, 1, 50, 51, 90, 91, 100].map(|p| ten.percentile_s(p)),
            [60, 60, 300, 360, 540, 600, 600]
        );
        assert_eq!(of([7]).percentile_s(90), 7);
    }

    #[test]
    fn a_target_is_suggested_from_twenty_lines_and_in_half_minutes() {
        assert_eq!(of([100; 19]).suggested_target_s(), None);
        assert_eq!(of([100; 20]).suggested_target_s(), Some(120));
        assert_eq!(of([120; 20]).suggested_target_s(), Some(120));
        assert_eq!(of([0; 20]).suggested_target_s(), Some(30));
        // Sixteen of twenty are eight in ten: the four slow ones do not count.
        assert_eq!(of((0..16).map(|_| 290).chain([9_000; 4])).suggested_target_s(), Some(300));
    }

    #[test]
    fn lines_are_gathered_by_their_key() {
        let gathered = Waits::by([("b", 3), ("a", 9), ("b", 1)]);
        assert_eq!(gathered.into_iter().collect::<Vec<_>>(), [("a", of([9])), ("b", of([1, 3]))]);
    }

    proptest! {
        #[test]
        fn enough_lines_keep_a_percentile_and_no_shorter_wait_would_do(
            waits in vec(0..5_000_u32, 1..200), percent in 1..=100_usize
        ) {
            let within = of(waits.clone()).percentile_s(percent);
            let kept = |limit: u32| waits.iter().filter(|wait| **wait <= limit).count() * 100;
            prop_assert!(kept(within) >= waits.len() * percent);
            prop_assert!(within == 0 || kept(within - 1) < waits.len() * percent);
        }

        #[test]
        fn eight_in_ten_keep_the_suggested_target(waits in vec(0..5_000_u32, 20..200)) {
            let target = of(waits.clone()).suggested_target_s().expect("enough lines");
            let kept = waits.iter().filter(|wait| **wait <= target).count();
            prop_assert!(kept * 100 >= waits.len() * 80 && target % 30 == 0 && target > 0);
        }
    }
}
