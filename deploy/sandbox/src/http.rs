//! The endpoints: the vendor's four, and the two that show what the carrier has.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::carrier::{Acceptance, Carrier, Report};
use crate::fault::{AnswerFault, ReportPlan};
use crate::protocol::{self, Code};
use crate::reports::{self, Errand};

#[derive(Clone)]
struct Desk {
    carrier: Arc<Carrier>,
    postbox: mpsc::Sender<Errand>,
}

pub(crate) fn router(carrier: Arc<Carrier>, postbox: mpsc::Sender<Errand>) -> Router {
    Router::new()
        .route("/msg/v1/send/json", post(send))
        .route("/msg/send/json", post(send))
        .route("/msg/balance/json", post(balance))
        .route("/msg/pull/report", post(pull))
        .route("/sandbox/messages", get(messages))
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .with_state(Desk { carrier, postbox })
}

async fn send(State(desk): State<Desk>, body: Bytes) -> Response {
    let now = Timestamp::now();
    match desk.carrier.send(&body, now) {
        Err(code) => refused(code, now),
        Ok(Acceptance { msg_id, answer, reports }) => {
            let mut early = Vec::new();
            for due in reports {
                let (done, told) = oneshot::channel();
                if due.plan == ReportPlan::Early {
                    early.push(told);
                }
                if desk.postbox.send(Errand { due, done: Some(done) }).await.is_err() {
                    tracing::error!("the carrier is stopping: no report will come");
                }
            }
            for report in early {
                // An error says that the carrier is stopping, and then nobody waits for the answer either.
                let _stopping = report.await;
            }
            answer_with(&desk, answer, &msg_id, now).await
        }
    }
}

async fn answer_with(desk: &Desk, fault: AnswerFault, msg_id: &str, now: Timestamp) -> Response {
    let granted = |code: Value| json!({ "code": code, "msgId": msg_id, "time": protocol::seconds(now), "errorMsg": "" });
    match fault {
        AnswerFault::None => Json(granted("0".into())).into_response(),
        AnswerFault::NumericCode => Json(granted(0.into())).into_response(),
        AnswerFault::Late => {
            tokio::time::sleep(Duration::from_millis(desk.carrier.settings.slow_answer_ms)).await;
            Json(granted("0".into())).into_response()
        }
        AnswerFault::BrokenOff => {
            let whole = granted("0".into()).to_string();
            let half = whole[..whole.len() / 2].to_owned();
            ([(header::CONTENT_TYPE, "application/json")], half).into_response()
        }
        AnswerFault::BadGateway => {
            (StatusCode::BAD_GATEWAY, Html("<html><h1>502 Bad Gateway</h1></html>")).into_response()
        }
    }
}

async fn balance(State(desk): State<Desk>, body: Bytes) -> Response {
    let now = Timestamp::now();
    match desk.carrier.ask_balance(&body) {
        // The vendor's own sample has a number here, and a string everywhere else.
        Ok(left) => Json(json!({
            "code": 0, "balance": left.to_string(), "time": protocol::seconds(now), "errorMsg": ""
        }))
        .into_response(),
        Err(code) => refused(code, now),
    }
}

async fn pull(State(desk): State<Desk>, body: Bytes) -> Json<Value> {
    match desk.carrier.pull(&body) {
        Ok(reports) => Json(json!({ "ret": 0, "result": reports.iter().map(pulled).collect::<Vec<_>>() })),
        Err(code) => Json(json!({ "ret": 1, "error": code.text() })),
    }
}

/// A pulled report. Unlike a pushed one it spells `msgId` and has no `length`.
fn pulled(report: &Report) -> Value {
    json!({
        "uid": report.uid,
        "reportTime": protocol::short_minutes(report.reported_at),
        "notifyTime": protocol::short_seconds(Timestamp::now()),
        "status": report.status,
        "msgId": report.msg_id,
        "statusDesc": reports::describe(report.status),
        "mobile": report.phone,
    })
}

async fn messages(State(desk): State<Desk>) -> Json<Value> {
    let carrier = &desk.carrier;
    Json(json!({
        "signature": carrier.settings.signature,
        "balance": carrier.balance(),
        "calls": carrier.calls(),
        "messages": carrier.messages(),
    }))
}

fn refused(code: Code, now: Timestamp) -> Response {
    Json(protocol::refusal(code, now)).into_response()
}
