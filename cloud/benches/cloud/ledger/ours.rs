//! Our side: the service's own writer and stores, in this process, asked by as many tasks as there are clients.

use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chuancai_cloud::clock::Clock;
use chuancai_cloud::journal::{Journal, WriterThread};
use chuancai_cloud::secret;
use chuancai_cloud::store::{Opened, Place};
use cloud_core::command::Command;
use cloud_core::dispatch::Rules;
use cloud_core::id::FreezeId;
use cloud_core::ledger::{Origin, Package, SendResult};
use cloud_core::units::Units;
use jiff::tz::TimeZone;
use shared::id::BrandId;
use tempfile::TempDir;
use uuid::Uuid;

use crate::line::at_ms;
use crate::postgres::Postgres;

/// More than any round can use.
const UNITS: u64 = 1_000_000_000;
/// The default of the service.
const LEASE: Duration = Duration::from_secs(10);

/// What a round came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { per_second, p50_ms, p99_ms } = self;
        write!(f, "{per_second:>8.0} {p50_ms:>7.2} {p99_ms:>7.2}")
    }
}

/// A journal with brands that have bought enough.
pub(crate) struct Books {
    journal: Journal,
    writer: WriterThread,
    brands: usize,
    _folder: Option<TempDir>,
}

impl Books {
    /// In a folder of its own.
    pub(crate) async fn on_sqlite(brands: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("making a folder")?;
        Self::found(Place::Folder(folder.path().to_owned()), brands, Some(folder)).await
    }

    /// In a database of its own.
    pub(crate) async fn on_postgres(server: &Postgres, brands: usize) -> anyhow::Result<Self> {
        let url = server.database("books")?.parse()?;
        Self::found(Place::Postgres { url, lease: LEASE }, brands, None).await
    }

    async fn found(place: Place, brands: usize, folder: Option<TempDir>) -> anyhow::Result<Self> {
        let Opened { store, projection, .. } = place.open()?;
        let clock = Clock::new(TimeZone::UTC);
        let (journal, writer) = Journal::start((store, projection), clock, Rules::default(), None)?;
        for command in (0..brands).flat_map(founding) {
            journal.ask(command, |_, _| ()).await?;
        }
        Ok(Self { journal, writer, brands, _folder: folder })
    }

    /// Each client takes a freeze to its end, then the next, for so long.
    pub(crate) async fn cycles(&self, clients: usize, seconds: u64) -> anyhow::Result<Round> {
        let began = Instant::now();
        let until = began + Duration::from_secs(seconds);
        let work: Vec<_> = (0..clients)
            .map(|client| tokio::spawn(work(self.journal.clone(), client, self.brands, until)))
            .collect();
        let mut times = Vec::new();
        for task in work {
            times.extend(task.await.context("a client fell over")??);
        }
        // What follows a commit is part of its price.
        self.journal.listed().await;
        let per_second = times.len() as f64 / began.elapsed().as_secs_f64();
        times.sort_unstable();
        Ok(Round { per_second, p50_ms: at_ms(&times, 0.5), p99_ms: at_ms(&times, 0.99) })
    }

    /// Ends the writer, and with it proves that no book was broken: it would have ended by itself.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        drop(self.journal);
        self.writer.ended().await
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

/// Small appends to a growing file, each on the disk before the next.
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
