//! What a brand's systems are told: who hears what, in which order, how often, and what is given up; and that it is
//! told once when the balance falls below the limit.

use std::collections::BTreeSet;

use super::*;
use crate::channel::Sealed;
use crate::id::{FreezeId, SubscriptionId};
use crate::outbox::{
    self, Ask, CallKey, Change, Occasion, SUBSCRIPTIONS_MAX, Subscriber, Subscription, Topic,
};
use crate::relay::Answer;

fn id(name: &str) -> SubscriptionId {
    name.parse().expect("an id")
}

fn settings(topics: &[Topic]) -> Subscription {
    Subscription {
        url: "https://crm.example/hook".parse().expect("an address"),
        secret: Sealed("sealed".to_owned()),
        topics: topics.iter().copied().collect(),
    }
}

fn busy() -> Answer {
    Answer::Busy { code: "503".to_owned(), words: "later".to_owned(), at_least: SignedDuration::ZERO }
}

fn taken() -> Answer {
    Answer::Taken { receipt: "204".to_owned() }
}

impl Town {
    fn subscribe(&mut self, name: &str, topics: &[Topic]) {
        let (subscription, settings) = (id(name), settings(topics));
        self.must(Command::Outbox(Ask::Subscribe { brand: brand("demo"), subscription, settings }));
    }

    fn subscriber(&self, name: &str) -> &Subscriber {
        &self.state.brand(&brand("demo")).expect("it joined").outbox.subscribers[&id(name)]
    }

    fn due(&self) -> Vec<(CallKey, Occasion)> {
        let due = self.state.calls_due(self.at, (100, 100), &BTreeSet::new());
        due.into_iter().map(|call| (call.key, call.event.occasion.clone())).collect()
    }

    fn call(&mut self, call: &CallKey, answer: Answer) -> Vec<Entry> {
        self.must(Command::Outbox(Ask::Answered { call: call.clone(), answer }))
    }

    fn limit(&mut self, limit: Option<u64>) {
        let limit = limit.map(Units);
        self.must(Command::Outbox(Ask::SetLimit { brand: brand("demo"), limit }));
    }

    /// Calls the only thing that is due.
    fn next(&mut self, answer: Answer) -> Occasion {
        let mut due = self.due();
        let (key, occasion) = due.pop().expect("something is due");
        assert_eq!(due, [], "one thing is due");
        self.call(&key, answer);
        occasion
    }

    fn accepted(&mut self, n: u8) {
        self.send(key("demo", n), Kind::Notification).expect("it is sent");
        self.take(1);
        self.answer(&key("demo", n), accepted(&key("demo", n)));
    }
}

#[test]
fn s7_each_subscription_hears_its_topics_and_the_same_event_has_the_same_id() {
    let mut town = Town::new(10);
    town.subscribe("crm", &[Topic::MessageFinal]);
    town.subscribe("till", &[Topic::MessageAccepted, Topic::MessageFinal]);
    town.accepted(1);
    town.receipt(&key("demo", 1), Delivery::Delivered);
    town.send(key("other", 1), Kind::Notification).expect("another brand's is nobody's business here");
    let sms = key("demo", 1).sms;
    let due = town.due();
    let occasions: Vec<_> =
        due.iter().map(|(call, occasion)| (call.to.to_string(), occasion.clone())).collect();
    let (accepted, end) = (Occasion::MessageAccepted { sms }, Occasion::MessageFinal { sms });
    assert_eq!(occasions, [("crm".to_owned(), end.clone()), ("till".to_owned(), accepted)]);
    let first = town.state.calls_due(town.at, (1, 1), &BTreeSet::new());
    let id = first[0].key.id(first[0].event);
    town.call(&due[1].0, taken());
    let (next, occasion) = town.due().pop().expect("its turn has come");
    assert_eq!((next.to.to_string().as_str(), &occasion), ("till", &end));
    let event = town.state.calls_due(town.at, (2, 1), &BTreeSet::new())[1].event.clone();
    assert_eq!(next.id(&event), id, "to every subscription, and at every try");
    for (call, _) in town.due() {
        town.call(&call, taken());
    }
    assert_eq!(town.due(), []);
    let outbox = &town.state.brand(&brand("demo")).expect("it joined").outbox;
    assert!(outbox.events.is_empty() && town.state.calling.is_empty(), "nothing is left over");
}

