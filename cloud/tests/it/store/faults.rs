//! A PostgreSQL that says no, and a line that breaks while a commit is on its way: what becomes of it is looked up,
//! never guessed.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use chuancai_cloud::store::postgres::PostgresStore;
use chuancai_cloud::store::{End, Rows, StoreError};

use super::{LEASE, PostgresShelf, Shelf, closed, keep, read};

const SOCKET: &str = ".s.PGSQL.5432";
/// In the commit during which the line breaks.
const MARK: u32 = 700_700_700;

/// When the line breaks.
enum Break {
    /// Before the commit has reached the database.
    Before,
    /// After it, before its answer.
    After,
    /// Before it, as far as we can see; the database gets it when it is told to, and its answer is reported.
    Late(Receiver<()>, Sender<()>),
}

/// A line to a database that breaks once.
struct Line {
    folder: tempfile::TempDir,
    next: Arc<Mutex<Option<Break>>>,
}

impl Line {
    fn to(shelf: &PostgresShelf) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
        let next = Arc::new(Mutex::new(None));
        let (target, breaks) = (shelf.0.folder.join(SOCKET), Arc::clone(&next));
        // It ends with the program: nobody connects any more once the test is over.
        thread::spawn(move || {
            for ours in listener.incoming() {
                connect(ours.expect("a connection"), &target, &breaks);
            }
        });
        Self { folder, next }
    }

    fn break_next(&self, how: Break) {
        *self.next.lock().expect("not poisoned") = Some(how);
    }

    fn open(&self, shelf: &PostgresShelf) -> PostgresStore {
        let url = format!("postgresql:///{}?user=chuancai&host={}", shelf.0.name, self.path().display());
        PostgresStore::open(&url.parse().expect("an address"), LEASE).expect("a good line")
    }

    fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

fn connect(ours: UnixStream, target: &Path, breaks: &Arc<Mutex<Option<Break>>>) {
    let theirs = UnixStream::connect(target).expect("the database");
    let silent = Arc::new(AtomicBool::new(false));
    let (answered, answers) = mpsc::channel();
    let back = (theirs.try_clone().expect("a copy"), ours.try_clone().expect("a copy"));
    let (muted, breaks) = (Arc::clone(&silent), Arc::clone(breaks));
    thread::spawn(move || {
        carry(
            back.0,
            back.1,
            |_| if muted.load(Ordering::SeqCst) { Pass::Report } else { Pass::On },
            &answered,
        )
    });
    thread::spawn(move || {
        let (unused, _) = mpsc::channel();
        let (line, database) = (ours.try_clone().expect("a copy"), theirs.try_clone().expect("a copy"));
        let mark = MARK.to_string();
        let decide = |bytes: &[u8]| {
            if !bytes.windows(mark.len()).any(|part| part == mark.as_bytes()) {
                return Pass::On;
            }
            match breaks.lock().expect("not poisoned").take() {
                None => Pass::On,
                Some(Break::Before) => Pass::Not,
                Some(Break::After) => {
                    silent.store(true, Ordering::SeqCst);
                    Pass::On
                }
                Some(Break::Late(tell, told)) => {
                    silent.store(true, Ordering::SeqCst);
                    line.shutdown(Shutdown::Both).expect("it was open");
                    tell.recv().expect("the test says when");
                    (&database).write_all(bytes).expect("the database is there");
                    answers.recv().expect("an answer");
                    told.send(()).expect("the test waits");
                    Pass::Not
                }
            }
        };
        carry(ours, theirs, decide, &unused);
    });
}

/// What becomes of some bytes.
enum Pass {
    On,
    Not,
    Report,
}

fn carry(mut from: UnixStream, mut to: UnixStream, decide: impl Fn(&[u8]) -> Pass, reports: &Sender<()>) {
    let mut bytes = vec![0; 1 << 20];
    loop {
        let read = from.read(&mut bytes).unwrap_or(0);
        let passed = match decide(&bytes[..read]) {
            _ if read == 0 => false,
            Pass::On => to.write_all(&bytes[..read]).is_ok(),
            Pass::Not => false,
            Pass::Report => {
                // Only a late one is waited for.
                let _unheard = reports.send(());
                false
            }
        };
        if !passed {
            let _closed = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
            return;
        }
    }
}

