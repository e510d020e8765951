//! The counter's thread: take, decide, keep, tell.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use edge_core::menu::MenuBook;
use edge_core::number::DayRule;
use edge_core::shop::{Ask, Decision, Shop, recorded};
use shared::command::Answer;
use shared::fact::{Fact, Recorded};
use shared::id::{DeviceId, OrderId, RequestId, StreamId};
use shared::screen::Role;
use shared::sync::NewsBatch;
use tokio::sync::{broadcast, mpsc, oneshot};
use tracing::{error, info, warn};
use uuid::Uuid;

use super::news::{Fresh, fresh};
use super::{AskError, Asking, Counter, Message, NewsTaken, QUEUE_MAX, TOLD_MAX, Told};
use crate::clock::Clock;
use crate::store::{Batch, Entry, KeptAnswer, Store, Visit};

/// Requests in one commit: enough that the sync no longer counts, few enough that the first does not wait long.
const BATCH_MAX: usize = 256;

/// A shop read back from its store, ready to go on.
pub struct OpenedShop {
    /// The incarnation of the database.
    pub stream: StreamId,
    /// What the cloud was known to have.
    pub acked: u64,
    /// The last of the cloud's news.
    pub news: u64,
    /// Sequence number of the last fact.
    pub revision: u64,
    /// Speaks to the counter.
    pub counter: Counter,
    /// The clock that orders are taken by.
    pub clock: Clock,
    /// Ends, with the reason, when the counter's thread does.
    pub ended: oneshot::Receiver<anyhow::Error>,
}

/// Reads the shop back and starts the counter's thread.
pub fn open(store: Store, rule: DayRule) -> anyhow::Result<OpenedShop> {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let (told, _) = broadcast::channel(TOLD_MAX);
    let counter = Counter { sender, told: told.clone() };
    let opened = store.opened()?;
    let shop = read_back(&store, &rule)?;
    info!(revision = shop.revision(), open_orders = shop.open_orders(), "the shop is read back");
    let revision = shop.revision();
    let last_at = opened.last_at.filter(|_| opened.resumed.numbering.knows_the_day());
    let clock = Clock::new(last_at);
    let (acked, news, read) = (opened.acked, opened.news, clock.clone());
    let worker = Worker { store, shop, rule, clock: read, receiver, told, acked, news };
    let (ending, ended) = oneshot::channel();
    std::thread::Builder::new()
        .name("counter".to_owned())
        .spawn(move || {
            let reason = worker.run().err().unwrap_or_else(|| anyhow::anyhow!("nobody asks any more"));
            // Nobody listens when the box is stopping anyway.
            drop(ending.send(reason));
        })
        .context("the counter's thread cannot start")?;
    Ok(OpenedShop { stream: opened.stream, acked, news, revision, counter, clock, ended })
}

fn read_back(store: &Store, rule: &DayRule) -> anyhow::Result<Shop> {
    let opened = store.opened()?;
    let (menu, plan) = store.menu()?;
    let menu = MenuBook::new(menu).context("the kept menu cannot be used")?.in_kitchen(plan);
    let mut shop = Shop::resume(rule.clone(), menu, opened.resumed);
    shop.reopen(&store.facts_of_the_board()?);
    Ok(shop)
}

struct Worker {
    store: Store,
    shop: Shop,
    rule: DayRule,
    clock: Clock,
    receiver: mpsc::Receiver<Message>,
    told: broadcast::Sender<Arc<Told>>,
    acked: u64,
    news: u64,
}

type Reply = Result<Arc<str>, AskError>;
type Waiting = (oneshot::Sender<Reply>, Reply);
type Relayed = oneshot::Sender<Result<(), AskError>>;
type Heard = (oneshot::Sender<Result<NewsTaken, AskError>>, NewsTaken);

/// What one commit will settle.
#[derive(Default)]
struct Round {
    batch: Batch,
    orders: Vec<OrderId>,
    waiting: Vec<Waiting>,
    relayed: Vec<Relayed>,
    heard: Vec<Heard>,
    looking: Vec<Message>,
    answered: HashMap<(DeviceId, RequestId), Answered>,
}

/// An answer that has been given to a request, and the hash of what was asked.
#[derive(Clone)]
struct Answered {
    body_hash: [u8; 32],
    answer: Arc<str>,
}

impl Round {
    fn keep_answer(&mut self, ask: &Ask, body_hash: [u8; 32], answer: &Arc<str>) {
        let (device, request, answer) = (ask.by.id.clone(), ask.request, answer.clone());
        let answered = Answered { body_hash, answer: answer.clone() };
        self.answered.insert((device.clone(), request), answered);
        self.batch.answers.push(KeptAnswer { device, request, body_hash, answer });
    }
}

