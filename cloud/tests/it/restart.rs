//! What a service knows after it was stopped, and that no two of them share their books.

use chuancai_cloud::config::StoreKind;
use chuancai_cloud::service::Books;
use chuancai_cloud::store::{End, Lists};
use cloud_core::entry::Entry;
use cloud_core::ledger::{Movement, Origin, Package};
use cloud_core::units::Units;
use serde_json::json;

use crate::town::{TestBox, Town, message_of, visit};

#[tokio::test]
async fn everything_answered_is_there_after_a_restart() {
    let mut town = Town::start(10).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let facts = visit(1, 1, "13900000000");
    shop.send(1, &facts).await;
    let told = town.message_until(&message_of(&facts), "delivered").await;
    let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
    let cookie = town.sign_in("cook").await;

    town.stop().await;
    town.serve().await;

    assert_eq!(town.api("GET", "/api/v1/sms/balance", None).await.1, books);
    assert_eq!(town.message_until(&message_of(&facts), "delivered").await, told);
    assert_eq!(town.page(&cookie, "/api/v1/me").await.0, 200, "a session outlives a restart");
    assert_eq!(shop.hello().await.have, 4);
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn s10_a_message_caught_at_the_carrier_is_in_doubt_after_a_restart_and_settled_by_its_receipt() {
    let mut town = Town::start(10).await;
    // The carrier takes it, and holds its answer back.
    let id = uuid::Uuid::new_v4().to_string();
    let body = json!({ "kind": "notification", "phone": "13900000200", "text": "您的订单已好" });
    town.api("PUT", &format!("/api/v1/sms/messages/{id}"), Some(body)).await;
    town.carrier.until(|messages| !messages.is_empty()).await;
    town.stop().await;
    town.serve().await;
    town.message_until(&id, "delivered").await;
    assert_eq!(town.carrier.calls().send, 1, "it is never sent again");
    let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
    assert_eq!((&books["available"], &books["sent"]), (&json!(9), &json!(1)));
    town.close().await;
}

#[tokio::test]
async fn s13_lists_that_were_lost_or_damaged_are_made_again_from_the_journal() {
    let mut town = Town::start(10).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let facts = visit(1, 1, "13900000000");
    shop.send(1, &facts).await;
    town.message_until(&message_of(&facts), "delivered").await;
    let cookie = town.sign_in("cook").await;
    let shown = async |town: &Town| {
        let (_, messages) = town.page(&cookie, "/api/v1/sms/messages").await;
        let (_, orders) = town.page(&cookie, "/api/v1/orders?shop=demo_shop&day=2026-11-22").await;
        assert_eq!(messages["messages"].as_array().map(Vec::len), Some(1), "{messages}");
        (messages, orders)
    };
    let before = shown(&town).await;
    town.stop().await;

    let mut opened = town.settings.place().and_then(|place| place.open()).expect("the same books");
    opened.projection.clear().expect("lists can be emptied");
    drop(opened);
    town.serve().await;
    assert_eq!(shown(&town).await, before, "they were lost");
    town.stop().await;

    // Those of a longer journal, as after going back to a copy of yesterday's.
    let mut opened = town.settings.place().and_then(|place| place.open()).expect("the same books");
    let longer = End { seq: 1_000_000, digest: [7; 32] };
    opened.projection.write(longer, &Lists::default()).expect("lists can be written");
    drop(opened);
    town.serve().await;
    assert_eq!(shown(&town).await, before, "they were of other books");
    town.stop().await;

    if town.settings.store.kind == StoreKind::Sqlite {
        let file = town.settings.state.folder.join("lists.db");
        std::fs::write(file, "no database").expect("the file can be written");
        town.serve().await;
        assert_eq!(shown(&town).await, before, "they were damaged");
        town.stop().await;
    }
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn s2_a_package_that_died_while_nobody_was_there_expires_at_the_next_start_and_once() {
    let mut town = Town::start(10).await;
    town.stop().await;
    let package = Package {
        package: "old".parse().expect("an id"),
        origin: Origin::Bought,
        name: "短信包".to_owned(),
        units: Units(7),
        expires_on: "2020-12-31".parse().expect("a date"),
    };
    let at = "2020-01-01T00:00:00Z".parse().expect("a time");
    let movement = Movement::PackageAdded { package, at };
    let bought = Entry::Booked { brand: "demo".parse().expect("a slug"), movement };
    let mut opened = town.settings.place().and_then(|place| place.open()).expect("the same books");
    let end = opened.store.rows(&mut |_| Ok(())).expect("a good journal");
    opened.store.keep(&end.next(&[bought])).expect("it can be kept");
    drop(opened);

    for _ in 0..2 {
        town.serve().await;
        town.until("it has expired", async |town| {
            let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
            [&books["expired"], &books["available"], &books["bought"]] == [&json!(7), &json!(10), &json!(17)]
        })
        .await;
        town.stop().await;
    }
    assert_eq!(town.journal().matches(r#""type":"expired""#).count(), 1, "once");
    town.close().await;
}

#[tokio::test]
async fn s8_messages_on_file_are_shown_and_answer_repeats_as_before() {
    let mut town = Town::start(10).await;
    let id = uuid::Uuid::new_v4().to_string();
    let message = format!("/api/v1/sms/messages/{id}");
    let body = json!({ "kind": "notification", "phone": "13900000000", "text": "您的订单已好" });
    town.api("PUT", &message, Some(body.clone())).await;
    let before = town.message_until(&id, "delivered").await;
    let batch = format!("/api/v1/sms/batches/{}", uuid::Uuid::new_v4());
    let phones = ["13900000001", "13900000002"];
    let to_many = json!({ "kind": "notification", "phones": phones, "text": "您的订单已好" });
    let (status, _) = town.api("PUT", &batch, Some(to_many.clone())).await;
    assert_eq!(status, 200);
    let counted = async |town: &Town| town.api("GET", &batch, None).await.1["counts"].clone();
    town.until("both are delivered", async |town| counted(town).await == json!({ "delivered": 2 })).await;
    town.stop().await;

    // Forty days in no time.
    town.settings.sending.at_hand_days = 0;
    town.serve().await;
    town.until("they are on file", async |town| town.journal().contains(r#""what":"messages""#)).await;
    assert_eq!(town.api("GET", &message, None).await, (200, before.clone()));
    assert_eq!(town.api("PUT", &message, Some(body.clone())).await, (200, before));
    let mut other = body;
    other["text"] = json!("别的");
    let (status, problem) = town.api("PUT", &message, Some(other)).await;
    assert_eq!((status, &problem["code"]), (409, &json!("request_id_reused")), "{problem}");
    assert_eq!(town.api("POST", &format!("{message}/cancel"), None).await.0, 409);
    assert_eq!(counted(&town).await, json!({ "delivered": 2 }));
    let (status, again) = town.api("PUT", &batch, Some(to_many)).await;
    assert_eq!((status, again["messages"].as_array().map(Vec::len)), (200, Some(2)));
    assert_eq!(town.carrier.messages().len(), 3, "nothing went out again");
    town.close().await;
}

#[tokio::test]
async fn the_books_belong_to_one_service() {
    let town = Town::start(0).await;
    let refused = Books::open(&town.settings).err().expect("they are taken").to_string();
    assert!(refused.starts_with("another chuancai-cloud"), "{refused}");
    town.close().await;
}
