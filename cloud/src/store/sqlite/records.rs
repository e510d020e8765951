//! Lists, read beside the writer: in WAL mode neither waits for the other.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cloud_core::id::{MessageKey, ShopKey};
use cloud_core::sms::Kind;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};
use shared::id::{BrandId, ShopId};
use shared::order::OrderView;
use shared::quantity::BusinessDay;

use super::{open_for_reading, sqlite_error};
use crate::store::figure::Common;
use crate::store::page::{message_cursor, order_cursor, page, read_view, relay_cursor};
use crate::store::{
    Asker, FiguresAsked, MessageCounts, MessageFigure, MessageFilter, MessagesAsked, OrderFigure,
    OrdersAsked, Page, Records, RelaysAsked, StoreError,
};
use crate::view::{MessageView, ReasonCode, RelayView};

/// Idle connections kept at most: as many as queries run at once on a small machine.
const IDLE_MAX: usize = 8;
/// What messages have in common: as many columns, …
const COMMON_COLUMNS: usize = 5;
/// … written one after another with this after each, which none of them holds.
const BETWEEN: char = '\u{0}';

/// The reading side.
#[derive(Debug)]
pub struct SqliteRecords {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl SqliteRecords {
    pub(super) fn new(file: &Path) -> Self {
        Self { file: file.to_owned(), idle: Mutex::new(Vec::new()) }
    }

    fn read<T>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let known = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let answer = known.map_or_else(|| open_for_reading(&self.file), Ok).and_then(|connection| {
            let answer = read(&connection)?;
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_MAX {
                idle.push(connection);
            }
            Ok(answer)
        });
        answer.map_err(|error| sqlite_error(doing, error))
    }
}

impl Records for SqliteRecords {
    fn orders(&self, asked: &OrdersAsked) -> Result<Page<OrderView>, StoreError> {
        let before = order_cursor(asked.before.as_deref());
        let found = self.read("listing orders", |connection| {
            let mut statement = connection.prepare_cached(
                "select view, number from catering_order
                 where brand = ?1 and shop = ?2 and day = ?3 and number < ?4
                 order by number desc limit ?5",
            )?;
            let key = (asked.at.brand.as_str(), asked.at.shop.as_str(), asked.day.to_string());
            let rows = statement.query_map(params![key.0, key.1, key.2, before, asked.limit + 1], |row| {
                Ok((row.get(0)?, row.get::<_, u32>(1)?.to_string()))
            })?;
            rows.collect()
        })?;
        page(found, asked.limit)
    }

    fn order_figures(&self, at: &ShopKey, day: BusinessDay) -> Result<Vec<OrderFigure>, StoreError> {
        self.read("summing up a day", |connection| {
            let mut statement = connection.prepare_cached(
                "select placed_us, portions from catering_order where brand = ?1 and shop = ?2 and day = ?3",
            )?;
            let key = params![at.brand.as_str(), at.shop.as_str(), day.to_string()];
            let rows = statement.query_map(key, figure)?;
            rows.collect()
        })
    }

    fn open_orders(&self, at: &ShopKey) -> Result<u32, StoreError> {
        self.read("counting open orders", |connection| {
            connection
                .prepare_cached(
                    "select count(*) from catering_order where brand = ?1 and shop = ?2 and is_open = 1",
                )?
                .query_row(params![at.brand.as_str(), at.shop.as_str()], |row| row.get(0))
        })
    }

    fn messages(&self, asked: &MessagesAsked) -> Result<Page<MessageView>, StoreError> {
        let (before_us, before_sms) = message_cursor(asked.before.as_deref());
        let MessageFilter { states, kind, asker, carrier, reason, from, to } = &asked.only;
        let states: Vec<_> = states.iter().map(|state| state.word()).collect();
        // A text each, so that each finds its index.
        let (of_state, states) = match states.as_slice() {
            [] => ("?2 is null", None),
            [state] => ("state = ?2", Some((*state).to_owned())),
            several => ("instr(?2, ',' || state || ',') > 0", Some(format!(",{},", several.join(",")))),
        };
        let text = format!(
            "select view, asked_us, sms from message
             where brand = ?1 and {of_state} and (asked_us, sms) < (?3, ?4) and asked_us >= ?5 and asked_us < ?6
               and (?7 is null or kind = ?7) and (?8 is null or coalesce(shop, '') = ?8)
               and (?9 is null or carrier = ?9) and (?10 is null or reason = ?10)
             order by asked_us desc, sms desc limit ?11"
        );
        let found = self.read("listing messages", |connection| {
            let key = params![
                asked.brand.as_str(),
                states,
                before_us,
                before_sms,
                from.map_or(i64::MIN, Timestamp::as_microsecond),
                to.map_or(i64::MAX, Timestamp::as_microsecond),
                kind.map(Kind::word),
                asker.as_ref().map(Asker::shop),
                carrier.as_ref().map(ToString::to_string),
                reason.as_ref().map(ReasonCode::as_str),
                asked.limit + 1
            ];
            let mut statement = connection.prepare_cached(&text)?;
            let rows = statement.query_map(key, |row| {
                let cursor = format!("{}.{}", row.get::<_, i64>(1)?, row.get::<_, String>(2)?);
                Ok((row.get(0)?, cursor))
            })?;
            rows.collect()
        })?;
        page(found, asked.limit)
    }

