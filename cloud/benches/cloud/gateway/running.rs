//! A gateway under measurement: processes of its own, in a folder of its own.

use std::process::Child;
use std::time::Duration;

use anyhow::{Context, bail};
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::outside::Entrance;

/// How messages go from a gateway to the carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// A request for each, and one for its receipt.
    Http,
    /// One lasting connection for both.
    Smpp,
}

/// Submits that may wait for the carrier's answers at once, whoever asks.
pub(crate) const WINDOW: u16 = 256;

/// A gateway that ends with this.
pub(crate) struct Gateway {
    pub(crate) entrance: Entrance,
    /// Whoever ends first stands first.
    pub(crate) processes: Vec<Running>,
    pub(crate) _folder: TempDir,
}

impl Gateway {
    /// Processor time that it has used. Errors: one of its processes has ended.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        self.processes.iter().map(|running| processor_time(&running.0.id().to_string())).sum()
    }
}

/// A process that ends with this.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, or about to be: either is what we want.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Processor time of a process, by its number or as `self`.
pub(crate) fn processor_time(process: &str) -> anyhow::Result<Duration> {
    /// As Linux has told everybody since 2.6, whatever the kernel counts by.
    const TICKS_PER_SECOND: u64 = 100;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).context("looking at a process")?;
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ');
    // The 14th and 15th of all are the user's and the system's part.
    let ticks = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>();
    Ok(Duration::from_millis(ticks.context("reading what the kernel says of it")? * 1_000 / TICKS_PER_SECOND))
}

/// Waits until somebody listens there.
pub(crate) async fn answers(port: u16) -> anyhow::Result<()> {
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("nobody listens on port {port}")
}