#[test]
fn s7_a_message_that_ends_without_the_carrier_is_told_too() {
    let mut town = Town::new(1);
    town.subscribe("crm", &Topic::ALL);
    town.send(key("demo", 1), Kind::Verification).expect("it is queued");
    let refused = town.send(key("demo", 2), Kind::Verification);
    assert!(refused.is_ok(), "the want of units is an answer");
    assert_eq!(town.next(taken()), Occasion::MessageFinal { sms: key("demo", 2).sms });
    town.wait(SignedDuration::from_mins(6));
    town.take(1);
    assert_eq!(town.next(taken()), Occasion::MessageFinal { sms: key("demo", 1).sms });
}

#[test]
fn s7_what_is_not_taken_is_called_again_in_order_with_growing_pauses() {
    let mut town = Town::new(10);
    town.subscribe("crm", &[Topic::MessageAccepted, Topic::MessageFinal]);
    town.accepted(1);
    town.accepted(2);
    town.receipt(&key("demo", 1), Delivery::Delivered);
    let due = town.due();
    assert_eq!(due.len(), 2, "the end of the first message waits for its beginning: {due:?}");
    let (slow, _) = due[0].clone();
    let mut last = SignedDuration::ZERO;
    for tries in 0..14 {
        town.call(
            &slow,
            if tries % 2 == 0 { busy() } else { Answer::Unanswered { what: "late".to_owned() } },
        );
        let begin = town.at;
        assert!(!town.due().iter().any(|(call, _)| call.event == slow.event || call.event > due[1].0.event));
        while !town.due().iter().any(|(call, _)| *call == slow) {
            town.wait(SignedDuration::from_millis(250));
        }
        let pause = town.at.duration_since(begin);
        let whole = SignedDuration::from_secs(1 << tries).min(SignedDuration::from_hours(1));
        assert!(pause > whole * 2 / 3 && pause <= whole * 4 / 3, "try {tries}: {pause:?}");
        assert!(pause > last || tries >= 12);
        last = pause;
    }
    assert_eq!(town.subscriber("crm").trouble.as_ref().map(|trouble| trouble.why.as_str()), Some("late"));
    town.call(&due[1].0, taken());
    assert_eq!(town.next(taken()), Occasion::MessageAccepted { sms: key("demo", 1).sms });
    assert_eq!(town.next(taken()), Occasion::MessageFinal { sms: key("demo", 1).sms });
    assert_eq!(town.subscriber("crm").trouble, None);
    assert!(town.call(&slow, busy()).is_empty(), "a late answer changes nothing");
}

#[test]
fn s7_a_wish_to_wait_is_heard_and_one_silent_address_delays_no_other() {
    let mut town = Town::new(10);
    town.subscribe("crm", &[Topic::MessageAccepted]);
    town.subscribe("till", &[Topic::MessageAccepted]);
    for n in 1..=4 {
        town.accepted(n);
    }
    let none = BTreeSet::new();
    let (slow, fast) = (id("crm"), id("till"));
    let calls = |town: &Town, hands, busy: &BTreeSet<CallKey>| -> Vec<CallKey> {
        town.state.calls_due(town.at, (hands, 2), busy).into_iter().map(|call| call.key).collect()
    };
    let first = calls(&town, 100, &none);
    assert_eq!(first.iter().filter(|call| call.to == slow).count(), 2, "two hands each: {first:?}");
    let at_work: BTreeSet<_> = first.into_iter().filter(|call| call.to == slow).collect();
    assert!(calls(&town, 100, &at_work).iter().all(|call| call.to == fast));
    assert_eq!(calls(&town, 1, &none).len(), 1);
    let at_least = SignedDuration::from_mins(10);
    let call = at_work.first().expect("one of them").clone();
    town.call(&call, Answer::Busy { code: "429".to_owned(), words: "slowly".to_owned(), at_least });
    town.wait(at_least - SignedDuration::from_secs(1));
    assert!(!calls(&town, 100, &none).contains(&call));
    town.wait(SignedDuration::from_secs(1));
    assert!(town.due().iter().any(|(due, _)| *due == call));
}

