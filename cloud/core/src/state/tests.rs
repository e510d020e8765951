//! The life of messages, receipts and streams; and random days that end with every book in order.

mod access;
mod batches;
mod carriers;
mod files;
mod flows;
mod news;
mod outbox;
mod own_words;
mod purchases;
mod random;
mod relays;

use jiff::{SignedDuration, Timestamp};
use shared::guest::PhoneNumber;
use shared::id::{SmsId, StreamId};
use uuid::Uuid;

use super::*;
use crate::audit::Tally;
use crate::dispatch::{Pace, Rate};
use crate::id::{PackageId, PasswordHash};
use crate::ledger::{Origin, Package, RequestField};
use crate::sms::{CarrierAnswer, Delivery, Kind, MessageState, Reason, Receipt};
use crate::units::Units;

/// A cloud with one brand, one shop and one box, a clock, and a journal.
pub(super) struct Town {
    pub(super) state: State,
    pub(super) at: Timestamp,
    pub(super) journal: Vec<Entry>,
}

pub(super) fn brand(name: &str) -> BrandId {
    name.parse().expect("a slug")
}

pub(super) fn the_box() -> BoxKey {
    let shop = "demo_shop".parse().expect("a slug");
    BoxKey { at: ShopKey { brand: brand("demo"), shop }, box_id: "box_1".parse().expect("a slug") }
}

pub(super) fn key(name: &str, n: u8) -> MessageKey {
    MessageKey { brand: brand(name), sms: SmsId(Uuid::from_u128(n.into())) }
}

pub(super) fn phone() -> PhoneNumber {
    PhoneNumber::new("13900000000").expect("eleven digits")
}

/// The receiver of all these messages takes as many as there are.
fn rules() -> Rules {
    Rules { pace: Pace { phone: Rate::per_second(1_000), ..Pace::default() }, ..Rules::default() }
}

impl Town {
    pub(super) fn new(units: u64) -> Self {
        let at = "2026-11-22T12:00:00Z".parse().expect("a time");
        let mut town = Self { state: State::new(rules()), at, journal: Vec::new() };
        for name in ["demo", "other"] {
            let (signature, api_key) = ("示例".parse().expect("a name"), SecretHash(name.to_owned()));
            town.must(Command::AddBrand { brand: brand(name), name: name.to_owned(), signature, api_key });
            town.package(name, "first", units);
        }
        let BoxKey { at, .. } = the_box();
        let (name, time_zone) = ("店".to_owned(), "Asia/Shanghai".to_owned());
        town.must(Command::AddShop { brand: at.brand, shop: at.shop, name, time_zone });
        town.must(Command::AddBox { key: the_box(), password: PasswordHash("hash".to_owned()) });
        town
    }

    pub(super) fn now(&self) -> Now {
        Now { at: self.at, today: self.at.to_zoned(jiff::tz::TimeZone::UTC).date() }
    }

    pub(super) fn ask(&mut self, command: Command) -> Result<Vec<Entry>, Refusal> {
        let entries = self.state.carry_out(self.now(), &command)?;
        self.journal.extend(entries.iter().cloned());
        Ok(entries)
    }

    pub(super) fn must(&mut self, command: Command) -> Vec<Entry> {
        self.ask(command).expect("it is not refused")
    }

    pub(super) fn package(&mut self, name: &str, package: &str, units: u64) {
        let package: PackageId = package.parse().expect("an id");
        let (origin, expires_on) = (Origin::Bought, "2026-12-31".parse().expect("a date"));
        let name_of = package.to_string();
        let package = Package { package, origin, name: name_of, units: Units(units), expires_on };
        if units > 0 {
            self.must(Command::AddPackage { brand: brand(name), package });
        }
    }

    pub(super) fn send(&mut self, key: MessageKey, kind: Kind) -> Result<Vec<Entry>, Refusal> {
        self.ask(Command::Send { key, kind, phone: phone(), text: "你好".to_owned(), good_for: None })
    }

    pub(super) fn take(&mut self, any: usize) -> Vec<MessageKey> {
        let entries = self.must(Command::Take { any, verification: 0 });
        handed_out(&entries).cloned().collect()
    }

