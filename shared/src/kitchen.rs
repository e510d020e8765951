//! How a shop's kitchen is laid out: its stations, which rooms they cook for, and what prints.
//!
//! Where a dish is made stands with the dish and its category; here stands what differs by room.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::guest::RoomName;
use crate::id::{AreaId, CategoryId, DishId, PrinterId, StationId};
use crate::menu::Name;

/// The whole plan. An empty one is a kitchen with one screen for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KitchenPlan {
    /// The stations.
    #[serde(default)]
    pub stations: Vec<Station>,
    /// Groups of rooms, each room in one at most.
    #[serde(default)]
    pub areas: Vec<Area>,
    /// What is made elsewhere for some rooms.
    #[serde(default)]
    pub area_routes: Vec<AreaRoute>,
    /// The printers.
    #[serde(default)]
    pub printers: Vec<Printer>,
}

/// A station (档口).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// Its id.
    pub station: StationId,
    /// Its name.
    pub name: Name,
    /// Whose screens show its lines while none of its own is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub backup: Option<StationId>,
}

/// Rooms that the kitchen treats alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Its id.
    pub area: AreaId,
    /// Its name.
    pub name: Name,
    /// Its rooms.
    pub rooms: Vec<RoomName>,
}

/// What the rooms of one area order is made at these stations instead. The more a route says, the more it weighs:
/// a dish before a category before everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaRoute {
    /// The area.
    pub area: AreaId,
    /// Only this dish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub dish: Option<DishId>,
    /// Only this category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub category: Option<CategoryId>,
    /// Where it is made.
    pub stations: Vec<StationId>,
}

/// A ticket printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Printer {
    /// Its id.
    pub printer: PrinterId,
    /// Its name.
    pub name: Name,
    /// How it is reached.
    pub at: PrinterAddress,
    /// Width of its paper.
    pub paper: Paper,
    /// The stations whose lines it prints. Empty: everything.
    #[serde(default)]
    pub stations: Vec<StationId>,
    /// When it prints.
    pub prints: PrintMode,
}

/// How a printer is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PrinterAddress {
    /// Over the network; such printers listen on port 9100.
    Network {
        /// Address and port.
        #[ts(type = "string")]
        #[schema(value_type = String, example = "192.168.1.50:9100")]
        address: SocketAddr,
    },
    /// By a cable: the device that the system made of it.
    Device {
        /// As in `/dev/usb/lp0`.
        path: String,
    },
}

/// Width of a printer's paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub enum Paper {
    /// 58 mm: 32 columns.
    #[serde(rename = "58mm")]
    Mm58,
    /// 80 mm: 48 columns.
    #[serde(rename = "80mm")]
    Mm80,
}

/// When a printer prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrintMode {
    /// Every ticket.
    Always,
    /// Only what no screen shows.
    Fallback,
}

/// Whose screens show what is made at a station right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct StationCover {
    /// The station.
    pub station: StationId,
    /// The station whose screens show it: itself, or a back-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub shown_by: Option<StationId>,
    /// Whether no screen shows it, so that it is in the tray which every kitchen screen, the pass and the cashier
    /// show. A screen for the whole kitchen keeps it out of there.
    pub in_tray: bool,
}
