//! Receipts and replies of a service that no carrier can call: it fetches them, and they have the same effect.

use std::time::{Duration, Instant};

use chuancai_cloud::config::{Config, FetchingConfig, StoreKind};
use chuancai_cloud::service::Service;
use chuancai_sandbox::{Protocol, ReportState};
use cloud_core::carrier::Receipts;
use serde_json::json;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::carriers::carrier;
use crate::postgres::Database;
use crate::town::{PATIENCE, Town, free_address};

const CODE: &str = "您的验证码是1234，5分钟内有效。";
const TENCENT: &str = "tencent-sms codes --host HOST --secret-id AKIDSANDBOX --application 1400000001 \
    --template 1001=您的验证码是{1}，{2}分钟内有效。 --receipts fetched --secret-file SECRET";

/// A service with an account whose receipts are fetched. It has a public address, which no carrier is told.
async fn start(units: u64, set: impl FnOnce(&mut Config)) -> Town {
    let fetch = |settings: &mut Config| {
        settings.carrier.receipts = Receipts::Fetched;
        settings.hooks.chuanglan_token.clear();
        settings.hooks.public_url = "http://192.0.2.1".to_owned();
        settings.fetching = FetchingConfig { pause_ms: 20, pause_max_ms: 160, timeout_ms: 10_000 };
        set(settings);
    };
    Town::start_at(free_address(), None, units, fetch).await
}

