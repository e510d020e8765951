//! Every role, every topic, every way of reading and writing, tried at the real broker with the files that the box
//! writes: all of it made from the one table of rights.
//!
//! Mosquitto grants any subscription and keeps back what may not be read, and it acknowledges what may not be
//! written and drops it. So delivery is what is looked at, up to a message that everybody may hear.

use std::collections::BTreeSet;
use std::process::Command as Program;

use chuancai_edge::broker::BOX_USER;
use chuancai_edge::broker::rights::{Lane, RIGHTS, Right};
use edge_core::authority::Device;
use rumqttc::{AsyncClient, Event, Incoming, LastWill, MqttOptions, Publish, PublishOptions, QoS};
use serde_json::{Value, json};
use shared::command::Request;
use shared::screen::Role;
use shared::topic;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::the_box::{Running, TestBox, command_of, dishes, eventually, fresh_id, in_time};

const BOX_PASSWORD: &str = "an-invented-password";
/// Two of each role: a device, and another like it.
const ROLES: [(Role, &str, [&str; 2]); 7] = [
    (Role::Pad, "pad", ["pad_1", "pad_2"]),
    (Role::Kitchen, "kitchen", ["kitchen_1", "kitchen_2"]),
    (Role::Expo, "expo", ["expo_1", "expo_2"]),
    (Role::CallScreen, "call-screen", ["call_1", "call_2"]),
    (Role::Speaker, "speaker", ["speaker_1", "speaker_2"]),
    (Role::Staff, "staff", ["staff_1", "staff_2"]),
    (Role::Cashier, "cashier", ["cashier_1", "cashier_2"]),
];
/// Topics that are nobody's.
const NOBODYS: [&str; 6] = [
    "l1/other",
    "l1/msg/box",
    "l1/req",
    "l1/board/more",
    "r1/p000/demo/demo_shop/box_1/up/ev",
    "l1/view/nobody",
];
/// Ways of asking for more than one topic at once.
const WILDCARDS: [&str; 8] =
    ["#", "+/#", "+/+", "+/+/+", "l1/#", "l1/+/+", "$SYS/#", "$SYS/broker/clients/connected"];
/// Messages that may wait in a test's client.
const QUEUE_MAX: usize = 4096;
/// The last message of a round.
const END: &str = "end";

/// The broker of a box that does not run it, so that the test can stand in the box's place.
struct Stage {
    shop: TestBox,
    devices: Vec<Device>,
    _broker: Running,
}

/// The box writes the files for a broker that somebody else runs.
async fn stage() -> Stage {
    let settings = [("BROKER__MODE", "external"), ("BROKER__PASSWORD", BOX_PASSWORD)];
    let mut shop = TestBox::prepare_without_devices(&settings);
    let mut devices = Vec::new();
    for (role, name, ids) in ROLES {
        for id in ids {
            let room = (role == Role::Pad).then_some("801");
            shop.add_device(id, name, room);
            let (id, room) = (id.parse().expect("a slug"), room.and_then(|room| room.parse().ok()));
            devices.push(Device { id, role, room, station: None, place: 1, speaks: false });
        }
    }
    let config = shop.state().join("broker/mosquitto.conf");
    shop.open();
    eventually("the broker's files are written", async || config.exists().then_some(())).await;
    shop.kill();
    let mut mosquitto = Program::new("mosquitto");
    mosquitto.arg("-c").arg(config);
    let broker = Running::start(&mut mosquitto, &shop.log_file());
    Stage { shop, devices, _broker: broker }
}

/// Something heard: the topic, what, and whether the broker had kept it.
type Heard = (String, String, bool);

