//! `chuancai-cloud subscription …`: where the brands' own systems are called, and about what. As with channels, a
//! secret comes from a file or from the environment, or is made and printed once.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use cloud_core::channel::WebAddress;
use cloud_core::command::Command;
use cloud_core::id::SubscriptionId;
use cloud_core::outbox::{Ask, Subscription, Topic};
use cloud_core::units::Units;
use shared::id::BrandId;

use super::channel::SECRET_VARIABLE;
use super::{given_secret, keep, kept};
use crate::calling_back::purpose;
use crate::config::Config;
use crate::gateway::webhook::SigningKey;
use crate::view::SubscriptionView;

/// What can be done about subscriptions.
#[derive(Debug, Subcommand)]
pub enum SubscriptionVerb {
    /// Subscribes, anew if it is known. Its secret (whsec_…) comes from a file, or from
    /// CHUANCAI_CLOUD_CHANNEL_SECRET; without either a new one is printed, the only time.
    Set(NewSubscription),
    /// Ends a subscription. What waits for it is forgotten.
    Remove {
        /// The brand.
        brand: BrandId,
        /// Which.
        subscription: SubscriptionId,
    },
    /// Tells what was given up after all.
    Resend {
        /// The brand.
        brand: BrandId,
        /// To whom.
        subscription: SubscriptionId,
    },
    /// Sets below what number of available units a brand is told.
    LowBalance {
        /// The brand.
        brand: BrandId,
        /// The limit; without it the brand is not told.
        units: Option<u64>,
    },
    /// Lists the subscriptions, without their secrets.
    List {
        /// Of this brand alone.
        brand: Option<BrandId>,
    },
}

/// Where a system wants to be called, and about what.
#[derive(Debug, Args)]
pub struct NewSubscription {
    /// The brand.
    brand: BrandId,
    /// What people will call it.
    subscription: SubscriptionId,
    /// Where it is called, by POST.
    #[arg(long)]
    url: WebAddress,
    /// About what; may be given again.
    #[arg(long = "topic", value_enum, required = true)]
    topics: Vec<TopicName>,
    /// A file with the secret and nothing else.
    #[arg(long)]
    secret_file: Option<PathBuf>,
}

/// What one can subscribe to.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum TopicName {
    /// The carrier took a message.
    MessageAccepted,
    /// Nothing more can happen to a message.
    MessageFinal,
    /// What is available has fallen below the brand's limit.
    LowBalance,
    /// A freeze was given back because its time was over.
    FreezeLapsed,
    /// A package was paid.
    PurchasePaid,
}

impl From<TopicName> for Topic {
    fn from(name: TopicName) -> Self {
        match name {
            TopicName::MessageAccepted => Self::MessageAccepted,
            TopicName::MessageFinal => Self::MessageFinal,
            TopicName::LowBalance => Self::LowBalance,
            TopicName::FreezeLapsed => Self::FreezeLapsed,
            TopicName::PurchasePaid => Self::PurchasePaid,
        }
    }
}

/// Does it. Errors: the service runs, or the rules say no.
pub async fn run(settings: &Config, verb: SubscriptionVerb) -> anyhow::Result<()> {
    let ask = match verb {
        SubscriptionVerb::Set(asked) => return set(settings, asked).await,
        SubscriptionVerb::List { brand } => return list(settings, brand.as_ref()),
        SubscriptionVerb::Remove { brand, subscription } => Ask::Unsubscribe { brand, subscription },
        SubscriptionVerb::Resend { brand, subscription } => Ask::Resend { brand, subscription },
        SubscriptionVerb::LowBalance { brand, units } => Ask::SetLimit { brand, limit: units.map(Units) },
    };
    keep(settings, Command::Outbox(ask)).await
}

async fn set(settings: &Config, asked: NewSubscription) -> anyhow::Result<()> {
    let NewSubscription { brand, subscription, url, topics, secret_file } = asked;
    reqwest::Url::parse(url.as_str()).with_context(|| format!("reading the address {url}"))?;
    let given = given_secret(secret_file.as_deref(), SECRET_VARIABLE)?;
    let secret = given.clone().unwrap_or_else(SigningKey::random);
    SigningKey::new(&secret)?;
    let sealed = settings.seal_key()?.seal_for(&secret, &purpose(&brand, &subscription))?;
    let topics = topics.into_iter().map(Topic::from).collect();
    let settings_of = Subscription { url, secret: sealed, topics };
    let ask = Ask::Subscribe { brand, subscription, settings: settings_of };
    keep(settings, Command::Outbox(ask)).await?;
    if given.is_none() {
        println!("{}", serde_json::json!({ "secret": secret }));
    }
    Ok(())
}

/// It may run beside the service: it only reads.
fn list(settings: &Config, brand: Option<&BrandId>) -> anyhow::Result<()> {
    let state = kept(settings)?;
    for (known, of_brand) in state.brands().filter(|(known, _)| brand.is_none_or(|brand| brand == *known)) {
        for subscriber in &of_brand.outbox.subscribers {
            let shown = SubscriptionView::from(subscriber);
            println!("{}", serde_json::json!({ "brand": known, "subscription": shown }));
        }
    }
    Ok(())
}
