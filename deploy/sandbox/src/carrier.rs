//! The account and what went through it: decides every call, keeps every message. No socket, no waiting.

mod pulls;
mod template;
mod tencent_sms;
mod variable;

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{mpsc, watch};

use crate::SandboxSettings;
use crate::fault::{AnswerFault, Fault, ReportPlan};
use crate::smsc::Handed;
pub(crate) use pulls::{HeldReply, Pulled};
pub(crate) use tencent_sms::TencentCall;
pub use tencent_sms::TencentSmsSettings;
pub(crate) use variable::Counted;

use crate::protocol::{self, Code, NUMBERS_MAX, Parameters, TEXT_UNITS_MAX};

/// Beyond this many the oldest messages, and reports not pulled, are forgotten, so that a bench can run for hours.
const KEPT_MAX: usize = 100_000;

/// A message as the carrier took it: one text to one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SandboxMessage {
    /// By which protocol it came.
    pub protocol: Protocol,
    /// The carrier's id: of the request, shared by all its numbers, or of this number alone.
    pub msg_id: String,
    /// The number, in full: this is the phone's side.
    pub phone: String,
    /// The text with its signature.
    pub text: String,
    /// Segments taken off the balance.
    pub units: u32,
    /// The customer's own id.
    pub uid: Option<String>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Where its report is.
    pub report: ReportState,
    #[serde(skip)]
    serial: u64,
}

/// How a customer speaks to the carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Chuanglan's v1.
    Chuanglan,
    /// Chuanglan's v2.
    ChuanglanTemplate,
    /// Tencent Cloud SMS.
    TencentSms,
    /// SMPP.
    Smpp,
}

/// Where the report of a message is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ReportState {
    /// The customer did not ask for one, or the number asks for silence.
    NotMade,
    /// It will come.
    Due,
    /// It waits to be pulled.
    Waiting {
        /// Its status.
        status: String,
    },
    /// The customer has it, by push or by pull.
    HandedOver {
        /// Status of the last report.
        status: String,
        /// Reports handed over.
        reports: u32,
    },
    /// Three tries failed. There is no fourth.
    Lost {
        /// Its status.
        status: String,
    },
}

/// Calls of each endpoint, granted or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Submits, by any protocol.
    pub send: u64,
    /// Questions for the balance.
    pub balance: u64,
    /// Pulls of reports, by either vendor's customer.
    pub pull: u64,
    /// Pulls of replies.
    pub pull_replies: u64,
}

/// A submit that was accepted: how to answer it and what to report.
#[derive(Debug)]
pub(crate) struct Acceptance {
    pub(crate) msg_id: String,
    pub(crate) answer: AnswerFault,
    /// Empty when no report was asked for.
    pub(crate) reports: Vec<DueReports>,
}

/// The reports that one message owes.
#[derive(Debug)]
pub(crate) struct DueReports {
    pub(crate) serial: u64,
    pub(crate) plan: ReportPlan,
    pub(crate) callback: Callback,
    /// Not before this moment: the wanted sending time of a scheduled text.
    pub(crate) not_before: Timestamp,
    pub(crate) delay_ms: u64,
}

/// How a customer hears of a report.
#[derive(Debug, Clone)]
pub(crate) enum Callback {
    /// It asks.
    Pull,
    /// Chuanglan calls this address.
    Chuanglan(String),
    /// Tencent Cloud posts to this address.
    TencentSms(String),
    /// It is brought over the customer's connection.
    Smsc(mpsc::Sender<Handed>),
}

/// What a customer wants sent, once it is checked.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) protocol: Protocol,
    pub(crate) text: String,
    pub(crate) uid: Option<String>,
    pub(crate) callback: Callback,
    pub(crate) wants_report: bool,
    pub(crate) not_before: Timestamp,
}

/// A report ready to be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) serial: u64,
    pub(crate) protocol: Protocol,
    pub(crate) msg_id: String,
    pub(crate) phone: String,
    pub(crate) uid: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) length: u32,
    pub(crate) reported_at: Timestamp,
}

#[derive(Debug)]
pub(crate) struct Carrier {
    pub(crate) settings: SandboxSettings,
    book: Mutex<Book>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Book {
    balance: u64,
    /// Where Tencent Cloud posts reports.
    tencent_callback: Option<String>,
    /// Where it posts replies.
    tencent_replies: Option<String>,
    calls: Calls,
    serial: u64,
    requests: u64,
    messages: VecDeque<SandboxMessage>,
    waiting: pulls::Waiting,
    /// Numbers that were told once to come back later.
    told_to_wait: HashSet<(Code, String)>,
}

impl Carrier {
    pub(crate) fn new(settings: SandboxSettings) -> Self {
        let TencentSmsSettings { callback, replies, .. } = settings.tencent_sms.clone();
        let (tencent_callback, tencent_replies) = (callback, replies);
        let book = Book { balance: settings.balance, tencent_callback, tencent_replies, ..Book::default() };
        Self { settings, book: Mutex::new(book), changes: watch::Sender::new(0) }
    }

