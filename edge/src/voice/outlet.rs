//! From what the counter keeps to what is said: one of the listeners that are told after a commit.

use std::sync::Arc;

use edge_core::announce::Templates;
use tokio::sync::{broadcast, watch};
use tracing::debug;

use super::{QUEUE_MAX, Voice, VoiceState, VoiceStatus};
use crate::counter::Told;
use crate::speaker::protocol::Engine;
use crate::status::PartState;

/// Hands in what every commit calls for, until the counter stops.
pub async fn follow(mut told: broadcast::Receiver<Arc<Told>>, voice: Voice, templates: Templates) {
    loop {
        match told.recv().await {
            Ok(told) => announce(&told, &voice, &templates),
            // A thousand commits behind: what was missed would be too old to be said.
            Err(broadcast::error::RecvError::Lagged(count)) => debug!(count, "the voice has missed commits"),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Of more than may wait the oldest are never said: they are not even put into words.
fn announce(told: &Told, voice: &Voice, templates: &Templates) {
    let latest_first = told.facts.iter().rev().filter_map(|recorded| {
        let order = told.orders.iter().find(|view| Some(view.order) == recorded.fact.order());
        templates.announcement(recorded, order)
    });
    let announcements: Vec<_> = latest_first.take(QUEUE_MAX).collect();
    announcements.into_iter().rev().for_each(|announcement| voice.say(announcement));
}

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
