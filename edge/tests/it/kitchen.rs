//! What a whole kitchen does, through the real box: managers' PINs, stations and who listens, moves as pads see them,
//! a menu that is edited. The rules themselves have their tables in the core.

use serde_json::{Value, json};
use shared::kitchen::StationCover;
use shared::menu::Menu;
use shared::order::OrderView;
use shared::screen::{BoardEvent, Heartbeat, KitchenView, MenuView};

use crate::the_box::{Mqtt, TestBox, dishes, eventually, for_wristband};

/// The kitchen of the demo: three stations, two of them backed up by the wok.
const KITCHEN_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/kitchen.demo.json");

async fn with_stations() -> TestBox {
    TestBox::start_with(&[("SHOP__KITCHEN_FILE", KITCHEN_FILE)]).await
}

fn manager(shop: &TestBox) -> String {
    let output = shop.run(&["manager", "add", "店长"]);
    String::from_utf8(output.stdout).expect("a PIN").trim().to_owned()
}

fn line_of(order: &OrderView, index: usize) -> String {
    order.lines[index].placed.line.to_string()
}

async fn state_of(shop: &TestBox, line: &str) -> Value {
    let board = shop.board().await;
    let mut lines = board.orders.iter().flat_map(|order| &order.lines);
    let line = lines.find(|found| found.placed.line.to_string() == line).expect("it is on the board");
    serde_json::to_value(line).expect("JSON")
}

/// A screen says that it is there, as pages do.
async fn arrives(shop: &TestBox, device: &str) -> Mqtt {
    let screen = shop.mqtt(device, &["l1/hb"]).await;
    screen.send(&format!("l1/dev/{device}"), "1");
    screen
}

/// What the heartbeat says, once it says so.
async fn beats(watcher: &mut Mqtt, so: impl Fn(&Heartbeat) -> bool) -> Heartbeat {
    loop {
        let heartbeat: Heartbeat = watcher.next_on("l1/hb").await;
        if so(&heartbeat) {
            return heartbeat;
        }
    }
}

fn covered(heartbeat: &Heartbeat, station: &str) -> StationCover {
    let found = heartbeat.cover.iter().find(|cover| cover.station.as_str() == station);
    found.expect("every station of the plan is covered").clone()
}

#[tokio::test]
async fn void_needs_the_pin_of_a_manager_and_guessing_is_stopped() {
    let shop = TestBox::start().await;
    let pin = manager(&shop);
    let order = shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    let line = line_of(&order, 0);
    shop.ask("kitchen_1", json!({ "type": "start_cooking", "line": line })).await.granted();
    let void = |pin: &str| json!({ "type": "void_line", "line": line, "reason": "凉了", "pin": pin });

    let wrong = if pin == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(shop.ask("kitchen_1", void(wrong)).await.problem().code, "wrong_pin");
    }
    assert_eq!(shop.ask("kitchen_1", void(&pin)).await.problem().code, "pin_locked");
    assert_eq!(state_of(&shop, &line).await["state"], "cooking", "nothing was changed");

    shop.ask("cashier_1", void(&pin)).await.granted();
    let voided = state_of(&shop, &line).await;
    assert_eq!((&voided["state"], &voided["approved_by"]), (&json!("voided"), &json!("店长")));
    assert_eq!(voided["unseen"], json!(["voided"]), "the kitchen has to see it");
    let kept =
        shop.database().query_row("SELECT group_concat(body) FROM fact", [], |row| row.get::<_, String>(0));
    assert!(!kept.expect("the journal").contains(&pin), "a PIN is kept nowhere");
    assert!(!shop.log().contains(&pin) && !shop.log().contains(wrong));
}

#[tokio::test]
async fn a_repeated_void_has_its_effect_once_whatever_its_pin_says_by_then() {
    let shop = TestBox::start().await;
    let pin = manager(&shop);
    let order = shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    let line = line_of(&order, 0);
    shop.ask("kitchen_1", json!({ "type": "start_cooking", "line": line })).await.granted();
    let void = |pin: &str| {
        crate::the_box::command_of(
            json!({ "type": "void_line", "line": line, "portions": 1, "reason": "凉了", "pin": pin }),
        )
    };
    let id = crate::the_box::fresh_id();
    let first = shop.request("cashier_1", id, &void(&pin)).await;
    assert_eq!(first.granted().orders[0].lines.len(), 2, "one portion went on by itself");
    assert_eq!(shop.request("cashier_1", id, &void("")).await, first);
}

