//! Chuanglan's v1: one text to one or many numbers, and something else to each.

use std::net::TcpListener;
use std::time::Duration;

use chuancai_cloud::gateway::chuanglan::{Chuanglan, ChuanglanSettings, receipt_from_query};
use chuancai_cloud::gateway::{Answers, Call, Words};
use chuancai_sandbox::{Sandbox, SandboxSettings};
use cloud_core::id::Reference;
use cloud_core::sms::{CarrierAnswer, Delivery};
use shared::guest::PhoneNumber;
use uuid::Uuid;

pub(crate) const TEXT: &str = "【示例】您点的水饺好了，请取餐";

pub(crate) async fn carrier() -> Sandbox {
    let settings = SandboxSettings { report_delay_ms: 1, slow_answer_ms: 600_000, ..Default::default() };
    Sandbox::start(settings).await.expect("the carrier starts")
}

fn settings(base_url: String) -> ChuanglanSettings {
    ChuanglanSettings {
        base_url: base_url.parse().expect("an address"),
        account: "N0000001".parse().expect("a name"),
        password: "sandbox".to_owned(),
        callback_url: String::new(),
    }
}

fn client(settings: ChuanglanSettings) -> Chuanglan {
    let http = reqwest::Client::builder().timeout(Duration::from_millis(500)).build();
    Chuanglan::new(settings, http.expect("a client")).expect("good settings")
}

pub(crate) fn call(phones: &[&str], text: &str) -> Call {
    let phones = phones.iter().map(|phone| PhoneNumber::new(*phone).expect("a well-formed number"));
    Call { reference: Uuid::now_v7(), words: Words::Text(text.to_owned()), phones: phones.collect() }
}

/// To each of these numbers its own words in the places of the text.
pub(crate) fn call_to_each(text: &str, receivers: &[(&str, &[&str])]) -> Call {
    let own =
        |of_one: &[&str]| of_one.iter().map(|word| (*word).to_owned().try_into().expect("words")).collect();
    let parameters = receivers.iter().map(|(_, of_one)| own(of_one)).collect();
    let phones: Vec<_> = receivers.iter().map(|(phone, _)| *phone).collect();
    let words = Words::ToEach { pattern: text.parse().expect("a text with places"), parameters };
    Call { words, ..call(&phones, "") }
}

/// One number's answer.
async fn send(client: &Chuanglan, phone: &str, text: &str) -> (Uuid, CarrierAnswer) {
    let call = call(&[phone], text);
    let answers = client.submit(&call).await;
    let [(0, answer)] = answers.as_slice() else { panic!("one number, one answer: {answers:?}") };
    (call.reference, answer.clone())
}

pub(crate) fn id_of(answer: &CarrierAnswer) -> &str {
    match answer {
        CarrierAnswer::Accepted { carrier_message } => carrier_message,
        other => panic!("not accepted: {other:?}"),
    }
}

#[tokio::test]
async fn s10_an_accepted_message_carries_our_reference() {
    let carrier = carrier().await;
    let client = client(settings(carrier.base_url()));
    for phone in ["13900000000", "13900000203"] {
        let (reference, answer) = send(&client, phone, TEXT).await;
        let taken = carrier.messages().pop().expect("it is there");
        assert_eq!((taken.text.as_str(), taken.phone.as_str()), (TEXT, phone));
        assert_eq!((taken.msg_id.as_str(), taken.uid), (id_of(&answer), Some(reference.to_string())));
    }
}

#[tokio::test]
async fn s9_many_numbers_are_one_call_and_have_one_id() {
    let carrier = carrier().await;
    let client = client(settings(carrier.base_url()));
    let phones: Vec<_> = (0..1_000).map(|n| format!("1391111{n:04}")).collect();
    let phones: Vec<_> = phones.iter().filter(|phone| !phone[7..].starts_with('0')).map(|p| &**p).collect();
    let answers = client.submit(&call(&phones, TEXT)).await;
    let places: Vec<_> = answers.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, (0..phones.len()).collect::<Vec<_>>());
    let taken = carrier.messages();
    assert_eq!((taken.len(), carrier.calls().send), (phones.len(), 1));
    assert!(answers.iter().all(|(_, answer)| id_of(answer) == taken[0].msg_id));
}

