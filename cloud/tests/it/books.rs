//! Books carried from one store to the other, and back.

use std::process::{Command as Process, Output};

use chuancai_cloud::config::StoreKind;
use chuancai_cloud::store::Place;

use crate::postgres::Database;
use crate::town::{TestBox, Town, message_of, visit};

fn cli(town: &Town, arguments: &[&str]) -> Output {
    let mut program = Process::new(env!("CARGO_BIN_EXE_chuancai-cloud"));
    program.args(arguments).envs(town.environment()).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn copy(town: &Town, to: &str) -> (bool, String) {
    let output = cli(town, &["books", "copy", "--to", to]);
    (output.status.success(), said(&output))
}

fn rows(place: &str) -> Vec<(i64, Vec<u8>, [u8; 32])> {
    let place = Place::named(place, std::time::Duration::from_secs(10)).expect("a place");
    let mut found = Vec::new();
    let mut rows = place.read().expect("books that can be read");
    rows.rows(&mut |row| {
        found.push((row.seq, row.entries.clone(), row.digest));
        Ok(())
    })
    .expect("a good journal");
    found
}

#[tokio::test]
async fn s13_books_copied_to_the_other_store_and_back_are_the_same_to_the_byte() {
    let mut town = Town::start(50).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let facts = visit(1, 1, "13900000000");
    shop.send(1, &facts).await;
    town.message_until(&message_of(&facts), "delivered").await;
    town.stop().await;

    let (postgres, folder) = (Database::new().url(), tempfile::tempdir().expect("a temporary folder"));
    let folder = folder.path().display().to_string();
    let (done, words) = copy(&town, &postgres);
    assert!(done && words.contains("rows copied") && words.contains("1 messages"), "{words}");
    assert!(copy(&town, &folder).0);
    assert_eq!(rows(&postgres), rows(&folder));

    // What was written since is all that a second copy carries; it also proves the whole again.
    town.serve().await;
    let more = visit(5, 2, "13900000000");
    shop.hello().await;
    shop.send(5, &more).await;
    town.message_until(&message_of(&more), "delivered").await;
    town.stop().await;
    let (done, words) = copy(&town, &postgres);
    assert!(done && words.contains("2 messages") && !words.starts_with("0 rows"), "{words}");
    let (done, words) = copy(&town, &postgres);
    assert!(done && words.starts_with("0 rows"), "{words}");

    // The copy is as good as the books: the service goes on with it, and nothing is sent again.
    let sent = town.carrier.calls().send;
    town.settings.store.kind = StoreKind::Postgres;
    town.settings.store.url.clone_from(&postgres);
    assert!(said(&cli(&town, &["audit"])).starts_with("the books balance"));
    town.serve().await;
    assert_eq!(shop.hello().await.have, 8);
    assert_eq!(town.carrier.calls().send, sent);
    drop(shop);
    town.stop().await;
    let (done, words) = copy(&town, &folder);
    assert!(done && words.contains("rows copied"), "{words}");
    assert_eq!(rows(&postgres), rows(&folder));
    town.close().await;
}

#[tokio::test]
async fn other_books_are_not_written_over() {
    let (mut town, mut other) = (Town::start(1).await, Town::start(2).await);
    town.stop().await;
    let running = copy(&other, &town.settings.state.folder.display().to_string());
    assert!(!running.0, "the books of a running service are not copied: {}", running.1);
    other.stop().await;
    let before = town.journal();
    let target = match town.settings.store.kind {
        StoreKind::Sqlite => town.settings.state.folder.display().to_string(),
        StoreKind::Postgres => town.settings.store.url.clone(),
    };
    let (done, words) = copy(&other, &target);
    assert!(!done && words.contains("holds other books"), "{words}");
    assert_eq!(town.journal(), before);
    other.close().await;
    town.close().await;
}
