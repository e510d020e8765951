//! The two gateways, each in processes of its own and in a folder of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use chuancai_cloud::clock::Clock;
use chuancai_cloud::journal::Journal;
use chuancai_cloud::secret;
use chuancai_cloud::store::sqlite::{SqliteProjection, SqliteStore};
use cloud_core::command;
use cloud_core::dispatch::Rules;
use cloud_core::ledger::{Origin, Package};
use cloud_core::units::Units;
use jiff::tz::TimeZone;
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::outside::{KANNEL_RECEIPTS, PORT, Wanted};

const OUR_PORT: u16 = 7_515;
const OUR_KEY: &str = "the key of the bench";
const KANNEL_ASKS: u16 = 7_514;

/// A process that ends with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, or about to be: either is what we want.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Our service, whose carrier account takes so many messages a second.
pub(crate) struct Ours {
    _running: Running,
    _folder: TempDir,
}

impl Ours {
    pub(crate) async fn start(per_second: u32) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("making a folder")?;
        let state = folder.path().join("state");
        std::fs::create_dir(&state).context("making the state's folder")?;
        found(&state).await?;
        let url = format!("http://127.0.0.1:{PORT}/done");
        let subscribe = ["subscription", "set", "demo", "bench", "--url", &url, "--topic", "message-final"];
        let told = program(&state, per_second).args(subscribe).output().context("subscribing")?;
        ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        let running =
            Running(program(&state, per_second).arg("serve").spawn().context("starting the service")?);
        answers(OUR_PORT).await?;
        Ok(Self { _running: running, _folder: folder })
    }

    pub(crate) fn request(&self, http: &Client, wanted: &Wanted) -> RequestBuilder {
        put(http, wanted.id, "notification", &wanted.phone)
    }

    pub(crate) fn code(&self, http: &Client, phone: &str) -> RequestBuilder {
        put(http, Uuid::now_v7(), "verification", phone)
    }

    /// A thousand.
    pub(crate) async fn advertise(&self, http: &Client, part: usize) -> anyhow::Result<()> {
        let phones: Vec<_> = (0..1_000).map(|n| format!("137{:08}", part * 1_000 + n)).collect();
        let url = format!("http://127.0.0.1:{OUR_PORT}/api/v1/sms/batches/{}", Uuid::now_v7());
        let body = json!({ "kind": "marketing", "text": "新菜上市", "phones": phones });
        let answer = http.put(url).bearer_auth(OUR_KEY).json(&body).send().await.context("advertising")?;
        ensure!(answer.status().is_success(), "advertising was refused: {}", answer.text().await?);
        Ok(())
    }
}

fn put(http: &Client, id: Uuid, kind: &str, phone: &str) -> RequestBuilder {
    let url = format!("http://127.0.0.1:{OUR_PORT}/api/v1/sms/messages/{id}");
    http.put(url).bearer_auth(OUR_KEY).json(&json!({ "kind": kind, "phone": phone, "text": "hello" }))
}

/// A brand that has bought enough.
async fn found(state: &Path) -> anyhow::Result<()> {
    let (store, lists) = (Box::new(SqliteStore::open(state)?), Box::new(SqliteProjection::open(state)?));
    let (journal, writer) = Journal::start(store, lists, Clock::new(TimeZone::UTC), Rules::default())?;
    let brand = "demo".parse().context("a slug")?;
    let name = "bench".to_owned();
    let package = Package {
        package: "first".parse().context("an id")?,
        origin: Origin::Bought,
        name: name.clone(),
        units: Units(1_000_000_000),
        expires_on: jiff::civil::date(2099, 12, 31),
    };
    let (signature, api_key) = ("示例".parse().context("a name")?, secret::hash(OUR_KEY));
    let founding = [
        command::Command::AddBrand { brand: <_>::clone(&brand), name, signature, api_key },
        command::Command::AddPackage { brand, package },
    ];
    for command in founding {
        journal.ask(command, |_, _| ()).await?;
    }
    drop(journal);
    writer.ended().await
}

