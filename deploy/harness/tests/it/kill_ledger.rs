//! The cloud is killed with -9 at random, a hundred times, while a brand's systems freeze, pay, report, release and
//! send to one or many, and while the carrier refuses, is busy, breaks answers off and sends receipts early, twice,
//! late or never.
//!
//! An outside ledger keeps every request that was answered, and the carrier keeps every call. Afterwards every
//! answered step is in the books, once; the books balance to the unit; and nobody got a message twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use harness::dice::Dice;
use harness::service::{Service, System};
use serde_json::{Value, json};
use tokio::sync::watch;

const KILLS: usize = 100;
const CLIENTS: u64 = 8;
/// What the last four digits of a number ask of the sandbox: mostly nothing. Refused, "busy" once, an answer that
/// breaks off or is a proxy's, receipts of every sort and none.
const ENDINGS: [&str; 20] = [
    "0000", "0000", "0000", "0000", "0000", "0000", "0000", "0108", "0104", "0103", "0201", "0202", "0203",
    "0300", "0303", "0304", "0400", "0401", "0402", "0403",
];
/// The two of them that tell us to come back later, once for each number.
const BUSY_ENDINGS: [&str; 2] = ["0103", "0104"];
/// More than the crowd can use, so that no refusal hides a loss.
const UNITS_BOUGHT: u64 = 10_000_000;
const LIFE_MIN: Duration = Duration::from_millis(20);
const LIFE_MAX: Duration = Duration::from_millis(900);
/// A client that gets no answer for so long has found a fault; so has a message whose fate nobody learns.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn s3_s4_s6_s8_s10_a_hundred_kills_lose_nothing_and_charge_nothing_twice() {
    let mut dice = Dice::cast("killing the cloud");
    let began = Instant::now();
    let (service, system) = Service::new(UNITS_BOUGHT).await.expect("a cloud on free ports");
    let (stop, stopped) = watch::channel(false);
    let crowd: Vec<_> = (0..CLIENTS)
        .map(|name| tokio::spawn(Payer::new(system.clone(), &dice, name).work(stopped.clone())))
        .collect();

    for _ in 0..KILLS {
        let running = service.open(&system).await.expect("the cloud comes back after every kill");
        tokio::time::sleep(dice.between(LIFE_MIN, LIFE_MAX)).await;
        running.kill().expect("it was running");
    }
    let running = service.open(&system).await.expect("the cloud comes back after the last kill");
    stop.send(true).expect("the crowd listens");
    let mut did = Did::default();
    for client in crowd {
        did.add(client.await.expect("every client gets its last answer"));
    }

    let settled = until_nothing_is_under_way(&system, &did).await;
    did.is_in_the_books(&system, &settled).await;
    did.went_out_once(&service, &system).await;
    running.kill().expect("it was running");
    let proof = service.audit().expect("the books balance");
    println!(
        "{} freezes, {} messages, {} answers lost, {KILLS} kills in {:.0?}; audit: {}",
        did.freezes.len(),
        did.messages.len(),
        did.answers_lost,
        began.elapsed(),
        proof.trim()
    );
    assert!(did.answers_lost > KILLS / 2, "kills that nobody noticed prove nothing");
}

/// A client that takes freezes and messages to their end, each step until it is answered.
struct Payer {
    system: System,
    dice: Dice,
    name: u64,
    did: Did,
}

/// The outside ledger: what was answered.
#[derive(Default)]
struct Did {
    /// Units and the last state, by the freeze's number.
    freezes: BTreeMap<String, (u64, &'static str)>,
    /// Text and number of each message, by its id.
    messages: BTreeMap<String, (String, String)>,
    answers_lost: usize,
}

impl Payer {
    fn new(system: System, dice: &Dice, name: u64) -> Self {
        Self { system, dice: dice.of_player(name), name, did: Did::default() }
    }

    async fn work(mut self, stop: watch::Receiver<bool>) -> Did {
        while !*stop.borrow() {
            match self.dice.below(10) {
                0..3 => self.send_message().await,
                3 => self.send_to_many().await,
                _ => self.take_a_freeze_to_its_end().await,
            }
        }
        self.did
    }

    async fn take_a_freeze_to_its_end(&mut self) {
        let (id, units) = (self.dice.uuid().to_string(), 1 + self.dice.below(9));
        let freeze = format!("/api/v1/sms/freezes/{id}");
        self.insist("PUT", &freeze, Some(json!({ "units": units }))).await;
        let state = match self.dice.below(4) {
            0 => "open",
            1 => {
                self.insist("POST", &format!("{freeze}/release"), None).await;
                "released"
            }
            paid => {
                self.insist("POST", &format!("{freeze}/pay"), None).await;
                let (word, state) = if paid == 2 { ("sent", "sent") } else { ("failed", "refunded") };
                let result = format!("/api/v1/sms/payments/{id}/result");
                self.insist("POST", &result, Some(json!({ "result": word }))).await;
                state
            }
        };
        self.did.freezes.insert(id, (units, state));
    }

    async fn send_message(&mut self) {
        let (id, phone) = (self.dice.uuid().to_string(), self.phone());
        let text = self.text();
        let wish = json!({ "kind": "notification", "phone": &phone, "text": &text });
        self.insist("PUT", &format!("/api/v1/sms/messages/{id}"), Some(wish)).await;
        self.did.messages.insert(id, (text, phone));
    }

