//! Call-backs of carriers (S7, S11). They are kept, and answered; what they mean is decided with it, in memory.
//!
//! The vendors sign nothing. A call-back is known by the secret in its address, one for each account, and by where it
//! comes from, if the account says so. Whoever is not known gets the answer that nothing is there. Addresses hold
//! secrets and numbers: they are not logged.

mod caller;

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use cloud_core::carrier::{CarrierAccount, HookCaller};
use cloud_core::id::{CarrierAccountId, SecretHash};
use ipnet::IpNet;
use serde_json::{Value, json};

use super::App;
use super::problem::{ApiError, InPath};
use crate::arrivals::{self, Arrived};
use crate::config::HooksConfig;
use crate::gateway::{BadReceipt, chuanglan, tencent_sms};
use crate::secret;

use caller::Caller;

/// A vendor brings many receipts in one call.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The addresses at which call-backs are taken. Accounts are set up while the service stands still, so these do not
/// change while it runs.
#[derive(Debug, Default)]
pub struct Doors {
    doors: HashMap<SecretHash, Door>,
    /// Proxies whose word on who is calling is taken.
    proxies: Vec<IpNet>,
}

/// One account's address.
#[derive(Debug)]
struct Door {
    account: CarrierAccountId,
    caller: HookCaller,
    from: Vec<IpNet>,
}

impl Doors {
    /// The doors of these accounts, and of the settings' own.
    pub fn new<'a>(settings: &HooksConfig, accounts: impl IntoIterator<Item = &'a CarrierAccount>) -> Self {
        let mut doors = HashMap::new();
        for account in accounts {
            if let (Some(hook), Some(caller)) = (&account.hook, account.protocol.caller()) {
                let door = Door { account: account.id.clone(), caller, from: hook.from.clone() };
                doors.insert(hook.token.clone(), door);
            }
        }
        if !settings.chuanglan_token.is_empty() {
            let account = CarrierAccountId::settings();
            let door = Door { account, caller: HookCaller::Chuanglan, from: settings.chuanglan_from.clone() };
            doors.insert(secret::hash(&settings.chuanglan_token), door);
        }
        Self { doors, proxies: settings.proxies.clone() }
    }

    /// The account whose door this is. Hashes are compared, of which nobody can choose one: how long it takes tells
    /// nothing. Errors: there is no such door, not for this vendor, or not for whoever calls.
    fn open(&self, token: &str, vendor: HookCaller, caller: &Caller) -> Result<&CarrierAccountId, ApiError> {
        let door = self.doors.get(&secret::hash(token)).filter(|door| door.caller == vendor);
        let door = door.ok_or(ApiError::NotFound)?;
        let from = caller.address(&self.proxies);
        if !door.from.is_empty() && !from.is_some_and(|from| door.from.iter().any(|net| net.contains(&from)))
        {
            metrics::counter!("chuancai_hooks_turned_away").increment(1);
            tracing::warn!(carrier = %door.account, "a call-back came from elsewhere and was turned away");
            return Err(ApiError::NotFound);
        }
        Ok(&door.account)
    }
}

/// A receipt of Chuanglan (S7). Answered when it is kept.
#[utoipa::path(get, path = "/hooks/chuanglan/{token}/report", responses(
    (status = 200, description = "kept", body = String), (status = 404, body = shared::problem::Problem)))]
pub(super) async fn chuanglan_report(
    State(app): State<App>,
    caller: Caller,
    InPath(token): InPath<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<&'static str, ApiError> {
    let account = app.doors.open(&token, HookCaller::Chuanglan, &caller)?;
    let receipt = chuanglan::receipt_from_query(&query).map_err(|bad| unreadable(account, bad))?;
    keep(&app, account, Arrived::Receipts(vec![receipt])).await?;
    Ok("OK")
}

/// Receipts of Tencent Cloud SMS (S7). Answered when all that can be read are kept.
#[utoipa::path(post, path = "/hooks/tencent_sms/{token}/report", request_body = Value, responses(
    (status = 200, description = "kept", body = Value), (status = 404, body = shared::problem::Problem)))]
