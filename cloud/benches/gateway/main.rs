//! A message's whole way: asked for over HTTP, given to the carrier, its receipt, and the brand called back. The real
//! service in a process of its own, beside Kannel with and without its spool; both get the same carrier, the same
//! clients and the same window, in turns.
//!
//! Ours is billed and on the disk at each step; Kannel bills nothing and syncs nothing. Then verification codes,
//! alone and behind a backlog of advertising. Clients, carrier and the brand's system are played in this process, on
//! the same cores, which makes every ratio smaller than it would be on machines of their own.

mod gateways;
mod outside;

use clap::Parser;

use gateways::{Kannel, Ours, Spool};
use outside::{Load, Outside, Ran};

/// Measures the service over HTTP beside Kannel.
#[derive(Debug, Parser)]
#[command(name = "gateway")]
struct Arguments {
    /// Messages of one round.
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Rounds of each; the one in the middle counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Advertising in front of the verification codes.
    #[arg(long, default_value_t = 50_000)]
    backlog: usize,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Arguments { messages, rounds, backlog, bench: _ } = Arguments::parse();
    let outside = Outside::start().await?;
    let (many, few) = (
        Load { messages, connections: 64, window: 4_000 },
        Load { messages: messages / 4, connections: 16, window: 500 },
    );
    println!("64 connections, 4,000 under way    msgs/s     p50 ms    p99 ms   lost");
    let (mut ours, mut plain, mut spooled) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(of_ours(&outside, many).await?);
        plain.push(of_kannel(&outside, Spool::None, many).await?);
        spooled.push(of_kannel(&outside, Spool::Files, many).await?);
    }
    let [ours, plain, spooled] = [ours, plain, spooled].map(middle);
    for (name, ran) in [("ours", &ours), ("Kannel, no store", &plain), ("Kannel, spool", &spooled)] {
        println!("{name:<30} {ran}");
    }
    goal("G6", "ours / Kannel without a store", ours.per_second / plain.per_second, 2.5);
    goal("G6", "ours / Kannel with its spool", ours.per_second / spooled.per_second, 3.5);

    println!("16 connections, 500 under way      msgs/s     p50 ms    p99 ms   lost");
    let (ours, spooled) = (of_ours(&outside, few).await?, of_kannel(&outside, Spool::Files, few).await?);
    println!("{:<30} {ours}\n{:<30} {spooled}", "ours", "Kannel, spool");
    goal("G9", "added by Kannel's spool / by ours, p50", spooled.added_ms() / ours.added_ms(), 5.0);

    let (idle, busy) = codes(&outside, backlog).await?;
    println!("verification code to the carrier, p99: {idle:.1} ms alone, {busy:.1} ms behind {backlog}");
    let times = busy / idle;
    println!("G11 {times:.2} x (goal <= 1.5 x) {}", if times <= 1.5 { "met" } else { "short" });
    Ok(())
}

async fn of_ours(outside: &Outside, load: Load) -> anyhow::Result<Ran> {
    let service = Ours::start(1_000_000).await?;
    outside.run(load, |http, message| service.request(http, message)).await
}

async fn of_kannel(outside: &Outside, spool: Spool, load: Load) -> anyhow::Result<Ran> {
    let kannel = Kannel::start(spool).await?;
    outside.run(load, |http, message| kannel.request(http, message)).await
}

/// From asking for a code until the carrier has it, at a carrier that takes 200 messages a second.
async fn codes(outside: &Outside, backlog: usize) -> anyhow::Result<(f64, f64)> {
    const CODES: usize = 300;
    let service = Ours::start(200).await?;
    let idle = outside.codes(CODES, |http, phone| service.code(http, phone)).await?;
    for part in 0..backlog / 1_000 {
        service.advertise(outside.http(), part).await?;
    }
    let busy = outside.codes(CODES, |http, phone| service.code(http, phone)).await?;
    Ok((idle, busy))
}

fn middle(mut rounds: Vec<Ran>) -> Ran {
    rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    rounds.swap_remove(rounds.len() / 2)
}

fn goal(name: &str, what: &str, reached: f64, gate: f64) {
    println!(
        "{name} {what}: {reached:.2} x (goal >= {gate} x) {}",
        if reached >= gate { "met" } else { "short" }
    );
}
