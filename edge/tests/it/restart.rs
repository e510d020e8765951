//! The box ends in every way a box can end, and starts again; and it says clearly when it cannot start.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use shared::command::Answer;
use shared::id::{OrderId, RequestId};
use shared::quantity::OrderNumber;
use shared::screen::Heartbeat;
use tokio::sync::RwLock;
use tokio::task::JoinSet;

use crate::the_box::{TestBox, command_of, dishes, eventually, for_wristband, fresh_id, processes};

/// Guests who order at once.
const GUESTS: usize = 200;
/// So many are answered before the box is killed.
const ANSWERED_BEFORE: usize = 40;

/// Asks with the same id until there is an answer, as a pad does.
async fn order_until_answered(
    shop: &RwLock<TestBox>,
    guest: usize,
    answered: &AtomicUsize,
) -> (RequestId, Answer) {
    let (id, command) =
        (fresh_id(), command_of(for_wristband(&format!("guest {guest}"), &[("shuijiao", 1)])));
    let answer = eventually("every guest is answered", async || {
        let reply = shop.read().await.try_request("cashier_1", id, &command).await.ok()?;
        (reply.status == 200).then(|| reply.granted())
    })
    .await;
    answered.fetch_add(1, Ordering::Relaxed);
    (id, answer)
}

#[tokio::test]
async fn k2_k11_killed_in_a_rush_every_answered_order_is_there_once_and_no_number_is_missing() {
    let shop = TestBox::start().await;
    let broker = eventually("the broker runs", async || shop.broker_pid()).await;
    let (shop, answered) = (Arc::new(RwLock::new(shop)), Arc::new(AtomicUsize::new(0)));
    let mut guests = JoinSet::new();
    for guest in 0..GUESTS {
        let (shop, answered) = (shop.clone(), answered.clone());
        guests.spawn(async move { order_until_answered(&shop, guest, &answered).await });
    }
    eventually("the rush has begun", async || {
        (answered.load(Ordering::Relaxed) >= ANSWERED_BEFORE).then_some(())
    })
    .await;
    {
        let mut shop = shop.write().await;
        shop.kill();
        eventually("the broker ends with the box", async || {
            processes().iter().all(|found| found.pid != broker).then_some(())
        })
        .await;
        shop.restart().await;
    }
    let answers = guests.join_all().await;

    let shop = shop.read().await;
    let board = shop.board().await;
    let kept: BTreeMap<OrderId, OrderNumber> =
        board.orders.iter().map(|order| (order.order, order.number)).collect();
    let told: BTreeMap<OrderId, OrderNumber> =
        answers.iter().map(|(id, answer)| (OrderId::opened_by(*id), answer.orders[0].number)).collect();
    assert_eq!(kept, told, "what was answered is what is there");
    let mut numbers: Vec<_> = kept.values().map(|number| number.0 as usize).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=GUESTS).collect::<Vec<_>>());
    let facts: (usize, usize) = shop
        .database()
        .query_row("SELECT count(*), max(seq) FROM fact", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("the journal can be read");
    assert_eq!(facts, (GUESTS, GUESTS), "one fact an order, without holes");
    shop.mqtt("pad_801", &["l1/hb"]).await.next_on::<Heartbeat>("l1/hb").await;
}

#[tokio::test]
async fn told_to_stop_it_stops_at_once_and_goes_on_where_it_was() {
    let mut shop = TestBox::start().await;
    let first = shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    let _screen = shop.mqtt("kitchen_1", &["l1/board"]).await;
    let broker = shop.broker_pid().expect("it runs");
    let asked = Instant::now();
    let status = shop.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(2), "it took {:?}", asked.elapsed());
    assert!(status.success(), "{status}");
    eventually("the broker ends with the box", async || {
        processes().iter().all(|found| found.pid != broker).then_some(())
    })
    .await;
    shop.restart().await;
    assert_eq!(shop.board().await.orders, [first]);
    assert_eq!(shop.order("pad_802", dishes(&[("kele", 1)])).await.number, OrderNumber(2));
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let shop = TestBox::prepare(&[]);
    let _taken = TcpListener::bind(("127.0.0.1", shop.http_port)).expect("it was free");
    let output = shop.run(&["serve"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("http.listen"), "{said}");
}

#[test]
fn settings_that_cannot_be_used_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it can be written");
        path.display().to_string()
    };
    let no_json = file("no_json.json", "dishes: none");
    let twice = "{\"categories\":[{\"category\":\"aa\",\"name\":{\"zh\":\"菜\",\"en\":\"A\"}}],\"dishes\":[DISH,DISH]}";
    let dish = "{\"dish\":\"mian\",\"category\":\"aa\",\"name\":{\"zh\":\"面\",\"en\":\"N\"},\"price_fen\":1,\"target_s\":1}";
    let twice = file("twice.json", &twice.replace("DISH", dish));
    for (setting, value, named) in [
        ("SHOP__DOOR", "open", "door"),
        ("SHOP__TIME_ZONE", "Asia/Atlantis", "shop.time_zone"),
        ("SHOP__DAY_BEGINS_AT", "25:00", "day_begins_at"),
        ("SHOP__SHOP", "Demo Shop", "shop.shop"),
        ("SHOP__MENU_FILE", "/nowhere/menu.json", "shop.menu_file"),
        ("SHOP__MENU_FILE", &no_json, "shop.menu_file"),
        ("SHOP__MENU_FILE", &twice, "mian"),
        ("HTTP__LISTEN", "everywhere", "http.listen"),
    ] {
        let output = TestBox::prepare_without_devices(&[(setting, value)]).run(&["check"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{setting}={value} was taken");
        assert!(said.contains(named), "{setting}={value}: {said}");
    }
    let output = TestBox::prepare_without_devices(&[]).run(&["check"]);
    assert!(output.status.success() && output.stderr.is_empty() && output.stdout.is_empty(), "{output:?}");

    let config = file("box.toml", "[kitchen]\nhot = true\n");
    let output = TestBox::prepare_without_devices(&[]).run(&["--config", &config, "check"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("kitchen"), "{said}");
}

#[tokio::test]
async fn a_setting_that_looks_like_a_number_stays_a_text() {
    let shop = TestBox::start_with(&[("SHOP__NAME", "0801")]).await;
    let session: shared::screen::Session = shop.get("pad_801", "/api/v1/session").await;
    assert_eq!(session.shop_name, "0801");
}
