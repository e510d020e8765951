//! Any carrier account: finds its client, opens its secret, and submits a call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cloud_core::carrier::{CarrierAccount, CarrierSecret, Protocol};
use cloud_core::id::CarrierAccountId;
use cloud_core::sms::CarrierAnswer;

use super::chuanglan::{Chuanglan, ChuanglanSettings};
use super::{Answers, Call};
use crate::seal::SealKey;

/// The way out to every carrier.
#[derive(Debug)]
pub struct Carriers {
    settings: ChuanglanSettings,
    key: SealKey,
    http: reqwest::Client,
    clients: Mutex<HashMap<CarrierAccountId, (Arc<CarrierAccount>, Client)>>,
}

/// A client of one account.
#[derive(Debug, Clone)]
enum Client {
    Chuanglan(Arc<Chuanglan>),
}

impl Carriers {
    /// The way out, with the account of the service's own settings. Errors: settings that no client can be made from.
    pub fn new(settings: ChuanglanSettings, key: SealKey) -> anyhow::Result<Self> {
        let http = super::outgoing(Duration::from_millis(settings.timeout_ms))?;
        Chuanglan::new(settings.clone(), http.clone())?;
        Ok(Self { settings, key, http, clients: Mutex::default() })
    }

    /// Submits a call, once, and says what came of it for every number.
    pub async fn submit(&self, account: &Arc<CarrierAccount>, call: &Call) -> Answers {
        match self.client(account) {
            Ok(Client::Chuanglan(client)) => client.submit(call).await,
            Err(words) => {
                tracing::error!(carrier = %account.id, "the carrier account cannot be used: {words}");
                let refused = CarrierAnswer::Refused { code: "account".to_owned(), words };
                super::to_all(call, &refused)
            }
        }
    }

    /// The account's client, made anew when the account is set up anew.
    fn client(&self, account: &Arc<CarrierAccount>) -> Result<Client, String> {
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

    fn make(&self, account: &CarrierAccount) -> Result<Client, String> {
        match (&account.protocol, &account.secret) {
            (Protocol::Chuanglan { .. }, CarrierSecret::OfSettings) => {
                let client = Chuanglan::new(self.settings.clone(), self.http.clone());
                Ok(Client::Chuanglan(Arc::new(client.map_err(|error| error.to_string())?)))
            }
            (Protocol::Chuanglan { base_url, account: name }, CarrierSecret::Sealed(sealed)) => {
                let password = self.key.open_for(sealed, &purpose(&account.id));
                let settings = ChuanglanSettings {
                    base_url: base_url.to_string(),
                    account: name.clone(),
                    password: password.ok_or("its secret does not open with the key of this service")?,
                    callback_url: String::new(),
                    timeout_ms: self.settings.timeout_ms,
                };
                let client = Chuanglan::new(settings, self.http.clone());
                Ok(Client::Chuanglan(Arc::new(client.map_err(|error| error.to_string())?)))
            }
        }
    }
}

/// What the secret of an account is sealed for.
pub fn purpose(account: &CarrierAccountId) -> String {
    format!("carrier/{account}")
}
