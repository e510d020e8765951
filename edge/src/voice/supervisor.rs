//! The task that owns the speaker process, and what it is saying.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use edge_core::announce::SpeechPart;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info, warn};

use super::speaker_process::SpeakerProcess;
use super::{Announcement, RENDERINGS_MAX, Said, VoiceSettings, VoiceState, VoiceStatus};
use crate::speaker::protocol::{Engine, RenderingId, Report, Request};

/// Between two starts of a speaker that keeps dying, from the first to the longest.
const RESTART: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(30);

/// A speaker that lived this long died of something new.
const HEALTHY: Duration = Duration::from_secs(60);

/// Nothing takes this long to say: chime, eight parts, and the voice loaded on a slow and busy machine.
const SAYING_MAX: Duration = Duration::from_secs(180);

/// An announcement, and who is told what became of it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) announcement: Announcement,
    pub(super) tell: oneshot::Sender<Said>,
}

/// A file of speech to be rendered, and who is told where it is.
#[derive(Debug)]
pub(super) struct Rendering {
    pub(super) speech: Vec<SpeechPart>,
    pub(super) tell: oneshot::Sender<PathBuf>,
}

/// See the module.
pub(super) struct Supervisor {
    pub(super) settings: VoiceSettings,
    pub(super) waiting: mpsc::Receiver<Waiting>,
    pub(super) renderings: mpsc::Receiver<Rendering>,
    pub(super) wanted: watch::Receiver<BTreeSet<SpeechPart>>,
    pub(super) device: watch::Receiver<String>,
    pub(super) status: watch::Sender<VoiceStatus>,
    /// What is being said. It stays until the speaker has done it, and outlives the speaker.
    pub(super) current: Option<Waiting>,
}

/// A speaker as the box knows it.
struct Speaker {
    process: SpeakerProcess,
    /// Its voice, once it has said so.
    engine: Option<Engine>,
    /// It has a device.
    ready: bool,
    /// It holds memory that it does not need.
    idle: bool,
    /// It is saying the current announcement, since then.
    saying_since: Option<Instant>,
    /// The files that it renders.
    rendering: BTreeMap<RenderingId, oneshot::Sender<PathBuf>>,
    rendered: u64,
}

/// Why a speaker is no longer wanted.
enum Ended {
    /// Nobody can ask for anything any more.
    NobodyAsks,
    /// It has had nothing to do for a while. A new one is a tenth of its size.
    Idle,
}

impl Supervisor {
    pub(super) async fn run(mut self) {
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
        let device = self.device.borrow_and_update().clone();
        let mut speaker = Speaker {
            process: SpeakerProcess::start(&self.settings, &device)?,
            engine: None,
            ready: false,
            idle: false,
            saying_since: None,
            rendering: BTreeMap::new(),
            rendered: 0,
        };
        let ended = self.attend(&mut speaker).await;
        speaker.process.end().await;
        ended
    }

    async fn attend(&mut self, speaker: &mut Speaker) -> anyhow::Result<Ended> {
        loop {
            if speaker.idle && speaker.saying_since.is_none() && speaker.rendering.is_empty() {
                return Ok(Ended::Idle);
            }
            self.drop_if_over(speaker);
            if speaker.ready && speaker.saying_since.is_none() {
                self.ask_to_say(speaker).await?;
            }
            let stuck = sleep_until(speaker.saying_since.unwrap_or_else(Instant::now) + SAYING_MAX);
            let until = |waiting: &Waiting| waiting.announcement.until;
            let stale = sleep_until(self.current.as_ref().map_or_else(Instant::now, until));
            tokio::select! {
                report = speaker.process.report() => self.hear(speaker, report?),
                next = self.waiting.recv(), if self.current.is_none() => match next {
                    Some(waiting) => self.current = Some(waiting),
                    None => return Ok(Ended::NobodyAsks),
                },
                next = self.renderings.recv(), if speaker.rendering.len() < RENDERINGS_MAX => match next {
                    Some(rendering) => speaker.render(rendering).await?,
                    None => return Ok(Ended::NobodyAsks),
                },
                changed = self.wanted.changed() => match changed {
                    Ok(()) => {
                        let parts = self.wanted.borrow_and_update().iter().cloned().collect();
                        speaker.process.ask(&Request::Prepare(parts)).await?;
                    }
                    Err(_) => return Ok(Ended::NobodyAsks),
                },
                changed = self.device.changed() => match changed {
                    Ok(()) => {
                        let device = self.device.borrow_and_update().clone();
                        speaker.process.ask(&Request::UseDevice(device)).await?;
                    }
                    Err(_) => return Ok(Ended::NobodyAsks),
                },
                () = stale, if self.current.is_some() && speaker.saying_since.is_none() => {}
                () = stuck, if speaker.saying_since.is_some() => anyhow::bail!("it was stuck in a sentence"),
            }
        }
    }

    async fn ask_to_say(&self, speaker: &mut Speaker) -> anyhow::Result<()> {
        let Some(Waiting { announcement, .. }) = &self.current else { return Ok(()) };
        let gain = self.settings.volume.gain() * announcement.volume.gain();
        let request = Request::Say { id: announcement.id, parts: announcement.speech.clone(), gain };
        speaker.saying_since = Some(Instant::now());
        speaker.process.ask(&request).await
    }

    fn hear(&mut self, speaker: &mut Speaker, report: Report) {
        match report {
            Report::Engine(engine) => {
                speaker.engine = Some(engine);
                self.set_speaking(speaker);
            }
            Report::Ready { device } => {
                speaker.ready = true;
                self.status.send_modify(|status| status.device = device);
                self.set_speaking(speaker);
            }
            Report::Idle => speaker.idle = true,
            Report::NoDevice { reason } => {
                (speaker.ready, speaker.saying_since) = (false, None);
                self.set_state(VoiceState::NoDevice { reason });
            }
            Report::Started { id } => debug!(message.id = %id, "an announcement has begun"),
            Report::Done { id } => {
                speaker.saying_since = None;
                if let Some(said) = self.current.take_if(|current| current.announcement.id == id) {
                    self.status.send_modify(|status| status.said += 1);
                    // Whoever asked may have stopped caring.
                    let _ = said.tell.send(Said::Spoken);
                }
            }
            Report::Rendered { rendering, file } => {
                let tell = speaker.rendering.remove(&rendering);
                // Without a file the one who asked learns that there is none: its end is dropped.
                if let (Some(tell), Some(file)) = (tell, file) {
                    let _ = tell.send(file);
                }
            }
        }
    }

    fn set_speaking(&self, speaker: &Speaker) {
        if let (Some(engine), true) = (speaker.engine, speaker.ready) {
            self.set_state(VoiceState::SpeakingWith { engine });
        }
    }

    /// What is being said is said to its end; what waits is not worth saying for ever, nor when nobody cares.
    fn drop_if_over(&mut self, speaker: &Speaker) {
        if speaker.saying_since.is_some() {
            return;
        }
        if let Some(old) = self.current.take_if(|current| current.announcement.until <= Instant::now()) {
            debug!(message.id = %old.announcement.id, "an announcement was too old to be said");
            self.status.send_modify(|status| status.expired += 1);
            let _ = old.tell.send(Said::TooOld);
        }
        self.current.take_if(|current| current.tell.is_closed());
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

impl Speaker {
    async fn render(&mut self, rendering: Rendering) -> anyhow::Result<()> {
        let id = RenderingId(self.rendered);
        self.rendered += 1;
        self.rendering.insert(id, rendering.tell);
        self.process.ask(&Request::Render { rendering: id, parts: rendering.speech }).await
    }
}
