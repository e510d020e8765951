//! The writer when the disk fails: what could not be kept is seen by nobody, and an untrusted disk ends it.

use std::sync::{Arc, Mutex};

use anyhow::anyhow;
use chuancai_cloud::clock::Clock;
use chuancai_cloud::journal::{Fault, Journal};
use chuancai_cloud::store::{Commit, Store, StoreError};
use cloud_core::command::{Command, Refusal};
use cloud_core::dispatch::Rules;
use cloud_core::entry::Entry;
use jiff::tz::TimeZone;
use shared::id::BrandId;

/// What a commit meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disk {
    Good,
    Full,
    Untrusted,
}

/// Memory behind a disk that a test can break.
struct Fragile {
    kept: Vec<Vec<Entry>>,
    disk: Arc<Mutex<Disk>>,
}

impl Store for Fragile {
    fn load(&mut self, each: &mut dyn FnMut(Vec<Entry>)) -> Result<(), StoreError> {
        self.kept.iter().cloned().for_each(each);
        Ok(())
    }

    fn commit(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let (doing, source) = ("keeping a commit", anyhow!("the test broke it"));
        match *self.disk.lock().expect("no test panics with it") {
            Disk::Good => {
                self.kept.push(commit.entries.clone());
                Ok(())
            }
            Disk::Full => Err(StoreError::Failed { doing, source }),
            Disk::Untrusted => Err(StoreError::Untrusted { doing, source }),
        }
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
    let (journal, writer) =
        Journal::start(store, Clock::new(TimeZone::UTC), Rules::default()).expect("a thread");
    journal.ask(add("first"), |_, _| ()).await.expect("a good disk");

    *disk.lock().expect("not poisoned") = Disk::Full;
    assert!(matches!(journal.ask(add("second"), |_, _| ()).await, Err(Fault::Unavailable)));
    let known = journal.look(|state| state.brands().map(|(id, _)| id.clone()).collect::<Vec<_>>());
    assert_eq!(known.await.expect("looking needs no disk"), [brand("first")]);

    *disk.lock().expect("not poisoned") = Disk::Good;
    journal.ask(add("second"), |_, _| ()).await.expect("the same question again");
    let again = journal.ask(add("second"), |_, _| ()).await;
    assert!(matches!(again, Err(Fault::Refused(Refusal::Taken(_)))));

    *disk.lock().expect("not poisoned") = Disk::Untrusted;
    assert!(matches!(journal.ask(add("third"), |_, _| ()).await, Err(Fault::Unavailable)));
    assert!(writer.ended().await.is_err(), "a failed fsync is never tried again");
    assert!(matches!(journal.look(|_| ()).await, Err(Fault::Unavailable)));
}
