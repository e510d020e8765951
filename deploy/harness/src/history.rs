//! A long history for a box, in minutes instead of years: the rows that one guest's visit left, written again and
//! again under new keys, as the box would have left them for as many guests.
//!
//! The box is not running meanwhile, and nothing here is durable before the end. What the box never reads of a
//! closed visit stays as in the first: times, and the day and the order's number within a fact's text.

use std::path::Path;

use anyhow::{Context, ensure};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde_json::json;
use shared::guest::WristbandNumber;
use shared::id::RequestId;
use uuid::Uuid;

use crate::crowd::{Door, Heard};
use crate::shop::Shop;

/// Lines of the visit that is repeated. Each leaves three facts: started, finished, carried out.
pub const LINES_A_VISIT: u64 = 10;
/// Facts that it leaves: the lines', the order and the wristband's return.
pub const FACTS_A_VISIT: u64 = 3 * LINES_A_VISIT + 2;
/// Orders of a day in a busy shop.
const VISITS_A_DAY: u64 = 500;
/// Visits in one transaction: enough that its end no longer counts.
const VISITS_AT_ONCE: u64 = 5_000;
/// How a fact's text begins, before its sequence number.
const FACT_BEGINS: &str = "{\"seq\":";
/// The last digits of an id, which tell one visit's from another's.
const TAIL: usize = 12;

/// A shop, not yet open, with at least `lines` dish lines of guests who have left.
pub async fn shop_with(lines: u64) -> anyhow::Result<Shop> {
    let shop = Shop::new()?;
    let founder = shop.device("founder", "cashier")?;
    let running = shop.open().await?;
    play_a_visit(&shop.door(&founder)).await?;
    running.kill()?;
    multiply(&shop.folder().join("state/box.db"), lines.div_ceil(LINES_A_VISIT))?;
    Ok(shop)
}

async fn play_a_visit(door: &Door) -> anyhow::Result<()> {
    let wristband = WristbandNumber::new("1").context("a short number is a label")?;
    let wanted = vec![crate::crowd::two_dumplings(); usize::try_from(LINES_A_VISIT)?];
    let guest = json!({"kind": "wristband", "wristband": &wristband});
    let placed = grant(door, json!({"type": "place_order", "guest": guest, "lines": wanted})).await?;
    for line in placed.orders.iter().flat_map(|order| &order.lines).map(|line| line.placed.line) {
        for step in ["start_cooking", "finish_cooking", "pick_up"] {
            grant(door, json!({"type": step, "line": line})).await?;
        }
    }
    grant(door, json!({"type": "return_wristband", "wristband": &wristband})).await.map(drop)
}

async fn grant(door: &Door, command: serde_json::Value) -> anyhow::Result<shared::command::Answer> {
    let command = serde_json::from_value(command).context("a command of the wire")?;
    match door.ask(RequestId(Uuid::new_v4()), &command).await {
        Some(Heard::Answer(answer)) => Ok(answer),
        other => anyhow::bail!("the box should grant {command:?}, and answered {other:?}"),
    }
}

/// Writes the one visit that the database holds so often that `visits` of them are in it.
fn multiply(path: &Path, visits: u64) -> anyhow::Result<()> {
    let mut database = Connection::open(path).context("opening the box's database")?;
    database.pragma_update(None, "journal_mode", "DELETE")?;
    database.pragma_update(None, "journal_mode", "OFF")?;
    database.pragma_update(None, "synchronous", "OFF")?;
    database.pragma_update(None, "cache_size", -256 * 1024)?;
    let of_orders = "SELECT count(*) FROM fact WHERE order_seq IS NOT NULL";
    let facts: u64 = database.query_row(of_orders, [], |row| row.get(0))?;
    ensure!(facts == FACTS_A_VISIT, "the visit left {facts} facts instead of {FACTS_A_VISIT}");
    let rows = rows_of_the_visit(&database)?;
    let first_day = -i64::try_from(visits / VISITS_A_DAY)? - 1;
    let mut begin = 1;
    while begin < visits {
        let end = visits.min(begin + VISITS_AT_ONCE);
        let transaction = database.transaction()?;
        for visit in begin..end {
            let since = first_day + i64::try_from(visit / VISITS_A_DAY)?;
            let day: String = transaction
                .prepare_cached("SELECT date('now', ?1 || ' days')")?
                .query_row([since], |row| row.get(0))?;
            let copy = Copy { visit, day };
            for row in &rows {
                let values = row.columns.iter().map(|column| copy.value(column));
                transaction.prepare_cached(&row.insert)?.execute(params_from_iter(values))?;
            }
        }
        transaction.commit()?;
        begin = end;
    }
    database.execute("UPDATE journal SET last_seq = (SELECT max(seq) FROM fact)", [])?;
    Ok(())
}

