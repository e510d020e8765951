//! Two hundred screens of every role in one shop, a rush of orders, and in the middle of it the broker is killed and
//! the loudspeaker pulled out. Afterwards every screen shows what the box shows, and every message was told once or
//! its record says why not; what was said is counted on the sound card.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use harness::crowd::{Door, two_dumplings};
use harness::program::{Running, children, kill};
use harness::screen::{Screen, board, fetch};
use harness::shop::{Device, Shop};
use harness::sound_card::SoundCard;
use serde_json::{Value, json};
use shared::command::{Answer, Command, Outcome};
use shared::guest::{Guest, WristbandNumber};
use shared::id::{LineId, RequestId};
use shared::message::{
    AnnouncementsView, Channel, IntervalSeconds, MessageEvent, MessageRecord, MessageState,
};
use shared::screen::Role;
use uuid::Uuid;

/// Two hundred together.
const CROWD: [(Role, usize); 7] = [
    (Role::Pad, 100),
    (Role::Kitchen, 40),
    (Role::Expo, 10),
    (Role::CallScreen, 20),
    (Role::Speaker, 5),
    (Role::Staff, 15),
    (Role::Cashier, 10),
];
/// Pads whose guests order: what is said of them fits into the minute for which it is worth saying.
const HUNGRY_PADS: usize = 6;
/// Orders that each cashier takes, one after the other.
const ORDERS_OF_A_CASHIER: usize = 6;
/// The broker is killed when so many of them are taken.
const KILLED_AFTER: usize = 15;
/// Dishes that are called for the waiter.
const CALLED: usize = 3;
/// Whatever is not so by then is a fault.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn m4_m5_m8_m9_a_crowded_shop_loses_its_broker_and_its_speaker_and_nothing_else() {
    let began = Instant::now();
    let folder = tempfile::tempdir().expect("a folder");
    let card = SoundCard::new(folder.path()).expect("a sound card");
    let shop = Shop::new().expect("a shop on free ports").with("ALSA_CONFIG_PATH", card.config().display());
    let shop = shop
        .with("CHUANCAI_EDGE__VOICE__CACHE_FOLDER", folder.path().join("cache").display())
        .with("CHUANCAI_EDGE__VOICE__VOICE_FOLDER", folder.path().join("no_voice").display());
    let till = shop.device("till", "cashier").expect("a cashier");
    let running = shop.open().await.expect("the box opens");
    let crowd = Crowd::gather(&shop, &till).await;
    crowd.shorten_the_wait_for_service().await;
    crowd.everybody_sees_the_board().await;
    println!("{} screens after {:.0?}", crowd.screens.len(), began.elapsed());

    let trouble = async {
        crowd.until_so_many_orders(KILLED_AFTER).await;
        kill_the_broker(&running);
        eventually("something is said", async || card.chimes().is_ok_and(|chimes| chimes > 0)).await;
        card.pull_out().expect("the card can be pulled out");
        eventually("the box says that its voice is gone", async || !crowd.voice_is_well().await).await;
        card.put_back().expect("the card can be put back");
    };
    let ((), ()) = tokio::join!(crowd.rush(), trouble);
    println!("the rush is over after {:.0?}", began.elapsed());

    crowd.everything_is_told_or_explained().await;
    crowd.everybody_sees_the_board().await;
    let records = crowd.records().await;
    each_is_told_once_or_says_why_not(&records);
    crowd.screens_were_told_what_is_written(&records);
    let spoken = count(&records, |record| is_of_the_speaker(record) && record.state == MessageState::Spoken);
    let chimes = card.chimes().expect("it can be heard");
    assert!(spoken > CALLED, "a shop in which hardly anything is said proves nothing: {spoken}");
    // The one that the pull cut off is said again, whole.
    assert!((spoken..=spoken + 1).contains(&chimes), "{spoken} announcements, {chimes} chimes");
    println!("{spoken} announcements after {:.0?}; all in all: {:#?}", began.elapsed(), summary(&records));
}

struct Crowd {
    till: Door,
    doors: Vec<Door>,
    screens: Vec<Screen>,
}

