//! What goes on file, when, and what is still known of it then.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use shared::guest::PhoneNumber;
use uuid::Uuid;

use super::super::*;
use super::{Town, accepted, brand, key, phone, places};
use crate::id::BatchId;
use crate::ledger::RequestField;
use crate::sms::{Delivery, Ending, Kind, MessageState, Receipt, Receivers};
use crate::units::Units;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn days(count: i32) -> SignedDuration {
    DAY * count
}

fn files(town: &mut Town) -> usize {
    let on_file = |entry: &&Entry| matches!(entry, Entry::Filed(_));
    town.must(Command::Tidy).iter().filter(on_file).count()
}

fn is_on_file(town: &Town, key: &MessageKey) -> Option<Ending> {
    let filed = town.state.filed(key).map(|filed| filed.ending);
    assert_ne!(filed.is_some(), town.state.message(key).is_some(), "either here or there");
    filed
}

impl Town {
    /// Sent, taken by the carrier, and its receipt heard if there is one.
    fn carried(&mut self, n: u8, receipt: Option<Delivery>) -> MessageKey {
        let message = key("demo", n);
        self.send(message.clone(), Kind::Notification).expect("a new message");
        assert_eq!(self.take(1), std::slice::from_ref(&message));
        self.answer(&message, accepted(&message));
        if let Some(delivery) = receipt {
            self.receipt(&message, delivery);
        }
        message
    }
}

#[test]
fn s8_what_ended_long_ago_is_on_file_and_answers_a_repeat_as_before() {
    let mut town = Town::new(9);
    let message = town.carried(1, Some(Delivery::Delivered));
    town.wait(days(40) - SignedDuration::from_secs(1));
    assert_eq!(files(&mut town), 0, "a second too early");
    let before = places(&town);
    town.wait(SignedDuration::from_secs(1));
    assert_eq!(files(&mut town), 1);
    assert_eq!(is_on_file(&town, &message), Some(Ending::Delivered));
    assert_eq!(places(&town), before, "no unit moved");
    assert_eq!(town.send(message.clone(), Kind::Notification), Ok(Vec::new()), "the same again");
    let other = |text: &str, phone: &str, good_for_s: Option<i64>| Command::Send {
        key: message.clone(),
        kind: Kind::Notification,
        phone: PhoneNumber::new(phone).expect("eleven digits"),
        text: text.to_owned(),
        good_for: good_for_s.map(SignedDuration::from_secs),
    };
    for (command, field) in [
        (other("再见", phone().digits(), None), RequestField::Text),
        (other("你好", "13900000001", None), RequestField::Phone),
        (other("你好", phone().digits(), Some(60)), RequestField::GoodFor),
    ] {
        assert_eq!(town.ask(command), Err(Refusal::MessageReused(field)));
    }
    let advertising = town.send(message.clone(), Kind::Marketing);
    assert_eq!(advertising, Err(Refusal::MessageReused(RequestField::Kind)));
    assert_eq!(town.ask(Command::Cancel { key: message }), Err(Refusal::OnItsWay));
    town.close();
}

#[test]
fn s3_units_that_are_held_are_never_filed_away() {
    let mut town = Town::new(1);
    town.state.rules.patience.notification = days(400);
    town.state.rules.patience.in_doubt = days(400);
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Notification).expect("a new message");
    town.wait(days(100));
    assert_eq!((files(&mut town), places(&town)[1]), (0, 1), "it waits");
    town.take(1);
    town.wait(days(100));
    assert_eq!((files(&mut town), places(&town)[2]), (0, 1), "it is at the carrier");
    town.must(Command::Recover);
    town.wait(days(100));
    assert_eq!((files(&mut town), places(&town)[2]), (0, 1), "it is in doubt");
    town.receipt(&message, Delivery::Delivered);
    assert_eq!(town.state_of(&message), MessageState::Delivered);
    town.wait(days(40));
    assert_eq!((files(&mut town), places(&town)[3]), (1, 1));
}

#[test]
fn s8_a_want_of_units_stays_the_answer_on_file() {
    let mut town = Town::new(0);
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Notification).expect("an answer that is kept");
    town.package("demo", "later", 9);
    town.wait(days(41));
    files(&mut town);
    assert_eq!(town.send(message.clone(), Kind::Notification), Ok(Vec::new()));
    assert_eq!(is_on_file(&town, &message), Some(Ending::Refused { available: Units(0) }));
    town.close();
}

