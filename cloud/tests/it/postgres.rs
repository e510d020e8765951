//! A PostgreSQL of the tests' own: one cluster for the whole program, one database for each that asks.
//!
//! It listens on a socket in its folder alone, and ends with the test program, however that ends: its keeper waits
//! for the end of a pipe that only the program holds open.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::town::PATIENCE;

/// Started as root, PostgreSQL refuses to run: somebody else has to.
const AS_SOMEBODY: &str = r#"
    if [ "$(id -u)" -ne 0 ]; then exec sh -euc "$1"; fi
    exec runuser -u "$(id -un postgres 2>/dev/null || echo nobody)" -- sh -euc "$1"
"#;
const KEEPER: &str = r#"
    cd /
    PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    # Not where TMPDIR says: that may be ours alone, and too long for the path of a socket.
    folder=$(mktemp --directory /tmp/chuancai-postgres-XXXXXX)
    trap 'rm -rf "$folder"' EXIT
    initdb --pgdata="$folder/data" --username=chuancai --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
        --no-sync >"$folder/log" 2>&1
    postgres -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=300 >>"$folder/log" 2>&1 &
    postgres=$!
    echo "$folder"
    cat >/dev/null
    # Not QUIT: what a shell starts in the background is deaf to it until it listens itself.
    kill -TERM $postgres && wait $postgres || true
"#;

struct Cluster {
    folder: PathBuf,
    databases: AtomicU32,
    _keeper: ChildStdin,
}

/// A database of its own.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pub(crate) name: String,
    /// Where its socket lies.
    pub(crate) folder: PathBuf,
}

impl Database {
    /// A new one.
    pub(crate) fn new() -> Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(start);
        let name = format!("test_{}", cluster.databases.fetch_add(1, Ordering::Relaxed));
        let database = |name: &str| Self { name: name.to_owned(), folder: cluster.folder.clone() };
        database("postgres").run(&format!("create database {name}"));
        database(&name)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgresql:///{}?user=chuancai&host={}", self.name, self.folder.display())
    }

    /// Runs statements, and returns the first column of what they answer.
    pub(crate) fn run(&self, statements: &str) -> Vec<String> {
        self.try_run(statements).expect("the statements are good")
    }

    /// Ends everybody else's connections, as a restart of the database would.
    pub(crate) fn end_connections(&self) {
        self.run(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()",
        );
    }

    /// Keeps the journal from being written, from when it says so until it is told.
    pub(crate) fn hold_the_journal(&self, held: &Sender<()>, until: &Receiver<()>) {
        let work = async {
            let (mut client, connection) = tokio_postgres::connect(&self.url(), NoTls).await?;
            tokio::spawn(connection);
            let transaction = client.transaction().await?;
            transaction.batch_execute("lock table journal in share mode").await?;
            held.send(()).expect("the test waits");
            until.recv().expect("the test says when");
            transaction.commit().await
        };
        // Two threads, for the connection lives while this one waits.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("a runtime").block_on(work).expect("the journal can be held");
    }

    fn try_run(&self, statements: &str) -> Result<Vec<String>, tokio_postgres::Error> {
        let work = async {
            let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await?;
            let connection = tokio::spawn(connection);
            let answers = client.simple_query(statements).await?;
            drop(client);
            connection.await.expect("it does not panic")?;
            let first = |answer| match answer {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            };
            Ok(answers.into_iter().filter_map(first).collect())
        };
        // A thread of its own, because the caller's may be a runtime's.
        let alone = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(work)
        };
        thread::scope(|threads| threads.spawn(alone).join()).expect("it does not panic")
    }
}

#[expect(clippy::zombie_processes, reason = "the keeper ends by itself when the tests do")]
fn start() -> Cluster {
    let mut keeper = Command::new("sh");
    keeper
        .args(["-c", AS_SOMEBODY, "sh", KEEPER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut keeper = keeper.spawn().expect("there is a shell");
    let mut folder = String::new();
    let answer = keeper.stdout.take().expect("it is piped");
    BufReader::new(answer).read_line(&mut folder).expect("it is text");
    assert!(
        !folder.is_empty(),
        "PostgreSQL is not installed: deploy/test does it, or apt-get install postgresql"
    );
    let folder = PathBuf::from(folder.trim());
    let ready = Database { name: "postgres".to_owned(), folder: folder.clone() };
    let begin = Instant::now();
    while let Err(error) = ready.try_run("select 1") {
        assert!(begin.elapsed() < PATIENCE, "PostgreSQL did not start: {error}");
        thread::sleep(Duration::from_millis(20));
    }
    let stdin = keeper.stdin.take().expect("it is piped");
    Cluster { folder, databases: AtomicU32::new(1), _keeper: stdin }
}
