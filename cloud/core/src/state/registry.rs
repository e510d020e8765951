//! Who is known: brands, shops, boxes, people, sessions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;
use shared::id::{BrandId, MessageId, ShopId, SmsId};

use super::State;
use crate::access::Role;
use crate::channel::{BrandChannel, RelayChannel};
use crate::command::{Command, Refusal};
use crate::entry::Entry;
use crate::id::{BatchId, PasswordHash, UserName};
use crate::ledger::Account;
use crate::outbox::Outbox;
use crate::relay::Relayed;
use crate::sms::{Batch, Filed, Message, Signature};

/// A brand and all that is its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// What people call it.
    pub name: String,
    /// How its texts are signed.
    pub signature: Signature,
    /// Its shops.
    pub shops: BTreeMap<ShopId, Shop>,
    /// Its books.
    pub account: Account,
    /// Its messages that are at hand …
    pub(crate) messages: BTreeMap<SmsId, Message>,
    /// … and those on file.
    pub(crate) filed: BTreeMap<SmsId, Filed>,
    /// Its texts to many.
    pub(crate) batches: BTreeMap<BatchId, Batch>,
    /// Who wants no advertising of it.
    pub(crate) opted_out: BTreeSet<PhoneNumber>,
    /// The channels by which messages are sent on for it.
    pub channels: BTreeMap<RelayChannel, BrandChannel>,
    pub(crate) relays: BTreeMap<MessageId, Relayed>,
    pub(crate) relays_on_file: usize,
    /// What its systems are told.
    pub outbox: Outbox,
}

impl Brand {
    pub(super) fn new(name: &str, signature: &Signature) -> Self {
        Self {
            name: name.to_owned(),
            signature: signature.clone(),
            shops: BTreeMap::new(),
            account: Account::default(),
            messages: BTreeMap::new(),
            filed: BTreeMap::new(),
            batches: BTreeMap::new(),
            opted_out: BTreeSet::new(),
            channels: BTreeMap::new(),
            relays: BTreeMap::new(),
            relays_on_file: 0,
            outbox: Outbox::default(),
        }
    }
}

/// A shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// What people call it.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The brand they belong to, and see nothing but.
    pub brand: BrandId,
    /// Their password.
    pub password: PasswordHash,
    /// What they may see and do.
    pub role: Role,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who.
    pub user: UserName,
    /// Until when.
    pub until: Timestamp,
}

impl State {
    pub(super) fn register(&self, command: &Command) -> Result<Vec<Entry>, Refusal> {
        match command.clone() {
            Command::AddBrand { brand, name, signature, api_key } => {
                if self.brands.contains_key(&brand) {
                    return Err(Refusal::Taken("the brand"));
                }
                Ok(vec![Entry::BrandAdded { brand, name, signature, api_key }])
            }
            Command::AddShop { brand, shop, name, time_zone } => {
                let known = self.brands.get(&brand).ok_or(Refusal::NoBrand)?.shops.get(&shop);
                match known {
                    Some(same) if same.name == name && same.time_zone == time_zone => Ok(Vec::new()),
                    Some(_) => Err(Refusal::Taken("the shop")),
                    None => Ok(vec![Entry::ShopAdded { brand, shop, name, time_zone }]),
                }
            }
            Command::AddBox { key, password } => {
                let shops = &self.brands.get(&key.at.brand).ok_or(Refusal::NoBrand)?.shops;
                if !shops.contains_key(&key.at.shop) {
                    return Err(Refusal::NoShop);
                }
                Ok(vec![Entry::BoxAdded { key, password }])
            }
            Command::AddUser { brand, user, password, role } => {
                let known = self.brands.get(&brand).ok_or(Refusal::NoBrand)?;
                if matches!(&role, Role::Shop { shop } if !known.shops.contains_key(shop)) {
                    return Err(Refusal::NoShop);
                }
                if self.users.get(&user).is_some_and(|known| known.brand != brand) {
                    return Err(Refusal::Taken("the user"));
                }
                Ok(vec![Entry::UserAdded { brand, user, password, role }])
            }
            Command::OpenSession { session, user, until } => {
                Ok(vec![Entry::SessionOpened { session, user, until }])
            }
            Command::CloseSession { session } => {
                let open = self.sessions.contains_key(&session);
                Ok(open.then_some(Entry::SessionClosed { session }).into_iter().collect())
            }
            Command::Access(_)
            | Command::Outbox(_)
            | Command::AddPackage { .. }
            | Command::Freeze { .. }
            | Command::Pay { .. }
            | Command::Release { .. }
            | Command::Report { .. }
            | Command::Send { .. }
            | Command::SendBatch { .. }
            | Command::Cancel { .. }
            | Command::CancelBatch { .. }
            | Command::OptOut { .. }
            | Command::Take { .. }
            | Command::Answered { .. }
            | Command::Recover
            | Command::KeepReceipts { .. }
            | Command::Tidy
            | Command::KeepFacts { .. }
            | Command::NewsHeard { .. }
            | Command::SetChannel { .. }
            | Command::SwitchOff { .. }
            | Command::TakeParcels { .. }
            | Command::ParcelAnswered { .. }
            | Command::Carrier(_)
            | Command::Purchase(_) => {
                unreachable!("`decide` sends only the registry's commands here")
            }
        }
    }
}
