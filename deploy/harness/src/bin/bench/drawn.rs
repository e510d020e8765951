//! Order sent → drawn in the kitchen page, in Chromium. The page itself sends the order and sees its ticket appear,
//! so one clock measures both. The peer is the best open-source kitchen screen measured for the design, which was
//! timed without drawing.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::process::Command;

use crate::line::{Goal, Line, percentile_ms};
use crate::stand::Stand;

/// The peer's p50 and p99.
const PEER_MS: (f64, f64) = (17.0, 93.0);

/// Runs a script of `deploy/e2e` against the stand's box and returns what it printed.
pub(crate) async fn in_browser(script: &str, stand: &Stand) -> anyhow::Result<Vec<u8>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e").join(script);
    let output = Command::new("node")
        .arg(script)
        .env("CHUANCAI_BOX", stand.shop.address())
        .env("CHUANCAI_KITCHEN", &stand.screens[0].token)
        .env("CHUANCAI_CASHIER", &stand.cashier.token)
        .stderr(Stdio::inherit())
        .output()
        .await
        .context("starting node")?;
    ensure!(output.status.success(), "measuring in the browser failed with {}", output.status);
    Ok(output.stdout)
}

pub(crate) async fn measure() -> anyhow::Result<Vec<Line>> {
    let stand = Stand::build().await?;
    let output = in_browser("drawn.mjs", &stand).await?;
    let milliseconds: Vec<f64> = serde_json::from_slice(&output).context("reading what the page measured")?;
    let times: Vec<_> = milliseconds.iter().map(|time| Duration::from_secs_f64(time / 1_000.0)).collect();
    let line = |name, percent, peer, goal| Line {
        name,
        unit: "ms",
        ours: percentile_ms(&times, percent),
        beside: Some(peer),
        goal: Goal::AtMost(goal),
    };
    Ok(vec![line("order-drawn p50", 50, PEER_MS.0, 10.0), line("order-drawn p99", 99, PEER_MS.1, 50.0)])
}
