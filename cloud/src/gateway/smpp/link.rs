//! The lasting connection to an SMSC: bound, kept up by the library's own `enquire_link`, made anew when it is lost.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use rusmpp::pdus::{DeliverSm, DeliverSmResp};
use rusmpp::{CommandStatus, Pdu};
use rusmppc::error::Error;
use rusmppc::{Client, ConnectionBuilder, Event};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Login, receipt};
use crate::arrivals::{self, Arrived};
use crate::journal::Journal;

const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Receipts being kept at once: they share commits.
const RECEIPTS_MAX: usize = 64;

/// A connection, while there is one.
pub(super) struct Link {
    client: watch::Receiver<Option<Client>>,
    keeper: JoinHandle<()>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Link {
    /// Connects from now on.
    pub(super) fn start(login: Login, journal: Journal) -> Self {
        let (tell, client) = watch::channel(None);
        Self { client, keeper: tokio::spawn(keep_up(login, journal, tell)) }
    }

    /// The way to the SMSC. `None`: there is none now, and nothing can have been sent.
    pub(super) fn client(&self) -> Option<Client> {
        self.client.borrow().clone().filter(Client::is_active)
    }

    pub(super) async fn connected(&self) {
        let mut client = self.client.clone();
        // It ends with its keeper, which ends with this.
        let _ended = client.wait_for(Option::is_some).await;
    }
}

async fn keep_up(login: Login, journal: Journal, tell: watch::Sender<Option<Client>>) {
    let mut pause = PAUSE_MIN;
    loop {
        match connect(&login).await {
            Ok((client, events)) => {
                tracing::info!(carrier = %login.account, "connected to the SMSC");
                pause = PAUSE_MIN;
                tell.send_replace(Some(client.clone()));
                hear(&login, &journal, &client, events).await;
                tell.send_replace(None);
                tracing::warn!(carrier = %login.account, "the connection to the SMSC is lost");
            }
            Err(error) => {
                tracing::warn!(carrier = %login.account, error = why(&error), "no connection to the SMSC");
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
        tokio::time::sleep(pause).await;
    }
}

async fn connect(login: &Login) -> Result<(Client, impl Stream<Item = Event> + Unpin + 'static), Error> {
    let (client, events, connection) = ConnectionBuilder::new()
        .response_timeout(login.timeout)
        // We speak 3.4; the library would insist on 5.0.
        .disable_interface_version_check()
        .no_spawn()
        .connect(&login.address)
        .await?;
    tokio::spawn(drive(connection, login.window + RECEIPTS_MAX));
    client.bind_transceiver(login.bind.clone()).await?;
    Ok((client, events))
}

/// Runs the library's connection. Polled once, it writes two requests and asks to be polled again only when something
/// comes in: of `most` that are asked at once the rest would wait for the SMSC's next word.
async fn drive(connection: impl Future<Output = ()>, most: usize) {
    let mut connection = pin!(connection);
    let each_time = most.div_ceil(2) + 1;
    poll_fn(|context| {
        let ended = (0..each_time).any(|_| connection.as_mut().poll(context).is_ready());
        if ended { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Hears the SMSC until the connection ends.
async fn hear(login: &Login, journal: &Journal, client: &Client, events: impl Stream<Item = Event> + Unpin) {
    let each = async |event| match event {
        Event::Incoming(command) => {
            let number = command.sequence_number();
            match command.pdu() {
                Some(Pdu::DeliverSm(pdu)) => {
                    let status = take(login, journal, pdu).await;
                    // A connection that has gone meanwhile brings it again.
                    let _gone = client.status(status).deliver_sm_resp(number, DeliverSmResp::default()).await;
                }
                Some(Pdu::Unbind) => {
                    let _gone = client.unbind_resp(number).await;
                    let _gone = client.close().await;
                }
                Some(_) | None => {}
            }
        }
        Event::Error(error) => {
            tracing::warn!(carrier = %login.account, error = why(&error), "the SMSC's connection has failed");
            let _gone = client.close().await;
        }
    };
    events.for_each_concurrent(RECEIPTS_MAX, each).await;
}

/// Keeps what came, and says how to acknowledge it. What cannot be read would be the same next time.
async fn take(login: &Login, journal: &Journal, pdu: &DeliverSm) -> CommandStatus {
    let Some(arrived) = meaning(login, pdu) else { return CommandStatus::EsmeRok };
    match arrivals::keep(journal, &login.account, arrived).await {
        Ok(()) => CommandStatus::EsmeRok,
        // "Temporary": it is brought again.
        Err(_) => CommandStatus::EsmeRxTAppn,
    }
}

/// What is to be kept of it. `None`: nothing, and it is set aside.
fn meaning(login: &Login, pdu: &DeliverSm) -> Option<Arrived> {
    if !receipt::is_receipt(pdu) {
        return receipt::reply(login, pdu).map(|reply| Arrived::Replies(vec![reply]));
    }
    let read = receipt::read(login, pdu).map_err(|bad| arrivals::set_aside(&login.account, bad));
    read.ok().map(|receipt| Arrived::Receipts(vec![receipt]))
}

/// What went wrong, without what the library would quote of a message.
fn why(error: &Error) -> &'static str {
    match error {
        Error::Connect(_) => "no connection could be made",
        Error::UnexpectedResponse { .. } => "the SMSC refuses to be bound to: look at system id and password",
        Error::ResponseTimeout { .. } | Error::EnquireLinkTimeout { .. } => "no answer in time",
        Error::Encode(_) | Error::Decode(_) => "what came cannot be read",
        Error::ConnectionClosed | Error::ConnectionClosedByPeer | Error::Io(_) => "it was closed",
        _ => "the connection failed",
    }
}
