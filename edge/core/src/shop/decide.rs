//! What a command means (K1, K4–K9). Reading only: nothing here changes the shop.
//!
//! An empty decision means that what was asked for is already so; it succeeds (K4, K5, K11).

use std::collections::BTreeMap;

use shared::command::{Command, WantedLine};
use shared::fact::{Fact, SmsTemplate};
use shared::guest::{Guest, PhoneNumber};
use shared::id::{DishId, LineId, OrderId, RequestId, SmsId};
use shared::order::{CancelReason, CompletionReason, LineState, LineView, Order};
use shared::screen::Role;

use super::Shop;
use crate::authority::{Device, may};
use crate::number::ClockReading;
use crate::refusal::Refusal;

/// Most lines that one request may place: a party of twenty with five dishes each.
pub const LINES_MAX: usize = 100;

/// One request with what the shell knows about it.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Minted by the asker.
    pub request: RequestId,
    /// Who asks.
    pub by: Device,
    /// The wish.
    pub command: Command,
}

/// What is to be kept, and the orders that the asker wants to see afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Empty when there is nothing left to do.
    pub facts: Vec<Fact>,
    /// The orders it is about.
    pub orders: Vec<OrderId>,
}

/// A guest's wish to order.
struct Placing<'a> {
    request: RequestId,
    guest: Guest,
    lines: &'a [WantedLine],
    phone: Option<&'a PhoneNumber>,
}

impl Decision {
    fn about(order: OrderId, facts: Vec<Fact>) -> Self {
        Self { facts, orders: vec![order] }
    }
}

impl Shop {
    /// Decides one request. Errors: the [`Refusal`]; the shop is as it was (K10).
    pub fn decide(&self, clock: ClockReading, ask: &Ask) -> Result<Decision, Refusal> {
        if !may(ask.by.role, &ask.command) {
            return Err(Refusal::NotAllowed);
        }
        match &ask.command {
            Command::PlaceOrder { guest, lines, phone } => {
                let guest = guest_of(&ask.by, guest.as_ref())?;
                self.place_order(
                    clock,
                    &Placing { request: ask.request, guest, lines, phone: phone.as_ref() },
                )
            }
            Command::StartCooking { line } => self.start_cooking(*line),
            Command::FinishCooking { line } => self.finish_cooking(*line),
            Command::CallForPickup { line } => self.call_for_pickup(*line),
            Command::PickUp { line } => self.pick_up(*line),
            Command::CancelLine { line } => self.cancel_line(&ask.by, *line),
            Command::CancelOrder { order } => self.cancel_order(&ask.by, *order),
            Command::CleanRoom { room } => {
                Ok(self.guest_left(&Guest::Room { room: room.clone() }, CompletionReason::RoomCleaned))
            }
            Command::ReturnWristband { wristband } => {
                let guest = Guest::Wristband { wristband: wristband.clone() };
                Ok(self.guest_left(&guest, CompletionReason::WristbandReturned))
            }
            Command::MarkSoldOut { dish } => self.mark_sold_out(dish),
            Command::MarkBackOnSale { dish } => self.mark_back_on_sale(dish),
        }
    }

    /// K1: what the guest orders goes into the guest's open order, or opens one with the next number (K2).
    fn place_order(&self, clock: ClockReading, placing: &Placing<'_>) -> Result<Decision, Refusal> {
        if placing.lines.is_empty() {
            return Err(Refusal::EmptyOrder);
        }
        if placing.lines.len() > LINES_MAX {
            return Err(Refusal::TooManyLines);
        }
        let lines = self.menu.place(placing.lines, |index| LineId::nth_of(placing.request, index))?;
        let phone = placing.phone.cloned();
        let guest = placing.guest.clone();
        if let Some(open) = self.order_of_guest.get(&guest).and_then(|order| self.orders.get(order)) {
            let added = Fact::LinesAdded { order: open.id(), round: open.next_round(), lines, phone };
            return Ok(Decision::about(open.id(), vec![added]));
        }
        let order = OrderId::opened_by(placing.request);
        let (day, number) = self.numbering.next(&self.rule, clock);
        Ok(Decision::about(order, vec![Fact::OrderPlaced { order, number, day, guest, lines, phone }]))
    }

    /// K4: a cancelled line cannot start; one that is being made, or is made, is left alone.
    fn start_cooking(&self, line: LineId) -> Result<Decision, Refusal> {
        let (order, found) = self.open_line(line)?;
        let facts = match &found.state {
            LineState::Waiting => vec![Fact::CookingStarted { order: order.id(), line }],
            LineState::Cooking { .. }
            | LineState::Ready { .. }
            | LineState::Notified { .. }
            | LineState::PickedUp { .. } => Vec::new(),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
        };
        Ok(Decision::about(order.id(), facts))
    }

    /// K5: only a line being made can finish; finishing twice changes nothing.
    fn finish_cooking(&self, line: LineId) -> Result<Decision, Refusal> {
        let (order, found) = self.open_line(line)?;
        let facts = match &found.state {
            LineState::Cooking { .. } => vec![Fact::CookingFinished { order: order.id(), line }],
            LineState::Ready { .. } | LineState::Notified { .. } | LineState::PickedUp { .. } => Vec::new(),
            LineState::Waiting => return Err(Refusal::NotStarted),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
        };
        Ok(Decision::about(order.id(), facts))
    }

