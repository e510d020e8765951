//! The shop's MQTT broker: Mosquitto, run by the box as a supervised child with files made from the device
//! table.
//!
//! The broker is a pipe. It keeps nothing across a restart and need not: every screen fetches what is true when
//! it comes back, and every request is repeated until it is answered.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, error, info, warn};

use crate::config::{BrokerMode, BrokerSettings};
use crate::devices::DeviceList;
use crate::lan::SecureListener;
use crate::status::PartState;

mod files;
mod link;
pub mod rights;

use files::{Files, Listeners};

pub use files::{BOX_USER, Credentials};
pub use link::{Link, LinkEvent, Linked, dial};

/// The first wait before a dead broker is started again …
const RESTART_MIN: Duration = Duration::from_millis(100);
/// … and the longest.
const RESTART_MAX: Duration = Duration::from_secs(5);
/// A broker that ran this long was well; the next wait is short again.
const WELL_AFTER: Duration = Duration::from_secs(10);

/// Changes of devices that come this close together are one reading of the files.
const GATHER: Duration = Duration::from_millis(50);
/// Between two tries when the disk does not take the files.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// A younger broker may not listen for signals yet, and the one that asks it to read its files would end it.
const HEARS_AFTER: Duration = Duration::from_millis(500);

/// A broker to connect to.
#[derive(Debug)]
pub struct Broker {
    /// How the box itself signs in.
    pub credentials: Credentials,
    /// How it is.
    pub state: watch::Receiver<PartState>,
    reload: Arc<Notify>,
}

impl Broker {
    /// Has it read its files again, with whoever is connected staying so. An external one is told by those who
    /// run it.
    pub fn reload(&self) -> impl Fn() + Send + 'static {
        let reload = self.reload.clone();
        move || reload.notify_one()
    }
}

/// Writes the broker's files, now and whenever the devices have changed, and, if it is ours to run, keeps it running.
pub fn start(
    settings: &BrokerSettings,
    secure: Option<SecureListener>,
    state: &Path,
    devices: watch::Receiver<Arc<DeviceList>>,
) -> anyhow::Result<Broker> {
    let folder = state.join("broker");
    let credentials = Credentials::of(settings);
    let cannot = || format!("the broker's files cannot be written to {}", folder.display());
    let files = Files::new(&folder, &Listeners { settings, secure }, &credentials).with_context(cannot)?;
    files.write(&devices.borrow()).with_context(cannot)?;
    let config = files.configuration();
    let reload = Arc::new(Notify::new());
    tokio::spawn(keep_files(files, devices, reload.clone()));
    let (report, state) = watch::channel(PartState::starting());
    match settings.mode {
        BrokerMode::External => report.send_replace(PartState::ok("external")),
        BrokerMode::Managed => {
            tokio::spawn(supervise(settings.program.clone(), config, reload.clone(), report));
            PartState::starting()
        }
    };
    Ok(Broker { credentials, state, reload })
}

/// Whoever is added may come in, and whoever is revoked is out: a broker that reads its files again hangs up on those
/// that are no longer in them, and on nobody else.
async fn keep_files(files: Files, mut devices: watch::Receiver<Arc<DeviceList>>, reload: Arc<Notify>) {
    while devices.changed().await.is_ok() {
        sleep(GATHER).await;
        loop {
            let list = devices.borrow_and_update().clone();
            match files.write(&list) {
                Ok(()) => break,
                Err(error) => error!(%error, "the broker's files cannot be written and are written again"),
            }
            sleep(WRITE_AGAIN).await;
        }
        reload.notify_one();
    }
}

/// Starts the broker again whenever it ends, for as long as the box runs.
async fn supervise(program: PathBuf, config: PathBuf, reload: Arc<Notify>, report: watch::Sender<PartState>) {
    let mut wait = RESTART_MIN;
    loop {
        let started = Instant::now();
        let ended = match spawn(&program, &config) {
            Ok(mut child) => {
                report.send_replace(PartState::ok("running"));
                info!(pid = child.id(), "the broker runs");
                watch_log(&mut child);
                tend(&mut child, started, &reload).await
            }
            Err(error) => format!("{} cannot be started: {error}", program.display()),
        };
        if started.elapsed() > WELL_AFTER {
            wait = RESTART_MIN;
        }
        metrics::counter!("chuancai_broker_restarts_total").increment(1);
        warn!(reason = %ended, wait_ms = wait.as_millis() as u64, "the broker ended and is started again");
        report.send_replace(PartState::failed("down", ended));
        sleep(wait).await;
        wait = (wait * 2).min(RESTART_MAX);
    }
}

/// Has it read its files again when they are new, until it ends. Returns how it ended.
async fn tend(child: &mut Child, started: Instant, reload: &Notify) -> String {
    loop {
        tokio::select! {
            ended = child.wait() => {
                return ended.map_or_else(|error| error.to_string(), |status| status.to_string());
            }
            () = reload.notified() => {
                // It may have ended just now.
                sleep_until(started + HEARS_AFTER).await;
                let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
                let told = pid.map(|pid| kill_process(pid, Signal::HUP));
                info!(told = matches!(told, Some(Ok(()))), "the broker reads its files again");
            }
        }
    }
}

/// `setpriv` asks the kernel to end the broker with the box, however the box ends: a stray one would keep the
/// port.
fn spawn(program: &Path, config: &Path) -> std::io::Result<Child> {
    Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "--"])
        .arg(program)
        .arg("-c")
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

fn watch_log(child: &mut Child) {
    let Some(stderr) = child.stderr.take() else { return };
    tokio::spawn(async move {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if line.contains("Denied") || line.contains("not authorised") {
                metrics::counter!("chuancai_broker_denied_total").increment(1);
                warn!(line, "the broker turned somebody away");
            } else if line.contains("Error") {
                warn!(line, "the broker complains");
            } else {
                debug!(line, "broker");
            }
        }
    });
}