impl Crowd {
    /// Each becomes one of the shop's devices by a code, as a new tablet does.
    async fn gather(shop: &Shop, till: &Device) -> Self {
        let mut crowd = Self { till: shop.door(till), doors: Vec::new(), screens: Vec::new() };
        for (role, many) in CROWD {
            for nth in 0..many {
                let device = crowd.pair(role, nth).await;
                let door = shop.door(&device);
                let screen = Screen::turn_on(&device, door.clone(), shop.broker_port()).await;
                crowd.screens.push(screen.expect("the box knows it"));
                crowd.doors.push(door);
            }
        }
        crowd
    }

    async fn pair(&self, role: Role, nth: usize) -> Device {
        let mut wanted = json!({ "role": role });
        if role == Role::Pad {
            wanted["room"] = json!(format!("{}", 801 + nth));
        }
        let offer = self.post("/api/v1/pairings", &wanted).await;
        let given = self.post("/api/v1/pairings/redeem", &json!({ "code": offer["code"] })).await;
        let text = |name: &str| given[name].as_str().expect("a credential").to_owned();
        Device { id: text("device"), token: format!("{}.{}", text("device"), text("secret")) }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let asked = self.till.http.post(format!("{}{path}", self.till.address));
        let answer = asked.bearer_auth(&self.till.token).json(body).send().await.expect("the box answers");
        let answer = answer.error_for_status().expect("it is granted");
        answer.json().await.expect("JSON")
    }

    fn of(&self, role: Role) -> impl Iterator<Item = &Screen> {
        self.screens.iter().filter(move |screen| screen.session.role == role)
    }

    /// A guest who calls is told of again after five seconds, and not after a minute.
    async fn shorten_the_wait_for_service(&self) {
        let view: AnnouncementsView =
            fetch(&self.till, "/api/v1/announcements").await.expect("there are settings");
        let mut announcements = view.announcements;
        for rule in announcements.rules.iter_mut().filter(|rule| rule.event == MessageEvent::ServiceCalled) {
            rule.interval_s = IntervalSeconds::new(5).expect("in range");
        }
        let cashier = self.of(Role::Cashier).next().expect("a cashier");
        grant(
            cashier,
            Command::SaveAnnouncements { expects: view.edited, announcements: Box::new(announcements) },
        )
        .await;
    }

    /// All at once: guests order and call, cashiers take orders, the kitchen works, waiters answer.
    async fn rush(&self) {
        let pads: Vec<_> = self.of(Role::Pad).collect();
        let ordering = pads.iter().take(HUNGRY_PADS).map(|pad| grant(pad, order(None)));
        let cashiers = self.of(Role::Cashier).zip(self.of(Role::Kitchen)).zip(self.of(Role::Expo));
        let taking = cashiers.enumerate().map(|(nth, ((cashier, cook), pass))| async move {
            for again in 0..ORDERS_OF_A_CASHIER {
                let wristband = WristbandNumber::new(format!("{nth}-{again}")).expect("a short number");
                let taken = grant(cashier, order(Some(Guest::Wristband { wristband }))).await;
                let line = taken.orders[0].lines[0].placed.line;
                grant(cook, Command::StartCooking { line, portions: None }).await;
                if nth < CALLED && again == 0 {
                    call_for_pickup(cook, pass, line).await;
                }
            }
        });
        let waiter = self.of(Role::Staff).next().expect("a waiter");
        let calling = async {
            let caller = pads[HUNGRY_PADS];
            grant(caller, Command::CallService { guest: None, wish: None }).await;
            let room = caller.session.room.clone().expect("a pad stands in a room");
            grant(waiter, Command::AnswerService { guest: Guest::Room { room } }).await;
        };
        tokio::join!(all(ordering), all(taking), calling);
    }

    async fn until_so_many_orders(&self, many: usize) {
        let have = async || board(&self.till).await.is_ok_and(|board| board.orders.len() >= many);
        eventually("orders come in", have).await;
    }

    async fn voice_is_well(&self) -> bool {
        let status: Value = fetch(&self.till, "/api/v1/status").await.expect("the box answers");
        status["voice"]["ok"] == true
    }

