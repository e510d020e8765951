//! How a slip looks: who and what in large letters, quantity before dish, everything in full, and white on black
//! for what must not be overlooked.

use jiff::Timestamp;
use shared::guest::Guest;
use shared::kitchen::{Paper, Printer};
use shared::menu::{CautionKind, Name};
use shared::order::{CancelReason, LineState, LineView};

use super::rows::{Look, Piece, Place, Row, Size, columns_of, printable, wrap};
use super::ticket::{Plan, Ticket, TicketKind};
use super::{Slip, paper_columns};
use crate::number::DayRule;

/// Columns, in large letters, of a quantity such as `12x`, with the space behind it.
const QUANTITY_COLUMNS: usize = 4;
/// What belongs to a dish stands under its name.
const INDENT: usize = QUANTITY_COLUMNS * 2;

/// The slip of one printer. The ticket holds that printer's lines alone.
pub(super) fn slip(ticket: &Ticket<'_>, printer: &Printer, plan: &Plan<'_>) -> Slip {
    let days = plan.days;
    let columns = paper_columns(printer.paper);
    let mut rows = ends(Size::Normal, &printable(&printer.name.zh), &time_of_day(ticket.at, days), columns);
    rows.extend(banner(&heading(&ticket.kind), Size::Large, printer.paper));
    rows.extend(whose(ticket, days, columns));
    rows.push(Row::Rule);
    rows.extend(ticket.lines.iter().flat_map(|line| dish(line, &ticket.kind, plan, columns)));
    rows.push(Row::Rule);
    rows.extend(reasons(&ticket.kind, columns));
    rows.extend(ends(Size::Normal, &count(ticket), &format!("单号 {}", ticket.seq), columns));
    Slip { title: title(ticket), rows }
}

/// A heading in the middle. Only a new order's is not white on black: everything else changes what is known.
pub(super) fn banner(words: &str, size: Size, paper: Paper) -> Vec<Row> {
    let look = if words == NEW_ORDER { Look::Bold } else { Look::Reverse };
    // A space at each side, inside the black.
    let columns = paper_columns(paper) / size.wide() - 2;
    let row = |text: String| Row::Words {
        size,
        place: Place::Middle,
        pieces: vec![Piece { text: format!(" {text} "), look }],
    };
    wrap(words, columns).into_iter().map(row).collect()
}

pub(super) fn test_page(printer: &str, paper: Paper) -> Slip {
    let columns = paper_columns(paper);
    let ruler: String = (1..=columns).map(|column| char::from(b'0' + (column % 10) as u8)).collect();
    let mut rows = banner("打印测试", Size::Large, paper);
    rows.extend(text(Size::Tall, Look::Plain, 0, &printable(printer), columns));
    rows.push(Row::Rule);
    rows.extend(text(Size::Normal, Look::Plain, 0, &ruler, columns));
    rows.extend(text(Size::Normal, Look::Plain, 0, "普通 Normal 123", columns));
    rows.extend(text(Size::Tall, Look::Plain, 0, "倍高 Tall 123", columns));
    rows.extend(text(Size::Tall, Look::Bold, 0, "加粗 Bold 123", columns));
    rows.extend(text(Size::Large, Look::Plain, 0, "倍宽倍高 123", columns));
    rows.extend(text(Size::Large, Look::Reverse, 0, "敏 反白 123", columns));
    rows.extend(text(Size::Normal, Look::Plain, 0, "龘犇鱻麤焗煲炖馄饨", columns));
    rows.push(Row::Rule);
    Slip { title: format!("打印测试 {}", printable(printer)), rows }
}

const NEW_ORDER: &str = "新单";

fn heading(kind: &TicketKind) -> String {
    match kind {
        TicketKind::Ordered => NEW_ORDER.to_owned(),
        TicketKind::Added { round } => format!("加菜 第{round}次"),
        TicketKind::Held => "等叫 先不做".to_owned(),
        TicketKind::Fired => "起菜 现在做".to_owned(),
        TicketKind::Rushed => "催菜".to_owned(),
        TicketKind::Cancelled => "取消 不用做".to_owned(),
        TicketKind::Voided { .. } => "退菜 停止做".to_owned(),
        TicketKind::Remade { .. } => "重做".to_owned(),
        TicketKind::Moved { .. } => "换房 勿重做".to_owned(),
        TicketKind::GuestLeft => "客人已离开".to_owned(),
        TicketKind::Outstanding => "屏幕离线 补单".to_owned(),
    }
}

