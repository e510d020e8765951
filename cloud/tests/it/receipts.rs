//! A flood of receipts (S11): every one is answered and kept, and sending goes on beside it.

use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::town::{TOKEN, Town};

/// Callers at once, and what each brings.
const CALLERS: usize = 20;
const EACH: usize = 100;
const MESSAGES: usize = 20;

#[tokio::test]
async fn s11_a_flood_of_receipts_is_kept_and_delays_no_message() {
    // Everybody shares a thread here, the carrier too: it is given the time.
    let town = Town::start_with(MESSAGES as u64, |settings| settings.carrier.timeout_ms = 20_000).await;
    let http = reqwest::Client::new();
    let bring = async |caller: usize| {
        for number in 0..EACH {
            let path = format!(
                "/hooks/chuanglan/{TOKEN}/report?msgid=unknown{caller}x{number}&mobile=13900000000&status=DELIVRD"
            );
            let answer = http.get(town.url(&path)).send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 200);
        }
    };
    let send = async |number: usize| {
        let id = Uuid::new_v4().to_string();
        let wish =
            json!({ "kind": "verification", "phone": format!("13900{number:02}8888"), "text": "验证码1234" });
        let (status, answer) = town.api("PUT", &format!("/api/v1/sms/messages/{id}"), Some(wish)).await;
        assert_eq!(status, 200, "{answer}");
        town.message_until(&id, "delivered").await;
    };
    tokio::join!(join_all((0..CALLERS).map(bring)), join_all((0..MESSAGES).map(send)));

    // Receipts of no message wait for theirs, which may still come.
    let kept = town.journal().matches("receipt_kept").count();
    assert!(kept >= CALLERS * EACH, "{kept} were kept");
    let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
    assert_eq!((&books["available"], &books["sent"]), (&json!(0), &json!(MESSAGES)));
    town.close().await;
}
