//! How fast the SMS books and the SMS service are, beside what stands for the same work elsewhere: functions in
//! PostgreSQL, and Kannel. Each figure is the middle of rounds taken in turns, in one run, on one disk.
//!
//! It exits 1 when a row is short. Deliberately absent: figures that are compared between machines, and several
//! machines.

mod gateway;
mod ledger;
mod line;
mod postgres;
mod start;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

/// Measures the SMS books and the SMS service.
#[derive(Debug, Parser)]
#[command(name = "deploy/bench cloud")]
struct Arguments {
    /// Parts to measure; all of them when none is named.
    parts: Vec<Part>,
    /// Rounds of each measurement; the one in the middle counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of one round of the books.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Messages of one round of a gateway.
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Advertising in front of the verification codes.
    #[arg(long, default_value_t = 50_000)]
    backlog: usize,
    /// Messages of the history before a start.
    #[arg(long, default_value_t = 100_000)]
    history: usize,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Freeze, pay and report, beside functions in PostgreSQL (G3, G4, G5).
    Ledger,
    /// Where the time of such a step goes.
    Share,
    /// A message's whole way over HTTP and SMPP, beside Kannel and PostgreSQL (G6, G7).
    Gateway,
    /// What a gateway adds when it is not busy (G9).
    Latency,
    /// Verification codes behind advertising (G11).
    Codes,
    /// A start after a long history, and the room it takes.
    Start,
}

/// One thread: the measuring costs as little of the machine as it can.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let Arguments { parts, rounds, seconds, messages, backlog, history, bench: _ } = Arguments::parse();
    let parts = if parts.is_empty() { Part::value_variants() } else { parts.as_slice() };
    let outside = gateway::Outside::start().await?;
    let mut lines = Vec::new();
    for part in parts {
        lines.extend(match part {
            Part::Ledger => ledger::measure(rounds, seconds).await?,
            Part::Share => ledger::share::print().map(|()| Vec::new())?,
            Part::Gateway => gateway::measure(&outside, rounds, messages).await?,
            Part::Latency => gateway::latency(&outside, rounds, messages / 4).await?,
            Part::Codes => gateway::codes(&outside, rounds, backlog).await?,
            Part::Start => start::measure(rounds, history).await?,
        });
    }
    println!("\n{}", line::HEADING);
    for line in &lines {
        println!("{line}");
    }
    Ok(if lines.iter().all(line::Line::is_met) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