#[test]
fn s7_after_a_day_in_vain_an_event_is_set_aside_counted_and_can_be_told_again() {
    let mut town = Town::new(10);
    town.subscribe("crm", &[Topic::MessageAccepted]);
    town.accepted(1);
    let begin = town.at;
    let mut tries = 0;
    while town.subscriber("crm").waiting() > 0 {
        town.next(busy());
        tries += 1;
        while town.subscriber("crm").waiting() > 0 && town.due().is_empty() {
            town.wait(SignedDuration::from_secs(1));
        }
    }
    let spent = town.at.duration_since(begin);
    assert!(spent > SignedDuration::from_hours(22) && spent <= SignedDuration::from_hours(24), "{spent:?}");
    assert!((30..45).contains(&tries), "{tries}");
    assert_eq!((town.subscriber("crm").given_up, town.subscriber("crm").set_aside()), (1, 1));
    let resend = || Command::Outbox(Ask::Resend { brand: brand("demo"), subscription: id("crm") });
    town.must(resend());
    assert_eq!(town.next(taken()), Occasion::MessageAccepted { sms: key("demo", 1).sms });
    assert_eq!((town.subscriber("crm").given_up, town.subscriber("crm").set_aside()), (1, 0));
    assert!(town.must(resend()).is_empty());
}

#[test]
fn s7_gone_switches_off_until_it_is_set_up_anew_and_nothing_is_lost() {
    let mut town = Town::new(10);
    town.subscribe("crm", &[Topic::MessageAccepted]);
    town.accepted(1);
    town.accepted(2);
    let (call, _) = town.due().remove(0);
    town.call(&call, Answer::Gone);
    town.accepted(3);
    assert_eq!(town.due(), []);
    assert!(town.subscriber("crm").off_since.is_some() && town.subscriber("crm").set_aside() == 2);
    town.subscribe("crm", &[Topic::MessageAccepted]);
    town.must(Command::Outbox(Ask::Resend { brand: brand("demo"), subscription: id("crm") }));
    town.accepted(4);
    assert_eq!(town.due().len(), 3);
    town.must(Command::Outbox(Ask::Unsubscribe { brand: brand("demo"), subscription: id("crm") }));
    assert_eq!(town.due(), []);
    assert!(town.state.brand(&brand("demo")).expect("it joined").outbox.events.is_empty());
}

#[test]
fn s7_a_low_balance_is_told_once_for_each_crossing_and_a_paid_package_once() {
    let mut town = Town::new(10);
    town.subscribe("crm", &[Topic::LowBalance, Topic::PurchasePaid]);
    town.limit(Some(9));
    assert_eq!(town.due(), []);
    town.accepted(1);
    assert_eq!(town.due(), [], "9 are not below 9");
    town.accepted(2);
    town.accepted(3);
    let low = |available| Occasion::LowBalance { available: Units(available), limit: Units(9) };
    assert_eq!(town.next(taken()), low(8));
    assert_eq!(town.due(), [], "once");
    town.package("demo", "second", 5);
    let package = "second".parse().expect("an id");
    assert_eq!(town.next(taken()), Occasion::PurchasePaid { package });
    for n in 4..=8 {
        town.accepted(n);
    }
    assert_eq!(town.next(taken()), low(8), "below once more");
    town.limit(Some(5));
    assert_eq!(town.due(), []);
    town.limit(Some(9));
    assert_eq!(town.next(taken()), low(7), "a limit above what there is is crossed at once");
    town.limit(None);
    town.accepted(9);
    assert_eq!(town.due(), []);
}

