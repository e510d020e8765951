//! The payment provider, and the guests before its codes, played by dice. Guests pay late, twice, another sum, or what
//! was closed; call-backs come again and again, or never; answers are lost, and refunds are refused for a while.

use std::collections::BTreeMap;

use cloud_core::id::TradeNumber;
use cloud_core::purchase::{Ask, CodeUrl, Errand, Payment, Purchase, Standing, TransactionId};
use cloud_core::state::State;
use jiff::Timestamp;
use shared::quantity::Fen;

use super::client::PRICE;
use super::luck::{HOUR, Luck, MINUTE};

/// The provider, with all the money that it ever had.
#[derive(Debug, Default)]
pub(super) struct Till {
    orders: BTreeMap<TradeNumber, Order>,
    payments: u64,
}

#[derive(Debug, Default)]
struct Order {
    is_closed: bool,
    /// In the order in which they came.
    paid: Vec<Paid>,
}

#[derive(Debug)]
struct Paid {
    payment: Payment,
    refund: Option<Back>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Back {
    amount: Fen,
    is_done: bool,
}

/// A call-back: after how long, and whether it comes again until it is taken.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) after_ms: i64,
    pub(super) payment: Payment,
    pub(super) insists: bool,
}

impl Till {
    /// Does what is asked, and says what is learned of it, if the answer arrives. A new order's guests come after so
    /// many milliseconds each.
    pub(super) fn carry_out(
        &mut self,
        luck: &mut Luck,
        errand: &Errand,
        purchase: &Purchase,
    ) -> (Option<Ask>, Vec<i64>) {
        let mut guests = Vec::new();
        let learned = match errand {
            Errand::Place(_) => self.place(luck, purchase, &mut guests),
            Errand::Look(_) => self.look_up(purchase),
            Errand::Close(key) => self.look_up(purchase).or_else(|| {
                self.orders.entry(purchase.number()).or_default().is_closed = true;
                Some(Ask::FoundClosed { key: key.clone() })
            }),
            Errand::Refund(refund) => {
                let amount = purchase.refund(&refund.transaction).expect("it was decided").amount_fen;
                let paid = self.paid(purchase, &refund.transaction);
                let refund = refund.clone();
                if paid.refund.is_none() && luck.strikes(luck.refund_refused) {
                    let (code, words) = ("NOT_ENOUGH".to_owned(), String::new());
                    Some(Ask::RefundRefused { refund, code, words })
                } else {
                    // Asked again under its number, it goes back once.
                    let back = *paid.refund.get_or_insert(Back { amount, is_done: false });
                    assert_eq!(back.amount, amount, "a refund keeps its sum");
                    Some(Ask::RefundTaken { refund })
                }
            }
            Errand::LookAfter(refund) => {
                let back = self.paid(purchase, &refund.transaction).refund.as_mut().expect("it was taken");
                back.is_done |= !luck.strikes(luck.refund_refused);
                back.is_done.then(|| Ask::RefundDone { refund: refund.clone() })
            }
        };
        (learned.filter(|_| !luck.strikes(luck.till_answer_lost)), guests)
    }

    fn place(&mut self, luck: &mut Luck, purchase: &Purchase, guests: &mut Vec<i64>) -> Option<Ask> {
        let key = purchase.key.clone();
        let number = purchase.number();
        if !self.orders.contains_key(&number) {
            if luck.strikes(luck.place_refused) {
                let (code, words) = ("PARAM_ERROR".to_owned(), String::new());
                return Some(Ask::PlaceRefused { key, code, words });
            }
            // Nobody, one, or two who know nothing of each other; in time, or when it may be closed already.
            for _ in 0..luck.below(3) {
                let latest = if luck.strikes(luck.guest_late) { HOUR } else { 10 * MINUTE };
                guests.push(luck.between_ms(1_000, latest));
            }
        }
        let order = self.orders.entry(number.clone()).or_default();
        // Of an order that was paid or closed no code is made; the next look tells.
        let is_open = order.paid.is_empty() && !order.is_closed;
        is_open.then(|| Ask::Placed { key, code: CodeUrl(format!("code of {}", number.0)) })
    }

    fn look_up(&self, purchase: &Purchase) -> Option<Ask> {
        let number = purchase.number();
        let first = self.orders.get(&number)?.paid.first()?;
        Some(Ask::Found { number, payment: first.payment.clone() })
    }

    fn paid(&mut self, purchase: &Purchase, transaction: &TransactionId) -> &mut Paid {
        let order = self.orders.get_mut(&purchase.number()).expect("it was placed");
        let paid = order.paid.iter_mut().find(|paid| paid.payment.transaction == *transaction);
        paid.expect("only what was paid goes back")
    }

    /// A guest scans the code. What was closed or paid before can be paid now and then all the same.
    pub(super) fn pay(&mut self, luck: &mut Luck, number: &TradeNumber, at: Timestamp) -> Vec<Notice> {
        let order = self.orders.get_mut(number).expect("guests have codes of orders");
        let is_first = order.paid.is_empty() && !order.is_closed;
        if !is_first && !luck.strikes(luck.paid_all_the_same) {
            return Vec::new();
        }
        self.payments += 1;
        let amount = if luck.strikes(luck.other_sum) { Fen(PRICE.0 + 1) } else { PRICE };
        let payment = Payment {
            transaction: TransactionId(format!("t{}", self.payments)),
            amount_fen: amount,
            currency: "CNY".to_owned(),
            paid_at: at,
        };
        order.paid.push(Paid { payment, refund: None });
        // A query tells of the first payment alone: where more have come, their call-backs do not fail.
        let times = if is_first && luck.strikes(luck.notice_lost) { 0 } else { 1 + luck.below(3) };
        let mut notices = Vec::new();
        for Paid { payment, .. } in &order.paid {
            for _ in 0..times {
                let after_ms = luck.between_ms(10, 30 * MINUTE);
                notices.push(Notice { after_ms, payment: payment.clone(), insists: !is_first });
            }
        }
        notices
    }

    /// S1: what was paid brought its package, once and for its price, or went back, whole.
    pub(super) fn no_guest_lost_a_fen(&self, state: &State) {
        for (number, order) in &self.orders {
            let purchase = state.purchase_by_number(number).expect("orders are of purchases");
            let kept = match &purchase.standing {
                Standing::Paid { transaction, .. } => Some(transaction),
                Standing::Closed { .. } => None,
                Standing::Open { .. } | Standing::Returned { .. } => panic!("never ended: {purchase:?}"),
            };
            for Paid { payment, refund } in &order.paid {
                let back = refund.filter(|back| back.is_done).map(|back| back.amount);
                if kept == Some(&payment.transaction) {
                    assert_eq!((payment.amount_fen, *refund), (PRICE, None), "{number:?}");
                } else {
                    assert_eq!(back, Some(payment.amount_fen), "{number:?}: what brings nothing goes back");
                }
            }
        }
    }
}
