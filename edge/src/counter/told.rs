//! What everybody is told after a commit.

use jiff::Timestamp;
use shared::fact::Recorded;
use shared::order::OrderView;
use shared::quantity::BusinessDay;

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
}

impl Told {
    /// Whether the menu or what is sold out has changed.
    pub fn changed_menu(&self) -> bool {
        self.menu_revision > self.after
    }
}
