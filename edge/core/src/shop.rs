//! The shop: everything open at one moment, which is what its facts add up to.
//!
//! [`Shop::decide`] says what a command means and changes nothing; [`Shop::apply`] takes a kept fact in and
//! cannot fail. Restarting is applying the facts of the open orders again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use shared::fact::{Fact, Recorded};
use shared::guest::{AttendantName, Guest, RoomName};
use shared::id::{DishId, LineId, OrderId};
use shared::message::{Announcements, AnnouncementsView};
use shared::order::{LineView, Order, OrderView, Step};
use shared::quantity::BusinessDay;
use shared::screen::{Board, DishLeft, KitchenView, MenuView, ServiceCall};

use crate::menu::{MenuBook, Stock};
use crate::number::{ClockReading, DayRule, Numbering};
use crate::refusal::Refusal;

mod calling;
mod cooking;
mod decide;
mod dropping;
mod news;
mod placing;
mod pressing;
mod upkeep;

pub use decide::{Ask, Decision};
pub use placing::LINES_MAX;

/// What the store keeps of a shop beside the facts of its open orders.
#[derive(Debug, Clone, Default)]
pub struct Resumed {
    /// Sequence number of the last fact.
    pub revision: u64,
    /// The last number given.
    pub numbering: Numbering,
    /// What is sold out or running out.
    pub stock: BTreeMap<DishId, Stock>,
    /// Sequence number of the last fact about the menu, or about what is sold out.
    pub menu_revision: u64,
    /// Sequence number of the last change on the set-up page.
    pub menu_edited: u64,
    /// Guests who call for service, the first first.
    pub calls: Vec<ServiceCall>,
    /// The announcement settings.
    pub announcements: Announcements,
    /// Sequence number of their last change.
    pub announcements_edited: u64,
    /// Attendants who can be called.
    pub on_duty: BTreeSet<AttendantName>,
}

/// What decides whether a message is still worth telling (M5): the shop at this moment.
#[derive(Debug, Clone)]
pub struct Glance {
    /// Those of the orders in question that are on the board.
    pub orders: BTreeMap<OrderId, OrderView>,
    /// Guests who call for service.
    pub calls: Vec<ServiceCall>,
    /// Attendants who can be called.
    pub on_duty: BTreeSet<AttendantName>,
    /// The announcement settings.
    pub announcements: Announcements,
    /// The shop's own time of day, while it is known.
    pub time: Option<jiff::civil::Time>,
}

/// One shop's kitchen.
#[derive(Debug, Clone)]
pub struct Shop {
    rule: DayRule,
    menu: MenuBook,
    menu_revision: u64,
    menu_edited: u64,
    numbering: Numbering,
    revision: u64,
    orders: HashMap<OrderId, Order>,
    orders_of_guest: HashMap<Guest, Vec<OrderId>>,
    order_of_line: HashMap<LineId, OrderId>,
    calls: Vec<ServiceCall>,
    announcements: Announcements,
    announcements_edited: u64,
    on_duty: BTreeSet<AttendantName>,
    /// Whether an order has left the board since the last [`Shop::sweep`].
    has_left_board: bool,
}

impl Shop {
    /// A shop as it was kept, but for its open orders: their facts are applied next.
    pub fn resume(rule: DayRule, mut menu: MenuBook, kept: Resumed) -> Self {
        menu.keep_stock(kept.stock);
        Self {
            rule,
            menu,
            menu_revision: kept.menu_revision,
            menu_edited: kept.menu_edited,
            numbering: kept.numbering,
            revision: kept.revision,
            orders: HashMap::new(),
            orders_of_guest: HashMap::new(),
            order_of_line: HashMap::new(),
            calls: kept.calls,
            announcements: kept.announcements,
            announcements_edited: kept.announcements_edited,
            on_duty: kept.on_duty,
            has_left_board: false,
        }
    }

