//! Who may ask for what. One table; the screens' MQTT rights follow the same roles in the shell.

use shared::command::Command;
use shared::guest::RoomName;
use shared::id::DeviceId;
use shared::screen::Role;

/// The device that asks: its account, what it is, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it is.
    pub role: Role,
    /// The room a pad stands in.
    pub room: Option<RoomName>,
}

/// Whether a role includes a command at all. That a pad touches only its own room's order is checked where
/// the order is known.
pub fn may(role: Role, command: &Command) -> bool {
    match command {
        Command::PlaceOrder { .. } => matches!(role, Role::Pad | Role::Cashier),
        Command::StartCooking { .. } | Command::FinishCooking { .. } => {
            matches!(role, Role::Kitchen | Role::Cashier)
        }
        Command::CallForPickup { .. } | Command::PickUp { .. } => {
            matches!(role, Role::Kitchen | Role::Cashier)
        }
        Command::CancelLine { .. } | Command::CancelOrder { .. } => matches!(role, Role::Pad | Role::Cashier),
        Command::CleanRoom { .. } | Command::ReturnWristband { .. } => matches!(role, Role::Cashier),
        Command::MarkSoldOut { .. } | Command::MarkBackOnSale { .. } => {
            matches!(role, Role::Kitchen | Role::Cashier)
        }
    }
}
