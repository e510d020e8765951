//! Everything around a gateway: clients with a window, a carrier that takes every message and reports it 50 ms
//! later, and the brand's system that is called back in the end.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::http::{self, Asked, Connections};
use super::running::{Gateway, processor_time};
use super::{kannel, ours, smsc};
use crate::line::at_ms;

/// Where carrier and brand listen.
pub(crate) const PORT: u16 = 7_391;
/// Where our service takes receipts.
const OUR_RECEIPTS: &str = "/hooks/chuanglan/0123456789abcdef/report?receiver=&pswd=&reportTime=2611230100\
    &notifyTime=261123010000&status=DELIVRD&statusDesc=&length=1";
/// A carrier's connections.
const RECEIPTS_AT_ONCE: usize = 64;
const RECEIPT_AFTER: Duration = Duration::from_millis(50);
/// Nothing has come for so long: what is missing is lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// Slower than the carrier takes them: what is measured is not their own queue.
const CODE_EVERY: Duration = Duration::from_millis(15);

/// One round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) messages: usize,
    pub(crate) connections: usize,
    pub(crate) window: usize,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    pub(crate) lost: usize,
    /// Of the processor, by the gateway and by everything around it.
    gateway_us: f64,
    outside_us: f64,
}

impl Ran {
    /// Without the time that the carrier took until its receipt.
    pub(crate) fn added_ms(&self) -> f64 {
        self.p50_ms - RECEIPT_AFTER.as_secs_f64() * 1_000.0
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { per_second, p50_ms, p99_ms, lost, gateway_us, outside_us } = self;
        write!(
            f,
            "{per_second:>8.0} {p50_ms:>9.1} {p99_ms:>9.1} {lost:>6} {gateway_us:>11.0} {outside_us:>8.0}"
        )
    }
}

/// A message that a client wants sent.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) id: Uuid,
    pub(crate) phone: String,
}

/// How a gateway is asked, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entrance {
    pub(crate) port: u16,
    pub(crate) asked: fn(&Wanted) -> Asked,
}

/// Carrier, clients, brand.
pub(crate) struct Outside {
    desk: Desk,
}

#[derive(Clone)]
struct Desk {
    to_kannel: Arc<Connections>,
    to_us: Arc<Connections>,
    book: Arc<Mutex<Book>>,
    progress: watch::Sender<usize>,
}

#[derive(Default)]
struct Book {
    serial: u64,
    phones: u32,
    /// Messages asked for in this round.
    asked: usize,
    /// Since when, and the place in the window.
    open: HashMap<Uuid, (Instant, OwnedSemaphorePermit)>,
    times: Vec<Duration>,
    /// When the carrier was given a code, by its number.
    codes: HashMap<String, Instant>,
}

