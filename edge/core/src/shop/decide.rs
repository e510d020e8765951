//! What a command means (K1, K4–K9). Reading only: nothing here changes the shop.
//!
//! An empty decision means that what was asked for is already so; it succeeds (K4, K5, K11).

use shared::command::Command;
use shared::fact::Fact;
use shared::guest::Guest;
use shared::id::{LineId, OrderId, RequestId};
use shared::order::{CompletionReason, LineView, Order};
use shared::quantity::Quantity;
use shared::screen::Role;

use super::Shop;
use super::placing::Placing;
use super::pressing::Pressed;
use crate::authority::{Approval, Device, FIRST_PLACE, may};
use crate::number::ClockReading;
use crate::refusal::Refusal;

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 50;

/// One request with what the shell knows about it.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Minted by the asker.
    pub request: RequestId,
    /// Who asks.
    pub by: Device,
    /// The place it was asked in, as the asker knows it; left out, the first.
    pub place: Option<u64>,
    /// Who allows it, where somebody has to.
    pub approval: Approval,
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

impl Decision {
    /// About one order.
    pub(super) fn about(order: OrderId, facts: Vec<Fact>) -> Self {
        Self { facts, orders: vec![order] }
    }

    /// About no order.
    pub(super) fn of(facts: Vec<Fact>) -> Self {
        Self { facts, orders: Vec::new() }
    }
}

/// A line of an open order, and how many of its portions somebody means.
pub(super) struct Portion<'a> {
    pub(super) order: &'a Order,
    pub(super) line: &'a LineView,
    /// The line that goes on: this one or, when it is not the whole of it, a new one.
    pub(super) goes_on: LineId,
    pub(super) portions: Quantity,
}

impl Portion<'_> {
    /// What happened to the portions, after they were parted from the rest where there is one.
    pub(super) fn decided(self, facts: impl IntoIterator<Item = Fact>) -> Decision {
        let (order, line, part) = (self.order.id(), self.line.placed.line, self.goes_on);
        let mut facts: Vec<_> = facts.into_iter().collect();
        if !facts.is_empty() && part != line {
            facts.insert(0, Fact::LineSplit { order, line, part, portions: self.portions });
        }
        Decision::about(order, facts)
    }
}

impl Shop {
    /// Decides one request. Errors: the [`Refusal`]; the shop is as it was (K10).
    pub fn decide(&self, clock: ClockReading, ask: &Ask) -> Result<Decision, Refusal> {
        if !may(ask.by.role, &ask.command) {
            return Err(Refusal::NotAllowed);
        }
        if ask.by.role == Role::Pad && ask.place.unwrap_or(FIRST_PLACE) != ask.by.place {
            return Err(Refusal::MovedAway);
        }
        match &ask.command {
            Command::PlaceOrder { guest, lines, phone } => {
                let guest = guest_of(&ask.by, guest.as_ref())?;
                let placing = Placing { request: ask.request, guest, lines, phone: phone.as_ref() };
                self.place_order(clock, &placing)
            }
            Command::StartCooking { line, portions } => {
                self.start_cooking(self.portion(ask, *line, *portions)?)
            }
            Command::FinishCooking { line, portions } => {
                self.finish_cooking(self.portion(ask, *line, *portions)?)
            }
            Command::CallForPickup { line } => self.call_for_pickup(*line),
            Command::PickUp { line, portions } => self.pick_up(self.portion(ask, *line, *portions)?),
            Command::RecallLine { line, from } => self.recall_line(clock, *line, *from),
            Command::RemakeLine { line, portions, reason } => {
                self.remake_line(ask, self.portion(ask, *line, *portions)?, in_words(reason)?)
            }
            Command::CancelLine { line } => self.cancel_line(clock, &ask.by, *line),
            Command::CancelOrder { order } => self.cancel_order(clock, &ask.by, *order),
            Command::VoidLine { line, portions, reason, pin: _ } => {
                self.void_line(&ask.approval, self.portion(ask, *line, *portions)?, in_words(reason)?)
            }
            Command::CleanRoom { room } => {
                let guest = Guest::Room { room: room.clone() };
                Ok(self.guest_left(clock, &guest, CompletionReason::RoomCleaned))
            }
            Command::ReturnWristband { wristband } => {
                let guest = Guest::Wristband { wristband: wristband.clone() };
                Ok(self.guest_left(clock, &guest, CompletionReason::WristbandReturned))
            }
            Command::HoldLines { order, lines } => self.hold(&Pressed { by: &ask.by, order: *order, lines }),
            Command::FireLines { order, lines } => self.fire(&Pressed { by: &ask.by, order: *order, lines }),
            Command::RushLines { order, lines } => {
                self.rush(clock, &Pressed { by: &ask.by, order: *order, lines })
            }
            Command::AcknowledgeNotices { order, lines } => Ok(self.acknowledge(*order, lines)),
            Command::MoveGuest { from, to, join } => self.move_guest(from, to, *join),
            Command::CallService { guest, wish } => {
                self.call_service(guest_of(&ask.by, guest.as_ref())?, *wish)
            }
            Command::SendCall { call } => self.send_call(call),
            Command::StartDuty { attendant } => Ok(self.start_duty(attendant)),
            Command::EndDuty { attendant } => Ok(self.end_duty(attendant)),
            Command::SaveAnnouncements { expects, announcements } => {
                self.save_announcements(*expects, announcements)
            }
            Command::AnswerService { guest } => Ok(self.answer_service(guest)),
            Command::MarkSoldOut { dish } => self.limit_dish(clock, dish, 0),
            Command::LimitDish { dish, left } => self.limit_dish(clock, dish, *left),
            Command::MarkBackOnSale { dish } => self.mark_back_on_sale(dish),
            Command::SaveMenu { expects, menu } => self.save_menu(*expects, menu),
            Command::SaveKitchenPlan { expects, plan } => self.save_kitchen_plan(*expects, plan),
        }
    }

    /// The portions of a line that somebody means: all of them, or some that go on as a line of their own.
    fn portion(&self, ask: &Ask, line: LineId, portions: Option<Quantity>) -> Result<Portion<'_>, Refusal> {
        let (order, found) = self.open_line(line)?;
        let whole = found.placed.quantity;
        let asked = portions.unwrap_or(whole);
        if asked > whole {
            return Err(Refusal::TooManyPortions);
        }
        let goes_on = if asked == whole { line } else { LineId::nth_of(ask.request, 0) };
        Ok(Portion { order, line: found, goes_on, portions: asked })
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

/// A pad touches what its own room ordered.
pub(super) fn stays_in_room(by: &Device, order: &Order) -> Result<(), Refusal> {
    if by.role != Role::Pad {
        return Ok(());
    }
    let own = by.room.clone().map(|room| Guest::Room { room });
    if own.as_ref() == Some(&order.view().guest) { Ok(()) } else { Err(Refusal::NotYourRoom) }
}

fn in_words(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    let fits = (1..=REASON_CHARS_MAX).contains(&reason.chars().count());
    if fits { Ok(reason.to_owned()) } else { Err(Refusal::BadReason) }
}
