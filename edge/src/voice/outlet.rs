//! From what the counter keeps to what is said: one of the listeners that are told after a commit.

use std::sync::Arc;

use edge_core::announce::{GOOD_FOR, Templates};
use shared::id::{MessageId, StreamId};
use shared::message::Volume;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tracing::debug;

use super::{Announcement, Voice, VoiceState, VoiceStatus};
use crate::counter::Told;
use crate::speaker::protocol::Engine;
use crate::status::PartState;

/// Announcements that wait. A sentence takes five seconds and is worth saying for a minute: of more than a dozen
/// the last would be stale before its turn.
const QUEUE_MAX: usize = 16;

/// Says what every commit calls for, until the counter stops.
pub async fn follow(
    mut told: broadcast::Receiver<Arc<Told>>,
    voice: Voice,
    templates: Templates,
    stream: StreamId,
) {
    let (queue, mut waiting) = broadcast::channel(QUEUE_MAX);
    tokio::spawn(async move {
        loop {
            match waiting.recv().await {
                // Whatever became of it, the screens show it.
                Ok(announcement) => drop(voice.say(announcement).await),
                Err(broadcast::error::RecvError::Lagged(count)) => {
                    debug!(count, "announcements were dropped: too many were waiting");
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    });
    loop {
        match told.recv().await {
            Ok(told) => announcements(&told, &templates, stream).for_each(|announcement| {
                // It ends after us.
                let _ = queue.send(announcement);
            }),
            // A thousand commits behind: what was missed would be too old to be said.
            Err(broadcast::error::RecvError::Lagged(count)) => debug!(count, "the voice has missed commits"),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

fn announcements(told: &Told, templates: &Templates, stream: StreamId) -> impl Iterator<Item = Announcement> {
    let until = Instant::now() + GOOD_FOR;
    told.facts.iter().filter_map(move |recorded| {
        let order = told.orders.iter().find(|view| Some(view.order) == recorded.fact.order());
        let speech = templates.announcement(recorded, order)?.speech;
        let id = MessageId::nth_of(stream, recorded.seq, 0);
        Some(Announcement { id, speech, volume: Volume::FULL, until })
    })
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
