//! Kitchen tickets on paper (小票), by choice and as a fall-back: from the journal into a spool of its own, and from
//! there to each printer by a task of its own.
//!
//! Nobody waits here. Orders do not know that there are printers, a printer that is away holds up no other, and
//! what comes too late is not printed unasked: somebody decides.

mod crew;
mod language;
mod link;
mod outlet;
mod spooler;
mod worker;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use edge_core::number::DayRule;
use edge_core::slip::Slip;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::id::{PrinterId, StreamId};
use shared::kitchen::{KitchenPlan, PrintMode, Printer};
use shared::menu::Name;
use tokio::sync::watch;
use tracing::{error, info};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::counter::Counter;
use crate::devices::DeviceList;
use crate::screens::Attendance;
use crate::status::PartState;
use crate::store::JournalReader;
use crate::store::spool::{ListedSlip, NewSlip, SlipId, Waiting};

use crew::Crew;
use outlet::Outlet;
use spooler::Spooler;

/// Slips of one printer that a list shows. Whoever has more waiting drops them by the score.
const LISTED_MAX: usize = 100;

/// The `[print]` part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrintSettings {
    /// A slip older than this is not printed unasked, in seconds.
    pub stale_after_s: u32,
    /// How long a station's screens may be away before its fall-back printers stand in, in seconds.
    pub fallback_after_s: u32,
}

/// What printing needs to know of the shop.
pub struct Kitchen {
    /// Tells what is kept, and knows what is open.
    pub counter: Counter,
    /// The plan at the start. Later ones come with the journal.
    pub plan: KitchenPlan,
    /// The shop's days and time of day.
    pub days: DayRule,
    /// The shop's devices, now and at every change.
    pub devices: watch::Receiver<Arc<DeviceList>>,
    /// Which of them are there, now and at every change. At the start none can have come back yet.
    pub attendance: watch::Receiver<Attendance>,
    /// The journal's incarnation and its last fact.
    pub journal: (StreamId, u64),
}

/// How a printer is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PrinterState {
    /// It has not been asked yet.
    #[default]
    Starting,
    /// It prints.
    Ready,
    /// It takes what it is sent, and tells nothing about itself.
    Mute,
    /// Nobody answers.
    Unreachable {
        /// For the person who looks after it.
        reason: String,
    },
    /// It has no paper.
    PaperOut,
    /// Its cover is open.
    CoverOpen,
    /// It does not print, and does not say why.
    Offline,
}

impl PrinterState {
    /// Whether slips come out.
    pub fn prints(&self) -> bool {
        match self {
            Self::Ready | Self::Mute => true,
            Self::Starting | Self::Unreachable { .. } | Self::PaperOut | Self::CoverOpen | Self::Offline => {
                false
            }
        }
    }
}

/// A printer in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PrinterReport {
    /// Its id.
    pub printer: PrinterId,
    /// Its name.
    pub name: Name,
    /// When it prints.
    pub prints: PrintMode,
    /// How it is.
    #[serde(flatten)]
    pub state: PrinterState,
    /// What it still has, oldest first; the first hundred.
    pub slips: Vec<ListedSlip>,
}

/// Why nothing could be done about a printer or a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// The plan has no such printer.
    #[error("there is no such printer")]
    UnknownPrinter,
    /// There is no such slip, or nobody has to decide about it any more.
    #[error("there is no such slip to decide about")]
    UnknownSlip,
    /// The spool could not be read or written.
    #[error("the print spool does not answer")]
    SpoolDown,
}

/// Speaks to the printers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Printing {
    spooler: Spooler,
    plan: watch::Receiver<Arc<KitchenPlan>>,
    states: watch::Receiver<BTreeMap<PrinterId, PrinterState>>,
}

/// Starts it. It cannot fail: without a spool the shop works all the same, and the status page says so.
pub fn start(settings: PrintSettings, folder: &Path, kitchen: Kitchen) -> Printing {
    let (plan, planned) = watch::channel(Arc::new(kitchen.plan.clone()));
    let (tell_states, states) = watch::channel(BTreeMap::new());
    let opened = Spooler::open(folder).and_then(|spooler| Ok((spooler, JournalReader::open(folder)?)));
    let (spooler, journal) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            error!(%error, "there is no print spool; nothing is printed");
            return Printing { spooler: Spooler::down(), plan: planned, states };
        }
    };
    let stale_after = Duration::from_secs(settings.stale_after_s.into());
    let crew = Crew::new(spooler.clone(), tell_states, kitchen.days.zone.clone(), stale_after);
    let patience = Duration::from_secs(settings.fallback_after_s.into());
    let told = kitchen.counter.listen();
    let outlet = Outlet { journal, spooler: spooler.clone(), kitchen, plan, crew, patience };
    tokio::spawn(outlet.follow(told));
    Printing { spooler, plan: planned, states }
}

