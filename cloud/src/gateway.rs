//! The way out: to SMS carriers (one text to one number, and the receipt that comes back), and to the channels by
//! which messages are sent on.
//!
//! An outcome is one of three and never a guess: accepted, surely not accepted, or unknown. What to do about an
//! unknown one is decided in the core (S10, M9). Deliberately absent: any repeat of a submit to a carrier, which has
//! no idempotency key, so that whoever repeats one risks a second message and a second charge.

pub mod channels;
pub mod chuanglan;
pub mod tencent_im;
pub mod webhook;

use std::time::Duration;

use cloud_core::relay::Answer;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use reqwest::redirect::Policy;
use sha2::Sha256;
use shared::guest::PhoneNumber;
use uuid::Uuid;

pub use chuanglan::{Chuanglan, ChuanglanSettings, receipt_from_query};

/// One text to one number.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// Our own id of the message. The carrier repeats it in the receipt, and does not look at it otherwise.
    pub reference: Uuid,
    /// Who gets it.
    pub phone: &'a PhoneNumber,
    /// What it says, with the 【signature】 in front.
    pub text: &'a str,
}

/// The carrier took the message. Whether it arrives is told by the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The carrier's own id of the message.
    pub carrier_message: String,
    /// When it was accepted, by the carrier's clock.
    pub at: Timestamp,
}

/// A submit without acceptance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Surely not accepted, and not if it were tried again.
    #[error("the carrier refused the message ({code}): {reason}")]
    Refused {
        /// The carrier's code.
        code: String,
        /// What the code means.
        reason: String,
    },
    /// Surely not accepted; the same submit may be tried later.
    #[error("the carrier takes no message at the moment ({code})")]
    Busy {
        /// The carrier's code, or `unreachable` when no connection to it was made.
        code: String,
    },
    /// It may have been accepted. It must never be sent again; the receipt or the 72 h settle it.
    #[error("it is unknown whether the carrier took the message: {what}")]
    Unknown {
        /// What happened instead of an answer.
        what: String,
    },
}

/// The carrier's last word on one message to one number.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Our own id of the message, when the carrier repeated one of ours.
    pub reference: Option<Uuid>,
    /// The carrier's id of the message, as in [`Accepted`].
    pub carrier_message: String,
    /// The number, as the carrier wrote it.
    pub phone: String,
    /// The carrier's word for what became of it: an open list.
    pub status: String,
    /// Segments the carrier billed.
    pub billed_units: Option<u32>,
    /// Whether it is on the phone.
    pub delivered: bool,
}

/// The phone number stays out.
impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receipt")
            .field("reference", &self.reference)
            .field("carrier_message", &self.carrier_message)
            .field("status", &self.status)
            .field("billed_units", &self.billed_units)
            .field("delivered", &self.delivered)
            .finish_non_exhaustive()
    }
}

/// A receipt that cannot be matched to any message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receipt has no {missing}")]
pub struct BadReceipt {
    /// The parameter it lacks.
    pub missing: &'static str,
}

/// An idle connection is given up before a server's proxies do it: a message into a connection that is being closed
/// ends as an unknown outcome.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// More of an answer than this is not read: whoever answers is not ours.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A client for a brand's channels, without redirects: a message is signed for one address.
fn outgoing(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .pool_idle_timeout(IDLE_MAX)
        .timeout(timeout)
        .user_agent(concat!("chuancai-cloud/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The body of an answer, up to [`ANSWER_BYTES_MAX`].
async fn bytes_of(mut response: reqwest::Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() >= ANSWER_BYTES_MAX {
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
