//! The box's database: SQLite, WAL, every commit synced to the disk before anybody is told.
//!
//! SQL stands here and in the files beneath, nowhere else. One [`Store`] writes, and only the counter has it;
//! a [`JournalReader`] reads on its own connection.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use edge_core::number::Numbering;
use edge_core::shop::Resumed;
use jiff::Timestamp;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::fact::{Fact, Recorded};
use shared::id::{DeviceId, RequestId, StreamId};
use shared::order::OrderState;
use shared::quantity::{BusinessDay, OrderNumber};

mod calling;
mod devices;
mod managers;
mod menu;
pub mod messages;
mod projection;
mod reader;
pub mod spool;
mod times;

pub use devices::{DeviceTable, KeptDevices, RowChange, StoredDevice};
pub use managers::StoredManager;
pub use reader::JournalReader;
pub use times::{MadeLine, TimesReader};

/// How long a second program waits for the first one's commit.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Answers are kept this long: a pad that was away for a night may still ask again.
const ANSWERS_KEPT_SECONDS: i64 = 48 * 3600;
/// Prepared statements kept; more than the program has.
const STATEMENTS_KEPT: usize = 64;
/// Pages of the database that the writer keeps in memory, in KiB. SQLite's own 2 MiB are read over again in a rush:
/// the answers to repeats (K11) lie all over their table.
const CACHE_KIB: i64 = 8 * 1024;
/// Pages by which the log has grown when it is cleared: 18 MiB. An order on its own dirties nine, one in a rush three, so the one in
/// five hundred that has to wait for a clearing is beyond the p99.
const PAGES_BETWEEN_CLEARINGS: usize = 4_608;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("the database refused: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The tables could not be brought to this program's version.
    #[error("the database could not be brought up to date")]
    Migration(#[from] refinery::Error),
    /// Something was kept that this program cannot read.
    #[error("the database holds {what} that this program cannot read")]
    Unreadable {
        /// What it is.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
}

/// A fact on its way into the journal.
#[derive(Debug)]
pub struct Entry {
    /// The fact.
    pub recorded: Recorded,
    /// Its text, as it will be kept and sent.
    pub body: String,
    /// The order it is about, if it is about one.
    pub visit: Option<Visit>,
}

/// An order as a fact leaves it.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    /// Sequence number of the fact that opened it.
    pub order_seq: u64,
    /// Where it is now.
    pub state: OrderState,
    /// Whether screens show it.
    pub on_board: bool,
}

/// An answer to keep for a repeat of the request (K11).
#[derive(Debug)]
pub struct KeptAnswer {
    /// Who asked.
    pub device: DeviceId,
    /// The request.
    pub request: RequestId,
    /// SHA-256 of what was asked.
    pub body_hash: [u8; 32],
    /// The answer, as JSON.
    pub answer: Arc<str>,
}

/// What one commit keeps: all of it or nothing.
#[derive(Debug, Default)]
pub struct Batch {
    /// New facts, in order.
    pub entries: Vec<Entry>,
    /// Answers to the requests that caused them.
    pub answers: Vec<KeptAnswer>,
    /// What the cloud is known to have.
    pub acked: u64,
    /// The last of the cloud's news, when there were any.
    pub news: Option<u64>,
}

impl Batch {
    /// The last number it gives, with its day (K2).
    fn last_number(&self) -> Option<(BusinessDay, OrderNumber)> {
        self.entries.iter().rev().find_map(|entry| {
            let Fact::OrderPlaced { day, number, .. } = &entry.recorded.fact else { return None };
            Some((*day, *number))
        })
    }
}

/// Where the journal stood when it was opened.
#[derive(Debug)]
pub struct Opened {
    /// This incarnation of the database.
    pub stream: StreamId,
    /// What the cloud was known to have.
    pub acked: u64,
    /// The last of the cloud's news.
    pub news: u64,
    /// The clock at the last fact.
    pub last_at: Option<Timestamp>,
    /// The shop but for its open orders.
    pub resumed: Resumed,
}

/// The one writer.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    pages_in_log: Arc<AtomicUsize>,
    /// How many of them are in the database's own file as well.
    pages_cleared: usize,
}

