//! Delivery reports: the vendor's parameters, its three tries, and the pull.

use chuancai_sandbox::{ReportState, Sandbox, SandboxSettings};
use serde_json::{Value, json};

use crate::customer::{Callback, parameter, post, quick, send, start, submit};

#[tokio::test]
async fn a_report_is_pushed_with_the_vendors_parameters() {
    let mut callback = Callback::listen(0).await;
    let settings = SandboxSettings { callback: Some(callback.url.clone()), ..quick() };
    let sandbox = start(settings).await;
    let answer = send(&sandbox, &submit("13900000000")).await;
    let query = callback.next().await;
    assert_eq!(parameter(&query, "msgid"), answer["msgId"].as_str(), "lower-case i, unlike the answer's");
    for (name, value) in [
        ("receiver", ""),
        ("pswd", ""),
        ("mobile", "13900000000"),
        ("uid", "b-77"),
        ("length", "1"),
        ("status", "DELIVRD"),
        ("statusDesc", "%E7%9F%AD%E4%BF%A1%E5%8F%91%E9%80%81%E6%88%90%E5%8A%9F"),
    ] {
        assert_eq!(parameter(&query, name), Some(value), "{name}");
    }
    let length = |name| parameter(&query, name).map(str::len);
    assert_eq!((length("reportTime"), length("notifyTime")), (Some(10), Some(12)));
}

#[tokio::test]
async fn only_the_string_true_asks_for_a_report() {
    let sandbox = start(quick()).await;
    for report in [Value::Null, json!(true), json!("false")] {
        let mut body = submit("13900000000");
        body["report"] = report;
        assert_eq!(send(&sandbox, &body).await["code"], "0");
    }
    assert!(sandbox.messages().iter().all(|message| message.report == ReportState::NotMade));
}

#[tokio::test]
async fn s7_a_report_is_tried_three_times_and_then_lost() {
    let mut refusing_twice = Callback::listen(2).await;
    let mut refusing = Callback::listen(3).await;
    let sandbox = start(quick()).await;
    for callback in [&refusing_twice, &refusing] {
        let mut body = submit("13900000000");
        body["callbackUrl"] = callback.url.clone().into();
        send(&sandbox, &body).await;
    }
    for _ in 0..3 {
        refusing_twice.next().await;
        refusing.next().await;
    }
    let settled = ReportState::HandedOver { status: "DELIVRD".to_owned(), reports: 1 };
    let lost = ReportState::Lost { status: "DELIVRD".to_owned() };
    sandbox.until(|messages| messages[0].report == settled && messages[1].report == lost).await;
    assert!(refusing.is_quiet() && refusing_twice.is_quiet());
}

#[tokio::test]
async fn without_a_callback_reports_wait_to_be_pulled_once() {
    let sandbox = start(quick()).await;
    let answer = send(&sandbox, &submit("13900000000,13900000300")).await;
    let waits = |state: &ReportState| matches!(state, ReportState::Waiting { .. });
    sandbox.until(|messages| messages.iter().all(|message| waits(&message.report))).await;
    let asked = json!({ "account": "N0000001", "password": "sandbox", "count": "100" });
    let pulled = post(&sandbox, "/msg/pull/report", &asked).await;
    assert_eq!(pulled["ret"], 0);
    let rows = pulled["result"].as_array().expect("a list");
    let mut seen: Vec<_> = rows
        .iter()
        .map(|row| {
            assert_eq!((&row["msgId"], &row["uid"]), (&answer["msgId"], &json!("b-77")));
            assert!(row.get("length").is_none(), "pulled reports have no length");
            (row["mobile"].as_str().expect("text"), row["status"].as_str().expect("text"))
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [("13900000000", "DELIVRD"), ("13900000300", "UNDELIV")]);
    assert_eq!(post(&sandbox, "/msg/pull/report", &asked).await["result"], json!([]), "handed over once");
    let refused =
        post(&sandbox, "/msg/pull/report", &json!({ "account": "N0000001", "password": "x" })).await;
    assert_eq!(refused, json!({ "ret": 1, "error": "wrong password" }));
    assert_eq!(sandbox.calls().pull, 3);
}

/// Asks for rows, as many as the vendor gives without being told how many.
async fn pull(sandbox: &Sandbox, what: &str) -> Value {
    post(sandbox, &format!("/msg/pull/{what}"), &json!({ "account": "N0000001", "password": "sandbox" }))
        .await
}

#[tokio::test]
async fn a_pull_has_twenty_rows_or_as_many_as_are_asked_for_up_to_a_hundred() {
    let sandbox = start(quick()).await;
    let phones: Vec<_> = (0..150).map(|number| format!("139{number:04}0000")).collect();
    send(&sandbox, &submit(&phones.join(","))).await;
    let waits = |state: &ReportState| matches!(state, ReportState::Waiting { .. });
    sandbox.until(|messages| messages.iter().all(|message| waits(&message.report))).await;
    let rows = |answer: Value| answer["result"].as_array().expect("a list").len();
    assert_eq!(rows(pull(&sandbox, "report").await), 20);
    let many = json!({ "account": "N0000001", "password": "sandbox", "count": "1000" });
    assert_eq!(rows(post(&sandbox, "/msg/pull/report", &many).await), 100);
    assert_eq!(rows(post(&sandbox, "/msg/pull/report", &many).await), 30);
}

#[tokio::test]
async fn s9_what_a_receiver_answers_is_pulled_once() {
    let sandbox = start(quick()).await;
    send(&sandbox, &submit("13900000500")).await;
    let reply = async {
        loop {
            let pulled = pull(&sandbox, "mo").await;
            if pulled["result"] != json!([]) {
                return pulled;
            }
        }
    };
    let reply = reply.await;
    assert_eq!(
        (&reply["result"][0]["mobile"], &reply["result"][0]["messageContent"]),
        (&json!("13900000500"), &json!("R"))
    );
    assert_eq!(pull(&sandbox, "mo").await, json!({ "ret": 0, "result": [] }), "handed over once");
}

#[tokio::test]
async fn rows_are_gone_whatever_becomes_of_the_answer_to_their_pull() {
    let sandbox = start(SandboxSettings { slow_answer_ms: 1, ..quick() }).await;
    let pulled = async |phone: &str| {
        let before = sandbox.messages().len();
        send(&sandbox, &submit(phone)).await;
        let waits = |state: &ReportState| matches!(state, ReportState::Waiting { .. });
        sandbox.until(|messages| waits(&messages[before].report)).await;
        let asked = json!({ "account": "N0000001", "password": "sandbox" });
        let url = format!("{}/msg/pull/report", sandbox.base_url());
        let answer = reqwest::Client::new().post(url).json(&asked).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    };
    assert_eq!(
        pulled("13900000603").await,
        (200, json!({ "ret": 1, "error": "submitted too fast" }).to_string())
    );
    assert_eq!(pull(&sandbox, "report").await["result"][0]["mobile"], "13900000603", "it was not taken");
    for (phone, status, is_whole) in
        [("13900000600", 200, true), ("13900000601", 200, false), ("13900000602", 502, false)]
    {
        let (answered, body) = pulled(phone).await;
        assert_eq!((answered, serde_json::from_str::<Value>(&body).is_ok()), (status, is_whole), "{body}");
        assert_eq!(pull(&sandbox, "report").await["result"], json!([]), "{phone}");
    }
}
