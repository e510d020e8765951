//! What the box's loudspeaker is given to say, against the real ALSA: what waited over a crash, and what is no longer
//! so by the time that it could be said (M4, M5, M7).

use std::path::Path;

use serde_json::{Value, json};
use shared::message::{MessageReason, MessageState};

use crate::messages::{record_that, records, shop_with_staff};
use crate::the_box::{TestBox, about, dishes, eventually};
use crate::voice::card::SoundCard;

/// A box that speaks on this card, with the voice that is quick to load.
async fn shop_on(card: &SoundCard) -> TestBox {
    let settings = card.settings(Path::new("no_voice"));
    let program = settings.program.expect("its own").display().to_string();
    let folder = settings.cache_folder.display().to_string();
    shop_with_staff(&[
        ("VOICE__ENABLED", "true"),
        ("VOICE__PROGRAM", &program),
        ("VOICE__VOICE_FOLDER", "no_voice"),
        ("VOICE__CACHE_FOLDER", &folder),
    ])
    .await
}

async fn until_voice(shop: &TestBox, state: &str) {
    eventually(&format!("the voice is {state}"), async || {
        (shop.status().await["voice"]["state"] == state).then_some(())
    })
    .await;
}

async fn until_waiting(shop: &TestBox, count: usize) {
    eventually(&format!("{count} messages wait"), async || {
        (shop.status().await["messages"]["waiting"] == count).then_some(())
    })
    .await;
}

fn is_over(state: MessageState) -> bool {
    matches!(state, MessageState::Spoken | MessageState::Skipped | MessageState::Failed)
}

#[tokio::test]
async fn m4_what_waited_when_the_box_was_killed_is_spoken_after_it_once() {
    let card = SoundCard::absent();
    let mut shop = shop_on(&card).await;
    until_voice(&shop, "no_device").await;
    shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    record_that(&shop, "channel=speaker", |record| record.state == MessageState::Queued).await;
    until_waiting(&shop, 1).await;
    shop.kill();
    card.install("default");
    shop.restart().await;
    let spoken = record_that(&shop, "channel=speaker", |record| record.state == MessageState::Spoken).await;
    let states: Vec<_> = spoken.steps.iter().map(|step| step.state).collect();
    assert_eq!(states, [MessageState::Queued, MessageState::Sent, MessageState::Spoken]);
    assert!(card.has_sounded_after(0));
    shop.kill();
    shop.restart().await;
    assert_eq!(records(&shop, "channel=speaker").await, [spoken], "and not again");
    until_waiting(&shop, 0).await;
}

#[tokio::test]
async fn m5_what_is_no_longer_so_is_not_spoken_and_says_why() {
    let card = SoundCard::absent();
    let shop = shop_on(&card).await;
    until_voice(&shop, "no_device").await;
    let started = shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    shop.ask("pad_801", json!({"type": "call_service"})).await.granted();
    shop.ask("staff_1", json!({"type": "start_duty", "attendant": "18"})).await.granted();
    let call = |event: &str, params: Value| {
        json!({"type": "send_call", "call": {"brand": "demo", "shop": "demo_shop", "event": event,
               "kind": "announce", "channels": ["speaker"], "params": params}})
    };
    let attendant = call("attendant_called", json!({"attendant": "18", "roomName": "802"}));
    shop.ask("cashier_1", attendant).await.granted();
    shop.ask("cashier_1", call("notice", json!({"text": "开会"}))).await.granted();
    shop.ask("kitchen_1", about("start_cooking", started.lines[0].placed.line)).await.granted();
    let answer = json!({"type": "answer_service", "guest": {"kind": "room", "room": "801"}});
    shop.ask("staff_1", answer).await.granted();
    shop.ask("staff_1", json!({"type": "end_duty", "attendant": "18"})).await.granted();
    card.install("default");
    for (event, reason) in [
        ("order_placed", Some(MessageReason::Started)),
        ("attendant_called", Some(MessageReason::OffDuty)),
        ("notice", None),
    ] {
        let record =
            record_that(&shop, &format!("account=box&event={event}"), |record| is_over(record.state)).await;
        assert_eq!(record.reason, reason, "{event}");
    }
    let calls = records(&shop, "account=box&event=service_called").await;
    let first = calls.iter().find(|record| record.nth == 1).expect("the first time");
    assert_eq!(first.reason, Some(MessageReason::Answered));
}
