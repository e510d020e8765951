//! A dish on its way (K4–K7), and back: a step recalled, a dish made once more.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use shared::command::RecalledFrom;
use shared::fact::{Fact, SmsTemplate};
use shared::id::{LineId, SmsId};
use shared::order::{LineState, LineView, Order, PlacedLine};
use shared::quantity::Fen;

use super::decide::Portion;
use super::{Ask, Decision, Shop};
use crate::number::ClockReading;
use crate::refusal::Refusal;

/// How long a step can be taken back.
const RECALLED_WITHIN: SignedDuration = SignedDuration::from_mins(30);

impl Shop {
    /// K4: a cancelled line cannot start; one that is being made, or is made, is left alone.
    pub(super) fn start_cooking(&self, portion: Portion<'_>) -> Result<Decision, Refusal> {
        let (order, line) = (portion.order.id(), portion.goes_on);
        let started = match &portion.line.state {
            LineState::Waiting => Some(Fact::CookingStarted { order, line }),
            LineState::Cooking { .. }
            | LineState::Ready { .. }
            | LineState::Notified { .. }
            | LineState::PickedUp { .. } => None,
            LineState::Held => return Err(Refusal::LineHeld),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
            LineState::Voided { .. } | LineState::Remade { .. } => return Err(Refusal::LineVoided),
        };
        Ok(portion.decided(started))
    }

    /// K5: only a line being made can finish; finishing twice changes nothing.
    pub(super) fn finish_cooking(&self, portion: Portion<'_>) -> Result<Decision, Refusal> {
        let (order, line) = (portion.order.id(), portion.goes_on);
        let finished = match &portion.line.state {
            LineState::Cooking { .. } => Some(Fact::CookingFinished { order, line }),
            LineState::Ready { .. } | LineState::Notified { .. } | LineState::PickedUp { .. } => None,
            LineState::Held | LineState::Waiting => return Err(Refusal::NotStarted),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
            LineState::Voided { .. } | LineState::Remade { .. } => return Err(Refusal::LineVoided),
        };
        Ok(portion.decided(finished))
    }

    /// K6: each call goes out, the first also moves the line. The first of a round sends the guest an SMS.
    pub(super) fn call_for_pickup(&self, line: LineId) -> Result<Decision, Refusal> {
        let (order, found) = self.open_line(line)?;
        let called = Fact::PickupCalled { order: order.id(), line };
        let facts = match &found.state {
            LineState::Ready { .. } => {
                [Some(called), dish_ready_sms(order, found)].into_iter().flatten().collect()
            }
            LineState::Notified { .. } => vec![called],
            LineState::Held | LineState::Waiting | LineState::Cooking { .. } => return Err(Refusal::NotMade),
            LineState::PickedUp { .. } => return Err(Refusal::AlreadyPickedUp),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
            LineState::Voided { .. } | LineState::Remade { .. } => return Err(Refusal::LineVoided),
        };
        Ok(Decision::about(order.id(), facts))
    }

    /// K7: a made line can be picked up, called or not.
    pub(super) fn pick_up(&self, portion: Portion<'_>) -> Result<Decision, Refusal> {
        let (order, line) = (portion.order.id(), portion.goes_on);
        let picked_up = match &portion.line.state {
            LineState::Ready { .. } | LineState::Notified { .. } => Some(Fact::LinePickedUp { order, line }),
            LineState::PickedUp { .. } => None,
            LineState::Held | LineState::Waiting | LineState::Cooking { .. } => return Err(Refusal::NotMade),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
            LineState::Voided { .. } | LineState::Remade { .. } => return Err(Refusal::LineVoided),
        };
        Ok(portion.decided(picked_up))
    }

    /// 撤回: one step back, from where the asker saw the line. Of two who ask for the same, one has it.
    pub(super) fn recall_line(
        &self,
        clock: ClockReading,
        line: LineId,
        from: RecalledFrom,
    ) -> Result<Decision, Refusal> {
        let (order, found) = self.open_line(line)?;
        // The step's own time: the last one may itself have been a recall, which makes no older step new.
        let (is_at, stepped_at) = match &found.state {
            LineState::Cooking { started_at } => (RecalledFrom::Cooking, *started_at),
            LineState::Ready { ready_at } => (RecalledFrom::Ready, *ready_at),
            LineState::Notified { called_at, .. } => (RecalledFrom::Notified, *called_at),
            LineState::PickedUp { picked_up_at } => (RecalledFrom::PickedUp, *picked_up_at),
            LineState::Held
            | LineState::Waiting
            | LineState::Cancelled { .. }
            | LineState::Voided { .. }
            | LineState::Remade { .. } => return Err(Refusal::MovedOn),
        };
        if is_at != from {
            return Err(Refusal::MovedOn);
        }
        if clock.at.duration_since(stepped_at) > RECALLED_WITHIN {
            return Err(Refusal::TooLate);
        }
        Ok(Decision::about(order.id(), vec![Fact::LineRecalled { order: order.id(), line }]))
    }

    /// 重做: the same dish once more, at no price. A line that is being made again already is left alone.
    pub(super) fn remake_line(
        &self,
        ask: &Ask,
        portion: Portion<'_>,
        reason: String,
    ) -> Result<Decision, Refusal> {
        let (order, line, spoilt) = (portion.order.id(), portion.goes_on, &portion.line.placed);
        match &portion.line.state {
            LineState::Cooking { .. } | LineState::Ready { .. } | LineState::Notified { .. } => {}
            LineState::PickedUp { .. } | LineState::Remade { .. } if is_made_again(&portion) => {
                return Ok(portion.decided(None));
            }
            LineState::PickedUp { .. } => {}
            LineState::Held | LineState::Waiting => return Err(Refusal::NotStarted),
            LineState::Cancelled { .. } => return Err(Refusal::LineCancelled),
            LineState::Voided { .. } | LineState::Remade { .. } => return Err(Refusal::LineVoided),
        }
        let again = PlacedLine {
            line: LineId::nth_of(ask.request, 1),
            quantity: portion.portions,
            price_fen: Fen(0),
            held: false,
            remake_of: Some(line),
            ..spoilt.clone()
        };
        Ok(portion.decided([Fact::LineRemade { order, line, again, reason }]))
    }
}

/// Whether another line stands for this one already, and is still to come.
fn is_made_again(portion: &Portion<'_>) -> bool {
    let spoilt = Some(portion.line.placed.line);
    let mut lines = portion.order.view().lines.iter();
    lines.any(|line| line.placed.remake_of == spoilt && !line.state.is_dropped())
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
