//! An SMSC that speaks SMPP 3.4, in front of the same carrier: the same numbers choose the same faults.
//!
//! The parts of a long text are put together before the carrier takes it, as a phone would do. Receipts wait until
//! somebody is bound, and are brought again when they are not acknowledged. Deliberately absent: binds for one
//! direction, and the other operations of the protocol.

mod receipt;
mod text;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use jiff::Timestamp;
use rusmpp::pdus::{BindTransceiver, BindTransceiverResp, SubmitSm, SubmitSmResp};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::values::MCDeliveryReceipt;
use rusmpp::{Command, CommandStatus, Pdu};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::codec::Framed;

use crate::carrier::{Acceptance, Callback, Carrier, Protocol, Report, Wanted};
use crate::fault::AnswerFault;
use crate::protocol::Code;
use crate::reports::{self, Errand};
use text::Parts;

/// Receipts that wait for somebody to be bound.
const RECEIPTS_MAX: usize = 10_000;
/// Answers that wait to be written to one customer.
const ANSWERS_MAX: usize = 1_000;

/// Who may bind.
#[derive(Debug, Clone)]
pub struct SmscSettings {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The customer's name.
    pub system_id: String,
    /// Its password: at most 8 characters.
    pub password: String,
}

impl Default for SmscSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            system_id: "sandbox".to_owned(),
            password: "sandbox".to_owned(),
        }
    }
}

/// A receipt on its way to whoever is bound.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) report: Report,
    /// Told when it is acknowledged; dropped when it is not.
    pub(crate) taken: oneshot::Sender<()>,
}

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Smsc {
    carrier: Arc<Carrier>,
    postbox: mpsc::Sender<Errand>,
    receipts: mpsc::Sender<Handed>,
    to_bring: Arc<Mutex<mpsc::Receiver<Handed>>>,
}

impl Smsc {
    pub(crate) fn new(carrier: Arc<Carrier>, postbox: mpsc::Sender<Errand>) -> Self {
        let (receipts, to_bring) = mpsc::channel(RECEIPTS_MAX);
        Self { carrier, postbox, receipts, to_bring: Arc::new(Mutex::new(to_bring)) }
    }

    /// Serves until it is aborted, and every connection with it.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let mut customers = JoinSet::new();
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    customers.spawn(Connection::new(self.clone(), stream).serve());
                }
                Err(error) => tracing::warn!(%error, "a customer of the SMSC did not come in"),
            }
            while customers.try_join_next().is_some() {}
        }
    }

    /// A whole text: what is answered.
    async fn submit(self, text: String, to: String, wants_report: bool) -> Reply {
        let now = Timestamp::now();
        let wanted = Wanted {
            protocol: Protocol::Smpp,
            text,
            uid: None,
            callback: Callback::Smsc(self.receipts.clone()),
            wants_report,
            not_before: now,
        };
        match self.carrier.submit(&wanted, &to, now) {
            Err(code) => Reply::Say(status_of(code), String::new()),
            Ok(Acceptance { msg_id, answer, reports: owed }) => {
                reports::owe(&self.postbox, owed).await;
                match answer {
                    AnswerFault::None | AnswerFault::NumericCode => {
                        Reply::Say(CommandStatus::EsmeRok, msg_id)
                    }
                    AnswerFault::Late => {
                        let pause = Duration::from_millis(self.carrier.settings.slow_answer_ms);
                        tokio::time::sleep(pause).await;
                        Reply::Say(CommandStatus::EsmeRok, msg_id)
                    }
                    AnswerFault::BrokenOff => Reply::HangUp,
                    AnswerFault::BadGateway => Reply::Say(CommandStatus::EsmeRok, String::new()),
                }
            }
        }
    }
}

/// What becomes of a submit.
enum Reply {
    /// This status and id.
    Say(CommandStatus, String),
    /// The connection breaks instead.
    HangUp,
}

/// An answer to the command of this number.
type Answer = (u32, Reply);

/// One customer's connection.
struct Connection {
    smsc: Smsc,
    framed: Framed<TcpStream, CommandCodec>,
    answers: mpsc::Sender<Answer>,
    to_answer: mpsc::Receiver<Answer>,
    at_work: JoinSet<()>,
    bound: bool,
    sequence: u32,
    parts: Parts,
    unacknowledged: HashMap<u32, oneshot::Sender<()>>,
}

impl Connection {
    fn new(smsc: Smsc, stream: TcpStream) -> Self {
        let (answers, to_answer) = mpsc::channel(ANSWERS_MAX);
        Self {
            smsc,
            framed: Framed::new(stream, CommandCodec::new()),
            answers,
            to_answer,
            at_work: JoinSet::new(),
            bound: false,
            sequence: 0,
            parts: Parts::default(),
            unacknowledged: HashMap::new(),
        }
    }

