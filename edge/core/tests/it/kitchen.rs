//! One invented shop, and the words in which the tests speak of it.
//!
//! Every request goes through [`Kitchen::ask`], which also holds what is true of all of them: deciding
//! changes nothing, and a fact is applied in the order it was decided.

mod asking;
mod fixture;

use edge_core::authority::{Approval, Device};
use edge_core::number::ClockReading;
use edge_core::refusal::Refusal;
use edge_core::shop::{Ask, Resumed, Shop, recorded};
use shared::command::Command;
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, ManagerName};
use shared::id::{LineId, OrderId, RequestId};
use shared::order::{LineState, LineView, OrderState, OrderView};
use uuid::Uuid;

pub(crate) use asking::*;
pub(crate) use fixture::*;

/// A shop in Shanghai at seven in the evening, nothing ordered yet.
pub(crate) struct Kitchen {
    pub(crate) shop: Shop,
    pub(crate) clock: ClockReading,
    pub(crate) journal: Vec<Recorded>,
    pub(crate) approval: Approval,
    requests: u128,
}

impl Kitchen {
    pub(crate) fn open() -> Self {
        Self {
            shop: Shop::resume(three_to_three(), menu_book(), Resumed::default()),
            clock: ClockReading { at: moment("2026-11-22T19:00:00+08:00"), trusted: true },
            journal: Vec::new(),
            approval: Approval::By(manager()),
            requests: 0,
        }
    }

    /// The same shop with stations.
    pub(crate) fn with_stations() -> Self {
        let mut kitchen = Self::open();
        kitchen.done(save_plan(0, plan()));
        kitchen
    }

    /// The clock on the wall shows this from now on.
    pub(crate) fn at(&mut self, clock: &str) -> &mut Self {
        self.clock.at = moment(clock);
        self
    }

    /// So much time goes by.
    pub(crate) fn after_s(&mut self, seconds: i64) -> &mut Self {
        self.clock.at += jiff::SignedDuration::from_secs(seconds);
        self
    }

    /// A request with an id of its own.
    pub(crate) fn request(&mut self, by: &Device, command: Command) -> Ask {
        self.requests += 1;
        let request = RequestId(Uuid::from_u128(self.requests));
        Ask { request, by: by.clone(), place: None, approval: self.approval.clone(), command }
    }

    /// Decides a request and takes its facts in.
    pub(crate) fn ask(&mut self, by: &Device, command: Command) -> Result<Vec<Fact>, Refusal> {
        let ask = self.request(by, command);
        let before = format!("{:?}", self.shop);
        let decided = self.shop.decide(self.clock, &ask);
        assert_eq!(format!("{:?}", self.shop), before, "deciding changes nothing (K10)");
        let facts = decided?.facts;
        self.take_in(&ask, &facts);
        Ok(facts)
    }

    /// What no device asked for and is due all the same.
    pub(crate) fn due(&mut self) -> Vec<Fact> {
        let facts = self.shop.due(self.clock);
        let ask = self.request(&cashier(), clean("nowhere"));
        self.take_in(&ask, &facts);
        facts
    }

    fn take_in(&mut self, ask: &Ask, facts: &[Fact]) {
        for fact in facts {
            let kept = recorded(ask, self.shop.revision() + 1, self.clock.at, fact.clone());
            self.shop.apply(&kept);
            self.journal.push(kept);
        }
    }

    /// The cashier asks, who may do anything, and it is granted.
    pub(crate) fn done(&mut self, command: Command) -> Vec<Fact> {
        self.ask(&cashier(), command).expect("the rules allow it")
    }

    /// The cashier asks and is refused.
    pub(crate) fn refused(&mut self, command: Command) -> Refusal {
        self.ask(&cashier(), command).expect_err("the rules forbid it")
    }

    /// A guest orders these dishes, one portion each.
    pub(crate) fn order(&mut self, guest: &Guest, dishes: &[&str]) -> Vec<LineId> {
        lines_of(&self.done(placing(guest, dishes)))
    }

    /// A guest orders so many portions of dumplings on one line.
    pub(crate) fn dumplings(&mut self, guest: &Guest, count: u16) -> LineId {
        lines_of(&self.done(wishing(guest, vec![many(count, "shuijiao")])))[0]
    }

    /// Room 801 orders one dish, and it goes as far as this.
    pub(crate) fn line_at(&mut self, at: At) -> LineId {
        let line = self.order(&room("801"), &["shuijiao"])[0];
        self.bring(line, at);
        line
    }

    /// A line that waits goes as far as this.
    pub(crate) fn bring(&mut self, line: LineId, at: At) {
        let steps = match at {
            At::Held => vec![hold(self.order_with(line).order, &[line])],
            At::Waiting => Vec::new(),
            At::Cooking => vec![start(line)],
            At::Ready => vec![start(line), finish(line)],
            At::Notified => vec![start(line), finish(line), call(line)],
            At::PickedUp => vec![start(line), finish(line), pick_up(line)],
            At::Cancelled => vec![cancel(line)],
            At::Voided => vec![start(line), void(line)],
            At::Remade => vec![start(line), remake(line)],
        };
        steps.into_iter().for_each(|step| assert!(!self.done(step).is_empty()));
        assert_eq!(self.where_is(line), at);
    }

