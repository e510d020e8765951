//! The box's side of the voice: it keeps what is to be said, starts the speaker process again when it dies, and
//! knows how it fares.
//!
//! Deliberately absent: sound. And nobody ever waits here: what cannot be said in time is dropped and counted,
//! for the kitchen's screen shows it anyway.

pub mod outlet;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use edge_core::announce::{Announcement, SpeechPart};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info, warn};

use crate::speaker::protocol::{Engine, Report, Request};

/// Announcements that wait. A sentence takes five seconds and is worth saying for a minute: of more than a dozen
/// the last would be stale before its turn.
const QUEUE_MAX: usize = 16;

/// Between two starts of a speaker that keeps dying, from the first to the longest.
const RESTART: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(30);

/// A speaker that lived this long died of something new.
const HEALTHY: Duration = Duration::from_secs(60);

/// The file this process runs, even when an update has put another in its place: box and speaker must be of one
/// build.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// Nothing takes this long to say: chime, eight parts, and the voice loaded on a slow and busy machine.
const SAYING_MAX: Duration = Duration::from_secs(180);

/// The `[voice]` part of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceSettings {
    /// Whether anything is said at all.
    pub enabled: bool,
    /// The program with the `speaker` command; by default this one.
    #[serde(default)]
    pub program: Option<PathBuf>,
    /// Sound device: `default`, an ALSA name (`plughw:CARD=USB`), or a description.
    pub device: String,
    /// Where `deploy/voice` has put the voice.
    pub voice_folder: PathBuf,
    /// Where rendered speech is kept; up to 200 MB.
    pub cache_folder: PathBuf,
    /// Percent, 0 to 100.
    pub volume: Volume,
}

/// Loudness in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Volume(u8);

/// A loudness that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a volume is 0 to 100 percent, not {0}")]
pub struct BadVolume(pub u8);

impl TryFrom<u8> for Volume {
    type Error = BadVolume;

    fn try_from(percent: u8) -> Result<Self, BadVolume> {
        if percent <= 100 { Ok(Self(percent)) } else { Err(BadVolume(percent)) }
    }
}

impl From<Volume> for u8 {
    fn from(volume: Volume) -> Self {
        volume.0
    }
}

impl Volume {
    fn gain(self) -> f32 {
        f32::from(self.0) / 100.0
    }
}

/// How the voice fares, for the status page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoiceStatus {
    /// What it is doing.
    #[serde(flatten)]
    pub state: VoiceState,
    /// Announcements said since the start.
    pub said: u64,
    /// Announcements that were too old when their turn came.
    pub expired: u64,
    /// Announcements dropped because too many were waiting.
    pub dropped: u64,
}

/// See [`VoiceStatus`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum VoiceState {
    /// Turned off in the settings.
    Disabled,
    /// The speaker has not reported yet.
    Starting,
    /// It speaks.
    SpeakingWith {
        /// Its voice.
        engine: Engine,
    },
    /// It cannot be heard; it keeps trying.
    NoDevice {
        /// For the person who looks after the box.
        reason: String,
    },
    /// The speaker died and will be started again.
    Restarting {
        /// How it died.
        reason: String,
    },
}

/// Where announcements are handed in. Clones hand in to the same speaker; when the last one is gone, it ends.
#[derive(Debug, Clone)]
pub struct Voice {
    say: broadcast::Sender<Waiting>,
    prepare: watch::Sender<BTreeSet<SpeechPart>>,
    status: watch::Receiver<VoiceStatus>,
}

#[derive(Debug, Clone)]
struct Waiting {
    announcement: Announcement,
    until: Instant,
}

impl Voice {
    /// Says it when its turn comes. Never waits: when too many are waiting the oldest is dropped.
    pub fn say(&self, announcement: Announcement) {
        let until = Instant::now() + announcement.good_for;
        // Refused only when the voice is turned off.
        let _ = self.say.send(Waiting { announcement, until });
    }

    /// Renders these parts when there is nothing else to do. It replaces what was asked for earlier.
    pub fn prepare(&self, parts: impl IntoIterator<Item = SpeechPart>) {
        self.prepare.send_replace(parts.into_iter().collect());
    }

