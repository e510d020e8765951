//! Purchases (S1): once however often, and money that brings nothing goes back. One by one, and random lives in
//! which the provider, the guests and the clock do whatever they like, against the guests' own purses.

mod refunds;

use proptest::prelude::*;
use shared::quantity::Fen;

use super::*;
use crate::id::{OfferId, PurchaseKey, TradeNumber};
use crate::ledger;
use crate::purchase::{
    self, Ask, BadOffer, CloseReason, CodeUrl, Errand, Event, OPEN_MAX, Offer, Payment, Purchase, RefundKey,
    RefundReason, RefundState, Standing, TransactionId,
};

const PRICE: Fen = Fen(5_000);

fn offer(name: &str) -> Offer {
    let offer: OfferId = name.parse().expect("an id");
    Offer { offer, name: name.to_owned(), units: Units(1_000), price_fen: PRICE, valid_days: 365 }
}

fn purchase(n: u8) -> PurchaseKey {
    PurchaseKey { brand: brand("demo"), purchase: Uuid::from_u128(n.into()) }
}

fn payment(n: u8, amount: Fen) -> Payment {
    let paid_at = "2026-11-22T12:00:00Z".parse().expect("a time");
    let transaction = TransactionId(format!("42{n:026}"));
    Payment { transaction, amount_fen: amount, currency: "CNY".to_owned(), paid_at }
}

impl Town {
    fn shop() -> Self {
        let mut town = Self::new(0);
        town.buy(Ask::SetOffer { offer: offer("sms_1000"), brand: None }).expect("a good offer");
        town
    }

    fn buy(&mut self, ask: Ask) -> Result<Vec<Entry>, Refusal> {
        self.ask(Command::Purchase(ask))
    }

    fn begin(&mut self, n: u8) -> Result<Vec<Entry>, Refusal> {
        let (offer, by) = ("sms_1000".parse().expect("an id"), "owner".parse().expect("a name"));
        let open_for = SignedDuration::from_mins(15);
        self.buy(Ask::Begin { key: purchase(n), offer, price_fen: PRICE, by, open_for })
    }

    fn found(&mut self, n: u8, payment: Payment) -> Vec<Entry> {
        let number = TradeNumber::of(&purchase(n));
        self.buy(Ask::Found { number, payment }).expect("it is known")
    }

    fn placed(&mut self, n: u8) {
        let code = CodeUrl("weixin://wxpay/bizpayurl?pr=EXAMPLE01".to_owned());
        self.buy(Ask::Placed { key: purchase(n), code }).expect("it is known");
    }

    fn known(&self, n: u8) -> &Purchase {
        self.state.purchase_of(&purchase(n)).expect("it was begun")
    }

    fn errands(&self) -> Vec<Errand> {
        self.state.purchase_errands(self.at)
    }

    fn bought(&self) -> u64 {
        self.state.brand(&brand("demo")).expect("it was added").account.bought().0
    }
}

fn refund(n: u8, of: u8) -> RefundKey {
    RefundKey { key: purchase(n), transaction: payment(of, PRICE).transaction }
}

#[test]
fn s1_a_payment_brings_its_package_once_however_often_it_is_told() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    assert_eq!(town.errands(), [Errand::Place(purchase(1))]);
    town.placed(1);
    assert_eq!(town.errands(), [Errand::Look(purchase(1))]);
    let entries = town.found(1, payment(1, PRICE));
    assert!(
        matches!(
            entries.as_slice(),
            [
                Entry::Purchase { event: Event::Paid { .. } },
                Entry::Booked { movement: Movement::PackageAdded { .. }, .. }
            ]
        ),
        "the money and its package are one commit: {entries:?}"
    );
    for _ in 0..5 {
        assert_eq!(town.found(1, payment(1, PRICE)), []);
    }
    assert_eq!((town.bought(), town.errands()), (1_000, vec![]));
    let account = &town.state.brand(&brand("demo")).expect("it was added").account;
    let lot = account.lot(&town.known(1).package()).expect("the package carries the purchase's number");
    assert_eq!(lot.package.expires_on.to_string(), "2027-11-22");
    town.close();
}

#[test]
fn s1_a_payment_that_comes_before_the_code_counts() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    town.found(1, payment(1, PRICE));
    town.placed(1);
    assert!(matches!(town.known(1).standing, Standing::Paid { .. }));
    assert_eq!(town.bought(), 1_000);
    town.close();
}