#[tokio::test]
async fn s9_a_wrong_number_refuses_itself_and_none_of_the_others() {
    let carrier = carrier().await;
    let client = client(settings(carrier.base_url()));
    let phones: Vec<_> = (0..9).map(|n| format!("1390000100{n}")).collect();
    let mut phones: Vec<_> = phones.iter().map(|phone| &**phone).collect();
    phones[3] = "13900000107";
    phones[8] = "13900000107";
    let answers: Answers = client.submit(&call(&phones, TEXT)).await;
    for (place, answer) in &answers {
        let refused = matches!(answer, CarrierAnswer::Refused { code, .. } if code == "107");
        assert_eq!(refused, [3, 8].contains(place), "{place}: {answer:?}");
    }
    let places: Vec<_> = answers.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, (0..9).collect::<Vec<_>>(), "every number has one answer");
    let mut taken: Vec<_> = carrier.messages().into_iter().map(|message| message.phone).collect();
    taken.dedup();
    assert_eq!(taken.len(), 7, "nobody got it twice");
}

#[tokio::test]
async fn s9_each_of_many_gets_its_own_words_by_one_call() {
    let carrier = carrier().await;
    let client = client(settings(carrier.base_url()));
    let receivers: [(&str, &[&str]); 3] = [
        ("13900000010", &["李", "12"]),
        ("13900000107", &["王", "7"]),
        ("13900000011", &["饺子,汤;面", "9"]),
    ];
    let call = call_to_each("【示例】{2}号桌，{1}", &receivers[..1]);
    let answers = client.submit(&call).await;
    let taken = carrier.messages().pop().expect("it is there");
    assert_eq!(taken.text, "【示例】12号桌，李");
    assert_eq!((id_of(&answers[0].1), taken.uid), (taken.msg_id.as_str(), Some(call.reference.to_string())));

    let answers = client.submit(&call_to_each("【示例】{2}号桌，{1}", &receivers)).await;
    let refused: Vec<_> = answers
        .iter()
        .filter(|(_, answer)| matches!(answer, CarrierAnswer::Refused { code, .. } if code == "107"))
        .map(|(place, _)| *place)
        .collect();
    assert_eq!((refused, answers.len()), (vec![1], 3), "a wrong number refuses itself alone");
    let texts: Vec<_> = carrier.messages().into_iter().skip(1).map(|taken| taken.text).collect();
    assert_eq!(texts, ["【示例】12号桌，李", "【示例】9号桌，饺子，汤；面"], "each once");
}

#[tokio::test]
async fn s10_of_a_call_from_which_the_carrier_dropped_some_nobody_knows_what_was_taken() {
    let carrier = carrier().await;
    let client = client(settings(carrier.base_url()));
    let all: [(&str, &[&str]); 3] =
        [("13900000010", &["李"]), ("13900000700", &["王"]), ("13900000011", &["赵"])];
    let answers = client.submit(&call_to_each("【示例】{1}，您好", &all)).await;
    assert!(answers.iter().all(|(_, answer)| matches!(answer, CarrierAnswer::Unknown { .. })), "{answers:?}");
    assert_eq!((carrier.calls().send, carrier.messages().len()), (1, 2), "and it is not asked again");
    let answers = client.submit(&call_to_each("【示例】{1}，您好", &all[1..2])).await;
    assert!(matches!(&answers[0].1, CarrierAnswer::Refused { code, .. } if code == "114"), "{answers:?}");
}

