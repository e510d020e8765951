//! One order's way through the cloud: facts come in, the order is listed, the SMS goes out and is charged once.

use serde_json::json;
use shared::topic::CloudLane;

use crate::town::{TOKEN, TestBox, Town, message_of, visit};

#[tokio::test]
async fn s10_a_ready_dish_is_told_once_and_charged_once() {
    let town = Town::start(100).await;
    let mut shop = TestBox::connect(&town).await;
    assert_eq!(shop.hello().await.have, 0);

    let facts = visit(1, 1, "13900000000");
    assert_eq!(shop.send(1, &facts).await.have, 4);
    let message = message_of(&facts);
    let told = town.message_until(&message, "delivered").await;
    assert_eq!(told["text"], "【示例】您的#01号订单「水饺」已好，请取餐。");
    assert_eq!(told["phone_masked"], "139****0000");
    assert_eq!(told["order"]["number"], 1);

    let cookie = town.sign_in("cook").await;
    let (_, orders) = town.page(&cookie, "/api/v1/orders?shop=demo_shop").await;
    assert_eq!(orders["orders"][0]["number"], 1);
    assert_eq!(orders["orders"][0]["state"], "ready");
    let (_, today) = town.page(&cookie, "/api/v1/dashboard/today?shop=demo_shop").await;
    assert_eq!(
        (&today["orders"], &today["portions"], &today["open_orders"]),
        (&json!(1), &json!(2), &json!(1))
    );
    assert_eq!((&today["sms_available"], &today["sms_delivered_today"]), (&json!(99), &json!(1)));
    let (_, me) = town.page(&cookie, "/api/v1/me").await;
    assert_eq!(me["shops"][0]["box_online"], true);

    repeats_change_nothing(&town, &mut shop, &facts).await;
    drop(shop);
    town.close().await;
}

/// A repeated batch, a repeated hello, a repeated receipt: at least once is what networks do.
async fn repeats_change_nothing(town: &Town, shop: &mut TestBox, facts: &[String]) {
    let (_, before) = town.api("GET", "/api/v1/sms/balance", None).await;
    assert_eq!(shop.send(1, facts).await.have, 4);
    assert_eq!(shop.send(3, &facts[2..]).await.have, 4);
    assert_eq!(shop.hello().await.have, 4);
    let sent = town.carrier.messages();
    assert_eq!(sent.len(), 1);
    let receipt = format!(
        "/hooks/chuanglan/{TOKEN}/report?msgid={}&mobile=13900000000&status=UNDELIV&length=1&uid={}",
        sent[0].msg_id,
        sent[0].uid.as_deref().expect("our reference")
    );
    for _ in 0..3 {
        let answer = reqwest::get(town.url(&receipt)).await.expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.text().await.expect("a body")), (200, "OK".to_owned()));
    }
    let (_, message) = town.api("GET", &format!("/api/v1/sms/messages/{}", message_of(facts)), None).await;
    assert_eq!(message["state"], "delivered", "S6: late results change nothing more");
    assert_eq!(town.api("GET", "/api/v1/sms/balance", None).await.1, before);
    assert_eq!(town.carrier.messages().len(), 1);
}

#[tokio::test]
async fn facts_after_a_gap_are_asked_for_again_and_an_overlap_keeps_what_is_new() {
    let town = Town::start(0).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let facts = visit(1, 1, "13900000000");
    let ack = shop.send(3, &facts[2..]).await;
    assert!(ack.gap && ack.have == 0);
    assert_eq!(shop.send(1, &facts[..2]).await.have, 2);
    let ack = shop.send(2, &facts[1..]).await;
    assert!(!ack.gap && ack.have == 4);
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn a_fact_nobody_can_read_is_set_aside_and_blocks_nothing() {
    let town = Town::start(10).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    shop.say(CloudLane::UpEvents, b"{ not json".to_vec()).await;
    shop.say(CloudLane::UpHello, b"[]".to_vec()).await;
    let ack = shop.send(1, &[r#"{"seq":1,"fact":{"type":"from_the_future"}}"#.to_owned()]).await;
    assert_eq!((ack.have, ack.parked), (1, vec![1]));
    let facts = visit(2, 1, "13900000000");
    assert_eq!(shop.send(2, &facts).await.have, 5);
    town.message_until(&message_of(&facts), "delivered").await;
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn s3_without_units_nothing_is_sent_and_the_dashboard_says_why() {
    let town = Town::start(0).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let facts = visit(1, 1, "13900000000");
    assert_eq!(shop.send(1, &facts).await.have, 4);
    let message = town.message_until(&message_of(&facts), "failed").await;
    assert_eq!(message["reason"], "insufficient_units: 0");
    assert_eq!(town.carrier.calls().send, 0);
    drop(shop);
    town.close().await;
}
