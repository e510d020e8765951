//! What of a journal the kitchen gets on paper, and at which printers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, ManagerName};
use shared::id::{LineId, PrinterId, StationId};
use shared::kitchen::{KitchenPlan, PrintMode, Printer};
use shared::order::{LineState, LineView, Notice, OrderView, PlacedLine};

use super::{Slip, layout};
use crate::kitchen::{Listening, cover};
use crate::number::DayRule;

/// What happened to some lines of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketKind {
    /// 新单.
    Ordered,
    /// 加菜 (K1).
    Added {
        /// 1 for the first addition.
        round: u32,
    },
    /// 等叫: not to be made until it is fired.
    Held,
    /// 起菜.
    Fired,
    /// 催菜.
    Rushed,
    /// 取消: nobody has begun it (K8, K9).
    Cancelled,
    /// 退菜: stop.
    Voided {
        /// Why, in words.
        reason: String,
        /// By whose word.
        approved_by: ManagerName,
    },
    /// 重做.
    Remade {
        /// What was wrong, in words.
        reason: String,
    },
    /// 换房, 并单.
    Moved {
        /// Where the guest was.
        from: Guest,
    },
    /// The guest has left while this was being made (K9).
    GuestLeft,
    /// The screen that showed these lines is dark.
    Outstanding,
}

/// One thing to be told to the kitchen, of whichever stations.
#[derive(Debug, Clone)]
pub struct Ticket<'a> {
    /// Sequence number of its first fact; of what is outstanding, the revision at which it was.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: TicketKind,
    /// The order as it is with it.
    pub order: &'a OrderView,
    /// The lines it happened to.
    pub lines: Vec<&'a LineView>,
}

/// What no living screen shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dark {
    /// These stations, not even by their back-ups.
    pub stations: BTreeSet<StationId>,
    /// The tray with the lines of no station, which every kitchen screen shows.
    pub unrouted: bool,
}

impl Dark {
    /// What stays in the dark while these screens are listening. A station whose lines are in the tray alone has no
    /// screen: its cooks look at none.
    pub fn of(plan: &KitchenPlan, listening: &Listening) -> Self {
        let dark = cover(plan, listening).into_iter().filter(|cover| cover.in_tray);
        Self {
            stations: dark.map(|cover| cover.station).collect(),
            unrouted: !listening.whole_kitchen && listening.stations.is_empty(),
        }
    }

    /// What of it is not in the other.
    pub fn without(&self, other: &Self) -> Self {
        Self {
            stations: self.stations.difference(&other.stations).cloned().collect(),
            unrouted: self.unrouted && !other.unrouted,
        }
    }

    /// What is in both.
    pub fn and(&self, other: &Self) -> Self {
        Self {
            stations: self.stations.intersection(&other.stations).cloned().collect(),
            unrouted: self.unrouted && other.unrouted,
        }
    }

    /// Whether screens show everything.
    pub fn is_empty(&self) -> bool {
        self.stations.is_empty() && !self.unrouted
    }
}

/// How the shop prints at the moment.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Stations and printers.
    pub kitchen: &'a KitchenPlan,
    /// What printers must stand in for.
    pub dark: &'a Dark,
    /// The shop's days and its time of day.
    pub days: &'a DayRule,
}

impl Plan<'_> {
    /// Where a line is made. A station that the plan does not have any more makes nothing.
    pub(super) fn stations_of<'l>(&self, line: &'l LineView) -> Vec<&'l StationId> {
        let is_there =
            |wanted: &&StationId| self.kitchen.stations.iter().any(|known| known.station == **wanted);
        line.placed.stations.iter().filter(is_there).collect()
    }
}

impl<'a> Ticket<'a> {
    /// What some facts of one request about one order are told as, in order. `order` is as of the last of them.
    pub fn of(facts: &[Recorded], order: &'a OrderView) -> Vec<Self> {
        let mut tickets: Vec<Self> = Vec::new();
        for recorded in facts {
            let Some((kind, lines)) = told(&recorded.fact, order) else { continue };
            match tickets.last_mut().filter(|ticket| ticket.kind == kind) {
                Some(ticket) => ticket.lines.extend(lines),
                None => tickets.push(Self { seq: recorded.seq, at: recorded.at, kind, order, lines }),
            }
        }
        tickets.retain(|ticket| !ticket.lines.is_empty());
        tickets
    }

    /// What a dark screen no longer shows of an order: all that the kitchen still has to do.
    pub fn outstanding(revision: u64, at: Timestamp, order: &'a OrderView) -> Option<Self> {
        let lines: Vec<_> = order.lines.iter().filter(|line| is_to_do(&line.state)).collect();
        let ticket = Self { seq: revision, at, kind: TicketKind::Outstanding, order, lines };
        (!ticket.lines.is_empty()).then_some(ticket)
    }

