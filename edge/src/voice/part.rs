//! The voice on the status page: one part of the box among others.

use tokio::sync::watch;

use super::{VoiceState, VoiceStatus};
use crate::speaker::protocol::Engine;
use crate::status::PartState;

/// The voice as one part of the box, now and at every change.
pub fn as_part(mut status: watch::Receiver<VoiceStatus>) -> watch::Receiver<PartState> {
    let (tell, part) = watch::channel(PartState::from(&*status.borrow_and_update()));
    tokio::spawn(async move {
        while status.changed().await.is_ok() {
            tell.send_replace(PartState::from(&*status.borrow_and_update()));
        }
    });
    part
}

impl From<&VoiceStatus> for PartState {
    fn from(status: &VoiceStatus) -> Self {
        match &status.state {
            VoiceState::Disabled => Self::failed("disabled", "turned off in the settings"),
            VoiceState::Starting => Self::starting(),
            VoiceState::SpeakingWith { engine: Engine::Kokoro } => Self::ok("speaking"),
            VoiceState::SpeakingWith { engine: Engine::Espeak } => {
                Self { detail: Some("hard to understand: run deploy/voice".to_owned()), ..Self::ok("espeak") }
            }
            VoiceState::SpeakingWith { engine: Engine::ChimeOnly } => Self {
                detail: Some("there is no voice: run deploy/voice".to_owned()),
                ..Self::ok("chime_only")
            },
            VoiceState::NoDevice { reason } => Self::failed("no_device", reason),
            VoiceState::Restarting { reason } => Self::failed("restarting", reason),
        }
    }
}
