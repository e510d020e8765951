//! Carrier accounts and their routes: set up, and looked up for every message.

use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;
use shared::id::BrandId;

use super::State;
use crate::carrier::{
    Ask, CarrierAccount, CarrierSecret, Event, Protocol, Receipts, Refusal, Reply, Route, wants_no_more,
};
use crate::command;
use crate::entry::Entry;
use crate::id::CarrierAccountId;
use crate::ledger::Now;
use crate::sms::Kind;

/// All accounts and routes. The account of the service's own settings is there from the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Carriers {
    accounts: BTreeMap<CarrierAccountId, Arc<CarrierAccount>>,
    routes: BTreeMap<Route, CarrierAccountId>,
}

impl Default for Carriers {
    fn default() -> Self {
        let account = of_settings();
        let accounts = [(account.id.clone(), Arc::new(account))].into();
        Self { accounts, routes: BTreeMap::new() }
    }
}

/// What is known of the settings' account until the service says more.
fn of_settings() -> CarrierAccount {
    CarrierAccount {
        id: CarrierAccountId::settings(),
        brand: None,
        protocol: Protocol::Chuanglan {
            base_url: "https://smssh1.253.com".parse().expect("an address"),
            account: "unset".parse().expect("a name"),
        },
        secret: CarrierSecret::OfSettings,
        hook: None,
        receipts: Receipts::Brought,
        per_second: NonZeroU32::new(200).expect("more than none"),
        batch_max: NonZeroU16::new(1_000).expect("more than none"),
    }
}

impl Carriers {
    pub(super) fn account(&self, account: &CarrierAccountId) -> Option<&Arc<CarrierAccount>> {
        self.accounts.get(account)
    }
}

impl State {
    pub(super) fn decide_carrier(&self, now: Now, ask: &Ask) -> Result<Vec<Entry>, command::Refusal> {
        let event = match ask {
            Ask::Set(account) => self.set_carrier(account)?,
            Ask::Use { route, account } => self.route(route, account.as_ref())?,
            Ask::Replies { account, replies } => return self.hear_replies(now, account, replies),
        };
        Ok(event.map(Entry::Carrier).into_iter().collect())
    }

    /// An answer by a brand's own account is for that brand. On a shared one nobody can tell whose text was
    /// answered: every brand that may have sent it is told.
    fn hear_replies(
        &self,
        now: Now,
        account: &CarrierAccountId,
        replies: &[Reply],
    ) -> Result<Vec<Entry>, command::Refusal> {
        let account = self.carrier(account).ok_or(Refusal::NoAccount)?;
        let out: BTreeSet<&PhoneNumber> =
            replies.iter().filter(|reply| wants_no_more(&reply.text)).map(|reply| &reply.phone).collect();
        let concerned = |brand: &&BrandId| match &account.brand {
            Some(owner) => owner == *brand,
            None => self.carrier_for(brand, Kind::Marketing) == account.id,
        };
        let mut entries = Vec::new();
        for brand in self.brands.keys().filter(concerned) {
            for phone in &out {
                entries.extend(self.opt_out(now, brand, phone, true)?);
            }
        }
        Ok(entries)
    }

    fn set_carrier(&self, account: &CarrierAccount) -> Result<Option<Event>, command::Refusal> {
        if let Some(brand) = &account.brand
            && !self.brands.contains_key(brand)
        {
            return Err(command::Refusal::NoBrand);
        }
        let max = account.protocol.numbers_max();
        if account.batch_max.get() > max {
            return Err(Refusal::BatchTooLarge { max }.into());
        }
        if account.receipts == Receipts::Fetched && !account.protocol.keeps_receipts() {
            return Err(Refusal::NothingToFetch.into());
        }
        match self.carriers.accounts.get(&account.id) {
            Some(known) if known.brand != account.brand => Err(Refusal::OtherOwner.into()),
            Some(known) if **known == *account => Ok(None),
            Some(_) | None => Ok(Some(Event::Set { account: Box::new(account.clone()) })),
        }
    }

    fn route(
        &self,
        route: &Route,
        account: Option<&CarrierAccountId>,
    ) -> Result<Option<Event>, command::Refusal> {
        if let Some(brand) = &route.brand
            && !self.brands.contains_key(brand)
        {
            return Err(command::Refusal::NoBrand);
        }
        if let Some(account) = account {
            let found = self.carrier(account).ok_or(Refusal::NoAccount)?;
            if found.brand.is_some() && found.brand != route.brand {
                return Err(Refusal::OtherOwner.into());
            }
        }
        let same = self.carriers.routes.get(route) == account;
        Ok((!same).then(|| Event::Routed { route: route.clone(), account: account.cloned() }))
    }

    pub(super) fn apply_carrier(&mut self, event: &Event) {
        match event {
            Event::Set { account } => {
                self.carriers.accounts.insert(account.id.clone(), Arc::new((**account).clone()));
            }
            Event::Routed { route, account: Some(account) } => {
                self.carriers.routes.insert(route.clone(), account.clone());
            }
            Event::Routed { route, account: None } => {
                self.carriers.routes.remove(route);
            }
        }
    }

    /// The account that takes a brand's messages of this kind.
    pub fn carrier_for(&self, brand: &BrandId, kind: Kind) -> CarrierAccountId {
        let narrowest_first =
            [(Some(brand), Some(kind)), (Some(brand), None), (None, Some(kind)), (None, None)];
        narrowest_first
            .into_iter()
            .find_map(|(brand, kind)| self.carriers.routes.get(&Route { brand: brand.cloned(), kind }))
            .cloned()
            .unwrap_or_else(CarrierAccountId::settings)
    }

    /// An account with a carrier.
    pub fn carrier(&self, account: &CarrierAccountId) -> Option<&Arc<CarrierAccount>> {
        self.carriers.account(account)
    }

    /// All accounts.
    pub fn carriers(&self) -> impl Iterator<Item = &Arc<CarrierAccount>> {
        self.carriers.accounts.values()
    }

    /// All routes.
    pub fn carrier_routes(&self) -> impl Iterator<Item = (&Route, &CarrierAccountId)> {
        self.carriers.routes.iter()
    }
}
