//! Old rows of the journal, many in one and compressed: an accountant throws nothing away, and a disk has an end.
//!
//! A segment holds the same bytes as its rows, and the digests at both its ends prove them: whoever reads the journal
//! from its first row on is handed the same rows, wherever they lie. Here is what both stores have in common.

use super::{EachRow, End, JournalRow, StoreError};

/// Entries of so many bytes fill a segment, which takes a few milliseconds to make, …
const BYTES: usize = 1 << 20;
/// … and so many rows do, however small.
const ROWS: usize = 4_096;
/// Rows read at once: one may hold a few thousand commands.
const ROWS_AT_ONCE: i64 = 64;
/// The same, of rows to be packed: small ones, if they are so many.
const ROWS_PACKED_AT_ONCE: i64 = 512;
/// zstd's default.
const LEVEL: i32 = 3;

/// Many rows in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// Its first row's place.
    pub(super) first: i64,
    /// Its last row's.
    pub(super) last: i64,
    /// The digest of the row before its first.
    pub(super) before: [u8; 32],
    /// That of its last.
    pub(super) digest: [u8; 32],
    /// The entries of each row after their length (u32, little-endian), all compressed together.
    pub(super) rows: Vec<u8>,
}

/// A journal as it lies in a store: segments, and rows after them.
pub(super) trait Pieces {
    /// Rows from `first` until before `end`, not more than `limit`, the oldest first.
    fn rows_between(&mut self, first: i64, end: i64, limit: i64) -> Result<Vec<JournalRow>, StoreError>;

    /// The segment that holds a row.
    fn segment_with(&mut self, seq: i64) -> Result<Option<Segment>, StoreError>;

    /// Where the segments end.
    fn segments_end(&mut self) -> Result<End, StoreError>;
}

impl Segment {
    /// The rows between two ends. Errors: the compressor's.
    fn of(begin: End, end: End, rows: &[JournalRow]) -> std::io::Result<Self> {
        let mut bytes = Vec::new();
        for row in rows {
            let length = u32::try_from(row.entries.len()).map_err(std::io::Error::other)?;
            bytes.extend(length.to_le_bytes());
            bytes.extend(&row.entries);
        }
        let rows = zstd::bulk::compress(&bytes, LEVEL)?;
        Ok(Self { first: begin.seq + 1, last: end.seq, before: begin.digest, digest: end.digest, rows })
    }

    /// Its rows, proved. Errors: they are not what was put in.
    fn unpack(&self) -> Result<Vec<JournalRow>, StoreError> {
        let damaged = |what: &str| {
            let what = format!("the segment of rows {} to {}: {what}", self.first, self.last);
            StoreError::Damaged { row: self.first, what }
        };
        let bytes = zstd::decode_all(self.rows.as_slice()).map_err(|error| damaged(&error.to_string()))?;
        let (mut left, mut rows) = (bytes.as_slice(), Vec::new());
        let mut end = End { seq: self.first - 1, digest: self.before };
        while let Some((length, rest)) = left.split_first_chunk() {
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let (entries, rest) = rest.split_at_checked(length).ok_or_else(|| damaged("it was cut off"))?;
            rows.push(end.next_of(entries.to_vec()));
            end = rows.last().map_or(end, JournalRow::end);
            left = rest;
        }
        if !left.is_empty() || end != (End { seq: self.last, digest: self.digest }) {
            return Err(damaged("its digest does not fit"));
        }
        Ok(rows)
    }
}

/// Hands over the rows after `from`, each proved. It may run beside a compaction: rows only ever move from the journal
/// into a segment, and are looked for in this order.
pub(super) fn read_after(
    pieces: &mut (impl Pieces + ?Sized),
    from: End,
    each: &mut EachRow<'_>,
) -> Result<End, StoreError> {
    let mut end = from;
    loop {
        let next = end.seq + 1;
        let rows = pieces.rows_between(next, next + ROWS_AT_ONCE, ROWS_AT_ONCE)?;
        let rows = match rows.first() {
            Some(row) if row.seq == next => rows,
            Some(_) | None => match pieces.segment_with(next)? {
                Some(segment) => segment.unpack()?.into_iter().skip_while(|row| row.seq < next).collect(),
                None => pieces.rows_between(next, i64::MAX, 1)?,
            },
        };
        if rows.is_empty() {
            return Ok(end);
        }
        for row in &rows {
            end = end.follow(row)?;
            each(row)?;
        }
    }
}

/// Whether the journal has a row with this digest.
pub(super) fn has(pieces: &mut (impl Pieces + ?Sized), end: End) -> Result<bool, StoreError> {
    if end == End::BEGINNING {
        return Ok(true);
    }
    let rows = match pieces.rows_between(end.seq, end.seq.saturating_add(1), 1)? {
        rows if !rows.is_empty() => rows,
        _ => pieces.segment_with(end.seq)?.map(|segment| segment.unpack()).transpose()?.unwrap_or_default(),
    };
    Ok(rows.iter().any(|row| row.end() == end))
}

/// The oldest rows before `before`, if they fill a segment. Errors: see [`StoreError`]; damage is not packed up.
pub(super) fn next_segment(
    pieces: &mut (impl Pieces + ?Sized),
    before: i64,
) -> Result<Option<Segment>, StoreError> {
    let begin = pieces.segments_end()?;
    let (mut end, mut rows, mut bytes) = (begin, Vec::new(), 0);
    let is_full = |bytes: usize, rows: &[JournalRow]| bytes >= BYTES || rows.len() >= ROWS;
    while !is_full(bytes, &rows) {
        // As many again as there are: large rows fill it with few, and are not read in vain.
        let again = i64::try_from(rows.len() + 1).unwrap_or(i64::MAX);
        let found = pieces.rows_between(end.seq + 1, before, again.min(ROWS_PACKED_AT_ONCE))?;
        if found.is_empty() {
            return Ok(None);
        }
        for row in found {
            if is_full(bytes, &rows) {
                break;
            }
            end = end.follow(&row)?;
            bytes += row.entries.len();
            rows.push(row);
        }
    }
    let packed = Segment::of(begin, end, &rows);
    packed.map(Some).map_err(|error| StoreError::Failed { doing: "compressing rows", source: error.into() })
}
