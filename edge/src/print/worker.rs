//! The task of one printer: takes the next slip, prints it, and knows how the printer is. It tries again for as
//! long as it takes; what grows too old meanwhile, the spool sets aside.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use edge_core::slip::{Mark, paper_columns};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use shared::id::PrinterId;
use shared::kitchen::Printer;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{info, warn};

use super::language::Said;
use super::link::Link;
use super::spooler::Spooler;
use super::{PrintError, PrinterState};
use crate::store::spool::{DueSlip, SlipId, Waiting};

/// Between two tries, from the first to the longest: a printer that was switched on prints at once.
const AGAIN: std::ops::RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(5);
/// A printer with nothing to do is asked this often how it is.
const LOOK: Duration = Duration::from_secs(15);
/// One that did not print is asked more often: somebody has just put paper in and wants to see it.
const LOOK_TROUBLED: Duration = Duration::from_secs(3);
/// A slip takes two seconds. Who is well and has not said in this time that it is printed, never will.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same of a printer that never said so.
const PATIENCE_SHORT: Duration = Duration::from_secs(1);
/// A slip that comes out later than this says so.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// One printer's task.
pub(super) struct Worker {
    pub(super) spooler: Spooler,
    pub(super) states: watch::Sender<BTreeMap<PrinterId, PrinterState>>,
    pub(super) zone: TimeZone,
    pub(super) stale_after: Duration,
    /// What is known of the printer.
    pub(super) pace: Pace,
}

/// How a printer is dealt with, as far as it has shown itself. A change of the plan begins anew.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How long to leave it alone after the next failure.
    again: Duration,
    /// When to look how it is.
    look_at: Instant,
    /// It has answered a question before: silence is trouble.
    has_answered: bool,
    /// It says when all is printed. It is thought to until it does not.
    says_when_printed: bool,
}

impl Default for Pace {
    fn default() -> Self {
        let (again, look_at) = (*AGAIN.start(), Instant::now());
        Self { again, look_at, has_answered: false, says_when_printed: true }
    }
}

/// What a printer's task waits for.
enum Rest {
    /// Nothing: there may be more to print.
    Not,
    /// A moment: a printer that does not print is left alone for a while.
    Until(Instant),
    /// A slip, or a moment to look how the printer is.
    UntilAsked(Instant),
}

/// Why a slip is not on paper, or not known to be.
struct NotPrinted {
    state: PrinterState,
    /// Some of it was sent.
    doubtful: bool,
}

impl From<io::Error> for NotPrinted {
    fn from(error: io::Error) -> Self {
        Self { state: PrinterState::Unreachable { reason: error.to_string() }, doubtful: false }
    }
}

impl Worker {
    /// Prints until there is no such printer in the plan any more.
    pub(super) async fn run(mut self, mut planned: watch::Receiver<Printer>) {
        let mut waiting = self.spooler.waiting();
        loop {
            let printer = planned.borrow_and_update().clone();
            let rest = match self.next(&printer).await {
                Ok(Some(due)) => self.take(&printer, due, &mut planned).await,
                Ok(None) => Rest::UntilAsked(self.look_if_due(&printer).await),
                // The spool has said why.
                Err(_) => Rest::Until(Instant::now() + *AGAIN.end()),
            };
            tokio::select! {
                biased;
                changed = planned.changed() => match changed {
                    Ok(()) => self.pace = Pace::default(),
                    Err(_) => return self.leave(&printer).await,
                },
                () = self.rest(rest, &mut waiting, &printer) => {}
            }
        }
    }

    /// Prints a slip, unless the plan changes meanwhile: the printer may be another now, and this one without paper
    /// for ever.
    async fn take(
        &mut self,
        printer: &Printer,
        due: DueSlip,
        planned: &mut watch::Receiver<Printer>,
    ) -> Rest {
        let slip = due.id;
        let printed = tokio::select! {
            printed = self.print(printer, due) => printed,
            changed = planned.changed() => {
                if changed.is_ok() {
                    planned.mark_changed();
                }
                // When this fails, the spool has said why.
                let _ = self.spooler.ask(move |spool| spool.not_printed(slip, true)).await;
                return Rest::Not;
            }
        };
        match printed {
            Ok(state) => {
                self.show(printer, state);
                (self.pace.again, self.pace.look_at) = (*AGAIN.start(), Instant::now() + LOOK);
                Rest::Not
            }
            Err(state) => {
                self.show(printer, state);
                let again = self.pace.again;
                self.pace.again = (again * 2).min(*AGAIN.end());
                self.pace.look_at = Instant::now() + LOOK_TROUBLED;
                Rest::Until(Instant::now() + again)
            }
        }
    }

    /// Asks a printer that has nothing to do how it is, if it is time to. Returns when it is time again.
    async fn look_if_due(&mut self, printer: &Printer) -> Instant {
        if self.pace.look_at <= Instant::now() {
            let state = match self.reach(printer).await {
                Ok((link, said)) => {
                    link.close().await;
                    state_of(said)
                }
                Err(error) => NotPrinted::from(error).state,
            };
            self.pace.look_at = Instant::now() + if state.prints() { LOOK } else { LOOK_TROUBLED };
            self.show(printer, state);
        }
        self.pace.look_at
    }

