//! The message centre's database: records with their lives, how far the journal has been looked at, and the
//! queue's clock.
//!
//! Everything in it follows from facts, so it is not synced with each commit: a power cut takes the last seconds, with
//! "looked at up to here", and they are looked at again. Syncing it would make every order wait for announcements.
//!
//! Deliberately absent: what is told when. That is decided in the core.

use std::path::{Path, PathBuf};
use std::time::Duration;

use edge_core::messages::{Anchor, Change, MachineTime, QueueTime, Record};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;
use shared::guest::Guest;
use shared::id::{AccountId, MessageId, StreamId};
use shared::message::{Channel, MessageEvent, MessageRecord, MessageState, MessageStep};

use super::{StoreError, parse, prepare, word};

mod embedded {
    refinery::embed_migrations!("migrations-messages");
}

/// The database's file in the state folder.
const FILE: &str = "messages.db";
/// Pages in the log when it is moved into the database: 16 MB. Its syncs are the only ones here, and a journal that
/// shares the disk waits for them.
const PAGES_BETWEEN_CLEARINGS: u32 = 4_096;
/// Records are kept this long …
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// … and no more than so many: a hundred megabytes.
const KEPT_MAX: u32 = 100_000;

/// A record that may still be told, or answered for.
#[derive(Debug, Clone)]
pub struct OpenRecord {
    /// The record.
    pub record: Record,
    /// When it is due.
    pub due: QueueTime,
    /// Where it stands.
    pub state: MessageState,
}

/// The one writer.
#[derive(Debug)]
pub struct MessageStore {
    connection: Connection,
}

impl MessageStore {
    /// Opens the database in `folder`, creating it when there is none.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(folder.join(FILE))?;
        prepare(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // What a power cut takes from here is looked at again: its facts have been synced in the journal.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "wal_autocheckpoint", PAGES_BETWEEN_CLEARINGS)?;
        embedded::migrations::runner().run(&mut connection)?;
        Ok(Self { connection })
    }

    /// The last fact of this journal that was looked at. A journal that was never looked at is begun at its present
    /// end: nobody wants to hear what was ordered last week.
    pub fn seen(&self, stream: StreamId, end: u64) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare("SELECT seen_seq FROM reading WHERE stream = ?1")?;
        let kept = statement.query_row([stream.to_string()], |row| row.get(0)).optional()?;
        if let Some(seen) = kept {
            return Ok(seen);
        }
        self.connection.execute(
            "INSERT INTO reading (only_row, stream, seen_seq) VALUES (1, ?1, ?2)
             ON CONFLICT DO UPDATE SET stream = ?1, seen_seq = ?2",
            params![stream.to_string(), end],
        )?;
        Ok(end)
    }

    /// By which the queue's time is found again.
    pub fn anchor(&self) -> Result<Option<Anchor>, StoreError> {
        let kept = self.connection.query_row(
            "SELECT queue_ms, boot, uptime_ms, wall_ms FROM queue_clock",
            [],
            |row| {
                let wall: Option<i64> = row.get(3)?;
                let machine = MachineTime {
                    boot: row.get(1)?,
                    uptime: Duration::from_millis(row.get(2)?),
                    wall: wall.and_then(|wall| Timestamp::from_millisecond(wall).ok()),
                };
                Ok(Anchor { queue: QueueTime(row.get(0)?), machine })
            },
        );
        Ok(kept.optional()?)
    }

    /// Everything of which something may still become, oldest first.
    pub fn open_records(&self) -> Result<Vec<OpenRecord>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT body, due_ms, state FROM record WHERE is_open = 1 ORDER BY place")?;
        let rows =
            statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, word(row.get(2)?)?)))?;
        rows.map(|row| {
            let (body, due, state) = row?;
            Ok(OpenRecord { record: parse(&body, "a message")?, due: QueueTime(due), state })
        })
        .collect()
    }

    /// Keeps new records, how far the journal has been looked at with them, and what became of others, in one
    /// transaction. `at` is the box's clock.
    pub fn keep(&mut self, news: &News<'_>, at: Timestamp, anchor: &Anchor) -> Result<(), StoreError> {
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        for (record, due) in news.records {
            insert(&transaction, record, *due, at)?;
        }
        for change in news.changes {
            apply(&transaction, change, at)?;
        }
        if let Some(seen) = news.seen {
            transaction.prepare_cached("UPDATE reading SET seen_seq = ?1")?.execute([seen])?;
        }
        keep_anchor(&transaction, anchor)?;
        transaction.commit()?;
        Ok(())
    }

    /// Forgets what came to its end long ago. Returns how many.
    pub fn forget_old(&self, now: QueueTime) -> Result<usize, StoreError> {
        let by_age = self
            .connection
            .execute("DELETE FROM record WHERE due_ms < ?1 AND is_open = 0", [now.before(KEPT).0])?;
        let by_number = self.connection.execute(
            "DELETE FROM record WHERE is_open = 0 AND place <= (SELECT max(place) FROM record) - ?1",
            [KEPT_MAX],
        )?;
        Ok(by_age + by_number)
    }
}