/// A connection of anybody, driven by a task of its own. Dropped, it is gone without a word.
struct Client {
    client: AsyncClient,
    messages: mpsc::UnboundedReceiver<Publish>,
    /// How often the broker has said yes: to the connection, then to each subscription.
    granted: watch::Receiver<usize>,
    asked: usize,
    driver: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Client {
    /// `None`: it was not let in.
    async fn connect(options: MqttOptions) -> Option<Self> {
        let (client, mut connection) = AsyncClient::builder(options).capacity(QUEUE_MAX).build();
        let ((tell, messages), (grant, granted)) = (mpsc::unbounded_channel(), watch::channel(0));
        let driver = tokio::spawn(async move {
            while let Ok(event) = connection.poll().await {
                match event {
                    Event::Incoming(Incoming::ConnAck(_) | Incoming::SubAck(_)) => {
                        grant.send_modify(|granted| *granted += 1);
                    }
                    Event::Incoming(Incoming::Publish(publish)) => drop(tell.send(publish)),
                    Event::Incoming(_) | Event::Outgoing(_) => {}
                }
            }
        });
        let mut connected = Self { client, messages, granted, asked: 1, driver };
        connected.is_granted().await.then_some(connected)
    }

    async fn is_granted(&mut self) -> bool {
        let asked = self.asked;
        in_time("the broker answers", self.granted.wait_for(|granted| *granted >= asked)).await.is_ok()
    }

    /// Subscribes, and waits until the broker has said so of each: what it had kept has come by then.
    async fn subscribe(&mut self, filters: &[String]) {
        for filter in filters {
            self.client.try_subscribe(filter.as_str(), QoS::AtLeastOnce).expect("there is room");
        }
        self.asked += filters.len();
        assert!(self.is_granted().await, "the connection holds");
    }

    fn publish(&self, topic: &str, payload: &str, options: PublishOptions) {
        self.client.try_publish(topic, payload.to_owned(), options).expect("there is room");
    }

    /// In every way that a topic can be written.
    fn publish_every_way(&self, topic: &str) {
        self.publish(topic, "zero", PublishOptions::new(QoS::AtMostOnce));
        self.publish(topic, "one", PublishOptions::new(QoS::AtLeastOnce));
        self.publish(topic, "kept", PublishOptions::new(QoS::AtLeastOnce).retain(true));
    }

    /// All that comes before the end.
    async fn hears(&mut self) -> BTreeSet<Heard> {
        let mut heard = BTreeSet::new();
        loop {
            let publish = in_time("the end", self.messages.recv()).await.expect("the connection holds");
            let [topic, payload] = [&publish.topic[..], &publish.payload[..]]
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            if payload == END {
                return heard;
            }
            heard.insert((topic, payload, publish.retain));
        }
    }
}

impl Stage {
    fn options(&self, user: &str, password: &str) -> MqttOptions {
        let mut options = MqttOptions::new(user, ("127.0.0.1", self.shop.broker_port));
        options.set_credentials(user, password.to_owned());
        options
    }

    async fn device(&self, device: &Device) -> Client {
        let options = self.options(device.id.as_str(), &self.shop.secret(device.id.as_str()));
        Client::connect(options).await.expect("it is let in")
    }

    /// Stands in the box's place, and listens to this.
    async fn the_box(&self, filter: &str) -> Client {
        let connect = async || Client::connect(self.options(BOX_USER, BOX_PASSWORD)).await;
        let mut the_box = eventually("the box may come in", connect).await;
        the_box.subscribe(&[filter.to_owned()]).await;
        the_box
    }

    /// Every topic there is, of every device, and some that are nobody's.
    fn topics(&self) -> BTreeSet<String> {
        let lanes = RIGHTS.iter().map(|right| right.lane).filter(|lane| *lane != Lane::EveryPresence);
        let of_devices = lanes.flat_map(|lane| self.devices.iter().map(move |device| lane.topic(device)));
        of_devices.chain(NOBODYS.map(str::to_owned)).collect()
    }
}

fn matches(filter: &str, topic: &str) -> bool {
    let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (filter.next(), topic.next()) {
            (None, None) => return true,
            (Some(level), Some(other)) if level == "+" || level == other => {}
            (Some(_) | None, Some(_) | None) => return false,
        }
    }
}

