//! The device table: who may connect, as what, and from where.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use shared::guest::RoomName;
use shared::id::{DeviceId, StationId};
use shared::screen::Role;

use super::{Store, StoreError, word};

/// A device as it is kept. The secret itself is not.
#[derive(Debug, Clone)]
pub struct StoredDevice {
    /// Its id.
    pub device: DeviceId,
    /// What it is.
    pub role: Role,
    /// The room it stands in.
    pub room: Option<RoomName>,
    /// The station that a kitchen screen stands at; none shows the whole kitchen.
    pub station: Option<StationId>,
    /// What people call it.
    pub name: String,
    /// Grows each time it is moved.
    pub place: u64,
    /// Whether it says announcements aloud.
    pub speaks: bool,
    /// Since when it is one of the shop's; `None` in what an earlier program kept.
    pub added_at: Option<Timestamp>,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// The secret as Mosquitto keeps it.
    pub broker_hash: String,
}

impl Store {
    /// Every device, by id.
    pub fn devices(&self) -> Result<Vec<StoredDevice>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT device, role, room, secret_hash, broker_hash, station, name, place, speaks, added_at
             FROM device ORDER BY device",
        )?;
        let devices = statement.query_map([], |row| {
            Ok(StoredDevice {
                device: word(row.get(0)?)?,
                role: word(row.get(1)?)?,
                room: row.get::<_, Option<String>>(2)?.map(word).transpose()?,
                secret_hash: row.get(3)?,
                broker_hash: row.get(4)?,
                station: row.get::<_, Option<String>>(5)?.map(word).transpose()?,
                name: row.get(6)?,
                place: row.get(7)?,
                speaks: row.get(8)?,
                added_at: row.get::<_, Option<String>>(9)?.map(word).transpose()?,
            })
        })?;
        Ok(devices.collect::<Result<_, _>>()?)
    }

    /// Keeps a new device. Returns `false`, and changes nothing, when the id is taken.
    pub fn add_device(&self, device: &StoredDevice) -> Result<bool, StoreError> {
        let taken = self
            .connection
            .query_row("SELECT 1 FROM device WHERE device = ?1", [device.device.as_str()], |_| Ok(()))
            .optional()?;
        if taken.is_some() {
            return Ok(false);
        }
        let role = serde_json::to_value(device.role).ok();
        self.connection.execute(
            "INSERT INTO device (device, role, room, secret_hash, broker_hash, station, name, place, speaks, added_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                device.device.as_str(),
                role.as_ref().and_then(serde_json::Value::as_str),
                device.room.as_ref().map(RoomName::as_str),
                device.secret_hash,
                device.broker_hash,
                device.station.as_ref().map(StationId::as_str),
                device.name,
                device.place,
                device.speaks,
                device.added_at.map(|at| at.to_string()),
            ],
        )?;
        Ok(true)
    }
}
