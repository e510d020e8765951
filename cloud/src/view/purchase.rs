//! What is on sale, and what became of purchases, as the dashboard shows it.

use cloud_core::purchase::{CloseReason, Offer, Purchase, RefundReason, RefundState, Standing};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A package on sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferView {
    /// Its id.
    pub offer: String,
    /// What people call it.
    pub name: String,
    /// Its size.
    pub units: u64,
    /// What it costs.
    pub price_fen: i64,
    /// Days after the day it is paid on which it can be used.
    pub valid_days: u16,
}

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PurchaseView {
    /// The buyer's id of it.
    pub purchase: Uuid,
    /// The payment provider's and the package's (`out_trade_no`).
    pub number: String,
    /// What, as it was on sale when it was asked for.
    pub offer: OfferView,
    /// Who asked.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// Until when it can be paid.
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Timestamp,
    /// Where it stands.
    pub state: PurchaseStateView,
    /// Why it is closed: `unpaid`, `given_up`, `refused`, `wrong_amount`, `refunded_elsewhere`.
    pub reason: Option<String>,
    /// What to scan, while it can be paid and once the provider made it.
    pub code_url: Option<String>,
    /// When it brought its package.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paid_at: Option<Timestamp>,
    /// All money that goes back.
    pub refunds: Vec<RefundView>,
}

/// Where a purchase stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseStateView {
    /// It waits for money.
    Open,
    /// It brought its package.
    Paid,
    /// It brings nothing.
    Closed,
    /// Money goes back.
    Refunding,
    /// Money went back, and no package is left of it.
    Refunded,
}

/// Money that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefundView {
    /// Which payment, by the provider's id.
    pub transaction: String,
    /// How much.
    pub amount_fen: i64,
    /// Why: `wrong_amount`, `late`, `twice`, `returned`.
    #[schema(value_type = String)]
    pub reason: RefundReason,
    /// How far it is: `due`, `taken`, `done`, `by_hand`.
    pub state: String,
    /// Why the provider refused it last, while it is due; who brought it back by hand, and how.
    pub trouble: Option<String>,
}

impl From<&Offer> for OfferView {
    fn from(offer: &Offer) -> Self {
        Self {
            offer: offer.offer.to_string(),
            name: offer.name.clone(),
            units: offer.units.0,
            price_fen: offer.price_fen.0,
            valid_days: offer.valid_days,
        }
    }
}

impl From<&Purchase> for PurchaseView {
    fn from(purchase: &Purchase) -> Self {
        let (code_url, reason) = match &purchase.standing {
            Standing::Open { code, given_up: false } => (code.as_ref().map(|code| code.0.clone()), None),
            Standing::Closed { reason, .. } => (None, Some(reason_word(reason).to_owned())),
            Standing::Open { given_up: true, .. } | Standing::Paid { .. } | Standing::Returned { .. } => {
                (None, None)
            }
        };
        let paid_at = match &purchase.standing {
            Standing::Paid { transaction, .. } | Standing::Returned { transaction, .. } => {
                purchase.payments.get(transaction).map(|received| received.payment.paid_at)
            }
            Standing::Open { .. } | Standing::Closed { .. } => None,
        };
        Self {
            purchase: purchase.key.purchase,
            number: purchase.number().0,
            offer: OfferView::from(&purchase.offer),
            by: purchase.by.to_string(),
            asked_at: purchase.asked_at,
            closes_at: purchase.closes_at,
            state: state(purchase),
            reason,
            code_url,
            paid_at,
            refunds: refunds(purchase),
        }
    }
}

fn state(purchase: &Purchase) -> PurchaseStateView {
    let refunds = || purchase.payments.values().filter_map(|received| received.refund.as_ref());
    if refunds().any(|refund| !refund.state.is_back()) {
        return PurchaseStateView::Refunding;
    }
    match &purchase.standing {
        Standing::Open { .. } => PurchaseStateView::Open,
        Standing::Paid { .. } => PurchaseStateView::Paid,
        Standing::Returned { .. } => PurchaseStateView::Refunded,
        Standing::Closed { .. } if refunds().next().is_some() => PurchaseStateView::Refunded,
        Standing::Closed { .. } => PurchaseStateView::Closed,
    }
}

fn reason_word(reason: &CloseReason) -> &'static str {
    match reason {
        CloseReason::Unpaid => "unpaid",
        CloseReason::GivenUp => "given_up",
        CloseReason::Refused { .. } => "refused",
        CloseReason::WrongAmount => "wrong_amount",
        CloseReason::RefundedElsewhere => "refunded_elsewhere",
    }
}

fn refunds(purchase: &Purchase) -> Vec<RefundView> {
    let refund = |(transaction, received): (&_, &cloud_core::purchase::Received)| {
        let refund = received.refund.as_ref()?;
        let (state, trouble) = match &refund.state {
            RefundState::Due { refused: None } => ("due", None),
            RefundState::Due { refused: Some((code, words)) } => ("due", Some(format!("{code} {words}"))),
            RefundState::Taken => ("taken", None),
            RefundState::Done { .. } => ("done", None),
            RefundState::ByHand { by_hand, .. } => {
                ("by_hand", Some(format!("{}: {}", by_hand.by, by_hand.note)))
            }
        };
        Some(RefundView {
            transaction: cloud_core::purchase::TransactionId::to_string(transaction),
            amount_fen: refund.amount_fen.0,
            reason: refund.reason,
            state: state.to_owned(),
            trouble: trouble.map(|trouble| trouble.trim_end().to_owned()),
        })
    };
    purchase.payments.iter().filter_map(refund).collect()
}
