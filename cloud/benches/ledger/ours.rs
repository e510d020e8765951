//! Our side: the service's own writer and store, in this process, asked by as many tasks as there are clients.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chuancai_cloud::clock::Clock;
use chuancai_cloud::journal::{Journal, WriterThread};
use chuancai_cloud::secret;
use chuancai_cloud::store::sqlite::{SqliteProjection, SqliteStore};
use cloud_core::command::Command;
use cloud_core::dispatch::Rules;
use cloud_core::id::FreezeId;
use cloud_core::ledger::{Origin, Package, SendResult};
use cloud_core::units::Units;
use jiff::tz::TimeZone;
use shared::id::BrandId;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// More than any round can use.
const UNITS: u64 = 1_000_000_000;

/// What a round came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// A journal in a folder of its own, with brands that have bought enough.
pub(crate) struct Books {
    runtime: Runtime,
    journal: Journal,
    writer: WriterThread,
    brands: usize,
    _folder: TempDir,
}

impl Books {
    pub(crate) fn open(brands: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("making a folder")?;
        let store = Box::new(SqliteStore::open(folder.path())?);
        let lists = Box::new(SqliteProjection::open(folder.path())?);
        let (journal, writer) = Journal::start(store, lists, Clock::new(TimeZone::UTC), Rules::default())?;
        let runtime = tokio::runtime::Builder::new_current_thread().build().context("making a runtime")?;
        runtime.block_on(async {
            for command in (0..brands).flat_map(founding) {
                journal.ask(command, |_, _| ()).await?;
            }
            anyhow::Ok(())
        })?;
        Ok(Self { runtime, journal, writer, brands, _folder: folder })
    }

    /// Each client takes a freeze to its end, then the next, for so long.
    pub(crate) fn cycles(&self, clients: usize, seconds: u64) -> anyhow::Result<Round> {
        let began = Instant::now();
        let until = began + Duration::from_secs(seconds);
        let mut times = Vec::new();
        self.runtime.block_on(async {
            let work: Vec<_> = (0..clients)
                .map(|client| tokio::spawn(work(self.journal.clone(), client, self.brands, until)))
                .collect();
            for task in work {
                times.extend(task.await.context("a client fell over")??);
            }
            anyhow::Ok(())
        })?;
        let per_second = times.len() as f64 / began.elapsed().as_secs_f64();
        times.sort_unstable();
        let at = |share: f64| {
            let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
            times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
        };
        Ok(Round { per_second, p50_ms: at(0.5), p99_ms: at(0.99) })
    }

    /// Ends the writer, and with it proves that no book was broken: it would have ended by itself.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        drop(self.journal);
        self.runtime.block_on(self.writer.ended())
    }
}

async fn work(
    journal: Journal,
    client: usize,
    brands: usize,
    until: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::new();
    while Instant::now() < until {
        let began = Instant::now();
        for command in cycle(brand((client + times.len() * 7) % brands), Uuid::now_v7()) {
            journal.ask(command, |_, _| ()).await?;
        }
        times.push(began.elapsed());
    }
    Ok(times)
}

/// The three steps of one freeze.
pub(crate) fn cycle(brand: BrandId, number: Uuid) -> [Command; 3] {
    let freeze = FreezeId::Asked(number);
    [
        Command::Freeze { brand: brand.clone(), freeze, units: Units(1), good_for: None },
        Command::Pay { brand: brand.clone(), freeze, units: None },
        Command::Report { brand, payment: freeze, result: SendResult::Sent },
    ]
}

pub(crate) fn brand(n: usize) -> BrandId {
    format!("brand_{n}").parse().expect("a slug")
}

/// A brand, and a package that it has paid.
pub(crate) fn founding(n: usize) -> [Command; 2] {
    let (signature, api_key) =
        ("示例".parse().expect("a signature"), secret::hash(&format!("the key of brand {n}")));
    let package = Package {
        package: "first".parse().expect("an id"),
        origin: Origin::Bought,
        name: "first".to_owned(),
        units: Units(UNITS),
        expires_on: jiff::civil::date(2099, 12, 31),
    };
    let (brand, name) = (brand(n), format!("brand {n}"));
    [
        Command::AddBrand { brand: brand.clone(), name, signature, api_key },
        Command::AddPackage { brand, package },
    ]
}

/// The round in the middle.
pub(crate) fn middle(mut rounds: Vec<Round>) -> Round {
    rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    rounds[rounds.len() / 2]
}

/// Small appends to a growing file, each on the disk before the next: nothing durable is faster for one client.
pub(crate) fn syncs_per_second() -> anyhow::Result<f64> {
    const SYNCS: u32 = 2_000;
    let mut file = tempfile::tempfile().context("making a file")?;
    let began = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&[7; 4_096]).context("appending")?;
        file.sync_data().context("syncing")?;
    }
    if began.elapsed() < Duration::from_millis(20) {
        bail!("this disk does not sync; set TMPDIR to one that does");
    }
    Ok(f64::from(SYNCS) / began.elapsed().as_secs_f64())
}
