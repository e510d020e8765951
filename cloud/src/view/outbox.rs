//! Subscriptions as an owner may see them: no secret, and no address beyond its host.

use cloud_core::id::SubscriptionId;
use cloud_core::outbox::{Subscriber, Topic};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::relay::host_of;

/// A subscription of one of the brand's own systems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubscriptionView {
    /// What people call it.
    #[schema(value_type = String)]
    pub subscription: SubscriptionId,
    /// The host that is called.
    pub host: String,
    /// About what: `message_accepted`, `message_final`, `low_balance`, `freeze_lapsed`, `purchase_paid`.
    #[schema(value_type = Vec<String>)]
    pub topics: Vec<Topic>,
    /// Events that wait to be told.
    pub waiting: usize,
    /// Events that were given up, ever.
    pub given_up: u64,
    /// Of those, the ones that can still be told.
    pub set_aside: usize,
    /// What went wrong since the last call that was taken.
    pub trouble: Option<String>,
    /// When that was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub trouble_at: Option<Timestamp>,
    /// Since when nothing is called any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub off_since: Option<Timestamp>,
}

impl From<(&SubscriptionId, &Subscriber)> for SubscriptionView {
    fn from((subscription, known): (&SubscriptionId, &Subscriber)) -> Self {
        Self {
            subscription: subscription.clone(),
            host: host_of(&known.settings.url),
            topics: known.settings.topics.iter().copied().collect(),
            waiting: known.waiting(),
            given_up: known.given_up,
            set_aside: known.set_aside(),
            trouble: known.trouble.as_ref().map(|trouble| trouble.why.clone()),
            trouble_at: known.trouble.as_ref().map(|trouble| trouble.at),
            off_since: known.off_since,
        }
    }
}