    fn message(&self, key: &MessageKey) -> Result<Option<MessageView>, StoreError> {
        let found = self.read("looking a message up", |connection| {
            let mut statement =
                connection.prepare_cached("select view from message where brand = ?1 and sms = ?2")?;
            let sms = key.sms.to_string();
            statement.query_row(params![key.brand.as_str(), sms], |row| row.get::<_, String>(0)).optional()
        })?;
        found.map(|view| read_view(&view)).transpose()
    }

    fn message_figures(&self, asked: &FiguresAsked) -> Result<Vec<MessageFigure>, StoreError> {
        const DOING: &str = "summing messages up";
        let sums = self.read(DOING, |connection| {
            let mut statement = connection.prepare_cached(
                "select kind, coalesce(shop, ''), coalesce(carrier, ''), state, coalesce(reason, ''), units
                 from message
                 where brand = ?1 and asked_us >= ?2 and asked_us < ?3 and (?4 is null or shop = ?4)",
            )?;
            let (from, to) = (asked.from.as_microsecond(), asked.to.as_microsecond());
            let shop = asked.shop.as_ref().map(ShopId::as_str);
            summed(statement.query(params![asked.brand.as_str(), from, to, shop])?)
        })?;
        let figures = sums.iter().map(|(common, sum)| common_of(common).counted(sum.messages, sum.units));
        figures.collect::<anyhow::Result<_>>().map_err(|source| StoreError::Failed { doing: DOING, source })
    }

    fn relays(&self, asked: &RelaysAsked) -> Result<Page<RelayView>, StoreError> {
        let (kept_us, asked_us, message) = relay_cursor(asked.before.as_deref());
        let found = self.read("listing messages sent on", |connection| {
            let mut statement = connection.prepare_cached(
                "select view, kept_us, asked_us, message from relay
                 where brand = ?1 and (kept_us, asked_us, message) < (?2, ?3, ?4)
                   and (?5 is null or shop = ?5) and (?6 is null or channel = ?6) and (?7 is null or state = ?7)
                 order by kept_us desc, asked_us desc, message desc limit ?8",
            )?;
            let key = params![
                asked.brand.as_str(),
                kept_us,
                asked_us,
                message,
                asked.shop.as_ref().map(|shop| shop.as_str()),
                asked.channel.map(|channel| channel.word()),
                asked.state.map(|state| state.word()),
                asked.limit + 1
            ];
            let rows = statement.query_map(key, |row| {
                let (kept_us, asked_us) = (row.get::<_, i64>(1)?, row.get::<_, i64>(2)?);
                Ok((row.get(0)?, format!("{kept_us}.{asked_us}.{}", row.get::<_, String>(3)?)))
            })?;
            rows.collect()
        })?;
        page(found, asked.limit)
    }

    fn message_counts(
        &self,
        brand: &BrandId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<MessageCounts, StoreError> {
        self.read("counting messages", |connection| {
            connection
                .prepare_cached(
                    "select count(*) filter (where state in ('accepted', 'delivered', 'undelivered')),
                            count(*) filter (where state = 'delivered'),
                            count(*) filter (where state in ('failed', 'undelivered'))
                     from message where brand = ?1 and asked_us >= ?2 and asked_us < ?3",
                )?
                .query_row(params![brand.as_str(), from.as_microsecond(), to.as_microsecond()], |row| {
                    Ok(MessageCounts { sent: row.get(0)?, delivered: row.get(1)?, failed: row.get(2)? })
                })
        })
    }
}

/// Messages that have the same in common.
#[derive(Default)]
struct Sum {
    messages: i64,
    units: i64,
}

/// Sums rows up by their first columns, all but the last. Grouping in SQL would sort every row of the period, which
/// takes ten times as long.
fn summed(mut rows: Rows<'_>) -> rusqlite::Result<HashMap<String, Sum>> {
    let mut sums: HashMap<String, Sum> = HashMap::new();
    let mut common = String::new();
    while let Some(row) = rows.next()? {
        common.clear();
        for column in 0..COMMON_COLUMNS {
            common.push_str(row.get_ref(column)?.as_str()?);
            common.push(BETWEEN);
        }
        if !sums.contains_key(&common) {
            sums.insert(common.clone(), Sum::default());
        }
        if let Some(sum) = sums.get_mut(&common) {
            sum.messages += 1;
            sum.units += row.get::<_, i64>(COMMON_COLUMNS)?;
        }
    }
    Ok(sums)
}

fn common_of(columns: &str) -> Common<'_> {
    let mut columns = columns.split(BETWEEN);
    let mut next = || columns.next().unwrap_or_default();
    Common { kind: next(), shop: next(), carrier: next(), state: next(), reason: next() }
}

fn figure(row: &Row<'_>) -> rusqlite::Result<OrderFigure> {
    let placed_us = row.get(0)?;
    let placed_at = Timestamp::from_microsecond(placed_us).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Integer, error.into())
    })?;
    Ok(OrderFigure { placed_at, portions: row.get(1)? })
}
