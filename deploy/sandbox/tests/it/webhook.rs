//! The webhook's receiver: what it lets in, and what its path makes it answer.

use chuancai_sandbox::{Sandbox, SandboxSettings};
use serde_json::json;

use crate::customer::{quick, start};

async fn call(sandbox: &Sandbox, path: &str, id: &str, secret: &str) -> u16 {
    let body = json!({ "type": "message" }).to_string();
    let at = jiff::Timestamp::now().as_second();
    let scheme = standardwebhooks::Webhook::new(secret).expect("a secret");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let answer = client
        .expect("a client")
        .post(format!("{}/webhook/{path}", sandbox.base_url()))
        .header("webhook-id", id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", scheme.sign(id, at, body.as_bytes()).expect("text"))
        .body(body);
    answer.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn only_what_is_signed_right_is_taken_and_the_path_chooses_the_answer() {
    let sandbox = start(quick()).await;
    let secret = SandboxSettings::default().webhook_secret;
    assert_eq!(call(&sandbox, "ok", "m1", &secret).await, 204);
    assert_eq!(call(&sandbox, "ok", "m2", "whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg==").await, 401);
    for (path, first, then) in [("503-once", 503, 204), ("410", 410, 410), ("307", 307, 307)] {
        assert_eq!(call(&sandbox, path, "m3", &secret).await, first, "{path}");
        assert_eq!(call(&sandbox, path, "m3", &secret).await, then, "{path}");
    }
    let calls = sandbox.hook_calls();
    assert_eq!((calls.len(), calls[0].verified, calls[1].verified), (8, true, false));
    assert_eq!((&calls[0].body, calls[1].body.is_null()), (&json!({ "type": "message" }), true));
    let shown = reqwest::get(format!("{}/sandbox/webhooks", sandbox.base_url())).await.expect("an answer");
    assert!(shown.text().await.expect("JSON").contains("m1"));
}
