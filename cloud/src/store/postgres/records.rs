//! Lists, read beside the writer, on connections of their own.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use cloud_core::id::{MessageKey, ShopKey};
use cloud_core::sms::Kind;
use jiff::Timestamp;
use shared::id::{BrandId, ShopId};
use shared::order::OrderView;
use shared::quantity::BusinessDay;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::link::{Link, failed};
use crate::store::figure::Common;
use crate::store::page::{message_cursor, order_cursor, page, read_view, relay_cursor};
use crate::store::{
    Asker, FiguresAsked, MessageCounts, MessageFigure, MessageFilter, MessagesAsked, OrderFigure,
    OrdersAsked, Page, Records, RelaysAsked, StoreError,
};
use crate::view::{MessageView, ReasonCode, RelayView};

/// Idle connections kept at most: as many as queries run at once on a small machine.
const IDLE_MAX: usize = 8;
/// Whoever waits for a list has gone away after this.
const READ_MAX: Duration = Duration::from_secs(10);

/// The reading side.
pub struct PostgresRecords {
    link: Arc<Link>,
    idle: Mutex<Vec<Client>>,
}

/// A question: what it is for, its text, what is filled in.
type Question<'a> = (&'static str, &'a str, &'a [&'a (dyn ToSql + Sync)]);

impl PostgresRecords {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self { link, idle: Mutex::new(Vec::new()) }
    }

    fn rows(&self, (doing, text, filled): Question<'_>) -> Result<Vec<Row>, StoreError> {
        let known = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let client = match known.filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.link.connect()?,
        };
        let rows = self.link.ask(doing, READ_MAX, client.query(text, filled))?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(client);
        }
        Ok(rows)
    }

    fn one(&self, question: Question<'_>) -> Result<Row, StoreError> {
        let doing = question.0;
        let row = self.rows(question)?.into_iter().next();
        row.ok_or_else(|| failed(doing, anyhow!("there is no answer")))
    }
}

impl fmt::Debug for PostgresRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresRecords").finish_non_exhaustive()
    }
}

impl Records for PostgresRecords {
    fn orders(&self, asked: &OrdersAsked) -> Result<Page<OrderView>, StoreError> {
        const DOING: &str = "listing orders";
        let (brand, shop, day) = (asked.at.brand.as_str(), asked.at.shop.as_str(), asked.day.to_string());
        let (before, limit) = (order_cursor(asked.before.as_deref()), i64::from(asked.limit) + 1);
        let found = self.rows((
            DOING,
            "select view, number from catering_order
             where brand = $1 and shop = $2 and day = $3 and number < $4
             order by number desc limit $5",
            &[&brand, &shop, &day, &before, &limit],
        ))?;
        let row = |row: &Row| Ok((row.try_get(0)?, row.try_get::<_, i64>(1)?.to_string()));
        page(read(DOING, &found, row)?, asked.limit)
    }

    fn order_figures(&self, at: &ShopKey, day: BusinessDay) -> Result<Vec<OrderFigure>, StoreError> {
        const DOING: &str = "summing up a day";
        let found = self.rows((
            DOING,
            "select placed_us, portions from catering_order where brand = $1 and shop = $2 and day = $3",
            &[&at.brand.as_str(), &at.shop.as_str(), &day.to_string()],
        ))?;
        read(DOING, &found, |row| {
            let placed_at = Timestamp::from_microsecond(row.try_get(0)?)?;
            Ok(OrderFigure { placed_at, portions: row.try_get::<_, i64>(1)?.try_into()? })
        })
    }

    fn open_orders(&self, at: &ShopKey) -> Result<u32, StoreError> {
        const DOING: &str = "counting open orders";
        let found = self.one((
            DOING,
            "select count(*) from catering_order where brand = $1 and shop = $2 and is_open",
            &[&at.brand.as_str(), &at.shop.as_str()],
        ))?;
        count(&found, 0).map_err(|error| failed(DOING, error))
    }

