//! What can happen to a line beside the way it should go, and what is left of it: parts share the past, a recall
//! brings back what was, a remake stands for what it replaces, a move touches no line, and what the kitchen has
//! not seen stays.

use shared::fact::{Fact, Recorded};
use shared::guest::Guest;
use shared::order::{CompletionReason, LineState, LineView, Notice, Order};
use shared::quantity::Quantity;

use crate::fold::{added_up, line, order, placing, remaking, voiding};
use crate::samples;

/// Order 1 with one line of three portions, after these facts, one a second from second 2 on.
fn after(facts: impl IntoIterator<Item = Fact>) -> Order {
    let facts = std::iter::once(placing(1, 1)).chain(facts);
    added_up(&(1..).zip(facts).map(|(seq, fact)| samples::recorded(seq, fact)).collect::<Vec<Recorded>>())
}

fn start(index: usize) -> Fact {
    Fact::CookingStarted { order: order(1), line: line(1, index) }
}

fn finish(index: usize) -> Fact {
    Fact::CookingFinished { order: order(1), line: line(1, index) }
}

fn call(index: usize) -> Fact {
    Fact::PickupCalled { order: order(1), line: line(1, index) }
}

fn pick_up(index: usize) -> Fact {
    Fact::LinePickedUp { order: order(1), line: line(1, index) }
}

fn recall(index: usize) -> Fact {
    Fact::LineRecalled { order: order(1), line: line(1, index) }
}

fn rush(index: usize) -> Fact {
    Fact::LinesRushed { order: order(1), lines: vec![line(1, index)] }
}

fn split(index: usize, part: usize, portions: u16) -> Fact {
    let portions = Quantity::new(portions).expect("in range");
    Fact::LineSplit { order: order(1), line: line(1, index), part: line(1, part), portions }
}

fn complete() -> Fact {
    Fact::OrderCompleted { order: order(1), reason: CompletionReason::RoomCleaned }
}

fn shown(order: &Order, index: usize) -> LineView {
    order.line(line(1, index)).expect("a line of it").clone()
}

#[test]
fn split_the_part_stands_behind_the_rest_and_shares_its_past() {
    let order = after([start(0), rush(0), split(0, 5, 2), split(0, 6, 1)]);
    let portions: Vec<_> = order.view().lines.iter().map(|line| line.placed.quantity.get()).collect();
    assert_eq!(portions, [1, 2], "a split of everything is none");
    let (rest, part) = (shown(&order, 0), shown(&order, 5));
    let as_the_rest = LineView { placed: rest.placed.clone(), ..part.clone() };
    assert_eq!(as_the_rest, rest, "but for its id and its portions it is the same");

    let order = after([start(0), split(0, 5, 2), recall(5)]);
    assert_eq!(shown(&order, 5).state, LineState::Waiting);
    assert_eq!(shown(&order, 0).state, LineState::Cooking { started_at: samples::at(2) });
}

#[test]
fn recall_restores_each_state_as_it_was() {
    let steps = [start(0), finish(0), call(0), pick_up(0)];
    let went: Vec<_> = (0..=4).map(|taken| shown(&after(steps[..taken].to_vec()), 0).state).collect();
    for back in 1..=4 {
        let order = after(steps.clone().into_iter().chain((0..back).map(|_| recall(0))));
        let line = shown(&order, 0);
        assert_eq!(line.state, went[4 - back]);
        assert_eq!(
            line.last.at,
            samples::at(5 + i64::try_from(back).expect("small")),
            "who and when is the recall"
        );
        assert_eq!(line.due_from, samples::at(1), "its clock never stopped");
    }
    let order = after(steps.into_iter().chain((0..5).map(|_| recall(0))));
    assert_eq!(shown(&order, 0).state, LineState::Waiting, "before the first step there is nothing");
}

#[test]
fn hold_and_fire_the_clock_begins_at_the_fire() {
    let held = Fact::LinesHeld { order: order(1), lines: vec![line(1, 0)] };
    let fired = Fact::LinesFired { order: order(1), lines: vec![line(1, 0)] };
    let order = after([rush(0), held.clone()]);
    assert_eq!((shown(&order, 0).state, shown(&order, 0).unseen.len()), (LineState::Held, 0));
    let order = after([held, fired, start(0), recall(0)]);
    assert_eq!((shown(&order, 0).state, shown(&order, 0).due_from), (LineState::Waiting, samples::at(3)));
}

#[test]
fn rush_counts_and_is_unseen_once_until_the_next_step() {
    let order = after([rush(0), rush(0)]);
    let rushed = shown(&order, 0);
    assert_eq!(rushed.rush.map(|rush| (rush.count, rush.last.at)), Some((2, samples::at(3))));
    assert_eq!(rushed.unseen, [Notice::Rushed]);
    assert!(shown(&after([rush(0), start(0)]), 0).unseen.is_empty());
    let seen = Fact::NoticesSeen { order: crate::fold::order(1), lines: vec![line(1, 0)] };
    assert!(shown(&after([rush(0), seen]), 0).unseen.is_empty());
}

#[test]
fn remake_drops_what_the_guest_does_not_have_and_leaves_what_the_guest_has() {
    let order = after([start(0), remaking(1, 0, 7)]);
    assert_eq!(shown(&order, 0).state, LineState::Remade { remade_at: samples::at(3), again: line(1, 7) });
    assert_eq!((shown(&order, 7).state, shown(&order, 7).due_from), (LineState::Waiting, samples::at(3)));
    let order = after([start(0), finish(0), pick_up(0), remaking(1, 0, 7)]);
    assert_eq!(shown(&order, 0).state, LineState::PickedUp { picked_up_at: samples::at(4) });
    assert_eq!(order.view().lines.len(), 2);
}

#[test]
fn move_changes_the_guest_and_remembers_the_way() {
    let room = |room: &str| Guest::Room { room: room.parse().expect("a room") };
    let moved = |from: &str, to: &str| Fact::GuestMoved { order: order(1), from: room(from), to: room(to) };
    let before = after([start(0), rush(0)]);
    let order = after([start(0), rush(0), moved("801", "802"), moved("802", "803")]);
    assert_eq!(order.view().lines, before.view().lines);
    let way: Vec<_> = order.view().moves.iter().map(|moved| (moved.from.clone(), moved.step.at)).collect();
    assert_eq!(
        (&order.view().guest, way),
        (&room("803"), vec![(room("801"), samples::at(4)), (room("802"), samples::at(5)),])
    );
}

#[test]
fn k9_a_completed_order_is_on_the_board_until_its_notices_are_seen() {
    let seen = || Fact::NoticesSeen { order: order(1), lines: vec![line(1, 0)] };
    for (facts, unseen) in [
        (vec![], vec![]),
        (vec![rush(0)], vec![]),
        (vec![start(0)], vec![Notice::LeftBehind]),
        (vec![rush(0), start(0), rush(0)], vec![Notice::LeftBehind]),
        (vec![start(0), finish(0)], vec![Notice::LeftBehind]),
        (vec![start(0), finish(0), call(0)], vec![Notice::LeftBehind]),
        (vec![start(0), finish(0), pick_up(0)], vec![]),
        (vec![start(0), voiding(1, 0)], vec![Notice::Voided]),
    ] {
        let ended = after(facts.iter().cloned().chain([complete()]));
        assert_eq!((ended.is_open(), shown(&ended, 0).unseen), (false, unseen.clone()), "{facts:?}");
        assert_eq!(ended.is_on_board(), !unseen.is_empty(), "{facts:?}");
        assert!(!after(facts.iter().cloned().chain([complete(), seen()])).is_on_board(), "{facts:?}");
    }
}
