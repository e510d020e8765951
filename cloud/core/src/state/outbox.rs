//! What the brands' systems are told: who subscribes, what follows from what happens here, and what comes of calls.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use shared::id::BrandId;

use super::State;
use crate::command;
use crate::entry::Entry;
use crate::id::{FreezeId, MessageKey, SubscriptionId};
use crate::ledger::{Movement, Now, Origin};
use crate::outbox::{
    self, Ask, CALLED_FOR, CallKey, Change, Event, Occasion, Outbox, Refusal, SUBSCRIPTIONS_MAX, Step,
    Subscriber, Subscription, Trouble, WAITING_MAX,
};
use crate::relay::Answer;
use crate::sms;

/// Subscriptions for which something waits. It holds no truth of its own.
pub(super) type Called = BTreeSet<(BrandId, SubscriptionId)>;

/// A call to be made now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    /// Which.
    pub key: CallKey,
    /// What is told.
    pub event: &'a Event,
    /// Where, and how it is signed.
    pub settings: &'a Subscription,
}

impl State {
    /// The next calls, the longest due first: at most `hands` of them, and of one subscription no more than
    /// `per_subscription` with those that are `busy`. One silent address delays nobody else.
    pub fn calls_due(
        &self,
        now: Timestamp,
        (hands, per_subscription): (usize, usize),
        busy: &BTreeSet<CallKey>,
    ) -> Vec<Call<'_>> {
        let mut due = Vec::new();
        for (brand, to) in &self.calling {
            let outbox = &self.brands[brand].outbox;
            let subscriber = &outbox.subscribers[to];
            let key = |event| CallKey { brand: brand.clone(), to: to.clone(), event };
            let at_work: BTreeSet<u64> = busy.range(key(0)..=key(u64::MAX)).map(|busy| busy.event).collect();
            let free = subscriber.due(now).filter(|(_, event)| !at_work.contains(event));
            let free = free.take(per_subscription.saturating_sub(at_work.len()));
            due.extend(free.map(|(due, event)| (due, key(event), outbox, subscriber)));
        }
        due.sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        due.truncate(hands);
        due.into_iter()
            .map(|(_, key, outbox, subscriber)| Call {
                event: &outbox.events[&key.event],
                settings: &subscriber.settings,
                key,
            })
            .collect()
    }

    pub(super) fn decide_outbox(&self, now: Now, ask: &Ask) -> Result<Vec<Entry>, command::Refusal> {
        let change = match ask.clone() {
            Ask::Subscribe { brand, subscription, settings } => {
                let known = &self.outbox(&brand)?.subscribers;
                if settings.topics.is_empty() {
                    return Err(Refusal::NoTopic.into());
                }
                match known.get(&subscription) {
                    None if known.len() >= SUBSCRIPTIONS_MAX => {
                        return Err(Refusal::TooManySubscriptions.into());
                    }
                    Some(known) if known.settings == settings && known.off_since.is_none() => {
                        return Ok(Vec::new());
                    }
                    Some(_) | None => Change::Subscribed { brand, subscription, settings },
                }
            }
            Ask::Unsubscribe { brand, subscription } => {
                self.subscriber(&brand, &subscription)?;
                Change::Unsubscribed { brand, subscription }
            }
            Ask::Resend { brand, subscription } => {
                if self.subscriber(&brand, &subscription)?.set_aside() == 0 {
                    return Ok(Vec::new());
                }
                Change::Resent { brand, subscription, at: now.at }
            }
            Ask::SetLimit { brand, limit } => {
                if self.outbox(&brand)?.limit == limit {
                    return Ok(Vec::new());
                }
                Change::LimitSet { brand, limit }
            }
            Ask::Answered { call, answer } => return Ok(self.call_answered(now, call, answer)),
        };
        Ok(vec![Entry::Outbox(change)])
    }

    /// What is said when a message takes a step.
    pub(super) fn told_of_step(&self, message: &MessageKey, step: &sms::Step) -> Option<(BrandId, Occasion)> {
        if !self.has_subscribers(&message.brand) {
            return None;
        }
        let sms = message.sms;
        let occasion = match step {
            sms::Step::Accepted { .. } => Occasion::MessageAccepted { sms },
            sms::Step::Refused { .. }
            | sms::Step::Barred { .. }
            | sms::Step::Released { .. }
            | sms::Step::Failed { .. }
            | sms::Step::Delivered
            | sms::Step::Undelivered { .. } => Occasion::MessageFinal { sms },
            sms::Step::Queued { .. }
            | sms::Step::Submitting { .. }
            | sms::Step::Postponed { .. }
            | sms::Step::InDoubt { .. } => return None,
        };
        Some((message.brand.clone(), occasion))
    }

    /// What is said when the books move.
    pub(super) fn told_of_movement(
        &self,
        brand: &BrandId,
        movement: &Movement,
    ) -> Option<(BrandId, Occasion)> {
        if !self.has_subscribers(brand) {
            return None;
        }
        let occasion = match movement {
            Movement::PackageAdded { package, .. } if package.origin == Origin::Bought => {
                Occasion::PurchasePaid { package: package.package.clone() }
            }
            Movement::Released { freeze: FreezeId::Asked(number), at, .. } => {
                let freeze = self.brands.get(brand)?.account.freeze(FreezeId::Asked(*number))?;
                freeze.until.filter(|until| until <= at)?;
                Occasion::FreezeLapsed { freeze: *number }
            }
            Movement::PackageAdded { .. }
            | Movement::Released { .. }
            | Movement::Frozen { .. }
            | Movement::FreezeRefused { .. }
            | Movement::Paid { .. }
            | Movement::Sent { .. }
            | Movement::PartlySent { .. }
            | Movement::Refunded { .. }
            | Movement::Expired { .. }
            | Movement::Revoked { .. } => return None,
        };
        Some((brand.clone(), occasion))
    }

    /// Whether it matters to anybody how much is available.
    pub(super) fn has_limit(&self, brand: &BrandId) -> bool {
        self.outbox(brand).is_ok_and(|outbox| outbox.limit.is_some())
    }

    fn has_subscribers(&self, brand: &BrandId) -> bool {
        self.outbox(brand).is_ok_and(|outbox| !outbox.subscribers.is_empty())
    }

    /// Tells whoever subscribes to it; nobody, nothing.
    pub(super) fn tell(&self, now: Now, brand: &BrandId, occasion: Occasion) -> Vec<Entry> {
        let Ok(outbox) = self.outbox(brand) else { return Vec::new() };
        let topic = occasion.topic();
        let wants = |subscriber: &Subscriber| {
            subscriber.off_since.is_none() && subscriber.settings.topics.contains(&topic)
        };
        let wanting = outbox.subscribers.iter().filter(|(_, subscriber)| wants(subscriber));
        let (missed, to): (Vec<_>, Vec<_>) =
            wanting.partition(|(_, subscriber)| subscriber.waiting() >= WAITING_MAX);
        if missed.is_empty() && to.is_empty() {
            return Vec::new();
        }
        vec![Entry::Outbox(Change::Begun {
            brand: brand.clone(),
            number: outbox.next,
            event: Event { occasion, at: now.at },
            to: to.into_iter().map(|(id, _)| id.clone()).collect(),
            missed: missed.into_iter().map(|(id, _)| id.clone()).collect(),
        })]
    }

    /// Whether what is available has crossed the brand's limit since it was last looked at.
    pub(super) fn watch_balance(&self, brand: &BrandId) -> Vec<Entry> {
        let Some(known) = self.brands.get(brand) else { return Vec::new() };
        let Some(limit) = known.outbox.limit else { return Vec::new() };
        let available = known.account.places().available;
        let low = available < limit;
        let crossed = Change::Crossed { brand: brand.clone(), available, low };
        (low != known.outbox.low).then_some(Entry::Outbox(crossed)).into_iter().collect()
    }

    /// What follows from a change of the outbox itself.
    pub(super) fn told_of_crossing(&self, change: &Change) -> Option<(BrandId, Occasion)> {
        let Change::Crossed { brand, available, low: true } = change else { return None };
        let limit = self.outbox(brand).ok()?.limit?;
        Some((brand.clone(), Occasion::LowBalance { available: *available, limit }))
    }

    fn call_answered(&self, now: Now, call: CallKey, answer: Answer) -> Vec<Entry> {
        let known = self.outbox(&call.brand).ok();
        let found = known.and_then(|outbox| {
            let waiting = outbox.subscribers.get(&call.to)?.wait_of(call.event)?;
            Some((outbox.events.get(&call.event)?, waiting))
        });
        let Some((event, waiting)) = found else { return Vec::new() };
        let (why, at_least) = match answer {
            Answer::Taken { .. } => return vec![called(now, call, Step::Delivered)],
            Answer::Gone => {
                let CallKey { brand, to: subscription, .. } = call;
                return vec![Entry::Outbox(Change::SwitchedOff { brand, subscription, at: now.at })];
            }
            Answer::Refused { code, words } | Answer::Unknowing { code, words } => {
                (format!("{code}: {words}"), SignedDuration::ZERO)
            }
            Answer::Busy { code, words, at_least } => (format!("{code}: {words}"), at_least),
            Answer::Unanswered { what } => (what, SignedDuration::ZERO),
        };
        let not_before = now.at + outbox::pause(call.id(event), waiting.tries).max(at_least);
        let step = if not_before > waiting.since + CALLED_FOR {
            Step::SetAside { why }
        } else {
            Step::Postponed { why, not_before }
        };
        vec![called(now, call, step)]
    }

    pub(super) fn apply_outbox(&mut self, change: &Change) {
        match change {
            Change::Subscribed { brand, subscription, settings } => {
                let known = &mut self.known_brand(brand).outbox.subscribers;
                let subscriber =
                    known.entry(subscription.clone()).or_insert_with(|| Subscriber::new(settings.clone()));
                subscriber.settings = settings.clone();
                subscriber.off_since = None;
            }
            Change::Unsubscribed { brand, subscription } => {
                self.calling.remove(&(brand.clone(), subscription.clone()));
                let outbox = &mut self.known_brand(brand).outbox;
                outbox.subscribers.remove(subscription);
                let needed = |number: &u64| outbox.subscribers.values().any(|one| one.needs(*number));
                outbox.events.retain(|number, _| needed(number));
            }
            Change::SwitchedOff { brand, subscription, at } => {
                self.change_subscriber(brand, subscription, |outbox, subscriber| {
                    subscriber.off_since = Some(*at);
                    for number in subscriber.numbers_waiting() {
                        set_aside(outbox, subscriber, number);
                    }
                });
            }
            Change::Resent { brand, subscription, at } => {
                self.change_subscriber(brand, subscription, |outbox, subscriber| {
                    for number in subscriber.take_back() {
                        subscriber.enter(number, outbox.events[&number].occasion.lane(), *at);
                    }
                });
            }
            Change::LimitSet { brand, limit } => {
                let outbox = &mut self.known_brand(brand).outbox;
                (outbox.limit, outbox.low) = (*limit, false);
            }
            Change::Crossed { brand, low, .. } => self.known_brand(brand).outbox.low = *low,
            Change::Begun { brand, number, event, to, missed } => {
                self.begin_event(brand, *number, event, (to, missed));
            }
            Change::Called { call, step, at } => self.apply_call(call, step, *at),
        }
    }

    fn begin_event(
        &mut self,
        brand: &BrandId,
        number: u64,
        event: &Event,
        (to, missed): (&[SubscriptionId], &[SubscriptionId]),
    ) {
        let outbox = &mut self.known_brand(brand).outbox;
        outbox.next = number + 1;
        if !to.is_empty() {
            outbox.events.insert(number, event.clone());
        }
        for subscription in to {
            self.change_subscriber(brand, subscription, |_, subscriber| {
                subscriber.enter(number, event.occasion.lane(), event.at);
            });
        }
        for subscription in missed {
            self.change_subscriber(brand, subscription, |_, subscriber| subscriber.given_up += 1);
        }
    }

    fn apply_call(&mut self, call: &CallKey, step: &Step, at: Timestamp) {
        let number = call.event;
        self.change_subscriber(&call.brand, &call.to, |outbox, subscriber| match step {
            Step::Delivered => {
                subscriber.trouble = None;
                subscriber.leave(number, outbox.events[&number].occasion.lane());
                forget(outbox, subscriber, number);
            }
            Step::Postponed { why, not_before } => {
                subscriber.trouble = Some(Trouble { at, why: why.clone() });
                subscriber.postpone(number, *not_before);
            }
            Step::SetAside { why } => {
                subscriber.trouble = Some(Trouble { at, why: why.clone() });
                set_aside(outbox, subscriber, number);
            }
        });
    }

    /// Changes a subscription beside the rest of its brand's outbox.
    fn change_subscriber(
        &mut self,
        brand: &BrandId,
        subscription: &SubscriptionId,
        change: impl FnOnce(&mut Outbox, &mut Subscriber),
    ) {
        let outbox = &mut self.known_brand(brand).outbox;
        let mut subscriber =
            outbox.subscribers.remove(subscription).expect("a subscription is changed after it was made");
        change(outbox, &mut subscriber);
        let waits = subscriber.waiting() > 0;
        outbox.subscribers.insert(subscription.clone(), subscriber);
        let key = (brand.clone(), subscription.clone());
        if waits {
            self.calling.insert(key);
        } else {
            self.calling.remove(&key);
        }
    }

    fn outbox(&self, brand: &BrandId) -> Result<&Outbox, command::Refusal> {
        Ok(&self.brands.get(brand).ok_or(command::Refusal::NoBrand)?.outbox)
    }

    fn subscriber(&self, brand: &BrandId, of: &SubscriptionId) -> Result<&Subscriber, command::Refusal> {
        self.outbox(brand)?.subscribers.get(of).ok_or(Refusal::NoSubscription.into())
    }
}

fn called(now: Now, call: CallKey, step: Step) -> Entry {
    Entry::Outbox(Change::Called { call, step, at: now.at })
}

fn set_aside(outbox: &mut Outbox, subscriber: &mut Subscriber, number: u64) {
    subscriber.leave(number, outbox.events[&number].occasion.lane());
    if let Some(oldest) = subscriber.put_aside(number) {
        forget(outbox, subscriber, oldest);
    }
}

/// An event that nobody needs any more is forgotten.
fn forget(outbox: &mut Outbox, subscriber: &Subscriber, number: u64) {
    let others = outbox.subscribers.values();
    if !others.chain(std::iter::once(subscriber)).any(|one| one.needs(number)) {
        outbox.events.remove(&number);
    }
}
