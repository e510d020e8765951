//! Tencent IM (腾讯 IM) as an application's server meets it: its accounts, and the messages it took for them. The
//! table of faults stands in the crate's doc. No socket, no waiting.
//!
//! Deliberately absent: groups, batches, offline pushes to real phones, and everything that the vendor's clients see.

mod user_sig;

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

/// Beyond this many the oldest messages are forgotten.
const KEPT_MAX: usize = 10_000;
/// The vendor's limits.
const USER_BYTES_MAX: usize = 32;
const BODY_BYTES_MAX: usize = 8_192;
const LIFE_S_MAX: u64 = 604_800;
/// Codes that pass by themselves: each hits a message once.
const PASSING: [u32; 17] = [
    20004, 20005, 60007, 60008, 60011, 60014, 60018, 60019, 70001, 70050, 70169, 70202, 70500, 90992, 90994,
    90995, 91000,
];
/// Codes that say that there is no such account: they are told until it is imported.
const UNKNOWN_ACCOUNT: [u32; 3] = [70107, 90012, 90048];

/// An application, as its console shows it.
#[derive(Debug, Clone)]
pub struct ImSettings {
    /// Its number.
    pub sdk_app_id: u64,
    /// Its key; 64 characters.
    pub secret: String,
    /// Its administrator.
    pub admin: String,
    /// Accounts it may have; the free edition 100.
    pub accounts_max: usize,
}

impl Default for ImSettings {
    fn default() -> Self {
        Self {
            sdk_app_id: 1_400_000_001,
            secret: "5a".repeat(32),
            admin: "administrator".to_owned(),
            accounts_max: 100,
        }
    }
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImTaken {
    /// Who hears it.
    pub to: String,
    /// Its words.
    pub text: Option<String>,
    /// What programs read.
    pub data: Option<Value>,
    /// `MsgRandom`, `MsgSeq`, `MsgTimeStamp`: by these a repeat is known.
    pub marks: (u64, Option<u64>, Option<u64>),
    /// How often it was sent.
    pub sent: u32,
    /// How often the account hears it: a repeat within the same second is dropped, a later one is not.
    pub heard: u32,
    /// When it was last taken.
    pub at: Timestamp,
}

/// Calls that were made, granted or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ImCalls {
    /// `openim/sendmsg`.
    pub send: u64,
    /// `im_open_login_svc/account_import`.
    pub import: u64,
    /// Of both and others, those that were refused.
    pub refused: u64,
}

/// How a granted call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Plain,
    Late,
    BrokenOff,
    BadGateway,
}

/// What the query says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) pairs: &'a [(String, String)],
}

impl Query<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug)]
pub(crate) struct ImServer {
    settings: ImSettings,
    book: Mutex<Book>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Book {
    accounts: BTreeSet<String>,
    messages: VecDeque<ImTaken>,
    calls: ImCalls,
    /// Faults that a message has had: by its receiver and its random number.
    had: HashSet<(String, u64)>,
}

impl ImServer {
    pub(crate) fn new(settings: ImSettings) -> Self {
        let book = Book { accounts: [settings.admin.clone()].into(), ..Book::default() };
        Self { settings, book: Mutex::new(book), changes: watch::Sender::new(0) }
    }

    pub(crate) fn messages(&self) -> Vec<ImTaken> {
        self.book().messages.iter().cloned().collect()
    }

