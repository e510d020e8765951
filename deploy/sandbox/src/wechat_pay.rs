//! WeChat Pay v3 as a direct merchant meets it: native orders, queries, closing, refunds, certificates, call-backs. It
//! believes no request that the merchant did not sign, and signs every answer. The table of faults stands in the crate's
//! doc.
//!
//! Deliberately absent: other ways to pay, bills, partial payment, profit sharing.

pub(crate) mod book;
mod keys;
mod postman;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use book::{Book, Manner, No, PayOrder};
use keys::Keys;

/// With what the provider signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedBy {
    /// Its public key, as for new merchants.
    PublicKey,
    /// A certificate that is to be fetched.
    Certificate,
}

/// How the merchant is set up, as its console would show it.
#[derive(Debug, Clone)]
pub struct PaySettings {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where the keys lie; made when there are none. `None`: new ones, kept nowhere.
    pub folder: Option<PathBuf>,
    /// The merchant's number.
    pub mchid: String,
    /// The application it is bound to.
    pub appid: String,
    /// The serial of the merchant's certificate.
    pub merchant_serial: String,
    /// With what answers and call-backs are signed.
    pub signed_by: SignedBy,
    /// Milliseconds between the tries of a call-back. The vendor begins with 15 s.
    pub notify_retry_ms: u64,
    /// Milliseconds for which something that is to be late is held back.
    pub slow_ms: u64,
}

impl Default for PaySettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            folder: None,
            mchid: "1900000001".to_owned(),
            appid: "wx0000000000000001".to_owned(),
            merchant_serial: "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C".to_owned(),
            signed_by: SignedBy::PublicKey,
            notify_retry_ms: 1_000,
            slow_ms: 10_000,
        }
    }
}

/// A running provider. Dropping it stops it.
#[derive(Debug)]
pub struct PaySandbox {
    /// Where it listens.
    pub address: SocketAddr,
    desk: Desk,
    server: JoinHandle<()>,
}

/// What every call may use.
#[derive(Debug, Clone)]
struct Desk {
    settings: Arc<PaySettings>,
    keys: Arc<Keys>,
    book: Arc<Mutex<Book>>,
    changes: watch::Sender<u64>,
    client: reqwest::Client,
}

impl PaySandbox {
    /// Starts a provider on the current runtime. Errors: an address or keys that cannot be used.
    pub async fn start(settings: PaySettings) -> anyhow::Result<Self> {
        // Whoever waits for the address finds the keys made.
        let keys = Keys::of(settings.folder.as_deref())?;
        let listener = TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("listening on {}", settings.listen))?;
        let address = listener.local_addr()?;
        let desk = Desk {
            settings: Arc::new(settings),
            keys: Arc::new(keys),
            book: Arc::default(),
            changes: watch::Sender::new(0),
            client: reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build()?,
        };
        let router = router(desk.clone());
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "WeChat Pay stopped listening");
            }
        });
        Ok(Self { address, desk, server })
    }

    /// What a merchant sets as the host: `http://127.0.0.1:7096`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The merchant's private key, as its console gives it once.
    pub fn merchant_key_pem(&self) -> &str {
        &self.desk.keys.merchant_pem
    }

    /// The provider's public key, and its id.
    pub fn public_key(&self) -> (&str, &str) {
        (keys::PUBLIC_KEY_ID, &self.desk.keys.public_pem)
    }

    /// The APIv3 key.
    pub fn api_v3_key(&self) -> &str {
        &self.desk.keys.api_v3
    }

    /// Every order, by our customer's number.
    pub fn orders(&self) -> Vec<PayOrder> {
        self.desk.book().orders()
    }

    /// The guest scans the code and pays. Errors: why they cannot, as the provider's application tells it.
    pub fn pay(&self, code_url: &str) -> Result<(), &'static str> {
        self.desk.pay(code_url)
    }

    /// Waits until the orders satisfy `condition`, which is asked after every change.
    pub async fn until(&self, mut condition: impl FnMut(&[PayOrder]) -> bool) {
        let mut changes = self.desk.changes.subscribe();
        while !condition(&self.orders()) {
            changes.changed().await.expect("the provider outlives this borrow of it");
        }
    }
}

