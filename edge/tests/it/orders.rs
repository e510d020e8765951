//! One order's whole way through the real box, what a repeat does, and that the tables people query say what
//! the screens show.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::order::{CancelReason, LineState, LineView, OrderState, OrderView};
use shared::quantity::OrderNumber;
use shared::screen::Board;
use tokio::task::JoinSet;

use crate::the_box::{TestBox, about, command_of, dishes, for_wristband, fresh_id};

/// The state of each line, as the one word it is on the wire.
fn states(order: &OrderView) -> Vec<String> {
    let word = |state: &LineState| {
        let json = serde_json::to_value(state).expect("a state");
        json["state"].as_str().expect("a word").to_owned()
    };
    order.lines.iter().map(|line| word(&line.state)).collect()
}

#[tokio::test]
async fn k1_to_k9_one_order_from_the_pad_until_the_room_is_cleaned() {
    let shop = TestBox::start().await;
    let placed = shop.order("pad_801", dishes(&[("shuijiao", 2), ("kele", 1)])).await;
    assert_eq!((placed.number, placed.state), (OrderNumber::FIRST, OrderState::Waiting));
    let (dumplings, cola) = (placed.lines[0].placed.line, placed.lines[1].placed.line);

    for (device, command, after, order_after) in [
        ("kitchen_1", about("start_cooking", dumplings), ["cooking", "waiting"], OrderState::Cooking),
        ("kitchen_1", about("finish_cooking", dumplings), ["ready", "waiting"], OrderState::Cooking),
        ("pad_801", about("cancel_line", cola), ["ready", "cancelled"], OrderState::Ready),
        ("kitchen_1", about("call_for_pickup", dumplings), ["notified", "cancelled"], OrderState::Ready),
        ("kitchen_1", about("pick_up", dumplings), ["picked_up", "cancelled"], OrderState::Served),
    ] {
        let order = shop.order(device, command.clone()).await;
        assert_eq!(
            (states(&order), order.state),
            (after.map(str::to_owned).to_vec(), order_after),
            "{command}"
        );
        assert_eq!(shop.board().await.orders, [order], "the board shows what the asker was told: {command}");
    }

    let added = shop.order("pad_801", dishes(&[("mifan", 3)])).await;
    assert_eq!((added.order, added.number), (placed.order, placed.number), "K1: the same visit");
    assert_eq!((added.state, added.lines[2].round), (OrderState::Cooking, 1));

    let cleaned = shop.order("cashier_1", json!({ "type": "clean_room", "room": "801" })).await;
    assert_eq!(cleaned.state, OrderState::Completed);
    assert_eq!(cleaned.lines[2].state, LineState::Cancelled { reason: CancelReason::GuestLeft });
    assert!(shop.board().await.orders.is_empty(), "a completed order leaves the board");
    let next = shop.order("pad_801", dishes(&[("mifan", 1)])).await;
    assert_eq!(next.number, OrderNumber(2), "the next guest of the room has an order of their own");
}

#[tokio::test]
async fn k8_a_whole_order_is_cancelled_or_none_of_it() {
    let shop = TestBox::start().await;
    let order = shop.order("pad_801", dishes(&[("shuijiao", 1), ("kele", 1)])).await;
    let started = order.lines[0].placed.line;
    let cancel = json!({ "type": "cancel_order", "order": order.order });
    let before = shop.order("kitchen_1", about("start_cooking", started)).await;
    let problem = shop.ask("pad_801", cancel.clone()).await.problem();
    assert_eq!((problem.code.as_str(), problem.about), ("already_started", vec![started.to_string()]));
    assert_eq!(shop.board().await.orders, [before]);

    let other = shop.order("pad_802", dishes(&[("shuijiao", 1), ("kele", 1)])).await;
    let cancelled = shop.order("pad_802", json!({ "type": "cancel_order", "order": other.order })).await;
    assert_eq!(
        (states(&cancelled), cancelled.state),
        (vec!["cancelled".to_owned(); 2], OrderState::Cancelled)
    );
}

#[tokio::test]
async fn k11_a_repeat_gets_the_same_answer_and_another_body_is_refused() {
    let mut shop = TestBox::start().await;
    let (id, order) = (fresh_id(), command_of(dishes(&[("shuijiao", 2)])));
    let first = shop.request("pad_801", id, &order).await;
    assert_eq!(first.granted().orders.len(), 1);
    shop.order("pad_802", dishes(&[("kele", 1)])).await;
    assert_eq!(shop.request("pad_801", id, &order).await, first, "byte for byte, though the board went on");

    let revision = shop.board().await.revision;
    let other = shop.request("pad_801", id, &command_of(dishes(&[("shuijiao", 3)]))).await;
    assert_eq!((other.status, other.problem().code.as_str()), (409, "request_id_reused"));
    assert_eq!(shop.board().await.revision, revision);

    shop.kill();
    shop.restart().await;
    assert_eq!(shop.request("pad_801", id, &order).await, first, "and over a restart");
    assert_eq!(shop.board().await.revision, revision);
}

