//! `chuancai-cloud offer …` and `purchase …`: what is on sale, and what is taken back.

use anyhow::{Context, bail};
use clap::Subcommand;
use cloud_core::command::Command;
use cloud_core::id::{OfferId, PackageId, PurchaseKey, UserName};
use cloud_core::purchase::{Ask, ByHand, Offer, RefundKey, TransactionId};
use cloud_core::units::Units;
use shared::id::BrandId;
use shared::quantity::Fen;
use uuid::Uuid;

use super::{keep, kept};
use crate::config::Config;
use crate::view::{OfferView, PurchaseView};

/// What can be done about packages on sale.
#[derive(Debug, Subcommand)]
pub enum OfferVerb {
    /// Puts a package on sale, or changes it; purchases that have begun keep what they saw.
    Set {
        /// Its id.
        offer: OfferId,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// Its size.
        #[arg(long)]
        units: u64,
        /// What it costs, in fen.
        #[arg(long)]
        price_fen: i64,
        /// Days after the day it is paid on which it can be used.
        #[arg(long, default_value_t = 365)]
        valid_days: u16,
        /// The only brand that may buy it; without: all.
        #[arg(long)]
        brand: Option<BrandId>,
    },
    /// Sells a package no more.
    Withdraw {
        /// Its id.
        offer: OfferId,
    },
    /// Lists what is on sale.
    List,
}

/// What can be done about purchases.
#[derive(Debug, Subcommand)]
pub enum PurchaseVerb {
    /// Lists a brand's purchases, the newest first.
    List {
        /// The brand.
        brand: BrandId,
    },
    /// Takes back what is available of a paid package. Its part of the price goes back to the buyer by itself.
    Return {
        /// The brand.
        brand: BrandId,
        /// The purchase.
        purchase: Uuid,
    },
    /// Notes that the money of a refund, which the provider ended as CLOSED or ABNORMAL, was brought back by hand. It
    /// is not asked for any more.
    Settle {
        /// The brand.
        brand: BrandId,
        /// The purchase.
        purchase: Uuid,
        /// The payment that goes back, as `purchase list` shows it.
        #[arg(long)]
        transaction: String,
        /// Who brought it back.
        #[arg(long)]
        by: UserName,
        /// How: the transfer's number, for one.
        #[arg(long)]
        note: String,
    },
}

/// Does it. Errors: an offer that cannot be sold, or none of that name.
pub async fn run(settings: &Config, verb: OfferVerb) -> anyhow::Result<()> {
    match verb {
        OfferVerb::Set { offer, name, units, price_fen, valid_days, brand } => {
            let (units, price_fen) = (Units(units), Fen(price_fen));
            let offer = Offer { offer, name, units, price_fen, valid_days };
            keep(settings, Command::Purchase(Ask::SetOffer { offer, brand })).await
        }
        OfferVerb::Withdraw { offer } => {
            keep(settings, Command::Purchase(Ask::WithdrawOffer { offer })).await
        }
        OfferVerb::List => list(settings),
    }
}

/// Does it. Errors: a purchase that is not paid, or of which nothing is available; a refund that the provider may still
/// carry out.
pub async fn run_purchase(settings: &Config, verb: PurchaseVerb) -> anyhow::Result<()> {
    match verb {
        PurchaseVerb::List { brand } => purchases(settings, &brand),
        PurchaseVerb::Return { brand, purchase } => {
            keep(settings, Command::Purchase(Ask::Return { key: PurchaseKey { brand, purchase } })).await
        }
        PurchaseVerb::Settle { brand, purchase, transaction, by, note } => {
            let key = PurchaseKey { brand, purchase };
            let refund = RefundKey { key, transaction: TransactionId(transaction) };
            let by_hand = ByHand { by, note };
            keep(settings, Command::Purchase(Ask::SettleRefund { refund, by_hand })).await
        }
    }
}

/// Takes what is available of any package back, without money. Errors: no such package.
pub async fn revoke(settings: &Config, brand: BrandId, package: PackageId) -> anyhow::Result<()> {
    keep(settings, Command::Purchase(Ask::Revoke { brand, package })).await
}

/// Prints what is on sale, one a line. It may run beside the service: it only reads.
fn list(settings: &Config) -> anyhow::Result<()> {
    for (offer, brand) in kept(settings)?.all_offers() {
        println!("{}", serde_json::json!({ "offer": OfferView::from(offer), "brand": brand }));
    }
    Ok(())
}

/// Prints a brand's purchases, the newest first, one a line. It may run beside the service: it only reads.
fn purchases(settings: &Config, brand: &BrandId) -> anyhow::Result<()> {
    let state = kept(settings)?;
    if state.brand(brand).is_none() {
        bail!("there is no brand {brand}");
    }
    for purchase in state.purchases(brand) {
        println!("{}", serde_json::to_string(&PurchaseView::from(purchase)).context("writing a purchase")?);
    }
    Ok(())
}
