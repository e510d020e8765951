//! Everything a test needs around one service: a folder, a Mosquitto, a carrier, a box, somebody who looks.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use chuancai_cloud::admin::{self, books};
use chuancai_cloud::broker_files;
use chuancai_cloud::config::{Config, StoreKind};
use chuancai_cloud::secret;
use chuancai_cloud::service::{Books, Service};
use chuancai_sandbox::{Sandbox, SandboxSettings};
use cloud_core::access::Role;
use cloud_core::command::Command;
use cloud_core::id::{BoxKey, ShopKey};
use cloud_core::ledger::{Origin, Package};
use cloud_core::units::Units;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, PublishOptions, QoS, SubscribeFilter};
use serde_json::{Value, json};
use shared::fact::Recorded;
use shared::id::StreamId;
use shared::sync::{Ack, Hello, NewsBatch, PACKET_BYTES_MAX};
use shared::topic::{BoxAddress, CloudLane};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::postgres::Database;

pub(crate) const TOKEN: &str = "atokenofthetest1";
pub(crate) const API_KEY: &str = "a key of the test";
pub(crate) const PASSWORD: &str = "a password of the test";
/// By what the service keeps its books: SQLite, unless it says `postgres`.
pub(crate) const STORE_VARIABLE: &str = "CHUANCAI_TEST_STORE";
/// Any that nothing listens on at all addresses.
const PORT: u16 = 17_090;
const BOX_PASSWORD: &str = "a box of the test";
/// Far more than anything here takes: reached only when something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A service with its surroundings. Dropping it stops them.
pub(crate) struct Town {
    pub(crate) settings: Config,
    pub(crate) carrier: Sandbox,
    pub(crate) service: Option<Running>,
    broker: Child,
    folder: TempDir,
}

pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Town {
    /// Two brands; the first has a shop, a box and `units` to spend.
    pub(crate) async fn start(units: u64) -> Self {
        Self::start_with(units, |_| ()).await
    }

    /// The same, with other settings.
    pub(crate) async fn start_with(units: u64, set: impl FnOnce(&mut Config)) -> Self {
        let listen = free_address();
        let hook = format!("http://{listen}/hooks/chuanglan/{TOKEN}/report");
        Self::start_at(listen, Some(hook), units, set).await
    }

    /// The same at this address, which the carrier calls, or calls not.
    pub(crate) async fn start_at(
        listen: SocketAddr,
        callback: Option<String>,
        units: u64,
        set: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let carrier = Sandbox::start(SandboxSettings {
            callback,
            report_delay_ms: 30,
            report_retry_ms: 50,
            slow_answer_ms: 2_000,
            ..SandboxSettings::default()
        });
        let carrier = carrier.await.expect("a carrier on a free port");
        let mut settings = settings(folder.path(), listen, &carrier);
        set(&mut settings);
        found(&settings, units).await;
        let broker = start_broker(&settings, folder.path());
        let mut town = Self { settings, carrier, service: None, broker, folder };
        town.serve().await;
        town
    }

    pub(crate) async fn serve(&mut self) {
        let begin = Instant::now();
        let service = loop {
            match Service::start(&self.settings).await {
                Ok(service) => break service,
                // A program that another test starts this instant still has the listener of a service that stopped.
                Err(error) if is_taken(&error) && begin.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Err(error) => panic!("the service does not start: {error:#}"),
            }
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(service.run_until(async move {
            // An error says that the test is over.
            let _gone = stopped.await;
        }));
        self.service = Some(Running { stop, task });
    }

    /// Ends the service, as a signal would.
    pub(crate) async fn stop(&mut self) {
        let Some(Running { stop, task }) = self.service.take() else { return };
        let _gone = stop.send(());
        task.await.expect("the service does not panic").expect("the service ends well");
    }

    /// Ends the boxes' broker, and starts it with nothing of what it held.
    pub(crate) fn restart_broker(&mut self) {
        self.broker.kill().and_then(|()| self.broker.wait()).expect("it has run");
        self.broker = start_broker(&self.settings, self.folder.path());
    }

    /// Ends the service and proves its books.
    pub(crate) async fn close(mut self) {
        self.stop().await;
        books::audit(&self.settings).expect("the books balance");
    }

    /// What a command on the command line must be told to find the same books.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut told =
            vec![("CHUANCAI_CLOUD__STATE__FOLDER", self.settings.state.folder.display().to_string())];
        match self.settings.store.kind {
            StoreKind::Sqlite => {}
            StoreKind::Postgres => told.extend([
                ("CHUANCAI_CLOUD__STORE__KIND", "postgres".to_owned()),
                ("CHUANCAI_CLOUD__STORE__URL", self.settings.store.url.clone()),
            ]),
        }
        told
    }

    /// The whole journal, as it is written.
    pub(crate) fn journal(&self) -> String {
        let mut journal = String::new();
        let mut rows = self.settings.place().and_then(|place| place.read()).expect("books that can be read");
        rows.rows(&mut |row| {
            journal.push_str(&String::from_utf8_lossy(&row.entries));
            Ok(())
        })
        .expect("a good journal");
        journal
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.settings.http.listen)
    }

    /// A request of the brand's own system.
    pub(crate) async fn api(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let mut request = reqwest::Client::new().request(method, self.url(path)).bearer_auth(API_KEY);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Signs in, and returns the cookie.
    pub(crate) async fn sign_in(&self, user: &str) -> String {
        let answer = reqwest::Client::new()
            .post(self.url("/api/v1/sign-in"))
            .json(&json!({ "user": user, "password": PASSWORD }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), 204);
        let cookie = answer.headers()["set-cookie"].to_str().expect("ASCII").to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        cookie.split(';').next().expect("the first part").to_owned()
    }

    /// A page of the dashboard.
    pub(crate) async fn page(&self, cookie: &str, path: &str) -> (u16, Value) {
        let request = reqwest::Client::new().get(self.url(path)).header("cookie", cookie);
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Asks for a message until it is as wanted.
    pub(crate) async fn message_until(&self, message: &str, state: &str) -> Value {
        let begin = Instant::now();
        loop {
            let (_, found) = self.api("GET", &format!("/api/v1/sms/messages/{message}"), None).await;
            if found["state"] == state {
                return found;
            }
            assert!(begin.elapsed() < PATIENCE, "{message} never became {state}: {found}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asks until it is so.
    pub(crate) async fn until(&self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        let begin = Instant::now();
        while !is_so(self).await {
            assert!(begin.elapsed() < PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.broker.kill().and_then(|()| self.broker.wait());
    }
}

fn is_taken(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::AddrInUse)
}

fn settings(folder: &Path, listen: SocketAddr, carrier: &Sandbox) -> Config {
    let mut settings = Config::load(None).expect("the defaults");
    settings.state.folder = folder.join("state");
    if std::env::var(STORE_VARIABLE).is_ok_and(|store| store == "postgres") {
        settings.store.kind = StoreKind::Postgres;
        settings.store.url = Database::new().url();
    }
    settings.http.listen = listen;
    let broker = free_address();
    settings.broker.host = broker.ip().to_string();
    settings.broker.port = broker.port();
    settings.broker.password = "the service's own".to_owned();
    settings.hooks.chuanglan_token = TOKEN.to_owned();
    settings.carrier.base_url = carrier.base_url().parse().expect("an address");
    settings.carrier.timeout_ms = 500;
    settings.relaying.timeout_ms = 500;
    settings.callbacks.timeout_ms = 500;
    // One receiver gets everything, at whatever time of day the tests run.
    settings.sending.phone_burst = 1_000;
    settings.sending.quiet_until = settings.sending.quiet_from;
    settings
}

pub(crate) fn the_box() -> BoxKey {
    BoxKey {
        at: ShopKey { brand: "demo".parse().expect("a slug"), shop: "demo_shop".parse().expect("a slug") },
        box_id: "box_1".parse().expect("a slug"),
    }
}

async fn found(settings: &Config, units: u64) {
    let books = Books::open(settings).expect("a new folder");
    let key = the_box();
    let brand = key.at.brand.clone();
    let password = secret::hash_password(PASSWORD).expect("randomness");
    let package = Package {
        package: "package_1".parse().expect("an id"),
        origin: Origin::Bought,
        name: "短信包".to_owned(),
        units: Units(units),
        expires_on: "2199-12-31".parse().expect("a date"),
    };
    let mut commands = vec![
        add_brand("demo", API_KEY),
        add_brand("other", "another key"),
        Command::AddShop {
            brand: brand.clone(),
            shop: key.at.shop.clone(),
            name: "示例餐厅".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
        },
        Command::AddBox { key: key.clone(), password: broker_files::hash(BOX_PASSWORD) },
        add_user("demo", "cook", Role::Owner, &password),
        add_user("demo", "guest", Role::Viewer, &password),
        add_user("demo", "waiter", Role::Shop { shop: key.at.shop.clone() }, &password),
        add_user("other", "stranger", Role::Owner, &password),
    ];
    if units > 0 {
        commands.push(Command::AddPackage { brand, package });
    }
    for command in commands {
        books.journal.ask(command, |_, _| ()).await.expect("it can be kept");
    }
    books.close().await.expect("the books are closed");
}

fn add_brand(brand: &str, key: &str) -> Command {
    Command::AddBrand {
        brand: brand.parse().expect("a slug"),
        name: brand.to_owned(),
        signature: "示例".parse().expect("a signature"),
        api_key: secret::hash(key),
    }
}

fn add_user(brand: &str, user: &str, role: Role, password: &cloud_core::id::PasswordHash) -> Command {
    Command::AddUser {
        brand: brand.parse().expect("a slug"),
        user: user.parse().expect("a user name"),
        password: password.clone(),
        role,
    }
}

/// An address of its own for each that asks: no other test, and no connection by chance, takes its port while a service
/// that stopped is not yet started again. It is not tried out by listening: a program that is being started this
/// instant, by another test, would have the listener too.
pub(crate) fn free_address() -> SocketAddr {
    static ASKED: AtomicU8 = AtomicU8::new(0);
    let [.., above, below] = std::process::id().to_be_bytes();
    // Not the machine's own 127.0.
    let (process, turn) = (above | 0x80, ASKED.fetch_add(1, Ordering::Relaxed));
    SocketAddr::from(([127, process, below, turn], PORT))
}

fn start_broker(settings: &Config, folder: &Path) -> Child {
    let files = folder.join("broker");
    admin::write_broker_files(settings, &files).expect("the broker's files");
    let (host, port, files) = (&settings.broker.host, settings.broker.port, files.display());
    // Started as root, Mosquitto would become a user who may not read the files.
    let text = format!(
        "listener {port} {host}\nallow_anonymous false\nuser root\n\
         password_file {files}/passwd\nacl_file {files}/acl\n"
    );
    let file = folder.join("mosquitto.conf");
    std::fs::write(&file, text).expect("writing the broker's settings");
    let mut mosquitto = Process::new("mosquitto");
    mosquitto.arg("-c").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
    let child = mosquitto.spawn().expect("mosquitto is installed");
    let begin = Instant::now();
    while TcpStream::connect((host.as_str(), port)).is_err() {
        assert!(begin.elapsed() < PATIENCE, "the broker did not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

/// A box as the cloud sees it.
pub(crate) struct TestBox {
    address: BoxAddress,
    client: AsyncClient,
    acks: mpsc::UnboundedReceiver<Ack>,
    /// What the cloud tells, as it comes.
    pub(crate) told: mpsc::UnboundedReceiver<NewsBatch>,
    pub(crate) stream: StreamId,
    /// The last news it has; none: it takes none.
    pub(crate) news: Option<u64>,
    ear: JoinHandle<()>,
}

impl TestBox {
    pub(crate) async fn connect(town: &Town) -> Self {
        let key = the_box();
        let settings = &town.settings.broker;
        let address = BoxAddress {
            partition: settings.partition.clone(),
            brand: key.at.brand.clone(),
            shop: key.at.shop.clone(),
            box_id: key.box_id.clone(),
        };
        let mut options = MqttOptions::new("box_1", (settings.host.as_str(), settings.port));
        options.set_credentials(broker_files::user_of(&key), BOX_PASSWORD);
        options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
        let (client, mut events) = AsyncClient::builder(options).capacity(64).build();
        let (heard, acks) = mpsc::unbounded_channel();
        let (tell_news, told) = mpsc::unbounded_channel();
        let (tell, subscribed) = oneshot::channel();
        let lanes = [CloudLane::DownAck, CloudLane::DownEvents];
        let topics = lanes.map(|lane| SubscribeFilter::new(address.topic(lane), QoS::AtLeastOnce));
        client.subscribe_many(topics).await.expect("the request fits");
        let ear = tokio::spawn(async move {
            let mut tell = Some(tell);
            while let Ok(event) = events.poll().await {
                match event {
                    Event::Incoming(Packet::SubAck(_)) => {
                        let _told = tell.take().map(|tell| tell.send(()));
                    }
                    Event::Incoming(Packet::Publish(publish)) => {
                        let payload = &publish.payload;
                        if publish.topic.ends_with(CloudLane::DownEvents.suffix().as_bytes()) {
                            let _unheard = tell_news.send(serde_json::from_slice(payload).expect("news"));
                        } else {
                            let _unheard = heard.send(serde_json::from_slice(payload).expect("an Ack"));
                        }
                    }
                    _ => {}
                }
            }
        });
        tokio::time::timeout(PATIENCE, subscribed).await.expect("in time").expect("the box may listen");
        let stream = StreamId(uuid::Uuid::new_v4());
        Self { address, client, acks, told, stream, news: None, ear }
    }

    pub(crate) async fn say(&self, lane: CloudLane, payload: Vec<u8>) {
        let topic = self.address.topic(lane);
        self.client.publish(topic, payload, PublishOptions::at_least_once()).await.expect("the request fits");
    }

    /// Says hello until it is answered, as a box does: the service may still be connecting.
    pub(crate) async fn hello(&mut self) -> Ack {
        loop {
            let hello = Hello {
                v: 1,
                stream: self.stream,
                next: 1,
                acked: 0,
                program: "test".to_owned(),
                wall: jiff::Timestamp::now(),
                news: self.news,
            };
            self.say(CloudLane::UpHello, serde_json::to_vec(&hello).expect("plain data")).await;
            if let Ok(ack) = tokio::time::timeout(Duration::from_millis(500), self.acks.recv()).await {
                return ack.expect("the box is connected");
            }
        }
    }

    /// Sends facts from `from` on, and waits for the answer.
    pub(crate) async fn send(&mut self, from: u64, facts: &[String]) -> Ack {
        self.say(CloudLane::UpEvents, self.batch(from, facts)).await;
        self.heard().await
    }

    pub(crate) async fn heard(&mut self) -> Ack {
        let ack = tokio::time::timeout(PATIENCE, self.acks.recv()).await;
        ack.expect("an answer in time").expect("the box is connected")
    }

    pub(crate) fn batch(&self, from: u64, facts: &[String]) -> Vec<u8> {
        let to = from + facts.len() as u64 - 1;
        let facts: Vec<Value> = facts.iter().map(|raw| serde_json::from_str(raw).expect("JSON")).collect();
        json!({ "v": 1, "stream": self.stream, "from": from, "to": to, "facts": facts })
            .to_string()
            .into_bytes()
    }
}

impl Drop for TestBox {
    fn drop(&mut self) {
        self.ear.abort();
    }
}

/// One visit: two 水饺 ordered in room 801, made, the guest told. The sequence numbers begin at `from`.
pub(crate) fn visit(from: u64, number: u32, phone: &str) -> Vec<String> {
    let order = uuid::Uuid::new_v4();
    let line = uuid::Uuid::new_v4();
    let now = jiff::Timestamp::now();
    let day = now.to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone"));
    let day = (day.datetime() - jiff::SignedDuration::from_hours(3)).date();
    let shown = format!("#{number:02}");
    let facts = [
        json!({ "type": "order_placed", "order": order, "number": number, "day": day, "phone": phone,
            "guest": { "kind": "room", "room": "801" },
            "lines": [{ "line": line, "dish": "shuijiao", "name": { "zh": "水饺", "en": "Dumplings" },
                "quantity": 2, "price_fen": 2800, "target_s": 600 }] }),
        json!({ "type": "cooking_started", "order": order, "line": line }),
        json!({ "type": "cooking_finished", "order": order, "line": line }),
        json!({ "type": "sms_requested", "sms": uuid::Uuid::new_v4(), "order": order, "round": 0, "phone": phone,
            "template": "dish_ready", "params": { "number": shown, "dish": "水饺" } }),
    ];
    let recorded = (from..).zip(facts).map(|(seq, fact)| {
        let recorded =
            json!({ "seq": seq, "at": now, "by": "pad_801", "request": uuid::Uuid::new_v4(), "fact": fact });
        let raw = recorded.to_string();
        serde_json::from_str::<Recorded>(&raw).expect("a fact of today's wire");
        raw
    });
    recorded.collect()
}

/// The message a visit asks for.
pub(crate) fn message_of(visit: &[String]) -> String {
    let last: Value = serde_json::from_str(visit.last().expect("a visit has facts")).expect("JSON");
    last["fact"]["sms"].as_str().expect("a message id").to_owned()
}
