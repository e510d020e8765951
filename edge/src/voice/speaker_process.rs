//! The speaker as a child process: how it is started, asked and listened to.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tracing::{debug, warn};

use super::VoiceSettings;
use crate::speaker::protocol::{Report, Request, SoundDevice};

/// The file this process runs, even when an update has put another in its place: box and speaker must be of one
/// build.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// Listing devices asks the sound library only; on a busy machine that takes a moment.
const LISTING_MAX: Duration = Duration::from_secs(10);

/// A running speaker. It is killed when it is dropped.
pub(super) struct SpeakerProcess {
    child: Child,
    stdin: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
}

impl SpeakerProcess {
    /// Errors: it does not start.
    pub(super) fn start(settings: &VoiceSettings, device: &str) -> anyhow::Result<Self> {
        let mut child = command(settings)
            .args(["--device", device, "--voice"])
            .arg(&settings.voice_folder)
            .arg("--cache")
            .arg(&settings.cache_folder)
            .stdin(Stdio::piped())
            .spawn()
            .context("starting the speaker")?;
        let stdin = child.stdin.take().context("the speaker has no standard input")?;
        let stdout = child.stdout.take().context("the speaker has no standard output")?;
        if let Some(stderr) = child.stderr.take() {
            // alsa-lib writes eight lines for every try without a device: nothing for the log of the box.
            tokio::spawn(async move {
                let mut lines = BufReader::new(stderr).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    debug!(%line, "the speaker wrote to its standard error");
                }
            });
        }
        Ok(Self { child, stdin, reports: BufReader::new(stdout).lines() })
    }

    /// Errors: it is gone.
    pub(super) async fn ask(&mut self, request: &Request) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(request).context("writing to the speaker")?;
        line.push(b'\n');
        self.stdin.write_all(&line).await.context("writing to the speaker")
    }

    /// The next report. It may be waited for and given up at any time. Errors: how it ended.
    pub(super) async fn report(&mut self) -> anyhow::Result<Report> {
        match self.reports.next_line().await.context("reading from the speaker")? {
            Some(line) => serde_json::from_str(&line).context("understanding the speaker"),
            None => anyhow::bail!("it ended with {}", self.child.wait().await.context("waiting for it")?),
        }
    }

    /// Ends it, and returns when it is gone: the device is free for the next one only then.
    pub(super) async fn end(mut self) {
        // It may be gone already.
        let _ = self.child.kill().await;
    }
}

/// The sound devices of the system, listed by a process of its own: it reads the sound configuration anew, and
/// whatever a broken driver does to it does not happen to the one that speaks.
pub(super) async fn devices(settings: &VoiceSettings) -> Vec<SoundDevice> {
    let listed = command(settings).arg("--list-devices").stdin(Stdio::null()).output();
    match timeout(LISTING_MAX, listed).await {
        Ok(Ok(output)) => serde_json::from_slice(&output.stdout)
            .inspect_err(|error| warn!(%error, "the list of sound devices cannot be read"))
            .unwrap_or_default(),
        Ok(Err(error)) => {
            warn!(%error, "the sound devices cannot be listed");
            Vec::new()
        }
        Err(_) => {
            warn!("listing the sound devices took too long");
            Vec::new()
        }
    }
}

fn command(settings: &VoiceSettings) -> Command {
    let program = settings.program.as_deref().unwrap_or(Path::new(THIS_PROGRAM));
    let mut command = Command::new(program);
    command
        .arg0("chuancai-edge")
        .arg("speaker")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}
