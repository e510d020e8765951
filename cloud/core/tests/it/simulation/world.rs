//! One world: what happens when, to whom, and what is checked each time.
//!
//! The shell around the core is played as `journal.rs` and `jobs.rs` do it: asks gather, are decided together, kept
//! in one commit, and only then answered; the carrier is called when "being submitted" is kept. A crash may come
//! before a commit, after it, or while the carrier is being asked; what was kept is read anew then.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cloud_core::command::{Command, Refusal};
use cloud_core::entry::Entry;
use cloud_core::ledger::Now;
use cloud_core::purchase::{Ask, Errand, Standing};
use cloud_core::sms::{Kind, MessageState, Receipt};
use cloud_core::state::{State, handed_out};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::agenda::{Asker, Event, Found};
use super::carrier::{Call, Carrier, RECEIPT_LATE_MAX_MS, Response};
use super::client::{Client, add_brand, first_package, pack};
use super::luck::{HOUR, Luck, MINUTE};
use super::model::Model;
use super::outside::{self, CallsCounted};
use super::till::{Notice, Till};
use super::told::Told;

/// Events in a healed world until nothing is under way any more: a world that takes more does not come to rest.
const EVENTS_MAX: usize = 20_000;
/// The last receipts are under way so long, one may wait for its message three days, and clocks may have been set
/// back two days.
const SILENCE_MS: i64 = RECEIPT_LATE_MAX_MS + (72 + 48) * HOUR;
/// The carrier brings a receipt three times.
const RECEIPT_TRIES: u32 = 3;
/// Receipts that are fetched at once. Few, so that full pages are met.
const PAGE_ROWS: usize = 3;

pub(super) struct World {
    luck: Luck,
    /// Since the beginning; it never goes back.
    at_ms: i64,
    /// What the machine's clock adds to it; that may do anything.
    clock_ms: i64,
    agenda: BTreeMap<(i64, u64), Event>,
    planned: u64,
    inbox: Vec<(Command, Asker)>,
    /// Each commit as it would be read from the disk: all that survives a crash.
    kept: Vec<Vec<Entry>>,
    state: State,
    model: Model,
    model_kept: Model,
    /// Which process it is; `None` while there is none.
    running: Option<u64>,
    lives: u64,
    at_carrier: BTreeMap<u64, Kind>,
    carrier: Carrier,
    /// Receipts that wait at the carrier to be fetched.
    to_fetch: VecDeque<Receipt>,
    till: Till,
    /// Errands to the till that are under way.
    at_till: BTreeSet<Errand>,
    counted: CallsCounted,
    clients: Vec<Client>,
    told: Told,
}

impl World {
    pub(super) fn of(seed: u64) -> Self {
        let luck = Luck::of(seed);
        let clients = (0..luck.brands * luck.clients).map(|n| Client::of_brand(n % luck.brands)).collect();
        Self {
            at_ms: 0,
            clock_ms: 0,
            agenda: BTreeMap::new(),
            planned: 0,
            inbox: Vec::new(),
            kept: Vec::new(),
            state: State::new(luck.rules()),
            model: Model::of(&luck.rules()),
            model_kept: Model::of(&luck.rules()),
            running: None,
            lives: 0,
            at_carrier: BTreeMap::new(),
            carrier: Carrier::default(),
            to_fetch: VecDeque::new(),
            till: Till::default(),
            at_till: BTreeSet::new(),
            counted: CallsCounted::default(),
            clients,
            told: Told { worlds: 1, ..Told::default() },
            luck,
        }
    }