    pub(crate) fn messages(&self) -> Vec<SandboxMessage> {
        self.book().messages.iter().cloned().collect()
    }

    pub(crate) fn calls(&self) -> Calls {
        self.book().calls
    }

    pub(crate) fn balance(&self) -> u64 {
        self.book().balance
    }

    pub(crate) fn set_tencent_callback(&self, address: String) {
        self.book().tencent_callback = Some(address);
    }

    pub(crate) fn set_tencent_replies(&self, address: String) {
        self.book().tencent_replies = Some(address);
    }

    pub(crate) fn tencent_replies(&self) -> Option<String> {
        self.book().tencent_replies.clone()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// A submit. Errors: the vendor's code; nothing was taken then.
    pub(crate) fn send(&self, body: &[u8], now: Timestamp) -> Result<Acceptance, Code> {
        self.book().calls.send += 1;
        let accepted = self.accept(body, now);
        self.changed();
        accepted
    }

    /// Messages left. Errors: the vendor's code.
    pub(crate) fn ask_balance(&self, body: &[u8]) -> Result<u64, Code> {
        self.book().calls.balance += 1;
        self.sign_in(&Parameters::parse(body)?)?;
        Ok(self.balance())
    }

    /// The report of a message with this status, or `None` when the message has been forgotten.
    pub(crate) fn report(&self, due: &DueReports, status: &'static str, now: Timestamp) -> Option<Report> {
        let mut book = self.book();
        let message = book.message(due.serial)?;
        let overbilled = u32::from(due.plan == ReportPlan::Overbilled);
        Some(Report {
            serial: due.serial,
            protocol: message.protocol,
            msg_id: message.msg_id.clone(),
            phone: message.phone.clone(),
            uid: message.uid.clone(),
            status,
            length: message.units + overbilled,
            reported_at: now,
        })
    }

    pub(crate) fn note_handed_over(&self, report: &Report) {
        self.book().note_handed_over(report);
        self.changed();
    }

    pub(crate) fn note_lost(&self, report: &Report) {
        self.note(report.serial, ReportState::Lost { status: report.status.to_owned() });
    }

    fn note(&self, serial: u64, state: ReportState) {
        if let Some(message) = self.book().message(serial) {
            message.report = state;
        }
        self.changed();
    }

    fn accept(&self, body: &[u8], now: Timestamp) -> Result<Acceptance, Code> {
        let parameters = Parameters::parse(body)?;
        let text = parameters.text("msg")?;
        let phones = parameters.required("phone")?;
        let wanted = self.wanted(&parameters, text, now)?;
        self.take(&wanted, check_numbers(&phones)?, now)
    }

    /// What every submit of v1 says beside its receivers.
    fn wanted(&self, parameters: &Parameters, text: String, now: Timestamp) -> Result<Wanted, Code> {
        self.sign_in(parameters)?;
        let not_before = match parameters.optional("sendtime")? {
            Some(wanted) => protocol::schedule(&wanted)?.max(now),
            None => now,
        };
        if parameters.optional("extend")?.is_some_and(|digits| !digits.bytes().all(|b| b.is_ascii_digit())) {
            return Err(Code::BadExtend);
        }
        self.check_text(&text)?;
        let uid = parameters.optional("uid")?;
        let callback = self.chuanglan_callback(parameters)?;
        let wants_report = parameters.wants_report();
        Ok(Wanted { protocol: Protocol::Chuanglan, text, uid, callback, wants_report, not_before })
    }

    fn chuanglan_callback(&self, parameters: &Parameters) -> Result<Callback, Code> {
        let address = parameters.optional("callbackUrl")?.or_else(|| self.settings.callback.clone());
        Ok(address.map_or(Callback::Pull, Callback::Chuanglan))
    }

    /// A text over SMPP. Errors: the fault, in the vendor's code; nothing was taken then.
    pub(crate) fn submit(&self, wanted: &Wanted, to: &str, now: Timestamp) -> Result<Acceptance, Code> {
        self.book().calls.send += 1;
        let taken = self.check_text(&wanted.text).and_then(|()| {
            let phone = to.strip_prefix("86").ok_or(Code::BadNumber)?;
            self.take(wanted, check_numbers(phone)?, now)
        });
        self.changed();
        taken
    }

    /// An id for what is no whole text yet.
    pub(crate) fn next_id(&self, now: Timestamp) -> String {
        self.book().next_msg_id(now)
    }

    fn check_text(&self, text: &str) -> Result<(), Code> {
        if text.encode_utf16().count() > TEXT_UNITS_MAX {
            return Err(Code::BadLength);
        }
        if !text.starts_with(&format!("【{}】", self.settings.signature)) {
            return Err(Code::BadSignature);
        }
        Ok(())
    }

    /// Takes one text to these numbers under one id, if the numbers ask for no refusal.
    fn take(&self, wanted: &Wanted, phones: Vec<String>, now: Timestamp) -> Result<Acceptance, Code> {
        let mut book = self.book();
        let answer = book.answer_for(&phones)?;
        book.charge(u64::from(protocol::segments(&wanted.text)) * phones.len() as u64)?;
        let msg_id = book.next_msg_id(now);
        let delay_ms = self.settings.report_delay_ms;
        let kept = phones.into_iter().map(|phone| book.take_one(wanted, &msg_id, phone, now));
        let reports = kept.flatten().map(|due| DueReports { delay_ms, ..due }).collect();
        Ok(Acceptance { msg_id, answer, reports })
    }

    fn sign_in(&self, parameters: &Parameters) -> Result<(), Code> {
        let (account, password) = (parameters.required("account")?, parameters.required("password")?);
        if account != self.settings.account {
            return Err(Code::NoSuchAccount);
        }
        if password != self.settings.password {
            return Err(Code::WrongPassword);
        }
        Ok(())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no code panics while it holds the book")
    }

    fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }
}

impl Book {
    /// The answer to a call to these numbers; the first number with a fault decides.
    fn answer_for(&mut self, phones: &[String]) -> Result<AnswerFault, Code> {
        let mut answer = AnswerFault::None;
        for phone in phones {
            match Fault::of(phone) {
                Fault::Refuse { code, once } => {
                    let first = self.told_to_wait.insert((code, phone.clone()));
                    if first || !once {
                        return Err(code);
                    }
                }
                Fault::Accept(fault, _) if answer == AnswerFault::None => answer = fault,
                Fault::Accept(..) => {}
            }
        }
        Ok(answer)
    }

