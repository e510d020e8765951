//! The tables people query, kept in step with the journal in the same transaction: `catering_order` and
//! `catering_order_goods` under the owner's names, and how long each dish took.

use rusqlite::{Transaction, params};
use serde::Serialize;
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, PhoneNumber};
use shared::id::LineId;
use shared::order::PlacedLine;

use super::{Entry, StoreError, Visit, as_json, calling, menu};

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
const HOLD: &str = "UPDATE catering_order_goods SET state = 'held'
                    WHERE order_seq = ?1 AND line_id = ?2 AND ?3 IS NOT NULL";
const FIRE: &str = "UPDATE catering_order_goods SET state = 'waiting', due_from = ?3
                    WHERE order_seq = ?1 AND line_id = ?2";
const RUSH: &str = "UPDATE catering_order_goods SET rushes = rushes + 1
                    WHERE order_seq = ?1 AND line_id = ?2 AND ?3 IS NOT NULL";
const VOID: &str = "UPDATE catering_order_goods
                    SET state = 'voided', dropped_at = ?3, void_reason = ?4, approved_by = ?5
                    WHERE order_seq = ?1 AND line_id = ?2";
const REMAKE: &str = "UPDATE catering_order_goods SET state = 'remade', dropped_at = ?3
                      WHERE order_seq = ?1 AND line_id = ?2 AND state <> 'picked_up'";
/// One step back, and with it the time at which it was taken.
const RECALL: &str = "UPDATE catering_order_goods SET
        state = CASE state WHEN 'cooking' THEN 'waiting' WHEN 'ready' THEN 'cooking' WHEN 'notified' THEN 'ready'
                ELSE iif(called_at IS NULL, 'ready', 'notified') END,
        started_at = iif(state = 'cooking', NULL, started_at),
        ready_at = iif(state = 'ready', NULL, ready_at),
        called_at = iif(state = 'notified', NULL, called_at),
        picked_up_at = NULL
    WHERE order_seq = ?1 AND line_id = ?2 AND ?3 IS NOT NULL";

/// Takes one fact into the tables.
pub(super) fn apply(transaction: &Transaction<'_>, entry: &Entry) -> Result<(), StoreError> {
    match entry.visit {
        Some(visit) => apply_to_order(transaction, &entry.recorded, visit),
        None if calling::apply(transaction, &entry.recorded)? => Ok(()),
        None => menu::apply(transaction, &entry.recorded),
    }
}

fn apply_to_order(
    transaction: &Transaction<'_>,
    recorded: &Recorded,
    visit: Visit,
) -> Result<(), StoreError> {
    let at = recorded.at.to_string();
    if let Fact::OrderPlaced { lines, phone, .. } = &recorded.fact {
        insert_order(transaction, recorded, visit, phone.as_ref())?;
        return insert_lines(transaction, &at, Placement { visit, round: 0, position: 0 }, lines);
    }
    if let Fact::LinesAdded { round, lines, phone, .. } = &recorded.fact {
        let position = count_lines(transaction, visit)?;
        insert_lines(transaction, &at, Placement { visit, round: *round, position }, lines)?;
        transaction
            .prepare_cached("UPDATE catering_order SET phone = coalesce(?2, phone) WHERE order_seq = ?1")?
            .execute(params![visit.order_seq, phone.as_ref().map(PhoneNumber::digits)])?;
    } else if let Fact::GuestMoved { to, .. } = &recorded.fact {
        let (kind, guest) = guest_columns(to);
        transaction
            .prepare_cached("UPDATE catering_order SET guest_kind = ?2, guest = ?3 WHERE order_seq = ?1")?
            .execute(params![visit.order_seq, kind, guest])?;
    } else if let Fact::OrderCompleted { .. } = &recorded.fact {
        transaction
            .prepare_cached("UPDATE catering_order SET completed_at = ?2 WHERE order_seq = ?1")?
            .execute(params![visit.order_seq, at])?;
    } else {
        apply_to_lines(transaction, recorded, visit)?;
    }
    transaction
        .prepare_cached("UPDATE catering_order SET state = ?2, on_board = ?3 WHERE order_seq = ?1")?
        .execute(params![visit.order_seq, as_word(&visit.state)?, visit.on_board])?;
    Ok(())
}

