//! One connection to a broker, whichever: the shop's or the cloud's. It lives as long as its connection; after
//! any error a new one is dialled, because a client that reconnects by itself keeps state it should not.

use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, NetworkOptions, PublishOptions,
    QoS,
};
use shared::sync::PACKET_BYTES_MAX;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A dead link is noticed at the second missed interval.
const KEEP_ALIVE_SECONDS: u16 = 15;
/// What a packet holds beside its payload: topics of ours are short.
const PACKET_HEAD_BYTES_MAX: usize = 512;
/// Longest wait for a connection.
const CONNECT_SECONDS: u64 = 20;
/// Messages that may wait, each way.
const QUEUE_MAX: usize = 1024;
/// Publishes that may wait for the broker's acknowledgement.
const IN_FLIGHT_MAX: u16 = 100;

/// Where to connect and as whom.
#[derive(Clone)]
pub struct Link {
    /// Host or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name, and the client's id.
    pub user: String,
    /// Password.
    pub password: String,
    /// What to listen to.
    pub topics: Vec<String>,
}

/// What happens on a connection.
#[derive(Debug)]
pub enum LinkEvent {
    /// Connected and listening.
    Up,
    /// A message.
    Message {
        /// Where.
        topic: String,
        /// What.
        payload: Vec<u8>,
        /// The broker had kept it, and whoever sent it may be long gone.
        retained: bool,
    },
}

/// A dialled connection. Dropping it hangs up.
pub struct Linked {
    client: AsyncClient,
    events: mpsc::Receiver<Result<LinkEvent, ConnectionError>>,
    driver: JoinHandle<()>,
}

/// Begins a connection. It is driven by a task of its own, so that nobody's slowness keeps it from its pings.
pub fn dial(link: &Link) -> Linked {
    let mut options = MqttOptions::new(link.user.clone(), (link.host.clone(), link.port));
    options
        .set_keep_alive(KEEP_ALIVE_SECONDS)
        .set_clean_session(true)
        .set_credentials(link.user.clone(), link.password.clone())
        .set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX)
        .set_inflight(IN_FLIGHT_MAX);
    let (client, mut connection) = AsyncClient::builder(options).capacity(QUEUE_MAX).build();
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(CONNECT_SECONDS);
    connection.set_network_options(network);
    let (sender, events) = mpsc::channel(QUEUE_MAX);
    let driver = Driver { client: client.clone(), connection, topics: link.topics.clone(), sender };
    Linked { client, events, driver: tokio::spawn(driver.run()) }
}

struct Driver {
    client: AsyncClient,
    connection: EventLoop,
    topics: Vec<String>,
    sender: mpsc::Sender<Result<LinkEvent, ConnectionError>>,
}

impl Driver {
    /// Until the first error, or until nobody listens.
    async fn run(mut self) {
        loop {
            let event = match self.connection.poll().await {
                Ok(event) => self.read(event).map(Ok),
                Err(error) => Some(Err(error)),
            };
            let ended = matches!(event, Some(Err(_)));
            if let Some(event) = event
                && (self.sender.send(event).await.is_err() || ended)
            {
                return;
            }
        }
    }

    fn read(&mut self, event: Event) -> Option<LinkEvent> {
        match event {
            Event::Incoming(Incoming::ConnAck(_)) => {
                for topic in &self.topics {
                    // The queue is empty at this moment, so there is room.
                    drop(self.client.try_subscribe(topic.as_str(), QoS::AtLeastOnce));
                }
                self.topics.is_empty().then_some(LinkEvent::Up)
            }
            Event::Incoming(Incoming::SubAck(_)) => {
                self.topics.pop();
                self.topics.is_empty().then_some(LinkEvent::Up)
            }
            Event::Incoming(Incoming::Publish(publish)) => {
                let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                Some(LinkEvent::Message {
                    topic,
                    payload: publish.payload.to_vec(),
                    retained: publish.retain,
                })
            }
            Event::Incoming(_) | Event::Outgoing(_) => None,
        }
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Linked {
    /// The next event. Errors: the connection is gone; drop this and dial again.
    pub async fn next(&mut self) -> Result<LinkEvent, ConnectionError> {
        self.events.recv().await.unwrap_or(Err(ConnectionError::RequestsDone))
    }

    /// Hands a message to the connection. `false`: it is not sent, because the queue is full or the message so
    /// large that it would cost the connection.
    pub fn send(&self, topic: &str, payload: Vec<u8>) -> bool {
        self.publish(topic, payload, QoS::AtLeastOnce)
    }

    /// As [`Linked::send`], for what may be lost.
    pub fn send_unacknowledged(&self, topic: &str, payload: Vec<u8>) -> bool {
        self.publish(topic, payload, QoS::AtMostOnce)
    }

    /// Has the broker forget what it has kept on a topic. Whoever listens there hears a message without content.
    pub fn clear(&self, topic: &str) -> bool {
        self.client.try_publish(topic, Vec::new(), PublishOptions::new(QoS::AtLeastOnce).retain(true)).is_ok()
    }

    fn publish(&self, topic: &str, payload: Vec<u8>, qos: QoS) -> bool {
        payload.len() + PACKET_HEAD_BYTES_MAX <= PACKET_BYTES_MAX
            && self.client.try_publish(topic, payload, PublishOptions::new(qos)).is_ok()
    }
}
