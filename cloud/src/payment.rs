//! The way to the money: WeChat Pay v3 as a direct merchant, by its QR codes (native).
//!
//! [`sign`] has the cryptography, [`keys`] knows whose signature is whose, [`wechat_pay`] asks, [`notice`] reads what
//! the provider tells by itself, [`worker`] does what the core says is to be done. Deliberately absent: any decision
//! about a purchase (S1, in the core), the other ways to pay (JSAPI, H5), bills.

pub mod keys;
pub mod notice;
pub mod sign;
pub mod wechat_pay;
pub mod worker;

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::Deserialize;

pub use wechat_pay::WechatPay;

/// How packages are paid. The secrets lie in files of their own, not here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentSettings {
    /// Whether anything can be bought.
    pub enabled: bool,
    /// The provider's host.
    pub base_url: String,
    /// Its other host, asked when no connection to the first is made; empty: none.
    pub backup_url: String,
    /// Our number as a merchant.
    pub mchid: String,
    /// The application that the merchant is bound to.
    pub appid: String,
    /// The serial number of the merchant's certificate.
    pub merchant_serial: String,
    /// The merchant's private key, as the console gives it (`apiclient_key.pem`).
    pub merchant_key_file: PathBuf,
    /// The APIv3 key: 32 letters and digits.
    pub api_v3_key_file: PathBuf,
    /// The id of the provider's public key (`PUB_KEY_ID_…`); empty: its certificates are fetched.
    pub public_key_id: String,
    /// The provider's public key, as the console gives it.
    pub public_key_file: PathBuf,
    /// Where the provider tells what was paid: `https://HOST/hooks/wechat-pay`.
    pub notify_url: String,
    /// Seconds that a purchase can be paid.
    pub open_s: u32,
    /// Milliseconds until an unpaid purchase is first asked about; after that ever less often.
    pub look_ms: u64,
    /// Milliseconds after which a call without an answer counts as unanswered.
    pub timeout_ms: u64,
}

impl PaymentSettings {
    /// Whether a client can be made from them. Errors: name the setting.
    pub fn check(&self) -> anyhow::Result<()> {
        if !self.enabled {
            return Ok(());
        }
        for (name, value) in [
            ("mchid", &self.mchid),
            ("appid", &self.appid),
            ("merchant_serial", &self.merchant_serial),
            ("notify_url", &self.notify_url),
        ] {
            ensure!(!value.is_empty(), "payment.{name} must be set when payment is enabled");
        }
        ensure!(
            !self.notify_url.contains('?') && self.notify_url.len() <= 255,
            "payment.notify_url must have no query, and 255 characters at most"
        );
        ensure!(self.open_s > 0 && self.look_ms > 0, "payment.open_s and look_ms must be at least 1");
        ensure!(
            self.public_key_id.is_empty() || self.public_key_id.starts_with(keys::PUBLIC_KEY_PREFIX),
            "payment.public_key_id begins with {}",
            keys::PUBLIC_KEY_PREFIX
        );
        Ok(())
    }
}

/// A file of the settings. Errors: it cannot be read.
fn read(setting: &str, file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file)
        .with_context(|| format!("reading payment.{setting} from {}", file.display()))
}
