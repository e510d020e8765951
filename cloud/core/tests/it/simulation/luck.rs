//! Dice, and how much of which trouble a world has. Not every world has every trouble: what two faults hide
//! together, one alone shows.

use cloud_core::dispatch::Rules;
use cloud_core::sms::Patience;
use fastrand::Rng;
use jiff::SignedDuration;

/// A minute, in the world's milliseconds.
pub(super) const MINUTE: i64 = 60_000;
/// An hour.
pub(super) const HOUR: i64 = 60 * MINUTE;

/// The dice of one world, and its parameters. Shares are of a hundred.
#[derive(Debug, Clone)]
pub(super) struct Luck {
    dice: Rng,
    /// Four hours before the ledger's midnight, minutes before it, or at noon: advertising waits until that midnight.
    pub(super) begins: &'static str,
    pub(super) brands: usize,
    pub(super) clients: usize,
    pub(super) hands: usize,
    pub(super) verification_hands: usize,
    /// Between two steps of a client at most.
    pub(super) gap_ms: i64,
    /// Between two looks of the worker at most, while nothing is kept.
    pub(super) look_ms: i64,
    /// Between two questions to the clock at most.
    pub(super) tidy_ms: i64,
    /// How long the clients go on.
    pub(super) span_ms: i64,
    pub(super) package_units_max: u64,
    /// How long what has ended is at hand: to the end of every world, or not.
    pub(super) at_hand_h: i64,
    pub(super) messages: u32,
    pub(super) crash: u32,
    pub(super) disk_full: u32,
    pub(super) answer_lost: u32,
    pub(super) said_twice: u32,
    pub(super) refuses: u32,
    pub(super) busy: u32,
    pub(super) takes_silently: u32,
    pub(super) drops_some: u32,
    pub(super) breaks_off: u32,
    pub(super) receipt_early: u32,
    pub(super) receipt_late: u32,
    pub(super) receipt_never: u32,
    pub(super) receipt_twice: u32,
    pub(super) receipt_without_reference: u32,
    pub(super) receipt_of_nobody: u32,
    /// Whether receipts are fetched, or brought.
    pub(super) fetches: bool,
    pub(super) page_lost: u32,
    pub(super) place_refused: u32,
    pub(super) till_answer_lost: u32,
    pub(super) guest_late: u32,
    pub(super) paid_all_the_same: u32,
    pub(super) other_sum: u32,
    pub(super) notice_lost: u32,
    pub(super) refund_refused: u32,
    pub(super) clock_jumps: u32,
    /// Whether the carrier tells in the end what became of all it took.
    pub(super) carrier_tells_in_the_end: bool,
}

impl Luck {
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Rng::with_seed(seed);
        let span_ms = [10 * MINUTE, 8 * HOUR, 96 * HOUR][dice.usize(..3)];
        let begins =
            ["2026-11-22T20:00:00Z", "2026-11-22T23:57:00Z", "2026-11-22T04:00:00Z"][dice.usize(..3)];
        // Much, little, or none at all.
        let mut share = |most: u32| [0, most.div_ceil(8), most][dice.usize(..3)];
        Self {
            begins,
            crash: share(5),
            disk_full: share(4),
            answer_lost: share(20),
            said_twice: share(20),
            refuses: share(30),
            busy: share(50),
            takes_silently: share(40),
            drops_some: share(40),
            breaks_off: share(30),
            receipt_early: share(50),
            receipt_late: share(40),
            receipt_never: share(40),
            receipt_twice: share(40),
            receipt_without_reference: share(40),
            receipt_of_nobody: share(20),
            page_lost: share(20),
            place_refused: share(20),
            till_answer_lost: share(40),
            guest_late: share(50),
            paid_all_the_same: share(50),
            other_sum: share(20),
            notice_lost: share(60),
            refund_refused: share(60),
            clock_jumps: share(40),
            messages: 30 + share(60),
            fetches: dice.bool(),
            brands: dice.usize(1..4),
            clients: dice.usize(1..4),
            hands: dice.usize(1..6),
            verification_hands: dice.usize(..3),
            gap_ms: span_ms / 10,
            tidy_ms: span_ms / 8,
            look_ms: (span_ms / 100).clamp(2_000, 5 * MINUTE),
            span_ms,
            package_units_max: [8, 40, 100][dice.usize(..3)],
            at_hand_h: [40 * 24, 100][dice.usize(..2)],
            carrier_tells_in_the_end: dice.bool(),
            dice,
        }
    }

    /// What the cloud of this world goes by.
    pub(super) fn rules(&self) -> Rules {
        let at_hand = SignedDuration::from_hours(self.at_hand_h);
        Rules { patience: Patience { at_hand, ..Patience::default() }, ..Rules::default() }
    }

    /// No more trouble from now on.
    pub(super) fn heal(&mut self) {
        let shares = [
            &mut self.crash,
            &mut self.disk_full,
            &mut self.answer_lost,
            &mut self.said_twice,
            &mut self.refuses,
            &mut self.busy,
            &mut self.takes_silently,
            &mut self.drops_some,
            &mut self.breaks_off,
            &mut self.receipt_early,
            &mut self.receipt_late,
            &mut self.receipt_never,
            &mut self.receipt_twice,
            &mut self.receipt_without_reference,
            &mut self.receipt_of_nobody,
            &mut self.page_lost,
            &mut self.place_refused,
            &mut self.till_answer_lost,
            &mut self.guest_late,
            &mut self.paid_all_the_same,
            &mut self.other_sum,
            &mut self.notice_lost,
            &mut self.refund_refused,
            &mut self.clock_jumps,
        ];
        shares.into_iter().for_each(|share| *share = 0);
    }

    pub(super) fn strikes(&mut self, of_a_hundred: u32) -> bool {
        self.dice.u32(..100) < of_a_hundred
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.dice.u64(..limit)
    }

    pub(super) fn between_ms(&mut self, least: i64, most: i64) -> i64 {
        self.dice.i64(least..=most)
    }

    pub(super) fn one_of<T: Copy>(&mut self, choice: &[T]) -> T {
        choice[self.dice.usize(..choice.len())]
    }
}
