//! Devices and their secrets. A device is one account (M1); its secret opens both HTTP and MQTT.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use edge_core::authority::{Device, FIRST_PLACE};
use jiff::Timestamp;
use sha2::{Digest, Sha256, Sha512};
use shared::guest::RoomName;
use shared::id::{DeviceId, StationId};
use shared::screen::Role;
use uuid::Uuid;

use crate::store::StoredDevice;

/// Rounds of PBKDF2 in a Mosquitto password file: its own default. The secrets are random and long, so more
/// rounds would only slow the broker's start.
const BROKER_ROUNDS: u32 = 101;

/// A new device with the secret that is shown once.
#[derive(Debug)]
pub struct Enrolled {
    /// What is kept.
    pub stored: StoredDevice,
    /// What the device is given.
    pub secret: String,
}

/// Where a device stands: a pad in a room, a kitchen screen perhaps at a station.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The room.
    pub room: Option<RoomName>,
    /// The station.
    pub station: Option<StationId>,
}

/// Makes a device and its secret.
pub fn enroll(device: DeviceId, role: Role, place: Place) -> Enrolled {
    let secret = Uuid::new_v4().simple().to_string();
    let device_name = device.to_string();
    let stored = StoredDevice {
        device,
        role,
        room: place.room,
        station: place.station,
        name: device_name,
        place: FIRST_PLACE,
        speaks: role == Role::Speaker,
        added_at: Some(Timestamp::now()),
        secret_hash: Sha256::digest(&secret).into(),
        broker_hash: broker_hash(&secret),
    };
    Enrolled { stored, secret }
}

/// A password as Mosquitto 2 keeps it: `$7$rounds$salt$hash`, PBKDF2 with SHA-512.
pub fn broker_hash(password: &str) -> String {
    let salt = &Uuid::new_v4().into_bytes()[..12];
    let hash: [u8; 64] = pbkdf2::pbkdf2_hmac_array::<Sha512, 64>(password.as_bytes(), salt, BROKER_ROUNDS);
    format!("$7${BROKER_ROUNDS}${}${}", BASE64.encode(salt), BASE64.encode(hash))
}

/// Everyone who may come in.
#[derive(Debug, Default)]
pub struct DeviceBook {
    devices: HashMap<DeviceId, (Device, [u8; 32])>,
}

impl DeviceBook {
    /// A book of these devices.
    pub fn new(stored: &[StoredDevice]) -> Self {
        let entry = |kept: &StoredDevice| {
            let device = Device {
                id: kept.device.clone(),
                role: kept.role,
                room: kept.room.clone(),
                station: kept.station.clone(),
                place: kept.place,
                speaks: kept.speaks,
            };
            (kept.device.clone(), (device, kept.secret_hash))
        };
        Self { devices: stored.iter().map(entry).collect() }
    }

    /// The device behind a credential `{device}.{secret}`.
    pub fn authenticate(&self, credential: &str) -> Option<&Device> {
        let (device, secret) = credential.split_once('.')?;
        let (device, secret_hash) = self.devices.get(&device.parse().ok()?)?;
        (<[u8; 32]>::from(Sha256::digest(secret)) == *secret_hash).then_some(device)
    }

    /// A device that the broker has let in.
    pub fn get(&self, device: &DeviceId) -> Option<&Device> {
        self.devices.get(device).map(|(device, _)| device)
    }

    /// Everybody.
    pub fn all(&self) -> impl Iterator<Item = &Device> {
        self.devices.values().map(|(device, _)| device)
    }

    /// The pads, each with its room.
    pub fn pads(&self) -> impl Iterator<Item = (&DeviceId, &RoomName)> {
        let pads = self.devices.values().filter(|(device, _)| device.role == Role::Pad);
        pads.filter_map(|(device, _)| device.room.as_ref().map(|room| (&device.id, room)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_secret_opens() {
        let pad = enroll("pad_801".parse().expect("a slug"), Role::Pad, Place::default());
        let book = DeviceBook::new(std::slice::from_ref(&pad.stored));
        assert!(book.authenticate(&format!("pad_801.{}", pad.secret)).is_some());
        for wrong in ["", "pad_801", "pad_801.", "pad_801.x", "pad_802.x", &format!("pad_802.{}", pad.secret)]
        {
            assert!(book.authenticate(wrong).is_none(), "{wrong}");
        }
    }
}
