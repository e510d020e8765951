//! `deploy/bench`: prints the performance table of the design, one line a row: name, ours, floor or peer, ratio,
//! goal, and `met` or `short`. Each ratio is taken in one run, interleaved, everything durable. It exits 1 when a
//! row is short.
//!
//! A floor is the least that the same work can cost on this machine: the same rows in a raw SQLite commit, the
//! same bytes through a raw broker.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, ValueEnum};

mod drawn;
mod floor;
mod heard;
mod line;
mod page;
mod past;
mod rate;
mod rest;
mod screens;
mod stand;

/// Measures the box on this machine and holds it against the goals.
#[derive(Debug, Parser)]
#[command(name = "deploy/bench")]
struct Arguments {
    /// Rows to measure; all of them when none is named.
    names: Vec<Row>,
    /// Names the rows and measures nothing.
    #[arg(long)]
    list: bool,
    /// Dish lines in the history of `full-history`. Ten million take 12 GB under TMPDIR and ten minutes.
    #[arg(long, default_value_t = 10_000_000)]
    lines: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    /// Order sent, durable, on every one of 30 screens.
    OrderOnScreens,
    /// Order sent, drawn in the kitchen page in Chromium.
    OrderDrawn,
    /// Durable orders per second at saturation.
    OrdersPerSecond,
    /// Order sent, durable, answered, at a box with a long history.
    FullHistory,
    /// Ready after a start, memory, processor time when nobody orders.
    AtRest,
    /// The kitchen page with a thousand open lines, and after a day's messages.
    KitchenPage,
    /// Order answered, its chime and its first word at the sound device.
    Chime,
}

/// One thread: the measuring costs the box as little of the machine as it can.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if arguments.list {
        for row in Row::value_variants() {
            let value = row.to_possible_value().context("every row has a name")?;
            println!(
                "{:18} {}",
                value.get_name(),
                value.get_help().map(ToString::to_string).unwrap_or_default()
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    let named = arguments.names.as_slice();
    let rows = if named.is_empty() { Row::value_variants() } else { named };
    let mut all_met = true;
    println!("{}", line::HEADING);
    for row in rows {
        let lines = match row {
            Row::OrderOnScreens => screens::measure().await?,
            Row::OrderDrawn => drawn::measure().await?,
            Row::OrdersPerSecond => rate::measure().await?,
            Row::FullHistory => past::measure(arguments.lines).await?,
            Row::AtRest => rest::measure().await?,
            Row::KitchenPage => page::measure().await?,
            Row::Chime => heard::measure().await?,
        };
        for line in lines {
            println!("{line}");
            all_met &= line.is_met();
        }
    }
    Ok(if all_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
