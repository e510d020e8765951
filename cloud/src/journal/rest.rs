//! The moment after a commit in which the disk is left free, so that whoever asks in person finds no commit under way.
//!
//! What nobody waits for is kept when it is over, or with the next one who asks, whichever is first. After a pause
//! without commits nothing has to wait.

use std::io;
use std::time::Duration;

use cloud_core::state::State;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::{Ask, BATCH_MAX};

/// Receipts and the answers of carriers can wait so long; a carrier that brings a receipt waits as long for its answer.
const MOMENT: Duration = Duration::from_millis(20);

/// Until when the disk is left free.
pub(super) struct Rest {
    until: Instant,
    timer: Runtime,
}

impl Rest {
    /// A rest that is over. Errors: the system gives no timer.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { until: Instant::now(), timer: Builder::new_current_thread().enable_time().build()? })
    }

    /// There was a commit.
    pub(super) fn begin(&mut self) {
        self.until = Instant::now() + MOMENT;
    }

    /// Gathers more while the rest lasts and everything that was asked can wait.
    pub(super) fn wait_for_more(&self, state: &State, inbox: &mut mpsc::Receiver<Ask>, batch: &mut Vec<Ask>) {
        let can_wait = |ask: &Ask| ask.command.as_ref().is_some_and(|command| state.can_wait(command));
        let mut seen = 0;
        while batch.len() < BATCH_MAX && batch[seen..].iter().all(can_wait) {
            seen = batch.len();
            let more = async { timeout_at(self.until, inbox.recv_many(batch, BATCH_MAX - seen)).await };
            match self.timer.block_on(more) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cloud_core::command::Command;
    use cloud_core::dispatch::Rules;

    use super::*;

    fn asks(command: Option<Command>) -> Ask {
        Ask { command, view: Box::new(|_, _| Box::new(|| ())) }
    }

    fn receipts() -> Ask {
        asks(Some(Command::KeepReceipts { receipts: Vec::new() }))
    }

    /// How many go into one commit with a receipt, of those who ask besides.
    fn together(rest: &Rest, others: Vec<Ask>) -> usize {
        let (ask, mut inbox) = mpsc::channel(BATCH_MAX);
        others.into_iter().for_each(|other| ask.try_send(other).expect("room"));
        let mut batch = vec![receipts()];
        rest.wait_for_more(&State::new(Rules::default()), &mut inbox, &mut batch);
        batch.len()
    }

    #[test]
    fn s9_what_nobody_waits_for_goes_along_with_who_asks_next() {
        let mut rest = Rest::new().expect("a timer");
        assert_eq!(together(&rest, vec![]), 1, "the rest is over");
        rest.until = Instant::now() + Duration::from_secs(3600);
        let somebody_looks = asks(None);
        assert_eq!(together(&rest, vec![receipts(), receipts(), somebody_looks]), 4);
    }

    #[test]
    fn s9_who_asks_in_person_does_not_wait() {
        let mut rest = Rest::new().expect("a timer");
        rest.until = Instant::now() + Duration::from_secs(3600);
        let (_ask, mut inbox) = mpsc::channel(1);
        let mut batch = vec![receipts(), asks(None)];
        rest.wait_for_more(&State::new(Rules::default()), &mut inbox, &mut batch);
        assert_eq!(batch.len(), 2);
    }
}
