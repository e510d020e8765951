//! Devices that come, move and go while the shop works: paired, moved to another room, revoked, by the set-up page's
//! addresses and by the command line, with the real broker.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use chuancai_edge::broker::Link;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use shared::command::{Outcome, Reply as MqttReply, Request};
use shared::screen::{Board, BoardEvent, Heartbeat, Session};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::the_box::{Mqtt, Reply, TestBox, command_of, dishes, eventually, fresh_id, in_time};

/// A call whose answer has no body, or whose refusal is looked at.
async fn call(shop: &TestBox, device: &str, method: Method, path: &str, body: Value) -> Reply {
    let asked = shop.call(device, method, path).body(body.to_string());
    Reply::to(asked).await.expect("the box answers")
}

/// What was granted. Panics with what was said instead.
fn granted(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text);
    serde_json::from_str(&reply.text).expect("JSON")
}

fn refused(reply: &Reply) -> (u16, String) {
    let problem = reply.problem();
    (problem.status, problem.code)
}

async fn open_pairing(shop: &TestBox, wanted: Value) -> Value {
    granted(&call(shop, "cashier_1", Method::POST, "/api/v1/pairings", wanted).await)
}

/// A stranger's try, by code or token.
async fn redeem(shop: &TestBox, code: &str) -> Reply {
    let asked = Client::new().post(shop.address("/api/v1/pairings/redeem"));
    Reply::to(asked.body(json!({ "code": code }).to_string())).await.expect("the box answers")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}: {value}"))
}

fn token_of(pairing: &Value) -> &str {
    text(pairing, "url").split_once("/pair#").expect("the page that pairs").1
}

async fn state_of(shop: &TestBox, pairing: &Value) -> Value {
    shop.get("cashier_1", &format!("/api/v1/pairings/{}", text(pairing, "pairing"))).await
}

async fn devices(shop: &TestBox, by: &str) -> BTreeSet<String> {
    let list: Value = shop.get(by, "/api/v1/devices").await;
    let devices = list["devices"].as_array().expect("a list");
    devices.iter().map(|device| text(device, "device").to_owned()).collect()
}

async fn session(shop: &TestBox, device: &str) -> Reply {
    Reply::to(shop.call(device, Method::GET, "/api/v1/session")).await.expect("the box answers")
}

#[tokio::test]
async fn m1_a_device_is_paired_by_its_code_once_and_works_at_once() {
    let mut shop = TestBox::start().await;
    let wanted = json!({ "role": "kitchen", "name": "凉菜屏" });
    for stranger in ["pad_801", "kitchen_1"] {
        let reply = call(&shop, stranger, Method::POST, "/api/v1/pairings", wanted.clone()).await;
        assert_eq!(refused(&reply), (403, "not_allowed".to_owned()));
    }
    let pairing = open_pairing(&shop, wanted).await;
    assert!(text(&pairing, "url").starts_with(&shop.address("/pair#")), "{pairing}");
    assert_eq!(state_of(&shop, &pairing).await, json!({ "state": "open" }));

    let given = granted(&redeem(&shop, text(&pairing, "code")).await);
    assert_eq!((text(&given, "device"), text(&given, "page")), ("kitchen_2", "/kitchen"));
    let state = json!({ "state": "used", "device": "kitchen_2" });
    assert_eq!(state_of(&shop, &pairing).await, state);
    for again in [text(&pairing, "code"), token_of(&pairing)] {
        assert_eq!(refused(&redeem(&shop, again).await), (410, "code_expired".to_owned()));
    }

    shop.knows("kitchen_2", format!("kitchen_2.{}", text(&given, "secret")));
    let who: Session = shop.get("kitchen_2", "/api/v1/session").await;
    assert_eq!((who.account.as_str(), who.place), ("kitchen_2", 1));
    let mut screen = shop.mqtt("kitchen_2", &["l1/board", "l1/hb"]).await;
    screen.next_on::<Heartbeat>("l1/hb").await;
    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    screen.next_on::<BoardEvent>("l1/board").await;
    for secret in [text(&given, "secret"), text(&pairing, "code"), token_of(&pairing)] {
        assert!(!shop.log().contains(secret), "the log tells a secret");
    }
}

