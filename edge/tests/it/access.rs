//! Who may read and write which topic, tried at the real broker with the files that the box writes.
//!
//! Mosquitto grants any subscription and keeps back what may not be read, and it acknowledges what may not be
//! written and drops it. So delivery is what is looked at.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command as Program;

use chuancai_edge::broker::{BOX_USER, Link};
use rumqttc::{AsyncClient, Event, Incoming, LastWill, MqttOptions, QoS};
use rustix::process::Pid;
use shared::command::Reply;
use shared::screen::Heartbeat;

use crate::the_box::{DEVICES, Mqtt, Running, TestBox, dishes, eventually, in_time};

const EVERYBODY: [&str; 7] =
    ["pad_801", "pad_802", "kitchen_1", "kitchen_cold", "expo_1", "call_1", "cashier_1"];

/// Each topic, who may read it and who may write it.
const TABLE: [(&str, &[&str], &[&str]); 17] = [
    ("l1/board", &["kitchen_1", "kitchen_cold", "expo_1", "call_1", "cashier_1"], &[]),
    ("l1/menu", &EVERYBODY, &[]),
    ("l1/hb", &EVERYBODY, &[]),
    ("l1/view/pad_801", &["pad_801"], &[]),
    ("l1/view/pad_802", &["pad_802"], &[]),
    ("l1/view/kitchen_1", &[], &[]),
    ("l1/rep/pad_801", &["pad_801"], &[]),
    ("l1/rep/kitchen_1", &["kitchen_1"], &[]),
    ("l1/rep/cashier_1", &["cashier_1"], &[]),
    ("l1/req/pad_801", &[], &["pad_801"]),
    ("l1/req/kitchen_1", &[], &["kitchen_1"]),
    ("l1/req/cashier_1", &[], &["cashier_1"]),
    ("l1/req/expo_1", &[], &["expo_1"]),
    ("l1/dev/pad_801", &["cashier_1"], &["pad_801"]),
    ("l1/dev/kitchen_1", &["cashier_1"], &["kitchen_1"]),
    ("l1/other", &[], &[]),
    ("r1/p000/demo/demo_shop/box_1/up/ev", &[], &[]),
];
const BOX_PASSWORD: &str = "an-invented-password";

/// The broker of a box that does not run itself, so that the test can stand in its place.
struct Stage {
    shop: TestBox,
    _broker: Running,
}

/// The box writes the files for a broker that somebody else runs.
async fn stage() -> Stage {
    let mut shop = TestBox::prepare(&[("BROKER__MODE", "external"), ("BROKER__PASSWORD", BOX_PASSWORD)]);
    let config = shop.state().join("broker/mosquitto.conf");
    shop.open();
    eventually("the broker's files are written", async || config.exists().then_some(())).await;
    shop.kill();
    let mut mosquitto = Program::new("mosquitto");
    mosquitto.arg("-c").arg(config);
    let broker = Running::start(&mut mosquitto, &shop.log_file());
    Stage { shop, _broker: broker }
}

impl Stage {
    /// Stands in the box's place.
    async fn the_box(&self, topics: &[&str]) -> Mqtt {
        let link = self.link(BOX_USER, BOX_PASSWORD, topics);
        eventually("the box may come in", async || Mqtt::connect(&link).await).await
    }

    fn link(&self, user: &str, password: &str, topics: &[&str]) -> Link {
        Link {
            host: "127.0.0.1".to_owned(),
            port: self.shop.broker_port,
            user: user.to_owned(),
            password: password.to_owned(),
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        }
    }
}

#[tokio::test]
async fn a_device_reads_its_own_topics_and_no_others() {
    let stage = stage().await;
    let the_box = stage.the_box(&["l1/#"]).await;
    let mut listeners = Vec::new();
    for (device, ..) in DEVICES {
        listeners.push((device, stage.shop.mqtt(device, &["#"]).await));
    }
    for (topic, ..) in TABLE {
        the_box.send(topic, topic);
    }
    the_box.send("l1/hb", "end");
    for (device, mut listener) in listeners {
        let mut heard = BTreeSet::new();
        loop {
            let (topic, payload) = listener.next().await.expect("the connection holds");
            if payload == b"end" {
                break;
            }
            heard.insert(topic);
        }
        let may = TABLE.iter().filter(|(_, readers, _)| readers.contains(&device));
        let may: BTreeSet<_> = may.map(|(topic, ..)| (*topic).to_owned()).collect();
        assert_eq!(heard, may, "{device} reads");
    }
}

#[tokio::test]
async fn a_device_writes_its_own_topics_and_no_others() {
    let stage = stage().await;
    let mut the_box = stage.the_box(&["l1/#"]).await;
    for (device, ..) in DEVICES {
        let speaker = stage.shop.mqtt(device, &[]).await;
        for (topic, ..) in TABLE {
            speaker.send(topic, device);
        }
        speaker.send(&format!("l1/dev/{device}"), "end");
        let mut heard = BTreeSet::new();
        loop {
            let (topic, payload) = the_box.next().await.expect("the connection holds");
            if payload == b"end" {
                break;
            }
            assert_eq!(payload, device.as_bytes());
            heard.insert(topic);
        }
        let may = TABLE.iter().filter(|(_, _, writers)| writers.contains(&device));
        let may: BTreeSet<_> = may.map(|(topic, ..)| (*topic).to_owned()).collect();
        assert_eq!(heard, may, "{device} writes");
    }
}

