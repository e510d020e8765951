//! What happens to purchases (S1): money that comes in brings its package once, or goes back by itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use shared::id::BrandId;
use shared::quantity::Fen;
use uuid::Uuid;

use super::{State, booked};
use crate::command::Refusal;
use crate::entry::Entry;
use crate::id::{OfferId, PackageId, PurchaseKey, TradeNumber, UserName};
use crate::ledger::{Movement, Now, Origin, Package, RequestField};
use crate::purchase::{
    self, Ask, ByHand, CloseReason, Errand, Event, OPEN_MAX, Offer, Payment, Purchase, Refund, RefundKey,
    RefundReason, RefundState, Standing,
};
use crate::units::Units;

/// The only currency packages are sold in.
const CURRENCY: &str = "CNY";

/// Offers and purchases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Purchases {
    offers: BTreeMap<OfferId, OnSale>,
    of_brand: BTreeMap<BrandId, OfBrand>,
    numbers: BTreeMap<TradeNumber, PurchaseKey>,
    /// Those with something left to do at the provider.
    unsettled: BTreeSet<PurchaseKey>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OnSale {
    offer: Offer,
    brand: Option<BrandId>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct OfBrand {
    purchases: BTreeMap<Uuid, Purchase>,
    /// In the order in which they began.
    order: Vec<Uuid>,
}

impl Purchases {
    fn find(&self, key: &PurchaseKey) -> Option<&Purchase> {
        self.of_brand.get(&key.brand)?.purchases.get(&key.purchase)
    }

    fn open_of(&self, brand: &BrandId) -> usize {
        let of_brand = self.unsettled.iter().filter(|key| key.brand == *brand);
        let standing = of_brand.filter_map(|key| self.find(key)).map(|purchase| &purchase.standing);
        standing.filter(|standing| matches!(standing, Standing::Open { .. })).count()
    }

    fn on_sale(&self, brand: &BrandId) -> impl Iterator<Item = &Offer> {
        let sold = move |on_sale: &&OnSale| on_sale.brand.as_ref().is_none_or(|only| only == brand);
        self.offers.values().filter(sold).map(|on_sale| &on_sale.offer)
    }

    /// Makes an event true.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::OfferSet { offer, brand } => {
                let on_sale = OnSale { offer: offer.clone(), brand: brand.clone() };
                self.offers.insert(offer.offer.clone(), on_sale);
            }
            Event::OfferWithdrawn { offer } => {
                self.offers.remove(offer);
            }
            Event::Begun { key, offer, by, at, closes_at } => {
                let standing = Standing::Open { code: None, given_up: false };
                self.begin(Purchase {
                    key: key.clone(),
                    offer: offer.clone(),
                    by: by.clone(),
                    asked_at: *at,
                    closes_at: *closes_at,
                    standing,
                    payments: BTreeMap::new(),
                });
            }
            Event::Placed { key, .. }
            | Event::GivenUp { key, .. }
            | Event::Closed { key, .. }
            | Event::Paid { key, .. }
            | Event::SetAside { key, .. }
            | Event::Returned { key, .. } => self.step(key, event),
            Event::RefundTaken { refund, .. }
            | Event::RefundDone { refund, .. }
            | Event::RefundRefused { refund, .. }
            | Event::RefundSettled { refund, .. } => self.step(&refund.key, event),
        }
    }

    fn begin(&mut self, purchase: Purchase) {
        let key = purchase.key.clone();
        self.numbers.insert(purchase.number(), key.clone());
        self.unsettled.insert(key.clone());
        let of_brand = self.of_brand.entry(key.brand).or_default();
        of_brand.order.push(key.purchase);
        let known = of_brand.purchases.insert(key.purchase, purchase);
        assert!(known.is_none(), "S8: a purchase begins once");
    }

    fn step(&mut self, key: &PurchaseKey, event: &Event) {
        let of_brand = self.of_brand.get_mut(&key.brand).expect("a purchase's brand has purchases");
        let purchase = of_brand.purchases.get_mut(&key.purchase).expect("a purchase steps after it began");
        step(purchase, event);
        if purchase.is_settled() {
            self.unsettled.remove(key);
        } else {
            self.unsettled.insert(key.clone());
        }
    }
}

