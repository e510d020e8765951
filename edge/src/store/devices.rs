//! The device table: who may connect, as what, and from where. It has a connection of its own, so that no order waits
//! behind a device: a change is one row, and one sync of the disk.

use std::path::Path;

use edge_core::authority::Device;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use shared::guest::RoomName;
use shared::id::{DeviceId, StationId};

use super::{StoreError, prepare, word};

/// A device as it is kept. The secret itself is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDevice {
    /// What it is and where it stands.
    pub device: Device,
    /// What people call it.
    pub name: String,
    /// Since when it is one of the shop's; `None` in what an earlier program kept.
    pub added_at: Option<Timestamp>,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// The secret as Mosquitto keeps it.
    pub broker_hash: String,
}

/// Every device, and every id that has ever been one's.
#[derive(Debug, Clone, Default)]
pub struct KeptDevices {
    /// The shop's devices, by id.
    pub devices: Vec<StoredDevice>,
    /// Ids of those that were revoked.
    pub revoked: Vec<DeviceId>,
}

/// What is to be done to one row.
#[derive(Debug)]
pub enum RowChange {
    /// A new device, or one that has changed.
    Keep(Box<StoredDevice>),
    /// It is no longer one of the shop's.
    Revoke(DeviceId),
}

/// Reads and writes the table.
#[derive(Debug)]
pub struct DeviceTable {
    connection: Connection,
    version: i64,
}

impl DeviceTable {
    /// Opens the database that a [`super::Store`] has created in `folder`.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(folder.join("box.db"))?;
        prepare(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // The counter clears the log, when nobody waits.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        let mut table = Self { connection, version: 0 };
        table.changed_elsewhere()?;
        Ok(table)
    }

    /// Every device.
    pub fn read(&self) -> Result<KeptDevices, StoreError> {
        read(&self.connection)
    }

    /// Whether another connection has written to the database, whatever it was, since this was last asked.
    pub fn changed_elsewhere(&mut self) -> Result<bool, StoreError> {
        let version = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }

    /// Decides on one row in the light of all, and keeps it durably; nobody can change anything in between. Returns
    /// what is kept now. Errors: the database's or, within, whatever `decide` says; nothing is changed then.
    pub fn change<E>(
        &mut self,
        now: Timestamp,
        decide: impl FnOnce(&KeptDevices) -> Result<RowChange, E>,
    ) -> Result<Result<KeptDevices, E>, StoreError> {
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        match decide(&read(&transaction)?) {
            Ok(RowChange::Keep(device)) => keep(&transaction, &device)?,
            Ok(RowChange::Revoke(device)) => revoke(&transaction, &device, now)?,
            Err(error) => return Ok(Err(error)),
        }
        let kept = read(&transaction)?;
        transaction.commit()?;
        Ok(Ok(kept))
    }
}

fn read(connection: &Connection) -> Result<KeptDevices, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT device, role, room, secret_hash, broker_hash, station, name, place, speaks, added_at
         FROM device WHERE revoked_at IS NULL ORDER BY device",
    )?;
    let devices = statement.query_map([], |row| {
        let id: DeviceId = word(row.get(0)?)?;
        // An earlier program knew no names.
        let name = Some(row.get(6)?).filter(|name: &String| !name.is_empty());
        Ok(StoredDevice {
            name: name.unwrap_or_else(|| id.to_string()),
            device: Device {
                id,
                role: word(row.get(1)?)?,
                room: row.get::<_, Option<String>>(2)?.map(word).transpose()?,
                station: row.get::<_, Option<String>>(5)?.map(word).transpose()?,
                place: row.get(7)?,
                speaks: row.get(8)?,
            },
            added_at: row.get::<_, Option<String>>(9)?.map(word).transpose()?,
            secret_hash: row.get(3)?,
            broker_hash: row.get(4)?,
        })
    })?;
    let devices = devices.collect::<Result<_, _>>()?;
    let mut statement =
        connection.prepare_cached("SELECT device FROM device WHERE revoked_at IS NOT NULL")?;
    let revoked = statement.query_map([], |row| word(row.get(0)?))?;
    Ok(KeptDevices { devices, revoked: revoked.collect::<Result<_, _>>()? })
}

fn keep(connection: &Connection, kept: &StoredDevice) -> Result<(), StoreError> {
    let device = &kept.device;
    let role = serde_json::to_value(device.role).ok();
    connection.execute(
        "INSERT INTO device (device, role, room, secret_hash, broker_hash, station, name, place, speaks, added_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (device) DO UPDATE SET room = ?3, station = ?6, name = ?7, place = ?8, speaks = ?9",
        params![
            device.id.as_str(),
            role.as_ref().and_then(serde_json::Value::as_str),
            device.room.as_ref().map(RoomName::as_str),
            kept.secret_hash,
            kept.broker_hash,
            device.station.as_ref().map(StationId::as_str),
            kept.name,
            device.place,
            device.speaks,
            kept.added_at.map(|at| at.to_string()),
        ],
    )?;
    Ok(())
}

fn revoke(connection: &Connection, device: &DeviceId, now: Timestamp) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE device SET revoked_at = ?2, secret_hash = X'', broker_hash = '' WHERE device = ?1",
        params![device.as_str(), now.to_string()],
    )?;
    Ok(())
}
