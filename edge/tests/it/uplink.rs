//! Facts go up to a cloud in order and once, whatever is lost on the way. The cloud here is a real broker and a
//! listener that acknowledges as each test wants.

mod news;

use std::process::Command as Program;

use chuancai_edge::broker::Link;
use serde_json::Value;
use shared::fact::Recorded;
use shared::id::StreamId;
use shared::sync::{Ack, Batch, Hello};
use shared::topic::{BoxAddress, CloudLane};
use tempfile::TempDir;
use uuid::Uuid;

use crate::the_box::{Mqtt, Running, TestBox, eventually, for_wristband, free_port};

/// The cloud's broker.
struct CloudBroker {
    folder: TempDir,
    port: u16,
    program: Option<Running>,
}

impl CloudBroker {
    fn prepare() -> Self {
        let (folder, port) = (TempDir::new().expect("a folder"), free_port());
        let config = format!("listener {port} 127.0.0.1\nallow_anonymous true\nmax_packet_size 262144\n");
        std::fs::write(folder.path().join("mosquitto.conf"), config).expect("it can be written");
        Self { folder, port, program: None }
    }

    fn start(&mut self) {
        let mut mosquitto = Program::new("mosquitto");
        mosquitto.arg("-c").arg(self.folder.path().join("mosquitto.conf"));
        self.program = Some(Running::start(&mut mosquitto, &self.folder.path().join("log")));
    }

    fn kill(&mut self) {
        self.program = None;
    }

    /// A box that is told of this cloud.
    async fn shop(&self) -> TestBox {
        let port = self.port.to_string();
        let cloud = [("CLOUD__ENABLED", "true"), ("CLOUD__PORT", &port), ("CLOUD__USERNAME", "box_1")];
        TestBox::start_with(&cloud).await
    }
}

/// What a box says. Its hellos are kept in [`Cloud::hellos`].
#[derive(Debug)]
enum Said {
    Hello,
    Batch(Batch),
    /// An answer to news.
    Heard(Ack),
}

/// The cloud's end: what it has been told, in the order it came.
struct Cloud {
    link: Mqtt,
    stream: Option<StreamId>,
    facts: Vec<Recorded>,
    hellos: Vec<Hello>,
}

impl Cloud {
    async fn listen(broker: &CloudBroker) -> Self {
        let link = Link {
            host: "127.0.0.1".to_owned(),
            port: broker.port,
            user: "cloud".to_owned(),
            password: "any".to_owned(),
            topics: CloudLane::ALL
                .into_iter()
                .filter(|lane| lane.is_up())
                .map(CloudLane::from_every_box)
                .collect(),
        };
        let link = eventually("the cloud is connected", || Mqtt::connect(&link)).await;
        Self { link, stream: None, facts: Vec::new(), hellos: Vec::new() }
    }

    /// The next thing said, with no answer given.
    async fn hear(&mut self) -> Said {
        let (topic, payload) = self.link.next().await.expect("the connection holds");
        let (address, lane) = BoxAddress::parse(&topic).expect("one of our topics");
        assert_eq!(address, box_address());
        match lane {
            CloudLane::UpHello => {
                let hello: Hello = serde_json::from_slice(&payload).expect("a hello");
                self.stream = Some(hello.stream);
                self.hellos.push(hello);
                Said::Hello
            }
            CloudLane::UpEvents => Said::Batch(serde_json::from_slice(&payload).expect("a batch")),
            CloudLane::UpAck => Said::Heard(serde_json::from_slice(&payload).expect("an ack")),
            CloudLane::DownAck | CloudLane::DownEvents => panic!("a box does not speak there"),
        }
    }

    /// The next batch; a hello before it is answered.
    async fn hear_batch(&mut self) -> Batch {
        loop {
            match self.hear().await {
                Said::Hello => self.acknowledge(false),
                Said::Batch(batch) => return batch,
                Said::Heard(ack) => panic!("nothing was told: {ack:?}"),
            }
        }
    }

    fn have(&self) -> u64 {
        self.facts.len() as u64
    }

    fn acknowledge(&self, gap: bool) {
        let stream = self.stream.expect("a box has said hello");
        self.say(&Ack { stream, have: self.have(), gap, parked: Vec::new() });
    }

    fn say(&self, ack: &Ack) {
        self.link.send(&box_address().topic(CloudLane::DownAck), serde_json::to_vec(ack).expect("an ack"));
    }

    /// Takes in what is new of a batch, as the real cloud does.
    fn keep(&mut self, batch: &Batch) {
        assert_eq!((Some(batch.stream), batch.to), (self.stream, batch.from + batch.facts.len() as u64 - 1));
        assert!(batch.from <= self.have() + 1, "a gap before {}", batch.from);
        for (seq, fact) in (batch.from..).zip(&batch.facts) {
            let recorded: Recorded = serde_json::from_str(fact.get()).expect("a fact");
            assert_eq!(recorded.seq, seq);
            if seq > self.have() {
                self.facts.push(recorded);
            }
        }
    }

    /// Works as it should until it has `count` facts.
    async fn take_until(&mut self, count: u64) {
        while self.have() < count {
            let batch = self.hear_batch().await;
            self.keep(&batch);
            self.acknowledge(false);
        }
    }
}

fn box_address() -> BoxAddress {
    BoxAddress {
        partition: "p000".to_owned(),
        brand: "demo".parse().expect("a slug"),
        shop: "demo_shop".parse().expect("a slug"),
        box_id: "box_1".parse().expect("a slug"),
    }
}

