//! What a device may ask of the box. The same JSON comes over HTTP and over MQTT.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::guest::{Guest, PhoneNumber, RoomName, WristbandNumber};
use crate::id::{DishId, LineId, OrderId, RequestId};
use crate::menu::Name;
use crate::order::OrderView;
use crate::problem::Problem;
use crate::quantity::Quantity;

/// One wish. Whether it is granted is decided by the rules of the kitchen (K1–K9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Order dishes (K1). A pad orders for the room it stands in and leaves `guest` out.
    PlaceOrder {
        /// Who it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        guest: Option<Guest>,
        /// What, at most 100 lines.
        lines: Vec<WantedLine>,
        /// Where to send "your dish is ready".
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        phone: Option<PhoneNumber>,
    },
    /// 开始制作 (K4).
    StartCooking {
        /// The line.
        line: LineId,
    },
    /// 制作完成 (K5).
    FinishCooking {
        /// The line.
        line: LineId,
    },
    /// 通知取餐 (K6).
    CallForPickup {
        /// The line.
        line: LineId,
    },
    /// 取餐完成 (K7).
    PickUp {
        /// The line.
        line: LineId,
    },
    /// Cancel one line (K8).
    CancelLine {
        /// The line.
        line: LineId,
    },
    /// 取消订单 (K8): every line, or none when one has been started.
    CancelOrder {
        /// The order.
        order: OrderId,
    },
    /// 清洁房间 (K9).
    CleanRoom {
        /// The room.
        room: RoomName,
    },
    /// The wristband was handed back (K1).
    ReturnWristband {
        /// The wristband.
        wristband: WristbandNumber,
    },
    /// 估清: nobody can order this dish until it is back.
    MarkSoldOut {
        /// The dish.
        dish: DishId,
    },
    /// The dish is back on sale.
    MarkBackOnSale {
        /// The dish.
        dish: DishId,
    },
}

/// A dish as a guest asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedLine {
    /// The dish.
    pub dish: DishId,
    /// Portions.
    pub quantity: Quantity,
    /// Chosen options, each one of the dish's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Name>>", optional)]
    pub options: Vec<Name>,
    /// A wish in words, at most 200 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub note: String,
}

/// The answer to a command that was granted, or that had nothing left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Answer {
    /// Revision of the board with this command in it.
    #[ts(type = "number")]
    pub revision: u64,
    /// The orders it touched, as they are now (K11: the slower of two taps sees the same).
    pub orders: Vec<OrderView>,
}

/// A request on `l1/req/{device}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Minted by the device and kept until the reply (K11).
    pub id: RequestId,
    /// The wish.
    pub command: Command,
}

/// The reply on `l1/rep/{device}`: an answer or a problem, never both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Reply {
    /// The request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub id: Option<RequestId>,
    /// How it went.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a request went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Granted.
    Answer(Answer),
    /// Refused (K10).
    Problem(Problem),
}