#[test]
fn s1_another_sum_or_currency_is_set_aside_and_paid_back() {
    let dollars = Payment { currency: "USD".to_owned(), ..payment(2, PRICE) };
    for wrong in [payment(1, Fen(4_999)), payment(3, Fen(5_001)), dollars] {
        let mut town = Town::shop();
        town.begin(1).expect("it is on sale");
        town.found(1, wrong.clone());
        assert_eq!(town.found(1, wrong.clone()), []);
        assert_eq!(town.bought(), 0);
        let known = town.known(1);
        assert!(matches!(known.standing, Standing::Closed { reason: CloseReason::WrongAmount, .. }));
        let back = known.refund(&wrong.transaction).expect("it goes back");
        assert_eq!((back.amount_fen, back.reason), (wrong.amount_fen, RefundReason::WrongAmount));
        town.close();
    }
}

#[test]
fn s1_a_second_payment_and_a_late_one_go_back_by_themselves() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    town.found(1, payment(1, PRICE));
    town.found(1, payment(2, PRICE));
    town.begin(2).expect("it is on sale");
    town.wait(SignedDuration::from_mins(15));
    assert_eq!(town.errands(), [Errand::Refund(refund(1, 2)), Errand::Close(purchase(2))]);
    town.buy(Ask::FoundClosed { key: purchase(2) }).expect("it is known");
    town.found(2, payment(3, PRICE));
    assert_eq!(town.bought(), 1_000);
    for (n, of, reason) in [(1, 2, RefundReason::Twice), (2, 3, RefundReason::Late)] {
        let transaction = payment(of, PRICE).transaction;
        assert_eq!(town.known(n).refund(&transaction).expect("it goes back").reason, reason);
        town.buy(Ask::RefundTaken { refund: refund(n, of) }).expect("it is known");
        assert!(town.errands().contains(&Errand::LookAfter(refund(n, of))));
        town.buy(Ask::RefundDone { refund: refund(n, of) }).expect("it is known");
    }
    assert_eq!(town.errands(), []);
    town.close();
}

#[test]
fn s1_what_is_paid_while_it_is_being_closed_counts() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    town.placed(1);
    town.buy(Ask::GiveUp { key: purchase(1) }).expect("it is open");
    assert_eq!(town.buy(Ask::GiveUp { key: purchase(1) }), Ok(vec![]));
    assert_eq!(town.errands(), [Errand::Close(purchase(1))]);
    town.found(1, payment(1, PRICE));
    assert_eq!(town.buy(Ask::FoundClosed { key: purchase(1) }), Ok(vec![]), "it came too late");
    let refused = town.buy(Ask::GiveUp { key: purchase(1) });
    assert_eq!(refused, Err(purchase::Refusal::NotOpen.into()));
    assert_eq!(town.bought(), 1_000);
    town.begin(2).expect("it is on sale");
    town.buy(Ask::GiveUp { key: purchase(2) }).expect("it is open");
    town.buy(Ask::FoundClosed { key: purchase(2) }).expect("it is known");
    assert!(matches!(town.known(2).standing, Standing::Closed { reason: CloseReason::GivenUp, .. }));
    assert_eq!(town.buy(Ask::GiveUp { key: purchase(2) }), Ok(vec![]), "again: the same answer");
    town.close();
}

#[test]
fn s1_money_for_a_purchase_that_was_paid_back_by_hand_brings_nothing() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    town.buy(Ask::FoundRefunded { key: purchase(1) }).expect("it is known");
    assert!(matches!(
        town.known(1).standing,
        Standing::Closed { reason: CloseReason::RefundedElsewhere, .. }
    ));
    assert_eq!((town.bought(), town.errands()), (0, vec![]));
    town.close();
}

#[test]
fn s1_a_package_booked_by_hand_under_the_same_number_is_not_booked_again() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    let by_hand = town.known(1).package().to_string();
    town.package("demo", &by_hand, 1_000);
    town.found(1, payment(1, PRICE));
    assert!(matches!(town.known(1).standing, Standing::Paid { .. }));
    assert_eq!(town.bought(), 1_000);
    town.close();
}

