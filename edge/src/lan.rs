//! The shop's network: where devices reach the box and why they may believe that it is the box.
//!
//! Everything that leaves this machine goes through TLS, with a certificate of the box's own authority, which
//! people install once. Absent: any way to turn verification off, and a public certificate, for which a shop
//! would need a name on the internet.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Deserializer, Serialize};
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::config::Settings;

mod authority;
mod door;
mod names;

use authority::{Authority, Certificate};
pub use door::{Doors, Greeted};

/// How often the box looks whether its certificate still says what is so. A box that was given another address
/// is unknown by it for so long.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Where devices of the shop's network reach the box.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanSettings {
    /// Pages and API over TLS.
    #[serde(deserialize_with = "address")]
    pub http: Option<SocketAddr>,
    /// MQTT over TLS.
    #[serde(deserialize_with = "address")]
    pub mqtt: Option<SocketAddr>,
    /// By which the devices call the box. Empty: what this machine is called.
    #[serde(deserialize_with = "names")]
    pub names: BTreeSet<String>,
    /// Whether `http.listen` and `broker.listen` may leave this machine.
    pub plain_text: bool,
}

/// An address, or nothing.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    (!text.is_empty()).then(|| text.parse().map_err(serde::de::Error::custom)).transpose()
}

/// A list or, from the environment, which knows no lists, one text with commas.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        List(Vec<String>),
        Text(String),
    }
    let list = match Written::deserialize(deserializer)? {
        Written::List(list) => list,
        Written::Text(text) => text.split(',').map(|name| name.trim().to_owned()).collect(),
    };
    let named = list.into_iter().filter(|name| !name.is_empty());
    named.map(|name| names::checked(name).map_err(serde::de::Error::custom)).collect()
}

/// What crosses the shop's network can be read and changed there by anybody, so it is not sent in plain text
/// unless somebody has said so. Errors name the setting.
pub fn refuse_plain_text(settings: &Settings) -> anyhow::Result<()> {
    let plain = [
        ("http.listen", settings.http.listen, "lan.http"),
        ("broker.listen", settings.broker.listen, "lan.mqtt"),
    ];
    for (setting, address, instead) in plain {
        anyhow::ensure!(
            address.ip().is_loopback() || settings.lan.plain_text,
            "{setting}: {address} is plain text that leaves this machine; give that address to {instead}, \
             which has TLS, or say lan.plain_text = true"
        );
    }
    Ok(())
}

/// How the shop's network reaches the box; `GET /api/v1/lan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LanView {
    /// Whether it is spoken to through TLS.
    pub tls: bool,
    /// Addresses of the pages, the best first.
    #[schema(example = json!(["https://192.0.2.7:7443"]))]
    pub pages: Vec<String>,
    /// Addresses of the broker, the best first.
    #[schema(example = json!(["mqtts://192.0.2.7:8883"]))]
    pub mqtt: Vec<String>,
    /// SHA-256 of the authority's certificate (`/ca.crt`), for people to compare; without TLS none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_sha256: Option<String>,
}

/// What the broker needs to listen with TLS.
#[derive(Debug, Clone)]
pub struct SecureListener {
    /// Address and port.
    pub address: SocketAddr,
    /// The authority's certificate.
    pub authority: PathBuf,
    /// The box's certificate and its key, in one file.
    pub certificate: PathBuf,
}

/// The box's place in the shop's network.
#[derive(Clone)]
pub struct Lan(Arc<Shared>);

struct Shared {
    settings: LanSettings,
    plain: (SocketAddr, SocketAddr),
    secured: Option<Secured>,
}

struct Secured {
    folder: PathBuf,
    authority: Authority,
    certificate: RwLock<Certificate>,
    served: Arc<door::Served>,
}

