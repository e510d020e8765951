//! Two SQLite files in a folder, each with one connection that writes: the journal, which is synced at every commit,
//! and the lists, which can be made again from it and are not.

mod projection;
mod records;

use std::path::Path;

use anyhow::anyhow;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

use super::segment::{self, Pieces, Segment};
use super::{EachRow, End, JournalRow, Rows, Store, StoreError};

pub use projection::SqliteProjection;
pub use records::SqliteRecords;

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// Pages in the journal's log when they are moved into its file, which whoever asks in person then waits for: about one
/// commit in a thousand. Each commit writes the last page of the table again, so most of them are moved once for many.
const CHECKPOINT_PAGES: i64 = 4_096;

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
        connection
            .pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
            .map_err(|error| sqlite_error("setting the journal up", error))?;
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

    fn put_away(&mut self, segment: &Segment) -> rusqlite::Result<()> {
        let Segment { first, last, before, digest, rows } = segment;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached(
                "insert into journal_segment (first_seq, last_seq, digest_before, digest, packed)
                 values (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![first, last, before, digest, rows])?;
        // What was deleted leaves pages that the next rows are written to.
        transaction
            .prepare_cached("delete from journal where seq between ?1 and ?2")?
            .execute([first, last])?;
        transaction.commit()
    }
}

impl Rows for SqliteStore {
    fn rows_after(&mut self, from: End, each: &mut EachRow<'_>) -> Result<End, StoreError> {
        segment::read_after(self, from, each)
    }

    fn has(&mut self, end: End) -> Result<bool, StoreError> {
        segment::has(self, end)
    }
}

impl Pieces for SqliteStore {
    fn rows_between(&mut self, first: i64, end: i64, limit: i64) -> Result<Vec<JournalRow>, StoreError> {
        let text =
            "select seq, entries, digest from journal where seq >= ?1 and seq < ?2 order by seq limit ?3";
        let read = |connection: &Connection| {
            let mut statement = connection.prepare_cached(text)?;
            let rows = statement.query_map([first, end, limit], journal_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read(&self.connection).map_err(|error| sqlite_error("reading the journal", error))
    }

    fn segment_with(&mut self, seq: i64) -> Result<Option<Segment>, StoreError> {
        let text = "select first_seq, last_seq, digest_before, digest, packed from journal_segment
                    where first_seq <= ?1 and last_seq >= ?1 order by first_seq desc limit 1";
        let read = |connection: &Connection| {
            connection.prepare_cached(text)?.query_row([seq], segment_row).optional()
        };
        read(&self.connection).map_err(|error| sqlite_error("reading old rows of the journal", error))
    }

    fn segments_end(&mut self) -> Result<End, StoreError> {
        let text = "select last_seq, digest from journal_segment order by first_seq desc limit 1";
        let end = |row: &rusqlite::Row<'_>| Ok(End { seq: row.get(0)?, digest: row.get(1)? });
        let found = self.connection.query_row(text, [], end).optional();
        let found = found.map_err(|error| sqlite_error("looking for the old rows of the journal", error))?;
        Ok(found.unwrap_or(End::BEGINNING))
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

    fn compact(&mut self, before: i64) -> Result<bool, StoreError> {
        let Some(segment) = segment::next_segment(self, before)? else { return Ok(false) };
        self.put_away(&segment).map_err(|error| sqlite_error("packing old rows of the journal", error))?;
        Ok(true)
    }
}

fn journal_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<JournalRow> {
    Ok(JournalRow { seq: row.get(0)?, entries: row.get(1)?, digest: row.get(2)? })
}

fn segment_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Segment> {
    let (first, last) = (row.get(0)?, row.get(1)?);
    Ok(Segment { first, last, before: row.get(2)?, digest: row.get(3)?, rows: row.get(4)? })
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