fn apply_to_lines(
    transaction: &Transaction<'_>,
    recorded: &Recorded,
    visit: Visit,
) -> Result<(), StoreError> {
    let at = recorded.at.to_string();
    let change = |sql, line: &LineId, value: &str| change_line(transaction, sql, visit, *line, value);
    match &recorded.fact {
        Fact::LineSplit { line, part, portions, .. } => {
            split_line(transaction, visit, (*line, *part), portions.get())
        }
        Fact::LinesHeld { lines, .. } => lines.iter().try_for_each(|line| change(HOLD, line, &at)),
        Fact::LinesFired { lines, .. } => lines.iter().try_for_each(|line| change(FIRE, line, &at)),
        Fact::LinesRushed { lines, .. } => lines.iter().try_for_each(|line| change(RUSH, line, &at)),
        Fact::CookingStarted { line, .. } => change(START, line, &at),
        Fact::CookingFinished { line, .. } => {
            change(FINISH, line, &at)?;
            note_time(transaction, recorded.seq, visit, *line)
        }
        Fact::PickupCalled { line, .. } => change(CALL, line, &at),
        Fact::LinePickedUp { line, .. } => change(PICK_UP, line, &at),
        Fact::LineRecalled { line, .. } => {
            change(RECALL, line, &at)?;
            forget_time(transaction, visit, *line)
        }
        Fact::LineCancelled { line, reason, .. } => change(CANCEL, line, &as_word(reason)?),
        Fact::LineVoided { line, reason, approved_by, .. } => {
            let values = params![visit.order_seq, line.to_string(), at, reason, approved_by.as_str()];
            transaction.prepare_cached(VOID)?.execute(values)?;
            Ok(())
        }
        Fact::LineRemade { line, again, .. } => {
            let round = round_of(transaction, visit, *line)?;
            let position = count_lines(transaction, visit)?;
            insert_lines(
                transaction,
                &at,
                Placement { visit, round, position },
                std::slice::from_ref(again),
            )?;
            change(REMAKE, line, &at)
        }
        Fact::OrderPlaced { .. }
        | Fact::LinesAdded { .. }
        | Fact::GuestMoved { .. }
        | Fact::OrderCompleted { .. }
        | Fact::NoticesSeen { .. }
        | Fact::SmsRequested { .. }
        | Fact::SmsAnswered { .. }
        | Fact::DishSoldOut { .. }
        | Fact::DishLimited { .. }
        | Fact::DishBackOnSale { .. }
        | Fact::DishSaved { .. }
        | Fact::DishRemoved { .. }
        | Fact::MenuArranged { .. }
        | Fact::KitchenPlanned { .. }
        | Fact::CallRaised { .. }
        | Fact::AnnouncementsArranged { .. }
        | Fact::DutyStarted { .. }
        | Fact::DutyEnded { .. }
        | Fact::MessageRelayed { .. }
        | Fact::ServiceCalled { .. }
        | Fact::ServiceAnswered { .. } => Ok(()),
    }
}

fn insert_order(
    transaction: &Transaction<'_>,
    recorded: &Recorded,
    visit: Visit,
    phone: Option<&PhoneNumber>,
) -> Result<(), StoreError> {
    let Fact::OrderPlaced { order, number, day, guest, .. } = &recorded.fact else { return Ok(()) };
    let (guest_kind, guest) = guest_columns(guest);
    transaction
        .prepare_cached(
            "INSERT INTO catering_order (order_seq, order_id, business_day, number, guest_kind, guest, phone,
                                         placed_by, placed_at, state, on_board)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1)",
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
                                           price_fen, options, note, state, placed_at, due_from, target_s,
                                           stations, cautions, remake_of)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14, ?15, ?16, ?17)",
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
            if line.held { "held" } else { "waiting" },
            at,
            line.target_s,
            as_json(&line.stations)?,
            as_json(&line.cautions)?,
            line.remake_of.map(|line| line.to_string()),
        ])?;
    }
    Ok(())
}

