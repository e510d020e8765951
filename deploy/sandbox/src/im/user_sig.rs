//! UserSig, version 2, opened again: what its maker put together is taken apart and counted anew.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::ZlibDecoder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::Sha256;

use super::ImSettings;

/// No signature is longer when it is opened.
const DOCUMENT_BYTES_MAX: u64 = 4_096;

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Document {
    #[serde(rename = "TLS.ver")]
    version: String,
    #[serde(rename = "TLS.identifier")]
    identifier: String,
    #[serde(rename = "TLS.sdkappid")]
    sdk_app_id: u64,
    #[serde(rename = "TLS.expire")]
    expire: i64,
    #[serde(rename = "TLS.time")]
    time: i64,
    #[serde(rename = "TLS.userbuf")]
    userbuf: Option<String>,
    #[serde(rename = "TLS.sig")]
    sig: String,
}

/// Whether this is the user's own signature. Errors: the vendor's code.
pub(super) fn check(sig: &str, settings: &ImSettings, (user, now): (&str, Timestamp)) -> Result<(), u32> {
    if sig.is_empty() {
        return Err(70002);
    }
    let document = open(sig).ok_or(70003_u32)?;
    if document.version != "2.0" || !is_signed(&document, settings.secret.as_bytes()) {
        return Err(70009);
    }
    if document.sdk_app_id != settings.sdk_app_id {
        return Err(70014);
    }
    if document.identifier != user {
        return Err(70013);
    }
    if now.as_second() > document.time.saturating_add(document.expire) {
        return Err(70001);
    }
    Ok(())
}

fn open(sig: &str) -> Option<Document> {
    let plain = sig.replace('*', "+").replace('-', "/").replace('_', "=");
    let compressed = BASE64.decode(plain).ok()?;
    let mut text = String::new();
    ZlibDecoder::new(compressed.as_slice()).take(DOCUMENT_BYTES_MAX).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn is_signed(document: &Document, secret: &[u8]) -> bool {
    let Document { identifier, sdk_app_id, expire, time, userbuf, sig, .. } = document;
    let mut signed = format!(
        "TLS.identifier:{identifier}\nTLS.sdkappid:{sdk_app_id}\nTLS.time:{time}\nTLS.expire:{expire}\n"
    );
    if let Some(userbuf) = userbuf {
        signed += &format!("TLS.userbuf:{userbuf}\n");
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(signed.as_bytes());
    BASE64.decode(sig).is_ok_and(|sig| mac.verify_slice(&sig).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(sig: &str, userbuf: Option<&str>) -> Document {
        Document {
            version: "2.0".to_owned(),
            identifier: "user_10086".to_owned(),
            sdk_app_id: 1_400_000_001,
            expire: 86_400,
            time: 1_700_000_000,
            userbuf: userbuf.map(str::to_owned),
            sig: sig.to_owned(),
        }
    }

    #[test]
    fn the_vendors_signatures_are_known_and_others_are_not() {
        let secret = "k".repeat(64);
        let plain = document("uIvHer4SBmCW0S0H+djG75rdcFm3lBkN+nLX0XvtW6c=", None);
        assert!(is_signed(&plain, secret.as_bytes()));
        // The bytes `abc` in base64.
        let buffered = document("hNOcECWKhYSkofIeYClly5sNEdLAhhxbiv7huO+v9sg=", Some("YWJj"));
        assert!(is_signed(&buffered, secret.as_bytes()));
        assert!(!is_signed(&plain, "x".repeat(64).as_bytes()));
        assert!(!is_signed(&document("bm9uc2Vuc2U=", None), secret.as_bytes()));
    }

    #[test]
    fn what_the_vendors_sdk_made_opens_and_is_good_for_a_day() {
        let sig = "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwqXFqUXxhgYGFmZQ2eKU7MSCgswUJStDEwMIMITIlGTmpipZGZpDRQ0goqkVBZlFqUpWFmYmMKHizHSQyZ5lHqlFJsFOuc7hBsEGHtopWe7mpkUpyW65xjlO2X7aeT4RBhFlJeFmybZKtQBK1DFD";
        assert_eq!(open(sig), Some(document("uIvHer4SBmCW0S0H+djG75rdcFm3lBkN+nLX0XvtW6c=", None)));
        let settings = ImSettings { secret: "k".repeat(64), ..ImSettings::default() };
        let at = |second| Timestamp::from_second(second).expect("a time");
        let last = at(1_700_086_400);
        assert_eq!(check(sig, &settings, ("user_10086", last)), Ok(()));
        assert_eq!(check(sig, &settings, ("user_10086", at(1_700_086_401))), Err(70001));
        assert_eq!(check(sig, &settings, ("user_1", last)), Err(70013));
        let other = ImSettings { sdk_app_id: 1, ..settings.clone() };
        assert_eq!(check(sig, &other, ("user_10086", last)), Err(70014));
        assert_eq!(check(sig, &ImSettings::default(), ("user_10086", last)), Err(70009));
        assert_eq!(check("", &settings, ("user_10086", last)), Err(70002));
        assert_eq!(check("eJy*", &settings, ("user_10086", last)), Err(70003));
    }
}