    /// Faults, then none, then the end that every message must have come to.
    pub(super) fn play(mut self) -> Told {
        self.plan(0, Event::Start);
        self.plan(1, Event::Look);
        self.plan(1, Event::Tidy);
        for brand in 0..self.luck.brands {
            self.inbox.push((add_brand(brand), Asker::Nobody));
            let units = self.luck.package_units_max + self.luck.below(self.luck.package_units_max);
            self.inbox.push((first_package(brand, units, self.now().today), Asker::Nobody));
        }
        let offer = Ask::SetOffer { offer: pack(), brand: None };
        self.inbox.push((Command::Purchase(offer), Asker::Nobody));
        self.keep_without_faults();
        (0..self.clients.len()).for_each(|n| self.plan(1, Event::Client(n)));
        self.run_until(self.luck.span_ms);

        self.luck.heal();
        self.luck.look_ms = 10 * MINUTE;
        self.until_nothing_is_under_way();
        if self.luck.carrier_tells_in_the_end {
            for receipt in self.carrier.all_receipts() {
                self.plan(MINUTE, Event::Receipt { receipt, tries: RECEIPT_TRIES });
            }
        }
        (self.luck.look_ms, self.luck.tidy_ms) = (6 * HOUR, 12 * HOUR);
        self.run_until(self.at_ms + SILENCE_MS);
        self.inbox.push((Command::Tidy, Asker::Nobody));
        self.keep_without_faults();
        self.check_the_end();
        self.tell()
    }

    fn run_until(&mut self, until_ms: i64) {
        while let Some(next) = self.agenda.first_entry().filter(|next| next.key().0 <= until_ms) {
            let ((at_ms, _), event) = next.remove_entry();
            self.at_ms = self.at_ms.max(at_ms);
            self.happens(event);
        }
        self.at_ms = until_ms;
    }

