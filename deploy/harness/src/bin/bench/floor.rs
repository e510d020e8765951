//! The floor of durable orders: the very rows that the box wrote last, committed by SQLite alone into a copy of the
//! box's database that lacks them, with the same promises (WAL, every commit synced) and the same settings.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use rusqlite::types::Value;
use rusqlite::{Connection, TransactionBehavior, params_from_iter};

/// As the box: see `CACHE_KIB` in `edge/src/store.rs`.
const CACHE_KIB: i64 = 8 * 1024;

/// The rows of one order, each with the place of its table in [`TABLES`].
type OrderRows = Vec<(usize, Vec<Value>)>;

/// A table of which the box writes rows for an order, and how they are found by the order's `order_seq`.
struct Table {
    name: &'static str,
    select: &'static str,
    delete: &'static str,
}

const TABLES: [Table; 4] = [
    Table {
        name: "fact",
        select: "SELECT * FROM fact WHERE order_seq = ?1",
        delete: "DELETE FROM fact WHERE order_seq = ?1",
    },
    Table {
        name: "request",
        select: "SELECT request.* FROM catering_order AS visit
                 JOIN request ON request.device = visit.placed_by AND request.request = visit.order_id
                 WHERE visit.order_seq = ?1",
        delete: "DELETE FROM request WHERE (device, request) =
                 (SELECT placed_by, order_id FROM catering_order WHERE order_seq = ?1)",
    },
    Table {
        name: "catering_order",
        select: "SELECT * FROM catering_order WHERE order_seq = ?1",
        delete: "DELETE FROM catering_order WHERE order_seq = ?1",
    },
    Table {
        name: "catering_order_goods",
        select: "SELECT * FROM catering_order_goods WHERE order_seq = ?1",
        delete: "DELETE FROM catering_order_goods WHERE order_seq = ?1",
    },
];

/// Orders waiting to be written again by SQLite alone.
#[derive(Debug)]
pub(crate) struct Floor {
    connection: Connection,
    inserts: Vec<String>,
    orders: std::vec::IntoIter<OrderRows>,
}

impl Floor {
    /// Copies the box's database to `path` and takes the last `count` orders out of the copy, to be written into it
    /// again: a floor that began with empty tables would be spared what full ones cost.
    pub(crate) fn copied(box_database: &Connection, path: &Path, count: usize) -> anyhow::Result<Self> {
        let path = path.to_str().context("the floor's path is text")?;
        box_database.execute("VACUUM INTO ?1", [path]).context("copying the box's database")?;
        let connection = Connection::open(path).context("opening the floor's database")?;
        connection.pragma_update(None, "journal_mode", "WAL").context("setting WAL")?;
        connection.pragma_update(None, "synchronous", "FULL").context("setting FULL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB).context("setting the cache")?;
        let last = "SELECT order_seq FROM catering_order ORDER BY order_seq DESC LIMIT ?1";
        let mut order_seqs: Vec<i64> = connection
            .prepare(last)?
            .query_map([count], |row| row.get(0))?
            .collect::<Result<_, _>>()
            .context("reading the last orders")?;
        order_seqs.reverse();
        let orders: Vec<_> =
            order_seqs.iter().map(|order| rows_of(&connection, *order)).collect::<anyhow::Result<_>>()?;
        let inserts = TABLES
            .iter()
            .enumerate()
            .map(|(place, table)| {
                let sample = orders.iter().flatten().find(|(of, _)| *of == place);
                let (_, values) =
                    sample.with_context(|| format!("the box wrote nothing to {}", table.name))?;
                Ok(format!("INSERT INTO {} VALUES ({})", table.name, vec!["?"; values.len()].join(", ")))
            })
            .collect::<anyhow::Result<_>>()?;
        let mut floor = Self { connection, inserts, orders: orders.into_iter() };
        floor.take_out(&order_seqs)?;
        Ok(floor)
    }

    fn take_out(&mut self, orders: &[i64]) -> anyhow::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for order in orders {
            // In this order: a request is found by its order's row.
            for table in &TABLES {
                transaction.prepare_cached(table.delete)?.execute([order])?;
            }
        }
        transaction.commit()?;
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        self.connection.query_row(checkpoint, [], |_| Ok(())).context("clearing the floor's log")
    }

    /// Writes the next `count` orders in one durable commit. `None` when so many are not left.
    pub(crate) fn commit(&mut self, count: usize) -> anyhow::Result<Option<Duration>> {
        let batch: Vec<_> = self.orders.by_ref().take(count).collect();
        if batch.len() < count {
            return Ok(None);
        }
        let began = Instant::now();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (place, values) in batch.iter().flatten() {
            transaction.prepare_cached(&self.inserts[*place])?.execute(params_from_iter(values))?;
        }
        transaction.prepare_cached("UPDATE journal SET last_seq = last_seq + 1")?.execute([])?;
        transaction.commit()?;
        Ok(Some(began.elapsed()))
    }
}

fn rows_of(database: &Connection, order: i64) -> anyhow::Result<OrderRows> {
    let mut found = Vec::new();
    for (place, table) in TABLES.iter().enumerate() {
        let mut statement = database.prepare_cached(table.select)?;
        let width = statement.column_count();
        let mut rows = statement.query([order])?;
        while let Some(row) = rows.next()? {
            found.push((place, (0..width).map(|at| row.get(at)).collect::<Result<_, _>>()?));
        }
    }
    Ok(found)
}
