//! The box at rest: how soon it is ready on a hundred thousand facts, and what it takes of the machine while two
//! screens are connected and nobody orders. The voice's model is loaded for the first announcement only, so it is
//! not in memory here.
//!
//! Memory and processor time are those of the box's own program, which runs twice: the box, and its speaker. The
//! broker is Debian's; on an appliance the system starts it, and it is not counted.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::Context;
use harness::history;

use crate::line::{Goal, Line, median};
use crate::screens::Screens;

const FACTS: u64 = 100_000;
const STARTS: usize = 5;
/// After the start, for whatever a start leaves to do.
const CALM_DOWN: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(30);
/// Of processor time in `/proc`: USER_HZ, the same on every Linux.
const TICKS_A_SECOND: f64 = 100.0;

pub(crate) async fn measure() -> anyhow::Result<Vec<Line>> {
    let lines = FACTS * history::LINES_A_VISIT / history::FACTS_A_VISIT;
    let shop = history::shop_with(lines).await?;
    let screens = [shop.device("kitchen_1", "kitchen")?, shop.device("kitchen_2", "kitchen")?];
    // The first start brings the files of the history into the form that the box keeps them in.
    shop.open().await?.kill()?;
    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let began = Instant::now();
        let running = shop.open().await?;
        starts.push(began.elapsed().as_secs_f64() * 1_000.0);
        running.kill()?;
    }
    let running = shop.open().await?;
    let _watching = Screens::watch(shop.broker_port(), &screens).await?;
    tokio::time::sleep(CALM_DOWN).await;
    let (before, began) = (Taken::by(running.id())?, Instant::now());
    tokio::time::sleep(IDLE).await;
    let (after, idle) = (Taken::by(running.id())?, began.elapsed());
    let busy = (after.ticks - before.ticks) / TICKS_A_SECOND / idle.as_secs_f64();
    let line = |name, unit, ours, goal| Line { name, unit, ours, beside: None, goal: Goal::AtMost(goal) };
    Ok(vec![
        line("at-rest ready after", "ms", median(&starts), 300.0),
        line("at-rest memory", "MB", after.kilobytes / 1_024.0, 30.0),
        line("at-rest processor", "%", busy * 100.0, 0.5),
    ])
}

/// Name of the box's program, as the kernel keeps it.
const PROGRAM: &str = "chuancai-edge";

/// What a program and what it has started of its own kind have taken of the machine.
struct Taken {
    /// Of processor time, since each began.
    ticks: f64,
    /// In memory now; what several share is counted once.
    kilobytes: f64,
}

impl Taken {
    fn by(program: u32) -> anyhow::Result<Self> {
        let mut taken = Self { ticks: 0.0, kilobytes: 0.0 };
        for process in family_of(program)? {
            let name =
                std::fs::read_to_string(format!("/proc/{process}/comm")).context("reading its name")?;
            if name.trim() != PROGRAM {
                continue;
            }
            let stat =
                std::fs::read_to_string(format!("/proc/{process}/stat")).context("reading its times")?;
            // Its own and its buried children's, in user and kernel mode: fields 14 to 17 of proc(5).
            let times = after_name(&stat).split(' ').skip(11).take(4);
            taken.ticks += times.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>();
            let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
            let share = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
            let share = share.context("its share of memory")?.trim().trim_end_matches(" kB");
            taken.kilobytes += share.parse::<f64>().context("reading its share of memory")?;
        }
        Ok(taken)
    }
}

/// It, its children, theirs …
fn family_of(program: u32) -> anyhow::Result<HashSet<u32>> {
    let mut parents = HashMap::new();
    for entry in std::fs::read_dir("/proc").context("listing the processes")? {
        let Some(process) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // One that has ended meanwhile is not one of ours.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) else { continue };
        let parent = after_name(&stat).split(' ').nth(1).and_then(|parent| parent.parse().ok());
        parents.insert(process, parent.context("a process has a parent")?);
    }
    let mut family = HashSet::from([program]);
    loop {
        let known = family.len();
        family.extend(
            parents
                .iter()
                .filter(|(_, parent)| family.contains(*parent))
                .map(|(child, _)| *child)
                .collect::<Vec<_>>(),
        );
        if family.len() == known {
            return Ok(family);
        }
    }
}

/// The fields from the third: the second, the program's name, may hold blanks.
fn after_name(stat: &str) -> &str {
    stat.rsplit_once(") ").map_or("", |(_, rest)| rest)
}