    /// How it fares, now and at every change.
    pub fn status(&self) -> watch::Receiver<VoiceStatus> {
        self.status.clone()
    }
}

/// Starts the voice. It cannot fail: whatever goes wrong is a status.
pub fn start(settings: &VoiceSettings) -> Voice {
    let (say, waiting) = broadcast::channel(QUEUE_MAX);
    let (prepare, wanted) = watch::channel(BTreeSet::new());
    let state = if settings.enabled { VoiceState::Starting } else { VoiceState::Disabled };
    let (tell, status) = watch::channel(VoiceStatus { state, said: 0, expired: 0, dropped: 0 });
    if settings.enabled {
        let supervisor =
            Supervisor { settings: settings.clone(), waiting, wanted, status: tell, current: None };
        tokio::spawn(supervisor.run());
    }
    Voice { say, prepare, status }
}

struct Supervisor {
    settings: VoiceSettings,
    waiting: broadcast::Receiver<Waiting>,
    wanted: watch::Receiver<BTreeSet<SpeechPart>>,
    status: watch::Sender<VoiceStatus>,
    /// What is being said. It stays until the speaker has done it, and outlives the speaker.
    current: Option<Waiting>,
}

/// A running speaker.
struct Speaker {
    child: Child,
    stdin: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
    /// Its voice, once it has said so.
    engine: Option<Engine>,
    /// It has a device.
    ready: bool,
    /// It holds memory that it does not need.
    idle: bool,
    /// It is saying the current announcement, since then.
    saying_since: Option<Instant>,
}

/// Why a speaker is no longer wanted.
enum Ended {
    /// Nobody can ask for anything any more.
    NobodyAsks,
    /// It has had nothing to do for a while. A new one is a tenth of its size.
    Idle,
}

impl Supervisor {
    async fn run(mut self) {
        let mut wait = *RESTART.start();
        loop {
            let started = Instant::now();
            let error = match self.speak().await {
                Ok(Ended::NobodyAsks) => return,
                Ok(Ended::Idle) => continue,
                Err(error) => format!("{error:#}"),
            };
            // What was being prepared may be lost with it.
            self.wanted.mark_changed();
            self.set_state(VoiceState::Restarting { reason: error });
            if started.elapsed() > HEALTHY {
                wait = *RESTART.start();
            }
            sleep(wait).await;
            wait = (wait * 2).min(*RESTART.end());
        }
    }

    /// One life of the speaker. Errors: how it ended.
    async fn speak(&mut self) -> anyhow::Result<Ended> {
        let mut speaker = self.spawn()?;
        let ended = self.attend(&mut speaker).await;
        // The device is only free for the next one when this one is gone. It may be gone already.
        let _ = speaker.child.kill().await;
        ended
    }

    async fn attend(&mut self, speaker: &mut Speaker) -> anyhow::Result<Ended> {
        loop {
            self.drop_if_expired(speaker);
            if speaker.ready && speaker.saying_since.is_none() && self.current.is_some() {
                self.ask(speaker).await?;
            }
            let stuck = sleep_until(speaker.saying_since.unwrap_or_else(Instant::now) + SAYING_MAX);
            let stale = sleep_until(self.current.as_ref().map_or_else(Instant::now, |waiting| waiting.until));
            tokio::select! {
                line = speaker.reports.next_line() => match line.context("reading from the speaker")? {
                    Some(line) => {
                        self.hear(speaker, &line)?;
                        if speaker.idle && speaker.saying_since.is_none() {
                            return Ok(Ended::Idle);
                        }
                    }
                    None => anyhow::bail!("it ended with {}", speaker.child.wait().await.context("waiting for it")?),
                },
                next = self.waiting.recv(), if self.current.is_none() => match next {
                    Ok(waiting) => self.current = Some(waiting),
                    Err(broadcast::error::RecvError::Lagged(count)) => {
                        self.status.send_modify(|status| status.dropped += count);
                        warn!(count, "announcements were dropped: too many were waiting");
                    }
                    Err(broadcast::error::RecvError::Closed) => return Ok(Ended::NobodyAsks),
                },
                changed = self.wanted.changed() => match changed {
                    Ok(()) => {
                        let parts: Vec<_> = self.wanted.borrow_and_update().iter().cloned().collect();
                        send(&mut speaker.stdin, &Request::Prepare(parts)).await?;
                    }
                    Err(_) => return Ok(Ended::NobodyAsks),
                },
                () = stale, if self.current.is_some() && speaker.saying_since.is_none() => {}
                () = stuck, if speaker.saying_since.is_some() => anyhow::bail!("it was stuck in a sentence"),
            }
        }
    }

