//! What became of a box's messages goes back to that box: over a real broker, through restarts, once.

use std::collections::BTreeMap;

use serde_json::json;
use shared::id::{SmsId, StreamId};
use shared::sms::{SmsFailure, SmsResult};
use shared::sync::{Ack, News, NewsBatch};
use shared::topic::CloudLane;

use crate::town::{PATIENCE, TestBox, Town, message_of, visit};

/// The news of one box, as it keeps them: by number, each once.
#[derive(Default)]
struct Notebook {
    news: BTreeMap<u64, (SmsId, SmsResult)>,
}

impl Notebook {
    fn have(&self) -> u64 {
        self.news.keys().next_back().copied().unwrap_or(0)
    }

    /// Takes a batch in as a box does. What comes twice says the same.
    fn take(&mut self, batch: &NewsBatch) {
        assert!(batch.from <= self.have() + 1, "nothing is left out: {} after {}", batch.from, self.have());
        for (number, raw) in (batch.from..).zip(&batch.news) {
            let News::Sms { sms, result, .. } = serde_json::from_str(raw.get()).expect("news of today");
            let known = self.news.entry(number).or_insert_with(|| (sms, result.clone()));
            assert_eq!(*known, (sms, result), "number {number} says something else");
        }
    }

    /// Listens until the message has come to this, without an answer.
    async fn until(&mut self, shop: &mut TestBox, message: &str, end: &SmsResult) {
        let sms: SmsId = message.parse().expect("an id");
        while self.results(sms).last() != Some(end) {
            let batch = tokio::time::timeout(PATIENCE, shop.told.recv()).await.expect("news in time");
            let batch = batch.expect("the box is connected");
            assert_eq!(batch.stream, shop.stream);
            self.take(&batch);
        }
    }

    fn results(&self, sms: SmsId) -> Vec<SmsResult> {
        self.news.values().filter(|(about, _)| *about == sms).map(|(_, result)| result.clone()).collect()
    }

    /// Says what it has, as a box does when that is kept.
    async fn acknowledge(&self, shop: &mut TestBox) {
        let ack = Ack { stream: shop.stream, have: self.have(), gap: false, parked: Vec::new() };
        shop.news = Some(self.have());
        shop.say(CloudLane::UpAck, serde_json::to_vec(&ack).expect("plain data")).await;
    }
}

async fn box_that_listens(town: &Town) -> TestBox {
    let mut shop = TestBox::connect(town).await;
    shop.news = Some(0);
    shop.hello().await;
    shop
}

#[tokio::test]
async fn s6_a_box_hears_once_what_became_of_each_message() {
    let town = Town::start(1).await;
    let (mut shop, mut notes) = (box_that_listens(&town).await, Notebook::default());
    let facts = visit(1, 1, "13900000000");
    shop.send(1, &facts).await;
    notes.until(&mut shop, &message_of(&facts), &SmsResult::Delivered).await;
    let first = message_of(&facts).parse().expect("an id");
    assert_eq!(notes.results(first), [SmsResult::Sent, SmsResult::Delivered]);

    // It was not acknowledged, so a box that comes back is told again, the same.
    let told = notes.news.clone();
    shop.hello().await;
    let again = tokio::time::timeout(PATIENCE, shop.told.recv()).await.expect("in time").expect("connected");
    notes.take(&again);
    assert_eq!((again.from, &notes.news), (1, &told));
    notes.acknowledge(&mut shop).await;

    // The one unit is spent.
    let facts = visit(5, 2, "13900000000");
    shop.send(5, &facts).await;
    let no_units = SmsResult::Failed { reason: SmsFailure::NoUnits, code: String::new() };
    notes.until(&mut shop, &message_of(&facts), &no_units).await;
    assert_eq!(notes.have(), 3);
    notes.acknowledge(&mut shop).await;
    shop.hello().await;
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn s6_news_wait_through_restarts_until_the_box_has_them() {
    let mut town = Town::start(10).await;
    let (mut shop, mut notes) = (box_that_listens(&town).await, Notebook::default());
    let facts = visit(1, 1, "13900000000");
    shop.send(1, &facts).await;
    notes.until(&mut shop, &message_of(&facts), &SmsResult::Delivered).await;
    let stream = shop.stream;
    // The box goes away with its answer unsaid; everything else is started again.
    drop(shop);
    town.stop().await;
    town.restart_broker();
    town.serve().await;

    let mut shop = TestBox::connect(&town).await;
    (shop.stream, shop.news) = (stream, Some(0));
    assert_eq!(shop.hello().await.have, 4);
    let again = tokio::time::timeout(PATIENCE, shop.told.recv()).await.expect("in time").expect("connected");
    notes.take(&again);
    assert_eq!((again.from, again.news.len()), (1, 2));
    notes.acknowledge(&mut shop).await;

    // The numbers go on where they were.
    let facts = visit(5, 2, "13900000000");
    shop.send(5, &facts).await;
    notes.until(&mut shop, &message_of(&facts), &SmsResult::Delivered).await;
    assert_eq!(notes.have(), 4);
    notes.acknowledge(&mut shop).await;
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn another_incarnation_hears_nothing_of_the_last_and_an_older_box_nothing_at_all() {
    let town = Town::start(10).await;
    let mut shop = box_that_listens(&town).await;
    let (first, mut notes) = (visit(1, 1, "13900000000"), Notebook::default());
    shop.send(1, &first).await;
    town.message_until(&message_of(&first), "delivered").await;

    // Its database is made anew, by a program that takes no news.
    while shop.told.try_recv().is_ok() {}
    (shop.stream, shop.news) = (StreamId(uuid::Uuid::new_v4()), None);
    shop.hello().await;
    let second = visit(1, 1, "13900000000");
    shop.send(1, &second).await;
    town.message_until(&message_of(&second), "delivered").await;

    (shop.stream, shop.news) = (StreamId(uuid::Uuid::new_v4()), Some(0));
    shop.hello().await;
    let third = visit(1, 1, "13900000000");
    shop.send(1, &third).await;
    // What was on its way to the one before is the box's to pass over.
    let end = message_of(&third).parse().expect("an id");
    while notes.results(end).last() != Some(&SmsResult::Delivered) {
        let batch = tokio::time::timeout(PATIENCE, shop.told.recv()).await.expect("in time");
        let batch = batch.expect("the box is connected");
        if batch.stream == shop.stream {
            notes.take(&batch);
        }
    }
    assert!(notes.news.values().all(|(sms, _)| *sms == end), "{:?}", notes.news);
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn what_makes_no_sense_on_the_way_back_is_counted_and_blocks_nothing() {
    let town = Town::start(10).await;
    let (mut shop, mut notes) = (box_that_listens(&town).await, Notebook::default());
    // A box cannot tell itself news: the broker lets it only listen there.
    let forged = json!({ "v": 1, "stream": shop.stream, "from": 1, "news": [] });
    shop.say(CloudLane::DownEvents, forged.to_string().into_bytes()).await;
    for nonsense in ["{", "[]", r#"{"have":-1}"#] {
        shop.say(CloudLane::UpAck, nonsense.as_bytes().to_vec()).await;
    }
    let boast = Ack { stream: shop.stream, have: u64::MAX, gap: false, parked: vec![1] };
    shop.say(CloudLane::UpAck, serde_json::to_vec(&boast).expect("plain data")).await;
    let facts = visit(1, 1, "13900000000");
    shop.send(1, &facts).await;
    notes.until(&mut shop, &message_of(&facts), &SmsResult::Delivered).await;
    assert_eq!(notes.news.keys().next(), Some(&1));
    drop(shop);
    town.close().await;
}
