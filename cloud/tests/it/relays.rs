//! Messages that a box asks to be sent on: from its fact to Tencent IM and to the brand's own server, through what
//! those may do wrong and through restarts (M9).

use std::process::{Command as Process, Output};
use std::time::{Duration, Instant};

use chuancai_cloud::admin::channel::{self, TencentImAsked};
use chuancai_sandbox::{ImSettings, SandboxSettings};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::fact::Recorded;
use shared::id::BrandId;
use uuid::Uuid;

use crate::town::{PATIENCE, TestBox, Town};

fn demo() -> BrandId {
    "demo".parse().expect("a slug")
}

/// A secret as the command line takes it.
fn in_file(secret: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), format!("{secret}\n")).expect("writing the secret");
    file
}

/// Sets up the brand's webhook at this path of the sandbox, as an operator does: the service stops for it.
async fn webhook_at(town: &mut Town, path: &str, secret: &str) {
    town.stop().await;
    let url = format!("{}/webhook/{path}", town.carrier.base_url()).parse().expect("an address");
    let secret = in_file(secret);
    let file = Some(secret.path().to_owned());
    channel::set_webhook(&town.settings, demo(), url, file).await.expect("good settings");
    town.serve().await;
}

async fn tencent_im_to(town: &mut Town, named: &[&str], secret: &str) {
    town.stop().await;
    let im = ImSettings::default();
    let asked = TencentImAsked {
        base_url: town.carrier.base_url().parse().expect("an address"),
        sdk_app_id: im.sdk_app_id,
        admin: im.admin.parse().expect("an IM user"),
        named: named.iter().map(|user| user.parse().expect("an IM user")).collect(),
        users: vec!["cashiers=desk".parse().expect("an account and a user")],
    };
    let secret = in_file(secret);
    let file = Some(secret.path().to_owned());
    channel::set_tencent_im(&town.settings, demo(), asked, file).await.expect("good settings");
    town.serve().await;
}

/// A fact that asks for a message; `extra` replaces or adds to what is asked.
fn asking(seq: u64, channel: &str, extra: Value) -> String {
    let mut relay = json!({
        "message": Uuid::new_v4(), "event": "service_called", "kind": "pad_call", "channel": channel,
        "text": "801房间呼叫服务", "guest": { "kind": "room", "room": "801" }, "params": { "roomName": "801" },
        "good_for_s": 60,
    });
    let at = extra.get("at").cloned().unwrap_or_else(|| json!(Timestamp::now()));
    for (name, value) in extra.as_object().expect("an object").iter().filter(|(name, _)| *name != "at") {
        relay[name] = value.clone();
    }
    let fact = json!({ "type": "message_relayed", "relay": relay });
    let raw =
        json!({ "seq": seq, "at": at, "by": "box", "request": Uuid::new_v4(), "fact": fact }).to_string();
    serde_json::from_str::<Recorded>(&raw).expect("a fact of today's wire");
    raw
}

fn id_of(fact: &str) -> String {
    let fact: Value = serde_json::from_str(fact).expect("JSON");
    fact["fact"]["relay"]["message"].as_str().expect("an id").to_owned()
}

/// Somebody at the dashboard, looking for one message until it is as wanted.
async fn seen(town: &Town, cookie: &str, message: &str, state: &str) -> Value {
    let begin = Instant::now();
    loop {
        let (_, page) = town.page(cookie, "/api/v1/messages").await;
        let rows = page["messages"].as_array().cloned().unwrap_or_default();
        let found = rows.into_iter().find(|row| row["message"] == message);
        if let Some(found) = found.as_ref().filter(|row| row["state"] == state) {
            return found.clone();
        }
        assert!(begin.elapsed() < PATIENCE, "{message} never became {state}: {found:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn steps(parcel: &Value) -> Vec<String> {
    let steps = parcel["timeline"].as_array().expect("steps");
    steps.iter().map(|step| step["what"].as_str().expect("a word").to_owned()).collect()
}

fn parcel_to<'a>(row: &'a Value, user: &str) -> &'a Value {
    let parcels = row["parcels"].as_array().expect("targets");
    parcels.iter().find(|parcel| parcel["to"] == user).expect("a target of the message")
}

