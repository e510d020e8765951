//! An order and its lines as a fact states them and a screen sees them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::guest::{Guest, ManagerName};
use crate::id::{DeviceId, DishId, LineId, OrderId, StationId};
use crate::menu::{Caution, Name};
use crate::quantity::{BusinessDay, Fen, OrderNumber, Quantity};
use crate::sms::SmsView;

mod fold;

pub use fold::Order;

/// A dish line as it was placed. It keeps the name and the price of that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct PlacedLine {
    /// Its id, for ever.
    pub line: LineId,
    /// The dish.
    pub dish: DishId,
    /// Its name when it was ordered.
    pub name: Name,
    /// Portions.
    pub quantity: Quantity,
    /// Price of one portion when it was ordered.
    pub price_fen: Fen,
    /// What the guest chose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Name>>", optional)]
    pub options: Vec<Name>,
    /// What is in it that may harm a guest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Name>>", optional)]
    pub allergens: Vec<Name>,
    /// What this guest must not eat, or does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Caution>>", optional)]
    pub cautions: Vec<Caution>,
    /// What the guest wrote, as written. Screens show it as text, never as markup.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub note: String,
    /// Seconds from the order, or from the firing of what was held, until it should be ready.
    pub target_s: u32,
    /// Where it is made. Empty: nobody said, so every kitchen screen shows it as unrouted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<StationId>>", optional)]
    pub stations: Vec<StationId>,
    /// Whether it was ordered to be made later (等叫).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub held: bool,
    /// The line that it is made again for (重做).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub remake_of: Option<LineId>,
}

/// Why a line was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Somebody cancelled it (K8).
    Asked,
    /// The guest left before it was started (K9).
    GuestLeft,
}

/// Why an order is completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompletionReason {
    /// The room was cleaned (清洁房间, K9).
    RoomCleaned,
    /// The wristband was handed back (K1).
    WristbandReturned,
}

/// Where a line is on its way from the kitchen to the guest. Each state holds what exists then; times are the
/// box's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LineState {
    /// Ordered, to be made when it is called for (等叫): no cook begins it, no clock runs.
    Held,
    /// To be made, nobody has begun.
    Waiting,
    /// A cook is at it (K4).
    Cooking {
        /// When it was started.
        #[ts(type = "string")]
        #[schema(value_type = String, format = DateTime)]
        started_at: jiff::Timestamp,
    },
    /// Made (K5); the waiter does not know yet.
    Ready {
        /// When it was finished.
        #[ts(type = "string")]
        #[schema(value_type = String, format = DateTime)]
        ready_at: jiff::Timestamp,
    },
    /// The waiter has been called (K6).
    Notified {
        /// When it was finished.
        #[ts(type = "string")]
        #[schema(value_type = String, format = DateTime)]
        ready_at: jiff::Timestamp,
        /// When the waiter was first called.
        #[ts(type = "string")]
        #[schema(value_type = String, format = DateTime)]
        called_at: jiff::Timestamp,
    },
    /// Carried out to the guest (K7).
    PickedUp {
        /// When it left.
        #[ts(type = "string")]
        #[schema(value_type = String, format = DateTime)]
        picked_up_at: jiff::Timestamp,
    },
    /// Will not be made (K8, K9).
    Cancelled {
        /// Why.
        reason: CancelReason,
    },
    /// Taken back after it was begun (退菜).
    Voided {
        /// When.
        #[ts(type = "string")]
        #[schema(value_type = String, format = DateTime)]
        voided_at: jiff::Timestamp,
        /// Why, in words.
        reason: String,
        /// By whose word.
        approved_by: ManagerName,
    },
    /// Spoilt; another line is made in its place (重做).
    Remade {
        /// When.
        #[ts(type = "string")]
        #[schema(value_type = String, format = DateTime)]
        remade_at: jiff::Timestamp,
        /// That line.
        again: LineId,
    },
}

