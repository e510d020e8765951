//! Who may ask what: the keys of a brand's own systems, with what each opens, and the roles of its people.
//!
//! A key has a name and one or more secrets: after a rotation the old secret is good for a while beside the new one,
//! so that the brand's system can change over without a pause. Deliberately absent: the secrets themselves, of which
//! only hashes are known here, and the list of doors, which stands where they are.

mod keys;

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::id::{BrandId, ShopId};

use crate::id::{SecretHash, UserName};

pub use keys::{KeyShown, Keys};

/// Keys of one brand at most, revoked ones aside: nobody can watch over more.
pub const KEYS_MAX: usize = 100;
/// An old secret is good beside the new one for this long at most.
pub const GRACE_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A text that cannot name a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key's name has 1 to 40 characters, no / and no space at its ends")]
pub struct BadKeyName;

/// What people call a key: which of the brand's systems has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyName(String);

impl KeyName {
    /// The name of the key that a brand gets when it joins.
    pub fn first() -> Self {
        Self("first".to_owned())
    }
}

impl TryFrom<String> for KeyName {
    type Error = BadKeyName;

    fn try_from(text: String) -> Result<Self, BadKeyName> {
        let plain = !text.chars().any(|c| c.is_control() || c == '/') && text.trim() == text;
        if plain && (1..=40).contains(&text.chars().count()) { Ok(Self(text)) } else { Err(BadKeyName) }
    }
}

impl std::str::FromStr for KeyName {
    type Err = BadKeyName;

    fn from_str(text: &str) -> Result<Self, BadKeyName> {
        text.to_owned().try_into()
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Balance, messages, lists.
    Read,
    /// Units frozen, paid, released and reported (S3–S6), and a freeze looked up.
    Ledger,
    /// Messages sent (S8), and one of them looked up.
    Send,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Read, Self::Ledger, Self::Send];
}

/// What somebody who signs in may see and do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Role {
    /// Everything of the brand. Whoever was known before there were roles has this one.
    #[default]
    Owner,
    /// Sees everything of the brand, and changes nothing.
    Viewer,
    /// Sees one shop's orders and messages, and nothing else.
    Shop {
        /// Which.
        shop: ShopId,
    },
}

/// A secret that was just made, as far as it may be known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSecret {
    /// By which it is recognised.
    pub hash: SecretHash,
    /// How it begins: enough for people to tell two apart, and too little to guess the rest.
    pub hint: String,
}

/// One secret of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySecret {
    /// By which it is recognised.
    pub hash: SecretHash,
    /// How it begins; empty for a brand's first key, of which only the hash was kept.
    pub hint: String,
    /// When it was made; none for a brand's first key.
    pub made_at: Option<Timestamp>,
    /// Until when it is good, once it was replaced.
    pub good_until: Option<Timestamp>,
}

/// A key of one of the brand's own systems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// What it opens.
    pub scopes: BTreeSet<Scope>,
    /// From when on it opens nothing any more.
    pub expires_at: Option<Timestamp>,
    /// Its secrets, the newest last.
    pub secrets: Vec<KeySecret>,
    /// When it was taken away.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// The key that a brand gets when it joins: it opens everything, and does not expire.
    pub(crate) fn first(hash: SecretHash) -> Self {
        let secret = KeySecret { hash, hint: String::new(), made_at: None, good_until: None };
        Self { scopes: Scope::ALL.into(), expires_at: None, secrets: vec![secret], revoked_at: None }
    }

    /// Whether the key as a whole opens anything.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether this secret of the key opens anything.
    pub fn takes(&self, secret: &SecretHash, now: Timestamp) -> bool {
        let known = self.secrets.iter().find(|known| known.hash == *secret);
        self.is_good(now) && known.is_some_and(|known| known.good_until.is_none_or(|end| now < end))
    }
}

/// Something asked about keys and people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A system of the brand gets a key.
    AddKey {
        /// The brand.
        brand: BrandId,
        /// What people will call it.
        name: KeyName,
        /// What it opens.
        scopes: BTreeSet<Scope>,
        /// From when on it opens nothing any more.
        expires_at: Option<Timestamp>,
        /// Its secret.
        secret: NewSecret,
    },
    /// A key gets a new secret; the old one is good for a while.
    RotateKey {
        /// The brand.
        brand: BrandId,
        /// The key.
        name: KeyName,
        /// The new secret.
        secret: NewSecret,
        /// How long the old one is good beside it.
        grace: SignedDuration,
    },
    /// A key opens nothing any more.
    RevokeKey {
        /// The brand.
        brand: BrandId,
        /// The key.
        name: KeyName,
    },
    /// Somebody may not sign in any more.
    RemoveUser {
        /// The brand they belong to.
        brand: BrandId,
        /// Who.
        user: UserName,
    },
}

/// Something that became true of keys and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "access", rename_all = "snake_case")]
pub enum Change {
    /// A key was made. One of the same name that had been revoked is forgotten.
    KeyAdded {
        /// The brand.
        brand: BrandId,
        /// The key.
        name: KeyName,
        /// What it opens.
        scopes: BTreeSet<Scope>,
        /// From when on it opens nothing any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        /// Its secret.
        secret: NewSecret,
        /// When.
        at: Timestamp,
    },
    /// A key got a new secret.
    KeyRotated {
        /// The brand.
        brand: BrandId,
        /// The key.
        name: KeyName,
        /// The new secret.
        secret: NewSecret,
        /// Until when the older ones are good.
        old_until: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// A key was taken away.
    KeyRevoked {
        /// The brand.
        brand: BrandId,
        /// The key.
        name: KeyName,
        /// When.
        at: Timestamp,
    },
    /// Somebody may not sign in any more.
    UserRemoved {
        /// Who.
        user: UserName,
    },
}

/// Why it is not done. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such key, or it was revoked.
    #[error("there is no such key")]
    NoKey,
    /// Nobody of that name belongs to the brand.
    #[error("there is no such user")]
    NoUser,
    /// It would open nothing.
    #[error("a key opens at least one thing")]
    NoScope,
    /// It would be over before it began.
    #[error("the key would already be expired")]
    AlreadyExpired,
    /// See [`KEYS_MAX`].
    #[error("the brand has as many keys as it may have")]
    TooManyKeys,
    /// See [`GRACE_MAX`].
    #[error("an old secret may be good for at most 30 days beside the new one")]
    GraceTooLong,
}
