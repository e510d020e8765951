//! What a full history costs: order sent → durable → answered, at a box that has served ten million lines and at one
//! that has served none, in turns.

use std::time::Instant;

use harness::history;
use harness::shop::Shop;

use crate::line::{Goal, Line, percentile_ms};
use crate::stand::{Stand, settle};

const ORDERS: usize = 2_000;
/// Not counted: connections, caches and page tables warm up.
const WARM_UP: usize = 200;

pub(crate) async fn measure(lines: u64) -> anyhow::Result<Vec<Line>> {
    let full = Stand::of(history::shop_with(lines).await?, 0).await?;
    let empty = Stand::of(Shop::new()?, 0).await?;
    settle().await;
    let (mut at_full, mut at_empty) = (full.till().await?, empty.till().await?);
    let (mut ours, mut floors) = (Vec::with_capacity(ORDERS), Vec::with_capacity(ORDERS));
    for turn in 0..WARM_UP + ORDERS {
        for (till, times) in [(&mut at_full, &mut ours), (&mut at_empty, &mut floors)] {
            let (_, sent) = till.order().await?;
            let took = Instant::now() - sent;
            if turn >= WARM_UP {
                times.push(took);
            }
        }
    }
    let line = |name, percent| Line {
        name,
        unit: "ms",
        ours: percentile_ms(&ours, percent),
        beside: Some(percentile_ms(&floors, percent)),
        goal: Goal::TimesAtMost(1.1),
    };
    Ok(vec![line("full-history p50", 50), line("full-history p99", 99)])
}