#[tokio::test]
async fn s10_a_refusal_is_told_from_a_carrier_that_is_busy() {
    let carrier = carrier().await;
    let client_of = client;
    let client = client_of(settings(carrier.base_url()));
    for code in ["105", "109", "110", "117", "120"] {
        let (_, answer) = send(&client, &format!("13900000{code}"), TEXT).await;
        assert!(matches!(answer, CarrierAnswer::Refused { code: told, .. } if told == code), "{code}");
    }
    let (_, unsigned) = send(&client, "13900000000", "您点的水饺好了").await;
    assert!(matches!(unsigned, CarrierAnswer::Refused { code, .. } if code == "116"));
    let (_, answer) = send(&client, "13900000103", TEXT).await;
    assert_eq!(answer, CarrierAnswer::Busy { code: "103".to_owned() });
    assert!(carrier.messages().is_empty());
    let (_, answer) = send(&client, "13900000103", TEXT).await;
    assert!(matches!(answer, CarrierAnswer::Accepted { .. }), "busy means: later");

    let wrong = ChuanglanSettings { password: "wrong".to_owned(), ..settings(carrier.base_url()) };
    let (_, answer) = send(&client_of(wrong), "13900000000", TEXT).await;
    assert!(matches!(answer, CarrierAnswer::Refused { code, .. } if code == "102"));
}

#[tokio::test]
async fn s10_a_lost_answer_is_unknown_and_is_not_sent_again() {
    let carrier = carrier().await;
    let client = client(settings(carrier.base_url()));
    for phone in ["13900000200", "13900000201", "13900000202"] {
        let (_, answer) = send(&client, phone, TEXT).await;
        assert!(matches!(answer, CarrierAnswer::Unknown { .. }), "{phone}: {answer:?}");
    }
    assert_eq!((carrier.calls().send, carrier.messages().len()), (3, 3), "taken once each, asked once each");
    let answers = client.submit(&call(&["13900000201", "13900000000"], TEXT)).await;
    assert!(answers.iter().all(|(_, answer)| matches!(answer, CarrierAnswer::Unknown { .. })));
    assert_eq!((carrier.calls().send, carrier.messages().len()), (4, 5));
}

#[tokio::test]
async fn s10_a_carrier_that_cannot_be_reached_took_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let carrier = carrier().await;
    let without_tls = format!("https://{}", carrier.address);
    for base_url in [format!("http://{address}/"), without_tls] {
        let (_, answer) = send(&client(settings(base_url)), "13900000000", TEXT).await;
        assert_eq!(answer, CarrierAnswer::Busy { code: "unreachable".to_owned() });
    }
    assert_eq!(carrier.calls().send, 0, "no password goes out before the handshake");
}

#[tokio::test]
async fn s10_a_connection_closed_without_an_answer_is_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let hang_up = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.expect("a connection");
        tokio::io::AsyncReadExt::read_u8(&mut connection).await.expect("the request has begun");
    });
    let (_, answer) = send(&client(settings(format!("http://{address}"))), "13900000000", TEXT).await;
    assert!(matches!(answer, CarrierAnswer::Unknown { .. }), "{answer:?}");
    hang_up.await.expect("it hung up");
}

#[tokio::test]
async fn s7_the_carriers_receipt_is_read_as_it_is_pushed() {
    let (pushes, mut pushed) = tokio::sync::mpsc::channel(8);
    let take = |axum::extract::Query(query): axum::extract::Query<Vec<(String, String)>>| async move {
        pushes.send(query).await.expect("the test listens");
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let callback_url = format!("http://{}/receipts/secret", listener.local_addr().expect("an address"));
    let router = axum::Router::new().route("/receipts/secret", axum::routing::get(take));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let carrier = carrier().await;
    let client = client(ChuanglanSettings { callback_url, ..settings(carrier.base_url()) });
    for (phone, status, delivery) in
        [("13900000000", "DELIVRD", Delivery::Delivered), ("13900000302", "MBBLACK", Delivery::Undelivered)]
    {
        let (reference, answer) = send(&client, phone, TEXT).await;
        let query =
            tokio::time::timeout(Duration::from_secs(10), pushed.recv()).await.expect("a push in time");
        let receipt = receipt_from_query(&query.expect("the listener is up")).expect("a whole receipt");
        assert_eq!(receipt.reference, Some(Reference(reference)));
        assert_eq!(receipt.carrier_message, id_of(&answer));
        assert_eq!((receipt.phone.digits(), receipt.status.as_str()), (phone, status));
        assert_eq!((receipt.delivery, receipt.billed_units), (delivery, Some(1)));
    }
    server.abort();
}
