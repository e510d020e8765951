//! The endpoints of Tencent IM and of the webhook's receiver, and those that show what each has.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::Value;

use crate::im::{self, ImServer, Manner};
use crate::webhook::{Receiver, Reply};

#[derive(Debug, Clone)]
pub(crate) struct OtherChannels {
    pub(crate) im: Arc<ImServer>,
    pub(crate) hooks: Arc<Receiver>,
    pub(crate) slow_answer: Duration,
}

pub(crate) fn router(channels: OtherChannels) -> Router {
    Router::new()
        .route("/v4/{service}/{command}", post(call))
        .route("/webhook/{behaviour}", post(hook))
        .route("/sandbox/im", get(show_im))
        .route("/sandbox/webhooks", get(show_hooks))
        .with_state(channels)
}

async fn call(
    State(channels): State<OtherChannels>,
    Path((service, command)): Path<(String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
    body: Bytes,
) -> Response {
    let command = format!("{service}/{command}");
    let (envelope, manner) = channels.im.call(&command, im::Query { pairs: &pairs }, &body, Timestamp::now());
    match manner {
        Manner::Plain => Json(envelope).into_response(),
        Manner::Late => {
            tokio::time::sleep(channels.slow_answer).await;
            Json(envelope).into_response()
        }
        Manner::BrokenOff => {
            let whole = envelope.to_string();
            let half = whole[..whole.len() / 2].to_owned();
            ([(header::CONTENT_TYPE, "application/json")], half).into_response()
        }
        Manner::BadGateway => {
            (StatusCode::BAD_GATEWAY, Html("<html><h1>502 Bad Gateway</h1></html>")).into_response()
        }
    }
}

async fn hook(
    State(channels): State<OtherChannels>,
    Path(behaviour): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let status = match channels.hooks.take(&behaviour, &headers, &body, Timestamp::now()) {
        Reply::Status(status) => status,
        Reply::Late => {
            tokio::time::sleep(channels.slow_answer).await;
            204
        }
    };
    let status = StatusCode::from_u16(status).expect("the receiver answers with real statuses");
    // Whoever follows it is found out: the call arrives a second time.
    let elsewhere = status.is_redirection().then_some([(header::LOCATION, "/webhook/ok")]);
    (status, elsewhere, ()).into_response()
}

async fn show_im(State(channels): State<OtherChannels>) -> Json<Value> {
    Json(channels.im.shown())
}

async fn show_hooks(State(channels): State<OtherChannels>) -> Json<Value> {
    Json(channels.hooks.shown())
}
