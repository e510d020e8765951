//! A screen that follows the rule of the revisions shows what is true, whatever happens to the broker.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use shared::command::{Outcome, Reply};
use shared::id::OrderId;
use shared::order::OrderView;
use shared::screen::{Board, BoardEvent, Heartbeat, MenuEvent, MenuView};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::the_box::{TestBox, about, dishes, eventually, for_wristband};

/// Commands of a busy hour.
const COMMANDS: usize = 200;

/// What a kitchen screen knows.
#[derive(Debug, Clone, Default)]
struct Shown {
    revision: u64,
    orders: BTreeMap<OrderId, OrderView>,
    /// How often it had to fetch, and how many events it took.
    fetched: usize,
    applied: usize,
}

impl Shown {
    fn fetch(&mut self, board: Board) {
        self.revision = board.revision;
        self.orders = board.orders.into_iter().map(|order| (order.order, order)).collect();
        self.fetched += 1;
    }

    /// Takes an event in. `false`: one before it is missing, and the board must be fetched.
    fn apply(&mut self, event: BoardEvent) -> bool {
        if event.revision <= self.revision {
            return true;
        }
        if event.after > self.revision {
            return false;
        }
        for order in event.orders {
            if order.is_on_board() {
                self.orders.insert(order.order, order);
            } else {
                self.orders.remove(&order.order);
            }
        }
        self.revision = event.revision;
        self.applied += 1;
        true
    }
}

/// A kitchen screen that runs until it is dropped.
struct Screen {
    shown: watch::Receiver<Shown>,
    task: JoinHandle<()>,
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Screen {
    fn start(shop: Arc<TestBox>) -> Self {
        let (show, shown) = watch::channel(Shown::default());
        let task = tokio::spawn(async move {
            loop {
                follow(&shop, &show).await;
            }
        });
        Self { shown, task }
    }

    fn shows(&self) -> Shown {
        self.shown.borrow().clone()
    }

    async fn converges(&self, board: &Board) {
        let expected: BTreeMap<_, _> =
            board.orders.iter().map(|order| (order.order, order.clone())).collect();
        eventually("the screen shows the board", async || (self.shows().orders == expected).then_some(()))
            .await;
    }
}

/// One connection: subscribe, fetch, then apply. A heartbeat that is ahead twice in a row means a lost event.
async fn follow(shop: &TestBox, show: &watch::Sender<Shown>) {
    let mut link = shop.mqtt("kitchen_1", &["l1/board", "l1/hb"]).await;
    let fetch = async || {
        let board = shop.board().await;
        show.send_modify(|shown| shown.fetch(board));
    };
    fetch().await;
    let mut behind = false;
    while let Some((topic, payload)) = link.next().await {
        if topic == "l1/board" {
            let event = serde_json::from_slice(&payload).expect("a board event");
            let mut fits = true;
            show.send_modify(|shown| fits = shown.apply(event));
            if !fits {
                fetch().await;
            }
        } else {
            let heartbeat: Heartbeat = serde_json::from_slice(&payload).expect("a heartbeat");
            let was_behind = std::mem::replace(&mut behind, heartbeat.revision > show.borrow().revision);
            if was_behind && behind {
                fetch().await;
            }
        }
    }
}

/// The same sequence of dice at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // The constants of Knuth's MMIX.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    /// Something that somebody in a shop could want; not all of it is granted.
    fn command(&mut self, board: &Board) -> Value {
        const MOVES: [&str; 8] = [
            "start_cooking",
            "finish_cooking",
            "start_cooking",
            "finish_cooking",
            "call_for_pickup",
            "pick_up",
            "pick_up",
            "cancel_line",
        ];
        const DISHES: [&str; 4] = ["shuijiao", "kele", "mifan", "mapodoufu"];
        let guest = self.roll(12).to_string();
        let order = (!board.orders.is_empty()).then(|| &board.orders[self.roll(board.orders.len())]);
        match (order, self.roll(20)) {
            (None, _) | (Some(_), 0..=4) => for_wristband(&guest, &[(DISHES[self.roll(4)], 1), ("mifan", 2)]),
            (Some(_), 5) => json!({ "type": "return_wristband", "wristband": guest }),
            (Some(_), 6) => json!({ "type": "mark_sold_out", "dish": "jiaozi" }),
            (Some(order), 7) => json!({ "type": "cancel_order", "order": order.order }),
            (Some(order), 8..) => {
                let line = order.lines[self.roll(order.lines.len())].placed.line;
                about(MOVES[self.roll(MOVES.len())], line)
            }
        }
    }
}

