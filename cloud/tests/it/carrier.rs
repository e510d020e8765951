//! What the carrier may do wrong: refuse, be busy, keep silent, call back early, twice, or never.

use serde_json::{Value, json};

use crate::town::Town;

async fn send(town: &Town, phone: &str) -> String {
    let id = uuid::Uuid::new_v4().to_string();
    let body = json!({ "kind": "notification", "phone": phone, "text": "您的订单已好" });
    let (status, answer) = town.api("PUT", &format!("/api/v1/sms/messages/{id}"), Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    id
}

async fn balance(town: &Town) -> Value {
    town.api("GET", "/api/v1/sms/balance", None).await.1
}

#[tokio::test]
async fn s6_a_refused_message_is_refunded() {
    let town = Town::start(5).await;
    let id = send(&town, "13900000105").await;
    let message = town.message_until(&id, "failed").await;
    assert!(message["reason"].as_str().expect("a reason").starts_with("carrier 105"), "{message}");
    let books = balance(&town).await;
    assert_eq!((&books["available"], &books["sent"]), (&json!(5), &json!(0)));
    town.close().await;
}

#[tokio::test]
async fn s10_a_busy_carrier_is_asked_again_and_charged_once() {
    let town = Town::start(5).await;
    let id = send(&town, "13900000103").await;
    town.message_until(&id, "delivered").await;
    let books = balance(&town).await;
    assert_eq!((&books["available"], &books["sent"]), (&json!(4), &json!(1)));
    assert_eq!(town.carrier.calls().send, 2);
    town.close().await;
}

#[tokio::test]
async fn s10_an_unknown_outcome_is_never_sent_again_and_settled_by_its_receipt() {
    let town = Town::start(5).await;
    // The carrier takes it, and its answer breaks off.
    let id = send(&town, "13900000201").await;
    let message = town.message_until(&id, "delivered").await;
    let steps: Vec<_> =
        message["timeline"].as_array().expect("steps").iter().map(|step| &step["what"]).collect();
    assert_eq!(steps, ["queued", "paid", "in_doubt", "delivered"]);
    assert_eq!((town.carrier.calls().send, town.carrier.messages().len()), (1, 1));
    let books = balance(&town).await;
    assert_eq!((&books["in_doubt"], &books["sent"]), (&json!(0), &json!(1)));
    town.close().await;
}

#[tokio::test]
async fn s7_receipts_that_come_early_twice_or_contradicting_have_one_effect() {
    let town = Town::start(5).await;
    // 0401: before the answer; 0400: twice; 0402: DELIVRD and then UNDELIV.
    for phone in ["13900000401", "13900000400", "13900000402"] {
        let id = send(&town, phone).await;
        town.message_until(&id, "delivered").await;
    }
    let id = send(&town, "13900000300").await;
    assert_eq!(town.message_until(&id, "undelivered").await["reason"], "receipt: UNDELIV");
    let id = send(&town, "13900000304").await;
    town.message_until(&id, "delivered").await;
    let books = balance(&town).await;
    assert_eq!((&books["available"], &books["sent"]), (&json!(0), &json!(5)));
    town.close().await;
}

#[tokio::test]
async fn s12_a_long_text_costs_its_segments() {
    let town = Town::start(3).await;
    let body = |text: String| Some(json!({ "kind": "marketing", "phone": "13900000000", "text": text }));
    // 67 characters and the signature make 71: two segments.
    let (_, answer) = town
        .api("PUT", &format!("/api/v1/sms/messages/{}", uuid::Uuid::new_v4()), body("字".repeat(67)))
        .await;
    assert_eq!(answer["units"], 2);
    let (status, answer) = town
        .api("PUT", &format!("/api/v1/sms/messages/{}", uuid::Uuid::new_v4()), body("字".repeat(67)))
        .await;
    assert_eq!((status, &answer["code"]), (409, &json!("insufficient_units")));
    town.close().await;
}
