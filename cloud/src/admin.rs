//! The commands beside `serve`. They write through the same journal, so the service must not run meanwhile.

pub mod carrier;
pub mod channel;

use std::io::{IsTerminal, Read};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use cloud_core::audit::Tally;
use cloud_core::command::Command;
use cloud_core::id::{BoxKey, PackageId, ShopKey, UserName};
use cloud_core::ledger::{Origin, Package};
use cloud_core::sms::{Patience, Signature};
use cloud_core::state::State;
use cloud_core::units::Units;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use shared::id::{BoxId, BrandId, ShopId};

use crate::broker_files;
use crate::config::Config;
use crate::secret;
use crate::service::{Books, Folder};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

/// One change, kept. Errors: the service runs, or the rules say no.
async fn keep(settings: &Config, command: Command) -> anyhow::Result<()> {
    let books = Books::open(settings)?;
    books.journal.ask(command, |_, _| ()).await?;
    Ok(())
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

/// Lets somebody sign in, or gives them a new password: the one piped in, or a new one, which is printed.
pub async fn add_user(settings: &Config, brand: BrandId, user: UserName) -> anyhow::Result<()> {
    let given = piped_password()?;
    let chosen = given.clone().unwrap_or_else(|| secret::random()[..16].to_owned());
    ensure!(chosen.chars().count() >= 8, "a password has at least 8 characters");
    let password = secret::hash_password(&chosen)?;
    keep(settings, Command::AddUser { brand, user: user.clone(), password }).await?;
    let printed = match given {
        Some(_) => serde_json::json!({ "user": user }),
        None => serde_json::json!({ "user": user, "password": chosen }),
    };
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
    let mut state = State::new(Patience::default());
    SqliteStore::open(&settings.state.folder)?.load(&mut |entries| state.apply_all(&entries))?;
    broker_files::write(folder, &settings.broker, &state)
}

/// Proves from the journal that the books balance, per brand and per package (S13), and that the lists show
/// what the journal says. Errors: the first difference.
pub fn audit(settings: &Config) -> anyhow::Result<()> {
    let _folder = Folder::take(&settings.state.folder)?;
    let mut store = SqliteStore::open(&settings.state.folder)?;
    let (mut tally, mut state) = (Tally::default(), State::new(settings.sending.patience()));
    let mut counted = Ok(());
    store.load(&mut |entries| {
        for entry in &entries {
            if counted.is_ok() {
                counted = tally.count(entry);
            }
        }
        if counted.is_ok() {
            state.apply_all(&entries);
        }
    })?;
    counted?;
    tally.compare(&state)?;
    let listed = crate::store::compare_lists(&store.records(), &state)?;
    println!(
        "the books balance: {} entries, {} brands, {listed} messages",
        tally.entries(),
        state.brands().count()
    );
    Ok(())
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
