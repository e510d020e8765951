//! The printers' spool: slips that wait, in a database of their own, and how far the journal has been read.
//!
//! Deliberately absent: printers. Who sends a slip, and when, is not decided here.

use std::collections::BTreeMap;
use std::path::Path;

use edge_core::slip::{Dark, Slip};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use shared::id::{PrinterId, StreamId};
use utoipa::ToSchema;

use super::{StoreError, parse, prepare, word};

mod embedded {
    refinery::embed_migrations!("migrations-print");
}

/// A slip's place in the spool: later ones are higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct SlipId(pub i64);

/// A slip on its way into the spool.
#[derive(Debug, Clone)]
pub struct NewSlip {
    /// What it comes from: the same twice is one slip.
    pub source: String,
    /// Where it goes.
    pub printer: PrinterId,
    /// When what it tells happened.
    pub made_at: Timestamp,
    /// What stands on it.
    pub slip: Slip,
}

/// A slip whose turn it is.
#[derive(Debug, Clone)]
pub struct DueSlip {
    /// Its place.
    pub id: SlipId,
    /// What stands on it.
    pub slip: Slip,
    /// When what it tells happened.
    pub made_at: Timestamp,
    /// A part of it may be on paper already.
    pub doubtful: bool,
    /// It was stale, and somebody wanted it all the same.
    pub released: bool,
}

/// A slip in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListedSlip {
    /// Its place.
    #[schema(value_type = i64)]
    pub id: SlipId,
    /// In one line.
    pub title: String,
    /// When what it tells happened, or when it was released.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Too old to be printed unasked: print it, yes or no?
    pub stale: bool,
}

/// How many slips a printer has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waiting {
    /// They will be printed.
    pub waiting: u32,
    /// They wait for somebody's word.
    pub stale: u32,
}

/// How far the journal has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The last fact whose slips are in the spool.
    pub seen: u64,
    /// What printers stand in for.
    pub dark: Dark,
}

/// The one writer of the spool.
#[derive(Debug)]
pub struct Spool {
    connection: Connection,
}

impl Spool {
    /// Opens the spool in `folder`, creating it when there is none. What was being sent when the last run ended may
    /// be on paper or not.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(folder.join("print.db"))?;
        prepare(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        embedded::migrations::runner().run(&mut connection)?;
        connection.execute("UPDATE slip SET state = 'waiting', doubtful = 1 WHERE state = 'sending'", [])?;
        Ok(Self { connection })
    }

