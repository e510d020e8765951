//! What everybody is told after a commit.

use jiff::Timestamp;
use shared::fact::{Fact, Recorded};
use shared::guest::{AttendantName, Guest};
use shared::id::OrderId;
use shared::order::OrderView;
use shared::quantity::BusinessDay;
use shared::screen::ServiceCall;

/// One commit: it is on the disk.
#[derive(Debug, Clone)]
pub struct Told {
    /// The revision before it.
    pub after: u64,
    /// The revision with it.
    pub revision: u64,
    /// Revision of the menu and of what is sold out.
    pub menu_revision: u64,
    /// The business day.
    pub day: BusinessDay,
    /// The box's clock.
    pub at: Timestamp,
    /// What happened, in order.
    pub facts: Vec<Recorded>,
    /// The orders it happened to, as they are now.
    pub orders: Vec<OrderView>,
    /// Everybody who calls for service, when that has changed.
    pub calls: Option<Vec<ServiceCall>>,
    /// Everybody on duty, when that has changed.
    pub on_duty: Option<Vec<AttendantName>>,
}

impl Told {
    /// The order that a fact is about, as it is after the commit.
    pub fn order_of(&self, recorded: &Recorded) -> Option<&OrderView> {
        let order = recorded.fact.order()?;
        self.orders.iter().find(|view| view.order == order)
    }

    /// Whether the menu or what is sold out has changed.
    pub fn changed_menu(&self) -> bool {
        self.menu_revision > self.after
    }

    /// Orders that left this guest: their guest is called otherwise now (换房).
    pub fn left(&self, guest: &Guest) -> Vec<OrderId> {
        let left = |recorded: &Recorded| {
            let Fact::GuestMoved { order, from, .. } = &recorded.fact else { return None };
            (from == guest).then_some(*order)
        };
        let is_back =
            |order: &OrderId| self.orders.iter().any(|view| view.order == *order && view.guest == *guest);
        self.facts.iter().filter_map(left).filter(|order| !is_back(order)).collect()
    }
}
