//! Tencent IM (腾讯 IM): REST with a UserSig in the query, one message to one account at a time.
//!
//! HTTP says 200 in success and in failure; the envelope tells. The query holds the UserSig, so no URL may reach a
//! log. There is no idempotency key: `(MsgRandom, MsgSeq, MsgTimeStamp)` are the same at every try, by which the
//! vendor drops some repeats; the others are heard twice. Deliberately absent: groups, receipts of reading,
//! batches (their answer tells less).

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloud_core::channel::{ImUser, TencentIm};
use cloud_core::relay::Answer;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use jiff::{SignedDuration, Timestamp};
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// The vendor advises a day at least.
const SIG_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// A signature is made anew while the old one is still good.
const SIG_SPARE: SignedDuration = SignedDuration::from_mins(10);
/// After a rate limit the vendor wants to be left alone for this long.
const RATE_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// Older lists say 8 KB for a body.
const BODY_BYTES_MAX: usize = 8_000;
/// A week, the vendor's own limit.
const LIFE_S_MAX: i64 = 604_800;
/// More of an unlisted code's text than this is not kept.
const WORDS_CHARS_MAX: usize = 200;

const SEND: &str = "openim/sendmsg";
const IMPORT: &str = "im_open_login_svc/account_import";

/// A client of every brand's application. It remembers their signatures.
#[derive(Debug)]
pub struct ImClient {
    client: reqwest::Client,
    sigs: Mutex<HashMap<(u64, ImUser), UserSig>>,
}

#[derive(Clone)]
struct UserSig {
    text: String,
    renew_at: Timestamp,
}

/// Whoever has it is the administrator.
impl std::fmt::Debug for UserSig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserSig").field("renew_at", &self.renew_at).finish_non_exhaustive()
    }
}

/// An application and its opened secret.
#[derive(Clone, Copy)]
pub struct ImApplication<'a> {
    /// How it is set up.
    pub settings: &'a TencentIm,
    /// The key from the vendor's console.
    pub secret: &'a str,
}

/// One message to one account.
#[derive(Debug, Clone)]
pub struct ImMessage<'a> {
    /// To whom.
    pub to: &'a ImUser,
    /// The same at every try.
    pub random: u32,
    /// The same at every try.
    pub sequence: u32,
    /// The same at every try.
    pub at: Timestamp,
    /// What people read; empty for a refresh, which only programs understand.
    pub text: &'a str,
    /// What programs read.
    pub data: serde_json::Value,
    /// What they read instead when that would be too long.
    pub short_data: serde_json::Value,
    /// Until when it is worth telling.
    pub good_until: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    action_status: String,
    error_code: u32,
    #[serde(default)]
    error_info: String,
    #[serde(default)]
    msg_key: String,
}

/// Why a call did not succeed.
#[derive(Debug)]
enum Trouble {
    /// The vendor says so.
    Code { code: u32, info: String },
    /// No connection was made: nothing was sent.
    Unreachable,
    /// Nobody knows.
    Unanswered(String),
}

impl ImClient {
    /// A client that waits this long for an answer. Errors: no TLS to be had.
    pub fn new(timeout: Duration) -> reqwest::Result<Self> {
        Ok(Self { client: super::outgoing(timeout)?, sigs: Mutex::default() })
    }

    /// Sends one message. An account that Tencent does not know is imported, once.
    pub async fn send(&self, application: ImApplication<'_>, message: &ImMessage<'_>) -> Answer {
        let Some(body) = body_of(message, Timestamp::now()) else {
            let words = "the message is longer than Tencent IM takes".to_owned();
            return Answer::Refused { code: "too_long".to_owned(), words };
        };
        let mut sent = self.call(application, SEND, &body).await;
        if matches!(&sent, Err(Trouble::Code { code: 70107 | 90012 | 90048, .. })) {
            let import = json!({ "UserID": message.to }).to_string();
            if let Err(trouble) = self.call(application, IMPORT, &import).await {
                return trouble.into();
            }
            sent = self.call(application, SEND, &body).await;
        }
        match sent {
            Ok(receipt) => Answer::Taken { receipt },
            Err(trouble) => trouble.into(),
        }
    }

    /// One call; a signature that has expired is made anew, once.
    async fn call(
        &self,
        application: ImApplication<'_>,
        command: &str,
        body: &str,
    ) -> Result<String, Trouble> {
        let sig = self.sig(application, Timestamp::now());
        let called = self.call_once(application, (command, &sig), body).await;
        if !matches!(&called, Err(Trouble::Code { code: 70001, .. })) {
            return called;
        }
        self.forget(application);
        let sig = self.sig(application, Timestamp::now());
        self.call_once(application, (command, &sig), body).await
    }

