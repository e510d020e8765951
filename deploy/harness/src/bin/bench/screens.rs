//! Order sent → durable → on every one of 30 screens. The floor is a raw SQLite commit of the same rows and then
//! one raw hop of the same bytes through Mosquitto to as many subscribers, taken in turns with ours.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use harness::program::free_port;
use harness::shop::Device;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, PublishOptions, QoS};
use shared::topic;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::floor::Floor;
use crate::line::{Goal, Line, percentile_ms};
use crate::stand::{Stand, settle};

const ORDERS: usize = 1_000;
/// Not counted: connections, caches and page tables warm up.
const WARM_UP: usize = 100;
/// A message that takes longer is lost.
const ARRIVES_WITHIN: Duration = Duration::from_secs(5);

pub(crate) async fn measure() -> anyhow::Result<Vec<Line>> {
    let stand = Stand::build().await?;
    let mut till = stand.till().await?;
    for _ in 0..WARM_UP + ORDERS {
        till.order().await?;
    }
    settle().await;
    let raw = RawBroker::start(stand.shop.folder())?;
    let floor_path = stand.shop.folder().join("floor.db");
    let mut floor = Floor::copied(&stand.shop.database()?, &floor_path, WARM_UP + ORDERS)?;
    let mut screens = Screens::watch(stand.shop.broker_port(), &stand.screens).await?;
    let mut raw_screens = Screens::watch(raw.port, &stand.screens).await?;
    let publisher = raw.publisher().await;

    let (mut ours, mut floors) = (Vec::with_capacity(ORDERS), Vec::with_capacity(ORDERS));
    for turn in 0..WARM_UP + ORDERS {
        let (id, sent) = till.order().await?;
        let (last, bytes) = screens.all_have(id).await?;
        let committed = floor.commit(1)?.context("as many orders were copied as are placed")?;
        let hop = Instant::now();
        publisher.publish(topic::BOARD, bytes, PublishOptions::new(QoS::AtMostOnce)).await?;
        let (raw_last, _) = raw_screens.all_have(id).await?;
        if turn >= WARM_UP {
            ours.push(last.duration_since(sent));
            floors.push(committed + raw_last.duration_since(hop));
        }
    }
    let line = |name, percent, times| Line {
        name,
        unit: "ms",
        ours: percentile_ms(&ours, percent),
        beside: Some(percentile_ms(&floors, percent)),
        goal: Goal::TimesAtMost(times),
    };
    Ok(vec![line("order-on-screens p50", 50, 1.5), line("order-on-screens p99", 99, 2.0)])
}

/// Subscribers of the board, each with a connection of its own.
pub(crate) struct Screens {
    count: usize,
    arrivals: mpsc::UnboundedReceiver<(Instant, Vec<u8>)>,
}

impl Screens {
    /// A raw broker lets everybody in and takes no notice of the secrets.
    pub(crate) async fn watch(port: u16, screens: &[Device]) -> anyhow::Result<Self> {
        let (tell, arrivals) = mpsc::unbounded_channel();
        let (ready, mut is_ready) = mpsc::channel(screens.len());
        for screen in screens {
            let mut options = MqttOptions::new(screen.id.clone(), ("127.0.0.1", port));
            options.set_max_packet_size(shared::sync::PACKET_BYTES_MAX, shared::sync::PACKET_BYTES_MAX);
            options.set_credentials(screen.id.clone(), screen.secret().to_owned());
            tokio::spawn(watch_board(options, tell.clone(), ready.clone()));
        }
        for _ in screens {
            let ready = tokio::time::timeout(ARRIVES_WITHIN, is_ready.recv()).await;
            ready.context("a screen found no broker")?.context("a screen was turned away by the broker")?;
        }
        Ok(Self { count: screens.len(), arrivals })
    }

    /// When the last of them had the order, and the message itself.
    async fn all_have(&mut self, order: Uuid) -> anyhow::Result<(Instant, Vec<u8>)> {
        let id = order.to_string();
        let mut have = 0;
        loop {
            let arrival = tokio::time::timeout(ARRIVES_WITHIN, self.arrivals.recv()).await;
            let (at, bytes) = arrival.context("a screen was not told")?.context("the screens are gone")?;
            if bytes.windows(id.len()).any(|part| part == id.as_bytes()) {
                have += 1;
                if have == self.count {
                    return Ok((at, bytes));
                }
            }
        }
    }
}

async fn watch_board(
    options: MqttOptions,
    tell: mpsc::UnboundedSender<(Instant, Vec<u8>)>,
    ready: mpsc::Sender<()>,
) {
    let (client, mut events) = AsyncClient::builder(options).capacity(16).build();
    client.subscribe(topic::BOARD, QoS::AtMostOnce).await.expect("the event loop stands beside it");
    // An error ends the screen; whoever waits for it says so.
    while let Ok(event) = events.poll().await {
        match event {
            Event::Incoming(Packet::SubAck(_)) => drop(ready.send(()).await),
            Event::Incoming(Packet::Publish(message)) => {
                drop(tell.send((Instant::now(), message.payload.to_vec())));
            }
            _ => {}
        }
    }
}

/// Mosquitto with nothing of ours around it.
struct RawBroker {
    child: Child,
    port: u16,
}

impl RawBroker {
    fn start(folder: &Path) -> anyhow::Result<Self> {
        let port = free_port();
        let settings = folder.join("raw-broker.conf");
        let lines = format!("listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n");
        std::fs::write(&settings, lines).context("writing the raw broker's settings")?;
        let mut command = Command::new("mosquitto");
        // Debian keeps it where only root looks.
        let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin";
        command.arg("-c").arg(settings).env("PATH", path).stdout(Stdio::null()).stderr(Stdio::null());
        let broker = Self { child: command.spawn().context("starting mosquitto")?, port };
        let until = Instant::now() + ARRIVES_WITHIN;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(Instant::now() < until, "the raw broker does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(broker)
    }

    async fn publisher(&self) -> AsyncClient {
        let mut options = MqttOptions::new("publisher", ("127.0.0.1", self.port));
        options.set_max_packet_size(shared::sync::PACKET_BYTES_MAX, shared::sync::PACKET_BYTES_MAX);
        let (client, mut events) = AsyncClient::builder(options).capacity(16).build();
        tokio::spawn(async move { while events.poll().await.is_ok() {} });
        client
    }
}

impl Drop for RawBroker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
