//! Carrier accounts: whose they are, which messages they take, and what their receipts may settle.

use std::num::{NonZeroU16, NonZeroU32};

use super::*;
use crate::carrier::{
    self, Ask, CarrierAccount, CarrierSecret, Hook, Protocol, ReceiptIds, Receipts, Reply, Route, Smpp,
    Templates,
};
use crate::channel::Sealed;
use crate::id::CarrierAccountId;

fn id(name: &str) -> CarrierAccountId {
    name.parse().expect("an id")
}

fn account(name: &str, owner: Option<&str>) -> CarrierAccount {
    let token = SecretHash(format!("hash of {name}"));
    CarrierAccount {
        id: id(name),
        brand: owner.map(brand),
        protocol: Protocol::Chuanglan {
            base_url: "https://smssh1.253.com".parse().expect("an address"),
            account: "N0000002".parse().expect("a name"),
        },
        secret: CarrierSecret::Sealed(Sealed("sealed".to_owned())),
        hook: Some(Hook { token, sealed: Sealed("sealed".to_owned()), from: Vec::new() }),
        receipts: Receipts::Brought,
        per_second: NonZeroU32::new(50).expect("some"),
        batch_max: NonZeroU16::new(500).expect("some"),
    }
}

fn set(account: CarrierAccount) -> Command {
    Command::Carrier(Ask::Set(Box::new(account)))
}

fn route(owner: Option<&str>, kind: Option<Kind>, to: Option<&str>) -> Command {
    Command::Carrier(Ask::Use { route: Route { brand: owner.map(brand), kind }, account: to.map(id) })
}

#[test]
fn s9_the_narrowest_route_leads_to_the_account_and_the_settings_account_takes_the_rest() {
    let mut town = Town::new(1);
    for name in ["all", "codes", "own", "own_codes"] {
        town.must(set(account(name, name.starts_with("own").then_some("demo"))));
    }
    let led = |town: &Town, name: &str, kind| town.state.carrier_for(&brand(name), kind);
    assert_eq!(led(&town, "demo", Kind::Marketing), CarrierAccountId::settings());
    assert!(town.state.carrier(&CarrierAccountId::settings()).is_some());
    town.must(route(None, None, Some("all")));
    town.must(route(None, Some(Kind::Verification), Some("codes")));
    town.must(route(Some("demo"), None, Some("own")));
    town.must(route(Some("demo"), Some(Kind::Verification), Some("own_codes")));
    assert_eq!(led(&town, "other", Kind::Marketing), id("all"));
    assert_eq!(led(&town, "other", Kind::Verification), id("codes"));
    assert_eq!(led(&town, "demo", Kind::Notification), id("own"));
    assert_eq!(led(&town, "demo", Kind::Verification), id("own_codes"));
    town.must(route(Some("demo"), Some(Kind::Verification), None));
    assert_eq!(led(&town, "demo", Kind::Verification), id("own"));
    assert!(town.must(route(Some("demo"), Some(Kind::Verification), None)).is_empty(), "so already");
    assert!(town.must(set(account("all", None))).is_empty(), "the same account again is nothing new");
}

#[test]
fn an_account_is_used_by_its_owner_alone_and_within_the_vendors_limit() {
    let mut town = Town::new(1);
    town.must(set(account("own", Some("demo"))));
    let refused = |refusal: carrier::Refusal| Err(Refusal::Carrier(refusal));
    for wrong in [Some("other"), None] {
        assert_eq!(town.ask(route(wrong, None, Some("own"))), refused(carrier::Refusal::OtherOwner));
        assert_eq!(town.ask(set(account("own", wrong))), refused(carrier::Refusal::OtherOwner));
    }
    assert_eq!(town.ask(route(None, None, Some("nobodys"))), refused(carrier::Refusal::NoAccount));
    assert_eq!(town.ask(set(account("x1", Some("nobody")))), Err(Refusal::NoBrand));
    let many = CarrierAccount { batch_max: NonZeroU16::MAX, ..account("many", None) };
    assert_eq!(town.ask(set(many)), refused(carrier::Refusal::BatchTooLarge { max: 1_000 }));
}

#[test]
fn s7_receipts_are_fetched_where_the_vendor_keeps_them_and_nowhere_else() {
    let mut town = Town::new(1);
    for (name, protocol) in protocols() {
        let keeps = protocol.keeps_receipts();
        let fetched = CarrierAccount {
            protocol,
            receipts: Receipts::Fetched,
            batch_max: NonZeroU16::MIN,
            ..account(name, None)
        };
        let refused = Refusal::Carrier(carrier::Refusal::NothingToFetch);
        assert_eq!(town.ask(set(fetched)).err(), (!keeps).then_some(refused), "{name}");
        assert_eq!(keeps, ["chuanglan", "tencent"].contains(&name));
    }
}

#[test]
fn s7_a_page_of_receipts_is_kept_in_its_order_or_not_at_all() {
    let mut town = Town::new(3);
    let messages: Vec<_> = (1..=2).map(|number| key("demo", number)).collect();
    for message in &messages {
        town.send(message.clone(), Kind::Notification).expect("a new message");
    }
    town.take(2);
    messages.iter().for_each(|message| town.answer(message, accepted(message)));
    let of = |message: &MessageKey, delivery| Receipt { reference: None, ..receipt(message, delivery) };
    let stray = of(&key("demo", 3), Delivery::Delivered);
    let page = vec![
        of(&messages[0], Delivery::Unknown),
        of(&messages[0], Delivery::Delivered),
        stray.clone(),
        of(&messages[0], Delivery::Undelivered),
        of(&messages[1], Delivery::Undelivered),
        of(&messages[1], Delivery::Delivered),
    ];
    town.must(Command::KeepReceipts { receipts: page });
    assert_eq!(town.state_of(&messages[0]), MessageState::Delivered, "the first of two that differ counts");
    assert!(matches!(town.state_of(&messages[1]), MessageState::Undelivered { .. }));
    assert_eq!(town.state.receipts_waiting(), 1, "the stray one waits for its message");
    let room = town.state.receipts_room();
    let flood = vec![stray; room + 1];
    assert_eq!(town.ask(Command::KeepReceipts { receipts: flood }), Err(Refusal::InboxFull));
    assert_eq!(town.state.receipts_room(), room);
    town.close();
}

