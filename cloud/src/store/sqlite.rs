//! One SQLite file: WAL, `synchronous=FULL`, one writing connection.

mod records;

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use cloud_core::entry::Entry;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

use super::{Commit, MessageRow, OrderRow, RelayRow, Store, StoreError};

pub use records::SqliteRecords;

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The digest before the first row.
const BEGINNING: [u8; 32] = [0; 32];

/// The writing side.
#[derive(Debug)]
pub struct SqliteStore {
    file: PathBuf,
    connection: Connection,
    seq: i64,
    digest: [u8; 32],
}

impl SqliteStore {
    /// Opens the database of a folder, and brings its tables up to date. Errors: see [`StoreError`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let file = folder.join("cloud.db");
        let mut connection = open_for_writing(&file)?;
        migrations::migrations::runner()
            .run(&mut connection)
            .map_err(|error| failed("bringing the tables up to date", anyhow!(error)))?;
        let mut store = Self { file, connection, seq: 0, digest: BEGINNING };
        store.find_end()?;
        Ok(store)
    }

    /// The reading side. Errors: see [`StoreError`].
    pub fn records(&self) -> SqliteRecords {
        SqliteRecords::new(&self.file)
    }

    fn find_end(&mut self) -> Result<(), StoreError> {
        let last = self
            .connection
            .query_row("select seq, digest from journal order by seq desc limit 1", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?))
            })
            .optional()
            .map_err(|error| sqlite_error("looking for the end of the journal", error))?;
        (self.seq, self.digest) = last.unwrap_or((0, BEGINNING));
        Ok(())
    }

    fn write(&mut self, commit: &Commit) -> rusqlite::Result<(i64, [u8; 32])> {
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let entries = serde_json::to_vec(&commit.entries).expect("entries are plain data with text keys");
        let (seq, digest) = (self.seq + 1, chained(&self.digest, &entries));
        transaction
            .prepare_cached("insert into journal (seq, entries, digest) values (?1, ?2, ?3)")?
            .execute(params![seq, entries, digest])?;
        for message in &commit.messages {
            write_message(&transaction, message)?;
        }
        for order in &commit.orders {
            write_order(&transaction, order)?;
        }
        for relay in &commit.relays {
            write_relay(&transaction, relay)?;
        }
        transaction.commit()?;
        Ok((seq, digest))
    }
}

impl Store for SqliteStore {
    fn load(&mut self, each: &mut dyn FnMut(Vec<Entry>)) -> Result<(), StoreError> {
        const DOING: &str = "reading the journal";
        let mut statement = self
            .connection
            .prepare("select seq, entries, digest from journal order by seq")
            .map_err(|error| sqlite_error(DOING, error))?;
        let mut rows = statement.query([]).map_err(|error| sqlite_error(DOING, error))?;
        let (mut expected, mut before) = (1, BEGINNING);
        while let Some(row) = rows.next().map_err(|error| sqlite_error(DOING, error))? {
            let read = || -> rusqlite::Result<(i64, Vec<u8>, [u8; 32])> {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            };
            let (seq, entries, digest) = read().map_err(|error| sqlite_error(DOING, error))?;
            let damaged = |what: String| StoreError::Damaged { row: expected, what };
            if seq != expected {
                return Err(damaged(format!("row {seq} comes next")));
            }
            if chained(&before, &entries) != digest {
                return Err(damaged("its digest does not fit".to_owned()));
            }
            each(serde_json::from_slice(&entries).map_err(|error| damaged(error.to_string()))?);
            (expected, before) = (seq + 1, digest);
        }
        drop(rows);
        drop(statement);
        (self.seq, self.digest) = (expected - 1, before);
        Ok(())
    }

    fn commit(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let written = self.write(commit).map_err(|error| sqlite_error("keeping a commit", error))?;
        (self.seq, self.digest) = written;
        Ok(())
    }
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

fn chained(before: &[u8; 32], entries: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(before).chain_update(entries).finalize().into()
}

fn write_message(transaction: &Transaction<'_>, row: &MessageRow) -> rusqlite::Result<()> {
    let view = serde_json::to_string(&row.view).expect("a view is plain data with text keys");
    transaction
        .prepare_cached(
            "insert into message (brand, sms, state, asked_us, view) values (?1, ?2, ?3, ?4, ?5)
             on conflict (brand, sms) do update set state = excluded.state, view = excluded.view",
        )?
        .execute(params![
            row.key.brand.as_str(),
            row.key.sms.to_string(),
            row.view.state.word(),
            row.view.requested_at.as_microsecond(),
            view,
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