    pub(super) fn answer(&mut self, key: &MessageKey, answer: CarrierAnswer) {
        self.must(Command::Answered { answers: vec![(key.clone(), answer)] });
    }

    pub(super) fn receipt(&mut self, key: &MessageKey, delivery: Delivery) {
        let receipt = receipt(key, delivery);
        self.must(Command::KeepReceipts { receipts: vec![receipt] });
    }

    pub(super) fn state_of(&self, key: &MessageKey) -> MessageState {
        self.state.message(key).expect("it was asked for").state.clone()
    }

    pub(super) fn wait(&mut self, time: SignedDuration) {
        self.at += time;
    }

    /// S13: counted again from the journal; and the journal says all there is.
    pub(super) fn close(mut self) {
        let mut tally = Tally::default();
        for entry in &self.journal {
            tally.count(entry).expect("the books balance after every entry");
        }
        tally.compare(&self.state).expect("the tally and the books agree");
        flows::compare(&self.journal, &self.state, self.at);
        let text = serde_json::to_string(&self.journal).expect("plain data");
        let read: Vec<Entry> = serde_json::from_str(&text).expect("readable");
        let mut replayed = State::new(rules());
        replayed.apply_all(&read);
        replayed.take_changed();
        self.state.take_changed();
        assert_eq!(replayed, self.state, "what was written is what is known");
    }
}

pub(super) fn receipt(key: &MessageKey, delivery: Delivery) -> Receipt {
    Receipt {
        account: None,
        reference: Some(Reference::of_message(key)),
        carrier_message: format!("c{}", key.sms),
        phone: phone(),
        status: "STATUS".to_owned(),
        delivery,
        billed_units: Some(1),
    }
}

pub(super) fn accepted(key: &MessageKey) -> CarrierAnswer {
    CarrierAnswer::Accepted { carrier_message: format!("c{}", key.sms) }
}

fn places(town: &Town) -> [u64; 5] {
    let places = town.state.brand(&brand("demo")).expect("a brand").account.places();
    [places.available, places.frozen, places.in_doubt, places.sent, places.expired].map(|units| units.0)
}

#[test]
fn s9_what_comes_of_calls_can_wait_a_moment_and_so_can_the_next_unless_it_is_a_code() {
    let (mut town, take) = (Town::new(2), Command::Take { any: 1, verification: 0 });
    town.send(key("demo", 1), Kind::Marketing).expect("units");
    let receipts = Command::KeepReceipts { receipts: vec![receipt(&key("demo", 1), Delivery::Delivered)] };
    assert!(town.state.can_wait(&take) && town.state.can_wait(&receipts));
    town.send(key("demo", 2), Kind::Verification).expect("units");
    assert!(!town.state.can_wait(&take) && town.state.can_wait(&receipts));
    assert_eq!(town.take(1), [key("demo", 2)]);
    assert!(town.state.can_wait(&take), "the code is on its way");
    assert!(!town.state.can_wait(&Command::Cancel { key: key("demo", 1) }), "somebody looks at the page");
}

#[test]
fn s10_a_message_is_frozen_paid_sent_and_delivered() {
    let mut town = Town::new(5);
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Notification).expect("a new message");
    assert_eq!(places(&town), [4, 1, 0, 0, 0]);
    assert_eq!(town.take(1), std::slice::from_ref(&message));
    assert_eq!(places(&town), [4, 0, 1, 0, 0]);
    assert_eq!(town.take(1), [], "it is taken once");
    town.answer(&message, accepted(&message));
    assert_eq!(places(&town), [4, 0, 0, 1, 0]);
    town.receipt(&message, Delivery::Delivered);
    assert_eq!(town.state_of(&message), MessageState::Delivered);
    assert_eq!(town.state.receipts_waiting(), 0);
    town.close();
}