#[test]
fn s7_a_brands_own_account_settles_no_other_brands_messages() {
    let mut town = Town::new(2);
    for (name, owner) in [("own", Some("demo")), ("alien", Some("other")), ("shared", None)] {
        town.must(set(account(name, owner)));
    }
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Notification).expect("a new message");
    town.take(1);
    let answer = CarrierAnswer::Accepted { carrier_message: "77".to_owned() };
    town.must(Command::Answered { answers: vec![(message.clone(), answer)] });
    for (through, settled) in [("alien", false), ("own", true)] {
        let receipt = Receipt { account: Some(id(through)), ..receipt(&message, Delivery::Delivered) };
        town.must(Command::KeepReceipts { receipts: vec![receipt] });
        assert_eq!(town.state_of(&message) == MessageState::Delivered, settled, "{through}");
    }
}

#[test]
fn s9_who_answers_that_it_is_enough_gets_no_more_advertising_of_whoever_may_have_sent_it() {
    let mut town = Town::new(1);
    town.must(set(account("own", Some("demo"))));
    let reply = |by: CarrierAccountId, text: &str| {
        let reply = Reply { phone: phone(), text: text.to_owned() };
        // Some send it twice, to be sure.
        Command::Carrier(Ask::Replies { account: by, replies: vec![reply.clone(), reply] })
    };
    let told = |entries: Vec<Entry>| -> Vec<String> {
        let told = entries.into_iter().map(|entry| match entry {
            Entry::OptedOut { brand, is_out: true, .. } => brand.to_string(),
            other => panic!("{other:?}"),
        });
        told.collect()
    };
    assert!(told(town.must(reply(id("own"), "谢谢"))).is_empty());
    assert_eq!(told(town.must(reply(id("own"), " r。"))), ["demo"], "the owner's alone");
    assert!(told(town.must(reply(id("own"), "R"))).is_empty(), "it is out already");
    town.must(route(Some("demo"), None, Some("own")));
    assert_eq!(told(town.must(reply(CarrierAccountId::settings(), "退订"))), ["other"], "whoever uses it");
    let unknown = town.ask(reply(id("nobodys"), "R"));
    assert_eq!(unknown, Err(Refusal::Carrier(carrier::Refusal::NoAccount)));
}

#[test]
fn accounts_and_routes_are_read_back_as_they_were_kept() {
    let mut town = Town::new(1);
    for (name, protocol) in protocols() {
        let mut account =
            CarrierAccount { protocol, batch_max: NonZeroU16::MIN, ..account(name, Some("demo")) };
        account.hook = account.hook.filter(|_| account.protocol.caller().is_some());
        account.hook.iter_mut().for_each(|hook| hook.from = vec!["192.0.2.0/24".parse().expect("a network")]);
        town.must(set(account));
    }
    let mut fetched = account("fetched", None);
    (fetched.hook, fetched.receipts) = (None, Receipts::Fetched);
    town.must(set(fetched));
    town.must(route(Some("demo"), Some(Kind::Marketing), Some("smsc")));
    town.must(route(Some("demo"), Some(Kind::Marketing), None));
    let golden: Vec<_> = include_str!("carriers.golden.jsonl").lines().collect();
    let kept: Vec<_> = town.journal.iter().filter(|entry| matches!(entry, Entry::Carrier(_))).collect();
    let written: Vec<_> =
        kept.iter().map(|entry| serde_json::to_string(entry).expect("plain data")).collect();
    assert_eq!(written, golden);
    for (line, entry) in golden.into_iter().zip(kept) {
        assert_eq!(serde_json::from_str::<Entry>(line).expect("what was kept once is read for ever"), *entry);
    }
}

/// One account of each protocol.
fn protocols() -> [(&'static str, Protocol); 4] {
    let text = |text: &str| text.parse().expect("a vendor's text");
    let address = |text: &str| text.parse().expect("an address");
    let templates = Templates(vec!["1=您的验证码是{1}".parse().expect("a template")]);
    let smpp = Smpp {
        address: text("smpps://smsc.example:3550"),
        system_id: text("chuancai"),
        system_type: None,
        source: text("10690000"),
        country: text("86"),
        window: NonZeroU16::MIN,
        receipt_ids: ReceiptIds::Decimal,
    };
    [
        (
            "chuanglan",
            Protocol::Chuanglan { base_url: address("https://smssh1.253.com"), account: text("N0000002") },
        ),
        (
            "version_2",
            Protocol::ChuanglanTemplate {
                base_url: address("https://smssh.253.com"),
                account: text("N0000002"),
                templates: templates.clone(),
            },
        ),
        (
            "tencent",
            Protocol::TencentSms {
                base_url: address("https://sms.tencentcloudapi.com"),
                region: text("ap-guangzhou"),
                application: text("1400000001"),
                secret_id: text("AKIDEXAMPLE"),
                templates,
            },
        ),
        ("smsc", Protocol::Smpp(smpp)),
    ]
}