    fn messages(&self, asked: &MessagesAsked) -> Result<Page<MessageView>, StoreError> {
        const DOING: &str = "listing messages";
        let (before_us, before_sms) = message_cursor(asked.before.as_deref());
        let MessageFilter { states, kind, asker, carrier, reason, from, to } = &asked.only;
        let states: Vec<_> = states.iter().map(|state| state.word()).collect();
        // Two texts, so that each finds its index.
        let of_state = if states.is_empty() { "$2::text[] is not null" } else { "state = any($2)" };
        let text = format!(
            "select view, asked_us, sms from message
             where brand = $1 and {of_state} and (asked_us, sms) < ($3, $4) and asked_us >= $5 and asked_us < $6
               and ($7::text is null or kind = $7) and ($8::text is null or coalesce(shop, '') = $8)
               and ($9::text is null or carrier = $9) and ($10::text is null or reason = $10)
             order by asked_us desc, sms desc limit $11"
        );
        let found = self.rows((
            DOING,
            &text,
            &[
                &asked.brand.as_str(),
                &states,
                &before_us,
                &before_sms,
                &from.map_or(i64::MIN, Timestamp::as_microsecond),
                &to.map_or(i64::MAX, Timestamp::as_microsecond),
                &kind.map(Kind::word),
                &asker.as_ref().map(Asker::shop),
                &carrier.as_ref().map(ToString::to_string),
                &reason.as_ref().map(ReasonCode::as_str),
                &(i64::from(asked.limit) + 1),
            ],
        ))?;
        let row = |row: &Row| {
            let (asked_us, sms): (i64, String) = (row.try_get(1)?, row.try_get(2)?);
            Ok((row.try_get(0)?, format!("{asked_us}.{sms}")))
        };
        page(read(DOING, &found, row)?, asked.limit)
    }

    fn message(&self, key: &MessageKey) -> Result<Option<MessageView>, StoreError> {
        const DOING: &str = "looking a message up";
        let text = "select view from message where brand = $1 and sms = $2";
        let found = self.rows((DOING, text, &[&key.brand.as_str(), &key.sms.to_string()]))?;
        let views: Vec<String> = read(DOING, &found, |row| Ok(row.try_get(0)?))?;
        views.first().map(|view| read_view(view)).transpose()
    }

    fn message_figures(&self, asked: &FiguresAsked) -> Result<Vec<MessageFigure>, StoreError> {
        const DOING: &str = "summing messages up";
        let found = self.rows((
            DOING,
            "select kind, coalesce(shop, ''), coalesce(carrier, ''), state, coalesce(reason, ''),
                    count(*), sum(units)::bigint
             from message
             where brand = $1 and asked_us >= $2 and asked_us < $3 and ($4::text is null or shop = $4)
             group by 1, 2, 3, 4, 5",
            &[
                &asked.brand.as_str(),
                &asked.from.as_microsecond(),
                &asked.to.as_microsecond(),
                &asked.shop.as_ref().map(ShopId::as_str),
            ],
        ))?;
        read(DOING, &found, |row| {
            let (kind, shop, carrier) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let common = Common { kind, shop, carrier, state: row.try_get(3)?, reason: row.try_get(4)? };
            common.counted(row.try_get(5)?, row.try_get(6)?)
        })
    }

    fn relays(&self, asked: &RelaysAsked) -> Result<Page<RelayView>, StoreError> {
        const DOING: &str = "listing messages sent on";
        let (kept_us, asked_us, message) = relay_cursor(asked.before.as_deref());
        let found = self.rows((
            DOING,
            "select view, kept_us, asked_us, message from relay
             where brand = $1 and (kept_us, asked_us, message) < ($2, $3, $4)
               and ($5::text is null or shop = $5) and ($6::text is null or channel = $6)
               and ($7::text is null or state = $7)
             order by kept_us desc, asked_us desc, message desc limit $8",
            &[
                &asked.brand.as_str(),
                &kept_us,
                &asked_us,
                &message,
                &asked.shop.as_ref().map(|shop| shop.as_str()),
                &asked.channel.map(|channel| channel.word()),
                &asked.state.map(|state| state.word()),
                &(i64::from(asked.limit) + 1),
            ],
        ))?;
        let row = |row: &Row| {
            let (kept_us, asked_us): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
            Ok((row.try_get(0)?, format!("{kept_us}.{asked_us}.{}", row.try_get::<_, String>(3)?)))
        };
        page(read(DOING, &found, row)?, asked.limit)
    }

    fn message_counts(
        &self,
        brand: &BrandId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<MessageCounts, StoreError> {
        const DOING: &str = "counting messages";
        let found = self.one((
            DOING,
            "select count(*) filter (where state in ('accepted', 'delivered', 'undelivered')),
                    count(*) filter (where state = 'delivered'),
                    count(*) filter (where state in ('failed', 'undelivered'))
             from message where brand = $1 and asked_us >= $2 and asked_us < $3",
            &[&brand.as_str(), &from.as_microsecond(), &to.as_microsecond()],
        ))?;
        let counts = || -> anyhow::Result<MessageCounts> {
            Ok(MessageCounts {
                sent: count(&found, 0)?,
                delivered: count(&found, 1)?,
                failed: count(&found, 2)?,
            })
        };
        counts().map_err(|error| failed(DOING, error))
    }
}

fn read<T>(
    doing: &'static str,
    rows: &[Row],
    each: impl Fn(&Row) -> anyhow::Result<T>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(each).collect::<anyhow::Result<_>>().map_err(|error| failed(doing, error))
}

fn count(row: &Row, column: usize) -> anyhow::Result<u32> {
    Ok(row.try_get::<_, i64>(column)?.try_into()?)
}
