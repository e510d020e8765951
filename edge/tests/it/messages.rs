//! Messages on the real box: who is told over MQTT, what becomes of each record, and what reaches the cloud
//! (M1–M6, M8, M9).

use serde_json::{Value, json};
use shared::id::{MessageId, RequestId};
use shared::message::{
    AnnouncementsView, Became, Channel, Message, MessageEvent, MessageReason, MessageRecord, MessageReport,
    MessageState, Rule,
};

use crate::the_box::{Mqtt, TestBox, about, command_of, dishes, eventually, for_wristband, fresh_id};

/// A box with a waiter's page beside the other devices.
pub(crate) async fn shop_with_staff(settings: &[(&str, &str)]) -> TestBox {
    let mut shop = TestBox::prepare(settings);
    shop.add_device("staff_1", "staff", None);
    shop.restart().await;
    shop
}

/// What the cashier finds with this filter.
pub(crate) async fn records(shop: &TestBox, filter: &str) -> Vec<MessageRecord> {
    let page: Value = shop.get("cashier_1", &format!("/api/v1/messages?{filter}")).await;
    serde_json::from_value(page["records"].clone()).expect("records")
}

/// The one record that a filter finds, when it is so.
pub(crate) async fn record_that(
    shop: &TestBox,
    filter: &str,
    is_so: impl Fn(&MessageRecord) -> bool,
) -> MessageRecord {
    eventually(&format!("the record with {filter} is as it should be"), async || {
        let found = records(shop, filter).await;
        (found.len() == 1).then_some(found)?.into_iter().find(|record| is_so(record))
    })
    .await
}

/// Changes the announcement settings as the set-up page does.
async fn arrange(shop: &TestBox, change: impl FnOnce(&mut Vec<Rule>)) {
    let mut view: AnnouncementsView = shop.get("cashier_1", "/api/v1/announcements").await;
    change(&mut view.announcements.rules);
    let command =
        json!({"type": "save_announcements", "expects": view.edited, "announcements": view.announcements});
    shop.ask("cashier_1", command).await.granted();
}

fn notice(text: &str) -> Value {
    json!({"type": "send_call", "call": {"brand": "demo", "shop": "demo_shop", "event": "notice",
           "kind": "announce", "params": {"text": text}}})
}

async fn hears(link: &mut Mqtt, account: &str) -> Message {
    link.next_on(&format!("l1/msg/{account}")).await
}

fn report(link: &Mqtt, device: &str, id: MessageId, became: Became) {
    let report = MessageReport { id, became };
    link.send(&format!("l1/ack/{device}"), serde_json::to_vec(&report).expect("a report"));
}

fn states(record: &MessageRecord) -> Vec<MessageState> {
    record.steps.iter().map(|step| step.state).collect()
}

#[tokio::test]
async fn m9_the_life_of_a_message_can_be_followed() {
    let shop = shop_with_staff(&[]).await;
    let mut screen = shop.mqtt("call_1", &["l1/msg/call_1"]).await;
    shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    let message = hears(&mut screen, "call_1").await;
    assert_eq!(message.text, "801房间下单了水饺2份，请注意");
    assert_eq!((message.nth, message.times, message.speak), (1, 1, None));
    assert!((50..=60).contains(&message.good_for_s), "{message:?}");
    record_that(&shop, "account=call_1", |record| record.state == MessageState::Sent).await;
    report(&screen, "call_1", message.id, Became::Acknowledged);
    report(&screen, "call_1", message.id, Became::Acknowledged);
    let kept =
        record_that(&shop, "account=call_1", |record| record.state == MessageState::Acknowledged).await;
    assert_eq!(states(&kept), [MessageState::Queued, MessageState::Sent, MessageState::Acknowledged]);
    assert!(kept.steps.is_sorted_by_key(|step| step.at));

    let spoken = record_that(&shop, "channel=speaker", |record| record.state == MessageState::Failed).await;
    assert_eq!((spoken.reason, spoken.account.as_str()), (Some(MessageReason::VoiceOff), "box"));
    assert_eq!(records(&shop, "guest=801&state=acknowledged").await.len(), 1);
    assert_eq!(records(&shop, "guest=802").await, []);
    assert_eq!(records(&shop, "event=notice").await, []);

    let all = records(&shop, "").await;
    assert_eq!(all.len(), 5, "box, two kitchen screens, the pass, the call screen");
    let first: Value = shop.get("cashier_1", "/api/v1/messages?limit=3").await;
    let next = first["next"].as_str().expect("there is more");
    let second: Value = shop.get("staff_1", &format!("/api/v1/messages?limit=3&before={next}")).await;
    assert_eq!((second["records"].as_array().map(Vec::len), &second["next"]), (Some(2), &Value::Null));

    let replayed =
        shop.post("kitchen_1", &format!("/api/v1/messages/{}/replay", message.id), &json!({})).await;
    assert_eq!(replayed.status, 202, "{}", replayed.text);
    let new: Value = serde_json::from_str(&replayed.text).expect("an id");
    eventually("it is in the list", async || {
        let found = records(&shop, "account=box").await;
        found.into_iter().find(|record| json!(record.id) == new["id"] && record.state == MessageState::Failed)
    })
    .await;
}