#[test]
fn s8_a_purchase_again_is_the_same_and_with_another_offer_refused() {
    let mut town = Town::shop();
    town.buy(Ask::SetOffer { offer: offer("sms_other"), brand: None }).expect("a good offer");
    town.begin(1).expect("it is on sale");
    assert_eq!(town.begin(1), Ok(vec![]));
    let by = "owner".parse().expect("a name");
    let other = Ask::Begin {
        key: purchase(1),
        offer: "sms_other".parse().expect("an id"),
        price_fen: PRICE,
        by,
        open_for: SignedDuration::from_mins(15),
    };
    assert_eq!(town.buy(other), Err(purchase::Refusal::IdReused(RequestField::Offer).into()));
    town.close();
}

#[test]
fn s1_a_purchase_keeps_the_price_it_saw() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    let dearer = Offer { price_fen: Fen(9_000), ..offer("sms_1000") };
    town.buy(Ask::SetOffer { offer: dearer, brand: None }).expect("a good offer");
    assert_eq!(town.begin(2), Err(purchase::Refusal::PriceChanged.into()));
    assert_eq!(town.begin(1), Ok(vec![]), "the same question has the same answer");
    town.found(1, payment(1, PRICE));
    assert_eq!(town.bought(), 1_000);
    town.buy(Ask::WithdrawOffer { offer: "sms_1000".parse().expect("an id") }).expect("it is on sale");
    assert_eq!(town.begin(3), Err(purchase::Refusal::NoOffer.into()));
    town.close();
}

#[test]
fn s1_a_brands_own_offer_is_nobody_elses() {
    let mut town = Town::new(0);
    let only = Some(brand("other"));
    town.buy(Ask::SetOffer { offer: offer("sms_1000"), brand: only }).expect("a good offer");
    assert_eq!(town.begin(1), Err(purchase::Refusal::NoOffer.into()));
    assert_eq!((town.state.offers(&brand("demo")).len(), town.state.offers(&brand("other")).len()), (0, 1));
    let nobody = Ask::SetOffer { offer: offer("x1"), brand: Some(brand("nobody")) };
    assert_eq!(town.buy(nobody), Err(Refusal::NoBrand));
    for (bad, why) in [
        (Offer { units: Units(0), ..offer("x1") }, BadOffer::Units),
        (Offer { price_fen: Fen(0), ..offer("x1") }, BadOffer::Price),
        (Offer { price_fen: Fen(-1), ..offer("x1") }, BadOffer::Price),
        (Offer { price_fen: Fen(100_000_001), ..offer("x1") }, BadOffer::Price),
        (Offer { valid_days: 0, ..offer("x1") }, BadOffer::ValidDays),
        (Offer { valid_days: 3_661, ..offer("x1") }, BadOffer::ValidDays),
        (Offer { name: String::new(), ..offer("x1") }, BadOffer::Name),
    ] {
        let refused = town.buy(Ask::SetOffer { offer: bad, brand: None });
        assert_eq!(refused, Err(purchase::Refusal::BadOffer(why).into()));
    }
    town.close();
}

#[test]
fn s1_open_purchases_have_a_limit_and_a_closed_one_makes_room() {
    let mut town = Town::shop();
    let many = u8::try_from(OPEN_MAX).expect("few");
    for n in 0..many {
        town.begin(n).expect("there is room");
    }
    assert_eq!(town.begin(many), Err(purchase::Refusal::TooManyOpen.into()));
    let (code, words) = ("PARAM_ERROR".to_owned(), "no".to_owned());
    town.buy(Ask::PlaceRefused { key: purchase(0), code, words }).expect("it is known");
    assert!(matches!(town.known(0).standing, Standing::Closed { reason: CloseReason::Refused { .. }, .. }));
    town.begin(many).expect("there is room");
    town.close();
}

