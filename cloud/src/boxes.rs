//! The way to the boxes: facts come in over MQTT, are kept, and only then acknowledged; news go out the same way.
//!
//! The broker is a pipe. What is lost here the box sends again; a message that makes no sense is counted and
//! blocks nothing, least of all another box. Every connection is a new client with a new event loop.

mod presence;
mod telling;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use cloud_core::command::{Command, Refusal};
use cloud_core::id::{BoxKey, ShopKey};
use cloud_core::state::State;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, PublishOptions, QoS, SubscribeFilter};
use shared::id::StreamId;
use shared::sync::{Ack, Batch, Hello, PACKET_BYTES_MAX};
use shared::topic::{BoxAddress, CloudLane};
use tokio::sync::{Notify, Semaphore};

use crate::config::BrokerConfig;
use crate::journal::{Fault, Journal};

pub use presence::Presence;

use telling::Ears;

/// Messages of boxes at work at once. What comes above that is dropped: a box sends again after 5 s.
const AT_WORK_MAX: usize = 256;
/// Facts and acknowledgements are small; this many packets may wait for the network.
const OUTBOX_MAX: usize = 512;
/// The envelope of [`Batch`] and [`Hello`] that this program reads.
const ENVELOPE: u16 = 1;
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Hears the boxes until the task is dropped. It never gives up.
pub async fn hear(settings: BrokerConfig, journal: Journal, presence: Presence) {
    let mut pause = PAUSE_MIN;
    let clerk = Clerk { journal, presence, ears: Ears::default() };
    loop {
        let (client, events) = connect(&settings);
        let at_work = Arc::new(Semaphore::new(AT_WORK_MAX));
        let ear = Ear { clerk: clerk.clone(), client: client.clone(), at_work, up: Notify::new() };
        let was_connected = tokio::select! {
            was_connected = ear.listen(events) => was_connected,
            never = ear.tell() => match never {},
        };
        metrics::gauge!("chuancai_broker_connected").set(0.0);
        pause = if was_connected { PAUSE_MIN } else { (pause * 2).min(PAUSE_MAX) };
        tokio::time::sleep(pause).await;
    }
}

fn connect(settings: &BrokerConfig) -> (AsyncClient, EventLoop) {
    let client_id = format!("chuancai-cloud-{}", settings.partition);
    let mut options = MqttOptions::new(client_id, (settings.host.as_str(), settings.port));
    options.set_credentials(settings.username.clone(), settings.password.clone());
    options.set_clean_session(true);
    options.set_keep_alive(15);
    // The client's own default of 10 KiB would drop the connection at the first large batch, for ever.
    options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
    AsyncClient::builder(options).capacity(OUTBOX_MAX).build()
}

/// Takes in what boxes say.
#[derive(Clone)]
struct Clerk {
    journal: Journal,
    presence: Presence,
    ears: Ears,
}

/// One connection.
struct Ear {
    clerk: Clerk,
    client: AsyncClient,
    at_work: Arc<Semaphore>,
    /// Connected, and listening.
    up: Notify,
}

impl Ear {
    /// Listens until the connection breaks. Tells whether there ever was one.
    async fn listen(&self, mut events: EventLoop) -> bool {
        let mut connected = false;
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    connected = true;
                    metrics::gauge!("chuancai_broker_connected").set(1.0);
                    tracing::info!("connected to the boxes' broker");
                    self.subscribe().await;
                    self.up.notify_one();
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    self.take_in(&publish.topic, publish.payload.to_vec());
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the connection to the boxes' broker broke");
                    return connected;
                }
            }
        }
    }

    /// Not before the subscription has found room in the queue: nobody empties it meanwhile.
    async fn tell(&self) -> Infallible {
        self.up.notified().await;
        telling::tell(&self.clerk.journal, &self.clerk.ears, &self.client).await
    }

    async fn subscribe(&self) {
        let lanes = CloudLane::ALL.into_iter().filter(|lane| lane.is_up());
        let filters = lanes.map(|lane| SubscribeFilter::new(lane.from_every_box(), QoS::AtLeastOnce));
        if let Err(error) = self.client.subscribe_many(filters).await {
            tracing::warn!(%error, "subscribing to the boxes' topics failed");
        }
    }

    /// Starts the work on one message, so that the next can be heard.
    fn take_in(&self, topic: &[u8], payload: Vec<u8>) {
        let known = std::str::from_utf8(topic).ok().and_then(BoxAddress::parse);
        let Some((address, lane)) = known else { return ignored("topic") };
        let Ok(permit) = Arc::clone(&self.at_work).try_acquire_owned() else { return ignored("busy") };
        let (clerk, client) = (self.clerk.clone(), self.client.clone());
        tokio::spawn(async move {
            let ack = clerk.answer((&address, lane), &payload).await;
            if let Some(ack) = ack {
                send_ack(&client, &address, &ack).await;
            }
            drop(permit);
        });
    }
}

impl Clerk {
    /// The acknowledgement, once what came is kept. `None`: it makes no sense, could not be kept, or is none that
    /// would be acknowledged.
    async fn answer(&self, (address, lane): (&BoxAddress, CloudLane), payload: &[u8]) -> Option<Ack> {
        let key = BoxKey {
            at: ShopKey { brand: address.brand.clone(), shop: address.shop.clone() },
            box_id: address.box_id.clone(),
        };
        let ack = match lane {
            CloudLane::UpHello => self.take_hello(address, &key, payload).await,
            CloudLane::UpEvents => take_batch(&self.journal, &key, payload).await,
            CloudLane::UpAck => self.take_ack(&key, payload).await,
            CloudLane::DownAck | CloudLane::DownEvents => None,
        };
        if ack.is_some() {
            self.presence.heard(key);
        }
        ack
    }