    /// The same to all of them, or to each something else.
    async fn send_to_many(&mut self) {
        let (id, text) = (self.dice.uuid(), self.text());
        let to_each = self.dice.below(2) == 0;
        let phones: BTreeSet<_> = (0..2 + self.dice.below(6)).map(|_| self.phone()).collect();
        let phones: Vec<_> = phones.into_iter().collect();
        let mut wish = json!({ "kind": "notification", "text": &text, "phones": &phones });
        if to_each {
            wish["text"] = format!("{text}，{{1}}号").into();
            wish["parameters"] = (0..phones.len()).map(|at| json!([at.to_string()])).collect();
        }
        let begun = self.insist("PUT", &format!("/api/v1/sms/batches/{id}"), Some(wish)).await;
        let messages = begun["messages"].as_array().expect("a batch names its messages");
        assert_eq!(messages.len(), phones.len(), "{begun}");
        for message in messages {
            let at = message["at"].as_u64().and_then(|at| usize::try_from(at).ok()).expect("a place");
            let id = message["message"].as_str().expect("a message has an id").to_owned();
            let text = if to_each { format!("{text}，{at}号") } else { text.clone() };
            self.did.messages.insert(id, (text, phones[at].clone()));
        }
    }

    /// One for each message: by it the carrier's calls are told apart.
    fn text(&self) -> String {
        format!("【示例】{}号桌第{}单好了", self.name, self.did.messages.len())
    }

    fn phone(&mut self) -> String {
        let at = usize::try_from(self.dice.below(ENDINGS.len() as u64)).expect("a short list");
        format!("139{:04}{}", self.dice.below(10_000), ENDINGS[at])
    }

    async fn insist(&mut self, method: &str, path: &str, body: Option<Value>) -> Value {
        let began = Instant::now();
        loop {
            match self.system.ask(method, path, body.as_ref()).await {
                Some((200, answer)) => return answer,
                Some((status, answer)) => panic!("{method} {path} was refused with {status}: {answer}"),
                None => self.did.answers_lost += 1,
            }
            assert!(began.elapsed() < PATIENCE, "no answer to {method} {path} for {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Did {
    fn add(&mut self, other: Self) {
        self.freezes.extend(other.freezes);
        self.messages.extend(other.messages);
        self.answers_lost += other.answers_lost;
    }

    /// Every freeze is where its last answer said, and the sums are the clients' own, to the unit (S13).
    async fn is_in_the_books(&self, system: &System, settled: &Value) {
        for (id, (units, state)) in &self.freezes {
            let kept = look(system, &format!("/api/v1/sms/freezes/{id}")).await;
            assert_eq!(
                (kept["units"].as_u64(), kept["state"].as_str()),
                (Some(*units), Some(*state)),
                "{id}"
            );
        }
        let units_of = |state| -> u64 {
            self.freezes.values().filter(|(_, at)| *at == state).map(|(units, _)| units).sum()
        };
        let book = |place: &str| settled[place].as_u64().expect("a place of the books is a number");
        let mut charged = 0;
        for id in self.messages.keys() {
            let state = look(system, &format!("/api/v1/sms/messages/{id}")).await["state"].clone();
            charged += u64::from(state != "failed");
        }
        assert_eq!(book("frozen"), units_of("open"), "frozen");
        assert_eq!(book("sent") + book("in_doubt"), units_of("sent") + charged, "sent");
        let gone = units_of("open") + units_of("sent") + charged;
        assert_eq!(book("available"), UNITS_BOUGHT - gone, "available");
    }

    /// S10: the carrier took every message that counts as sent and none that was refunded, and none of them twice.
    async fn went_out_once(&self, service: &Service, system: &System) {
        let mut taken: BTreeMap<(String, String), u32> = BTreeMap::new();
        for message in service.carrier.messages() {
            *taken.entry((message.text, message.phone)).or_default() += 1;
        }
        let mut states: BTreeMap<String, u32> = BTreeMap::new();
        for (id, whom) in &self.messages {
            let times = taken.remove(whom).unwrap_or(0);
            let kept = look(system, &format!("/api/v1/sms/messages/{id}")).await;
            let state = kept["state"].as_str().unwrap_or_default();
            match state {
                "accepted" | "delivered" | "undelivered" => assert_eq!(times, 1, "{id}: {kept}"),
                "in_doubt" => assert!(times <= 1, "{id} went out {times} times"),
                "failed" => assert_eq!(times, 0, "{id} was refunded: {kept}"),
                _ => panic!("{id} ended as {kept}"),
            }
            *states.entry(state.to_owned()).or_default() += 1;
        }
        assert!(taken.is_empty(), "nobody asked for {taken:?}");
        let busy: BTreeSet<_> = self.messages.values().map(|(_, phone)| phone).collect();
        let busy = busy.into_iter().filter(|phone| BUSY_ENDINGS.iter().any(|ending| phone.ends_with(ending)));
        let (calls, most) = (service.carrier.calls().send, self.messages.len() + busy.count());
        assert!(calls <= most as u64, "{calls} calls, and {most} can be explained");
        println!("messages by their end: {states:?}; {calls} calls of the carrier");
    }
}

/// Waits until no message is on its way any more, and returns the books.
async fn until_nothing_is_under_way(system: &System, did: &Did) -> Value {
    let began = Instant::now();
    for id in did.messages.keys() {
        while let Some("queued" | "submitting") =
            look(system, &format!("/api/v1/sms/messages/{id}")).await["state"].as_str()
        {
            assert!(began.elapsed() < PATIENCE, "message {id} still waits after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    look(system, "/api/v1/sms/balance").await
}

async fn look(system: &System, path: &str) -> Value {
    let answer = system.ask("GET", path, None).await;
    let Some((200, found)) = answer else { panic!("{path}: {answer:?}") };
    found
}
