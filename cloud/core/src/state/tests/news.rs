//! What boxes are told of their messages: each thing once, in order, only to whom it concerns, and not for ever.

use serde_json::json;
use shared::id::OrderId;
use shared::sms::{SmsFailure, SmsResult};
use shared::sync::News;

use super::super::*;
use super::*;
use crate::news::{KEPT_FOR, Listener, WAITING_MAX};

fn stream(n: u128) -> StreamId {
    StreamId(Uuid::from_u128(n))
}

/// The fact that asks for message `n`.
fn asking(seq: u64, n: u8, at: Timestamp, params: &serde_json::Value) -> String {
    let fact = json!({
        "type": "sms_requested", "sms": key("demo", n).sms, "order": Uuid::from_u128(7), "round": 0,
        "phone": phone(), "template": "dish_ready", "params": params,
    });
    let raw = json!({ "seq": seq, "at": at, "by": "box", "request": Uuid::from_u128(9), "fact": fact });
    serde_json::from_value::<shared::fact::Recorded>(raw.clone()).expect("a fact of today's wire");
    raw.to_string()
}

impl Town {
    /// The box of this stream asks for messages `first` to `last`, all of them its next facts.
    fn wish(&mut self, stream: StreamId, first: u8, last: u8) {
        let from = self.state.kept_of(&the_box()).expect("the box is registered").have(stream) + 1;
        let params = json!({ "number": "#01", "dish": "水饺" });
        let facts = (from..).zip(first..=last).map(|(seq, n)| asking(seq, n, self.at, &params)).collect();
        self.must(Command::KeepFacts { key: the_box(), stream, from, facts });
    }

    fn heard(&mut self, stream: StreamId, up_to: u64) -> Vec<Entry> {
        self.must(Command::NewsHeard { key: the_box(), stream, up_to })
    }

    /// What waits for the box: the first number, and each message with its result.
    fn waits(&self, stream: StreamId) -> Option<(u64, Vec<(u8, SmsResult)>)> {
        let to = Listener { key: the_box(), stream };
        let (_, lane) = self.state.boxes_to_tell().find(|(whom, _)| **whom == to)?;
        let told = lane.waiting().map(|news| {
            let News::Sms { sms, order, result } = news;
            assert_eq!(*order, OrderId(Uuid::from_u128(7)));
            (u8::try_from(sms.0.as_u128()).expect("a small number"), result.clone())
        });
        Some((lane.first_waiting()?, told.collect()))
    }
}

fn failed(reason: SmsFailure, code: &str) -> SmsResult {
    SmsResult::Failed { reason, code: code.to_owned() }
}

#[test]
fn s6_a_box_is_told_every_result_once_and_in_order() {
    let mut town = Town::new(2);
    town.heard(stream(1), 0);
    town.wish(stream(1), 1, 3);
    let no_units = failed(SmsFailure::NoUnits, "");
    assert_eq!(town.waits(stream(1)), Some((1, vec![(3, no_units.clone())])), "two units, three wishes");
    assert_eq!(town.take(9).len(), 2);
    town.answer(&key("demo", 1), accepted(&key("demo", 1)));
    let words = "words".to_owned();
    town.answer(&key("demo", 2), CarrierAnswer::Refused { code: "117".to_owned(), words });
    let refused = failed(SmsFailure::Refused, "117");
    let all = vec![(3, no_units), (1, SmsResult::Sent), (2, refused.clone())];
    assert_eq!(town.waits(stream(1)), Some((1, all)));

    town.heard(stream(1), 2);
    assert_eq!(town.waits(stream(1)), Some((3, vec![(2, refused.clone())])));
    assert_eq!(town.heard(stream(1), 2), [], "an answer that comes twice changes nothing");
    assert_eq!(town.heard(stream(1), 1), [], "nor one that comes late");
    town.receipt(&key("demo", 1), Delivery::Undelivered);
    let undelivered = failed(SmsFailure::Undelivered, "STATUS");
    assert_eq!(town.waits(stream(1)), Some((3, vec![(2, refused), (1, undelivered)])));
    town.heard(stream(1), 4);
    assert_eq!(town.waits(stream(1)), None);
    town.close();
}