#[test]
fn s8_a_message_again_is_the_same_and_another_body_is_refused() {
    let mut town = Town::new(5);
    let message = key("demo", 1);
    assert_eq!(town.send(message.clone(), Kind::Notification).map(|entries| entries.len()), Ok(2));
    assert_eq!(town.send(message.clone(), Kind::Notification), Ok(Vec::new()));
    assert_eq!(town.send(message.clone(), Kind::Marketing), Err(Refusal::MessageReused(RequestField::Kind)));
    assert!(town.send(key("other", 1), Kind::Marketing).is_ok(), "ids belong to brands");
    town.close();
}

#[test]
fn s8_a_message_without_units_stays_refused_after_units_come() {
    let mut town = Town::new(0);
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Notification).expect("an answer that is kept");
    town.package("demo", "second", 5);
    town.send(message.clone(), Kind::Notification).expect("the same answer");
    assert_eq!(town.state_of(&message), MessageState::Refused { available: Units::ZERO });
    assert_eq!(town.take(5), []);
    town.close();
}

#[test]
fn s6_a_refused_message_is_refunded_and_a_late_receipt_changes_nothing() {
    let mut town = Town::new(5);
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Notification).expect("a new message");
    town.take(1);
    town.answer(&message, CarrierAnswer::Refused { code: "105".to_owned(), words: "words".to_owned() });
    assert_eq!(places(&town), [5, 0, 0, 0, 0]);
    town.receipt(&message, Delivery::Delivered);
    town.answer(&message, accepted(&message));
    assert_eq!(places(&town), [5, 0, 0, 0, 0]);
    assert!(matches!(town.state_of(&message), MessageState::Failed { .. }));
    town.close();
}

#[test]
fn s7_a_receipt_before_the_carriers_answer_waits_for_it() {
    let mut town = Town::new(5);
    let message = key("demo", 1);
    // Before the message is even asked for, and by the carrier's id alone.
    let early = Receipt { reference: None, ..receipt(&message, Delivery::Delivered) };
    town.must(Command::KeepReceipts { receipts: vec![early] });
    town.send(message.clone(), Kind::Notification).expect("a new message");
    town.take(1);
    assert_eq!(town.state.receipts_waiting(), 1);
    town.answer(&message, accepted(&message));
    assert_eq!(town.state_of(&message), MessageState::Delivered);
    assert_eq!(town.state.receipts_waiting(), 0);
    town.close();
}

#[test]
fn s7_a_receipt_for_another_number_is_not_believed() {
    let mut town = Town::new(5);
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Notification).expect("a new message");
    town.take(1);
    town.answer(&message, accepted(&message));
    let other = PhoneNumber::new("13900000001").expect("eleven digits");
    let forged = Receipt { phone: other, ..receipt(&message, Delivery::Undelivered) };
    town.must(Command::KeepReceipts { receipts: vec![forged] });
    assert!(matches!(town.state_of(&message), MessageState::Accepted { .. }));
    // Nobody claims it, and it goes.
    town.wait(SignedDuration::from_hours(73));
    town.must(Command::Tidy);
    assert_eq!(town.state.receipts_waiting(), 0);
    town.close();
}

#[test]
fn s10_an_unknown_outcome_is_settled_by_its_receipt_or_refunded_after_three_days() {
    let mut town = Town::new(5);
    let (told, silent) = (key("demo", 1), key("demo", 2));
    for message in [&told, &silent] {
        town.send(message.clone(), Kind::Notification).expect("a new message");
    }
    town.take(2);
    town.answer(&told, CarrierAnswer::Unknown { what: "timeout".to_owned() });
    town.must(Command::Recover);
    assert_eq!(places(&town), [3, 0, 2, 0, 0]);
    assert_eq!(town.take(5), [], "S10: never blindly sent again");
    town.receipt(&told, Delivery::Undelivered);
    assert_eq!(places(&town), [3, 0, 1, 1, 0], "the carrier had it, so it is charged");
    town.wait(SignedDuration::from_hours(72));
    town.must(Command::Tidy);
    assert_eq!(town.state_of(&silent), MessageState::Failed { reason: Reason::NoReceipt });
    town.receipt(&silent, Delivery::Delivered);
    assert_eq!(places(&town), [4, 0, 0, 1, 0]);
    town.close();
}

