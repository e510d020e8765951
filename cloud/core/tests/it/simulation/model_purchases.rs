//! Purchases in the model: each stands somewhere, and all money that came in for it brought its package or goes back.

use std::collections::BTreeMap;

use cloud_core::id::{PurchaseKey, TradeNumber};
use cloud_core::ledger::{Now, Origin, Package};
use cloud_core::purchase::{Ask, CloseReason, Payment, Purchase, RefundState, Standing, TransactionId};
use cloud_core::state::State;
use jiff::ToSpan as _;

use super::client::{PRICE, pack};
use super::model::Model;

/// One purchase.
#[derive(Debug, Clone)]
pub(super) struct Bought {
    stands: Stands,
    payments: BTreeMap<TransactionId, Went>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Open { has_code: bool, given_up: bool },
    Paid,
    Closed { given_up: bool },
}

/// Where the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    ForThePackage,
    ToGoBack,
    GoingBack,
    Back,
}

impl Model {
    /// Whether it is granted.
    pub(super) fn purchase(&mut self, now: Now, ask: &Ask) -> bool {
        match ask {
            Ask::SetOffer { .. } => true,
            Ask::Begin { key, price_fen, .. } => {
                if *price_fen == PRICE {
                    let open = Stands::Open { has_code: false, given_up: false };
                    let new = Bought { stands: open, payments: BTreeMap::new() };
                    self.purchases.entry(key.clone()).or_insert(new);
                }
                *price_fen == PRICE
            }
            Ask::GiveUp { key } => self.give_up(key),
            Ask::Placed { key, .. } => {
                if let Stands::Open { has_code, .. } = &mut self.bought(key).stands {
                    *has_code = true;
                }
                true
            }
            Ask::PlaceRefused { key, .. } => {
                let stands = &mut self.bought(key).stands;
                if matches!(stands, Stands::Open { has_code: false, .. }) {
                    *stands = Stands::Closed { given_up: false };
                }
                true
            }
            Ask::Found { number, payment } => {
                self.money_came(now, number, payment);
                true
            }
            Ask::FoundClosed { key } => {
                let stands = &mut self.bought(key).stands;
                if let Stands::Open { given_up, .. } = *stands {
                    *stands = Stands::Closed { given_up };
                }
                true
            }
            Ask::RefundTaken { refund } => {
                let went = self.went(&refund.key, &refund.transaction);
                if *went == Went::ToGoBack {
                    *went = Went::GoingBack;
                }
                true
            }
            Ask::RefundDone { refund } => {
                *self.went(&refund.key, &refund.transaction) = Went::Back;
                true
            }
            Ask::RefundRefused { refund, .. } => {
                let went = self.went(&refund.key, &refund.transaction);
                if *went == Went::GoingBack {
                    *went = Went::ToGoBack;
                }
                true
            }
            other => panic!("this world has no {other:?}"),
        }
    }

    fn give_up(&mut self, key: &PurchaseKey) -> bool {
        match self.purchases.get_mut(key).map(|bought| &mut bought.stands) {
            Some(Stands::Open { given_up, .. }) => {
                *given_up = true;
                true
            }
            Some(Stands::Closed { given_up }) => *given_up,
            Some(Stands::Paid) | None => false,
        }
    }

    /// S1: the first time that money is heard of it pays what is open, if it is the price.
    fn money_came(&mut self, now: Now, number: &TradeNumber, payment: &Payment) {
        let key = self.purchases.keys().find(|key| TradeNumber::of(key) == *number);
        let key = key.expect("only what was begun is paid").clone();
        let bought = self.bought(&key);
        if bought.payments.contains_key(&payment.transaction) {
            return;
        }
        let is_open = matches!(bought.stands, Stands::Open { .. });
        let pays = is_open && payment.amount_fen == PRICE;
        let went = if pays { Went::ForThePackage } else { Went::ToGoBack };
        bought.payments.insert(payment.transaction.clone(), went);
        if pays {
            bought.stands = Stands::Paid;
            let offer = pack();
            let package = Package {
                package: number.0.parse().expect("a package id"),
                origin: Origin::Bought,
                name: offer.name,
                units: offer.units,
                expires_on: now.today.checked_add(i64::from(offer.valid_days).days()).expect("near today"),
            };
            assert!(self.books(&key.brand).add(now, &package), "S1: a package comes once");
        } else if is_open {
            bought.stands = Stands::Closed { given_up: false };
        }
    }

    fn bought(&mut self, key: &PurchaseKey) -> &mut Bought {
        self.purchases.get_mut(key).expect("only what was begun is told of")
    }

    fn went(&mut self, key: &PurchaseKey, transaction: &TransactionId) -> &mut Went {
        self.bought(key).payments.get_mut(transaction).expect("only what came in goes back")
    }

    /// Every purchase, and all its money, is where it is here.
    pub(super) fn agrees_with_purchases(&self, state: &State) {
        for (key, bought) in &self.purchases {
            let known = state.purchase_of(key).expect("it was begun");
            let payments = known.payments.keys().map(|id| (id.clone(), went_in(known, id))).collect();
            assert_eq!((stands_in(known), payments), (bought.stands, bought.payments.clone()), "{key:?}");
        }
        let known: usize = self.brands.keys().map(|brand| state.purchases(brand).count()).sum();
        assert_eq!(known, self.purchases.len(), "there are no other purchases");
    }
}

fn stands_in(purchase: &Purchase) -> Stands {
    match &purchase.standing {
        Standing::Open { code, given_up } => Stands::Open { has_code: code.is_some(), given_up: *given_up },
        Standing::Paid { .. } => Stands::Paid,
        Standing::Closed { reason, .. } => Stands::Closed { given_up: *reason == CloseReason::GivenUp },
        Standing::Returned { .. } => panic!("nobody takes packages back in this world"),
    }
}

fn went_in(purchase: &Purchase, transaction: &TransactionId) -> Went {
    match purchase.refund(transaction).map(|refund| &refund.state) {
        None => Went::ForThePackage,
        Some(RefundState::Due { .. }) => Went::ToGoBack,
        Some(RefundState::Taken) => Went::GoingBack,
        Some(RefundState::Done { .. }) => Went::Back,
        Some(RefundState::ByHand { .. }) => panic!("nobody settles anything by hand in this world"),
    }
}