async fn send(town: &Town, kind: &str, phone: &str, text: &str) -> String {
    let id = Uuid::new_v4().to_string();
    let body = json!({ "kind": kind, "phone": phone, "text": text });
    let (status, answer) = town.api("PUT", &format!("/api/v1/sms/messages/{id}"), Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    id
}

async fn notify(town: &Town, phone: &str) -> String {
    send(town, "notification", phone, "您的订单已好").await
}

async fn books(town: &Town) -> [u64; 3] {
    let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
    ["available", "sent", "in_doubt"].map(|place| books[place].as_u64().expect("a number of units"))
}

/// Waits until a fetch by this account has ended so.
async fn fetched(town: &Town, account: &str, answer: &str) {
    let line = format!(r#"chuancai_fetches{{carrier="{account}",wanted="receipts",answer="{answer}"}}"#);
    let told = async |town: &Town| {
        let metrics = reqwest::get(town.url("/metrics")).await.expect("an answer");
        metrics.text().await.expect("a text").contains(&line)
    };
    town.until(&line, told).await;
}

/// Waits until the carrier has handed a message's report out.
async fn handed_out(town: &Town, number: usize) {
    let is_out = |state: &ReportState| matches!(state, ReportState::HandedOver { .. });
    let handed = town.carrier.until(|taken| taken.get(number).is_some_and(|taken| is_out(&taken.report)));
    tokio::time::timeout(PATIENCE, handed).await.expect("in time");
}

#[tokio::test]
async fn s6_s7_s10_fetched_receipts_have_the_effect_of_those_that_are_brought() {
    let town = start(20, |_| ()).await;
    // Without a fault; before the answer; twice; contradicting; "unknown" first; billed otherwise; the first pull
    // refused; and the submit's own answer broken off or a proxy's.
    for ending in ["0000", "0401", "0400", "0402", "0304", "0404", "0603", "0201", "0202"] {
        let id = notify(&town, &format!("1390000{ending}")).await;
        town.message_until(&id, "delivered").await;
    }
    let id = notify(&town, "13900000300").await;
    assert_eq!(town.message_until(&id, "undelivered").await["reason"], "receipt: UNDELIV");
    let id = notify(&town, "13900000105").await;
    town.message_until(&id, "failed").await;
    assert_eq!(books(&town).await, [10, 10, 0], "refused by the carrier: refunded");
    assert!(town.carrier.messages().iter().all(|taken| !matches!(taken.report, ReportState::Lost { .. })));
    assert_eq!(town.carrier.calls().send, 11, "nothing was sent twice");
    fetched(&town, "default", "refused").await;
    town.close().await;
}

#[tokio::test]
async fn s7_more_than_a_page_is_fetched_and_what_is_nobodys_waits_in_the_inbox() {
    let town = start(250, |_| ()).await;
    let stranger = json!({
        "account": "N0000001", "password": "sandbox", "msg": "【示例】您好", "phone": "13911110000",
        "report": "true", "uid": "another-system",
    });
    let submit = format!("{}/msg/v1/send/json", town.carrier.base_url());
    reqwest::Client::new().post(submit).json(&stranger).send().await.expect("the carrier answers");
    let phones: Vec<_> = (0..250).map(|number| format!("139{number:04}0000")).collect();
    let batch = json!({ "kind": "notification", "text": "今晚八点打烊", "phones": phones });
    let path = format!("/api/v1/sms/batches/{}", Uuid::new_v4());
    let (status, begun) = town.api("PUT", &path, Some(batch)).await;
    assert_eq!(status, 200, "{begun}");
    let all = async |town: &Town| {
        let (_, found) = town.api("GET", &path, None).await;
        found["counts"]["delivered"] == 250
    };
    town.until("all of them are delivered", all).await;
    assert_eq!(books(&town).await, [0, 250, 0]);
    handed_out(&town, 0).await;
    let kept = async |town: &Town| town.journal().contains("13911110000");
    town.until("the stranger's receipt is kept", kept).await;
    town.close().await;
}

#[tokio::test]
async fn s9_who_answers_is_heard_by_either_vendor() {
    let mut town = start(20, |_| ()).await;
    town.stop().await;
    carrier(&town, TENCENT).await.expect("it is set up");
    carrier(&town, "use codes --kind verification").await.expect("it is used");
    town.serve().await;
    let advertise = async |phone: &str| send(&town, "marketing", phone, "店庆快乐，拒收请回复R").await;
    let until_out = async |phone: &str| {
        let begin = Instant::now();
        loop {
            let id = advertise(phone).await;
            let (_, found) = town.api("GET", &format!("/api/v1/sms/messages/{id}"), None).await;
            if found["reason"].as_str().is_some_and(|reason| reason.contains("opted_out")) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "{found}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    // They answer R to Chuanglan, and TD to Tencent Cloud.
    let advertised = advertise("13900000500").await;
    town.message_until(&advertised, "delivered").await;
    until_out("13900000500").await;
    let code = send(&town, "verification", "13911110500", CODE).await;
    town.message_until(&code, "delivered").await;
    until_out("13911110500").await;
    let other = advertise("13900000001").await;
    town.message_until(&other, "delivered").await;
    town.close().await;
}

#[tokio::test]
async fn s7_an_account_of_tencents_is_fetched_from_and_one_that_is_dead_or_refuses_stops_no_other() {
    let mut town = start(10, |_| ()).await;
    town.stop().await;
    for brought in [
        "smpp smsc --address smpp://127.0.0.1:1 --system-id x --source 1 --secret-file SECRET",
        "chuanglan-template v2 --login N0000001 --template 1=x{1} --secret-file SECRET",
    ] {
        let refused = carrier(&town, &format!("{brought} --receipts fetched")).await;
        let error = format!("{:#}", refused.expect_err("nothing is kept there"));
        assert!(error.contains("receipts cannot be fetched by this protocol"), "{error}");
    }
    let error = carrier(&town, &format!("{TENCENT} --from 127.0.0.0/8")).await.expect_err("nobody calls");
    assert!(error.to_string().contains("--from"), "{error}");
    carrier(&town, TENCENT).await.expect("it is set up");
    carrier(&town, "use codes --kind verification").await.expect("it is used");
    let dead = format!("http://{}", free_address());
    let set =
        format!("chuanglan dead --host {dead} --login N0000001 --secret-file SECRET --receipts fetched");
    carrier(&town, &set).await.expect("it is set up");
    let refused = "chuanglan refused --host HOST --login N9999999 --secret-file SECRET --receipts fetched";
    carrier(&town, refused).await.expect("it is set up");
    town.serve().await;
    fetched(&town, "dead", "unreachable").await;
    fetched(&town, "refused", "refused").await;
    for (phone, state) in [
        ("13900000000", "delivered"),
        ("13900000300", "undelivered"),
        ("13900000401", "delivered"),
        ("13900000400", "delivered"),
        ("13900000603", "delivered"),
        ("13900000201", "delivered"),
    ] {
        let id = send(&town, "verification", phone, CODE).await;
        town.message_until(&id, state).await;
    }
    assert!(town.carrier.messages().iter().all(|taken| taken.protocol == Protocol::TencentSms));
    let id = notify(&town, "13900000000").await;
    town.message_until(&id, "delivered").await;
    assert_eq!(books(&town).await, [3, 7, 0]);
    town.close().await;
}

#[tokio::test]
async fn s7_receipts_are_fetched_as_soon_as_a_wrong_password_is_mended() {
    let mut town = start(5, |_| ()).await;
    town.stop().await;
    let set = "chuanglan mended --host HOST --login N0000001 --receipts fetched --secret-file";
    carrier(&town, &format!("{set} SECRET")).await.expect("it is set up");
    carrier(&town, "use mended").await.expect("it is used");
    town.serve().await;
    // Ten delays late: until then the password has changed.
    let id = notify(&town, "13900000403").await;
    town.message_until(&id, "accepted").await;
    town.stop().await;
    let wrong = town.settings.state.folder.join("wrong");
    std::fs::write(&wrong, "not the password\n").expect("writing the secret");
    carrier(&town, &format!("{set} {}", wrong.display())).await.expect("it is set up");
    town.settings.carrier.password = "not the password".to_owned();
    town.serve().await;
    fetched(&town, "mended", "refused").await;
    let waits = |state: &ReportState| matches!(state, ReportState::Waiting { .. });
    let waiting = town.carrier.until(|taken| waits(&taken[0].report));
    tokio::time::timeout(PATIENCE, waiting).await.expect("nobody has taken it");
    town.message_until(&id, "accepted").await;
    town.stop().await;
    carrier(&town, &format!("{set} SECRET")).await.expect("it is set up");
    town.serve().await;
    town.message_until(&id, "delivered").await;
    town.close().await;
}

#[tokio::test]
async fn s10_what_a_lost_page_said_is_settled_as_if_it_had_never_been_said() {
    let mut town = start(5, |settings| settings.sending.in_doubt_h = 0).await;
    // The answer to the submit breaks off, and then that to the fetch.
    let id = notify(&town, "13900000604").await;
    town.message_until(&id, "in_doubt").await;
    handed_out(&town, 0).await;
    fetched(&town, "default", "unanswered").await;
    let later = notify(&town, "13900000000").await;
    town.message_until(&later, "delivered").await;
    assert_eq!(books(&town).await, [3, 1, 1]);
    town.stop().await;
    // The clock is asked what is due.
    town.serve().await;
    town.message_until(&id, "failed").await;
    assert_eq!(books(&town).await, [4, 1, 0], "refunded");
    assert_eq!((town.carrier.calls().send, town.carrier.messages().len()), (2, 2), "and never sent again");
    town.close().await;
}

#[tokio::test]
async fn s7_a_page_that_takes_too_long_is_lost_and_the_next_one_is_fetched() {
    let town = start(5, |settings| settings.fetching.timeout_ms = 300).await;
    let lost = notify(&town, "13900000600").await;
    handed_out(&town, 0).await;
    let later = notify(&town, "13900000000").await;
    town.message_until(&later, "delivered").await;
    assert_eq!(town.message_until(&lost, "accepted").await["state"], "accepted");
    assert_eq!(books(&town).await, [3, 2, 0], "the carrier took both");
    town.close().await;
}

#[tokio::test]
async fn s7_a_service_that_ends_keeps_the_page_that_it_has_asked_for() {
    let mut town = start(5, |_| ()).await;
    // The carrier has forgotten the report, and its answer takes two seconds.
    let id = notify(&town, "13900000600").await;
    handed_out(&town, 0).await;
    town.stop().await;
    assert!(town.journal().contains("receipt_done"), "it is in the books before the service ends");
    town.serve().await;
    town.message_until(&id, "delivered").await;
    town.close().await;
}

#[tokio::test]
async fn s7_only_the_service_that_has_the_books_fetches() {
    let on_postgres = |settings: &mut Config| {
        settings.carrier.receipts = Receipts::Brought;
        settings.store.kind = StoreKind::Postgres;
        settings.store.url = Database::new().url();
    };
    let mut town = start(5, on_postgres).await;
    let mut settings = town.settings.clone();
    settings.http.listen = free_address();
    settings.carrier.receipts = Receipts::Fetched;
    let (stop, stopped) = oneshot::channel::<()>();
    let second = tokio::spawn({
        let settings = settings.clone();
        async move { Service::start(&settings).await?.run_until(async move { drop(stopped.await) }).await }
    });
    let ready = format!("http://{}/readyz", settings.http.listen);
    let answers = async |body: &str| match reqwest::get(&ready).await {
        Ok(answer) => answer.text().await.is_ok_and(|text| text == body),
        Err(_) => false,
    };
    town.until("the second one stands by", async |_: &Town| answers("standby").await).await;
    let id = notify(&town, "13900000000").await;
    town.message_until(&id, "accepted").await;
    handed_out_or_waiting(&town).await;
    assert_eq!(town.carrier.calls().pull, 0, "whoever stands by takes nothing away");
    town.stop().await;
    handed_out(&town, 0).await;
    drop(stop);
    second.await.expect("it does not panic").expect("it ends well");
    town.serve().await;
    assert_eq!(town.message_until(&id, "delivered").await["state"], json!("delivered"));
    town.close().await;
}

async fn handed_out_or_waiting(town: &Town) {
    let is_made = |state: &ReportState| *state != ReportState::Due;
    let made = town.carrier.until(|taken| is_made(&taken[0].report));
    tokio::time::timeout(PATIENCE, made).await.expect("in time");
}
