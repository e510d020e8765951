//! What the guest will not get: cancelled before it is begun (K8), taken back after (退菜), left behind (K9).

use shared::fact::Fact;
use shared::guest::Guest;
use shared::id::{LineId, OrderId};
use shared::order::{CancelReason, CompletionReason, LineState, LineView, Order};

use super::decide::{Portion, stays_in_room};
use super::{Decision, Shop};
use crate::authority::{Approval, Device};
use crate::number::ClockReading;
use crate::refusal::Refusal;

impl Shop {
    /// K8: only what has not been started can be cancelled.
    pub(super) fn cancel_line(
        &self,
        clock: ClockReading,
        by: &Device,
        line: LineId,
    ) -> Result<Decision, Refusal> {
        let (order, found) = self.open_line(line)?;
        stays_in_room(by, order)?;
        if found.state.is_started() {
            return Err(Refusal::AlreadyStarted(vec![line]));
        }
        Ok(Decision::about(order.id(), self.cancelled(clock, &[(order, found)], CancelReason::Asked)))
    }

    /// K8: the whole order, or nothing of it when a line has been started.
    pub(super) fn cancel_order(
        &self,
        clock: ClockReading,
        by: &Device,
        order: OrderId,
    ) -> Result<Decision, Refusal> {
        let order = self.open_order(order)?;
        stays_in_room(by, order)?;
        let lines: Vec<_> = lines_of(order).collect();
        let started = lines.iter().filter(|(_, line)| line.state.is_started());
        let started: Vec<_> = started.map(|(_, line)| line.placed.line).collect();
        if !started.is_empty() {
            return Err(Refusal::AlreadyStarted(started));
        }
        Ok(Decision::about(order.id(), self.cancelled(clock, &lines, CancelReason::Asked)))
    }

    /// 退菜: what was begun is taken back by a manager's word; the kitchen has to see it.
    pub(super) fn void_line(
        &self,
        approval: &Approval,
        portion: Portion<'_>,
        reason: String,
    ) -> Result<Decision, Refusal> {
        let (order, line) = (portion.order.id(), portion.goes_on);
        match &portion.line.state {
            LineState::Cooking { .. }
            | LineState::Ready { .. }
            | LineState::Notified { .. }
            | LineState::PickedUp { .. } => {}
            LineState::Held | LineState::Waiting => return Err(Refusal::CancelInstead),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
            LineState::Remade { .. } => return Err(Refusal::LineVoided),
            LineState::Voided { .. } => return Ok(portion.decided(None)),
        }
        let approved_by = match approval {
            Approval::By(manager) => manager.clone(),
            Approval::Nobody | Approval::WrongPin => return Err(Refusal::WrongPin),
            Approval::Locked => return Err(Refusal::PinLocked),
        };
        Ok(portion.decided([Fact::LineVoided { order, line, reason, approved_by }]))
    }

    /// K9: what was never started is cancelled, every order of the guest is completed. Nobody there: nothing to do.
    pub(super) fn guest_left(
        &self,
        clock: ClockReading,
        guest: &Guest,
        reason: CompletionReason,
    ) -> Decision {
        let orders: Vec<_> = self.open_orders_of(guest).collect();
        let lines: Vec<_> = orders.iter().copied().flat_map(lines_of).collect();
        let orders: Vec<_> = orders.into_iter().map(Order::id).collect();
        let completed = |order: &OrderId| Fact::OrderCompleted { order: *order, reason };
        let mut facts = self.cancelled(clock, &lines, CancelReason::GuestLeft);
        facts.extend(orders.iter().map(completed));
        facts.extend(self.answer_service(guest).facts);
        Decision { facts, orders }
    }

    /// The lines among these that nobody has begun, cancelled; their portions are back on sale. They are counted
    /// all together: two lines of one dish leave one number.
    fn cancelled(
        &self,
        clock: ClockReading,
        lines: &[(&Order, &LineView)],
        reason: CancelReason,
    ) -> Vec<Fact> {
        let ahead: Vec<_> = lines.iter().filter(|(_, line)| line.state.is_ahead()).collect();
        let gone = ahead
            .iter()
            .map(|(order, line)| (order.id(), line.placed.line))
            .map(|(order, line)| Fact::LineCancelled { order, line, reason });
        let back = self.menu.given_back(self.day(clock), ahead.iter().map(|(_, line)| &line.placed));
        gone.chain(back).collect()
    }
}

fn lines_of(order: &Order) -> impl Iterator<Item = (&Order, &LineView)> {
    order.view().lines.iter().map(move |line| (order, line))
}
