//! One task for each printer of the plan: hired, told of changes, and let go with the plan.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use shared::id::PrinterId;
use shared::kitchen::{KitchenPlan, Printer};
use tokio::sync::watch;

use super::PrinterState;
use super::spooler::Spooler;
use super::worker::{Pace, Worker};

/// The tasks at work.
pub(super) struct Crew {
    spooler: Spooler,
    states: watch::Sender<BTreeMap<PrinterId, PrinterState>>,
    zone: TimeZone,
    stale_after: Duration,
    at_work: BTreeMap<PrinterId, watch::Sender<Printer>>,
}

impl Crew {
    /// Nobody yet.
    pub(super) fn new(
        spooler: Spooler,
        states: watch::Sender<BTreeMap<PrinterId, PrinterState>>,
        zone: TimeZone,
        stale_after: Duration,
    ) -> Self {
        Self { spooler, states, zone, stale_after, at_work: BTreeMap::new() }
    }

    /// Brings it to this plan. A printer that stays goes on with what it is doing.
    pub(super) fn follow(&mut self, plan: &KitchenPlan) {
        let in_plan = |id: &PrinterId| plan.printers.iter().any(|printer| printer.printer == *id);
        self.at_work.retain(|id, _| in_plan(id));
        self.states.send_modify(|states| states.retain(|id, _| in_plan(id)));
        for printer in &plan.printers {
            match self.at_work.get(&printer.printer) {
                Some(told) => {
                    told.send_if_modified(|told| {
                        let differs = told != printer;
                        told.clone_from(printer);
                        differs
                    });
                }
                None => self.hire(printer),
            }
        }
    }

    fn hire(&mut self, printer: &Printer) {
        let (tell, told) = watch::channel(printer.clone());
        self.states
            .send_modify(|states| drop(states.insert(printer.printer.clone(), PrinterState::Starting)));
        let worker = Worker {
            spooler: self.spooler.clone(),
            states: self.states.clone(),
            zone: self.zone.clone(),
            stale_after: self.stale_after,
            pace: Pace::default(),
        };
        tokio::spawn(worker.run(told));
        self.at_work.insert(printer.printer.clone(), tell);
    }
}