#[tokio::test]
async fn k11_twenty_taps_at_once_start_a_line_once() {
    let shop = Arc::new(TestBox::start().await);
    let line = shop.order("pad_801", dishes(&[("shuijiao", 1)])).await.lines[0].placed.line;
    let before = shop.board().await.revision;
    let mut taps = JoinSet::new();
    for tap in 0..20 {
        let shop = shop.clone();
        let device = if tap % 2 == 0 { "kitchen_1" } else { "cashier_1" };
        taps.spawn(async move { shop.order(device, about("start_cooking", line)).await });
    }
    let seen = taps.join_all().await;
    assert_eq!(shop.board().await.revision, before + 1, "one fact");
    assert!(seen.iter().all(|order| order == &seen[0]), "the slower taps see the same: {seen:#?}");
    assert_eq!(states(&seen[0]), ["cooking"]);
}

#[tokio::test]
async fn k2_orders_that_come_at_once_are_numbered_without_gap_or_repeat() {
    let shop = TestBox::start().await;
    let (here, there) = (dishes(&[("shuijiao", 2)]), dishes(&[("shuijiao", 1)]));
    let (one, two) = tokio::join!(shop.order("pad_801", here), shop.order("pad_802", there));
    let mut numbers = [one.number.0, two.number.0];
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
}

#[tokio::test]
async fn the_tables_say_what_the_board_shows() {
    let shop = TestBox::start().await;
    let mut room = dishes(&[("shuijiao", 2), ("kele", 1), ("mifan", 1), ("gongbaojiding", 1)]);
    room["phone"] = json!("13900000000");
    room["lines"][0]["note"] = json!("少盐");
    room["lines"][0]["options"] = json!([{ "zh": "韭菜鸡蛋", "en": "Chive and egg" }]);
    let order = shop.order("pad_801", room).await;
    let line = |index: usize| order.lines[index].placed.line;
    for (kind, index) in [
        ("start_cooking", 0),
        ("finish_cooking", 0),
        ("call_for_pickup", 0),
        ("call_for_pickup", 0),
        ("start_cooking", 1),
        ("finish_cooking", 1),
        ("pick_up", 1),
        ("start_cooking", 2),
        ("cancel_line", 3),
    ] {
        shop.order("cashier_1", about(kind, line(index))).await;
    }
    shop.order("cashier_1", for_wristband("17", &[("kele", 2)])).await;
    shop.order("pad_801", dishes(&[("mifan", 2)])).await;
    shop.order("pad_802", dishes(&[("mifan", 2)])).await;
    shop.order("cashier_1", json!({ "type": "clean_room", "room": "802" })).await;
    let board = shop.board().await;
    assert_eq!(board.orders.len(), 2);
    assert_eq!(lines_of_board(&board), lines_of_tables(&shop));

    let database = shop.database();
    let phone: String = database
        .query_row("SELECT phone FROM catering_order WHERE number = 1", [], |row| row.get(0))
        .expect("the order has a row");
    assert_eq!(phone, "13900000000");
    let completed: String = database
        .query_row("SELECT state FROM catering_order WHERE completed_at IS NOT NULL", [], |row| row.get(0))
        .expect("the completed order has a row");
    assert_eq!(completed, "completed");
}

/// Every line of every open order, with what both sides know of it.
const LINES_OF_TABLES: &str = "
    SELECT json_object(
        'order', visit.order_id, 'day', visit.business_day, 'number', visit.number,
        'guest', json_object('kind', visit.guest_kind, visit.guest_kind, visit.guest),
        'placed_by', visit.placed_by, 'opened_at', visit.placed_at, 'order_state', visit.state,
        'position', line.position, 'line', line.line_id, 'round', line.round, 'dish', line.dish,
        'name', json_object('zh', line.name_zh, 'en', line.name_en), 'quantity', line.quantity,
        'price_fen', line.price_fen, 'options', json(line.options), 'note', line.note, 'placed_at', line.placed_at,
        'state', CASE line.state
            WHEN 'cooking' THEN json_object('state', line.state, 'started_at', line.started_at)
            WHEN 'ready' THEN json_object('state', line.state, 'ready_at', line.ready_at)
            WHEN 'notified' THEN
                json_object('state', line.state, 'ready_at', line.ready_at, 'called_at', line.called_at)
            WHEN 'picked_up' THEN json_object('state', line.state, 'picked_up_at', line.picked_up_at)
            WHEN 'cancelled' THEN json_object('state', line.state, 'reason', line.cancel_reason)
            ELSE json_object('state', line.state)
        END)
    FROM catering_order AS visit JOIN catering_order_goods AS line USING (order_seq)
    WHERE visit.completed_at IS NULL ORDER BY visit.order_seq, line.position";

fn lines_of_tables(shop: &TestBox) -> Vec<Value> {
    let database = shop.database();
    let mut statement = database.prepare(LINES_OF_TABLES).expect("the tables are there");
    let lines = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    lines.map(|line| serde_json::from_str(&line.expect("a row")).expect("JSON")).collect()
}

fn lines_of_board(board: &Board) -> Vec<Value> {
    let of_order = |order: &OrderView| {
        let line = |(position, line): (usize, &LineView)| {
            json!({
                "order": order.order, "day": order.day, "number": order.number, "guest": order.guest,
                "placed_by": order.placed_by, "opened_at": order.placed_at, "order_state": order.state,
                "position": position, "line": line.placed.line, "round": line.round, "dish": line.placed.dish,
                "name": line.placed.name, "quantity": line.placed.quantity, "price_fen": line.placed.price_fen,
                "options": line.placed.options, "note": line.placed.note, "placed_at": line.placed_at,
                "state": line.state,
            })
        };
        order.lines.iter().enumerate().map(line).collect::<Vec<_>>()
    };
    board.orders.iter().flat_map(of_order).collect()
}
