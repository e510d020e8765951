//! How fast the books are: freeze, pay and report (S3, S4, S6), each kept before its asker is answered, by the one
//! writer on either of its stores; beside it the same three steps as functions of PostgreSQL, driven by its own
//! `pgbench`.
//!
//! All write to the same disk, all sync every answer, and they take turns. Our store on PostgreSQL is a database of
//! the very server that `pgbench` asks, over the same socket. Deliberately absent: HTTP and carriers.

pub(crate) mod ours;
pub(crate) mod share;

use crate::line::{Goal, Line, median};
use crate::postgres::{CLIENTS as POSTGRES_CLIENTS, Postgres};
use ours::{Books, Round};

/// Cycles in flight at once.
const CLIENTS: [usize; 5] = [1, 8, 32, 512, 2_048];
/// Before anything counts.
const WARM_UP_S: u64 = 1;

pub(crate) async fn measure(rounds: usize, seconds: u64) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (name, what, brands, gate) in [("G3", "one brand", 1, 30.0), ("G4", "1,000 brands", 1_000, 10.0)] {
        let table = compare(brands, (rounds, seconds)).await?;
        let beside = best(table.iter().filter_map(|row| row.pgbench));
        let mut line = |name: String, ours, beside, gate| {
            lines.push(Line { name, unit: "/s", ours, beside, goal: Goal::More(gate) });
        };
        let at_best = |store: &str| format!("{name} {what} on {store} / pgbench, each at best");
        line(at_best("PostgreSQL"), best(table.iter().map(|row| row.postgres)), beside, gate);
        line(at_best("SQLite"), best(table.iter().map(|row| row.sqlite)), beside, gate);
        if let (1, Row { sqlite, postgres, pgbench: Some(pgbench), disk: Some(disk) }) = (brands, &table[0]) {
            for (store, ours) in [("PostgreSQL", postgres), ("SQLite", sqlite)] {
                line(format!("G5 one client on {store} / pgbench"), *ours, *pgbench, 0.9);
                line(format!("G5 one client on {store} / three synced appends"), *ours, *disk, 0.9);
            }
        }
    }
    Ok(lines)
}

/// Cycles in a second with so many clients.
struct Row {
    postgres: f64,
    sqlite: f64,
    /// A server whose clients wait for two cores answers no more with 512 connections than with fewer.
    pgbench: Option<f64>,
    /// Three synced appends to a file, for one client.
    disk: Option<f64>,
}

async fn compare(brands: usize, (rounds, seconds): (usize, u64)) -> anyhow::Result<Vec<Row>> {
    let server = Postgres::start(brands)?;
    let (postgres, sqlite) = (Books::on_postgres(&server, brands).await?, Books::on_sqlite(brands).await?);
    for books in [&postgres, &sqlite] {
        books.cycles(32, WARM_UP_S).await?;
    }
    server.cycles(32, WARM_UP_S)?;
    println!("\ncycles/s, {brands} brand(s); ours with p50 and p99 in ms");
    println!("clients    on PostgreSQL               on SQLite                   pgbench   synced appends");
    let mut table = Vec::new();
    for clients in CLIENTS {
        let (mut here, mut there) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        for _ in 0..rounds {
            here[0].push(postgres.cycles(clients, seconds).await?);
            here[1].push(sqlite.cycles(clients, seconds).await?);
            if POSTGRES_CLIENTS.contains(&clients) {
                there[0].push(server.cycles(clients, seconds)?);
            }
            if clients == 1 {
                there[1].push(ours::syncs_per_second()? / 3.0);
            }
        }
        let [on_postgres, on_sqlite] = here.map(middle);
        let [pgbench, disk] = there.map(|rates| (!rates.is_empty()).then(|| median(rates)));
        let shown = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.0}"));
        println!(
            "{clients:>7}    {on_postgres}    {on_sqlite}   {:>7}   {:>14}",
            shown(pgbench),
            shown(disk)
        );
        table.push(Row { postgres: on_postgres.per_second, sqlite: on_sqlite.per_second, pgbench, disk });
    }
    postgres.close().await?;
    sqlite.close().await?;
    Ok(table)
}

fn best(rates: impl Iterator<Item = f64>) -> f64 {
    rates.fold(0.0, f64::max)
}

fn middle(mut rounds: Vec<Round>) -> Round {
    rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    rounds.swap_remove(rounds.len() / 2)
}