#[tokio::test]
async fn presence_is_kept_and_a_last_will_speaks_for_its_own_device_alone() {
    let stage = stage().await;
    let mut cashier = stage.shop.mqtt("cashier_1", &["l1/dev/+"]).await;
    for (topic, payload) in [("l1/dev/kitchen_1", "forged"), ("l1/dev/pad_801", "0")] {
        let mut options = MqttOptions::new("pad_801", ("127.0.0.1", stage.shop.broker_port));
        options.set_credentials("pad_801", stage.shop.secret("pad_801"));
        options.set_last_will(LastWill::new(topic, payload, QoS::AtLeastOnce, true));
        let (client, mut connection) = AsyncClient::builder(options).capacity(4).build();
        in_time("it is let in", async {
            while !matches!(connection.poll().await, Ok(Event::Incoming(Incoming::ConnAck(_)))) {}
        })
        .await;
        // Gone without a word.
        drop((client, connection));
    }
    let first = cashier.next().await.expect("the connection holds");
    assert_eq!(first, ("l1/dev/pad_801".to_owned(), b"0".to_vec()), "the forged will came before it");
}

#[tokio::test]
async fn strangers_are_not_let_in() {
    let shop = TestBox::start().await;
    let secret = shop.secret("pad_801");
    shop.mqtt("pad_801", &[]).await;
    for (user, password) in [
        ("pad_801", "guess"),
        ("pad_801", ""),
        ("pad_802", &secret),
        ("nobody", &secret),
        (BOX_USER, "guess"),
    ] {
        let link = Link {
            host: "127.0.0.1".to_owned(),
            port: shop.broker_port,
            user: user.to_owned(),
            password: password.to_owned(),
            topics: Vec::new(),
        };
        assert!(Mqtt::connect(&link).await.is_none(), "{user} came in with {password:?}");
    }
    let mut anonymous = MqttOptions::new("pad_801", ("127.0.0.1", shop.broker_port));
    anonymous.set_clean_session(true);
    let (_client, mut connection) = AsyncClient::builder(anonymous).capacity(4).build();
    assert!(in_time("the broker answers", connection.poll()).await.is_err(), "nobody came in");
}

#[tokio::test]
async fn a_client_id_is_no_way_into_anothers_place() {
    let shop = TestBox::start().await;
    let mut kitchen = shop.mqtt("kitchen_1", &["l1/rep/kitchen_1", "l1/hb"]).await;
    kitchen.next_on::<Heartbeat>("l1/hb").await;
    let mut options = MqttOptions::new("kitchen_1", ("127.0.0.1", shop.broker_port));
    options.set_credentials("pad_801", shop.secret("pad_801"));
    let (client, mut connection) = AsyncClient::builder(options).capacity(4).build();
    for topic in ["l1/rep/kitchen_1", "l1/hb"] {
        client.try_subscribe(topic, QoS::AtLeastOnce).expect("there is room");
    }
    let mut next = async || loop {
        if let Event::Incoming(Incoming::Publish(publish)) = connection.poll().await.expect("it is let in") {
            return String::from_utf8_lossy(&publish.topic).into_owned();
        }
    };
    assert_eq!(in_time("the pad is let in under the kitchen's name", next()).await, "l1/hb");
    let request = kitchen.request("kitchen_1", dishes(&[("shuijiao", 1)]));
    let reply: Reply = kitchen.next_on("l1/rep/kitchen_1").await;
    assert_eq!(reply.id, Some(request), "the kitchen's own connection holds");
    assert_eq!(
        in_time("the next heartbeat", next()).await,
        "l1/hb",
        "the pad did not read the kitchen's reply"
    );
}

/// Where a process listens: addresses in hexadecimal, a colon, the port, as the kernel writes them.
fn listens(pid: Pid) -> BTreeSet<String> {
    const LISTEN: &str = "0A";
    let folder = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
    let open = std::fs::read_dir(folder.join("fd")).expect("a process of ours").flatten();
    let open: BTreeSet<_> = open.filter_map(|file| std::fs::read_link(file.path()).ok()).collect();
    let tables =
        ["net/tcp", "net/tcp6"].map(|table| std::fs::read_to_string(folder.join(table)).unwrap_or_default());
    let sockets = tables.iter().flat_map(|table| table.lines().skip(1));
    let local = sockets.filter_map(|socket| {
        let fields: Vec<_> = socket.split_whitespace().collect();
        let inode = PathBuf::from(format!("socket:[{}]", fields[9]));
        (fields[3] == LISTEN && open.contains(&inode)).then(|| fields[1].to_owned())
    });
    local.collect()
}

#[tokio::test]
async fn the_broker_listens_where_it_was_told_and_nowhere_else() {
    const LOOPBACK: &str = "0100007F";
    let shop = TestBox::start().await;
    shop.mqtt("pad_801", &["l1/hb"]).await.next_on::<Heartbeat>("l1/hb").await;
    let told = [format!("{LOOPBACK}:{:04X}", shop.broker_port)];
    assert_eq!(listens(shop.broker_pid().expect("it runs")), BTreeSet::from(told));
}