#[tokio::test]
async fn m9_a_message_goes_from_the_box_to_both_channels_once() {
    let mut town = Town::start(0).await;
    webhook_at(&mut town, "ok", &SandboxSettings::default().webhook_secret).await;
    tencent_im_to(&mut town, &["owner"], &ImSettings::default().secret).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let designated = json!({ "designated": ["cashiers"] });
    let mut facts = vec![
        asking(1, "webhook", json!({})),
        asking(2, "tencent_im", json!({})),
        asking(3, "tencent_im", designated),
    ];
    assert_eq!(shop.send(1, &facts).await.have, 3);
    let cookie = town.sign_in("cook").await;
    for fact in &facts {
        seen(&town, &cookie, &id_of(fact), "delivered").await;
    }
    let call = &town.carrier.hook_calls()[0];
    assert_eq!((call.verified, call.id.as_str()), (true, id_of(&facts[0]).as_str()));
    let told = &call.body["data"];
    assert_eq!(
        (&told["brand"], &told["shop"], &told["box"]),
        (&json!("demo"), &json!("demo_shop"), &json!("box_1"))
    );
    assert_eq!(told["message"]["guest"], json!({ "kind": "room", "room": "801" }));
    assert_eq!(told["message"]["params"]["roomName"], "801");
    let mut heard: Vec<_> = town.carrier.im_messages();
    heard.sort_by(|one, other| one.to.cmp(&other.to));
    let receivers: Vec<_> = heard.iter().map(|one| (one.to.as_str(), one.text.as_deref())).collect();
    let words = Some("801房间呼叫服务");
    assert_eq!(receivers, [("desk", words), ("owner", words)]);
    assert_eq!(heard[1].data.as_ref().expect("data")["message"]["id"], json!(id_of(&facts[1])));
    assert_eq!(town.carrier.im_calls().import, 2, "each was unknown, and imported");

    // The batch again, and the same message by another fact.
    assert_eq!(shop.send(1, &facts).await.have, 3);
    facts.push(asking(4, "webhook", json!({ "message": id_of(&facts[0]) })));
    facts.push(asking(5, "webhook", json!({})));
    assert_eq!(shop.send(4, &facts[3..]).await.have, 5);
    seen(&town, &cookie, &id_of(&facts[4]), "delivered").await;
    assert_eq!((town.carrier.hook_calls().len(), town.carrier.im_messages().len()), (2, 2));
    lists_are_the_brands_own(&town, &cookie).await;
    drop(shop);
    town.close().await;
}

async fn lists_are_the_brands_own(town: &Town, cookie: &str) {
    let count = async |filter: &str| {
        let (status, page) = town.page(cookie, &format!("/api/v1/messages?{filter}")).await;
        assert_eq!(status, 200, "{page}");
        page["messages"].as_array().expect("rows").len()
    };
    assert_eq!(count("channel=webhook").await, 2);
    assert_eq!(count("channel=tencent_im&state=delivered&shop=demo_shop").await, 2);
    assert_eq!((count("state=failed").await, count("shop=other_shop").await), (0, 0));
    let (_, first) = town.page(cookie, "/api/v1/messages?limit=3").await;
    let next = first["next"].as_str().expect("there is more");
    assert_eq!(count(&format!("limit=3&before={next}")).await, 1);
    let (_, channels) = town.page(cookie, "/api/v1/channels").await;
    let rows = channels["channels"].as_array().expect("rows");
    assert_eq!((rows.len(), &rows[0]["host"]), (2, &json!("127.0.0.1")));
    assert_eq!(rows[0]["named"], json!(["owner"]));

    let stranger = town.sign_in("stranger").await;
    let (_, none) = town.page(&stranger, "/api/v1/messages").await;
    assert_eq!(none, json!({ "messages": [], "next": null }));
    assert_eq!(town.page(&stranger, "/api/v1/channels").await.1, json!({ "channels": [] }));
    assert_eq!(town.page("", "/api/v1/messages").await.0, 401);
}