/// Where a purchase stands after an event.
fn step(purchase: &mut Purchase, event: &Event) {
    match event {
        Event::Placed { code, .. } => {
            if let Standing::Open { code: made, .. } = &mut purchase.standing {
                *made = Some(code.clone());
            }
        }
        Event::GivenUp { at, .. } => {
            purchase.closes_at = *at;
            if let Standing::Open { given_up, .. } = &mut purchase.standing {
                *given_up = true;
            }
        }
        Event::Closed { reason, at, .. } => {
            purchase.standing = Standing::Closed { reason: reason.clone(), at: *at };
        }
        Event::Paid { payment, at, .. } => {
            assert!(
                matches!(purchase.standing, Standing::Open { .. }),
                "S1: a purchase brings its package once"
            );
            purchase.receive(payment, None);
            purchase.standing = Standing::Paid { transaction: payment.transaction.clone(), at: *at };
        }
        Event::SetAside { payment, reason, .. } => {
            purchase.receive(payment, Some(due(payment.amount_fen, *reason)));
        }
        Event::Returned { units, amount_fen, at, .. } => {
            let Standing::Paid { transaction, .. } = purchase.standing.clone() else {
                panic!("S1: only a paid purchase is taken back")
            };
            let received = purchase.payments.get_mut(&transaction).expect("it was paid by it");
            received.refund = Some(due(*amount_fen, RefundReason::Returned));
            purchase.standing = Standing::Returned { transaction, units: *units, at: *at };
        }
        Event::RefundTaken { refund, .. } => {
            purchase.refund_mut(&refund.transaction).state = RefundState::Taken;
        }
        Event::RefundDone { refund, at } => {
            purchase.refund_mut(&refund.transaction).state = RefundState::Done { at: *at };
        }
        Event::RefundRefused { refund, code, words, .. } => {
            let refused = Some((code.clone(), words.clone()));
            purchase.refund_mut(&refund.transaction).state = RefundState::Due { refused };
        }
        Event::RefundSettled { refund, by_hand, at } => {
            let settled = RefundState::ByHand { by_hand: by_hand.clone(), at: *at };
            purchase.refund_mut(&refund.transaction).state = settled;
        }
        Event::OfferSet { .. } | Event::OfferWithdrawn { .. } | Event::Begun { .. } => {
            unreachable!("`apply` sends only the steps of a purchase here")
        }
    }
}

fn due(amount_fen: Fen, reason: RefundReason) -> Refund {
    Refund { amount_fen, reason, state: RefundState::Due { refused: None } }
}

impl State {
    /// What the brand may buy, the smallest first.
    pub fn offers(&self, brand: &BrandId) -> Vec<&Offer> {
        let mut offers: Vec<_> = self.purchases.on_sale(brand).collect();
        offers.sort_by_key(|offer| (offer.units, offer.price_fen));
        offers
    }

    /// All that is on sale, and the only brand it is for.
    pub fn all_offers(&self) -> impl Iterator<Item = (&Offer, Option<&BrandId>)> {
        self.purchases.offers.values().map(|on_sale| (&on_sale.offer, on_sale.brand.as_ref()))
    }

    /// A purchase.
    pub fn purchase_of(&self, key: &PurchaseKey) -> Option<&Purchase> {
        self.purchases.find(key)
    }

    /// The purchase that the provider calls so.
    pub fn purchase_by_number(&self, number: &TradeNumber) -> Option<&Purchase> {
        self.purchases.find(self.purchases.numbers.get(number)?)
    }

    /// Refunds that a person settled, with their purchase: what an audit names.
    pub fn refunds_by_hand(&self) -> impl Iterator<Item = (&Purchase, &Refund, &ByHand)> {
        let purchases = self.purchases.of_brand.values().flat_map(|of_brand| of_brand.purchases.values());
        purchases.flat_map(|purchase| {
            let refunds = purchase.payments.values().filter_map(|received| received.refund.as_ref());
            refunds.filter_map(move |refund| match &refund.state {
                RefundState::ByHand { by_hand, .. } => Some((purchase, refund, by_hand)),
                RefundState::Due { .. } | RefundState::Taken | RefundState::Done { .. } => None,
            })
        })
    }

