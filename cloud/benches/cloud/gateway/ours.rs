//! Our service in a process of its own, billed, on SQLite, with the brand's system subscribed to every end.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use chuancai_cloud::clock::Clock;
use chuancai_cloud::journal::Journal;
use chuancai_cloud::secret;
use chuancai_cloud::store::{Opened, Place};
use cloud_core::command;
use cloud_core::dispatch::Rules;
use cloud_core::ledger::{Origin, Package};
use cloud_core::units::Units;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

use super::http::{self, Asked, Connections};
use super::outside::{self, Entrance, Wanted};
use super::running::{Gateway, Running, WINDOW, Way, answers};
use super::smsc;

pub(crate) const PORT: u16 = 7_393;
const KEY: &str = "the key of the bench";
/// With the scheme, as it stands in a request.
const BEARER: &str = "Bearer the key of the bench";

/// The service, whose carrier account takes so many messages a second.
pub(crate) async fn start(way: Way, per_second: u32) -> anyhow::Result<Gateway> {
    let folder = tempfile::tempdir().context("making a folder")?;
    let state = folder.path().join("state");
    std::fs::create_dir(&state).context("making the state's folder")?;
    found(&state).await?;
    let run = |arguments: &[&str]| {
        let mut command = program(&state, per_second);
        let told = command.args(arguments).env("CHUANCAI_CLOUD_CARRIER_SECRET", "bench").output();
        let told = told.with_context(|| format!("running {arguments:?}"))?;
        ensure!(told.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&told.stderr));
        anyhow::Ok(())
    };
    let done = format!("http://127.0.0.1:{}/done", outside::PORT);
    run(&["subscription", "set", "demo", "bench", "--url", &done, "--topic", "message-final"])?;
    if way == Way::Smpp {
        let (address, per_second) = (format!("smpp://127.0.0.1:{}", smsc::PORT), per_second.to_string());
        let whose = ["carrier", "smpp", "smsc", "--system-id", "bench", "--source", "10690000"];
        let (what, window) = (["--address", &address, "--per-second", &per_second], WINDOW.to_string());
        run(&[&whose[..], &what[..], &["--window", &window]].concat())?;
        run(&["carrier", "use", "smsc"])?;
    }
    let service = program(&state, per_second).arg("serve").spawn().context("starting the service")?;
    let service = Running(service);
    answers(PORT).await?;
    let entrance = Entrance { port: PORT, asked: notification };
    Ok(Gateway { entrance, processes: vec![service], _folder: folder })
}

fn notification(wanted: &Wanted) -> Asked {
    asked(wanted, "notification")
}

/// Asks for what must not wait.
pub(crate) fn code(wanted: &Wanted) -> Asked {
    asked(wanted, "verification")
}

fn asked(Wanted { id, phone }: &Wanted, kind: &str) -> Asked {
    let body = format!(r#"{{"kind":"{kind}","phone":"{phone}","text":"hello"}}"#);
    http::put(&format!("/api/v1/sms/messages/{id}"), BEARER, body)
}

/// Asks for advertising to a thousand. Errors: it is refused.
pub(crate) async fn advertise(connections: &Connections, part: usize) -> anyhow::Result<()> {
    let phones: Vec<_> = (0..1_000).map(|n| format!("137{:08}", part * 1_000 + n)).collect();
    let body = json!({ "kind": "marketing", "text": "新菜上市", "phones": phones }).to_string();
    let path = format!("/api/v1/sms/batches/{}", Uuid::now_v7());
    let (status, answer) = connections.ask(http::put(&path, BEARER, body)).await.context("advertising")?;
    ensure!(status.is_success(), "advertising was refused: {}", String::from_utf8_lossy(&answer));
    Ok(())
}

/// Returns when the lists show advertising that was asked for at `since` or later. Errors: they cannot be asked.
pub(crate) async fn listed(connections: &Connections, since: Timestamp) -> anyhow::Result<()> {
    const NEWEST: &str = "/api/v1/sms/messages?kind=marketing&limit=1";
    loop {
        let (status, answer) = connections.ask(http::get_as(NEWEST, BEARER)).await.context("looking")?;
        ensure!(status.is_success(), "the list was refused: {}", String::from_utf8_lossy(&answer));
        let page: Value = serde_json::from_slice(&answer).context("reading the list")?;
        let newest = page["messages"][0]["requested_at"].as_str().map(str::parse::<Timestamp>);
        if newest.transpose().context("reading a time")?.is_some_and(|newest| newest >= since) {
            return Ok(());
        }
    }
}

/// A brand that has bought enough.
async fn found(state: &Path) -> anyhow::Result<()> {
    let Opened { store, projection, folder: _lock, .. } = Place::Folder(state.to_owned()).open()?;
    let clock = Clock::new(TimeZone::UTC);
    let (journal, writer) = Journal::start((store, projection), clock, Rules::default(), None)?;
    let brand = "demo".parse().context("a slug")?;
    let name = "bench".to_owned();
    let package = Package {
        package: "first".parse().context("an id")?,
        origin: Origin::Bought,
        name: name.clone(),
        units: Units(1_000_000_000),
        expires_on: jiff::civil::date(2099, 12, 31),
    };
    let (signature, api_key) = ("示例".parse().context("a name")?, secret::hash(KEY));
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
        .env("CHUANCAI_CLOUD__HTTP__LISTEN", format!("127.0.0.1:{PORT}"))
        .env("CHUANCAI_CLOUD__API__KEY_RATE_PER_S", "0")
        .env("CHUANCAI_CLOUD__BROKER__PORT", "7398")
        .env("CHUANCAI_CLOUD__BROKER__PASSWORD", "nobody-listens")
        .env("CHUANCAI_CLOUD__CARRIER__BASE_URL", format!("http://127.0.0.1:{}", outside::PORT))
        .env("CHUANCAI_CLOUD__CARRIER__PER_SECOND", per_second.to_string())
        .env("CHUANCAI_CLOUD__HOOKS__CHUANGLAN_TOKEN", "0123456789abcdef")
        .env("CHUANCAI_CLOUD__SENDING__HANDS", WINDOW.to_string())
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
