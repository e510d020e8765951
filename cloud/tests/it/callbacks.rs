//! The brand's own system is called back: signed, in order, again after a fault and after a restart, and not for ever.

use std::process::{Command as Process, Output};
use std::time::Instant;

use chuancai_sandbox::{HookCall, SandboxSettings};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::Who;
use crate::town::{PATIENCE, Town};

/// The command line as an operator uses it: the service stops for it.
fn command(town: &Town, args: &[&str], secret: Option<&str>) -> Output {
    let mut command = Process::new(env!("CARGO_BIN_EXE_chuancai-cloud"));
    command.args(args).env("CHUANCAI_CLOUD__STATE__FOLDER", &town.settings.state.folder);
    if let Some(secret) = secret {
        command.env("CHUANCAI_CLOUD_CHANNEL_SECRET", secret);
    }
    let output = command.output().expect("the program is built");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

async fn subscribe(town: &mut Town, behaviour: &str, topics: &[&str]) {
    town.stop().await;
    let url = format!("{}/webhook/{behaviour}", town.carrier.base_url());
    let mut args = vec!["subscription", "set", "demo", "crm", "--url", &url];
    args.extend(topics.iter().flat_map(|topic| ["--topic", topic]));
    command(town, &args, Some(&SandboxSettings::default().webhook_secret));
    let listed = command(town, &["subscription", "list"], None);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("one subscription, as JSON");
    assert_eq!(
        (&listed["subscription"]["host"], listed.to_string().contains("whsec")),
        (&json!("127.0.0.1"), false)
    );
    town.serve().await;
}

async fn send(town: &Town) -> String {
    let id = Uuid::new_v4().to_string();
    let sms = json!({ "kind": "notification", "phone": "13900000000", "text": "您好" });
    let (status, sent) = town.api("PUT", &format!("/api/v1/sms/messages/{id}"), Some(sms)).await;
    assert_eq!(status, 200, "{sent}");
    id
}

/// Waits until the receiver has taken so many calls.
async fn taken(town: &Town, count: usize) -> Vec<HookCall> {
    let enough = |calls: &[HookCall]| calls.iter().filter(|call| call.status == 204).count() >= count;
    tokio::time::timeout(PATIENCE, town.carrier.until_hooks(enough)).await.expect("in time");
    town.carrier.hook_calls()
}

/// Asks what is shown of the subscription until it is as wanted.
async fn shown(town: &Town, owner: &Who, wanted: impl Fn(&Value) -> bool) -> Value {
    let begin = Instant::now();
    loop {
        let (_, all) = town.ask(owner, "GET", "/api/v1/subscriptions", Value::Null).await;
        let one = all["subscriptions"][0].clone();
        if wanted(&one) {
            return one;
        }
        assert!(begin.elapsed() < PATIENCE, "{all}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn s7_what_becomes_of_messages_is_told_signed_in_order_and_again_with_the_same_id() {
    let mut town = Town::start(10).await;
    subscribe(&mut town, "503-once", &["message-accepted", "message-final"]).await;
    let messages = [send(&town).await, send(&town).await, send(&town).await];
    let calls = taken(&town, 6).await;
    assert!(calls.iter().all(|call| call.verified));
    for message in &messages {
        let of: Vec<_> = calls.iter().filter(|call| call.body["data"]["message"] == *message).collect();
        let told: Vec<_> =
            of.iter().map(|call| (call.body["type"].as_str().expect("a type"), call.status)).collect();
        let expected = [
            ("message_accepted", 503),
            ("message_accepted", 204),
            ("message_final", 503),
            ("message_final", 204),
        ];
        assert_eq!(told, expected, "each after the one before it, and once it is taken no more");
        assert!(of[0].id == of[1].id && of[2].id == of[3].id && of[0].id != of[2].id);
        assert!(of[0].body == of[1].body && of[2].body == of[3].body);
        assert_eq!(
            (&of[0].body["data"]["state"], &of[2].body["data"]["state"]),
            (&json!("accepted"), &json!("delivered"))
        );
        assert!(!of[3].body.to_string().contains("1390000"), "no phone number");
    }
    let owner = town.person("cook").await;
    let one = shown(&town, &owner, |one| one["waiting"] == 0).await;
    assert_eq!((&one["given_up"], &one["trouble"]), (&json!(0), &Value::Null));
    town.close().await;
}

#[tokio::test]
async fn s7_calls_that_were_not_taken_outlive_a_restart_and_another_address() {
    let mut town = Town::start(2).await;
    subscribe(&mut town, "500", &["low-balance", "purchase-paid"]).await;
    let owner = town.person("cook").await;
    let limit = json!({ "units": 2 });
    assert_eq!(town.ask(&owner, "PUT", "/api/v1/sms/low-balance", limit).await.0, 204);
    let (_, all) = town.ask(&owner, "GET", "/api/v1/subscriptions", Value::Null).await;
    assert_eq!(all["low_balance"], 2);
    send(&town).await;
    send(&town).await;
    let one = shown(&town, &owner, |one| one["trouble"].is_string()).await;
    assert_eq!(
        (&one["waiting"], &one["trouble"]),
        (&json!(1), &json!("500: the receiver could not take it"))
    );

    town.stop().await;
    let bought =
        ["package", "paid", "demo", "p2", "--units", "5", "--expires", "2199-12-31", "--name", "all"];
    command(&town, &bought, None);
    subscribe(&mut town, "ok", &["low-balance", "purchase-paid"]).await;
    let calls = taken(&town, 2).await;
    let told: Vec<_> = calls.iter().filter(|call| call.status == 204).map(|call| &call.body).collect();
    assert_eq!((&told[0]["type"], &told[1]["type"]), (&json!("low_balance"), &json!("purchase_paid")));
    assert_eq!(told[0]["data"], json!({ "brand": "demo", "available": 1, "limit": 2 }));
    assert_eq!((&told[1]["data"]["package"], &told[1]["data"]["units"]), (&json!("p2"), &json!(5)));
    assert_eq!(told.len(), 2, "the balance fell below once");
    town.close().await;
}

#[tokio::test]
async fn s7_a_receiver_that_is_gone_is_left_alone_until_somebody_sees_to_it() {
    let mut town = Town::start(10).await;
    subscribe(&mut town, "410", &["message-final"]).await;
    let owner = town.person("cook").await;
    let first = send(&town).await;
    let one = shown(&town, &owner, |one| one["off_since"].is_string()).await;
    assert_eq!((&one["given_up"], &one["set_aside"], &one["waiting"]), (&json!(1), &json!(1), &json!(0)));
    let second = send(&town).await;
    town.message_until(&second, "delivered").await;
    subscribe(&mut town, "ok", &["message-final"]).await;
    let owner = town.person("cook").await;
    assert_eq!(town.ask(&owner, "POST", "/api/v1/subscriptions/crm/resend", Value::Null).await.0, 204);
    let calls = taken(&town, 1).await;
    let told = calls.iter().find(|call| call.status == 204).expect("it was taken");
    assert_eq!(told.body["data"]["message"], json!(first));
    assert_eq!(calls.iter().filter(|call| call.body["data"]["message"] == *second).count(), 0);
    town.close().await;
}

#[tokio::test]
async fn an_owner_subscribes_by_https_alone_and_sees_the_secret_once() {
    let town = Town::start(0).await;
    let owner = town.person("cook").await;
    let path = "/api/v1/subscriptions/crm";
    let wish = |url: &str, topics: &[&str]| json!({ "url": url, "topics": topics });
    let bad = [
        (wish("http://169.254.0.1/", &["message_final"]), 422, "not_encrypted"),
        (wish("https://crm.example/hook", &[]), 422, "no_topic"),
        (wish("https://crm.example/hook", &["everything"]), 400, "malformed"),
        (wish("nowhere", &["message_final"]), 400, "malformed"),
    ];
    for (wish, status, code) in bad {
        let (answered, problem) = town.ask(&owner, "PUT", path, wish.clone()).await;
        assert_eq!((answered, &problem["code"]), (status, &json!(code)), "{wish}");
    }
    let good = wish("https://crm.example/hook?token=hush", &["message_final"]);
    let (status, made) = town.ask(&owner, "PUT", path, good).await;
    assert_eq!(status, 200, "{made}");
    assert!(made["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{made}");
    let other = wish("https://crm.example/other", &["low_balance"]);
    let (_, changed) = town.ask(&owner, "PUT", path, other).await;
    assert_eq!(changed, json!({ "subscription": "crm", "secret": null }));
    let (_, all) = town.ask(&owner, "GET", "/api/v1/subscriptions", Value::Null).await;
    let one = &all["subscriptions"][0];
    assert_eq!((&one["host"], &one["topics"]), (&json!("crm.example"), &json!(["low_balance"])));
    assert_eq!(town.ask(&owner, "DELETE", path, Value::Null).await.0, 204);
    assert_eq!(town.ask(&owner, "DELETE", path, Value::Null).await.0, 404);
    town.close().await;
}
