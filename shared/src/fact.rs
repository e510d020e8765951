//! Facts: what happened in a shop. They are what the box stores, shows, speaks and sends; nothing is mapped.
//!
//! The wire is a promise: variants and fields are only ever added.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::guest::{Guest, PhoneNumber};
use crate::id::{DeviceId, DishId, LineId, OrderId, RequestId, SmsId};
use crate::order::{CancelReason, CompletionReason, PlacedLine};
use crate::quantity::{BusinessDay, OrderNumber};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Fact {
    /// A guest's first order of this visit (K1, K2).
    OrderPlaced {
        /// The new order.
        order: OrderId,
        /// Its number.
        number: OrderNumber,
        /// The business day of the number.
        day: BusinessDay,
        /// Who it is for.
        guest: Guest,
        /// What was ordered.
        lines: Vec<PlacedLine>,
        /// Where to send "your dish is ready", if the guest said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<PhoneNumber>,
    },
    /// The same guest ordered more (加菜, K1).
    LinesAdded {
        /// The guest's order.
        order: OrderId,
        /// 1 for the first addition.
        round: u32,
        /// What was added.
        lines: Vec<PlacedLine>,
        /// A new number for "your dish is ready"; without one the old stays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<PhoneNumber>,
    },
    /// A cook began (开始制作, K4).
    CookingStarted {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
    },
    /// The dish is made (制作完成, K5).
    CookingFinished {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
    },
    /// The waiter was called, for the first time or again (通知取餐, K6).
    PickupCalled {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
    },
    /// The dish was carried out (取餐完成, K7).
    LinePickedUp {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
    },
    /// The dish will not be made (取消订单, K8, K9).
    LineCancelled {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
        /// Why.
        reason: CancelReason,
    },
    /// The guest has left; the room or wristband is free for the next (K9).
    OrderCompleted {
        /// The order.
        order: OrderId,
        /// Why.
        reason: CompletionReason,
    },
    /// No more of this dish (估清).
    DishSoldOut {
        /// The dish.
        dish: DishId,
    },
    /// The dish can be ordered again.
    DishBackOnSale {
        /// The dish.
        dish: DishId,
    },
    /// The cloud is asked to send an SMS that the brand pays for.
    SmsRequested {
        /// The message.
        sms: SmsId,
        /// The order it is about.
        order: OrderId,
        /// The round of the order whose dish is ready.
        round: u32,
        /// To whom.
        phone: PhoneNumber,
        /// Which text of the brand.
        template: SmsTemplate,
        /// What goes into the text.
        params: BTreeMap<String, String>,
    },
}

/// The texts a box may ask for. The words themselves belong to the brand, in the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsTemplate {
    /// "Your dish is ready": parameters `number` (`#01`) and `dish` (Chinese name).
    DishReady,
}

impl Fact {
    /// The order it is about, if it is about one.
    pub fn order(&self) -> Option<OrderId> {
        match self {
            Self::OrderPlaced { order, .. }
            | Self::LinesAdded { order, .. }
            | Self::CookingStarted { order, .. }
            | Self::CookingFinished { order, .. }
            | Self::PickupCalled { order, .. }
            | Self::LinePickedUp { order, .. }
            | Self::LineCancelled { order, .. }
            | Self::OrderCompleted { order, .. }
            | Self::SmsRequested { order, .. } => Some(*order),
            Self::DishSoldOut { .. } | Self::DishBackOnSale { .. } => None,
        }
    }
}

/// A fact with its place in the journal of its box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// 1, 2, 3 … without holes, within one stream.
    pub seq: u64,
    /// The box's wall clock. It is data: it orders nothing.
    pub at: jiff::Timestamp,
    /// The device that asked.
    pub by: DeviceId,
    /// The request it answers.
    pub request: RequestId,
    /// What happened.
    pub fact: Fact,
}
