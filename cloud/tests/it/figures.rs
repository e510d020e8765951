//! Where the units go: the same figures after a restart, and behind each of them the messages that it counts.

use serde_json::{Value, json};

use crate::town::{TestBox, Town, message_of, visit};

const FIGURES: &str = "/api/v1/sms/figures";

/// One message of the shop's, two codes of the brand's own systems, of which one does not arrive, and one that the
/// carrier refuses.
async fn busy(town: &Town) {
    let mut shop = TestBox::connect(town).await;
    shop.hello().await;
    let facts = visit(1, 1, "13900000000");
    shop.send(1, &facts).await;
    town.message_until(&message_of(&facts), "delivered").await;
    for (kind, phone, state) in [
        ("verification", "13900000001", "delivered"),
        ("verification", "13900000301", "undelivered"),
        ("marketing", "13900000105", "failed"),
    ] {
        let id = uuid::Uuid::new_v4();
        let sms = json!({ "kind": kind, "phone": phone, "text": "您好" });
        let (status, sent) = town.api("PUT", &format!("/api/v1/sms/messages/{id}"), Some(sms)).await;
        assert_eq!(status, 200, "{sent}");
        town.message_until(&id.to_string(), state).await;
    }
}

async fn listed(town: &Town, query: &str) -> usize {
    let (status, list) = town.api("GET", &format!("/api/v1/sms/messages?{query}"), None).await;
    assert_eq!(status, 200, "{list}");
    list["messages"].as_array().expect("messages").len()
}

#[tokio::test]
async fn s13_figures_are_the_same_after_a_restart_and_each_leads_to_its_messages() {
    // A slow machine is no carrier in doubt.
    let mut town = Town::start_with(12, |settings| settings.carrier.timeout_ms = 20_000).await;
    busy(&town).await;
    let (status, figures) = town.api("GET", FIGURES, None).await;
    assert_eq!(status, 200, "{figures}");
    let days = figures["balance"]["days"].as_array().expect("days");
    assert_eq!(days.len(), 30);
    let of = |day: &Value| (day["balance"].clone(), day["added"].clone(), day["used"].clone());
    assert_eq!(days.first().map(of), Some((json!(0), json!(0), json!(0))));
    assert_eq!(days.last().map(of), Some((json!(9), json!(12), json!(3))));
    assert_eq!(days.last().map(|day| &day["day"]), Some(&figures["today"]));
    assert_eq!(figures["balance"]["daily_use"], json!(3.0));
    assert_eq!(figures["balance"]["outlook"].as_array().map(Vec::len), Some(3), "{figures}");
    assert_eq!(figures["balance"]["runs_out_on"], figures["balance"]["outlook"][2]["day"]);
    assert_eq!(
        figures["carriers"],
        json!([{ "carrier": "default", "taken": 3, "delivered": 2, "undelivered": 1, "in_doubt": 0, "failed": 1 }])
    );
    let kind = |kind: &str, units: u32| json!({ "kind": kind, "messages": units, "units": units });
    assert_eq!(
        figures["shops"],
        json!([
            { "shop": null, "name": null, "messages": 2, "units": 2, "kinds": [kind("verification", 2)] },
            { "shop": "demo_shop", "name": "示例餐厅", "messages": 1, "units": 1, "kinds": [kind("notification", 1)] },
        ])
    );
    let mut reasons = figures["reasons"].as_array().expect("reasons").clone();
    reasons.sort_by_key(|reason| reason["reason_code"].to_string());
    assert_eq!(
        reasons[0],
        json!({ "reason_code": "carrier:105", "states": ["failed"], "messages": 1, "units": 0 })
    );
    let undelivered = reasons[1]["reason_code"].as_str().expect("a code");
    assert!(undelivered.starts_with("receipt:") && reasons[1]["units"] == json!(1), "{figures}");

    let today = figures["today"].as_str().expect("a day");
    for (query, count) in [
        ("carrier=default&state=accepted,delivered,undelivered", 3),
        ("carrier=default&state=failed", 1),
        ("reason=carrier:105", 1),
        (&format!("reason={undelivered}&from={today}&to={today}"), 1),
        ("by=systems&kind=verification&state=submitting,in_doubt,accepted,delivered,undelivered", 2),
        ("shop=demo_shop", 1),
        ("carrier=another", 0),
    ] {
        assert_eq!(listed(&town, query).await, count, "{query}");
    }
    town.stop().await;
    town.serve().await;
    assert_eq!(town.api("GET", FIGURES, None).await, (200, figures));
    town.close().await;
}

#[tokio::test]
async fn figures_and_lists_refuse_what_cannot_be_answered() {
    let town = Town::start(1).await;
    for query in [
        "/api/v1/sms/figures?from=soon",
        "/api/v1/sms/figures?from=2026-11-02&to=2026-11-01",
        "/api/v1/sms/figures?from=2020-01-01&to=2026-11-01",
        "/api/v1/sms/figures?to=9999-12-31",
        "/api/v1/sms/figures?since=2026-11-01",
        "/api/v1/sms/messages?state=accepted,lost",
        "/api/v1/sms/messages?shop=demo_shop&by=systems",
        "/api/v1/sms/messages?by=somebody",
        "/api/v1/sms/messages?carier=default",
    ] {
        let (status, problem) = town.api("GET", query, None).await;
        assert_eq!((status, &problem["code"]), (400, &json!("malformed")), "{query}");
    }
    town.close().await;
}