#[test]
fn a_commit_that_reached_the_database_before_the_line_broke_is_kept() {
    let shelf = PostgresShelf::new();
    let line = Line::to(&shelf);
    let mut store = line.open(&shelf);
    let end = keep(&mut store, End::BEGINNING, &[closed(1)]).expect("it can be kept");
    line.break_next(Break::After);
    let end = keep(&mut store, end, &[closed(MARK)]).expect("it is found");
    keep(&mut store, end, &[closed(3)]).expect("it goes on");
    assert_eq!(read(&mut store).expect("what was kept").len(), 3);
}

#[test]
fn a_commit_that_did_not_reach_the_database_may_be_made_again() {
    let shelf = PostgresShelf::new();
    let line = Line::to(&shelf);
    let mut store = line.open(&shelf);
    let end = keep(&mut store, End::BEGINNING, &[closed(1)]).expect("it can be kept");
    line.break_next(Break::Before);
    let lost = keep(&mut store, end, &[closed(MARK)]).expect_err("it is not there");
    assert!(matches!(lost, StoreError::Failed { .. }), "{lost}");
    assert_eq!(store.rows(&mut |_| Ok(())).expect("what was kept"), end);
    keep(&mut store, end, &[closed(MARK)]).expect("the same again");
    assert_eq!(read(&mut store).expect("what was kept").len(), 2);
}

#[test]
fn a_commit_that_reaches_the_database_after_it_was_given_up_changes_nothing() {
    let shelf = PostgresShelf::new();
    let line = Line::to(&shelf);
    let mut store = line.open(&shelf);
    let end = keep(&mut store, End::BEGINNING, &[closed(1)]).expect("it can be kept");
    let ((tell, when), (told, done)) = (mpsc::channel(), mpsc::channel());
    line.break_next(Break::Late(when, told));
    let lost = keep(&mut store, end, &[closed(MARK)]).expect_err("it is not there");
    assert!(matches!(lost, StoreError::Failed { .. }), "{lost}");
    tell.send(()).expect("the line waits");
    done.recv().expect("the database answered");
    assert_eq!(store.rows(&mut |_| Ok(())).expect("what was kept"), end, "its epoch had ended");
    keep(&mut store, end, &[closed(2)]).expect("its place is free");
}

#[test]
fn a_database_that_says_no_has_kept_nothing_and_may_be_asked_again() {
    let shelf = PostgresShelf::new();
    shelf.run(&format!("alter database {} set lock_timeout = '100ms'", shelf.0.name));
    let mut store = shelf.open().expect("a new store");
    let end = keep(&mut store, End::BEGINNING, &[closed(1)]).expect("it can be kept");
    let (locked, free) = (mpsc::channel(), mpsc::channel());
    let other = shelf.0.clone();
    let holder = thread::spawn(move || other.hold_the_journal(&locked.0, &free.1));
    locked.1.recv().expect("the journal is locked");
    let refused = keep(&mut store, end, &[closed(2)]).expect_err("somebody locked the journal");
    assert!(matches!(refused, StoreError::Failed { .. }), "{refused}");
    free.0.send(()).expect("it waits");
    holder.join().expect("it does not panic");
    assert_eq!(store.rows(&mut |_| Ok(())).expect("what was kept"), end);
    keep(&mut store, end, &[closed(2)]).expect("the same again");
}

#[test]
fn a_connection_that_died_while_nobody_asked_is_replaced_unnoticed() {
    let shelf = PostgresShelf::new();
    let mut store = shelf.open().expect("a new store");
    let end = keep(&mut store, End::BEGINNING, &[closed(1)]).expect("it can be kept");
    shelf.0.end_connections();
    // The end of a connection may be heard only with the next commit; then the same row is kept the second time.
    let end = keep(&mut store, end, &[closed(2)]).or_else(|_| keep(&mut store, end, &[closed(2)]));
    end.expect("it goes on");
    assert_eq!(read(&mut store).expect("what was kept").len(), 2);
}