    fn spawn(&self) -> anyhow::Result<Speaker> {
        let program = self.settings.program.as_deref().unwrap_or(Path::new(THIS_PROGRAM));
        let mut child = Command::new(program)
            .arg0("chuancai-edge")
            .args(["speaker", "--device", &self.settings.device, "--voice"])
            .arg(&self.settings.voice_folder)
            .arg("--cache")
            .arg(&self.settings.cache_folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {} as the speaker", program.display()))?;
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
        let reports = BufReader::new(stdout).lines();
        Ok(Speaker { child, stdin, reports, engine: None, ready: false, idle: false, saying_since: None })
    }

    async fn ask(&self, speaker: &mut Speaker) -> anyhow::Result<()> {
        let Some(Waiting { announcement, .. }) = &self.current else { return Ok(()) };
        let gain = self.settings.volume.gain();
        let request = Request::Say { id: announcement.id, parts: announcement.speech.clone(), gain };
        speaker.saying_since = Some(Instant::now());
        send(&mut speaker.stdin, &request).await
    }

    fn hear(&mut self, speaker: &mut Speaker, line: &str) -> anyhow::Result<()> {
        match serde_json::from_str(line).context("understanding the speaker")? {
            Report::Engine(engine) => {
                speaker.engine = Some(engine);
                self.set_speaking(speaker);
            }
            Report::Ready => {
                speaker.ready = true;
                self.set_speaking(speaker);
            }
            Report::Idle => speaker.idle = true,
            Report::NoDevice { reason } => {
                (speaker.ready, speaker.saying_since) = (false, None);
                self.set_state(VoiceState::NoDevice { reason });
            }
            Report::Started { id } => debug!(announcement.id = id.0, "an announcement has begun"),
            Report::Done { id } => {
                speaker.saying_since = None;
                if self.current.as_ref().is_some_and(|current| current.announcement.id == id) {
                    self.current = None;
                    self.status.send_modify(|status| status.said += 1);
                }
            }
        }
        Ok(())
    }

    fn set_speaking(&self, speaker: &Speaker) {
        if let (Some(engine), true) = (speaker.engine, speaker.ready) {
            self.set_state(VoiceState::SpeakingWith { engine });
        }
    }

    /// What is being said is said to its end; what waits is not worth saying for ever.
    fn drop_if_expired(&mut self, speaker: &Speaker) {
        let waits = speaker.saying_since.is_none();
        if let Some(current) = self.current.take_if(|current| waits && current.until <= Instant::now()) {
            debug!(announcement.id = current.announcement.id.0, "an announcement was too old to be said");
            self.status.send_modify(|status| status.expired += 1);
        }
    }

    /// Tells a change and logs it, once, not at every try.
    fn set_state(&self, state: VoiceState) {
        self.status.send_if_modified(|status| {
            if status.state == state {
                return false;
            }
            match &state {
                VoiceState::Disabled | VoiceState::Starting => {}
                VoiceState::SpeakingWith { engine } => info!(?engine, "announcements are heard"),
                VoiceState::NoDevice { reason } => {
                    warn!(%reason, "there is no sound device; announcements are shown but not heard");
                }
                VoiceState::Restarting { reason } => {
                    warn!(%reason, "the speaker died and will be started again");
                }
            }
            status.state = state;
            true
        });
    }
}

async fn send(stdin: &mut ChildStdin, request: &Request) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(request).context("writing to the speaker")?;
    line.push(b'\n');
    stdin.write_all(&line).await.context("writing to the speaker")
}
