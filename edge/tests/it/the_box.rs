//! Starts a box with a shop's devices on free ports and in a folder of its own, and ends it, politely or not.
//!
//! Nothing here sleeps for a while and hopes: [`eventually`] asks again until it is so, or says what was not.

use std::collections::HashMap;
use std::fs::File;
use std::future::ready;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use chuancai_edge::broker::{Link, LinkEvent, Linked, dial};
use reqwest::{Method, RequestBuilder};
use rusqlite::{Connection, OpenFlags};
use rustix::process::{Pid, Signal, kill_process};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::command::{Answer, Command, Request};
use shared::id::{LineId, RequestId};
use shared::order::OrderView;
use shared::problem::Problem;
use shared::screen::Board;
use tempfile::TempDir;
use uuid::Uuid;

/// Longest wait for anything. Two busy cores are slow; a thing that never happens is what is looked for.
const DEADLINE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The devices of the shop: id, role, and the room or the station it stands at.
pub(crate) const DEVICES: [(&str, &str, Option<&str>); 7] = [
    ("pad_801", "pad", Some("801")),
    ("pad_802", "pad", Some("802")),
    ("kitchen_1", "kitchen", None),
    ("kitchen_cold", "kitchen", Some("cold")),
    ("expo_1", "expo", None),
    ("call_1", "call-screen", None),
    ("cashier_1", "cashier", None),
];

/// Asks until there is something. Panics after [`DEADLINE`] with what was waited for.
pub(crate) async fn eventually<T, Look>(what: &str, mut look: impl FnMut() -> Look) -> T
where
    Look: Future<Output = Option<T>>,
{
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < DEADLINE, "not within {} s: {what}", DEADLINE.as_secs());
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Waits for something that comes by itself. Panics after [`DEADLINE`] with what was waited for.
pub(crate) async fn in_time<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let late = |_| panic!("not within {} s: {what}", DEADLINE.as_secs());
    tokio::time::timeout(DEADLINE, coming).await.unwrap_or_else(late)
}

/// A port that nobody listens on. Below the range that the kernel gives to outgoing connections, and another
/// one for each asker in this process. It is not tried out by listening: a program that is being started this instant
/// would have the listener too.
pub(crate) fn free_port() -> u16 {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + (std::process::id() % 200) as u16 * 100;
    loop {
        let port = first + ASKED.fetch_add(1, Ordering::Relaxed);
        if TcpStream::connect(("127.0.0.1", port)).is_err() {
            return port;
        }
    }
}

/// A child that does not outlive its test.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Running {
    /// Starts a program that writes its log to `log`.
    pub(crate) fn start(program: &mut Program, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).expect("the log can be written");
        let started = program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        Self(started.expect("the program starts"))
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// As `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("a child of ours can be killed");
        self.0.wait().expect("a child of ours can be waited for");
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) -> ExitStatus {
        kill_process(self.pid(), Signal::TERM).expect("a child of ours can be signalled");
        let ended = || ready(self.0.try_wait().expect("a child of ours can be asked"));
        eventually("it stops when it is told to", ended).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// An HTTP answer, whatever it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Reply {
    /// Sends a request and reads the answer. Errors: nobody answered.
    pub(crate) async fn to(request: RequestBuilder) -> reqwest::Result<Self> {
        let answer = request.send().await?;
        Ok(Self { status: answer.status().as_u16(), text: answer.text().await? })
    }

    /// What was granted. Panics with what was said instead.
    pub(crate) fn granted(&self) -> Answer {
        assert_eq!(self.status, 200, "{}", self.text);
        serde_json::from_str(&self.text).expect("an answer")
    }

    /// Why it was refused.
    pub(crate) fn problem(&self) -> Problem {
        let problem: Problem =
            serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no problem: {self:?}"));
        assert_eq!(problem.status, self.status, "{problem:?}");
        problem
    }
}

/// A box of its own. It and its broker end with it.
pub(crate) struct TestBox {
    folder: TempDir,
    settings: Vec<(String, String)>,
    environment: Vec<(&'static str, String)>,
    program: Option<Running>,
    credentials: HashMap<String, String>,
    http: reqwest::Client,
    pub(crate) http_port: u16,
    pub(crate) broker_port: u16,
}

impl TestBox {
    /// A box that is ready, with [`DEVICES`].
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with more settings, each by the name of its environment variable after `CHUANCAI_EDGE__`.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let mut shop = Self::prepare(settings);
        shop.restart().await;
        shop
    }

    /// A box that has its devices and does not run yet.
    pub(crate) fn prepare(settings: &[(&str, &str)]) -> Self {
        let mut shop = Self::prepare_without_devices(settings);
        for (device, role, place) in DEVICES {
            shop.add_device(device, role, place);
        }
        shop
    }

