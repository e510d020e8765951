//! The box's door: takes connections, greets them with TLS where that is spoken, and hands them to the router.
//!
//! Nobody is waited for: each connection is greeted by itself, and one that says nothing is shown out.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::authority::Certificate;
use super::{Lan, refuse_plain_text};
use crate::config::Settings;

/// Connections at a time; those that have become WebSockets are the broker's to count. Sixty screens with six
/// each, and within what a system lets a program open.
const CONNECTIONS_MAX: usize = 400;
/// Longest greeting. A slow phone takes half a second.
const GREETING_MAX: Duration = Duration::from_secs(10);
/// Longest wait for the next request, and for the whole of its head.
const REQUEST_HEAD_MAX: Duration = Duration::from_secs(15);
/// Rest after the system could give no connection.
const REST: Duration = Duration::from_millis(100);

/// The certificate that is shown at the moment.
pub(super) struct Served(RwLock<Arc<CertifiedKey>>);

impl Served {
    pub(super) fn new(certificate: &Certificate) -> anyhow::Result<Self> {
        Ok(Self(RwLock::new(certified(certificate)?)))
    }

    /// Who connects from now on sees another one.
    pub(super) fn replace(&self, certificate: &Certificate) -> anyhow::Result<()> {
        let fresh = certified(certificate)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Served")
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn certified(certificate: &Certificate) -> anyhow::Result<Arc<CertifiedKey>> {
    let key = aws_lc_rs::sign::any_ecdsa_type(&certificate.key())?;
    Ok(Arc::new(CertifiedKey::new(certificate.chain(), key)))
}

/// Greets with TLS 1.2 or 1.3. HTTP/1.1 alone, since a WebSocket needs it.
pub(super) fn acceptor(served: Arc<Served>) -> TlsAcceptor {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_cert_resolver(served);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// With every request that came through TLS.
#[derive(Debug, Clone, Copy)]
pub struct Greeted;

/// Where pages and API are served: in plain text for this machine, and with TLS for the shop's network.
#[derive(Debug)]
pub struct Doors {
    plain: TcpListener,
    secure: Option<TcpListener>,
}

impl Doors {
    /// Takes their addresses. Errors: one that is not free, and plain text that would leave this machine.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        refuse_plain_text(settings)?;
        let plain = listen("http.listen", settings.http.listen).await?;
        let secure = match settings.lan.http {
            Some(address) => Some(listen("lan.http", address).await?),
            None => None,
        };
        Ok(Self { plain, secure })
    }

    /// Serves whoever comes, for ever.
    pub async fn serve(self, lan: &Lan, router: Router) -> Infallible {
        if let (Some(secure), Some(greeting)) = (self.secure, lan.greeting()) {
            tokio::spawn(serve(secure, Some(greeting), router.clone().layer(Extension(Greeted))));
        }
        serve(self.plain, None, router).await
    }
}

async fn listen(setting: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("{setting}: {address} is not free"))
}

async fn serve(listener: TcpListener, greeting: Option<TlsAcceptor>, router: Router) -> Infallible {
    let seats = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let seat = seats.clone().acquire_owned().await.expect("the seats are never taken away");
        let socket = match listener.accept().await {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::debug!(%error, "a connection came to nothing");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let (greeting, router) = (greeting.clone(), router.clone());
        tokio::spawn(async move {
            // A device that goes away, or never was one of ours, is nothing to tell anybody.
            if let Err(error) = attend(socket, greeting, router).await {
                tracing::trace!(%error, "a connection ended");
            }
            drop(seat);
        });
    }
}

async fn attend(socket: TcpStream, greeting: Option<TlsAcceptor>, router: Router) -> anyhow::Result<()> {
    // An answer is small and somebody waits for it. A socket that refuses the option still works.
    drop(socket.set_nodelay(true));
    match greeting {
        None => answer(socket, router).await?,
        Some(greeting) => {
            let greeted = tokio::time::timeout(GREETING_MAX, greeting.accept(socket)).await;
            answer(greeted.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??, router).await?;
        }
    }
    Ok(())
}

async fn answer<Io>(socket: Io, router: Router) -> hyper::Result<()>
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_HEAD_MAX)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router))
        .with_upgrades()
        .await
}
