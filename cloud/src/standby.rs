//! Waiting for the books: a second service on the same database begins when the first one ends.
//!
//! It listens from the start, so that whoever watches it sees that it lives (`/healthz`) and is not to be asked yet
//! (`/readyz`).

use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::config::Config;
use crate::service::Books;
use crate::store::StoreError;

/// How often the books are asked for: whoever ends well gives them up at once.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// For an answer that is under way when our turn comes.
const LAST_ANSWER_MAX: Duration = Duration::from_secs(1);

/// Listens, and returns when the books are ours. Errors: a taken port, or books that cannot be opened.
pub async fn turn(settings: &Config) -> anyhow::Result<(TcpListener, Books)> {
    let listen = settings.http.listen;
    let doing = || format!("listening on {listen} (setting http.listen)");
    let listener = TcpListener::bind(listen).await.with_context(doing)?.into_std()?;
    let books = match open(settings).await? {
        Some(books) => books,
        None => {
            tracing::info!(address = %listener.local_addr()?, "another service has the books; standing by");
            wait(settings, TcpListener::from_std(listener.try_clone()?)?).await?
        }
    };
    Ok((TcpListener::from_std(listener)?, books))
}

/// The books, if nobody else has them. They are read on a thread that may wait for the disk.
async fn open(settings: &Config) -> anyhow::Result<Option<Books>> {
    let settings = settings.clone();
    let opened = tokio::task::spawn_blocking(move || Books::open(&settings)).await?;
    match opened {
        Ok(books) => Ok(Some(books)),
        Err(error) => match error.downcast_ref() {
            Some(StoreError::Taken { .. }) => Ok(None),
            Some(_) | None => Err(error),
        },
    }
}

async fn wait(settings: &Config, listener: TcpListener) -> anyhow::Result<Books> {
    let not_yet = (StatusCode::SERVICE_UNAVAILABLE, "standby");
    let router = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(async move || not_yet))
        .fallback(async move || not_yet);
    let (begin, begun) = oneshot::channel::<()>();
    let served = axum::serve(listener, router).with_graceful_shutdown(async {
        // It is dropped when our turn has come, and when nobody waits for it any more.
        let _dropped = begun.await;
    });
    let served = tokio::spawn(async move { served.await });
    let books = loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Some(books) = open(settings).await? {
            break books;
        }
    };
    drop(begin);
    // A connection that is not closed in time is told nothing wrong: it is closed after its next answer.
    let _late = tokio::time::timeout(LAST_ANSWER_MAX, served).await;
    Ok(books)
}
