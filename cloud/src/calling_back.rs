//! The worker that calls the brands' own systems back.
//!
//! Which calls are due, and what an answer means, is decided in the core. Nothing is kept before a call: whoever hears
//! one twice, because we stopped before its answer was kept, hears the same id twice.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use cloud_core::channel::{Sealed, WebAddress};
use cloud_core::command::Command;
use cloud_core::entry::Entry;
use cloud_core::id::{MessageKey, SubscriptionId};
use cloud_core::outbox::{Ask, CallKey, Change, Event, Occasion, Step};
use cloud_core::relay::Answer;
use cloud_core::state::{Call, State};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::id::{BrandId, MessageId};
use tokio::task::{Id, JoinSet};

use crate::gateway::webhook::{SigningKey, WebhookClient};
use crate::journal::{Fault, Journal};
use crate::seal::SealKey;
use crate::view::{ending_view, reason_words, state_view};

/// How often postponed calls are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How many calls may be under way at once.
#[derive(Debug, Clone, Copy)]
pub struct CallHands {
    /// To everybody.
    pub all: usize,
    /// To one subscription.
    pub per_subscription: usize,
}

/// The way out: opens a subscription's secret, signs and calls.
#[derive(Debug)]
pub struct Caller {
    key: SealKey,
    client: WebhookClient,
}

/// One call to be made.
struct Errand {
    key: CallKey,
    id: MessageId,
    url: WebAddress,
    secret: Sealed,
    body: String,
}

/// What a subscription's secret is sealed for.
pub fn purpose(brand: &BrandId, subscription: &SubscriptionId) -> String {
    format!("{brand}/subscription/{subscription}")
}

impl Caller {
    /// A caller that waits this long for an answer. Errors: no TLS to be had.
    pub fn new(key: SealKey, timeout: Duration) -> reqwest::Result<Self> {
        Ok(Self { key, client: WebhookClient::new(timeout)? })
    }

    async fn call(&self, errand: &Errand) -> Answer {
        let secret = self.key.open_for(&errand.secret, &purpose(&errand.key.brand, &errand.key.to));
        let Some(key) = secret.and_then(|secret| SigningKey::new(&secret).ok()) else {
            let words = "the subscription's secret does not open with the key of this service".to_owned();
            tracing::error!(brand.id = %errand.key.brand, subscription.id = %errand.key.to, "{words}");
            return Answer::Busy { code: "sealed".to_owned(), words, at_least: SignedDuration::ZERO };
        };
        self.client.send(&errand.url, &key, (errand.id, &errand.body)).await
    }
}

/// Calls until the journal ends.
pub async fn call(journal: Journal, caller: Arc<Caller>, hands: CallHands) {
    let mut under_way = JoinSet::new();
    let mut busy = Busy::default();
    let mut news = journal.news();
    loop {
        match take(&journal, hands, Arc::clone(&busy.calls)).await {
            Ok(errands) => {
                for errand in errands {
                    let key = errand.key.clone();
                    let task = under_way.spawn(run(errand, journal.clone(), Arc::clone(&caller)));
                    busy.begins(task.id(), key);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "no calls could be taken");
                tokio::time::sleep(PAUSE_MIN).await;
            }
        }
        tokio::select! {
            () = news.heard() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            Some(ended) = under_way.join_next_with_id() => busy.note_end(ended),
        }
        while let Some(ended) = under_way.try_join_next_with_id() {
            busy.note_end(ended);
        }
    }
}

/// The calls that are under way.
#[derive(Debug, Default)]
struct Busy {
    tasks: HashMap<Id, CallKey>,
    /// Shared with the writer while it looks for others.
    calls: Arc<BTreeSet<CallKey>>,
}

impl Busy {
    fn begins(&mut self, task: Id, key: CallKey) {
        Arc::make_mut(&mut self.calls).insert(key.clone());
        self.tasks.insert(task, key);
    }

    /// A call that broke off is made again.
    fn note_end(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "a call broke off; it is made again");
                error.id()
            }
        };
        if let Some(key) = self.tasks.remove(&id) {
            Arc::make_mut(&mut self.calls).remove(&key);
        }
    }
}

