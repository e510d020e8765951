//! The box's side of the voice: it keeps what is being said until it was heard, starts the speaker process again
//! when that dies, and knows how it fares.
//!
//! Deliberately absent: sound, and the order in which messages are said. Whoever hands them in decides that, and is
//! told what became of each.

mod part;
mod speaker_process;
mod supervisor;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use edge_core::announce::{Pronunciations, SpeechPart};
use serde::{Deserialize, Serialize};
use shared::id::MessageId;
use shared::message::Volume;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;

use crate::speaker::protocol::{Engine, SoundDevice};
use supervisor::{Rendering, Supervisor, Waiting};

pub use part::as_part;

/// Announcements whose turn comes next. Whoever hands in more waits for them to be said.
const NEXT_MAX: usize = 1;

/// Files of speech that wait to be rendered. A shop has a few devices that speak, and they are sent the same.
const RENDERINGS_MAX: usize = 16;

/// A file that takes longer is of no use to whoever asked: the moment is over.
const RENDERING_MAX: Duration = Duration::from_secs(30);

/// The `[voice]` part of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
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
    /// Percent, 0 to 100: as loud as the loudest announcement is.
    pub volume: Volume,
}

/// How the voice fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VoiceStatus {
    /// What it is doing.
    #[serde(flatten)]
    pub state: VoiceState,
    /// The sound device that it is to speak on.
    pub device: String,
    /// Announcements said since the start.
    pub said: u64,
    /// Announcements that were too old when they could be said.
    pub expired: u64,
}

/// See [`VoiceStatus`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
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

/// Something to be said on the box's loudspeaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Which message.
    pub id: MessageId,
    /// As said, in parts.
    pub speech: Vec<SpeechPart>,
    /// How loud.
    pub volume: Volume,
    /// Until when it is worth beginning to say it.
    pub until: Instant,
}

/// What became of an announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The device played it to its end.
    Spoken,
    /// It could not be begun in time.
    TooOld,
    /// The voice is turned off.
    Off,
}

/// Why there is no file of speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The voice is turned off, or fell over.
    #[error("there is no voice to render with")]
    NoVoice,
    /// It took too long, or too much is waiting already.
    #[error("the voice did not render in time")]
    TooSlow,
}

/// The way to the voice. Clones lead to the same speaker; when the last one is gone, it ends.
#[derive(Debug, Clone)]
pub struct Voice {
    settings: VoiceSettings,
    say: mpsc::Sender<Waiting>,
    render: mpsc::Sender<Rendering>,
    prepare: watch::Sender<BTreeSet<SpeechPart>>,
    device: watch::Sender<String>,
    pronunciations: watch::Sender<Pronunciations>,
    status: watch::Receiver<VoiceStatus>,
}

impl Voice {
    /// Says it when those before it are said, and again from its beginning when it was cut off. Resolves when it
    /// is over. Dropping the future forgets it: what has begun is said to its end, but not again.
    pub async fn say(&self, announcement: Announcement) -> Said {
        let speech = self.pronounced(announcement.speech);
        let announcement = Announcement { speech, ..announcement };
        let (tell, said) = oneshot::channel();
        if self.say.send(Waiting { announcement, tell }).await.is_err() {
            return Said::Off;
        }
        said.await.unwrap_or(Said::Off)
    }

    /// Chime and speech as WAV: one channel, 16 bits, 48 kHz. Errors: [`RenderError`].
    pub async fn render(&self, speech: Vec<SpeechPart>) -> Result<Vec<u8>, RenderError> {
        let (tell, rendered) = oneshot::channel();
        let rendering = Rendering { speech: self.pronounced(speech), tell };
        self.render.try_send(rendering).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => RenderError::TooSlow,
            mpsc::error::TrySendError::Closed(_) => RenderError::NoVoice,
        })?;
        let rendered = timeout(RENDERING_MAX, rendered).await.map_err(|_| RenderError::TooSlow)?;
        let file = rendered.map_err(|_| RenderError::NoVoice)?;
        tokio::fs::read(file).await.map_err(|_| RenderError::NoVoice)
    }

    /// Renders these parts when there is nothing else to do. It replaces what was asked for earlier.
    pub fn prepare(&self, parts: impl IntoIterator<Item = SpeechPart>) {
        self.prepare.send_replace(self.pronounced(parts));
    }

    /// Says dishes as their menu wants them, from the next announcement on.
    pub fn pronounce(&self, pronunciations: Pronunciations) {
        self.pronunciations.send_replace(pronunciations);
    }

    /// Speaks on this device from the next announcement on; `None`: on that of the settings file.
    pub fn use_device(&self, name: Option<String>) {
        let name = name.unwrap_or_else(|| self.settings.device.clone());
        self.device.send_if_modified(|device| {
            let changes = *device != name;
            *device = name;
            changes
        });
    }

    /// The device that it is to speak on.
    pub fn device(&self) -> String {
        self.device.borrow().clone()
    }

    /// The sound devices that the system has, whatever is being said. None when they cannot be listed.
    pub async fn devices(&self) -> Vec<SoundDevice> {
        speaker_process::devices(&self.settings).await
    }

    /// How it fares, now and at every change.
    pub fn status(&self) -> watch::Receiver<VoiceStatus> {
        self.status.clone()
    }

    fn pronounced<T: FromIterator<SpeechPart>>(&self, parts: impl IntoIterator<Item = SpeechPart>) -> T {
        let pronunciations = self.pronunciations.borrow();
        parts.into_iter().map(|part| pronunciations.apply(part)).collect()
    }
}

/// Starts the voice. It cannot fail: whatever goes wrong is a status.
pub fn start(settings: &VoiceSettings) -> Voice {
    let (say, waiting) = mpsc::channel(NEXT_MAX);
    let (render, renderings) = mpsc::channel(RENDERINGS_MAX);
    let (prepare, wanted) = watch::channel(BTreeSet::new());
    let (device, device_wanted) = watch::channel(settings.device.clone());
    let state = if settings.enabled { VoiceState::Starting } else { VoiceState::Disabled };
    let (tell, status) =
        watch::channel(VoiceStatus { state, device: settings.device.clone(), said: 0, expired: 0 });
    if settings.enabled {
        let supervisor = Supervisor {
            settings: settings.clone(),
            waiting,
            renderings,
            wanted,
            device: device_wanted,
            status: tell,
            current: None,
        };
        tokio::spawn(supervisor.run());
    }
    let (pronunciations, _) = watch::channel(Pronunciations::default());
    Voice { settings: settings.clone(), say, render, prepare, device, pronunciations, status }
}
