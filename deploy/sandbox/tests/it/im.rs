//! Tencent IM: who is let in, what is taken, and what goes wrong on purpose. Signatures are made here by hand.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chuancai_sandbox::{ImSettings, Sandbox, SandboxSettings};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::customer::{quick, start};

fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// A signature of the settings' application for this user, made `age_s` ago and good for an hour.
fn sig(settings: &ImSettings, user: &str, age_s: i64) -> String {
    let (app, time) = (settings.sdk_app_id, now_s() - age_s);
    let text = format!("TLS.identifier:{user}\nTLS.sdkappid:{app}\nTLS.time:{time}\nTLS.expire:3600\n");
    let mut mac = Hmac::<Sha256>::new_from_slice(settings.secret.as_bytes()).expect("any key");
    mac.update(text.as_bytes());
    let document = json!({
        "TLS.ver": "2.0", "TLS.identifier": user, "TLS.sdkappid": app, "TLS.expire": 3600, "TLS.time": time,
        "TLS.sig": BASE64.encode(mac.finalize().into_bytes()),
    });
    // As the vendor's Go library does: not compressed at all.
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::none());
    zlib.write_all(document.to_string().as_bytes()).expect("memory");
    let compressed = zlib.finish().expect("memory");
    BASE64.encode(compressed).replace('+', "*").replace('/', "-").replace('=', "_")
}

fn query(settings: &ImSettings) -> Vec<(&'static str, String)> {
    vec![
        ("sdkappid", settings.sdk_app_id.to_string()),
        ("identifier", settings.admin.clone()),
        ("usersig", sig(settings, &settings.admin, 0)),
        ("random", "99999999".to_owned()),
        ("contenttype", "json".to_owned()),
    ]
}

async fn call(sandbox: &Sandbox, command: &str, query: &[(&str, String)], body: &Value) -> Value {
    let address = format!("{}/v4/{command}", sandbox.base_url());
    let answer =
        reqwest::Client::new().post(address).query(query).json(body).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "HTTP says 200 whatever happened");
    answer.json().await.expect("the envelope")
}

fn message(to: &str) -> Value {
    json!({
        "SyncOtherMachine": 2, "To_Account": to, "MsgRandom": 7, "MsgSeq": 8, "MsgTimeStamp": 1_700_000_000,
        "MsgBody": [{ "MsgType": "TIMTextElem", "MsgContent": { "Text": "水饺好了" } },
            { "MsgType": "TIMCustomElem", "MsgContent": { "Data": "{\"a\":1}", "Desc": "", "Ext": "", "Sound": "" } }],
    })
}

async fn import(sandbox: &Sandbox, user: &str) -> Value {
    let body = json!({ "UserID": user });
    call(sandbox, "im_open_login_svc/account_import", &query(&ImSettings::default()), &body).await
}

async fn send(sandbox: &Sandbox, body: &Value) -> Value {
    call(sandbox, "openim/sendmsg", &query(&ImSettings::default()), body).await
}

#[tokio::test]
async fn only_the_administrator_with_its_own_signature_is_let_in() {
    let sandbox = start(quick()).await;
    let settings = ImSettings::default();
    let with = |name: &str, value: Option<String>| {
        let mut pairs = query(&settings);
        pairs.retain(|(key, _)| *key != name);
        let name = ["sdkappid", "identifier", "usersig", "random", "contenttype"]
            .into_iter()
            .find(|known| *known == name)
            .expect("a parameter");
        pairs.extend(value.map(|value| (name, value)));
        pairs
    };
    let other = ImSettings { secret: "x".repeat(64), ..settings.clone() };
    let stranger = |user: &str| {
        let mut pairs = with("identifier", Some(user.to_owned()));
        pairs.retain(|(key, _)| *key != "usersig");
        pairs.push(("usersig", sig(&settings, user, 0)));
        pairs
    };
    for (code, pairs) in [
        (60012, with("sdkappid", None)),
        (60006, with("sdkappid", Some("abc".to_owned()))),
        (70020, with("sdkappid", Some("1".to_owned()))),
        (60004, with("identifier", None)),
        (60005, with("usersig", None)),
        (70003, with("usersig", Some("nonsense".to_owned()))),
        (70009, with("usersig", Some(sig(&other, &settings.admin, 0)))),
        (70013, with("usersig", Some(sig(&settings, "user_1", 0)))),
        (70001, with("usersig", Some(sig(&settings, &settings.admin, 3_601)))),
        (60010, stranger("user_1")),
        (60002, with("random", None)),
    ] {
        let answer = call(&sandbox, "openim/sendmsg", &pairs, &message("user_1")).await;
        assert_eq!((&answer["ActionStatus"], &answer["ErrorCode"]), (&json!("FAIL"), &json!(code)));
    }
    assert!(sandbox.im_messages().is_empty());
}