fn change_line(
    transaction: &Transaction<'_>,
    sql: &'static str,
    visit: Visit,
    line: LineId,
    value: &str,
) -> Result<(), StoreError> {
    transaction.prepare_cached(sql)?.execute(params![visit.order_seq, line.to_string(), value])?;
    Ok(())
}

/// The part is the line once more, but for its name and its portions.
fn split_line(
    transaction: &Transaction<'_>,
    visit: Visit,
    (line, part): (LineId, LineId),
    portions: u16,
) -> Result<(), StoreError> {
    let position = count_lines(transaction, visit)?;
    let (line, part) = (line.to_string(), part.to_string());
    transaction
        .prepare_cached(
            "INSERT INTO catering_order_goods
             SELECT order_seq, ?4, ?3, round, dish, name_zh, name_en, ?5, price_fen, options, note, state, placed_at,
                    started_at, ready_at, called_at, picked_up_at, cancel_reason, target_s, stations, cautions,
                    remake_of, due_from, rushes, dropped_at, void_reason, approved_by
             FROM catering_order_goods WHERE order_seq = ?1 AND line_id = ?2",
        )?
        .execute(params![visit.order_seq, line, part, position, portions])?;
    transaction
        .prepare_cached(
            "UPDATE catering_order_goods SET quantity = quantity - ?3 WHERE order_seq = ?1 AND line_id = ?2",
        )?
        .execute(params![visit.order_seq, line, portions])?;
    Ok(())
}

fn round_of(transaction: &Transaction<'_>, visit: Visit, line: LineId) -> Result<u32, StoreError> {
    let round = transaction
        .prepare_cached("SELECT round FROM catering_order_goods WHERE order_seq = ?1 AND line_id = ?2")?
        .query_row(params![visit.order_seq, line.to_string()], |row| row.get(0))?;
    Ok(round)
}

/// How long a line took, once it is made.
fn note_time(transaction: &Transaction<'_>, seq: u64, visit: Visit, line: LineId) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO line_time (business_day, seq, line_id, dish, name_zh, name_en, stations, ready_at, wait_s,
                                    target_s)
             SELECT visit.business_day, ?3, line_id, dish, name_zh, name_en, stations, ready_at,
                    max(0, unixepoch(ready_at) - unixepoch(coalesce(due_from, goods.placed_at))), target_s
             FROM catering_order_goods AS goods JOIN catering_order AS visit USING (order_seq)
             WHERE order_seq = ?1 AND line_id = ?2",
        )?
        .execute(params![visit.order_seq, line.to_string(), seq])?;
    Ok(())
}

/// A line that is being made again has not taken its time yet.
fn forget_time(transaction: &Transaction<'_>, visit: Visit, line: LineId) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "DELETE FROM line_time
             WHERE business_day = (SELECT business_day FROM catering_order WHERE order_seq = ?1) AND line_id = ?2
               AND EXISTS (SELECT 1 FROM catering_order_goods
                           WHERE order_seq = ?1 AND line_id = ?2 AND ready_at IS NULL)",
        )?
        .execute(params![visit.order_seq, line.to_string()])?;
    Ok(())
}

fn guest_columns(guest: &Guest) -> (&'static str, &str) {
    match guest {
        Guest::Room { room } => ("room", room.as_str()),
        Guest::Wristband { wristband } => ("wristband", wristband.as_str()),
    }
}

/// A state or reason as the one word it is on the wire.
fn as_word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    as_json(value).map(|json| json.trim_matches('"').to_owned())
}
