//! Connections, and waiting for them from plain threads.
//!
//! The client is asynchronous, the writer and the lists are not: its connections live on a thread of their own, and
//! whoever asks waits for the answer as it would for a disk. That thread also keeps the lease, so that neither a
//! busy service nor a long read of the journal can delay it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::error::Elapsed;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::error::Severity;
use tokio_postgres::{Client, Config, NoTls};

use crate::store::StoreError;

/// For a connection, unless the address says otherwise.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A line on which nothing is acknowledged for so long is given up, unless the address says otherwise.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// The address of a database, with its password.
#[derive(Clone)]
pub struct PostgresUrl {
    /// In a box: it is large, and a folder's name, which may stand in its place, is not.
    config: Box<Config>,
}

impl FromStr for PostgresUrl {
    type Err = anyhow::Error;

    fn from_str(url: &str) -> anyhow::Result<Self> {
        // The parser's error does not repeat the address.
        let mut config = Config::from_str(url).context("reading the address of the database")?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_MAX);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE_MAX);
        }
        if config.get_application_name().is_none() {
            config.application_name("chuancai-cloud");
        }
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self { config: Box::new(config) })
    }
}

/// The database's name: the rest of the address may hold a password.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the PostgreSQL database {}", self.config.get_dbname().unwrap_or("of the user"))
    }
}

/// As it is shown.
impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

/// The way to a database.
pub(super) struct Link {
    url: PostgresUrl,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl Link {
    /// A way that has not been gone yet. Errors: no thread to be had.
    pub(super) fn new(url: &PostgresUrl) -> Result<Arc<Self>, StoreError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("postgres")
            .enable_all()
            .build()
            .map_err(|error| failed("starting a thread for the database", anyhow!(error)))?;
        Ok(Arc::new(Self { url: url.clone(), runtime: Some(runtime) }))
    }

    /// Waits for `work`, at most for `limit`. It may be called on any thread.
    pub(super) fn wait<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, Elapsed> {
        let _context = self.runtime().enter();
        // A task that has done much is told "not yet" until it has gone back to its runtime, which a thread that
        // waits here does not do.
        pollster::block_on(tokio::task::unconstrained(async { tokio::time::timeout(limit, work).await }))
    }

    /// [`Link::wait`], for what can simply be tried again.
    pub(super) fn ask<T>(
        &self,
        doing: &'static str,
        limit: Duration,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, StoreError> {
        match self.wait(limit, work) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(failed(doing, anyhow!(error))),
            Err(elapsed) => Err(failed(doing, anyhow!(elapsed))),
        }
    }

    /// A connection of one's own. Errors: see [`StoreError::Failed`].
    pub(super) fn connect(&self) -> Result<Client, StoreError> {
        self.ask("connecting to the database", CONNECT_MAX * 2, connect(&self.url))
    }

    /// Runs beside everything, until it ends or this is dropped.
    pub(super) fn run(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.runtime().spawn(work)
    }

    pub(super) fn url(&self) -> &PostgresUrl {
        &self.url
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it is taken only by drop")
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // To wait for its thread is forbidden on a runtime's thread, and this may be one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A connection, within a runtime.
pub(super) async fn connect(url: &PostgresUrl) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = url.config.connect(NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Whoever uses it hears of it too, and says what that meant.
            tracing::debug!(%error, "a connection to the database broke off");
        }
    });
    // A commit is on the disk before anybody is told of it, whatever the database or the role is set to.
    client.batch_execute("set synchronous_commit = on").await?;
    Ok(client)
}

/// Whether the database itself said no: then nothing was kept. It may also say that it is going away, which leaves
/// open what became of the statement before.
pub(super) fn is_refusal(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|said| said.parsed_severity() == Some(Severity::Error))
}

pub(super) fn failed(doing: &'static str, source: anyhow::Error) -> StoreError {
    StoreError::Failed { doing, source }
}
