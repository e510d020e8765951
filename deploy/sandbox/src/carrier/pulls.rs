//! What waits to be pulled, apart for Chuanglan's customers and for Tencent Cloud's. A row is handed over once, and is
//! gone whatever becomes of the answer.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::{Book, Carrier, KEPT_MAX, Protocol, Report, ReportState};
use crate::fault::{AnswerFault, fault_of_pull};
use crate::protocol::{self, Code, Parameters};

/// One vendor's rows.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    reports: VecDeque<Report>,
    replies: VecDeque<HeldReply>,
}

/// What a receiver has answered.
#[derive(Debug, Clone)]
pub(crate) struct HeldReply {
    pub(crate) phone: String,
    pub(crate) text: &'static str,
    pub(crate) at: Timestamp,
}

/// Rows that were handed over, and what happens to the answer.
#[derive(Debug)]
pub(crate) struct Pulled<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) answer: AnswerFault,
}

impl Carrier {
    /// Chuanglan's pull of reports. Errors: the vendor's code.
    pub(crate) fn pull_reports(&self, body: &[u8]) -> Result<Pulled<Report>, Code> {
        self.book().calls.pull += 1;
        let count = self.pull_count(body)?;
        self.take_reports(Protocol::Chuanglan, count)
    }

    /// Chuanglan's pull of replies. Errors: the vendor's code.
    pub(crate) fn pull_replies(&self, body: &[u8]) -> Result<Pulled<HeldReply>, Code> {
        self.book().calls.pull_replies += 1;
        let count = self.pull_count(body)?;
        Ok(self.take_replies(Protocol::Chuanglan, count))
    }

    fn pull_count(&self, body: &[u8]) -> Result<usize, Code> {
        let parameters = Parameters::parse(body)?;
        self.sign_in(&parameters)?;
        match parameters.optional("count")? {
            Some(count) => count.parse().map_err(|_| Code::BadJson),
            None => Ok(protocol::PULL_DEFAULT),
        }
    }

    /// Reports of a vendor's customer, the oldest first. Errors: one of their numbers asks for a refusal.
    pub(super) fn take_reports(&self, vendor: Protocol, count: usize) -> Result<Pulled<Report>, Code> {
        let mut book = self.book();
        let book = &mut *book;
        let waiting = &mut book.waiting.shelf(vendor).reports;
        let taken = count.min(protocol::PULL_MAX).min(waiting.len());
        let mut answer = AnswerFault::None;
        for report in waiting.range(..taken) {
            match fault_of_pull(&report.phone) {
                Ok(AnswerFault::None) => {}
                Ok(fault) => answer = fault,
                Err(code) if book.told_to_wait.insert((code, report.phone.clone())) => return Err(code),
                Err(_) => {}
            }
        }
        let rows: Vec<_> = waiting.drain(..taken).collect();
        rows.iter().for_each(|report| book.note_handed_over(report));
        self.changed();
        Ok(Pulled { rows, answer })
    }

    /// Replies to a vendor's customer, the oldest first.
    pub(super) fn take_replies(&self, vendor: Protocol, count: usize) -> Pulled<HeldReply> {
        let mut book = self.book();
        let waiting = &mut book.waiting.shelf(vendor).replies;
        let taken = count.min(protocol::PULL_MAX).min(waiting.len());
        Pulled { rows: waiting.drain(..taken).collect(), answer: AnswerFault::None }
    }

    /// Keeps a report until it is pulled.
    pub(crate) fn keep_for_pull(&self, report: Report) {
        self.note(report.serial, ReportState::Waiting { status: report.status.to_owned() });
        keep(&mut self.book().waiting.shelf(report.protocol).reports, report);
    }

    /// Keeps a reply until it is pulled.
    pub(crate) fn keep_reply_for_pull(&self, protocol: Protocol, reply: HeldReply) {
        keep(&mut self.book().waiting.shelf(protocol).replies, reply);
    }
}

/// What waits, by vendor.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    chuanglan: Shelf,
    tencent_sms: Shelf,
}

impl Waiting {
    fn shelf(&mut self, protocol: Protocol) -> &mut Shelf {
        match protocol {
            Protocol::TencentSms => &mut self.tencent_sms,
            // Nothing of the SMSC waits: it has a connection.
            Protocol::Chuanglan | Protocol::ChuanglanTemplate | Protocol::Smpp => &mut self.chuanglan,
        }
    }
}

fn keep<T>(rows: &mut VecDeque<T>, row: T) {
    if rows.len() == KEPT_MAX {
        rows.pop_front();
    }
    rows.push_back(row);
}

impl Book {
    pub(super) fn note_handed_over(&mut self, report: &Report) {
        let Some(message) = self.message(report.serial) else { return };
        let before = match &message.report {
            ReportState::HandedOver { reports, .. } => *reports,
            ReportState::NotMade
            | ReportState::Due
            | ReportState::Waiting { .. }
            | ReportState::Lost { .. } => 0,
        };
        message.report = ReportState::HandedOver { status: report.status.to_owned(), reports: before + 1 };
    }
}