    /// K6: each call goes out, the first also moves the line. The first of a round sends the guest an SMS.
    fn call_for_pickup(&self, line: LineId) -> Result<Decision, Refusal> {
        let (order, found) = self.open_line(line)?;
        let called = Fact::PickupCalled { order: order.id(), line };
        let facts = match &found.state {
            LineState::Ready { .. } => {
                [Some(called), dish_ready_sms(order, found)].into_iter().flatten().collect()
            }
            LineState::Notified { .. } => vec![called],
            LineState::Waiting | LineState::Cooking { .. } => return Err(Refusal::NotMade),
            LineState::PickedUp { .. } => return Err(Refusal::AlreadyPickedUp),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
        };
        Ok(Decision::about(order.id(), facts))
    }

    /// K7: a made line can be picked up, called or not.
    fn pick_up(&self, line: LineId) -> Result<Decision, Refusal> {
        let (order, found) = self.open_line(line)?;
        let facts = match &found.state {
            LineState::Ready { .. } | LineState::Notified { .. } => {
                vec![Fact::LinePickedUp { order: order.id(), line }]
            }
            LineState::PickedUp { .. } => Vec::new(),
            LineState::Waiting | LineState::Cooking { .. } => return Err(Refusal::NotMade),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
        };
        Ok(Decision::about(order.id(), facts))
    }

    /// K8: only what has not been started can be cancelled.
    fn cancel_line(&self, by: &Device, line: LineId) -> Result<Decision, Refusal> {
        let (order, found) = self.open_line(line)?;
        stays_in_room(by, order)?;
        if found.state.is_started() {
            return Err(Refusal::AlreadyStarted(vec![line]));
        }
        Ok(Decision::about(order.id(), cancellations(order, [found], CancelReason::Asked)))
    }

    /// K8: the whole order, or nothing of it when a line has been started.
    fn cancel_order(&self, by: &Device, order: OrderId) -> Result<Decision, Refusal> {
        let order = self.open_order(order)?;
        stays_in_room(by, order)?;
        let lines = &order.view().lines;
        let started: Vec<_> =
            lines.iter().filter(|line| line.state.is_started()).map(|line| line.placed.line).collect();
        if !started.is_empty() {
            return Err(Refusal::AlreadyStarted(started));
        }
        Ok(Decision::about(order.id(), cancellations(order, lines, CancelReason::Asked)))
    }

    /// K9: what was never started is cancelled, the order is completed. Nobody there: nothing to do.
    fn guest_left(&self, guest: &Guest, reason: CompletionReason) -> Decision {
        let Some(order) = self.order_of_guest.get(guest).and_then(|order| self.orders.get(order)) else {
            return Decision::default();
        };
        let mut facts = cancellations(order, &order.view().lines, CancelReason::GuestLeft);
        facts.push(Fact::OrderCompleted { order: order.id(), reason });
        Decision::about(order.id(), facts)
    }

    fn mark_sold_out(&self, dish: &DishId) -> Result<Decision, Refusal> {
        if !self.menu.has(dish) {
            return Err(Refusal::UnknownDish(vec![dish.clone()]));
        }
        let already = self.menu.sold_out().contains(dish);
        let facts = if already { Vec::new() } else { vec![Fact::DishSoldOut { dish: dish.clone() }] };
        Ok(Decision { facts, orders: Vec::new() })
    }

    fn mark_back_on_sale(&self, dish: &DishId) -> Result<Decision, Refusal> {
        if !self.menu.has(dish) {
            return Err(Refusal::UnknownDish(vec![dish.clone()]));
        }
        let sold_out = self.menu.sold_out().contains(dish);
        let facts = if sold_out { vec![Fact::DishBackOnSale { dish: dish.clone() }] } else { Vec::new() };
        Ok(Decision { facts, orders: Vec::new() })
    }
}

/// A pad orders for the room it stands in and for nobody else; a cashier says for whom.
fn guest_of(by: &Device, named: Option<&Guest>) -> Result<Guest, Refusal> {
    if by.role != Role::Pad {
        return named.cloned().ok_or(Refusal::GuestMissing);
    }
    let own = by.room.clone().map(|room| Guest::Room { room }).ok_or(Refusal::PadWithoutRoom)?;
    if named.is_some_and(|named| *named != own) { Err(Refusal::NotYourRoom) } else { Ok(own) }
}

fn stays_in_room(by: &Device, order: &Order) -> Result<(), Refusal> {
    if by.role != Role::Pad {
        return Ok(());
    }
    let own = by.room.clone().map(|room| Guest::Room { room });
    if own.as_ref() == Some(&order.view().guest) { Ok(()) } else { Err(Refusal::NotYourRoom) }
}

/// The waiting lines among these, cancelled.
fn cancellations<'a>(
    order: &Order,
    lines: impl IntoIterator<Item = &'a LineView>,
    reason: CancelReason,
) -> Vec<Fact> {
    let waiting = lines.into_iter().filter(|line| matches!(line.state, LineState::Waiting));
    waiting.map(|line| Fact::LineCancelled { order: order.id(), line: line.placed.line, reason }).collect()
}

/// "Your dish is ready", once for each time the guest ordered.
fn dish_ready_sms(order: &Order, line: &LineView) -> Option<Fact> {
    let phone = order.phone()?.clone();
    if order.was_messaged(line.round) {
        return None;
    }
    let params = BTreeMap::from([
        ("number".to_owned(), order.view().number.to_string()),
        ("dish".to_owned(), line.placed.name.zh.clone()),
    ]);
    Some(Fact::SmsRequested {
        sms: SmsId::about_round(order.id(), line.round),
        order: order.id(),
        round: line.round,
        phone,
        template: SmsTemplate::DishReady,
        params,
    })
}
