//! The shop: everything open at one moment, which is what its facts add up to.
//!
//! [`Shop::decide`] says what a command means and changes nothing; [`Shop::apply`] takes a kept fact in and
//! cannot fail. Restarting is applying the facts of the open orders again.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, RoomName};
use shared::id::{DishId, LineId, OrderId};
use shared::order::{LineView, Order, OrderState, OrderView};
use shared::quantity::BusinessDay;
use shared::screen::{Board, MenuView};

use crate::menu::MenuBook;
use crate::number::{ClockReading, DayRule, Numbering};
use crate::refusal::Refusal;

mod decide;

pub use decide::{Ask, Decision, LINES_MAX};

/// What the store keeps of a shop beside the facts of its open orders.
#[derive(Debug, Clone, Default)]
pub struct Resumed {
    /// Sequence number of the last fact.
    pub revision: u64,
    /// The last number given.
    pub numbering: Numbering,
    /// What is sold out, and the sequence number of the last fact that said so.
    pub sold_out: BTreeSet<DishId>,
    /// Sequence number of the last fact about what is sold out.
    pub menu_revision: u64,
}

/// One shop's kitchen.
#[derive(Debug, Clone)]
pub struct Shop {
    rule: DayRule,
    menu: MenuBook,
    menu_revision: u64,
    numbering: Numbering,
    revision: u64,
    orders: HashMap<OrderId, Order>,
    order_of_guest: HashMap<Guest, OrderId>,
    order_of_line: HashMap<LineId, OrderId>,
}

impl Shop {
    /// A shop as it was kept, but for its open orders: their facts are applied next.
    pub fn resume(rule: DayRule, mut menu: MenuBook, kept: Resumed) -> Self {
        kept.sold_out.into_iter().for_each(|dish| menu.mark_sold_out(dish));
        Self {
            rule,
            menu,
            menu_revision: kept.menu_revision,
            numbering: kept.numbering,
            revision: kept.revision,
            orders: HashMap::new(),
            order_of_guest: HashMap::new(),
            order_of_line: HashMap::new(),
        }
    }

    /// Brings back the facts of an order that is still open. Its number was given before the restart.
    pub fn reopen(&mut self, facts: &[Recorded]) {
        for recorded in facts {
            self.take_in(recorded);
        }
    }

    /// Takes a new fact in. A completed order stays until [`Shop::sweep`], for whoever asked about it.
    pub fn apply(&mut self, recorded: &Recorded) {
        assert!(recorded.seq == self.revision + 1, "fact {} came after {}", recorded.seq, self.revision);
        if let Fact::OrderPlaced { day, number, .. } = &recorded.fact {
            self.numbering.given(*day, *number);
        }
        self.take_in(recorded);
        self.revision = recorded.seq;
    }

    fn take_in(&mut self, recorded: &Recorded) {
        match &recorded.fact {
            Fact::OrderPlaced { order, guest, lines, .. } => {
                self.orders.extend(Order::open(recorded).map(|opened| (*order, opened)));
                self.order_of_guest.insert(guest.clone(), *order);
                self.order_of_line.extend(lines.iter().map(|line| (line.line, *order)));
            }
            Fact::DishSoldOut { dish } => {
                self.menu.mark_sold_out(dish.clone());
                self.menu_revision = recorded.seq;
            }
            Fact::DishBackOnSale { dish } => {
                self.menu.mark_back_on_sale(dish);
                self.menu_revision = recorded.seq;
            }
            Fact::LinesAdded { order, lines, .. } => {
                self.order_of_line.extend(lines.iter().map(|line| (line.line, *order)));
                self.apply_to_order(*order, recorded);
            }
            Fact::OrderCompleted { order, .. } => {
                self.apply_to_order(*order, recorded);
                self.order_of_guest.retain(|_, open| open != order);
            }
            Fact::CookingStarted { order, .. }
            | Fact::CookingFinished { order, .. }
            | Fact::PickupCalled { order, .. }
            | Fact::LinePickedUp { order, .. }
            | Fact::LineCancelled { order, .. }
            | Fact::SmsRequested { order, .. } => self.apply_to_order(*order, recorded),
        }
    }

    fn apply_to_order(&mut self, order: OrderId, recorded: &Recorded) {
        if let Some(order) = self.orders.get_mut(&order) {
            order.apply(recorded);
        }
    }

    /// Lets go of completed orders. The journal keeps them.
    pub fn sweep(&mut self) {
        let is_open = |order: &Order| order.view().state != OrderState::Completed;
        if self.orders.values().all(is_open) {
            return;
        }
        self.orders.retain(|_, order| is_open(order));
        self.order_of_line.retain(|_, order| self.orders.contains_key(order));
    }

    /// Sequence number of the last fact taken in.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// How many orders are open.
    pub fn open_orders(&self) -> usize {
        self.order_of_guest.len()
    }

    /// The current business day.
    pub fn day(&self, clock: ClockReading) -> BusinessDay {
        self.numbering.day(&self.rule, clock)
    }

    /// One order, until it is swept.
    pub fn order(&self, order: OrderId) -> Option<&Order> {
        self.orders.get(&order)
    }

    /// Everything open, oldest first.
    pub fn board(&self, clock: ClockReading) -> Board {
        self.board_of(clock, self.order_of_guest.values().filter_map(|order| self.orders.get(order)))
    }

    /// What a pad may see: its room's order.
    pub fn board_of_room(&self, room: &RoomName, clock: ClockReading) -> Board {
        let guest = Guest::Room { room: room.clone() };
        self.board_of(clock, self.order_of_guest.get(&guest).and_then(|order| self.orders.get(order)))
    }

    fn board_of<'a>(&self, clock: ClockReading, orders: impl IntoIterator<Item = &'a Order>) -> Board {
        let mut orders: Vec<OrderView> = orders.into_iter().map(|order| order.view().clone()).collect();
        orders.sort_by_key(|order| (order.day, order.number));
        Board { revision: self.revision, day: self.day(clock), now: clock.at, orders }
    }

    /// The menu with what is sold out.
    pub fn menu_view(&self) -> MenuView {
        MenuView {
            revision: self.menu_revision,
            menu: self.menu.menu().clone(),
            sold_out: self.menu.sold_out().iter().cloned().collect(),
        }
    }

    /// Revision of the menu and of what is sold out.
    pub fn menu_revision(&self) -> u64 {
        self.menu_revision
    }

    fn open_order(&self, order: OrderId) -> Result<&Order, Refusal> {
        // A completed order is closed at once; that it is still here to be seen must change no answer.
        let is_open = |order: &&Order| order.view().state != OrderState::Completed;
        self.orders.get(&order).filter(is_open).ok_or(Refusal::UnknownOrder)
    }

    fn open_line(&self, line: LineId) -> Result<(&Order, &LineView), Refusal> {
        let order = self.order_of_line.get(&line).and_then(|order| self.open_order(*order).ok());
        order.and_then(|order| order.line(line).map(|found| (order, found))).ok_or(Refusal::UnknownLine)
    }
}

/// A fact with its place in the journal: what the counter makes of a decision.
pub fn recorded(ask: &Ask, seq: u64, at: Timestamp, fact: Fact) -> Recorded {
    Recorded { seq, at, by: ask.by.id.clone(), request: ask.request, fact }
}
