//! The journal, read over a connection.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::link::{Link, failed};
use super::{ASK_MAX, COMMIT_MAX, SHARD, as_digest};
use crate::store::segment::{Pieces, Segment};
use crate::store::{End, JournalRow, StoreError};

/// The journal, seen over a connection.
pub(super) struct Reading<'a> {
    link: &'a Link,
    client: &'a Client,
    rows: Statement,
}

impl<'a> Reading<'a> {
    /// Ready to be asked. Errors: see [`StoreError`].
    pub(super) fn new(link: &'a Link, client: &'a Client) -> Result<Self, StoreError> {
        let text = "select seq, entries, digest from journal
                    where shard = $1 and seq >= $2 and seq < $3 order by seq limit $4";
        let rows = link.ask("preparing to read the journal", ASK_MAX, client.prepare(text))?;
        Ok(Self { link, client, rows })
    }
}

impl Pieces for Reading<'_> {
    fn rows_between(&mut self, first: i64, end: i64, limit: i64) -> Result<Vec<JournalRow>, StoreError> {
        const DOING: &str = "reading the journal";
        let filled: [&(dyn ToSql + Sync); 4] = [&SHARD, &first, &end, &limit];
        let rows = self.link.ask(DOING, COMMIT_MAX, self.client.query(&self.rows, &filled))?;
        rows.iter().map(|row| journal_row(row).map_err(|error| failed(DOING, error))?).collect()
    }

    fn segment_with(&mut self, seq: i64) -> Result<Option<Segment>, StoreError> {
        const DOING: &str = "reading old rows of the journal";
        let text = "select first_seq, last_seq, digest_before, digest, packed from journal_segment
                    where shard = $1 and first_seq <= $2 and last_seq >= $2 order by first_seq desc limit 1";
        let row = self.link.ask(DOING, COMMIT_MAX, self.client.query_opt(text, &[&SHARD, &seq]))?;
        row.map(|row| segment(&row).map_err(|error| failed(DOING, error))?).transpose()
    }

    fn segments_end(&mut self) -> Result<End, StoreError> {
        const DOING: &str = "looking for the old rows of the journal";
        let text = "select last_seq, digest from journal_segment
                    where shard = $1 order by first_seq desc limit 1";
        let found = self.link.ask(DOING, ASK_MAX, async {
            let row = self.client.query_opt(text, &[&SHARD]).await?;
            row.map(|row| Ok((row.try_get::<_, i64>(0)?, row.try_get::<_, Vec<u8>>(1)?))).transpose()
        })?;
        found.map_or(Ok(End::BEGINNING), |(seq, digest)| Ok(End { seq, digest: as_digest(seq, &digest)? }))
    }
}

fn journal_row(row: &Row) -> anyhow::Result<Result<JournalRow, StoreError>> {
    let (seq, digest): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(2)?);
    let entries = row.try_get(1)?;
    Ok(as_digest(seq, &digest).map(|digest| JournalRow { seq, entries, digest }))
}

fn segment(row: &Row) -> anyhow::Result<Result<Segment, StoreError>> {
    let (first, last) = (row.try_get(0)?, row.try_get(1)?);
    let (before, digest): (Vec<u8>, Vec<u8>) = (row.try_get(2)?, row.try_get(3)?);
    let rows = row.try_get(4)?;
    let digests = as_digest(first, &before).and_then(|before| Ok((before, as_digest(last, &digest)?)));
    Ok(digests.map(|(before, digest)| Segment { first, last, before, digest, rows }))
}