#[test]
fn s13_a_package_taken_back_pays_back_for_what_was_available() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    let early = town.buy(Ask::Return { key: purchase(1) });
    assert_eq!(early, Err(purchase::Refusal::NotPaid.into()));
    town.found(1, payment(1, PRICE));
    let freeze = crate::id::FreezeId::Asked(Uuid::from_u128(9));
    town.must(Command::Freeze { brand: brand("demo"), freeze, units: Units(333), good_for: None });
    let entries = town.buy(Ask::Return { key: purchase(1) }).expect("it is paid");
    assert_eq!(entries.len(), 2, "the units go with the decision, in one commit");
    assert_eq!(town.buy(Ask::Return { key: purchase(1) }), Ok(vec![]));
    let known = town.known(1);
    assert!(matches!(known.standing, Standing::Returned { units: Units(667), .. }));
    let back = known.refund(&payment(1, PRICE).transaction).expect("money goes back");
    assert_eq!((back.amount_fen, back.reason), (Fen(3_335), RefundReason::Returned));
    // A second payment of it is refunded still; what is reserved stays the brand's.
    town.found(1, payment(2, PRICE));
    assert_eq!(town.errands(), [Errand::Refund(refund(1, 1)), Errand::Refund(refund(1, 2))]);
    town.must(Command::Release { brand: brand("demo"), freeze });
    let places = town.state.brand(&brand("demo")).expect("it was added").account.places();
    assert_eq!((places.available, places.revoked), (Units(333), Units(667)));
    town.close();
}

#[test]
fn s13_a_used_up_package_is_not_taken_back_and_a_gift_can_be() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    town.found(1, payment(1, PRICE));
    let freeze = crate::id::FreezeId::Asked(Uuid::from_u128(9));
    town.must(Command::Freeze { brand: brand("demo"), freeze, units: Units(1_000), good_for: None });
    let refused = town.buy(Ask::Return { key: purchase(1) });
    assert_eq!(refused, Err(purchase::Refusal::NothingLeft.into()));
    town.package("demo", "gift", 10);
    let revoke = || Ask::Revoke { brand: brand("demo"), package: "gift".parse().expect("an id") };
    assert_eq!(town.buy(revoke()).expect("it is there").len(), 1);
    assert_eq!(town.buy(revoke()), Ok(vec![]));
    let unknown = Ask::Revoke { brand: brand("demo"), package: "px".parse().expect("an id") };
    assert_eq!(town.buy(unknown), Err(ledger::Refusal::NoPackage.into()));
    town.close();
}

#[test]
fn s1_numbers_towards_the_provider_differ_by_brand_purchase_and_payment() {
    let other = PurchaseKey { brand: brand("other"), ..purchase(1) };
    let numbers = [TradeNumber::of(&purchase(1)), TradeNumber::of(&purchase(2)), TradeNumber::of(&other)];
    assert!(numbers[0] != numbers[1] && numbers[0] != numbers[2]);
    assert!(numbers.iter().all(|number| number.0.len() == 32));
    assert_ne!(refund(1, 1).number(), refund(1, 2).number());
    assert_eq!(refund(1, 1).number(), refund(1, 1).number());
}

#[test]
fn events_read_back_as_they_were_written() {
    let event = Event::Paid {
        key: purchase(1),
        payment: payment(1, PRICE),
        at: "2026-11-22T12:00:01Z".parse().expect("a time"),
    };
    let golden = r#"{"entry":"purchase","event":{"type":"paid","key":{"brand":"demo","purchase":"00000000-0000-0000-0000-000000000001"},"payment":{"transaction":"4200000000000000000000000001","amount_fen":5000,"currency":"CNY","paid_at":"2026-11-22T12:00:00Z"},"at":"2026-11-22T12:00:01Z"}}"#;
    let entry = Entry::Purchase { event };
    assert_eq!(serde_json::to_string(&entry).expect("plain data"), golden, "it is read back for ever");
    assert_eq!(serde_json::from_str::<Entry>(golden).expect("readable"), entry);
}

#[derive(Debug, Clone)]
enum Op {
    Begin(u8),
    GiveUp(u8),
    Pay(u8, u8, i64),
    /// The provider does what is to be done, well (0), with a refusal (1), or taking it on only (2).
    Work(u8),
    Return(u8),
    Freeze(u8, u64),
    Wait(i64),
}

fn op() -> impl Strategy<Value = Op> {
    let amount = prop_oneof![4 => Just(PRICE.0), 1 => 1..9_000_i64];
    prop_oneof![
        3 => (0..4_u8).prop_map(Op::Begin),
        1 => (0..4_u8).prop_map(Op::GiveUp),
        5 => (0..4_u8, 0..6_u8, amount).prop_map(|(n, of, amount)| Op::Pay(n, of, amount)),
        4 => (0..3_u8).prop_map(Op::Work),
        1 => (0..4_u8).prop_map(Op::Return),
        2 => (0..9_u8, 1..900_u64).prop_map(|(n, units)| Op::Freeze(n, units)),
        1 => (1..1_200_i64).prop_map(Op::Wait),
    ]
}

