//! Who is let in at the broker, and as whom. What each may do there is in [`crate::rights`].

use std::collections::BTreeSet;
use std::path::PathBuf;

use chuancai_edge::broker::{BOX_USER, Link};
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS};
use rustix::process::Pid;
use shared::command::Reply;
use shared::screen::Heartbeat;

use crate::the_box::{Mqtt, TestBox, dishes, in_time};

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
