//! `chuancai-cloud offer …` and `purchase …`: what is on sale, and what is taken back.

use anyhow::{Context, bail};
use cloud_core::command::Command;
use cloud_core::id::{OfferId, PackageId, PurchaseKey};
use cloud_core::purchase::{Ask, Offer};
use cloud_core::sms::Patience;
use cloud_core::state::State;
use shared::id::BrandId;
use uuid::Uuid;

use super::keep;
use crate::config::Config;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;
use crate::view::{OfferView, PurchaseView};

/// Puts a package on sale, or changes it. Errors: one that cannot be sold.
pub async fn set(settings: &Config, offer: Offer, brand: Option<BrandId>) -> anyhow::Result<()> {
    keep(settings, Command::Purchase(Ask::SetOffer { offer, brand })).await
}

/// Sells it no more. Errors: it is not on sale.
pub async fn withdraw(settings: &Config, offer: OfferId) -> anyhow::Result<()> {
    keep(settings, Command::Purchase(Ask::WithdrawOffer { offer })).await
}

/// Prints what is on sale, one a line. It may run beside the service: it only reads.
pub fn list(settings: &Config) -> anyhow::Result<()> {
    for (offer, brand) in read(settings)?.all_offers() {
        println!("{}", serde_json::json!({ "offer": OfferView::from(offer), "brand": brand }));
    }
    Ok(())
}

/// Prints a brand's purchases, the newest first, one a line. It may run beside the service: it only reads.
pub fn purchases(settings: &Config, brand: &BrandId) -> anyhow::Result<()> {
    let state = read(settings)?;
    if state.brand(brand).is_none() {
        bail!("there is no brand {brand}");
    }
    for purchase in state.purchases(brand) {
        println!("{}", serde_json::to_string(&PurchaseView::from(purchase)).context("writing a purchase")?);
    }
    Ok(())
}

/// Takes what is available of a paid package back; the money for it goes back by itself once the service runs.
/// Errors: it is not paid, or nothing of it is available.
pub async fn take_back(settings: &Config, brand: BrandId, purchase: Uuid) -> anyhow::Result<()> {
    keep(settings, Command::Purchase(Ask::Return { key: PurchaseKey { brand, purchase } })).await
}

/// Takes what is available of any package back, without money. Errors: no such package.
pub async fn revoke(settings: &Config, brand: BrandId, package: PackageId) -> anyhow::Result<()> {
    keep(settings, Command::Purchase(Ask::Revoke { brand, package })).await
}

fn read(settings: &Config) -> anyhow::Result<State> {
    let mut state = State::new(Patience::default());
    SqliteStore::open(&settings.state.folder)?.load(&mut |entries| state.apply_all(&entries))?;
    Ok(state)
}
