//! What the cloud tells comes down in order and counts once, whatever is lost on the way.

use serde_json::json;
use shared::fact::Fact;
use shared::id::{OrderId, SmsId, StreamId};
use shared::order::OrderView;
use shared::screen::{Board, BoardEvent};
use shared::sms::{SmsFailure, SmsResult};
use shared::sync::{Ack, News};
use shared::topic::{self, CloudLane};
use uuid::Uuid;

use super::{Cloud, CloudBroker, Said, box_address, cloud_state};
use crate::the_box::{TestBox, about, dishes};

impl Cloud {
    /// Tells a box of `stream` these, whatever they are, the first with number `from`.
    fn tell(&self, stream: StreamId, from: u64, news: &[serde_json::Value]) {
        let batch = json!({ "v": 1, "stream": stream, "from": from, "news": news }).to_string();
        self.link.send(&box_address().topic(CloudLane::DownEvents), batch.into_bytes());
    }

    /// The answer to news. Facts and hellos before it are answered.
    async fn heard(&mut self) -> Ack {
        loop {
            match self.hear().await {
                Said::Hello => self.acknowledge(false),
                Said::Batch(batch) => {
                    self.keep(&batch);
                    self.acknowledge(false);
                }
                Said::Heard(ack) => return ack,
            }
        }
    }

    /// Tells them and waits for the answer: what the box has then, and what it could not read.
    async fn told(&mut self, from: u64, news: &[serde_json::Value]) -> (u64, Vec<u64>) {
        let stream = self.stream.expect("a box has said hello");
        self.tell(stream, from, news);
        let ack = self.heard().await;
        assert_eq!((ack.stream, ack.gap), (stream, false));
        (ack.have, ack.parked)
    }

    /// What the box's journal says of a message.
    fn answered(&self, sms: SmsId) -> Vec<SmsResult> {
        let results = self.facts.iter().filter_map(|recorded| match &recorded.fact {
            Fact::SmsAnswered { sms: about, result, .. } if *about == sms => Some(result.clone()),
            _ => None,
        });
        results.collect()
    }
}

fn news(order: OrderId, sms: SmsId, result: SmsResult) -> serde_json::Value {
    serde_json::to_value(News::Sms { sms, order, result }).expect("it is JSON")
}

/// A dish for room 801 is made and called, and its guest told by SMS.
async fn dish_with_a_message(shop: &TestBox) -> (OrderView, SmsId) {
    let mut wish = dishes(&[("shuijiao", 1)]);
    wish["phone"] = json!("13900000000");
    let order = shop.order("pad_801", wish).await;
    let line = order.lines[0].placed.line;
    for step in ["start_cooking", "finish_cooking", "call_for_pickup"] {
        shop.ask("kitchen_1", about(step, line)).await.granted();
    }
    let sms = SmsId::about_round(order.order, 0);
    (order, sms)
}

/// What the order shows of its one message, while the order is shown.
async fn shown(shop: &TestBox, order: OrderId) -> Option<Option<SmsResult>> {
    let board = shop.board().await;
    let found = board.orders.into_iter().find(|shown| shown.order == order)?;
    assert_eq!(found.sms.len(), 1);
    Some(found.sms[0].result.clone())
}

#[tokio::test]
async fn s6_what_became_of_a_message_stands_on_its_order_once_and_outlasts_a_restart() {
    let mut broker = CloudBroker::prepare();
    broker.start();
    let mut cloud = Cloud::listen(&broker).await;
    let mut shop = broker.shop().await;
    let (order, sms) = dish_with_a_message(&shop).await;
    cloud.take_until(5).await;
    assert_eq!(cloud.hellos[0].news, Some(0));
    assert_eq!(shown(&shop, order.order).await, Some(None), "asked for, and nothing heard");
    let mut screen = shop.mqtt("cashier_1", &[topic::BOARD]).await;

    let about = |result| news(order.order, sms, result);
    assert_eq!(cloud.told(1, &[about(SmsResult::Sent)]).await, (1, vec![]));
    let event: BoardEvent = screen.next_on(topic::BOARD).await;
    assert_eq!(event.orders[0].sms[0].result, Some(SmsResult::Sent), "screens are told");

    // The answer was lost: the cloud tells it again, with what has come since.
    let both = [about(SmsResult::Sent), about(SmsResult::Delivered)];
    assert_eq!(cloud.told(1, &both).await, (2, vec![]));
    assert_eq!(cloud.told(1, &both).await, (2, vec![]));
    shop.kill();
    shop.restart().await;
    assert_eq!(shown(&shop, order.order).await, Some(Some(SmsResult::Delivered)));
    let pad: Board = shop.get("pad_801", "/api/v1/board").await;
    assert_eq!((pad.orders.len(), &pad.orders[0].sms), (1, &vec![]), "no pad is told");
    assert_eq!(cloud.told(2, &both[1..]).await, (2, vec![]));
    assert_eq!(cloud.hellos.last().map(|hello| hello.news), Some(Some(2)));
    cloud.take_until(7).await;
    assert_eq!(cloud.answered(sms), [SmsResult::Sent, SmsResult::Delivered]);
    cloud_state(&shop, "online", 0).await;
}

#[tokio::test]
async fn news_that_are_nothing_here_are_heard_and_block_nothing() {
    let mut broker = CloudBroker::prepare();
    broker.start();
    let mut cloud = Cloud::listen(&broker).await;
    let mut shop = broker.shop().await;
    let (order, sms) = dish_with_a_message(&shop).await;
    cloud.take_until(5).await;
    let stranger = OrderId(Uuid::new_v4());
    let failed = SmsResult::Failed { reason: SmsFailure::NoUnits, code: String::new() };

    // Of another incarnation; not readable at all; and then what the cloud says to us, after a gap.
    cloud.tell(StreamId(Uuid::new_v4()), 1, &[news(order.order, sms, failed.clone())]);
    cloud.link.send(&box_address().topic(CloudLane::DownEvents), b"{ not json".to_vec());
    let odd = [
        json!({ "type": "weather", "rain": true }),
        json!("7"),
        news(stranger, SmsId::about_round(stranger, 0), SmsResult::Delivered),
    ];
    assert_eq!(cloud.told(9, &odd).await, (11, vec![9, 10]));
    assert_eq!(shown(&shop, order.order).await, Some(None));
    assert_eq!(shop.status().await["cloud"]["news_set_aside"], 3);

    // Heard is heard, although no fact came of it.
    shop.kill();
    shop.restart().await;
    assert_eq!(cloud.told(9, &odd).await, (11, vec![]));
    assert_eq!(cloud.hellos.last().map(|hello| hello.news), Some(Some(11)));
    assert_eq!(cloud.told(12, &[news(order.order, sms, failed.clone())]).await, (12, vec![]));
    assert_eq!(shown(&shop, order.order).await, Some(Some(failed.clone())));

    // The guest leaves, the cook has seen it: nobody looks any more.
    let line = order.lines[0].placed.line;
    shop.ask("kitchen_1", about("pick_up", line)).await.granted();
    shop.ask("cashier_1", json!({ "type": "clean_room", "room": "801" })).await.granted();
    assert_eq!(cloud.told(13, &[news(order.order, sms, SmsResult::Delivered)]).await, (13, vec![]));
    assert_eq!(shown(&shop, order.order).await, None);
    cloud.take_until(8).await;
    assert_eq!(cloud.answered(sms), [failed]);
    cloud_state(&shop, "online", 0).await;
}
