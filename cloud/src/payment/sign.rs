//! What WeChat Pay v3 signs and seals: requests with our RSA key, answers and call-backs with the provider's, and the
//! contents of call-backs with the APIv3 key. Signed are the bytes as they travel, never JSON written anew.

use std::fmt;

use anyhow::{Context, anyhow};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};

/// The scheme, as requests name it and answers may.
pub const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// Both of the vendor's own libraries refuse what is this far off the clock.
const SKEW_S_MAX: u64 = 300;

/// What is signed of a request: method, path with query, seconds, nonce, body, a line each.
pub fn request_message(what: &str, path: &str, at: i64, nonce: &str, body: &str) -> String {
    format!("{what}\n{path}\n{at}\n{nonce}\n{body}\n")
}

/// What is signed of an answer or a call-back: seconds, nonce, body, a line each.
fn answer_message(at: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    [at.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat()
}

/// The merchant's private key.
pub struct MerchantKey {
    pair: RsaKeyPair,
}

/// The key stays out.
impl fmt::Debug for MerchantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MerchantKey").finish_non_exhaustive()
    }
}

impl MerchantKey {
    /// Reads `apiclient_key.pem`. Errors: it is no RSA key in PKCS#8.
    pub fn from_pem(pem: &str) -> anyhow::Result<Self> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).context("reading the merchant's key")?;
        let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der());
        Ok(Self { pair: pair.map_err(|error| anyhow!("the merchant's key cannot be used: {error}"))? })
    }

    /// The signature, in base64.
    pub fn sign(&self, message: &str) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .expect("a key of 2048 bits or more signs anything into a buffer of its own length");
        BASE64.encode(signature)
    }
}

/// The headers by which an answer or a call-back is signed.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `Wechatpay-Timestamp`.
    pub at: &'a str,
    /// `Wechatpay-Nonce`.
    pub nonce: &'a str,
    /// `Wechatpay-Signature`.
    pub signature: &'a str,
    /// `Wechatpay-Signature-Type`; absent means [`SCHEME`].
    pub scheme: Option<&'a str>,
}

/// Why something is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbelievable {
    /// A header is missing.
    #[error("it is not signed: {0} is missing")]
    Unsigned(&'static str),
    /// A scheme we do not know.
    #[error("it is signed by another scheme")]
    Scheme,
    /// It is too old, or from the future: somebody may be repeating it.
    #[error("its time is off by {SKEW_S_MAX} seconds or more")]
    Time,
    /// Signed by a key we do not know.
    #[error("it is signed by an unknown key")]
    Key,
    /// The signature is not the key's.
    #[error("its signature is wrong")]
    Signature,
}

/// A key of the provider.
#[derive(Debug)]
pub struct PlatformKey(ParsedPublicKey);

impl PlatformKey {
    /// Reads `pub_key.pem`. Errors: it is no RSA key.
    pub fn from_pem(pem: &str) -> anyhow::Result<Self> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes());
        Self::from_der(&der.context("reading the provider's public key")?)
    }

    /// From a `SubjectPublicKeyInfo`. Errors: it is no RSA key.
    pub fn from_der(der: &[u8]) -> anyhow::Result<Self> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der);
        Ok(Self(key.map_err(|error| anyhow!("the provider's key cannot be used: {error}"))?))
    }

    /// Whether the body is the provider's, and fresh. Errors: see [`Unbelievable`].
    pub fn verify(&self, signed: Signed<'_>, body: &[u8], now: Timestamp) -> Result<(), Unbelievable> {
        if signed.scheme.is_some_and(|scheme| scheme != SCHEME) {
            return Err(Unbelievable::Scheme);
        }
        let at: i64 = signed.at.parse().map_err(|_| Unbelievable::Time)?;
        if now.as_second().abs_diff(at) >= SKEW_S_MAX {
            return Err(Unbelievable::Time);
        }
        let signature = BASE64.decode(signed.signature).map_err(|_| Unbelievable::Signature)?;
        let message = answer_message(signed.at, signed.nonce, body);
        self.0.verify_sig(&message, &signature).map_err(|_| Unbelievable::Signature)
    }
}

/// The APIv3 key, by which the contents of call-backs and certificates are sealed.
pub struct ApiV3Key(LessSafeKey);

/// The key stays out.
impl fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiV3Key").finish_non_exhaustive()
    }
}

impl ApiV3Key {
    /// Reads the key. Errors: it has not 32 bytes.
    pub fn new(text: &str) -> anyhow::Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, text.trim().as_bytes());
        Ok(Self(LessSafeKey::new(key.map_err(|_| anyhow!("an APIv3 key has 32 letters and digits"))?)))
    }

    /// Opens what is sealed. `None`: it was not sealed with this key.
    pub fn open(&self, sealed: &Sealed) -> Option<Vec<u8>> {
        let mut bytes = BASE64.decode(&sealed.ciphertext).ok()?;
        let nonce = Nonce::try_assume_unique_for_key(sealed.nonce.as_bytes()).ok()?;
        let opened =
            self.0.open_in_place(nonce, Aad::from(sealed.associated_data.as_bytes()), &mut bytes).ok()?;
        Some(opened.to_vec())
    }
}