    fn until_nothing_is_under_way(&mut self) {
        for _ in 0..EVENTS_MAX {
            let asked = self.clients.iter().any(|client| client.wants.is_some());
            let under_way = self.state.messages_waiting() + self.at_carrier.len() + self.inbox.len();
            if self.running.is_some() && !asked && under_way == 0 {
                return;
            }
            let Some(((at_ms, _), event)) = self.agenda.pop_first() else { break };
            self.at_ms = self.at_ms.max(at_ms);
            self.happens(event);
        }
        panic!("the healed world does not come to rest: {:?}, {:?}", self.at_carrier, self.clients);
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Client(n) => self.client_acts(n),
            Event::Answer { life, call, answers } if self.running == Some(life) => {
                self.ask(Command::Answered { answers: answers.clone() }, Asker::Answer { call, answers });
            }
            Event::Receipt { receipt, .. } if self.luck.fetches => self.to_fetch.push_back(receipt),
            Event::Fetch { life, page } if self.running == Some(life) => self.fetch(life, page),
            Event::Errand { life, errand, learned } if self.running == Some(life) => {
                self.at_till.remove(&errand);
                // What is not kept is asked for again.
                learned.into_iter().for_each(|ask| self.ask(Command::Purchase(ask), Asker::Nobody));
            }
            // Nobody waits for it any more.
            Event::Answer { .. } | Event::Fetch { .. } | Event::Errand { .. } => {}
            Event::Guest(number) => {
                let at = self.now().at;
                for Notice { after_ms, payment, insists } in self.till.pay(&mut self.luck, &number, at) {
                    let found = Found { number: number.clone(), payment, insists };
                    self.plan(after_ms, Event::Notice(found));
                }
            }
            Event::Notice(found) => {
                let (number, payment) = (found.number.clone(), found.payment.clone());
                self.ask(Command::Purchase(Ask::Found { number, payment }), Asker::Provider(found));
            }
            Event::Receipt { receipt, tries } => {
                self.ask(
                    Command::KeepReceipts { receipts: vec![receipt.clone()] },
                    Asker::Carrier { receipt, tries },
                );
            }
            Event::News => self.look(),
            Event::Look => {
                self.look();
                self.running.into_iter().for_each(|life| self.run_errands(life));
                let pause = self.luck.between_ms(1_000, self.luck.look_ms);
                self.plan(if self.running.is_some() { pause } else { HOUR }, Event::Look);
            }
            Event::Tidy => {
                self.clock_may_jump();
                self.ask(Command::Tidy, Asker::Nobody);
                let pause = self.luck.between_ms(MINUTE, self.luck.tidy_ms);
                self.plan(pause, Event::Tidy);
            }
            Event::Commit => self.commit(),
            Event::Start => self.start(),
        }
    }

    fn client_acts(&mut self, n: usize) {
        let over = self.at_ms >= self.luck.span_ms;
        let today = self.now().today;
        let Some(command) = self.clients[n].next(&mut self.luck, today, over) else { return };
        if self.luck.strikes(self.luck.said_twice) {
            self.ask(command.clone(), Asker::Nobody);
        }
        self.ask(command, Asker::Client(n));
    }

    /// The worker, with the hands it has free.
    fn look(&mut self) {
        let codes = self.at_carrier.values().filter(|kind| **kind == Kind::Verification).count();
        let borrowed = codes.saturating_sub(self.luck.verification_hands);
        let others = self.at_carrier.len() - codes;
        let any = self.luck.hands.saturating_sub(others + borrowed);
        let verification = self.luck.verification_hands.saturating_sub(codes);
        if any + verification > 0 {
            self.ask(Command::Take { any, verification }, Asker::Worker);
        }
    }

    /// What is to be done at the payment provider, and is not under way.
    fn run_errands(&mut self, life: u64) {
        for errand in self.state.purchase_errands(self.now().at) {
            if !self.at_till.insert(errand.clone()) {
                continue;
            }
            let key = match &errand {
                Errand::Place(key) | Errand::Look(key) | Errand::Close(key) => key,
                Errand::Refund(refund) | Errand::LookAfter(refund) => &refund.key,
            };
            let purchase = self.state.purchase_of(key).expect("an errand is about a purchase").clone();
            let (learned, guests) = self.till.carry_out(&mut self.luck, &errand, &purchase);
            guests.into_iter().for_each(|after_ms| self.plan(after_ms, Event::Guest(purchase.number())));
            let after_ms = self.luck.between_ms(5, 2_000);
            self.plan(after_ms, Event::Errand { life, errand, learned });
        }
    }

    /// A page that is still to be kept, or a new one, which the carrier forgets whether it arrives or not.
    fn fetch(&mut self, life: u64, mut page: Vec<Receipt>) {
        if page.is_empty() {
            page.extend(self.to_fetch.drain(..self.to_fetch.len().min(PAGE_ROWS)));
            if !page.is_empty() && self.luck.strikes(self.luck.page_lost) {
                self.told.pages_lost += 1;
                page.clear();
            }
        }
        if page.is_empty() {
            let pause = self.luck.between_ms(1_000, self.luck.look_ms);
            return self.plan(pause, Event::Fetch { life, page });
        }
        self.ask(Command::KeepReceipts { receipts: page.clone() }, Asker::Fetcher { page });
    }

    fn ask(&mut self, command: Command, asker: Asker) {
        if self.running.is_none() {
            return self.is_lost(asker);
        }
        if self.inbox.is_empty() {
            let gather = self.luck.between_ms(0, 50);
            self.plan(gather, Event::Commit);
        }
        self.inbox.push((command, asker));
    }

    /// The writer: everything that waits is decided, kept, and answered.
    fn commit(&mut self) {
        if self.inbox.is_empty() {
            return;
        }
        let now = self.now();
        let mut entries = Vec::new();
        let mut answers = Vec::new();
        for (command, asker) in std::mem::take(&mut self.inbox) {
            let decided = self.state.carry_out(now, &command);
            self.model.follow(now, &command, decided.as_deref().ok());
            entries.extend(decided.iter().flatten().cloned());
            answers.push((asker, decided));
        }
        self.state.take_changed();
        let crashes = !entries.is_empty() && self.luck.strikes(self.luck.crash);
        let kept_before = self.luck.strikes(50);
        let disk_full = !entries.is_empty() && self.luck.strikes(self.luck.disk_full);
        if (crashes && !kept_before) || disk_full {
            self.model = self.model_kept.clone();
            self.state = outside::read_anew(&self.kept, self.luck.rules());
            self.told.commits_failed += u64::from(disk_full);
        } else {
            self.keep(&entries);
            for (asker, _) in &answers {
                if let Asker::Answer { answers, .. } = asker {
                    answers.iter().for_each(|(key, answer)| self.counted.heard(key, answer));
                }
            }
        }
        if crashes {
            self.crash();
        }
        for (asker, decided) in answers {
            if crashes || disk_full { self.is_lost(asker) } else { self.is_told(asker, decided) }
        }
    }

    fn keep(&mut self, entries: &[Entry]) {
        if !entries.is_empty() {
            self.kept.push(outside::written_and_read(entries));
            self.model_kept = self.model.clone();
            self.model.agrees_with(&self.state);
            self.told.commits += 1;
            self.plan(1, Event::News);
        }
    }

    fn keep_without_faults(&mut self) {
        let faults = (self.luck.crash, self.luck.disk_full);
        (self.luck.crash, self.luck.disk_full) = (0, 0);
        self.commit();
        (self.luck.crash, self.luck.disk_full) = faults;
    }

    /// `kill -9`: what the carrier is being asked goes on without us.
    fn crash(&mut self) {
        self.told.crashes += 1;
        self.running = None;
        self.at_carrier.clear();
        self.at_till.clear();
        let down_ms = if self.luck.strikes(5) { 60 * HOUR } else { 20_000 };
        let pause = self.luck.between_ms(100, down_ms);
        self.plan(pause, Event::Start);
    }

    /// The journal is read, and before anybody is let in, what was being submitted is in doubt.
    fn start(&mut self) {
        let read = outside::read_anew(&self.kept, self.luck.rules());
        assert_eq!(read, self.state, "what was written is what is known");
        self.state = outside::left_and_found(&read);
        assert_eq!(read, self.state, "a snapshot of it is equal");
        self.lives += 1;
        self.running = Some(self.lives);
        if self.luck.fetches {
            self.plan(1, Event::Fetch { life: self.lives, page: Vec::new() });
        }
        self.inbox.push((Command::Recover, Asker::Starter));
        self.commit();
    }

    fn is_told(&mut self, asker: Asker, decided: Result<Vec<Entry>, Refusal>) {
        match asker {
            Asker::Client(n) if self.luck.strikes(self.luck.answer_lost) => self.is_lost(Asker::Client(n)),
            Asker::Client(n) => {
                self.clients[n].wants = None;
                let pause = self.luck.between_ms(0, self.luck.gap_ms);
                self.plan(pause, Event::Client(n));
            }
            Asker::Worker => {
                let entries = decided.expect("it may always be asked what is next");
                self.calls(&entries).into_iter().for_each(|call| self.submit(&call));
            }
            Asker::Answer { call, .. } => {
                self.at_carrier.remove(&call);
            }
            Asker::Fetcher { .. } => {
                self.told.pages += 1;
                self.plan(1, Event::Fetch { life: self.lives, page: Vec::new() });
            }
            Asker::Carrier { .. } | Asker::Provider(_) | Asker::Starter | Asker::Nobody => {}
        }
    }

    /// No answer came; whoever is still there asks again.
    fn is_lost(&mut self, asker: Asker) {
        match asker {
            Asker::Client(n) => {
                self.told.answers_lost += 1;
                let patience_ms = if self.running.is_some() { 30_000 } else { HOUR };
                let pause = self.luck.between_ms(500, patience_ms);
                self.plan(pause, Event::Client(n));
            }
            Asker::Answer { call, answers } => {
                if let Some(life) = self.running {
                    self.plan(100, Event::Answer { life, call, answers });
                }
            }
            Asker::Fetcher { page } => match self.running {
                Some(life) => self.plan(100, Event::Fetch { life, page }),
                None => self.told.pages_lost += 1,
            },
            Asker::Carrier { receipt, tries } if tries > 1 => {
                self.plan(20 * MINUTE, Event::Receipt { receipt, tries: tries - 1 });
            }
            Asker::Provider(found) if found.insists => self.plan(20 * MINUTE, Event::Notice(found)),
            // It gave up at the full disk, and is started again.
            Asker::Starter if self.running.is_some() => self.crash(),
            Asker::Carrier { .. } | Asker::Provider(_) | Asker::Starter | Asker::Worker | Asker::Nobody => {}
        }
    }

    /// Messages that go out together are one call.
    fn calls(&self, entries: &[Entry]) -> Vec<Call> {
        let mut calls: Vec<Call> = Vec::new();
        for key in handed_out(entries) {
            let message = self.state.message(key).expect("it was handed out");
            let to = (key.clone(), message.wish.phone.clone());
            match calls.last_mut().filter(|last| last.reference == message.reference) {
                Some(last) => last.to.push(to),
                None => {
                    let (reference, kind) = (message.reference, message.wish.kind);
                    calls.push(Call { reference, kind, to: vec![to] });
                }
            }
        }
        calls
    }

    fn submit(&mut self, call: &Call) {
        let life = self.running.expect("only a living process calls");
        self.told.calls += 1;
        self.at_carrier.insert(self.told.calls, call.kind);
        call.to.iter().for_each(|(key, _)| self.counted.called(key));
        let Response { answers, after_ms, receipts } = self.carrier.submit(&mut self.luck, call);
        for (after_ms, receipt) in receipts {
            self.plan(after_ms, Event::Receipt { receipt, tries: RECEIPT_TRIES });
        }
        self.plan(after_ms, Event::Answer { life, call: self.told.calls, answers });
    }

    fn clock_may_jump(&mut self) {
        if self.luck.strikes(self.luck.clock_jumps) {
            let jumps = [1, 20, 180, 26 * 60, -1, -20, -120];
            self.clock_ms += self.luck.one_of(&jumps) * MINUTE;
            self.told.clock_jumps += 1;
        }
    }

    fn check_the_end(&self) {
        let told = self.luck.carrier_tells_in_the_end;
        let all_at_hand = outside::all_at_hand(&self.kept, self.luck.rules());
        outside::nothing_is_lost_on_file(&self.state, &all_at_hand);
        outside::charged_for_what_was_taken((&self.state, &all_at_hand), &self.carrier, told);
        self.counted.none_blindly_again(&self.carrier);
        outside::books_balance(&self.kept, &self.state);
        self.till.no_guest_lost_a_fen(&self.state);
        assert!(
            self.state.purchase_errands(Timestamp::MAX).is_empty(),
            "nothing is left to be done at the till"
        );
        assert_eq!(
            outside::read_anew(&self.kept, self.luck.rules()),
            self.state,
            "what was written is what is known"
        );
        assert_eq!((self.state.messages_waiting(), self.state.receipts_waiting()), (0, 0));
    }

    fn tell(mut self) -> Told {
        let all_at_hand = outside::all_at_hand(&self.kept, self.luck.rules());
        for (brand, known) in all_at_hand.brands() {
            self.told.units_expired += known.account.places().expired.0;
            self.told.filed += self.state.filed_count(brand) as u64;
            for purchase in self.state.purchases(brand) {
                self.told.bought += u64::from(matches!(purchase.standing, Standing::Paid { .. }));
                let refunds = purchase.payments.values().filter(|received| received.refund.is_some());
                self.told.paid_back += refunds.count() as u64;
            }
            for (_, message) in all_at_hand.messages(brand) {
                self.told.messages += 1;
                self.told.own_words += u64::from(outside::has_own_words(&self.state, message));
                *match &message.state {
                    MessageState::Delivered | MessageState::Undelivered { .. } => &mut self.told.delivered,
                    MessageState::Failed { .. } => &mut self.told.refunded,
                    MessageState::Released { .. } | MessageState::Barred { .. } => &mut self.told.given_back,
                    MessageState::Refused { .. } => &mut self.told.without_units,
                    MessageState::Queued { .. }
                    | MessageState::Submitting { .. }
                    | MessageState::Postponed { .. }
                    | MessageState::InDoubt { .. }
                    | MessageState::Accepted { .. } => continue,
                } += 1;
            }
        }
        self.told
    }

    fn now(&self) -> Now {
        let begin: Timestamp = self.luck.begins.parse().expect("a time");
        let at = begin + SignedDuration::from_millis(self.at_ms + self.clock_ms);
        Now { at, today: at.to_zoned(TimeZone::UTC).date() }
    }

    fn plan(&mut self, after_ms: i64, event: Event) {
        self.planned += 1;
        self.agenda.insert((self.at_ms + after_ms, self.planned), event);
    }
}
