//! Settings: a commented default file compiled in, overridden by a file, overridden by the environment.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use cloud_core::carrier::{CarrierAccount, CarrierSecret, Protocol, Receipts, VendorText};
use cloud_core::channel::WebAddress;
use cloud_core::dispatch::{Pace, QuietHours, Rate, Rules};
use cloud_core::id::CarrierAccountId;
use cloud_core::sms::Patience;
use ipnet::IpNet;
use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::payment::PaymentSettings;
use crate::seal::{self, SealKey};
use crate::store::Place;

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where things are kept.
    pub state: StateConfig,
    /// By what they are kept.
    pub store: StoreConfig,
    /// Dashboard, API, call-backs.
    pub http: HttpConfig,
    /// The brands' own systems.
    pub api: ApiConfig,
    /// The way to the boxes.
    pub broker: BrokerConfig,
    /// The books.
    pub ledger: LedgerConfig,
    /// The SMS worker.
    pub sending: SendingConfig,
    /// The worker that sends messages on by other channels.
    pub relaying: RelayingConfig,
    /// The calls to the brands' own systems.
    pub callbacks: CallbacksConfig,
    /// The account with an SMS carrier that serves where no route leads elsewhere.
    pub carrier: CarrierConfig,
    /// The workers that fetch receipts.
    pub fetching: FetchingConfig,
    /// How packages are paid.
    pub payment: PaymentSettings,
    /// Call-backs of others.
    pub hooks: HooksConfig,
    /// The log.
    pub log: LogConfig,
}

/// Where things are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateConfig {
    /// The folder of the database.
    pub folder: PathBuf,
}

/// By what things are kept.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// Which database.
    pub kind: StoreKind,
    /// The address of a PostgreSQL database.
    pub url: String,
    /// Seconds that a process may write to a PostgreSQL database without renewing its right to.
    pub lease_s: u16,
}

/// The address, which may hold a password, stays out.
impl std::fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreConfig")
            .field("kind", &self.kind)
            .field("lease_s", &self.lease_s)
            .finish_non_exhaustive()
    }
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// One file in the folder of the state.
    Sqlite,
    /// A PostgreSQL database.
    Postgres,
}

impl StoreConfig {
    /// How long a lease lasts without being renewed.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_s.into())
    }
}

/// Dashboard, API, call-backs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether the session's cookie travels by TLS alone.
    pub secure_cookie: bool,
    /// Hours that somebody stays signed in.
    pub session_h: u32,
}

/// The brands' own systems.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Requests a second that one key may make; 0: as many as it likes.
    pub key_rate_per_s: u32,
    /// Requests that it may make at once after a pause.
    pub key_burst: u32,
}

/// The way to the boxes.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// The broker's host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Our user there.
    pub username: String,
    /// Our password there.
    pub password: String,
    /// The first level of the boxes' topics.
    pub partition: String,
}

/// The password stays out.
impl std::fmt::Debug for BrokerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrokerConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// The books.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerConfig {
    /// IANA time zone in which days end.
    pub time_zone: String,
}

/// The SMS worker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendingConfig {
    /// Messages at the carrier at once.
    pub hands: usize,
    /// Kept free for verification codes besides.
    pub verification_hands: usize,
    /// Seconds that a verification code may wait.
    pub verification_wait_s: u32,
    /// Seconds that a notification may wait.
    pub notification_wait_s: u32,
    /// Seconds that advertising may wait.
    pub marketing_wait_s: u32,
    /// Hours after which no receipt comes any more.
    pub in_doubt_h: u32,
    /// Days for which a message that has ended stays at hand.
    pub at_hand_days: u32,
    /// Messages of one brand in a second.
    pub brand_per_second: u32,
    /// Messages of one brand to one receiver that may go at once …
    pub phone_burst: u32,
    /// … and seconds until the next one.
    pub phone_every_s: u32,
    /// From then on advertising waits, by the receiver's clock …
    pub quiet_from: Time,
    /// … until then; the same time: it never waits.
    pub quiet_until: Time,
}