#[tokio::test]
async fn station_screens_that_leave_are_backed_up_and_the_last_leaves_a_tray() {
    let shop = with_stations().await;
    let order = shop.order("pad_801", dishes(&[("paihuanggua", 1), ("mapodoufu", 1)])).await;
    let stations = order.lines.iter().map(|line| line.placed.stations.clone());
    let stations: Vec<_> = stations.flatten().map(|station| station.to_string()).collect();
    assert_eq!(stations, ["cold", "wok"]);

    let mut cashier = shop.mqtt("cashier_1", &["l1/hb"]).await;
    let nobody = beats(&mut cashier, |_| true).await;
    assert!(nobody.cover.iter().all(|cover| cover.in_tray), "nobody listens: {nobody:?}");
    let away: Vec<_> = nobody.away.iter().map(ToString::to_string).collect();
    assert_eq!(away, ["call_1", "expo_1", "kitchen_1", "kitchen_cold"]);

    let cold = arrives(&shop, "kitchen_cold").await;
    let heartbeat = beats(&mut cashier, |heartbeat| !covered(heartbeat, "cold").in_tray).await;
    assert_eq!(covered(&heartbeat, "cold").shown_by.map(|by| by.to_string()).as_deref(), Some("cold"));
    assert!(covered(&heartbeat, "wok").in_tray, "the wok has no screen and no back-up");

    let whole = arrives(&shop, "kitchen_1").await;
    let heartbeat = beats(&mut cashier, |heartbeat| !covered(heartbeat, "wok").in_tray).await;
    assert_eq!(covered(&heartbeat, "wok").shown_by, None, "the screen of the whole kitchen has it");
    cold.send("l1/dev/kitchen_cold", "0");
    whole.send("l1/dev/kitchen_1", "0");
    beats(&mut cashier, |heartbeat| heartbeat.cover.iter().all(|cover| cover.in_tray)).await;
}

#[tokio::test]
async fn move_takes_the_order_from_one_pad_to_the_other() {
    let shop = TestBox::start().await;
    let order = shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    let mut old = shop.mqtt("pad_801", &["l1/view/pad_801"]).await;
    let mut new = shop.mqtt("pad_802", &["l1/view/pad_802"]).await;
    let room = |room: &str| json!({ "kind": "room", "room": room });
    let moving = json!({ "type": "move_guest", "from": room("801"), "to": room("802"), "join": false });
    shop.ask("cashier_1", moving).await.granted();

    let left: BoardEvent = old.next_on("l1/view/pad_801").await;
    assert_eq!((left.gone, left.orders.len()), (vec![order.order], 0), "and nothing of the other room");
    let came: BoardEvent = new.next_on("l1/view/pad_802").await;
    assert_eq!(came.orders[0].order, order.order);
    assert_eq!(came.orders[0].lines, order.lines, "labels move, lines do not");
    let none = shop.get::<shared::screen::Board>("pad_801", "/api/v1/board").await;
    assert!(none.orders.is_empty());
    let more = shop.order("pad_802", dishes(&[("kele", 1)])).await;
    assert_eq!(more.order, order.order, "K1: the guest's orders are one");
}

#[tokio::test]
async fn a_guest_who_calls_is_shown_until_somebody_goes() {
    let mut shop = TestBox::start().await;
    let mut cashier = shop.mqtt("cashier_1", &["l1/board"]).await;
    shop.ask("pad_801", json!({ "type": "call_service" })).await.granted();
    let event: BoardEvent = cashier.next_on("l1/board").await;
    assert_eq!(event.calls.expect("the calls have changed").len(), 1);
    shop.kill();
    shop.restart().await;
    assert_eq!(shop.board().await.calls.len(), 1, "a restart forgets nobody");
    assert!(shop.get::<shared::screen::Board>("pad_802", "/api/v1/board").await.calls.is_empty());
    let guest = json!({ "kind": "room", "room": "801" });
    shop.ask("expo_1", json!({ "type": "answer_service", "guest": guest })).await.granted();
    assert!(shop.board().await.calls.is_empty());
}