impl Printing {
    /// Every printer of the plan, how it is, and what it still has. Errors: [`PrintError::SpoolDown`].
    pub async fn report(&self) -> Result<Vec<PrinterReport>, PrintError> {
        let plan = self.plan.borrow().clone();
        let mut reports = Vec::new();
        for Printer { printer, name, prints, .. } in &plan.printers {
            let asked = printer.clone();
            let slips = self.spooler.ask(move |spool| spool.list(&asked, LISTED_MAX)).await?;
            let state = self.states.borrow().get(printer).cloned().unwrap_or_default();
            reports.push(PrinterReport {
                printer: printer.clone(),
                name: name.clone(),
                prints: *prints,
                state,
                slips,
            });
        }
        Ok(reports)
    }

    /// Puts a test page into the spool. Errors: [`PrintError`].
    pub async fn print_test_page(&self, printer: &PrinterId) -> Result<(), PrintError> {
        let plan = self.plan.borrow().clone();
        let known = plan.printers.iter().find(|known| known.printer == *printer);
        let known = known.ok_or(PrintError::UnknownPrinter)?;
        let slip = Slip::test_page(&known.name.zh, known.paper);
        let source = format!("test/{}", Uuid::new_v4());
        let new = NewSlip { source, printer: printer.clone(), made_at: Timestamp::now(), slip };
        self.spooler.ask(move |spool| spool.add(&new)).await
    }

    /// A stale slip is to be printed all the same. Errors: [`PrintError`].
    pub async fn release(&self, slip: SlipId) -> Result<(), PrintError> {
        let released = self.spooler.ask(move |spool| spool.release(slip, Timestamp::now())).await?;
        info!(slip.id = slip.0, released, "a late slip is to be printed");
        if released { Ok(()) } else { Err(PrintError::UnknownSlip) }
    }

    /// A stale slip is not wanted. Errors: [`PrintError`].
    pub async fn drop_stale(&self, slip: SlipId) -> Result<(), PrintError> {
        let dropped = self.spooler.ask(move |spool| spool.drop_stale(slip)).await?;
        info!(slip.id = slip.0, dropped, "a late slip is not to be printed");
        if dropped { Ok(()) } else { Err(PrintError::UnknownSlip) }
    }

    /// The printers as one part of the box, now and at every change.
    pub fn as_part(&self) -> watch::Receiver<PartState> {
        let (states, plan, waiting) = (self.states.clone(), self.plan.clone(), self.spooler.waiting());
        let (tell, part) = watch::channel(part_of(&plan.borrow(), &states.borrow(), &waiting.borrow()));
        let is_down = self.spooler.is_down();
        if is_down {
            tell.send_replace(PartState::failed("down", "the print spool cannot be opened"));
            return part;
        }
        tokio::spawn(tell_part(tell, plan, states, waiting));
        part
    }
}

async fn tell_part(
    tell: watch::Sender<PartState>,
    mut plan: watch::Receiver<Arc<KitchenPlan>>,
    mut states: watch::Receiver<BTreeMap<PrinterId, PrinterState>>,
    mut waiting: watch::Receiver<BTreeMap<PrinterId, Waiting>>,
) {
    loop {
        let changed = tokio::select! {
            changed = plan.changed() => changed,
            changed = states.changed() => changed,
            changed = waiting.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
        let part =
            part_of(&plan.borrow_and_update(), &states.borrow_and_update(), &waiting.borrow_and_update());
        tell.send_if_modified(|told| {
            let differs = *told != part;
            *told = part;
            differs
        });
    }
}

/// All printers in one word: the first that does not print, or how many slips wait for a decision.
fn part_of(
    plan: &KitchenPlan,
    states: &BTreeMap<PrinterId, PrinterState>,
    waiting: &BTreeMap<PrinterId, Waiting>,
) -> PartState {
    if plan.printers.is_empty() {
        return PartState::ok("no_printers");
    }
    let state = |printer: &Printer| states.get(&printer.printer).cloned().unwrap_or_default();
    let stuck: Vec<_> = plan.printers.iter().filter(|printer| !state(printer).prints()).collect();
    let stale: u32 = waiting.values().map(|waiting| waiting.stale).sum();
    if !stuck.is_empty() {
        let names: Vec<_> = stuck.iter().map(|printer| printer.name.zh.as_str()).collect();
        PartState::failed("not_printing", names.join("、"))
    } else if stale > 0 {
        PartState::failed("undecided", format!("{stale} late slips"))
    } else {
        PartState::ok("printing")
    }
}
