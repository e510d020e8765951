//! Dice whose seed is printed, so that a run that failed can be had again: `CHUANCAI_SEED=…`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A small generator (SplitMix64): good enough to choose moments and orders, and nothing secret.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From `CHUANCAI_SEED`, or else from the clock. Says which on standard output.
    pub fn cast(what_for: &str) -> Self {
        let given = std::env::var("CHUANCAI_SEED").ok().and_then(|text| text.parse().ok());
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let seed = given.unwrap_or(u64::from(since_1970.subsec_nanos()) ^ since_1970.as_secs());
        println!("{what_for}: CHUANCAI_SEED={seed}");
        Self(seed)
    }

    /// Dice of their own for one of several players, so that each has the same luck at every repeat.
    pub fn of_player(&self, player: u64) -> Self {
        Self(self.0 ^ (player + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `limit - 1`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    /// True in so many of a hundred cases.
    pub fn in_a_hundred(&mut self, cases: u64) -> bool {
        self.below(100) < cases
    }

    /// An id of a request, version 4.
    pub fn uuid(&mut self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(
            (u128::from(self.roll()) << 64 | u128::from(self.roll())).to_ne_bytes(),
        )
        .into_uuid()
    }

    /// A span of time between the two.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let room_us =
            u64::try_from((most - least).as_micros()).expect("a test waits less than 584,000 years");
        least + Duration::from_micros(self.below(room_us))
    }
}