impl Outside {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let [to_kannel, to_us] =
            [kannel::RECEIPTS, ours::PORT].map(|port| Arc::new(Connections::new(port, RECEIPTS_AT_ONCE)));
        let desk = Desk { to_kannel, to_us, book: Arc::default(), progress: watch::Sender::new(0) };
        let router = Router::new()
            .route("/submit", get(take_of_kannel))
            .route("/msg/v1/send/json", post(take_of_ours))
            .route("/done", get(done_by_kannel).post(done_by_ours))
            .with_state(desk.clone());
        let listener = TcpListener::bind(("127.0.0.1", PORT)).await.context("listening as the carrier")?;
        tokio::spawn(async move { axum::serve(listener, router).await });
        smsc::start(RECEIPT_AFTER).await?;
        Ok(Self { desk })
    }

    /// Sends so many messages and waits until each is called back, or nothing comes any more.
    pub(crate) async fn run(&self, load: Load, gateway: &Gateway) -> anyhow::Result<Ran> {
        self.desk.book().begin();
        let window = Arc::new(Semaphore::new(load.window));
        let entrance = gateway.entrance;
        let connections = Arc::new(Connections::new(entrance.port, load.connections));
        let used_before = (gateway.processor_time()?, processor_time("self")?);
        let began = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..load.connections {
            let (desk, window, connections) =
                (self.desk.clone(), Arc::clone(&window), Arc::clone(&connections));
            clients.spawn(desk.client(load.messages, window, connections, entrance));
        }
        clients.join_all().await;
        let mut progress = self.desk.progress.subscribe();
        while !self.desk.book().open.is_empty() {
            if tokio::time::timeout(PATIENCE, progress.changed()).await.is_err() {
                break;
            }
        }
        let took = self.desk.book().last_after(began);
        let (gateway_used, outside_used) =
            (gateway.processor_time()? - used_before.0, processor_time("self")? - used_before.1);
        let each_us = |used: Duration| used.as_secs_f64() * 1e6 / load.messages as f64;
        let mut book = self.desk.book();
        let lost = load.messages - book.times.len();
        book.open.clear();
        book.times.sort_unstable();
        Ok(Ran {
            per_second: book.times.len() as f64 / took.as_secs_f64(),
            p50_ms: at_ms(&book.times, 0.5),
            p99_ms: at_ms(&book.times, 0.99),
            lost,
            gateway_us: each_us(gateway_used),
            outside_us: each_us(outside_used),
        })
    }

    /// A code every so often: milliseconds until the carrier has it, of which one in a hundred takes longer.
    pub(crate) async fn codes(&self, count: usize, entrance: Entrance) -> anyhow::Result<f64> {
        let connections = Connections::new(entrance.port, 1);
        let mut every = tokio::time::interval(CODE_EVERY);
        let mut times = Vec::new();
        for _ in 0..count {
            every.tick().await;
            let id = Uuid::now_v7();
            let phone = format!("138{:08}", id.as_u128() % 100_000_000);
            let wanted = Wanted { id, phone };
            let began = Instant::now();
            let (status, answer) = connections.ask((entrance.asked)(&wanted)).await?;
            ensure!(status.is_success(), "a code was refused: {}", String::from_utf8_lossy(&answer));
            let mut progress = self.desk.progress.subscribe();
            let given = loop {
                if let Some(given) = self.desk.book().codes.remove(&wanted.phone) {
                    break given;
                }
                tokio::time::timeout(PATIENCE, progress.changed()).await.context("a code never came")??;
            };
            times.push(given.duration_since(began));
        }
        times.sort_unstable();
        Ok(at_ms(&times, 0.99))
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("nothing panics while it holds the book")
    }

    /// The carrier's own number of a message.
    fn next(&self) -> u64 {
        let mut book = self.book();
        book.serial += 1;
        book.serial
    }

    /// Asks for one message after the other until so many were asked for, or nothing moves any more.
    async fn client(
        self,
        messages: usize,
        window: Arc<Semaphore>,
        connections: Arc<Connections>,
        entrance: Entrance,
    ) {
        while let Ok(Ok(place)) = tokio::time::timeout(PATIENCE, Arc::clone(&window).acquire_owned()).await {
            let wanted = {
                let mut book = self.book();
                if book.asked == messages {
                    return;
                }
                let wanted = Wanted { id: Uuid::now_v7(), phone: format!("139{:08}", book.phones) };
                book.phones += 1;
                book.asked += 1;
                book.open.insert(wanted.id, (Instant::now(), place));
                wanted
            };
            // One that is refused is never called back, and so it is counted.
            let _counted = connections.ask((entrance.asked)(&wanted)).await;
        }
    }

    fn report_later(&self, to: &Arc<Connections>, path: String) {
        let to = Arc::clone(to);
        tokio::spawn(async move {
            tokio::time::sleep(RECEIPT_AFTER).await;
            // One that is not taken leaves its message open, and so it is counted.
            let _counted = to.ask(http::get(&path)).await;
        });
    }

    fn done(&self, id: &str) {
        let Ok(id) = Uuid::parse_str(id) else { return };
        let mut book = self.book();
        if let Some((since, _place)) = book.open.remove(&id) {
            book.times.push(since.elapsed());
        }
        drop(book);
        self.progress.send_modify(|count| *count += 1);
    }
}

impl Book {
    /// The carrier goes on counting, and nobody is written to twice.
    fn begin(&mut self) {
        *self = Self { serial: self.serial, phones: self.phones, ..Self::default() };
    }

    /// How long the round took; the patience for what is lost is not its time.
    fn last_after(&self, began: Instant) -> Duration {
        let waited = if self.open.is_empty() { Duration::ZERO } else { PATIENCE };
        began.elapsed().saturating_sub(waited)
    }
}

#[derive(Deserialize)]
struct OfKannel {
    to: String,
}

async fn take_of_kannel(State(desk): State<Desk>, Query(asked): Query<OfKannel>) -> String {
    let (id, to) = (desk.next(), asked.to);
    let receipt = format!("/?username=u&password=p&from=1000&to={to}&dlr-mask=1&dlr-mid={id}");
    desk.report_later(&desk.to_kannel, receipt);
    format!("OK id={id}")
}

#[derive(Deserialize)]
struct OfOurs {
    /// One or many, between commas.
    phone: String,
    uid: String,
}

async fn take_of_ours(State(desk): State<Desk>, Json(asked): Json<OfOurs>) -> Json<Value> {
    let id = desk.next();
    let OfOurs { phone, uid } = asked;
    for phone in phone.split(',') {
        if phone.starts_with("138") {
            desk.book().codes.insert(phone.to_owned(), Instant::now());
            desk.progress.send_modify(|count| *count += 1);
        }
        desk.report_later(&desk.to_us, format!("{OUR_RECEIPTS}&msgid={id}&mobile={phone}&uid={uid}"));
    }
    Json(json!({ "code": "0", "msgId": id.to_string(), "time": "20261123010000", "errorMsg": "" }))
}

#[derive(Deserialize)]
struct DoneByKannel {
    id: String,
}

async fn done_by_kannel(State(desk): State<Desk>, Query(told): Query<DoneByKannel>) {
    desk.done(&told.id);
}

#[derive(Deserialize)]
struct DoneByOurs {
    data: Final,
}

#[derive(Deserialize)]
struct Final {
    message: String,
}

async fn done_by_ours(State(desk): State<Desk>, Json(told): Json<DoneByOurs>) {
    desk.done(&told.data.message);
}
