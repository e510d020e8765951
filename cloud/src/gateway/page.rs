//! What carriers keep for us until we ask: receipts and replies, in pages.
//!
//! A carrier forgets what it hands out. So an answer is waited for longer than that to a submit, and one row that
//! cannot be read takes no other with it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::BadReceipt;
use crate::arrivals::Arrived;

/// Rows in a page at most, by the rules of both vendors that have any: as many again may wait behind so many.
pub const ROWS_MAX: usize = 100;
/// A page of the longest replies, with room to spare: what is cut off is lost.
const BYTES_MAX: usize = 1024 * 1024;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What became of texts.
    Receipts,
    /// What receivers answered to them.
    Replies,
}

impl Wanted {
    /// The word in logs and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Receipts => "receipts",
            Self::Replies => "replies",
        }
    }
}

/// What a carrier handed out, and has forgotten by that.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// How many rows it had, whatever they said.
    pub rows: usize,
    /// Those that can be read, in their order.
    pub arrived: Arrived,
    /// What the others lack.
    pub unreadable: Vec<BadReceipt>,
}

impl Page {
    /// Reads rows, each alone.
    pub(super) fn of<T>(
        rows: &[Value],
        read: impl Fn(&Value) -> Result<T, BadReceipt>,
        arrived: impl FnOnce(Vec<T>) -> Arrived,
    ) -> Self {
        let (mut good, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            match read(row) {
                Ok(one) => good.push(one),
                Err(bad) => unreadable.push(bad),
            }
        }
        Self { rows: rows.len(), arrived: arrived(good), unreadable }
    }
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFetched {
    /// The account cannot be used as it is set up.
    #[error("the account cannot be used: {0}")]
    Unusable(String),
    /// The carrier says no, and has handed nothing out.
    #[error("the carrier refuses: {0}")]
    Refused(String),
    /// No connection was made.
    #[error("no connection could be made")]
    Unreachable,
    /// Nothing came that can be read. What was handed out with it is lost.
    #[error("{0}; what was handed out with it is lost")]
    Unanswered(String),
}

impl NotFetched {
    /// The word in metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unusable(_) => "unusable",
            Self::Refused(_) => "refused",
            Self::Unreachable => "unreachable",
            Self::Unanswered(_) => "unanswered",
        }
    }
}

/// Asks once, and waits for the whole answer.
pub(super) async fn answer_of(
    request: reqwest::RequestBuilder,
    timeout: Duration,
) -> Result<(StatusCode, Vec<u8>), NotFetched> {
    let broken = |error: reqwest::Error| {
        if error.is_connect() {
            NotFetched::Unreachable
        } else {
            NotFetched::Unanswered(super::what_happened(error))
        }
    };
    let response = request.timeout(timeout).send().await.map_err(broken)?;
    let status = response.status();
    let body = super::bytes_of(response, BYTES_MAX).await.map_err(broken)?;
    Ok((status, body))
}
