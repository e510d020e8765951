//! Carrier accounts in the whole service: set up by the command line, routed to, and called back from.

use chuancai_cloud::admin::carrier::{self, CarrierVerb, SECRET_VARIABLE};
use chuancai_cloud::gateway::carriers::{hook_url, token_of};
use chuancai_cloud::service::Books;
use chuancai_sandbox::Protocol;
use clap::Parser;
use cloud_core::command::Command;
use cloud_core::id::CarrierAccountId;
use serde_json::{Value, json};
use shared::guest::PhoneNumber;

use crate::town::Town;

const CODE: &str = "您的验证码是1234，5分钟内有效。";

#[derive(Parser)]
struct CommandLine {
    #[command(subcommand)]
    verb: CarrierVerb,
}

/// One `chuancai-cloud carrier …`. The service must not run.
pub(crate) async fn carrier(town: &Town, line: &str) -> anyhow::Result<()> {
    let secret = town.settings.state.folder.join("secret");
    std::fs::write(&secret, "sandbox\n").expect("writing the secret");
    let line =
        line.replace("SECRET", secret.to_str().expect("a path")).replace("HOST", &town.carrier.base_url());
    let CommandLine { verb } = CommandLine::parse_from(std::iter::once("carrier").chain(line.split(' ')));
    carrier::run(&town.settings, verb).await
}

/// Where an account's receipts are brought.
async fn hook_of(town: &Town, account: &str) -> String {
    let id: CarrierAccountId = account.parse().expect("an id");
    let books = Books::open(&town.settings).expect("the service stands still");
    let found = books.journal.look({
        let id = id.clone();
        move |state| state.carrier(&id).cloned()
    });
    let found = found.await.expect("the journal runs").expect("the account is there");
    books.close().await.expect("the books are closed");
    let hook = found.hook.as_ref().expect("it is called back");
    let token = token_of(&town.settings.seal_key().expect("the key"), &id, hook).expect("it opens");
    hook_url(&town.url(""), found.protocol.caller().expect("it calls"), &token)
}

