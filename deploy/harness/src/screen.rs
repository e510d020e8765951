//! A screen as `shared/docs/wire.md` describes one, without a page: it says that it is there, fetches, applies events
//! by their revisions, fetches again when it has missed one, asks until it is answered, and reports on its messages.
//! It keeps what it has seen, so that it can be held against the box afterwards.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, LastWill, MqttOptions, Packet, PublishOptions, QoS};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::command::{Command, Outcome, Reply, Request};
use shared::id::{AccountId, DeviceId, MessageId, OrderId, RequestId};
use shared::message::{Became, Message, MessageReport};
use shared::order::OrderView;
use shared::screen::{Board, BoardEvent, Heartbeat, Role, Session};
use shared::sync::PACKET_BYTES_MAX;
use shared::topic;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::crowd::Door;
use crate::shop::Device;

/// After this without a reply the same is sent again.
const ASK_AGAIN: Duration = Duration::from_secs(3);
/// Wait before a broker that has gone is dialled again.
const DIAL_AGAIN: Duration = Duration::from_millis(200);

/// Everything open, as one screen shows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Picture {
    /// Of the last fact in it.
    pub revision: u64,
    /// By their ids.
    pub orders: BTreeMap<OrderId, OrderView>,
}

/// What a screen has seen.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// None until it has fetched one.
    pub picture: Option<Picture>,
    /// How often each message came.
    pub told: HashMap<MessageId, u32>,
    /// How often it has connected.
    pub connections: u32,
}

/// A screen at work. It goes dark when this is dropped.
#[derive(Debug)]
pub struct Screen {
    /// As whom it speaks.
    pub session: Session,
    seen: Arc<Mutex<Seen>>,
    wishes: mpsc::Sender<(Request, oneshot::Sender<Outcome>)>,
    work: JoinHandle<()>,
}

impl Screen {
    /// Turns a device's screen on. Errors: the box does not know it.
    pub async fn turn_on(device: &Device, door: Door, broker_port: u16) -> anyhow::Result<Self> {
        let session: Session = fetch(&door, "/api/v1/session").await?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (wishes, asked) = mpsc::channel(16);
        let works = Works {
            account: session.account.clone(),
            role: session.role,
            device: device.clone(),
            door,
            broker_port,
            seen: seen.clone(),
            waiting: HashMap::new(),
            heard_of: 0,
            has_missed: false,
            hears_the_box: false,
        };
        Ok(Self { session, seen, wishes, work: tokio::spawn(works.run(asked)) })
    }