    /// Brings back the facts of the orders that are still on the board, in any order: who came to a room first is
    /// told by their sequence numbers. Their order numbers were given before the restart.
    pub fn reopen(&mut self, facts: &[Recorded]) {
        let mut facts: Vec<_> = facts.iter().collect();
        facts.sort_by_key(|recorded| recorded.seq);
        for recorded in facts {
            self.take_in(recorded);
        }
        self.sweep();
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
        if let Some(order) = recorded.fact.order() {
            self.take_in_for(order, recorded);
        } else if self.menu.apply(&recorded.fact) {
            self.menu_revision = recorded.seq;
            if is_edit(&recorded.fact) {
                self.menu_edited = recorded.seq;
            }
        } else if let Fact::ServiceCalled { guest, wish } = &recorded.fact {
            let called = Step { at: recorded.at, by: recorded.by.clone() };
            self.calls.push(ServiceCall { guest: guest.clone(), wish: *wish, called });
        } else if let Fact::ServiceAnswered { guest } = &recorded.fact {
            self.calls.retain(|call| call.guest != *guest);
        } else if let Fact::DutyStarted { attendant } = &recorded.fact {
            self.on_duty.insert(attendant.clone());
        } else if let Fact::DutyEnded { attendant } = &recorded.fact {
            self.on_duty.remove(attendant);
        } else if let Fact::AnnouncementsArranged { announcements } = &recorded.fact {
            self.announcements = announcements.as_ref().clone();
            self.announcements_edited = recorded.seq;
            self.menu_revision = recorded.seq;
        }
    }

    /// The order adds its facts up by itself; here is what else is known by order, guest and line.
    fn take_in_for(&mut self, order: OrderId, recorded: &Recorded) {
        match self.orders.get_mut(&order) {
            Some(known) => known.apply(recorded),
            None => self.orders.extend(Order::open(recorded).map(|opened| (order, opened))),
        }
        self.has_left_board |= self.orders.get(&order).is_some_and(|known| !known.is_on_board());
        if let Fact::OrderPlaced { guest, lines, .. } = &recorded.fact {
            self.orders_of_guest.entry(guest.clone()).or_default().push(order);
            self.order_of_line.extend(lines.iter().map(|line| (line.line, order)));
        } else if let Fact::LinesAdded { lines, .. } = &recorded.fact {
            self.order_of_line.extend(lines.iter().map(|line| (line.line, order)));
        } else if let Fact::LineSplit { part, .. } = &recorded.fact {
            self.order_of_line.insert(*part, order);
        } else if let Fact::LineRemade { again, .. } = &recorded.fact {
            self.order_of_line.insert(again.line, order);
        } else if let Fact::GuestMoved { to, .. } = &recorded.fact {
            self.forget_guest_of(order);
            self.orders_of_guest.entry(to.clone()).or_default().push(order);
        } else if let Fact::OrderCompleted { .. } = &recorded.fact {
            self.forget_guest_of(order);
        }
    }

    fn forget_guest_of(&mut self, order: OrderId) {
        self.orders_of_guest.retain(|_, orders| {
            orders.retain(|open| *open != order);
            !orders.is_empty()
        });
    }

    /// Lets go of orders that no screen shows any more. The journal keeps them.
    pub fn sweep(&mut self) {
        if !std::mem::take(&mut self.has_left_board) {
            return;
        }
        self.orders.retain(|_, order| order.is_on_board());
        self.order_of_line.retain(|_, order| self.orders.contains_key(order));
    }

    /// Sequence number of the last fact taken in.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// How many orders are open.
    pub fn open_orders(&self) -> usize {
        self.orders_of_guest.values().map(Vec::len).sum()
    }

    /// The current business day.
    pub fn day(&self, clock: ClockReading) -> BusinessDay {
        self.numbering.day(&self.rule, clock)
    }

    /// One order, until it is swept.
    pub fn order(&self, order: OrderId) -> Option<&Order> {
        self.orders.get(&order)
    }

    /// Everything on the screens, oldest first.
    pub fn board(&self, clock: ClockReading) -> Board {
        let orders = self.orders.values().filter(|order| order.is_on_board());
        Board { on_duty: self.on_duty(), ..self.board_of(clock, orders, self.calls.clone()) }
    }

    /// What a pad may see: its room's.
    pub fn board_of_room(&self, room: &RoomName, clock: ClockReading) -> Board {
        let guest = Guest::Room { room: room.clone() };
        let calls = self.calls.iter().filter(|call| call.guest == guest).cloned().collect();
        let board = self.board_of(clock, self.open_orders_of(&guest), calls);
        Board { orders: board.orders.into_iter().map(OrderView::for_pad).collect(), ..board }
    }

