//! A crowd of clients as impatient as a real shop: each mints the id of its request, keeps it, and asks until it is
//! answered. What each asked and heard is written down, so that it can be held against the books afterwards.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use shared::command::{Answer, Command, WantedLine};
use shared::guest::{Guest, WristbandNumber};
use shared::id::{DishId, LineId, RequestId};
use shared::quantity::Quantity;
use tokio::sync::watch;

use crate::dice::Dice;

/// Where a box listens and as whom to ask.
#[derive(Debug, Clone)]
pub struct Door {
    /// `http://127.0.0.1:7080`
    pub address: String,
    /// `device.secret`
    pub token: String,
    /// Shared by everybody, so that connections are kept.
    pub http: reqwest::Client,
}

/// How a request went, as its client knows it.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Granted.
    Answer(Answer),
    /// Refused, with the code.
    Refusal(String),
    /// The client gave up after a lost answer: it may have happened, but not twice.
    Nothing,
}

/// One request of one client.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Minted by the client.
    pub id: RequestId,
    /// The wish.
    pub command: Command,
    /// How it went.
    pub heard: Heard,
    /// How often it was sent.
    pub tries: u32,
}

/// A client that orders and works lines until `stop` says so; then it still gets its last answer.
#[derive(Debug)]
pub struct Client {
    door: Door,
    dice: Dice,
    name: u64,
    lines: VecDeque<LineId>,
    asked: Vec<Asked>,
}

/// In so many of a hundred lost answers a client gives up.
const GIVES_UP_IN_A_HUNDRED: u64 = 10;
/// A client that gets no answer this long after the box is to be back has found a fault.
const PATIENCE: Duration = Duration::from_secs(30);

impl Door {
    /// Asks once. `None` when no answer came, or one that says "try again".
    pub async fn ask(&self, id: RequestId, command: &Command) -> Option<Heard> {
        let address = format!("{}/api/v1/requests/{id}", self.address);
        let sent = self.http.put(address).bearer_auth(&self.token).json(command).send().await.ok()?;
        let status = sent.status();
        let body = sent.bytes().await.ok()?;
        if status.is_success() {
            return Some(Heard::Answer(
                serde_json::from_slice(&body).expect("a granted request answers an Answer"),
            ));
        }
        if status.is_server_error() {
            return None;
        }
        let problem: shared::problem::Problem =
            serde_json::from_slice(&body).expect("a refusal is a Problem");
        Some(Heard::Refusal(problem.code))
    }
}

impl Client {
    /// The `name`-th client, with dice of its own.
    pub fn new(door: Door, dice: &Dice, name: u64) -> Self {
        Self { door, dice: dice.of_player(name), name, lines: VecDeque::new(), asked: Vec::new() }
    }

    /// Asks and asks; returns all that it asked and heard.
    pub async fn rush(mut self, stop: watch::Receiver<bool>) -> Vec<Asked> {
        while !*stop.borrow() {
            let (id, command) = (RequestId(self.dice.uuid()), self.wish());
            let (heard, tries) = self.insist(id, &command).await;
            if let (Heard::Answer(answer), Command::PlaceOrder { .. }) = (&heard, &command) {
                self.lines
                    .extend(answer.orders.iter().flat_map(|order| &order.lines).map(|line| line.placed.line));
            }
            self.asked.push(Asked { id, command, heard, tries });
        }
        self.asked
    }

    async fn insist(&mut self, id: RequestId, command: &Command) -> (Heard, u32) {
        let began = Instant::now();
        for tries in 1.. {
            if let Some(heard) = self.door.ask(id, command).await {
                return (heard, tries);
            }
            if self.dice.in_a_hundred(GIVES_UP_IN_A_HUNDRED) {
                return (Heard::Nothing, tries);
            }
            assert!(began.elapsed() < PATIENCE, "no answer to {id} for {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        unreachable!("a client gives up or loses patience before it has asked four billion times")
    }

    /// Mostly orders, for few guests so that some are additions (K1); else the next step of a line it knows.
    fn wish(&mut self) -> Command {
        let line = if self.dice.in_a_hundred(40) { self.lines.pop_front() } else { None };
        let Some(line) = line else { return self.order() };
        match self.dice.below(4) {
            0 => Command::CancelLine { line },
            1 => Command::FinishCooking { line, portions: None },
            2 | 3 => {
                self.lines.push_front(line);
                Command::StartCooking { line, portions: None }
            }
            other => unreachable!("{other} is not below 4"),
        }
    }

    fn order(&mut self) -> Command {
        let guest = format!("{}-{}", self.name, self.dice.below(400));
        let wristband = WristbandNumber::new(guest).expect("a short number is a label");
        let count = 1 + self.dice.below(3);
        Command::PlaceOrder {
            guest: Some(Guest::Wristband { wristband }),
            lines: (0..count).map(|_| two_dumplings()).collect(),
            phone: None,
        }
    }
}

/// 水饺2份, which every menu of ours has.
pub fn two_dumplings() -> WantedLine {
    WantedLine {
        dish: DishId::new("shuijiao").expect("a slug"),
        quantity: Quantity::new(2).expect("2 is between 1 and 99"),
        options: Vec::new(),
        cautions: Vec::new(),
        hold: false,
        note: String::new(),
    }
}
