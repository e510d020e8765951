//! The kitchen page at a thousand open lines: whether it draws every frame while orders arrive and lines move, and
//! whether it grows over as many messages as a service of twelve hours has, sent faster than a shop would.

use anyhow::Context;
use harness::shop::Shop;
use serde::Deserialize;

use crate::drawn::in_browser;
use crate::line::{Goal, Line};
use crate::stand::Stand;

/// What the page measured.
#[derive(Debug, Deserialize)]
struct Measured {
    /// Frames drawn in a second of a rush, and on a blank page in the same browser beside the same rush.
    frames: f64,
    frames_blank: f64,
    /// The longest that the page kept its thread to itself, in milliseconds.
    longest_task_ms: f64,
    /// The heap after a collection, in MB, and the nodes of the document, before and after the messages.
    heap: f64,
    heap_before: f64,
    nodes: f64,
    nodes_before: f64,
}

pub(crate) async fn measure() -> anyhow::Result<Vec<Line>> {
    let stand = Stand::of(Shop::new()?, 1).await?;
    let printed = in_browser("kitchen.mjs", &stand).await?;
    let page: Measured = serde_json::from_slice(&printed).context("reading what the page measured")?;
    let line = |name, unit, ours, beside, goal| Line { name, unit, ours, beside, goal };
    Ok(vec![
        line("kitchen-page frames", "/s", page.frames, Some(page.frames_blank), Goal::TimesAtLeast(0.98)),
        line("kitchen-page longest task", "ms", page.longest_task_ms, None, Goal::AtMost(50.0)),
        line("kitchen-page heap", "MB", page.heap, Some(page.heap_before), Goal::TimesAtMost(1.1)),
        line("kitchen-page nodes", "", page.nodes, Some(page.nodes_before), Goal::TimesAtMost(1.1)),
    ])
}
