//! Rows of lists: what of them changed, and whether they show what the journal says.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::ensure;
use cloud_core::id::{MessageKey, ShopKey};
use cloud_core::relay::RelayKey;
use cloud_core::state::State;
use shared::id::{BrandId, OrderId};
use shared::order::{LineState, OrderState, OrderView};

use super::{MessageFilter, MessagesAsked, Records, RelaysAsked};
use crate::view::{MessageView, RelayView, ending_view};

/// An order of a shop.
pub type OrderKey = (ShopKey, OrderId);

/// Rows of lists that changed, as they are now. In the order of their keys, which is how a table is filled fastest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// Messages. A row is large, and changes hands more often than it is looked at.
    pub messages: BTreeMap<MessageKey, Arc<MessageView>>,
    /// Orders.
    pub orders: BTreeMap<OrderKey, OrderView>,
    /// Messages sent on.
    pub relays: BTreeMap<RelayKey, RelayView>,
}

impl Lists {
    /// Everything that has changed in a state since it was last asked.
    pub fn of_changes(state: &mut State) -> Self {
        let changed = state.take_changed();
        let relay = |key| Some((RelayKey::clone(&key), RelayView::from(state.relayed(&key)?)));
        let mut messages = BTreeMap::new();
        // One by one: to collect them would gather all rows in a heap of their own first.
        for key in changed.messages {
            if let Some(message) = state.message(&key) {
                messages.insert(key, Arc::new(MessageView::from(message)));
            }
        }
        Self {
            messages,
            orders: changed.orders.into_iter().map(|(key, order)| (key, order.view().clone())).collect(),
            relays: changed.relays.into_iter().filter_map(relay).collect(),
        }
    }

    /// Adds what changed later.
    pub fn follow(&mut self, later: Self) {
        self.messages.extend(later.messages);
        self.orders.extend(later.orders);
        self.relays.extend(later.relays);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.messages.len() + self.orders.len() + self.relays.len()
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Portions of an order that were not cancelled.
pub fn portions(order: &OrderView) -> u32 {
    let alive = |state: &LineState| !state.is_dropped();
    let lines = order.lines.iter().filter(|line| alive(&line.state));
    lines.map(|line| u32::from(line.placed.quantity.get())).sum()
}

/// Whether an order's guest is still there.
pub fn is_open(order: &OrderView) -> bool {
    order.state != OrderState::Completed
}

/// Compares the lists of messages with the state they were made from. Returns how many messages there are.
/// Errors: the first message that a list shows otherwise, or a list that cannot be read.
pub fn compare_lists(records: &dyn Records, state: &State) -> anyhow::Result<usize> {
    let mut compared = 0;
    for (brand, _) in state.brands() {
        compared += compare_messages(records, state, brand)? + compare_relays(records, state, brand)?;
    }
    Ok(compared)
}

fn compare_messages(records: &dyn Records, state: &State, brand: &BrandId) -> anyhow::Result<usize> {
    let mut asked =
        MessagesAsked { brand: brand.clone(), only: MessageFilter::default(), before: None, limit: 1_000 };
    let mut listed = 0;
    loop {
        let page = records.messages(&asked)?;
        for row in &page.rows {
            let key = MessageKey { brand: brand.clone(), sms: row.message };
            let is_right = match state.message(&key) {
                Some(at_hand) => MessageView::from(at_hand) == *row,
                None => state.filed(&key).is_some_and(|filed| ending_view(filed.ending) == row.state),
            };
            ensure!(is_right, "message {} of {brand} is listed otherwise", row.message);
        }
        listed += page.rows.len();
        let Some(next) = page.next else { break };
        asked.before = Some(next);
    }
    let known = state.messages(brand).count() + state.filed_count(brand);
    ensure!(listed == known, "{brand} has {known} messages, the list shows {listed}");
    Ok(listed)
}

fn compare_relays(records: &dyn Records, state: &State, brand: &BrandId) -> anyhow::Result<usize> {
    let (shop, channel, before) = (None, None, None);
    let mut asked = RelaysAsked { brand: brand.clone(), shop, channel, state: None, before, limit: 1_000 };
    let mut listed = 0;
    loop {
        let page = records.relays(&asked)?;
        for row in &page.rows {
            let key = RelayKey { brand: brand.clone(), message: row.message };
            let is_right = state.relayed(&key).is_none_or(|at_hand| RelayView::from(at_hand) == *row);
            ensure!(is_right, "message {} of {brand} is listed otherwise", row.message);
        }
        listed += page.rows.len();
        let Some(next) = page.next else { break };
        asked.before = Some(next);
    }
    let known = state.all_relayed(brand).count() + state.relays_on_file(brand);
    ensure!(listed == known, "{brand} has {known} messages sent on, the list shows {listed}");
    Ok(listed)
}
