//! What may be changed about the shop's devices, and by which rule not. Each wish comes down to one row.

use edge_core::authority::{Device, FIRST_PLACE};
use jiff::Timestamp;
use shared::guest::RoomName;
use shared::id::{DeviceId, StationId};
use shared::screen::Role;
use tracing::error;

use super::Secret;
use crate::store::{DeviceTable, KeptDevices, RowChange, StoredDevice};

/// Longest name, in characters: it stands on one line of a phone.
const NAME_CHARS_MAX: usize = 40;

/// Where a device stands: a pad in a room, a kitchen screen perhaps at a station.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The room.
    pub room: Option<RoomName>,
    /// The station.
    pub station: Option<StationId>,
}

impl Place {
    /// Whether a device of this role can stand there.
    pub fn check(&self, role: Role) -> Result<(), DeviceRefusal> {
        match (role, &self.room, &self.station) {
            (Role::Pad, None, _) => Err(DeviceRefusal::RoomMissing),
            (Role::Pad, Some(_), None) | (_, None, None) | (Role::Kitchen, None, Some(_)) => Ok(()),
            (_, Some(_), None) => Err(DeviceRefusal::OnlyPadsInRooms),
            (_, _, Some(_)) => Err(DeviceRefusal::OnlyKitchenAtStations),
        }
    }
}

/// A device that is to be.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// What it is.
    pub role: Role,
    /// What people call it; none: its id.
    pub name: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// Whether it says announcements aloud.
    pub speaks: bool,
}

impl NewDevice {
    /// Whether there can be such a device at all.
    pub fn check(&self) -> Result<(), DeviceRefusal> {
        self.place.check(self.role)?;
        self.name.as_deref().map_or(Ok(()), |name| checked_name(name).map(drop))
    }
}

/// What is to become of a device.
#[derive(Debug)]
pub enum DeviceWish {
    /// There is one more.
    Add {
        /// Its id; none: the next that is free for its role and room.
        device: Option<DeviceId>,
        /// What it is.
        new: NewDevice,
        /// How it will prove itself.
        secret: Secret,
    },
    /// It stands somewhere else from now on.
    Move {
        /// Which.
        device: DeviceId,
        /// The place that the asker knows; none: whichever it is.
        expects: Option<u64>,
        /// Where to.
        to: Place,
    },
    /// It is called something else, or speaks or not.
    Describe {
        /// Which.
        device: DeviceId,
        /// What people call it.
        name: String,
        /// Whether it says announcements aloud.
        speaks: bool,
    },
    /// It is no longer one of the shop's.
    Revoke {
        /// Which.
        device: DeviceId,
    },
}

/// What has been changed.
#[derive(Debug)]
pub enum Changed {
    /// The device as it is now.
    Kept(StoredDevice),
    /// It is gone.
    Revoked(DeviceId),
}

/// Why a wish is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceRefusal {
    /// There is no such device.
    #[error("there is no such device")]
    Unknown,
    /// The id has a meaning of its own.
    #[error("this id means something else; choose another")]
    Reserved,
    /// The id is, or was, another device's.
    #[error("there is or was such a device already; choose another id")]
    Taken,
    /// A pad stands in a room.
    #[error("a pad needs a room")]
    RoomMissing,
    /// Only pads stand in rooms.
    #[error("only a pad stands in a room")]
    OnlyPadsInRooms,
    /// Only kitchen screens stand at stations.
    #[error("only a kitchen screen stands at a station")]
    OnlyKitchenAtStations,
    /// The kitchen has no such station.
    #[error("the kitchen has no such station")]
    UnknownStation,
    /// Nobody could read the name.
    #[error("a name has 1 to {NAME_CHARS_MAX} characters")]
    BadName,
    /// It has been moved since the asker looked.
    #[error("it has been moved in the meantime; look again")]
    MovedOn,
    /// Nobody could set the shop up any more.
    #[error("it is the last cashier, without whom nobody could add another")]
    LastCashier,
}

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// It may not be.
    #[error("{0}")]
    Refused(#[from] DeviceRefusal),
    /// The disk did not take it.
    #[error("it could not be kept")]
    NotKept,
}

