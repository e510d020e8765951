//! Texts to many of whom each gets words of their own, from the request to the phone (S6, S8, S9, S10, S12).

use std::num::NonZeroU32;

use chuancai_sandbox::Protocol;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::batches::{books, counts_until};
use crate::carriers::{carrier, hook_of};
use crate::town::Town;

/// The largest batch fits into a second.
const QUICK: NonZeroU32 = NonZeroU32::new(10_000).expect("some");
const TEXT: &str = "{1}，您的桌号 {2} 已备好";

fn ask(text: &str, receivers: &[(&str, &[&str])]) -> Option<Value> {
    let phones: Vec<_> = receivers.iter().map(|(phone, _)| phone).collect();
    let parameters: Vec<_> = receivers.iter().map(|(_, parameters)| parameters).collect();
    Some(json!({ "kind": "notification", "text": text, "phones": phones, "parameters": parameters }))
}

fn new_batch() -> String {
    format!("/api/v1/sms/batches/{}", Uuid::new_v4())
}

/// What went out, by number.
fn taken(town: &Town) -> Vec<(String, String)> {
    let mut taken: Vec<_> =
        town.carrier.messages().into_iter().map(|message| (message.phone, message.text)).collect();
    taken.sort();
    taken
}

#[tokio::test]
async fn s12_each_receiver_gets_their_own_words_at_their_own_price_by_one_call() {
    let town = Town::start(10).await;
    let path = new_batch();
    let long = "长".repeat(70);
    let receivers: [(&str, &[&str]); 5] = [
        ("13900000011", &["李女士", "A,12;3"]),
        ("13900000010", &[&long, "7"]),
        ("110", &["nobody reads this"]),
        ("13900000300", &["王先生", "8"]),
        ("13900000011", &["another", "1"]),
    ];
    let (status, answer) = town.api("PUT", &path, ask(TEXT, &receivers)).await;
    assert_eq!((status, &answer["text"]), (200, &json!(format!("【示例】{TEXT}"))), "{answer}");
    assert_eq!(answer["units_each"], Value::Null, "each has a price of its own");
    let rejected = json!([{ "at": 2, "reason": "bad_phone" }, { "at": 4, "reason": "duplicate" }]);
    assert_eq!(answer["rejected"], rejected);
    counts_until(&town, &path, json!({ "delivered": 2, "undelivered": 1 })).await;
    assert_eq!(town.carrier.calls().send, 1, "all of them in one call");
    let text = |own: &str, table: &str| format!("【示例】{own}，您的桌号 {table} 已备好");
    let expected = [
        ("13900000010", text(&long, "7")),
        ("13900000011", text("李女士", "A，12；3")),
        ("13900000300", text("王先生", "8")),
    ];
    assert_eq!(taken(&town), expected.map(|(phone, text)| (phone.to_owned(), text)));
    assert_eq!(books(&town).await, [6, 0, 0, 4].map(Value::from), "two segments, one and one");
    let second = answer["messages"][1]["message"].as_str().expect("an id");
    let (_, message) = town.api("GET", &format!("/api/v1/sms/messages/{second}"), None).await;
    assert_eq!((&message["units"], &message["text"]), (&json!(2), &json!(text(&long, "7"))));
    town.close().await;
}

#[tokio::test]
async fn s8_the_same_again_gets_the_same_answer_and_other_parameters_are_refused_also_after_a_restart() {
    let mut town = Town::start(10).await;
    let path = new_batch();
    let receivers: [(&str, &[&str]); 2] = [("13900000010", &["李", "1"]), ("13900000011", &["王", "2"])];
    let (_, first) = town.api("PUT", &path, ask(TEXT, &receivers)).await;
    counts_until(&town, &path, json!({ "delivered": 2 })).await;
    for restarted in [false, true] {
        let (status, again) = town.api("PUT", &path, ask(TEXT, &receivers)).await;
        assert_eq!((status, &again["messages"]), (200, &first["messages"]), "{again}");
        let swapped = [(receivers[0].0, receivers[1].1), (receivers[1].0, receivers[0].1)];
        let (status, other) = town.api("PUT", &path, ask(TEXT, &swapped)).await;
        assert_eq!((status, &other["code"]), (409, &json!("request_id_reused")));
        assert_eq!(other["about"], json!(["parameters"]), "restarted: {restarted}");
        if !restarted {
            town.stop().await;
            town.serve().await;
        }
    }
    assert_eq!(town.carrier.calls().send, 1);
    assert_eq!(books(&town).await, [8, 0, 0, 2].map(Value::from));
    town.close().await;
}

#[tokio::test]
async fn s10_whom_the_carrier_dropped_without_saying_so_stays_in_doubt_and_the_others_are_settled_by_receipts()
 {
    let town = Town::start(10).await;
    let path = new_batch();
    let receivers: [(&str, &[&str]); 3] =
        [("13900000010", &["李", "1"]), ("13900000700", &["王", "2"]), ("13900000011", &["赵", "3"])];
    let (status, _) = town.api("PUT", &path, ask(TEXT, &receivers)).await;
    assert_eq!(status, 200);
    counts_until(&town, &path, json!({ "delivered": 2, "in_doubt": 1 })).await;
    assert_eq!(books(&town).await, [7, 0, 1, 2].map(Value::from));
    assert_eq!((town.carrier.calls().send, taken(&town).len()), (1, 2), "nothing is sent again");
    town.close().await;
}

