//! Keys of the brands' systems: made, rotated, revoked; and people who may not sign in any more.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use shared::id::BrandId;

use super::State;
use crate::access::{ApiKey, Ask, Change, GRACE_MAX, KeyName, Keys, Refusal};
use crate::command;
use crate::entry::Entry;
use crate::ledger::Now;

impl State {
    /// All keys. Two pictures are the same one as long as no key changed.
    pub fn keys(&self) -> &Arc<Keys> {
        &self.keys
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
                self.brands.get(&brand).ok_or(command::Refusal::NoBrand)?;
                let known = self.keys.named(&brand, &name).ok_or(Refusal::NoKey)?;
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
        Arc::make_mut(&mut self.keys).apply(change);
        if let Change::UserRemoved { user } = change {
            self.users.remove(user);
            self.sessions.retain(|_, session| session.user != *user);
        }
    }

    fn may_add(
        &self,
        now: Now,
        brand: &BrandId,
        name: &KeyName,
        expires_at: Option<Timestamp>,
    ) -> Result<(), command::Refusal> {
        self.brands.get(brand).ok_or(command::Refusal::NoBrand)?;
        match self.keys.named(brand, name) {
            Some(known) if known.revoked_at.is_none() => return Err(command::Refusal::Taken("the key")),
            None if !self.keys.has_room(brand) => return Err(Refusal::TooManyKeys.into()),
            Some(_) | None => {}
        }
        if expires_at.is_some_and(|end| end <= now.at) {
            return Err(Refusal::AlreadyExpired.into());
        }
        Ok(())
    }

    fn good_key(&self, now: Now, brand: &BrandId, name: &KeyName) -> Result<&ApiKey, command::Refusal> {
        self.brands.get(brand).ok_or(command::Refusal::NoBrand)?;
        self.keys.named(brand, name).filter(|key| key.is_good(now.at)).ok_or(Refusal::NoKey.into())
    }
}
