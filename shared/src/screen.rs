//! What the box tells its screens: snapshots that are fetched, and events that may be lost.
//!
//! A screen fetches a [`Board`], then applies each newer [`BoardEvent`] whose `after` is not above the revision
//! it has. A higher `after`, or a [`Heartbeat`] that stays ahead of it, sends it back to fetch.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::guest::{AttendantName, Guest, RoomName};
use crate::id::{AccountId, BrandId, DeviceId, DishId, OrderId, ShopId, StationId};
use crate::kitchen::{KitchenPlan, StationCover};
use crate::menu::Menu;
use crate::message::TemplateId;
use crate::order::{OrderView, Step};
use crate::quantity::BusinessDay;

/// What a device is, which decides what it may see and ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A guest's tablet in a room: orders for that room, sees that room's order.
    Pad,
    /// A kitchen screen: works the lines of its station or, without one, of the whole kitchen.
    Kitchen,
    /// The pass (传菜): gathers what is made, calls, sends out.
    Expo,
    /// A call screen (叫号屏): only looks.
    CallScreen,
    /// A loudspeaker: a browser that says what the box's own speaker says.
    Speaker,
    /// A waiter's hand-held page: hears calls, answers them, carries out.
    Staff,
    /// The front desk: everything. All cashiers of a shop are one account (M1).
    Cashier,
}

/// Who a device is, answered to its credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Session {
    /// The device.
    pub device: DeviceId,
    /// Who it is to messages (M1): itself or, for every cashier, the shop's cashiers.
    pub account: AccountId,
    /// What it is.
    pub role: Role,
    /// Grows each time the device is moved. With a new one a pad forgets its guest: basket, language, unsent wishes.
    #[ts(type = "number")]
    pub place: u64,
    /// Whether it says announcements aloud.
    pub speaks: bool,
    /// The room it stands in; pads only.
    #[ts(optional = nullable)]
    pub room: Option<RoomName>,
    /// The station it stands at; kitchen screens only.
    #[ts(optional = nullable)]
    pub station: Option<StationId>,
    /// The brand.
    pub brand: BrandId,
    /// The shop.
    pub shop: ShopId,
    /// The shop's name as guests know it.
    pub shop_name: String,
    /// The shop's time zone, as in `Asia/Shanghai`.
    pub time_zone: String,
}

/// Everything open at one moment. For a pad: its room's order alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Board {
    /// Sequence number of the last fact in it.
    #[ts(type = "number")]
    pub revision: u64,
    /// The current business day; an order of an earlier one is yesterday's (K2).
    pub day: BusinessDay,
    /// The box's clock, by which every timer runs.
    #[ts(type = "string")]
    #[schema(value_type = String, format = DateTime)]
    pub now: jiff::Timestamp,
    /// Open orders, oldest first. A completed one stays while the kitchen has not seen that it is.
    pub orders: Vec<OrderView>,
    /// Guests who call for service, the first first.
    pub calls: Vec<ServiceCall>,
    /// Attendants on duty (上钟), by name. No pad is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<AttendantName>>", optional)]
    pub on_duty: Vec<AttendantName>,
}

/// A guest who calls for service (呼叫服务).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ServiceCall {
    /// Who.
    pub guest: Guest,
    /// For what, if they said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub wish: Option<TemplateId>,
    /// Since when, from which device.
    #[serde(flatten)]
    pub called: Step,
}

/// What one commit changed, on `l1/board` and, for a pad, on `l1/view/{device}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct BoardEvent {
    /// Revision of the event before it on this topic. Above the screen's own: it missed one and fetches.
    #[ts(type = "number")]
    pub after: u64,
    /// The revision with it.
    #[ts(type = "number")]
    pub revision: u64,
    /// The current business day.
    pub day: BusinessDay,
    /// The orders that changed, whole. A completed one leaves the board, unless a line of it has a notice.
    pub orders: Vec<OrderView>,
    /// Orders that are no longer this pad's to see: their guest has moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<OrderId>>", optional)]
    pub gone: Vec<OrderId>,
    /// Everybody who calls for service, when that has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub calls: Option<Vec<ServiceCall>>,
    /// Everybody on duty, when that has changed. No pad is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub on_duty: Option<Vec<AttendantName>>,
}

/// On `l1/hb` every 2 s. A screen that has heard none for 5 s says that it is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Heartbeat {
    /// The box's run: another one means it restarted, so everything is fetched anew.
    pub run: uuid::Uuid,
    /// Revision of the board.
    #[ts(type = "number")]
    pub revision: u64,
    /// Revision of the menu and of what is sold out.
    #[ts(type = "number")]
    pub menu_revision: u64,
    /// The box's clock.
    #[ts(type = "string")]
    #[schema(value_type = String, format = DateTime)]
    pub now: jiff::Timestamp,
    /// Whether the cloud answers. The shop works either way.
    pub cloud_online: bool,
    /// Whether announcements are spoken.
    pub voice_ready: bool,
    /// Whether the box believes its clock (K2).
    pub clock_trusted: bool,
    /// Whose screens show what is made at each station. Empty without a kitchen plan.
    pub cover: Vec<StationCover>,
    /// Kitchen, pass and call screens that should be listening and are not.
    pub away: Vec<DeviceId>,
}

/// The menu with what is sold out at the moment; `GET /api/v1/menu`, announced by `l1/menu`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MenuView {
    /// Changes with the menu and with each sold-out dish.
    #[ts(type = "number")]
    pub revision: u64,
    /// Changes with each change on the set-up page, and with nothing else.
    #[ts(type = "number")]
    pub edited: u64,
    /// The menu.
    pub menu: Menu,
    /// Dishes that cannot be ordered now (估清).
    pub sold_out: Vec<DishId>,
    /// Dishes of which only so many portions are left.
    pub limited: Vec<DishLeft>,
}

/// How much is left of a dish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct DishLeft {
    /// The dish.
    pub dish: DishId,
    /// Portions, above 0.
    pub left: u16,
}

/// The plan of the kitchen; `GET /api/v1/kitchen`. A change of it is announced as one of the menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct KitchenView {
    /// Changes with each change on the set-up page, and with nothing else.
    #[ts(type = "number")]
    pub edited: u64,
    /// The plan.
    pub plan: KitchenPlan,
}

/// On `l1/menu`: fetch the menu again if yours is older.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MenuEvent {
    /// The newest revision.
    #[ts(type = "number")]
    pub revision: u64,
}
