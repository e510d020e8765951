//! A cloud in a bottle: the real rules, with a clock, a disk, a network, clients, a carrier and a payment provider that
//! are played by dice. One seed is one world, always the same again; how much of which trouble it has is diced, too.
//!
//! In every world a naive model must agree after each commit, and an outside ledger counts what the carrier was
//! asked. Then the faults stop, and every message and every purchase must come to its end, with books that balance.
//!
//! `CHUANCAI_SEED=n` plays one world; `CHUANCAI_SEEDS=n` says how many. Deliberately absent: threads, sockets and
//! files, which `kill_ledger` of the harness attacks with the real programs.

mod agenda;
mod carrier;
mod client;
mod luck;
mod model;
mod model_messages;
mod model_purchases;
mod outside;
mod till;
mod told;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{SystemTime, UNIX_EPOCH};

use told::Told;
use world::World;

/// Worlds in an ordinary run of the tests.
const WORLDS: u64 = 2_000;

#[test]
fn s10_s13_in_every_world_the_model_agrees_and_every_message_comes_to_its_end() {
    let (first, worlds) = match number("CHUANCAI_SEED") {
        Some(seed) => (seed, number("CHUANCAI_SEEDS").unwrap_or(1)),
        None => (fresh(), number("CHUANCAI_SEEDS").unwrap_or(WORLDS)),
    };
    let mut told = Told::default();
    for seed in (first..).take(usize::try_from(worlds).expect("so many would never end")) {
        match catch_unwind(AssertUnwindSafe(|| World::of(seed).play())) {
            Ok(of_this) => told.add(of_this),
            Err(cause) => {
                println!("this world again: CHUANCAI_SEED={seed}");
                resume_unwind(cause)
            }
        }
    }
    println!("CHUANCAI_SEED={first} CHUANCAI_SEEDS={worlds}: {told:?}");
    if worlds >= WORLDS {
        assert!(told.saw_every_trouble(), "troubles that never come prove nothing: {told:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    assert_eq!(World::of(7).play(), World::of(7).play());
}

#[expect(clippy::disallowed_methods, reason = "the tester chooses the worlds; the core is told everything")]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number of worlds"))
}

/// Other worlds in every run: a bug that a thousand worlds miss meets other thousands tomorrow.
#[expect(clippy::disallowed_methods, reason = "the dice of the test are cast by the clock, once")]
fn fresh() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    u64::from(since_1970.subsec_micros()) << 16 ^ since_1970.as_secs()
}
