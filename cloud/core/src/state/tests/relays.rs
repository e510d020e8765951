//! Messages sent on by other channels: once, again while it makes sense, and never between brands.

use jiff::SignedDuration;
use serde_json::json;
use shared::id::{BoxId, MessageId, StreamId};
use uuid::Uuid;

use super::super::*;
use super::{Town, brand, the_box};
use crate::channel::{ChannelSettings, RelayChannel, Sealed, Target, TencentIm, Webhook};
use crate::id::PasswordHash;
use crate::relay::{Answer, Beginning, Parcel, ParcelState, Reason, RelayState, Stamped, Step, Wish};

fn message(n: u128) -> MessageId {
    MessageId(Uuid::from_u128(n))
}

fn key(n: u128) -> RelayKey {
    RelayKey { brand: brand("demo"), message: message(n) }
}

fn webhook() -> ChannelSettings {
    let url = "https://brand.example/hooks".parse().expect("an address");
    ChannelSettings::Webhook(Webhook { url, secret: Sealed("sealed".to_owned()) })
}

fn tencent_im(named: &[&str]) -> ChannelSettings {
    ChannelSettings::TencentIm(TencentIm {
        base_url: "https://console.tim.qq.com".parse().expect("an address"),
        sdk_app_id: 1_400_000_001,
        admin: "administrator".parse().expect("an IM user"),
        secret: Sealed("sealed".to_owned()),
        named: named.iter().map(|user| user.parse().expect("an IM user")).collect(),
        users: BTreeMap::new(),
    })
}

/// The fact that asks for a message: made by the box at `at`, worth telling for a minute.
fn fact(seq: u64, n: u128, channel: &str, at: jiff::Timestamp) -> String {
    let relay = json!({
        "message": message(n), "event": "pickup_called", "kind": "announce", "channel": channel,
        "text": "801 水饺好了", "good_for_s": 60,
    });
    let fact = json!({ "type": "message_relayed", "relay": relay });
    let raw =
        json!({ "seq": seq, "at": at, "by": "box", "request": Uuid::from_u128(n), "fact": fact }).to_string();
    serde_json::from_str::<shared::fact::Recorded>(&raw).expect("a fact of today's wire");
    raw
}

impl Town {
    fn has(&mut self, settings: ChannelSettings) {
        self.must(Command::SetChannel { brand: brand("demo"), settings });
    }

    /// A box asks, in a stream of its own.
    fn relay(&mut self, n: u128, channel: &str) -> Vec<Entry> {
        let facts = vec![fact(1, n, channel, self.at)];
        let stream = StreamId(Uuid::new_v5(&Uuid::from_u128(n), &self.at.as_nanosecond().to_be_bytes()));
        self.must(Command::KeepFacts { key: the_box(), stream, from: 1, facts })
    }

    fn parcels(&mut self, hands: usize) -> Vec<Parcel> {
        let entries = self.must(Command::TakeParcels { hands, per_brand: 4 });
        parcels_handed_out(&entries).cloned().collect()
    }

    fn told(&mut self, parcel: &Parcel, answer: Answer) {
        self.must(Command::ParcelAnswered { parcel: parcel.clone(), answer });
    }

    fn whole(&self, n: u128) -> RelayState {
        self.state.relayed(&key(n)).expect("it was asked for").state()
    }

    fn parcel_state(&self, n: u128) -> ParcelState {
        let relayed = self.state.relayed(&key(n)).expect("it was asked for");
        relayed.deliveries.values().next().expect("a target").state.clone()
    }
}

fn taken() -> Answer {
    Answer::Taken { receipt: "204".to_owned() }
}

fn busy(at_least: SignedDuration) -> Answer {
    Answer::Busy { code: "503".to_owned(), words: "words".to_owned(), at_least }
}