/// One fact each.
async fn place_orders(shop: &TestBox, count: usize) {
    for _ in 0..count {
        let guest = Uuid::new_v4().simple().to_string();
        shop.order("cashier_1", for_wristband(&guest[..12], &[("shuijiao", 1)])).await;
    }
}

/// The journal as it is kept, and nothing of it missing or twice.
fn assert_same_as_kept(shop: &TestBox, cloud: &Cloud) {
    let database = shop.database();
    let mut statement = database.prepare("SELECT body FROM fact ORDER BY seq").expect("the journal is there");
    let bodies = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    let kept: Vec<Recorded> =
        bodies.map(|body| serde_json::from_str(&body.expect("a row")).expect("a fact")).collect();
    assert_eq!(cloud.facts, kept);
}

async fn cloud_state(shop: &TestBox, state: &str, unsent: u64) {
    eventually(&format!("the cloud is {state} with {unsent} unsent"), async || {
        let cloud: Value = shop.status().await["cloud"].take();
        (cloud["state"] == state && cloud["unsent"] == unsent).then_some(())
    })
    .await;
}

#[tokio::test]
async fn facts_arrive_in_order_and_once() {
    let mut broker = CloudBroker::prepare();
    broker.start();
    let mut cloud = Cloud::listen(&broker).await;
    let shop = broker.shop().await;
    place_orders(&shop, 5).await;
    cloud.take_until(5).await;
    place_orders(&shop, 100).await;
    cloud.take_until(105).await;
    assert_same_as_kept(&shop, &cloud);
    cloud_state(&shop, "online", 0).await;
    assert_eq!((cloud.hellos.len(), cloud.hellos[0].acked), (1, 0));
}

#[tokio::test]
async fn a_batch_without_an_answer_is_sent_again_and_twice_is_as_good_as_once() {
    let mut broker = CloudBroker::prepare();
    broker.start();
    let mut cloud = Cloud::listen(&broker).await;
    let shop = broker.shop().await;
    place_orders(&shop, 3).await;
    let lost = cloud.hear_batch().await;
    cloud.keep(&lost);
    // Kept, but the acknowledgement is lost on the way. Meanwhile the shop goes on, and nothing overtakes.
    place_orders(&shop, 3).await;
    let again = cloud.hear_batch().await;
    assert_eq!(again.from, lost.from, "one batch in flight");
    cloud.keep(&again);
    cloud.acknowledge(false);
    cloud.acknowledge(false);
    cloud.take_until(6).await;
    assert_same_as_kept(&shop, &cloud);
    cloud_state(&shop, "online", 0).await;
}

#[tokio::test]
async fn the_cloud_decides_where_to_go_on() {
    let mut broker = CloudBroker::prepare();
    broker.start();
    let mut cloud = Cloud::listen(&broker).await;
    let shop = broker.shop().await;
    place_orders(&shop, 6).await;
    cloud.take_until(6).await;
    cloud_state(&shop, "online", 0).await;

    // An acknowledgement that speaks of another incarnation is about somebody else.
    cloud.say(&Ack { stream: StreamId(Uuid::new_v4()), have: 0, gap: true, parked: Vec::new() });
    place_orders(&shop, 1).await;
    let batch = cloud.hear_batch().await;
    assert_eq!(batch.from, 7);

    // Put back to an older state, it says that there is a gap.
    cloud.facts.truncate(2);
    cloud.acknowledge(true);
    let batch = cloud.hear_batch().await;
    assert_eq!(batch.from, 3);
    cloud.keep(&batch);
    cloud.acknowledge(false);
    cloud.take_until(7).await;
    assert_same_as_kept(&shop, &cloud);
}

#[tokio::test]
async fn a_cloud_that_was_put_back_while_it_was_away_is_filled_from_there() {
    let mut broker = CloudBroker::prepare();
    broker.start();
    let mut cloud = Cloud::listen(&broker).await;
    let mut shop = broker.shop().await;
    place_orders(&shop, 4).await;
    cloud.take_until(4).await;
    shop.kill();
    cloud.facts.truncate(1);
    shop.restart().await;
    cloud.take_until(4).await;
    assert_same_as_kept(&shop, &cloud);
    assert_eq!(cloud.hellos.len(), 2);
    assert_eq!(cloud.hellos[0].stream, cloud.hellos[1].stream);
}

#[tokio::test]
async fn the_shop_notices_nothing_of_a_cloud_that_is_away_but_a_sign() {
    let mut broker = CloudBroker::prepare();
    let shop = broker.shop().await;
    place_orders(&shop, 3).await;
    cloud_state(&shop, "offline", 3).await;
    broker.start();
    let mut cloud = Cloud::listen(&broker).await;
    cloud.take_until(3).await;
    cloud_state(&shop, "online", 0).await;

    broker.kill();
    cloud_state(&shop, "offline", 0).await;
    place_orders(&shop, 70).await;
    cloud_state(&shop, "offline", 70).await;
    assert_eq!(shop.board().await.orders.len(), 73);
    broker.start();
    let before = std::mem::take(&mut cloud.facts);
    cloud = Cloud { facts: before, ..Cloud::listen(&broker).await };
    cloud.take_until(73).await;
    assert_same_as_kept(&shop, &cloud);
    cloud_state(&shop, "online", 0).await;
}