#[test]
fn s10_a_busy_carrier_is_asked_again_later_and_later_until_it_is_too_late() {
    let mut town = Town::new(5);
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Verification).expect("a new message");
    assert_eq!(town.take(1).len(), 1);
    let mut pauses = Vec::new();
    while let MessageState::Submitting { .. } = town.state_of(&message) {
        town.answer(&message, CarrierAnswer::Busy { code: "104".to_owned() });
        assert_eq!(town.take(1), [], "not before its time");
        let MessageState::Postponed { not_before, .. } = town.state_of(&message) else { panic!("postponed") };
        let pause = not_before.duration_since(town.at);
        pauses.push(pause.as_secs());
        town.wait(pause);
        town.take(1);
    }
    assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 32, 60]);
    assert_eq!(town.state_of(&message), MessageState::Failed { reason: Reason::TooOld });
    assert_eq!(places(&town), [5, 0, 0, 0, 0]);
    town.close();
}

#[test]
fn s9_what_waited_too_long_is_given_back_instead_of_sent() {
    let mut town = Town::new(5);
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Verification).expect("a new message");
    town.wait(SignedDuration::from_mins(6));
    assert_eq!(town.take(1), []);
    assert_eq!(town.state_of(&message), MessageState::Released { reason: Reason::TooOld });
    assert_eq!(places(&town), [5, 0, 0, 0, 0]);
    town.close();
}

#[test]
fn s9_a_verification_code_passes_every_marketing_text_and_brands_take_turns() {
    let mut town = Town::new(100);
    for n in 0..20 {
        town.send(key("demo", n), Kind::Marketing).expect("a new message");
    }
    for n in 0..3 {
        town.send(key("other", n), Kind::Marketing).expect("a new message");
    }
    town.send(key("demo", 30), Kind::Verification).expect("a new message");
    let order: Vec<_> =
        town.take(7).into_iter().map(|key| (key.brand.to_string(), key.sms.0.as_u128())).collect();
    let expected =
        [("demo", 30), ("demo", 0), ("other", 0), ("demo", 1), ("other", 1), ("demo", 2), ("other", 2)];
    assert_eq!(order, expected.map(|(name, n)| (name.to_owned(), n)));
    town.close();
}

#[test]
fn s9_the_next_turn_goes_to_the_brand_after_the_one_served_last() {
    let mut town = Town::new(100);
    for n in 0..3 {
        town.send(key("demo", n), Kind::Marketing).expect("a new message");
        town.send(key("other", n), Kind::Marketing).expect("a new message");
    }
    let turns: Vec<_> = (0..4).flat_map(|_| town.take(1)).map(|key| key.brand.to_string()).collect();
    assert_eq!(turns, ["demo", "other", "demo", "other"]);
    town.close();
}

#[test]
fn facts_are_kept_once_without_holes_per_stream() {
    let mut town = Town::new(5);
    let stream = StreamId(Uuid::from_u128(1));
    let facts = |from: u64, to: u64| (from..=to).map(|seq| format!("{{\"seq\":{seq}}}")).collect::<Vec<_>>();
    let keep = |from, to| Command::KeepFacts { key: the_box(), stream, from, facts: facts(from, to) };
    assert_eq!(town.ask(keep(2, 3)), Err(Refusal::Gap));
    assert_eq!(town.must(keep(1, 3)).len(), 1);
    assert_eq!(town.must(keep(1, 3)), Vec::new());
    assert_eq!(town.must(keep(2, 5)).len(), 1, "an overlap keeps what is new");
    let kept = town.state.kept_of(&the_box()).expect("a registered box");
    assert_eq!((kept.have(stream), kept.parked), (5, 5), "facts nobody can read are kept and counted");
    assert_eq!(kept.have(StreamId(Uuid::from_u128(2))), 0, "another stream begins anew");
    let stranger = BoxKey { box_id: "box_2".parse().expect("a slug"), ..the_box() };
    let refused = town.ask(Command::KeepFacts { key: stranger, stream, from: 1, facts: facts(1, 1) });
    assert_eq!(refused, Err(Refusal::NoBox));
    town.close();
}
