//! Who may ask for what. One table; the screens' MQTT rights follow the same roles in the shell.

use shared::command::Command;
use shared::guest::{ManagerName, RoomName};
use shared::id::{AccountId, DeviceId, StationId};
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
    /// The station a kitchen screen stands at. `None`: it shows the whole kitchen.
    pub station: Option<StationId>,
    /// Grows each time it is moved, from [`FIRST_PLACE`].
    pub place: u64,
    /// Whether it says announcements aloud.
    pub speaks: bool,
}

/// The place of a device that was never moved.
pub const FIRST_PLACE: u64 = 1;

/// Who a device is to messages (M1): itself, but all cashiers of a shop are one account.
pub fn account_of(device: &Device) -> AccountId {
    if device.role == Role::Cashier { AccountId::cashiers() } else { AccountId::from(&device.id) }
}

/// What the shell found out about a PIN that came with a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Approval {
    /// No PIN was needed, or none came.
    #[default]
    Nobody,
    /// It is this manager's.
    By(ManagerName),
    /// It is nobody's.
    WrongPin,
    /// This device has tried too many.
    Locked,
}

/// Whether a role includes a command at all. That a pad touches only its own room's order is checked where
/// the order is known.
pub fn may(role: Role, command: &Command) -> bool {
    use Role::{Cashier, Expo, Kitchen, Pad, Staff};
    let roles: &[Role] = match command {
        Command::PlaceOrder { .. }
        | Command::CancelLine { .. }
        | Command::CancelOrder { .. }
        | Command::CallService { .. } => &[Pad, Cashier],
        Command::RushLines { .. } => &[Pad, Expo, Cashier],
        Command::FireLines { .. } => &[Pad, Kitchen, Expo, Cashier],
        Command::StartCooking { .. } | Command::FinishCooking { .. } => &[Kitchen, Cashier],
        Command::CallForPickup { .. }
        | Command::PickUp { .. }
        | Command::RecallLine { .. }
        | Command::SendCall { .. }
        | Command::AnswerService { .. } => &[Kitchen, Expo, Staff, Cashier],
        Command::StartDuty { .. } | Command::EndDuty { .. } => &[Staff, Cashier],
        Command::HoldLines { .. }
        | Command::AcknowledgeNotices { .. }
        | Command::VoidLine { .. }
        | Command::RemakeLine { .. }
        | Command::MarkSoldOut { .. }
        | Command::LimitDish { .. }
        | Command::MarkBackOnSale { .. } => &[Kitchen, Expo, Cashier],
        Command::CleanRoom { .. }
        | Command::ReturnWristband { .. }
        | Command::MoveGuest { .. }
        | Command::SaveMenu { .. }
        | Command::SaveKitchenPlan { .. }
        | Command::SaveAnnouncements { .. } => &[Cashier],
    };
    roles.contains(&role)
}