/// Number and room; the number of an earlier day says so (K2).
fn whose(ticket: &Ticket<'_>, days: &DayRule, columns: usize) -> Vec<Row> {
    let order = ticket.order;
    let is_yesterdays = order.day < days.day_of(ticket.at);
    let number = format!("{}{}", if is_yesterdays { "昨" } else { "" }, order.number);
    let guest = match &ticket.kind {
        TicketKind::Moved { from } => format!("{} → {}", called(from), called(&order.guest)),
        TicketKind::Ordered
        | TicketKind::Added { .. }
        | TicketKind::Held
        | TicketKind::Fired
        | TicketKind::Rushed
        | TicketKind::Cancelled
        | TicketKind::Voided { .. }
        | TicketKind::Remade { .. }
        | TicketKind::GuestLeft
        | TicketKind::Outstanding => called(&order.guest),
    };
    let mut rows = ends(Size::Large, &number, &guest, columns);
    if ticket.at != order.placed_at {
        rows.extend(text(
            Size::Normal,
            Look::Plain,
            0,
            &format!("下单 {}", time_of_day(order.placed_at, days)),
            columns,
        ));
    }
    rows
}

/// As people call them: a room whose name is a number is said with 房.
fn called(guest: &Guest) -> String {
    match guest {
        Guest::Room { room } if room.as_str().bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{room}房")
        }
        Guest::Room { .. } | Guest::Wristband { .. } => printable(&guest.to_string()),
    }
}

fn dish(line: &LineView, kind: &TicketKind, plan: &Plan<'_>, columns: usize) -> Vec<Row> {
    let placed = &line.placed;
    let mut rows = Vec::new();
    let room_for_name = columns / Size::Large.wide() - QUANTITY_COLUMNS;
    for (index, part) in wrap(&printable(&placed.name.zh), room_for_name).into_iter().enumerate() {
        let before =
            if index == 0 { format!("{:>2}x ", placed.quantity.get()) } else { " ".repeat(QUANTITY_COLUMNS) };
        let pieces = vec![Piece { text: before + &part, look: Look::Bold }];
        rows.push(Row::Words { size: Size::Large, place: Place::Left, pieces });
    }
    rows.extend(under(Size::Tall, Look::Plain, &listed(&placed.options), columns));
    rows.extend(
        standing(line, kind, plan).iter().flat_map(|words| under(Size::Tall, Look::Reverse, words, columns)),
    );
    if !is_made_by(kind) {
        return rows;
    }
    for caution in &placed.cautions {
        let (size, sign) = match caution.kind {
            CautionKind::Allergy => (Size::Large, "敏"),
            CautionKind::Diet => (Size::Tall, "忌"),
        };
        rows.extend(under(size, Look::Reverse, &format!("{sign}：{}", printable(&caution.name.zh)), columns));
    }
    if !placed.note.is_empty() {
        rows.extend(under(Size::Tall, Look::Bold, &format!("备注：{}", printable(&placed.note)), columns));
    }
    if !placed.allergens.is_empty() {
        rows.extend(under(Size::Normal, Look::Plain, &format!("含：{}", listed(&placed.allergens)), columns));
    }
    rows
}

/// Whether cooks make dishes by this slip. Any other is short, so that nobody takes it for an order and makes a dish
/// again.
fn is_made_by(kind: &TicketKind) -> bool {
    match kind {
        TicketKind::Ordered
        | TicketKind::Added { .. }
        | TicketKind::Fired
        | TicketKind::Remade { .. }
        | TicketKind::Outstanding => true,
        TicketKind::Held
        | TicketKind::Rushed
        | TicketKind::Cancelled
        | TicketKind::Voided { .. }
        | TicketKind::Moved { .. }
        | TicketKind::GuestLeft => false,
    }
}