    /// All purchases of a brand, the newest first.
    pub fn purchases(&self, brand: &BrandId) -> impl Iterator<Item = &Purchase> {
        let of_brand = self.purchases.of_brand.get(brand);
        of_brand
            .into_iter()
            .flat_map(|of_brand| of_brand.order.iter().rev().filter_map(|id| of_brand.purchases.get(id)))
    }

    /// Everything that is to be done at the provider now.
    pub fn purchase_errands(&self, now: Timestamp) -> Vec<Errand> {
        let unsettled = self.purchases.unsettled.iter().filter_map(|key| self.purchases.find(key));
        unsettled.flat_map(|purchase| purchase.errands(now)).collect()
    }

    pub(super) fn purchase(&self, now: Now, ask: &Ask) -> Result<Vec<Entry>, Refusal> {
        match ask {
            Ask::SetOffer { offer, brand } => self.set_offer(offer, brand.as_ref()),
            Ask::WithdrawOffer { offer } => {
                let known = self.purchases.offers.contains_key(offer);
                known
                    .then(|| vec![entry(Event::OfferWithdrawn { offer: offer.clone() })])
                    .ok_or_else(|| purchase::Refusal::NoOffer.into())
            }
            Ask::Begin { key, offer, price_fen, by, open_for } => {
                self.begin_purchase(now, (key, by), (offer, *price_fen), *open_for)
            }
            Ask::GiveUp { key } => self.give_up(now, key),
            Ask::Placed { key, code } => {
                let unplaced =
                    matches!(&self.known_purchase(key)?.standing, Standing::Open { code: None, .. });
                Ok(only_if(unplaced, Event::Placed { key: key.clone(), code: code.clone() }))
            }
            Ask::PlaceRefused { key, code, words } => {
                let unplaced =
                    matches!(&self.known_purchase(key)?.standing, Standing::Open { code: None, .. });
                let reason = CloseReason::Refused { code: code.clone(), words: words.clone() };
                Ok(only_if(unplaced, Event::Closed { key: key.clone(), reason, at: now.at }))
            }
            Ask::Found { number, payment } => self.found(now, number, payment),
            Ask::FoundClosed { key } => self.found_closed(now, key),
            Ask::FoundRefunded { key } => {
                let open = matches!(self.known_purchase(key)?.standing, Standing::Open { .. });
                let reason = CloseReason::RefundedElsewhere;
                Ok(only_if(open, Event::Closed { key: key.clone(), reason, at: now.at }))
            }
            Ask::RefundTaken { refund } => {
                let due = matches!(self.known_refund(refund)?.state, RefundState::Due { .. });
                Ok(only_if(due, Event::RefundTaken { refund: refund.clone(), at: now.at }))
            }
            Ask::RefundDone { refund } => {
                let done = matches!(self.known_refund(refund)?.state, RefundState::Done { .. });
                Ok(only_if(!done, Event::RefundDone { refund: refund.clone(), at: now.at }))
            }
            Ask::RefundRefused { refund, code, words } => {
                let (refund, code, words) = (refund.clone(), code.clone(), words.clone());
                let told = RefundState::Due { refused: Some((code.clone(), words.clone())) };
                let state = &self.known_refund(&refund)?.state;
                let news = *state != told && !state.is_back();
                Ok(only_if(news, Event::RefundRefused { refund, code, words, at: now.at }))
            }
            Ask::SettleRefund { refund, by_hand } => self.settle_refund(now, refund, by_hand),
            Ask::Return { key } => self.take_back(now, key),
            Ask::Revoke { brand, package } => self.book(brand, |account| account.revoke(now, package)),
        }
    }

