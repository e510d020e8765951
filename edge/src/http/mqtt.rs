//! MQTT for pages: a WebSocket on the box's own address, carried byte for byte to the shop's broker.
//!
//! One address and, one day, one certificate for a page; and a broker that is started again has no WebSocket
//! port to wait for. Who may do what is the broker's business: the page signs in there.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use shared::sync::PACKET_BYTES_MAX;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::App;

/// What is read from the broker at once.
const READ_BYTES: usize = 16 * 1024;

/// Carries one page's MQTT.
pub(super) async fn mqtt(State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.protocols(["mqtt"]).max_message_size(PACKET_BYTES_MAX).on_upgrade(async move |page| {
        match TcpStream::connect(app.broker).await {
            // Either end hanging up ends it; the page connects again by itself.
            Ok(broker) => drop(carry(page, broker).await),
            Err(error) => tracing::debug!(%error, "the broker does not answer; the page tries again"),
        }
    })
}

async fn carry(mut page: WebSocket, mut broker: TcpStream) -> anyhow::Result<()> {
    broker.set_nodelay(true)?;
    let mut buffer = vec![0; READ_BYTES];
    loop {
        tokio::select! {
            message = page.recv() => match message.transpose()? {
                Some(Message::Binary(bytes)) => broker.write_all(&bytes).await?,
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                Some(Message::Text(_) | Message::Close(_)) | None => return Ok(()),
            },
            read = broker.read(&mut buffer) => match read? {
                0 => return Ok(()),
                count => page.send(Message::Binary(Bytes::copy_from_slice(&buffer[..count]))).await?,
            },
        }
    }
}
