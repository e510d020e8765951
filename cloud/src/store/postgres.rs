//! A PostgreSQL database: one statement a commit, fenced by the epoch it was decided in.
//!
//! Several processes may be started on one database. One holds the lease and writes; the others wait for it to end.
//! What a lost connection leaves open is never guessed: a new epoch is begun, behind which nothing of the old one
//! can be kept any more, and then the journal says what is there.

mod columns;
mod journal;
mod lease;
mod link;
mod projection;
mod records;

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::segment::{self, Segment};
use super::{EachRow, End, JournalRow, Rows, Store, StoreError};
use journal::Reading;
use lease::Lease;
use link::{Link, failed, is_refusal};

pub use link::PostgresUrl;
pub use projection::PostgresProjection;
pub use records::PostgresRecords;

mod migrations {
    refinery::embed_migrations!("migrations/postgres");
}

/// All brands are in one set of books for now.
const SHARD: i32 = 0;
/// For a question that takes milliseconds.
const ASK_MAX: Duration = Duration::from_secs(5);
/// For a commit, or the next rows of the journal. A database that takes longer is away.
const COMMIT_MAX: Duration = Duration::from_secs(10);
/// Changing the tables of a large database takes its time.
const MIGRATION_MAX: Duration = Duration::from_secs(600);
/// How long an open commit may be looked for: a database that is started anew is back within this.
const SETTLE_MAX: Duration = Duration::from_secs(30);
const SETTLE_PAUSE: Duration = Duration::from_millis(200);
/// Any number will do, as long as everybody takes the same.
const MIGRATION_LOCK: i64 = 7090;

/// The writing side.
pub struct PostgresStore {
    link: Arc<Link>,
    lease: Lease,
    writing: Writing,
    /// The last row that was known to be kept.
    seen: i64,
}

/// A connection to write by, in an epoch of its own.
struct Writing {
    client: Client,
    commit: Statement,
    epoch: i64,
}

impl PostgresStore {
    /// Brings the tables up to date and takes the lease. Errors: [`StoreError::Taken`], or see [`StoreError`].
    pub fn open(url: &PostgresUrl, lease: Duration) -> Result<Self, StoreError> {
        let link = Link::new(url)?;
        let mut client = link.connect()?;
        migrate(&link, &mut client)?;
        let lease = Lease::take(&link, &client, lease)?;
        let writing = begin_epoch(&link, &lease)?;
        Ok(Self { link, lease, writing, seen: 0 })
    }

    /// The reading side.
    pub fn records(&self) -> PostgresRecords {
        PostgresRecords::new(Arc::clone(&self.link))
    }

    /// The writing side of the lists: its right to write ends with ours. Errors: see [`StoreError`].
    pub fn projection(&self) -> Result<PostgresProjection, StoreError> {
        PostgresProjection::begin(Arc::clone(&self.link), self.lease.holder().to_owned())
    }

