//! Reads the journal for the uplink and the printers, on a connection of its own, so that a long backlog never
//! holds the counter up.

use std::path::Path;

use rusqlite::{Connection, params};
use serde_json::value::RawValue;
use shared::fact::Recorded;
use shared::order::Order;

use super::{StoreError, open_to_read, parse};

/// A reader of the journal.
#[derive(Debug)]
pub struct JournalReader {
    pub(super) connection: Connection,
}

impl JournalReader {
    /// Opens the database that a [`super::Store`] has created in `folder`.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open_to_read(folder)? })
    }

    /// The facts from `from`, as stored: at most `count_max`, and no more than one over `bytes_max`.
    pub fn facts_from(
        &self,
        from: u64,
        count_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT body FROM fact WHERE seq >= ?1 ORDER BY seq LIMIT ?2")?;
        let mut rows = statement.query(params![from, count_max])?;
        let (mut facts, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let body: String = row.get(0)?;
            bytes += body.len();
            if bytes > bytes_max && !facts.is_empty() {
                break;
            }
            let fact = RawValue::from_string(body);
            facts.push(fact.map_err(|source| StoreError::Unreadable { what: "a fact", source })?);
        }
        Ok(facts)
    }

    /// The order that a fact is about, as it was with that fact. `None` when it is about no order.
    pub fn order_at(&self, seq: u64) -> Result<Option<Order>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT body FROM fact WHERE order_seq = (SELECT order_seq FROM fact WHERE seq = ?1) AND seq <= ?1
             ORDER BY seq",
        )?;
        let bodies = statement.query_map([seq], |row| row.get::<_, String>(0))?;
        let mut order: Option<Order> = None;
        for body in bodies {
            let recorded: Recorded = parse(&body?, "a fact")?;
            match &mut order {
                Some(order) => order.apply(&recorded),
                None => order = Order::open(&recorded),
            }
        }
        Ok(order)
    }
}