impl SendingConfig {
    /// As the core takes it.
    pub fn rules(&self) -> Rules {
        let patience = Patience {
            verification: SignedDuration::from_secs(self.verification_wait_s.into()),
            notification: SignedDuration::from_secs(self.notification_wait_s.into()),
            marketing: SignedDuration::from_secs(self.marketing_wait_s.into()),
            in_doubt: SignedDuration::from_hours(self.in_doubt_h.into()),
            at_hand: SignedDuration::from_hours(24 * i64::from(self.at_hand_days)),
        };
        let phone =
            Rate { every: SignedDuration::from_secs(self.phone_every_s.into()), burst: self.phone_burst };
        let quiet = QuietHours { from: self.quiet_from, until: self.quiet_until };
        let pace = Pace { brand: Rate::per_second(self.brand_per_second), phone, quiet };
        Rules { patience, pace }
    }
}

/// The worker that sends messages on by other channels.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayingConfig {
    /// Messages under way at once.
    pub hands: usize,
    /// Of one brand.
    pub hands_per_brand: usize,
    /// Milliseconds after which a message without an answer counts as unknown.
    pub timeout_ms: u64,
    /// The key that opens the channels' secrets; empty: `channels.key` in the state's folder.
    pub key_file: PathBuf,
}

/// The calls to the brands' own systems.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallbacksConfig {
    /// Calls under way at once.
    pub hands: usize,
    /// To one subscription.
    pub hands_per_subscription: usize,
    /// Milliseconds after which a call without an answer is made again later.
    pub timeout_ms: u64,
    /// Whether the dashboard takes addresses without TLS.
    pub plain_http: bool,
}

/// The account with Chuanglan that serves where no route leads elsewhere.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierConfig {
    /// The host shown in the carrier's console for this account.
    pub base_url: WebAddress,
    /// The API account, which is not the console's login.
    pub account: VendorText,
    /// Its password.
    pub password: String,
    /// Where the carrier brings receipts, with a secret in its path. Empty: the one set in the console.
    pub callback_url: String,
    /// Whether the carrier brings receipts, or is asked for them.
    pub receipts: Receipts,
    /// Milliseconds after which a submit without an answer counts as unknown, to any carrier.
    pub timeout_ms: u64,
    /// Messages that the account takes in a second.
    pub per_second: NonZeroU32,
    /// Numbers in one call.
    pub batch_max: NonZeroU16,
}

impl CarrierConfig {
    /// As the core knows it.
    pub fn account(&self) -> CarrierAccount {
        CarrierAccount {
            id: CarrierAccountId::settings(),
            brand: None,
            protocol: Protocol::Chuanglan { base_url: self.base_url.clone(), account: self.account.clone() },
            secret: CarrierSecret::OfSettings,
            hook: None,
            receipts: self.receipts,
            per_second: self.per_second,
            batch_max: self.batch_max,
        }
    }
}

/// The password stays out, and so does the secret in the call-back's path.
impl std::fmt::Debug for CarrierConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CarrierConfig")
            .field("base_url", &self.base_url)
            .field("account", &self.account)
            .field("timeout_ms", &self.timeout_ms)
            .finish_non_exhaustive()
    }
}

/// The workers that fetch receipts, and what receivers answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchingConfig {
    /// Milliseconds after a message, and after a page that was not empty, until the carrier is asked again.
    pub pause_ms: u64,
    /// Milliseconds up to which pages without a row make that longer.
    pub pause_max_ms: u64,
    /// Milliseconds after which a page that has not come is lost.
    pub timeout_ms: u64,
}

/// Call-backs of others.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HooksConfig {
    /// The secret in the path of the settings' account's call-backs; empty: none is taken.
    pub chuanglan_token: String,
    /// From where they come; empty: from anywhere.
    pub chuanglan_from: Vec<IpNet>,
    /// Our address as carriers reach it; empty: it is set in their consoles.
    pub public_url: String,
    /// Proxies before us, whose word on who is calling is taken.
    pub proxies: Vec<IpNet>,
}

/// The token stays out.
impl std::fmt::Debug for HooksConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HooksConfig")
            .field("public_url", &self.public_url)
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}

/// The log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// As in `RUST_LOG`.
    pub filter: String,
    /// For people or for machines.
    pub format: LogFormat,
}