#[tokio::test]
async fn a_screen_that_applies_events_shows_the_board_and_fetches_once() {
    let shop = Arc::new(TestBox::start().await);
    let screen = Screen::start(shop.clone());
    eventually("the screen has fetched", async || (screen.shows().fetched == 1).then_some(())).await;
    let mut dice = Dice(1);
    for _ in 0..COMMANDS {
        let command = dice.command(&shop.board().await);
        shop.ask("cashier_1", command).await;
    }
    let board = shop.board().await;
    screen.converges(&board).await;
    let shown = screen.shows();
    assert!(shown.fetched == 1 && shown.applied > COMMANDS / 4, "{} {}", shown.fetched, shown.applied);
}

#[tokio::test]
async fn a_killed_broker_is_back_by_itself_and_the_screens_catch_up() {
    let shop = Arc::new(TestBox::start().await);
    let screen = Screen::start(shop.clone());
    eventually("the screen has fetched", async || (screen.shows().fetched == 1).then_some(())).await;
    let mut dice = Dice(2);
    let killed = shop.broker_pid().expect("it runs");
    for round in 0..COMMANDS {
        if round == COMMANDS / 2 {
            kill_process(killed, Signal::KILL).expect("it runs");
        }
        let command = dice.command(&shop.board().await);
        shop.ask("cashier_1", command).await;
    }
    screen.converges(&shop.board().await).await;
    eventually("the screen is back", async || (screen.shows().fetched >= 2).then_some(())).await;
    let broker = eventually("a new broker runs", async || shop.broker_pid()).await;
    assert_ne!(broker, killed);
    eventually("the box says so", async || shop.is_ready().await.then_some(())).await;

    let before = screen.shows().applied;
    shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    screen.converges(&shop.board().await).await;
    eventually("events come again", async || (screen.shows().applied > before).then_some(())).await;
}

#[tokio::test]
async fn a_request_over_mqtt_is_answered_on_its_own_topic_and_a_pad_sees_its_room_alone() {
    let shop = TestBox::start().await;
    let mut pad = shop.mqtt("pad_801", &["l1/rep/pad_801", "l1/view/pad_801", "l1/hb"]).await;
    let mut other = shop.mqtt("pad_802", &["l1/rep/pad_802", "l1/view/pad_802", "l1/hb"]).await;
    pad.next_on::<Heartbeat>("l1/hb").await;
    let request = pad.request("pad_801", dishes(&[("shuijiao", 2)]));
    let mut reply = None;
    let mut view = None;
    while reply.is_none() || view.is_none() {
        let (topic, payload) = pad.next().await.expect("the connection holds");
        match topic.as_str() {
            "l1/rep/pad_801" => reply = serde_json::from_slice::<Reply>(&payload).ok(),
            "l1/view/pad_801" => view = serde_json::from_slice::<BoardEvent>(&payload).ok(),
            _ => {}
        }
    }
    let reply = reply.expect("it was waited for");
    let Outcome::Answer(answer) = reply.outcome else { panic!("it was refused: {reply:?}") };
    assert_eq!((reply.id, &answer.orders), (Some(request), &view.expect("it was waited for").orders));
    assert_eq!(shop.board().await.orders, answer.orders);

    let request = other.request("pad_802", dishes(&[("kele", 1)]));
    let (mut topics, mut answered) = (Vec::new(), false);
    while !answered {
        let (topic, payload) = other.next().await.expect("the connection holds");
        answered = serde_json::from_slice::<Reply>(&payload).is_ok_and(|reply| reply.id == Some(request));
        topics.push(topic);
    }
    assert!(topics.iter().all(|topic| topic.ends_with("/pad_802") || topic == "l1/hb"), "{topics:?}");
    let board: Board = shop.get("pad_802", "/api/v1/board").await;
    assert_eq!((board.orders.len(), board.orders[0].number.0), (1, 2));
}

#[tokio::test]
async fn what_is_sold_out_is_announced_and_the_heartbeat_knows() {
    let shop = TestBox::start().await;
    let mut pad = shop.mqtt("pad_801", &["l1/menu", "l1/hb"]).await;
    let first: Heartbeat = pad.next_on("l1/hb").await;
    shop.ask("kitchen_1", json!({ "type": "mark_sold_out", "dish": "kele" })).await.granted();
    let event: MenuEvent = pad.next_on("l1/menu").await;
    let menu: MenuView = shop.get("pad_801", "/api/v1/menu").await;
    assert_eq!(menu.revision, event.revision);
    assert_eq!(menu.sold_out.iter().map(ToString::to_string).collect::<Vec<_>>(), ["kele"]);
    let next: Heartbeat = pad.next_on("l1/hb").await;
    assert_eq!((next.run, next.menu_revision), (first.run, event.revision));
    assert!(next.now > first.now);
}
