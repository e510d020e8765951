//! Keys of the brands' systems: made, rotated, revoked; and people who may not sign in any more.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use shared::id::BrandId;

use super::State;
use super::registry::Brand;
use crate::access::{
    ApiKey, Ask, Change, GRACE_MAX, KEYS_MAX, KeyName, KeySecret, NewSecret, Refusal, Scope,
};
use crate::command;
use crate::entry::Entry;
use crate::id::SecretHash;
use crate::ledger::Now;

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

impl State {
    /// The key of this secret. `None`: no such secret, or one that is not good any more.
    pub fn key_of(&self, secret: &SecretHash, now: Timestamp) -> Option<KeyShown<'_>> {
        let (brand, name) = self.api_keys.get(secret)?;
        let key = self.brands.get(brand)?.keys.get(name)?;
        key.takes(secret, now).then_some(KeyShown { brand, name, scopes: &key.scopes })
    }

    pub(super) fn decide_access(&self, now: Now, ask: &Ask) -> Result<Vec<Entry>, command::Refusal> {
        let change = match ask.clone() {
            Ask::AddKey { brand, name, scopes, expires_at, secret } => {
                self.may_add(now, &brand, &name, expires_at)?;
                if scopes.is_empty() {
                    return Err(Refusal::NoScope.into());
                }
                Change::KeyAdded { brand, name, scopes, expires_at, secret, at: now.at }
            }
            Ask::RotateKey { brand, name, secret, grace } => {
                self.good_key(now, &brand, &name)?;
                if grace > GRACE_MAX {
                    return Err(Refusal::GraceTooLong.into());
                }
                let old_until = now.at + grace.max(SignedDuration::ZERO);
                Change::KeyRotated { brand, name, secret, old_until, at: now.at }
            }
            Ask::RevokeKey { brand, name } => {
                let known = self.known(&brand)?.keys.get(&name).ok_or(Refusal::NoKey)?;
                if known.revoked_at.is_some() {
                    return Ok(Vec::new());
                }
                Change::KeyRevoked { brand, name, at: now.at }
            }
            Ask::RemoveUser { brand, user } => {
                let known = self.users.get(&user).filter(|known| known.brand == brand);
                known.ok_or(Refusal::NoUser)?;
                Change::UserRemoved { user }
            }
        };
        Ok(vec![Entry::Access(change)])
    }

    pub(super) fn apply_access(&mut self, change: &Change) {
        match change {
            Change::KeyAdded { brand, name, scopes, expires_at, secret, at } => {
                self.forget_secrets(brand, name, |_| true);
                self.make_room(brand);
                let (scopes, expires_at) = (scopes.clone(), *expires_at);
                let key = ApiKey { scopes, expires_at, secrets: Vec::new(), revoked_at: None };
                self.known_brand(brand).keys.insert(name.clone(), key);
                self.add_secret(brand, name, secret, *at);
            }
            Change::KeyRotated { brand, name, secret, old_until, at } => {
                self.forget_secrets(brand, name, |known| known.good_until.is_some_and(|end| end <= *at));
                for known in &mut self.known_key(brand, name).secrets {
                    known.good_until = Some(known.good_until.map_or(*old_until, |end| end.min(*old_until)));
                }
                self.add_secret(brand, name, secret, *at);
            }
            Change::KeyRevoked { brand, name, at } => {
                self.forget_secrets(brand, name, |_| true);
                self.known_key(brand, name).revoked_at = Some(*at);
            }
            Change::UserRemoved { user } => {
                self.users.remove(user);
                self.sessions.retain(|_, session| session.user != *user);
            }
        }
    }

    pub(super) fn add_first_key(&mut self, brand: &BrandId, hash: &SecretHash) {
        self.api_keys.insert(hash.clone(), (brand.clone(), KeyName::first()));
        self.known_brand(brand).keys.insert(KeyName::first(), ApiKey::first(hash.clone()));
    }

    fn may_add(
        &self,
        now: Now,
        brand: &BrandId,
        name: &KeyName,
        expires_at: Option<Timestamp>,
    ) -> Result<(), command::Refusal> {
        let keys = &self.known(brand)?.keys;
        match keys.get(name) {
            Some(known) if known.revoked_at.is_none() => return Err(command::Refusal::Taken("the key")),
            Some(_) => {}
            None if keys.values().filter(|key| key.revoked_at.is_none()).count() >= KEYS_MAX => {
                return Err(Refusal::TooManyKeys.into());
            }
            None => {}
        }
        if expires_at.is_some_and(|end| end <= now.at) {
            return Err(Refusal::AlreadyExpired.into());
        }
        Ok(())
    }

    fn good_key(&self, now: Now, brand: &BrandId, name: &KeyName) -> Result<&ApiKey, command::Refusal> {
        let key = self.known(brand)?.keys.get(name).filter(|key| key.is_good(now.at));
        key.ok_or(Refusal::NoKey.into())
    }

    fn known(&self, brand: &BrandId) -> Result<&Brand, command::Refusal> {
        self.brands.get(brand).ok_or(command::Refusal::NoBrand)
    }

    /// Revoked keys are listed as long as there is room.
    fn make_room(&mut self, brand: &BrandId) {
        let keys = &mut self.known_brand(brand).keys;
        if keys.len() < KEYS_MAX {
            return;
        }
        let revoked = keys.iter().filter_map(|(name, key)| Some((key.revoked_at?, name.clone())));
        if let Some((_, oldest)) = revoked.min() {
            keys.remove(&oldest);
        }
    }

    fn known_key(&mut self, brand: &BrandId, name: &KeyName) -> &mut ApiKey {
        let key = self.known_brand(brand).keys.get_mut(name);
        key.expect("a key is changed after it was added")
    }

    fn add_secret(&mut self, brand: &BrandId, name: &KeyName, secret: &NewSecret, at: Timestamp) {
        let NewSecret { hash, hint } = secret.clone();
        self.api_keys.insert(hash.clone(), (brand.clone(), name.clone()));
        let secret = KeySecret { hash, hint, made_at: Some(at), good_until: None };
        self.known_key(brand, name).secrets.push(secret);
    }

    /// Forgets some secrets of a key, if the key is known.
    fn forget_secrets(&mut self, brand: &BrandId, name: &KeyName, which: impl Fn(&KeySecret) -> bool) {
        let Some(key) = self.known_brand(brand).keys.get_mut(name) else { return };
        let (gone, kept) = std::mem::take(&mut key.secrets).into_iter().partition(which);
        key.secrets = kept;
        for secret in gone {
            self.api_keys.remove(&secret.hash);
        }
    }
}
