//! Any carrier account: finds its client, opens its secret, submits a call, and fetches what came of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cloud_core::carrier::{CarrierAccount, CarrierSecret, Hook, HookCaller, Protocol, Receipts};
use cloud_core::id::CarrierAccountId;
use cloud_core::sms::CarrierAnswer;
use tokio::sync::Notify;

use super::chuanglan::{Chuanglan, ChuanglanSettings};
use super::chuanglan_template::ChuanglanTemplate;
use super::page::{NotFetched, Page, Wanted};
use super::smpp::{BadLogin, Login, SmppClient};
use super::tencent_sms::{TencentSms, TencentSmsSettings};
use super::{Answers, BadAddress, Call};
use crate::config::CarrierConfig;
use crate::journal::Journal;
use crate::seal::SealKey;

/// The way out to every carrier.
pub struct Carriers {
    of_settings: CarrierConfig,
    public_url: String,
    key: SealKey,
    journal: Journal,
    http: reqwest::Client,
    clients: Mutex<HashMap<CarrierAccountId, (Arc<CarrierAccount>, Client)>>,
    /// Told when a text was given to an account.
    sent: Mutex<HashMap<CarrierAccountId, Arc<Notify>>>,
}

/// A client of one account.
#[derive(Clone)]
enum Client {
    Chuanglan(Arc<Chuanglan>),
    ChuanglanTemplate(Arc<ChuanglanTemplate>),
    TencentSms(Arc<TencentSms>),
    Smpp(Arc<SmppClient>),
}