#[tokio::test]
async fn m1_five_wrong_codes_lock_codes_and_a_qr_code_goes_on_working() {
    let shop = TestBox::start().await;
    let pairing = open_pairing(&shop, json!({ "role": "pad", "room": "806" })).await;
    let code: u32 = text(&pairing, "code").parse().expect("digits");
    let wrong = format!("{:08}", (code + 1) % 100_000_000);
    for tries_left in ["4", "3", "2", "1", "0"] {
        let problem = redeem(&shop, &wrong).await.problem();
        assert_eq!(
            (problem.status, problem.code.as_str(), problem.about),
            (404, "wrong_code", vec![tries_left.to_owned()])
        );
    }
    let asked = Client::new().post(shop.address("/api/v1/pairings/redeem"));
    let locked = asked.body(json!({ "code": text(&pairing, "code") }).to_string()).send().await;
    let locked = locked.expect("the box answers");
    let wait = locked.headers()["retry-after"].to_str().ok().and_then(|wait| wait.parse::<u64>().ok());
    assert_eq!(locked.status().as_u16(), 429);
    assert!(wait.is_some_and(|wait| (500..=600).contains(&wait)), "{wait:?}");
    assert_eq!(state_of(&shop, &pairing).await, json!({ "state": "locked" }));
    let given = granted(&redeem(&shop, token_of(&pairing)).await);
    assert_eq!((text(&given, "device"), text(&given, "role")), ("pad_806", "pad"));
}

#[tokio::test]
async fn m1_redeemed_by_many_at_once_it_makes_one_device() {
    let shop = TestBox::start().await;
    let before = devices(&shop, "cashier_1").await;
    let pairing = open_pairing(&shop, json!({ "role": "staff" })).await;
    let (code, token) = (text(&pairing, "code"), token_of(&pairing));
    let (a, b, c, d) =
        tokio::join!(redeem(&shop, code), redeem(&shop, token), redeem(&shop, code), redeem(&shop, token));
    let mut statuses = [a, b, c, d].map(|reply| reply.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410, 410]);
    let after = devices(&shop, "cashier_1").await;
    let new: Vec<_> = after.difference(&before).collect();
    assert_eq!(new, ["staff_1"]);
}

#[tokio::test]
async fn m1_a_pairing_that_cannot_be_is_refused_and_one_that_is_withdrawn_is_closed() {
    let shop = TestBox::start().await;
    for (wanted, code) in [
        (json!({ "role": "pad" }), "room_missing"),
        (json!({ "role": "staff", "room": "801" }), "only_pads_in_rooms"),
        (json!({ "role": "expo", "station": "cold" }), "only_kitchen_at_stations"),
        (json!({ "role": "kitchen", "station": "nowhere" }), "unknown_station"),
        (json!({ "role": "staff", "name": " " }), "bad_name"),
    ] {
        let reply = call(&shop, "cashier_1", Method::POST, "/api/v1/pairings", wanted).await;
        assert_eq!(refused(&reply), (422, code.to_owned()));
    }
    let pairing = open_pairing(&shop, json!({ "role": "speaker" })).await;
    let path = format!("/api/v1/pairings/{}", text(&pairing, "pairing"));
    let withdrawn = call(&shop, "cashier_1", Method::DELETE, &path, Value::Null).await;
    assert_eq!(withdrawn.status, 204);
    assert_eq!(state_of(&shop, &pairing).await, json!({ "state": "withdrawn" }));
    assert_eq!(refused(&redeem(&shop, text(&pairing, "code")).await).0, 410);
}

