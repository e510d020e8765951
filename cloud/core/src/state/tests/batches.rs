//! Texts to many, the shares of the queues, and everything that makes a message wait (S9).

use super::*;
use crate::dispatch::QuietHours;
use crate::id::BatchId;
use crate::sms::Receivers;

fn phones(count: u64) -> BTreeSet<PhoneNumber> {
    (0..count)
        .map(|n| PhoneNumber::new(format!("{}", 13_900_000_000_u64 + n)).expect("eleven digits"))
        .collect()
}

fn batch(n: u8, kind: Kind, count: u64) -> Command {
    let (brand, batch, text) = (brand("demo"), BatchId(Uuid::from_u128(n.into())), "新菜".to_owned());
    Command::SendBatch {
        brand,
        batch,
        kind,
        text,
        to: Receivers::Alike { phones: phones(count) },
        good_for: None,
    }
}

fn calls(town: &mut Town, any: usize) -> Vec<Vec<MessageKey>> {
    let entries = town.must(Command::Take { any, verification: 0 });
    let mut calls: BTreeMap<Reference, Vec<MessageKey>> = BTreeMap::new();
    for key in handed_out(&entries) {
        let reference = town.state.message(key).expect("it was taken").reference;
        calls.entry(reference).or_default().push(key.clone());
    }
    calls.into_values().collect()
}

#[test]
fn s9_a_batch_goes_out_in_calls_for_many_and_each_message_has_its_own_end() {
    let mut town = Town::new(2_000);
    town.must(batch(1, Kind::Notification, 1_200));
    assert_eq!(town.must(batch(1, Kind::Notification, 1_200)), Vec::new(), "S8");
    let other = town.ask(batch(1, Kind::Notification, 1_199));
    assert_eq!(other, Err(Refusal::MessageReused(RequestField::Phones)));
    let sizes = |town: &mut Town| calls(town, 5).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(&mut town), [180], "what the account takes in a second, but for the codes' share");
    assert_eq!(sizes(&mut town), [0; 0]);
    town.send(key("demo", 9), Kind::Verification).expect("a new message");
    assert_eq!(town.take(5), [key("demo", 9)], "a code need not wait for the account");
    for _ in 0..5 {
        town.wait(SignedDuration::from_secs(1));
        assert_eq!(sizes(&mut town), [180]);
    }
    town.wait(SignedDuration::from_secs(1));
    let rest = calls(&mut town, 5);
    assert_eq!(rest.iter().map(Vec::len).collect::<Vec<_>>(), [120]);
    let answer = |(at, key): (usize, &MessageKey)| {
        let refused = CarrierAnswer::Refused { code: "107".to_owned(), words: String::new() };
        let taken = CarrierAnswer::Accepted { carrier_message: "one-for-all".to_owned() };
        (key.clone(), if at == 0 { refused } else { taken })
    };
    town.must(Command::Answered { answers: rest[0].iter().enumerate().map(answer).collect() });
    assert_eq!(places(&town), [800, 0, 1_081, 119, 0], "one bad number fails alone");
    for by_our_name in [true, false] {
        let message = town.state.message(&rest[0][1 + usize::from(by_our_name)]).expect("sent").clone();
        let reference = by_our_name.then_some(message.reference);
        let receipt = Receipt {
            reference,
            carrier_message: "one-for-all".to_owned(),
            phone: message.wish.phone.clone(),
            ..receipt(&message.key, Delivery::Delivered)
        };
        town.must(Command::KeepReceipts { receipts: vec![receipt] });
        assert_eq!(town.state_of(&message.key), MessageState::Delivered);
    }
    town.close();
}

#[test]
fn s9_a_message_under_the_id_that_a_batch_would_give_is_that_message() {
    let mut town = Town::new(10);
    let batch_id = BatchId(Uuid::from_u128(1));
    let sms = batch_id.message_to(phones(1).first().expect("one"));
    town.send(MessageKey { brand: brand("demo"), sms }, Kind::Marketing).expect("a new message");
    town.must(batch(1, Kind::Notification, 2));
    assert_eq!(places(&town), [8, 2, 0, 0, 0], "one of each");
    town.close();
}

#[test]
fn s9_a_batch_without_units_for_all_sends_to_nobody_and_stays_so() {
    let mut town = Town::new(9);
    town.must(batch(1, Kind::Notification, 10));
    town.package("demo", "second", 100);
    assert_eq!(town.must(batch(1, Kind::Notification, 10)), Vec::new());
    let known = town.state.batch(&brand("demo"), BatchId(Uuid::from_u128(1))).expect("an answer is kept");
    assert_eq!(known.refused, Some(Units(9)));
    assert_eq!(calls(&mut town, 9), Vec::<Vec<_>>::new());
    town.close();
}

#[test]
fn s9_what_waits_of_a_batch_can_be_taken_back() {
    let mut town = Town::new(2_000);
    town.must(batch(1, Kind::Notification, 1_200));
    calls(&mut town, 1);
    let cancel = Command::CancelBatch { brand: brand("demo"), batch: BatchId(Uuid::from_u128(1)) };
    town.must(cancel.clone());
    assert_eq!(town.must(cancel), Vec::new());
    assert_eq!(places(&town), [1_820, 0, 180, 0, 0]);
    let taken = key("demo", 7);
    town.send(taken.clone(), Kind::Notification).expect("a new message");
    town.wait(SignedDuration::from_secs(5));
    town.take(1);
    assert_eq!(town.ask(Command::Cancel { key: taken }), Err(Refusal::OnItsWay));
    town.close();
}

