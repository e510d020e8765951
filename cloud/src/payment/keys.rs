//! Whose signature is whose: the provider's keys by their serial numbers. New merchants have one public key without an
//! end; older ones have certificates that are fetched and change; during a switch both sign.

use std::collections::BTreeMap;
use std::sync::RwLock;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::sign::{ApiV3Key, PlatformKey, Sealed, Signed, Unbelievable};

/// How the id of a public key begins; other serials are certificates'.
pub const PUBLIC_KEY_PREFIX: &str = "PUB_KEY_ID_";

/// The provider's keys that are known now.
#[derive(Debug, Default)]
pub struct PlatformKeys {
    known: RwLock<BTreeMap<String, PlatformKey>>,
}

/// The answer of `/v3/certificates`.
#[derive(Debug, Deserialize)]
pub(super) struct Certificates {
    data: Vec<Certificate>,
}

#[derive(Debug, Deserialize)]
struct Certificate {
    serial_no: String,
    effective_time: Timestamp,
    expire_time: Timestamp,
    encrypt_certificate: Sealed,
}

impl PlatformKeys {
    /// Knows a public key from now on.
    pub fn add(&self, serial: String, key: PlatformKey) {
        self.known.write().expect("nobody panics with the keys in hand").insert(serial, key);
    }

    /// A serial for the provider to answer with; the public key before certificates.
    pub fn preferred(&self) -> Option<String> {
        let known = self.known.read().expect("nobody panics with the keys in hand");
        let public = known.keys().find(|serial| serial.starts_with(PUBLIC_KEY_PREFIX));
        public.or_else(|| known.keys().next_back()).cloned()
    }

    /// Whether a body is the provider's, and fresh. Errors: see [`Unbelievable`].
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), Unbelievable> {
        let text = |name: &'static str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.ok_or(Unbelievable::Unsigned(name))
        };
        let signed = Signed {
            at: text("wechatpay-timestamp")?,
            nonce: text("wechatpay-nonce")?,
            signature: text("wechatpay-signature")?,
            scheme: text("wechatpay-signature-type").ok(),
        };
        let serial = text("wechatpay-serial")?;
        let known = self.known.read().expect("nobody panics with the keys in hand");
        known.get(serial).ok_or(Unbelievable::Key)?.verify(signed, body, now)
    }

    /// Takes what certificates there are, after one of them has proved the answer that brought them.
    /// Errors: a certificate that is none, or an answer that none of them signed.
    pub(super) fn take(
        &self,
        certificates: Certificates,
        secret: &ApiV3Key,
        believe: impl FnOnce(&Self) -> Result<(), Unbelievable>,
    ) -> anyhow::Result<usize> {
        let fresh = Self::default();
        for certificate in certificates.data {
            let pem = secret.open(&certificate.encrypt_certificate);
            let pem = pem.ok_or_else(|| anyhow!("a certificate is sealed with another APIv3 key"))?;
            fresh.add(certificate.serial_no, key_of(&pem)?);
            tracing::debug!(
                from = %certificate.effective_time, until = %certificate.expire_time,
                "a certificate of the payment provider is known"
            );
        }
        believe(&fresh).context("the answer with the certificates")?;
        let fresh = fresh.known.into_inner().expect("nobody panics with the keys in hand");
        let count = fresh.len();
        self.known.write().expect("nobody panics with the keys in hand").extend(fresh);
        Ok(count)
    }
}

fn key_of(pem: &[u8]) -> anyhow::Result<PlatformKey> {
    let der = CertificateDer::from_pem_slice(pem).context("reading a certificate")?;
    let (_, certificate) = X509Certificate::from_der(&der).context("reading a certificate")?;
    PlatformKey::from_der(certificate.public_key().raw)
}
