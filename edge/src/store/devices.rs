//! The device table: who may connect, as what, and from where.

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
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// The secret as Mosquitto keeps it.
    pub broker_hash: String,
}

impl Store {
    /// Every device, by id.
    pub fn devices(&self) -> Result<Vec<StoredDevice>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT device, role, room, secret_hash, broker_hash, station FROM device ORDER BY device",
        )?;
        let devices = statement.query_map([], |row| {
            Ok(StoredDevice {
                device: word(row.get(0)?)?,
                role: word(row.get(1)?)?,
                room: row.get::<_, Option<String>>(2)?.map(word).transpose()?,
                secret_hash: row.get(3)?,
                broker_hash: row.get(4)?,
                station: row.get::<_, Option<String>>(5)?.map(word).transpose()?,
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
            "INSERT INTO device (device, role, room, secret_hash, broker_hash, station)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                device.device.as_str(),
                role.as_ref().and_then(serde_json::Value::as_str),
                device.room.as_ref().map(RoomName::as_str),
                device.secret_hash,
                device.broker_hash,
                device.station.as_ref().map(StationId::as_str),
            ],
        )?;
        Ok(true)
    }
}