#[test]
fn s9_who_opted_out_gets_no_advertising_when_it_is_asked_nor_when_it_waits() {
    let mut town = Town::new(100);
    let out = |is_out| Command::OptOut { brand: brand("demo"), phone: phone(), is_out };
    town.send(key("demo", 1), Kind::Marketing).expect("a new message");
    town.must(out(true));
    assert_eq!(town.must(out(true)), Vec::new());
    assert_eq!(town.take(5), [], "what waits is given back");
    assert_eq!(town.state_of(&key("demo", 1)), MessageState::Released { reason: Reason::OptedOut });
    town.send(key("demo", 2), Kind::Marketing).expect("an answer that is kept");
    assert_eq!(town.state_of(&key("demo", 2)), MessageState::Barred { reason: Reason::OptedOut });
    town.must(batch(1, Kind::Marketing, 3));
    assert_eq!(places(&town), [98, 2, 0, 0, 0], "it costs nothing, and the others get theirs");
    town.send(key("demo", 3), Kind::Notification).expect("a new message");
    town.send(key("other", 4), Kind::Marketing).expect("another brand's");
    town.must(out(false));
    town.send(key("demo", 5), Kind::Marketing).expect("a new message");
    assert_eq!(town.state_of(&key("demo", 5)), MessageState::Queued { not_before: None });
    town.close();
}

#[test]
fn s9_advertising_waits_over_the_quiet_hours_and_nothing_else_does() {
    let mut town = Town::new(100);
    // 23:00 in China.
    town.at = "2026-11-22T15:00:00Z".parse().expect("a time");
    let (advertising, code) = (key("demo", 1), key("demo", 2));
    town.send(advertising.clone(), Kind::Marketing).expect("a new message");
    town.send(code.clone(), Kind::Verification).expect("a new message");
    assert_eq!(town.take(5), [code]);
    town.wait(SignedDuration::from_hours(9));
    assert_eq!(town.take(5), [advertising]);
    town.close();
}

#[test]
fn s9_a_receiver_of_many_gets_the_next_one_later() {
    let mut town = Town::new(100);
    let pace = Pace { phone: Rate { every: SignedDuration::from_secs(30), burst: 2 }, ..Pace::default() };
    town.state = State::new(Rules { pace, ..Rules::default() });
    town.state.apply_all(&town.journal.clone());
    for n in 0..4 {
        town.send(key("demo", n), Kind::Verification).expect("a new message");
    }
    let taken = |town: &mut Town| town.take(9).len();
    assert_eq!(taken(&mut town), 2);
    town.wait(SignedDuration::from_secs(30));
    assert_eq!(taken(&mut town), 1);
    town.wait(SignedDuration::from_secs(29));
    assert_eq!(taken(&mut town), 0);
    town.wait(SignedDuration::from_secs(1));
    assert_eq!(taken(&mut town), 1);
}

#[test]
fn s9_guests_who_wait_come_before_advertising_but_do_not_shut_it_out() {
    let mut town = Town::new(2_000);
    for n in 0..40 {
        town.send(key("demo", n), Kind::Notification).expect("a new message");
    }
    for n in 40..80 {
        town.send(key("demo", n), Kind::Marketing).expect("a new message");
    }
    let taken: Vec<_> = (0..25).flat_map(|_| town.take(1)).collect();
    let kinds: Vec<_> =
        taken.into_iter().map(|key| town.state.message(&key).expect("it was taken").wish.kind).collect();
    let notifications = kinds.iter().filter(|kind| **kind == Kind::Notification).count();
    assert_eq!(notifications, 20, "four of five: {kinds:?}");
    town.close();
}

#[test]
fn s9_a_million_of_one_brand_are_a_batch_of_another_brands_neighbour() {
    let mut town = Town::new(5_000);
    for n in 1..=4 {
        town.must(batch(n, Kind::Marketing, 1_000));
    }
    assert_eq!(calls(&mut town, 1)[0].len(), 180);
    town.send(key("other", 1), Kind::Marketing).expect("a new message");
    town.wait(SignedDuration::from_secs(5));
    assert_eq!(town.take(1), [key("other", 1)], "who has had least is next");
    town.close();
}

#[test]
fn s9_what_nobody_takes_is_given_back_by_the_clock() {
    let mut town = Town::new(5);
    let message = key("demo", 1);
    let good_for = Some(SignedDuration::from_secs(60));
    let (kind, text) = (Kind::Verification, "你好".to_owned());
    town.must(Command::Send { key: message.clone(), kind, phone: phone(), text, good_for });
    town.wait(SignedDuration::from_secs(61));
    town.must(Command::Tidy);
    assert_eq!(town.state_of(&message), MessageState::Released { reason: Reason::TooOld });
    assert_eq!(town.state.messages_waiting(), 0);
    town.close();
}

#[test]
fn quiet_hours_are_a_setting() {
    let mut town = Town::new(5);
    let noon = jiff::civil::Time::constant(12, 0, 0, 0);
    let pace = Pace { quiet: QuietHours { from: noon, until: noon }, ..Pace::default() };
    town.state = State::new(Rules { pace, ..Rules::default() });
    town.state.apply_all(&town.journal.clone());
    town.at = "2026-11-22T15:00:00Z".parse().expect("a time");
    town.send(key("demo", 1), Kind::Marketing).expect("a new message");
    assert_eq!(town.take(5).len(), 1, "from noon until noon it is never quiet");
}
