//! Who may take back what was begun, and the hashes of their PINs.

use rusqlite::params;
use shared::guest::ManagerName;

use super::{JournalReader, Store, StoreError, word};

/// A manager as kept. The PIN itself is not.
#[derive(Debug, Clone)]
pub struct StoredManager {
    /// The name.
    pub manager: ManagerName,
    /// Argon2, with its salt and cost.
    pub pin_hash: String,
}

impl Store {
    /// Keeps a manager; one who is known gets the new PIN.
    pub fn save_manager(&self, manager: &StoredManager) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO manager (manager, pin_hash) VALUES (?1, ?2)
             ON CONFLICT (manager) DO UPDATE SET pin_hash = excluded.pin_hash",
            params![manager.manager.as_str(), manager.pin_hash],
        )?;
        Ok(())
    }
}

impl JournalReader {
    /// Every manager, by name.
    pub fn managers(&self) -> Result<Vec<StoredManager>, StoreError> {
        let mut statement =
            self.connection.prepare("SELECT manager, pin_hash FROM manager ORDER BY manager")?;
        let managers = statement
            .query_map([], |row| Ok(StoredManager { manager: word(row.get(0)?)?, pin_hash: row.get(1)? }))?;
        Ok(managers.collect::<Result<_, _>>()?)
    }
}