#[tokio::test]
async fn s6_a_wrong_number_is_refunded_alone_and_what_the_carrier_refuses_is_refunded_for_all() {
    let town = Town::start(10).await;
    let path = new_batch();
    let receivers: [(&str, &[&str]); 3] =
        [("13900000010", &["李", "1"]), ("13900000107", &["王", "2"]), ("13900000011", &["赵", "3"])];
    town.api("PUT", &path, ask(TEXT, &receivers)).await;
    counts_until(&town, &path, json!({ "delivered": 2, "failed": 1 })).await;
    let path = new_batch();
    town.api("PUT", &path, ask(TEXT, &[("13900000105", &["李", "1"]), ("13900000012", &["王", "2"])])).await;
    counts_until(&town, &path, json!({ "failed": 2 })).await;
    assert_eq!(books(&town).await, [8, 0, 0, 2].map(Value::from));
    town.close().await;
}

#[tokio::test]
async fn s8_words_that_cannot_be_sent_are_a_problem_that_names_the_receiver_and_change_nothing() {
    let town = Town::start(10).await;
    let (one, too_long) = ("13900000010", "长".repeat(530));
    let many_places: String = (1..=21).map(|n| format!("{{{n}}}")).collect();
    let twenty_one = [""; 21].map(|_| "a");
    let cases: [(&str, &[&str], u16, &str); 10] = [
        (TEXT, &["李"], 422, "wrong_parameters"),
        (TEXT, &["李", "1", "2"], 422, "wrong_parameters"),
        (TEXT, &["李", ""], 422, "bad_parameter"),
        (TEXT, &["李", "{1}"], 422, "bad_parameter"),
        (TEXT, &["李", "a\nb"], 422, "bad_parameter"),
        (TEXT, &["李", &too_long], 422, "bad_text"),
        ("您好", &["李"], 422, "bad_places"),
        ("{1}{1}", &["李"], 422, "bad_places"),
        ("{2}", &["李"], 422, "bad_places"),
        (&many_places, &twenty_one, 422, "bad_places"),
    ];
    for (text, parameters, expected, code) in cases {
        let (status, problem) =
            town.api("PUT", &new_batch(), ask(text, &[("1", &[]), (one, parameters)])).await;
        assert_eq!((status, &problem["code"]), (expected, &json!(code)), "{text}: {problem}");
        let about = if code == "bad_places" { Value::Null } else { json!(["parameters[1]"]) };
        assert_eq!(problem["about"], about, "{problem}");
        assert!(!problem.to_string().contains(one), "{problem}");
    }
    let uneven = json!({ "kind": "notification", "text": TEXT, "phones": [one], "parameters": [] });
    assert_eq!(town.api("PUT", &new_batch(), Some(uneven)).await.0, 400);
    assert_eq!(books(&town).await, [10, 0, 0, 0].map(Value::from));
    town.close().await;
}

#[tokio::test]
async fn s9_the_largest_of_all_is_one_call() {
    let town = Town::start_with(8_000, |settings| {
        settings.carrier.per_second = QUICK;
        settings.sending.brand_per_second = QUICK.get();
        settings.carrier.timeout_ms = 20_000;
    });
    let town = town.await;
    // None of them is ever reported: a thousand receipts at once would be about something else.
    let phones: Vec<_> = (0..1_000).map(|n| format!("139{n:04}0303")).collect();
    let own = "长".repeat(500);
    let own = [own.as_str()];
    let receivers: Vec<(&str, &[&str])> =
        phones.iter().map(|phone| (phone.as_str(), own.as_slice())).collect();
    let path = new_batch();
    let (status, answer) = town.api("PUT", &path, ask("{1}，您好", &receivers)).await;
    assert_eq!(status, 200, "{answer}");
    counts_until(&town, &path, json!({ "accepted": 1_000 })).await;
    assert_eq!((town.carrier.calls().send, taken(&town).len()), (1, 1_000));
    assert_eq!(books(&town).await, [0, 0, 0, 8_000].map(Value::from));
    town.close().await;
}

#[tokio::test]
async fn s9_by_a_carrier_that_says_the_same_to_all_each_message_goes_by_itself() {
    let mut town = Town::start(10).await;
    town.stop().await;
    let codes = "tencent-sms codes --host HOST --secret-id AKIDSANDBOX --application 1400000001 \
                 --secret-file SECRET --template 1001=您的验证码是{1}，{2}分钟内有效。";
    carrier(&town, codes).await.expect("it is set up");
    carrier(&town, "use codes").await.expect("it is used");
    town.carrier.set_tencent_callback(hook_of(&town, "codes").await);
    town.serve().await;
    let path = new_batch();
    let receivers: [(&str, &[&str]); 3] =
        [("13900000010", &["1234", "5"]), ("13900000011", &["5678", "5"]), ("13900000300", &["9012", "10"])];
    let (status, _) = town.api("PUT", &path, ask("您的验证码是{1}，{2}分钟内有效。", &receivers)).await;
    assert_eq!(status, 200);
    counts_until(&town, &path, json!({ "delivered": 2, "undelivered": 1 })).await;
    assert_eq!(town.carrier.calls().send, 3);
    assert!(town.carrier.messages().iter().all(|message| message.protocol == Protocol::TencentSms));
    let expected =
        [("13900000010", "1234", "5"), ("13900000011", "5678", "5"), ("13900000300", "9012", "10")];
    let expected = expected.map(|(phone, code, minutes)| {
        (phone.to_owned(), format!("【示例】您的验证码是{code}，{minutes}分钟内有效。"))
    });
    assert_eq!(taken(&town), expected);
    town.close().await;
}