    /// What it has seen so far.
    pub fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }

    /// Asks over MQTT until it is answered.
    pub async fn ask(&self, id: RequestId, command: Command) -> Outcome {
        let (reply, replied) = oneshot::channel();
        let request = Request { id, place: Some(self.session.place), command };
        self.wishes.send((request, reply)).await.expect("the screen works until it is dropped");
        replied.await.expect("the screen asks until it is answered")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl Picture {
    fn of(board: Board) -> Self {
        let orders = board.orders.into_iter().map(|order| (order.order, order)).collect();
        Self { revision: board.revision, orders }
    }

    /// Takes in what one commit changed. `false`: it builds on something that was missed.
    fn apply(&mut self, event: BoardEvent) -> bool {
        if event.revision <= self.revision {
            return true;
        }
        if event.after > self.revision {
            return false;
        }
        self.revision = event.revision;
        self.orders.extend(event.orders.into_iter().map(|order| (order.order, order)));
        self.orders.retain(|id, order| order.is_on_board() && !event.gone.contains(id));
        true
    }
}

/// The board that the box shows to this device.
pub async fn board(door: &Door) -> anyhow::Result<Picture> {
    fetch(door, "/api/v1/board").await.map(Picture::of)
}

/// Looks at something of the box. Errors: it does not answer, or refuses.
pub async fn fetch<T: DeserializeOwned>(door: &Door, path: &str) -> anyhow::Result<T> {
    let asked = door.http.get(format!("{}{path}", door.address)).bearer_auth(&door.token);
    Ok(asked.send().await?.error_for_status()?.json().await?)
}

struct Works {
    device: Device,
    account: AccountId,
    role: Role,
    door: Door,
    broker_port: u16,
    seen: Arc<Mutex<Seen>>,
    waiting: HashMap<RequestId, (Request, oneshot::Sender<Outcome>)>,
    /// Revision that the heartbeat before spoke of.
    heard_of: u64,
    has_missed: bool,
    /// Whether a heartbeat has come on this connection.
    hears_the_box: bool,
}

impl Works {
    /// A connection that has ended is followed by another.
    async fn run(mut self, mut asked: mpsc::Receiver<(Request, oneshot::Sender<Outcome>)>) {
        loop {
            self.connect(&mut asked).await;
            tokio::time::sleep(DIAL_AGAIN).await;
        }
    }

    async fn connect(&mut self, asked: &mut mpsc::Receiver<(Request, oneshot::Sender<Outcome>)>) {
        let (client, mut events) = AsyncClient::builder(self.options()).capacity(256).build();
        let mut again = tokio::time::interval(ASK_AGAIN);
        let mut listening = 0;
        loop {
            tokio::select! {
                event = events.poll() => match event {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => listening = self.subscribe(&client),
                    Ok(Event::Incoming(Packet::SubAck(_))) => {
                        listening -= 1;
                        if listening == 0 {
                            self.begin(&client).await;
                        }
                    }
                    Ok(Event::Incoming(Packet::Publish(heard))) => {
                        self.hear(&client, &String::from_utf8_lossy(&heard.topic), &heard.payload);
                        self.catch_up().await;
                        if heard.topic == topic::HEARTBEAT && !std::mem::replace(&mut self.hears_the_box, true) {
                            self.catch_up_with_messages(&client).await;
                        }
                    }
                    Ok(_) => {}
                    Err(_) => return,
                },
                Some((request, reply)) = asked.recv() => {
                    self.send(&client, &request);
                    self.waiting.insert(request.id, (request, reply));
                }
                _ = again.tick() => self.waiting.values().for_each(|(request, _)| self.send(&client, request)),
            }
        }
    }

    fn options(&self) -> MqttOptions {
        let id = self.device.id.clone();
        let mut options = MqttOptions::new(id.clone(), ("127.0.0.1", self.broker_port));
        options
            .set_clean_session(true)
            .set_credentials(id, self.device.secret().to_owned())
            .set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX)
            .set_last_will(LastWill::new(topic::presence(&self.device_id()), "0", QoS::AtLeastOnce, true));
        options
    }

    fn device_id(&self) -> DeviceId {
        self.device.id.parse().expect("the box gave it")
    }

    /// How many grants to wait for.
    fn subscribe(&self, client: &AsyncClient) -> usize {
        let device = self.device_id();
        let board = match self.role {
            Role::Pad => Some(topic::view(&device)),
            Role::Kitchen | Role::Expo | Role::CallScreen | Role::Staff | Role::Cashier => {
                Some(topic::BOARD.to_owned())
            }
            Role::Speaker => None,
        };
        let own = [topic::HEARTBEAT.to_owned(), topic::message(&self.account), topic::reply(&device)];
        let topics: Vec<_> = own.into_iter().chain(board).collect();
        for topic in &topics {
            // The queue is empty at this moment, so there is room.
            drop(client.try_subscribe(topic.as_str(), QoS::AtLeastOnce));
        }
        topics.len()
    }

    /// It is connected and hears whatever comes from now on.
    async fn begin(&mut self, client: &AsyncClient) {
        lock(&self.seen).connections += 1;
        let retained = PublishOptions::new(QoS::AtLeastOnce).retain(true);
        drop(client.try_publish(topic::presence(&self.device_id()), "1", retained));
        self.has_missed = self.role != Role::Speaker;
        self.hears_the_box = false;
        self.catch_up().await;
    }

    /// What it was told while it, or the box, was away. A report before the box listens again would be lost.
    async fn catch_up_with_messages(&mut self, client: &AsyncClient) {
        if let Ok(mine) = fetch::<Value>(&self.door, "/api/v1/messages/mine").await {
            let messages = mine["messages"].as_array().cloned().unwrap_or_default();
            for message in messages.into_iter().filter_map(|message| serde_json::from_value(message).ok()) {
                self.be_told(client, &message);
            }
        }
    }

    fn hear(&mut self, client: &AsyncClient, topic: &str, payload: &[u8]) {
        let device = self.device_id();
        if topic == topic::BOARD || topic == topic::view(&device) {
            let event = serde_json::from_slice(payload).expect("an event");
            let mut seen = lock(&self.seen);
            self.has_missed |= seen.picture.as_mut().is_none_or(|picture| !picture.apply(event));
        } else if topic == topic::HEARTBEAT {
            let heartbeat: Heartbeat = serde_json::from_slice(payload).expect("a heartbeat");
            let known = lock(&self.seen).picture.as_ref().map_or(0, |picture| picture.revision);
            self.has_missed |= self.heard_of > known && self.role != Role::Speaker;
            self.heard_of = heartbeat.revision;
        } else if topic == topic::reply(&device) {
            let reply: Reply = serde_json::from_slice(payload).expect("a reply");
            if let Some((_, asker)) = reply.id.and_then(|id| self.waiting.remove(&id)) {
                // Whoever asked may have stopped waiting.
                drop(asker.send(reply.outcome));
            }
        } else {
            self.be_told(client, &serde_json::from_slice(payload).expect("a message"));
        }
    }

    async fn catch_up(&mut self) {
        if !self.has_missed {
            return;
        }
        // One that does not answer is asked again at the next event.
        if let Ok(fresh) = board(&self.door).await {
            let revision = fresh.revision.max(self.heard_of);
            lock(&self.seen).picture = Some(Picture { revision, ..fresh });
            self.has_missed = false;
        }
    }

    fn be_told(&self, client: &AsyncClient, message: &Message) {
        *lock(&self.seen).told.entry(message.id).or_default() += 1;
        let became = if message.speak.is_some() { Became::Spoken } else { Became::Acknowledged };
        let report = json!(MessageReport { id: message.id, became }).to_string();
        let options = PublishOptions::new(QoS::AtLeastOnce);
        drop(client.try_publish(topic::report(&self.device_id()), report, options));
    }

    fn send(&self, client: &AsyncClient, request: &Request) {
        let body = json!(request).to_string();
        let options = PublishOptions::new(QoS::AtLeastOnce);
        // One that finds no room is sent again in a while.
        drop(client.try_publish(topic::request(&self.device_id()), body, options));
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
