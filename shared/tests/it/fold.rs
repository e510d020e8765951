//! What an order's facts add up to: the same on the box and in the cloud, whatever else goes by and however
//! often it is said.

use proptest::prelude::*;
use shared::fact::{Fact, Recorded};
use shared::id::{LineId, OrderId, RequestId};
use shared::order::{CancelReason, CompletionReason, LineState, Order, OrderState, PlacedLine};
use uuid::Uuid;

use crate::samples;

fn order(number: u128) -> OrderId {
    OrderId(Uuid::from_u128(number))
}

fn line(order: u128, index: usize) -> LineId {
    LineId::nth_of(RequestId(Uuid::from_u128(order)), index)
}

fn tea(order: u128, index: usize) -> PlacedLine {
    PlacedLine { line: line(order, index), ..samples::tea() }
}

fn placing(number: u128, lines: usize) -> Fact {
    let Fact::OrderPlaced { number: shown, day, guest, phone, .. } = samples::placed() else {
        panic!("the sample is an order");
    };
    let lines = (0..lines).map(|index| tea(number, index)).collect();
    Fact::OrderPlaced { order: order(number), number: shown, day, guest, lines, phone }
}

/// All that can happen to order 1 and its lines, in an order in which it could.
fn story(number: u128) -> Vec<Fact> {
    let order = order(number);
    let at = |index| line(number, index);
    vec![
        placing(number, 3),
        Fact::CookingStarted { order, line: at(0) },
        Fact::CookingFinished { order, line: at(0) },
        Fact::PickupCalled { order, line: at(0) },
        Fact::LinesAdded { order, round: 1, lines: vec![tea(number, 3)], phone: None },
        Fact::PickupCalled { order, line: at(0) },
        Fact::LineCancelled { order, line: at(2), reason: CancelReason::Asked },
        Fact::LinePickedUp { order, line: at(0) },
        Fact::CookingStarted { order, line: at(1) },
        Fact::LineCancelled { order, line: at(3), reason: CancelReason::GuestLeft },
        Fact::OrderCompleted { order, reason: CompletionReason::RoomCleaned },
    ]
}

fn added_up(facts: &[Recorded]) -> Order {
    let mut order = Order::open(&facts[0]).expect("it begins with the order");
    facts[1..].iter().for_each(|fact| order.apply(fact));
    order
}

#[test]
fn each_fact_leaves_the_order_where_it_should_be() {
    use OrderState::{Completed, Cooking, Waiting};
    let expected =
        [Waiting, Cooking, Cooking, Cooking, Cooking, Cooking, Cooking, Cooking, Cooking, Cooking, Completed];
    let facts: Vec<_> = (1..).zip(story(1)).map(|(seq, fact)| samples::recorded(seq, fact)).collect();
    for (end, state) in (1..=facts.len()).zip(expected) {
        let order = added_up(&facts[..end]);
        assert_eq!(
            (order.view().state, order.view().revision),
            (state, end as u64),
            "after {:?}",
            facts[end - 1]
        );
    }
    let ended = added_up(&facts);
    let states: Vec<_> = ended.view().lines.iter().map(|line| (line.round, line.state.clone())).collect();
    let expected = [
        (0, LineState::PickedUp { picked_up_at: samples::at(8) }),
        (0, LineState::Cooking { started_at: samples::at(9) }),
        (0, LineState::Cancelled { reason: CancelReason::Asked }),
        (1, LineState::Cancelled { reason: CancelReason::GuestLeft }),
    ];
    assert_eq!(states, expected);
}

#[test]
fn k6_another_call_keeps_the_time_of_the_first() {
    let facts: Vec<_> = (1..).zip(story(1)).map(|(seq, fact)| samples::recorded(seq, fact)).take(6).collect();
    let notified = LineState::Notified { ready_at: samples::at(3), called_at: samples::at(4) };
    assert_eq!(added_up(&facts).line(line(1, 0)).map(|line| line.state.clone()), Some(notified));
}