#[tokio::test]
async fn m8_m9_what_is_not_ones_own_stays_closed_and_rubbish_is_set_aside() {
    let shop = shop_with_staff(&[]).await;
    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    let record = record_that(&shop, "account=kitchen_1", |_| true).await;
    for (device, method, path, status) in [
        ("pad_801", "GET", "/api/v1/messages".to_owned(), 403),
        ("kitchen_1", "GET", "/api/v1/messages".to_owned(), 403),
        ("cashier_1", "GET", "/api/v1/messages?state=lost".to_owned(), 400),
        ("cashier_1", "GET", "/api/v1/messages?before=yesterday".to_owned(), 400),
        ("pad_801", "POST", format!("/api/v1/messages/{}/replay", record.id), 403),
        ("pad_801", "GET", format!("/api/v1/messages/{}/sound", record.id), 404),
        ("kitchen_1", "GET", format!("/api/v1/messages/{}/sound", record.id), 503),
        ("cashier_1", "POST", "/api/v1/messages/nonsense/replay".to_owned(), 404),
    ] {
        let method = method.parse().expect("a method");
        let answer = shop.call(device, method, &path).send().await.expect("the box answers");
        assert_eq!(answer.status().as_u16(), status, "{device} {path}");
    }
    let screen = shop.mqtt("kitchen_1", &["l1/msg/kitchen_1"]).await;
    for rubbish in ["", "{", "{\"id\": 1}", &"x".repeat(2000)] {
        screen.send("l1/ack/kitchen_1", rubbish.as_bytes());
    }
    report(&screen, "kitchen_1", record.id, Became::Acknowledged);
    record_that(&shop, "account=kitchen_1", |record| record.state == MessageState::Acknowledged).await;
    assert_eq!(shop.status().await["set_aside"], 4);
    assert_eq!(shop.status().await["messages"]["ok"], true);
}

#[tokio::test]
async fn m2_a_call_comes_by_http_and_by_mqtt_and_a_repeat_is_the_same_call() {
    let shop = shop_with_staff(&[]).await;
    let mut page = shop.mqtt("staff_1", &["l1/msg/staff_1", "l1/rep/staff_1"]).await;
    let id: RequestId = fresh_id();
    for _ in 0..2 {
        shop.request("cashier_1", id, &command_of(notice("开会"))).await.granted();
    }
    assert_eq!(hears(&mut page, "staff_1").await.text, "开会");
    page.request("staff_1", notice("收桌"));
    assert_eq!(hears(&mut page, "staff_1").await.text, "收桌");
    assert_eq!(records(&shop, "account=staff_1").await.len(), 2);
    assert_eq!(records(&shop, "event=notice").await.len(), 6, "speaker, staff and cashier, twice");
    let refused = shop.ask("cashier_1", notice(" ")).await;
    assert_eq!((refused.status, refused.problem().code.as_str()), (422, "bad_call"));
}

