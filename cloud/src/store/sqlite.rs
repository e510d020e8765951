//! Two SQLite files in a folder, each with one connection that writes: the journal, which is synced at every commit,
//! and the lists, which can be made again from it and are not.

mod projection;
mod records;

use std::path::Path;

use anyhow::anyhow;
use rusqlite::{Connection, OpenFlags, params};

use super::{EachRow, End, JournalRow, Rows, Store, StoreError};

pub use projection::SqliteProjection;
pub use records::SqliteRecords;

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The journal.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
}

impl SqliteStore {
    /// Opens the journal of a folder, and brings its tables up to date. Errors: see [`StoreError`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        // Every commit is on the disk before anybody is told of it.
        let mut connection = open_for_writing(&folder.join("cloud.db"), "full")?;
        migrations::migrations::runner()
            .run(&mut connection)
            .map_err(|error| failed("bringing the tables up to date", anyhow!(error)))?;
        Ok(Self { connection })
    }

    fn write(&mut self, row: &JournalRow) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("insert into journal (seq, entries, digest) values (?1, ?2, ?3)")?
            .execute(params![row.seq, row.entries, row.digest])?;
        Ok(())
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
    fn keep(&mut self, row: &JournalRow) -> Result<(), StoreError> {
        self.write(row).map_err(|error| sqlite_error("keeping a commit", error))
    }

    /// The folder's lock ends with the process alone.
    fn holds(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn journal_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<JournalRow> {
    Ok(JournalRow { seq: row.get(0)?, entries: row.get(1)?, digest: row.get(2)? })
}

fn open_for_writing(file: &Path, synchronous: &str) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
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

fn failed(doing: &'static str, source: anyhow::Error) -> StoreError {
    StoreError::Failed { doing, source }
}

/// A failed fsync cannot be repeated: the kernel may have dropped what it could not write.
fn sqlite_error(doing: &'static str, error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(
            rusqlite::ErrorCode::SystemIoFailure
            | rusqlite::ErrorCode::DatabaseCorrupt
            | rusqlite::ErrorCode::NotADatabase,
        ) => StoreError::Untrusted { doing, source: anyhow!(error) },
        Some(_) | None => failed(doing, anyhow!(error)),
    }
}
