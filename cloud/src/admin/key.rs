//! `chuancai-cloud key …`: the keys of the brands' own systems. A secret is printed once, when it is made.

use clap::{Subcommand, ValueEnum};
use cloud_core::access::{Ask, KeyName, Scope};
use cloud_core::command::Command;
use jiff::{SignedDuration, Timestamp};
use shared::id::BrandId;

use super::{keep, kept};
use crate::config::Config;
use crate::secret;
use crate::view::KeyView;

/// What can be done about keys.
#[derive(Debug, Subcommand)]
pub enum KeyVerb {
    /// Makes a key and prints it, the only time.
    Add {
        /// The brand.
        brand: BrandId,
        /// What people will call it: the system that gets it.
        name: KeyName,
        /// What it opens; may be given again.
        #[arg(long = "scope", value_enum, required = true)]
        scopes: Vec<ScopeName>,
        /// From when on it opens nothing any more: 2027-12-31T00:00:00+08:00.
        #[arg(long)]
        expires: Option<Timestamp>,
    },
    /// Gives a key a new secret and prints it, the only time; the old one is good for a while.
    Rotate {
        /// The brand.
        brand: BrandId,
        /// The key.
        name: KeyName,
        /// Hours for which the old secret is good beside the new one.
        #[arg(long, default_value_t = 24)]
        grace_h: u32,
    },
    /// Takes a key away, at once.
    Revoke {
        /// The brand.
        brand: BrandId,
        /// The key.
        name: KeyName,
    },
    /// Lists the keys, without their secrets.
    List {
        /// Of this brand alone.
        brand: Option<BrandId>,
    },
}

/// What a key opens.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ScopeName {
    /// Balance, messages, lists.
    Read,
    /// Units frozen, paid, released and reported.
    Ledger,
    /// Messages sent.
    Send,
}

impl From<ScopeName> for Scope {
    fn from(name: ScopeName) -> Self {
        match name {
            ScopeName::Read => Self::Read,
            ScopeName::Ledger => Self::Ledger,
            ScopeName::Send => Self::Send,
        }
    }
}

/// Does it. Errors: the service runs, or the rules say no.
pub async fn run(settings: &Config, verb: KeyVerb) -> anyhow::Result<()> {
    match verb {
        KeyVerb::Add { brand, name, scopes, expires } => {
            let (key, secret) = secret::api_key();
            let scopes = scopes.into_iter().map(Scope::from).collect();
            let (of, called) = (brand.clone(), name.clone());
            let ask = Ask::AddKey { brand: of, name: called, scopes, expires_at: expires, secret };
            keep(settings, Command::Access(ask)).await?;
            print_made(&brand, &name, &key);
        }
        KeyVerb::Rotate { brand, name, grace_h } => {
            let (key, secret) = secret::api_key();
            let grace = SignedDuration::from_hours(grace_h.into());
            let ask = Ask::RotateKey { brand: brand.clone(), name: name.clone(), secret, grace };
            keep(settings, Command::Access(ask)).await?;
            print_made(&brand, &name, &key);
        }
        KeyVerb::Revoke { brand, name } => {
            keep(settings, Command::Access(Ask::RevokeKey { brand, name })).await?;
        }
        KeyVerb::List { brand } => list(settings, brand.as_ref())?,
    }
    Ok(())
}

fn print_made(brand: &BrandId, name: &KeyName, key: &str) {
    println!("{}", serde_json::json!({ "brand": brand, "name": name, "key": key }));
}

/// It may run beside the service: it only reads.
fn list(settings: &Config, brand: Option<&BrandId>) -> anyhow::Result<()> {
    let (state, now) = (kept(settings)?, Timestamp::now());
    for (known, _) in state.brands().filter(|(known, _)| brand.is_none_or(|brand| brand == *known)) {
        for key in state.keys().of_brand(known) {
            let key = KeyView::new(key, now, |_| None);
            println!("{}", serde_json::json!({ "brand": known, "key": key }));
        }
    }
    Ok(())
}
