//! Texts to many of whom each gets words of their own (S8, S9, S12).

use std::num::{NonZeroU16, NonZeroU32};

use super::*;
use crate::carrier::{Ask, CarrierAccount, CarrierSecret, Protocol, Route};
use crate::id::{BatchId, CarrierAccountId};
use crate::sms::{BadText, Parameter, Receivers};

const BATCH: BatchId = BatchId(Uuid::from_u128(1));

fn receiver(n: u64) -> PhoneNumber {
    PhoneNumber::new(format!("{}", 13_900_000_000_u64 + n)).expect("eleven digits")
}

fn parameter(text: &str) -> Parameter {
    text.to_owned().try_into().expect("words")
}

/// To the first numbers, with these in the places of the text.
fn each(kind: Kind, text: &str, parameters: &[&[&str]]) -> Command {
    let own = |of_one: &[&str]| of_one.iter().map(|text| parameter(text)).collect();
    let parameters = (0..).zip(parameters).map(|(n, of_one)| (receiver(n), own(of_one))).collect();
    let (to, text) = (Receivers::Each { parameters }, text.to_owned());
    Command::SendBatch { brand: brand("demo"), batch: BATCH, kind, text, to, good_for: None }
}

fn message(n: u64) -> MessageKey {
    MessageKey { brand: brand("demo"), sms: BATCH.message_to(&receiver(n)) }
}

/// A text of that many characters with the signature, of which the parameter is what is left.
fn filler(length: usize) -> String {
    "字".repeat(length - "【示例】，您好".chars().count())
}

#[test]
fn s12_each_message_costs_the_segments_of_its_own_text_and_ends_by_itself() {
    let mut town = Town::new(9);
    let (long, longer) = (filler(71), filler(135));
    let text = "{1}，您好";
    town.must(each(Kind::Notification, text, &[&["李"], &[&long], &[&longer]]));
    let known = |town: &Town, n| town.state.message(&message(n)).expect("it was asked for").wish.clone();
    assert_eq!([0, 1, 2].map(|n| known(&town, n).units), [1, 2, 3].map(Units));
    assert_eq!(known(&town, 0).text, "【示例】李，您好");
    assert_eq!(places(&town), [3, 6, 0, 0, 0]);
    let taken = town.take(5);
    assert_eq!(taken.len(), 3);
    let references: BTreeSet<_> =
        taken.iter().map(|key| town.state.message(key).expect("taken").reference).collect();
    assert_eq!(references.len(), 1, "one call");
    town.answer(&message(0), accepted(&message(0)));
    town.answer(&message(1), CarrierAnswer::Refused { code: "105".to_owned(), words: String::new() });
    town.answer(&message(2), CarrierAnswer::Unknown { what: "some were dropped".to_owned() });
    assert_eq!(
        places(&town),
        [5, 0, 3, 1, 0],
        "S6: what was refused is refunded, what nobody knows is in doubt"
    );
    town.wait(SignedDuration::from_hours(72));
    town.must(Command::Tidy);
    assert_eq!(places(&town), [8, 0, 0, 1, 0], "S10");
    town.close();
}

#[test]
fn s8_the_same_again_is_the_same_and_other_parameters_are_named_also_when_it_is_on_file() {
    let mut town = Town::new(9);
    let text = "{2}号，{1}";
    let asked = || each(Kind::Notification, text, &[&["李", "1"], &["王", "2"]]);
    let others = [
        (each(Kind::Notification, text, &[&["李", "1"], &["王", "3"]]), RequestField::Parameters),
        (each(Kind::Notification, text, &[&["李", "1"]]), RequestField::Phones),
        (each(Kind::Notification, "{1}，{2}号", &[&["李", "1"], &["王", "2"]]), RequestField::Text),
        (each(Kind::Marketing, text, &[&["李", "1"], &["王", "2"]]), RequestField::Kind),
    ];
    town.must(asked());
    for at_hand in [true, false] {
        assert_eq!(town.must(asked()), Vec::new(), "at hand: {at_hand}");
        for (other, field) in &others {
            assert_eq!(town.ask(other.clone()), Err(Refusal::MessageReused(*field)), "at hand: {at_hand}");
        }
        for key in town.take(5) {
            town.answer(&key, accepted(&key));
        }
        town.wait(SignedDuration::from_hours(41 * 24));
        town.must(Command::Tidy);
        let kept = town.state.batch(&brand("demo"), BATCH).expect("it was asked for");
        assert_eq!(kept.wish.to.phones().count(), 0, "no words of anybody's in memory");
    }
    town.close();
}