    fn board_of<'a>(
        &self,
        clock: ClockReading,
        orders: impl IntoIterator<Item = &'a Order>,
        calls: Vec<ServiceCall>,
    ) -> Board {
        let mut orders: Vec<OrderView> = orders.into_iter().map(|order| order.view().clone()).collect();
        orders.sort_by_key(|order| (order.day, order.number));
        let (revision, day, on_duty) = (self.revision, self.day(clock), Vec::new());
        Board { revision, day, now: clock.at, orders, calls, on_duty }
    }

    /// Attendants on duty, by name.
    pub fn on_duty(&self) -> Vec<AttendantName> {
        self.on_duty.iter().cloned().collect()
    }

    /// Guests who call for service.
    pub fn calls(&self) -> &[ServiceCall] {
        &self.calls
    }

    /// The menu with what is sold out or running out.
    pub fn menu_view(&self) -> MenuView {
        let (sold_out, limited): (Vec<_>, Vec<_>) =
            self.menu.stock().iter().partition(|(_, stock)| stock.left == 0);
        let limited =
            limited.into_iter().map(|(dish, stock)| DishLeft { dish: dish.clone(), left: stock.left });
        MenuView {
            revision: self.menu_revision,
            edited: self.menu_edited,
            menu: self.menu.menu().clone(),
            sold_out: sold_out.into_iter().map(|(dish, _)| dish.clone()).collect(),
            limited: limited.collect(),
        }
    }

    /// How the kitchen is laid out.
    pub fn kitchen_view(&self) -> KitchenView {
        KitchenView { edited: self.menu_edited, plan: self.menu.plan().clone() }
    }

    /// The announcement settings.
    pub fn announcements_view(&self) -> AnnouncementsView {
        AnnouncementsView { edited: self.announcements_edited, announcements: self.announcements.clone() }
    }

    /// The shop at this moment, for what is about to be told of these orders.
    pub fn glance(&self, clock: ClockReading, about: &BTreeSet<OrderId>) -> Glance {
        let known = about.iter().filter_map(|order| Some((*order, self.orders.get(order)?)));
        let on_board = known.filter(|(_, order)| order.is_on_board());
        Glance {
            orders: on_board.map(|(id, order)| (id, order.view().clone())).collect(),
            calls: self.calls.clone(),
            on_duty: self.on_duty.clone(),
            announcements: self.announcements.clone(),
            time: self.rule.time_of_day(clock),
        }
    }

    /// Revision of the menu, of what is sold out, and of the announcement settings.
    pub fn menu_revision(&self) -> u64 {
        self.menu_revision
    }

    /// The guest's orders, the first first. After guests were joined there may be several.
    fn open_orders_of(&self, guest: &Guest) -> impl Iterator<Item = &Order> {
        let orders = self.orders_of_guest.get(guest).into_iter().flatten();
        orders.filter_map(|order| self.orders.get(order))
    }

    fn open_order(&self, order: OrderId) -> Result<&Order, Refusal> {
        // A completed order is closed at once; that it is still here to be seen must change no answer.
        self.orders.get(&order).filter(|order| order.is_open()).ok_or(Refusal::UnknownOrder)
    }

    fn open_line(&self, line: LineId) -> Result<(&Order, &LineView), Refusal> {
        let order = self.order_of_line.get(&line).and_then(|order| self.open_order(*order).ok());
        order.and_then(|order| order.line(line).map(|found| (order, found))).ok_or(Refusal::UnknownLine)
    }
}

/// Whether somebody changed the menu or the plan, rather than what is left of it.
pub fn is_edit(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::DishSaved { .. }
            | Fact::DishRemoved { .. }
            | Fact::MenuArranged { .. }
            | Fact::KitchenPlanned { .. }
    )
}

/// A fact with its place in the journal: what the counter makes of a decision.
pub fn recorded(ask: &Ask, seq: u64, at: Timestamp, fact: Fact) -> Recorded {
    Recorded { seq, at, by: ask.by.id.clone(), request: ask.request, fact }
}
