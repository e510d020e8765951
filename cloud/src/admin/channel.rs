//! `chuancai-cloud channel …`: by which other channels a brand hears its shops' messages.
//!
//! A secret comes from a file or from the environment, never from the command line: other users of the machine see
//! that one. What is printed holds no secret but the one that was made for the caller, once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use cloud_core::channel::{ChannelSettings, ImUser, RelayChannel, TencentIm, WebAddress, Webhook};
use cloud_core::command::Command;
use shared::id::{AccountId, BrandId};

use super::{given_secret, keep, kept};
use crate::config::Config;
use crate::gateway::webhook::SigningKey;
use crate::view::ChannelView;

/// Where a secret is looked for when no file is named.
pub const SECRET_VARIABLE: &str = "CHUANCAI_CLOUD_CHANNEL_SECRET";

/// An application at Tencent IM, but for its secret.
#[derive(Debug, Clone)]
pub struct TencentImAsked {
    /// The host of its region.
    pub base_url: WebAddress,
    /// Its number.
    pub sdk_app_id: u64,
    /// Its administrator.
    pub admin: ImUser,
    /// Who hears everything.
    pub named: Vec<ImUser>,
    /// Who stands for an account of a shop.
    pub users: Vec<AccountUser>,
}

/// `ACCOUNT=USER`: an IM user who stands for an account of a shop.
#[derive(Debug, Clone)]
pub struct AccountUser(AccountId, ImUser);

impl std::str::FromStr for AccountUser {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (account, user) = text.split_once('=').context("an account and its IM user: cashiers=desk_1")?;
        Ok(Self(account.parse()?, user.parse()?))
    }
}

/// Sets up a brand's Tencent IM. Errors: no secret, or a key that cannot be used.
pub async fn set_tencent_im(
    settings: &Config,
    brand: BrandId,
    asked: TencentImAsked,
    secret_file: Option<PathBuf>,
) -> anyhow::Result<()> {
    let secret = given_secret(secret_file.as_deref(), SECRET_VARIABLE)?;
    let secret = secret.with_context(|| {
        format!("the application's key is missing: give it by --secret-file or in {SECRET_VARIABLE}")
    })?;
    let TencentImAsked { base_url, sdk_app_id, admin, named, users } = asked;
    let channel = RelayChannel::TencentIm;
    let secret = settings.seal_key()?.seal(&secret, &brand, channel)?;
    let users: BTreeMap<_, _> = users.into_iter().map(|AccountUser(account, user)| (account, user)).collect();
    let named = named.into_iter().collect();
    let im = TencentIm { base_url, sdk_app_id, admin, secret, named, users };
    set(settings, brand, ChannelSettings::TencentIm(im)).await
}

/// Sets up a brand's webhook. Without a secret one is made and printed. Errors: an address or a secret that is none.
pub async fn set_webhook(
    settings: &Config,
    brand: BrandId,
    url: WebAddress,
    secret_file: Option<PathBuf>,
) -> anyhow::Result<()> {
    reqwest::Url::parse(url.as_str()).with_context(|| format!("reading the address {url}"))?;
    let given = given_secret(secret_file.as_deref(), SECRET_VARIABLE)?;
    let secret = given.clone().unwrap_or_else(SigningKey::random);
    SigningKey::new(&secret)?;
    let sealed = settings.seal_key()?.seal(&secret, &brand, RelayChannel::Webhook)?;
    set(settings, brand, ChannelSettings::Webhook(Webhook { url, secret: sealed })).await?;
    if given.is_none() {
        println!("{}", serde_json::json!({ "secret": secret }));
    }
    Ok(())
}

/// Nothing goes by that channel any more, until it is set up anew. Errors: the brand has no such channel.
pub async fn switch_off(settings: &Config, brand: BrandId, channel: RelayChannel) -> anyhow::Result<()> {
    keep(settings, Command::SwitchOff { brand, channel }).await
}

/// Prints the channels of one brand or of all, one a line. It may run beside the service: it only reads.
pub fn list(settings: &Config, brand: Option<&BrandId>) -> anyhow::Result<()> {
    let state = kept(settings)?;
    for (known, of_brand) in state.brands().filter(|(known, _)| brand.is_none_or(|brand| brand == *known)) {
        for channel in of_brand.channels.values() {
            println!("{}", serde_json::json!({ "brand": known, "channel": ChannelView::from(channel) }));
        }
    }
    Ok(())
}

async fn set(settings: &Config, brand: BrandId, channel: ChannelSettings) -> anyhow::Result<()> {
    keep(settings, Command::SetChannel { brand, settings: channel }).await
}
