//! Facts: what happened in a shop. They are what the box stores, shows, speaks and sends; nothing is mapped.
//!
//! The wire is a promise: variants and fields are only ever added.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::guest::{AttendantName, Guest, ManagerName, PhoneNumber};
use crate::id::{DeviceId, DishId, LineId, OrderId, RequestId, SmsId};
use crate::kitchen::KitchenPlan;
use crate::menu::{Category, Caution, Dish};
use crate::message::{Announcements, Call, Relay, TemplateId};
use crate::order::{CancelReason, CompletionReason, PlacedLine};
use crate::quantity::{BusinessDay, OrderNumber, Quantity};
use crate::sms::SmsResult;

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
    /// Some portions of a line go on as a line of their own (分批上菜). Both are where the line was.
    LineSplit {
        /// The order.
        order: OrderId,
        /// The line, which keeps the rest.
        line: LineId,
        /// The new line.
        part: LineId,
        /// Its portions.
        portions: Quantity,
    },
    /// Not to be made until it is called for (等叫).
    LinesHeld {
        /// The order.
        order: OrderId,
        /// The lines.
        lines: Vec<LineId>,
    },
    /// To be made now (起菜).
    LinesFired {
        /// The order.
        order: OrderId,
        /// The lines.
        lines: Vec<LineId>,
    },
    /// The guest asks where these are (催菜).
    LinesRushed {
        /// The order.
        order: OrderId,
        /// The lines.
        lines: Vec<LineId>,
    },
    /// The kitchen has seen what it was told about these lines.
    NoticesSeen {
        /// The order.
        order: OrderId,
        /// The lines.
        lines: Vec<LineId>,
    },
    /// Taken back after it was begun (退菜).
    LineVoided {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
        /// Why, in words.
        reason: String,
        /// By whose word.
        approved_by: ManagerName,
    },
    /// Made once more (重做). A line that was already with the guest stays there; any other is dropped.
    LineRemade {
        /// The order.
        order: OrderId,
        /// The spoilt line.
        line: LineId,
        /// The line in its place.
        again: PlacedLine,
        /// What was wrong, in words.
        reason: String,
    },
    /// The last step was taken back (撤回).
    LineRecalled {
        /// The order.
        order: OrderId,
        /// The line.
        line: LineId,
    },
    /// The guest goes to another room, or joins its guest, with everything ordered (换房, 并单).
    GuestMoved {
        /// The order.
        order: OrderId,
        /// Where the guest was.
        from: Guest,
        /// Where the guest is.
        to: Guest,
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
        /// For this business day; the next begins with it back on sale.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day: Option<BusinessDay>,
    },
    /// Only so many portions are left of this dish.
    DishLimited {
        /// The dish.
        dish: DishId,
        /// Portions, above 0.
        left: u16,
        /// For this business day; the next begins without a limit.
        day: BusinessDay,
    },
    /// The dish can be ordered again, as much as anybody likes.
    DishBackOnSale {
        /// The dish.
        dish: DishId,
    },
    /// A dish of the menu is new, or has changed. Orders keep the name and price they were placed with.
    DishSaved {
        /// The dish.
        dish: Box<Dish>,
    },
    /// A dish is off the menu.
    DishRemoved {
        /// The dish.
        dish: DishId,
    },
    /// The rest of the menu: its categories, the order of its dishes, and what guests may say they do not eat.
    MenuArranged {
        /// The categories, in order.
        categories: Vec<Category>,
        /// All dishes, in order.
        dishes: Vec<DishId>,
        /// The cautions, in order.
        cautions: Vec<Caution>,
    },
    /// Stations, areas and printers have changed.
    KitchenPlanned {
        /// The whole plan.
        plan: KitchenPlan,
    },
    /// A guest calls for service (呼叫服务).
    ServiceCalled {
        /// Who.
        guest: Guest,
        /// For what, if they said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wish: Option<TemplateId>,
    },
    /// Somebody goes to the guest.
    ServiceAnswered {
        /// Who had called.
        guest: Guest,
    },
    /// Somebody is to be told something (M2).
    CallRaised {
        /// What, and where to.
        call: Box<Call>,
    },
    /// The announcement settings have changed (M3).
    AnnouncementsArranged {
        /// All of them.
        announcements: Box<Announcements>,
    },
    /// An attendant can be called from now on (上钟).
    DutyStarted {
        /// Who.
        attendant: AttendantName,
    },
    /// An attendant has gone off duty (下钟).
    DutyEnded {
        /// Who.
        attendant: AttendantName,
    },
    /// The cloud is asked to send a message on.
    MessageRelayed {
        /// What, and by which channel.
        relay: Box<Relay>,
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
    /// The cloud has said what became of such an SMS.
    SmsAnswered {
        /// The message.
        sms: SmsId,
        /// The order it is about.
        order: OrderId,
        /// What became of it.
        result: SmsResult,
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
            | Self::LineSplit { order, .. }
            | Self::LinesHeld { order, .. }
            | Self::LinesFired { order, .. }
            | Self::LinesRushed { order, .. }
            | Self::NoticesSeen { order, .. }
            | Self::LineVoided { order, .. }
            | Self::LineRemade { order, .. }
            | Self::LineRecalled { order, .. }
            | Self::GuestMoved { order, .. }
            | Self::OrderCompleted { order, .. }
            | Self::SmsRequested { order, .. }
            | Self::SmsAnswered { order, .. } => Some(*order),
            Self::DishSoldOut { .. }
            | Self::DishLimited { .. }
            | Self::DishBackOnSale { .. }
            | Self::DishSaved { .. }
            | Self::DishRemoved { .. }
            | Self::MenuArranged { .. }
            | Self::KitchenPlanned { .. }
            | Self::ServiceCalled { .. }
            | Self::ServiceAnswered { .. }
            | Self::CallRaised { .. }
            | Self::AnnouncementsArranged { .. }
            | Self::DutyStarted { .. }
            | Self::DutyEnded { .. }
            | Self::MessageRelayed { .. } => None,
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