/// With the limits out of the way that keep one brand from flooding a carrier.
fn program(state: &Path, per_second: u32) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chuancai-cloud"));
    command
        .env("CHUANCAI_CLOUD__STATE__FOLDER", state)
        .env("CHUANCAI_CLOUD__HTTP__LISTEN", format!("127.0.0.1:{OUR_PORT}"))
        .env("CHUANCAI_CLOUD__API__KEY_RATE_PER_S", "0")
        .env("CHUANCAI_CLOUD__BROKER__PORT", "7519")
        .env("CHUANCAI_CLOUD__BROKER__PASSWORD", "nobody-listens")
        .env("CHUANCAI_CLOUD__CARRIER__BASE_URL", format!("http://127.0.0.1:{PORT}"))
        .env("CHUANCAI_CLOUD__CARRIER__PER_SECOND", per_second.to_string())
        .env("CHUANCAI_CLOUD__HOOKS__CHUANGLAN_TOKEN", "0123456789abcdef")
        .env("CHUANCAI_CLOUD__SENDING__HANDS", "256")
        .env("CHUANCAI_CLOUD__SENDING__BRAND_PER_SECOND", "1000000")
        .env("CHUANCAI_CLOUD__SENDING__QUIET_FROM", "00:00")
        .env("CHUANCAI_CLOUD__SENDING__QUIET_UNTIL", "00:00")
        .env("CHUANCAI_CLOUD__CALLBACKS__HANDS", "256")
        .env("CHUANCAI_CLOUD__CALLBACKS__HANDS_PER_SUBSCRIPTION", "256")
        .env("CHUANCAI_CLOUD__CALLBACKS__PLAIN_HTTP", "true")
        .env("CHUANCAI_CLOUD__LOG__FILTER", "error")
        .stdin(Stdio::null());
    command
}

/// Where Kannel keeps messages until they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spool {
    /// In memory alone.
    None,
    /// In files, without a sync.
    Files,
}

/// Kannel's two programs, as Debian has them.
pub(crate) struct Kannel {
    // The smsbox ends first.
    _smsbox: Running,
    _bearerbox: Running,
    _folder: TempDir,
}

impl Kannel {
    pub(crate) async fn start(spool: Spool) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("making a folder")?;
        let file = folder.path().join("kannel.conf");
        std::fs::write(&file, settings(folder.path(), spool)?).context("writing Kannel's settings")?;
        let start = |name: &str| {
            let log = std::fs::File::create(folder.path().join(name)).context("making a log")?;
            let child = Command::new(format!("/usr/sbin/{name}"))
                .arg(&file)
                .stdout(log.try_clone().context("sharing the log")?)
                .stderr(log)
                .spawn()
                .with_context(|| format!("starting {name}: apt-get install kannel"))?;
            anyhow::Ok(Running(child))
        };
        let bearerbox = start("bearerbox")?;
        answers(KANNEL_RECEIPTS).await?;
        let smsbox = start("smsbox")?;
        answers(KANNEL_ASKS).await?;
        Ok(Self { _smsbox: smsbox, _bearerbox: bearerbox, _folder: folder })
    }

    pub(crate) fn request(&self, http: &Client, wanted: &Wanted) -> RequestBuilder {
        let Wanted { id, phone } = wanted;
        http.get(format!(
            "http://127.0.0.1:{KANNEL_ASKS}/cgi-bin/sendsms?username=tester&password=foobar&to={phone}&text=hello\
             &dlr-mask=1&dlr-url=http%3A%2F%2F127.0.0.1%3A{PORT}%2Fdone%3Fid%3D{id}"
        ))
    }
}

fn settings(folder: &Path, spool: Spool) -> anyhow::Result<String> {
    let store = match spool {
        Spool::None => String::new(),
        Spool::Files => {
            let spool = folder.join("spool");
            std::fs::create_dir(&spool).context("making the spool")?;
            format!("store-type = spool\nstore-location = \"{}\"\n", spool.display())
        }
    };
    // Queues as long as the window, as many calls of the carrier as ours, and logs that say nothing.
    Ok(format!(
        "group = core\nadmin-port = 7511\nadmin-password = bar\nsmsbox-port = 7512\n\
         box-allow-ip = \"127.0.0.1\"\ndlr-storage = internal\nlog-level = 4\n\
         sms-outgoing-queue-limit = 1000000\n{store}\n\
         group = smsc\nsmsc = http\nsmsc-id = carrier\nsystem-type = generic\nport = {KANNEL_RECEIPTS}\n\
         smsc-username = u\nsmsc-password = p\nconnect-allow-ip = \"127.0.0.1\"\n\
         max-pending-submits = 256\nsend-url = \"http://127.0.0.1:{PORT}/submit?to=%p&text=%b\"\n\
         status-success-regex = \"OK\"\ngeneric-foreign-id-regex = \"id=([0-9a-z]+)\"\n\n\
         group = smsbox\nbearerbox-host = 127.0.0.1\nbearerbox-port = 7512\nsendsms-port = {KANNEL_ASKS}\n\
         log-level = 4\nmax-pending-requests = 4096\n\n\
         group = sendsms-user\nusername = tester\npassword = foobar\nmax-messages = 1\n\
         default-sender = 1000\n\n\
         group = sms-service\nkeyword = default\nmax-messages = 0\ntext = none\n"
    ))
}

/// Waits until somebody listens there.
async fn answers(port: u16) -> anyhow::Result<()> {
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("nobody listens on port {port}")
}
