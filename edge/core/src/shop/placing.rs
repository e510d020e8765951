//! What a guest orders goes into the guest's open order, or opens one with the next number (K1, K2).

use shared::command::WantedLine;
use shared::fact::Fact;
use shared::guest::{Guest, PhoneNumber};
use shared::id::{LineId, OrderId, RequestId};

use super::{Decision, Shop};
use crate::number::ClockReading;
use crate::refusal::Refusal;

/// Most lines that one request may place: a party of twenty with five dishes each.
pub const LINES_MAX: usize = 100;

/// A guest's wish to order.
pub(super) struct Placing<'a> {
    pub(super) request: RequestId,
    pub(super) guest: Guest,
    pub(super) lines: &'a [WantedLine],
    pub(super) phone: Option<&'a PhoneNumber>,
}

impl Shop {
    pub(super) fn place_order(
        &self,
        clock: ClockReading,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        if placing.lines.is_empty() {
            return Err(Refusal::EmptyOrder);
        }
        if placing.lines.len() > LINES_MAX {
            return Err(Refusal::TooManyLines);
        }
        let today = self.day(clock);
        let guest = placing.guest.clone();
        let id = |index| LineId::nth_of(placing.request, index);
        let lines = self.menu.place(today, &guest, placing.lines, id)?;
        let taken = self.menu.taken(today, &lines);
        let phone = placing.phone.cloned();
        let (order, placed) = if let Some(open) = self.open_orders_of(&guest).next() {
            (open.id(), Fact::LinesAdded { order: open.id(), round: open.next_round(), lines, phone })
        } else {
            let order = OrderId::opened_by(placing.request);
            let (day, number) = self.numbering.next(&self.rule, clock);
            (order, Fact::OrderPlaced { order, number, day, guest, lines, phone })
        };
        Ok(Decision::about(order, [vec![placed], taken].concat()))
    }
}
