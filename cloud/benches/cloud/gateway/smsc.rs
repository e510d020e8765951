//! An SMSC: takes every message at once and brings its receipt later, to whichever gateway is bound.
//!
//! Deliberately absent: everything that makes a real one say no; the sandbox has that.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Context;
use futures_util::{SinkExt, StreamExt as _};
use rusmpp::pdus::{BindTransceiverResp, DeliverSm, SubmitSm, SubmitSmResp};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::OctetString;
use rusmpp::values::{EsmClass, Npi, Ton};
use rusmpp::{Command, CommandStatus, Pdu};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::codec::Framed;

/// Where it listens.
pub(crate) const PORT: u16 = 7_392;
/// "Contains a receipt".
const RECEIPT: u8 = 0b0000_0100;

/// Listens from now on.
pub(crate) async fn start(receipt_after: Duration) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", PORT)).await.context("listening as the SMSC")?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Answers and receipts go out together when nothing more has come.
            stream.set_nodelay(true).ok();
            let framed = Framed::new(stream, CommandCodec::new());
            tokio::spawn(Bound { framed, receipt_after, due: VecDeque::new(), number: 0 }.serve());
        }
    });
    Ok(())
}

/// A gateway's connection.
struct Bound {
    framed: Framed<TcpStream, CommandCodec>,
    receipt_after: Duration,
    /// Receipts, the oldest first.
    due: VecDeque<(Instant, u32, SubmitSm)>,
    number: u32,
}

impl Bound {
    /// Until the gateway goes.
    async fn serve(mut self) -> Option<()> {
        let mut to_flush = false;
        loop {
            let first_due = self.due.front().map(|(at, ..)| *at);
            tokio::select! {
                biased;
                command = self.framed.next() => to_flush |= self.hear(command?.ok()?).await?,
                () = tokio::time::sleep_until(first_due.unwrap_or_else(Instant::now)), if first_due.is_some() => {
                    self.bring_due().await?;
                    to_flush = true;
                }
                () = std::future::ready(()), if to_flush => {
                    SinkExt::<Command>::flush(&mut self.framed).await.ok()?;
                    to_flush = false;
                }
            }
        }
    }

    /// Whether it is answered.
    async fn hear(&mut self, command: Command) -> Option<bool> {
        let number = command.sequence_number();
        let answer = match command.pdu() {
            Some(Pdu::BindTransceiver(_)) => Pdu::from(BindTransceiverResp::default()),
            Some(Pdu::SubmitSm(submit)) => {
                self.number += 1;
                let id = self.number.to_string().parse().expect("a number is short");
                self.due.push_back((Instant::now() + self.receipt_after, self.number, submit.clone()));
                SubmitSmResp::builder().message_id(id).build().into()
            }
            Some(Pdu::EnquireLink) => Pdu::EnquireLinkResp,
            Some(Pdu::Unbind) => Pdu::UnbindResp,
            // Receipts that were taken.
            Some(_) | None => return Some(false),
        };
        self.say(number, answer).await?;
        Some(true)
    }

    async fn bring_due(&mut self) -> Option<()> {
        let now = Instant::now();
        while let Some((_, id, submit)) = self.due.pop_front_if(|(at, ..)| *at <= now) {
            let text = format!(
                "id:{id} sub:001 dlvrd:001 submit date:2611230100 done date:2611230100 stat:DELIVRD err:000 text:"
            );
            let receipt = DeliverSm::builder()
                .source_addr_ton(Ton::International)
                .source_addr_npi(Npi::Isdn)
                .source_addr(submit.destination_addr)
                .destination_addr(submit.source_addr)
                .esm_class(EsmClass::from(RECEIPT))
                .short_message(OctetString::from_vec(text.into_bytes()).expect("it is short"))
                .build();
            self.say(id, receipt.into()).await?;
        }
        Some(())
    }

    async fn say(&mut self, number: u32, pdu: Pdu) -> Option<()> {
        let command = Command::builder().status(CommandStatus::EsmeRok).sequence_number(number).pdu(pdu);
        self.framed.feed(command).await.ok()
    }
}