    /// A box that has nothing but its settings.
    pub(crate) fn prepare_without_devices(settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder for the test");
        let (http_port, broker_port) = (free_port(), free_port());
        let mut all = vec![
            ("STATE__FOLDER".to_owned(), folder.path().join("state").display().to_string()),
            ("HTTP__LISTEN".to_owned(), format!("127.0.0.1:{http_port}")),
            ("BROKER__LISTEN".to_owned(), format!("127.0.0.1:{broker_port}")),
            // Two hundred orders would be spoken for an hour; the voice has its own tests.
            ("VOICE__ENABLED".to_owned(), "false".to_owned()),
        ];
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let credentials = HashMap::new();
        let http = reqwest::Client::new();
        Self {
            folder,
            settings: all,
            environment: Vec::new(),
            program: None,
            credentials,
            http,
            http_port,
            broker_port,
        }
    }

    /// Adds a device by the command line; its credential is the fragment of the printed link.
    pub(crate) fn add_device(&mut self, device: &str, role: &str, place: Option<&str>) {
        let mut arguments = vec!["device", "add", device, "--role", role];
        let stands_at = if role == "pad" { "--room" } else { "--station" };
        arguments.extend(place.iter().flat_map(|place| [stands_at, place]));
        let output = self.run(&arguments);
        let link = String::from_utf8(output.stdout).expect("a link");
        let (page, credential) = link.trim().split_once('#').unwrap_or_else(|| panic!("no link: {link:?}"));
        assert!(page.starts_with(&format!("http://127.0.0.1:{}/", self.http_port)), "{page}");
        self.knows(device, credential.to_owned());
    }

    /// From now on the tests can ask as this device, `{device}.{secret}`.
    pub(crate) fn knows(&mut self, device: &str, credential: String) {
        self.credentials.insert(device.to_owned(), credential);
    }

    /// The program with the settings of this box.
    pub(crate) fn program(&self, arguments: &[&str]) -> Program {
        let mut program = Program::new(env!("CARGO_BIN_EXE_chuancai-edge"));
        program.args(arguments);
        for (name, value) in &self.settings {
            program.env(format!("CHUANCAI_EDGE__{name}"), value);
        }
        program.envs(self.environment.iter().map(|(name, value)| (name, value)));
        program
    }

    /// From its next start on it has this in its environment, beside its settings.
    pub(crate) fn set_environment(&mut self, name: &'static str, value: String) {
        self.environment.push((name, value));
    }

    /// Runs one of the program's short commands to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().expect("the program runs")
    }

    /// Starts it, or starts it again with the same state and ports, and waits until it is ready.
    pub(crate) async fn restart(&mut self) {
        self.open();
        eventually("the box is ready", async || self.is_ready().await.then_some(())).await;
    }

    /// Starts it and does not wait.
    pub(crate) fn open(&mut self) {
        assert!(self.program.is_none(), "it runs already");
        self.program = Some(Running::start(&mut self.program(&["serve"]), &self.log_file()));
    }

    pub(crate) async fn is_ready(&self) -> bool {
        let answer = self.http.get(self.address("/readyz")).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// As `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.program.take().expect("it runs").kill();
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) -> ExitStatus {
        self.program.take().expect("it runs").stop().await
    }

    /// The broker that the box started. `None` while there is none.
    pub(crate) fn broker_pid(&self) -> Option<Pid> {
        let parent = self.program.as_ref().expect("it runs").pid();
        processes()
            .into_iter()
            .find(|found| found.parent == parent && found.name == "mosquitto")
            .map(|found| found.pid)
    }

    /// Where the box, and whoever runs in its place, writes its log.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder.path().join("box.log")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// What it has logged so far, over all its runs.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// The box's database, to look at.
    pub(crate) fn database(&self) -> Connection {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Connection::open_with_flags(self.state().join("box.db"), flags).expect("the database can be read")
    }

    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.http_port)
    }

    /// The credential of one of [`DEVICES`], `{device}.{secret}`.
    pub(crate) fn credential(&self, device: &str) -> &str {
        &self.credentials[device]
    }

    pub(crate) fn secret(&self, device: &str) -> String {
        self.credential(device).split_once('.').expect("a credential has two parts").1.to_owned()
    }

    /// Looks at something. Panics unless it may.
    pub(crate) async fn get<T: DeserializeOwned>(&self, device: &str, path: &str) -> T {
        let asked = self.http.get(self.address(path)).bearer_auth(self.credential(device));
        let reply = Reply::to(asked).await.expect("the box answers");
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        serde_json::from_str(&reply.text).expect("what was asked for")
    }

    /// The whole board.
    pub(crate) async fn board(&self) -> Board {
        self.get("cashier_1", "/api/v1/board").await
    }

    /// How the box says it is.
    pub(crate) async fn status(&self) -> Value {
        self.get("cashier_1", "/api/v1/status").await
    }

    /// Sends a body to an address that takes no request id.
    pub(crate) async fn post(&self, device: &str, path: &str, body: &Value) -> Reply {
        let asked = self.http.post(self.address(path)).bearer_auth(self.credential(device));
        Reply::to(asked.body(body.to_string())).await.expect("the box answers")
    }

    /// A call of a device to any address.
    pub(crate) fn call(&self, device: &str, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.address(path)).bearer_auth(self.credential(device))
    }

    /// A request with a body as it stands, by whomever.
    pub(crate) fn put(&self, id: &str, body: String) -> RequestBuilder {
        self.http.put(self.address(&format!("/api/v1/requests/{id}"))).body(body)
    }

    /// Asks for something with an id that was minted before.
    pub(crate) async fn request(&self, device: &str, id: RequestId, command: &Command) -> Reply {
        self.try_request(device, id, command).await.expect("the box answers")
    }

    /// The same of a box that may be away. Errors: nobody answered.
    pub(crate) async fn try_request(
        &self,
        device: &str,
        id: RequestId,
        command: &Command,
    ) -> reqwest::Result<Reply> {
        let body = serde_json::to_string(command).expect("a command");
        Reply::to(self.put(&id.to_string(), body).bearer_auth(self.credential(device))).await
    }

    /// Asks for something once.
    pub(crate) async fn ask(&self, device: &str, command: Value) -> Reply {
        self.request(device, fresh_id(), &command_of(command)).await
    }

    /// Asks for something that is granted, and returns the one order that it is about.
    pub(crate) async fn order(&self, device: &str, command: Value) -> OrderView {
        let [order] =
            <[_; 1]>::try_from(self.ask(device, command).await.granted().orders).expect("one order");
        order
    }

    /// An MQTT connection of a device, up and subscribed.
    pub(crate) async fn mqtt(&self, device: &str, topics: &[&str]) -> Mqtt {
        let link = Link {
            host: "127.0.0.1".to_owned(),
            port: self.broker_port,
            user: device.to_owned(),
            password: self.secret(device),
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        };
        eventually(&format!("{device} is connected"), async || Mqtt::connect(&link).await).await
    }
}

