//! The endpoints: Chuanglan's, Tencent Cloud's, and the two that show what the carrier has.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::carrier::{Acceptance, Carrier, Counted, HeldReply, Pulled, Report, TencentCall};
use crate::fault::AnswerFault;
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
        .route("/msg/variable/json", post(send_variable))
        .route("/msg/sms/v2/tpl/send", post(send_template))
        .route("/", post(tencent_sms))
        .route("/msg/balance/json", post(balance))
        .route("/msg/pull/report", post(pull_reports))
        .route("/msg/pull/mo", post(pull_replies))
        .route("/sandbox/messages", get(messages))
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .with_state(Desk { carrier, postbox })
}

async fn send(State(desk): State<Desk>, body: Bytes) -> Response {
    let now = Timestamp::now();
    match desk.carrier.send(&body, now) {
        Err(code) => refused(code, now),
        Ok(Acceptance { msg_id, answer, reports: owed }) => {
            reports::owe(&desk.postbox, owed).await;
            let code = if answer == AnswerFault::NumericCode { Value::from(0) } else { "0".into() };
            let granted =
                json!({ "code": code, "msgId": msg_id, "time": protocol::seconds(now), "errorMsg": "" });
            answer_with(&desk, answer, granted).await
        }
    }
}

async fn send_variable(State(desk): State<Desk>, body: Bytes) -> Response {
    let now = Timestamp::now();
    match desk.carrier.send_variable(&body, now) {
        Err(code) => refused(code, now),
        Ok(Counted { acceptance: Acceptance { msg_id, answer, reports: owed }, taken, dropped }) => {
            reports::owe(&desk.postbox, owed).await;
            let code = if answer == AnswerFault::NumericCode { Value::from(0) } else { "0".into() };
            let granted = json!({
                "code": code, "msgId": msg_id, "successNum": taken.to_string(), "failNum": dropped.to_string(),
                "time": protocol::seconds(now), "errorMsg": ""
            });
            answer_with(&desk, answer, granted).await
        }
    }
}

async fn send_template(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response {
    let now = Timestamp::now();
    let signature = headers.get("X-QA-Hmac-Signature").and_then(|value| value.to_str().ok());
    match desk.carrier.send_template(signature, &body, now) {
        Err(code) => Json(json!({
            "code": code.v2_number(), "msgId": "", "time": protocol::seconds(now), "successNum": "0",
            "failNum": "0", "errorMsg": code.text()
        }))
        .into_response(),
        Ok(Acceptance { msg_id, answer, reports: owed }) => {
            let numbers = owed.len();
            reports::owe(&desk.postbox, owed).await;
            let granted = json!({
                "code": "000000", "msgId": msg_id, "time": protocol::seconds(now),
                "successNum": numbers.to_string(), "failNum": "0", "errorMsg": ""
            });
            answer_with(&desk, answer, granted).await
        }
    }
}

async fn tencent_sms(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let call = TencentCall {
        authorization: header("authorization"),
        content_type: header("content-type"),
        host: header("host"),
        action: header("x-tc-action"),
        version: header("x-tc-version"),
        region: header("x-tc-region"),
        timestamp: header("x-tc-timestamp"),
        body: &body,
    };
    let (answer, fault, owed) = desk.carrier.tencent_sms(&call, Timestamp::now());
    reports::owe(&desk.postbox, owed).await;
    answer_with(&desk, fault, answer).await
}

async fn answer_with(desk: &Desk, fault: AnswerFault, granted: Value) -> Response {
    match fault {
        AnswerFault::None | AnswerFault::NumericCode => Json(granted).into_response(),
        AnswerFault::Late => {
            tokio::time::sleep(Duration::from_millis(desk.carrier.settings.slow_answer_ms)).await;
            Json(granted).into_response()
        }
        AnswerFault::BrokenOff => {
            let whole = granted.to_string();
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

async fn pull_reports(State(desk): State<Desk>, body: Bytes) -> Response {
    let pulled = desk.carrier.pull_reports(&body);
    answer_pull(&desk, pulled, report_row).await
}

async fn pull_replies(State(desk): State<Desk>, body: Bytes) -> Response {
    let pulled = desk.carrier.pull_replies(&body);
    answer_pull(&desk, pulled, reply_row).await
}

async fn answer_pull<T>(desk: &Desk, pulled: Result<Pulled<T>, Code>, row: fn(&T) -> Value) -> Response {
    match pulled {
        Ok(Pulled { rows, answer }) => {
            let rows: Vec<_> = rows.iter().map(row).collect();
            answer_with(desk, answer, json!({ "ret": 0, "result": rows })).await
        }
        Err(code) => Json(json!({ "ret": 1, "error": code.text() })).into_response(),
    }
}

/// A pulled report. Unlike a pushed one it spells `msgId` and has no `length`.
fn report_row(report: &Report) -> Value {
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

/// A pulled reply. It does not name the text that was answered.
fn reply_row(reply: &HeldReply) -> Value {
    json!({
        "spCode": "10690000",
        "moTime": protocol::short_minutes(reply.at),
        "messageContent": reply.text,
        "destCode": "1069",
        "mobile": reply.phone,
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