/// How a line stands, where that is not said by the heading.
fn standing(line: &LineView, kind: &TicketKind, plan: &Plan<'_>) -> Vec<String> {
    let mut words = Vec::new();
    match &line.state {
        LineState::Held if *kind != TicketKind::Held => words.push("等叫 先不做".to_owned()),
        LineState::Cooking { .. } if matches!(kind, TicketKind::Outstanding | TicketKind::Moved { .. }) => {
            words.push("在做".to_owned());
        }
        LineState::Cancelled { reason: CancelReason::GuestLeft } => words.push("客人已离开".to_owned()),
        LineState::Held
        | LineState::Waiting
        | LineState::Cooking { .. }
        | LineState::Ready { .. }
        | LineState::Notified { .. }
        | LineState::PickedUp { .. }
        | LineState::Cancelled { .. }
        | LineState::Voided { .. }
        | LineState::Remade { .. } => {}
    }
    if let Some(rush) = line.rush.as_ref().filter(|_| is_made_by(kind) || *kind == TicketKind::Rushed) {
        words.push(format!("已催{}次", rush.count));
    }
    if plan.stations_of(line).is_empty() {
        words.push("未分档口".to_owned());
    }
    words
}

fn reasons(kind: &TicketKind, columns: usize) -> Vec<Row> {
    let said = |words: String| text(Size::Tall, Look::Bold, 0, &printable(&words), columns);
    match kind {
        TicketKind::Voided { reason, approved_by } => {
            [said(format!("原因：{reason}")), said(format!("批准：{approved_by}"))].concat()
        }
        TicketKind::Remade { reason } => said(format!("原因：{reason}")),
        TicketKind::Ordered
        | TicketKind::Added { .. }
        | TicketKind::Held
        | TicketKind::Fired
        | TicketKind::Rushed
        | TicketKind::Cancelled
        | TicketKind::Moved { .. }
        | TicketKind::GuestLeft
        | TicketKind::Outstanding => Vec::new(),
    }
}

fn count(ticket: &Ticket<'_>) -> String {
    let portions: u32 = ticket.lines.iter().map(|line| u32::from(line.placed.quantity.get())).sum();
    format!("共 {} 道 {portions} 份", ticket.lines.len())
}

fn title(ticket: &Ticket<'_>) -> String {
    let dishes = ticket
        .lines
        .iter()
        .map(|line| format!("{}×{}", printable(&line.placed.name.zh), line.placed.quantity));
    let dishes = dishes.collect::<Vec<_>>().join("、");
    format!("{} {} {} {dishes}", ticket.order.number, called(&ticket.order.guest), heading(&ticket.kind))
}

fn time_of_day(at: Timestamp, days: &DayRule) -> String {
    at.to_zoned(days.zone.clone()).strftime("%m-%d %H:%M:%S").to_string()
}

fn listed(names: &[Name]) -> String {
    names.iter().map(|name| printable(&name.zh)).collect::<Vec<_>>().join("、")
}

fn under(size: Size, look: Look, words: &str, columns: usize) -> Vec<Row> {
    text(size, look, INDENT / size.wide(), words, columns)
}

/// A text in as many rows as it needs. What is white on black has a column of black before it, in the margin, and
/// one behind it where there is room.
fn text(size: Size, look: Look, indent: usize, words: &str, columns: usize) -> Vec<Row> {
    let columns = columns / size.wide();
    let (margin, before) = match look {
        Look::Reverse => (indent.max(1) - 1, " "),
        Look::Plain | Look::Bold => (indent, ""),
    };
    let room = columns - margin - before.len();
    let row = |line: String| {
        let behind = if columns_of(&line) < room { before } else { "" };
        let words = Piece { text: format!("{before}{line}{behind}"), look };
        let margin = Piece { text: " ".repeat(margin), look: Look::Plain };
        let pieces = [margin, words].into_iter().filter(|piece| !piece.text.is_empty()).collect();
        Row::Words { size, place: Place::Left, pieces }
    };
    wrap(words, room).into_iter().map(row).collect()
}

/// Two texts at the two ends of a row, or one under the other where there is no room.
fn ends(size: Size, left: &str, right: &str, columns: usize) -> Vec<Row> {
    let columns = columns / size.wide();
    let look = if size == Size::Large { Look::Bold } else { Look::Plain };
    let between = columns.checked_sub(columns_of(left) + columns_of(right)).filter(|between| *between > 0);
    let row = |text| Row::Words { size, place: Place::Left, pieces: vec![Piece { text, look }] };
    match between {
        Some(between) => vec![row(format!("{left}{}{right}", " ".repeat(between)))],
        None => wrap(left, columns).into_iter().chain(wrap(right, columns)).map(row).collect(),
    }
}