#[test]
fn s7_a_receipt_that_was_heard_in_time_starts_the_forty_days_anew_and_one_after_them_changes_nothing() {
    let mut town = Town::new(9);
    let (early, late) = (town.carried(1, None), town.carried(2, None));
    town.wait(days(2));
    town.receipt(&early, Delivery::Undelivered);
    town.wait(days(38));
    assert_eq!(files(&mut town), 1);
    assert_eq!((is_on_file(&town, &early), is_on_file(&town, &late)), (None, Some(Ending::Accepted)));
    town.receipt(&late, Delivery::Delivered);
    assert_eq!((is_on_file(&town, &late), town.state.receipts_waiting()), (Some(Ending::Accepted), 1));
    town.wait(days(3));
    assert_eq!(files(&mut town), 1);
    assert_eq!(is_on_file(&town, &early), Some(Ending::Undelivered));
    assert_eq!(town.state.receipts_waiting(), 0, "nobody claims it");
    town.close();
}

#[test]
fn a_name_that_the_carrier_used_again_stays_the_later_messages() {
    let mut town = Town::new(9);
    let first = town.carried(1, None);
    town.wait(days(39));
    let later = key("demo", 2);
    town.send(later.clone(), Kind::Notification).expect("a new message");
    town.take(1);
    town.answer(&later, accepted(&first));
    town.wait(days(1));
    assert_eq!(files(&mut town), 1);
    let nameless = Receipt { reference: None, ..super::receipt(&first, Delivery::Delivered) };
    town.must(Command::KeepReceipts { receipts: vec![nameless] });
    assert_eq!(town.state_of(&later), MessageState::Delivered);
    town.close();
}

#[test]
fn s9_a_batch_on_file_is_counted_and_answers_a_repeat() {
    let mut town = Town::new(9);
    let phones = |count: u32| -> BTreeSet<_> {
        let phone = |n| PhoneNumber::new(format!("1390000{n:04}")).expect("eleven digits");
        (0..count).map(phone).collect()
    };
    let batch = |count| Command::SendBatch {
        brand: brand("demo"),
        batch: BatchId(Uuid::from_u128(1)),
        kind: Kind::Notification,
        text: "你好".to_owned(),
        to: Receivers::Alike { phones: phones(count) },
        good_for: None,
    };
    town.must(batch(3));
    for message in town.take(1) {
        town.answer(&message, accepted(&message));
    }
    let cancel = Command::CancelBatch { brand: brand("demo"), batch: BatchId(Uuid::from_u128(1)) };
    town.must(cancel.clone());
    let known = |town: &Town| {
        town.state.batch(&brand("demo"), BatchId(Uuid::from_u128(1))).expect("it was asked for").clone()
    };
    assert_eq!(known(&town).wish.to.phones().count(), 3);
    town.wait(days(41));
    files(&mut town);
    let on_file = known(&town);
    assert_eq!(on_file.wish.to.phones().count(), 0, "no receivers in memory");
    assert_eq!(on_file.on_file, BTreeMap::from([(Ending::Accepted, 3)]));
    assert_eq!(town.must(batch(3)), Vec::new(), "the same again");
    assert_eq!(town.ask(batch(2)), Err(Refusal::MessageReused(RequestField::Phones)));
    assert_eq!(town.must(cancel), Vec::new(), "nothing waits");
    town.close();
}

#[test]
fn a_great_many_go_on_file_little_by_little() {
    let mut town = Town::new(5_000);
    let entries = (0..4_500_u32).map(|n| {
        let key = MessageKey { brand: brand("demo"), sms: SmsId(Uuid::from_u128(n.into())) };
        let text = "你好".to_owned();
        town.must(Command::Send {
            key: key.clone(),
            kind: Kind::Marketing,
            phone: phone(),
            text,
            good_for: None,
        });
        town.must(Command::Cancel { key }).len()
    });
    assert_eq!(entries.sum::<usize>(), 9_000);
    town.wait(days(41));
    let at_hand = |town: &Town| town.state.messages(&brand("demo")).count();
    for left in [3_500, 2_500, 1_500, 500, 0, 0] {
        files(&mut town);
        assert_eq!((at_hand(&town), town.state.filed_count(&brand("demo"))), (left, 4_500 - left));
    }
    assert_eq!((town.state.references.len(), town.state.carrier_messages.len()), (0, 0));
    town.close();
}
