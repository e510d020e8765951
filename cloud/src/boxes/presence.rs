//! When each box was last heard. It is not kept: after a start nobody has been heard yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cloud_core::id::{BoxKey, ShopKey};
use jiff::{SignedDuration, Timestamp};

/// A box says hello at least once a minute; this long without a word means that it is cut off.
const SILENCE_MAX: SignedDuration = SignedDuration::from_secs(150);

/// When each box was last heard. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Presence {
    heard: Arc<Mutex<HashMap<BoxKey, Timestamp>>>,
}

/// What is known of a shop's boxes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShopPresence {
    /// The last word of any of them.
    pub last_heard: Option<Timestamp>,
}

impl ShopPresence {
    /// Whether the shop can be reached, as far as anybody knows.
    pub fn is_online(&self, now: Timestamp) -> bool {
        self.last_heard.is_some_and(|heard| now.duration_since(heard) <= SILENCE_MAX)
    }
}

impl Presence {
    /// Notes a word of a registered box.
    pub fn heard(&self, key: BoxKey) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Timestamp::now());
    }

    /// What is known of a shop's boxes.
    pub fn of_shop(&self, at: &ShopKey) -> ShopPresence {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let of_shop = heard.iter().filter(|(key, _)| key.at == *at);
        ShopPresence { last_heard: of_shop.map(|(_, heard)| *heard).max() }
    }
}
