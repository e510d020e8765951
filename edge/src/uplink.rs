//! The link to the cloud: carries the journal up, batch by batch, and knows what has arrived; takes the cloud's news.
//!
//! When to send what is decided by [`edge_core::uplink`]; here are the socket, the timer and the journal. The
//! shop notices nothing of a cloud that is away but a sign.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use edge_core::uplink::{Sending, Uplink};
use jiff::Timestamp;
use serde::Serialize;
use shared::id::StreamId;
use shared::sync::{Ack, BATCH_BYTES_MAX, BATCH_FACTS_MAX, Batch, Hello, NewsBatch};
use shared::topic::{BoxAddress, CloudLane};
use tokio::sync::{broadcast, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{info, warn};

use crate::broker::{Link, LinkEvent, Linked, dial};
use crate::config::{CloudSettings, ShopSettings};
use crate::counter::{Counter, NewsTaken, Told};
use crate::status::CloudState;
use crate::store::JournalReader;

/// How often waiting is looked at.
const TICK: Duration = Duration::from_millis(500);
/// A quiet shop says hello this often, so that the cloud knows that it can be reached.
const GREETING: Duration = Duration::from_secs(60);
/// The first wait before the cloud is dialled again …
const REDIAL_MIN: Duration = Duration::from_secs(1);
/// … and the longest.
const REDIAL_MAX: Duration = Duration::from_secs(30);
/// Version of the envelopes.
const WIRE: u16 = 1;

/// Everything the link needs.
pub struct Cloud {
    link: Link,
    address: BoxAddress,
    stream: StreamId,
    news: u64,
    counter: Counter,
    folder: PathBuf,
    report: watch::Sender<CloudState>,
    started: Instant,
}

/// Where the journal stands when the link starts.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    /// The incarnation of the database.
    pub stream: StreamId,
    /// What the cloud was known to have.
    pub acked: u64,
    /// The last of its news that the box has.
    pub news: u64,
    /// The last fact.
    pub last: u64,
}

/// Starts the link, if there is a cloud, and says how it is.
pub fn start(
    shop: &ShopSettings,
    settings: &CloudSettings,
    position: Position,
    counter: Counter,
    folder: PathBuf,
) -> watch::Receiver<CloudState> {
    let state = if settings.enabled { "offline" } else { "disabled" };
    let unsent = position.last.saturating_sub(position.acked);
    let (report, reported) =
        watch::channel(CloudState { state, unsent, last_ack_at: None, news_set_aside: 0 });
    if settings.enabled {
        let address = BoxAddress {
            partition: settings.partition.clone(),
            brand: shop.brand.clone(),
            shop: shop.shop.clone(),
            box_id: shop.box_id.clone(),
        };
        let link = Link {
            host: settings.host.clone(),
            port: settings.port,
            user: settings.username.clone(),
            password: settings.password.clone(),
            topics: [CloudLane::DownAck, CloudLane::DownEvents].map(|lane| address.topic(lane)).into(),
        };
        let cloud = Cloud {
            link,
            address,
            stream: position.stream,
            news: position.news,
            counter,
            folder,
            report,
            started: Instant::now(),
        };
        let told = cloud.counter.listen();
        tokio::spawn(cloud.serve(Uplink::new(position.acked, position.last), told));
    }
    reported
}

impl Cloud {
    async fn serve(mut self, mut uplink: Uplink, mut told: broadcast::Receiver<Arc<Told>>) {
        let mut wait = REDIAL_MIN;
        loop {
            let link = dial(&self.link);
            let ended = self.serve_connection(link, &mut told, &mut uplink).await;
            if uplink.is_online() {
                wait = REDIAL_MIN;
            }
            uplink.disconnected();
            self.show(&uplink);
            if let Err(error) = ended {
                info!(error = %error, wait_ms = wait.as_millis() as u64, "the cloud is away");
            }
            self.rest(wait + Duration::from_millis(u64::from(rand_millis())), &mut told, &mut uplink).await;
            wait = (wait * 2).min(REDIAL_MAX);
        }
    }

