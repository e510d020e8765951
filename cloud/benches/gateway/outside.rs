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
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

/// Where carrier and brand listen.
pub(crate) const PORT: u16 = 7_510;
/// Where Kannel takes receipts.
pub(crate) const KANNEL_RECEIPTS: u16 = 7_513;
/// Where our service takes them.
pub(crate) const OUR_RECEIPTS: &str = "http://127.0.0.1:7515/hooks/chuanglan/0123456789abcdef/report?receiver=&pswd=&reportTime=2611230100&notifyTime=261123010000&status=DELIVRD&statusDesc=&length=1";
const RECEIPT_AFTER: Duration = Duration::from_millis(50);
/// Nothing has come for so long: what is missing is lost.
const PATIENCE: Duration = Duration::from_secs(10);

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
    lost: usize,
}

impl Ran {
    /// Without the time that the carrier took until its receipt.
    pub(crate) fn added_ms(&self) -> f64 {
        self.p50_ms - RECEIPT_AFTER.as_secs_f64() * 1_000.0
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { per_second, p50_ms, p99_ms, lost } = self;
        write!(f, "{per_second:>10.0} {p50_ms:>10.1} {p99_ms:>9.1} {lost:>6}")
    }
}

/// A message that a client wants sent.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) id: Uuid,
    pub(crate) phone: String,
}

/// Carrier, clients, brand.
pub(crate) struct Outside {
    desk: Desk,
}

#[derive(Clone)]
struct Desk {
    http: Client,
    book: Arc<Mutex<Book>>,
    finished: watch::Sender<usize>,
}

#[derive(Default)]
struct Book {
    serial: u64,
    /// Since when, and the place in the window.
    open: HashMap<Uuid, (Instant, OwnedSemaphorePermit)>,
    times: Vec<Duration>,
    /// When the carrier was given a code, by its number.
    codes: HashMap<String, Instant>,
}

impl Outside {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let http = Client::builder().no_proxy().build().context("making an HTTP client")?;
        let desk = Desk { http, book: Arc::default(), finished: watch::Sender::new(0) };
        let router = Router::new()
            .route("/submit", get(take_of_kannel))
            .route("/msg/v1/send/json", post(take_of_ours))
            .route("/done", get(done_by_kannel).post(done_by_ours))
            .with_state(desk.clone());
        let listener = TcpListener::bind(("127.0.0.1", PORT)).await.context("listening as the carrier")?;
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { desk })
    }

    pub(crate) fn http(&self) -> &Client {
        &self.desk.http
    }

    /// Sends so many messages and waits until each is called back, or nothing comes any more.
    pub(crate) async fn run(
        &self,
        load: Load,
        request: impl Fn(&Client, &Wanted) -> RequestBuilder,
    ) -> anyhow::Result<Ran> {
        self.desk.book().times.clear();
        let window = Arc::new(Semaphore::new(load.window));
        let connections = Arc::new(Semaphore::new(load.connections));
        let began = Instant::now();
        for n in 0..load.messages {
            let place = tokio::time::timeout(PATIENCE, Arc::clone(&window).acquire_owned());
            let Ok(place) = place.await else { break };
            let connection = Arc::clone(&connections).acquire_owned().await?;
            let wanted = Wanted { id: Uuid::now_v7(), phone: format!("139{n:08}") };
            let request = request(&self.desk.http, &wanted);
            self.desk.book().open.insert(wanted.id, (Instant::now(), place?));
            tokio::spawn(async move {
                // One that is refused is never called back, and so it is counted.
                let _counted = request.send().await;
                drop(connection);
            });
        }
        let mut finished = self.desk.finished.subscribe();
        while !self.desk.book().open.is_empty() {
            if tokio::time::timeout(PATIENCE, finished.changed()).await.is_err() {
                break;
            }
        }
        let took = self.desk.book().last_after(began);
        let mut book = self.desk.book();
        let lost = load.messages - book.times.len();
        book.open.clear();
        book.times.sort_unstable();
        let per_second = book.times.len() as f64 / took.as_secs_f64();
        Ok(Ran { per_second, p50_ms: at(&book.times, 0.5), p99_ms: at(&book.times, 0.99), lost })
    }

    /// One code after another: milliseconds until the carrier has it, of which one in a hundred takes longer.
    pub(crate) async fn codes(
        &self,
        count: usize,
        request: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> anyhow::Result<f64> {
        let mut times = Vec::new();
        for _ in 0..count {
            let phone = format!("138{:08}", Uuid::now_v7().as_u128() % 100_000_000);
            let began = Instant::now();
            let answer = request(&self.desk.http, &phone).send().await.context("asking for a code")?;
            ensure!(answer.status().is_success(), "a code was refused: {}", answer.text().await?);
            let mut finished = self.desk.finished.subscribe();
            let given = loop {
                if let Some(given) = self.desk.book().codes.remove(&phone) {
                    break given;
                }
                tokio::time::timeout(PATIENCE, finished.changed()).await.context("a code never came")??;
            };
            times.push(given.duration_since(began));
        }
        times.sort_unstable();
        Ok(at(&times, 0.99))
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

    fn report_later(&self, url: String) {
        let http = self.http.clone();
        tokio::spawn(async move {
            tokio::time::sleep(RECEIPT_AFTER).await;
            // One that is not taken leaves its message open, and so it is counted.
            let _counted = http.get(url).send().await;
        });
    }

    fn done(&self, id: &str) {
        let Ok(id) = Uuid::parse_str(id) else { return };
        let mut book = self.book();
        if let Some((since, _place)) = book.open.remove(&id) {
            book.times.push(since.elapsed());
        }
        drop(book);
        self.finished.send_modify(|count| *count += 1);
    }
}

impl Book {
    /// How long the round took; the patience for what is lost is not its time.
    fn last_after(&self, began: Instant) -> Duration {
        let waited = if self.open.is_empty() { Duration::ZERO } else { PATIENCE };
        began.elapsed().saturating_sub(waited)
    }
}

async fn take_of_kannel(State(desk): State<Desk>, Query(asked): Query<HashMap<String, String>>) -> String {
    let (id, to) = (desk.next(), asked.get("to").cloned().unwrap_or_default());
    desk.report_later(format!(
        "http://127.0.0.1:{KANNEL_RECEIPTS}/?username=u&password=p&from=1000&to={to}&dlr-mask=1&dlr-mid={id}"
    ));
    format!("OK id={id}")
}

async fn take_of_ours(State(desk): State<Desk>, Json(asked): Json<Value>) -> Json<Value> {
    let id = desk.next();
    let (phones, uid) = (asked["phone"].as_str().unwrap_or_default(), &asked["uid"]);
    for phone in phones.split(',') {
        if phone.starts_with("138") {
            desk.book().codes.insert(phone.to_owned(), Instant::now());
            desk.finished.send_modify(|count| *count += 1);
        }
        let uid = uid.as_str().unwrap_or_default();
        desk.report_later(format!("{OUR_RECEIPTS}&msgid={id}&mobile={phone}&uid={uid}"));
    }
    Json(json!({ "code": "0", "msgId": id.to_string(), "time": "20261123010000", "errorMsg": "" }))
}

async fn done_by_kannel(State(desk): State<Desk>, Query(asked): Query<HashMap<String, String>>) {
    desk.done(asked.get("id").map_or("", String::as_str));
}

async fn done_by_ours(State(desk): State<Desk>, Json(told): Json<Value>) {
    desk.done(told["data"]["message"].as_str().unwrap_or_default());
}

fn at(sorted: &[Duration], share: f64) -> f64 {
    let place = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}
