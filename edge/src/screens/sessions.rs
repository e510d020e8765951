//! Devices that were moved, renamed, added or revoked while the screens are served: each is told what it is now, and a
//! pad that was moved shows its new room's order and no other.

use std::sync::Arc;

use edge_core::authority::Device;
use shared::guest::{Guest, RoomName};
use shared::screen::{BoardEvent, Role};
use shared::topic;

use super::{Screens, Standing, to_json};
use crate::broker::Linked;
use crate::devices::DeviceList;

/// What has changed between two looks.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences<'a> {
    /// New, or not what they were.
    changed: Vec<&'a Device>,
    /// Pads in another room than they were, with the room they left.
    moved: Vec<(&'a Device, &'a RoomName)>,
    /// No longer the shop's.
    gone: Vec<&'a Device>,
}

impl<'a> Differences<'a> {
    fn between(before: &'a DeviceList, now: &'a DeviceList) -> Self {
        let mut differences = Self::default();
        for device in now.all() {
            let was = before.get(&device.id);
            if was != Some(device) {
                differences.changed.push(device);
            }
            let left =
                was.and_then(|was| was.room.as_ref()).filter(|left| Some(*left) != device.room.as_ref());
            if let (Role::Pad, Some(left)) = (device.role, left) {
                differences.moved.push((device, left));
            }
        }
        differences.gone = before.all().filter(|device| now.get(&device.id).is_none()).collect();
        differences
    }
}

impl Screens {
    /// Tells the devices that are not what they were. It comes before anything is told of the shop, so that no pad hears
    /// of its old room after it knows of the new one.
    pub(super) async fn tell_devices(&self, link: &Linked, standing: &mut Standing) {
        let now = self.devices.now();
        if Arc::ptr_eq(&standing.devices, &now) {
            return;
        }
        let before = std::mem::replace(&mut standing.devices, now.clone());
        let differences = Differences::between(&before, &now);
        for device in differences.changed {
            link.send(&topic::session(&device.id), to_json(&self.shop.session(device)));
        }
        for (pad, left) in differences.moved {
            self.turn_over(link, standing, pad, left).await;
        }
        for device in differences.gone {
            standing.views.remove(&device.id);
            link.clear(&topic::presence(&device.id));
        }
    }

    /// On a pad's own topic the old room's orders go and the new room's come, so a pad that only listens there is right
    /// as well.
    async fn turn_over(&self, link: &Linked, standing: &mut Standing, pad: &Device, left: &RoomName) {
        let Some(room) = &pad.room else { return };
        let (old, new) =
            (self.desk.counter.board(Some(left.clone())), self.desk.counter.board(Some(room.clone())));
        // A counter that has stopped ends the box.
        let (Ok(old), Ok(new)) = (old.await, new.await) else { return };
        let own = Guest::Room { room: room.clone() };
        let event = BoardEvent {
            after: standing.views.get(&pad.id).copied().unwrap_or(standing.first),
            revision: new.revision,
            day: new.day,
            gone: old.orders.iter().map(|order| order.order).collect(),
            orders: new.orders,
            calls: Some(new.calls.into_iter().filter(|call| call.guest == own).collect()),
            on_duty: None,
        };
        standing.views.insert(pad.id.clone(), event.revision);
        link.send(&topic::view(&pad.id), to_json(&event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoredDevice;

    fn kept(id: &str, role: Role, room: Option<&str>, place: u64) -> StoredDevice {
        let room = room.map(|room| room.parse().expect("a room"));
        let device =
            Device { id: id.parse().expect("a slug"), role, room, station: None, place, speaks: false };
        let (name, broker_hash) = (id.to_owned(), String::new());
        StoredDevice { device, name, added_at: None, secret_hash: [0; 32], broker_hash }
    }

    #[test]
    fn m1_who_was_moved_added_or_revoked_is_found() {
        let before = DeviceList::new(vec![
            kept("pad_801", Role::Pad, Some("801"), 1),
            kept("pad_802", Role::Pad, Some("802"), 1),
            kept("kitchen_1", Role::Kitchen, None, 1),
        ]);
        let now = DeviceList::new(vec![
            kept("pad_801", Role::Pad, Some("805"), 2),
            kept("pad_802", Role::Pad, Some("802"), 1),
            kept("staff_1", Role::Staff, None, 1),
        ]);
        let found = Differences::between(&before, &now);
        let ids =
            |devices: &[&Device]| devices.iter().map(|device| device.id.to_string()).collect::<Vec<_>>();
        assert_eq!(ids(&found.changed), ["pad_801", "staff_1"]);
        assert_eq!(ids(&found.gone), ["kitchen_1"]);
        let moved: Vec<_> = found.moved.iter().map(|(pad, left)| (pad.id.as_str(), left.as_str())).collect();
        assert_eq!(moved, [("pad_801", "801")]);
        assert_eq!(Differences::between(&now, &now), Differences::default());
    }
}