/// Something sealed with the APIv3 key.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Sealed {
    /// In base64, with the tag at its end.
    pub ciphertext: String,
    /// May be empty.
    #[serde(default)]
    pub associated_data: String,
    /// 12 characters.
    pub nonce: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::KeyPair as _;
    use sha2::{Digest as _, Sha256};

    const AT: i64 = 1_700_000_000;
    const NONCE: &str = "NONCE000000000000000000000000001";

    fn sha256(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn requests_are_signed_over_five_lines() {
        let body = r#"{"appid":"wx0000000000000001","mchid":"1900000001","description":"SMS credit","out_trade_no":"R202311150001","notify_url":"https://pay.example.com/hooks/wechatpay","amount":{"total":10000,"currency":"CNY"},"payer":{"openid":"oExample0001"}}"#;
        let message = request_message("POST", "/v3/pay/transactions/jsapi", AT, NONCE, body);
        assert_eq!(message.len(), 317);
        let expected = "84af271a1871283aabddacc42475156df76253a84320fef0e38611e00ad1dfb4";
        assert_eq!(sha256(message.as_bytes()), expected);
        let path = "/v3/pay/transactions/out-trade-no/R202311150001?mchid=1900000001";
        let message = request_message("GET", path, AT, NONCE, "");
        assert_eq!(message.len(), 114);
        let expected = "2f0ad87997e72a6b21e0ca353283d5a1678afe4917d0a8563135049f67b1fbae";
        assert_eq!(sha256(message.as_bytes()), expected);
    }

    #[test]
    fn answers_are_signed_over_three_lines_even_without_a_body() {
        let body = br#"{"code_url":"weixin://wxpay/bizpayurl?pr=EXAMPLE01"}"#;
        for (body, expected) in [
            (body.as_slice(), "ac8af82eb00524bbd01e4194a2d3249edd09875d94825e3891abd7f74099c9b2"),
            (b"", "02b1083536f0381bd560493f304f8b01831a9c565fd2a912911e9d7557bf2402"),
        ] {
            assert_eq!(sha256(&answer_message("1700000000", NONCE, body)), expected);
        }
    }

    #[test]
    fn what_the_api_key_sealed_opens_and_nothing_else_does() {
        let key = ApiV3Key::new("0123456789abcdef0123456789abcdef\n").expect("32 characters");
        let sealed = Sealed {
            ciphertext: "Eu6myr+6GaECeJdOZPZ6BX5jiS+Ls15qL4sOrOJt7MZOvNKdSjGt0D4b5MUsqaWOyxb/8egNVIbp3ch58d/5/xA+CB8fdMcW".to_owned(),
            associated_data: "transaction".to_owned(),
            nonce: "abcdefghijkl".to_owned(),
        };
        let opened = key.open(&sealed).expect("sealed with this key");
        assert_eq!(opened, br#"{"out_trade_no":"R202311150001","trade_state":"SUCCESS"}"#);
        for other in [
            Sealed { associated_data: "refund".to_owned(), ..sealed.clone() },
            Sealed { nonce: "short".to_owned(), ..sealed.clone() },
            Sealed { ciphertext: "AAAA".to_owned(), ..sealed.clone() },
            Sealed { ciphertext: "no base64!".to_owned(), ..sealed.clone() },
        ] {
            assert_eq!(key.open(&other), None);
        }
        assert!(ApiV3Key::new("short").is_err());
    }

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64.encode(der))
    }

    #[test]
    fn a_signature_is_believed_within_five_minutes_and_for_its_own_bytes() {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("randomness");
        let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("a key has a form");
        let ours = MerchantKey::from_pem(&pem("PRIVATE KEY", private.as_ref())).expect("a key");
        let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
            pair.public_key().as_der().expect("a key has a form");
        let theirs = PlatformKey::from_pem(&pem("PUBLIC KEY", public.as_ref())).expect("a key");
        let signature = ours.sign("1700000000\nN\n{}\n");
        let signed = Signed { at: "1700000000", nonce: "N", signature: &signature, scheme: None };
        let now = |offset: i64| Timestamp::from_second(AT + offset).expect("in range");
        for offset in [-299, 0, 299] {
            assert_eq!(theirs.verify(signed, b"{}", now(offset)), Ok(()));
        }
        for offset in [-300, 300, 100_000] {
            assert_eq!(theirs.verify(signed, b"{}", now(offset)), Err(Unbelievable::Time));
        }
        assert_eq!(theirs.verify(signed, b"{ }", now(0)), Err(Unbelievable::Signature));
        let other = Signed { nonce: "M", ..signed };
        assert_eq!(theirs.verify(other, b"{}", now(0)), Err(Unbelievable::Signature));
        let probe = Signed { signature: "WECHATPAY/SIGNTEST/abc", ..signed };
        assert_eq!(theirs.verify(probe, b"{}", now(0)), Err(Unbelievable::Signature));
        let other = Signed { scheme: Some("WECHATPAY2-SM2-WITH-SM3"), ..signed };
        assert_eq!(theirs.verify(other, b"{}", now(0)), Err(Unbelievable::Scheme));
        let same = Signed { scheme: Some(SCHEME), ..signed };
        assert_eq!(theirs.verify(same, b"{}", now(0)), Ok(()));
        let odd = Signed { at: "yesterday", ..signed };
        assert_eq!(theirs.verify(odd, b"{}", now(0)), Err(Unbelievable::Time));
    }
}