impl Worker {
    fn run(mut self) -> anyhow::Result<()> {
        let forgotten = self.store.forget_old_answers(self.clock.read().at)?;
        info!(forgotten, "answers that nobody will ask for again are forgotten");
        while let Some(first) = self.receiver.blocking_recv() {
            let mut round = Round::default();
            self.do_what_is_due(&mut round);
            self.take(first, &mut round);
            while round.waiting.len() < BATCH_MAX {
                let Ok(next) = self.receiver.try_recv() else { break };
                self.take(next, &mut round);
            }
            self.settle(round)?;
        }
        Ok(())
    }

    fn take(&mut self, message: Message, round: &mut Round) {
        match message {
            Message::Ask(asking) => {
                let Asking { ask, body_hash, reply } = *asking;
                let answer = self.answer(&ask, body_hash, round);
                round.waiting.push((reply, answer));
            }
            Message::Relay(relay, reply) => {
                self.take_in_our_own(Fact::MessageRelayed { relay }, round);
                round.relayed.push(reply);
            }
            Message::News(batch, reply) => {
                let taken = self.take_news(&batch, round);
                round.heard.push((reply, taken));
            }
            Message::Board(..)
            | Message::Menu(_)
            | Message::Kitchen(_)
            | Message::Announcements(_)
            | Message::Glance(..) => round.looking.push(message),
            Message::Tick => {}
            Message::Acked(seq) => self.acked = self.acked.max(seq),
        }
    }

    /// The kept answer to a repeat (K11), or a fresh decision.
    fn answer(&mut self, ask: &Ask, body_hash: [u8; 32], round: &mut Round) -> Reply {
        let earlier = match round.answered.get(&(ask.by.id.clone(), ask.request)) {
            Some(answered) => Some(answered.clone()),
            None => self.kept_answer(ask)?,
        };
        match earlier {
            Some(answered) if answered.body_hash == body_hash => Ok(answered.answer),
            Some(_) => Err(AskError::IdReused),
            None => self.decide(ask, body_hash, round),
        }
    }

    fn kept_answer(&self, ask: &Ask) -> Result<Option<Answered>, AskError> {
        let kept = self.store.answer(&ask.by.id, ask.request).map_err(|error| {
            error!(error = %error, "an earlier answer cannot be looked up");
            AskError::NotKept
        })?;
        Ok(kept.map(|(body_hash, answer)| Answered { body_hash, answer: answer.into() }))
    }

    fn decide(&mut self, ask: &Ask, body_hash: [u8; 32], round: &mut Round) -> Reply {
        let clock = self.clock.read();
        // Deciding only reads, so a bug in one request leaves the shop as it was.
        let decided = catch_unwind(AssertUnwindSafe(|| self.shop.decide(clock, ask)));
        let decision = match decided {
            Ok(decision) => decision.map_err(AskError::Refused)?,
            Err(_) => {
                error!(request = %ask.request, "deciding a request panicked; it is refused");
                return Err(AskError::NotKept);
            }
        };
        let Decision { facts, orders } = decision;
        let changed = !facts.is_empty();
        for fact in facts {
            self.take_in(recorded(ask, self.shop.revision() + 1, clock.at, fact), round);
        }
        let views =
            orders.iter().filter_map(|order| self.shop.order(*order)).map(|order| order.view().clone());
        let views = views.map(|view| if ask.by.role == Role::Pad { view.for_pad() } else { view });
        let answer = Answer { revision: self.shop.revision(), orders: views.collect() };
        let answer = serde_json::to_string(&answer).expect("an answer has string keys and no foreign types");
        let answer = Arc::from(answer);
        if changed {
            round.orders.extend(orders);
            round.keep_answer(ask, body_hash, &answer);
        }
        Ok(answer)
    }

    /// What no device asked for: the new business day, for one.
    fn do_what_is_due(&mut self, round: &mut Round) {
        for fact in self.shop.due(self.clock.read()) {
            self.take_in_our_own(fact, round);
        }
    }

    fn take_in_our_own(&mut self, fact: Fact, round: &mut Round) {
        let (seq, at) = (self.shop.revision() + 1, self.clock.read().at);
        let (by, request) = (DeviceId::the_box(), RequestId(Uuid::new_v4()));
        self.take_in(Recorded { seq, at, by, request, fact }, round);
    }

    fn take_news(&mut self, batch: &NewsBatch, round: &mut Round) -> NewsTaken {
        let Fresh { news, taken } = fresh(batch, round.batch.news.unwrap_or(self.news));
        for one in &news {
            if let Some(fact) = self.shop.learn(one) {
                round.orders.extend(fact.order());
                self.take_in_our_own(fact, round);
            }
        }
        round.batch.news = Some(taken.have);
        taken
    }