#[test]
fn m9_a_message_is_sent_on_once_whatever_the_box_repeats() {
    let mut town = Town::new(0);
    town.has(webhook());
    town.relay(1, "webhook");
    assert_eq!(town.whole(1), RelayState::Queued);
    let parcels = town.parcels(9);
    assert_eq!(parcels, [Parcel { relay: key(1), to: Target::Webhook }]);
    assert_eq!((town.whole(1), town.parcels(9)), (RelayState::Sent, Vec::new()));
    town.told(&parcels[0], taken());
    assert_eq!(town.whole(1), RelayState::Delivered);
    // The same message by another fact, in another stream: a box whose database was replaced.
    town.at += SignedDuration::from_secs(1);
    let entries = town.relay(1, "webhook");
    assert_eq!(entries.len(), 1, "the fact is kept, and nothing follows: {entries:?}");
    town.told(&parcels[0], busy(SignedDuration::ZERO));
    assert_eq!((town.whole(1), town.parcels(9)), (RelayState::Delivered, Vec::new()));
    // And once more when it is on file.
    town.at += SignedDuration::from_hours(24 * 40);
    let asked_long_ago = vec![fact(1, 1, "webhook", "2026-11-22T12:00:00Z".parse().expect("a time"))];
    town.must(Command::Tidy);
    assert_eq!((town.state.relayed(&key(1)), town.state.relays_on_file(&brand("demo"))), (None, 1));
    let stream = StreamId(Uuid::from_u128(98));
    town.must(Command::KeepFacts { key: the_box(), stream, from: 1, facts: asked_long_ago });
    assert_eq!(town.parcels(9), Vec::new());
    // Twice within one batch.
    let facts = vec![fact(1, 2, "webhook", town.at), fact(2, 2, "webhook", town.at)];
    let stream = StreamId(Uuid::from_u128(99));
    town.must(Command::KeepFacts { key: the_box(), stream, from: 1, facts });
    assert_eq!(town.parcels(9).len(), 1);
    town.close();
}

#[test]
fn m9_two_brands_with_one_message_id_have_two_messages() {
    let mut town = Town::new(0);
    town.has(webhook());
    let at = ShopKey { brand: brand("other"), shop: "other_shop".parse().expect("a slug") };
    let box_id: BoxId = "box_1".parse().expect("a slug");
    let (name, time_zone) = ("店".to_owned(), "Asia/Shanghai".to_owned());
    let (of, shop) = (at.brand.clone(), at.shop.clone());
    town.must(Command::AddShop { brand: of.clone(), shop, name, time_zone });
    let theirs = BoxKey { at, box_id };
    town.must(Command::AddBox { key: theirs.clone(), password: PasswordHash("hash".to_owned()) });
    town.relay(1, "webhook");
    let (facts, stream) = (vec![fact(1, 1, "webhook", town.at)], StreamId(Uuid::from_u128(7)));
    town.must(Command::KeepFacts { key: theirs, stream, from: 1, facts });
    let other = town.state.relayed(&RelayKey { brand: of, message: message(1) }).expect("their own");
    assert_eq!(other.refused, Some(Reason::NoChannel), "another brand's webhook is none of theirs");
    assert_eq!(town.whole(1), RelayState::Queued);
    town.close();
}

#[test]
fn m9_a_busy_channel_is_asked_later_and_later_until_it_is_not_worth_telling() {
    let mut town = Town::new(0);
    town.has(webhook());
    town.relay(1, "webhook");
    let mut pauses = Vec::new();
    loop {
        let [parcel] = &town.parcels(9)[..] else { panic!("it is due") };
        town.told(parcel, busy(SignedDuration::ZERO));
        assert_eq!(town.parcels(9), [], "not before its time");
        let ParcelState::Waiting { not_before, .. } = town.parcel_state(1) else { break };
        let pause = not_before.duration_since(town.at);
        pauses.push(pause.as_millis());
        town.wait(pause);
    }
    assert!(pauses.is_sorted() && (4..=7).contains(&pauses.len()), "{pauses:?}");
    let ParcelState::TooOld { reason: Some(Reason::Busy { code, .. }) } = town.parcel_state(1) else {
        panic!("too old, and it says what the last try came to")
    };
    assert_eq!((code.as_str(), town.whole(1)), ("503", RelayState::TooOld));
    town.close();
}

