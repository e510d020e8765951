//! Lists, page by page.

use serde_json::json;

use crate::town::{TestBox, Town, visit};

#[tokio::test]
async fn lists_are_read_page_by_page_newest_first_without_repeat_or_hole() {
    let town = Town::start(50).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    for number in 1..=7 {
        let from = u64::from(number - 1) * 4 + 1;
        assert_eq!(shop.send(from, &visit(from, number, "13900000000")).await.have, from + 3);
    }
    let cookie = town.sign_in("cook").await;
    let (mut numbers, mut messages) = (Vec::new(), Vec::new());
    for (path, key, found) in [
        ("/api/v1/orders?shop=demo_shop&limit=3", "orders", &mut numbers),
        ("/api/v1/sms/messages?limit=3", "messages", &mut messages),
    ] {
        let mut next = String::new();
        loop {
            let (status, page) = town.page(&cookie, &format!("{path}{next}")).await;
            assert_eq!(status, 200, "{page}");
            found.extend(page[key].as_array().expect("rows").clone());
            let Some(cursor) = page["next"].as_str() else { break };
            next = format!("&before={cursor}");
        }
    }
    let numbers: Vec<_> = numbers.iter().map(|order| &order["number"]).collect();
    assert_eq!(json!(numbers), json!([7, 6, 5, 4, 3, 2, 1]));
    let about: Vec<_> = messages.iter().map(|message| &message["order"]["number"]).collect();
    assert_eq!(json!(about), json!([7, 6, 5, 4, 3, 2, 1]));
    let (_, none) = town.page(&cookie, "/api/v1/sms/messages?state=in_doubt").await;
    assert_eq!(none, json!({ "messages": [], "next": null }));
    drop(shop);
    town.close().await;
}
