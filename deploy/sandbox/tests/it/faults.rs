//! The numbers that make something go wrong, each as the table in the crate's doc says.

use std::time::Duration;

use chuancai_sandbox::{ReportState, SandboxMessage};
use serde_json::json;

use crate::customer::{Callback, parameter, quick, send, start, submit};

#[tokio::test]
async fn a_number_chooses_its_code() {
    let sandbox = start(quick()).await;
    for code in ["105", "109", "110", "117", "118", "119", "120", "124", "125", "128"] {
        for _ in 0..2 {
            let answer = send(&sandbox, &submit(&format!("1390000{:0>4}", code))).await;
            assert_eq!(answer["code"], json!(code));
        }
    }
    for code in ["103", "104"] {
        let phone = format!("13900000{code}");
        assert_eq!(send(&sandbox, &submit(&phone)).await["code"], json!(code), "at first");
        assert_eq!(send(&sandbox, &submit(&phone)).await["code"], "0", "and then no more");
    }
    assert_eq!(send(&sandbox, &submit("13900000203")).await["code"], json!(0), "a number, not a string");
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_message_was_taken() {
    let sandbox = start(quick()).await;
    let url = format!("{}/msg/v1/send/json", sandbox.base_url());
    let client = reqwest::Client::new();
    let late = client.post(&url).timeout(Duration::from_millis(200)).json(&submit("13900000200"));
    assert!(late.send().await.expect_err("no answer in time").is_timeout());
    let half = client.post(&url).json(&submit("13900000201")).send().await.expect("it answers");
    let half = half.text().await.expect("a text");
    assert!(half.starts_with('{') && !half.ends_with('}'), "{half}");
    let gateway = client.post(&url).json(&submit("13900000202")).send().await.expect("it answers");
    assert_eq!(gateway.status(), 502);
    assert_eq!(sandbox.messages().len(), 3, "each was taken all the same");
    let handed_over = |message: &SandboxMessage| matches!(&message.report, ReportState::Waiting { status } if status == "DELIVRD");
    sandbox.until(|messages| messages.iter().all(handed_over)).await;
}

#[tokio::test]
async fn reports_come_with_other_statuses_twice_or_not_at_all() {
    let mut callback = Callback::listen(0).await;
    let settings = chuancai_sandbox::SandboxSettings { callback: Some(callback.url.clone()), ..quick() };
    let sandbox = start(settings).await;
    for (phone, statuses) in [
        ("13900000300", vec!["UNDELIV"]),
        ("13900000301", vec!["REJECTD"]),
        ("13900000302", vec!["MBBLACK"]),
        ("13900000304", vec!["UNKNOWN", "DELIVRD"]),
        ("13900000400", vec!["DELIVRD", "DELIVRD"]),
        ("13900000402", vec!["DELIVRD", "UNDELIV"]),
    ] {
        send(&sandbox, &submit(phone)).await;
        for status in statuses {
            let query = callback.next().await;
            assert_eq!(
                (parameter(&query, "mobile"), parameter(&query, "status")),
                (Some(phone), Some(status))
            );
        }
    }
    send(&sandbox, &submit("13900000303")).await;
    assert_eq!(sandbox.messages().last().expect("seven messages").report, ReportState::NotMade);
    send(&sandbox, &submit("13900000404")).await;
    assert_eq!(parameter(&callback.next().await, "length"), Some("2"), "one segment too many");
    assert!(callback.is_quiet());
}

#[tokio::test]
async fn a_report_can_come_too_early_or_out_of_order() {
    let mut callback = Callback::listen(0).await;
    let sandbox = start(quick()).await;
    let with_callback = |phone: &str| {
        let mut body = submit(phone);
        body["callbackUrl"] = callback.url.clone().into();
        body
    };
    let (early, late, later) =
        (with_callback("13900000401"), with_callback("13900000403"), with_callback("13900000000"));
    let answer = send(&sandbox, &early).await;
    assert!(!callback.is_quiet(), "it was there before the answer");
    let query = callback.next().await;
    assert_eq!(parameter(&query, "msgid"), answer["msgId"].as_str());
    send(&sandbox, &late).await;
    send(&sandbox, &later).await;
    for phone in ["13900000000", "13900000403"] {
        assert_eq!(parameter(&callback.next().await, "mobile"), Some(phone));
    }
}