/// Carries out a wish on the table. Returns what has changed and all that is kept now.
pub fn carry_out(table: &mut DeviceTable, wish: DeviceWish) -> Result<(Changed, KeptDevices), ChangeError> {
    let now = Timestamp::now();
    let mut changed = None;
    let decide = |kept: &KeptDevices| {
        let change = wish.decide(kept, now)?;
        changed = Some(match &change {
            RowChange::Keep(device) => Changed::Kept((**device).clone()),
            RowChange::Revoke(device) => Changed::Revoked(device.clone()),
        });
        Ok::<_, DeviceRefusal>(change)
    };
    let kept = table.change(now, decide).map_err(|error| {
        error!(%error, "a device could not be changed");
        ChangeError::NotKept
    })??;
    let changed = changed.expect("what was kept was decided");
    Ok((changed, kept))
}

impl DeviceWish {
    fn decide(self, kept: &KeptDevices, now: Timestamp) -> Result<RowChange, DeviceRefusal> {
        let change = match self {
            Self::Add { device, new, secret } => {
                new.check()?;
                let id = match device {
                    Some(id) => checked_id(id, kept)?,
                    None => free_id(kept, new.role, new.place.room.as_ref()),
                };
                RowChange::Keep(Box::new(enrolled(id, new, secret, now)?))
            }
            Self::Move { device, expects, to } => {
                let mut moved = find(kept, &device)?.clone();
                to.check(moved.device.role)?;
                if expects.is_some_and(|expects| expects != moved.device.place) {
                    return Err(DeviceRefusal::MovedOn);
                }
                let from = Place { room: moved.device.room.take(), station: moved.device.station.take() };
                moved.device.place += u64::from(from != to);
                (moved.device.room, moved.device.station) = (to.room, to.station);
                RowChange::Keep(Box::new(moved))
            }
            Self::Describe { device, name, speaks } => {
                let mut described = find(kept, &device)?.clone();
                described.name = checked_name(&name)?;
                described.device.speaks = speaks;
                RowChange::Keep(Box::new(described))
            }
            Self::Revoke { device } => {
                let role = find(kept, &device)?.device.role;
                let cashiers = kept.devices.iter().filter(|kept| kept.device.role == Role::Cashier).count();
                if role == Role::Cashier && cashiers == 1 {
                    return Err(DeviceRefusal::LastCashier);
                }
                RowChange::Revoke(device)
            }
        };
        Ok(change)
    }
}

fn enrolled(
    id: DeviceId,
    new: NewDevice,
    secret: Secret,
    now: Timestamp,
) -> Result<StoredDevice, DeviceRefusal> {
    let NewDevice { role, name, place: Place { room, station }, speaks } = new;
    let name = name.map_or_else(|| Ok(id.to_string()), |name| checked_name(&name))?;
    Ok(StoredDevice {
        device: Device { id, role, room, station, place: FIRST_PLACE, speaks },
        name,
        added_at: Some(now),
        secret_hash: secret.secret_hash,
        broker_hash: secret.broker_hash,
    })
}

fn find<'a>(kept: &'a KeptDevices, device: &DeviceId) -> Result<&'a StoredDevice, DeviceRefusal> {
    kept.devices.iter().find(|kept| kept.device.id == *device).ok_or(DeviceRefusal::Unknown)
}

fn is_taken(kept: &KeptDevices, id: &DeviceId) -> bool {
    find(kept, id).is_ok() || kept.revoked.contains(id)
}

fn checked_id(id: DeviceId, kept: &KeptDevices) -> Result<DeviceId, DeviceRefusal> {
    if id.is_reserved() {
        Err(DeviceRefusal::Reserved)
    } else if is_taken(kept, &id) {
        Err(DeviceRefusal::Taken)
    } else {
        Ok(id)
    }
}

fn checked_name(name: &str) -> Result<String, DeviceRefusal> {
    let name = name.trim();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && !name.contains(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(DeviceRefusal::BadName) }
}