    async fn take_hello(&self, address: &BoxAddress, key: &BoxKey, payload: &[u8]) -> Option<Ack> {
        let Ok(hello) = serde_json::from_slice::<Hello>(payload) else { return unreadable("hello") };
        if hello.v != ENVELOPE {
            return unreadable("version");
        }
        let (stream, asked) = (hello.stream, key.clone());
        let have = match hello.news {
            Some(up_to) => {
                let command = Command::NewsHeard { key: key.clone(), stream, up_to };
                self.journal.ask(command, move |state, _| have(state, &asked, stream)).await
            }
            None => self.journal.look(move |state| have(state, &asked, stream)).await,
        };
        let have = match have {
            Ok(Some(have)) => have,
            Ok(None) | Err(Fault::Refused(_)) => return unregistered(key),
            Err(Fault::Unavailable) => return None,
        };
        if hello.news.is_some() {
            self.ears.greeted(key, address, stream);
        }
        if have >= hello.next {
            tracing::error!(
                box.id = %key.box_id, box.next = hello.next, have,
                "a box counts from behind what it sent before: its database was restored without a new stream"
            );
        }
        Some(Ack { stream, have, gap: false, parked: Vec::new() })
    }

    /// A box has news. That is not acknowledged in turn: it says it again when it is told again.
    async fn take_ack(&self, key: &BoxKey, payload: &[u8]) -> Option<Ack> {
        let Ok(ack) = serde_json::from_slice::<Ack>(payload) else { return unreadable("ack") };
        let Ack { stream, have: up_to, parked, .. } = ack;
        let command = Command::NewsHeard { key: key.clone(), stream, up_to };
        match self.journal.ask(command, |_, _| ()).await {
            Ok(()) => {
                self.presence.heard(key.clone());
                self.ears.heard(key, stream, up_to);
            }
            Err(Fault::Refused(_)) => return unregistered(key),
            Err(Fault::Unavailable) => {}
        }
        if !parked.is_empty() {
            metrics::counter!("chuancai_news_parked").increment(parked.len() as u64);
            tracing::warn!(box.id = %key.box_id, ?parked, "a box set news aside that it cannot read");
        }
        None
    }
}

/// What is kept of a registered box's stream.
fn have(state: &State, key: &BoxKey, stream: StreamId) -> Option<u64> {
    state.kept_of(key).map(|kept| kept.have(stream))
}

async fn take_batch(journal: &Journal, key: &BoxKey, payload: &[u8]) -> Option<Ack> {
    let Ok(batch) = serde_json::from_slice::<Batch>(payload) else { return unreadable("batch") };
    let Batch { v, stream, from, to, facts } = batch;
    if v != ENVELOPE || from == 0 || to.checked_sub(from).map(|last| last + 1) != Some(facts.len() as u64) {
        return unreadable("batch");
    }
    let facts = facts.into_iter().map(|raw| String::from(Box::<str>::from(raw))).collect();
    let command = Command::KeepFacts { key: key.clone(), stream, from, facts };
    let asked = key.clone();
    let kept = journal
        .ask(command, move |state, entries| {
            (have(state, &asked, stream).unwrap_or_default(), parked_in(entries))
        })
        .await;
    match kept {
        Ok((have, parked)) => {
            metrics::counter!("chuancai_facts_parked").increment(parked.len() as u64);
            Some(Ack { stream, have, gap: false, parked })
        }
        Err(Fault::Refused(Refusal::Gap)) => {
            let asked = key.clone();
            let have = journal.look(move |state| have(state, &asked, stream)).await;
            have.ok().flatten().map(|have| Ack { stream, have, gap: true, parked: Vec::new() })
        }
        Err(Fault::Refused(_)) => unregistered(key),
        Err(Fault::Unavailable) => None,
    }
}

fn parked_in(entries: &[cloud_core::entry::Entry]) -> Vec<u64> {
    let parked = entries.iter().find_map(|entry| match entry {
        cloud_core::entry::Entry::FactsKept { parked, .. } => Some(parked.clone()),
        _ => None,
    });
    parked.unwrap_or_default()
}

async fn send_ack(client: &AsyncClient, address: &BoxAddress, ack: &Ack) {
    let payload = serde_json::to_vec(ack).expect("an acknowledgement is plain data");
    let topic = address.topic(CloudLane::DownAck);
    if let Err(error) = client.publish(topic, payload, PublishOptions::at_least_once()).await {
        // The connection is gone; the box asks again.
        tracing::debug!(%error, "an acknowledgement was not sent");
    }
}

fn ignored(why: &'static str) {
    metrics::counter!("chuancai_box_messages_ignored", "why" => why).increment(1);
}

fn unreadable(why: &'static str) -> Option<Ack> {
    ignored(why);
    None
}

fn unregistered(key: &BoxKey) -> Option<Ack> {
    tracing::warn!(brand.id = %key.at.brand, shop.id = %key.at.shop, box.id = %key.box_id, "an unknown box speaks");
    ignored("unregistered");
    None
}