/// What is kept at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct News<'a> {
    /// New records, each with when it is due.
    pub records: &'a [(Record, QueueTime)],
    /// What became of records, these or others.
    pub changes: &'a [Change],
    /// The last fact that was looked at, when that has changed.
    pub seen: Option<u64>,
}

fn insert(
    transaction: &Transaction<'_>,
    record: &Record,
    due: QueueTime,
    at: Timestamp,
) -> Result<(), StoreError> {
    let first = MessageStep { at, state: MessageState::Queued };
    let guest = record.guest.as_ref().map(|guest| match guest {
        Guest::Room { room } => room.as_str(),
        Guest::Wristband { wristband } => wristband.as_str(),
    });
    transaction
        .prepare_cached(
            "INSERT INTO record (id, due_ms, state, is_open, steps, event, channel, account, guest, body)
             VALUES (?1, ?2, 'queued', 1, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            record.id.to_string(),
            due.0,
            json(&[first]),
            plain(&record.event),
            plain(&record.channel),
            record.account.as_str(),
            guest,
            json(record)
        ])?;
    Ok(())
}

fn apply(transaction: &Transaction<'_>, change: &Change, at: Timestamp) -> Result<(), StoreError> {
    match change {
        Change::Became { id, state, reason, is_last } => transaction
            .prepare_cached(
                "UPDATE record SET state = ?2, reason = ?3, is_open = ?4,
                        steps = json_insert(steps, '$[#]', json(?5))
                 WHERE id = ?1",
            )?
            .execute(params![
                id.to_string(),
                plain(state),
                reason.as_ref().map(plain),
                !is_last,
                json(&MessageStep { at, state: *state })
            ])?,
        Change::Reworded(record) => transaction
            .prepare_cached("UPDATE record SET body = ?2 WHERE id = ?1")?
            .execute(params![record.id.to_string(), json(record)])?,
        Change::Postponed { id, due } => transaction
            .prepare_cached("UPDATE record SET due_ms = ?2 WHERE id = ?1")?
            .execute(params![id.to_string(), due.0])?,
    };
    Ok(())
}

fn keep_anchor(transaction: &Transaction<'_>, anchor: &Anchor) -> Result<(), StoreError> {
    let uptime_ms = u64::try_from(anchor.machine.uptime.as_millis()).unwrap_or(u64::MAX);
    transaction
        .prepare_cached(
            "INSERT INTO queue_clock (only_row, queue_ms, boot, uptime_ms, wall_ms) VALUES (1, ?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET queue_ms = ?1, boot = ?2, uptime_ms = ?3, wall_ms = ?4",
        )?
        .execute(params![
            anchor.queue.0,
            anchor.machine.boot,
            uptime_ms,
            anchor.machine.wall.map(Timestamp::as_millisecond)
        ])?;
    Ok(())
}