#[test]
fn m9_a_channel_that_wants_a_minute_gets_it() {
    let mut town = Town::new(0);
    town.has(webhook());
    town.relay(1, "webhook");
    let parcels = town.parcels(9);
    town.told(&parcels[0], busy(SignedDuration::from_secs(30)));
    let ParcelState::Waiting { not_before, .. } = town.parcel_state(1) else { panic!("it waits") };
    assert_eq!(not_before.duration_since(town.at), SignedDuration::from_secs(30));
    town.close();
}

#[test]
fn m9_what_may_have_arrived_is_sent_again_with_the_same_marks() {
    let mut town = Town::new(0);
    town.has(tencent_im(&["owner"]));
    town.relay(1, "tencent_im");
    let first = town.parcels(9);
    town.told(&first[0], Answer::Unanswered { what: "no answer in time".to_owned() });
    assert_eq!(town.whole(1), RelayState::Sent, "it may be there");
    town.wait(SignedDuration::from_secs(2));
    let second = town.parcels(9);
    // A stop of the service in the middle.
    town.must(Command::Recover);
    assert!(matches!(
        town.parcel_state(1),
        ParcelState::Unanswered { reason: Reason::Interrupted, tries: 2, .. }
    ));
    let third = town.parcels(9);
    for again in [&second, &third] {
        assert_eq!(*again, first);
        assert_eq!(again[0].mark("random"), first[0].mark("random"));
    }
    assert_ne!(first[0].mark("random"), first[0].mark("sequence"));
    town.told(&third[0], taken());
    assert_eq!(town.must(Command::Recover), [], "what was answered stays answered");
    town.close();
}

#[test]
fn m9_a_receiver_that_is_gone_switches_its_channel_off_until_it_is_set_up_anew() {
    let mut town = Town::new(0);
    town.has(webhook());
    for n in 1..=3 {
        town.relay(n, "webhook");
    }
    let first = town.parcels(1);
    town.told(&first[0], Answer::Gone);
    assert_eq!(town.parcels(9), [], "those that wait go nowhere");
    town.relay(4, "webhook");
    for n in 1..=4 {
        assert_eq!(town.whole(n), RelayState::Failed, "{n}");
    }
    assert_eq!(town.state.relayed(&key(4)).expect("kept").refused, Some(Reason::SwitchedOff));
    town.has(webhook());
    town.relay(5, "webhook");
    assert_eq!(town.parcels(9).len(), 1, "set up anew, it is on again");
    let again = Command::SetChannel { brand: brand("demo"), settings: webhook() };
    assert_eq!(town.must(again), [], "the same once more changes nothing");
    let off = |brand| Command::SwitchOff { brand, channel: RelayChannel::TencentIm };
    assert_eq!(town.ask(off(brand("demo"))), Err(Refusal::NoChannel));
    assert_eq!(town.ask(off(brand("nobody"))), Err(Refusal::NoBrand));
    town.close();
}

#[test]
fn m9_each_target_has_a_life_of_its_own_and_the_message_the_worst_of_them() {
    let mut town = Town::new(0);
    town.has(tencent_im(&["boss", "owner", "desk"]));
    town.relay(1, "tencent_im");
    let parcels = town.parcels(9);
    assert_eq!(parcels.len(), 3);
    town.told(&parcels[0], taken());
    let (code, words) = ("70009".to_owned(), "words".to_owned());
    town.told(&parcels[1], Answer::Unknowing { code, words });
    assert_eq!(town.whole(1), RelayState::Sent, "one is still on its way");
    town.told(&parcels[2], taken());
    assert_eq!(town.whole(1), RelayState::Failed);
    let relayed = town.state.relayed(&key(1)).expect("it was asked for");
    let reason = relayed.deliveries[&parcels[1].to].state.reason();
    assert!(matches!(reason, Some(Reason::Credentials { code, .. }) if code == "70009"));
    town.close();
}