/// For whom the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Config {
    /// Reads the settings. Errors name the key that is unknown, missing or wrong.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut sources =
            config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        if let Some(file) = file {
            sources = sources.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let environment =
            config::Environment::with_prefix("CHUANCAI_CLOUD").prefix_separator("__").separator("__");
        let settings: Self = sources
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .context("reading the settings")?;
        settings.check()?;
        Ok(settings)
    }

    /// The key that opens the channels' secrets, made if there is none. Errors: a file that cannot be used.
    pub fn seal_key(&self) -> anyhow::Result<SealKey> {
        SealKey::of(&seal::key_file(&self.relaying.key_file, &self.state.folder))
    }

    /// Where the books lie. Errors: an address of a database that is none.
    pub fn place(&self) -> anyhow::Result<Place> {
        match self.store.kind {
            StoreKind::Sqlite => Ok(Place::Folder(self.state.folder.clone())),
            StoreKind::Postgres => {
                let url = self.store.url.parse().context("store.url")?;
                Ok(Place::Postgres { url, lease: self.store.lease() })
            }
        }
    }

    /// The time zone of the books. Errors: no such zone.
    pub fn ledger_zone(&self) -> anyhow::Result<TimeZone> {
        let name = &self.ledger.time_zone;
        TimeZone::get(name).with_context(|| format!("ledger.time_zone: no time zone is called {name:?}"))
    }

    fn check(&self) -> anyhow::Result<()> {
        self.ledger_zone()?;
        self.place()?;
        ensure!(
            self.store.kind == StoreKind::Sqlite || !self.store.url.is_empty(),
            "store.url must name the PostgreSQL database"
        );
        ensure!((1..=300).contains(&self.store.lease_s), "store.lease_s must be from 1 to 300");
        self.payment.check()?;
        let sending = &self.sending;
        ensure!(sending.hands > 0, "sending.hands must be at least 1");
        ensure!(
            24 * i64::from(sending.at_hand_days) > i64::from(sending.in_doubt_h),
            "sending.at_hand_days must be longer than sending.in_doubt_h, or receipts would come too late"
        );
        ensure!(
            sending.brand_per_second > 0 && sending.phone_burst > 0,
            "sending.brand_per_second and phone_burst must be at least 1"
        );
        let hands = &self.relaying;
        ensure!(
            hands.hands > 0 && hands.hands_per_brand > 0,
            "relaying.hands and hands_per_brand must be at least 1"
        );
        let calls = &self.callbacks;
        ensure!(
            calls.hands > 0 && calls.hands_per_subscription > 0,
            "callbacks.hands and hands_per_subscription must be at least 1"
        );
        let carrier = &self.carrier;
        ensure!(
            carrier.receipts == Receipts::Brought || carrier.callback_url.is_empty(),
            "carrier.callback_url must be empty when carrier.receipts are fetched: the vendor does the one or the other"
        );
        let fetching = &self.fetching;
        ensure!(
            (1..=fetching.pause_max_ms).contains(&fetching.pause_ms) && fetching.timeout_ms > 0,
            "fetching.pause_ms must be from 1 to fetching.pause_max_ms, and fetching.timeout_ms at least 1"
        );
        ensure!(self.api.key_burst > 0, "api.key_burst must be at least 1");
        ensure!(self.http.session_h > 0, "http.session_h must be at least 1");
        let token = &self.hooks.chuanglan_token;
        ensure!(
            token.is_empty() || (token.len() >= 16 && token.bytes().all(|b| b.is_ascii_alphanumeric())),
            "hooks.chuanglan_token must have at least 16 letters and digits, or be empty"
        );
        let partition = &self.broker.partition;
        ensure!(
            !partition.is_empty() && partition.bytes().all(|b| b.is_ascii_alphanumeric()),
            "broker.partition must be letters and digits"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_good_settings() {
        let settings = Config::load(None).expect("the default file is complete");
        assert_eq!(settings.http.listen.port(), 7090);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, "[http]\nlisten_port = 1\n").expect("writing the file");
        let error = format!("{:#}", Config::load(Some(&file)).expect_err("an unknown key"));
        assert!(error.contains("listen_port"), "{error}");
    }

    #[test]
    fn a_carrier_is_not_asked_for_what_it_brings() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("settings.toml");
        let fetched = "[carrier]\nreceipts = \"fetched\"\n";
        std::fs::write(&file, fetched).expect("writing the file");
        let settings = Config::load(Some(&file)).expect("good settings");
        assert_eq!(settings.carrier.account().receipts, Receipts::Fetched);
        let both = format!("{fetched}callback_url = \"https://cloud.example/hooks\"\n");
        std::fs::write(&file, both).expect("writing the file");
        let error = format!("{:#}", Config::load(Some(&file)).expect_err("one or the other"));
        assert!(error.contains("callback_url must be empty"), "{error}");
    }
}