    fn set_offer(&self, offer: &Offer, brand: Option<&BrandId>) -> Result<Vec<Entry>, Refusal> {
        offer.check().map_err(purchase::Refusal::from)?;
        if brand.is_some_and(|brand| !self.brands.contains_key(brand)) {
            return Err(Refusal::NoBrand);
        }
        let same = self.purchases.offers.get(&offer.offer);
        let same = same.is_some_and(|known| known.offer == *offer && known.brand.as_ref() == brand);
        Ok(only_if(!same, Event::OfferSet { offer: offer.clone(), brand: brand.cloned() }))
    }

    fn begin_purchase(
        &self,
        now: Now,
        (key, by): (&PurchaseKey, &UserName),
        (offer, price_fen): (&OfferId, Fen),
        open_for: SignedDuration,
    ) -> Result<Vec<Entry>, Refusal> {
        if !self.brands.contains_key(&key.brand) {
            return Err(Refusal::NoBrand);
        }
        if let Some(known) = self.purchases.find(key) {
            let same = known.offer.offer == *offer && known.offer.price_fen == price_fen;
            let reused = purchase::Refusal::IdReused(RequestField::Offer);
            return if same { Ok(Vec::new()) } else { Err(reused.into()) };
        }
        let found = self.purchases.on_sale(&key.brand).find(|found| found.offer == *offer);
        let found = found.ok_or(purchase::Refusal::NoOffer)?;
        if found.price_fen != price_fen {
            return Err(purchase::Refusal::PriceChanged.into());
        }
        if self.purchases.open_of(&key.brand) >= OPEN_MAX {
            return Err(purchase::Refusal::TooManyOpen.into());
        }
        Ok(vec![entry(Event::Begun {
            key: key.clone(),
            offer: found.clone(),
            by: by.clone(),
            at: now.at,
            closes_at: now.at.saturating_add(open_for).expect("an instant can be moved by a duration"),
        })])
    }

    fn give_up(&self, now: Now, key: &PurchaseKey) -> Result<Vec<Entry>, Refusal> {
        match &self.known_purchase(key)?.standing {
            Standing::Open { given_up, .. } => {
                Ok(only_if(!given_up, Event::GivenUp { key: key.clone(), at: now.at }))
            }
            Standing::Closed { reason: CloseReason::GivenUp, .. } => Ok(Vec::new()),
            Standing::Closed { .. } | Standing::Paid { .. } | Standing::Returned { .. } => {
                Err(purchase::Refusal::NotOpen.into())
            }
        }
    }

    /// S1: money came in, and this may be the first or the hundredth time that we hear of it.
    fn found(&self, now: Now, number: &TradeNumber, payment: &Payment) -> Result<Vec<Entry>, Refusal> {
        let purchase = self.purchase_by_number(number).ok_or(purchase::Refusal::NoPurchase)?;
        if purchase.payments.contains_key(&payment.transaction) {
            return Ok(Vec::new());
        }
        let (key, at) = (purchase.key.clone(), now.at);
        let set_aside = |reason| Event::SetAside { key: key.clone(), payment: payment.clone(), reason, at };
        Ok(match &purchase.standing {
            Standing::Open { .. } => {
                if payment.amount_fen == purchase.offer.price_fen && payment.currency == CURRENCY {
                    let mut entries =
                        vec![entry(Event::Paid { key: key.clone(), payment: payment.clone(), at })];
                    entries.extend(self.package_of(now, purchase));
                    return Ok(entries);
                }
                let closed = Event::Closed { key: key.clone(), reason: CloseReason::WrongAmount, at };
                vec![entry(set_aside(RefundReason::WrongAmount)), entry(closed)]
            }
            Standing::Paid { .. } | Standing::Returned { .. } => vec![entry(set_aside(RefundReason::Twice))],
            Standing::Closed { .. } => vec![entry(set_aside(RefundReason::Late))],
        })
    }

    /// The package of a purchase, unless the operator has booked it by hand under the purchase's number.
    fn package_of(&self, now: Now, purchase: &Purchase) -> Option<Entry> {
        let brand = &purchase.key.brand;
        let package = purchase.package();
        if self.brands.get(brand)?.account.lot(&package).is_some() {
            return None;
        }
        let offer = &purchase.offer;
        let expires_on = now.today.saturating_add(i64::from(offer.valid_days).days());
        let (name, units) = (offer.name.clone(), offer.units);
        let package = Package { package, origin: Origin::Bought, name, units, expires_on };
        Some(booked(brand, Movement::PackageAdded { package, at: now.at }))
    }