async fn take(
    journal: &Journal,
    hands: CallHands,
    busy: Arc<BTreeSet<CallKey>>,
) -> Result<Vec<Errand>, Fault> {
    let free = hands.all.saturating_sub(busy.len());
    if free == 0 {
        return Ok(Vec::new());
    }
    let now = Timestamp::now();
    let due = move |state: &State| {
        let calls = state.calls_due(now, (free, hands.per_subscription), &busy);
        calls.iter().map(|call| errand(state, call)).collect()
    };
    journal.look(due).await
}

fn errand(state: &State, call: &Call<'_>) -> Errand {
    let body = json!({
        "type": call.event.occasion.topic().word(),
        "timestamp": call.event.at,
        "data": data(state, &call.key.brand, call.event),
    });
    Errand {
        id: MessageId(call.key.id(call.event)),
        url: call.settings.url.clone(),
        secret: call.settings.secret.clone(),
        body: body.to_string(),
        key: call.key.clone(),
    }
}

/// What programs read. It is the same at every call: of a message that may still change only what cannot.
fn data(state: &State, brand: &BrandId, event: &Event) -> Value {
    match &event.occasion {
        Occasion::MessageAccepted { sms } | Occasion::MessageFinal { sms } => {
            let key = MessageKey { brand: brand.clone(), sms: *sms };
            let mut told = json!({ "brand": brand, "message": sms, "state": "accepted", "at": event.at });
            if let Some(message) = state.message(&key) {
                told["kind"] = json!(message.wish.kind);
                told["units"] = json!(message.wish.units);
                told["shop"] = json!(message.wish.shop);
                told["requested_at"] = json!(message.asked_at());
                if matches!(event.occasion, Occasion::MessageFinal { .. }) {
                    told["state"] = json!(state_view(&message.state));
                    told["reason"] = json!(reason_words(message));
                }
            } else if let Some(filed) = state.filed(&key) {
                // Somebody wants to hear again, after weeks, what was set aside.
                told["kind"] = json!(filed.kind());
                if matches!(event.occasion, Occasion::MessageFinal { .. }) {
                    told["state"] = json!(ending_view(filed.ending));
                }
            }
            told
        }
        Occasion::LowBalance { available, limit } => {
            json!({ "brand": brand, "available": available, "limit": limit })
        }
        Occasion::FreezeLapsed { freeze } => json!({ "brand": brand, "freeze": freeze }),
        Occasion::PurchasePaid { package } => {
            let lot = state.brand(brand).and_then(|brand| brand.account.lot(package));
            let bought = lot.map(|lot| (lot.package.units, lot.package.expires_on));
            let (units, expires_on) = bought.unzip();
            json!({ "brand": brand, "package": package, "units": units, "expires_on": expires_on })
        }
    }
}

/// One call: made, and its answer kept, however long that takes.
async fn run(errand: Errand, journal: Journal, caller: Arc<Caller>) {
    let answer = caller.call(&errand).await;
    metrics::counter!("chuancai_callbacks", "answer" => answer.word()).increment(1);
    let command = Command::Outbox(Ask::Answered { call: errand.key.clone(), answer });
    let given_up = |_: &State, entries: &[Entry]| entries.iter().any(gives_up);
    let mut pause = PAUSE_MIN;
    loop {
        match journal.ask(command.clone(), given_up).await {
            Ok(false) => return,
            Ok(true) => {
                metrics::counter!("chuancai_callbacks_given_up").increment(1);
                tracing::error!(
                    brand.id = %errand.key.brand, subscription.id = %errand.key.to,
                    "a brand's system takes no calls: what was to be told is set aside"
                );
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "what came of a call could not be kept; it is tried again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
}

fn gives_up(entry: &Entry) -> bool {
    let Entry::Outbox(change) = entry else { return false };
    matches!(change, Change::SwitchedOff { .. } | Change::Called { step: Step::SetAside { .. }, .. })
}
