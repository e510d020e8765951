//! The floor of durable orders: the very rows that the box wrote, in the tables that it has, committed by SQLite
//! alone with the same promises (WAL, every commit synced).

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use rusqlite::types::Value;
use rusqlite::{Connection, TransactionBehavior, params_from_iter};

/// The rows of one order, each with the place of its table in [`TABLES`].
type OrderRows = Vec<(usize, Vec<Value>)>;

/// What the box writes for an order, and how its rows are found by the order's `order_seq`.
const TABLES: [(&str, &str); 4] = [
    ("fact", "SELECT * FROM fact WHERE order_seq = ?1"),
    (
        "request",
        "SELECT request.* FROM catering_order AS visit
         JOIN request ON request.device = visit.placed_by AND request.request = visit.order_id
         WHERE visit.order_seq = ?1",
    ),
    ("catering_order", "SELECT * FROM catering_order WHERE order_seq = ?1"),
    ("catering_order_goods", "SELECT * FROM catering_order_goods WHERE order_seq = ?1"),
];

/// Orders waiting to be written again by SQLite alone.
#[derive(Debug)]
pub(crate) struct Floor {
    connection: Connection,
    inserts: Vec<String>,
    orders: std::vec::IntoIter<OrderRows>,
}

impl Floor {
    /// Takes the tables and all orders from the box's database, and lays a fresh one with those tables at `path`.
    pub(crate) fn copied(box_database: &Connection, path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path).context("opening the floor's database")?;
        connection.pragma_update(None, "journal_mode", "WAL").context("setting WAL")?;
        connection.pragma_update(None, "synchronous", "FULL").context("setting FULL")?;
        let schema = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'";
        for sql in column::<String>(box_database, schema)? {
            connection.execute_batch(&sql).context("laying a table of the box")?;
        }
        let journal = row_of(box_database, "SELECT * FROM journal")?.context("the box has a journal")?;
        connection.execute(&insert("journal", journal.len()), params_from_iter(journal))?;
        let orders = column::<i64>(box_database, "SELECT order_seq FROM catering_order ORDER BY order_seq")?;
        let orders: Vec<_> =
            orders.into_iter().map(|order| rows_of(box_database, order)).collect::<anyhow::Result<_>>()?;
        let inserts = TABLES
            .iter()
            .enumerate()
            .map(|(place, (table, _))| {
                let sample = orders.iter().flatten().find(|(of, _)| *of == place);
                let (_, values) = sample.with_context(|| format!("the box wrote nothing to {table}"))?;
                Ok(insert(table, values.len()))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { connection, inserts, orders: orders.into_iter() })
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
    for (place, (_, select)) in TABLES.iter().enumerate() {
        let mut statement = database.prepare_cached(select)?;
        let width = statement.column_count();
        let mut rows = statement.query([order])?;
        while let Some(row) = rows.next()? {
            found.push((place, (0..width).map(|at| row.get(at)).collect::<Result<_, _>>()?));
        }
    }
    Ok(found)
}

fn row_of(database: &Connection, select: &str) -> anyhow::Result<Option<Vec<Value>>> {
    let mut statement = database.prepare(select)?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some((0..width).map(|at| row.get(at)).collect::<Result<_, _>>()?))
}

fn column<T: rusqlite::types::FromSql>(database: &Connection, select: &str) -> anyhow::Result<Vec<T>> {
    let mut statement = database.prepare(select)?;
    let values = statement.query_map([], |row| row.get(0))?;
    values.collect::<Result<_, _>>().context("reading the box's database")
}

fn insert(table: &str, width: usize) -> String {
    format!("INSERT INTO {table} VALUES ({})", vec!["?"; width].join(", "))
}
