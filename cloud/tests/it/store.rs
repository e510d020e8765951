//! What every store must do, as one suite; each database runs it.

mod faults;
mod lease;
mod lists;
mod segments;

use std::time::Duration;

use chuancai_cloud::store::postgres::PostgresStore;
use chuancai_cloud::store::sqlite::{SqliteProjection, SqliteStore};
use chuancai_cloud::store::{End, Place, Projection, Records, Rows, Store, StoreError};
use cloud_core::entry::Entry;
use cloud_core::id::SecretHash;

use crate::postgres::Database;

/// Long enough for a slow machine, and never waited for.
const LEASE: Duration = Duration::from_secs(60);

/// A store that can be closed and opened again.
trait Shelf {
    type Store: Store;
    fn open(&self) -> Result<Self::Store, StoreError>;
    fn projection(&self, store: &Self::Store) -> Box<dyn Projection>;
    fn records(&self, store: &Self::Store) -> Box<dyn Records>;
    /// Behind the store's back.
    fn run(&self, statement: &str);
    fn place(&self) -> Place;
}

struct SqliteShelf(tempfile::TempDir);

impl SqliteShelf {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }
}

impl Shelf for SqliteShelf {
    type Store = SqliteStore;

    fn open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(self.0.path())
    }

    fn projection(&self, _store: &SqliteStore) -> Box<dyn Projection> {
        Box::new(SqliteProjection::open(self.0.path()).expect("lists"))
    }

    fn records(&self, _store: &SqliteStore) -> Box<dyn Records> {
        Box::new(SqliteProjection::open(self.0.path()).expect("lists").records())
    }

    fn run(&self, statement: &str) {
        let other = rusqlite::Connection::open(self.0.path().join("cloud.db")).expect("the same file");
        other.execute(statement, []).expect("the statement is good");
    }

    fn place(&self) -> Place {
        Place::Folder(self.0.path().to_owned())
    }
}

struct PostgresShelf(Database);

impl PostgresShelf {
    fn new() -> Self {
        Self(Database::new())
    }

    fn open_for(&self, lease: Duration) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(&self.0.url().parse().expect("an address"), lease)
    }
}

impl Shelf for PostgresShelf {
    type Store = PostgresStore;

    fn open(&self) -> Result<PostgresStore, StoreError> {
        self.open_for(LEASE)
    }

    fn projection(&self, store: &PostgresStore) -> Box<dyn Projection> {
        Box::new(store.projection().expect("a good database"))
    }

    fn records(&self, store: &PostgresStore) -> Box<dyn Records> {
        Box::new(store.records())
    }

    fn run(&self, statement: &str) {
        self.0.run(statement);
    }

    fn place(&self) -> Place {
        Place::named(&self.0.url(), LEASE).expect("an address")
    }
}

fn closed(number: u32) -> Entry {
    Entry::SessionClosed { session: SecretHash(number.to_string()) }
}

fn read(store: &mut (impl Rows + ?Sized)) -> Result<Vec<Vec<Entry>>, StoreError> {
    let mut commits = Vec::new();
    store.load(&mut |entries| commits.push(entries))?;
    Ok(commits)
}

/// Keeps a commit after `end`, and returns the new one.
fn keep(store: &mut impl Store, end: End, entries: &[Entry]) -> Result<End, StoreError> {
    let row = end.next(entries);
    store.keep(&row)?;
    Ok(row.end())
}

fn conforms(shelf: &impl Shelf) {
    let commits = [vec![closed(1)], vec![closed(2), closed(3)], vec![closed(4)]];
    let mut store = shelf.open().expect("a new store");
    assert_eq!(read(&mut store).expect("an empty journal"), Vec::<Vec<Entry>>::new());
    let mut end = End::BEGINNING;
    for entries in &commits {
        end = keep(&mut store, end, entries).expect("it can be kept");
    }
    assert_eq!(read(&mut store).expect("what was kept"), commits);
    let mut beside = shelf.place().read().expect("reading needs no right to write");
    assert_eq!(read(&mut *beside).expect("what was kept"), commits, "beside the writer");
    assert!(store.holds().is_ok());
    drop(store);

    let mut again = shelf.open().expect("the same store");
    assert_eq!(again.rows(&mut |_| Ok(())).expect("what was kept"), end, "after a restart");
    let before = End { seq: end.seq - 1, ..end };
    assert!(keep(&mut again, before, &[closed(9)]).is_err(), "a row's place is taken once");
    assert_eq!(again.rows(&mut |_| Ok(())).expect("nothing was changed"), end);
    keep(&mut again, end, &[closed(5)]).expect("it goes on");
    assert_eq!(read(&mut again).expect("what was kept").len(), 4);
}

#[test]
fn sqlite_conforms() {
    conforms(&SqliteShelf::new());
}

#[test]
fn postgres_conforms() {
    conforms(&PostgresShelf::new());
}

#[tokio::test]
async fn a_store_may_be_used_and_dropped_on_a_runtimes_thread() {
    let shelf = PostgresShelf::new();
    let mut store = shelf.open().expect("a new store");
    let mut end = End::BEGINNING;
    // More than a task may do at once.
    for number in 0..300 {
        end = keep(&mut store, end, &[closed(number)]).expect("it can be kept");
    }
    assert_eq!(store.rows(&mut |_| Ok(())).expect("what was kept"), end);
}

fn shows_damage(shelf: &impl Shelf, damage: &str, at: i64) {
    let mut store = shelf.open().expect("a new store");
    let mut end = End::BEGINNING;
    for number in 1..=3 {
        end = keep(&mut store, end, &[closed(number)]).expect("it can be kept");
    }
    shelf.run(damage);
    let error = read(&mut store).expect_err("damage is found");
    assert!(matches!(error, StoreError::Damaged { row, .. } if row == at), "{damage}: {error}");
}

#[test]
fn a_row_of_the_journal_that_was_changed_or_lost_is_found() {
    let lost = "delete from journal where seq = 2";
    shows_damage(&SqliteShelf::new(), lost, 2);
    shows_damage(&PostgresShelf::new(), lost, 2);
    shows_damage(&SqliteShelf::new(), "update journal set entries = x'5b5d' where seq = 2", 2);
    shows_damage(&PostgresShelf::new(), "update journal set entries = '\\x5b5d' where seq = 2", 2);
    // PostgreSQL also remembers where the journal ended, because another copy of it may have been put in its place.
    shows_damage(&PostgresShelf::new(), "delete from journal where seq = 3", 3);
    let behind = "delete from journal where seq = 3; update shard set seq = 2";
    shows_damage(&PostgresShelf::new(), behind, 2);
}
