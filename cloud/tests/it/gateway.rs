//! The Chuanglan client against the sandbox carrier: every way a submit can end, over real HTTP.

use std::net::TcpListener;
use std::time::Duration;

use chuancai_cloud::gateway::{
    Accepted, Chuanglan, ChuanglanSettings, Submission, SubmitError, receipt_from_query,
};
use chuancai_sandbox::{Sandbox, SandboxSettings};
use shared::guest::PhoneNumber;
use uuid::Uuid;

const TEXT: &str = "【示例】您点的水饺好了，请取餐";

async fn carrier() -> Sandbox {
    let settings = SandboxSettings { report_delay_ms: 1, slow_answer_ms: 600_000, ..Default::default() };
    Sandbox::start(settings).await.expect("the carrier starts")
}

fn settings(base_url: String) -> ChuanglanSettings {
    ChuanglanSettings {
        base_url,
        account: "N0000001".to_owned(),
        password: "sandbox".to_owned(),
        callback_url: String::new(),
        timeout_ms: 500,
    }
}

async fn send(client: &Chuanglan, phone: &str, text: &str) -> (Uuid, Result<Accepted, SubmitError>) {
    let phone = PhoneNumber::new(phone).expect("a well-formed number");
    let reference = Uuid::now_v7();
    (reference, client.send(Submission { reference, phone: &phone, text }).await)
}

#[tokio::test]
async fn s10_an_accepted_message_carries_our_reference() {
    let carrier = carrier().await;
    let client = Chuanglan::new(settings(carrier.base_url())).expect("good settings");
    for phone in ["13900000000", "13900000203"] {
        let (reference, accepted) = send(&client, phone, TEXT).await;
        let accepted = accepted.expect("the carrier takes it");
        let taken = carrier.messages().pop().expect("it is there");
        assert_eq!((taken.text.as_str(), taken.phone.as_str()), (TEXT, phone));
        assert_eq!((taken.msg_id, taken.uid), (accepted.carrier_message, Some(reference.to_string())));
        let seconds_apart = accepted.at.as_second() - taken.accepted_at.as_second();
        assert_eq!(seconds_apart, 0, "the carrier's clock is read in Beijing time");
    }
}

#[tokio::test]
async fn s10_a_refusal_is_told_from_a_carrier_that_is_busy() {
    let carrier = carrier().await;
    let client = Chuanglan::new(settings(carrier.base_url())).expect("good settings");
    for code in ["105", "109", "110", "117", "120"] {
        let (_, outcome) = send(&client, &format!("13900000{code}"), TEXT).await;
        assert!(matches!(outcome, Err(SubmitError::Refused { code: told, .. }) if told == code), "{code}");
    }
    let (_, unsigned) = send(&client, "13900000000", "您点的水饺好了").await;
    assert!(matches!(unsigned, Err(SubmitError::Refused { code, .. }) if code == "116"));
    let (_, outcome) = send(&client, "13900000103", TEXT).await;
    assert_eq!(outcome, Err(SubmitError::Busy { code: "103".to_owned() }));
    assert!(carrier.messages().is_empty());
    let (_, outcome) = send(&client, "13900000103", TEXT).await;
    assert!(outcome.is_ok(), "busy means: later");

    let wrong = ChuanglanSettings { password: "wrong".to_owned(), ..settings(carrier.base_url()) };
    let (_, outcome) = send(&Chuanglan::new(wrong).expect("good settings"), "13900000000", TEXT).await;
    assert!(matches!(outcome, Err(SubmitError::Refused { code, .. }) if code == "102"));
}

#[tokio::test]
async fn s10_a_lost_answer_is_unknown_and_is_not_sent_again() {
    let carrier = carrier().await;
    let client = Chuanglan::new(settings(carrier.base_url())).expect("good settings");
    for phone in ["13900000200", "13900000201", "13900000202"] {
        let (_, outcome) = send(&client, phone, TEXT).await;
        assert!(matches!(outcome, Err(SubmitError::Unknown { .. })), "{phone}: {outcome:?}");
    }
    assert_eq!((carrier.calls().send, carrier.messages().len()), (3, 3), "taken once each, asked once each");
}

#[tokio::test]
async fn s10_a_carrier_that_cannot_be_reached_took_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let carrier = carrier().await;
    let without_tls = format!("https://{}", carrier.address);
    for base_url in [format!("http://{address}/"), without_tls] {
        let client = Chuanglan::new(settings(base_url)).expect("good settings");
        let (_, outcome) = send(&client, "13900000000", TEXT).await;
        assert_eq!(outcome, Err(SubmitError::Busy { code: "unreachable".to_owned() }));
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
    let client = Chuanglan::new(settings(format!("http://{address}"))).expect("good settings");
    let (_, outcome) = send(&client, "13900000000", TEXT).await;
    assert!(matches!(outcome, Err(SubmitError::Unknown { .. })), "{outcome:?}");
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
    let settings = ChuanglanSettings { callback_url, ..settings(carrier.base_url()) };
    let client = Chuanglan::new(settings).expect("good settings");
    for (phone, status, delivered) in [("13900000000", "DELIVRD", true), ("13900000302", "MBBLACK", false)] {
        let (reference, accepted) = send(&client, phone, TEXT).await;
        let query =
            tokio::time::timeout(Duration::from_secs(10), pushed.recv()).await.expect("a push in time");
        let receipt = receipt_from_query(&query.expect("the listener is up")).expect("a whole receipt");
        assert_eq!(receipt.reference, Some(reference));
        assert_eq!(receipt.carrier_message, accepted.expect("accepted").carrier_message);
        assert_eq!((receipt.phone.as_str(), receipt.status.as_str()), (phone, status));
        assert_eq!((receipt.delivered, receipt.billed_units), (delivered, Some(1)));
    }
    server.abort();
}