    fn take_in(&mut self, recorded: Recorded, round: &mut Round) {
        self.shop.apply(&recorded);
        let visit = recorded.fact.order().and_then(|order| self.shop.order(order)).map(|order| Visit {
            order_seq: order.opened_seq(),
            state: order.view().state,
            on_board: order.is_on_board(),
        });
        let body = serde_json::to_string(&recorded).expect("a fact has string keys and no foreign types");
        round.batch.entries.push(Entry { recorded, body, visit });
    }

    /// Keeps the round, then answers, then tells; what nobody waits for comes last.
    fn settle(&mut self, mut round: Round) -> anyhow::Result<()> {
        round.batch.acked = self.acked;
        let started = Instant::now();
        if let Err(error) = self.store.commit(&round.batch) {
            error!(error = %error, "a commit failed; its requests are refused");
            metrics::counter!("chuancai_commits_failed_total").increment(1);
            for (reply, _) in round.waiting.drain(..) {
                drop(reply.send(Err(AskError::NotKept)));
            }
            for reply in round.relayed.drain(..) {
                drop(reply.send(Err(AskError::NotKept)));
            }
            for (reply, _) in round.heard.drain(..) {
                drop(reply.send(Err(AskError::NotKept)));
            }
            self.shop = read_back(&self.store, &self.rule)
                .context("the shop cannot be read back after a failed commit")?;
        } else if !round.batch.entries.is_empty() {
            metrics::histogram!("chuancai_commit_seconds").record(started.elapsed());
            metrics::counter!("chuancai_facts_total").increment(round.batch.entries.len() as u64);
        }
        // An asker that has gone away will ask again.
        for (reply, taken) in round.heard {
            self.news = taken.have;
            drop(reply.send(Ok(taken)));
        }
        for (reply, answer) in round.waiting {
            drop(reply.send(answer));
        }
        for reply in round.relayed {
            drop(reply.send(Ok(())));
        }
        self.tell(round.batch, &mut round.orders);
        self.shop.sweep();
        round.looking.into_iter().for_each(|message| self.show(message));
        if let Err(error) = self.store.clear_log_if_due() {
            warn!(error = %error, "the database's log could not be cleared and is tried again later");
        }
        Ok(())
    }

    fn tell(&mut self, batch: Batch, orders: &mut Vec<OrderId>) {
        let (Some(first), Some(last)) = (batch.entries.first(), batch.entries.last()) else { return };
        if last.recorded.seq > self.shop.revision() {
            return; // The commit failed and the shop was read back without it.
        }
        orders.sort_unstable();
        orders.dedup();
        let (after, at) = (first.recorded.seq - 1, last.recorded.at);
        let views =
            orders.iter().filter_map(|order| self.shop.order(*order)).map(|order| order.view().clone());
        let calls_changed = |entry: &Entry| {
            matches!(entry.recorded.fact, Fact::ServiceCalled { .. } | Fact::ServiceAnswered { .. })
        };
        let duty_changed =
            |entry: &Entry| matches!(entry.recorded.fact, Fact::DutyStarted { .. } | Fact::DutyEnded { .. });
        let calls = batch.entries.iter().any(calls_changed).then(|| self.shop.calls().to_vec());
        let on_duty = batch.entries.iter().any(duty_changed).then(|| self.shop.on_duty());
        let told = Told {
            after,
            calls,
            on_duty,
            revision: self.shop.revision(),
            menu_revision: self.shop.menu_revision(),
            day: self.shop.day(self.clock.read()),
            at,
            orders: views.collect(),
            facts: batch.entries.into_iter().map(|entry| entry.recorded).collect(),
        };
        // Nobody listens yet at the very start.
        drop(self.told.send(Arc::new(told)));
    }

    fn show(&mut self, message: Message) {
        let clock = self.clock.read();
        match message {
            Message::Board(None, reply) => drop(reply.send(self.shop.board(clock))),
            Message::Board(Some(room), reply) => drop(reply.send(self.shop.board_of_room(&room, clock))),
            Message::Menu(reply) => drop(reply.send(self.shop.menu_view())),
            Message::Kitchen(reply) => drop(reply.send(self.shop.kitchen_view())),
            Message::Announcements(reply) => drop(reply.send(self.shop.announcements_view())),
            Message::Glance(about, reply) => drop(reply.send(self.shop.glance(clock, &about))),
            Message::Ask(_) | Message::Relay(..) | Message::News(..) | Message::Acked(_) | Message::Tick => {}
        }
    }
}
