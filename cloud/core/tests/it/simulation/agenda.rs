//! What will happen in a world, and who waits for it.

use cloud_core::id::{MessageKey, TradeNumber};
use cloud_core::purchase::{self, Errand, Payment};
use cloud_core::sms::{CarrierAnswer, Receipt};

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Event {
    Client(usize),
    /// The carrier's answer reaches the process that asked, if that still lives.
    Answer {
        life: u64,
        call: u64,
        answers: Vec<(MessageKey, CarrierAnswer)>,
    },
    Receipt {
        receipt: Receipt,
        tries: u32,
    },
    /// The process asks for receipts, or has some that are still to be kept.
    Fetch {
        life: u64,
        page: Vec<Receipt>,
    },
    /// What came of an errand to the payment provider reaches the process that ran it, if that still lives.
    Errand {
        life: u64,
        errand: Errand,
        learned: Option<purchase::Ask>,
    },
    /// Somebody pays.
    Guest(TradeNumber),
    /// The payment provider calls back.
    Notice(Found),
    /// Something was kept: the worker looks what is next.
    News,
    /// It looks now and then all the same: what was postponed comes due in silence.
    Look,
    /// The clock is asked what is due.
    Tidy,
    Commit,
    Start,
}

/// Money came in.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) number: TradeNumber,
    pub(super) payment: Payment,
    /// Whether it is told until it is taken.
    pub(super) insists: bool,
}

/// Who waits for a commit.
#[derive(Debug)]
pub(super) enum Asker {
    Client(usize),
    Worker,
    Answer {
        call: u64,
        answers: Vec<(MessageKey, CarrierAnswer)>,
    },
    Carrier {
        receipt: Receipt,
        tries: u32,
    },
    Fetcher {
        page: Vec<Receipt>,
    },
    Provider(Found),
    /// A process that must know what was under way before it lets anybody in.
    Starter,
    Nobody,
}
