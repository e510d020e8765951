//! The tables people query, kept in step with the journal in the same transaction: `catering_order` and
//! `catering_order_goods` under the owner's names, and what is sold out.

use rusqlite::{Transaction, params};
use serde::Serialize;
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, PhoneNumber};
use shared::id::LineId;
use shared::order::PlacedLine;

use super::{Entry, StoreError, Visit};

const START: &str = "UPDATE catering_order_goods SET state = 'cooking', started_at = ?3
                     WHERE order_seq = ?1 AND line_id = ?2";
const FINISH: &str = "UPDATE catering_order_goods SET state = 'ready', ready_at = ?3
                      WHERE order_seq = ?1 AND line_id = ?2";
const CALL: &str = "UPDATE catering_order_goods SET state = 'notified', called_at = coalesce(called_at, ?3)
                    WHERE order_seq = ?1 AND line_id = ?2";
const PICK_UP: &str = "UPDATE catering_order_goods SET state = 'picked_up', picked_up_at = ?3
                       WHERE order_seq = ?1 AND line_id = ?2";
const CANCEL: &str = "UPDATE catering_order_goods SET state = 'cancelled', cancel_reason = ?3
                      WHERE order_seq = ?1 AND line_id = ?2";

/// Takes one fact into the tables.
pub(super) fn apply(transaction: &Transaction<'_>, entry: &Entry) -> Result<(), StoreError> {
    match entry.visit {
        Some(visit) => apply_to_order(transaction, &entry.recorded, visit),
        None => apply_to_menu(transaction, &entry.recorded),
    }
}

fn apply_to_order(
    transaction: &Transaction<'_>,
    recorded: &Recorded,
    visit: Visit,
) -> Result<(), StoreError> {
    let at = recorded.at.to_string();
    match &recorded.fact {
        Fact::OrderPlaced { lines, phone, .. } => {
            insert_order(transaction, recorded, visit, phone.as_ref())?;
            return insert_lines(transaction, &at, Placement { visit, round: 0, position: 0 }, lines);
        }
        Fact::LinesAdded { round, lines, phone, .. } => {
            let position = count_lines(transaction, visit)?;
            insert_lines(transaction, &at, Placement { visit, round: *round, position }, lines)?;
            transaction
                .prepare_cached("UPDATE catering_order SET phone = coalesce(?2, phone) WHERE order_seq = ?1")?
                .execute(params![visit.order_seq, phone.as_ref().map(PhoneNumber::digits)])?;
        }
        Fact::CookingStarted { line, .. } => move_line(transaction, START, visit, *line, &at)?,
        Fact::CookingFinished { line, .. } => move_line(transaction, FINISH, visit, *line, &at)?,
        Fact::PickupCalled { line, .. } => move_line(transaction, CALL, visit, *line, &at)?,
        Fact::LinePickedUp { line, .. } => move_line(transaction, PICK_UP, visit, *line, &at)?,
        Fact::LineCancelled { line, reason, .. } => {
            move_line(transaction, CANCEL, visit, *line, &as_word(reason)?)?;
        }
        Fact::OrderCompleted { .. } => {
            transaction
                .prepare_cached("UPDATE catering_order SET completed_at = ?2 WHERE order_seq = ?1")?
                .execute(params![visit.order_seq, at])?;
        }
        Fact::SmsRequested { .. } | Fact::DishSoldOut { .. } | Fact::DishBackOnSale { .. } => {}
    }
    transaction
        .prepare_cached("UPDATE catering_order SET state = ?2 WHERE order_seq = ?1")?
        .execute(params![visit.order_seq, as_word(&visit.state)?])?;
    Ok(())
}

fn apply_to_menu(transaction: &Transaction<'_>, recorded: &Recorded) -> Result<(), StoreError> {
    if let Fact::DishSoldOut { dish } = &recorded.fact {
        transaction.execute("INSERT OR IGNORE INTO dish_sold_out (dish) VALUES (?1)", [dish.as_str()])?;
    }
    if let Fact::DishBackOnSale { dish } = &recorded.fact {
        transaction.execute("DELETE FROM dish_sold_out WHERE dish = ?1", [dish.as_str()])?;
    }
    transaction.execute("UPDATE journal SET menu_revision = ?1", [recorded.seq])?;
    Ok(())
}

fn insert_order(
    transaction: &Transaction<'_>,
    recorded: &Recorded,
    visit: Visit,
    phone: Option<&PhoneNumber>,
) -> Result<(), StoreError> {
    let Fact::OrderPlaced { order, number, day, guest, .. } = &recorded.fact else { return Ok(()) };
    let (guest_kind, guest) = match guest {
        Guest::Room { room } => ("room", room.as_str()),
        Guest::Wristband { wristband } => ("wristband", wristband.as_str()),
    };
    transaction
        .prepare_cached(
            "INSERT INTO catering_order (order_seq, order_id, business_day, number, guest_kind, guest, phone,
                                         placed_by, placed_at, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            visit.order_seq,
            order.to_string(),
            day.to_string(),
            number.0,
            guest_kind,
            guest,
            phone.map(PhoneNumber::digits),
            recorded.by.as_str(),
            recorded.at.to_string(),
            as_word(&visit.state)?,
        ])?;
    Ok(())
}

/// Where lines go.
#[derive(Clone, Copy)]
struct Placement {
    visit: Visit,
    round: u32,
    position: u32,
}

fn count_lines(transaction: &Transaction<'_>, visit: Visit) -> Result<u32, StoreError> {
    let count = transaction
        .prepare_cached("SELECT count(*) FROM catering_order_goods WHERE order_seq = ?1")?
        .query_row([visit.order_seq], |row| row.get(0))?;
    Ok(count)
}

fn insert_lines(
    transaction: &Transaction<'_>,
    at: &str,
    placement: Placement,
    lines: &[PlacedLine],
) -> Result<(), StoreError> {
    let Placement { visit, round, position } = placement;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO catering_order_goods (order_seq, position, line_id, round, dish, name_zh, name_en, quantity,
                                           price_fen, options, note, state, placed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'waiting', ?12)",
    )?;
    for (position, line) in (position..).zip(lines) {
        insert.execute(params![
            visit.order_seq,
            position,
            line.line.to_string(),
            round,
            line.dish.as_str(),
            line.name.zh,
            line.name.en,
            line.quantity.get(),
            line.price_fen.0,
            as_json(&line.options)?,
            line.note,
            at,
        ])?;
    }
    Ok(())
}

fn move_line(
    transaction: &Transaction<'_>,
    sql: &'static str,
    visit: Visit,
    line: LineId,
    value: &str,
) -> Result<(), StoreError> {
    transaction.prepare_cached(sql)?.execute(params![visit.order_seq, line.to_string(), value])?;
    Ok(())
}

fn as_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Unreadable { what: "a value", source })
}

/// A state or reason as the one word it is on the wire.
fn as_word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    as_json(value).map(|json| json.trim_matches('"').to_owned())
}
