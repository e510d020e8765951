//! The thread that has the spool. Everybody asks it over one channel: a slow disk holds up neither the tasks of
//! the printers nor anything else.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;

use shared::id::PrinterId;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::warn;

use super::PrintError;
use crate::store::StoreError;
use crate::store::spool::{Spool, Waiting};

/// Questions that may wait: each printer asks one at a time, and a page some more.
const QUESTIONS_MAX: usize = 64;

type Question = Box<dyn FnOnce(&mut Spool) + Send>;

/// Asks the spool. Cheap to clone; the thread ends with the last one.
#[derive(Debug, Clone)]
pub(super) struct Spooler {
    questions: mpsc::Sender<Question>,
    waiting: watch::Receiver<BTreeMap<PrinterId, Waiting>>,
}

impl Spooler {
    /// Opens the spool in `folder` and starts its thread.
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        let spool = Spool::open(folder)?;
        let (tell, waiting) = watch::channel(spool.waiting()?);
        let (questions, asked) = mpsc::channel(QUESTIONS_MAX);
        thread::spawn(move || answer(spool, asked, &tell));
        Ok(Self { questions, waiting })
    }

    /// One that nobody answers.
    pub(super) fn down() -> Self {
        Self { questions: mpsc::channel(1).0, waiting: watch::channel(BTreeMap::new()).1 }
    }

    /// Whether nobody answers.
    pub(super) fn is_down(&self) -> bool {
        self.questions.is_closed()
    }

    /// How much every printer has, now and at every change.
    pub(super) fn waiting(&self) -> watch::Receiver<BTreeMap<PrinterId, Waiting>> {
        self.waiting.clone()
    }

    /// Does something with the spool. Errors: [`PrintError::SpoolDown`]; the cause is logged here.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Spool) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PrintError> {
        let (reply, answer) = oneshot::channel();
        let question = move |spool: &mut Spool| {
            let answered = question(spool).map_err(|error| {
                warn!(%error, "the print spool refused");
                PrintError::SpoolDown
            });
            // Whoever asked may have gone.
            drop(reply.send(answered));
        };
        self.questions.send(Box::new(question)).await.map_err(|_| PrintError::SpoolDown)?;
        answer.await.unwrap_or(Err(PrintError::SpoolDown))
    }
}

fn answer(
    mut spool: Spool,
    mut asked: mpsc::Receiver<Question>,
    tell: &watch::Sender<BTreeMap<PrinterId, Waiting>>,
) {
    while let Some(question) = asked.blocking_recv() {
        question(&mut spool);
        match spool.waiting() {
            Ok(waiting) => {
                tell.send_if_modified(|told| {
                    let differs = *told != waiting;
                    *told = waiting;
                    differs
                });
            }
            Err(error) => warn!(%error, "the print spool cannot be counted"),
        }
    }
}