impl Drop for PaySandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no code panics while it holds the book")
    }

    fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }

    fn pay(&self, code_url: &str) -> Result<(), &'static str> {
        let notices = self.book().pay(code_url, Timestamp::now(), &self.settings)?;
        self.changed();
        for notice in notices {
            tokio::spawn(postman::deliver(self.clone(), notice));
        }
        Ok(())
    }

    /// An answer, signed.
    fn answer(&self, status: u16, body: &str, manner: Manner) -> Response {
        let status = StatusCode::from_u16(status).expect("the book answers with real statuses");
        let mut headers = HeaderMap::new();
        for (name, value) in
            self.keys.sign(body.as_bytes(), self.settings.signed_by, manner == Manner::Forged)
        {
            headers.insert(HeaderName::from_static(name), value.parse().expect("ASCII"));
        }
        headers.insert("content-type", "application/json; charset=utf-8".parse().expect("ASCII"));
        headers.insert("request-id", "08F4B1A7BC0610E00118".parse().expect("ASCII"));
        (status, headers, body.to_owned()).into_response()
    }

    /// Checks who asks, does what they ask, and signs what is said.
    async fn serve(
        &self,
        (method, uri, headers, body): (Method, Uri, HeaderMap, Bytes),
        act: impl FnOnce(&mut Book, &Value) -> Result<(u16, Value, Manner), No>,
    ) -> Response {
        let path = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
        let request = (method.as_str(), path.as_str(), &*body);
        let outcome = match self.keys.admits(&headers, request, &self.settings) {
            Err(what) => Err(No(401, "SIGN_ERROR", what)),
            Ok(()) => {
                let body = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body) };
                match body {
                    Ok(body) => act(&mut self.book(), &body),
                    Err(_) => Err(No(400, "PARAM_ERROR", "the body is no JSON")),
                }
            }
        };
        self.changed();
        match outcome {
            Err(No(status, code, message)) => {
                let body = json!({ "code": code, "message": message }).to_string();
                self.answer(status, &body, Manner::Plain)
            }
            Ok((status, body, manner)) => {
                if manner == Manner::Slow {
                    tokio::time::sleep(Duration::from_millis(self.settings.slow_ms)).await;
                }
                let text = if body.is_null() { String::new() } else { body.to_string() };
                self.answer(status, &text, manner)
            }
        }
    }
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/v3/pay/transactions/native", post(native))
        .route("/v3/pay/transactions/out-trade-no/{number}", get(look_up))
        .route("/v3/pay/transactions/out-trade-no/{number}/close", post(close))
        .route("/v3/refund/domestic/refunds", post(refund))
        .route("/v3/refund/domestic/refunds/{number}", get(look_after))
        .route("/v3/certificates", get(certificates))
        .route("/sandbox/orders", get(orders))
        .route("/sandbox/pay/{code}", post(pay))
        .route("/", get(|| async { Html(include_str!("wechat_pay/page.html")) }))
        .with_state(desk)
}

type Call = (Method, Uri, HeaderMap, Bytes);

async fn native(
    State(desk): State<Desk>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let settings = Arc::clone(&desk.settings);
    let call: Call = (method, uri, headers, body);
    desk.serve(call, |book, asked| book.place(asked, &settings, Timestamp::now())).await
}

async fn look_up(
    State(desk): State<Desk>,
    Path(number): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let settings = Arc::clone(&desk.settings);
    let call: Call = (method, uri, headers, Bytes::new());
    desk.serve(call, |book, _| book.look_up(&number, &settings)).await
}

async fn close(
    State(desk): State<Desk>,
    Path(number): Path<String>,
    request: axum::extract::Request,
) -> Response {
    match whole(request).await {
        Ok(call) => desk.serve(call, |book, _| book.close(&number)).await,
        Err(refused) => refused,
    }
}

async fn refund(
    State(desk): State<Desk>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let settings = Arc::clone(&desk.settings);
    let mut told = None;
    let call: Call = (method, uri, headers, body);
    let answer = desk
        .serve(call, |book, asked| {
            let (answer, notice) = book.refund(asked, Timestamp::now(), &settings)?;
            told = notice;
            Ok(answer)
        })
        .await;
    if let Some(notice) = told {
        tokio::spawn(postman::deliver(desk, notice));
    }
    answer
}

async fn look_after(
    State(desk): State<Desk>,
    Path(number): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let call: Call = (method, uri, headers, Bytes::new());
    desk.serve(call, |book, _| book.look_after(&number)).await
}

async fn certificates(State(desk): State<Desk>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let keys = Arc::clone(&desk.keys);
    let call: Call = (method, uri, headers, Bytes::new());
    desk.serve(call, |_, _| Ok((200, keys.certificates(), Manner::Plain))).await
}

async fn whole(request: axum::extract::Request) -> Result<Call, Response> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await;
    let body = body.map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
    Ok((parts.method, parts.uri, parts.headers, body))
}

async fn orders(State(desk): State<Desk>) -> Json<Vec<PayOrder>> {
    Json(desk.book().orders())
}

/// On the sandbox's page the guest's thumb is a button.
async fn pay(State(desk): State<Desk>, Path(code): Path<String>) -> Response {
    match desk.pay(&format!("{}{code}", book::CODE_PREFIX)) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(why) => (StatusCode::CONFLICT, why).into_response(),
    }
}