    /// Its slips: one for each printer that has anything to do with it.
    pub fn slips(&self, plan: &Plan<'_>) -> BTreeMap<PrinterId, Slip> {
        let printed = |printer: &Printer| {
            let lines = self.lines.iter().copied().filter(|line| prints(printer, line, &self.kind, plan));
            let part = Self { lines: lines.collect(), ..self.clone() };
            let slip = || (printer.printer.clone(), layout::slip(&part, printer, plan));
            (!part.lines.is_empty()).then(slip)
        };
        plan.kitchen.printers.iter().filter_map(printed).collect()
    }
}

/// Which lines a fact is told about, and as what. `None`: it is nothing for a printer.
fn told<'a>(fact: &Fact, order: &'a OrderView) -> Option<(TicketKind, Vec<&'a LineView>)> {
    let these = |wanted: &[LineId]| -> Vec<&'a LineView> {
        order.lines.iter().filter(|line| wanted.contains(&line.placed.line)).collect()
    };
    let those = |wanted: &dyn Fn(&LineView) -> bool| -> Vec<&'a LineView> {
        order.lines.iter().filter(|line| wanted(line)).collect()
    };
    Some(match fact {
        Fact::OrderPlaced { lines, .. } => (TicketKind::Ordered, these(&ids(lines))),
        Fact::LinesAdded { round, lines, .. } => (TicketKind::Added { round: *round }, these(&ids(lines))),
        Fact::LinesHeld { lines, .. } => (TicketKind::Held, these(lines)),
        Fact::LinesFired { lines, .. } => (TicketKind::Fired, these(lines)),
        Fact::LinesRushed { lines, .. } => (TicketKind::Rushed, these(lines)),
        Fact::LineCancelled { line, .. } => (TicketKind::Cancelled, these(&[*line])),
        Fact::LineVoided { line, reason, approved_by, .. } => {
            let (reason, approved_by) = (reason.clone(), approved_by.clone());
            (TicketKind::Voided { reason, approved_by }, these(&[*line]))
        }
        Fact::LineRemade { again, reason, .. } => {
            (TicketKind::Remade { reason: reason.clone() }, these(&[again.line]))
        }
        Fact::GuestMoved { from, .. } => {
            let waited_for = |line: &LineView| is_to_do(&line.state) || line.state.is_made();
            let carried_out = |line: &LineView| matches!(line.state, LineState::PickedUp { .. });
            (TicketKind::Moved { from: from.clone() }, those(&|line| waited_for(line) && !carried_out(line)))
        }
        Fact::OrderCompleted { .. } => {
            (TicketKind::GuestLeft, those(&|line| line.unseen.contains(&Notice::LeftBehind)))
        }
        // A split line stays where it was, and what cooks do themselves they know.
        Fact::LineSplit { .. }
        | Fact::CookingStarted { .. }
        | Fact::CookingFinished { .. }
        | Fact::PickupCalled { .. }
        | Fact::LinePickedUp { .. }
        | Fact::LineRecalled { .. }
        | Fact::NoticesSeen { .. }
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
        | Fact::ServiceAnswered { .. }
        | Fact::SmsRequested { .. }
        | Fact::SmsAnswered { .. } => return None,
    })
}

fn ids(lines: &[PlacedLine]) -> Vec<LineId> {
    lines.iter().map(|line| line.line).collect()
}

fn is_to_do(state: &LineState) -> bool {
    matches!(state, LineState::Held | LineState::Waiting | LineState::Cooking { .. })
}

/// Whether a line comes out at a printer. A line of no station comes out where everything does, and everywhere
/// when there is no such printer: better twice than nowhere.
fn prints(printer: &Printer, line: &LineView, kind: &TicketKind, plan: &Plan<'_>) -> bool {
    let made_at = plan.stations_of(line);
    let serves = |station: &&&StationId| printer.stations.is_empty() || printer.stations.contains(station);
    let (is_served, is_dark) = if made_at.is_empty() {
        let mut printers = plan.kitchen.printers.iter();
        let is_served = printer.stations.is_empty() || !printers.any(|printer| printer.stations.is_empty());
        (is_served, plan.dark.unrouted)
    } else {
        let mut served = made_at.iter().filter(serves).peekable();
        (served.peek().is_some(), served.any(|station| plan.dark.stations.contains(*station)))
    };
    is_served
        && match printer.prints {
            // It has printed already what a screen no longer shows.
            PrintMode::Always => *kind != TicketKind::Outstanding,
            PrintMode::Fallback => is_dark,
        }
}
