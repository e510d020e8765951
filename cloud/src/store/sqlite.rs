//! One SQLite file: WAL, `synchronous=FULL`, one writing connection.

mod records;

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use rusqlite::{Connection, OpenFlags, Transaction, params};

use super::{EachRow, End, JournalRow, Lists, MessageRow, OrderRow, RelayRow, Rows, Store, StoreError};

pub use records::SqliteRecords;

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The writing side.
#[derive(Debug)]
pub struct SqliteStore {
    file: PathBuf,
    connection: Connection,
}

impl SqliteStore {
    /// Opens the database of a folder, and brings its tables up to date. Errors: see [`StoreError`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let file = folder.join("cloud.db");
        let mut connection = open_for_writing(&file)?;
        migrations::migrations::runner()
            .run(&mut connection)
            .map_err(|error| failed("bringing the tables up to date", anyhow!(error)))?;
        Ok(Self { file, connection })
    }

    /// The reading side. Errors: see [`StoreError`].
    pub fn records(&self) -> SqliteRecords {
        SqliteRecords::new(&self.file)
    }

    fn write(&mut self, row: &JournalRow, lists: &Lists) -> rusqlite::Result<()> {
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached("insert into journal (seq, entries, digest) values (?1, ?2, ?3)")?
            .execute(params![row.seq, row.entries, row.digest])?;
        for message in &lists.messages {
            write_message(&transaction, message)?;
        }
        for order in &lists.orders {
            write_order(&transaction, order)?;
        }
        for relay in &lists.relays {
            write_relay(&transaction, relay)?;
        }
        transaction.commit()
    }
}

impl Rows for SqliteStore {
    fn rows(&mut self, each: &mut EachRow<'_>) -> Result<End, StoreError> {
        let wrong = |error| sqlite_error("reading the journal", error);
        let mut statement = self
            .connection
            .prepare("select seq, entries, digest from journal order by seq")
            .map_err(wrong)?;
        let mut rows = statement.query([]).map_err(wrong)?;
        let mut end = End::BEGINNING;
        while let Some(row) = rows.next().map_err(wrong)? {
            let row = journal_row(row).map_err(wrong)?;
            end = end.follow(&row)?;
            each(&row)?;
        }
        Ok(end)
    }
}

impl Store for SqliteStore {
    fn keep(&mut self, row: &JournalRow, lists: &Lists) -> Result<(), StoreError> {
        self.write(row, lists).map_err(|error| sqlite_error("keeping a commit", error))
    }

    /// The folder's lock ends with the process alone.
    fn holds(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn journal_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<JournalRow> {
    Ok(JournalRow { seq: row.get(0)?, entries: row.get(1)?, digest: row.get(2)? })
}

fn open_for_writing(file: &Path) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // Every commit is on the disk before anybody is told of it.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(16);
        Ok(connection)
    };
    open().map_err(|error| sqlite_error("opening the database", error))
}

fn open_for_reading(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(std::time::Duration::from_secs(2))?;
    Ok(connection)
}

fn write_message(transaction: &Transaction<'_>, row: &MessageRow) -> rusqlite::Result<()> {
    let view = serde_json::to_string(&row.view).expect("a view is plain data with text keys");
    transaction
        .prepare_cached(
            "insert into message (brand, sms, state, asked_us, view, kind, shop, carrier, reason, units)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             on conflict (brand, sms) do update set state = excluded.state, view = excluded.view,
               carrier = excluded.carrier, reason = excluded.reason",
        )?
        .execute(params![
            row.key.brand.as_str(),
            row.key.sms.to_string(),
            row.view.state.word(),
            row.view.requested_at.as_microsecond(),
            view,
            row.view.kind.word(),
            row.view.shop.as_ref().map(|shop| shop.as_str()),
            row.view.carrier.as_ref().map(ToString::to_string),
            row.view.reason_code.as_ref().map(|reason| reason.as_str()),
            row.view.units,
        ])?;
    Ok(())
}

fn write_order(transaction: &Transaction<'_>, row: &OrderRow) -> rusqlite::Result<()> {
    let view = serde_json::to_string(&row.view).expect("a view is plain data with text keys");
    transaction
        .prepare_cached(
            "insert into catering_order
               (brand, shop, order_id, day, number, placed_us, is_open, portions, view)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             on conflict (brand, shop, order_id) do update set
               day = excluded.day, number = excluded.number, placed_us = excluded.placed_us,
               is_open = excluded.is_open, portions = excluded.portions, view = excluded.view",
        )?
        .execute(params![
            row.at.brand.as_str(),
            row.at.shop.as_str(),
            row.view.order.to_string(),
            row.view.day.to_string(),
            row.view.number.0,
            row.view.placed_at.as_microsecond(),
            row.is_open(),
            row.portions(),
            view,
        ])?;
    Ok(())
}

fn write_relay(transaction: &Transaction<'_>, row: &RelayRow) -> rusqlite::Result<()> {
    let view = serde_json::to_string(&row.view).expect("a view is plain data with text keys");
    transaction
        .prepare_cached(
            "insert into relay (brand, message, shop, channel, state, kept_us, asked_us, view)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             on conflict (brand, message) do update set state = excluded.state, view = excluded.view",
        )?
        .execute(params![
            row.key.brand.as_str(),
            row.key.message.to_string(),
            row.view.shop.as_str(),
            row.view.channel.word(),
            row.view.state.word(),
            row.view.kept_at.as_microsecond(),
            row.view.asked_at.as_microsecond(),
            view,
        ])?;
    Ok(())
}

fn failed(doing: &'static str, source: anyhow::Error) -> StoreError {
    StoreError::Failed { doing, source }
}

/// A failed fsync cannot be repeated: the kernel may have dropped what it could not write.
fn sqlite_error(doing: &'static str, error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::SystemIoFailure | rusqlite::ErrorCode::DatabaseCorrupt) => {
            StoreError::Untrusted { doing, source: anyhow!(error) }
        }
        Some(_) | None => failed(doing, anyhow!(error)),
    }
}