impl Store {
    /// Opens the database in `folder`, creating it with `new_stream` when there is none, and brings it up to
    /// date.
    pub fn open(folder: &Path, new_stream: StreamId) -> Result<Self, StoreError> {
        let mut connection = Connection::open(folder.join("box.db"))?;
        prepare(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        // Left to itself SQLite clears the log within a commit, while somebody waits.
        let pages_in_log = Arc::new(AtomicUsize::new(0));
        let counted = pages_in_log.clone();
        connection.wal_hook(Some(move |_: &mut Wal, pages| {
            counted.store(usize::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        embedded::migrations::runner().run(&mut connection)?;
        connection.execute(
            "INSERT INTO journal (only_row, stream, last_seq, acked_seq, menu_revision) VALUES (1, ?1, 0, 0, 0)
             ON CONFLICT DO NOTHING",
            [new_stream.to_string()],
        )?;
        Ok(Self { connection, pages_in_log, pages_cleared: 0 })
    }

    /// Reads where the journal stands.
    pub fn opened(&self) -> Result<Opened, StoreError> {
        let mut opened = self.connection.query_row(
            "SELECT stream, last_seq, acked_seq, last_day, last_number, menu_revision, menu_edited, last_at,
                    news_seq
             FROM journal",
            [],
            |row| {
                let day: Option<BusinessDay> = row.get::<_, Option<String>>(3)?.map(word).transpose()?;
                let number: Option<u32> = row.get(4)?;
                Ok(Opened {
                    stream: word(row.get(0)?)?,
                    acked: row.get(2)?,
                    news: row.get(8)?,
                    last_at: row.get::<_, Option<String>>(7)?.map(word).transpose()?,
                    resumed: Resumed {
                        revision: row.get(1)?,
                        numbering: Numbering::after(day.zip(number.map(OrderNumber))),
                        menu_revision: row.get(5)?,
                        menu_edited: row.get(6)?,
                        ..Resumed::default()
                    },
                })
            },
        )?;
        opened.resumed.stock = self.stock()?;
        opened.resumed.calls = self.calls()?;
        opened.resumed.on_duty = self.on_duty()?;
        (opened.resumed.announcements, opened.resumed.announcements_edited) = self.announcements()?;
        Ok(opened)
    }

    /// The facts of every order that is still on the board, in order.
    pub fn facts_of_the_board(&self) -> Result<Vec<Recorded>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT fact.body FROM catering_order AS visit JOIN fact USING (order_seq)
             WHERE visit.on_board = 1 ORDER BY fact.seq",
        )?;
        let bodies = statement.query_map([], |row| row.get::<_, String>(0))?;
        bodies.map(|body| parse(&body?, "a fact")).collect()
    }

    /// The kept answer to a request and the hash of what was asked.
    pub fn answer(
        &self,
        device: &DeviceId,
        request: RequestId,
    ) -> Result<Option<([u8; 32], String)>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT body_hash, answer FROM request WHERE device = ?1 AND request = ?2")?;
        let kept = statement
            .query_row(params![device.as_str(), request.to_string()], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(kept.optional()?)
    }

    /// Keeps a batch, durably, in one transaction. After an error nothing of it is kept.
    pub fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let Some(last) = batch.entries.last() else { return self.note_news(batch.news) };
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        for entry in &batch.entries {
            transaction
                .prepare_cached("INSERT INTO fact (seq, order_seq, body) VALUES (?1, ?2, ?3)")?
                .execute(params![entry.recorded.seq, entry.visit.map(|visit| visit.order_seq), entry.body])?;
            projection::apply(&transaction, entry)?;
        }
        let at_seconds = last.recorded.at.as_second();
        for kept in &batch.answers {
            transaction
                .prepare_cached(
                    "INSERT INTO request (device, request, body_hash, answer, at_seconds)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    kept.device.as_str(),
                    kept.request.to_string(),
                    kept.body_hash,
                    kept.answer,
                    at_seconds
                ])?;
        }
        let (day, number) = batch.last_number().unzip();
        transaction
            .prepare_cached(
                "UPDATE journal SET last_seq = ?1, acked_seq = ?2, last_at = ?3,
                        last_day = coalesce(?4, last_day), last_number = coalesce(?5, last_number),
                        news_seq = coalesce(?6, news_seq)",
            )?
            .execute(params![
                last.recorded.seq,
                batch.acked,
                last.recorded.at.to_string(),
                day.map(|day| day.to_string()),
                number.map(|number| number.0),
                batch.news
            ])?;
        transaction.commit()?;
        Ok(())
    }

    /// News that are nothing to this shop, or cannot be read, are heard all the same.
    fn note_news(&self, news: Option<u64>) -> Result<(), StoreError> {
        if let Some(last) = news {
            self.connection.prepare_cached("UPDATE journal SET news_seq = ?1")?.execute([last])?;
        }
        Ok(())
    }

    /// Moves what the log holds into the database's own file, when enough has gathered. To be called when nobody
    /// waits. After an error everything is kept all the same, in the log.
    pub fn clear_log_if_due(&mut self) -> Result<(), StoreError> {
        let pages = self.pages_in_log.load(Ordering::Relaxed);
        if pages < self.pages_cleared {
            self.pages_cleared = 0; // Once cleared it was begun anew.
        }
        if pages - self.pages_cleared >= PAGES_BETWEEN_CLEARINGS {
            self.pages_cleared = pages;
            self.connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?.query_row([], |_| Ok(()))?;
        }
        Ok(())
    }

    /// Forgets answers that nobody will ask for again. Returns how many.
    pub fn forget_old_answers(&self, now: Timestamp) -> Result<usize, StoreError> {
        let oldest = now.as_second() - ANSWERS_KEPT_SECONDS;
        Ok(self.connection.execute("DELETE FROM request WHERE at_seconds < ?1", [oldest])?)
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(())
}

fn open_to_read(folder: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join("box.db"), flags)?;
    prepare(&connection)?;
    Ok(connection)
}

fn as_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Unreadable { what: "a value", source })
}

fn parse<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Unreadable { what, source })
}

/// Reads a value that is kept as a plain word: an id, a day, a state.
fn word<T: DeserializeOwned>(text: String) -> rusqlite::Result<T> {
    serde_json::from_value(serde_json::Value::String(text)).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}
