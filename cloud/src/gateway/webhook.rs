//! Webhooks by the Standard Webhooks scheme: JSON by POST with an id, a time and an HMAC-SHA256 over both and the
//! body. The id is the message's own and the same at every try, so a receiver can tell a repeat.
//!
//! Deliberately absent: redirects (the signature is for one address), and asymmetric signatures.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloud_core::channel::WebAddress;
use cloud_core::relay::Answer;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use shared::id::MessageId;

/// How a secret begins, so that people know one.
const PREFIX: &str = "whsec_";
/// The scheme's own limits for a secret.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// No receiver may hold a message back for longer than this with one answer.
const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(1);

/// A secret to sign with.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

/// A text that is no secret of this scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret is whsec_ and 24 to 64 bytes in base64")]
pub struct BadSigningKey;

impl SigningKey {
    /// Reads `whsec_…`. Errors: [`BadSigningKey`].
    pub fn new(text: &str) -> Result<Self, BadSigningKey> {
        let bytes =
            BASE64.decode(text.strip_prefix(PREFIX).ok_or(BadSigningKey)?).map_err(|_| BadSigningKey)?;
        if KEY_BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(BadSigningKey) }
    }

    /// A new secret that nobody can guess.
    pub fn random() -> String {
        let bytes = [*uuid::Uuid::new_v4().as_bytes(), *uuid::Uuid::new_v4().as_bytes()].concat();
        format!("{PREFIX}{}", BASE64.encode(bytes))
    }

    /// The header `webhook-signature`.
    fn sign(&self, id: MessageId, at: i64, body: &str) -> String {
        let signed = super::hmac_sha256(&self.0, format!("{id}.{at}.{body}").as_bytes());
        format!("v1,{}", BASE64.encode(signed))
    }
}

/// A client of every brand's address.
#[derive(Debug)]
pub struct WebhookClient {
    client: reqwest::Client,
}

impl WebhookClient {
    /// A client that waits this long for an answer. Errors: no TLS to be had.
    pub fn new(timeout: Duration) -> reqwest::Result<Self> {
        Ok(Self { client: super::outgoing(timeout)? })
    }

    /// Sends one message, once.
    pub async fn send(&self, url: &WebAddress, key: &SigningKey, (id, body): (MessageId, &str)) -> Answer {
        let Ok(url) = Url::parse(url.as_str()) else {
            let words = "the address cannot be read".to_owned();
            return Answer::Refused { code: "address".to_owned(), words };
        };
        let at = Timestamp::now().as_second();
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", at)
            .header("webhook-signature", key.sign(id, at, body))
            .body(body.to_owned());
        match request.send().await {
            Ok(response) => of_status(response.status(), response.headers()),
            Err(error) if error.is_connect() => super::unreachable_now(),
            Err(error) => Answer::Unanswered { what: super::what_happened(error) },
        }
    }
}

/// What a status means. A body that was refused once is refused again, so only what may pass by itself is tried
/// again; the id tells the receiver that it is the same message.
fn of_status(status: StatusCode, headers: &HeaderMap) -> Answer {
    let code = status.as_u16().to_string();
    match status.as_u16() {
        200..=299 => Answer::Taken { receipt: code },
        410 => Answer::Gone,
        401 | 403 => {
            Answer::Unknowing { code, words: "the receiver does not accept our signature".to_owned() }
        }
        408 | 425 | 429 | 500..=599 => {
            let at_least = retry_after(headers);
            Answer::Busy { code, words: "the receiver could not take it".to_owned(), at_least }
        }
        300..=399 => Answer::Refused {
            code,
            words: "the address leads elsewhere, and that is not followed".to_owned(),
        },
        _ => Answer::Refused { code, words: "the receiver does not take it".to_owned() },
    }
}

fn retry_after(headers: &HeaderMap) -> SignedDuration {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    SignedDuration::from_secs(seconds.unwrap_or(0).into()).min(RETRY_AFTER_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m9_a_signature_is_the_schemes_own() {
        // Computed with the scheme's reference library from the same four inputs.
        let key = SigningKey::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("24 bytes");
        let id = MessageId("6f9619ff-8b86-4011-b42d-00cf4fc964ff".parse().expect("a UUID"));
        let signature = key.sign(id, 1_614_265_330, r#"{"test": 2432232314}"#);
        let reference = standardwebhooks::Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let expected =
            reference.expect("24 bytes").sign(&id.to_string(), 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, expected.expect("text"));
    }

    #[test]
    fn a_secret_has_its_prefix_and_24_to_64_bytes() {
        assert!(SigningKey::new(&SigningKey::random()).is_ok());
        for bad in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_*"] {
            assert!(SigningKey::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn m9_a_status_is_taken_gone_refused_or_tried_again() {
        let of = |status: u16| of_status(StatusCode::from_u16(status).expect("a status"), &HeaderMap::new());
        assert_eq!(of(204), Answer::Taken { receipt: "204".to_owned() });
        assert_eq!(of(410), Answer::Gone);
        for status in [401, 403] {
            assert!(matches!(of(status), Answer::Unknowing { .. }), "{status}");
        }
        for status in [301, 307, 400, 404, 413, 422] {
            assert!(matches!(of(status), Answer::Refused { .. }), "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503] {
            assert!(matches!(of(status), Answer::Busy { .. }), "{status}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "30".parse().expect("a header"));
        let busy = of_status(StatusCode::TOO_MANY_REQUESTS, &headers);
        assert!(matches!(busy, Answer::Busy { at_least, .. } if at_least == SignedDuration::from_secs(30)));
    }
}