#[tokio::test]
async fn m9_each_receiver_of_tencent_im_gets_what_its_answers_deserve() {
    let users = [
        "blocked_20007",
        "broken_broken",
        "expired_70001",
        "gateway_gateway",
        "late_late",
        "plain",
        "slow_20004",
        "unknown_70107",
    ];
    let mut town = Town::start(0).await;
    tencent_im_to(&mut town, &users, &ImSettings::default().secret).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let facts = [asking(1, "tencent_im", json!({}))];
    shop.send(1, &facts).await;
    let cookie = town.sign_in("cook").await;
    let row = seen(&town, &cookie, &id_of(&facts[0]), "failed").await;
    let straight = ["sending", "delivered"];
    for user in ["plain", "unknown_70107", "expired_70001"] {
        assert_eq!(steps(parcel_to(&row, user)), straight, "{user}");
    }
    let again = |what: &str| ["sending", what, "sending", "delivered"].map(str::to_owned);
    assert_eq!(steps(parcel_to(&row, "slow_20004")), again("postponed"));
    for user in ["late_late", "broken_broken", "gateway_gateway"] {
        assert_eq!(steps(parcel_to(&row, user)), again("unanswered"), "{user}");
    }
    let blocked = parcel_to(&row, "blocked_20007");
    assert_eq!(steps(blocked), ["sending", "failed"]);
    assert_eq!(blocked["reason"], "refused 20007: the receiver has blocked the sender");
    let taken = town.carrier.im_messages();
    assert_eq!(taken.len(), users.len() - 1, "a repeat is known by its marks");
    for message in taken {
        let repeated = ["late", "broken", "gateway"].iter().any(|fault| message.to.ends_with(fault));
        assert_eq!(message.sent, if repeated { 2 } else { 1 }, "{}", message.to);
    }
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn m9_a_webhooks_answers_decide_whether_it_is_called_again() {
    let secret = SandboxSettings::default().webhook_secret;
    let mut town = Town::start(0).await;
    let cookie = town.sign_in("cook").await;
    let mut from = 1;
    let stream = shared::id::StreamId(Uuid::new_v4());
    for (path, state, reason, calls) in [
        ("503-once", "delivered", Value::Null, 2),
        ("late-once", "delivered", Value::Null, 2),
        ("404", "failed", json!("refused 404: the receiver does not take it"), 1),
        ("307", "failed", json!("refused 307: the address leads elsewhere, and that is not followed"), 1),
        ("410", "failed", json!("switched_off"), 1),
    ] {
        webhook_at(&mut town, path, &secret).await;
        let mut shop = TestBox::connect(&town).await;
        shop.stream = stream;
        shop.hello().await;
        let facts = [asking(from, "webhook", json!({}))];
        assert_eq!(shop.send(from, &facts).await.have, from);
        let row = seen(&town, &cookie, &id_of(&facts[0]), state).await;
        assert_eq!(row["reason"], reason, "{path}");
        let called = town.carrier.hook_calls().into_iter().filter(|call| call.id == id_of(&facts[0]));
        assert_eq!(called.count(), calls, "{path}");
        from += 1;
    }
    // Gone: nothing more is sent, until the channel is set up anew.
    let mut shop = TestBox::connect(&town).await;
    shop.stream = stream;
    shop.hello().await;
    let facts = [asking(from, "webhook", json!({}))];
    shop.send(from, &facts).await;
    let row = seen(&town, &cookie, &id_of(&facts[0]), "failed").await;
    assert_eq!((&row["reason"], &row["parcels"]), (&json!("switched_off"), &json!([])));
    let (_, channels) = town.page(&cookie, "/api/v1/channels").await;
    assert!(channels["channels"][0]["off_since"].is_string(), "{channels}");
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn m9_a_wrong_secret_is_refused_and_shown() {
    let mut town = Town::start(0).await;
    webhook_at(&mut town, "ok", "whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg==").await;
    tencent_im_to(&mut town, &["owner"], &"0".repeat(64)).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let facts = [asking(1, "webhook", json!({})), asking(2, "tencent_im", json!({}))];
    shop.send(1, &facts).await;
    let cookie = town.sign_in("cook").await;
    for (fact, reason) in facts.iter().zip([
        "credentials 401: the receiver does not accept our signature",
        "credentials 70009: the signature is wrong: the secret is not the application's",
    ]) {
        let row = seen(&town, &cookie, &id_of(fact), "failed").await;
        assert_eq!(row["reason"], reason);
    }
    assert!(town.carrier.im_messages().is_empty() && !town.carrier.hook_calls()[0].verified);
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn m9_a_restart_in_the_middle_loses_nothing_and_repeats_only_what_was_not_answered() {
    let mut town = Town::start(0).await;
    town.settings.relaying.timeout_ms = 30_000;
    webhook_at(&mut town, "ok", &SandboxSettings::default().webhook_secret).await;
    tencent_im_to(&mut town, &["owner_late"], &ImSettings::default().secret).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let cookie = town.sign_in("cook").await;
    let facts = [asking(1, "webhook", json!({})), asking(2, "tencent_im", json!({}))];
    shop.send(1, &facts).await;
    let answered = seen(&town, &cookie, &id_of(&facts[0]), "delivered").await;
    // Taken over there, and the answer is held back.
    town.carrier.until_im(|messages| !messages.is_empty()).await;
    town.stop().await;
    town.serve().await;
    let row = seen(&town, &cookie, &id_of(&facts[1]), "delivered").await;
    assert_eq!(steps(&row["parcels"][0]), ["sending", "unanswered", "sending", "delivered"]);
    assert_eq!(row["parcels"][0]["timeline"][1]["detail"], "interrupted");
    let taken = town.carrier.im_messages();
    assert_eq!((taken.len(), taken[0].sent), (1, 2), "the same marks");
    assert_eq!(seen(&town, &cookie, &id_of(&facts[0]), "delivered").await, answered);
    assert_eq!(town.carrier.hook_calls().len(), 1, "what was answered is not sent again");
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn m9_what_is_no_longer_worth_telling_is_not_told() {
    let mut town = Town::start(0).await;
    webhook_at(&mut town, "503", &SandboxSettings::default().webhook_secret).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let long_ago = json!({ "at": Timestamp::now() - SignedDuration::from_secs(61) });
    let facts = [asking(1, "webhook", long_ago), asking(2, "webhook", json!({ "good_for_s": 1 }))];
    shop.send(1, &facts).await;
    let cookie = town.sign_in("cook").await;
    let row = seen(&town, &cookie, &id_of(&facts[0]), "too_old").await;
    assert_eq!((steps(&row["parcels"][0]), &row["reason"]), (vec!["too_old".to_owned()], &Value::Null));
    let row = seen(&town, &cookie, &id_of(&facts[1]), "too_old").await;
    assert_eq!(row["reason"], "busy 503: the receiver could not take it");
    assert!(town.carrier.hook_calls().iter().all(|call| call.id == id_of(&facts[1])));
    drop(shop);
    town.close().await;
}

fn cli(town: &Town, secret: Option<&str>, arguments: &[&str]) -> Output {
    let mut program = Process::new(env!("CARGO_BIN_EXE_chuancai-cloud"));
    program.args(arguments).envs(town.environment());
    match secret {
        Some(secret) => program.env(channel::SECRET_VARIABLE, secret),
        None => program.env_remove(channel::SECRET_VARIABLE),
    };
    program.output().expect("the program runs")
}

#[tokio::test]
async fn channels_are_set_up_listed_and_switched_off_on_the_command_line() {
    let mut town = Town::start(0).await;
    let url = format!("{}/webhook/ok", town.carrier.base_url());
    let refused = cli(&town, None, &["channel", "webhook", "demo", "--url", &url]);
    assert!(!refused.status.success(), "the service runs");
    town.stop().await;
    let made = cli(&town, None, &["channel", "webhook", "demo", "--url", &url]);
    let printed: Value = serde_json::from_slice(&made.stdout).expect("the new secret");
    let secret = printed["secret"].as_str().expect("a text");
    assert!(secret.starts_with("whsec_"), "{secret}");
    let im = ["channel", "tencent-im", "demo", "--sdk-app-id", "1400000001", "--admin", "administrator"];
    let missing = cli(&town, None, &im);
    assert!(String::from_utf8_lossy(&missing.stderr).contains(channel::SECRET_VARIABLE), "{missing:?}");
    let named = [&im[..], &["--to", "owner", "--account", "cashiers=desk"]].concat();
    assert!(cli(&town, Some("a key of the test"), &named).status.success());
    assert!(!cli(&town, Some("x"), &["channel", "webhook", "demo", "--url", &url]).status.success());
    assert!(!cli(&town, None, &["channel", "webhook", "nobody", "--url", &url]).status.success());
    assert!(cli(&town, None, &["channel", "off", "demo", "webhook"]).status.success());
    let listed = cli(&town, None, &["channel", "list", "demo"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let rows: Vec<Value> =
        listed.lines().map(|line| serde_json::from_str(line).expect("a channel a line")).collect();
    let channels: Vec<_> = rows.iter().map(|row| &row["channel"]["channel"]).collect();
    assert_eq!(channels, ["tencent_im", "webhook"]);
    assert_eq!(rows[0]["channel"]["named"], json!(["owner"]));
    assert!(rows[1]["channel"]["off_since"].is_string());
    let journal = town.journal();
    for hidden in [secret, "a key of the test"] {
        assert!(!listed.contains(hidden));
        assert!(!journal.contains(hidden), "sealed in the journal");
    }
    town.serve().await;
    town.close().await;
}
