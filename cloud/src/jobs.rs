//! Work that nobody waits for: sending messages (S9, S10), and what the clock makes due.
//!
//! What to send next, and what an answer means, is decided in the core. A message is given to the carrier only
//! when "paid, and being submitted" is kept; whatever happens after that, it is never given to it blindly again.

use std::sync::Arc;
use std::time::Duration;

use cloud_core::carrier::CarrierAccount;
use cloud_core::command::Command;
use cloud_core::entry::Entry;
use cloud_core::id::MessageKey;
use cloud_core::sms::{CarrierAnswer, Kind, Message};
use cloud_core::state::{State, handed_out};
use tokio::task::JoinSet;

use crate::gateway::{Call, Carriers, Words};
use crate::journal::{Fault, Journal};

/// How often postponed messages are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the clock is asked what is due.
const TIDY_EVERY: Duration = Duration::from_secs(60);
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How many messages may be at the carrier at once.
#[derive(Debug, Clone, Copy)]
pub struct Hands {
    /// Of any kind.
    pub any: usize,
    /// For verification codes besides.
    pub verification: usize,
}

/// One or many messages on their way to the carrier.
struct Errand {
    keys: Vec<MessageKey>,
    kind: Kind,
    account: Arc<CarrierAccount>,
    call: Call,
}

/// Sends messages until the journal ends.
pub async fn send(journal: Journal, carriers: Arc<Carriers>, hands: Hands) {
    let mut at_carrier = JoinSet::new();
    let mut busy = Busy::default();
    let mut news = journal.news();
    loop {
        let free = busy.free(hands);
        match take(&journal, free).await {
            Ok(errands) => {
                for errand in errands {
                    busy.begins(errand.kind);
                    at_carrier.spawn(run(errand, journal.clone(), Arc::clone(&carriers)));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "no messages to send could be taken");
                tokio::time::sleep(PAUSE_MIN).await;
            }
        }
        tokio::select! {
            () = news.heard() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            Some(ended) = at_carrier.join_next() => match ended {
                Ok(kind) => busy.ends(kind),
                Err(error) => {
                    tracing::error!(%error, "sending a message broke off; it stays in doubt, and its hand busy, until a restart");
                }
            },
        }
        while let Some(Ok(kind)) = at_carrier.try_join_next() {
            busy.ends(kind);
        }
    }
}

/// Asks the clock what is due, at once and every minute (S2, S10).
pub async fn tidy(journal: Journal) {
    let mut every = tokio::time::interval(TIDY_EVERY);
    loop {
        every.tick().await;
        let figures = |state: &State, entries: &[Entry]| {
            (state.messages_waiting(), state.parcels_waiting(), entries.len())
        };
        match journal.ask(Command::Tidy, figures).await {
            Ok((waiting, parcels, due)) => {
                metrics::gauge!("chuancai_messages_waiting").set(waiting as f64);
                metrics::gauge!("chuancai_relays_waiting").set(parcels as f64);
                if due > 0 {
                    tracing::info!(due, "the clock made things due");
                }
            }
            Err(error) => tracing::warn!(%error, "what is due could not be kept; it is tried again"),
        }
    }
}

async fn take(journal: &Journal, free: Hands) -> Result<Vec<Errand>, Fault> {
    if free.any == 0 && free.verification == 0 {
        return Ok(Vec::new());
    }
    journal.ask(Command::Take { any: free.any, verification: free.verification }, errands).await
}

/// Messages that go out together are one errand.
fn errands(state: &State, entries: &[Entry]) -> Vec<Errand> {
    let messages: Vec<_> = handed_out(entries).filter_map(|key| state.message(key)).collect();
    let together = messages.chunk_by(|one, next| one.reference == next.reference);
    together.filter_map(|messages| errand(state, messages)).collect()
}

fn errand(state: &State, messages: &[&Message]) -> Option<Errand> {
    let first = messages.first()?;
    let account = state.carrier(first.carrier.as_ref()?)?;
    Some(Errand {
        keys: messages.iter().map(|message| message.key.clone()).collect(),
        kind: first.wish.kind,
        account: Arc::clone(account),
        call: Call {
            reference: first.reference.0,
            words: words_of(state, messages)?,
            phones: messages.iter().map(|message| message.wish.phone.clone()).collect(),
        },
    })
}

/// What a call says: one message alone its own text, and those of a batch the text of all of them, or each its own.
fn words_of(state: &State, messages: &[&Message]) -> Option<Words> {
    let (first, others) = messages.split_first()?;
    if others.is_empty() {
        return Some(Words::Text(first.wish.text.clone()));
    }
    let batch = state.batch(&first.key.brand, first.wish.batch?)?;
    let Some((pattern, of_all)) = batch.wish.words_of_each() else {
        return Some(Words::Text(first.wish.text.clone()));
    };
    let parameters = messages.iter().map(|message| of_all.get(&message.wish.phone).cloned());
    Some(Words::ToEach { pattern, parameters: parameters.collect::<Option<_>>()? })
}

/// One call: given to the carrier once, and its answers kept, however long that takes.
async fn run(errand: Errand, journal: Journal, carriers: Arc<Carriers>) -> Kind {
    let answers = carriers.submit(&errand.account, &errand.call).await;
    for (_, answer) in &answers {
        metrics::counter!("chuancai_carrier_answers", "answer" => word(answer)).increment(1);
    }
    let of = |(place, answer): (usize, _)| (errand.keys[place].clone(), answer);
    let command = Command::Answered { answers: answers.into_iter().map(of).collect() };
    let mut pause = PAUSE_MIN;
    while let Err(error) = journal.ask(command.clone(), |_, _| ()).await {
        tracing::warn!(%error, "the carrier's answer could not be kept; it is tried again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
    errand.kind
}

fn word(answer: &CarrierAnswer) -> &'static str {
    match answer {
        CarrierAnswer::Accepted { .. } => "accepted",
        CarrierAnswer::Refused { .. } => "refused",
        CarrierAnswer::Busy { .. } => "busy",
        CarrierAnswer::Unknown { .. } => "unknown",
    }
}

/// How many messages are at the carrier.
#[derive(Debug, Default)]
struct Busy {
    verification: usize,
    others: usize,
}

impl Busy {
    fn begins(&mut self, kind: Kind) {
        *self.of(kind) += 1;
    }

    fn ends(&mut self, kind: Kind) {
        *self.of(kind) -= 1;
    }

    fn of(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Verification => &mut self.verification,
            Kind::Notification | Kind::Marketing => &mut self.others,
        }
    }

    /// Verification codes use their own hands first.
    fn free(&self, hands: Hands) -> Hands {
        let borrowed = self.verification.saturating_sub(hands.verification);
        Hands {
            any: hands.any.saturating_sub(self.others + borrowed),
            verification: hands.verification.saturating_sub(self.verification),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s9_hands_are_kept_free_for_verification_codes() {
        let hands = Hands { any: 2, verification: 1 };
        let mut busy = Busy::default();
        busy.begins(Kind::Marketing);
        busy.begins(Kind::Marketing);
        let free = busy.free(hands);
        assert_eq!((free.any, free.verification), (0, 1));
        busy.begins(Kind::Verification);
        assert_eq!(busy.free(hands).verification, 0);
        busy.ends(Kind::Marketing);
        busy.begins(Kind::Verification);
        assert_eq!(busy.free(hands).any, 0, "a second code uses a common hand");
    }
}
