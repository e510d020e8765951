//! The uplink in bad weather: cuts, losses, doubles, reordering, a restored cloud. When the weather clears the
//! cloud has every fact once and in order, and the box knows it.

use std::time::Duration;

use edge_core::uplink::{Sending, Uplink};
use proptest::prelude::*;
use shared::sync::Ack;

use crate::uplink::{ack, gap, seconds};

/// Stories in a run; `PROPTEST_CASES` raises it.
const STORIES_MIN: u32 = 2_000;
/// Facts in a batch: few, so that a short run has many batches.
const BATCH_FACTS: u64 = 5;

#[derive(Debug, Clone)]
enum Weather {
    /// The journal grows.
    Grow(u64),
    /// Time passes; the box looks at its timers.
    Pass(u64),
    /// A message to the cloud, or to the box, arrives. Which one is the broker's whim.
    ArriveUp(usize),
    ArriveDown(usize),
    /// It arrives, and will arrive once more.
    TwiceUp(usize),
    TwiceDown(usize),
    LoseUp(usize),
    LoseDown(usize),
    Cut,
    Connect,
    /// The cloud is set back to a copy of earlier.
    Restore(u64),
}

fn weather() -> impl Strategy<Value = Weather> {
    let which = || 0_usize..8;
    prop_oneof![
        2 => (1_u64..6).prop_map(Weather::Grow),
        3 => (1_u64..30).prop_map(Weather::Pass),
        6 => which().prop_map(Weather::ArriveUp),
        6 => which().prop_map(Weather::ArriveDown),
        2 => which().prop_map(Weather::TwiceUp),
        2 => which().prop_map(Weather::TwiceDown),
        1 => which().prop_map(Weather::LoseUp),
        1 => which().prop_map(Weather::LoseDown),
        1 => Just(Weather::Cut),
        2 => Just(Weather::Connect),
        1 => (0_u64..20).prop_map(Weather::Restore),
    ]
}

#[derive(Debug, Clone, Copy)]
enum Up {
    Hello,
    Batch { from: u64, to: u64 },
}

/// A batch that the box has handed over and has neither an answer to nor lost patience with.
struct Out {
    to: u64,
    since: Duration,
}

struct World {
    now: Duration,
    connected: bool,
    answered: bool,
    journal: u64,
    uplink: Uplink,
    out: Option<Out>,
    up: Vec<Up>,
    down: Vec<Ack>,
    cloud: Vec<u64>,
}

impl World {
    fn new() -> Self {
        Self {
            now: seconds(0),
            connected: false,
            answered: false,
            journal: 0,
            uplink: Uplink::new(0, 0),
            out: None,
            up: Vec::new(),
            down: Vec::new(),
            cloud: Vec::new(),
        }
    }

    fn happens(&mut self, weather: &Weather) {
        match weather {
            Weather::Grow(facts) => {
                self.journal += facts;
                let sending = self.uplink.grown(self.journal);
                self.sends(sending);
            }
            Weather::Pass(passed) => self.passes(*passed),
            Weather::ArriveUp(which) => {
                if let Some(up) = taken(&mut self.up, *which) {
                    self.reaches_cloud(up);
                }
            }
            Weather::ArriveDown(which) => {
                if let Some(ack) = taken(&mut self.down, *which) {
                    self.reaches_box(&ack);
                }
            }
            Weather::TwiceUp(which) => {
                if let Some(up) = self.up.get(*which).copied() {
                    self.reaches_cloud(up);
                }
            }
            Weather::TwiceDown(which) => {
                if let Some(ack) = self.down.get(*which).cloned() {
                    self.reaches_box(&ack);
                }
            }
            Weather::LoseUp(which) => {
                taken(&mut self.up, *which);
            }
            Weather::LoseDown(which) => {
                taken(&mut self.down, *which);
            }
            Weather::Cut => {
                self.uplink.disconnected();
                (self.connected, self.out) = (false, None);
            }
            Weather::Connect => {
                let hello = self.uplink.connected(self.now);
                (self.connected, self.answered, self.out) = (true, false, None);
                self.sends(Some(hello));
            }
            Weather::Restore(have) => self.cloud.truncate(usize::try_from(*have).expect("small")),
        }
    }

    fn passes(&mut self, passed: u64) {
        self.now += seconds(passed);
        let sending = self.uplink.tick(self.now);
        self.sends(sending);
    }

    fn sends(&mut self, sending: Option<Sending>) {
        let Some(sending) = sending else { return };
        assert!(self.connected, "{sending:?} without a connection");
        let Sending::BatchFrom(from) = sending else {
            return self.up.push(Up::Hello);
        };
        assert!(self.answered, "a batch before the answer to the hello");
        assert!(from <= self.journal && from == self.uplink.acked() + 1, "from {from} of {}", self.journal);
        if let Some(out) = &self.out {
            assert!(
                self.now - out.since >= seconds(5),
                "two batches at once: {from} while up to {} is out",
                out.to
            );
        }
        let to = self.journal.min(from + BATCH_FACTS - 1);
        self.uplink.sent(self.now, to);
        self.out = Some(Out { to, since: self.now });
        self.up.push(Up::Batch { from, to });
    }

    /// The cloud keeps what follows and answers with what it has.
    fn reaches_cloud(&mut self, up: Up) {
        let have = self.cloud.len() as u64;
        self.down.push(match up {
            Up::Batch { from, .. } if from > have + 1 => gap(have),
            Up::Batch { to, .. } => {
                self.cloud.extend(have + 1..=to);
                ack(self.cloud.len() as u64)
            }
            Up::Hello => ack(have),
        });
    }

    fn reaches_box(&mut self, ack: &Ack) {
        if self.out.as_ref().is_some_and(|out| ack.gap || ack.have >= out.to) {
            self.out = None;
        }
        self.answered |= self.connected;
        let sending = self.uplink.heard(ack);
        self.sends(sending);
    }

    /// Fair weather: what is under way arrives, last things first; then whatever the box says is heard.
    fn clears_up(&mut self) {
        self.happens(&Weather::Connect);
        for _ in 0..1_000 {
            while let Some(up) = self.up.pop() {
                self.reaches_cloud(up);
            }
            while let Some(ack) = self.down.pop() {
                self.reaches_box(&ack);
            }
            if self.up.is_empty() && self.uplink.unsent() == 0 {
                return;
            }
            self.passes(60);
        }
        panic!("the box never comes to rest: {:?}", self.uplink);
    }
}

/// One of the messages under way.
fn taken<T>(under_way: &mut Vec<T>, which: usize) -> Option<T> {
    let at = which.checked_rem(under_way.len())?;
    Some(under_way.remove(at))
}

fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(STORIES_MIN), ..asked }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn m8_after_any_weather_the_cloud_has_every_fact_once_and_in_order(
        story in prop::collection::vec(weather(), 0..120)
    ) {
        let mut world = World::new();
        for weather in &story {
            world.happens(weather);
            prop_assert!(world.uplink.acked() + world.uplink.unsent() == world.journal);
        }
        world.clears_up();
        let everything: Vec<u64> = (1..=world.journal).collect();
        prop_assert_eq!(&world.cloud, &everything);
        prop_assert_eq!(world.uplink.acked(), world.journal);
    }
}
