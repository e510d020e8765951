//! What an order's facts add up to: the same on the box and in the cloud, whatever else goes by and however
//! often it is said. What can happen to a line beside the way it should go stands in `fold_kitchen`.

use proptest::prelude::*;
use shared::fact::{Fact, Recorded};
use shared::id::{LineId, OrderId, RequestId, SmsId};
use shared::order::{CancelReason, CompletionReason, LineState, Order, OrderState, PlacedLine};
use shared::quantity::Quantity;
use shared::sms::{SmsFailure, SmsResult};
use uuid::Uuid;

use crate::samples;

pub(crate) fn order(number: u128) -> OrderId {
    OrderId(Uuid::from_u128(number))
}

pub(crate) fn line(order: u128, index: usize) -> LineId {
    LineId::nth_of(RequestId(Uuid::from_u128(order)), index)
}

pub(crate) fn tea(order: u128, index: usize) -> PlacedLine {
    let quantity = Quantity::new(3).expect("3 is in range");
    PlacedLine { line: line(order, index), quantity, ..samples::tea() }
}

pub(crate) fn placing(number: u128, lines: usize) -> Fact {
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

pub(crate) fn voiding(number: u128, index: usize) -> Fact {
    let approved_by = "店长".parse().expect("a name");
    Fact::LineVoided {
        order: order(number),
        line: line(number, index),
        reason: "凉了".to_owned(),
        approved_by,
    }
}

pub(crate) fn remaking(number: u128, index: usize, again: usize) -> Fact {
    let (line, again) = (line(number, index), tea(number, again));
    Fact::LineRemade { order: order(number), line, again, reason: "凉了".to_owned() }
}

pub(crate) fn added_up(facts: &[Recorded]) -> Order {
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

/// The state of an order whose lines are in these states: `h`eld, `w`aiting, `c`ooking, `r`eady, `n`otified, `p`icked
/// up; e`x`cluded by a cancellation, `v`oided, or `m`ade again: that line is then another, which waits.
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
        ("h", Waiting),
        ("hw", Waiting),
        ("hx", Waiting),
        ("hp", Cooking),
        ("v", Cancelled),
        ("vx", Cancelled),
        ("vp", Served),
        ("vr", Ready),
        ("vw", Waiting),
        ("m", Waiting),
        ("mp", Cooking),
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
                'h' => vec![Fact::LinesHeld { order: id, lines: vec![line] }],
                'v' => [&cooked[..1], &[voiding(1, index)]].concat(),
                'm' => [&cooked[..], &[remaking(1, index, 90 + index)]].concat(),
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

#[test]
fn the_end_of_a_message_comes_once_and_no_pad_is_told() {
    let failed = || SmsResult::Failed { reason: SmsFailure::Undelivered, code: "UNDELIV".to_owned() };
    let Fact::SmsRequested { phone, template, params, .. } = samples::facts()
        .into_iter()
        .find_map(|(name, fact)| (name == "sms_requested").then_some(fact))
        .expect("there is a sample")
    else {
        panic!("the sample asks for a message");
    };
    let (order, sms) = (order(1), SmsId::about_round(order(1), 0));
    let mut one = added_up(&[samples::recorded(1, placing(1, 1))]);
    one.apply(&samples::recorded(2, Fact::SmsRequested { sms, order, round: 0, phone, template, params }));
    assert_eq!((one.was_messaged(0), one.was_messaged(1)), (true, false));
    assert_eq!(one.view().sms[0].result, None);
    let other = SmsId::about_round(order, 1);
    let said = [
        (other, SmsResult::Delivered, None),
        (sms, SmsResult::Sent, Some(SmsResult::Sent)),
        (sms, failed(), Some(failed())),
        (sms, SmsResult::Sent, Some(failed())),
        (sms, SmsResult::Delivered, Some(failed())),
    ];
    for (seq, (sms, result, known)) in (3..).zip(said) {
        one.apply(&samples::recorded(seq, Fact::SmsAnswered { sms, order, result }));
        assert_eq!((one.view().sms.len(), &one.view().sms[0].result), (1, &known), "after fact {seq}");
    }
    assert_eq!(one.view().sms[0].at, samples::at(5), "when the box heard of the end");
    assert_eq!(one.view().clone().for_pad().sms, []);
}

/// What can happen besides: a part of a line on its own way and back, a rush, a void, a remake, another room.
fn long_story(number: u128) -> Vec<Fact> {
    let id = order(number);
    let (lines, part) = (vec![line(number, 1)], line(number, 8));
    let Fact::OrderPlaced { guest, .. } = samples::placed() else { panic!("the sample is an order") };
    let portions = Quantity::new(1).expect("1 is in range");
    let mut facts = story(number);
    let before_the_last_start = facts.len() - 3;
    facts.splice(
        before_the_last_start..before_the_last_start,
        [
            Fact::LinesRushed { order: id, lines: lines.clone() },
            Fact::LinesHeld { order: id, lines: lines.clone() },
            Fact::LinesFired { order: id, lines: lines.clone() },
            Fact::LineSplit { order: id, line: line(number, 1), part, portions },
            Fact::CookingStarted { order: id, line: part },
            Fact::LineRecalled { order: id, line: part },
            Fact::CookingStarted { order: id, line: part },
            Fact::GuestMoved { order: id, from: guest.clone(), to: guest },
            remaking(number, 0, 9),
            Fact::NoticesSeen { order: id, lines },
        ],
    );
    facts
}

proptest! {
    /// Three orders' facts interleaved as it happens, and every fact so far said again at any time.
    #[test]
    fn orders_add_up_the_same_whatever_else_goes_by_and_however_often_it_is_said(
        turns in prop::collection::vec(0_u128..3, 63), echoes in prop::collection::vec(any::<prop::sample::Index>(), 70)
    ) {
        let mut left: Vec<_> = (0..3).map(|number| long_story(number).into_iter()).collect();
        let mut journal = Vec::new();
        for turn in turns.into_iter().chain([0, 1, 2].repeat(21)) {
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
