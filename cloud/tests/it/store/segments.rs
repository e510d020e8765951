//! Old rows, packed up: nobody who reads sees a difference, and nothing is lost whenever it ends.

use chuancai_cloud::store::{End, JournalRow, Rows, Store, StoreError};
use cloud_core::entry::Entry;
use cloud_core::id::SecretHash;

use super::{PostgresShelf, Shelf, SqliteShelf, closed, keep};

/// A commit of 400 kB, which does not compress to nothing: three of them fill a segment.
fn large(number: u64) -> Entry {
    let mut dice = number;
    let mut word = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:08x}", dice >> 32)
    };
    Entry::SessionClosed { session: SecretHash((0..50_000).map(|_| word()).collect()) }
}

fn all(rows: &mut (impl Rows + ?Sized), from: End) -> Result<Vec<JournalRow>, StoreError> {
    let mut found = Vec::new();
    rows.rows_after(from, &mut |row| {
        found.push(row.clone());
        Ok(())
    })?;
    Ok(found)
}

/// A store of eight large commits and a small one. Six of them fill two segments.
fn filled<S: Shelf>(shelf: &S) -> (S::Store, End) {
    let mut store = shelf.open().expect("a new store");
    let mut end = End::BEGINNING;
    for number in 1..=8 {
        end = keep(&mut store, end, &[large(number)]).expect("it can be kept");
    }
    end = keep(&mut store, end, &[closed(9)]).expect("it can be kept");
    assert_eq!(store.rows(&mut |_| Ok(())).expect("what was kept"), end);
    (store, end)
}

fn packs(shelf: &impl Shelf) {
    let (mut store, end) = filled(shelf);
    let before = all(&mut store, End::BEGINNING).expect("what was kept");
    assert!(!store.compact(3).expect("it can be asked"), "two rows do not fill a segment");
    assert!(store.compact(end.seq).expect("three rows do"));
    assert!(store.compact(end.seq).expect("and three more"));
    assert!(!store.compact(end.seq).expect("it can be asked"), "two are left, which do not");

    assert_eq!(all(&mut store, End::BEGINNING).expect("all of it"), before, "to the byte");
    let mut beside = shelf.place().read().expect("reading needs no right to write");
    assert_eq!(all(&mut *beside, End::BEGINNING).expect("all of it"), before, "beside the writer");
    for row in &before {
        assert!(
            store.has(row.end()).expect("it can be asked") && beside.has(row.end()).expect("it can be asked")
        );
        assert!(
            !store.has(End { digest: [7; 32], ..row.end() }).expect("it can be asked"),
            "of another journal"
        );
        let after: Vec<_> = before.iter().filter(|later| later.seq > row.seq).cloned().collect();
        assert_eq!(all(&mut store, row.end()).expect("what follows"), after, "after row {}", row.seq);
    }
    assert!(!store.has(End { seq: 10, digest: [7; 32] }).expect("it can be asked"), "nothing is there yet");
    let other = End { seq: 2, digest: [7; 32] };
    assert!(
        matches!(all(&mut store, other), Err(StoreError::Damaged { row: 3, .. })),
        "nothing follows it here"
    );
    drop(store);

    let mut again = shelf.open().expect("the same store");
    assert_eq!(again.rows(&mut |_| Ok(())).expect("all of it"), end, "after a restart");
    keep(&mut again, end, &[closed(10)]).expect("it goes on");
    assert_eq!(all(&mut again, End::BEGINNING).expect("all of it").len(), 10);
}

#[test]
fn s13_old_rows_are_packed_up_and_are_the_same_rows() {
    packs(&SqliteShelf::new());
    packs(&PostgresShelf::new());
}

fn shows_damage(shelf: &impl Shelf, damage: &str, at: i64) {
    let (mut store, end) = filled(shelf);
    while store.compact(end.seq).expect("it can be packed") {}
    shelf.run(damage);
    let error = all(&mut store, End::BEGINNING).expect_err("damage is found");
    assert!(matches!(error, StoreError::Damaged { row, .. } if row == at), "{damage}: {error}");
}

#[test]
fn s13_a_segment_that_was_changed_or_lost_is_found() {
    let lost = "delete from journal_segment where first_seq = 4";
    let other_digest = "update journal_segment set digest_before = digest where first_seq = 4";
    for damage in [lost, other_digest] {
        shows_damage(&SqliteShelf::new(), damage, 4);
        shows_damage(&PostgresShelf::new(), damage, 4);
    }
    let cut = "update journal_segment set packed = substr(packed, 1, 1000) where first_seq = 4";
    shows_damage(&SqliteShelf::new(), cut, 4);
    shows_damage(&PostgresShelf::new(), cut, 4);
    let flipped = "update journal_segment set packed =
         cast(substr(packed, 1, 5000) || x'00' || substr(packed, 5002) as blob) where first_seq = 4";
    shows_damage(&SqliteShelf::new(), flipped, 4);
    let flipped = "update journal_segment set packed =
         set_byte(packed, 5000, 255 - get_byte(packed, 5000)) where first_seq = 4";
    shows_damage(&PostgresShelf::new(), flipped, 4);
}

fn refuses_damage(shelf: &impl Shelf, damage: &str) {
    let (mut store, end) = filled(shelf);
    shelf.run(damage);
    let error = store.compact(end.seq).expect_err("damage is found");
    assert!(matches!(error, StoreError::Damaged { row: 2, .. }), "{error}");
}

#[test]
fn s13_damaged_rows_are_not_packed_up() {
    refuses_damage(&SqliteShelf::new(), "update journal set entries = x'5b5d' where seq = 2");
    refuses_damage(&PostgresShelf::new(), "update journal set entries = '\\x5b5d' where seq = 2");
}

/// `broken` keeps the half of it that comes last from being done.
fn is_all_or_nothing(shelf: &impl Shelf, broken: &str, mended: &str) {
    let (mut store, end) = filled(shelf);
    let before = all(&mut store, End::BEGINNING).expect("what was kept");
    shelf.run(broken);
    let error = store.compact(end.seq).expect_err("it breaks off");
    assert!(matches!(error, StoreError::Failed { .. }), "{error}");
    assert_eq!(all(&mut store, End::BEGINNING).expect("all of it"), before);
    shelf.run(mended);
    assert!(store.compact(end.seq).expect("the same again"));
    assert_eq!(all(&mut store, End::BEGINNING).expect("all of it"), before);
}

#[test]
fn s13_packing_that_breaks_off_moves_nothing() {
    let broken = "create trigger broken before delete on journal begin select raise(abort, 'the test'); end";
    is_all_or_nothing(&SqliteShelf::new(), broken, "drop trigger broken");
    let broken = "alter table journal_segment add constraint broken check (false)";
    is_all_or_nothing(&PostgresShelf::new(), broken, "alter table journal_segment drop constraint broken");
}

#[test]
fn s13_a_process_that_has_lost_the_books_packs_nothing_up() {
    let shelf = PostgresShelf::new();
    let (mut first, end) = filled(&shelf);
    shelf.run("update shard set until = clock_timestamp()");
    let mut second = shelf.open().expect("the lease has run out");
    let before = all(&mut second, End::BEGINNING).expect("what was kept");
    assert!(first.compact(end.seq).is_err(), "the fence");
    assert_eq!(shelf.0.run("select count(*) from journal_segment"), ["0"]);
    assert_eq!(all(&mut second, End::BEGINNING).expect("all of it"), before);
    assert!(second.compact(end.seq).expect("it may"));
    assert_eq!(shelf.0.run("select count(*) from journal"), ["6"]);
}