#[test]
fn m9_what_nobody_is_to_hear_or_comes_too_late_says_so() {
    let mut town = Town::new(0);
    town.relay(1, "webhook");
    town.has(tencent_im(&[]));
    town.relay(2, "tencent_im");
    town.has(webhook());
    let (facts, stream) = (
        vec![fact(1, 3, "webhook", town.at - SignedDuration::from_secs(61)), fact(2, 4, "speaker", town.at)],
        StreamId(Uuid::from_u128(3)),
    );
    town.must(Command::KeepFacts { key: the_box(), stream, from: 1, facts });
    assert_eq!(town.parcels(9), []);
    let refused = |n| town.state.relayed(&key(n)).expect("kept").refused.clone();
    assert_eq!((refused(1), refused(2)), (Some(Reason::NoChannel), Some(Reason::Nobody)));
    assert_eq!(town.parcel_state(3), ParcelState::TooOld { reason: None });
    assert!(town.state.relayed(&key(4)).is_none(), "the box's own loudspeaker is not the cloud's");
    town.close();
}

#[test]
fn m9_a_brand_whose_receiver_is_silent_has_a_few_hands_at_most() {
    let mut town = Town::new(0);
    town.has(webhook());
    for n in 1..=9 {
        town.relay(n, "webhook");
    }
    assert_eq!(town.parcels(9).len(), 4);
    assert_eq!(town.parcels(9).len(), 0, "its hands are full");
    assert_eq!(town.state.parcels_waiting(), 5);
    town.close();
}

/// One entry of every shape that a journal may hold of channels.
fn every_entry() -> Vec<Entry> {
    let at: jiff::Timestamp = "2026-11-22T12:00:00Z".parse().expect("a time");
    let mut im = tencent_im(&["owner"]);
    if let ChannelSettings::TencentIm(TencentIm { users, .. }) = &mut im {
        users.insert("cashiers".parse().expect("an account"), "desk_1".parse().expect("an IM user"));
    }
    let raw: shared::fact::Recorded =
        serde_json::from_str(&fact(1, 1, "tencent_im", at)).expect("a fact of today's wire");
    let shared::fact::Fact::MessageRelayed { relay } = raw.fact else { panic!("it asks for a message") };
    let BoxKey { at: ShopKey { shop, .. }, box_id } = the_box();
    let wish = Wish { shop, box_id, channel: RelayChannel::TencentIm, relay: *relay, asked_at: at };
    let relayed =
        |n, beginning| Entry::Relayed { relay: key(n), wish: Box::new(wish.clone()), beginning, at };
    let owner = Target::ImUser { user: "owner".parse().expect("an IM user") };
    let (code, words) = ("503".to_owned(), "words".to_owned());
    let failed = |reason| Step::Failed { reason };
    let steps = [
        Step::Sending,
        Step::Postponed { reason: Reason::Busy { code: code.clone(), words: words.clone() }, not_before: at },
        Step::Unanswered { reason: Reason::NoAnswer { what: words.clone() }, not_before: at },
        Step::Unanswered { reason: Reason::Interrupted, not_before: at },
        Step::Delivered { receipt: code.clone() },
        failed(Reason::Credentials { code: code.clone(), words: words.clone() }),
        failed(Reason::Refused { code, words }),
        failed(Reason::SwitchedOff),
        Step::TooOld,
    ];
    let parcel = |to| Parcel { relay: key(1), to };
    let stepped =
        |step| Entry::ParcelStepped { parcel: parcel(owner.clone()), stamped: Stamped { at, step } };
    let mut entries = vec![
        Entry::ChannelSet { brand: brand("demo"), settings: webhook() },
        Entry::ChannelSet { brand: brand("demo"), settings: im },
        Entry::ChannelSwitchedOff { brand: brand("demo"), channel: RelayChannel::Webhook, at },
        relayed(1, Beginning::Queued { to: vec![Target::Webhook, owner.clone()] }),
        relayed(2, Beginning::Failed { reason: Reason::NoChannel }),
        relayed(3, Beginning::Failed { reason: Reason::Nobody }),
    ];
    entries.extend(steps.into_iter().map(stepped));
    entries
}

#[test]
fn the_journal_of_a_channel_is_read_back_for_ever() {
    let golden = include_str!("relays.golden.jsonl");
    let read: Vec<Entry> =
        golden.lines().map(|line| serde_json::from_str(line).expect("an entry of old")).collect();
    assert_eq!(read, every_entry());
    let written: Vec<_> =
        every_entry().iter().map(|entry| serde_json::to_string(entry).expect("plain data")).collect();
    assert_eq!(written, golden.lines().collect::<Vec<_>>());
}
