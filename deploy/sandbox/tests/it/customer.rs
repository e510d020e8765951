//! A customer of the carrier: submits by hand-written JSON, and listens for reports.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;
use chuancai_sandbox::{Sandbox, SandboxSettings};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Settings with the shortest waits.
pub(crate) fn quick() -> SandboxSettings {
    SandboxSettings {
        report_delay_ms: 20,
        report_retry_ms: 20,
        slow_answer_ms: 600_000,
        ..Default::default()
    }
}

pub(crate) async fn start(settings: SandboxSettings) -> Sandbox {
    Sandbox::start(settings).await.expect("the carrier starts")
}

/// A well-formed submit to one number.
pub(crate) fn submit(phone: &str) -> Value {
    json!({
        "account": "N0000001", "password": "sandbox", "msg": "【示例】您的菜好了", "phone": phone,
        "report": "true", "uid": "b-77",
    })
}

/// Posts a body and reads the answer, which is HTTP 200 whatever it says.
pub(crate) async fn post(sandbox: &Sandbox, path: &str, body: &Value) -> Value {
    let answer = reqwest::Client::new()
        .post(format!("{}{path}", sandbox.base_url()))
        .json(body)
        .send()
        .await
        .expect("the carrier answers");
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("the answer is JSON")
}

pub(crate) async fn send(sandbox: &Sandbox, body: &Value) -> Value {
    post(sandbox, "/msg/v1/send/json", body).await
}

/// Where reports are pushed to. It refuses the first `refusals` of them.
pub(crate) struct Callback {
    pub(crate) url: String,
    pushed: mpsc::UnboundedReceiver<String>,
}

impl Callback {
    pub(crate) async fn listen(refusals: u32) -> Self {
        let (pushes, pushed) = mpsc::unbounded_channel();
        let left = Arc::new(AtomicU32::new(refusals));
        let take = |State((pushes, left)): State<(mpsc::UnboundedSender<String>, Arc<AtomicU32>)>,
                    RawQuery(query): RawQuery| async move {
            pushes.send(query.unwrap_or_default()).expect("the test still listens");
            let refuse = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if refuse.is_ok() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
        };
        let router = Router::new().route("/reports", get(take)).with_state((pushes, left));
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
        let url = format!("http://{}/reports", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, pushed }
    }

    /// The next push, as it stands in the URL.
    pub(crate) async fn next(&mut self) -> String {
        self.pushed.recv().await.expect("the listener is up")
    }

    /// Whether a push has come that nobody looked at.
    pub(crate) fn is_quiet(&self) -> bool {
        self.pushed.is_empty()
    }
}

/// One parameter of a pushed query, still percent-encoded.
pub(crate) fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
