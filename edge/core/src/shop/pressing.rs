//! What guests and waiters press for: hold and fire (等叫, 起菜), rush (催菜), another room (换房, 并单), service; and
//! the kitchen's answer that it has seen it.

use jiff::SignedDuration;
use shared::fact::Fact;
use shared::guest::Guest;
use shared::id::{LineId, OrderId};
use shared::order::{LineState, LineView, Order};
use shared::screen::Role;

use super::decide::stays_in_room;
use super::{Decision, Shop};
use crate::authority::Device;
use crate::number::ClockReading;
use crate::refusal::Refusal;

/// A guest who has asked where a dish is waits this long before asking again.
const RUSHED_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(3);

/// Some lines of an order, or all that it fits, and who means them.
pub(super) struct Pressed<'a> {
    pub(super) by: &'a Device,
    pub(super) order: OrderId,
    pub(super) lines: &'a [LineId],
}

impl Shop {
    /// 等叫: what nobody has begun waits until it is called for.
    pub(super) fn hold(&self, pressed: &Pressed<'_>) -> Result<Decision, Refusal> {
        let is_so = |line: &LineView| matches!(line.state, LineState::Held);
        let (order, lines) = self.pressed(pressed, |line| matches!(line.state, LineState::Waiting), is_so)?;
        Ok(decided(order, lines, |order, lines| Fact::LinesHeld { order, lines }))
    }

    /// 起菜: what was held is to be made, and its clock begins.
    pub(super) fn fire(&self, pressed: &Pressed<'_>) -> Result<Decision, Refusal> {
        let is_so = |line: &LineView| matches!(line.state, LineState::Waiting) || line.state.is_started();
        let (order, lines) = self.pressed(pressed, |line| matches!(line.state, LineState::Held), is_so)?;
        Ok(decided(order, lines, |order, lines| Fact::LinesFired { order, lines }))
    }

    /// 催菜: what is not made yet. Asking too often tells a cook nothing new.
    pub(super) fn rush(&self, clock: ClockReading, pressed: &Pressed<'_>) -> Result<Decision, Refusal> {
        let in_work = |line: &LineView| matches!(line.state, LineState::Waiting | LineState::Cooking { .. });
        let (order, mut lines) = self.pressed(pressed, in_work, |_| false)?;
        if pressed.by.role == Role::Pad {
            lines.retain(|line| !rushed_lately(clock, line));
            if lines.is_empty() {
                return Err(Refusal::RushedLately);
            }
        }
        Ok(decided(order, lines, |order, lines| Fact::LinesRushed { order, lines }))
    }

    /// The lines that are meant and that it fits, each once. Those that are already `so` are left out; when it fits
    /// none and none is, it is refused.
    fn pressed(
        &self,
        pressed: &Pressed<'_>,
        fits: impl Fn(&LineView) -> bool,
        so: impl Fn(&LineView) -> bool,
    ) -> Result<(&Order, Vec<&LineView>), Refusal> {
        let order = self.open_order(pressed.order)?;
        stays_in_room(pressed.by, order)?;
        if pressed.lines.iter().any(|line| order.line(*line).is_none()) {
            return Err(Refusal::UnknownLine);
        }
        let is_meant = |line: &&LineView| means(pressed.lines, line);
        let meant = order.view().lines.iter().filter(is_meant);
        let (fitting, others): (Vec<_>, Vec<_>) = meant.partition(|line| fits(line));
        if fitting.is_empty() && !others.iter().any(|line| so(line)) {
            return Err(Refusal::NothingToDo);
        }
        Ok((order, fitting))
    }

    /// The kitchen has seen what it was told, also about an order whose guest has left. Such an order is gone when
    /// the last of it was seen: whoever says so a moment later has nothing left to do (K11).
    pub(super) fn acknowledge(&self, order: OrderId, lines: &[LineId]) -> Decision {
        let Some(order) = self.orders.get(&order).filter(|order| order.is_on_board()) else {
            return Decision::default();
        };
        let is_told = |line: &&LineView| means(lines, line) && !line.unseen.is_empty();
        let told = order.view().lines.iter().filter(is_told);
        decided(order, told.collect(), |order, lines| Fact::NoticesSeen { order, lines })
    }

    /// 换房, 并单: the guest's name on the orders changes and nothing else does. A guest who has just come from there
    /// is not moved again (K11).
    pub(super) fn move_guest(&self, from: &Guest, to: &Guest, join: bool) -> Result<Decision, Refusal> {
        let orders: Vec<_> = self.open_orders_of(from).map(Order::id).collect();
        if orders.is_empty() {
            let came = |order: &&Order| order.view().moves.last().is_some_and(|moved| moved.from == *from);
            let orders: Vec<_> = self.open_orders_of(to).filter(came).map(Order::id).collect();
            let is_so = !orders.is_empty();
            return if is_so {
                Ok(Decision { facts: Vec::new(), orders })
            } else {
                Err(Refusal::NobodyThere)
            };
        }
        if from == to {
            return Ok(Decision { facts: Vec::new(), orders });
        }
        if !join && self.open_orders_of(to).next().is_some() {
            return Err(Refusal::RoomTaken);
        }
        let moved = |order: &OrderId| Fact::GuestMoved { order: *order, from: from.clone(), to: to.clone() };
        let facts = orders.iter().map(moved).chain(self.moved_call(from, to)).collect();
        Ok(Decision { facts, orders })
    }
}

/// Whether these are meant to be the line's: none named is all of them.
fn means(named: &[LineId], line: &LineView) -> bool {
    named.is_empty() || named.contains(&line.placed.line)
}

fn decided(
    order: &Order,
    lines: Vec<&LineView>,
    fact: impl FnOnce(OrderId, Vec<LineId>) -> Fact,
) -> Decision {
    let lines: Vec<_> = lines.into_iter().map(|line| line.placed.line).collect();
    let facts = if lines.is_empty() { Vec::new() } else { vec![fact(order.id(), lines)] };
    Decision::about(order.id(), facts)
}

fn rushed_lately(clock: ClockReading, line: &LineView) -> bool {
    let since = line.rush.as_ref().map(|rush| clock.at.duration_since(rush.last.at));
    // A clock that was put back must not silence a guest for hours.
    since.is_some_and(|since| (SignedDuration::ZERO..RUSHED_AGAIN_AFTER).contains(&since))
}
