//! An order as its facts add up to it. Both programs keep their orders this way, so that what a screen in the
//! shop shows and what the dashboard shows are the same sum.
//!
//! Absent: any rule. A fact has happened; applying it cannot fail. A fact about another order changes nothing.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Recorded};
use crate::guest::{Guest, PhoneNumber};
use crate::id::{LineId, OrderId, SmsId};
use crate::order::{LineState, LineView, Move, Notice, OrderState, OrderView, PlacedLine, Rush, Step};
use crate::quantity::Quantity;
use crate::sms::{SmsResult, SmsView};

/// One guest visit: what screens see of it, and what they must not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    view: OrderView,
    phone: Option<PhoneNumber>,
    earlier: HashMap<LineId, Vec<LineState>>,
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
            moves: Vec::new(),
            placed_by: recorded.by.clone(),
            placed_at: recorded.at,
            state: OrderState::Waiting,
            revision: recorded.seq,
            lines: lines.iter().map(|placed| as_ordered(placed, 0, &step_of(recorded))).collect(),
            sms: Vec::new(),
        };
        Some(Self { view, phone: phone.clone(), earlier: HashMap::new(), opened_seq: recorded.seq })
    }

    /// Takes one more fact in.
    pub fn apply(&mut self, recorded: &Recorded) {
        if recorded.fact.order() != Some(self.view.order) || recorded.seq <= self.view.revision {
            return;
        }
        let (at, step) = (recorded.at, step_of(recorded));
        match &recorded.fact {
            Fact::LinesAdded { round, lines, phone, .. } => {
                self.view.lines.extend(lines.iter().map(|placed| as_ordered(placed, *round, &step)));
                self.phone = phone.clone().or(self.phone.take());
            }
            Fact::LineSplit { line, part, portions, .. } => self.split(*line, *part, *portions),
            Fact::LinesHeld { lines, .. } => lines.iter().for_each(|line| self.hold(*line, &step)),
            Fact::LinesFired { lines, .. } => lines.iter().for_each(|line| self.fire(*line, &step)),
            Fact::CookingStarted { line, .. } => {
                self.step(*line, LineState::Cooking { started_at: at }, &step);
            }
            Fact::CookingFinished { line, .. } => self.step(*line, LineState::Ready { ready_at: at }, &step),
            Fact::PickupCalled { line, .. } => self.note_call(*line, &step),
            Fact::LinePickedUp { line, .. } => {
                self.step(*line, LineState::PickedUp { picked_up_at: at }, &step);
            }
            Fact::LineCancelled { line, reason, .. } => {
                self.step(*line, LineState::Cancelled { reason: *reason }, &step);
            }
            Fact::LineVoided { line, reason, approved_by, .. } => {
                let (reason, approved_by) = (reason.clone(), approved_by.clone());
                self.step(*line, LineState::Voided { voided_at: at, reason, approved_by }, &step);
                self.with_line(*line, |found| found.unseen.push(Notice::Voided));
            }
            Fact::LineRemade { line, again, .. } => self.remake(*line, again, &step),
            Fact::LineRecalled { line, .. } => self.recall(*line, &step),
            Fact::LinesRushed { lines, .. } => lines.iter().for_each(|line| self.rush(*line, &step)),
            Fact::NoticesSeen { lines, .. } => {
                lines.iter().for_each(|line| self.with_line(*line, |found| found.unseen.clear()));
            }
            Fact::GuestMoved { to, .. } => self.move_guest(to.clone(), step),
            Fact::SmsRequested { sms, round, .. } => {
                self.view.sms.push(SmsView { sms: *sms, round: *round, at, result: None });
            }
            Fact::SmsAnswered { sms, result, .. } => self.note_result(*sms, result, &step),
            Fact::OrderCompleted { .. } => self.complete(),
            // Of no order, but for the first, which opened this one.
            Fact::OrderPlaced { .. }
            | Fact::DishSoldOut { .. }
            | Fact::DishLimited { .. }
            | Fact::DishBackOnSale { .. }
            | Fact::DishSaved { .. }
            | Fact::DishRemoved { .. }
            | Fact::MenuArranged { .. }
            | Fact::KitchenPlanned { .. }
            | Fact::CallRaised { .. }
            | Fact::AnnouncementsArranged { .. }
            | Fact::DutyStarted { .. }
            | Fact::DutyEnded { .. }
            | Fact::MessageRelayed { .. }
            | Fact::ServiceCalled { .. }
            | Fact::ServiceAnswered { .. } => {}
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
        self.view.sms.iter().any(|sms| sms.round == round)
    }

    /// The round that the next addition will be.
    pub fn next_round(&self) -> u32 {
        self.view.lines.iter().map(|line| line.round).max().unwrap_or(0) + 1
    }

    /// Whether the guest is still here.
    pub fn is_open(&self) -> bool {
        self.view.state != OrderState::Completed
    }

    /// As [`OrderView::is_on_board`].
    pub fn is_on_board(&self) -> bool {
        self.view.is_on_board()
    }

    fn with_line(&mut self, line: LineId, change: impl FnOnce(&mut LineView)) {
        if let Some(found) = self.view.lines.iter_mut().find(|found| found.placed.line == line) {
            change(found);
        }
    }

    /// A step can be taken back, so where the line was is remembered. Whoever takes one has seen that it is urgent.
    fn step(&mut self, line: LineId, state: LineState, step: &Step) {
        if let Some(found) = self.view.lines.iter_mut().find(|found| found.placed.line == line) {
            let was = std::mem::replace(&mut found.state, state);
            self.earlier.entry(line).or_default().push(was);
            found.last = step.clone();
            found.unseen.retain(|notice| *notice != Notice::Rushed);
        }
    }

    fn recall(&mut self, line: LineId, step: &Step) {
        let was = self.earlier.get_mut(&line).and_then(Vec::pop);
        if let Some(state) = was {
            self.with_line(line, |found| (found.state, found.last) = (state, step.clone()));
        }
    }

    fn note_result(&mut self, sms: SmsId, result: &SmsResult, step: &Step) {
        let told = self.view.sms.iter_mut().find(|told| told.sms == sms);
        if let Some(told) = told.filter(|told| result.is_after(told.result.as_ref())) {
            (told.at, told.result) = (step.at, Some(result.clone()));
        }
    }

    /// The first call moves the line; another changes no state (K6).
    fn note_call(&mut self, line: LineId, step: &Step) {
        if let Some(LineState::Ready { ready_at }) = self.line(line).map(|found| found.state.clone()) {
            self.step(line, LineState::Notified { ready_at, called_at: step.at }, step);
        }
    }

    /// The part stands behind the line it came from and shares its past.
    fn split(&mut self, line: LineId, part: LineId, portions: Quantity) {
        let Some(index) = self.view.lines.iter().position(|found| found.placed.line == line) else { return };
        let mut parted = self.view.lines[index].clone();
        let Some(rest) = parted.placed.quantity.less(portions) else { return };
        (parted.placed.line, parted.placed.quantity) = (part, portions);
        self.view.lines[index].placed.quantity = rest;
        self.view.lines.insert(index + 1, parted);
        let earlier = self.earlier.get(&line).cloned();
        self.earlier.extend(earlier.map(|earlier| (part, earlier)));
    }

    /// Whoever holds a line no longer asks where it is.
    fn hold(&mut self, line: LineId, step: &Step) {
        self.with_line(line, |found| {
            (found.state, found.last) = (LineState::Held, step.clone());
            found.unseen.retain(|notice| *notice != Notice::Rushed);
        });
    }

    /// The clock of what was held begins now.
    fn fire(&mut self, line: LineId, step: &Step) {
        self.with_line(line, |found| {
            (found.state, found.last, found.due_from) = (LineState::Waiting, step.clone(), step.at);
        });
    }

    fn rush(&mut self, line: LineId, step: &Step) {
        self.with_line(line, |found| {
            let count = found.rush.as_ref().map_or(0, |rush| rush.count) + 1;
            found.rush = Some(Rush { count, last: step.clone() });
            if !found.unseen.contains(&Notice::Rushed) {
                found.unseen.push(Notice::Rushed);
            }
        });
    }

    /// What is with the guest already stays there; anything else is dropped for the new line.
    fn remake(&mut self, line: LineId, again: &PlacedLine, step: &Step) {
        let Some(spoilt) = self.line(line) else { return };
        let round = spoilt.round;
        if !matches!(spoilt.state, LineState::PickedUp { .. }) {
            self.step(line, LineState::Remade { remade_at: step.at, again: again.line }, step);
        }
        self.view.lines.push(as_ordered(again, round, step));
    }

    fn move_guest(&mut self, to: Guest, step: Step) {
        let from = std::mem::replace(&mut self.view.guest, to);
        self.view.moves.push(Move { from, step });
    }

    /// What is made or being made for a guest who has left must not go on unseen (K9). Nobody waits for it.
    fn complete(&mut self) {
        self.view.state = OrderState::Completed;
        for line in &mut self.view.lines {
            line.unseen.retain(|notice| *notice == Notice::Voided);
            if line.state.is_started() && !matches!(line.state, LineState::PickedUp { .. }) {
                line.unseen.push(Notice::LeftBehind);
            }
        }
    }
}

fn step_of(recorded: &Recorded) -> Step {
    Step { at: recorded.at, by: recorded.by.clone() }
}

fn as_ordered(placed: &PlacedLine, round: u32, step: &Step) -> LineView {
    LineView {
        placed: placed.clone(),
        round,
        placed_at: step.at,
        due_from: step.at,
        state: if placed.held { LineState::Held } else { LineState::Waiting },
        last: step.clone(),
        rush: None,
        unseen: Vec::new(),
    }
}

fn derived_state(lines: &[LineView]) -> OrderState {
    let alive = || lines.iter().map(|line| &line.state).filter(|state| !state.is_dropped());
    if alive().count() == 0 {
        OrderState::Cancelled
    } else if alive().all(LineState::is_ahead) {
        OrderState::Waiting
    } else if alive().all(|state| matches!(state, LineState::PickedUp { .. })) {
        OrderState::Served
    } else if alive().all(LineState::is_made) {
        OrderState::Ready
    } else {
        OrderState::Cooking
    }
}