    async fn call_once(
        &self,
        application: ImApplication<'_>,
        (command, sig): (&str, &str),
        body: &str,
    ) -> Result<String, Trouble> {
        let settings = application.settings;
        let address = format!("{}/v4/{command}", settings.base_url.as_str().trim_end_matches('/'));
        let address = Url::parse(&address).map_err(|_| Trouble::Unreachable)?;
        let query = [
            ("sdkappid", settings.sdk_app_id.to_string()),
            ("identifier", settings.admin.to_string()),
            ("usersig", sig.to_owned()),
            ("random", number(Uuid::new_v4()).to_string()),
            ("contenttype", "json".to_owned()),
        ];
        let request = self.client.post(address).query(&query).body(body.to_owned());
        let response = request.send().await.map_err(without_answer)?;
        let status = response.status();
        let body = super::bytes_of(response, super::ANSWER_BYTES_MAX).await.map_err(without_answer)?;
        read(status, &body)
    }

    fn sig(&self, application: ImApplication<'_>, now: Timestamp) -> String {
        let mut sigs = self.sigs.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (application.settings.sdk_app_id, application.settings.admin.clone());
        let known = sigs.get(&key).filter(|sig| now < sig.renew_at);
        if let Some(sig) = known {
            return sig.text.clone();
        }
        let text = user_sig(key.0, application.secret, key.1.as_str(), (now, SIG_LIFE));
        sigs.insert(key, UserSig { text: text.clone(), renew_at: now + (SIG_LIFE - SIG_SPARE) });
        text
    }

    fn forget(&self, application: ImApplication<'_>) {
        let mut sigs = self.sigs.lock().unwrap_or_else(PoisonError::into_inner);
        sigs.remove(&(application.settings.sdk_app_id, application.settings.admin.clone()));
    }
}

/// A UserSig, version 2: the signed document, compressed, in base64 that needs no escaping in a URL.
pub fn user_sig(
    sdk_app_id: u64,
    secret: &str,
    user: &str,
    (made_at, life): (Timestamp, SignedDuration),
) -> String {
    let (time, expire) = (made_at.as_second(), life.as_secs());
    let signed =
        format!("TLS.identifier:{user}\nTLS.sdkappid:{sdk_app_id}\nTLS.time:{time}\nTLS.expire:{expire}\n");
    let document = json!({
        "TLS.ver": "2.0", "TLS.identifier": user, "TLS.sdkappid": sdk_app_id, "TLS.expire": expire,
        "TLS.time": time, "TLS.sig": BASE64.encode(super::hmac_sha256(secret.as_bytes(), signed.as_bytes())),
    });
    let mut compressed = ZlibEncoder::new(Vec::new(), Compression::default());
    compressed.write_all(document.to_string().as_bytes()).expect("memory takes every byte");
    url_safe(&compressed.finish().expect("memory takes every byte"))
}

/// The vendor's own alphabet.
fn url_safe(bytes: &[u8]) -> String {
    BASE64.encode(bytes).replace('+', "*").replace('/', "-").replace('=', "_")
}

/// The first four bytes of a mark.
pub(super) fn number(mark: Uuid) -> u32 {
    let [a, b, c, d, ..] = mark.into_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SendMsg<'a> {
    /// Not to the administrator's own devices.
    sync_other_machine: u8,
    #[serde(rename = "To_Account")]
    to_account: &'a ImUser,
    msg_random: u32,
    msg_seq: u32,
    msg_time_stamp: i64,
    msg_life_time: i64,
    msg_body: Vec<Element<'a>>,
    offline_push_info: OfflinePush<'a>,
}