#[tokio::test]
async fn an_account_must_be_imported_and_a_message_be_well_formed() {
    let settings = SandboxSettings { im: ImSettings { accounts_max: 2, ..ImSettings::default() }, ..quick() };
    let sandbox = start(settings).await;
    assert_eq!(send(&sandbox, &message("user_1")).await["ErrorCode"], 90012);
    assert_eq!(import(&sandbox, "user_1").await["ActionStatus"], "OK");
    assert_eq!(import(&sandbox, "user_1").await["ActionStatus"], "OK", "a repeat is harmless");
    assert_eq!(import(&sandbox, "user_2").await["ErrorCode"], 70398, "no room in the free edition");
    assert_eq!(import(&sandbox, &"x".repeat(33)).await["ErrorCode"], 70402);
    let answer = send(&sandbox, &message("user_1")).await;
    assert_eq!((&answer["ActionStatus"], &answer["ErrorCode"]), (&json!("OK"), &json!(0)));
    assert!(answer["MsgKey"].as_str().is_some_and(|key| key.starts_with("7_8_")), "{answer}");
    let taken = sandbox.im_messages();
    assert_eq!((taken[0].text.as_deref(), &taken[0].data), (Some("水饺好了"), &Some(json!({ "a": 1 }))));
    let changed = |field: &str, value: Value| {
        let mut body = message("user_1");
        body[field] = value;
        body
    };
    for (code, body) in [
        (60003, json!([])),
        (90003, changed("To_Account", Value::Null)),
        (90005, changed("MsgRandom", json!(4_294_967_296_u64))),
        (90002, changed("MsgBody", json!([]))),
        (90007, changed("MsgBody", json!({}))),
        (90010, changed("MsgBody", json!([{ "MsgType": "TIMCustomElem", "MsgContent": { "Data": {} } }]))),
        (90026, changed("MsgLifeTime", json!(604_801))),
        (93000, changed("CloudCustomData", json!("x".repeat(9_000)))),
    ] {
        assert_eq!(send(&sandbox, &body).await["ErrorCode"], json!(code), "{body}");
    }
    assert_eq!(sandbox.im_calls().import, 4);
}

#[tokio::test]
async fn an_id_chooses_what_goes_wrong() {
    let sandbox = start(quick()).await;
    for user in ["u_20004", "u_20007", "u_70107"] {
        if user == "u_70107" {
            assert_eq!(send(&sandbox, &message(user)).await["ErrorCode"], 70107);
        }
        import(&sandbox, user).await;
    }
    assert_eq!(send(&sandbox, &message("u_20004")).await["ErrorCode"], 20004, "once");
    assert_eq!(send(&sandbox, &message("u_20004")).await["ErrorCode"], 0);
    for _ in 0..2 {
        assert_eq!(send(&sandbox, &message("u_20007")).await["ErrorCode"], 20007, "always");
    }
    assert_eq!(send(&sandbox, &message("u_70107")).await["ErrorCode"], 0);
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_message_was_taken_and_a_repeat_is_known() {
    let sandbox = start(quick()).await;
    let pairs = query(&ImSettings::default());
    let address = format!("{}/v4/openim/sendmsg", sandbox.base_url());
    for user in ["u_broken", "u_gateway"] {
        import(&sandbox, user).await;
        let answer = reqwest::Client::new().post(&address).query(&pairs).json(&message(user)).send().await;
        let text = answer.expect("an answer").text().await.expect("a text");
        assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}");
        assert_eq!(send(&sandbox, &message(user)).await["ErrorCode"], 0);
    }
    let taken = sandbox.im_messages();
    assert_eq!(taken.len(), 2);
    for message in taken {
        assert_eq!((message.sent, message.marks), (2, (7, Some(8), Some(1_700_000_000))));
        assert!((1..=2).contains(&message.heard), "dropped within the same second, heard again after it");
    }
}
