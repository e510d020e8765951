//! `chuancai-cloud carrier …`: the accounts with SMS carriers, and which of them takes whose messages.
//!
//! A secret comes from a file or from the environment, never from the command line: other users of the machine see
//! that one. What is printed holds no secret but the address of the call-backs, which belongs into the vendor's
//! console.

use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use cloud_core::carrier::{
    Ask, CarrierAccount, CarrierSecret, Hook, HookCaller, Protocol, ReceiptIds, Receipts, Route, Smpp,
    Template, Templates, VendorText,
};
use cloud_core::channel::WebAddress;
use cloud_core::command::Command;
use cloud_core::id::CarrierAccountId;
use cloud_core::sms::Kind;
use ipnet::IpNet;
use serde_json::json;
use shared::id::BrandId;

use crate::config::Config;
use crate::gateway::carriers::{hook_url, secret_purpose, token_of, token_purpose};
use crate::seal::SealKey;
use crate::secret;

/// Where a secret is looked for when no file is named.
pub const SECRET_VARIABLE: &str = "CHUANCAI_CLOUD_CARRIER_SECRET";

/// What can be done about carriers.
#[derive(Debug, Subcommand)]
pub enum CarrierVerb {
    /// Sets up an account with Chuanglan (v1, free text), anew if it is there. Its secret is the API password.
    Chuanglan {
        /// What every account has.
        #[command(flatten)]
        account: AccountArgs,
        /// The API account, which is not the console's login.
        #[arg(long)]
        login: VendorText,
        /// The host shown in the console for this account.
        #[arg(long, default_value = "https://smssh1.253.com")]
        host: WebAddress,
    },
    /// Sets up an account with Chuanglan (v2, approved templates). Its secret is the API password.
    ChuanglanTemplate {
        /// What every account has.
        #[command(flatten)]
        account: AccountArgs,
        /// The API account, which is not the console's login.
        #[arg(long)]
        login: VendorText,
        /// The host shown in the console for this account.
        #[arg(long, default_value = "https://smssh.253.com")]
        host: WebAddress,
        /// What was approved.
        #[command(flatten)]
        approved: Approved,
    },
    /// Sets up an account with Tencent Cloud SMS (approved templates). Its secret is the SecretKey.
    TencentSms {
        /// What every account has.
        #[command(flatten)]
        account: AccountArgs,
        /// The id of the key (SecretId).
        #[arg(long)]
        secret_id: VendorText,
        /// The SMS application (SmsSdkAppId).
        #[arg(long)]
        application: VendorText,
        /// The region.
        #[arg(long, default_value = "ap-guangzhou")]
        region: VendorText,
        /// The vendor's host.
        #[arg(long, default_value = "https://sms.tencentcloudapi.com")]
        host: WebAddress,
        /// What was approved.
        #[command(flatten)]
        approved: Approved,
    },
    /// Sets up an account with an SMSC that speaks SMPP 3.4. Its secret is the password.
    Smpp {
        /// What every account has.
        #[command(flatten)]
        account: AccountArgs,
        /// smpp://HOST:PORT, or smpps:// with TLS.
        #[arg(long)]
        address: VendorText,
        /// Who we are there.
        #[arg(long)]
        system_id: VendorText,
        /// What kind of system we are, where the SMSC asks.
        #[arg(long)]
        system_type: Option<VendorText>,
        /// The number or name that the texts come from.
        #[arg(long)]
        source: VendorText,
        /// What stands before a number.
        #[arg(long, default_value = "86")]
        country: VendorText,
        /// Submits that may wait for their answers at once.
        #[arg(long, default_value = "10")]
        window: NonZeroU16,
        /// How receipts write the ids that answers gave.
        #[arg(long, value_enum, default_value = "same")]
        receipt_ids: ReceiptIdsName,
    },
    /// Uses an account for a brand's messages, or for all brands', of one kind or of all.
    Use {
        /// The account; "default" is the one in the settings.
        account: CarrierAccountId,
        /// For whom and what.
        #[command(flatten)]
        route: RouteArgs,
    },
    /// Gives such a use up: the next wider one holds.
    Unuse {
        /// For whom and what.
        #[command(flatten)]
        route: RouteArgs,
    },
    /// Lists accounts and uses, without secrets.
    List,
}