    /// Where to read on in this journal. A journal that was never read is read from its present end: nobody wants
    /// the slips of last week.
    pub fn reading(&self, stream: StreamId, end: u64) -> Result<Reading, StoreError> {
        let kept = self
            .connection
            .query_row("SELECT seen_seq, dark FROM reading WHERE stream = ?1", [stream.to_string()], |row| {
                Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?))
            })
            .optional()?;
        if let Some((seen, dark)) = kept {
            return Ok(Reading { seen, dark: parse(&dark, "what is dark")? });
        }
        let reading = Reading { seen: end, dark: Dark::default() };
        self.connection.execute(
            "INSERT INTO reading (only_row, stream, seen_seq, dark) VALUES (1, ?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET stream = ?1, seen_seq = ?2, dark = ?3",
            params![stream.to_string(), reading.seen, json(&reading.dark)],
        )?;
        Ok(reading)
    }

    /// Keeps slips and how far the journal has been read with them, in one transaction.
    pub fn keep(&mut self, slips: &[NewSlip], reading: &Reading) -> Result<(), StoreError> {
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        for new in slips {
            insert(&transaction, new)?;
        }
        transaction
            .prepare_cached("UPDATE reading SET seen_seq = ?1, dark = ?2")?
            .execute(params![reading.seen, json(&reading.dark)])?;
        transaction.commit()?;
        Ok(())
    }

    /// Keeps a slip that comes from no fact.
    pub fn add(&mut self, new: &NewSlip) -> Result<(), StoreError> {
        insert(&self.connection, new).map_err(StoreError::from)
    }

    /// The slip whose turn it is at a printer. What is older than `limit` goes aside first.
    pub fn next(
        &mut self,
        printer: &PrinterId,
        now: Timestamp,
        limit: SignedDuration,
    ) -> Result<Option<DueSlip>, StoreError> {
        let oldest = now.checked_sub(limit).unwrap_or(Timestamp::MIN).as_millisecond();
        self.connection
            .prepare_cached(
                "UPDATE slip SET state = 'stale' WHERE printer = ?1 AND state = 'waiting' AND made_ms < ?2",
            )?
            .execute(params![printer.as_str(), oldest])?;
        let mut statement = self.connection.prepare_cached(
            "SELECT id, body, made_ms, doubtful, released FROM slip
             WHERE printer = ?1 AND state = 'waiting' ORDER BY id LIMIT 1",
        )?;
        let found = statement
            .query_row([printer.as_str()], |row| {
                let due = (row.get(0)?, moment(row, 2)?, row.get(3)?, row.get(4)?);
                Ok((due, row.get::<_, String>(1)?))
            })
            .optional()?;
        let Some(((id, made_at, doubtful, released), body)) = found else { return Ok(None) };
        let slip = parse(&body, "a slip")?;
        Ok(Some(DueSlip { id: SlipId(id), slip, made_at, doubtful, released }))
    }

    /// It is about to be sent: from now on it may be on paper.
    pub fn sending(&mut self, slip: SlipId) -> Result<(), StoreError> {
        self.change("UPDATE slip SET state = 'sending' WHERE id = ?1 AND state = 'waiting'", slip).map(drop)
    }

    /// It was not printed after all. `doubtful`: a part of it may have been.
    pub fn not_printed(&mut self, slip: SlipId, doubtful: bool) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE slip SET state = 'waiting', doubtful = doubtful OR ?2 WHERE id = ?1 AND state = 'sending'",
            params![slip.0, doubtful],
        )?;
        Ok(())
    }

    /// It is on paper.
    pub fn printed(&mut self, slip: SlipId) -> Result<(), StoreError> {
        self.change("DELETE FROM slip WHERE id = ?1 AND state = 'sending'", slip).map(drop)
    }

    /// A stale slip is wanted all the same. Returns whether there was one.
    pub fn release(&mut self, slip: SlipId, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self.connection.execute(
            "UPDATE slip SET state = 'waiting', released = 1, made_ms = ?2 WHERE id = ?1 AND state = 'stale'",
            params![slip.0, now.as_millisecond()],
        )?;
        Ok(changed > 0)
    }

    /// A stale slip is not wanted. Returns whether there was one.
    pub fn drop_stale(&mut self, slip: SlipId) -> Result<bool, StoreError> {
        self.change("DELETE FROM slip WHERE id = ?1 AND state = 'stale'", slip)
    }

    /// What a printer still has, oldest first.
    pub fn list(&self, printer: &PrinterId, count_max: usize) -> Result<Vec<ListedSlip>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, body, made_ms, state = 'stale' FROM slip WHERE printer = ?1 ORDER BY id LIMIT ?2",
        )?;
        let rows = statement.query_map(params![printer.as_str(), count_max], |row| {
            Ok((SlipId(row.get(0)?), row.get::<_, String>(1)?, moment(row, 2)?, row.get(3)?))
        })?;
        let listed = rows.map(|row| {
            let (id, body, made_at, stale) = row?;
            let slip: Slip = parse(&body, "a slip")?;
            Ok(ListedSlip { id, title: slip.title, made_at, stale })
        });
        listed.collect()
    }

    /// How much every printer has.
    pub fn waiting(&self) -> Result<BTreeMap<PrinterId, Waiting>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT printer, count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'stale')
             FROM slip GROUP BY printer",
        )?;
        let counted = statement.query_map([], |row| {
            Ok((word(row.get(0)?)?, Waiting { waiting: row.get(1)?, stale: row.get(2)? }))
        })?;
        Ok(counted.collect::<Result<_, _>>()?)
    }

    /// Forgets what waits for a printer that there is no more. Returns how much.
    pub fn forget(&mut self, printer: &PrinterId) -> Result<usize, StoreError> {
        Ok(self.connection.execute("DELETE FROM slip WHERE printer = ?1", [printer.as_str()])?)
    }

    fn change(&self, statement: &str, slip: SlipId) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached(statement)?.execute([slip.0])? > 0)
    }
}

fn insert(connection: &Connection, new: &NewSlip) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO slip (source, printer, made_ms, body, state) VALUES (?1, ?2, ?3, ?4, 'waiting')
             ON CONFLICT (source) DO NOTHING",
        )?
        .execute(params![new.source, new.printer.as_str(), new.made_at.as_millisecond(), json(&new.slip)])
        .map(drop)
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let milliseconds: i64 = row.get(column)?;
    Timestamp::from_millisecond(milliseconds)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, milliseconds))
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("slips and stations have string keys and no foreign types")
}