#[test]
fn s5_a_freeze_that_lapses_is_told_and_one_that_is_given_back_is_not() {
    let mut town = Town::new(10);
    town.subscribe("crm", &[Topic::FreezeLapsed]);
    let (lapses, given_back) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for number in [lapses, given_back] {
        let freeze = FreezeId::Asked(number);
        let good_for = Some(SignedDuration::from_hours(1));
        town.must(Command::Freeze { brand: brand("demo"), freeze, units: Units(1), good_for });
    }
    town.must(Command::Release { brand: brand("demo"), freeze: FreezeId::Asked(given_back) });
    town.wait(SignedDuration::from_hours(1));
    town.must(Command::Tidy);
    assert_eq!(town.next(taken()), Occasion::FreezeLapsed { freeze: lapses });
}

#[test]
fn a_subscription_has_a_topic_and_a_brand_has_so_many_of_them() {
    let mut town = Town::new(0);
    let ask = |name: &str, topics: &[Topic]| {
        let (subscription, settings) = (id(name), settings(topics));
        Command::Outbox(Ask::Subscribe { brand: brand("demo"), subscription, settings })
    };
    assert_eq!(town.ask(ask("crm", &[])), Err(outbox::Refusal::NoTopic.into()));
    for n in 0..SUBSCRIPTIONS_MAX {
        town.must(ask(&format!("s{n}"), &Topic::ALL));
        assert!(town.must(ask(&format!("s{n}"), &Topic::ALL)).is_empty());
    }
    let many = Err(outbox::Refusal::TooManySubscriptions.into());
    assert_eq!(town.ask(ask("one_more", &Topic::ALL)), many);
    let unknown = Ask::Unsubscribe { brand: brand("demo"), subscription: id("unknown") };
    assert_eq!(town.ask(Command::Outbox(unknown)), Err(outbox::Refusal::NoSubscription.into()));
}

#[test]
fn s7_the_journal_of_the_outbox_reads_as_it_was_written_and_builds_the_same_state() {
    let mut town = Town::new(10);
    town.subscribe("crm", &Topic::ALL);
    town.subscribe("till", &[Topic::MessageFinal]);
    town.limit(Some(10));
    town.accepted(1);
    let at = |town: &Town, n: usize| town.due()[n].0.clone();
    let (low, accepted) = (at(&town, 0), at(&town, 1));
    town.call(&low, busy());
    town.call(&accepted, taken());
    town.receipt(&key("demo", 1), Delivery::Delivered);
    let (end, _) = town.due().remove(0);
    town.call(&end, Answer::Gone);
    town.must(Command::Outbox(Ask::Resend { brand: brand("demo"), subscription: id("crm") }));
    town.must(Command::Outbox(Ask::Unsubscribe { brand: brand("demo"), subscription: id("till") }));
    let kept = town.journal.iter().map(|entry| serde_json::to_string(entry).expect("plain data"));
    let kept: Vec<_> = kept.collect();
    let of_outbox: Vec<_> =
        kept.iter().filter(|line| line.starts_with(r#"{"entry":"outbox""#)).cloned().collect();
    assert_eq!(of_outbox.join("\n"), include_str!("outbox.golden.jsonl").trim_end());
    let mut again = State::new(rules());
    for line in &kept {
        again.apply(&serde_json::from_str(line).expect("it is read back"));
    }
    again.take_changed();
    town.state.take_changed();
    assert_eq!(again, town.state);
    let set_aside =
        Change::Called { call: end, step: outbox::Step::SetAside { why: "503".to_owned() }, at: town.at };
    let written = serde_json::to_string(&Entry::Outbox(set_aside.clone())).expect("plain data");
    assert!(written.contains(r#""step":{"type":"set_aside","why":"503"}"#), "{written}");
    assert_eq!(serde_json::from_str::<Entry>(&written).expect("it is read back"), Entry::Outbox(set_aside));
}
