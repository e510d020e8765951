//! What a device may ask of the box. The same JSON comes over HTTP and over MQTT.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::guest::{AttendantName, Guest, PhoneNumber, Pin, RoomName, WristbandNumber};
use crate::id::{DishId, LineId, OrderId, RequestId};
use crate::kitchen::KitchenPlan;
use crate::menu::{Menu, Name};
use crate::message::{Announcements, Call, TemplateId};
use crate::order::OrderView;
use crate::problem::Problem;
use crate::quantity::Quantity;

/// One wish. Whether it is granted is decided by the rules of the kitchen (K1–K9).
///
/// Where a command takes `portions`, fewer than the line has go on as a line of their own (分批上菜). Where it takes
/// `lines`, none means every line of the order that it fits.
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
        /// How many of its portions; all when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        portions: Option<Quantity>,
    },
    /// 制作完成 (K5).
    FinishCooking {
        /// The line.
        line: LineId,
        /// How many of its portions; all when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        portions: Option<Quantity>,
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
        /// How many of its portions; all when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        portions: Option<Quantity>,
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
    /// 等叫: not to be made until it is fired.
    HoldLines {
        /// The order.
        order: OrderId,
        /// Which of its lines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<LineId>>", optional)]
        lines: Vec<LineId>,
    },
    /// 起菜: to be made now.
    FireLines {
        /// The order.
        order: OrderId,
        /// Which of its lines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<LineId>>", optional)]
        lines: Vec<LineId>,
    },
    /// 催菜: the guest asks where it is. A pad may ask again only after a while.
    RushLines {
        /// The order.
        order: OrderId,
        /// Which of its lines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<LineId>>", optional)]
        lines: Vec<LineId>,
    },
    /// The kitchen has seen what it was told about these.
    AcknowledgeNotices {
        /// The order.
        order: OrderId,
        /// Which of its lines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<LineId>>", optional)]
        lines: Vec<LineId>,
    },
    /// 退菜: take back what was begun. It needs a manager's PIN.
    VoidLine {
        /// The line.
        line: LineId,
        /// How many of its portions; all when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        portions: Option<Quantity>,
        /// Why, in words, at most 50 characters.
        reason: String,
        /// A manager's PIN.
        pin: Pin,
    },
    /// 重做: make it once more.
    RemakeLine {
        /// The line.
        line: LineId,
        /// How many of its portions; all when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        portions: Option<Quantity>,
        /// What was wrong, in words, at most 50 characters.
        reason: String,
    },
    /// 撤回: take the last step of a line back.
    RecallLine {
        /// The line.
        line: LineId,
        /// The state it is taken back from, in one word: whoever was faster is not taken back as well.
        from: RecalledFrom,
    },
    /// 换房: the guest goes to another room, with everything ordered. 并单: to one that has a guest.
    MoveGuest {
        /// Where the guest is.
        from: Guest,
        /// Where the guest goes.
        to: Guest,
        /// Whether to join a guest who is there.
        #[serde(default)]
        join: bool,
    },
    /// 呼叫服务. A pad calls for the room it stands in and leaves `guest` out.
    CallService {
        /// Who calls.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        guest: Option<Guest>,
        /// For what: one of the settings' pad calls.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        wish: Option<TemplateId>,
    },
    /// Somebody goes to the guest who called.
    AnswerService {
        /// Who had called.
        guest: Guest,
    },
    /// Tell somebody something (M2). Whether it is sent the settings decide (M3).
    SendCall {
        /// What, and where to.
        call: Box<Call>,
    },
    /// 上钟: this attendant can be called from now on.
    StartDuty {
        /// Who.
        attendant: AttendantName,
    },
    /// 下钟: what still waits to call for this attendant is not told any more (M5).
    EndDuty {
        /// Who.
        attendant: AttendantName,
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
    /// 估清: only so many portions are left.
    LimitDish {
        /// The dish.
        dish: DishId,
        /// Portions; 0 is sold out.
        left: u16,
    },
    /// The dish is back on sale, without a limit.
    MarkBackOnSale {
        /// The dish.
        dish: DishId,
    },
    /// Put this menu in the place of the one there is.
    SaveMenu {
        /// `edited` of the menu that was changed. Another by now: refused, so that nobody's work is lost.
        #[ts(type = "number")]
        expects: u64,
        /// The whole menu.
        menu: Box<Menu>,
    },
    /// Put this plan in the place of the one there is.
    SaveKitchenPlan {
        /// `edited` of the plan that was changed.
        #[ts(type = "number")]
        expects: u64,
        /// The whole plan.
        plan: Box<KitchenPlan>,
    },
    /// Put these announcement settings in the place of those there are.
    SaveAnnouncements {
        /// `edited` of the settings that were changed.
        #[ts(type = "number")]
        expects: u64,
        /// All of them.
        announcements: Box<Announcements>,
    },
}

impl Command {
    /// Takes the PIN out: it is to be checked, and neither compared with a repeat nor kept.
    pub fn take_pin(&mut self) -> Option<Pin> {
        if let Self::VoidLine { pin, .. } = self { Some(std::mem::replace(pin, Pin::new(""))) } else { None }
    }
}

/// A state that a step can be taken back from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecalledFrom {
    /// Back to waiting.
    Cooking,
    /// Back to cooking.
    Ready,
    /// Back to ready: the call is forgotten.
    Notified,
    /// Back to ready or notified.
    PickedUp,
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
    /// What the guest must not eat, or does not; each one of the menu's cautions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Name>>", optional)]
    pub cautions: Vec<Name>,
    /// To be made later, when it is called for (等叫).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub hold: bool,
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
    /// `place` of the session it was asked in. A pad that has been moved since is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub place: Option<u64>,
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
