//! The list of messages as CSV: all of it, in its order, and only what was asked for.

use serde_json::{Value, json};

use crate::access::Who;
use crate::town::Town;

async fn csv(town: &Town, who: &Who, query: &str) -> Vec<String> {
    let path = format!("/api/v1/sms/messages.csv{query}");
    let answer = town.request(who, "GET", &path).send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let text = answer.text().await.expect("text");
    text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn messages_are_exported_whole_and_by_day_kind_and_state() {
    let town = Town::start(3_000).await;
    let owner = town.person("cook").await;
    let put = async |kind: &str, text: &str| {
        let path = format!("/api/v1/sms/messages/{}", uuid::Uuid::new_v4());
        let sms = json!({ "kind": kind, "phone": "13900000000", "text": text });
        let (status, sent) = town.api("PUT", &path, Some(sms)).await;
        assert_eq!(status, 200, "{sent}");
        sent["message"].as_str().expect("an id").to_owned()
    };
    let code = put("verification", "验证码 \"1234\", 5 分钟有效").await;
    let news = put("marketing", "新菜\n上市").await;
    for message in [&code, &news] {
        town.message_until(message, "delivered").await;
    }

    let all = csv(&town, &owner, "").await;
    assert!(all[0].starts_with("message,requested_at,kind,phone,text,units,state"), "{all:?}");
    assert!(all[1].starts_with(&news) && all[3].starts_with(&code), "the newest first: {all:?}");
    assert!(
        all[3].contains(",verification,139****0000,\"【示例】验证码 \"\"1234\"\", 5 分钟有效\",1,delivered,")
    );
    let with = async |query: &str| csv(&town, &owner, query).await.join("\n");
    let of_kind = with("?kind=verification&state=delivered").await;
    assert!(of_kind.contains(&code) && !of_kind.contains(&news));
    assert!(!with("?state=failed").await.contains(&code));
    let zone = jiff::tz::TimeZone::get(&town.settings.ledger.time_zone).expect("a zone");
    let today = jiff::Timestamp::now().to_zoned(zone).date();
    assert!(with(&format!("?from={today}&to={today}")).await.contains(&code));
    assert!(!with(&format!("?to={}", today.yesterday().expect("a day"))).await.contains(&code));
    let (status, problem) = town.ask(&owner, "GET", "/api/v1/sms/messages.csv?from=soon", Value::Null).await;
    assert_eq!((status, &problem["code"]), (400, &json!("malformed")));
    town.close().await;
}