/// The state of an order whose lines are in these states: `w`aiting, `c`ooking, `r`eady, `n`otified, `p`icked
/// up, e`x`cluded by a cancellation.
#[test]
fn k4_the_state_of_an_order_follows_from_its_lines() {
    use OrderState::{Cancelled, Cooking, Ready, Served, Waiting};
    for (lines, state) in [
        ("w", Waiting),
        ("ww", Waiting),
        ("wx", Waiting),
        ("c", Cooking),
        ("cw", Cooking),
        ("rw", Cooking),
        ("pw", Cooking),
        ("cp", Cooking),
        ("crnpwx", Cooking),
        ("r", Ready),
        ("n", Ready),
        ("rp", Ready),
        ("np", Ready),
        ("rnpx", Ready),
        ("p", Served),
        ("pp", Served),
        ("px", Served),
        ("x", Cancelled),
        ("xx", Cancelled),
    ] {
        let id = order(1);
        let placed = placing(1, lines.len());
        let steps = lines.chars().enumerate().flat_map(|(index, letter)| {
            let line = line(1, index);
            let cooked =
                [Fact::CookingStarted { order: id, line }, Fact::CookingFinished { order: id, line }];
            match letter {
                'w' => Vec::new(),
                'c' => cooked[..1].to_vec(),
                'r' => cooked.to_vec(),
                'n' => [&cooked[..], &[Fact::PickupCalled { order: id, line }]].concat(),
                'p' => [&cooked[..], &[Fact::LinePickedUp { order: id, line }]].concat(),
                _ => vec![Fact::LineCancelled { order: id, line, reason: CancelReason::Asked }],
            }
        });
        let facts: Vec<_> = (1..)
            .zip(std::iter::once(placed).chain(steps))
            .map(|(seq, fact)| samples::recorded(seq, fact))
            .collect();
        assert_eq!(added_up(&facts).view().state, state, "lines {lines}");
    }
}

#[test]
fn k6_each_round_remembers_its_own_message() {
    let sms = |round| {
        let sample = samples::facts().into_iter().find(|(name, _)| *name == "sms_requested");
        let (_, fact) = sample.expect("there is a sample of every fact");
        let Fact::SmsRequested { sms, phone, template, params, .. } = fact else { panic!("an SMS") };
        Fact::SmsRequested { sms, order: order(1), round, phone, template, params }
    };
    let mut one = added_up(&[samples::recorded(1, placing(1, 1))]);
    one.apply(&samples::recorded(2, sms(1)));
    assert_eq!([0, 1, 2].map(|round| one.was_messaged(round)), [false, true, false]);
    one.apply(&samples::recorded(3, sms(0)));
    assert_eq!([0, 1, 2].map(|round| one.was_messaged(round)), [true, true, false]);
}

#[test]
fn only_an_order_opens_an_order() {
    for (name, fact) in samples::facts() {
        let opens = Order::open(&samples::recorded(1, fact)).is_some();
        assert_eq!(opens, name.starts_with("order_placed"), "{name}");
    }
}

#[test]
fn a_fact_about_no_line_of_ours_changes_no_line() {
    let mut one = added_up(&[samples::recorded(1, placing(1, 1))]);
    let lines = one.view().lines.clone();
    one.apply(&samples::recorded(2, Fact::CookingStarted { order: order(1), line: line(9, 9) }));
    assert_eq!(one.view().lines, lines);
}

proptest! {
    /// Three orders' facts interleaved as it happens, and every fact so far said again at any time.
    #[test]
    fn orders_add_up_the_same_whatever_else_goes_by_and_however_often_it_is_said(
        turns in prop::collection::vec(0_u128..3, 33), echoes in prop::collection::vec(any::<prop::sample::Index>(), 60)
    ) {
        let mut left: Vec<_> = (0..3).map(|number| story(number).into_iter()).collect();
        let mut journal = Vec::new();
        for turn in turns.into_iter().chain([0, 1, 2].repeat(11)) {
            let next = left[usize::try_from(turn).expect("0 to 2")].next();
            journal.extend(next.map(|fact| samples::recorded(journal.len() as u64 + 1, fact)));
        }
        for number in 0..3 {
            let own: Vec<_> =
                journal.iter().filter(|fact| fact.fact.order() == Some(order(number))).cloned().collect();
            let first = journal.iter().position(|fact| *fact == own[0]).expect("it is there");
            let mut noisy = Order::open(&journal[first]).expect("it begins with the order");
            for end in first..journal.len() {
                noisy.apply(&journal[end]);
                for echo in &echoes[end..end + 2] {
                    noisy.apply(&journal[echo.index(end + 1)]);
                }
            }
            prop_assert_eq!(noisy, added_up(&own));
        }
    }
}
