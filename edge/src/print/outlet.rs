//! From the journal into the spool: one of the listeners that are told after a commit.
//!
//! What it is told wakes it; what happened it reads from the journal, from where the spool says it had read to.
//! So nothing is lost when it lags, when the box restarts, or between the two databases; and nothing is spooled
//! twice, for slips and reading position are one commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use edge_core::slip::{Dark, Plan, Slip, Ticket};
use jiff::Timestamp;
use serde_json::value::RawValue;
use shared::fact::{Fact, Recorded};
use shared::id::PrinterId;
use shared::kitchen::KitchenPlan;
use shared::screen::Board;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::warn;

use super::Kitchen;
use super::crew::Crew;
use super::spooler::Spooler;
use crate::counter::Told;
use crate::store::JournalReader;
use crate::store::spool::{NewSlip, Reading};

/// Facts that are read at once.
const FACTS_MAX: usize = 256;
/// And bytes: an order of a hundred lines with long notes has 60 KB.
const BYTES_MAX: usize = 1024 * 1024;
/// Facts that a start may read once more because no slip came of them.
const READ_AGAIN_MAX: u64 = 4096;
/// After a failure of the disk.
const AGAIN: Duration = Duration::from_secs(5);

/// Reads the journal for the printers.
pub(super) struct Outlet {
    pub(super) journal: JournalReader,
    pub(super) spooler: Spooler,
    pub(super) kitchen: Kitchen,
    pub(super) plan: watch::Sender<Arc<KitchenPlan>>,
    pub(super) crew: Crew,
    /// How long screens may be away.
    pub(super) patience: Duration,
}