    /// What each screen shows is what the box shows to it.
    async fn everybody_sees_the_board(&self) {
        for (screen, door) in self.screens.iter().zip(&self.doors) {
            if screen.session.role == Role::Speaker {
                continue;
            }
            let sees = async || {
                let there = board(door).await.expect("the box answers");
                screen.seen().picture.is_some_and(|picture| picture.orders == there.orders)
            };
            eventually(&format!("{} shows the board", screen.session.device), sees).await;
        }
    }

    async fn records(&self) -> Vec<MessageRecord> {
        let (mut records, mut before) = (Vec::new(), String::new());
        loop {
            let page: Value =
                fetch(&self.till, &format!("/api/v1/messages?limit=200{before}")).await.expect("records");
            let part: Vec<MessageRecord> = serde_json::from_value(page["records"].clone()).expect("records");
            records.extend(part);
            match page["next"].as_str() {
                Some(next) => before = format!("&before={next}"),
                None => return records,
            }
        }
    }

    async fn everything_is_told_or_explained(&self) {
        let is_over = async || {
            let open =
                |record: &MessageRecord| matches!(record.state, MessageState::Queued | MessageState::Sent);
            count(&self.records().await, open) == 0
        };
        eventually("every message is told, or its record says why not", is_over).await;
    }

    /// What a screen was told is on record for its account, and what is on record as arrived was told there.
    fn screens_were_told_what_is_written(&self, records: &[MessageRecord]) {
        let mut told: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
        for screen in &self.screens {
            let heard = screen.seen();
            assert!(heard.connections > 1, "{} did not notice the kill", screen.session.device);
            told.entry(screen.session.account.to_string()).or_default().extend(heard.told.into_keys());
        }
        for record in records {
            let told = told.get_mut(record.account.as_str()).is_some_and(|told| told.remove(&record.id));
            let arrived = matches!(record.state, MessageState::Acknowledged | MessageState::Spoken);
            assert!(told || !arrived || record.account.as_str() == "box", "nobody was told {record:?}");
        }
        let strays: Vec<_> = told.into_iter().filter(|(_, left)| !left.is_empty()).collect();
        assert!(strays.is_empty(), "told and not on record: {strays:?}");
    }
}

fn each_is_told_once_or_says_why_not(records: &[MessageRecord]) {
    let mut seen = BTreeSet::new();
    for record in records {
        let which = (record.call, record.event, record.channel, record.account.to_string(), record.nth);
        assert!(seen.insert(which), "told twice: {record:?}");
        let is_told = matches!(record.state, MessageState::Acknowledged | MessageState::Spoken);
        assert!(is_told != record.reason.is_some(), "neither told nor explained: {record:?}");
    }
}

/// How many came to which end, by channel.
fn summary(records: &[MessageRecord]) -> BTreeMap<String, usize> {
    let mut ends = BTreeMap::new();
    for MessageRecord { channel, state, reason, .. } in records {
        *ends.entry(format!("{channel:?} {state:?} {reason:?}")).or_default() += 1;
    }
    ends
}

fn is_of_the_speaker(record: &MessageRecord) -> bool {
    record.channel == Channel::Speaker && record.account.as_str() == "box"
}

fn count(records: &[MessageRecord], which: impl Fn(&MessageRecord) -> bool) -> usize {
    records.iter().filter(|record| which(record)).count()
}

async fn call_for_pickup(cook: &Screen, pass: &Screen, line: LineId) {
    grant(cook, Command::FinishCooking { line, portions: None }).await;
    grant(pass, Command::CallForPickup { line }).await;
}

fn order(guest: Option<Guest>) -> Command {
    Command::PlaceOrder { guest, lines: vec![two_dumplings()], phone: None }
}

async fn grant(screen: &Screen, command: Command) -> Answer {
    let asked = format!("{} asks {command:?}", screen.session.device);
    match screen.ask(RequestId(Uuid::new_v4()), command).await {
        Outcome::Answer(answer) => answer,
        Outcome::Problem(problem) => panic!("{asked}: {problem:?}"),
    }
}

async fn all<T>(work: impl Iterator<Item = impl Future<Output = T>>) {
    let mut work: Vec<_> = work.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        work.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if work.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

fn kill_the_broker(running: &Running) {
    let [broker] = children(running.id(), "mosquitto")[..] else { panic!("a box has one broker") };
    kill(broker).expect("it was running");
}

async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < until, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
