//! The writing of lists, on a connection of its own.
//!
//! It does not wait for the disk: a sync here would delay the commits that people wait for. What a database that falls
//! takes along is written again from memory, or made again from the journal at the next start.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::columns::Columns;
use super::link::{Link, failed};
use super::{ASK_MAX, COMMIT_MAX, SHARD, as_digest};
use crate::store::{End, Lists, Projection, StoreError};

/// To empty large lists takes its time.
const CLEAR_MAX: Duration = Duration::from_secs(600);
/// So long after the last sync, or with so many rows since, there is one.
const UNSYNCED_MAX: (Duration, usize) = (Duration::from_secs(1), 10_000);

/// The writing side of the lists.
pub struct PostgresProjection {
    link: Arc<Link>,
    holder: String,
    client: Client,
    writing: Statement,
    /// Written since the last sync.
    unsynced: Lists,
    synced_at: Instant,
    /// The connection is another than that by which those were written, and it has not written them again yet.
    must_repeat: bool,
}

impl PostgresProjection {
    /// Claims the lists for whoever has the lease. It waits for a writing that is under way.
    pub(super) fn begin(link: Arc<Link>, holder: String) -> Result<Self, StoreError> {
        let (client, writing) = connect(&link)?;
        let text = "update listed set holder = $2 where shard = $1";
        link.ask("claiming the lists", COMMIT_MAX, client.execute(text, &[&SHARD, &holder]))?;
        let (unsynced, synced_at, must_repeat) = (Lists::default(), Instant::now(), false);
        Ok(Self { link, holder, client, writing, unsynced, synced_at, must_repeat })
    }

    fn connected(&mut self) -> Result<(), StoreError> {
        if self.client.is_closed() {
            (self.client, self.writing) = connect(&self.link)?;
            self.must_repeat = true;
        }
        Ok(())
    }
}

impl Projection for PostgresProjection {
    fn reached(&mut self) -> Result<End, StoreError> {
        const DOING: &str = "asking how far the lists are";
        self.connected()?;
        let text = "select holder, seq, digest from listed where shard = $1";
        let (holder, seq, digest) = self.link.ask(DOING, ASK_MAX, async {
            let row = self.client.query_one(text, &[&SHARD]).await?;
            Ok((row.try_get::<_, String>(0)?, row.try_get(1)?, row.try_get::<_, Vec<u8>>(2)?))
        })?;
        if holder != self.holder {
            return Err(StoreError::Lost);
        }
        Ok(End { seq, digest: as_digest(seq, &digest)? })
    }

    fn write(&mut self, end: End, lists: &Lists) -> Result<(), StoreError> {
        self.connected()?;
        self.unsynced.follow(lists.clone());
        let (longest, most) = UNSYNCED_MAX;
        let syncs = self.must_repeat || self.unsynced.len() >= most || self.synced_at.elapsed() >= longest;
        let columns = Columns::of(if self.must_repeat { &self.unsynced } else { lists });
        let digest = end.digest.as_slice();
        let mut filled: Vec<&(dyn ToSql + Sync)> = vec![&SHARD, &self.holder, &end.seq, &digest];
        filled.extend(columns.parameters());
        let how = if syncs { "on" } else { "off" };
        filled.push(&how);
        match self.link.wait(COMMIT_MAX, self.client.query_opt(&self.writing, &filled)) {
            Ok(Ok(Some(_))) => {
                if syncs {
                    (self.unsynced, self.synced_at, self.must_repeat) =
                        (Lists::default(), Instant::now(), false);
                }
                Ok(())
            }
            // It was written by a question whose answer did not come, or somebody else has the lists.
            Ok(Ok(None)) => match self.reached()? {
                reached if reached == end => Ok(()),
                _ => Err(StoreError::Lost),
            },
            Ok(Err(error)) => Err(failed("writing lists", anyhow!(error))),
            Err(late) => Err(failed("writing lists", anyhow!(late))),
        }
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.connected()?;
        let text = "with fence as (
               update listed set seq = 0, digest = $3 where shard = $1 and holder = $2 returning seq
             ), messages as (delete from message where exists (select from fence)),
             orders as (delete from catering_order where exists (select from fence)),
             relays as (delete from relay where exists (select from fence))
             select seq from fence";
        let digest = End::BEGINNING.digest.as_slice();
        let filled: [&(dyn ToSql + Sync); 3] = [&SHARD, &self.holder, &digest];
        let cleared = self.link.ask("emptying lists", CLEAR_MAX, self.client.query_opt(text, &filled))?;
        cleared.ok_or(StoreError::Lost)?;
        (self.unsynced, self.must_repeat) = (Lists::default(), false);
        Ok(())
    }
}

impl fmt::Debug for PostgresProjection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresProjection").finish_non_exhaustive()
    }
}

fn connect(link: &Link) -> Result<(Client, Statement), StoreError> {
    let client = link.connect()?;
    let writing = link.ask("preparing to write lists", ASK_MAX, client.prepare(include_str!("lists.sql")))?;
    Ok((client, writing))
}