/// An account that no client can be made for.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("its secret does not open with the key of this service")]
    Sealed,
    #[error(transparent)]
    Address(#[from] BadAddress),
    #[error(transparent)]
    Login(#[from] BadLogin),
}

impl Carriers {
    /// The way out, with the account of the service's own settings. Errors: no TLS to be had.
    pub fn new(
        of_settings: CarrierConfig,
        public_url: String,
        (key, journal): (SealKey, Journal),
    ) -> reqwest::Result<Self> {
        let http = super::outgoing(Duration::from_millis(of_settings.timeout_ms))?;
        let (clients, sent) = (Mutex::default(), Mutex::default());
        Ok(Self { of_settings, public_url, key, journal, http, clients, sent })
    }

    /// Connects to every carrier that is spoken to over a lasting connection: receipts come by it, too.
    pub fn connect<'a>(&self, accounts: impl IntoIterator<Item = &'a Arc<CarrierAccount>>) {
        for account in accounts {
            if let Protocol::Smpp(_) = account.protocol
                && let Err(error) = self.client(account)
            {
                tracing::error!(carrier = %account.id, %error, "a carrier account cannot be used");
            }
        }
    }

    /// Submits a call, once, and says what came of it for every number.
    pub async fn submit(&self, account: &Arc<CarrierAccount>, call: &Call) -> Answers {
        let answers = self.submit_once(account, call).await;
        if account.receipts == Receipts::Fetched {
            self.sent(&account.id).notify_one();
        }
        answers
    }

    /// What is told when a text was given to an account whose receipts are fetched.
    pub fn sent(&self, account: &CarrierAccountId) -> Arc<Notify> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(sent.entry(account.clone()).or_default())
    }

    /// Fetches a page of what the carrier keeps for us. It forgets what it hands out. Errors: see [`NotFetched`].
    pub async fn fetch(
        &self,
        account: &Arc<CarrierAccount>,
        wanted: Wanted,
        timeout: Duration,
    ) -> Result<Page, NotFetched> {
        let unusable = |error: Unusable| NotFetched::Unusable(error.to_string());
        match self.client(account).map_err(unusable)? {
            Client::Chuanglan(client) => client.fetch(wanted, timeout).await,
            Client::TencentSms(client) => client.fetch(wanted, timeout).await,
            Client::ChuanglanTemplate(_) | Client::Smpp(_) => {
                Err(NotFetched::Unusable("its protocol keeps nothing to be fetched".to_owned()))
            }
        }
    }

    async fn submit_once(&self, account: &Arc<CarrierAccount>, call: &Call) -> Answers {
        match self.client(account) {
            Ok(Client::Chuanglan(client)) => client.submit(call).await,
            Ok(Client::ChuanglanTemplate(client)) => client.submit(call).await,
            Ok(Client::TencentSms(client)) => client.submit(call).await,
            Ok(Client::Smpp(client)) => client.submit(call).await,
            Err(error) => {
                tracing::error!(carrier = %account.id, %error, "a carrier account cannot be used");
                let words = error.to_string();
                super::to_all(call, &CarrierAnswer::Refused { code: "account".to_owned(), words })
            }
        }
    }

    /// The account's client, made anew when the account is set up anew.
    fn client(&self, account: &Arc<CarrierAccount>) -> Result<Client, Unusable> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_for, client)) = clients.get(&account.id)
            && made_for == account
        {
            return Ok(client.clone());
        }
        let client = self.make(account)?;
        clients.insert(account.id.clone(), (Arc::clone(account), client.clone()));
        Ok(client)
    }

    fn make(&self, account: &CarrierAccount) -> Result<Client, Unusable> {
        let secret = self.secret_of(account)?;
        let http = self.http.clone();
        let chuanglan = |base_url: &_, name: &_| ChuanglanSettings {
            base_url: Clone::clone(base_url),
            account: Clone::clone(name),
            password: secret.clone(),
            callback_url: self.callback_url(account),
        };
        Ok(match &account.protocol {
            Protocol::Chuanglan { base_url, account: name } => {
                Client::Chuanglan(Arc::new(Chuanglan::new(chuanglan(base_url, name), http)?))
            }
            Protocol::ChuanglanTemplate { base_url, account: name, templates } => {
                let client = ChuanglanTemplate::new(chuanglan(base_url, name), templates.clone(), http)?;
                Client::ChuanglanTemplate(Arc::new(client))
            }
            Protocol::TencentSms { base_url, region, application, secret_id, templates } => {
                let settings = TencentSmsSettings {
                    base_url: base_url.clone(),
                    region: region.clone(),
                    application: application.clone(),
                    secret_id: secret_id.clone(),
                    secret_key: secret,
                    templates: templates.clone(),
                };
                Client::TencentSms(Arc::new(TencentSms::new(settings, http)?))
            }
            Protocol::Smpp(settings) => {
                let timeout = Duration::from_millis(self.of_settings.timeout_ms);
                let login = Login::new(&account.id, settings, (&secret, timeout))?;
                Client::Smpp(Arc::new(SmppClient::start(login, self.journal.clone())))
            }
        })
    }

    fn secret_of(&self, account: &CarrierAccount) -> Result<String, Unusable> {
        match &account.secret {
            CarrierSecret::OfSettings => Ok(self.of_settings.password.clone()),
            CarrierSecret::Sealed(sealed) => {
                self.key.open_for(sealed, &secret_purpose(&account.id)).ok_or(Unusable::Sealed)
            }
        }
    }

    /// Where the account's receipts are to be brought; empty: its console knows, or they are fetched.
    fn callback_url(&self, account: &CarrierAccount) -> String {
        if account.receipts == Receipts::Fetched {
            return String::new();
        }
        if account.secret == CarrierSecret::OfSettings {
            return self.of_settings.callback_url.clone();
        }
        let token = account.hook.as_ref().and_then(|hook| token_of(&self.key, &account.id, hook));
        match (token, account.protocol.caller()) {
            (Some(token), Some(caller)) if !self.public_url.is_empty() => {
                hook_url(&self.public_url, caller, &token)
            }
            _ => String::new(),
        }
    }
}

/// What the secret of an account is sealed for.
pub fn secret_purpose(account: &CarrierAccountId) -> String {
    format!("carrier/{account}")
}

/// What the token of an account's call-backs is sealed for.
pub fn token_purpose(account: &CarrierAccountId) -> String {
    format!("carrier/{account}/hook")
}

/// The secret in the address of an account's call-backs. `None`: it was sealed with another key.
pub fn token_of(key: &SealKey, account: &CarrierAccountId, hook: &Hook) -> Option<String> {
    key.open_for(&hook.sealed, &token_purpose(account))
}

/// Where receipts are brought. Without a public address of ours: its path.
pub fn hook_url(public_url: &str, caller: HookCaller, token: &str) -> String {
    format!("{}/hooks/{}/{token}/report", public_url.trim_end_matches('/'), caller.word())
}
