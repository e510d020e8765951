//! K10: whatever comes, the answer is clear and nothing has changed; the next good request works.

use rumqttc::{AsyncClient, MqttOptions, PublishOptions, QoS};
use serde_json::{Value, json};
use shared::command::{Outcome, Reply as MqttReply};
use shared::id::RequestId;
use shared::order::OrderView;
use shared::screen::{BoardEvent, Heartbeat};
use shared::sync::PACKET_BYTES_MAX;

use crate::the_box::{Reply, TestBox, about, dishes, for_wristband, fresh_id, in_time};

/// Something that must be refused.
struct Bad {
    what: &'static str,
    device: &'static str,
    body: String,
    status: u16,
    code: &'static str,
}

fn bad(what: &'static str, device: &'static str, body: Value, status: u16, code: &'static str) -> Bad {
    Bad { what, device, body: body.to_string(), status, code }
}

fn raw(what: &'static str, body: &str) -> Bad {
    Bad { what, device: "pad_801", body: body.to_owned(), status: 400, code: "malformed" }
}

fn many_lines(count: usize) -> Value {
    dishes(&vec![("shuijiao", 1); count])
}

fn with_note(note: &str) -> Value {
    let mut order = dishes(&[("shuijiao", 1)]);
    order["lines"][0]["note"] = json!(note);
    order
}

/// Orders that no kitchen would take.
fn bad_orders() -> Vec<Bad> {
    let mut with_option = dishes(&[("shuijiao", 1)]);
    with_option["lines"][0]["options"] = json!([{ "zh": "加金箔", "en": "Gold leaf" }]);
    let mut for_another_room = dishes(&[("shuijiao", 1)]);
    for_another_room["guest"] = json!({ "kind": "room", "room": "802" });
    vec![
        bad("unknown dish", "pad_801", dishes(&[("long", 1)]), 422, "unknown_dish"),
        bad("sold out", "pad_801", dishes(&[("shuijiao", 1), ("kele", 1)]), 422, "sold_out"),
        bad("empty", "pad_801", dishes(&[]), 422, "empty_order"),
        bad("101 lines", "pad_801", many_lines(101), 422, "too_many_lines"),
        bad("10,000 lines", "pad_801", many_lines(10_000), 413, "too_large"),
        bad("1 MB note", "pad_801", with_note(&"咸".repeat(350_000)), 413, "too_large"),
        bad("201 characters", "pad_801", with_note(&"咸".repeat(201)), 422, "note_too_long"),
        bad("unknown option", "pad_801", with_option, 422, "unknown_option"),
        bad("nobody to order for", "cashier_1", dishes(&[("shuijiao", 1)]), 422, "guest_missing"),
        bad("no portions", "pad_801", dishes(&[("shuijiao", 0)]), 400, "malformed"),
        bad("100 portions", "pad_801", dishes(&[("shuijiao", 100)]), 400, "malformed"),
        bad("another room", "pad_801", for_another_room, 403, "not_your_room"),
        bad("a kitchen orders", "kitchen_1", for_wristband("1", &[("shuijiao", 1)]), 403, "not_allowed"),
    ]
}

/// What the order there does not allow. Its lines: cancelled, waiting, cooking.
fn bad_moves(order: &OrderView) -> Vec<Bad> {
    let line = |index: usize| order.lines[index].placed.line;
    let whole = json!({ "type": "cancel_order", "order": order.order });
    let nothing = json!({ "type": "cancel_order", "order": fresh_id() });
    let no_line = json!({ "type": "start_cooking", "line": fresh_id() });
    vec![
        bad("start a cancelled line", "kitchen_1", about("start_cooking", line(0)), 409, "line_cancelled"),
        bad("finish what was not started", "kitchen_1", about("finish_cooking", line(1)), 409, "not_started"),
        bad("call what is not made", "kitchen_1", about("call_for_pickup", line(2)), 409, "not_made"),
        bad("pick up what is not made", "kitchen_1", about("pick_up", line(1)), 409, "not_made"),
        bad("cancel a started line", "pad_801", about("cancel_line", line(2)), 409, "already_started"),
        bad("cancel a started order", "cashier_1", whole.clone(), 409, "already_started"),
        bad("another room's line", "pad_802", about("cancel_line", line(1)), 403, "not_your_room"),
        bad("another room's order", "pad_802", whole, 403, "not_your_room"),
        bad("a pad cooks", "pad_801", about("start_cooking", line(1)), 403, "not_allowed"),
        bad("a call screen asks", "call_1", about("start_cooking", line(1)), 403, "not_allowed"),
        bad("unknown line", "kitchen_1", no_line, 404, "unknown_line"),
        bad("unknown order", "cashier_1", nothing, 404, "unknown_order"),
    ]
}