/// `pad_801`, the second one there `pad_801_2`; `kitchen_1`, `kitchen_2`. An id that was another's is never free again.
fn free_id(kept: &KeptDevices, role: Role, room: Option<&RoomName>) -> DeviceId {
    let stem = match role {
        Role::Pad => "pad",
        Role::Kitchen => "kitchen",
        Role::Expo => "expo",
        Role::CallScreen => "call",
        Role::Speaker => "speaker",
        Role::Staff => "staff",
        Role::Cashier => "cashier",
    };
    // A room that is called by a word, such as 牡丹厅, has no place in an id.
    let of_room = room.and_then(|room| DeviceId::new(format!("{stem}_{room}")).ok());
    let numbered = (1_u64..).map(|number| match (&of_room, number) {
        (Some(of_room), 1) => of_room.to_string(),
        (Some(of_room), _) => format!("{of_room}_{number}"),
        (None, _) => format!("{stem}_{number}"),
    });
    let free = numbered.filter_map(|id| DeviceId::new(id).ok()).find(|id| !is_taken(kept, id));
    free.expect("there are more numbers than devices")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> DeviceId {
        text.parse().expect("a slug")
    }

    fn new(role: Role, room: Option<&str>) -> NewDevice {
        let room = room.map(|room| room.parse().expect("a room"));
        NewDevice { role, name: None, place: Place { room, station: None }, speaks: false }
    }

    fn add(device: Option<&str>, new: NewDevice) -> DeviceWish {
        DeviceWish::Add { device: device.map(id), new, secret: Secret::mint() }
    }

    fn after(kept: &mut KeptDevices, wish: DeviceWish) -> Result<StoredDevice, DeviceRefusal> {
        match wish.decide(kept, Timestamp::UNIX_EPOCH)? {
            RowChange::Keep(device) => {
                kept.devices.retain(|other| other.device.id != device.device.id);
                kept.devices.push((*device).clone());
                Ok(*device)
            }
            RowChange::Revoke(_) => panic!("nobody is revoked here"),
        }
    }

    #[test]
    fn m1_an_id_is_made_of_role_and_room_and_never_given_twice() {
        let mut kept = KeptDevices { devices: Vec::new(), revoked: vec![id("kitchen_1")] };
        for (role, room, expected) in [
            (Role::Pad, Some("801"), "pad_801"),
            (Role::Pad, Some("801"), "pad_801_2"),
            (Role::Pad, Some("牡丹厅"), "pad_1"),
            (Role::Pad, Some("牡丹厅"), "pad_2"),
            (Role::Kitchen, None, "kitchen_2"),
            (Role::Cashier, None, "cashier_1"),
        ] {
            let added = after(&mut kept, add(None, new(role, room))).expect("it is added");
            assert_eq!(added.device.id, id(expected));
        }
        let refused = |named| add(Some(named), new(Role::Staff, None)).decide(&kept, Timestamp::UNIX_EPOCH);
        assert_eq!(refused("kitchen_1").err(), Some(DeviceRefusal::Taken), "it was another's");
        assert_eq!(refused("pad_801").err(), Some(DeviceRefusal::Taken));
        assert_eq!(refused("box").err(), Some(DeviceRefusal::Reserved));
        assert_eq!(refused("cashiers").err(), Some(DeviceRefusal::Reserved));
    }

    #[test]
    fn m1_a_move_changes_where_it_stands_and_counts_once() {
        let mut kept = KeptDevices::default();
        let before = after(&mut kept, add(None, new(Role::Pad, Some("801")))).expect("it is added");
        let to = |room: &str| Place { room: room.parse().ok(), station: None };
        let wish = |expects, to| DeviceWish::Move { device: id("pad_801"), expects, to };
        let moved = after(&mut kept, wish(Some(1), to("805"))).expect("it is moved");
        let place = Device { room: "805".parse().ok(), place: 2, ..before.device.clone() };
        assert_eq!(moved, StoredDevice { device: place, ..before });
        let refused = wish(Some(1), to("806")).decide(&kept, Timestamp::UNIX_EPOCH);
        assert_eq!(refused.err(), Some(DeviceRefusal::MovedOn));
        let stays = after(&mut kept, wish(Some(2), to("805"))).expect("it stands there");
        assert_eq!(stays, moved);
        let nowhere = wish(None, Place::default()).decide(&kept, Timestamp::UNIX_EPOCH);
        assert_eq!(nowhere.err(), Some(DeviceRefusal::RoomMissing));
    }

    #[test]
    fn a_room_is_for_pads_and_a_station_for_kitchen_screens() {
        let at = |room: Option<&str>, station: Option<&str>| Place {
            room: room.map(|room| room.parse().expect("a room")),
            station: station.map(|station| station.parse().expect("a slug")),
        };
        for (role, place, expected) in [
            (Role::Pad, at(Some("801"), None), Ok(())),
            (Role::Pad, at(None, None), Err(DeviceRefusal::RoomMissing)),
            (Role::Pad, at(Some("801"), Some("cold")), Err(DeviceRefusal::OnlyKitchenAtStations)),
            (Role::Kitchen, at(None, Some("cold")), Ok(())),
            (Role::Kitchen, at(Some("801"), None), Err(DeviceRefusal::OnlyPadsInRooms)),
            (Role::Expo, at(None, Some("cold")), Err(DeviceRefusal::OnlyKitchenAtStations)),
            (Role::Staff, at(None, None), Ok(())),
        ] {
            assert_eq!(place.check(role), expected, "{role:?} {place:?}");
        }
    }
}
