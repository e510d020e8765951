//! Durable orders per second at saturation: as many cashiers as keep the box busy, each with one order in flight.
//! The floor is SQLite alone, writing the same rows in groups of as many, taken in turns with ours.

use std::time::{Duration, Instant};

use anyhow::Context;

use crate::floor::Floor;
use crate::line::{Goal, Line, median};
use crate::stand::{Stand, Till, settle};

const TILLS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
/// Groups that the floor writes in a round.
const GROUPS: usize = 40;

pub(crate) async fn measure() -> anyhow::Result<Vec<Line>> {
    let stand = Stand::build().await?;
    let mut tills = Vec::with_capacity(TILLS);
    for _ in 0..TILLS {
        tills.push(stand.till().await?);
    }
    // Warm-up, and the rows that the floor writes again.
    let orders = ROUNDS * GROUPS * TILLS;
    while orders_of(&stand)? < orders {
        (tills, _) = rush(tills).await?;
    }
    let mut floor = Floor::copied(&stand.shop.database()?, &stand.shop.folder().join("floor.db"), orders)?;
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        settle().await;
        let rate;
        (tills, rate) = rush(tills).await?;
        ours.push(rate);
        settle().await;
        floors.push(floor_rate(&mut floor)?);
    }
    Ok(vec![Line {
        name: "orders-per-second",
        unit: "/s",
        ours: median(&ours),
        beside: Some(median(&floors)),
        goal: Goal::TimesAtLeast(0.5),
    }])
}

async fn rush(tills: Vec<Till>) -> anyhow::Result<(Vec<Till>, f64)> {
    let began = Instant::now();
    let work = tills.into_iter().map(|mut till| {
        tokio::spawn(async move {
            let mut orders = 0_u32;
            while began.elapsed() < ROUND {
                till.order().await?;
                orders += 1;
            }
            anyhow::Ok((till, orders))
        })
    });
    let work: Vec<_> = work.collect();
    let (mut tills, mut orders) = (Vec::with_capacity(TILLS), 0);
    for task in work {
        let (till, count) = task.await.context("a till fell over")??;
        tills.push(till);
        orders += count;
    }
    Ok((tills, f64::from(orders) / began.elapsed().as_secs_f64()))
}

fn floor_rate(floor: &mut Floor) -> anyhow::Result<f64> {
    let began = Instant::now();
    for _ in 0..GROUPS {
        floor.commit(TILLS)?.context("as many orders were copied as are written again")?;
    }
    let orders = u32::try_from(GROUPS * TILLS).context("a round is short")?;
    Ok(f64::from(orders) / began.elapsed().as_secs_f64())
}

fn orders_of(stand: &Stand) -> anyhow::Result<usize> {
    let count: i64 =
        stand.shop.database()?.query_row("SELECT count(*) FROM catering_order", [], |row| row.get(0))?;
    usize::try_from(count).context("a count is not negative")
}