#[derive(Serialize)]
#[serde(tag = "MsgType", content = "MsgContent")]
enum Element<'a> {
    #[serde(rename = "TIMTextElem")]
    Text {
        #[serde(rename = "Text")]
        text: &'a str,
    },
    #[serde(rename = "TIMCustomElem")]
    Custom {
        #[serde(rename = "Data")]
        data: String,
        #[serde(rename = "Desc")]
        desc: &'a str,
        #[serde(rename = "Ext")]
        ext: &'a str,
        #[serde(rename = "Sound")]
        sound: &'a str,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OfflinePush<'a> {
    /// 0: shown on a sleeping phone; 1: not.
    push_flag: u8,
    desc: &'a str,
}

/// The body of a send. `None`: it is too long even without what can be left out.
fn body_of(message: &ImMessage<'_>, now: Timestamp) -> Option<String> {
    [&message.data, &message.short_data]
        .into_iter()
        .map(|data| body_with(message, data, now))
        .find(|body| body.len() <= BODY_BYTES_MAX)
}

fn body_with(message: &ImMessage<'_>, data: &serde_json::Value, now: Timestamp) -> String {
    let custom = Element::Custom { data: data.to_string(), desc: message.text, ext: "", sound: "" };
    let text = (!message.text.is_empty()).then_some(Element::Text { text: message.text });
    let left_s = message.good_until.duration_since(now).as_secs();
    let send = SendMsg {
        sync_other_machine: 2,
        to_account: message.to,
        msg_random: message.random,
        msg_seq: message.sequence,
        msg_time_stamp: message.at.as_second(),
        // 0 would mean: only to who is online.
        msg_life_time: left_s.clamp(1, LIFE_S_MAX),
        msg_body: text.into_iter().chain([custom]).collect(),
        offline_push_info: OfflinePush { push_flag: u8::from(message.text.is_empty()), desc: message.text },
    };
    serde_json::to_string(&send).expect("a message is plain data with text keys")
}

/// Only a connection that was never made is proof that nothing was sent.
fn without_answer(error: reqwest::Error) -> Trouble {
    if error.is_connect() { Trouble::Unreachable } else { Trouble::Unanswered(super::what_happened(error)) }
}

fn read(status: StatusCode, body: &[u8]) -> Result<String, Trouble> {
    if status != StatusCode::OK {
        return Err(Trouble::Unanswered(format!("HTTP status {}", status.as_u16())));
    }
    // The reader's message would quote the body, so only its place is told.
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| {
        Trouble::Unanswered(format!("an answer that is not Tencent's, at byte {}", error.column()))
    })?;
    match (envelope.action_status.as_str(), envelope.error_code) {
        ("OK", 0) => Ok(envelope.msg_key),
        (_, 0) => Err(Trouble::Unanswered("a failure without a code".to_owned())),
        (_, code) => Err(Trouble::Code { code, info: envelope.error_info }),
    }
}

impl From<Trouble> for Answer {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Unreachable => super::unreachable_now(),
            Trouble::Unanswered(what) => Self::Unanswered { what },
            Trouble::Code { code, info } => of_code(code, &info),
        }
    }
}

/// The vendor's lists of codes, by what there is to do about them.
fn of_code(number: u32, info: &str) -> Answer {
    let code = number.to_string();
    let words = match meaning(number) {
        Some(meaning) => meaning.to_owned(),
        None => info.chars().take(WORDS_CHARS_MAX).collect(),
    };
    match number {
        20004 | 20005 | 60008 | 60014 | 70169 | 70202 | 70500 | 90992 | 90994 | 90995 | 91000 => {
            Answer::Busy { code, words, at_least: SignedDuration::ZERO }
        }
        60007 | 60011 | 60018 | 60019 | 70050 => Answer::Busy { code, words, at_least: RATE_PAUSE },
        60004 | 60005 | 60006 | 60010 | 60012 | 60020 | 70001 | 70002 | 70003 | 70005 | 70009 | 70013
        | 70014 | 70020 | 70052 | 70403 | 90009 => Answer::Unknowing { code, words },
        _ => Answer::Refused { code, words },
    }
}

/// What the more frequent codes mean; the vendor's own texts are terse.
fn meaning(code: u32) -> Option<&'static str> {
    Some(match code {
        20003 => "the sender is not an account of the application",
        20004 | 20005 | 70169 | 70500 | 90994 | 90995 | 91000 => "Tencent IM is out of order",
        60008 | 60014 | 70202 | 90992 => "Tencent IM was too slow",
        60007 | 60011 | 60018 | 60019 | 70050 => "too many calls",
        20006 => "the application's own hook refused it",
        20007 => "the receiver has blocked the sender",
        20009..=20012 => "the receiver takes no message from the sender",
        60004 | 60005 => "the administrator or its signature is not right",
        60006 | 60012 | 70020 => "there is no such application (sdkappid)",
        60010 | 70403 | 90009 => "the account is not an administrator of the application",
        60020 => "the application has no package",
        70001 => "the signature has expired; is our clock right?",
        70002 | 70003 | 70005 | 70009 => "the signature is wrong: the secret is not the application's",
        70013 => "the signature is for another account",
        70014 => "the signature is for another application",
        70052 => "the signature was revoked",
        70107 | 90012 | 90048 => "there is no such receiver",
        70398 => "the application has no room for more accounts",
        80001 => "the text has forbidden words",
        80002 | 93000 => "the message is too long",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