/// A page's MQTT over the box's own address, as a browser opens it, by hand: the upgrade, then a CONNECT in one frame.
async fn page_mqtt(shop: &TestBox, device: &str) -> TcpStream {
    let address: SocketAddr = ([127, 0, 0, 1], shop.http_port).into();
    let mut page = TcpStream::connect(address).await.expect("the box listens");
    let upgrade = "GET /mqtt HTTP/1.1\r\nHost: box\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
                   Sec-WebSocket-Protocol: mqtt\r\n\r\n";
    page.write_all(upgrade.as_bytes()).await.expect("the box listens");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(in_time("the upgrade", page.read_u8()).await.expect("the box answers"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    let field = |text: &str| [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat();
    // MQTT 3.1.1, clean session, user name and password, 60 s.
    let body =
        [field("MQTT"), vec![4, 0xc2, 0, 60], field(device), field(device), field(&shop.secret(device))];
    let body = body.concat();
    // A secret of 64 characters: the packet's length takes one byte, the frame's two more when it is over 125.
    let packet = [vec![0x10, u8::try_from(body.len()).expect("it is short")], body].concat();
    let length = u8::try_from(packet.len()).expect("it is short");
    assert!(packet.len() < 126, "{}", packet.len());
    // Masked with zeros: a client has to mask.
    page.write_all(&[vec![0x82, 0x80 | length, 0, 0, 0, 0], packet].concat()).await.expect("it is open");
    let mut accepted = [0; 6];
    in_time("the broker answers", page.read_exact(&mut accepted)).await.expect("it is open");
    assert_eq!(accepted, [0x82, 4, 0x20, 2, 0, 0], "a frame with a CONNACK");
    page
}

/// Ends when the box has hung up.
async fn is_closed(page: &mut TcpStream) {
    let mut rest = Vec::new();
    in_time("the box hangs up", page.read_to_end(&mut rest)).await.ok();
}

#[tokio::test]
async fn m1_a_revoked_device_is_out_at_once_and_nobody_else_is() {
    let mut shop = TestBox::start().await;
    let mut revoked = shop.mqtt("pad_802", &["l1/hb"]).await;
    let mut kitchen = shop.mqtt("kitchen_1", &["l1/board", "l1/hb"]).await;
    let mut page = page_mqtt(&shop, "call_1").await;
    for device in ["pad_802", "call_1"] {
        let path = format!("/api/v1/devices/{device}");
        let reply = call(&shop, "cashier_1", Method::DELETE, &path, Value::Null).await;
        assert_eq!(reply.status, 204, "{}", reply.text);
        assert_eq!(refused(&session(&shop, device).await), (401, "unknown_device".to_owned()));
        let again = call(&shop, "cashier_1", Method::DELETE, &path, Value::Null).await;
        assert_eq!(refused(&again), (404, "no_such_device".to_owned()));
    }
    while revoked.next().await.is_some() {}
    is_closed(&mut page).await;
    let link = Link {
        host: "127.0.0.1".to_owned(),
        port: shop.broker_port,
        user: "pad_802".to_owned(),
        password: shop.secret("pad_802"),
        topics: Vec::new(),
    };
    assert!(Mqtt::connect(&link).await.is_none(), "it came in again");
    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    kitchen.next_on::<BoardEvent>("l1/board").await;
    let left = devices(&shop, "cashier_1").await;
    assert!(!left.contains("pad_802") && !left.contains("call_1"), "{left:?}");

    shop.stop().await;
    shop.restart().await;
    assert_eq!(session(&shop, "pad_802").await.status, 401, "for good");
    let pairing = open_pairing(&shop, json!({ "role": "pad", "room": "802" })).await;
    let given = granted(&redeem(&shop, text(&pairing, "code")).await);
    assert_eq!(text(&given, "device"), "pad_802_2", "an id is never given twice");
}

#[tokio::test]
async fn m1_cashiers_share_an_account_and_no_credential_and_the_last_one_stays() {
    let mut shop = TestBox::start().await;
    let pairing = open_pairing(&shop, json!({ "role": "cashier" })).await;
    let given = granted(&redeem(&shop, text(&pairing, "code")).await);
    shop.knows("cashier_2", format!("cashier_2.{}", text(&given, "secret")));
    for cashier in ["cashier_1", "cashier_2"] {
        let who: Session = shop.get(cashier, "/api/v1/session").await;
        assert_eq!(who.account.as_str(), "cashiers");
    }
    let mut second = shop.mqtt("cashier_2", &["l1/board", "l1/msg/cashiers"]).await;
    let revoke = async |device: &str| {
        call(&shop, "cashier_2", Method::DELETE, &format!("/api/v1/devices/{device}"), Value::Null).await
    };
    assert_eq!(revoke("cashier_1").await.status, 204);
    assert_eq!(session(&shop, "cashier_1").await.status, 401);
    assert_eq!(refused(&revoke("cashier_2").await), (409, "last_cashier".to_owned()));
    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    second.next_on::<BoardEvent>("l1/board").await;
}

#[tokio::test]
async fn m1_a_moved_pad_leaves_its_old_room_and_what_was_asked_there_is_refused() {
    let shop = TestBox::start().await;
    let first = dishes(&[("shuijiao", 1)]);
    let (id, command) = (fresh_id(), command_of(first));
    let answer = shop.request("pad_801", id, &command).await;
    let old = answer.granted().orders.remove(0);
    let mut pad = shop.mqtt("pad_801", &["l1/me/pad_801", "l1/view/pad_801", "l1/rep/pad_801"]).await;

    let path = "/api/v1/devices/pad_801/place";
    let to = |expects: u64| json!({ "expects": expects, "room": "805" });
    let moved = granted(&call(&shop, "cashier_1", Method::PUT, path, to(1)).await);
    assert_eq!((&moved["room"], &moved["place"]), (&json!("805"), &json!(2)));
    let late = call(&shop, "cashier_1", Method::PUT, path, to(1)).await;
    assert_eq!(refused(&late), (409, "moved_on".to_owned()));

    let told: Session = pad.next_on("l1/me/pad_801").await;
    assert_eq!((told.place, told.room.as_ref().map(|room| room.as_str())), (2, Some("805")));
    let view: BoardEvent = pad.next_on("l1/view/pad_801").await;
    assert_eq!((view.gone, view.orders.len()), (vec![old.order], 0));
    let board: Board = shop.get("pad_801", "/api/v1/board").await;
    assert_eq!(board.orders.len(), 0);

    // Over HTTP, with and without a place; over MQTT; and a repeat, which keeps its answer.
    assert_eq!(refused(&shop.ask("pad_801", dishes(&[("kele", 1)])).await), (409, "moved_away".to_owned()));
    let place = async |place: &str| {
        let asked = shop.put(&fresh_id().to_string(), dishes(&[("kele", 1)]).to_string());
        let asked = asked.bearer_auth(shop.credential("pad_801")).header("Chuancai-Place", place);
        Reply::to(asked).await.expect("the box answers")
    };
    assert_eq!(refused(&place("1").await), (409, "moved_away".to_owned()));
    assert_eq!(shop.request("pad_801", id, &command).await, answer, "K11");
    pad.request("pad_801", dishes(&[("mifan", 1)]));
    let reply: MqttReply = pad.next_on("l1/rep/pad_801").await;
    assert!(matches!(reply.outcome, Outcome::Problem(problem) if problem.code == "moved_away"));
    let new = place("2").await.granted().orders.remove(0);
    let view: BoardEvent = pad.next_on("l1/view/pad_801").await;
    assert_eq!(view.orders[0].order, new.order, "it hears of its new room");
    let request = Request { id: fresh_id(), place: Some(2), command: command_of(dishes(&[("mifan", 1)])) };
    pad.send("l1/req/pad_801", serde_json::to_vec(&request).expect("a request"));
    let reply: MqttReply = pad.next_on("l1/rep/pad_801").await;
    let Outcome::Answer(added) = reply.outcome else { panic!("it was refused: {reply:?}") };
    assert_eq!(added.orders[0].order, new.order);
    assert_ne!(new.order, old.order);
}

#[tokio::test]
async fn m1_a_pad_that_was_away_when_it_was_moved_cannot_order_for_its_old_room() {
    let shop = TestBox::start().await;
    let path = "/api/v1/devices/pad_802/place";
    let to = json!({ "expects": 1, "room": "805" });
    granted(&call(&shop, "cashier_1", Method::PUT, path, to).await);
    let mut pad = shop.mqtt("pad_802", &["l1/rep/pad_802"]).await;
    pad.request("pad_802", dishes(&[("shuijiao", 1)]));
    let reply: MqttReply = pad.next_on("l1/rep/pad_802").await;
    assert!(matches!(reply.outcome, Outcome::Problem(problem) if problem.code == "moved_away"));
    assert_eq!(refused(&shop.ask("pad_802", dishes(&[("shuijiao", 1)])).await).0, 409);
    let who: Session = shop.get("pad_802", "/api/v1/session").await;
    assert_eq!(who.place, 2);
    assert_eq!(shop.board().await.orders.len(), 0);
}

#[tokio::test]
async fn m1_a_device_is_renamed_and_told_that_it_speaks() {
    let shop = TestBox::start().await;
    let mut call_screen = shop.mqtt("call_1", &["l1/me/call_1"]).await;
    let described = json!({ "name": "大堂叫号屏", "speaks": true });
    let device = granted(&call(&shop, "cashier_1", Method::PUT, "/api/v1/devices/call_1", described).await);
    assert_eq!((text(&device, "name"), &device["place"]), ("大堂叫号屏", &json!(1)));
    let told: Session = call_screen.next_on("l1/me/call_1").await;
    assert!(told.speaks);
    call_screen.send("l1/dev/call_1", "1");
    let is_here = async || {
        let list: Value = shop.get("cashier_1", "/api/v1/devices").await;
        let here = |device: &Value| device["here"] == true && device["device"] == "call_1";
        list["devices"].as_array().is_some_and(|devices| devices.iter().any(here)).then_some(())
    };
    eventually("it is here", is_here).await;
}

#[tokio::test]
async fn the_command_line_changes_devices_of_a_box_that_runs() {
    let mut shop = TestBox::start().await;
    shop.add_device("waiter_1", "staff", None);
    let mut waiter = shop.mqtt("waiter_1", &["l1/hb", "l1/me/waiter_1"]).await;
    waiter.next_on::<Heartbeat>("l1/hb").await;
    assert_eq!(session(&shop, "waiter_1").await.status, 200);
    let listed = String::from_utf8(shop.run(&["device", "list"]).stdout).expect("a list");
    assert!(listed.contains("waiter_1\tstaff\t-\twaiter_1\n"), "{listed}");
    assert!(listed.contains("pad_801\tpad\t801\tpad_801\n"), "{listed}");

    let mut pad = shop.mqtt("pad_801", &["l1/me/pad_801"]).await;
    assert!(shop.run(&["device", "move", "pad_801", "--room", "809"]).status.success());
    let told: Session = pad.next_on("l1/me/pad_801").await;
    assert_eq!(told.place, 2);
    assert!(shop.run(&["device", "revoke", "waiter_1"]).status.success());
    while waiter.next().await.is_some() {}
    eventually("it is out", async || (session(&shop, "waiter_1").await.status == 401).then_some(())).await;
    let last = shop.run(&["device", "revoke", "cashier_1"]);
    assert!(String::from_utf8_lossy(&last.stderr).contains("last cashier"), "{last:?}");
}