fn may(device: &Device, topic: &str, roles: fn(&Right) -> &[Role]) -> bool {
    RIGHTS
        .iter()
        .any(|right| roles(right).contains(&device.role) && matches(&right.lane.topic(device), topic))
}

fn may_read(device: &Device, topic: &str) -> bool {
    may(device, topic, |right| right.read)
}

fn may_write(device: &Device, topic: &str) -> bool {
    may(device, topic, |right| right.write)
}

/// What comes of each topic that is written in every way; what was kept before, where it is asked for.
fn each_way(topics: &BTreeSet<String>, granted: impl Fn(&str) -> bool, kept: bool) -> BTreeSet<Heard> {
    let granted = topics.iter().filter(|topic| granted(topic));
    let ways = |topic: &String| {
        let fresh = ["zero", "one", "kept"].map(|payload| (topic.clone(), payload.to_owned(), false));
        fresh.into_iter().chain(kept.then(|| (topic.clone(), "kept".to_owned(), true)))
    };
    granted.flat_map(ways).collect()
}

#[tokio::test]
async fn m1_a_device_reads_what_the_table_grants_and_nothing_else() {
    let stage = stage().await;
    let topics = stage.topics();
    let exact: Vec<_> = topics.iter().cloned().collect();
    let wildcards = WILDCARDS.map(str::to_owned).to_vec();
    let shared = |filters: &[String]| {
        filters.iter().map(|filter| format!("$share/group/{filter}")).collect::<Vec<_>>()
    };
    let shared = [shared(&exact), shared(&wildcards[..6])].concat();
    let mut the_box = stage.the_box(topic::HEARTBEAT).await;
    for topic in &topics {
        the_box.publish(topic, "kept", PublishOptions::new(QoS::AtLeastOnce).retain(true));
    }
    the_box.publish(topic::HEARTBEAT, END, PublishOptions::new(QoS::AtLeastOnce));
    the_box.hears().await;
    for (filters, kept) in [(&exact, true), (&wildcards, true), (&shared, false)] {
        // One at a time: of those in a group only one hears each message.
        for device in &stage.devices {
            let mut listener = stage.device(device).await;
            listener.subscribe(filters).await;
            listener.subscribe(&[topic::HEARTBEAT.to_owned()]).await;
            for topic in &topics {
                the_box.publish_every_way(topic);
            }
            the_box.publish(topic::HEARTBEAT, END, PublishOptions::new(QoS::AtLeastOnce));
            let mut heard = listener.hears().await;
            // The heartbeat is asked for by itself as well, to hear the end.
            heard.remove(&(topic::HEARTBEAT.to_owned(), "kept".to_owned(), true));
            let grants = |kept| {
                let mut granted = each_way(&topics, |topic| may_read(device, topic), kept);
                granted.remove(&(topic::HEARTBEAT.to_owned(), "kept".to_owned(), true));
                granted
            };
            let leaked: Vec<_> = heard.difference(&grants(true)).cloned().collect();
            assert_eq!(leaked, [], "{} reads {}", device.id, filters[0]);
            // Whether a group hears what was kept is left to the broker.
            heard.retain(|(_, _, was_kept)| kept || !was_kept);
            assert_eq!(heard, grants(kept), "{} reads {}", device.id, filters[0]);
        }
    }
}

#[tokio::test]
async fn m1_a_device_writes_what_the_table_grants_and_nothing_else() {
    let stage = stage().await;
    let topics = stage.topics();
    let mut the_box = stage.the_box("#").await;
    for device in &stage.devices {
        let speaker = stage.device(device).await;
        for topic in &topics {
            speaker.publish_every_way(topic);
        }
        speaker.publish(&topic::presence(&device.id), END, PublishOptions::new(QoS::AtLeastOnce));
        let granted = each_way(&topics, |topic| may_write(device, topic), false);
        assert_eq!(the_box.hears().await, granted, "{} writes", device.id);
    }
    drop(the_box);
    let mut the_box = stage.the_box("#").await;
    the_box.publish(topic::HEARTBEAT, END, PublishOptions::new(QoS::AtLeastOnce));
    let writable = |topic: &&String| stage.devices.iter().any(|device| may_write(device, topic));
    let kept = topics.iter().filter(writable).map(|topic| (topic.clone(), "kept".to_owned(), true));
    assert_eq!(the_box.hears().await, kept.collect(), "nothing else was kept");
}

