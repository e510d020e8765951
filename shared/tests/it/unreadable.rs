//! What cannot be read is an error with a reason, never a panic, and never something else than was sent.

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::command::{Command, Reply, Request};
use shared::fact::Recorded;
use shared::screen::{Board, BoardEvent, Heartbeat, MenuView};
use shared::sync::{Ack, Batch, Hello, News, NewsBatch};

use crate::samples;

/// How each kind of message takes this text: whether it could be read.
fn read_as_everything(text: &str) -> [bool; 12] {
    fn is_readable<T: DeserializeOwned>(text: &str) -> bool {
        serde_json::from_str::<T>(text).is_ok()
    }
    [
        is_readable::<Command>(text),
        is_readable::<Request>(text),
        is_readable::<Reply>(text),
        is_readable::<Recorded>(text),
        is_readable::<Board>(text),
        is_readable::<BoardEvent>(text),
        is_readable::<Heartbeat>(text),
        is_readable::<MenuView>(text),
        is_readable::<Ack>(text) || is_readable::<Hello>(text),
        is_readable::<Batch>(text),
        is_readable::<NewsBatch>(text),
        is_readable::<News>(text),
    ]
}

#[test]
fn what_no_message_looks_like_is_refused_by_all() {
    for text in
        ["", "{", "null", "7", "[]", "{}", "\"水饺\"", "\u{0}", "{\"type\":\"explode\"}", "{\"type\":7}"]
    {
        assert_eq!(read_as_everything(text), [false; 12], "{text:?}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(read_as_everything(&deep), [false; 12], "a text made to exhaust the stack");
}

#[test]
fn a_command_with_an_impossible_value_is_refused() {
    let line = samples::line(0).to_string();
    let ordering = |wish: Value| json!({"type": "place_order", "lines": [wish]});
    for (why, json) in [
        ("no such command", json!({"type": "explode"})),
        ("no line", json!({"type": "start_cooking"})),
        ("no id", json!({"type": "start_cooking", "line": "1"})),
        ("a field of another command", json!({"type": "start_cooking", "line": line, "order": line})),
        ("no portion", ordering(json!({"dish": "tang", "quantity": 0}))),
        ("a hundred portions", ordering(json!({"dish": "tang", "quantity": 100}))),
        ("fewer than none", ordering(json!({"dish": "tang", "quantity": -1}))),
        ("half a portion", ordering(json!({"dish": "tang", "quantity": 0.5}))),
        ("a price of one's own", ordering(json!({"dish": "tang", "quantity": 1, "price_fen": 1}))),
        ("a dish that is a path", ordering(json!({"dish": "../tang", "quantity": 1}))),
        ("a room without a name", json!({"type": "clean_room", "room": ""})),
        ("a room with spaces", json!({"type": "clean_room", "room": " 801"})),
        ("a room that is a number", json!({"type": "clean_room", "room": 801})),
        ("a short phone number", json!({"type": "place_order", "lines": [], "phone": "139"})),
        ("no lines at all", json!({"type": "place_order"})),
    ] {
        assert!(serde_json::from_value::<Command>(json).is_err(), "{why}");
    }
}

#[test]
fn news_of_another_kind_or_with_an_impossible_value_is_refused() {
    let id = samples::line(0).to_string();
    let about = |result: Value| json!({"type": "sms", "sms": id, "order": id, "result": result});
    assert!(serde_json::from_value::<News>(about(json!({"state": "sent", "invented_later": 1}))).is_ok());
    for (why, json) in [
        ("no such news", json!({"type": "weather"})),
        ("no order", json!({"type": "sms", "sms": id, "result": {"state": "sent"}})),
        ("no id", json!({"type": "sms", "sms": "1", "order": id, "result": {"state": "sent"}})),
        ("no such result", about(json!({"state": "eaten"}))),
        ("a failure without a reason", about(json!({"state": "failed"}))),
        ("a reason invented later", about(json!({"state": "failed", "reason": "eaten"}))),
    ] {
        assert!(serde_json::from_value::<News>(json).is_err(), "{why}");
    }
}

#[test]
fn what_is_said_about_a_bad_phone_number_does_not_repeat_it() {
    let json = json!({"type": "place_order", "lines": [], "phone": "139000000001"});
    let error = serde_json::from_value::<Command>(json).expect_err("twelve digits").to_string();
    assert!(!error.contains("1390000"), "{error}");
}

/// One of each message as JSON.
fn messages() -> Vec<Value> {
    let json = |value: Result<Value, serde_json::Error>| value.expect("it is JSON");
    let mut all: Vec<Value> =
        samples::commands().iter().map(|(_, it)| json(serde_json::to_value(it))).collect();
    all.extend(
        (1..)
            .zip(samples::facts())
            .map(|(seq, (_, fact))| json(serde_json::to_value(samples::recorded(seq, fact)))),
    );
    all.push(json(serde_json::to_value(samples::asked())));
    all.push(json(serde_json::to_value(samples::board())));
    all.push(json(serde_json::to_value(samples::board_event())));
    all.push(json(serde_json::to_value(samples::heartbeat())));
    all.push(json(serde_json::to_value(samples::menu_view())));
    all.push(json(serde_json::to_value(samples::sync::batch())));
    all.extend(samples::sync::hellos().map(|(_, hello)| json(serde_json::to_value(hello))));
    let news = samples::sync::news_batch();
    all.push(json(serde_json::to_value(&news)));
    all.extend(news.news.iter().map(|one| json(serde_json::from_str(one.get()))));
    all
}

/// Puts something else where the `place`-th value of a message stands.
fn spoil(json: &mut Value, place: &mut usize, with: &Value) {
    if *place == 0 {
        *json = with.clone();
    }
    *place = place.wrapping_sub(1);
    match json {
        Value::Array(values) => values.iter_mut().for_each(|value| spoil(value, place, with)),
        Value::Object(fields) => fields.values_mut().for_each(|value| spoil(value, place, with)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({"type": "order_placed"})),
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        read_as_everything(&text);
    }

    #[test]
    fn a_message_with_one_value_spoilt_is_read_or_refused(
        which in any::<prop::sample::Index>(), place in 0_usize..80, with in anything()
    ) {
        let messages = messages();
        let mut json = messages[which.index(messages.len())].clone();
        spoil(&mut json, &mut { place }, &with);
        read_as_everything(&json.to_string());
    }

    #[test]
    fn a_message_cut_short_is_refused(which in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let messages = messages();
        let text = messages[which.index(messages.len())].to_string();
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        prop_assert_eq!(read_as_everything(&text[..ends[cut.index(ends.len())]]), [false; 12]);
    }
}
