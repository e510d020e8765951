//! The cloud is killed with -9 at random, fifty times, while a brand's systems freeze, pay, report, release and
//! send. Afterwards every answered step is in the books, once; the books balance to the unit; and the carrier was
//! given no message twice.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use harness::dice::Dice;
use harness::service::{Service, System};
use serde_json::{Value, json};
use tokio::sync::watch;

const KILLS: usize = 50;
const CLIENTS: u64 = 8;
/// More than the crowd can use, so that no refusal hides a loss.
const UNITS_BOUGHT: u64 = 10_000_000;
const LIFE_MIN: Duration = Duration::from_millis(20);
const LIFE_MAX: Duration = Duration::from_millis(900);
/// A client that gets no answer for so long has found a fault; so has a message whose fate nobody learns.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn s3_s4_s6_s8_fifty_kills_lose_and_charge_nothing_twice() {
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

/// What was answered.
#[derive(Default)]
struct Did {
    /// Units and the last state, by the freeze's number.
    freezes: BTreeMap<String, (u64, &'static str)>,
    /// The text of each message, by its id.
    messages: BTreeMap<String, String>,
    answers_lost: usize,
}

impl Payer {
    fn new(system: System, dice: &Dice, name: u64) -> Self {
        Self { system, dice: dice.of_player(name), name, did: Did::default() }
    }

    async fn work(mut self, stop: watch::Receiver<bool>) -> Did {
        while !*stop.borrow() {
            if self.dice.in_a_hundred(30) {
                self.send_message().await;
            } else {
                self.take_a_freeze_to_its_end().await;
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
        let id = self.dice.uuid().to_string();
        let text = format!("【示例】{}号桌第{}单好了", self.name, self.did.messages.len());
        let wish = json!({ "kind": "notification", "phone": "13900000000", "text": text });
        self.insist("PUT", &format!("/api/v1/sms/messages/{id}"), Some(wish)).await;
        self.did.messages.insert(id, text);
    }

    async fn insist(&mut self, method: &str, path: &str, body: Option<Value>) {
        let began = Instant::now();
        loop {
            match self.system.ask(method, path, body.as_ref()).await {
                Some((200, _)) => return,
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
        let messages = u64::try_from(self.messages.len()).expect("few messages");
        assert_eq!(book("frozen"), units_of("open"), "frozen");
        assert_eq!(book("sent") + book("in_doubt"), units_of("sent") + messages, "sent");
        let gone = units_of("open") + units_of("sent") + messages;
        assert_eq!(book("available"), UNITS_BOUGHT - gone, "available");
    }

    /// S10: the carrier was given every message that counts as sent, and none of them twice.
    async fn went_out_once(&self, service: &Service, system: &System) {
        let mut given: BTreeMap<String, u32> = BTreeMap::new();
        for message in service.carrier.messages() {
            *given.entry(message.text).or_default() += 1;
        }
        for (id, text) in &self.messages {
            let times = given.remove(text).unwrap_or(0);
            let kept = look(system, &format!("/api/v1/sms/messages/{id}")).await;
            match kept["state"].as_str() {
                Some("accepted" | "delivered") => assert_eq!(times, 1, "{text} counts as sent"),
                Some("in_doubt") => assert!(times <= 1, "{text} went out {times} times"),
                state => panic!("{text} ended as {state:?}"),
            }
        }
        assert!(given.is_empty(), "nobody asked for {given:?}");
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