impl LineState {
    /// Whether it has been made, whatever happened to it since.
    pub fn is_made(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Notified { .. } | Self::PickedUp { .. })
    }

    /// Whether the guest will not get it.
    pub fn is_dropped(&self) -> bool {
        matches!(self, Self::Cancelled { .. } | Self::Voided { .. } | Self::Remade { .. })
    }

    /// Whether no cook has begun it, and one still may.
    pub fn is_ahead(&self) -> bool {
        matches!(self, Self::Held | Self::Waiting)
    }

    /// Whether a cook has begun (K8: then it can no longer be cancelled).
    pub fn is_started(&self) -> bool {
        matches!(self, Self::Cooking { .. }) || self.is_made()
    }
}

/// Where a whole order is. It is derived from its lines, but for the end, which the guest's leaving decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Nothing has been started.
    Waiting,
    /// Something is being made, or is made and something else is not.
    Cooking,
    /// All that was ordered is made; something waits for the waiter.
    Ready,
    /// All is with the guest, who may still order more.
    Served,
    /// Every line was cancelled; the guest may still order more.
    Cancelled,
    /// The guest has left.
    Completed,
}

/// A step: who took it, and when by the box's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Step {
    /// When.
    #[ts(type = "string")]
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// The device.
    pub by: DeviceId,
}

/// How often a line was asked for (催菜), and the last who did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Rush {
    /// How often.
    pub count: u32,
    /// The last time.
    pub last: Step,
}

/// Something about a line that the kitchen has to say it has seen. It stays until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The guest asks where it is (催菜).
    Rushed,
    /// It was taken back: stop (退菜).
    Voided,
    /// The guest has left while it was being made (K9).
    LeftBehind,
}

/// A guest's way to another room (换房). The lines stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Move {
    /// Where the guest was before.
    pub from: Guest,
    /// Who moved the guest, and when.
    #[serde(flatten)]
    pub step: Step,
}

/// An order as screens see it. It holds nothing personal: the phone number stays in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct OrderView {
    /// Its id.
    pub order: OrderId,
    /// Its number in its business day; shown as `#01`.
    pub number: OrderNumber,
    /// The business day of that number. Earlier than the board's day: yesterday's (K2).
    pub day: BusinessDay,
    /// Who it is for now.
    pub guest: Guest,
    /// Where the guest was before, oldest first (换房).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Move>>", optional)]
    pub moves: Vec<Move>,
    /// The device that opened it.
    pub placed_by: DeviceId,
    /// When it was opened.
    #[ts(type = "string")]
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: jiff::Timestamp,
    /// Derived from the lines.
    pub state: OrderState,
    /// Sequence number of the last fact about it: of two views the higher is the newer.
    #[ts(type = "number")]
    pub revision: u64,
    /// Its lines, in the order they were placed.
    pub lines: Vec<LineView>,
    /// The messages to the guest's phone, the first first. No pad is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<SmsView>>", optional)]
    pub sms: Vec<SmsView>,
}

impl OrderView {
    /// As a guest's pad may see it: what an SMS came to is the shop's business.
    pub fn for_pad(self) -> Self {
        Self { sms: Vec::new(), ..self }
    }

    /// Whether screens show it: the guest is here, or the kitchen has not yet seen what became of the order.
    pub fn is_on_board(&self) -> bool {
        self.state != OrderState::Completed || self.lines.iter().any(|line| !line.unseen.is_empty())
    }
}

/// A line as screens see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct LineView {
    /// What was ordered.
    #[serde(flatten)]
    pub placed: PlacedLine,
    /// 0 for what was ordered first, 1, 2 … for additions (加菜, K1).
    pub round: u32,
    /// When it was ordered.
    #[ts(type = "string")]
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: jiff::Timestamp,
    /// When its clock began: when it was ordered or, after it was held, fired.
    #[ts(type = "string")]
    #[schema(value_type = String, format = DateTime)]
    pub due_from: jiff::Timestamp,
    /// Where it is.
    #[serde(flatten)]
    pub state: LineState,
    /// The step that brought it there.
    pub last: Step,
    /// How often it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub rush: Option<Rush>,
    /// What the kitchen has not yet said it has seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Notice>>", optional)]
    pub unseen: Vec<Notice>,
}
