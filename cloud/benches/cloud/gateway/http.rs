//! Kept connections to one server, as many as may be: a comfortable client would cost more than what is measured.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};

use anyhow::Context;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::http::HeaderValue;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// What is asked of a server.
pub(crate) type Asked = Request<Full<Bytes>>;

/// Connections to one server.
pub(crate) struct Connections {
    to: SocketAddr,
    room: Semaphore,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl Connections {
    pub(crate) fn new(port: u16, at_most: usize) -> Self {
        let (to, idle) = (SocketAddr::from(([127, 0, 0, 1], port)), Mutex::default());
        Self { to, room: Semaphore::new(at_most), idle }
    }

    /// Asks once and reads the answer. Errors: the connection failed.
    pub(crate) async fn ask(&self, asked: Asked) -> anyhow::Result<(StatusCode, Bytes)> {
        let _room = self.room.acquire().await.context("nobody closes it")?;
        let mut connection = self.connection().await?;
        let (head, body) = connection.send_request(asked).await.context("asking")?.into_parts();
        let body = body.collect().await.context("reading the answer")?.to_bytes();
        self.idle().push(connection);
        Ok((head.status, body))
    }

    /// One that is still good, or a new one.
    async fn connection(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        loop {
            let Some(mut kept) = self.idle().pop() else { break };
            if kept.ready().await.is_ok() {
                return Ok(kept);
            }
        }
        let stream = TcpStream::connect(self.to).await.context("connecting")?;
        stream.set_nodelay(true).context("sending at once")?;
        let (connection, work) = http1::handshake(TokioIo::new(stream)).await.context("connecting")?;
        // It ends with its connection; whoever asks is told.
        tokio::spawn(async move { work.await.ok() });
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<SendRequest<Full<Bytes>>>> {
        self.idle.lock().expect("nothing panics while it holds them")
    }
}

/// A question without a body.
pub(crate) fn get(path: &str) -> Asked {
    let asked = Request::builder().uri(path).header("host", "127.0.0.1");
    asked.body(Full::default()).expect("the bench writes addresses that can be read")
}

/// A question without a body, by somebody.
pub(crate) fn get_as(path: &str, key: &'static str) -> Asked {
    let mut asked = get(path);
    asked.headers_mut().insert("authorization", HeaderValue::from_static(key));
    asked
}

/// JSON to be kept under an address of ours.
pub(crate) fn put(path: &str, key: &str, body: String) -> Asked {
    let asked = Request::builder().method(Method::PUT).uri(path).header("host", "127.0.0.1");
    let asked = asked.header("content-type", "application/json").header("authorization", key);
    asked.body(Full::from(body)).expect("the bench writes addresses that can be read")
}
