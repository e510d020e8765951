//! What the box and its speaker tell each other: one JSON value a line. The two always come from the same build,
//! so this is not a wire that must stay.

use std::path::PathBuf;

use edge_core::announce::SpeechPart;
use serde::{Deserialize, Serialize};
use shared::id::MessageId;
use utoipa::ToSchema;

/// From the box to the speaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Play the chime and say this. The next one is sent when this one is done.
    Say {
        /// Comes back in the reports.
        id: MessageId,
        /// What to say.
        parts: Vec<SpeechPart>,
        /// Volume, 0.0 to 1.0.
        gain: f32,
    },
    /// Write chime and speech into a file, for a device that plays it itself. What is said here goes first.
    Render {
        /// Comes back in the report.
        rendering: RenderingId,
        /// What to say.
        parts: Vec<SpeechPart>,
    },
    /// Render these when there is nothing else to do, so that saying them is quick.
    Prepare(Vec<SpeechPart>),
    /// Play on this device from the next announcement on.
    UseDevice(String),
}

/// From the speaker to the box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// What will speak from now on.
    Engine(Engine),
    /// A sound device is open.
    Ready {
        /// Its name, as it was asked for.
        device: String,
    },
    /// There is no sound device, or it was lost; whatever was being said is not done. The speaker keeps trying.
    NoDevice {
        /// For the status page.
        reason: String,
    },
    /// There has been nothing to render for a while. The voice is let go, but its memory only goes back to the
    /// system with the process: end it and start another.
    Idle,
    /// The chime was handed to the device.
    Started {
        /// Which announcement.
        id: MessageId,
    },
    /// All was played.
    Done {
        /// Which announcement.
        id: MessageId,
    },
    /// The file asked for, as WAV; `None` when it could not be written.
    Rendered {
        /// Which.
        rendering: RenderingId,
        /// Where it is, until it is the least used.
        file: Option<PathBuf>,
    },
}

/// Which file of speech; counted within one run of the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RenderingId(pub u64);

/// What turns words into sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// The neural voice.
    Kokoro,
    /// espeak-ng: something is said, hardly understood.
    Espeak,
    /// Nothing: only the chime sounds.
    ChimeOnly,
}

/// Where sound can go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct SoundDevice {
    /// As it is chosen: `plughw:CARD=USB,DEV=0`.
    pub name: String,
    /// For the person who chooses.
    pub description: String,
}
