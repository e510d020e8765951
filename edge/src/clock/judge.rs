//! What to believe of a clock: a judgement on what it shows and how long the machine has run.
//!
//! Reading clocks and files stands in the module above.

use std::time::Duration;

use edge_core::number::ClockReading;
use jiff::{SignedDuration, Timestamp};

/// No box of ours ran before this instant: 2026-11-01.
const FLOOR: Timestamp = Timestamp::constant(1_793_491_200, 0);
/// A clock that leaves the machine's running time by more than this was set, not slewed. It is also the most
/// that a clock may be behind the last fact.
const JUMP_MAX: SignedDuration = SignedDuration::from_mins(10);
/// A clock this far ahead of the last fact is rather broken than right: a shop that closed for longer asks a
/// person. Believing it would keep the shop in a day to come.
const CLOSED_MAX: SignedDuration = SignedDuration::from_hours(14 * 24);
/// A new box is not older than this program by more than this.
const PROGRAM_LIFE_MAX: SignedDuration = SignedDuration::from_hours(20 * 365 * 24);
/// A person looks at the time shown, and taps, within this.
const LOOK_MAX: SignedDuration = SignedDuration::from_mins(1);
/// Less than this, and a thousandth of the time between two readings, is slewing.
const STEP_MIN: SignedDuration = SignedDuration::from_secs(1);

/// Why a person's word is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BeliefError {
    /// What the person has seen is not what the clock shows now.
    #[error("the clock shows {shows}")]
    Differs {
        /// What it shows.
        shows: Timestamp,
    },
    /// No box of ours ran at that time.
    #[error("the clock shows {shows}, before this program was built")]
    BeforeProgram {
        /// What it shows.
        shows: Timestamp,
    },
}

/// Both clocks of the machine at one instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    /// Since it was started, sleep included.
    pub(super) uptime: Duration,
    /// The time of day, right or wrong.
    pub(super) wall: Timestamp,
}

/// What was made of a reading.
#[derive(Debug)]
pub(super) struct Judgement {
    /// The time to go by.
    pub(super) reading: ClockReading,
    /// By how much the clock was set since the last reading.
    pub(super) step: Option<SignedDuration>,
}

/// Where the knowledge of the time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// It cannot be before the program was built.
    Program,
    /// It cannot be before the last fact.
    LastFact,
    /// The clock was believed in this run.
    Believed,
}

impl Basis {
    /// How far a clock may be from the time reckoned from this, backwards and forwards.
    fn allows(self, drift: SignedDuration) -> bool {
        match self {
            Self::Program => drift.is_positive() && drift <= PROGRAM_LIFE_MAX,
            Self::LastFact => drift >= -JUMP_MAX && drift <= CLOSED_MAX,
            Self::Believed => drift.abs() <= JUMP_MAX,
        }
    }
}

/// Judges one clock, reading by reading.
#[derive(Debug)]
pub(super) struct Judge {
    /// A time that was known …
    known: Shown,
    /// … and how.
    basis: Basis,
    seen: Option<Shown>,
    trusted: bool,
}

impl Judge {
    /// Begins with what the journal knows.
    pub(super) fn new(uptime: Duration, last_at: Option<Timestamp>) -> Self {
        let basis = if last_at.is_some() { Basis::LastFact } else { Basis::Program };
        let wall = last_at.map_or(FLOOR, |last_at| last_at.max(FLOOR));
        Self { known: Shown { uptime, wall }, basis, seen: None, trusted: true }
    }

    /// Whether the last reading was believed.
    pub(super) fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// Judges a reading. `synchronised_at` is when the operating system last put this clock right; it is asked
    /// only when it matters.
    pub(super) fn judge(
        &mut self,
        shown: Shown,
        synchronised_at: impl FnOnce() -> Option<Timestamp>,
    ) -> Judgement {
        let step = self.seen.replace(shown).and_then(|before| step(before, shown));
        let reckoned = reckon(self.known, shown.uptime);
        self.trusted = shown.wall >= FLOOR
            && (self.basis.allows(shown.wall.duration_since(reckoned))
                || synchronised_at().is_some_and(|at| self.is_news(at, shown)));
        if self.trusted {
            (self.known, self.basis) = (shown, Basis::Believed);
        }
        let at = if self.trusted { shown.wall } else { reckoned };
        Judgement { reading: ClockReading { at, trusted: self.trusted }, step }
    }

    /// Takes a person's word that the time they have seen is right. Errors: [`BeliefError`].
    pub(super) fn believe(&mut self, shown: Shown, seen: Timestamp) -> Result<(), BeliefError> {
        let shows = shown.wall;
        if shows.duration_since(seen).abs() > LOOK_MAX {
            return Err(BeliefError::Differs { shows });
        }
        if shows < FLOOR {
            return Err(BeliefError::BeforeProgram { shows });
        }
        (self.known, self.basis, self.trusted) = (shown, Basis::Believed, true);
        Ok(())
    }