    fn reading(&self) -> Result<Reading<'_>, StoreError> {
        Reading::new(&self.link, &self.writing.client)
    }

    /// Nobody need ask what became of it if its answer does not come: the same rows are there either way.
    fn put_away(&self, segment: &Segment) -> Result<(), StoreError> {
        const DOING: &str = "packing old rows of the journal";
        let Segment { first, last, before, digest, rows } = segment;
        let (before, digest) = (before.as_slice(), digest.as_slice());
        let filled: [&(dyn ToSql + Sync); 7] =
            [&SHARD, &self.writing.epoch, first, last, &before, &digest, rows];
        let text = include_str!("postgres/compact.sql");
        match self.link.ask(DOING, COMMIT_MAX, self.writing.client.execute(text, &filled))? {
            1 => Ok(()),
            _ => Err(failed(DOING, anyhow!("it was decided in an epoch that has ended"))),
        }
    }

    /// What became of a row whose answer did not come.
    fn settle(&mut self, row: &JournalRow) -> Result<(), StoreError> {
        let until = Instant::now() + SETTLE_MAX;
        loop {
            let kept = begin_epoch(&self.link, &self.lease).and_then(|writing| {
                self.writing = writing;
                kept_end(&self.link, &self.writing.client)
            });
            match kept {
                Ok(end) if end == row.end() => return Ok(()),
                Ok(end) if end.seq + 1 == row.seq => {
                    return Err(failed("keeping a commit", anyhow!("the connection was lost before it")));
                }
                Ok(_) => return Err(misplaced(row)),
                Err(StoreError::Failed { .. }) if Instant::now() < until => thread::sleep(SETTLE_PAUSE),
                Err(StoreError::Failed { source, .. }) => {
                    return Err(StoreError::Untrusted { doing: "looking for a commit", source });
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Why the fence let nothing through.
    fn turned_away(&self, row: &JournalRow) -> Result<(), StoreError> {
        const DOING: &str = "asking who holds the lease";
        let text = "select holder, epoch from shard where shard = $1";
        let found = self.link.ask(DOING, ASK_MAX, async {
            let found = self.writing.client.query_one(text, &[&SHARD]).await?;
            Ok((found.try_get::<_, String>(0)?, found.try_get::<_, i64>(1)?))
        })?;
        match found {
            (holder, _) if holder != self.lease.holder() => Err(StoreError::Lost),
            (_, epoch) if epoch == self.writing.epoch => Err(misplaced(row)),
            // Our own question for a new epoch came late.
            (_, _) => Err(failed("keeping a commit", anyhow!("it was decided in an epoch that has ended"))),
        }
    }
}

impl Rows for PostgresStore {
    fn rows_after(&mut self, from: End, each: &mut EachRow<'_>) -> Result<End, StoreError> {
        self.writing = begin_epoch(&self.link, &self.lease)?;
        let end = segment::read_after(&mut self.reading()?, from, each)?;
        let kept = kept_end(&self.link, &self.writing.client)?;
        // A copy of the database that was behind may have been put in its place.
        if end != kept || end.seq < self.seen {
            let what = format!("it is the last row, {} was kept", kept.seq.max(self.seen));
            return Err(StoreError::Damaged { row: end.seq, what });
        }
        self.seen = end.seq;
        Ok(end)
    }

    fn has(&mut self, end: End) -> Result<bool, StoreError> {
        segment::has(&mut self.reading()?, end)
    }
}

impl Store for PostgresStore {
    fn keep(&mut self, row: &JournalRow) -> Result<(), StoreError> {
        if self.writing.client.is_closed() {
            self.writing = begin_epoch(&self.link, &self.lease)?;
        }
        let digest = row.digest.as_slice();
        let Writing { client, commit, epoch } = &self.writing;
        let filled: [&(dyn ToSql + Sync); 5] = [&SHARD, epoch, &row.seq, &row.entries, &digest];
        match self.link.wait(COMMIT_MAX, client.execute(commit, &filled)) {
            Ok(Ok(1)) => Ok(()),
            Ok(Ok(_)) => self.turned_away(row),
            Ok(Err(error)) if is_refusal(&error) => Err(failed("keeping a commit", anyhow!(error))),
            Ok(Err(_)) | Err(_) => self.settle(row),
        }?;
        self.seen = row.seq;
        Ok(())
    }

    fn holds(&self) -> Result<(), StoreError> {
        self.lease.holds()
    }

    fn compact(&mut self, before: i64) -> Result<bool, StoreError> {
        let Some(segment) = segment::next_segment(&mut self.reading()?, before)? else { return Ok(false) };
        self.put_away(&segment)?;
        Ok(true)
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.lease.give_up(&self.link, &self.writing.client);
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("epoch", &self.writing.epoch).finish_non_exhaustive()
    }
}

/// The journal for whoever only looks. It needs no lease.
pub struct PostgresReader {
    link: Arc<Link>,
    client: Client,
}

impl PostgresReader {
    /// Brings the tables up to date and connects. Errors: see [`StoreError`].
    pub fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        let link = Link::new(url)?;
        let mut client = link.connect()?;
        migrate(&link, &mut client)?;
        Ok(Self { link, client })
    }
}

impl Rows for PostgresReader {
    fn rows_after(&mut self, from: End, each: &mut EachRow<'_>) -> Result<End, StoreError> {
        segment::read_after(&mut Reading::new(&self.link, &self.client)?, from, each)
    }

    fn has(&mut self, end: End) -> Result<bool, StoreError> {
        segment::has(&mut Reading::new(&self.link, &self.client)?, end)
    }
}

fn migrate(link: &Link, client: &mut Client) -> Result<(), StoreError> {
    const DOING: &str = "bringing the tables up to date";
    let work = async {
        // One after the other: two services may be started at once.
        client.execute("select pg_advisory_lock($1)", &[&MIGRATION_LOCK]).await?;
        migrations::migrations::runner().run_async(client).await?;
        client.execute("select pg_advisory_unlock($1)", &[&MIGRATION_LOCK]).await?;
        anyhow::Ok(())
    };
    let done = link.wait(MIGRATION_MAX, work).map_err(anyhow::Error::new).flatten();
    done.map_err(|error| failed(DOING, error))
}

/// Connects and begins a new epoch: whatever an earlier connection of ours asked for and is still under way cannot
/// be kept any more. It waits for one that is being kept this instant.
fn begin_epoch(link: &Link, lease: &Lease) -> Result<Writing, StoreError> {
    const DOING: &str = "beginning to write";
    let client = link.connect()?;
    let asked = Instant::now();
    let begun = link.ask(DOING, ASK_MAX, async {
        let text = "update shard set epoch = epoch + 1, until = clock_timestamp() + $3 * interval '1 second'
                    where shard = $1 and holder = $2 returning epoch";
        let found = client.query_opt(text, &[&SHARD, &lease.holder(), &lease.length_s()]).await?;
        let epoch = found.map(|row| row.try_get::<_, i64>(0)).transpose()?;
        Ok((epoch, client.prepare(include_str!("postgres/commit.sql")).await?))
    })?;
    let (epoch, commit) = begun;
    let epoch = epoch.ok_or(StoreError::Lost)?;
    lease.renewed(asked);
    Ok(Writing { client, commit, epoch })
}

/// Where the journal ends, as the last commit left it.
fn kept_end(link: &Link, client: &Client) -> Result<End, StoreError> {
    const DOING: &str = "looking for the end of the journal";
    let text =
        "select shard.seq, journal.digest from shard left join journal using (shard, seq) where shard = $1";
    let (seq, digest) = link.ask(DOING, ASK_MAX, async {
        let row = client.query_one(text, &[&SHARD]).await?;
        Ok((row.try_get::<_, i64>(0)?, row.try_get::<_, Option<Vec<u8>>>(1)?))
    })?;
    match digest {
        Some(digest) => Ok(End { seq, digest: as_digest(seq, &digest)? }),
        None if seq == 0 => Ok(End::BEGINNING),
        None => Err(StoreError::Damaged { row: seq, what: "it is missing".to_owned() }),
    }
}

fn as_digest(row: i64, bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    let what = || StoreError::Damaged { row, what: "its digest has another length".to_owned() };
    bytes.try_into().map_err(|_| what())
}

fn misplaced(row: &JournalRow) -> StoreError {
    StoreError::Damaged { row: row.seq, what: "the journal does not end before it".to_owned() }
}
