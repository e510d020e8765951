//! How often a key may ask, and when its secrets were last shown. Both are known since the start of the program alone:
//! neither is worth a commit.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use cloud_core::access::KeyName;
use cloud_core::id::SecretHash;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use jiff::Timestamp;
use shared::id::BrandId;

use crate::config::ApiConfig;

/// One key of one brand, whichever of its secrets is shown.
type Key = (BrandId, KeyName);

/// Clones share what they know. It grows with good keys alone, and those are counted.
#[derive(Debug, Clone)]
pub struct Rates {
    limiter: Option<Arc<DefaultKeyedRateLimiter<Key>>>,
    shown: Arc<Mutex<HashMap<SecretHash, Timestamp>>>,
}

impl Rates {
    /// As it is set.
    pub fn new(settings: &ApiConfig) -> Self {
        let per_second = NonZeroU32::new(settings.key_rate_per_s);
        let burst = NonZeroU32::new(settings.key_burst).unwrap_or(NonZeroU32::MIN);
        let limiter = per_second.map(|rate| Quota::per_second(rate).allow_burst(burst));
        Self {
            limiter: limiter.map(|quota| Arc::new(DefaultKeyedRateLimiter::keyed(quota))),
            shown: Arc::default(),
        }
    }

    /// Counts a request. Errors: the seconds after which the next one may be made, at least 1.
    pub(super) fn count(&self, key: Key) -> Result<(), u64> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(&key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            wait.as_secs_f64().ceil().max(1.0) as u64
        })
    }

    pub(super) fn note(&self, secret: SecretHash, at: Timestamp) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).insert(secret, at);
    }

    pub(super) fn last_shown(&self, secret: &SecretHash) -> Option<Timestamp> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).get(secret).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        ("demo".parse().expect("a slug"), name.parse().expect("a name"))
    }

    #[test]
    fn a_key_that_asks_too_often_waits_and_another_does_not() {
        let rates = Rates::new(&ApiConfig { key_rate_per_s: 1, key_burst: 3 });
        for _ in 0..3 {
            assert_eq!(rates.count(key("crm")), Ok(()));
        }
        assert_eq!(rates.count(key("crm")), Err(1));
        assert_eq!(rates.count(key("till")), Ok(()));
        let free = Rates::new(&ApiConfig { key_rate_per_s: 0, key_burst: 1 });
        assert!((0..100).all(|_| free.count(key("crm")).is_ok()));
    }
}
