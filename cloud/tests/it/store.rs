//! What every store must do, as one suite; each database runs it.

use chuancai_cloud::store::sqlite::SqliteStore;
use chuancai_cloud::store::{Commit, Records, Store, StoreError};
use cloud_core::entry::Entry;
use cloud_core::id::SecretHash;

/// A store that can be closed and opened again.
trait Shelf {
    type Store: Store;
    fn open(&self) -> Result<Self::Store, StoreError>;
    fn records(&self, store: &Self::Store) -> Box<dyn Records>;
}

fn closed(number: u32) -> Entry {
    Entry::SessionClosed { session: SecretHash(number.to_string()) }
}

fn read(store: &mut impl Store) -> Result<Vec<Vec<Entry>>, StoreError> {
    let mut commits = Vec::new();
    store.load(&mut |entries| commits.push(entries))?;
    Ok(commits)
}

fn conforms(shelf: &impl Shelf) {
    let commits = [vec![closed(1)], vec![closed(2), closed(3)], vec![closed(4)]];
    let mut store = shelf.open().expect("a new store");
    assert_eq!(read(&mut store).expect("an empty journal"), Vec::<Vec<Entry>>::new());
    for entries in &commits {
        let commit = Commit { entries: entries.clone(), ..Commit::default() };
        store.commit(&commit).expect("it can be kept");
    }
    assert_eq!(read(&mut store).expect("what was kept"), commits);
    assert!(shelf.records(&store).open_orders(&crate::town::the_box().at).is_ok());
    drop(store);
    let mut again = shelf.open().expect("the same store");
    assert_eq!(read(&mut again).expect("what was kept"), commits, "after a restart");
    again.commit(&Commit { entries: vec![closed(5)], ..Commit::default() }).expect("it goes on");
    assert_eq!(read(&mut again).expect("what was kept").len(), 4);
}

struct SqliteShelf(tempfile::TempDir);

impl Shelf for SqliteShelf {
    type Store = SqliteStore;

    fn open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(self.0.path())
    }

    fn records(&self, store: &SqliteStore) -> Box<dyn Records> {
        Box::new(store.records())
    }
}

#[test]
fn sqlite_conforms() {
    conforms(&SqliteShelf(tempfile::tempdir().expect("a temporary folder")));
}

#[test]
fn a_row_of_the_journal_that_was_changed_or_lost_is_found() {
    for damage in ["update journal set entries = x'5b5d' where seq = 2", "delete from journal where seq = 2"]
    {
        let shelf = SqliteShelf(tempfile::tempdir().expect("a temporary folder"));
        let mut store = shelf.open().expect("a new store");
        for number in 1..=3 {
            let entries = vec![closed(number)];
            store.commit(&Commit { entries, ..Commit::default() }).expect("it can be kept");
        }
        let other = rusqlite::Connection::open(shelf.0.path().join("cloud.db")).expect("the same file");
        other.execute(damage, []).expect("damage");
        let error = read(&mut store).expect_err("damage is found");
        assert!(matches!(error, StoreError::Damaged { row: 2, .. }), "{damage}: {error}");
    }
}