/// What the guests have given and got back, by their own purses: purchase and payment → fen.
type Purses = BTreeMap<(u8, String), (i64, i64)>;

fn run(town: &mut Town, op: &Op, purses: &mut Purses) {
    match *op {
        Op::Begin(n) => drop(town.begin(n)),
        Op::GiveUp(n) => drop(town.buy(Ask::GiveUp { key: purchase(n) })),
        Op::Pay(n, of, amount) => {
            if town.state.purchase_of(&purchase(n)).is_none() {
                return;
            }
            // A payment has one amount, however often it is told.
            let id = payment(of * 4 + n, Fen(0)).transaction.0;
            let amount = purses.entry((n, id)).or_insert((amount, 0)).0;
            town.found(n, payment(of * 4 + n, Fen(amount)));
        }
        Op::Work(how) => {
            for errand in town.errands() {
                work(town, &errand, how, purses);
            }
        }
        Op::Return(n) => drop(town.buy(Ask::Return { key: purchase(n) })),
        Op::Freeze(n, units) => {
            let freeze = crate::id::FreezeId::Asked(Uuid::from_u128(n.into()));
            drop(town.ask(Command::Freeze {
                brand: brand("demo"),
                freeze,
                units: Units(units),
                good_for: None,
            }));
        }
        Op::Wait(seconds) => town.wait(SignedDuration::from_secs(seconds)),
    }
}

fn work(town: &mut Town, errand: &Errand, how: u8, purses: &mut Purses) {
    match errand {
        Errand::Place(key) => town.placed(u8::try_from(key.purchase.as_u128()).expect("few")),
        Errand::Look(_) => {}
        Errand::Close(key) => drop(town.buy(Ask::FoundClosed { key: key.clone() })),
        Errand::Refund(refund) | Errand::LookAfter(refund) => {
            let refund = refund.clone();
            if how == 1 {
                let (code, words) = ("NOT_ENOUGH".to_owned(), String::new());
                drop(town.buy(Ask::RefundRefused { refund, code, words }));
            } else if how == 2 {
                drop(town.buy(Ask::RefundTaken { refund }));
            } else {
                let n = u8::try_from(refund.key.purchase.as_u128()).expect("few");
                let amount = town.known(n).refund(&refund.transaction).expect("it is due").amount_fen;
                purses.get_mut(&(n, refund.transaction.0.clone())).expect("it was paid").1 += amount.0;
                drop(town.buy(Ask::RefundDone { refund }));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn s1_no_guest_loses_a_fen_and_no_package_comes_twice(ops in prop::collection::vec(op(), 1..50)) {
        let (mut town, mut purses) = (Town::shop(), Purses::new());
        for op in &ops {
            run(&mut town, op, &mut purses);
        }
        // A restart anywhere: what was written is what is known.
        let mut again = State::new(rules());
        again.apply_all(&town.journal);
        again.take_changed();
        town.state.take_changed();
        prop_assert_eq!(&again, &town.state);
        // The provider is well again, and time goes on: everything comes to its end.
        town.wait(SignedDuration::from_hours(1));
        for _ in 0..3 {
            run(&mut town, &Op::Work(0), &mut purses);
        }
        prop_assert_eq!(town.errands(), vec![]);
        let mut packages = 0;
        for n in 0..4_u8 {
            let Some(known) = town.state.purchase_of(&purchase(n)) else { continue };
            let kept = match &known.standing {
                Standing::Paid { transaction, .. } | Standing::Returned { transaction, .. } => Some(transaction),
                Standing::Open { .. } | Standing::Closed { .. } => None,
            };
            packages += u64::from(kept.is_some());
            for ((_, id), (paid, back)) in purses.iter().filter(|((of, _), _)| *of == n) {
                if kept.is_some_and(|kept| kept.0 == *id) {
                    prop_assert_eq!(*paid, PRICE.0);
                    let returned = matches!(known.standing, Standing::Returned { .. });
                    prop_assert!(*back <= *paid && (*back > 0) == returned);
                } else {
                    prop_assert_eq!(paid, back, "what brings nothing goes back whole, once");
                }
            }
        }
        prop_assert_eq!(town.bought(), 1_000 * packages);
        town.close();
    }
}
