//! Keys and people as an owner may see them: no secret, and no hash of one.

use cloud_core::access::{ApiKey, KeyName, KeySecret, Role, Scope};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A key of one of the brand's own systems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyView {
    /// What people call it.
    #[schema(value_type = String)]
    pub name: KeyName,
    /// What it opens: `read`, `ledger`, `send`.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Scope>,
    /// Whether it opens anything now.
    pub state: KeyStateView,
    /// From when on it opens nothing any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was taken away.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// Its secrets that are still good, the newest last.
    pub secrets: Vec<KeySecretView>,
}

/// Whether a key opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyStateView {
    /// It does.
    Good,
    /// Its time is over.
    Expired,
    /// It was taken away.
    Revoked,
}

/// One secret of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeySecretView {
    /// How it begins; empty for the key that the brand got when it joined.
    pub hint: String,
    /// When it was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_at: Option<Timestamp>,
    /// Until when it is good, once it was replaced.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub good_until: Option<Timestamp>,
    /// When it was last shown, as far as the running program knows.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

impl KeyView {
    /// The key as it is now; `last_used` knows when a secret was last shown.
    pub fn new(
        (name, key): (&KeyName, &ApiKey),
        now: Timestamp,
        last_used: impl Fn(&KeySecret) -> Option<Timestamp>,
    ) -> Self {
        let good = key.secrets.iter().filter(|secret| key.takes(&secret.hash, now));
        let secrets = good.map(|secret| KeySecretView {
            hint: secret.hint.clone(),
            made_at: secret.made_at,
            good_until: secret.good_until,
            last_used_at: last_used(secret),
        });
        Self {
            name: name.clone(),
            scopes: key.scopes.iter().copied().collect(),
            state: match key.revoked_at {
                Some(_) => KeyStateView::Revoked,
                None if key.is_good(now) => KeyStateView::Good,
                None => KeyStateView::Expired,
            },
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            secrets: secrets.collect(),
        }
    }
}

/// The word for a role, without the shop.
pub fn role_word(role: &Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Viewer => "viewer",
        Role::Shop { .. } => "shop",
    }
}
