//! Where our time goes: the parts of a commit one after another, each alone, on the same commands.

use std::time::{Duration, Instant};

use anyhow::Context;
use chuancai_cloud::clock::Clock;
use chuancai_cloud::store::sqlite::SqliteStore;
use chuancai_cloud::store::{End, Store};
use cloud_core::dispatch::Rules;
use cloud_core::entry::Entry;
use cloud_core::state::State;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::ours::{brand, cycle, founding};

/// Cycles in one commit, as 512 clients bring them together.
const TOGETHER: usize = 512;
const COMMITS: usize = 200;

/// Prints microseconds of one step of a cycle, by part.
pub(crate) fn print() -> anyhow::Result<()> {
    let clock = Clock::new(TimeZone::UTC);
    let mut state = State::new(Rules::default());
    for command in founding(0) {
        state.carry_out(clock.now(), &command).context("a new brand")?;
    }
    let folder = tempfile::tempdir().context("making a folder")?;
    let (mut store, mut end) = (SqliteStore::open(folder.path())?, End::BEGINNING);
    let [mut rules, mut text, mut digest, mut kept] = [Duration::ZERO; 4];
    let (mut steps, mut bytes) = (0_u32, 0);
    for _ in 0..COMMITS {
        let numbers: Vec<_> = (0..TOGETHER).map(|_| Uuid::now_v7()).collect();
        for step in 0..3 {
            let commands: Vec<_> = numbers.iter().map(|id| cycle(brand(0), *id)[step].clone()).collect();
            let now = clock.now();
            let mut entries: Vec<Entry> = Vec::new();
            rules += timed(|| {
                for command in &commands {
                    entries.extend(state.carry_out(now, command).expect("enough was bought"));
                }
            });
            let mut written = Vec::new();
            text += timed(|| written = serde_json::to_vec(&entries).expect("entries are plain data"));
            digest += timed(|| {
                let _unused = Sha256::digest(&written);
            });
            bytes += written.len();
            let mut outcome = Ok(());
            kept += timed(|| {
                let row = end.next(&entries);
                end = row.end();
                outcome = store.keep(&row);
            });
            outcome?;
            steps += u32::try_from(TOGETHER).context("few together")?;
        }
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(steps);
    let disk = kept.saturating_sub(text + digest);
    println!(
        "where a step's time goes, {TOGETHER} in a commit (us each, {} bytes of JSON each):",
        bytes / steps as usize
    );
    for (name, time) in [("rules", rules), ("JSON", text), ("digest", digest), ("SQLite and the disk", disk)]
    {
        println!("  {name:<20} {:>6.2}", each(time));
    }
    Ok(())
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}
