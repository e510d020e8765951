//! A brand's cloud: the service in a folder of its own, with a sandbox carrier in this process, started and killed
//! as often as needed. Deliberately absent: a broker. The service keeps its books whether boxes can reach it or not.

use std::time::Duration;

use anyhow::Context;
use chuancai_sandbox::{Sandbox, SandboxSettings};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Launch, Running, free_port};

/// An answer that takes longer is lost.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// The path of the carrier's call-backs; it only has to be long.
const HOOK_TOKEN: &str = "0123456789abcdef";
const BRAND: &str = "demo";

/// A service that is not running, until [`Service::open`].
#[derive(Debug)]
pub struct Service {
    /// What the carrier was given.
    pub carrier: Sandbox,
    launch: Launch,
    _folder: TempDir,
    port: u16,
}

/// A brand's own system, which asks over HTTP.
#[derive(Debug, Clone)]
pub struct System {
    address: String,
    api_key: String,
    http: reqwest::Client,
}

impl Service {
    /// A new cloud with one brand, which has bought `units`.
    pub async fn new(units: u64) -> anyhow::Result<(Self, System)> {
        let folder =
            tempfile::Builder::new().prefix("chuancai-cloud-").tempdir().context("making a folder")?;
        let port = free_port();
        let callback = format!("http://127.0.0.1:{port}/hooks/chuanglan/{HOOK_TOKEN}/report");
        let settings = SandboxSettings {
            report_delay_ms: 50,
            report_retry_ms: 500,
            balance: 10_000_000,
            ..SandboxSettings::default()
        };
        let carrier = Sandbox::start(settings).await?;
        let launch = Launch::new("chuancai-cloud", folder.path())
            .with("CHUANCAI_CLOUD__STATE__FOLDER", folder.path().join("state").display())
            .with("CHUANCAI_CLOUD__HTTP__LISTEN", format!("127.0.0.1:{port}"))
            .with("CHUANCAI_CLOUD__API__KEY_RATE_PER_S", 0)
            .with("CHUANCAI_CLOUD__BROKER__PORT", free_port())
            .with("CHUANCAI_CLOUD__BROKER__PASSWORD", "nobody-listens")
            .with("CHUANCAI_CLOUD__CARRIER__BASE_URL", carrier.base_url())
            .with("CHUANCAI_CLOUD__CARRIER__CALLBACK_URL", callback)
            .with("CHUANCAI_CLOUD__HOOKS__CHUANGLAN_TOKEN", HOOK_TOKEN)
            // Whoever measures asks as fast as they can.
            .with("CHUANCAI_CLOUD__API__KEY_RATE_PER_S", 0)
            .with("CHUANCAI_CLOUD__CARRIER__PER_SECOND", 1_000_000)
            .with("CHUANCAI_CLOUD__SENDING__PHONE_BURST", 1_000_000)
            .with("CHUANCAI_CLOUD__SENDING__BRAND_PER_SECOND", 1_000_000)
            .with("CHUANCAI_CLOUD__LOG__FILTER", "error");
        let printed = launch.run(&["brand", "add", BRAND, "--name", "示例品牌", "--signature", "示例"])?;
        let added: Value = serde_json::from_str(&printed).context("reading the brand's key")?;
        let api_key = added["api_key"].as_str().context("the brand has a key")?.to_owned();
        let units = units.to_string();
        let paid =
            ["package", "paid", BRAND, "p1", "--units", &units, "--expires", "2099-12-31", "--name", "all"];
        launch.run(&paid)?;
        let http =
            reqwest::Client::builder().timeout(ANSWER_WITHIN).build().context("making an HTTP client")?;
        let system = System { address: format!("http://127.0.0.1:{port}"), api_key, http };
        Ok((Self { carrier, launch, _folder: folder, port }, system))
    }

    /// Starts the service and waits until it answers.
    pub async fn open(&self, system: &System) -> anyhow::Result<Running> {
        let mut running = self.launch.start(&["serve"])?;
        running.ready(&system.http, &format!("http://127.0.0.1:{}/healthz", self.port)).await?;
        Ok(running)
    }

    /// `chuancai-cloud audit`, which proves from the journal that the books balance. Errors: they do not.
    pub fn audit(&self) -> anyhow::Result<String> {
        self.launch.run(&["audit"])
    }
}

impl System {
    /// Asks once. `None` when no answer came, or one that says "try again"; else the status and the body.
    pub async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        let method = method.parse().expect("the harness knows HTTP's methods");
        let request = self.http.request(method, format!("{}{path}", self.address)).bearer_auth(&self.api_key);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let body = answer.json().await.ok()?;
        (!status.is_server_error()).then_some((status.as_u16(), body))
    }
}
