//! What the box and its speaker tell each other: one JSON value a line. The two always come from the same build,
//! so this is not a wire that must stay.

use edge_core::announce::{AnnouncementId, SpeechPart};
use serde::{Deserialize, Serialize};

/// From the box to the speaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Play the chime and say this. The next one is sent when this one is done.
    Say {
        /// Comes back in the reports.
        id: AnnouncementId,
        /// What to say.
        parts: Vec<SpeechPart>,
        /// Volume, 0.0 to 1.0.
        gain: f32,
    },
    /// Render these when there is nothing else to do, so that saying them is quick.
    Prepare(Vec<SpeechPart>),
}

/// From the speaker to the box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// What will speak from now on.
    Engine(Engine),
    /// The sound device is open.
    Ready,
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
        id: AnnouncementId,
    },
    /// All was played.
    Done {
        /// Which announcement.
        id: AnnouncementId,
    },
}

/// What turns words into sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// The neural voice.
    Kokoro,
    /// espeak-ng: something is said, hardly understood.
    Espeak,
    /// Nothing: only the chime sounds.
    ChimeOnly,
}