fn bad_json() -> Vec<Bad> {
    vec![
        raw("nothing at all", ""),
        raw("no JSON", "{\"type\":\"place_order\",\"lines\":["),
        raw("not a command", "[1,2,3]"),
        raw("unknown command", "{\"type\":\"drop_table\"}"),
        raw("unknown field", "{\"type\":\"place_order\",\"lines\":[],\"discount\":1}"),
        raw("unknown field of a line", "{\"type\":\"start_cooking\",\"line\":\"x\",\"now\":true}"),
        raw("a dish id that is none", "{\"type\":\"mark_sold_out\",\"dish\":\"../etc\"}"),
        raw("nested too deep", &"[".repeat(100_000)),
    ]
}

/// What only a program reads says where it is wrong; everything else is a sentence in the person's language.
fn is_in_words(bad: &Bad) -> bool {
    !matches!(bad.code, "malformed" | "too_large")
}

#[tokio::test]
async fn k10_bad_requests_are_refused_clearly_and_change_nothing() {
    let shop = TestBox::start().await;
    shop.ask("cashier_1", json!({ "type": "mark_sold_out", "dish": "kele" })).await.granted();
    let order = shop.order("pad_801", dishes(&[("shuijiao", 1), ("mifan", 1), ("mapodoufu", 1)])).await;
    shop.order("pad_801", about("cancel_line", order.lines[0].placed.line)).await;
    shop.order("kitchen_1", about("start_cooking", order.lines[2].placed.line)).await;
    let before = shop.board().await;

    for bad in bad_orders().into_iter().chain(bad_moves(&order)).chain(bad_json()) {
        for (language, is_english) in [("zh-CN", false), ("en-GB,en;q=0.9", true)] {
            let asked = shop.put(&fresh_id().to_string(), bad.body.clone());
            let asked = asked.bearer_auth(shop.credential(bad.device)).header("accept-language", language);
            let reply = Reply::to(asked).await.unwrap_or_else(|error| panic!("{}: {error:?}", bad.what));
            let problem = reply.problem();
            assert_eq!(
                (reply.status, problem.code.as_str()),
                (bad.status, bad.code),
                "{}: {problem:?}",
                bad.what
            );
            assert!(!problem.detail.is_empty(), "{}", bad.what);
            if is_in_words(&bad) {
                assert_eq!(problem.detail.is_ascii(), is_english, "{}: {}", bad.what, problem.detail);
            }
        }
        assert_eq!(shop.board().await.revision, before.revision, "{} changed something", bad.what);
    }
    assert_eq!(shop.board().await.orders, before.orders);
    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
}

#[tokio::test]
async fn k10_strangers_and_wrong_addresses_are_turned_away() {
    let shop = TestBox::start().await;
    let order = || dishes(&[("shuijiao", 1)]).to_string();
    let pad = shop.credential("pad_801").to_owned();
    let another_secret = format!("pad_802.{}", shop.secret("pad_801"));
    let id = fresh_id().to_string();
    for (what, asked, status, code) in [
        ("nobody", shop.put(&id, order()), 401, "unknown_device"),
        ("no secret", shop.put(&id, order()).bearer_auth("pad_801"), 401, "unknown_device"),
        ("a wrong secret", shop.put(&id, order()).bearer_auth("pad_801.guess"), 401, "unknown_device"),
        ("another's secret", shop.put(&id, order()).bearer_auth(another_secret), 401, "unknown_device"),
        ("no such device", shop.put(&id, order()).bearer_auth("pad_999.x"), 401, "unknown_device"),
        ("not by bearer", shop.put(&id, order()).basic_auth("pad_801", Some("x")), 401, "unknown_device"),
        ("an id that is none", shop.put("one", order()).bearer_auth(&pad), 400, "malformed"),
        ("an address that is none", shop.put("a/b", order()).bearer_auth(&pad), 404, "no_such_endpoint"),
    ] {
        let reply = Reply::to(asked).await.expect("the box answers");
        assert_eq!((reply.status, reply.problem().code.as_str()), (status, code), "{what}");
    }
    let board = shop.board().await;
    assert_eq!((board.revision, board.orders), (0, Vec::new()));
}