#[test]
fn s8_words_that_cannot_be_sent_are_refused_for_all_and_the_receiver_is_named() {
    let mut town = Town::new(9);
    let mut ask = |text: &str, parameters: &[&[&str]]| town.ask(each(Kind::Notification, text, parameters));
    for text in ["您好", "{2}，您好", "{1}{1}", "{", "{$var}"] {
        assert_eq!(ask(text, &[&["李"]]), Err(Refusal::Text(BadText::Places)), "{text}");
    }
    let to_the_second = |source| Err(Refusal::TextTo { phone: receiver(1), source });
    let (few, many) = (BadText::Parameters { has: 0, needs: 1 }, BadText::Parameters { has: 2, needs: 1 });
    assert_eq!(ask("{1}，您好", &[&["李"], &[]]), to_the_second(few));
    assert_eq!(ask("{1}，您好", &[&["李"], &["王", "2"]]), to_the_second(many));
    assert_eq!(ask("{1}，您好", &[&["李"], &[&filler(537)]]), to_the_second(BadText::Length));
    assert!(ask("{1}，您好", &[&["李"]]).is_ok(), "nothing was kept of what was refused");
    assert_eq!(places(&town), [8, 1, 0, 0, 0]);
    town.close();
}

#[test]
fn s9_advertising_costs_nothing_to_who_opted_out_and_goes_to_nobody_for_want_of_units() {
    let mut town = Town::new(3);
    town.must(Command::OptOut { brand: brand("demo"), phone: receiver(0), is_out: true });
    let long = filler(71);
    town.must(each(Kind::Marketing, "{1}，您好", &[&[&long], &["王"], &[&long]]));
    assert_eq!(town.state_of(&message(0)), MessageState::Barred { reason: Reason::OptedOut });
    assert_eq!(places(&town), [0, 3, 0, 0, 0], "enough for the other two, and for them alone");
    town.close();
    let mut town = Town::new(3);
    town.must(each(Kind::Marketing, "{1}，您好", &[&[&long], &[&long]]));
    let known = town.state.batch(&brand("demo"), BATCH).expect("an answer is kept");
    assert_eq!((known.refused, places(&town)), (Some(Units(3)), [3, 0, 0, 0, 0]));
    town.close();
}

#[test]
fn s9_where_a_call_says_the_same_to_all_each_is_a_call_of_its_own() {
    let mut town = Town::new(9);
    let by_template = CarrierAccount {
        id: "templates".parse::<CarrierAccountId>().expect("an id"),
        brand: None,
        protocol: Protocol::ChuanglanTemplate {
            base_url: "https://carrier.example".parse().expect("an address"),
            account: "N1".parse().expect("a name"),
            templates: crate::carrier::Templates::default(),
        },
        secret: CarrierSecret::OfSettings,
        hook: None,
        receipts: crate::carrier::Receipts::Brought,
        per_second: NonZeroU32::new(100).expect("some"),
        batch_max: NonZeroU16::new(500).expect("some"),
    };
    let account = Some(by_template.id.clone());
    let route = Route { brand: None, kind: None };
    town.must(Command::Carrier(Ask::Set(Box::new(by_template))));
    town.must(each(Kind::Notification, "{1}，您好", &[&["李"], &["王"], &["赵"]]));
    town.must(Command::Carrier(Ask::Use { route: route.clone(), account }));
    assert_eq!(town.take(1).len(), 1, "one hand, one message");
    town.must(Command::Carrier(Ask::Use { route, account: None }));
    assert_eq!(town.take(1).len(), 2, "the account takes words of each");
    for n in 0..3 {
        let MessageState::Submitting { .. } = town.state_of(&message(n)) else { panic!("{n} was not taken") };
    }
    town.close();
}

#[test]
fn the_journal_of_a_batch_is_read_back_for_ever() {
    let alike = r#"{"entry":"batch_asked","brand":"demo","batch":"00000000-0000-0000-0000-000000000001",
        "wish":{"kind":"marketing","text":"【示例】新菜","units_each":1,"phones":["13900000000"],"good_for":"PT1M"},
        "at":"2026-11-22T12:00:00Z"}"#;
    let each = r#"{"entry":"batch_asked","brand":"demo","batch":"00000000-0000-0000-0000-000000000001",
        "wish":{"kind":"notification","text":"【示例】{1}，您好","parameters":{"13900000000":["李"]}},
        "refused":3,"at":"2026-11-22T12:00:00Z"}"#;
    for written in [alike, each] {
        let entry: Entry = serde_json::from_str(written).expect("an entry");
        let of = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        let again = serde_json::to_string(&entry).expect("plain data");
        assert_eq!(of(&again), of(written));
        let Entry::BatchAsked { wish, .. } = entry else { panic!("a batch") };
        assert_eq!(wish.to.phones().collect::<Vec<_>>(), [&phone()]);
        assert_eq!(wish.to.parameters().is_some(), written == each);
    }
}
