//! Where books lie: a folder with SQLite in it, or a PostgreSQL database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::folder::Folder;
use super::postgres::{PostgresReader, PostgresStore, PostgresUrl};
use super::sqlite::{SqliteProjection, SqliteStore};
use super::{Projection, Records, Rows, Store, StoreError};

/// How often books that are taken are asked for: whoever ends well gives them up at once.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Where books lie.
#[derive(Debug, Clone)]
pub enum Place {
    /// A folder with `cloud.db` and `lists.db` in it, which one process may use.
    Folder(PathBuf),
    /// A database, which one process may write to as long as its lease lasts.
    Postgres {
        /// The database.
        url: PostgresUrl,
        /// How long a lease lasts without being renewed.
        lease: Duration,
    },
}

/// Books that are ours alone.
pub struct Opened {
    /// The journal.
    pub store: Box<dyn Store>,
    /// What writes lists.
    pub projection: Box<dyn Projection>,
    /// Lists.
    pub records: Arc<dyn Records>,
    /// The folder's lock; a lease is within its store.
    pub folder: Option<Folder>,
}

impl Place {
    /// A place by its name: what begins with `postgres://` or `postgresql://` is a database, anything else a folder.
    /// Errors: an address of a database that is none.
    pub fn named(name: &str, lease: Duration) -> anyhow::Result<Self> {
        if name.starts_with("postgres://") || name.starts_with("postgresql://") {
            return Ok(Self::Postgres { url: PostgresUrl::from_str(name)?, lease });
        }
        Ok(Self::Folder(PathBuf::from(name)))
    }

    /// Takes the books. Errors: another process has them ([`StoreError::Taken`] if it is a matter of time), or they
    /// cannot be opened.
    pub fn open(&self) -> anyhow::Result<Opened> {
        match self {
            Self::Folder(path) => {
                let folder = Some(Folder::take(path)?);
                let (store, projection) = (SqliteStore::open(path)?, SqliteProjection::open(path)?);
                let records: Arc<dyn Records> = Arc::new(projection.records());
                Ok(Opened { store: Box::new(store), projection: Box::new(projection), records, folder })
            }
            Self::Postgres { url, lease } => {
                let store = PostgresStore::open(url, *lease)?;
                let projection = Box::new(store.projection()?);
                let records: Arc<dyn Records> = Arc::new(store.records());
                Ok(Opened { store: Box::new(store), projection, records, folder: None })
            }
        }
    }

    /// Takes the books; those of a process that died are taken when its lease has run out. Errors: as [`Place::open`].
    pub fn open_soon(&self) -> anyhow::Result<Opened> {
        let mut before = None;
        loop {
            let opened = self.open();
            match opened.as_ref().err().and_then(|error| error.downcast_ref()) {
                // A lease that was renewed meanwhile is that of a process that lives.
                Some(StoreError::Taken { free_in }) if before.is_none_or(|before| *free_in < before) => {
                    before = Some(*free_in);
                    thread::sleep(LOOK_EVERY);
                }
                Some(_) | None => return opened,
            }
        }
    }

    /// The journal for whoever only reads it, beside a service that may be running. Errors: it cannot be opened.
    pub fn read(&self) -> anyhow::Result<Box<dyn Rows>> {
        match self {
            Self::Folder(path) => Ok(Box::new(SqliteStore::open(path)?)),
            Self::Postgres { url, .. } => Ok(Box::new(PostgresReader::open(url)?)),
        }
    }
}

/// Without a password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Postgres { url, .. } => url.fmt(f),
        }
    }
}
