//! The commands beside `serve`. They write through the same journal, so the service must not run meanwhile.

pub mod books;
pub mod carrier;
pub mod channel;
pub mod key;
pub mod offer;
pub mod subscription;
pub mod user;

use std::path::Path;

use anyhow::{Context, bail};
use cloud_core::command::Command;
use cloud_core::dispatch::Rules;
use cloud_core::id::{BoxKey, PackageId, ShopKey};
use cloud_core::ledger::{Origin, Package};
use cloud_core::sms::Signature;
use cloud_core::state::State;
use cloud_core::units::Units;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use shared::id::{BoxId, BrandId, ShopId};

use crate::broker_files;
use crate::config::Config;
use crate::secret;
use crate::service::Books;

/// One change, kept. Errors: the service runs, or the rules say no.
async fn keep(settings: &Config, command: Command) -> anyhow::Result<()> {
    let books = Books::open_soon(settings)?;
    let kept = books.journal.ask(command, |_, _| ()).await;
    books.close().await?;
    Ok(kept?)
}

/// What is kept, for whoever only reads: it may run beside the service. Errors: a journal that cannot be read.
fn kept(settings: &Config) -> anyhow::Result<State> {
    let mut state = State::new(Rules::default());
    settings.place()?.read()?.load(&mut |entries| state.apply_all(&entries))?;
    Ok(state)
}

/// Adds a brand and prints its API key, the only time.
pub async fn add_brand(
    settings: &Config,
    brand: BrandId,
    name: String,
    signature: Signature,
) -> anyhow::Result<()> {
    let key = secret::random();
    let api_key = secret::hash(&key);
    keep(settings, Command::AddBrand { brand: brand.clone(), name, signature, api_key }).await?;
    println!("{}", serde_json::json!({ "brand": brand, "api_key": key }));
    Ok(())
}

/// Adds a shop. Errors: a time zone that this machine does not know.
pub async fn add_shop(settings: &Config, at: ShopKey, name: String, time_zone: String) -> anyhow::Result<()> {
    TimeZone::get(&time_zone).with_context(|| format!("no time zone is called {time_zone:?}"))?;
    let ShopKey { brand, shop } = at;
    keep(settings, Command::AddShop { brand, shop, name, time_zone }).await
}

/// Registers a box, or gives it a new password, and prints what the box needs to connect.
pub async fn add_box(settings: &Config, brand: BrandId, shop: ShopId, box_id: BoxId) -> anyhow::Result<()> {
    let key = BoxKey { at: ShopKey { brand, shop }, box_id };
    let password = secret::random();
    let hashed = broker_files::hash(&password);
    keep(settings, Command::AddBox { key: key.clone(), password: hashed }).await?;
    let printed = serde_json::json!({
        "partition": settings.broker.partition,
        "username": broker_files::user_of(&key),
        "password": password,
    });
    println!("{printed}");
    Ok(())
}

/// Adds a package to a brand's account, once (S1).
pub async fn add_package(settings: &Config, brand: BrandId, package: PackageAsked) -> anyhow::Result<()> {
    let PackageAsked { purchase, units, expires_on, name, origin } = package;
    let package = Package { package: purchase, origin, name, units: Units(units), expires_on };
    keep(settings, Command::AddPackage { brand, package }).await
}

/// A package to add.
#[derive(Debug, Clone)]
pub struct PackageAsked {
    /// The purchase.
    pub purchase: PackageId,
    /// Its size.
    pub units: u64,
    /// Its last day.
    pub expires_on: Date,
    /// What people call it.
    pub name: String,
    /// Bought or granted.
    pub origin: Origin,
}

/// Writes the users and rules of the boxes' broker. It may run beside the service: it only reads.
pub fn write_broker_files(settings: &Config, folder: &Path) -> anyhow::Result<()> {
    broker_files::write(folder, &settings.broker, &kept(settings)?)
}

/// The secret of the file, or of that variable of the environment. `None`: neither is given. Errors: an empty one.
fn given_secret(file: Option<&Path>, variable: &str) -> anyhow::Result<Option<String>> {
    let text = match file {
        Some(file) => {
            let read = std::fs::read_to_string(file);
            Some(read.with_context(|| format!("reading the secret from {}", file.display()))?)
        }
        None => std::env::var(variable).ok(),
    };
    let Some(text) = text else { return Ok(None) };
    match text.trim() {
        "" => bail!("the secret is empty"),
        secret => Ok(Some(secret.to_owned())),
    }
}
