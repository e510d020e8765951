//! How long dishes take is measured from what the kitchen does, and suggests targets.

use reqwest::Method;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::the_box::{Reply, TestBox, dishes};

async fn times(shop: &TestBox, days: u16) -> Value {
    shop.get("cashier_1", &format!("/api/v1/times?days={days}")).await
}

/// A dish that was made in the past, as the store notes it.
struct Made {
    seq: u64,
    days_ago: u32,
    wait_s: u32,
    stations: &'static str,
    ready_at: &'static str,
}

fn note(shop: &TestBox, made: impl IntoIterator<Item = Made>) {
    let database = Connection::open(shop.state().join("box.db")).expect("the database");
    for Made { seq, days_ago, wait_s, stations, ready_at } in made {
        database
            .execute(
                "INSERT INTO line_time (business_day, seq, line_id, dish, name_zh, name_en, stations, ready_at, wait_s,
                                        target_s)
                 VALUES (date('now', '+8 hours', '-3 hours', ?1), ?2, ?2, 'shuijiao', '水饺', 'Dumplings', ?3, ?4, ?5, 600)",
                params![format!("-{days_ago} days"), seq, stations, ready_at, wait_s],
            )
            .expect("a row");
    }
}

#[tokio::test]
async fn a_line_counts_once_it_is_made_and_no_longer_when_that_is_taken_back() {
    let shop = TestBox::start().await;
    assert_eq!(
        times(&shop, 1).await,
        json!({ "days": 1, "lines": 0, "dishes": [], "stations": [], "hours": [] })
    );

    let order = shop.order("pad_801", dishes(&[("shuijiao", 1), ("kele", 1)])).await;
    let line = order.lines[0].placed.line;
    for step in ["start_cooking", "finish_cooking"] {
        shop.ask("kitchen_1", json!({ "type": step, "line": line })).await.granted();
    }
    let made = times(&shop, 1).await;
    assert_eq!(made["lines"], 1, "{made}");
    assert_eq!(made["dishes"][0]["dish"], "shuijiao");
    assert_eq!(made["dishes"][0]["suggested_target_s"], Value::Null, "one line suggests nothing");

    shop.ask("kitchen_1", json!({ "type": "recall_line", "line": line, "from": "ready" })).await.granted();
    assert_eq!(times(&shop, 1).await["lines"], 0);
}

#[tokio::test]
async fn percentiles_hours_stations_and_a_target_come_from_the_days_asked_for() {
    let shop = TestBox::start().await;
    // Eleven and twelve minutes past noon in Shanghai, ordered ten minutes and more before: in the hour of eleven.
    let lately = (1..=20).map(|n| Made {
        seq: 1_000_000 + u64::from(n),
        days_ago: 2,
        wait_s: 600 + n * 10,
        stations: if n == 1 { "[]" } else { r#"["wok","steam"]"# },
        ready_at: "2026-01-05T04:05:00Z",
    });
    let long_ago =
        [Made { seq: 1, days_ago: 20, wait_s: 5_000, stations: "[]", ready_at: "2026-01-05T12:00:00Z" }];
    note(&shop, lately.chain(long_ago));

    let week = times(&shop, 7).await;
    let spread = json!({ "count": 20, "p50_s": 700, "p90_s": 780 });
    let dish = &week["dishes"][0];
    assert_eq!(
        (&dish["count"], &dish["p50_s"], &dish["p90_s"]),
        (&json!(20), &spread["p50_s"], &spread["p90_s"])
    );
    assert_eq!((&dish["late"], &dish["suggested_target_s"]), (&json!(20), &json!(780)));
    assert_eq!(week["hours"], json!([{ "hour": 11, "count": 20, "p50_s": 700, "p90_s": 780 }]));
    let stations: Vec<_> = week["stations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (&one["station"], &one["count"]))
        .collect();
    assert_eq!(
        stations,
        [(&Value::Null, &json!(1)), (&json!("steam"), &json!(19)), (&json!("wok"), &json!(19))]
    );

    assert_eq!(times(&shop, 1).await["lines"], 0);
    assert_eq!(times(&shop, 21).await["lines"], 21);
}

#[tokio::test]
async fn a_range_that_makes_no_sense_is_refused() {
    let shop = TestBox::start().await;
    for days in ["0", "367", "-1", "all", "7&dish=shuijiao"] {
        let asked = shop.call("cashier_1", Method::GET, &format!("/api/v1/times?days={days}"));
        assert_eq!(Reply::to(asked).await.expect("an answer").problem().code, "malformed", "{days}");
    }
}
