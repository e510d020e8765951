//! Submits, refusals and the balance.

use chuancai_sandbox::SandboxSettings;
use serde_json::{Value, json};

use crate::customer::{post, quick, send, start, submit};

#[tokio::test]
async fn a_submit_is_accepted_on_both_paths_and_answered_in_the_vendors_shape() {
    let sandbox = start(quick()).await;
    for path in ["/msg/v1/send/json", "/msg/send/json"] {
        let answer = post(&sandbox, path, &submit("13900000000")).await;
        assert_eq!(answer["code"], "0", "the code is a string");
        assert_eq!(answer["errorMsg"], "");
        let digits = |field: &str| {
            let text = answer[field].as_str().expect("a string");
            assert!(text.bytes().all(|b| b.is_ascii_digit()), "{field} is {text:?}");
            text.len()
        };
        assert_eq!((digits("msgId"), digits("time")), (32, 14));
    }
    let messages = sandbox.messages();
    assert_eq!(messages.len(), 2);
    assert_ne!(messages[0].msg_id, messages[1].msg_id);
    assert_eq!((messages[0].uid.as_deref(), messages[0].units), (Some("b-77"), 1));
}

#[tokio::test]
async fn s12_the_balance_falls_by_segments_times_numbers() {
    let sandbox = start(SandboxSettings { balance: 10, ..quick() }).await;
    let mut long = submit("13900000000,13900000001,13900000002");
    long["msg"] = format!("【示例】{}", "字".repeat(67)).into();
    assert_eq!(send(&sandbox, &long).await["code"], "0");
    let messages = sandbox.messages();
    assert_eq!(messages.iter().map(|message| message.units).collect::<Vec<_>>(), [2, 2, 2]);
    assert!(messages.iter().all(|message| message.msg_id == messages[0].msg_id), "one id for a request");

    let asked = json!({ "account": "N0000001", "password": "sandbox" });
    let answer = post(&sandbox, "/msg/balance/json", &asked).await;
    assert_eq!((&answer["code"], &answer["balance"]), (&json!(0), &json!("4")));
    let refused = send(&sandbox, &long).await;
    assert_eq!((&refused["code"], &refused["errorMsg"]), (&json!("109"), &json!("no quota")));
    assert_eq!((sandbox.balance(), sandbox.messages().len()), (4, 3), "a refusal takes nothing");
}

#[tokio::test]
async fn every_fault_of_a_request_has_the_vendors_code() {
    let sandbox = start(quick()).await;
    let changed = |field: &str, value: Value| {
        let mut body = submit("13900000000");
        body[field] = value;
        body
    };
    let many = vec!["13900000000"; 1_001].join(",");
    let cases = [
        ("101", changed("account", "N9".into())),
        ("102", changed("password", "wrong".into())),
        ("106", changed("msg", "".into())),
        ("106", changed("msg", format!("【示例】{}", "字".repeat(533)).into())),
        ("107", changed("phone", "12345".into())),
        ("107", changed("phone", "13900000000;13900000001".into())),
        ("108", changed("phone", many.into())),
        ("113", changed("extend", "a1".into())),
        ("116", changed("msg", "您的菜好了".into())),
        ("116", changed("msg", "【别家】您的菜好了".into())),
        ("127", changed("sendtime", "tomorrow".into())),
        ("129", json!(["not", "an", "object"])),
        ("129", changed("phone", json!(["13900000000"]))),
        ("130", changed("phone", Value::Null)),
    ];
    for (code, body) in cases {
        let answer = send(&sandbox, &body).await;
        assert_eq!((&answer["code"], &answer["msgId"]), (&json!(code), &json!("")), "{body}");
    }
    let broken = reqwest::Client::new()
        .post(format!("{}/msg/v1/send/json", sandbox.base_url()))
        .body("{\"account\":")
        .send()
        .await
        .expect("the carrier answers");
    assert_eq!(broken.json::<Value>().await.expect("JSON")["code"], "129");
    assert!(sandbox.messages().is_empty());
    let refused = post(&sandbox, "/msg/balance/json", &json!({ "account": "N0000001" })).await;
    assert_eq!(refused["code"], "130");
}

#[tokio::test]
async fn what_was_taken_can_be_looked_at() {
    let sandbox = start(quick()).await;
    send(&sandbox, &submit("13900000000")).await;
    let shown: Value = reqwest::get(format!("{}/sandbox/messages", sandbox.base_url()))
        .await
        .expect("it answers")
        .json()
        .await
        .expect("JSON");
    assert_eq!(shown["calls"], json!({ "send": 1, "balance": 0, "pull": 0, "pull_replies": 0 }));
    assert_eq!(shown["messages"][0]["text"], "【示例】您的菜好了");
    let page = reqwest::get(sandbox.base_url()).await.expect("it answers");
    assert!(page.text().await.expect("a page").contains("/sandbox/messages"));
}