#[tokio::test]
async fn m5_who_is_on_duty_is_seen_by_everybody_but_the_guests() {
    let mut shop = TestBox::start().await;
    let mut cashier = shop.mqtt("cashier_1", &["l1/board"]).await;
    let mut pad = shop.mqtt("pad_801", &["l1/view/pad_801"]).await;
    let duty = |kind: &str, attendant: &str| json!({ "type": kind, "attendant": attendant });
    for attendant in ["18", "小丽"] {
        shop.ask("cashier_1", duty("start_duty", attendant)).await.granted();
    }
    let names = |event: BoardEvent| -> Option<Vec<String>> {
        event.on_duty.map(|names| names.iter().map(ToString::to_string).collect())
    };
    assert_eq!(names(cashier.next_on("l1/board").await).expect("somebody came"), ["18"]);
    assert_eq!(names(cashier.next_on("l1/board").await).expect("somebody came"), ["18", "小丽"]);
    let order = shop.order("pad_801", dishes(&[("kele", 1)])).await;
    let first: BoardEvent = pad.next_on("l1/view/pad_801").await;
    assert_eq!((first.orders[0].order, first.on_duty), (order.order, None), "nothing came before");
    assert_eq!(names(cashier.next_on("l1/board").await), None, "and nothing has changed");
    shop.kill();
    shop.restart().await;
    assert_eq!(shop.board().await.on_duty.len(), 2, "a restart forgets nobody");
    assert!(shop.get::<shared::screen::Board>("pad_801", "/api/v1/board").await.on_duty.is_empty());
    let mut cashier = shop.mqtt("cashier_1", &["l1/board"]).await;
    shop.ask("cashier_1", duty("end_duty", "18")).await.granted();
    assert_eq!(names(cashier.next_on("l1/board").await).expect("somebody went"), ["小丽"]);
}

#[tokio::test]
async fn k9_what_still_cooks_when_the_guest_leaves_stays_until_the_kitchen_has_seen_it() {
    let mut shop = TestBox::start().await;
    let order = shop.order("pad_801", dishes(&[("shuijiao", 2), ("kele", 1)])).await;
    shop.ask("kitchen_1", json!({ "type": "start_cooking", "line": line_of(&order, 0) })).await.granted();
    shop.ask("cashier_1", json!({ "type": "clean_room", "room": "801" })).await.granted();
    shop.kill();
    shop.restart().await;

    let [left] = <[_; 1]>::try_from(shop.board().await.orders).expect("it is still shown");
    assert_eq!(serde_json::to_value(&left.lines[0].unseen).expect("JSON"), json!(["left_behind"]));
    let next = shop.order("pad_801", dishes(&[("kele", 1)])).await;
    assert_ne!(next.order, left.order, "the room is free for the next guest");
    let seen = json!({ "type": "acknowledge_notices", "order": left.order, "lines": [] });
    shop.ask("kitchen_1", seen).await.granted();
    let board = shop.board().await.orders;
    assert_eq!(board.iter().map(|order| order.order).collect::<Vec<_>>(), [next.order]);
}

#[tokio::test]
async fn sold_out_counts_down_on_every_pad_and_survives_a_restart() {
    let mut shop = TestBox::start().await;
    let mut pad = shop.mqtt("pad_802", &["l1/menu"]).await;
    shop.ask("kitchen_1", json!({ "type": "limit_dish", "dish": "shuijiao", "left": 3 })).await.granted();
    let _: Value = pad.next_on("l1/menu").await;
    shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    let _: Value = pad.next_on("l1/menu").await;
    shop.kill();
    shop.restart().await;
    let menu: MenuView = shop.get("pad_802", "/api/v1/menu").await;
    assert_eq!(menu.limited.iter().map(|dish| dish.left).collect::<Vec<_>>(), [1]);
    let too_many = shop.ask("pad_802", dishes(&[("shuijiao", 2)])).await.problem();
    assert_eq!((too_many.code.as_str(), too_many.about), ("not_enough_left", vec!["shuijiao".to_owned()]));
    shop.order("pad_802", dishes(&[("shuijiao", 1)])).await;
    let menu: MenuView = shop.get("pad_802", "/api/v1/menu").await;
    assert_eq!((menu.limited.len(), menu.sold_out.len()), (0, 1));
}