#[tokio::test]
async fn m3_settings_count_from_the_moment_they_are_saved() {
    let shop = shop_with_staff(&[]).await;
    let mut screen = shop.mqtt("call_1", &["l1/msg/call_1"]).await;
    let placed_on = |rule: &Rule, channel| (rule.event, rule.channel) == (MessageEvent::OrderPlaced, channel);
    arrange(&shop, |rules| {
        for rule in rules {
            if placed_on(rule, Channel::CallScreen) {
                rule.template = "{roomName}：{goodsName}".to_owned();
            }
            rule.on &= !placed_on(rule, Channel::Kitchen);
        }
    })
    .await;
    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    assert_eq!(hears(&mut screen, "call_1").await.text, "801：水饺");
    assert_eq!(records(&shop, "channel=kitchen").await, []);
    arrange(&shop, |rules| rules.retain(|rule| !placed_on(rule, Channel::CallScreen))).await;
    shop.order("pad_802", dishes(&[("shuijiao", 1)])).await;
    record_that(&shop, "guest=802&channel=speaker", |_| true).await;
    assert_eq!(records(&shop, "guest=802").await.len(), 1);
}

#[tokio::test]
async fn k3_m1_an_order_by_wristband_goes_to_all_cashiers_at_once() {
    let shop = shop_with_staff(&[]).await;
    let mut cashier = shop.mqtt("cashier_1", &["l1/msg/cashiers"]).await;
    shop.order("cashier_1", for_wristband("12", &[("shuijiao", 1)])).await;
    let message = hears(&mut cashier, "cashiers").await;
    assert_eq!(message.text, "手牌12下单了水饺1份，请注意");
    report(&cashier, "cashier_1", message.id, Became::Acknowledged);
    record_that(&shop, "", |record| record.state == MessageState::Acknowledged).await;
}

#[tokio::test]
async fn m8_a_screen_that_was_away_finds_what_is_still_so() {
    let shop = shop_with_staff(&[]).await;
    let first = shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    shop.order("pad_802", dishes(&[("shuijiao", 1)])).await;
    let shown = async || -> Vec<Message> {
        let mine: Value = shop.get("call_1", "/api/v1/messages/mine").await;
        serde_json::from_value(mine["messages"].clone()).expect("messages")
    };
    let both =
        eventually("both are shown", async || Some(shown().await).filter(|shown| shown.len() == 2)).await;
    assert_eq!(both[0].text, "801房间下单了水饺1份，请注意");
    shop.ask("kitchen_1", about("start_cooking", first.lines[0].placed.line)).await.granted();
    let left: Vec<_> = shown().await.into_iter().map(|message| message.text).collect();
    assert_eq!(left, ["802房间下单了水饺1份，请注意"]);
    let pads: Value = shop.get("pad_801", "/api/v1/messages/mine").await;
    assert_eq!(pads, json!({"messages": []}));
}

#[tokio::test]
async fn m3_what_the_cloud_is_to_send_on_is_kept_for_it_once() {
    let shop = shop_with_staff(&[]).await;
    arrange(&shop, |rules| {
        let notice = rules.iter().find(|rule| rule.event == MessageEvent::Notice).expect("a rule").clone();
        rules.push(Rule { channel: Channel::Webhook, ..notice.clone() });
        rules.push(Rule { channel: Channel::TencentIm, ..notice });
    })
    .await;
    shop.ask("cashier_1", notice("开会")).await.granted();
    let sent = record_that(&shop, "channel=webhook", |record| record.state == MessageState::Sent).await;
    record_that(&shop, "channel=tencent_im", |record| record.state == MessageState::Sent).await;
    let relays: Vec<String> = shop
        .database()
        .prepare("SELECT body FROM fact WHERE body LIKE '%message_relayed%'")
        .and_then(|mut found| found.query_map([], |row| row.get(0))?.collect())
        .expect("facts");
    assert_eq!(relays.len(), 2);
    assert!(relays.iter().any(|relay| relay.contains(&sent.id.to_string()) && relay.contains("开会")));
}
