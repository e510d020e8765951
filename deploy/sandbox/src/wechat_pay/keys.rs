//! The provider's and the merchant's keys: what the merchant signs is checked, what the provider says is signed, and the
//! contents of call-backs are sealed.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, PublicKeyData as _};
use serde_json::{Value, json};

use super::{PaySettings, SignedBy};

/// The id of the provider's public key, as its console shows it.
pub(super) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000000012026112200001";
/// The serial of the provider's certificate.
const CERTIFICATE_SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
/// A request this far off the clock is refused, as the vendor does.
const SKEW_S_MAX: u64 = 300;

/// All keys of one merchant.
pub(super) struct Keys {
    pub(super) merchant_pem: String,
    pub(super) public_pem: String,
    pub(super) api_v3: String,
    merchant_public: Vec<u8>,
    certificate_pem: String,
    platform: RsaKeyPair,
}

/// The keys stay out.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys of a folder, made when there are none. Errors: a folder that cannot be used.
    pub(super) fn of(folder: Option<&Path>) -> anyhow::Result<Self> {
        let kept = |name: &str, make: &dyn Fn() -> anyhow::Result<String>| -> anyhow::Result<String> {
            let Some(folder) = folder else { return make() };
            let file = folder.join(name);
            if let Ok(text) = fs::read_to_string(&file) {
                return Ok(text);
            }
            let text = make()?;
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
            fs::write(&file, &text).with_context(|| format!("writing {}", file.display()))?;
            Ok(text)
        };
        let new_key = || Ok(KeyPair::generate_for(&PKCS_RSA_SHA256)?.serialize_pem());
        let merchant_pem = kept("apiclient_key.pem", &new_key)?;
        let platform_pem = kept("platform_key.pem", &new_key)?;
        let api_v3 = kept("apiv3_key", &|| {
            let mut bytes = [0; 16];
            rand::fill(&mut bytes).map_err(|_| anyhow!("no randomness for a key"))?;
            Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        })?;
        let platform = KeyPair::from_pem(&platform_pem).context("reading platform_key.pem")?;
        let public_pem = kept("pub_key.pem", &|| Ok(platform.public_key_pem()))?;
        let certificate_pem = CertificateParams::new(Vec::new())?.self_signed(&platform)?.pem();
        let merchant = KeyPair::from_pem(&merchant_pem).context("reading apiclient_key.pem")?;
        let pair = RsaKeyPair::from_pkcs8(&platform.serialize_der());
        Ok(Self {
            merchant_pem,
            public_pem,
            api_v3,
            merchant_public: merchant.subject_public_key_info(),
            certificate_pem,
            platform: pair.map_err(|error| anyhow!("the provider's key cannot be used: {error}"))?,
        })
    }

    /// Whether the merchant signed this request just now. Errors: what is wrong with it.
    pub(super) fn admits(
        &self,
        headers: &HeaderMap,
        (method, path, body): (&str, &str, &[u8]),
        settings: &PaySettings,
    ) -> Result<(), &'static str> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if text("user-agent").is_none_or(str::is_empty) || text("accept").is_none() {
            return Err("User-Agent and Accept are required");
        }
        let authorization = text("authorization").ok_or("no Authorization")?;
        let fields = authorization.strip_prefix("WECHATPAY2-SHA256-RSA2048 ").ok_or("another scheme")?;
        let field = |name: &str| {
            let quoted =
                fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
            quoted.map(|quoted| quoted.trim_matches('"')).ok_or("a field of Authorization is missing")
        };
        if field("mchid")? != settings.mchid || field("serial_no")? != settings.merchant_serial {
            return Err("another merchant, or another certificate");
        }
        let (at, nonce) = (field("timestamp")?, field("nonce_str")?);
        let second: i64 = at.parse().map_err(|_| "a timestamp that is none")?;
        if Timestamp::now().as_second().abs_diff(second) >= SKEW_S_MAX {
            return Err("the timestamp is too far off");
        }
        let parts: [&[u8]; 5] = [method.as_bytes(), path.as_bytes(), at.as_bytes(), nonce.as_bytes(), body];
        let message: Vec<u8> = parts.iter().flat_map(|part| [part, b"\n".as_slice()].concat()).collect();
        let signature = BASE64.decode(field("signature")?).map_err(|_| "a signature that is none")?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.merchant_public)
            .verify(&message, &signature)
            .map_err(|_| "the signature is wrong")
    }

    /// The headers by which a body is signed; forged ones carry a signature of nobody's.
    pub(super) fn sign(&self, body: &[u8], by: SignedBy, forged: bool) -> [(&'static str, String); 5] {
        let at = Timestamp::now().as_second().to_string();
        let nonce = random_text(32);
        let message = [at.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat();
        let mut signature = vec![0; self.platform.public_modulus_len()];
        self.platform
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature)
            .expect("a key signs anything into a buffer of its own length");
        let signature = BASE64.encode(signature);
        let serial = match by {
            SignedBy::PublicKey => PUBLIC_KEY_ID,
            SignedBy::Certificate => CERTIFICATE_SERIAL,
        };
        [
            ("wechatpay-timestamp", at),
            ("wechatpay-nonce", nonce),
            (
                "wechatpay-signature",
                if forged { format!("WECHATPAY/SIGNTEST/{signature}") } else { signature },
            ),
            ("wechatpay-serial", serial.to_owned()),
            ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
        ]
    }

    /// Seals a text as call-backs and certificates carry it.
    pub(super) fn seal(&self, text: &str, associated_data: &str) -> Value {
        let nonce = random_text(12);
        let key = UnboundKey::new(&AES_256_GCM, self.api_v3.trim().as_bytes()).expect("it has 32 characters");
        let mut bytes = text.as_bytes().to_vec();
        LessSafeKey::new(key)
            .seal_in_place_append_tag(
                Nonce::try_assume_unique_for_key(nonce.as_bytes()).expect("it has 12 characters"),
                Aad::from(associated_data.as_bytes()),
                &mut bytes,
            )
            .expect("a short text can be sealed");
        json!({
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": BASE64.encode(bytes),
            "associated_data": associated_data,
            "nonce": nonce,
        })
    }

    /// The answer of `/v3/certificates`.
    pub(super) fn certificates(&self) -> Value {
        let now = Timestamp::now();
        let year = SignedDuration::from_hours(365 * 24);
        json!({ "data": [{
            "serial_no": CERTIFICATE_SERIAL,
            "effective_time": now - SignedDuration::from_hours(24),
            "expire_time": now + year,
            "encrypt_certificate": self.seal(&self.certificate_pem, "certificate"),
        }] })
    }
}

/// Letters and digits, as many as asked for.
pub(super) fn random_text(length: usize) -> String {
    let mut bytes = vec![0; length];
    rand::fill(&mut bytes).expect("the operating system has randomness");
    let letter = |byte: u8| char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[usize::from(byte % 32)]);
    bytes.into_iter().map(letter).collect()
}