    fn found_closed(&self, now: Now, key: &PurchaseKey) -> Result<Vec<Entry>, Refusal> {
        let reason = match &self.known_purchase(key)?.standing {
            Standing::Open { given_up: true, .. } => CloseReason::GivenUp,
            Standing::Open { given_up: false, .. } => CloseReason::Unpaid,
            Standing::Paid { .. } | Standing::Returned { .. } | Standing::Closed { .. } => {
                return Ok(Vec::new());
            }
        };
        Ok(vec![entry(Event::Closed { key: key.clone(), reason, at: now.at })])
    }

    /// What the provider has ended without success a person may settle, once. Should the provider bring the money back
    /// after all, its word stands.
    fn settle_refund(&self, now: Now, refund: &RefundKey, by_hand: &ByHand) -> Result<Vec<Entry>, Refusal> {
        by_hand.check()?;
        match &self.known_refund(refund)?.state {
            RefundState::Due { refused: Some((code, _)) } if purchase::has_ended(code) => {}
            RefundState::ByHand { by_hand: known, .. } if known == by_hand => return Ok(Vec::new()),
            RefundState::Due { .. }
            | RefundState::Taken
            | RefundState::Done { .. }
            | RefundState::ByHand { .. } => return Err(purchase::Refusal::NotEnded.into()),
        }
        let (refund, by_hand) = (refund.clone(), by_hand.clone());
        Ok(vec![entry(Event::RefundSettled { refund, by_hand, at: now.at })])
    }

    /// The operator takes a package back: what is available of it, for its part of the price.
    fn take_back(&self, now: Now, key: &PurchaseKey) -> Result<Vec<Entry>, Refusal> {
        let purchase = self.known_purchase(key)?;
        match &purchase.standing {
            Standing::Paid { .. } => {}
            Standing::Returned { .. } => return Ok(Vec::new()),
            Standing::Open { .. } | Standing::Closed { .. } => return Err(purchase::Refusal::NotPaid.into()),
        }
        let revoked = self.revoked(now, &key.brand, &purchase.package())?;
        let units = revoked.1;
        let amount_fen = part_of(purchase.offer.price_fen, units, purchase.offer.units);
        let returned = Event::Returned { key: key.clone(), units, amount_fen, at: now.at };
        Ok(vec![entry(returned), booked(&key.brand, revoked.0)])
    }

    fn revoked(&self, now: Now, brand: &BrandId, package: &PackageId) -> Result<(Movement, Units), Refusal> {
        let account = &self.brands.get(brand).ok_or(Refusal::NoBrand)?.account;
        let movements = account.revoke(now, package)?;
        let revoked = movements.into_iter().find_map(|movement| {
            let Movement::Revoked { line, .. } = &movement else { return None };
            Some((line.units, movement))
        });
        let (units, movement) = revoked.ok_or(purchase::Refusal::NothingLeft)?;
        Ok((movement, units))
    }

    fn known_purchase(&self, key: &PurchaseKey) -> Result<&Purchase, Refusal> {
        self.purchases.find(key).ok_or_else(|| purchase::Refusal::NoPurchase.into())
    }

    fn known_refund(&self, refund: &RefundKey) -> Result<&Refund, Refusal> {
        let purchase = self.known_purchase(&refund.key)?;
        purchase.refund(&refund.transaction).ok_or_else(|| purchase::Refusal::NoPurchase.into())
    }
}

/// The part of a price that stands for `units` of `whole`, rounded down; never nothing, and never more than was paid.
fn part_of(price: Fen, units: Units, whole: Units) -> Fen {
    let part = i128::from(price.0) * i128::from(units.0) / i128::from(whole.0);
    Fen(part.clamp(1, price.0.into()).try_into().expect("a part is not larger than the price"))
}

fn entry(event: Event) -> Entry {
    Entry::Purchase { event }
}

fn only_if(news: bool, event: Event) -> Vec<Entry> {
    news.then(|| entry(event)).into_iter().collect()
}
