//! Words of each number's own: groups, what is dropped of them, and what is refused.

use chuancai_sandbox::SandboxSettings;
use serde_json::{Value, json};

use crate::customer::{Callback, parameter, post, quick, start};

const PATH: &str = "/msg/variable/json";

fn submit(text: &str, groups: &str) -> Value {
    json!({
        "account": "N0000001", "password": "sandbox", "msg": text, "params": groups, "report": "true",
        "uid": "b-77",
    })
}

#[tokio::test]
async fn each_number_gets_its_own_words_under_one_id_and_pays_for_them() {
    let mut callback = Callback::listen(0).await;
    let settings = SandboxSettings { balance: 10, callback: Some(callback.url.clone()), ..quick() };
    let sandbox = start(settings).await;
    let groups = format!("13900000000,李,12;13900000001,{},7", "字".repeat(67));
    let answer = post(&sandbox, PATH, &submit("【示例】{$var}，{$var}号", &groups)).await;
    assert_eq!(
        (&answer["code"], &answer["successNum"], &answer["failNum"]),
        (&json!("0"), &json!("2"), &json!("0"))
    );
    let taken = sandbox.messages();
    assert_eq!(taken[0].text, "【示例】李，12号");
    assert_eq!(taken.iter().map(|message| message.units).collect::<Vec<_>>(), [1, 2]);
    assert!(taken.iter().all(|message| answer["msgId"] == message.msg_id));
    assert_eq!(sandbox.balance(), 7);
    let mut lengths = [callback.next().await, callback.next().await].map(|query| {
        let of = |name| parameter(&query, name).map(str::to_owned);
        (of("mobile"), of("length"))
    });
    lengths.sort();
    let report = |mobile: &str, length: &str| (Some(mobile.to_owned()), Some(length.to_owned()));
    assert_eq!(lengths, [report("13900000000", "1"), report("13900000001", "2")]);
}

#[tokio::test]
async fn groups_of_another_shape_are_dropped_and_only_counted() {
    let sandbox = start(quick()).await;
    let groups = "13900000000,李,12;13900000001,王;13900000002,a,b,c;110,a,b;13900000700,a,b;13900000003,a,";
    let answer = post(&sandbox, PATH, &submit("【示例】{$var}，{$var}号", groups)).await;
    assert_eq!(
        (&answer["code"], &answer["successNum"], &answer["failNum"]),
        (&json!("0"), &json!("1"), &json!("5"))
    );
    assert_eq!(sandbox.messages().len(), 1);
}

#[tokio::test]
async fn what_the_vendor_refuses_takes_nothing() {
    let sandbox = start(quick()).await;
    let many = vec!["13900000000,a"; 1_001].join(";");
    let places = format!("【示例】{}", "{$var}".repeat(21));
    let long = format!("13900000000,{}", "字".repeat(533));
    let cases = [
        ("106", submit("【示例】{$var}", &long)),
        ("107", submit("【示例】{$var}", "13900000000,a;13900000107,b")),
        ("108", submit("【示例】{$var}", &many)),
        ("114", submit("【示例】{$var}", "13900000000;110,a")),
        ("114", submit(&places, &format!("13900000000{}", ",a".repeat(21)))),
        ("116", submit("{$var}", "13900000000,【示例】您好")),
        ("130", submit("【示例】{$var}", "")),
        ("103", submit("【示例】{$var}", "13900000103,a")),
    ];
    for (code, body) in cases {
        let answer = post(&sandbox, PATH, &body).await;
        assert_eq!((&answer["code"], &answer["msgId"]), (&json!(code), &json!("")), "{body}");
    }
    assert_eq!((sandbox.messages().len(), sandbox.calls().send), (0, 8));
    let again = post(&sandbox, PATH, &submit("【示例】{$var}", "13900000103,a")).await;
    assert_eq!(again["code"], "0", "too fast once");
}