impl Lan {
    /// Finds the box's authority or makes it, and makes a certificate. Errors: files that cannot be written or
    /// read.
    pub fn open(settings: &Settings, clock: &Clock) -> anyhow::Result<Self> {
        let lan = settings.lan.clone();
        let plain = (settings.http.listen, settings.broker.listen);
        let secured = match (lan.http, lan.mqtt) {
            (None, None) => None,
            (Some(_), _) | (_, Some(_)) => Some(Secured::open(&settings.state.folder, &lan, clock)?),
        };
        Ok(Self(Arc::new(Shared { settings: lan, plain, secured })))
    }

    /// How a connection that wants TLS is greeted.
    fn greeting(&self) -> Option<TlsAcceptor> {
        self.0.secured.as_ref().map(|secured| door::acceptor(secured.served.clone()))
    }

    /// Where the broker is to listen with TLS.
    pub fn broker(&self) -> Option<SecureListener> {
        let secured = self.0.secured.as_ref()?;
        let listener = |address| SecureListener {
            address,
            authority: secured.folder.join(authority::CERTIFICATE_FILE),
            certificate: secured.folder.join(authority::BOX_FILE),
        };
        self.0.settings.mqtt.map(listener)
    }

    /// The authority's certificate as people install it (PEM). `None` without TLS.
    pub fn authority(&self) -> Option<&str> {
        self.0.secured.as_ref().map(|secured| secured.authority.pem())
    }

    /// How the shop's network reaches the box at the moment.
    pub fn view(&self) -> LanView {
        let Shared { settings, plain, secured } = &*self.0;
        let pages = match settings.http {
            Some(address) => names::urls("https", address, &settings.names),
            None => names::urls("http", plain.0, &settings.names),
        };
        let mqtt = match settings.mqtt {
            Some(address) => names::urls("mqtts", address, &settings.names),
            None => names::urls("mqtt", plain.1, &settings.names),
        };
        let ca_sha256 = secured.as_ref().map(|secured| secured.authority.fingerprint());
        LanView { tls: settings.http.is_some(), pages, mqtt, ca_sha256 }
    }

    /// Makes a new certificate whenever the old one runs out or the machine is called otherwise, for as long as
    /// the box runs, and has the broker read it.
    pub async fn keep_certificate(self, clock: Clock, reload_broker: impl Fn()) {
        let Some(secured) = &self.0.secured else { return };
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            match secured.renew(&self.0.settings.names, &clock) {
                Ok(true) => reload_broker(),
                Ok(false) => {}
                Err(error) => warn!(error = %format!("{error:#}"), "the certificate cannot be renewed"),
            }
        }
    }
}

impl Secured {
    fn open(state: &Path, settings: &LanSettings, clock: &Clock) -> anyhow::Result<Self> {
        let folder = state.join("lan");
        let authority = Authority::open(&folder)
            .with_context(|| format!("the box's authority in {} cannot be used", folder.display()))?;
        let certificate = authority.issue(names::of_box(&settings.names), clock.read().at)?;
        certificate.keep(&folder)?;
        let served = Arc::new(door::Served::new(&certificate)?);
        let folder = folder.canonicalize()?;
        Ok(Self { folder, authority, certificate: RwLock::new(certificate), served })
    }

    /// Whether there is a new one.
    fn renew(&self, set: &BTreeSet<String>, clock: &Clock) -> anyhow::Result<bool> {
        let (names, now) = (names::of_box(set), clock.read().at);
        // Nobody panics with it: it is only ever replaced.
        if self.certificate.read().unwrap_or_else(PoisonError::into_inner).serves(&names, now) {
            return Ok(false);
        }
        let fresh = self.authority.issue(names, now)?;
        fresh.keep(&self.folder)?;
        self.served.replace(&fresh)?;
        *self.certificate.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        info!("the box has a new certificate");
        Ok(true)
    }
}

/// Whether every machine's network is meant.
fn is_everywhere(address: SocketAddr) -> bool {
    match address.ip() {
        IpAddr::V4(address) => address.is_unspecified(),
        IpAddr::V6(address) => address.is_unspecified(),
    }
}
