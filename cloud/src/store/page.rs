//! Pages and their cursors, the same for every store.

use anyhow::anyhow;
use serde::de::DeserializeOwned;

use super::{Page, StoreError};

/// Turns rows and their cursors into a page. One row more than asked says that there is a next page, which begins
/// after the last row of this one. Errors: a row that is no `T`.
pub(super) fn page<T: DeserializeOwned>(
    mut found: Vec<(String, String)>,
    limit: u32,
) -> Result<Page<T>, StoreError> {
    let limit = limit as usize;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(_, cursor)| cursor.clone());
    let rows = found.iter().map(|(view, _)| read_view(view)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next })
}

/// A row as it is shown. Errors: it is no `T`.
pub(super) fn read_view<T: DeserializeOwned>(view: &str) -> Result<T, StoreError> {
    let failed = |error: serde_json::Error| StoreError::Failed {
        doing: "reading a row of a list",
        source: anyhow!(error),
    };
    serde_json::from_str(view).map_err(failed)
}

/// Before which number. A cursor that is none of ours finds nothing.
pub(super) fn order_cursor(before: Option<&str>) -> i64 {
    before.map_or(i64::MAX, |cursor| cursor.parse().unwrap_or(0))
}

/// Before which time and id.
pub(super) fn message_cursor(before: Option<&str>) -> (i64, &str) {
    before.map_or((i64::MAX, ""), |cursor| time_and_id(cursor).unwrap_or((i64::MIN, "")))
}

/// Before which two times and id.
pub(super) fn relay_cursor(before: Option<&str>) -> (i64, i64, &str) {
    let parts = |cursor| {
        let (kept_us, rest) = str::split_once(cursor, '.')?;
        let (asked_us, message) = time_and_id(rest)?;
        Some((kept_us.parse().ok()?, asked_us, message))
    };
    before.map_or((i64::MAX, i64::MAX, ""), |cursor| parts(cursor).unwrap_or((i64::MIN, i64::MIN, "")))
}

fn time_and_id(cursor: &str) -> Option<(i64, &str)> {
    let (time_us, id) = cursor.split_once('.')?;
    Some((time_us.parse().ok()?, id))
}