pub(super) async fn tencent_sms_report(
    State(app): State<App>,
    caller: Caller,
    InPath(token): InPath<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let account = app.doors.open(&token, HookCaller::TencentSms, &caller)?;
    let mut receipts = Vec::new();
    for receipt in tencent_sms::receipts_from_push(&body).map_err(|bad| unreadable(account, bad))? {
        match receipt {
            Ok(receipt) => receipts.push(receipt),
            Err(bad) => arrivals::set_aside(account, bad),
        }
    }
    keep(&app, account, Arrived::Receipts(receipts)).await?;
    Ok(Json(json!({ "result": 0, "errmsg": "OK" })))
}

/// An answer to a text by Chuanglan: who wants no more advertising gets none. Answered when that is kept.
#[utoipa::path(get, path = "/hooks/chuanglan/{token}/mo", responses(
    (status = 200, description = "heard", body = String), (status = 404, body = shared::problem::Problem)))]
pub(super) async fn chuanglan_reply(
    State(app): State<App>,
    caller: Caller,
    InPath(token): InPath<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<&'static str, ApiError> {
    let account = app.doors.open(&token, HookCaller::Chuanglan, &caller)?;
    let reply = chuanglan::reply_from_query(&query).map_err(|bad| unreadable(account, bad))?;
    keep(&app, account, Arrived::Replies(vec![reply])).await?;
    Ok("OK")
}

/// The same by Tencent Cloud SMS.
#[utoipa::path(post, path = "/hooks/tencent_sms/{token}/mo", request_body = Value, responses(
    (status = 200, description = "heard", body = Value), (status = 404, body = shared::problem::Problem)))]
pub(super) async fn tencent_sms_reply(
    State(app): State<App>,
    caller: Caller,
    InPath(token): InPath<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let account = app.doors.open(&token, HookCaller::TencentSms, &caller)?;
    let reply = tencent_sms::reply_from_push(&body).map_err(|bad| unreadable(account, bad))?;
    keep(&app, account, Arrived::Replies(vec![reply])).await?;
    Ok(Json(json!({ "result": 0, "errmsg": "OK" })))
}

async fn keep(app: &App, account: &CarrierAccountId, arrived: Arrived) -> Result<(), ApiError> {
    Ok(arrivals::keep(&app.journal, account, arrived).await?)
}

fn unreadable(account: &CarrierAccountId, bad: BadReceipt) -> ApiError {
    arrivals::set_aside(account, bad);
    ApiError::Malformed(bad.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s11_a_door_opens_to_its_token_its_vendor_and_its_networks() {
        let settings = HooksConfig {
            chuanglan_token: "atokenofthetest1".to_owned(),
            chuanglan_from: vec!["192.0.2.0/24".parse().expect("a network")],
            public_url: String::new(),
            proxies: vec!["127.0.0.0/8".parse().expect("a network")],
        };
        let doors = Doors::new(&settings, []);
        let caller = |peer: &str, forwarded: Option<&str>| Caller::new(peer, forwarded);
        let opens = |token, vendor, caller: Caller| doors.open(token, vendor, &caller).is_ok();
        let token = "atokenofthetest1";
        assert!(opens(token, HookCaller::Chuanglan, caller("192.0.2.7", None)));
        assert!(opens(token, HookCaller::Chuanglan, caller("127.0.0.1", Some("198.51.100.1, 192.0.2.7"))));
        for (token, vendor, caller) in [
            ("atokenofthetest2", HookCaller::Chuanglan, caller("192.0.2.7", None)),
            (token, HookCaller::TencentSms, caller("192.0.2.7", None)),
            (token, HookCaller::Chuanglan, caller("198.51.100.1", None)),
            (token, HookCaller::Chuanglan, caller("198.51.100.1", Some("192.0.2.7"))),
            (token, HookCaller::Chuanglan, caller("127.0.0.1", Some("192.0.2.7, 198.51.100.1"))),
            (token, HookCaller::Chuanglan, caller("127.0.0.1", None)),
        ] {
            assert!(!opens(token, vendor, caller));
        }
        let anywhere = HooksConfig { chuanglan_from: Vec::new(), ..settings };
        assert!(
            Doors::new(&anywhere, [])
                .open(token, HookCaller::Chuanglan, &Caller::new("8.8.8.8", None))
                .is_ok()
        );
        let shut = HooksConfig { chuanglan_token: String::new(), ..anywhere };
        assert!(
            Doors::new(&shut, []).open("", HookCaller::Chuanglan, &Caller::new("8.8.8.8", None)).is_err()
        );
    }
}
