//! A snapshot saves time and changes nothing: with it or without, a start knows the same.

use std::fs;

use chuancai_cloud::snapshot::{Found, Snapshot, Snapshots, Unfit};
use chuancai_cloud::store::{End, Place, Rows};
use cloud_core::dispatch::{Rate, Rules};
use cloud_core::state::State;
use serde_json::json;

use crate::town::{TestBox, Town, message_of, visit};

/// What the journal adds up to after `from`.
fn add_up(rows: &mut (impl Rows + ?Sized), (mut state, from): (State, End)) -> (State, End) {
    let read = rows.rows_after(from, &mut |row| {
        state.apply_all(&row.read()?);
        state.take_changed();
        Ok(())
    });
    (state, read.expect("a good journal"))
}

fn fit(found: Found) -> (State, End) {
    match found {
        Found::Fit(snapshot) => {
            let Snapshot { state, end } = *snapshot;
            (state, end)
        }
        Found::Unfit(why) => panic!("it is of no use: {why:?}"),
        Found::Nothing => panic!("there is none"),
    }
}

fn unfit(found: Found) -> Unfit {
    match found {
        Found::Unfit(why) => why,
        Found::Fit(snapshot) => panic!("it was taken for good: {:?}", snapshot.end),
        Found::Nothing => panic!("there is none"),
    }
}

/// A service that has done a little of everything, and has ended.
async fn used() -> Town {
    let mut town = Town::start(50).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let facts = visit(1, 1, "13900000000");
    shop.send(1, &facts).await;
    town.message_until(&message_of(&facts), "delivered").await;
    advertise(&town).await;
    town.sign_in("cook").await;
    drop(shop);
    town.stop().await;
    town
}

async fn advertise(town: &Town) {
    let batch = uuid::Uuid::new_v4();
    let body = json!({ "kind": "marketing", "text": "新菜上市", "phones": ["13900000001", "13900000002"] });
    let (status, answer) = town.api("PUT", &format!("/api/v1/sms/batches/{batch}"), Some(body)).await;
    assert!(status < 300, "{answer}");
}

#[tokio::test]
async fn s13_a_start_from_a_snapshot_knows_what_a_start_from_the_first_row_knows() {
    let mut town = used().await;
    let (rules, snapshots) = (town.settings.sending.rules(), Snapshots::within(&town.settings.state.folder));
    let early = fs::read(snapshots.file()).expect("it was left at the end");
    {
        let mut opened = town.settings.place().and_then(|place| place.open()).expect("the books");
        let whole = add_up(&mut *opened.store, (State::new(rules), End::BEGINNING));
        let snapshot = fit(snapshots.find(rules, &mut *opened.store).expect("a good journal"));
        assert!(snapshot.1 == whole.1, "nothing is left to be read");
        assert!(snapshot.0 == whole.0);
    }
    town.serve().await;
    advertise(&town).await;
    town.stop().await;

    // As after a crash: it is older than the journal.
    fs::write(snapshots.file(), early).expect("it can be put back");
    {
        let mut opened = town.settings.place().and_then(|place| place.open()).expect("the books");
        let whole = add_up(&mut *opened.store, (State::new(rules), End::BEGINNING));
        let snapshot = fit(snapshots.find(rules, &mut *opened.store).expect("a good journal"));
        assert!(snapshot.1.seq < whole.1.seq);
        assert!(add_up(&mut *opened.store, snapshot) == whole);

        // What a running service does now and then, beside its writer.
        let mut beside = town.settings.place().and_then(|place| place.read()).expect("the books");
        assert!(snapshots.renew(rules, &mut *beside).expect("a good journal") == whole.1);
        assert!(fit(snapshots.find(rules, &mut *opened.store).expect("a good journal")) == whole);
    }
    town.serve().await;
    town.close().await;
}

#[tokio::test]
async fn s13_a_snapshot_that_could_be_wrong_is_of_no_use_and_the_whole_journal_is_read() {
    let mut town = used().await;
    let (rules, snapshots) = (town.settings.sending.rules(), Snapshots::within(&town.settings.state.folder));
    let good = fs::read(snapshots.file()).expect("it was left at the end");
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let find = |rules: Rules| {
        let mut opened = town.settings.place().and_then(|place| place.open()).expect("the books");
        snapshots.find(rules, &mut *opened.store).expect("a good journal")
    };
    let with = |bytes: &[u8]| {
        fs::write(snapshots.file(), bytes).expect("it can be written");
        unfit(find(rules))
    };
    // Its head's form, place and digest, what it holds, and its seal.
    for at in [0, 55, 60, good.len() / 2, good.len() - 1] {
        assert!(matches!(with(&changed(at)), Unfit::Damaged(_)), "byte {at}");
    }
    for length in [0, 10, 88, good.len() / 2, good.len() - 1] {
        assert!(matches!(with(&good[..length]), Unfit::Damaged(_)), "{length} bytes");
    }
    assert!(matches!(with(&changed(20)), Unfit::OtherProgram));

    fs::write(snapshots.file(), &good).expect("it can be put back");
    let mut slower = rules;
    slower.pace.brand = Rate::per_second(1);
    assert!(matches!(unfit(find(slower)), Unfit::OtherRules));
    fit(find(rules));

    // A copy of the journal from before its end, and another journal that is longer.
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    let [mut older, mut other] =
        folders.each_ref().map(|folder| Place::Folder(folder.path().to_owned()).open().expect("new books"));
    let mut end = End::BEGINNING;
    {
        let mut opened = town.settings.place().and_then(|place| place.open()).expect("the books");
        let (_, last) = add_up(&mut *opened.store, (State::new(rules), End::BEGINNING));
        opened
            .store
            .rows(&mut |row| if row.seq < last.seq { older.store.keep(row) } else { Ok(()) })
            .expect("it can be copied");
        for _ in 0..last.seq + 5 {
            let row = end.next(&[]);
            other.store.keep(&row).expect("it can be kept");
            end = row.end();
        }
    }
    for store in [&mut older.store, &mut other.store] {
        let found = snapshots.find(rules, &mut **store).expect("a good journal");
        assert!(matches!(unfit(found), Unfit::OtherJournal { .. }));
    }

    // The service starts all the same, knows everything, and leaves a good one.
    fs::write(snapshots.file(), changed(good.len() / 2)).expect("it can be written");
    town.serve().await;
    let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
    assert_eq!(books["bought"], 50, "{books}");
    town.stop().await;
    let mut opened = town.settings.place().and_then(|place| place.open()).expect("the books");
    fit(snapshots.find(rules, &mut *opened.store).expect("a good journal"));
    drop(opened);
    town.close().await;
}
