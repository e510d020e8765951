//! The lists' file. It is not synced at each commit: what a power cut takes of it is made again from the journal.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use cloud_core::id::{MessageKey, ShopKey};
use cloud_core::relay::RelayKey;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use shared::order::OrderView;

use super::{SqliteRecords, failed, open_for_writing, sqlite_error};
use crate::store::lists::{is_open, portions};
use crate::store::{End, Lists, Projection, StoreError};
use crate::view::{MessageView, RelayView};

mod migrations {
    refinery::embed_migrations!("migrations/sqlite_lists");
}

/// Of the log, until it is carried over: 16 MB.
const CHECKPOINT_PAGES: u32 = 4_000;

/// The writing side of the lists.
#[derive(Debug)]
pub struct SqliteProjection {
    file: PathBuf,
    connection: Connection,
}

impl SqliteProjection {
    /// Opens the lists of a folder. A file that is no database any more is begun anew. Errors: see [`StoreError`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let file = folder.join("lists.db");
        let opened = open(&file).or_else(|error| match error {
            StoreError::Untrusted { source, .. } => {
                tracing::error!(error = %format!("{source:#}"), "the lists are damaged and are made anew");
                remove(&file)?;
                open(&file)
            }
            other => Err(other),
        });
        Ok(Self { connection: opened?, file })
    }

    /// The reading side.
    pub fn records(&self) -> SqliteRecords {
        SqliteRecords::new(&self.file)
    }

    fn write_rows(&mut self, end: End, lists: &Lists) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (key, view) in &lists.messages {
            write_message(&transaction, key, view)?;
        }
        for ((at, _), view) in &lists.orders {
            write_order(&transaction, at, view)?;
        }
        for (key, view) in &lists.relays {
            write_relay(&transaction, key, view)?;
        }
        transaction
            .prepare_cached("update reached set seq = ?1, digest = ?2")?
            .execute(params![end.seq, end.digest])?;
        transaction.commit()
    }

    fn delete_rows(&mut self) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(
            "delete from message; delete from catering_order; delete from relay;
             update reached set seq = 0, digest = zeroblob(32)",
        )?;
        transaction.commit()
    }
}

impl Projection for SqliteProjection {
    fn reached(&mut self) -> Result<End, StoreError> {
        let end = |row: &rusqlite::Row<'_>| Ok(End { seq: row.get(0)?, digest: row.get(1)? });
        let found = self.connection.query_row("select seq, digest from reached", [], end);
        found.map_err(|error| sqlite_error("asking how far the lists are", error))
    }

    fn write(&mut self, end: End, lists: &Lists) -> Result<(), StoreError> {
        self.write_rows(end, lists).map_err(|error| sqlite_error("writing lists", error))
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.delete_rows().map_err(|error| sqlite_error("emptying lists", error))
    }
}

fn open(file: &Path) -> Result<Connection, StoreError> {
    let mut connection = open_for_writing(file, "normal")?;
    // A page that many rows change is carried over once in a while, and not with every fourth megabyte of the log.
    connection
        .pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
        .map_err(|error| sqlite_error("opening the lists", error))?;
    migrations::migrations::runner()
        .run(&mut connection)
        .map_err(|error| failed("bringing the lists' tables up to date", anyhow!(error)))?;
    Ok(connection)
}

fn remove(file: &Path) -> Result<(), StoreError> {
    for ending in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(ending);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("removing damaged lists", anyhow!(error))),
        }
    }
    Ok(())
}

fn write_message(
    transaction: &Transaction<'_>,
    key: &MessageKey,
    view: &MessageView,
) -> rusqlite::Result<()> {
    let text = serde_json::to_string(view).expect("a view is plain data with text keys");
    transaction
        .prepare_cached(
            "insert into message (brand, sms, state, kind, shop, asked_us, carrier, reason, units, view)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             on conflict (brand, sms) do update set
               state = excluded.state, carrier = excluded.carrier, reason = excluded.reason, view = excluded.view",
        )?
        .execute(params![
            key.brand.as_str(),
            key.sms.to_string(),
            view.state.word(),
            view.kind.word(),
            view.shop.as_ref().map(|shop| shop.as_str()),
            view.requested_at.as_microsecond(),
            view.carrier.as_ref().map(ToString::to_string),
            view.reason_code.as_ref().map(|reason| reason.as_str()),
            view.units,
            text,
        ])?;
    Ok(())
}

fn write_order(transaction: &Transaction<'_>, at: &ShopKey, view: &OrderView) -> rusqlite::Result<()> {
    let text = serde_json::to_string(view).expect("a view is plain data with text keys");
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
            at.brand.as_str(),
            at.shop.as_str(),
            view.order.to_string(),
            view.day.to_string(),
            view.number.0,
            view.placed_at.as_microsecond(),
            is_open(view),
            portions(view),
            text,
        ])?;
    Ok(())
}

fn write_relay(transaction: &Transaction<'_>, key: &RelayKey, view: &RelayView) -> rusqlite::Result<()> {
    let text = serde_json::to_string(view).expect("a view is plain data with text keys");
    transaction
        .prepare_cached(
            "insert into relay (brand, message, shop, channel, state, kept_us, asked_us, view)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             on conflict (brand, message) do update set state = excluded.state, view = excluded.view",
        )?
        .execute(params![
            key.brand.as_str(),
            key.message.to_string(),
            view.shop.as_str(),
            view.channel.word(),
            view.state.word(),
            view.kept_at.as_microsecond(),
            view.asked_at.as_microsecond(),
            text,
        ])?;
    Ok(())
}
