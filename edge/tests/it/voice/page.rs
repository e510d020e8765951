//! The voice as the set-up page uses it: the listen buttons, the list of devices, a device that is chosen, and a
//! dish that is given a sound.

use std::path::Path;

use reqwest::header;
use serde_json::{Value, json};

use super::card::{NAME, SoundCard};
use crate::the_box::{TestBox, eventually};

const PREVIEW: &str = "/api/v1/voice/preview";

/// A box with this card, which its settings do not name, and the voice that is quick to load.
async fn shop_beside(card: &SoundCard) -> TestBox {
    let settings = card.settings(Path::new("no_voice"));
    let program = settings.program.unwrap().display().to_string();
    let folder = settings.cache_folder.display().to_string();
    TestBox::start_with(&[
        ("VOICE__ENABLED", "true"),
        ("VOICE__PROGRAM", &program),
        ("VOICE__VOICE_FOLDER", "no_voice"),
        ("VOICE__CACHE_FOLDER", &folder),
    ])
    .await
}

async fn until_state(shop: &TestBox, state: &str) -> Value {
    eventually(&format!("the voice is {state}"), async || {
        let voice: Value = shop.get("cashier_1", "/api/v1/voice").await;
        (voice["status"]["state"] == state).then_some(voice)
    })
    .await
}

#[tokio::test]
async fn m7_the_listen_button_plays_what_is_not_saved_yet() {
    let card = SoundCard::absent();
    let shop = shop_beside(&card).await;
    let mut sounds = Vec::new();
    for tried in [
        json!({"template": "{roomName}房间下单了{goodsName}{num}份，请注意", "source": "room"}),
        json!({"words": "炸酱面"}),
        json!({"words": "炸酱面", "said_as": "zha4 jiang4 mian4"}),
        json!({"words": "炸酱面", "said_as": "水饺"}),
    ] {
        let asked = shop.call("cashier_1", reqwest::Method::POST, PREVIEW).json(&tried);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{tried}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "audio/wav");
        let wav = answer.bytes().await.unwrap();
        assert_eq!(hound::WavReader::new(&wav[..]).unwrap().spec().sample_rate, 48_000);
        sounds.push(wav);
    }
    sounds.sort();
    sounds.dedup();
    assert_eq!(sounds.len(), 4, "each sounds otherwise");
}

#[tokio::test]
async fn m7_what_cannot_be_said_is_refused_and_named() {
    let shop = TestBox::start().await;
    for (tried, code, named) in [
        (json!({"template": "{tableName}下单了", "source": "room"}), "bad_template", "tableName"),
        (json!({"words": "炸酱面", "said_as": "zha2 jang4 mian4"}), "bad_said_as", "jang4"),
    ] {
        let problem = shop.post("cashier_1", PREVIEW, &tried).await.problem();
        assert_eq!((problem.status, problem.code.as_str()), (422, code));
        assert!(problem.about[0].contains(named), "{problem:?}");
    }
    assert_eq!(shop.post("cashier_1", PREVIEW, &json!({"words": ""})).await.problem().code, "malformed");
    let fine = json!({"words": "炸酱面"});
    assert_eq!(shop.post("pad_801", PREVIEW, &fine).await.problem().code, "not_allowed");
    assert_eq!(shop.post("cashier_1", PREVIEW, &fine).await.problem().code, "no_voice", "it is turned off");
}

#[tokio::test]
async fn m7_a_device_that_is_chosen_on_the_page_speaks_at_once() {
    let card = SoundCard::absent();
    card.install(NAME);
    let shop = shop_beside(&card).await;
    let voice = until_state(&shop, "no_device").await;
    assert_eq!(voice["chosen"], "default");
    let listed = voice["devices"].as_array().unwrap();
    let card_in_list = json!({"name": NAME, "description": "A card for tests"});
    assert!(listed.contains(&card_in_list), "{listed:?}");

    let view: Value = shop.get("cashier_1", "/api/v1/announcements").await;
    let mut announcements = view["announcements"].clone();
    announcements["device"] = NAME.into();
    let save =
        json!({"type": "save_announcements", "announcements": announcements, "expects": view["edited"]});
    shop.ask("cashier_1", save).await.granted();
    let voice = until_state(&shop, "speaking_with").await;
    assert_eq!((&voice["chosen"], &voice["status"]["device"]), (&json!(NAME), &json!(NAME)));

    let tried = json!({"words": "水饺"});
    assert_eq!(shop.post("cashier_1", &format!("{PREVIEW}?on=speaker"), &tried).await.status, 202);
    eventually("it is heard", async || card.has_sounded_after(0).then_some(())).await;
}

#[tokio::test]
async fn m7_a_menu_with_a_sound_that_there_is_not_is_refused_and_names_the_dish() {
    let shop = TestBox::start().await;
    let view: Value = shop.get("cashier_1", "/api/v1/menu").await;
    let save = |said_as: &str| {
        let mut menu = view["menu"].clone();
        menu["dishes"][0]["said_as"] = said_as.into();
        json!({"type": "save_menu", "menu": menu, "expects": view["edited"]})
    };
    let problem = shop.ask("cashier_1", save("shui3 jao3")).await.problem();
    assert_eq!(problem.code, "bad_menu");
    assert_eq!(json!(problem.about), json!([view["menu"]["dishes"][0]["dish"]]));
    shop.ask("cashier_1", save("shui3 jiao3")).await.granted();
}