    /// Where a line is.
    pub(crate) fn where_is(&self, line: LineId) -> At {
        At::of(&self.line(line).state)
    }

    /// A line as screens see it.
    pub(crate) fn line(&self, line: LineId) -> LineView {
        let mut lines = self.order_with(line).lines.into_iter();
        lines.find(|found| found.placed.line == line).expect("a line of it")
    }

    /// The order that a line belongs to.
    pub(crate) fn order_with(&self, line: LineId) -> OrderView {
        let has_it = |order: &OrderView| order.lines.iter().any(|found| found.placed.line == line);
        self.shop.board(self.clock).orders.into_iter().find(has_it).expect("an order on the board")
    }

    /// A guest's first open order.
    pub(crate) fn order_of(&self, guest: &Guest) -> Option<OrderView> {
        let is_theirs = |order: &OrderView| order.guest == *guest && order.state != OrderState::Completed;
        self.shop.board(self.clock).orders.into_iter().find(is_theirs)
    }

    /// The id of a guest's open order.
    pub(crate) fn order_id(&self, guest: &Guest) -> OrderId {
        self.order_of(guest).expect("an open order").order
    }

    /// How screens show each order: `2026-11-22 #01 801 waiting`.
    pub(crate) fn board(&self) -> Vec<String> {
        let shown = |order: &OrderView| {
            format!("{} {} {} {}", order.day, order.number, order.guest, word_of(order.state))
        };
        self.shop.board(self.clock).orders.iter().map(shown).collect()
    }

    /// How screens show the lines of an order: `2 cooking, 1 waiting`.
    pub(crate) fn shown(&self, order: OrderId) -> String {
        let order = self.shop.order(order).expect("an order").view();
        let line = |line: &LineView| format!("{} {}", line.placed.quantity, At::of(&line.state).word());
        order.lines.iter().map(line).collect::<Vec<_>>().join(", ")
    }
}

/// Where a line is, without its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Held,
    Waiting,
    Cooking,
    Ready,
    Notified,
    PickedUp,
    Cancelled,
    Voided,
    Remade,
}

impl At {
    pub(crate) const ALL: [Self; 9] = [
        Self::Held,
        Self::Waiting,
        Self::Cooking,
        Self::Ready,
        Self::Notified,
        Self::PickedUp,
        Self::Cancelled,
        Self::Voided,
        Self::Remade,
    ];

    pub(crate) fn of(state: &LineState) -> Self {
        match state {
            LineState::Held => Self::Held,
            LineState::Waiting => Self::Waiting,
            LineState::Cooking { .. } => Self::Cooking,
            LineState::Ready { .. } => Self::Ready,
            LineState::Notified { .. } => Self::Notified,
            LineState::PickedUp { .. } => Self::PickedUp,
            LineState::Cancelled { .. } => Self::Cancelled,
            LineState::Voided { .. } => Self::Voided,
            LineState::Remade { .. } => Self::Remade,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Cooking => "cooking",
            Self::Ready => "ready",
            Self::Notified => "notified",
            Self::PickedUp => "picked_up",
            Self::Cancelled => "cancelled",
            Self::Voided => "voided",
            Self::Remade => "remade",
        }
    }
}

/// What a rule says about a line in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// It moves.
    Goes(At),
    /// Nothing is left to do: it succeeds without a fact.
    Fine,
    /// It is said once more and the line stays where it is.
    Again,
    /// Refused, with this code.
    No(&'static str),
}

/// Holds a rule's table, which must have a row for every state, against the kitchen.
pub(crate) fn holds(table: &[(At, Says)], command: impl Fn(LineId, OrderId) -> Command) {
    assert!(At::ALL.iter().all(|state| table.iter().filter(|(row, _)| row == state).count() == 1));
    for (at, says) in table {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(*at);
        let order = kitchen.order_with(line).order;
        let answer = kitchen.ask(&cashier(), command(line, order));
        let said = match &answer {
            Ok(facts) if facts.is_empty() => Says::Fine,
            Ok(_) if kitchen.where_is(line) == *at => Says::Again,
            Ok(_) => Says::Goes(kitchen.where_is(line)),
            Err(refusal) => Says::No(refusal.code()),
        };
        assert_eq!(said, *says, "a line that is {at:?}");
        assert!(answer.is_ok_and(|facts| facts.len() <= 1) || kitchen.where_is(line) == *at);
    }
}

/// The lines that these facts made: placed, parted from another, or made again.
pub(crate) fn lines_of(facts: &[Fact]) -> Vec<LineId> {
    let mut lines = Vec::new();
    for fact in facts {
        if let Fact::OrderPlaced { lines: placed, .. } | Fact::LinesAdded { lines: placed, .. } = fact {
            lines.extend(placed.iter().map(|placed| placed.line));
        } else if let Fact::LineSplit { part, .. } = fact {
            lines.push(*part);
        } else if let Fact::LineRemade { again, .. } = fact {
            lines.push(again.line);
        }
    }
    lines
}

pub(crate) fn manager() -> ManagerName {
    "店长".parse().expect("a name")
}

pub(crate) fn word_of(state: OrderState) -> &'static str {
    match state {
        OrderState::Waiting => "waiting",
        OrderState::Cooking => "cooking",
        OrderState::Ready => "ready",
        OrderState::Served => "served",
        OrderState::Cancelled => "cancelled",
        OrderState::Completed => "completed",
    }
}