    /// Whether the clock was put right after it was last believed. An older synchronisation, or one by another
    /// setting of the clock, says nothing of what it shows now.
    fn is_news(&self, synchronised_at: Timestamp, shown: Shown) -> bool {
        let believed = match self.basis {
            Basis::Program | Basis::LastFact => Duration::ZERO,
            Basis::Believed => self.known.uptime,
        };
        let age = shown.wall.duration_since(synchronised_at);
        age >= -STEP_MIN && age <= signed(shown.uptime.saturating_sub(believed)).saturating_add(STEP_MIN)
    }
}

/// What time it is if `known` was right.
fn reckon(known: Shown, uptime: Duration) -> Timestamp {
    let passed = signed(uptime.saturating_sub(known.uptime));
    let reckoned = known.wall.checked_add(passed).unwrap_or(Timestamp::MAX);
    Timestamp::from_millisecond(reckoned.as_millisecond()).unwrap_or(reckoned)
}

fn step(before: Shown, now: Shown) -> Option<SignedDuration> {
    let passed = signed(now.uptime.saturating_sub(before.uptime));
    let step = now.wall.duration_since(before.wall).saturating_sub(passed);
    (step.abs() > STEP_MIN.saturating_add(passed / 1000)).then_some(step)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use edge_core::number::{DayRule, Numbering, PROVISIONAL_DAY};
    use jiff::civil::Time;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;
    use shared::quantity::{BusinessDay, OrderNumber};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    /// A machine that has run for so many minutes shows this time.
    fn shows(uptime: u64, wall: &str) -> Shown {
        Shown { uptime: minutes(uptime), wall: at(wall) }
    }

    /// A judge whose operating system synchronises nothing.
    fn alone(judge: &mut Judge, shown: Shown) -> ClockReading {
        judge.judge(shown, || None).reading
    }

    /// One that has believed ten o'clock at its first minute.
    fn believing() -> Judge {
        let mut judge = Judge::new(minutes(1), None);
        assert!(alone(&mut judge, shows(1, "2026-11-22T10:00:00Z")).trusted);
        judge
    }

    #[test]
    fn k2_a_new_box_goes_by_the_age_of_the_program_until_it_learns_the_time() {
        let mut judge = Judge::new(minutes(1), None);
        let reading = alone(&mut judge, shows(3, "1970-01-01T00:03:00Z"));
        assert_eq!(reading, ClockReading { at: at("2026-11-01T00:02:00Z"), trusted: false });
        let reading = alone(&mut judge, shows(4, "2026-11-22T10:00:00Z"));
        assert_eq!(reading, ClockReading { at: at("2026-11-22T10:00:00Z"), trusted: true });
    }

    #[test]
    fn k2_a_box_without_a_battery_goes_on_after_its_last_fact() {
        let mut judge = Judge::new(minutes(1), Some(at("2026-11-22T10:00:00Z")));
        let reading = alone(&mut judge, shows(31, "1970-01-01T00:31:00Z"));
        assert_eq!(reading, ClockReading { at: at("2026-11-22T10:30:00Z"), trusted: false });
        assert!(alone(&mut judge, shows(32, "2026-11-22T12:00:00Z")).trusted, "it learns the time");
    }

    #[test]
    fn k2_a_start_is_believed_after_the_last_fact_and_not_long_after() {
        for (shown, trusted) in [
            ("2026-11-22T09:49:00Z", false),
            ("2026-11-22T09:51:00Z", true),
            ("2026-11-22T18:59:59Z", true),
            ("2026-11-22T19:00:00Z", true),
            ("2026-12-05T10:00:00Z", true),
            ("2026-12-07T10:00:00Z", false),
            ("2031-01-01T00:00:00Z", false),
        ] {
            let mut judge = Judge::new(minutes(1), Some(at("2026-11-22T10:00:00Z")));
            assert_eq!(alone(&mut judge, shows(1, shown)).trusted, trusted, "{shown}");
        }
    }

    #[test]
    fn k2_a_jump_is_not_believed_and_a_slew_is() {
        for (shown, trusted) in [
            ("2026-11-22T10:01:02Z", true),
            ("2026-11-22T10:10:00Z", true),
            ("2026-11-22T11:01:00Z", false),
            ("2026-11-22T09:01:00Z", false),
            ("2026-11-23T10:01:00Z", false),
            ("2026-11-21T10:01:00Z", false),
            ("2026-11-25T10:01:00Z", false),
            ("1970-01-01T00:00:00Z", false),
        ] {
            let mut judge = believing();
            let reading = alone(&mut judge, shows(2, shown));
            assert_eq!(reading.trusted, trusted, "{shown}");
            let goes_by = if trusted { shown } else { "2026-11-22T10:01:00Z" };
            assert_eq!(reading.at, at(goes_by), "the time that has passed: {shown}");
            assert!(alone(&mut judge, shows(3, "2026-11-22T10:02:00Z")).trusted, "put right again");
        }
    }

    #[test]
    fn k2_a_night_without_orders_and_a_machine_that_slept_are_believed() {
        let mut judge = believing();
        assert!(alone(&mut judge, shows(1 + 12 * 60, "2026-11-22T22:00:05Z")).trusted);
    }

    #[test]
    fn k2_a_jump_is_believed_once_the_operating_system_has_synchronised_after_it() {
        for (synchronised, trusted) in [
            (None, false),
            (Some("2026-11-22T09:59:00Z"), false),
            (Some("2026-11-22T10:00:30Z"), false),
            (Some("2026-11-25T09:59:00Z"), false),
            (Some("2026-11-25T10:00:30Z"), true),
            (Some("2026-11-25T10:02:00Z"), false),
        ] {
            let mut judge = believing();
            let judged = judge.judge(shows(2, "2026-11-25T10:01:00Z"), || synchronised.map(at));
            assert_eq!(judged.reading.trusted, trusted, "{synchronised:?}");
        }
        let mut judge = believing();
        let judged = judge.judge(shows(2, "1970-01-01T00:01:00Z"), || Some(at("1970-01-01T00:01:00Z")));
        assert!(!judged.reading.trusted, "nobody synchronises to that");
    }

    #[test]
    fn k2_a_start_is_believed_when_the_operating_system_has_synchronised_since_the_machine_started() {
        for (synchronised, trusted) in [("2027-06-01T09:01:00Z", true), ("2027-05-31T09:00:00Z", false)] {
            let mut judge = Judge::new(minutes(60), Some(at("2026-11-22T10:00:00Z")));
            let judged = judge.judge(shows(60, "2027-06-01T10:00:00Z"), || Some(at(synchronised)));
            assert_eq!(judged.reading.trusted, trusted, "{synchronised}");
        }
    }

    #[test]
    fn k2_a_person_who_sees_the_right_time_is_believed() {
        let mut judge = believing();
        let jumped = shows(2, "2026-11-25T10:01:00Z");
        assert!(!alone(&mut judge, jumped).trusted);
        let seen_before = judge.believe(jumped, at("2026-11-25T09:59:59Z"));
        assert_eq!(seen_before, Err(BeliefError::Differs { shows: jumped.wall }));
        assert!(!judge.is_trusted(), "a refusal changes nothing");
        assert_eq!(judge.believe(jumped, at("2026-11-25T10:00:20Z")), Ok(()));
        let reading = alone(&mut judge, shows(3, "2026-11-25T10:02:00Z"));
        assert_eq!(reading, ClockReading { at: at("2026-11-25T10:02:00Z"), trusted: true });
        let in_1970 = shows(4, "1970-01-01T00:00:00Z");
        let nonsense = judge.believe(in_1970, in_1970.wall);
        assert_eq!(nonsense, Err(BeliefError::BeforeProgram { shows: in_1970.wall }));
    }

    #[test]
    fn k2_each_step_is_noticed_once() {
        let mut judge = believing();
        let mut step = |uptime, wall| judge.judge(shows(uptime, wall), || None).step;
        assert_eq!(step(2, "2026-11-22T10:01:00Z"), None);
        assert_eq!(step(3, "2026-11-22T10:02:00.5Z"), None, "slewing");
        assert_eq!(
            step(4, "2026-11-22T10:05:00.5Z"),
            Some(SignedDuration::from_mins(2)),
            "small enough to believe"
        );
        assert_eq!(step(5, "2026-11-25T10:06:00.5Z"), Some(SignedDuration::from_hours(72)));
        assert_eq!(step(6, "2026-11-25T10:07:00.5Z"), None);
        assert_eq!(step(7, "2026-11-22T10:08:00.5Z"), Some(SignedDuration::from_hours(-72)));
    }

    /// What can happen to a box and its clock.
    #[derive(Debug, Clone)]
    enum Event {
        /// Minutes pass.
        Pass(u64),
        /// Somebody, or something, sets the clock: minutes off the true time.
        Set(i64),
        /// The power comes back: the clock is minutes off the true time.
        Boot(i64),
        /// … or the machine has no battery.
        BootIn1970,
        /// The program alone starts again.
        Restart,
        /// The operating system puts the clock right.
        Synchronise,
        /// A person says that the clock is right.
        Confirm,
        /// An order is taken.
        Order,
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let offset = || prop_oneof![Just(0), -90_i64..90, -5000_i64..5000, Just(1440), Just(-1440)];
        let event = prop_oneof![
            4 => (1_u64..700).prop_map(Event::Pass),
            1 => offset().prop_map(Event::Set),
            1 => offset().prop_map(Event::Boot),
            1 => Just(Event::BootIn1970),
            1 => Just(Event::Restart),
            1 => Just(Event::Synchronise),
            1 => Just(Event::Confirm),
            8 => Just(Event::Order),
        ];
        prop::collection::vec(event, 1..120)
    }

    /// A box in a world where the true time is known.
    struct World {
        truth: Timestamp,
        uptime: Duration,
        /// What the clock shows beyond the truth.
        off: SignedDuration,
        synchronised_at: Option<Timestamp>,
        judge: Judge,
        rule: DayRule,
        given: Vec<(BusinessDay, OrderNumber)>,
        last_at: Option<Timestamp>,
    }

    impl World {
        fn new() -> Self {
            let rule = DayRule {
                zone: TimeZone::get("Europe/Athens").expect("a zone"),
                begins_at: Time::constant(3, 0, 0, 0),
            };
            let (uptime, off) = (minutes(0), SignedDuration::ZERO);
            Self {
                truth: at("2027-03-27T18:00:00Z"),
                uptime,
                off,
                synchronised_at: None,
                judge: Judge::new(uptime, None),
                rule,
                given: Vec::new(),
                last_at: None,
            }
        }

        fn shown(&self) -> Shown {
            Shown { uptime: self.uptime, wall: self.truth.checked_add(self.off).expect("in range") }
        }

        fn numbering(&self) -> Numbering {
            Numbering::after(self.given.last().copied())
        }

        fn boot(&mut self, off: SignedDuration) {
            (self.uptime, self.off, self.synchronised_at) = (minutes(1), off, None);
            self.restart();
        }

        fn restart(&mut self) {
            let last_at = self.last_at.filter(|_| self.numbering().knows_the_day());
            self.judge = Judge::new(self.uptime, last_at);
        }

        fn read(&mut self) -> ClockReading {
            let (shown, synchronised_at) = (self.shown(), self.synchronised_at);
            self.judge.judge(shown, || synchronised_at).reading
        }

        fn order(&mut self) {
            let reading = self.read();
            let mut numbering = self.numbering();
            let (day, number) = numbering.next(&self.rule, reading);
            // As the journal has it: what was given last, and when.
            numbering.given(day, number);
            self.given.push((day, number));
            self.last_at = Some(reading.at);
        }

        fn happens(&mut self, event: &Event) {
            match event {
                Event::Pass(passed) => {
                    self.truth += minutes(*passed);
                    self.uptime += minutes(*passed);
                }
                Event::Set(off) => self.off = SignedDuration::from_mins(*off),
                Event::Boot(off) => self.boot(SignedDuration::from_mins(*off)),
                Event::BootIn1970 => self.boot(Timestamp::UNIX_EPOCH.duration_since(self.truth)),
                Event::Restart => self.restart(),
                Event::Synchronise => {
                    self.off = SignedDuration::ZERO;
                    self.synchronised_at = Some(self.truth);
                    assert!(self.read().trusted, "a clock that was just synchronised");
                }
                Event::Confirm => {
                    let shown = self.shown();
                    let believed = self.judge.believe(shown, shown.wall).is_ok();
                    assert_eq!(believed, shown.wall >= FLOOR);
                }
                Event::Order => self.order(),
            }
        }
    }

    proptest! {
        #[test]
        fn k2_whatever_happens_to_the_clock_no_number_repeats_or_skips_and_no_day_comes_back(
            events in events()
        ) {
            let mut world = World::new();
            events.iter().for_each(|event| world.happens(event));
            if let Some((_, first)) = world.given.first() {
                prop_assert_eq!(*first, OrderNumber::FIRST);
            }
            for pair in world.given.windows(2) {
                let [(before, last), (day, number)] = [pair[0], pair[1]];
                prop_assert!(day >= before);
                let goes_on = day == before || before == PROVISIONAL_DAY;
                prop_assert_eq!(number, if goes_on { last.next() } else { OrderNumber::FIRST });
            }
        }

        #[test]
        fn k2_however_often_a_box_boots_in_1970_its_days_are_true_as_soon_as_it_knows_the_time(
            events in events()
        ) {
            let mut world = World::new();
            // Nobody sets this clock wrongly; it only forgets.
            let honest = |event: &&Event| !matches!(event, Event::Set(_) | Event::Boot(_) | Event::Confirm);
            for event in events.iter().filter(honest) {
                world.happens(event);
                let truth = world.rule.day_of(world.truth);
                if let (Event::Order, Some((day, _))) = (event, world.given.last()) {
                    prop_assert!(*day <= truth);
                    prop_assert!(*day == truth || !world.judge.is_trusted());
                }
            }
        }
    }
}