/// What every account has.
#[derive(Debug, Args)]
pub struct AccountArgs {
    /// Our name for it.
    id: CarrierAccountId,
    /// Whose it is; without it every brand may use it.
    #[arg(long)]
    brand: Option<BrandId>,
    /// Messages it takes in a second.
    #[arg(long, default_value = "100")]
    per_second: NonZeroU32,
    /// Numbers in one call; without it as many as the vendor surely takes.
    #[arg(long)]
    batch_max: Option<NonZeroU16>,
    /// Whether the vendor brings its receipts or is asked for them; the vendor's console must say the same.
    #[arg(long, value_enum, default_value = "brought")]
    receipts: ReceiptsName,
    /// A network from which its receipts come: 192.0.2.0/24; may be given again. None: from anywhere.
    #[arg(long, value_name = "NETWORK")]
    from: Vec<IpNet>,
    /// Gives its receipts another address; the old one is good no more.
    #[arg(long)]
    new_token: bool,
    /// A file with its secret and nothing else.
    #[arg(long)]
    secret_file: Option<PathBuf>,
}

/// What a carrier has approved.
#[derive(Debug, Args)]
pub struct Approved {
    /// An approved text, without its signature: 1234=您的验证码是{1}，{2}分钟内有效。 May be given again.
    #[arg(long = "template", value_name = "ID=TEXT", required = true)]
    templates: Vec<Template>,
}

/// For whom and what.
#[derive(Debug, Args)]
pub struct RouteArgs {
    /// For this brand; without it for every one.
    #[arg(long)]
    brand: Option<BrandId>,
    /// For this kind; without it for every one.
    #[arg(long, value_enum)]
    kind: Option<KindName>,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KindName {
    /// 验证码
    Verification,
    /// 通知
    Notification,
    /// 营销
    Marketing,
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Verification => Self::Verification,
            KindName::Notification => Self::Notification,
            KindName::Marketing => Self::Marketing,
        }
    }
}

/// How an account's receipts come, and what receivers answer.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ReceiptsName {
    /// The vendor calls us, or uses the connection that we hold open.
    Brought,
    /// We ask for them: for a service that has no public address.
    Fetched,
}

impl From<ReceiptsName> for Receipts {
    fn from(name: ReceiptsName) -> Self {
        match name {
            ReceiptsName::Brought => Self::Brought,
            ReceiptsName::Fetched => Self::Fetched,
        }
    }
}

/// How an SMSC's receipts write ids.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ReceiptIdsName {
    /// As its answers do.
    Same,
    /// In decimal; its answers are in hexadecimal.
    Decimal,
    /// In hexadecimal; its answers are in decimal.
    Hexadecimal,
}

impl From<ReceiptIdsName> for ReceiptIds {
    fn from(name: ReceiptIdsName) -> Self {
        match name {
            ReceiptIdsName::Same => Self::Same,
            ReceiptIdsName::Decimal => Self::Decimal,
            ReceiptIdsName::Hexadecimal => Self::Hexadecimal,
        }
    }
}

impl From<RouteArgs> for Route {
    fn from(RouteArgs { brand, kind }: RouteArgs) -> Self {
        Self { brand, kind: kind.map(Kind::from) }
    }
}

/// Does it. Errors: the service runs, no secret is given, or the rules say no.
pub async fn run(settings: &Config, verb: CarrierVerb) -> anyhow::Result<()> {
    match verb {
        CarrierVerb::Chuanglan { account, login, host } => {
            set(settings, account, Protocol::Chuanglan { base_url: host, account: login }).await
        }
        CarrierVerb::ChuanglanTemplate { account, login, host, approved } => {
            let templates = Templates(approved.templates);
            let protocol = Protocol::ChuanglanTemplate { base_url: host, account: login, templates };
            set(settings, account, protocol).await
        }
        CarrierVerb::TencentSms { account, secret_id, application, region, host, approved } => {
            let templates = Templates(approved.templates);
            let protocol = Protocol::TencentSms { base_url: host, region, application, secret_id, templates };
            set(settings, account, protocol).await
        }
        CarrierVerb::Smpp {
            account,
            address,
            system_id,
            system_type,
            source,
            country,
            window,
            receipt_ids,
        } => {
            let receipt_ids = receipt_ids.into();
            let smpp = Smpp { address, system_id, system_type, source, country, window, receipt_ids };
            set(settings, account, Protocol::Smpp(smpp)).await
        }
        CarrierVerb::Use { account, route } => {
            let ask = Ask::Use { route: route.into(), account: Some(account) };
            super::keep(settings, Command::Carrier(ask)).await
        }
        CarrierVerb::Unuse { route } => {
            super::keep(settings, Command::Carrier(Ask::Use { route: route.into(), account: None })).await
        }
        CarrierVerb::List => list(settings),
    }
}

