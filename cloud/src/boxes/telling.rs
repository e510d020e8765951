//! Tells the boxes their news.
//!
//! What waits for whom is in the journal, when to send it is [`Downlink`]'s to say. Here is which boxes are there: that
//! is not kept, and each of them says so again within a minute.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cloud_core::id::BoxKey;
use cloud_core::news::{Downlink, NewsLane};
use cloud_core::state::State;
use rumqttc::{AsyncClient, PublishOptions};
use serde_json::value::to_raw_value;
use shared::id::StreamId;
use shared::sync::{BATCH_FACTS_MAX, NewsBatch};
use shared::topic::{BoxAddress, CloudLane};

use super::ENVELOPE;
use crate::journal::Journal;

/// News gather for this long, so that the writer is not asked after every commit who is to be told.
const GATHER: Duration = Duration::from_millis(100);
/// How often boxes that came back, and answers that did not come, are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The boxes that take news and have been heard. Clones share what they know.
#[derive(Clone)]
pub(super) struct Ears {
    known: Arc<Mutex<HashMap<BoxKey, Ear>>>,
    started: Instant,
}

/// One of them.
struct Ear {
    address: BoxAddress,
    stream: StreamId,
    link: Downlink,
}

impl Default for Ears {
    fn default() -> Self {
        Self { known: Arc::default(), started: Instant::now() }
    }
}

impl Ears {
    /// A box has said hello. One with another stream takes the place of the one before.
    pub(super) fn greeted(&self, key: &BoxKey, address: &BoxAddress, stream: StreamId) {
        let link = Downlink::new(self.started.elapsed());
        self.known().insert(key.clone(), Ear { address: address.clone(), stream, link });
    }

    /// A box has what it was told, up to here.
    pub(super) fn heard(&self, key: &BoxKey, stream: StreamId, up_to: u64) {
        if let Some(ear) = self.known().get_mut(key).filter(|ear| ear.stream == stream) {
            ear.link.heard(self.started.elapsed(), up_to);
        }
    }

    /// What is to be sent now, each with its topic. It counts as sent.
    fn due(&self, state: &State) -> Vec<(String, NewsBatch)> {
        let (mut known, now) = (self.known(), self.started.elapsed());
        let mut due = Vec::new();
        for (to, lane) in state.boxes_to_tell() {
            let ear = known.get_mut(&to.key).filter(|ear| ear.stream == to.stream && ear.link.is_due(now));
            let Some(ear) = ear else { continue };
            let Some(batch) = batch_of(to.stream, lane) else { continue };
            ear.link.sent(now, batch.from + batch.news.len() as u64 - 1);
            due.push((ear.address.topic(CloudLane::DownEvents), batch));
        }
        due
    }

    fn known(&self) -> MutexGuard<'_, HashMap<BoxKey, Ear>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first news that wait. Each is so small that only their number counts.
fn batch_of(stream: StreamId, lane: &NewsLane) -> Option<NewsBatch> {
    let news = lane.waiting().take(BATCH_FACTS_MAX);
    let news = news.map(|one| to_raw_value(one).expect("news are plain data")).collect();
    Some(NewsBatch { v: ENVELOPE, stream, from: lane.first_waiting()?, news })
}

/// Tells them for as long as the connection lasts.
pub(super) async fn tell(journal: &Journal, ears: &Ears, client: &AsyncClient) -> Infallible {
    let mut news = journal.news();
    loop {
        let whom = ears.clone();
        match journal.look(move |state| whom.due(state)).await {
            Ok(due) => {
                for (topic, batch) in due {
                    send(client, topic, &batch).await;
                }
            }
            Err(error) => tracing::debug!(%error, "nobody knows what boxes are to be told"),
        }
        tokio::select! {
            () = news.heard() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        tokio::time::sleep(GATHER).await;
    }
}

async fn send(client: &AsyncClient, topic: String, batch: &NewsBatch) {
    metrics::counter!("chuancai_news_sent").increment(batch.news.len() as u64);
    let payload = serde_json::to_vec(batch).expect("news are plain data");
    if let Err(error) = client.publish(topic, payload, PublishOptions::at_least_once()).await {
        // The connection is gone; what was not acknowledged is sent again.
        tracing::debug!(%error, "news were not sent");
    }
}