    /// Waits, and keeps count of what the cloud is missing.
    async fn rest(&self, wait: Duration, told: &mut broadcast::Receiver<Arc<Told>>, uplink: &mut Uplink) {
        let over = sleep(wait);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return,
                Ok(news) = told.recv() => uplink.grown(news.revision),
            };
            self.show(uplink);
        }
    }

    async fn serve_connection(
        &mut self,
        mut link: Linked,
        told: &mut broadcast::Receiver<Arc<Told>>,
        uplink: &mut Uplink,
    ) -> anyhow::Result<()> {
        let journal = JournalReader::open(&self.folder)?;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut greeting = interval(GREETING);
        greeting.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let sending = tokio::select! {
                event = link.next() => match event? {
                    LinkEvent::Up => Some(uplink.connected(self.started.elapsed())),
                    LinkEvent::Message { topic, payload, .. } => match BoxAddress::parse(&topic) {
                        Some((_, CloudLane::DownAck)) => self.hear_ack(&payload, uplink).await,
                        Some((_, CloudLane::DownEvents)) => {
                            self.hear_news(&link, &payload).await?;
                            None
                        }
                        Some((_, CloudLane::UpEvents | CloudLane::UpHello | CloudLane::UpAck)) | None => None,
                    },
                },
                news = told.recv() => match news {
                    Ok(news) => uplink.grown(news.revision),
                    Err(broadcast::error::RecvError::Lagged(_)) => None,
                    Err(broadcast::error::RecvError::Closed) => anyhow::bail!("the counter has stopped"),
                },
                _ = tick.tick() => uplink.tick(self.started.elapsed()),
                _ = greeting.tick() => uplink.is_online().then_some(Sending::Hello),
            };
            if let Some(sending) = sending {
                self.send(&link, &journal, sending, uplink)?;
            }
            self.show(uplink);
        }
    }

    async fn hear_ack(&self, payload: &[u8], uplink: &mut Uplink) -> Option<Sending> {
        let ack: Ack = match serde_json::from_slice(payload) {
            Ok(ack) => ack,
            Err(error) => {
                warn!(error = %error, "an acknowledgement of the cloud cannot be read");
                return None;
            }
        };
        if ack.stream != self.stream {
            return None;
        }
        if !ack.parked.is_empty() {
            warn!(parked = ?ack.parked, "the cloud set facts aside that it cannot read");
        }
        let sending = uplink.heard(&ack);
        self.report.send_modify(|state| state.last_ack_at = Some(Timestamp::now()));
        // A stopped counter ends this connection by itself.
        drop(self.counter.acked(uplink.acked()).await);
        sending
    }

    /// Acknowledged once it is kept. What is not kept, the cloud tells again.
    async fn hear_news(&mut self, link: &Linked, payload: &[u8]) -> anyhow::Result<()> {
        let batch: NewsBatch = match serde_json::from_slice(payload) {
            Ok(batch) => batch,
            Err(error) => {
                warn!(error = %error, "news of the cloud cannot be read");
                self.report.send_modify(|state| state.news_set_aside += 1);
                return Ok(());
            }
        };
        if batch.stream != self.stream || batch.v != WIRE {
            return Ok(());
        }
        // A stopped counter ends this connection by itself.
        let Ok(NewsTaken { have, unreadable }) = self.counter.hear(batch).await else { return Ok(()) };
        self.news = have;
        if !unreadable.is_empty() {
            warn!(unreadable = ?unreadable, "news of the cloud were set aside that this program cannot read");
            self.report.send_modify(|state| state.news_set_aside += unreadable.len() as u64);
        }
        let ack = Ack { stream: self.stream, have, gap: false, parked: unreadable };
        self.publish(link, CloudLane::UpAck, &ack)
    }

    fn send(
        &self,
        link: &Linked,
        journal: &JournalReader,
        sending: Sending,
        uplink: &mut Uplink,
    ) -> anyhow::Result<()> {
        match sending {
            Sending::Hello => {
                let (acked, next) = (uplink.acked(), uplink.acked() + uplink.unsent() + 1);
                let program = env!("CARGO_PKG_VERSION").to_owned();
                let (stream, wall, news) = (self.stream, Timestamp::now(), Some(self.news));
                let hello = Hello { v: WIRE, stream, next, acked, program, wall, news };
                self.publish(link, CloudLane::UpHello, &hello)?;
            }
            Sending::BatchFrom(from) => {
                let facts = journal.facts_from(from, BATCH_FACTS_MAX, BATCH_BYTES_MAX)?;
                if facts.is_empty() {
                    return Ok(());
                }
                let to = from + facts.len() as u64 - 1;
                self.publish(
                    link,
                    CloudLane::UpEvents,
                    &Batch { v: WIRE, stream: self.stream, from, to, facts },
                )?;
                uplink.sent(self.started.elapsed(), to);
            }
        }
        Ok(())
    }

    /// A full queue means that the connection has stalled: it is given up and dialled again.
    fn publish<T: Serialize>(&self, link: &Linked, lane: CloudLane, message: &T) -> anyhow::Result<()> {
        let payload = serde_json::to_vec(message)?;
        anyhow::ensure!(link.send(&self.address.topic(lane), payload), "the link to the cloud has stalled");
        Ok(())
    }

    fn show(&self, uplink: &Uplink) {
        let state = if uplink.is_online() { "online" } else { "offline" };
        self.report.send_if_modified(|shown| {
            let changed = shown.state != state || shown.unsent != uplink.unsent();
            (shown.state, shown.unsent) = (state, uplink.unsent());
            changed
        });
    }
}

/// Up to a second, so that a thousand boxes do not all come back in the same instant.
fn rand_millis() -> u16 {
    u16::from_le_bytes([uuid::Uuid::new_v4().as_bytes()[0], uuid::Uuid::new_v4().as_bytes()[1] & 3])
}
