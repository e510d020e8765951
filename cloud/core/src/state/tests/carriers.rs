//! Carrier accounts: whose they are, which messages they take, and what their receipts may settle.

use std::num::{NonZeroU16, NonZeroU32};

use super::*;
use crate::carrier::{self, Ask, CarrierAccount, CarrierSecret, Hook, Protocol, Route};
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
fn s7_a_brands_own_account_settles_no_other_brands_messages() {
    let mut town = Town::new(2);
    for (name, owner) in [("own", Some("demo")), ("alien", Some("other")), ("shared", None)] {
        town.must(set(account(name, owner)));
    }
    let message = key("demo", 1);
    town.send(message.clone(), Kind::Notification).expect("a new message");
    town.take(1);
    let answer = CarrierAnswer::Accepted { carrier_message: "77".to_owned() };
    town.must(Command::Answered { key: message.clone(), answer });
    for (through, settled) in [("alien", false), ("own", true)] {
        let receipt = Receipt { account: Some(id(through)), ..receipt(&message, Delivery::Delivered) };
        town.must(Command::KeepReceipt { receipt });
        assert_eq!(town.state_of(&message) == MessageState::Delivered, settled, "{through}");
    }
}

#[test]
fn accounts_and_routes_are_read_back_as_they_were_kept() {
    let mut town = Town::new(1);
    town.must(set(account("own", Some("demo"))));
    town.must(route(Some("demo"), Some(Kind::Marketing), Some("own")));
    town.must(route(Some("demo"), Some(Kind::Marketing), None));
    let golden: Vec<_> = include_str!("carriers.golden.jsonl").lines().collect();
    let kept = town.journal.iter().filter(|entry| matches!(entry, Entry::Carrier(_)));
    let written: Vec<_> = kept.map(|entry| serde_json::to_string(entry).expect("plain data")).collect();
    assert_eq!(written, golden);
    for line in golden {
        let entry: Entry = serde_json::from_str(line).expect("an entry that was kept once is read for ever");
        assert!(matches!(entry, Entry::Carrier(_)));
    }
}
