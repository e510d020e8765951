//! Texts to many (S9), and units frozen, paid and reported in part (S4, S6).

use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{PATIENCE, Town};

fn batch(phones: &[&str]) -> Option<Value> {
    Some(json!({ "kind": "notification", "text": "今晚停水，改日再来", "phones": phones }))
}

pub(crate) async fn counts_until(town: &Town, path: &str, wanted: Value) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let (status, answer) = town.api("GET", path, None).await;
        assert_eq!(status, 200, "{answer}");
        if answer["counts"] == wanted {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{answer}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

pub(crate) async fn books(town: &Town) -> [Value; 4] {
    let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
    ["available", "frozen", "in_doubt", "sent"].map(|place| books[place].clone())
}

#[tokio::test]
async fn s9_a_text_to_many_is_one_call_and_every_receiver_has_an_end_of_its_own() {
    let town = Town::start(6).await;
    let path = format!("/api/v1/sms/batches/{}", Uuid::new_v4());
    // The fourth is no number, the fifth is there already; 0300 cannot be reached.
    let phones = ["13900000010", "13900000300", "13900000011", "110", "13900000010"];
    let (status, answer) = town.api("PUT", &path, batch(&phones)).await;
    assert_eq!(status, 200, "{answer}");
    let rejected = json!([{ "at": 3, "reason": "bad_phone" }, { "at": 4, "reason": "duplicate" }]);
    assert_eq!(answer["rejected"], rejected);
    let (status, again) = town.api("PUT", &path, batch(&phones)).await;
    assert_eq!((status, &again["messages"]), (200, &answer["messages"]), "S8");
    let (status, other) = town.api("PUT", &path, batch(&phones[1..])).await;
    assert_eq!((status, &other["about"]), (200, &Value::Null), "the same receivers in another order");
    let (status, other) = town.api("PUT", &path, batch(&phones[..2])).await;
    assert_eq!((status, &other["about"]), (409, &json!(["phones"])));
    counts_until(&town, &path, json!({ "delivered": 2, "undelivered": 1 })).await;
    assert_eq!(town.carrier.calls().send, 1, "all of them in one call");
    assert_eq!(books(&town).await, [3, 0, 0, 3].map(Value::from));
    let second = answer["messages"][1]["message"].as_str().expect("an id");
    let (_, message) = town.api("GET", &format!("/api/v1/sms/messages/{second}"), None).await;
    assert_eq!((&message["state"], &message["phone_masked"]), (&json!("undelivered"), &json!("139****0300")));
    town.close().await;
}

#[tokio::test]
async fn s9_a_text_to_many_without_units_for_all_goes_to_nobody() {
    let town = Town::start(1).await;
    let path = format!("/api/v1/sms/batches/{}", Uuid::new_v4());
    for _ in 0..2 {
        let (status, answer) = town.api("PUT", &path, batch(&["13900000010", "13900000011"])).await;
        assert_eq!((status, &answer["code"]), (409, &json!("insufficient_units")));
    }
    assert_eq!(books(&town).await, [1, 0, 0, 0].map(Value::from));
    let (status, _) = town.api("POST", &format!("{path}/cancel"), None).await;
    assert_eq!(status, 409);
    town.close().await;
}

#[tokio::test]
async fn s4_s6_a_freeze_is_paid_and_reported_in_part() {
    let town = Town::start(10).await;
    let id = Uuid::new_v4();
    let freeze = format!("/api/v1/sms/freezes/{id}");
    let (_, made) = town.api("PUT", &freeze, Some(json!({ "units": 8, "good_for_s": 3600 }))).await;
    assert!(made["good_until"].is_string(), "{made}");
    let pay = format!("{freeze}/pay");
    let (status, answer) = town.api("POST", &pay, Some(json!({ "units": 9 }))).await;
    assert_eq!((status, &answer["code"]), (422, &json!("more_than_there")));
    let (_, paid) = town.api("POST", &pay, Some(json!({ "units": 5 }))).await;
    assert_eq!((&paid["state"], &paid["paid_units"]), (&json!("paid"), &json!(5)));
    assert_eq!(books(&town).await, [5, 0, 5, 0].map(Value::from));
    let report = format!("/api/v1/sms/payments/{id}/result");
    let partly = json!({ "result": "partly_sent", "failed_units": 2 });
    for _ in 0..2 {
        let (_, settled) = town.api("POST", &report, Some(partly.clone())).await;
        assert_eq!((&settled["state"], &settled["failed_units"]), (&json!("partly_sent"), &json!(2)));
    }
    assert_eq!(books(&town).await, [7, 0, 0, 3].map(Value::from));
    let (status, _) = town.api("POST", &report, Some(json!({ "result": "partly_sent" }))).await;
    assert_eq!(status, 400);
    town.close().await;
}

#[tokio::test]
async fn s9_who_opted_out_is_told_so_and_costs_nothing() {
    let town = Town::start(3).await;
    let (status, _) = town
        .api("PUT", "/api/v1/sms/opt-outs", Some(json!({ "phone": "13900000010", "opted_out": true })))
        .await;
    assert_eq!(status, 204);
    let body = json!({ "kind": "marketing", "phone": "13900000010", "text": "新菜上市" });
    let path = format!("/api/v1/sms/messages/{}", Uuid::new_v4());
    let (_, message) = town.api("PUT", &path, Some(body)).await;
    assert_eq!((&message["state"], &message["reason"]), (&json!("failed"), &json!("opted_out")));
    assert_eq!(books(&town).await, [3, 0, 0, 0].map(Value::from));
    let (status, answer) = town.api("POST", &format!("{path}/cancel"), None).await;
    assert_eq!((status, &answer["code"]), (409, &json!("on_its_way")));
    town.close().await;
}