    pub(crate) fn calls(&self) -> ImCalls {
        self.book().calls
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn shown(&self) -> Value {
        let book = self.book();
        json!({
            "sdk_app_id": self.settings.sdk_app_id,
            "admin": self.settings.admin,
            "accounts": book.accounts,
            "calls": book.calls,
            "messages": book.messages,
        })
    }

    /// One call: the envelope, and how it is handed over.
    pub(crate) fn call(
        &self,
        command: &str,
        query: Query<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> (Value, Manner) {
        let called = self.grant(command, query, body, now);
        if called.is_err() {
            self.book().calls.refused += 1;
        }
        self.changes.send_modify(|version| *version += 1);
        match called {
            Ok((extra, manner)) => {
                let mut envelope = json!({ "ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "" });
                for (name, value) in extra {
                    envelope[name] = value;
                }
                (envelope, manner)
            }
            Err(code) => {
                let words = format!("refused by the sandbox with {code}");
                (json!({ "ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": words }), Manner::Plain)
            }
        }
    }

    fn grant(
        &self,
        command: &str,
        query: Query<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(Map<String, Value>, Manner), u32> {
        self.admit(query, now)?;
        let Ok(Value::Object(body_of)) = serde_json::from_slice(body) else { return Err(60003) };
        match command {
            "im_open_login_svc/account_import" => {
                self.book().calls.import += 1;
                self.import(&body_of).map(|()| (Map::new(), Manner::Plain))
            }
            "openim/sendmsg" => {
                self.book().calls.send += 1;
                if body.len() > BODY_BYTES_MAX {
                    return Err(93000);
                }
                self.take(&body_of, now)
            }
            _ => Err(60002),
        }
    }

    /// Whether it is the administrator, by the opened signature.
    fn admit(&self, query: Query<'_>, now: Timestamp) -> Result<(), u32> {
        let app: u64 = query.get("sdkappid").ok_or(60012_u32)?.parse().map_err(|_| 60006_u32)?;
        if app != self.settings.sdk_app_id {
            return Err(70020);
        }
        let identifier = query.get("identifier").filter(|user| !user.is_empty()).ok_or(60004_u32)?;
        let sig = query.get("usersig").ok_or(60005_u32)?;
        user_sig::check(sig, &self.settings, (identifier, now))?;
        if identifier != self.settings.admin {
            return Err(60010);
        }
        let random = query.get("random").and_then(|random| random.parse::<u32>().ok());
        if random.is_none() || query.get("contenttype") != Some("json") {
            return Err(60002);
        }
        Ok(())
    }

    fn import(&self, body: &Map<String, Value>) -> Result<(), u32> {
        let user = body.get("UserID").and_then(Value::as_str).unwrap_or_default();
        if user.is_empty() || user.len() > USER_BYTES_MAX {
            return Err(70402);
        }
        let mut book = self.book();
        if !book.accounts.contains(user) && book.accounts.len() >= self.settings.accounts_max {
            return Err(70398);
        }
        book.accounts.insert(user.to_owned());
        Ok(())
    }

    fn take(&self, body: &Map<String, Value>, now: Timestamp) -> Result<(Map<String, Value>, Manner), u32> {
        let wanted = read_message(body)?;
        let mut book = self.book();
        let fault = wanted.to.rsplit_once('_').map_or("", |(_, fault)| fault);
        let code = fault.parse::<u32>().ok();
        if !book.accounts.contains(&wanted.to) {
            return Err(code.filter(|code| UNKNOWN_ACCOUNT.contains(code)).unwrap_or(90012));
        }
        let first = book.had.insert((wanted.to.clone(), wanted.marks.0));
        if let Some(code) =
            code.filter(|code| (10_000..=130_000).contains(code) && !UNKNOWN_ACCOUNT.contains(code))
            && (first || !PASSING.contains(&code))
        {
            return Err(code);
        }
        let manner = match fault {
            "late" if first => Manner::Late,
            "broken" if first => Manner::BrokenOff,
            "gateway" if first => Manner::BadGateway,
            _ => Manner::Plain,
        };
        let key = format!("{}_{}_{}", wanted.marks.0, wanted.marks.1.unwrap_or(1), now.as_second());
        book.keep(wanted, now);
        let extra = [("MsgTime", json!(now.as_second())), ("MsgKey", json!(key))];
        Ok((extra.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), manner))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no code panics while it holds the book")
    }
}

impl Book {
    fn keep(&mut self, wanted: ImTaken, now: Timestamp) {
        let same = |known: &&mut ImTaken| known.to == wanted.to && known.marks == wanted.marks;
        if let Some(known) = self.messages.iter_mut().find(same) {
            known.sent += 1;
            known.heard += u32::from(known.at.as_second() != now.as_second());
            known.at = now;
            return;
        }
        if self.messages.len() == KEPT_MAX {
            self.messages.pop_front();
        }
        self.messages.push_back(ImTaken { at: now, ..wanted });
    }
}

/// Reads a `sendmsg`. Errors: the vendor's code.
fn read_message(body: &Map<String, Value>) -> Result<ImTaken, u32> {
    let to = body.get("To_Account").and_then(Value::as_str).filter(|to| !to.is_empty()).ok_or(90003_u32)?;
    let random = body.get("MsgRandom").and_then(Value::as_u64).ok_or(90005_u32)?;
    if u32::try_from(random).is_err() {
        return Err(90005);
    }
    let elements = body.get("MsgBody").ok_or(90002_u32)?.as_array().ok_or(90007_u32)?;
    if elements.is_empty() {
        return Err(90002);
    }
    if body.get("MsgLifeTime").is_some_and(|life| life.as_u64().is_none_or(|life| life > LIFE_S_MAX)) {
        return Err(90026);
    }
    let number = |name: &str| body.get(name).and_then(Value::as_u64);
    let (mut text, mut data) = (None, None);
    for element in elements {
        let content = element.get("MsgContent").and_then(Value::as_object).ok_or(90010_u32)?;
        let field = |name: &str| content.get(name).and_then(Value::as_str).ok_or(90010_u32);
        match element.get("MsgType").and_then(Value::as_str) {
            Some("TIMTextElem") => text = Some(field("Text")?.to_owned()),
            // What programs read is JSON by custom, and a string by the vendor's rule.
            Some("TIMCustomElem") => {
                let said = field("Data")?;
                data = Some(serde_json::from_str(said).unwrap_or_else(|_| json!(said)));
            }
            Some(_) | None => return Err(90010),
        }
    }
    if text.as_deref() == Some("") {
        return Err(90010);
    }
    let marks = (random, number("MsgSeq"), number("MsgTimeStamp"));
    let at = Timestamp::UNIX_EPOCH;
    Ok(ImTaken { to: to.to_owned(), text, data, marks, sent: 1, heard: 1, at })
}