#[tokio::test]
async fn an_edited_menu_survives_a_restart_and_orders_keep_their_prices() {
    let mut shop = with_stations().await;
    let before = shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    let seen: MenuView = shop.get("cashier_1", "/api/v1/menu").await;
    let mut edited = seen.menu.clone();
    edited.dishes.retain(|dish| dish.dish.as_str() != "kele");
    let dumplings =
        edited.dishes.iter_mut().find(|dish| dish.dish.as_str() == "shuijiao").expect("it is there");
    dumplings.price_fen.0 += 100;
    edited.dishes.reverse();
    let save = |expects: u64, menu: &Menu| json!({ "type": "save_menu", "expects": expects, "menu": menu });
    assert_eq!(shop.ask("kitchen_1", save(seen.edited, &edited)).await.problem().code, "not_allowed");
    shop.ask("cashier_1", save(seen.edited, &edited)).await.granted();
    assert_eq!(shop.ask("cashier_1", save(seen.edited, &seen.menu)).await.problem().code, "menu_changed");

    shop.stop().await;
    shop.restart().await;
    let now: MenuView = shop.get("pad_801", "/api/v1/menu").await;
    assert_eq!(now.menu, edited);
    let after = shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    let prices: Vec<_> = after.lines.iter().map(|line| line.placed.price_fen.0).collect();
    assert_eq!(prices, [before.lines[0].placed.price_fen.0, before.lines[0].placed.price_fen.0 + 100]);
    assert_eq!(shop.ask("pad_801", dishes(&[("kele", 1)])).await.problem().code, "unknown_dish");
}

#[tokio::test]
async fn an_edited_kitchen_plan_routes_what_is_ordered_next() {
    let shop = with_stations().await;
    let seen: KitchenView = shop.get("cashier_1", "/api/v1/kitchen").await;
    let mut plan = serde_json::to_value(&seen.plan).expect("JSON");
    plan["areas"] = json!([{ "area": "garden", "name": { "zh": "花园", "en": "Garden" }, "rooms": ["802"] }]);
    plan["area_routes"] = json!([{ "area": "garden", "stations": ["cold"] }]);
    let save = |plan: &Value| json!({ "type": "save_kitchen_plan", "expects": seen.edited, "plan": plan });
    let mut bad = plan.clone();
    bad["area_routes"][0]["stations"] = json!(["grill"]);
    let problem = shop.ask("cashier_1", save(&bad)).await.problem();
    assert_eq!((problem.code.as_str(), problem.about), ("bad_plan", vec!["grill".to_owned()]));
    shop.ask("cashier_1", save(&plan)).await.granted();

    let made_at =
        |order: OrderView| order.lines[0].placed.stations.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(made_at(shop.order("pad_801", dishes(&[("mapodoufu", 1)])).await), ["wok"]);
    assert_eq!(made_at(shop.order("pad_802", dishes(&[("mapodoufu", 1)])).await), ["cold"]);
}

#[tokio::test]
async fn the_tables_follow_a_line_through_split_remake_and_recall() {
    let shop = TestBox::start().await;
    let order = shop.order("cashier_1", for_wristband("17", &[("shuijiao", 3)])).await;
    let line = line_of(&order, 0);
    let ask = async |command: Value| shop.ask("kitchen_1", command).await.granted();
    ask(json!({ "type": "start_cooking", "line": line })).await;
    let split = ask(json!({ "type": "finish_cooking", "line": line, "portions": 2 })).await;
    let part = line_of(&split.orders[0], 1);
    ask(json!({ "type": "recall_line", "line": part, "from": "ready" })).await;
    ask(json!({ "type": "finish_cooking", "line": part })).await;
    ask(json!({ "type": "remake_line", "line": part, "portions": 1, "reason": "煮破了" })).await;

    let rows = || {
        let database = shop.database();
        let mut statement = database
            .prepare(
                "SELECT state, quantity, price_fen, remake_of IS NOT NULL FROM catering_order_goods
                      ORDER BY position",
            )
            .expect("the table");
        let rows = statement.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, u32>(1)?,
                row.get::<_, i64>(2)? > 0,
                row.get::<_, bool>(3)?,
            ))
        });
        rows.expect("rows").collect::<Result<Vec<_>, _>>().expect("rows")
    };
    let expected = [
        ("cooking", 1, true, false),
        ("ready", 1, true, false),
        ("remade", 1, true, false),
        ("waiting", 1, false, true),
    ];
    let expected: Vec<_> =
        expected.into_iter().map(|(state, n, price, again)| (state.to_owned(), n, price, again)).collect();
    eventually("the tables have it", async || (rows() == expected).then_some(())).await;
    let times: u32 = shop
        .database()
        .query_row("SELECT count(*) FROM line_time", [], |row| row.get(0))
        .expect("the table of times");
    assert_eq!(times, 1, "what was recalled has no time until it is finished again");
}
