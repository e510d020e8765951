//! The stand that every row measures on: a box with a cashier, and a client so lean that it hardly counts.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use harness::crowd::two_dumplings;
use harness::program::Running;
use harness::shop::{Device, Shop};
use shared::command::Command;
use shared::guest::{Guest, WristbandNumber};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// Kitchen screens of a large house.
pub(crate) const SCREENS: usize = 30;

/// A shop that is open.
#[derive(Debug)]
pub(crate) struct Stand {
    pub(crate) shop: Shop,
    pub(crate) cashier: Device,
    /// One for each kitchen screen: a device is one connection.
    pub(crate) screens: Vec<Device>,
    _running: Running,
}

impl Stand {
    /// A new shop with [`SCREENS`].
    pub(crate) async fn build() -> anyhow::Result<Self> {
        Self::of(Shop::new()?, SCREENS).await
    }

    /// Opens this shop with a cashier and so many screens.
    pub(crate) async fn of(shop: Shop, screens: usize) -> anyhow::Result<Self> {
        let cashier = shop.device("cashier_1", "cashier")?;
        let screens = (1..=screens).map(|number| shop.device(&format!("kitchen_{number}"), "kitchen"));
        let screens = screens.collect::<anyhow::Result<_>>()?;
        let running = shop.open().await?;
        Ok(Self { shop, cashier, screens, _running: running })
    }

    /// A cashier with a connection of its own.
    pub(crate) async fn till(&self) -> anyhow::Result<Till> {
        let stream =
            TcpStream::connect(("127.0.0.1", self.shop.http_port())).await.context("reaching the box")?;
        stream.set_nodelay(true).context("switching off Nagle's algorithm")?;
        Ok(Till { stream, token: self.cashier.token.clone(), answer: Vec::with_capacity(8 * 1024) })
    }
}

/// One connection that orders 水饺2份 for ever new wristbands. Plain HTTP/1.1, written out: a client library would
/// spend more of the machine than the box does.
#[derive(Debug)]
pub(crate) struct Till {
    stream: TcpStream,
    token: String,
    answer: Vec<u8>,
}

impl Till {
    /// Orders and waits for the answer. Returns the order's id and when it was sent.
    pub(crate) async fn order(&mut self) -> anyhow::Result<(Uuid, Instant)> {
        let id = Uuid::new_v4();
        let body = serde_json::to_string(&order_for(id)).context("writing the order")?;
        let request = format!(
            "PUT /api/v1/requests/{id} HTTP/1.1\r\nhost: box\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        let sent = Instant::now();
        self.stream.write_all(request.as_bytes()).await.context("sending the order")?;
        self.read_answer().await?;
        Ok((id, sent))
    }

    async fn read_answer(&mut self) -> anyhow::Result<()> {
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await.context("reading the answer")?;
            ensure!(read > 0, "the box hung up");
            let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head =
                std::str::from_utf8(&self.answer[..end]).context("reading the answer's head")?.to_lowercase();
            ensure!(head.starts_with("http/1.1 200"), "the box refused: {head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.context("the answer has a length")?.trim().parse()?;
            if self.answer.len() >= end + 4 + length {
                return Ok(());
            }
        }
    }
}

/// An order of its own for every id: a new wristband each time.
fn order_for(id: Uuid) -> Command {
    let wristband = id.simple().to_string()[..16].to_owned();
    let wristband = WristbandNumber::new(wristband).expect("16 hexadecimal digits are a label");
    Command::PlaceOrder {
        guest: Some(Guest::Wristband { wristband }),
        lines: vec![two_dumplings()],
        phone: None,
    }
}

/// Lets what went before settle: checkpoints, logs, the uplink's backlog.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}