/// A row to be repeated.
struct Row {
    insert: String,
    columns: Vec<Column>,
}

/// What becomes of a value in a repetition.
enum Column {
    /// It stays.
    Same(Value),
    /// A sequence number: it grows by a visit's facts.
    Sequence(i64),
    /// The business day of the order's number.
    Day,
    /// The order's number.
    Number,
    /// A text with ids in it, and where their tails are.
    Named { text: String, tails: Vec<usize> },
    /// A fact: its sequence number, and the text behind that.
    Fact { first: i64, behind: Box<Column> },
}

/// Which repetition.
struct Copy {
    visit: u64,
    day: String,
}

impl Copy {
    fn value(&self, column: &Column) -> Value {
        let visit = self.visit.cast_signed();
        let grown = |first| first + visit * FACTS_A_VISIT.cast_signed();
        match column {
            Column::Same(value) => value.clone(),
            Column::Sequence(first) => Value::Integer(grown(*first)),
            Column::Fact { first, behind } => match self.value(behind) {
                Value::Text(behind) => Value::Text(format!("{FACT_BEGINS}{}{behind}", grown(*first))),
                other => other,
            },
            Column::Day => Value::Text(self.day.clone()),
            Column::Number => Value::Integer(visit % VISITS_A_DAY.cast_signed() + 1),
            Column::Named { text, tails } => {
                let mut text = text.clone();
                let tail = format!("{visit:0TAIL$x}");
                tails.iter().for_each(|at| text.replace_range(at..&(at + TAIL), &tail));
                Value::Text(text)
            }
        }
    }
}

/// Every row that the visit left, whatever tables this box has: they know it by its order or by its facts.
fn rows_of_the_visit(database: &Connection) -> anyhow::Result<Vec<Row>> {
    let mut tables = database.prepare(
        "SELECT tables.name, max(columns.name = 'order_seq')
         FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND columns.name IN ('order_seq', 'seq') GROUP BY tables.name",
    )?;
    let tables: Vec<(String, bool)> =
        tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let ids = ids_of_the_visit(database)?;
    let mut found = Vec::new();
    for (table, knows_order) in &tables {
        // A fact about no order, such as a change of the menu, belongs to no visit.
        let which = if *knows_order { "WHERE order_seq IS NOT NULL" } else { "" };
        let mut statement = database.prepare(&format!("SELECT * FROM {table} {which}"))?;
        let names: Vec<_> = statement.column_names().map(str::to_owned).collect();
        let insert = format!("INSERT INTO {table} VALUES ({})", vec!["?"; names.len()].join(", "));
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let columns = names.iter().enumerate().map(|(at, name)| Ok(column(name, row.get(at)?, &ids)));
            found.push(Row { insert: insert.clone(), columns: columns.collect::<rusqlite::Result<_>>()? });
        }
    }
    Ok(found)
}

fn ids_of_the_visit(database: &Connection) -> anyhow::Result<Vec<String>> {
    let select = "SELECT order_id FROM catering_order UNION SELECT line_id FROM catering_order_goods";
    let mut statement = database.prepare(select)?;
    let ids = statement.query_map([], |row| row.get(0))?;
    ids.collect::<Result<_, _>>().context("reading the visit's ids")
}

fn column(name: &str, value: Value, ids: &[String]) -> Column {
    match value {
        Value::Integer(first) if name == "seq" || name.ends_with("_seq") => Column::Sequence(first),
        Value::Integer(_) if name == "number" => Column::Number,
        Value::Text(_) if name == "business_day" => Column::Day,
        Value::Text(text) => {
            if let Some((first, behind)) = split_fact(&text) {
                let behind = column("", Value::Text(behind), ids);
                return Column::Fact { first, behind: Box::new(behind) };
            }
            let tails = |id: &String| {
                text.match_indices(id.as_str()).map(|(at, id)| at + id.len() - TAIL).collect::<Vec<_>>()
            };
            let tails: Vec<_> = ids.iter().flat_map(tails).collect();
            if tails.is_empty() { Column::Same(Value::Text(text)) } else { Column::Named { text, tails } }
        }
        other => Column::Same(other),
    }
}

fn split_fact(text: &str) -> Option<(i64, String)> {
    let (first, _) = text.strip_prefix(FACT_BEGINS)?.split_once(',')?;
    Some((first.parse().ok()?, text[FACT_BEGINS.len() + first.len()..].to_owned()))
}