#[tokio::test]
async fn m1_a_last_will_says_what_the_table_grants_and_nothing_else() {
    let stage = stage().await;
    let topics = stage.topics();
    let mut the_box = stage.the_box("#").await;
    for device in stage.devices.iter().step_by(2) {
        let presence = topic::presence(&device.id);
        // Its own, its twin's, and those that are the same for all; of strangers' one kind is enough.
        let stem = device.id.as_str().trim_end_matches('1');
        let is_near = |topic: &&String| {
            topic.contains(stem) || topic.starts_with("l1/msg") || topic.matches('/').count() == 1
        };
        let tried: BTreeSet<_> = topics.iter().filter(is_near).cloned().collect();
        for (topic, payload) in tried.iter().map(|topic| (topic, "will")).chain([(&presence, END)]) {
            let mut options = stage.options(device.id.as_str(), &stage.shop.secret(device.id.as_str()));
            options.set_last_will(LastWill::new(topic.as_str(), payload, QoS::AtLeastOnce, payload != END));
            // Gone without a word. The next one has its name, so its will is said before that one is let in.
            drop(Client::connect(options).await.expect("it is let in"));
        }
        let granted = tried.iter().filter(|topic| may_write(device, topic));
        let granted: BTreeSet<_> = granted.map(|topic| (topic.clone(), "will".to_owned(), false)).collect();
        assert!(granted.len() >= 2, "{tried:?}");
        assert_eq!(the_box.hears().await, granted, "the wills of {}", device.id);
    }
}

#[tokio::test]
async fn k11_a_request_that_the_broker_keeps_is_taken_once_and_cleared() {
    let mut stage = stage().await;
    stage.shop.restart().await;
    let pad = stage.devices[0].clone();
    let command = command_of(dishes(&[("shuijiao", 1)]));
    let request = Request { id: fresh_id(), place: None, command };
    let request = serde_json::to_string(&request).expect("a request");
    let client = stage.device(&pad).await;
    client.publish(&topic::request(&pad.id), &request, PublishOptions::new(QoS::AtLeastOnce).retain(true));
    let here = PublishOptions::new(QoS::AtLeastOnce).retain(true);
    client.publish(&topic::presence(&pad.id), "1", here);
    let ordered = async || (stage.shop.board().await.orders.len() == 1).then_some(());
    eventually("it is taken", ordered).await;
    let room = json!({ "type": "clean_room", "room": "801" });
    stage.shop.ask("cashier_1", room).await.granted();
    stage.shop.stop().await;
    stage.shop.restart().await;
    let cleared = async || stage.shop.log().contains("had kept a message").then_some(());
    eventually("it is cleared", cleared).await;
    assert_eq!(stage.shop.board().await.orders.len(), 0, "it is not taken again");
    let is_here = async || {
        let list: Value = stage.shop.get("cashier_1", "/api/v1/devices").await;
        let pad = list["devices"].as_array()?.iter().find(|device| device["device"] == pad.id.as_str())?;
        (pad["here"] == true).then_some(())
    };
    eventually("who is there is what the broker keeps for good", is_here).await;
    stage.shop.stop().await;
    let mut the_box = stage.the_box("l1/req/+").await;
    the_box.subscribe(&[topic::HEARTBEAT.to_owned()]).await;
    the_box.publish(topic::HEARTBEAT, END, PublishOptions::new(QoS::AtLeastOnce));
    assert_eq!(the_box.hears().await, BTreeSet::new(), "the broker keeps no request");
}
