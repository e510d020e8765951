//! The cloud's news at the counter: what they are here is kept in one commit with how far they were heard.

use shared::sync::{News, NewsBatch};

/// How a batch of news was taken. It is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsTaken {
    /// The last number that the box has now.
    pub have: u64,
    /// Those that could not be read, by their numbers.
    pub unreadable: Vec<u64>,
}

/// What is new in a batch.
pub(super) struct Fresh {
    pub(super) news: Vec<News>,
    pub(super) taken: NewsTaken,
}

/// Leaves out what was heard before. Numbers that are missing in between were dropped by the cloud, and nobody waits
/// for them.
pub(super) fn fresh(batch: &NewsBatch, have: u64) -> Fresh {
    let mut fresh = Fresh { news: Vec::new(), taken: NewsTaken { have, unreadable: Vec::new() } };
    for (number, raw) in (batch.from..).zip(&batch.news).filter(|(number, _)| *number > have) {
        fresh.taken.have = number;
        match serde_json::from_str(raw.get()) {
            Ok(news) => fresh.news.push(news),
            Err(_) => fresh.taken.unreadable.push(number),
        }
    }
    fresh
}
