//! The worker that sends boxes' messages on by other channels (M9).
//!
//! What to send next, and what an answer means, is decided in the core. A channel is called only when "being sent" is
//! kept, and its answer is kept before anything else is known of it: a stop in between is an unknown outcome, which is
//! sent again with the same marks.

use std::sync::Arc;
use std::time::Duration;

use cloud_core::command::Command;
use cloud_core::entry::Entry;
use cloud_core::relay::Answer;
use cloud_core::state::{State, parcels_handed_out};
use tokio::task::JoinSet;

use crate::gateway::channels::{Channels, Errand};
use crate::journal::{Fault, Journal};

/// How often postponed messages are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How many messages may be under way at once.
#[derive(Debug, Clone, Copy)]
pub struct RelayHands {
    /// Of all brands.
    pub all: usize,
    /// Of one brand.
    pub per_brand: usize,
}

/// Sends until the journal ends.
pub async fn send(journal: Journal, channels: Arc<Channels>, hands: RelayHands) {
    let mut under_way = JoinSet::new();
    let mut news = journal.news();
    loop {
        match take(&journal, hands, under_way.len()).await {
            Ok(errands) => {
                for errand in errands {
                    under_way.spawn(run(errand, journal.clone(), Arc::clone(&channels)));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "no messages to send on could be taken");
                tokio::time::sleep(PAUSE_MIN).await;
            }
        }
        tokio::select! {
            () = news.heard() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            Some(ended) = under_way.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "sending a message on broke off; it is under way until a restart");
                }
            },
        }
        while under_way.try_join_next().is_some() {}
    }
}

async fn take(journal: &Journal, hands: RelayHands, busy: usize) -> Result<Vec<Errand>, Fault> {
    let free = hands.all.saturating_sub(busy);
    if free == 0 {
        return Ok(Vec::new());
    }
    let per_brand = hands.per_brand;
    journal.ask(Command::TakeParcels { hands: free, per_brand }, errands).await
}

fn errands(state: &State, entries: &[Entry]) -> Vec<Errand> {
    let errand = |parcel: &cloud_core::relay::Parcel| {
        let relayed = state.relayed(&parcel.relay)?;
        let channel = state.brand(&parcel.relay.brand)?.channels.get(&relayed.wish.channel)?;
        Some(Errand {
            parcel: parcel.clone(),
            wish: relayed.wish.clone(),
            kept_at: relayed.kept_at,
            settings: channel.settings.clone(),
        })
    };
    parcels_handed_out(entries).filter_map(errand).collect()
}

/// One message to one target: sent, and the answer kept, however long that takes.
async fn run(errand: Errand, journal: Journal, channels: Arc<Channels>) {
    let answer = channels.send(&errand).await;
    let channel = errand.settings.channel().word();
    metrics::counter!("chuancai_relay_answers", "channel" => channel, "answer" => answer.word()).increment(1);
    complain(&errand, &answer);
    let command = Command::ParcelAnswered { parcel: errand.parcel, answer };
    let mut pause = PAUSE_MIN;
    while let Err(error) = journal.ask(command.clone(), |_, _| ()).await {
        tracing::warn!(%error, "a channel's answer could not be kept; it is tried again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// What only a person can mend is told to one.
fn complain(errand: &Errand, answer: &Answer) {
    let (brand, channel) = (&errand.parcel.relay.brand, errand.settings.channel().word());
    match answer {
        Answer::Unknowing { code, words } => tracing::error!(
            brand.id = %brand, relay.channel = channel, relay.code = code,
            "a channel does not know us: {words}; set it up anew (chuancai-cloud channel)"
        ),
        Answer::Gone => tracing::error!(
            brand.id = %brand, relay.channel = channel,
            "the receiver wants no message any more (410): the channel is switched off until it is set up anew"
        ),
        Answer::Taken { .. } | Answer::Refused { .. } | Answer::Busy { .. } | Answer::Unanswered { .. } => {}
    }
}
