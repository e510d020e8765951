//! All keys of all brands, as one picture. It is shared with whoever checks keys, and copied only when a key changes:
//! a request with a key need not wait for the writer to be let in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::id::BrandId;

use super::{ApiKey, Change, KEYS_MAX, KeyName, KeySecret, NewSecret, Scope};
use crate::id::SecretHash;

/// All keys of all brands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    by_secret: BTreeMap<SecretHash, (BrandId, KeyName)>,
    of_brands: BTreeMap<BrandId, BTreeMap<KeyName, ApiKey>>,
}

/// A key that was shown, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyShown<'a> {
    /// The brand.
    pub brand: &'a BrandId,
    /// The key.
    pub name: &'a KeyName,
    /// What it opens.
    pub scopes: &'a BTreeSet<Scope>,
}

impl Keys {
    /// The key of this secret. `None`: no such secret, or one that is not good any more.
    pub fn of(&self, secret: &SecretHash, now: Timestamp) -> Option<KeyShown<'_>> {
        let (brand, name) = self.by_secret.get(secret)?;
        let key = self.named(brand, name)?;
        key.takes(secret, now).then_some(KeyShown { brand, name, scopes: &key.scopes })
    }

    /// A brand's keys, by name.
    pub fn of_brand(&self, brand: &BrandId) -> impl Iterator<Item = (&KeyName, &ApiKey)> {
        self.of_brands.get(brand).into_iter().flatten()
    }

    /// A key of a brand.
    pub fn named(&self, brand: &BrandId, name: &KeyName) -> Option<&ApiKey> {
        self.of_brands.get(brand)?.get(name)
    }

    /// Whether a brand may have one more: of those that were not revoked.
    pub(crate) fn has_room(&self, brand: &BrandId) -> bool {
        self.of_brand(brand).filter(|(_, key)| key.revoked_at.is_none()).count() < KEYS_MAX
    }

    pub(crate) fn add_first(&mut self, brand: &BrandId, hash: &SecretHash) {
        self.by_secret.insert(hash.clone(), (brand.clone(), KeyName::first()));
        self.keys_of(brand).insert(KeyName::first(), ApiKey::first(hash.clone()));
    }

    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::KeyAdded { brand, name, scopes, expires_at, secret, at } => {
                self.forget_secrets(brand, name, |_| true);
                self.make_room(brand);
                let (scopes, expires_at) = (scopes.clone(), *expires_at);
                let key = ApiKey { scopes, expires_at, secrets: Vec::new(), revoked_at: None };
                self.keys_of(brand).insert(name.clone(), key);
                self.add_secret(brand, name, secret, *at);
            }
            Change::KeyRotated { brand, name, secret, old_until, at } => {
                self.forget_secrets(brand, name, |known| known.good_until.is_some_and(|end| end <= *at));
                for known in &mut self.known(brand, name).secrets {
                    known.good_until = Some(known.good_until.map_or(*old_until, |end| end.min(*old_until)));
                }
                self.add_secret(brand, name, secret, *at);
            }
            Change::KeyRevoked { brand, name, at } => {
                self.forget_secrets(brand, name, |_| true);
                self.known(brand, name).revoked_at = Some(*at);
            }
            Change::UserRemoved { .. } => {}
        }
    }

    /// Revoked keys are listed as long as there is room.
    fn make_room(&mut self, brand: &BrandId) {
        let keys = self.keys_of(brand);
        if keys.len() < KEYS_MAX {
            return;
        }
        let revoked = keys.iter().filter_map(|(name, key)| Some((key.revoked_at?, name.clone())));
        if let Some((_, oldest)) = revoked.min() {
            keys.remove(&oldest);
        }
    }

    fn keys_of(&mut self, brand: &BrandId) -> &mut BTreeMap<KeyName, ApiKey> {
        self.of_brands.entry(brand.clone()).or_default()
    }

    fn known(&mut self, brand: &BrandId, name: &KeyName) -> &mut ApiKey {
        self.keys_of(brand).get_mut(name).expect("a key is changed after it was added")
    }

    fn add_secret(&mut self, brand: &BrandId, name: &KeyName, secret: &NewSecret, at: Timestamp) {
        let NewSecret { hash, hint } = secret.clone();
        self.by_secret.insert(hash.clone(), (brand.clone(), name.clone()));
        let secret = KeySecret { hash, hint, made_at: Some(at), good_until: None };
        self.known(brand, name).secrets.push(secret);
    }

    /// Forgets some secrets of a key, if the key is known.
    fn forget_secrets(&mut self, brand: &BrandId, name: &KeyName, which: impl Fn(&KeySecret) -> bool) {
        let Some(key) = self.keys_of(brand).get_mut(name) else { return };
        let (gone, kept) = std::mem::take(&mut key.secrets).into_iter().partition(which);
        key.secrets = kept;
        for secret in gone {
            self.by_secret.remove(&secret.hash);
        }
    }
}
