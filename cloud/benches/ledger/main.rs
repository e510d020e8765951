//! How fast the books are: freeze, pay and report (S3, S4, S6), each kept before its asker is answered, through the
//! one writer and its SQLite; beside it the same three steps as functions of PostgreSQL, driven by its own `pgbench`.
//!
//! Both write to the same disk, both sync every answer, and they take turns. Deliberately absent: HTTP and carriers,
//! which stand in `deploy/bench`'s other rows, and any figure that is compared between machines.

mod ours;
mod postgres;
mod share;

use clap::Parser;

use ours::Books;
use postgres::Postgres;

/// Measures the books against functions in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "ledger")]
struct Arguments {
    /// Seconds of one round.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Rounds of each; the one in the middle counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Says only where our own time goes.
    #[arg(long)]
    only_share: bool,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Cycles in flight at once.
const CLIENTS: [usize; 4] = [1, 8, 32, 512];
/// A server whose clients wait for two cores answers no more with 512 connections than with these.
const POSTGRES_CLIENTS: [usize; 3] = [1, 8, 32];

fn main() -> anyhow::Result<()> {
    let Arguments { seconds, rounds, only_share, bench: _ } = Arguments::parse();
    if !only_share {
        let limit = ours::syncs_per_second()? / 3.0;
        println!("the disk alone: {limit:.0} cycles/s, three synced appends each");
        for brands in [1, 1_000] {
            compare(brands, seconds, rounds, limit)?;
        }
    }
    share::print()
}

/// One line for each number of clients, and the goals of this number of brands.
fn compare(brands: usize, seconds: u64, rounds: usize, limit: f64) -> anyhow::Result<()> {
    let postgres = Postgres::start(brands)?;
    let books = Books::open(brands)?;
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    println!("{brands} brand(s)        ours      p50        p99        pgbench   ratio");
    for clients in CLIENTS {
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            here.push(books.cycles(clients, seconds)?);
            if POSTGRES_CLIENTS.contains(&clients) {
                there.push(postgres.cycles(clients, seconds)?);
            }
        }
        let round = ours::middle(here);
        let beside = (!there.is_empty()).then(|| median(there));
        let (rate, ratio) = match beside {
            Some(rate) => (format!("{rate:.0}"), format!("{:.2}", round.per_second / rate)),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let (p50, p99) = (round.p50_ms, round.p99_ms);
        println!(
            "  c={clients:<4} cycles/s {:>8.0}  {p50:>6.2} ms  {p99:>6.2} ms  {rate:>8}  {ratio:>6}",
            round.per_second
        );
        ours.push(round.per_second);
        theirs.extend(beside);
    }
    let best = |rates: &[f64]| rates.iter().copied().fold(0.0, f64::max);
    let (name, gate) = if brands == 1 { ("G3", 30.0) } else { ("G4", 10.0) };
    goal(name, "ours at best / pgbench at best", best(&ours) / best(&theirs), gate);
    if brands == 1 {
        goal("G5", "one client, ours / pgbench", ours[0] / theirs[0], 0.9);
        goal("G5", "one client, ours / the disk alone", ours[0] / limit, 0.9);
    }
    books.close()
}

fn goal(name: &str, what: &str, reached: f64, gate: f64) {
    let result = if reached >= gate { "met" } else { "short" };
    println!("{name} {what}: {reached:.2} x (goal >= {gate} x) {result}");
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}