#[test]
fn s5_what_was_released_or_cannot_be_sent_is_told_with_its_reason() {
    let mut town = Town::new(9);
    town.heard(stream(1), 0);
    town.wish(stream(1), 1, 2);
    town.must(Command::Cancel { key: key("demo", 1) });
    town.wait(SignedDuration::from_mins(31));
    town.must(Command::Tidy);
    let facts = vec![asking(3, 3, town.at, &json!({}))];
    town.must(Command::KeepFacts { key: the_box(), stream: stream(1), from: 3, facts });
    let reasons = [SmsFailure::Cancelled, SmsFailure::TooLate, SmsFailure::Unsendable];
    let told = (1..).zip(reasons).map(|(n, reason)| (n, failed(reason, ""))).collect();
    assert_eq!(town.waits(stream(1)), Some((1, told)));
    town.close();
}

#[test]
fn a_box_that_takes_no_news_is_told_none_and_another_incarnation_not_that_of_the_last() {
    let mut town = Town::new(9);
    town.wish(stream(1), 1, 1);
    town.heard(stream(2), 0);
    town.wish(stream(2), 2, 2);
    town.take(9);
    town.answer(&key("demo", 1), accepted(&key("demo", 1)));
    town.answer(&key("demo", 2), accepted(&key("demo", 2)));
    assert_eq!(town.waits(stream(1)), None);
    assert_eq!(town.waits(stream(2)), Some((1, vec![(2, SmsResult::Sent)])));
    // The program of the first is brought up to date: it hears the rest.
    town.heard(stream(1), 0);
    town.receipt(&key("demo", 1), Delivery::Delivered);
    assert_eq!(town.waits(stream(1)), Some((1, vec![(1, SmsResult::Delivered)])));
    town.close();
}

#[test]
fn books_put_back_to_before_go_on_after_what_the_box_has() {
    let mut town = Town::new(9);
    town.heard(stream(1), 0);
    town.wish(stream(1), 1, 1);
    town.take(9);
    town.answer(&key("demo", 1), accepted(&key("demo", 1)));
    assert_eq!(town.waits(stream(1)), Some((1, vec![(1, SmsResult::Sent)])));
    town.heard(stream(1), 40);
    assert_eq!(
        town.waits(stream(1)),
        Some((41, vec![(1, SmsResult::Sent)])),
        "told once more than too little"
    );
    assert_eq!(town.heard(stream(1), u64::MAX), [], "nobody has heard that much");
    town.receipt(&key("demo", 1), Delivery::Delivered);
    assert_eq!(town.waits(stream(1)).map(|(from, told)| (from, told.len())), Some((41, 2)));
    let stranger = BoxKey { box_id: "box_2".parse().expect("a slug"), ..the_box() };
    let asked = town.ask(Command::NewsHeard { key: stranger, stream: stream(1), up_to: 0 });
    assert_eq!(asked, Err(Refusal::NoBox));
    town.close();
}

#[test]
fn news_that_nobody_would_look_at_are_dropped() {
    let mut town = Town::new(9);
    town.heard(stream(1), 0);
    town.wish(stream(1), 1, 1);
    town.must(Command::Cancel { key: key("demo", 1) });
    town.wait(KEPT_FOR);
    town.wish(stream(1), 2, 2);
    town.must(Command::Cancel { key: key("demo", 2) });
    let cancelled = || failed(SmsFailure::Cancelled, "");
    town.must(Command::Tidy);
    assert_eq!(town.waits(stream(1)), Some((1, vec![(1, cancelled()), (2, cancelled())])), "a week is kept");
    town.wait(SignedDuration::from_secs(1));
    town.must(Command::Tidy);
    assert_eq!(town.waits(stream(1)), Some((2, vec![(2, cancelled())])));
    town.close();
}

#[test]
fn a_box_that_is_away_for_ever_costs_only_so_much() {
    let mut town = Town::new(0);
    town.heard(stream(1), 0);
    let listener = Listener { key: the_box(), stream: stream(1) };
    let (now, news) = (town.now(), crate::news::unsendable(key("demo", 1).sms, OrderId(Uuid::from_u128(7))));
    for _ in 0..WAITING_MAX + 2 {
        let entries = town.state.tell_box(now, &listener, news.clone());
        town.state.apply_all(&entries);
        town.journal.extend(entries);
    }
    let (first, told) = town.waits(stream(1)).expect("much waits");
    assert_eq!((first, told.len()), (3, WAITING_MAX));
    town.close();
}
