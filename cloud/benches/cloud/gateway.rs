//! A message's whole way: asked for over HTTP, given to the carrier, its receipt, and the brand called back. The real
//! service in a process of its own, beside Kannel; both get the same carrier, the same clients and the same window, in
//! turns, each started anew and warmed up.
//!
//! Ours is billed and on the disk at each step; Kannel bills nothing and syncs nothing. Clients, carrier and the
//! brand's system are played by this process's one thread, on the same cores, which makes every ratio smaller than it
//! would be on machines of their own; what they cost is printed.

mod http;
mod kannel;
mod ours;
mod outside;
mod running;
mod smsc;

use crate::line::{Goal, Line, median};
use crate::postgres::Postgres;
use http::Connections;
use jiff::Timestamp;
use kannel::Store;
use outside::{Entrance, Load, Ran};
use running::Way;

pub(crate) use outside::Outside;

/// No carrier takes as many.
const UNLIMITED: u32 = 1_000_000;
/// Of a load's messages, before anything counts.
const WARM_UP_PART: usize = 10;
const PGBENCH_S: u64 = 2;

/// Who is measured.
#[derive(Debug, Clone, Copy)]
enum Who {
    Ours(Way),
    Kannel(Way, Store),
}

impl Who {
    fn name(self) -> &'static str {
        match self {
            Self::Ours(Way::Http) => "ours, carrier over HTTP",
            Self::Ours(Way::Smpp) => "ours, carrier over SMPP",
            Self::Kannel(Way::Http, Store::None) => "Kannel, HTTP, no store",
            Self::Kannel(Way::Http, Store::Spool) => "Kannel, HTTP, spool",
            Self::Kannel(Way::Smpp, Store::None) => "Kannel, SMPP, no store",
            Self::Kannel(Way::Smpp, Store::Spool) => "Kannel, SMPP, spool",
        }
    }

    async fn ran(self, outside: &Outside, load: Load) -> anyhow::Result<Ran> {
        let gateway = match self {
            Self::Ours(way) => ours::start(way, UNLIMITED).await?,
            Self::Kannel(way, store) => kannel::start(way, store).await?,
        };
        outside.run(Load { messages: load.messages / WARM_UP_PART, ..load }, &gateway).await?;
        let mut ran = outside.run(load, &gateway).await?;
        println!("{:<26} {ran}", self.name());
        // A gateway that bills must lose nothing: a round in which it does is worth nothing.
        if ran.lost > 0 && matches!(self, Self::Ours(_)) {
            ran.per_second = 0.0;
        }
        Ok(ran)
    }
}

fn print_heading(load: Load) {
    println!("\n{} connections, {} under way", load.connections, load.window);
    println!("                           messages/s   p50 ms    p99 ms   lost  its us each  ours outside");
}

/// As much as it can (G6, G7).
pub(crate) async fn measure(outside: &Outside, rounds: usize, messages: usize) -> anyhow::Result<Vec<Line>> {
    let load = Load { messages, connections: 64, window: 4_000 };
    let all = [
        Who::Ours(Way::Http),
        Who::Kannel(Way::Http, Store::None),
        Who::Kannel(Way::Http, Store::Spool),
        Who::Ours(Way::Smpp),
        Who::Kannel(Way::Smpp, Store::None),
    ];
    print_heading(load);
    let mut rates = all.map(|_| Vec::new());
    let mut pgbench = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (who, rates) in all.iter().zip(&mut rates) {
            rates.push(who.ran(outside, load).await?.per_second);
        }
        for (brands, rates) in [1, 1_000].into_iter().zip(&mut pgbench) {
            let rate = Postgres::start(brands)?.cycles_at_best(PGBENCH_S)?;
            println!("pgbench, {brands:>5} brand(s)      {rate:>9.0}");
            rates.push(rate);
        }
    }
    let [http, plain, spool, smpp, kannel_smpp] = rates.map(median);
    let [hot, many] = pgbench.map(median);
    Ok([
        ("G6 service / Kannel over HTTP without a store", http, plain, 2.5),
        ("G6 service / Kannel over HTTP with its spool", http, spool, 3.5),
        ("G6 service / Kannel over SMPP without a store", smpp, kannel_smpp, 2.0),
        ("G7 service / pgbench without HTTP, one brand", http, hot, 10.0),
        ("G7 service / pgbench without HTTP, 1,000 brands", http, many, 3.0),
    ]
    .map(|(name, ours, beside, gate)| Line {
        name: name.to_owned(),
        unit: "/s",
        ours,
        beside,
        goal: Goal::More(gate),
    })
    .into())
}

/// What a gateway adds to the carrier's own time when it is not driven to its end (G9).
pub(crate) async fn latency(outside: &Outside, rounds: usize, messages: usize) -> anyhow::Result<Vec<Line>> {
    let load = Load { messages, connections: 16, window: 500 };
    print_heading(load);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(Who::Ours(Way::Http).ran(outside, load).await?.added_ms());
        theirs.push(Who::Kannel(Way::Http, Store::Spool).ran(outside, load).await?.added_ms());
    }
    Ok(vec![Line {
        name: "G9 added by us / by Kannel with its spool, p50".to_owned(),
        unit: "ms",
        ours: median(ours),
        beside: median(theirs),
        goal: Goal::Less(5.0),
    }])
}

/// From asking for a verification code until the carrier has it, at an account that takes 200 messages a second: behind
/// a backlog of advertising, and alone (G11).
pub(crate) async fn codes(outside: &Outside, rounds: usize, backlog: usize) -> anyhow::Result<Vec<Line>> {
    const CODES: usize = 300;
    println!("\nverification codes, p99 ms: alone, behind {backlog}");
    let (mut alone, mut behind) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let service = ours::start(Way::Http, 200).await?;
        let entrance = Entrance { asked: ours::code, ..service.entrance };
        outside.codes(CODES / WARM_UP_PART, entrance).await?;
        let idle = outside.codes(CODES, entrance).await?;
        let connections = Connections::new(entrance.port, 1);
        let mut last = None;
        for part in 0..backlog / 1_000 {
            last = Some(Timestamp::now());
            ours::advertise(&connections, part).await?;
        }
        if let Some(last) = last {
            ours::listed(&connections, last).await?;
        }
        let busy = outside.codes(CODES, entrance).await?;
        println!("{idle:>8.1} {busy:>8.1}");
        alone.push(idle);
        behind.push(busy);
    }
    Ok(vec![Line {
        name: format!("G11 a code's p99 behind {backlog} / alone"),
        unit: "ms",
        ours: median(behind),
        beside: median(alone),
        goal: Goal::AtMost(1.5),
    }])
}
