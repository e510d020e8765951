//! A brand's own server: it checks each call by the Standard Webhooks scheme's reference library, keeps it, and
//! answers as the path asks for. The table stands in the crate's doc.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard};

use axum::http::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::sync::watch;

/// Beyond this many the oldest calls are forgotten.
const KEPT_MAX: usize = 10_000;

/// A call that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookCall {
    /// `webhook-id`; empty when there is none.
    pub id: String,
    /// Whether the signature is good.
    pub verified: bool,
    /// What was answered; 0 while the answer is held back.
    pub status: u16,
    /// What came, if the signature is good.
    pub body: Value,
    /// When.
    pub at: Timestamp,
}

/// How a call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    Status(u16),
    /// After a while that is longer than anybody waits.
    Late,
}

#[derive(Debug)]
pub(crate) struct Receiver {
    secret: String,
    book: Mutex<Book>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Book {
    calls: VecDeque<HookCall>,
    /// Messages that had their fault.
    had: HashSet<(String, String)>,
}

impl Receiver {
    pub(crate) fn new(secret: String) -> Self {
        Self { secret, book: Mutex::default(), changes: watch::Sender::new(0) }
    }

    pub(crate) fn calls(&self) -> Vec<HookCall> {
        self.book().calls.iter().cloned().collect()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn shown(&self) -> Value {
        json!({ "calls": self.book().calls })
    }

    /// Checks a call, keeps it, and says how to answer it.
    pub(crate) fn take(&self, behaviour: &str, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Reply {
        let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        let verified = Webhook::new(&self.secret).is_ok_and(|scheme| scheme.verify(body, headers).is_ok());
        let mut book = self.book();
        let first = book.had.insert((behaviour.to_owned(), id.clone()));
        let reply = if verified { reply_of(behaviour, first) } else { Reply::Status(401) };
        let status = match reply {
            Reply::Status(status) => status,
            Reply::Late => 0,
        };
        if book.calls.len() == KEPT_MAX {
            book.calls.pop_front();
        }
        let told = if verified { serde_json::from_slice(body).unwrap_or_default() } else { Value::Null };
        book.calls.push_back(HookCall { id, verified, status, body: told, at: now });
        drop(book);
        self.changes.send_modify(|version| *version += 1);
        reply
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no code panics while it holds the book")
    }
}

/// `ok`, `late-once`, a status, or a status and `-once`.
fn reply_of(behaviour: &str, first: bool) -> Reply {
    let taken = Reply::Status(204);
    let (fault, once) = match behaviour.strip_suffix("-once") {
        Some(fault) => (fault, true),
        None => (behaviour, false),
    };
    if once && !first {
        return taken;
    }
    match (fault, fault.parse::<u16>()) {
        ("late", _) => Reply::Late,
        (_, Ok(status @ 200..=599)) => Reply::Status(status),
        (_, Ok(_) | Err(_)) => taken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_chooses_the_answer() {
        for (behaviour, first, then) in [
            ("ok", Reply::Status(204), Reply::Status(204)),
            ("500-once", Reply::Status(500), Reply::Status(204)),
            ("410", Reply::Status(410), Reply::Status(410)),
            ("late-once", Reply::Late, Reply::Status(204)),
            ("99999", Reply::Status(204), Reply::Status(204)),
        ] {
            assert_eq!((reply_of(behaviour, true), reply_of(behaviour, false)), (first, then), "{behaviour}");
        }
    }
}
