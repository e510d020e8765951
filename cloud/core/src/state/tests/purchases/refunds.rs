//! Money that goes back: asked for until it is there, or brought by a person where the provider cannot.

use super::*;
use crate::purchase::ByHand;

#[test]
fn s1_a_refund_that_the_provider_has_ended_is_settled_by_a_person_once() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    town.found(1, payment(1, PRICE));
    town.found(1, payment(2, PRICE));
    let settle = |note: &str| {
        let by_hand = ByHand { by: "li_si".parse().expect("a name"), note: note.to_owned() };
        Ask::SettleRefund { refund: refund(1, 2), by_hand }
    };
    let ends = |code: &str| {
        let (code, words) = (code.to_owned(), String::new());
        Ask::RefundRefused { refund: refund(1, 2), code, words }
    };
    let not_ended: Refusal = purchase::Refusal::NotEnded.into();
    assert_eq!(town.buy(settle("bank 7")), Err(not_ended.clone()), "it has not been asked for");
    town.buy(ends("NOT_ENOUGH")).expect("it is known");
    assert_eq!(town.buy(settle("bank 7")), Err(not_ended.clone()), "the next try may succeed");
    town.buy(ends("ABNORMAL")).expect("it is known");
    assert_eq!(town.buy(settle(" ")), Err(purchase::Refusal::BadNote.into()));
    assert_eq!(town.buy(settle("bank 7")).expect("it has ended").len(), 1);
    assert_eq!(town.buy(settle("bank 7")), Ok(vec![]), "the same again");
    assert_eq!(town.buy(settle("bank 8")), Err(not_ended), "not paid back twice");
    assert_eq!(
        (town.errands(), town.buy(ends("CLOSED"))),
        (vec![], Ok(vec![])),
        "the provider is left alone"
    );
    assert_eq!(town.state.refunds_by_hand().count(), 1);
    // Its own console brought the money back in the end: the provider's word is the better proof.
    town.buy(Ask::RefundDone { refund: refund(1, 2) }).expect("it is known");
    assert_eq!(town.state.refunds_by_hand().count(), 0);
    town.close();
}

#[test]
fn s1_a_refund_that_is_refused_stays_due_until_it_succeeds() {
    let mut town = Town::shop();
    town.begin(1).expect("it is on sale");
    town.found(1, payment(1, PRICE));
    town.found(1, payment(2, PRICE));
    let refused = |words: &str| {
        let (code, words) = ("NOT_ENOUGH".to_owned(), words.to_owned());
        Ask::RefundRefused { refund: refund(1, 2), code, words }
    };
    assert_eq!(town.buy(refused("low")).expect("it is known").len(), 1);
    assert_eq!(town.buy(refused("low")), Ok(vec![]), "the same again is no news");
    assert_eq!(town.errands(), [Errand::Refund(refund(1, 2))]);
    town.buy(Ask::RefundTaken { refund: refund(1, 2) }).expect("it is known");
    // The provider may fail it after taking it on (ABNORMAL).
    town.buy(refused("the card is gone")).expect("it is known");
    town.buy(Ask::RefundDone { refund: refund(1, 2) }).expect("it is known");
    assert_eq!(town.buy(refused("late words")), Ok(vec![]), "the money is back");
    assert_eq!(town.buy(Ask::RefundTaken { refund: refund(1, 2) }), Ok(vec![]));
    let state = &town.known(1).refund(&payment(2, PRICE).transaction).expect("it went back").state;
    assert!(matches!(state, RefundState::Done { .. }));
    let stranger = town.buy(Ask::RefundDone { refund: refund(1, 1) });
    assert_eq!(stranger, Err(purchase::Refusal::NoPurchase.into()), "what pays the package is no refund");
    town.close();
}