    async fn rest(
        &self,
        rest: Rest,
        waiting: &mut watch::Receiver<BTreeMap<PrinterId, Waiting>>,
        printer: &Printer,
    ) {
        match rest {
            Rest::Not => {}
            Rest::Until(moment) => sleep_until(moment).await,
            Rest::UntilAsked(moment) => {
                let has_slips = |all: &BTreeMap<PrinterId, Waiting>| {
                    all.get(&printer.printer).is_some_and(|waiting| waiting.waiting > 0)
                };
                // It comes late, or the spool has gone, and then the next question says so.
                drop(timeout_at(moment, waiting.wait_for(has_slips)).await);
            }
        }
    }

    async fn next(&self, printer: &Printer) -> Result<Option<DueSlip>, PrintError> {
        let (id, limit) = (printer.printer.clone(), self.stale_after);
        let limit = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX);
        self.spooler.ask(move |spool| spool.next(&id, Timestamp::now(), limit)).await
    }

    /// Prints a slip and notes what has become of it. Errors: how the printer is that did not.
    async fn print(&mut self, printer: &Printer, due: DueSlip) -> Result<PrinterState, PrinterState> {
        let id = due.id;
        let noted = match self.try_to_print(printer, due).await {
            Ok(state) => self.spooler.ask(move |spool| spool.printed(id)).await.map(|()| Ok(state)),
            Err(NotPrinted { state, doubtful }) => {
                self.spooler.ask(move |spool| spool.not_printed(id, doubtful)).await.map(|()| Err(state))
            }
        };
        noted.unwrap_or(Err(PrinterState::Offline))
    }

    async fn try_to_print(&mut self, printer: &Printer, due: DueSlip) -> Result<PrinterState, NotPrinted> {
        let (mut link, said) = self.reach(printer).await?;
        let state = state_of(said);
        if !state.prints() {
            return Err(NotPrinted { state, doubtful: false });
        }
        self.note_sending(due.id).await?;
        let doubtful = |error: io::Error| NotPrinted { doubtful: true, ..NotPrinted::from(error) };
        let slip = self.marks(&due).iter().fold(due.slip, |slip, mark| slip.marked(mark, printer.paper));
        link.send(&slip, paper_columns(printer.paper)).await.map_err(doubtful)?;
        if said.is_some() {
            let patience = if self.pace.says_when_printed { PATIENCE } else { PATIENCE_SHORT };
            let tell = |said| self.show(printer, state_of(Some(said)));
            self.pace.says_when_printed = link.until_printed(patience, tell).await.map_err(doubtful)?;
        }
        link.close().await;
        Ok(state)
    }

    /// Opens the way to the printer and asks how it is. Errors: it is away, or silent although it has answered
    /// before.
    async fn reach(&mut self, printer: &Printer) -> io::Result<(Link, Option<Said>)> {
        let mut link = Link::open(&printer.at).await?;
        let said = link.ask().await?;
        if said.is_none() && self.pace.has_answered {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it has fallen silent"));
        }
        self.pace.has_answered |= said.is_some();
        Ok((link, said))
    }

    async fn note_sending(&self, slip: SlipId) -> Result<(), NotPrinted> {
        let noted = self.spooler.ask(move |spool| spool.sending(slip)).await;
        noted.map_err(|_| NotPrinted { state: PrinterState::Offline, doubtful: false })
    }

    fn marks(&self, due: &DueSlip) -> Vec<Mark> {
        let now = Timestamp::now();
        let is_late = due.released || now.duration_since(due.made_at) > LATE;
        let late = is_late.then(|| Mark::Late(now.to_zoned(self.zone.clone()).time()));
        late.into_iter().chain(due.doubtful.then_some(Mark::Again)).collect()
    }

    /// Tells a change and logs it, once, not at every try.
    fn show(&self, printer: &Printer, state: PrinterState) {
        self.states.send_if_modified(|states| {
            // A printer that has been let go is not shown any more.
            let Some(shown) = states.get_mut(&printer.printer) else { return false };
            if *shown == state {
                return false;
            }
            match (&state, &*shown) {
                (PrinterState::Ready | PrinterState::Mute, PrinterState::Starting) => {}
                (PrinterState::Ready | PrinterState::Mute, _) => {
                    info!(printer.id = %printer.printer, "it prints")
                }
                (_, _) => warn!(printer.id = %printer.printer, ?state, "a printer does not print"),
            }
            *shown = state;
            true
        });
    }

    /// What waits for a printer that there is no more will never be printed.
    async fn leave(self, printer: &Printer) {
        let id = printer.printer.clone();
        let forgotten = self.spooler.ask(move |spool| spool.forget(&id)).await.unwrap_or(0);
        if forgotten > 0 {
            warn!(printer.id = %printer.printer, slips = forgotten, "slips of a printer that there is no more were dropped");
        }
    }
}

fn state_of(said: Option<Said>) -> PrinterState {
    match said {
        None => PrinterState::Mute,
        Some(Said { paper_out: true, .. }) => PrinterState::PaperOut,
        Some(Said { cover_open: true, .. }) => PrinterState::CoverOpen,
        Some(Said { offline: true, .. }) => PrinterState::Offline,
        Some(Said { paper_out: false, cover_open: false, offline: false }) => PrinterState::Ready,
    }
}