/// Which records somebody wants to see.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In this state.
    pub state: Option<MessageState>,
    /// About this.
    pub event: Option<MessageEvent>,
    /// By this channel.
    pub channel: Option<Channel>,
    /// To this account.
    pub account: Option<AccountId>,
    /// About the guest in this room, or with this wristband.
    pub guest: Option<String>,
    /// Older than this place.
    pub before: Option<i64>,
    /// So many at most.
    pub limit: u32,
}

/// Reads records, each time on a connection of its own: people look rarely, and the queue must not wait for them.
#[derive(Debug, Clone)]
pub struct MessageReader {
    folder: PathBuf,
}

impl MessageReader {
    /// Of the database that a [`MessageStore`] has created in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Records, newest first, each with its place.
    pub fn list(&self, wanted: &Wanted) -> Result<Vec<(i64, MessageRecord)>, StoreError> {
        let connection = self.open()?;
        let mut statement = connection.prepare(
            "SELECT place, body, state, reason, steps FROM record
             WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR event = ?2)
               AND (?3 IS NULL OR channel = ?3) AND (?4 IS NULL OR account = ?4)
               AND (?5 IS NULL OR guest = ?5) AND (?6 IS NULL OR place < ?6)
             ORDER BY place DESC LIMIT ?7",
        )?;
        let mut rows = statement.query(params![
            wanted.state.as_ref().map(plain),
            wanted.event.as_ref().map(plain),
            wanted.channel.as_ref().map(plain),
            wanted.account.as_ref().map(AccountId::as_str),
            wanted.guest,
            wanted.before,
            wanted.limit
        ])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push((row.get(0)?, message_record(row)?));
        }
        Ok(records)
    }

    /// One record.
    pub fn record(&self, id: MessageId) -> Result<Option<Record>, StoreError> {
        let connection = self.open()?;
        let mut statement = connection.prepare("SELECT body FROM record WHERE id = ?1")?;
        let body = statement.query_row([id.to_string()], |row| row.get::<_, String>(0)).optional()?;
        body.map(|body| parse(&body, "a message")).transpose()
    }

    /// What an account was sent that was due after a moment, oldest first, each with when it was due.
    pub fn shown_to(
        &self,
        account: &AccountId,
        after: QueueTime,
    ) -> Result<Vec<(Record, QueueTime)>, StoreError> {
        let connection = self.open()?;
        let mut statement = connection.prepare(
            "SELECT body, due_ms FROM record
             WHERE account = ?1 AND due_ms > ?2 AND state IN ('sent', 'acknowledged') ORDER BY due_ms, place",
        )?;
        let rows = statement.query_map(params![account.as_str(), after.0], |row| {
            Ok((row.get::<_, String>(0)?, QueueTime(row.get(1)?)))
        })?;
        rows.map(|row| {
            let (body, due) = row?;
            Ok((parse(&body, "a message")?, due))
        })
        .collect()
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(self.folder.join(FILE), flags)?;
        prepare(&connection)?;
        Ok(connection)
    }
}

fn message_record(row: &Row<'_>) -> Result<MessageRecord, StoreError> {
    let record: Record = parse(&row.get::<_, String>(1)?, "a message")?;
    Ok(MessageRecord {
        id: record.id,
        call: record.call,
        event: record.event,
        kind: record.kind,
        channel: record.channel,
        account: record.account,
        text: record.text,
        guest: record.guest,
        nth: record.nth,
        times: record.times,
        state: word(row.get(2)?)?,
        reason: row.get::<_, Option<String>>(3)?.map(word).transpose()?,
        steps: parse(&row.get::<_, String>(4)?, "the life of a message")?,
    })
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("records have string keys and no foreign types")
}

/// One of the small enums as the word that it is on the wire.
pub(crate) fn plain<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).ok();
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
