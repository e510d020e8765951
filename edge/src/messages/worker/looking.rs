//! From what was kept to what is to be told: commits as they are told of, and the journal where they were missed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use edge_core::messages::{House, QueueTime, first_due};
use serde_json::value::RawValue;
use shared::fact::{Fact, Recorded};
use shared::order::OrderView;
use tokio::sync::broadcast;

use super::Worker;
use crate::counter::Told;
use crate::store::messages::News;

/// Facts that are read at once …
const FACTS_MAX: usize = 256;
/// … and bytes: an order of a hundred lines with long notes has 60 KB.
const BYTES_MAX: usize = 1024 * 1024;
/// Facts that a start may look at once more because nothing was told of them.
const LOOK_AGAIN_MAX: u64 = 4096;

impl Worker {
    /// Looks at a commit, and with it at all that have come in the meantime: in a rush they cost one transaction.
    pub(super) fn look_at_news(
        &mut self,
        first: Arc<Told>,
        told: &mut broadcast::Receiver<Arc<Told>>,
    ) -> anyhow::Result<()> {
        if first.after > self.seen {
            return self.catch_up();
        }
        let mut commits = vec![first];
        let mut facts = commits[0].facts.len();
        while facts < FACTS_MAX
            && let Ok(next) = told.try_recv()
        {
            facts += next.facts.len();
            commits.push(next);
        }
        let (now, seen) = (self.now(), self.seen);
        let called = commits.iter().flat_map(|news| {
            let new = news.facts.iter().filter(|recorded| recorded.seq > seen);
            new.map(|recorded| (recorded, news.order_of(recorded), now))
        });
        self.look_at(called.collect())
    }

    /// Looks at all that is in the journal and was not looked at.
    pub(super) fn catch_up(&mut self) -> anyhow::Result<()> {
        loop {
            let bodies = self.journal.facts_from(self.seen + 1, FACTS_MAX, BYTES_MAX)?;
            if bodies.is_empty() {
                return Ok(());
            }
            let facts = bodies.iter().map(|body| read(body)).collect::<anyhow::Result<Vec<_>>>()?;
            let orders = facts.iter().map(|recorded| self.order_after(recorded));
            let orders = orders.collect::<anyhow::Result<Vec<_>>>()?;
            let called: Vec<_> = facts
                .iter()
                .zip(&orders)
                .map(|(recorded, order)| (recorded, order.as_ref(), self.happened(recorded)))
                .collect();
            self.look_at(called)?;
        }
    }

    fn order_after(&self, recorded: &Recorded) -> anyhow::Result<Option<OrderView>> {
        let order = recorded.fact.order().map(|_| self.journal.order_at(recorded.seq)).transpose()?;
        Ok(order.flatten().map(|order| order.view().clone()))
    }

    /// When a fact of the journal happened, in queue time.
    fn happened(&self, recorded: &Recorded) -> QueueTime {
        let age = self.around.clock.read().at.duration_since(recorded.at);
        self.now().before(Duration::try_from(age).unwrap_or_default())
    }

    /// Writes down what facts call for, and that they were looked at.
    fn look_at(&mut self, called: Vec<(&Recorded, Option<&OrderView>, QueueTime)>) -> anyhow::Result<()> {
        let Some(last) = called.last().map(|(recorded, ..)| recorded.seq) else { return Ok(()) };
        let (devices, stream) = (self.devices(), self.stream());
        let (mut settings, mut records) = (self.settings.clone(), Vec::new());
        let mut is_rearranged = false;
        for (recorded, order, at) in called {
            if let Fact::AnnouncementsArranged { announcements } = &recorded.fact {
                settings = announcements.as_ref().clone();
                is_rearranged = true;
            }
            let house = House { settings: &settings, devices: &devices };
            let new = house.records(stream, recorded, order).into_iter();
            records.extend(new.map(|record| {
                let due = first_due(&record, at);
                (record, due)
            }));
        }
        // Facts of which nothing is told may be looked at again after a restart: nothing is told of them then
        // either. Only not under other settings, and not for ever.
        let is_far = last / LOOK_AGAIN_MAX > self.seen / LOOK_AGAIN_MAX;
        if !records.is_empty() || is_rearranged || is_far {
            self.keep(&News { records: &records, changes: &[], seen: Some(last) })?;
        }
        (self.settings, self.seen) = (settings, last);
        self.take(records);
        Ok(())
    }
}

fn read(body: &RawValue) -> anyhow::Result<Recorded> {
    serde_json::from_str(body.get()).context("the journal holds what is not a fact")
}