#[tokio::test]
async fn k10_a_note_is_text_however_it_looks() {
    let shop = TestBox::start().await;
    for note in ["<img src=x onerror=alert(1)>", "'; DROP TABLE fact; --", "{{7*7}} \u{202e}\u{0}", "🥟"] {
        shop.order("pad_801", with_note(note)).await;
        let board = shop.board().await;
        let kept = &board.orders[0].lines.last().expect("the line is there").placed.note;
        assert_eq!(kept, note);
    }
}

#[tokio::test]
async fn k10_mqtt_messages_that_are_no_requests_are_set_aside_and_counted() {
    let shop = TestBox::start().await;
    let mut pad = shop.mqtt("pad_801", &["l1/rep/pad_801", "l1/hb"]).await;
    // The box listens before its first heartbeat.
    pad.next_on::<Heartbeat>("l1/hb").await;
    let id = fresh_id();
    let with_unknown_field = json!({ "id": id, "command": dishes(&[("shuijiao", 1)]), "discount": 1 });
    let garbage: [(Vec<u8>, Option<RequestId>); 5] = [
        (vec![0xff, 0x00, b'{'], None),
        (Vec::new(), None),
        (b"{\"id\":\"one\"}".to_vec(), None),
        (with_unknown_field.to_string().into_bytes(), Some(id)),
        (vec![b' '; 100_000], None),
    ];
    let count = garbage.len();
    for (payload, id) in garbage {
        pad.send("l1/req/pad_801", payload);
        let reply: MqttReply = pad.next_on("l1/rep/pad_801").await;
        let Outcome::Problem(problem) = reply.outcome else { panic!("it was granted: {reply:?}") };
        assert_eq!((problem.status, problem.code.as_str(), reply.id), (400, "malformed", id));
    }
    assert_eq!(shop.status().await["set_aside"], count);
    assert_eq!(shop.board().await.revision, 0);

    let request = pad.request("pad_801", dishes(&[("shuijiao", 1)]));
    let reply: MqttReply = pad.next_on("l1/rep/pad_801").await;
    assert_eq!(reply.id, Some(request));
    assert!(matches!(reply.outcome, Outcome::Answer(_)), "{reply:?}");
}

#[tokio::test]
async fn a_packet_over_the_limit_costs_its_sender_the_connection_and_nobody_else() {
    let shop = TestBox::start().await;
    let mut kitchen = shop.mqtt("kitchen_1", &["l1/hb", "l1/board"]).await;
    let mut options = MqttOptions::new("pad_801", ("127.0.0.1", shop.broker_port));
    options.set_credentials("pad_801", shop.secret("pad_801")).set_max_packet_size(1 << 20, 1 << 20);
    let (pad, mut connection) = AsyncClient::builder(options).capacity(4).build();
    pad.try_publish(
        "l1/req/pad_801",
        vec![b' '; 2 * PACKET_BYTES_MAX],
        PublishOptions::new(QoS::AtLeastOnce),
    )
    .expect("there is room");
    in_time("the broker hangs up", async { while connection.poll().await.is_ok() {} }).await;

    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    let event: BoardEvent = kitchen.next_on("l1/board").await;
    assert_eq!(event.orders.len(), 1, "the kitchen's connection held");
    assert_eq!(shop.status().await["set_aside"], 0);
}