    /// Until the customer goes, or breaks the protocol.
    async fn serve(mut self) {
        while self.next().await.is_some() {
            while self.at_work.try_join_next().is_some() {}
        }
    }

    /// One thing that happens. `None`: the connection is over.
    async fn next(&mut self) -> Option<()> {
        let to_bring = Arc::clone(&self.smsc.to_bring);
        let receipt = async { to_bring.lock().await.recv().await };
        tokio::select! {
            command = self.framed.next() => {
                let command = command?.ok()?;
                self.hear(&command).await
            }
            Some((number, reply)) = self.to_answer.recv() => match reply {
                Reply::Say(status, id) => {
                    let id = id.parse().expect("ids are of digits");
                    self.say(status, number, SubmitSmResp::builder().message_id(id).build()).await
                }
                Reply::HangUp => None,
            },
            Some(handed) = receipt, if self.bound => self.bring(handed).await,
        }
    }

    async fn hear(&mut self, command: &Command) -> Option<()> {
        let number = command.sequence_number();
        match command.pdu() {
            Some(Pdu::BindTransceiver(bind)) => self.bind(number, bind).await,
            Some(Pdu::EnquireLink) => self.say(CommandStatus::EsmeRok, number, Pdu::EnquireLinkResp).await,
            Some(Pdu::Unbind) => {
                self.say(CommandStatus::EsmeRok, number, Pdu::UnbindResp).await?;
                None
            }
            Some(Pdu::SubmitSm(pdu)) if self.bound => {
                self.submit(number, pdu).await;
                Some(())
            }
            Some(Pdu::DeliverSmResp(_)) => {
                let waiting = self.unacknowledged.remove(&number);
                if let (Some(taken), CommandStatus::EsmeRok) = (waiting, command.status()) {
                    // Nobody waits for it when the sandbox stops.
                    let _unheard = taken.send(());
                }
                Some(())
            }
            Some(_) | None => self.say(CommandStatus::EsmeRinvcmdid, number, Pdu::GenericNack).await,
        }
    }

    async fn bind(&mut self, number: u32, bind: &BindTransceiver) -> Option<()> {
        let settings = &self.smsc.carrier.settings.smsc;
        let status = match (bind.system_id.as_str(), bind.password.as_str()) {
            (id, _) if id != settings.system_id => CommandStatus::EsmeRinvsysid,
            (_, password) if password != settings.password => CommandStatus::EsmeRinvpaswd,
            _ if self.bound => CommandStatus::EsmeRalybnd,
            _ => CommandStatus::EsmeRok,
        };
        self.bound |= status == CommandStatus::EsmeRok;
        self.say(status, number, BindTransceiverResp::default()).await
    }

    async fn submit(&mut self, number: u32, pdu: &SubmitSm) {
        let to = pdu.destination_addr.as_str().to_owned();
        let wants_report =
            pdu.registered_delivery.mc_delivery_receipt() != MCDeliveryReceipt::NoMcDeliveryReceiptRequested;
        let (answers, smsc) = (self.answers.clone(), self.smsc.clone());
        let Ok(whole) = self.parts.put(&to, pdu) else {
            let status = CommandStatus::EsmeRinvmsglen;
            self.at_work
                .spawn(async move { reply(answers, number, Reply::Say(status, String::new())).await });
            return;
        };
        self.at_work.spawn(async move {
            let told = match whole {
                Some(text) => smsc.submit(text, to, wants_report).await,
                None => Reply::Say(CommandStatus::EsmeRok, smsc.carrier.next_id(Timestamp::now())),
            };
            reply(answers, number, told).await;
        });
    }

    async fn bring(&mut self, handed: Handed) -> Option<()> {
        let pdu = receipt::deliver_sm(&handed.report);
        // A customer counts by odd numbers; ours are even.
        self.sequence += 2;
        self.unacknowledged.insert(self.sequence, handed.taken);
        self.say(CommandStatus::EsmeRok, self.sequence, pdu).await
    }

    async fn say(&mut self, status: CommandStatus, number: u32, pdu: impl Into<Pdu>) -> Option<()> {
        let command = Command::builder().status(status).sequence_number(number).pdu(pdu);
        self.framed.send(command).await.ok()
    }
}

async fn reply(answers: mpsc::Sender<Answer>, number: u32, told: Reply) {
    // The customer may have gone.
    let _gone = answers.send((number, told)).await;
}

/// A number's fault in this protocol's words.
fn status_of(code: Code) -> CommandStatus {
    match code {
        Code::TooFast => CommandStatus::EsmeRthrottled,
        Code::PlatformBusy => CommandStatus::EsmeRmsgqful,
        Code::BadNumber => CommandStatus::EsmeRinvdstadr,
        Code::BadLength => CommandStatus::EsmeRinvmsglen,
        _ => CommandStatus::EsmeRsubmitfail,
    }
}
