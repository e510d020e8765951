//! Two services on one PostgreSQL: one works, the other stands by and takes over.

use std::time::Instant;

use chuancai_cloud::config::StoreKind;
use chuancai_cloud::service::Service;
use serde_json::json;
use tokio::sync::oneshot;

use crate::postgres::Database;
use crate::town::{API_KEY, PATIENCE, Town, free_address};

#[tokio::test]
async fn a_second_service_stands_by_and_takes_over_when_the_first_one_ends() {
    let mut town = Town::start_with(10, |settings| {
        settings.store.kind = StoreKind::Postgres;
        settings.store.url = Database::new().url();
    })
    .await;
    let mut settings = town.settings.clone();
    settings.http.listen = free_address();
    let url = |path: &str| format!("http://{}{path}", settings.http.listen);
    let ask = async |path: &str| {
        let answer = reqwest::Client::new().get(url(path)).bearer_auth(API_KEY).send().await;
        let Ok(answer) = answer else { return (0, String::new()) };
        (answer.status().as_u16(), answer.text().await.unwrap_or_default())
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let second = tokio::spawn({
        let settings = settings.clone();
        async move {
            let service = Service::start(&settings).await?;
            service.run_until(async move { drop(stopped.await) }).await
        }
    });
    let until = async |path: &str, wanted: (u16, &str)| {
        let begin = Instant::now();
        while ask(path).await != (wanted.0, wanted.1.to_owned()) {
            assert!(begin.elapsed() < PATIENCE, "{path} never answered {wanted:?}: {:?}", ask(path).await);
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    until("/readyz", (503, "standby")).await;
    assert_eq!(ask("/healthz").await, (200, "ok".to_owned()));
    assert_eq!(ask("/api/v1/sms/balance").await.0, 503);
    let freeze = format!("/api/v1/sms/freezes/{}", uuid::Uuid::new_v4());
    assert_eq!(town.api("PUT", &freeze, Some(json!({ "units": 4 }))).await.0, 200);

    town.stop().await;
    until("/readyz", (200, "ready")).await;
    let balance: serde_json::Value =
        serde_json::from_str(&ask("/api/v1/sms/balance").await.1).expect("the balance");
    assert_eq!((&balance["available"], &balance["frozen"]), (&json!(6), &json!(4)));
    drop(stop);
    second.await.expect("it does not panic").expect("it ends well");
    town.close().await;
}

#[tokio::test]
async fn a_service_outlives_a_restart_of_its_database() {
    let database = Database::new();
    let url = database.url();
    let town = Town::start_with(10, |settings| {
        settings.store.kind = StoreKind::Postgres;
        settings.store.url = url;
    })
    .await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let freeze = format!("/api/v1/sms/freezes/{}", uuid::Uuid::new_v4());
        database.end_connections();
        let begin = Instant::now();
        // Whoever gets no answer asks the same again (S8).
        while town.api("PUT", &freeze, Some(json!({ "units": 1 }))).await.0 != 200 {
            assert!(begin.elapsed() < PATIENCE, "the service never came back");
        }
        ids.push(freeze);
    }
    for freeze in ids {
        assert_eq!(town.api("GET", &freeze, None).await.1["state"], "open");
    }
    let (_, balance) = town.api("GET", "/api/v1/sms/balance", None).await;
    assert_eq!((&balance["available"], &balance["frozen"]), (&json!(5), &json!(5)));
    town.close().await;
}
