//! An order as its facts add up to it. Both programs keep their orders this way, so that what a screen in the
//! shop shows and what the dashboard shows are the same sum.
//!
//! Absent: any rule. A fact has happened; applying it cannot fail. A fact about another order changes nothing.

use std::collections::BTreeSet;

use crate::fact::{Fact, Recorded};
use crate::guest::PhoneNumber;
use crate::id::{LineId, OrderId};
use crate::order::{LineState, LineView, OrderState, OrderView, PlacedLine};

/// One guest visit: what screens see of it, and what they must not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    view: OrderView,
    phone: Option<PhoneNumber>,
    messaged_rounds: BTreeSet<u32>,
    opened_seq: u64,
}

impl Order {
    /// The order that this fact opens. `None` for any fact but [`Fact::OrderPlaced`].
    pub fn open(recorded: &Recorded) -> Option<Self> {
        let Fact::OrderPlaced { order, number, day, guest, lines, phone } = &recorded.fact else {
            return None;
        };
        let view = OrderView {
            order: *order,
            number: *number,
            day: *day,
            guest: guest.clone(),
            placed_by: recorded.by.clone(),
            placed_at: recorded.at,
            state: OrderState::Waiting,
            revision: recorded.seq,
            lines: as_ordered(lines, 0, recorded.at),
        };
        let messaged_rounds = BTreeSet::new();
        Some(Self { view, phone: phone.clone(), messaged_rounds, opened_seq: recorded.seq })
    }

    /// Takes one more fact in.
    pub fn apply(&mut self, recorded: &Recorded) {
        if recorded.fact.order() != Some(self.view.order) || recorded.seq <= self.view.revision {
            return;
        }
        let at = recorded.at;
        match &recorded.fact {
            Fact::LinesAdded { round, lines, phone, .. } => {
                self.view.lines.extend(as_ordered(lines, *round, at));
                self.phone = phone.clone().or(self.phone.take());
            }
            Fact::CookingStarted { line, .. } => self.set(*line, LineState::Cooking { started_at: at }),
            Fact::CookingFinished { line, .. } => self.set(*line, LineState::Ready { ready_at: at }),
            Fact::PickupCalled { line, .. } => self.note_call(*line, at),
            Fact::LinePickedUp { line, .. } => self.set(*line, LineState::PickedUp { picked_up_at: at }),
            Fact::LineCancelled { line, reason, .. } => {
                self.set(*line, LineState::Cancelled { reason: *reason });
            }
            Fact::SmsRequested { round, .. } => {
                self.messaged_rounds.insert(*round);
            }
            Fact::OrderCompleted { .. } => self.view.state = OrderState::Completed,
            Fact::OrderPlaced { .. } | Fact::DishSoldOut { .. } | Fact::DishBackOnSale { .. } => {}
        }
        self.view.revision = recorded.seq;
        if self.view.state != OrderState::Completed {
            self.view.state = derived_state(&self.view.lines);
        }
    }

    /// Its id.
    pub fn id(&self) -> OrderId {
        self.view.order
    }

    /// Sequence number of the fact that opened it: a key that grows, which a journal can be read by.
    pub fn opened_seq(&self) -> u64 {
        self.opened_seq
    }

    /// What screens may see.
    pub fn view(&self) -> &OrderView {
        &self.view
    }

    /// One of its lines.
    pub fn line(&self, line: LineId) -> Option<&LineView> {
        self.view.lines.iter().find(|candidate| candidate.placed.line == line)
    }

    /// Where to send "your dish is ready".
    pub fn phone(&self) -> Option<&PhoneNumber> {
        self.phone.as_ref()
    }

    /// Whether the guest was sent a message about this round.
    pub fn was_messaged(&self, round: u32) -> bool {
        self.messaged_rounds.contains(&round)
    }

    /// The round that the next addition will be.
    pub fn next_round(&self) -> u32 {
        self.view.lines.iter().map(|line| line.round).max().unwrap_or(0) + 1
    }

    fn set(&mut self, line: LineId, state: LineState) {
        if let Some(found) = self.view.lines.iter_mut().find(|candidate| candidate.placed.line == line) {
            found.state = state;
        }
    }

    /// The first call moves the line; another changes no state (K6).
    fn note_call(&mut self, line: LineId, called_at: jiff::Timestamp) {
        if let Some(LineState::Ready { ready_at }) = self.line(line).map(|found| found.state.clone()) {
            self.set(line, LineState::Notified { ready_at, called_at });
        }
    }
}

fn as_ordered(lines: &[PlacedLine], round: u32, placed_at: jiff::Timestamp) -> Vec<LineView> {
    let ordered = |placed: &PlacedLine| LineView {
        placed: placed.clone(),
        round,
        placed_at,
        state: LineState::Waiting,
    };
    lines.iter().map(ordered).collect()
}

fn derived_state(lines: &[LineView]) -> OrderState {
    let alive = || lines.iter().map(|line| &line.state).filter(|state| !state.is_cancelled());
    if alive().count() == 0 {
        OrderState::Cancelled
    } else if alive().all(|state| matches!(state, LineState::Waiting)) {
        OrderState::Waiting
    } else if alive().all(|state| matches!(state, LineState::PickedUp { .. })) {
        OrderState::Served
    } else if alive().all(LineState::is_made) {
        OrderState::Ready
    } else {
        OrderState::Cooking
    }
}
