//! Random days: clients, workers, carriers and clocks do whatever they like, and some of it twice. After every
//! day the books balance, no message was submitted again without reason, and once the faults stop every message
//! comes to its end.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::ledger::{FreezeState, Outcome};

#[derive(Debug, Clone)]
enum Op {
    Send(u8, Kind),
    Take(usize),
    Answer(u8, u8),
    Receipt(u8, Delivery),
    Recover,
    Tidy,
    Wait(i64),
    Package(u8),
    Cancel(u8),
    OptOut(bool),
}

fn op() -> impl Strategy<Value = Op> {
    let kind = prop_oneof![Just(Kind::Verification), Just(Kind::Notification), Just(Kind::Marketing)];
    let delivery =
        prop_oneof![Just(Delivery::Delivered), Just(Delivery::Undelivered), Just(Delivery::Unknown)];
    prop_oneof![
        6 => (0..16_u8, kind).prop_map(|(n, kind)| Op::Send(n, kind)),
        5 => (0..4_usize).prop_map(Op::Take),
        8 => (0..16_u8, 0..4_u8).prop_map(|(n, answer)| Op::Answer(n, answer)),
        4 => (0..16_u8, delivery).prop_map(|(n, delivery)| Op::Receipt(n, delivery)),
        1 => Just(Op::Recover),
        1 => Just(Op::Tidy),
        2 => prop_oneof![1..90_i64, 3_000..300_000_i64].prop_map(Op::Wait),
        1 => (0..4_u8).prop_map(Op::Package),
        1 => (0..16_u8).prop_map(Op::Cancel),
        1 => any::<bool>().prop_map(Op::OptOut),
    ]
}

/// Eight messages of each of two brands.
fn message(n: u8) -> MessageKey {
    key(if n < 8 { "demo" } else { "other" }, n % 8)
}

fn run(town: &mut Town, op: &Op, submitted: &mut BTreeMap<MessageKey, (u32, u32)>) {
    match *op {
        Op::Send(n, kind) => {
            // Another kind than before is refused, and that is fine here.
            let _refused = town.send(message(n), kind);
        }
        Op::Take(any) => {
            for key in town.take(any) {
                submitted.entry(key).or_default().0 += 1;
            }
        }
        Op::Answer(n, answer) => answer_as(town, &message(n), answer, submitted),
        Op::Receipt(n, delivery) => town.receipt(&message(n), delivery),
        Op::Recover => drop(town.must(Command::Recover)),
        Op::Tidy => drop(town.must(Command::Tidy)),
        Op::Wait(seconds) => town.wait(SignedDuration::from_secs(seconds)),
        Op::Cancel(n) => {
            // It may be unknown, or on its way.
            let _refused = town.ask(Command::Cancel { key: message(n) });
        }
        Op::OptOut(is_out) => {
            town.must(Command::OptOut { brand: brand("demo"), phone: phone(), is_out });
        }
        Op::Package(n) => {
            let package = format!("package-{n}");
            if town.now().today <= "2026-12-31".parse().expect("a date") {
                town.package("demo", &package, 3);
            }
        }
    }
}

fn answer_as(
    town: &mut Town,
    key: &MessageKey,
    answer: u8,
    submitted: &mut BTreeMap<MessageKey, (u32, u32)>,
) {
    let Some(known) = town.state.message(key) else { return };
    let submitting = matches!(known.state, MessageState::Submitting { .. });
    let text = String::new;
    let answer = match answer {
        0 => accepted(key),
        1 => CarrierAnswer::Refused { code: text(), words: text() },
        2 => {
            submitted.entry(key.clone()).or_default().1 += u32::from(submitting);
            CarrierAnswer::Busy { code: text() }
        }
        _ => CarrierAnswer::Unknown { what: text() },
    };
    town.answer(key, answer);
}

/// A message and its payment tell the same story.
fn agree(town: &Town, key: &MessageKey) -> bool {
    let Some(message) = town.state.message(key) else { return true };
    let account = &town.state.brand(&key.brand).expect("a brand").account;
    let freeze = account.freeze(message.freeze());
    if let MessageState::Barred { .. } = message.state {
        return freeze.is_none();
    }
    let freeze = &freeze.expect("a message that may be sent asks for its units").state;
    match (&message.state, freeze) {
        (MessageState::Refused { .. }, FreezeState::Refused { .. })
        | (MessageState::Queued { .. }, FreezeState::Open { .. })
        | (MessageState::Released { .. }, FreezeState::Released { .. }) => true,
        (
            MessageState::Submitting { .. } | MessageState::Postponed { .. } | MessageState::InDoubt { .. },
            FreezeState::Paid { outcome, .. },
        ) => *outcome == Outcome::InDoubt,
        (MessageState::Failed { .. }, FreezeState::Paid { outcome, .. }) => *outcome == Outcome::Refunded,
        (
            MessageState::Accepted { .. } | MessageState::Delivered | MessageState::Undelivered { .. },
            FreezeState::Paid { outcome, .. },
        ) => *outcome == Outcome::Sent,
        _ => false,
    }
}

/// No more faults: the carrier takes everything, and time goes by.
fn heal(town: &mut Town) {
    town.must(Command::Recover);
    for _ in 0..20 {
        for key in town.take(100) {
            town.answer(&key, accepted(&key));
        }
        town.wait(SignedDuration::from_mins(2));
    }
    town.wait(SignedDuration::from_hours(73));
    town.must(Command::Tidy);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn s13_whatever_happens_the_books_balance_and_every_message_ends(
        units in 0..12_u64,
        ops in prop::collection::vec(op(), 1..80),
    ) {
        let mut town = Town::new(units);
        let mut submitted = BTreeMap::new();
        for op in &ops {
            run(&mut town, op, &mut submitted);
            prop_assert!((0..16).all(|n| agree(&town, &message(n))), "{:?}", op);
        }
        for (key, (times, busy)) in &submitted {
            prop_assert!(*times <= 1 + busy, "{:?} was submitted {} times, {} of them busy", key, times, busy);
        }
        heal(&mut town);
        for n in 0..16 {
            let Some(found) = town.state.message(&message(n)) else { continue };
            let ended = found.state.is_final() || matches!(found.state, MessageState::Accepted { .. });
            prop_assert!(ended, "{:?}", found.state);
        }
        prop_assert_eq!((town.state.messages_waiting(), town.state.receipts_waiting()), (0, 0));
        town.close();
    }
}
