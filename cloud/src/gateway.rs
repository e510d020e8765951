//! The way out: to SMS carriers (a text to one or many numbers, and the receipts that come back), and to the
//! channels by which messages are sent on.
//!
//! An outcome is one of three and never a guess: accepted, surely not accepted, or unknown. What to do about an
//! unknown one is decided in the core (S10, M9). Deliberately absent: any repeat of a submit to a carrier, which has
//! no idempotency key, so that whoever repeats one risks a second message and a second charge.

pub mod carriers;
pub mod channels;
pub mod chuanglan;
pub mod chuanglan_template;
pub mod page;
pub mod smpp;
pub mod tencent_im;
pub mod tencent_sms;
pub mod webhook;

use std::fmt;
use std::time::Duration;

use cloud_core::channel::WebAddress;
use cloud_core::relay::Answer;
use cloud_core::sms::{CarrierAnswer, Parameter, Pattern};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;
use sha2::Sha256;
use shared::guest::PhoneNumber;
use uuid::Uuid;

pub use carriers::Carriers;

/// A text to one or many numbers, as a carrier is called once.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// Our own id of the call. The carrier repeats it in the receipts, and does not look at it otherwise.
    pub reference: Uuid,
    /// What it says.
    pub words: Words,
    /// Who gets it: at least one, and no more than the account takes in a call.
    pub phones: Vec<PhoneNumber>,
}

/// Neither numbers nor words belong into a log.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("reference", &self.reference)
            .field("phones", &self.phones.len())
            .finish_non_exhaustive()
    }
}

/// What a call says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// The whole text, with the 【signature】 in front.
    Text(String),
    /// Something else to each: a text with places, the 【signature】 in front.
    ToEach {
        /// The text.
        pattern: Pattern,
        /// What stands in the places, for each of [`Call::phones`] in their order.
        parameters: Vec<Vec<Parameter>>,
    },
}

/// What a carrier answered, number by number: each number's place in [`Call::phones`], and its answer.
pub type Answers = Vec<(usize, CarrierAnswer)>;

/// A receipt that cannot be matched to any message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receipt has no {missing} that can be read")]
pub struct BadReceipt {
    /// What it lacks.
    pub missing: &'static str,
}

/// An idle connection is given up before a server's proxies do it: a message into a connection that is being closed
/// ends as an unknown outcome.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// More of an unlisted code's text than this is not kept.
const WORDS_CHARS_MAX: usize = 200;
/// More of an answer than this is not read: whoever answers is not ours.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A client for the outside, without proxies (carriers know us by our address) and redirects (a message is meant for
/// one address, and to a carrier a second request would be a second submit).
fn outgoing(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        // Nothing is sent twice, so nothing is copied in case it would be.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .pool_idle_timeout(IDLE_MAX)
        .timeout(timeout)
        .user_agent(concat!("chuancai-cloud/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// An address that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an address that can be called")]
pub struct BadAddress(String);

/// What lies under a vendor's host. Errors: the host is none.
fn address(base: &WebAddress, path: &str) -> Result<Url, BadAddress> {
    let whole = format!("{}{path}", base.as_str().trim_end_matches('/'));
    Url::parse(&whole).map_err(|_| BadAddress(base.to_string()))
}

/// One answer for every number of a call.
fn to_all(call: &Call, answer: &CarrierAnswer) -> Answers {
    (0..call.phones.len()).map(|place| (place, answer.clone())).collect()
}

/// The account says the same to all numbers of a call, and this call does not: nothing was sent. An account that was set
/// up anew since the call was made up takes its messages one by one.
fn only_one_by_one(call: &Call) -> Answers {
    to_all(call, &CarrierAnswer::Busy { code: "one_by_one".to_owned() })
}

/// What it means for a submit that no answer came. Only a connection that was never made is proof that nothing was
/// sent.
fn not_answered(error: reqwest::Error) -> CarrierAnswer {
    if error.is_connect() {
        return CarrierAnswer::Busy { code: "unreachable".to_owned() };
    }
    CarrierAnswer::Unknown { what: what_happened(error) }
}

/// Asks once. Errors: what it means that no answer came.
async fn answer_of(request: reqwest::RequestBuilder) -> Result<(StatusCode, Vec<u8>), CarrierAnswer> {
    let response = request.send().await.map_err(not_answered)?;
    let status = response.status();
    let body = bytes_of(response, ANSWER_BYTES_MAX).await.map_err(not_answered)?;
    Ok((status, body))
}

/// A vendor's answer. Errors: what came instead, without a word of it.
fn json_of<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, String> {
    if status != StatusCode::OK {
        return Err(format!("HTTP status {}", status.as_u16()));
    }
    // The reader's message would quote the body, so only its place is told.
    serde_json::from_slice(body)
        .map_err(|error| format!("an answer that is not the carrier's, at byte {}", error.column()))
}

/// The account takes approved texts alone, and this is none.
fn no_template() -> CarrierAnswer {
    let words = "the text fits no approved template of the carrier account".to_owned();
    CarrierAnswer::Refused { code: "no_template".to_owned(), words }
}

/// A vendor's words, as far as they are kept.
fn shortened(words: &str) -> String {
    words.chars().take(WORDS_CHARS_MAX).collect()
}

fn call_the_operator(code: &str) {
    tracing::error!(
        carrier.code = code,
        "the SMS carrier refuses our account: look at its console (balance, key, caller address)"
    );
}

/// The body of an answer, or its beginning when it is longer than that.
async fn bytes_of(mut response: reqwest::Response, bytes_max: usize) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() >= bytes_max {
            break;
        }
    }
    Ok(body)
}

/// What happened instead of an answer. The address stays out: it may hold a signature.
fn what_happened(error: reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        format!("the connection broke: {}", error.without_url())
    }
}

/// Only a connection that was never made is proof that nothing was sent.
fn unreachable_now() -> Answer {
    let words = "no connection could be made".to_owned();
    Answer::Busy { code: "unreachable".to_owned(), words, at_least: SignedDuration::ZERO }
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}