async fn send(town: &Town, kind: &str, phone: &str, text: &str) -> String {
    let id = uuid::Uuid::new_v4().to_string();
    let body = json!({ "kind": kind, "phone": phone, "text": text });
    let (status, answer) = town.api("PUT", &format!("/api/v1/sms/messages/{id}"), Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    id
}

#[tokio::test]
async fn s7_messages_go_by_the_routed_account_and_its_receipts_come_to_its_own_address() {
    let mut town = Town::start(10).await;
    town.stop().await;
    let templates = "--template 1001=您的验证码是{1}，{2}分钟内有效。";
    let codes = format!(
        "tencent-sms codes --host HOST --secret-id AKIDSANDBOX --application 1400000001 --secret-file SECRET {templates}"
    );
    carrier(&town, &codes).await.expect("it is set up");
    let own =
        "chuanglan own --brand demo --host HOST --login N0000001 --secret-file SECRET --from 127.0.0.0/8";
    carrier(&town, own).await.expect("it is set up");
    carrier(&town, "use codes --kind verification").await.expect("it is used");
    carrier(&town, "use own --brand demo --kind marketing").await.expect("it is used");
    let (hook, own_hook) = (hook_of(&town, "codes").await, hook_of(&town, "own").await);
    town.carrier.set_tencent_callback(hook.clone());
    town.settings.hooks.public_url = town.url("");
    town.serve().await;

    let code = send(&town, "verification", "13900000000", CODE).await;
    town.message_until(&code, "delivered").await;
    let refused = send(&town, "verification", "13900000000", "没有这样的模板").await;
    let refused = town.message_until(&refused, "failed").await;
    assert!(refused["reason"].as_str().expect("a reason").contains("no_template"), "{refused}");
    let failed = send(&town, "verification", "13900000300", CODE).await;
    assert_eq!(town.message_until(&failed, "undelivered").await["reason"], "receipt: UNDELIV");
    let early = send(&town, "verification", "13900000401", CODE).await;
    town.message_until(&early, "delivered").await;
    let marketing = send(&town, "marketing", "13900000001", "店庆快乐，拒收请回复R").await;
    town.message_until(&marketing, "delivered").await;
    let notification = send(&town, "notification", "13900000002", "您的菜好了").await;
    town.message_until(&notification, "delivered").await;
    let taken: Vec<_> = town.carrier.messages().into_iter().map(|taken| taken.protocol).collect();
    assert_eq!(taken[..3], [Protocol::TencentSms; 3]);
    assert_eq!(taken[3..], [Protocol::Chuanglan; 2]);
    doors_stay_shut(&hook, &own_hook).await;
    let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
    assert_eq!((&books["available"], &books["sent"], &books["in_doubt"]), (&json!(5), &json!(5), &json!(0)));
    town.stop().await;
    let phone = PhoneNumber::new("13900000001").expect("a number");
    let books = Books::open(&town.settings).expect("the service stands still");
    let again = Command::OptOut { brand: "demo".parse().expect("a slug"), phone, is_out: true };
    let new = books.journal.ask(again, |_, entries| entries.len()).await.expect("the journal runs");
    assert_eq!(new, 0, "who answered R is out already");
    books.close().await.expect("the books are closed");
    town.close().await;
}

#[tokio::test]
async fn s9_who_answers_td_to_a_text_by_tencent_gets_no_more_advertising() {
    let mut town = Town::start(30).await;
    town.stop().await;
    let templates = "--template 1001=您的验证码是{1}，{2}分钟内有效。";
    let codes = format!(
        "tencent-sms codes --host HOST --secret-id AKIDSANDBOX --application 1400000001 --secret-file SECRET {templates}"
    );
    carrier(&town, &codes).await.expect("it is set up");
    carrier(&town, "use codes").await.expect("it is used");
    let hook = hook_of(&town, "codes").await;
    let replies = hook.replace("/report", "/mo");
    town.carrier.set_tencent_callback(hook);
    town.carrier.set_tencent_replies(replies.clone());
    town.settings.hooks.public_url = town.url("");
    town.serve().await;

    let code = send(&town, "verification", "13900000500", CODE).await;
    town.message_until(&code, "delivered").await;
    // Advertising that was not approved does not go out either: the reason tells since when they are out.
    let until_out = async {
        loop {
            let id = send(&town, "marketing", "13900000500", "店庆快乐，拒收请回复R").await;
            let failed = town.message_until(&id, "failed").await;
            if failed["reason"].as_str().is_some_and(|reason| reason.contains("opted_out")) {
                return;
            }
        }
    };
    tokio::time::timeout(crate::town::PATIENCE, until_out).await.expect("the reply is heard");
    let other = send(&town, "marketing", "13900000501", "店庆快乐，拒收请回复R").await;
    let other = town.message_until(&other, "failed").await;
    assert!(other["reason"].as_str().expect("a reason").contains("no_template"), "{other}");

    let client = reqwest::Client::new();
    for (url, body, status) in [
        (replies.clone(), json!({ "nationcode": "86", "mobile": "13900000000", "text": "谢谢" }), 200),
        (replies.clone(), json!([]), 400),
        (replies.replace("/mo", "x/mo"), json!({}), 404),
    ] {
        let answer = client.post(url).json(&body).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{body}");
    }
    town.close().await;
}

/// A token is good for its own vendor alone, and nobody guesses one.
async fn doors_stay_shut(hook: &str, own_hook: &str) {
    let client = reqwest::Client::new();
    let post = async |url: &str, body: Value| {
        let answer = client.post(url).json(&body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    };
    assert_eq!(post(hook, json!([7, {}])).await.0, 200, "what cannot be read is not asked for again");
    assert_eq!(post(hook, json!({})).await.0, 400);
    assert_eq!(post(&hook.replace("/report", "x/report"), json!([])).await.0, 404);
    let others = own_hook.replace("chuanglan", "tencent_sms");
    assert_eq!(post(&others, json!([])).await.0, 404);
    let get = format!("{own_hook}?msgid=1&mobile=13900000000&status=DELIVRD");
    assert_eq!(client.get(&get).send().await.expect("an answer").status().as_u16(), 200);
    let reply = format!("{}?mobile=13900000001&msg=R&moTime=2611220900", own_hook.replace("/report", "/mo"));
    assert_eq!(client.get(&reply).send().await.expect("an answer").status().as_u16(), 200);
}

#[tokio::test]
async fn s7_smpp_receipts_are_kept_before_they_are_acknowledged_and_come_again_after_a_restart() {
    let mut town = Town::start(10).await;
    town.stop().await;
    let smsc = format!(
        "smpp smsc --address smpp://{} --system-id sandbox --source 10690000 --secret-file SECRET",
        town.carrier.smsc_address
    );
    carrier(&town, &smsc).await.expect("it is set up");
    carrier(&town, "use smsc").await.expect("it is used");
    town.serve().await;
    // In the written form, by parameters alone, before the answer, twice, and contradicting itself.
    for (phone, state) in [
        ("13900000000", "delivered"),
        ("13900000300", "undelivered"),
        ("13900000401", "delivered"),
        ("13900000400", "delivered"),
        ("13900000402", "delivered"),
        ("13900000103", "delivered"),
    ] {
        let id = send(&town, "notification", phone, "您的菜好了").await;
        town.message_until(&id, state).await;
    }
    let long = "字".repeat(67);
    let id = send(&town, "notification", "13900000001", &long).await;
    town.message_until(&id, "delivered").await;
    let taken = town.carrier.messages().pop().expect("it was taken");
    assert_eq!((taken.text, taken.units, taken.protocol), (format!("【示例】{long}"), 2, Protocol::Smpp));

    // The receipt comes while nobody is bound.
    let late = send(&town, "notification", "13900000403", "您的菜好了").await;
    town.message_until(&late, "accepted").await;
    town.stop().await;
    town.serve().await;
    town.message_until(&late, "delivered").await;
    let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
    assert_eq!((&books["available"], &books["sent"], &books["in_doubt"]), (&json!(1), &json!(9), &json!(0)));
    town.close().await;
}

#[tokio::test]
async fn a_token_is_kept_until_a_new_one_is_asked_for() {
    let mut town = Town::start(1).await;
    town.stop().await;
    let set = "chuanglan own --host HOST --login N0000001";
    let error = carrier(&town, set).await.expect_err("no secret");
    assert!(error.to_string().contains(SECRET_VARIABLE), "{error}");
    carrier(&town, &format!("{set} --secret-file SECRET")).await.expect("it is set up");
    let first = hook_of(&town, "own").await;
    carrier(&town, &format!("{set} --per-second 7")).await.expect("the secret is known");
    assert_eq!(hook_of(&town, "own").await, first);
    carrier(&town, &format!("{set} --new-token")).await.expect("it is set up");
    assert_ne!(hook_of(&town, "own").await, first);
    assert!(carrier(&town, "use own --brand nobody").await.is_err());
    town.close().await;
}
