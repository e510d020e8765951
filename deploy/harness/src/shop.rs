//! A shop: one box in a folder of its own, on ports of its own, opened and closed as often as needed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::crowd::Door;
use crate::program::{Launch, Running, free_port};

/// An answer that takes longer is lost: the box answers within milliseconds or not at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A box that is not running, until [`Shop::open`].
#[derive(Debug)]
pub struct Shop {
    folder: TempDir,
    launch: Launch,
    http_port: u16,
    broker_port: u16,
    http: reqwest::Client,
}

/// A device and its secret.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id, which is its user name at the broker.
    pub id: String,
    /// `{id}.{secret}`, as HTTP wants it.
    pub token: String,
}

impl Device {
    /// The password at the broker.
    pub fn secret(&self) -> &str {
        self.token.split_once('.').map_or("", |(_, secret)| secret)
    }
}

impl Shop {
    /// A new box with an empty database, the demo menu and no cloud.
    pub fn new() -> anyhow::Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("chuancai-shop-").tempdir().context("making a folder")?;
        let (http_port, broker_port) = (free_port(), free_port());
        let launch = Launch::new("chuancai-edge", folder.path())
            .with("CHUANCAI_EDGE__STATE__FOLDER", folder.path().join("state").display())
            .with("CHUANCAI_EDGE__HTTP__LISTEN", format!("127.0.0.1:{http_port}"))
            .with("CHUANCAI_EDGE__BROKER__LISTEN", format!("127.0.0.1:{broker_port}"))
            .with("CHUANCAI_EDGE__LOG__FILTER", "warn");
        let http =
            reqwest::Client::builder().timeout(ANSWER_WITHIN).build().context("making an HTTP client")?;
        Ok(Self { folder, launch, http_port, broker_port, http })
    }

    /// One more setting, by the name of its environment variable.
    pub fn with(self, variable: &str, value: impl ToString) -> Self {
        Self { launch: self.launch.with(variable, value), ..self }
    }

    /// Enrols a device. The box learns of it when it is next opened.
    pub fn device(&self, id: &str, role: &str) -> anyhow::Result<Device> {
        let printed = self.launch.run(&["device", "add", id, "--role", role])?;
        let secret = printed
            .split(|other: char| !other.is_ascii_alphanumeric() && other != '_' && other != '.')
            .find_map(|word| word.strip_prefix(&format!("{id}.")))
            .with_context(|| format!("no credential of {id} in {printed:?}"))?;
        Ok(Device { id: id.to_owned(), token: format!("{id}.{secret}") })
    }

    /// Starts the box and waits until it is ready.
    pub async fn open(&self) -> anyhow::Result<Running> {
        let mut running = self.launch.start(&["serve"])?;
        running.ready(&self.http, &format!("{}/readyz", self.address())).await?;
        Ok(running)
    }

    /// The way in for a client that speaks as `device`.
    pub fn door(&self, device: &Device) -> Door {
        Door { address: self.address(), token: device.token.clone(), http: self.http.clone() }
    }

    /// `http://127.0.0.1:port`
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.http_port)
    }

    /// Port of its pages and API.
    pub fn http_port(&self) -> u16 {
        self.http_port
    }

    /// Port of its broker.
    pub fn broker_port(&self) -> u16 {
        self.broker_port
    }

    /// Everything of it is in here, and goes with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its database, to look at and not to touch.
    pub fn database(&self) -> anyhow::Result<Connection> {
        let path: PathBuf = self.folder.path().join("state/box.db");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(&path, flags).with_context(|| format!("opening {}", path.display()))
    }
}
