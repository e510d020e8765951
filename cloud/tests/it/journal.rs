//! The writer when the disk fails: what could not be kept is seen by nobody, and an untrusted disk ends it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::anyhow;
use chuancai_cloud::clock::Clock;
use chuancai_cloud::journal::{Fault, Journal};
use chuancai_cloud::store::{EachRow, End, JournalRow, Lists, Projection, Rows, Store, StoreError};
use cloud_core::command::{Command, Refusal};
use cloud_core::dispatch::Rules;
use jiff::tz::TimeZone;
use shared::id::BrandId;

/// What a commit meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disk {
    Good,
    Full,
    /// A database that does not answer, so that another process may have been given the books.
    Away,
    Untrusted,
}

/// Memory behind a disk that a test can break.
struct Fragile {
    kept: Vec<JournalRow>,
    disk: Arc<Mutex<Disk>>,
}

impl Rows for Fragile {
    fn rows_after(&mut self, from: End, each: &mut EachRow<'_>) -> Result<End, StoreError> {
        let mut end = from;
        for row in self.kept.iter().filter(|row| row.seq > from.seq) {
            end = end.follow(row)?;
            each(row)?;
        }
        Ok(end)
    }

    fn has(&mut self, end: End) -> Result<bool, StoreError> {
        Ok(end == End::BEGINNING || self.kept.iter().any(|row| row.end() == end))
    }
}

impl Store for Fragile {
    fn keep(&mut self, row: &JournalRow) -> Result<(), StoreError> {
        let (doing, source) = ("keeping a commit", anyhow!("the test broke it"));
        match *self.disk.lock().expect("no test panics with it") {
            Disk::Good => {
                self.kept.push(row.clone());
                Ok(())
            }
            Disk::Full | Disk::Away => Err(StoreError::Failed { doing, source }),
            Disk::Untrusted => Err(StoreError::Untrusted { doing, source }),
        }
    }

    fn holds(&self) -> Result<(), StoreError> {
        match *self.disk.lock().expect("no test panics with it") {
            Disk::Good | Disk::Full | Disk::Untrusted => Ok(()),
            Disk::Away => Err(StoreError::Failed { doing: "renewing", source: anyhow!("the test broke it") }),
        }
    }

    fn compact(&mut self, _before: i64) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// Lists that a test can break, and of which only the ends are written.
#[derive(Clone, Default)]
struct Notes {
    written: Arc<Mutex<Vec<End>>>,
    broken: Arc<AtomicBool>,
}

impl Projection for Notes {
    fn reached(&mut self) -> Result<End, StoreError> {
        Ok(self.written.lock().expect("not poisoned").last().copied().unwrap_or(End::BEGINNING))
    }

    fn write(&mut self, end: End, _lists: &Lists) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError::Failed { doing: "writing lists", source: anyhow!("the test broke it") });
        }
        self.written.lock().expect("not poisoned").push(end);
        Ok(())
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.written.lock().expect("not poisoned").clear();
        Ok(())
    }
}

fn brand(name: &str) -> BrandId {
    name.parse().expect("a slug")
}

fn add(name: &str) -> Command {
    Command::AddBrand {
        brand: brand(name),
        name: name.to_owned(),
        signature: "示例".parse().expect("a signature"),
        api_key: chuancai_cloud::secret::hash(name),
    }
}

#[tokio::test]
async fn what_could_not_be_kept_is_seen_by_nobody_and_may_be_asked_again() {
    let disk = Arc::new(Mutex::new(Disk::Good));
    let store = Box::new(Fragile { kept: Vec::new(), disk: Arc::clone(&disk) });
    let lists = Box::new(Notes::default());
    let (journal, writer) =
        Journal::start((store, lists), Clock::new(TimeZone::UTC), Rules::default(), None).expect("a thread");
    journal.ask(add("first"), |_, _| ()).await.expect("a good disk");

    *disk.lock().expect("not poisoned") = Disk::Full;
    assert!(matches!(journal.ask(add("second"), |_, _| ()).await, Err(Fault::Unavailable)));
    let known = journal.look(|state| state.brands().map(|(id, _)| id.clone()).collect::<Vec<_>>());
    assert_eq!(known.await.expect("looking needs no disk"), [brand("first")]);

    *disk.lock().expect("not poisoned") = Disk::Good;
    journal.ask(add("second"), |_, _| ()).await.expect("the same question again");
    let again = journal.ask(add("second"), |_, _| ()).await;
    assert!(matches!(again, Err(Fault::Refused(Refusal::Taken(_)))));

    *disk.lock().expect("not poisoned") = Disk::Away;
    assert!(matches!(journal.look(|_| ()).await, Err(Fault::Unavailable)), "it may be old news");
    *disk.lock().expect("not poisoned") = Disk::Good;
    journal.look(|state| assert_eq!(state.brands().count(), 2)).await.expect("it is read anew");

    *disk.lock().expect("not poisoned") = Disk::Untrusted;
    assert!(matches!(journal.ask(add("third"), |_, _| ()).await, Err(Fault::Unavailable)));
    assert!(writer.ended().await.is_err(), "a failed fsync is never tried again");
    assert!(matches!(journal.look(|_| ()).await, Err(Fault::Unavailable)));
}

#[tokio::test]
async fn no_commit_waits_for_lists_and_whoever_looks_at_them_sees_what_was_kept_before() {
    let (disk, lists) = (Arc::new(Mutex::new(Disk::Good)), Notes::default());
    let store = Box::new(Fragile { kept: Vec::new(), disk });
    let (clock, notes) = (Clock::new(TimeZone::UTC), Box::new(lists.clone()));
    let start = Journal::start((store, notes), clock, Rules::default(), None);
    let (journal, writer) = start.expect("a thread");
    journal.ask(add("first"), |_, _| ()).await.expect("a good disk");
    journal.listed().await;
    assert_eq!(lists.written.lock().expect("not poisoned").len(), 1);

    lists.broken.store(true, Ordering::SeqCst);
    for name in ["second", "third", "fourth"] {
        journal.ask(add(name), |_, _| ()).await.expect("the journal is not the lists");
    }
    assert_eq!(lists.written.lock().expect("not poisoned").len(), 1);
    lists.broken.store(false, Ordering::SeqCst);
    journal.listed().await;
    let last = lists.written.lock().expect("not poisoned").last().map(|end| end.seq);
    assert_eq!(last, Some(4), "what had gathered is written");
    drop(journal);
    writer.ended().await.expect("it ends well");
}
