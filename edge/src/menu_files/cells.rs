//! One cell of the CSV: lists, names in two languages, money, and what a spreadsheet must not take for a formula.
//!
//! Within a cell `;` parts questions, `:` a question from its answers, `|` names, `/` Chinese from English, each also
//! in its full width; `\` before one of them makes it part of a name.

use std::collections::BTreeSet;

use pinyin::ToPinyin;
use shared::id::StationId;
use shared::menu::{Name, OptionGroup};
use shared::quantity::Fen;

use super::{Column, Fault};

type Separator = [char; 2];

const BETWEEN_GROUPS: Separator = [';', '；'];
const AFTER_QUESTION: Separator = [':', '：'];
const BETWEEN_NAMES: Separator = ['|', '｜'];
const BETWEEN_LANGUAGES: Separator = ['/', '／'];
const ESCAPE: char = '\\';

/// A spreadsheet runs a cell that begins with one of these.
const BEGINS_FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
/// A spreadsheet takes what follows it as text.
const AS_TEXT: char = '\'';

/// Longest id that is made from a name, with room for a number behind it.
const MADE_ID_CHARS_MAX: usize = 32;

fn would_run(cell: &str) -> bool {
    cell.trim_start_matches(AS_TEXT).starts_with(BEGINS_FORMULA)
}

/// Keeps a spreadsheet from running what a person typed as a name.
pub(super) fn guard(cell: String) -> String {
    if would_run(&cell) { format!("{AS_TEXT}{cell}") } else { cell }
}

/// Takes back what [`guard`] did.
pub(super) fn unguard(cell: &str) -> &str {
    match cell.strip_prefix(AS_TEXT) {
        Some(rest) if would_run(rest) => rest,
        Some(_) | None => cell,
    }
}

fn escape(text: &str) -> String {
    let special = [BETWEEN_GROUPS, AFTER_QUESTION, BETWEEN_NAMES, BETWEEN_LANGUAGES].concat();
    text.chars()
        .flat_map(|c| (c == ESCAPE || special.contains(&c)).then_some(ESCAPE).into_iter().chain([c]))
        .collect()
}

fn unescape(text: &str) -> String {
    let mut chars = text.trim().chars();
    std::iter::from_fn(|| match chars.next() {
        Some(ESCAPE) => chars.next().or(Some(ESCAPE)),
        other => other,
    })
    .collect()
}

fn split(text: &str, separator: Separator) -> Vec<&str> {
    let (mut parts, mut from, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        if !escaped && separator.contains(&c) {
            parts.push(&text[from..at]);
            from = at + c.len_utf8();
        }
        escaped = c == ESCAPE && !escaped;
    }
    parts.push(&text[from..]);
    parts
}

fn split_list(text: &str, separator: Separator) -> Vec<&str> {
    if text.trim().is_empty() { Vec::new() } else { split(text, separator) }
}

fn name(name: &Name) -> String {
    let zh = escape(&name.zh);
    if name.en.is_empty() && !zh.is_empty() { zh } else { format!("{zh}/{}", escape(&name.en)) }
}

fn parse_name(text: &str) -> Option<Name> {
    match split(text, BETWEEN_LANGUAGES)[..] {
        [zh] => Some(Name { zh: unescape(zh), en: String::new() }),
        [zh, en] => Some(Name { zh: unescape(zh), en: unescape(en) }),
        _ => None,
    }
}

pub(super) fn names(names: &[Name]) -> String {
    names.iter().map(name).collect::<Vec<_>>().join(" | ")
}

/// Errors: [`Fault::BadName`] with the name that is none.
pub(super) fn parse_names(text: &str, column: Column) -> Result<Vec<Name>, Fault> {
    split_list(text, BETWEEN_NAMES)
        .into_iter()
        .map(|part| parse_name(part).ok_or_else(|| Fault::BadName(column, part.trim().to_owned())))
        .collect()
}

pub(super) fn options(groups: &[OptionGroup]) -> String {
    let group = |group: &OptionGroup| format!("{}: {}", name(&group.name), names(&group.choices));
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}

/// Errors: [`Fault::BadOptions`] with the question that is none, or [`Fault::BadName`].
pub(super) fn parse_options(text: &str) -> Result<Vec<OptionGroup>, Fault> {
    split_list(text, BETWEEN_GROUPS).into_iter().map(parse_group).collect()
}

fn parse_group(text: &str) -> Result<OptionGroup, Fault> {
    let fault = || Fault::BadOptions(text.trim().to_owned());
    let [question, answers] = split(text, AFTER_QUESTION)[..] else { return Err(fault()) };
    Ok(OptionGroup {
        name: parse_name(question).ok_or_else(fault)?,
        choices: parse_names(answers, Column::Options)?,
    })
}

pub(super) fn stations(stations: &[StationId]) -> String {
    stations.iter().map(StationId::as_str).collect::<Vec<_>>().join(" | ")
}

/// Errors: the text that cannot be a station's id.
pub(super) fn parse_stations(text: &str) -> Result<Vec<StationId>, String> {
    let between = |c: char| c.is_whitespace() || "|｜,，;；、".contains(c);
    text.split(between)
        .filter(|part| !part.is_empty())
        .map(|part| StationId::new(part).map_err(|_| part.to_owned()))
        .collect()
}

/// `32`, `32.50`, `-1.05`.
pub(super) fn yuan(price: Fen) -> String {
    let (sign, fen) = (if price.0 < 0 { "-" } else { "" }, price.0.unsigned_abs());
    match fen % 100 {
        0 => format!("{sign}{}", fen / 100),
        cents => format!("{sign}{}.{cents:02}", fen / 100),
    }
}

/// Reads an amount of at least nothing, exactly. `None` when it is something else.
pub(super) fn parse_yuan(text: &str) -> Option<Fen> {
    let text = text.trim_start_matches(['¥', '￥']).trim_end_matches('元').trim().replace(',', "");
    let (yuan, cents) = text.split_once('.').unwrap_or((&text, ""));
    let is_figures = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if yuan.is_empty() || cents.len() > 2 || !is_figures(yuan) || !is_figures(cents) {
        return None;
    }
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    Some(Fen(yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)?))
}

/// An id in pinyin that is not taken: `gongbaojiding`, `gongbaojiding_2`.
pub(super) fn id_from_name(zh: &str, taken: &BTreeSet<String>) -> String {
    let latin: String = zh
        .chars()
        .map(|c| {
            c.to_pinyin()
                .map_or_else(|| c.to_lowercase().to_string(), |read| read.with_tone_num_end().to_owned())
        })
        .flat_map(|syllable| {
            let is_read = syllable.chars().count() > 1;
            syllable
                .replace('ü', "v")
                .chars()
                .filter(move |c| !(is_read && c.is_ascii_digit()))
                .collect::<Vec<_>>()
        })
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        .take(MADE_ID_CHARS_MAX)
        .collect();
    let stem = if latin.len() < 2 { format!("dish{latin}") } else { latin };
    let numbered = (2..).map(|n: u32| format!("{stem}_{n}"));
    std::iter::once(stem.clone())
        .chain(numbered)
        .find(|id| !taken.contains(id))
        .expect("numbers do not end before the names do")
}