/// What the box has to say about a test that failed.
impl Drop for TestBox {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the box's log:\n{}", self.log());
        }
    }
}

/// One connection that hears and says.
pub(crate) struct Mqtt(Linked);

impl Mqtt {
    /// `None` when the broker does not let it in.
    pub(crate) async fn connect(link: &Link) -> Option<Self> {
        let mut dialled = dial(link);
        let up = in_time("the broker answers", dialled.next()).await;
        matches!(up, Ok(LinkEvent::Up)).then_some(Self(dialled))
    }

    /// The next message; `None` when the connection has ended.
    pub(crate) async fn next(&mut self) -> Option<(String, Vec<u8>)> {
        loop {
            match in_time("a message", self.0.next()).await {
                Ok(LinkEvent::Message { topic, payload, .. }) => return Some((topic, payload)),
                Ok(LinkEvent::Up) => {}
                Err(_) => return None,
            }
        }
    }

    /// The next message on one topic; others are passed over.
    pub(crate) async fn next_on<T: DeserializeOwned>(&mut self, wanted: &str) -> T {
        let coming = async {
            loop {
                let (topic, payload) = self.next().await.expect("the connection holds");
                if topic == wanted {
                    return serde_json::from_slice(&payload).expect("the type of this topic");
                }
            }
        };
        in_time(wanted, coming).await
    }

    pub(crate) fn send(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        assert!(self.0.send(topic, payload.into()), "the connection takes it");
    }

    /// Sends a request as `device`, with a new id.
    pub(crate) fn request(&self, device: &str, command: Value) -> RequestId {
        let request = Request { id: fresh_id(), place: None, command: command_of(command) };
        self.send(&format!("l1/req/{device}"), serde_json::to_vec(&request).expect("a request"));
        request.id
    }
}

/// A process of this machine.
pub(crate) struct Process {
    pub(crate) pid: Pid,
    pub(crate) parent: Pid,
    pub(crate) name: String,
}

/// Every process that has not ended.
pub(crate) fn processes() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").expect("/proc is there").flatten();
    entries.filter_map(|entry| process(&std::fs::read_to_string(entry.path().join("stat")).ok()?)).collect()
}

/// Reads `pid (name) state parent …`; the name may hold anything, so its end is the last parenthesis.
fn process(stat: &str) -> Option<Process> {
    let (pid, rest) = stat.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let ended = matches!(fields.next()?, "Z" | "X");
    let number = |text: &str| text.parse().ok().and_then(Pid::from_raw);
    let found = Process { pid: number(pid)?, parent: number(fields.next()?)?, name: name.to_owned() };
    (!ended).then_some(found)
}

pub(crate) fn fresh_id() -> RequestId {
    RequestId(Uuid::new_v4())
}

pub(crate) fn command_of(json: Value) -> Command {
    serde_json::from_value(json).expect("a command")
}

/// An order of a pad: each dish once, with this many portions.
pub(crate) fn dishes(wanted: &[(&str, u16)]) -> Value {
    let lines: Vec<_> =
        wanted.iter().map(|(dish, quantity)| json!({ "dish": dish, "quantity": quantity })).collect();
    json!({ "type": "place_order", "lines": lines })
}

/// An order at the cashier's for a wristband.
pub(crate) fn for_wristband(wristband: &str, wanted: &[(&str, u16)]) -> Value {
    let mut order = dishes(wanted);
    order["guest"] = json!({ "kind": "wristband", "wristband": wristband });
    order
}

/// A command about one line.
pub(crate) fn about(kind: &str, line: LineId) -> Value {
    json!({ "type": kind, "line": line })
}