impl Outlet {
    /// Follows the journal until the counter stops.
    pub(super) async fn follow(mut self, mut told: broadcast::Receiver<Arc<Told>>) {
        self.crew.follow(&self.kitchen.plan);
        let (stream, last) = self.kitchen.journal;
        let mut reading = loop {
            match self.spooler.ask(move |spool| spool.reading(stream, last)).await {
                Ok(reading) => break reading,
                // The spool has said why.
                Err(_) => sleep(AGAIN).await,
            }
        };
        let mut dark_since = None;
        let mut again_at = self.has_printers().then(Instant::now);
        if again_at.is_none() {
            // What was ordered while there was no printer is printed by none that comes later.
            reading.seen = reading.seen.max(last);
        }
        loop {
            let devices = self.kitchen.devices.borrow_and_update().clone();
            let listening = self.kitchen.attendance.borrow_and_update().listening(&devices);
            let dark = Dark::of(&self.kitchen.plan, &listening);
            self.note_light(&mut reading, &dark).await;
            let newly_dark = dark.without(&reading.dark);
            if newly_dark.is_empty() {
                dark_since = None;
            }
            let stand_in_at = (!newly_dark.is_empty())
                .then(|| *dark_since.get_or_insert_with(Instant::now) + self.patience);
            let due = tokio::select! {
                news = told.recv() => match news {
                    Ok(news) if !self.has_printers() => self.pass_over(&news, &mut reading),
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => true,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                changed = self.kitchen.attendance.changed() => if changed.is_ok() { false } else { return },
                changed = self.kitchen.devices.changed() => if changed.is_ok() { false } else { return },
                () = until(again_at) => true,
                () = until(stand_in_at) => {
                    if let Err(error) = self.stand_in(&mut reading, dark).await {
                        warn!(error = format!("{error:#}"), "what a dark screen showed could not be printed");
                        dark_since = None;
                    }
                    false
                }
            };
            again_at = None;
            if due && let Err(error) = self.catch_up(&mut reading, u64::MAX).await {
                warn!(error = format!("{error:#}"), "the printers could not read the journal");
                again_at = Some(Instant::now() + AGAIN);
            }
        }
    }

    /// Where there is a screen again nobody has to stand in. It is noted at once: after a restart what screens have
    /// shown must not come out on paper.
    async fn note_light(&mut self, reading: &mut Reading, dark: &Dark) {
        let still_dark = reading.dark.and(dark);
        if still_dark != reading.dark {
            reading.dark = still_dark;
            // Without a spool nothing comes out either; it has said why.
            let _ = self.keep(Vec::new(), reading.clone()).await;
        }
    }

    fn has_printers(&self) -> bool {
        !self.kitchen.plan.printers.is_empty()
    }

    /// A shop without printers costs nothing: no fact is read but the one that brings a printer. Returns whether
    /// that is in the news.
    fn pass_over(&self, news: &Told, reading: &mut Reading) -> bool {
        let planned = news.facts.iter().find(|recorded| matches!(recorded.fact, Fact::KitchenPlanned { .. }));
        reading.seen = planned.map_or(news.revision, |planned| planned.seq - 1);
        planned.is_some()
    }

    /// Spools all that has been kept since, up to a revision.
    async fn catch_up(&mut self, reading: &mut Reading, up_to: u64) -> anyhow::Result<()> {
        while reading.seen < up_to {
            let bodies = self.journal.facts_from(reading.seen + 1, FACTS_MAX, BYTES_MAX)?;
            let facts = bodies
                .iter()
                .map(|body| read(body))
                .filter(|fact| !matches!(fact, Ok(fact) if fact.seq > up_to));
            let facts: Vec<_> = facts.collect::<anyhow::Result<_>>()?;
            let Some(last) = facts.last() else { return Ok(()) };
            anyhow::ensure!(last.seq > reading.seen, "fact {} stands after {}", last.seq, reading.seen);
            let next = Reading { seen: last.seq, dark: reading.dark.clone() };
            let mut slips = Vec::new();
            let same_visit =
                |a: &Recorded, b: &Recorded| a.request == b.request && a.fact.order() == b.fact.order();
            for facts in facts.chunk_by(same_visit) {
                self.spool_facts(facts, &reading.dark, &mut slips)?;
            }
            // Facts without slips may be read again after a restart: they have none then either. Only not for ever.
            let is_far = next.seen / READ_AGAIN_MAX > reading.seen / READ_AGAIN_MAX;
            if !slips.is_empty() || is_far {
                self.keep(slips, next.clone()).await?;
            }
            *reading = next;
        }
        Ok(())
    }

    fn spool_facts(
        &mut self,
        facts: &[Recorded],
        dark: &Dark,
        slips: &mut Vec<NewSlip>,
    ) -> anyhow::Result<()> {
        for recorded in facts {
            if let Fact::KitchenPlanned { plan } = &recorded.fact {
                self.kitchen.plan = plan.clone();
                self.crew.follow(plan);
                self.plan.send_replace(Arc::new(plan.clone()));
            }
        }
        let Some(last) = facts.last().filter(|last| self.has_printers() && last.fact.order().is_some())
        else {
            return Ok(());
        };
        let Some(order) = self.journal.order_at(last.seq)? else { return Ok(()) };
        let plan = Plan { kitchen: &self.kitchen.plan, dark, days: &self.kitchen.days };
        for ticket in Ticket::of(facts, order.view()) {
            slips.extend(addressed(&ticket.seq.to_string(), ticket.at, ticket.slips(&plan)));
        }
        Ok(())
    }

    /// Screens have been away for too long: what they showed and is still to do comes out now, and from now on what
    /// happens to it.
    async fn stand_in(&mut self, reading: &mut Reading, dark: Dark) -> anyhow::Result<()> {
        let board = self.kitchen.counter.board(None).await.context("asking for the board")?;
        self.catch_up(reading, board.revision).await?;
        let newly_dark = dark.without(&reading.dark);
        let slips = self.outstanding(&board, &newly_dark);
        let next = Reading { seen: reading.seen, dark };
        self.keep(slips, next.clone()).await?;
        *reading = next;
        Ok(())
    }

    fn outstanding(&self, board: &Board, dark: &Dark) -> Vec<NewSlip> {
        let plan = Plan { kitchen: &self.kitchen.plan, dark, days: &self.kitchen.days };
        let tickets =
            board.orders.iter().filter_map(|order| Ticket::outstanding(board.revision, board.now, order));
        let slips = tickets.flat_map(|ticket| {
            let source = format!("{}/{}/{}", board.revision, board.now.as_millisecond(), ticket.order.order);
            addressed(&source, ticket.at, ticket.slips(&plan))
        });
        slips.collect()
    }

    async fn keep(&mut self, slips: Vec<NewSlip>, reading: Reading) -> anyhow::Result<()> {
        self.spooler.ask(move |spool| spool.keep(&slips, &reading)).await.context("spooling")
    }
}

fn addressed(source: &str, made_at: Timestamp, slips: BTreeMap<PrinterId, Slip>) -> Vec<NewSlip> {
    let address = |(printer, slip): (PrinterId, Slip)| NewSlip {
        source: format!("{source}/{printer}"),
        printer,
        made_at,
        slip,
    };
    slips.into_iter().map(address).collect()
}

fn read(body: &RawValue) -> anyhow::Result<Recorded> {
    serde_json::from_str(body.get()).context("the journal holds what is not a fact")
}

/// Waits for a moment, or for ever.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