async fn set(settings: &Config, asked: AccountArgs, protocol: Protocol) -> anyhow::Result<()> {
    let receipts = Receipts::from(asked.receipts);
    ensure!(
        receipts == Receipts::Brought || (asked.from.is_empty() && !asked.new_token),
        "--from and --new-token are about receipts that are brought"
    );
    let given = super::given_secret(asked.secret_file.as_deref(), SECRET_VARIABLE)?;
    let key = settings.seal_key()?;
    let state = super::kept(settings)?;
    let known = state.carrier(&asked.id);
    let secret = match (given, known.map(|known| &known.secret)) {
        (Some(secret), _) => CarrierSecret::Sealed(key.seal_for(&secret, &secret_purpose(&asked.id))?),
        (None, Some(sealed @ CarrierSecret::Sealed(_))) => sealed.clone(),
        (None, Some(CarrierSecret::OfSettings) | None) => {
            bail!("the account's secret is missing: give it by --secret-file or in {SECRET_VARIABLE}")
        }
    };
    let before = known.and_then(|known| known.hook.as_ref()).filter(|_| !asked.new_token);
    let caller = protocol.caller();
    let hook = match (receipts, caller) {
        (Receipts::Brought, Some(_)) => Some(hook(&key, &asked, before)?),
        (Receipts::Brought, None) => None,
        // What was under way when the vendor's console was switched over still finds its door.
        (Receipts::Fetched, _) => before.cloned(),
    };
    let usual = protocol.numbers_usual();
    let account = CarrierAccount {
        brand: asked.brand,
        protocol,
        secret,
        hook: hook.clone(),
        receipts,
        per_second: asked.per_second,
        batch_max: asked.batch_max.unwrap_or(usual),
        id: asked.id,
    };
    let id = account.id.clone();
    super::keep(settings, Command::Carrier(Ask::Set(Box::new(account)))).await?;
    let called = hook.zip(caller).filter(|_| receipts == Receipts::Brought);
    let report_url = called.and_then(|(hook, caller)| {
        Some(hook_url(&settings.hooks.public_url, caller, &token_of(&key, &id, &hook)?))
    });
    let reply_url = report_url.as_ref().map(|url: &String| url.replace("/report", "/mo"));
    println!(
        "{}",
        json!({ "account": id, "receipts": receipts, "report_url": report_url, "reply_url": reply_url })
    );
    Ok(())
}

/// The account's call-backs: under the address they had, or a new one.
fn hook(key: &SealKey, asked: &AccountArgs, before: Option<&Hook>) -> anyhow::Result<Hook> {
    let from = asked.from.clone();
    if let Some(before) = before {
        return Ok(Hook { from, ..before.clone() });
    }
    let token = secret::random();
    let sealed = key.seal_for(&token, &token_purpose(&asked.id))?;
    Ok(Hook { token: secret::hash(&token), sealed, from })
}

/// Prints accounts and uses, one a line. It may run beside the service: it only reads.
fn list(settings: &Config) -> anyhow::Result<()> {
    let state = super::kept(settings)?;
    for account in state.carriers() {
        let from = account.hook.as_ref().map(|hook| &hook.from);
        let printed = json!({
            "account": account.id, "brand": account.brand, "protocol": account.protocol.word(),
            "free_text": account.protocol.takes_free_text(), "per_second": account.per_second,
            "batch_max": account.batch_max, "receipts": account.receipts, "call_backs_from": from,
            "reports": account.protocol.caller().map(HookCaller::word),
        });
        println!("{printed}");
    }
    for (route, account) in state.carrier_routes() {
        println!("{}", json!({ "use": account, "brand": route.brand, "kind": route.kind }));
    }
    Ok(())
}