    fn charge(&mut self, units: u64) -> Result<(), Code> {
        self.balance = self.balance.checked_sub(units).ok_or(Code::NoQuota)?;
        Ok(())
    }

    /// 32 digits, as in the samples of 2024: a clock in Beijing time, a gateway, a counter.
    fn next_msg_id(&mut self, now: Timestamp) -> String {
        self.requests += 1;
        format!("{}00020301{:012}", protocol::short_seconds(now), self.requests)
    }

    fn keep(&mut self, message: SandboxMessage) -> u64 {
        if self.messages.len() == KEPT_MAX {
            self.messages.pop_front();
        }
        let serial = self.serial;
        self.serial += 1;
        self.messages.push_back(SandboxMessage { serial, ..message });
        serial
    }

    /// Keeps a message, and says what reports it owes.
    fn take_one(
        &mut self,
        wanted: &Wanted,
        msg_id: &str,
        phone: String,
        now: Timestamp,
    ) -> Option<DueReports> {
        let plan = planned(&phone, wanted.wants_report);
        let report = if plan == ReportPlan::Never { ReportState::NotMade } else { ReportState::Due };
        let serial = self.keep(SandboxMessage {
            protocol: wanted.protocol,
            msg_id: msg_id.to_owned(),
            phone,
            text: wanted.text.clone(),
            units: protocol::segments(&wanted.text),
            uid: wanted.uid.clone(),
            accepted_at: now,
            report,
            serial: 0,
        });
        let due = DueReports {
            serial,
            plan,
            callback: wanted.callback.clone(),
            not_before: wanted.not_before,
            delay_ms: 0,
        };
        (plan != ReportPlan::Never).then_some(due)
    }

    fn message(&mut self, serial: u64) -> Option<&mut SandboxMessage> {
        let first = self.messages.front()?.serial;
        let index = usize::try_from(serial.checked_sub(first)?).ok()?;
        self.messages.get_mut(index)
    }
}

fn check_numbers(joined: &str) -> Result<Vec<String>, Code> {
    let phones: Vec<_> = joined.split(',').map(|phone| phone.trim().to_owned()).collect();
    if phones.len() > NUMBERS_MAX {
        return Err(Code::BadNumberCount);
    }
    if phones.iter().all(|phone| is_mobile(phone)) { Ok(phones) } else { Err(Code::BadNumber) }
}

fn is_mobile(phone: &str) -> bool {
    phone.len() == 11 && phone.starts_with('1') && phone.bytes().all(|b| b.is_ascii_digit())
}

fn planned(phone: &str, wants_report: bool) -> ReportPlan {
    match Fault::of(phone) {
        Fault::Accept(_, plan) if wants_report => plan,
        Fault::Refuse { .. } if wants_report => ReportPlan::Once("DELIVRD"),
        Fault::Accept(..) | Fault::Refuse { .. } => ReportPlan::Never,
    }
}
