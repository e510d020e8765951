//! The real program under a clock that lies: libfaketime stands between it and the operating system's clock.
//! The machine's running time stays true, and so does everything that waits.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::the_box::{TestBox, dishes, eventually};

/// Seven in the evening of the box's first day.
const EVENING: &str = "2027-03-27T19:00:00+08:00";

/// The clock of one box.
pub(crate) struct FakedClock {
    /// libfaketime reads from here how far off the clock is.
    file: PathBuf,
}

impl FakedClock {
    /// A clock for the next start of a box.
    pub(crate) fn of(shop: &mut TestBox) -> Self {
        let file = shop.state().with_extension("clock");
        for (name, value) in [
            ("LD_PRELOAD", library().display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_SKIP_CMDS", "mosquitto".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ] {
            shop.set_environment(name, value);
        }
        Self { file }
    }

    /// It shows this from now on, or up to a second more, and goes on from there.
    pub(crate) fn set(&self, shows: &str) {
        let shows: Timestamp = shows.parse().expect("a timestamp");
        let off: SignedDuration = shows.duration_since(Timestamp::now());
        // Renamed into place, for the box may look at any moment.
        let next = self.file.with_extension("next");
        std::fs::write(&next, format!("{:+}", off.as_secs() + 1)).expect("the offset can be written");
        std::fs::rename(&next, &self.file).expect("the offset can be put in place");
    }
}

/// Debian keeps it under the name of the machine's kind.
fn library() -> PathBuf {
    let kinds = std::fs::read_dir("/usr/lib").expect("/usr/lib is there").flatten();
    kinds
        .map(|kind| kind.path().join(Path::new("faketime/libfaketimeMT.so.1")))
        .find(|library| library.exists())
        .expect("libfaketime is installed: apt-get install faketime")
}

/// A pad orders; what people call the order, and its day.
async fn number(shop: &TestBox, pad: &str) -> String {
    let order = shop.order(pad, dishes(&[("shuijiao", 1)])).await;
    shop.ask("cashier_1", json!({ "type": "clean_room", "room": pad.trim_start_matches("pad_") }))
        .await
        .granted();
    format!("{} {}", order.day, order.number)
}

async fn is_trusted(shop: &TestBox) -> bool {
    shop.status().await["clock"]["trusted"] == true
}

/// Somebody at `device` says that what the clock shows is right.
async fn confirm(shop: &TestBox, device: &str, seen: &Value) -> (u16, Value) {
    let reply = shop.post(device, "/api/v1/clock/believed", &json!({ "seen": seen })).await;
    (reply.status, serde_json::from_str(&reply.text).expect("JSON"))
}

#[tokio::test]
async fn k2_a_new_box_boots_in_1970_and_learns_the_time_and_forgets_it_again() {
    let mut shop = TestBox::prepare(&[]);
    let clock = FakedClock::of(&mut shop);
    clock.set("1970-01-01T00:00:30Z");
    shop.restart().await;
    assert!(!is_trusted(&shop).await);
    assert_eq!(number(&shop, "pad_801").await, "1970-01-01 #01");

    clock.set(EVENING);
    assert!(is_trusted(&shop).await);
    assert_eq!(number(&shop, "pad_802").await, "2027-03-27 #02", "nobody hears #01 again");
    shop.stop().await;

    clock.set("1970-01-01T00:00:30Z");
    shop.restart().await;
    assert!(!is_trusted(&shop).await);
    assert_eq!(number(&shop, "pad_801").await, "2027-03-27 #03");
    let board = shop.board().await;
    assert!(
        board.now >= EVENING.parse().expect("a timestamp"),
        "the box goes by its last fact: {}",
        board.now
    );
    let shows = shop.status().await["clock"]["shows"].clone();
    let (status, problem) = confirm(&shop, "cashier_1", &shows).await;
    assert_eq!((status, &problem["code"]), (409, &json!("clock_before_program")));

    clock.set("2027-03-28T02:59:00+08:00");
    assert_eq!(number(&shop, "pad_801").await, "2027-03-27 #04");
    clock.set("2027-03-28T03:00:00+08:00");
    assert_eq!(number(&shop, "pad_801").await, "2027-03-28 #01");
}

#[tokio::test]
async fn k2_a_jump_is_believed_when_the_cashier_says_so_and_a_restart_keeps_the_number() {
    let mut shop = TestBox::prepare(&[]);
    let clock = FakedClock::of(&mut shop);
    clock.set(EVENING);
    shop.restart().await;
    assert_eq!(number(&shop, "pad_801").await, "2027-03-27 #01");

    clock.set("2027-03-30T19:00:00+08:00");
    assert_eq!(number(&shop, "pad_801").await, "2027-03-27 #02", "three days forward");
    assert!(!is_trusted(&shop).await);
    assert!(shop.log().contains("clock step of"));
    clock.set("2027-03-27T18:00:00+08:00");
    assert_eq!(number(&shop, "pad_801").await, "2027-03-27 #03", "an hour back");
    clock.set(EVENING);
    assert_eq!(number(&shop, "pad_801").await, "2027-03-27 #04", "put right");
    assert!(is_trusted(&shop).await);

    clock.set("2027-03-29T19:00:00+08:00");
    let shows = shop.status().await["clock"]["shows"].clone();
    assert_eq!(confirm(&shop, "kitchen_1", &shows).await.0, 403);
    let (status, problem) = confirm(&shop, "cashier_1", &json!(EVENING)).await;
    assert_eq!((status, &problem["code"]), (409, &json!("clock_differs")));
    assert!(!is_trusted(&shop).await);
    let (status, state) = confirm(&shop, "cashier_1", &shows).await;
    assert_eq!((status, &state["trusted"]), (200, &json!(true)));
    assert_eq!(number(&shop, "pad_801").await, "2027-03-29 #01");

    shop.kill();
    clock.set("2027-03-30T02:59:50+08:00");
    shop.restart().await;
    assert_eq!(number(&shop, "pad_801").await, "2027-03-29 #02");
    let figures = eventually("the figures are there", async || {
        let figures = reqwest::get(shop.address("/metrics")).await.ok()?.text().await.ok()?;
        figures.contains("chuancai_clock_trusted 1").then_some(figures)
    })
    .await;
    assert!(figures.contains("chuancai_clock_steps_total 0"), "{figures}");
    clock.set("2027-03-30T03:00:00+08:00");
    assert_eq!(number(&shop, "pad_801").await, "2027-03-30 #01");
}

#[tokio::test]
async fn sold_out_is_back_at_the_reset_hour_though_nobody_orders() {
    let mut shop = TestBox::prepare(&[]);
    let clock = FakedClock::of(&mut shop);
    clock.set("2027-03-28T02:58:00+08:00");
    shop.restart().await;
    let sold_out = async || {
        let menu: shared::screen::MenuView = shop.get("pad_801", "/api/v1/menu").await;
        menu.sold_out.len() + menu.limited.len()
    };
    shop.ask("kitchen_1", json!({ "type": "mark_sold_out", "dish": "shuijiao" })).await.granted();
    shop.ask("kitchen_1", json!({ "type": "limit_dish", "dish": "kele", "left": 3 })).await.granted();
    assert_eq!(sold_out().await, 2);
    // Less than what would not be believed.
    clock.set("2027-03-28T03:00:01+08:00");
    eventually("a new day, a full menu", async || (sold_out().await == 0).then_some(())).await;
}
