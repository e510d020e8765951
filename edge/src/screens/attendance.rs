//! Which devices are there. A device says so itself, retained at the broker; its last will says that it is gone.

use std::collections::BTreeSet;

use edge_core::authority::Device;
use edge_core::kitchen::{Listening, cover};
use shared::id::DeviceId;
use shared::kitchen::{KitchenPlan, StationCover};
use shared::screen::Role;
use shared::topic;

use crate::devices::DeviceList;

/// Who is there at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attendance {
    present: BTreeSet<DeviceId>,
}

impl Attendance {
    /// Takes in what came on a topic. Returns whether it was about presence.
    pub(super) fn hears(&mut self, topic: &str, payload: &[u8]) -> bool {
        let Some(device) = topic::present_device(topic) else { return false };
        if payload == b"1" {
            self.present.insert(device);
        } else {
            self.present.remove(&device);
        }
        true
    }

    /// Whether a device is there.
    pub fn is_here(&self, device: &DeviceId) -> bool {
        self.present.contains(device)
    }

    /// Screens of the kitchen that are listening.
    pub fn listening(&self, devices: &DeviceList) -> Listening {
        let here = |device: &&Device| device.role == Role::Kitchen && self.present.contains(&device.id);
        let mut listening = Listening::default();
        for screen in devices.all().filter(here) {
            match &screen.station {
                Some(station) => drop(listening.stations.insert(station.clone())),
                None => listening.whole_kitchen = true,
            }
        }
        listening
    }

    /// Whose screens show what is made at each station.
    pub(super) fn cover(&self, plan: &KitchenPlan, devices: &DeviceList) -> Vec<StationCover> {
        cover(plan, &self.listening(devices))
    }

    /// Screens that should be listening and are not.
    pub(super) fn away(&self, devices: &DeviceList) -> Vec<DeviceId> {
        let should = |device: &&Device| match device.role {
            Role::Kitchen | Role::Expo | Role::CallScreen | Role::Speaker => {
                !self.present.contains(&device.id)
            }
            Role::Pad | Role::Staff | Role::Cashier => false,
        };
        let away: BTreeSet<_> = devices.all().filter(should).map(|device| device.id.clone()).collect();
        away.into_iter().collect()
    }
}
