//! A purchase as the events about it add up to it, and what is to be done at the provider because of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::quantity::Fen;

use super::{ByHand, CloseReason, CodeUrl, Offer, Payment, RefundKey, RefundReason, TransactionId};
use crate::id::{PackageId, PurchaseKey, TradeNumber, UserName};
use crate::units::Units;

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The purchase.
    pub key: PurchaseKey,
    /// What, as it was on sale when it was asked for.
    pub offer: Offer,
    /// Who asked.
    pub by: UserName,
    /// When.
    pub asked_at: Timestamp,
    /// Until when it can be paid.
    pub closes_at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// All money that came in for it.
    pub payments: BTreeMap<TransactionId, Received>,
}

/// Where a purchase stands. Each state holds what exists then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It waits for money.
    Open {
        /// What to scan, once the provider made it.
        code: Option<CodeUrl>,
        /// The buyer does not want it any more.
        given_up: bool,
    },
    /// It brought its package.
    Paid {
        /// By which payment.
        transaction: TransactionId,
        /// When that was learned.
        at: Timestamp,
    },
    /// It brought its package, and the operator took back what was left.
    Returned {
        /// By which payment it was paid.
        transaction: TransactionId,
        /// How many units were taken back.
        units: Units,
        /// When.
        at: Timestamp,
    },
    /// It brings nothing.
    Closed {
        /// Why.
        reason: CloseReason,
        /// When.
        at: Timestamp,
    },
}

/// Money that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The money.
    pub payment: Payment,
    /// How it goes back, if it does.
    pub refund: Option<Refund>,
}

/// Money that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// How much.
    pub amount_fen: Fen,
    /// Why.
    pub reason: RefundReason,
    /// How far it is.
    pub state: RefundState,
}

/// How far a refund is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefundState {
    /// The provider is to be asked; it may have refused before.
    Due {
        /// The last refusal: code and words.
        refused: Option<(String, String)>,
    },
    /// The provider has taken it on.
    Taken,
    /// The money is back.
    Done {
        /// When.
        at: Timestamp,
    },
    /// The provider could not bring it back, and a person did.
    ByHand {
        /// Who, and how.
        by_hand: ByHand,
        /// When.
        at: Timestamp,
    },
}

impl RefundState {
    /// Whether the money is back, whoever brought it.
    pub fn is_back(&self) -> bool {
        match self {
            Self::Due { .. } | Self::Taken => false,
            Self::Done { .. } | Self::ByHand { .. } => true,
        }
    }
}

/// Something to be done at the provider. Each may be done again at any time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Errand {
    /// A code is to be made.
    Place(PurchaseKey),
    /// Was it paid?
    Look(PurchaseKey),
    /// Its time is over: was it paid? If not, it is to be closed.
    Close(PurchaseKey),
    /// A refund is to be asked for.
    Refund(RefundKey),
    /// Is the money back?
    LookAfter(RefundKey),
}

impl Purchase {
    /// What the provider calls it.
    pub fn number(&self) -> TradeNumber {
        TradeNumber::of(&self.key)
    }

    /// The package it brings.
    pub fn package(&self) -> PackageId {
        self.number().0.parse().expect("32 letters and digits are a package id")
    }

    /// What is to be done at the provider now.
    pub fn errands(&self, now: Timestamp) -> Vec<Errand> {
        let key = self.key.clone();
        let mut errands = match &self.standing {
            Standing::Open { .. } if self.closes_at <= now => vec![Errand::Close(key)],
            Standing::Open { code: None, .. } => vec![Errand::Place(key)],
            Standing::Open { code: Some(_), .. } => vec![Errand::Look(key)],
            Standing::Paid { .. } | Standing::Returned { .. } | Standing::Closed { .. } => Vec::new(),
        };
        for (transaction, received) in &self.payments {
            let refund = RefundKey { key: self.key.clone(), transaction: transaction.clone() };
            match received.refund.as_ref().map(|refund| &refund.state) {
                Some(RefundState::Due { .. }) => errands.push(Errand::Refund(refund)),
                Some(RefundState::Taken) => errands.push(Errand::LookAfter(refund)),
                Some(RefundState::Done { .. } | RefundState::ByHand { .. }) | None => {}
            }
        }
        errands
    }

    /// Whether nothing is left to be done at the provider.
    pub fn is_settled(&self) -> bool {
        self.errands(Timestamp::MIN).is_empty()
    }

    /// A payment's refund.
    pub fn refund(&self, transaction: &TransactionId) -> Option<&Refund> {
        self.payments.get(transaction)?.refund.as_ref()
    }

    pub(crate) fn receive(&mut self, payment: &Payment, refund: Option<Refund>) {
        let received = Received { payment: payment.clone(), refund };
        let known = self.payments.insert(payment.transaction.clone(), received);
        assert!(known.is_none(), "S1: a payment is received once");
    }

    pub(crate) fn refund_mut(&mut self, transaction: &TransactionId) -> &mut Refund {
        let received = self.payments.get_mut(transaction).expect("only what was received is refunded");
        received.refund.as_mut().expect("a refund takes steps after it was decided")
    }
}
