//! `chuancai-cloud user …`: the people who sign in to the dashboard, and what they may see and do there.

use std::io::{IsTerminal, Read};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand, ValueEnum};
use cloud_core::access::{Ask, Role};
use cloud_core::command::Command;
use cloud_core::id::UserName;
use shared::id::{BrandId, ShopId};

use super::{keep, kept};
use crate::config::Config;
use crate::secret;
use crate::view::role_word;

/// What can be done about people.
#[derive(Debug, Subcommand)]
pub enum UserVerb {
    /// Lets somebody sign in, or gives them a new password and role: the password piped in, or one that is printed.
    /// Whoever was signed in signs in anew.
    Add(NewUser),
    /// Lets somebody sign in no more, and ends their sessions.
    Remove {
        /// The brand they belong to.
        brand: BrandId,
        /// Who.
        user: UserName,
    },
    /// Lists the people, without their passwords.
    List {
        /// Of this brand alone.
        brand: Option<BrandId>,
    },
}

/// Somebody who may sign in.
#[derive(Debug, Args)]
pub struct NewUser {
    /// The brand they belong to.
    brand: BrandId,
    /// Who.
    user: UserName,
    /// What they may see and do.
    #[arg(long, value_enum, default_value = "owner")]
    role: RoleName,
    /// The shop of a shop's own people.
    #[arg(long, required_if_eq("role", "shop"))]
    shop: Option<ShopId>,
}

/// What somebody may see and do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Everything of the brand.
    Owner,
    /// Sees everything of the brand, and changes nothing.
    Viewer,
    /// Sees one shop's orders and messages.
    Shop,
}

/// Does it. Errors: the service runs, or the rules say no.
pub async fn run(settings: &Config, verb: UserVerb) -> anyhow::Result<()> {
    match verb {
        UserVerb::Add(asked) => add(settings, asked).await,
        UserVerb::Remove { brand, user } => {
            keep(settings, Command::Access(Ask::RemoveUser { brand, user })).await
        }
        UserVerb::List { brand } => list(settings, brand.as_ref()),
    }
}

async fn add(settings: &Config, asked: NewUser) -> anyhow::Result<()> {
    let NewUser { brand, user, role, shop } = asked;
    let role = match (role, shop) {
        (RoleName::Shop, shop) => Role::Shop { shop: shop.context("whose people: --shop")? },
        (RoleName::Owner | RoleName::Viewer, Some(_)) => {
            anyhow::bail!("--shop goes with --role shop: the others see every shop")
        }
        (RoleName::Owner, None) => Role::Owner,
        (RoleName::Viewer, None) => Role::Viewer,
    };
    let given = piped_password()?;
    let chosen = given.clone().unwrap_or_else(|| secret::random()[..16].to_owned());
    ensure!(chosen.chars().count() >= 8, "a password has at least 8 characters");
    let password = secret::hash_password(&chosen)?;
    keep(settings, Command::AddUser { brand, user: user.clone(), password, role }).await?;
    let printed = match given {
        Some(_) => serde_json::json!({ "user": user }),
        None => serde_json::json!({ "user": user, "password": chosen }),
    };
    println!("{printed}");
    Ok(())
}

/// It may run beside the service: it only reads.
fn list(settings: &Config, brand: Option<&BrandId>) -> anyhow::Result<()> {
    let state = kept(settings)?;
    for (user, known) in state.users().filter(|(_, known)| brand.is_none_or(|brand| *brand == known.brand)) {
        let shop = match &known.role {
            Role::Shop { shop } => Some(shop),
            Role::Owner | Role::Viewer => None,
        };
        let role = role_word(&known.role);
        let printed = serde_json::json!({ "brand": known.brand, "user": user, "role": role, "shop": shop });
        println!("{printed}");
    }
    Ok(())
}

fn piped_password() -> anyhow::Result<Option<String>> {
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(None);
    }
    let mut text = String::new();
    stdin.read_to_string(&mut text).context("reading the password from the standard input")?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    Ok((!password.is_empty()).then_some(password))
}
