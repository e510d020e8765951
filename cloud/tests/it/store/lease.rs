//! Who may write to a PostgreSQL database: one process at a time, and the other one after it.

use std::time::{Duration, Instant};

use chuancai_cloud::store::postgres::PostgresStore;
use chuancai_cloud::store::{End, Place, Rows, Store, StoreError};

use super::{PostgresShelf, Shelf, closed, keep, read};
use crate::town::PATIENCE;

#[test]
fn the_books_are_taken_until_they_are_given_up() {
    let shelf = PostgresShelf::new();
    let first = shelf.open().expect("nobody else has them");
    let refused = shelf.open().expect_err("somebody has them");
    let StoreError::Taken { free_in } = refused else { panic!("{refused}") };
    assert!(free_in > Duration::ZERO && free_in < super::LEASE + Duration::from_secs(1), "{free_in:?}");
    drop(first);
    shelf.open().expect("whoever ends gives them up at once");
}

#[test]
fn several_books_share_a_database_in_schemas_of_their_own() {
    let shelf = PostgresShelf::new();
    shelf.run("create schema east; create schema west");
    let open = |schema: &str| {
        let url = format!("{}&options=-csearch_path%3D{schema}", shelf.0.url());
        PostgresStore::open(&url.parse().expect("an address"), super::LEASE)
    };
    let mut east = open("east").expect("nobody has them");
    let mut west = open("west").expect("each has a lease of its own");
    assert!(matches!(open("east"), Err(StoreError::Taken { .. })));
    keep(&mut east, End::BEGINNING, &[closed(1)]).expect("it can be kept");
    keep(&mut west, End::BEGINNING, &[closed(2)]).expect("it can be kept");
    assert_eq!(read(&mut east).expect("its own journal"), [[closed(1)]]);
    assert_eq!(read(&mut west).expect("its own journal"), [[closed(2)]]);
}

#[test]
fn a_command_waits_for_the_lease_of_a_dead_process_and_not_for_that_of_a_living_one() {
    let shelf = PostgresShelf::new();
    let place = Place::named(&shelf.0.url(), Duration::from_secs(2)).expect("an address");
    let living = shelf.open_for(Duration::from_secs(2)).expect("nobody else has them");
    let refused = place.open_soon().err().expect("somebody has them");
    assert!(matches!(refused.downcast_ref(), Some(StoreError::Taken { .. })), "{refused}");
    drop(living);
    shelf.run("update shard set holder = 'a dead process', until = clock_timestamp() + interval '1 second'");
    place.open_soon().expect("its lease runs out");
}

#[test]
fn a_process_whose_lease_ran_out_can_keep_nothing_once_another_one_writes() {
    let shelf = PostgresShelf::new();
    let mut first = shelf.open().expect("nobody else has them");
    let end = keep(&mut first, End::BEGINNING, &[closed(1)]).expect("it can be kept");
    shelf.run("update shard set until = clock_timestamp()");
    // Nobody else has begun: nothing is lost by going on.
    let end = keep(&mut first, end, &[closed(2)]).expect("it can be kept");

    let mut second = shelf.open().expect("the lease has run out");
    assert_eq!(second.rows(&mut |_| Ok(())).expect("what was kept"), end);
    let late = keep(&mut first, end, &[closed(3)]).expect_err("the fence");
    assert!(matches!(late, StoreError::Lost), "{late}");
    assert!(matches!(first.rows(&mut |_| Ok(())), Err(StoreError::Lost)));
    drop(first);
    assert!(shelf.open().is_err(), "what is not ours is not given up");
    keep(&mut second, end, &[closed(4)]).expect("it can be kept");
    assert_eq!(read(&mut second).expect("what was kept").len(), 3);
}

#[test]
fn a_lease_is_renewed_as_long_as_its_process_lives_and_its_loss_is_heard() {
    let shelf = PostgresShelf::new();
    let first = shelf.open_for(Duration::from_secs(1)).expect("nobody else has them");
    let until = || shelf.0.run("select until from shard where shard = 0").remove(0);
    let (begin, at_first) = (Instant::now(), until());
    while until() == at_first {
        assert!(begin.elapsed() < PATIENCE, "it is not renewed");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(first.holds().is_ok());
    shelf.run("update shard set holder = 'another process'");
    while !matches!(first.holds(), Err(StoreError::Lost)) {
        assert!(begin.elapsed() < PATIENCE, "the loss is not heard");
        std::thread::sleep(Duration::from_millis(20));
    }
}
