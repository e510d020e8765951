//! Who may do what: keys with what they open, how often they may ask, and every role at every door.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::town::{API_KEY, TestBox, Town, message_of, visit};

/// Somebody at the door.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    Nobody,
    Person(String),
    System(String),
}

impl Town {
    pub(crate) fn request(&self, who: &Who, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().expect("a method");
        let request = reqwest::Client::new().request(method, self.url(path));
        match who {
            Who::Nobody => request,
            Who::Person(cookie) => request.header("cookie", cookie),
            Who::System(key) => request.bearer_auth(key),
        }
    }

    pub(crate) async fn ask(&self, who: &Who, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = self.request(who, method, path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    pub(crate) async fn person(&self, name: &str) -> Who {
        Who::Person(self.sign_in(name).await)
    }

    /// A new key with these scopes.
    pub(crate) async fn key(&self, owner: &Who, name: &str, scopes: &[&str]) -> Who {
        let wish = json!({ "name": name, "scopes": scopes });
        let (status, made) = self.ask(owner, "POST", "/api/v1/keys", wish).await;
        assert_eq!(status, 201, "{made}");
        Who::System(made["key"].as_str().expect("a secret").to_owned())
    }
}

/// Who a door lets in: an owner, a viewer, a shop's own people, and keys that open `read`, `ledger` or `send`.
const OWNER: u8 = 1;
const VIEWER: u8 = 2;
const SHOP: u8 = 4;
const READ: u8 = 8;
const LEDGER: u8 = 16;
const SEND: u8 = 32;
const PEOPLE: u8 = OWNER | VIEWER | SHOP;

const ID: &str = "018f3f2e-0000-7000-8000-000000000001";

/// Every endpoint of a brand's things. One that is missing here fails the test.
fn doors() -> Vec<(&'static str, &'static str, Value, u8)> {
    let sms = json!({ "kind": "notification", "phone": "13900000000", "text": "您好" });
    let batch = json!({ "kind": "notification", "phones": ["13900000000"], "text": "您好" });
    vec![
        ("GET", "/api/v1/me", Value::Null, PEOPLE),
        ("GET", "/api/v1/dashboard/today?shop=demo_shop", Value::Null, PEOPLE),
        ("GET", "/api/v1/orders?shop=demo_shop", Value::Null, PEOPLE),
        ("GET", "/api/v1/messages", Value::Null, PEOPLE),
        ("GET", "/api/v1/channels", Value::Null, OWNER | VIEWER),
        ("GET", "/api/v1/keys", Value::Null, OWNER),
        ("POST", "/api/v1/keys", json!({ "name": "crm", "scopes": ["read"] }), OWNER),
        ("POST", "/api/v1/keys/{name}/rotate", json!({ "grace_h": 1 }), OWNER),
        ("DELETE", "/api/v1/keys/{name}", Value::Null, OWNER),
        ("GET", "/api/v1/subscriptions", Value::Null, OWNER),
        (
            "PUT",
            "/api/v1/subscriptions/{id}",
            json!({ "url": "https://crm.example", "topics": ["low_balance"] }),
            OWNER,
        ),
        ("POST", "/api/v1/subscriptions/{id}/resend", Value::Null, OWNER),
        ("DELETE", "/api/v1/subscriptions/{id}", Value::Null, OWNER),
        ("PUT", "/api/v1/sms/low-balance", json!({ "units": null }), OWNER),
        ("GET", "/api/v1/sms/balance", Value::Null, OWNER | VIEWER | READ),
        ("GET", "/api/v1/sms/offers", Value::Null, OWNER | VIEWER),
        ("GET", "/api/v1/sms/purchases", Value::Null, OWNER | VIEWER),
        ("GET", "/api/v1/sms/purchases/{id}", Value::Null, OWNER | VIEWER),
        ("PUT", "/api/v1/sms/purchases/{id}", json!({ "offer": "sms_1000", "price_fen": 1 }), OWNER),
        ("POST", "/api/v1/sms/purchases/{id}/give-up", Value::Null, OWNER),
        ("GET", "/api/v1/sms/messages", Value::Null, PEOPLE | READ),
        ("GET", "/api/v1/sms/messages.csv", Value::Null, PEOPLE | READ),
        ("GET", "/api/v1/sms/figures", Value::Null, PEOPLE | READ),
        ("GET", "/api/v1/sms/messages/{id}", Value::Null, PEOPLE | READ | SEND),
        ("PUT", "/api/v1/sms/messages/{id}", sms, SEND),
        ("POST", "/api/v1/sms/messages/{id}/cancel", Value::Null, SEND),
        ("GET", "/api/v1/sms/batches/{id}", Value::Null, PEOPLE | READ | SEND),
        ("PUT", "/api/v1/sms/batches/{id}", batch, SEND),
        ("POST", "/api/v1/sms/batches/{id}/cancel", Value::Null, SEND),
        ("PUT", "/api/v1/sms/opt-outs", json!({ "phone": "13900000000", "opted_out": false }), SEND),
        ("GET", "/api/v1/sms/freezes/{id}", Value::Null, READ | LEDGER),
        ("PUT", "/api/v1/sms/freezes/{id}", json!({ "units": 1 }), LEDGER),
        ("POST", "/api/v1/sms/freezes/{id}/pay", Value::Null, LEDGER),
        ("POST", "/api/v1/sms/freezes/{id}/release", Value::Null, LEDGER),
        ("POST", "/api/v1/sms/payments/{id}/result", json!({ "result": "sent" }), LEDGER),
    ]
}

/// Open to everybody: each has a check of its own.
const OPEN: [(&str, &str); 7] = [
    ("POST", "/api/v1/sign-in"),
    ("POST", "/api/v1/sign-out"),
    ("GET", "/hooks/chuanglan/{token}/report"),
    ("POST", "/hooks/tencent_sms/{token}/report"),
    ("GET", "/hooks/chuanglan/{token}/mo"),
    ("POST", "/hooks/tencent_sms/{token}/mo"),
    ("POST", "/hooks/wechat-pay"),
];

#[tokio::test]
async fn every_role_and_every_scope_goes_through_its_own_doors_alone() {
    let town = Town::start(10).await;
    let owner = town.person("cook").await;
    let callers = [
        ("nobody", Who::Nobody, 0),
        ("an owner", owner.clone(), OWNER),
        ("a viewer", town.person("guest").await, VIEWER),
        ("a shop's own", town.person("waiter").await, SHOP),
        ("a key for read", town.key(&owner, "read", &["read"]).await, READ),
        ("a key for ledger", town.key(&owner, "ledger", &["ledger"]).await, LEDGER),
        ("a key for send", town.key(&owner, "send", &["send"]).await, SEND),
    ];
    for (method, door, body, allowed) in doors() {
        let path = door.replace("{id}", ID).replace("{name}", "crm");
        for (name, who, right) in &callers {
            let (status, answer) = town.ask(who, method, &path, body.clone()).await;
            let refused = match (status, answer["code"].as_str()) {
                (401, Some("not_signed_in")) => *right == 0,
                (403, Some("not_allowed")) => *right != 0 && allowed & right == 0,
                (401 | 403, _) => panic!("{name} at {method} {path}: {answer}"),
                _ => false,
            };
            let let_in = ![401, 403].contains(&status);
            assert_eq!(let_in, allowed & right != 0, "{name} at {method} {path}: {status} {answer}");
            assert_eq!(let_in, !refused, "{name} at {method} {path}: {status} {answer}");
        }
    }
    let tried: BTreeSet<_> = doors().iter().map(|(method, door, ..)| written(method, door)).collect();
    let open: BTreeSet<_> = OPEN.iter().map(|(method, door)| written(method, door)).collect();
    let (_, description) = town.api("GET", "/api/openapi.json", None).await;
    let described: BTreeSet<_> = description["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().expect("methods").keys().map(move |method| written(method, path))
        })
        .collect();
    assert_eq!(
        described,
        tried.union(&open).cloned().collect(),
        "every endpoint is described, and tried here"
    );
    town.close().await;
}

fn written(method: &str, door: &str) -> String {
    format!("{} {}", method.to_uppercase(), door.split('?').next().unwrap_or(door))
}

#[tokio::test]
async fn a_shops_own_people_see_that_shop_alone() {
    let town = Town::start(10).await;
    let mut shop = TestBox::connect(&town).await;
    shop.hello().await;
    let facts = visit(1, 1, "13900000000");
    shop.send(1, &facts).await;
    let ours = message_of(&facts);
    town.message_until(&ours, "delivered").await;
    let sms = json!({ "kind": "notification", "phone": "13900000001", "text": "您好" });
    town.api("PUT", &format!("/api/v1/sms/messages/{ID}"), Some(sms)).await;

    let (waiter, viewer) = (town.person("waiter").await, town.person("guest").await);
    let (_, me) = town.ask(&waiter, "GET", "/api/v1/me", Value::Null).await;
    assert_eq!((&me["role"], me["shops"].as_array().map(Vec::len)), (&json!("shop"), Some(1)));
    for path in [
        "/api/v1/orders?shop=elsewhere",
        "/api/v1/dashboard/today?shop=elsewhere",
        "/api/v1/messages?shop=elsewhere",
        "/api/v1/sms/messages?shop=elsewhere",
        "/api/v1/sms/messages?by=systems",
        "/api/v1/sms/messages.csv?shop=elsewhere",
    ] {
        let (status, problem) = town.ask(&waiter, "GET", path, Value::Null).await;
        assert_eq!((status, &problem["code"]), (403, &json!("not_allowed")), "{path}");
    }
    for (who, listed, found) in [(&waiter, 1, 404), (&viewer, 2, 200)] {
        let (_, list) = town.ask(who, "GET", "/api/v1/sms/messages", Value::Null).await;
        assert_eq!(list["messages"].as_array().map(Vec::len), Some(listed), "{list}");
        assert!(list.to_string().contains(&ours));
        let other = format!("/api/v1/sms/messages/{ID}");
        assert_eq!(town.ask(who, "GET", &other, Value::Null).await.0, found);
        let csv = town.request(who, "GET", "/api/v1/sms/messages.csv").send().await.expect("an answer");
        assert_eq!(csv.text().await.expect("text").lines().count(), listed + 1);
        let (_, figures) = town.ask(who, "GET", "/api/v1/sms/figures", Value::Null).await;
        assert_eq!(figures["shops"].as_array().map(Vec::len), Some(listed), "{figures}");
        assert_eq!(figures["balance"].is_null(), listed == 1, "the books are the brand's");
    }
    let today = "/api/v1/dashboard/today?shop=demo_shop";
    let (_, of_shop) = town.ask(&waiter, "GET", today, Value::Null).await;
    let (_, of_brand) = town.ask(&viewer, "GET", today, Value::Null).await;
    assert_eq!((&of_shop["orders"], &of_shop["sms_available"]), (&json!(1), &Value::Null));
    assert_eq!((&of_brand["orders"], &of_brand["sms_available"]), (&json!(1), &json!(8)));
    drop(shop);
    town.close().await;
}

#[tokio::test]
async fn s8_a_key_is_rotated_without_a_pause_and_revoked_at_once() {
    let mut town = Town::start(10).await;
    let owner = town.person("cook").await;
    let old = town.key(&owner, "会员系统", &["read", "send"]).await;
    let books = "/api/v1/sms/balance";
    assert_eq!(town.ask(&old, "GET", books, Value::Null).await.0, 200);
    let (_, rotated) =
        town.ask(&owner, "POST", "/api/v1/keys/会员系统/rotate", json!({ "grace_h": 24 })).await;
    let new = Who::System(rotated["key"].as_str().expect("a secret").to_owned());

    // What was made is kept.
    town.stop().await;
    town.serve().await;
    for who in [&old, &new] {
        assert_eq!(town.ask(who, "GET", books, Value::Null).await.0, 200);
    }
    let (_, list) = town.ask(&owner, "GET", "/api/v1/keys", Value::Null).await;
    let keys = list["keys"].as_array().expect("keys");
    assert_eq!((&keys[0]["name"], &keys[1]["name"]), (&json!("first"), &json!("会员系统")));
    let secrets = keys[1]["secrets"].as_array().expect("secrets");
    assert_eq!(secrets.len(), 2);
    assert!(secrets[0]["good_until"].is_string() && secrets[0]["last_used_at"].is_string(), "{list}");
    assert!(secrets[1]["good_until"].is_null() && secrets[1]["hint"].as_str().expect("a hint").len() == 12);
    let (Who::System(old_key), Who::System(new_key)) = (&old, &new) else { panic!("both are keys") };
    assert!(!list.to_string().contains(&old_key[..13]) && !list.to_string().contains(&new_key[..13]));

    for _ in 0..2 {
        assert_eq!(town.ask(&owner, "DELETE", "/api/v1/keys/会员系统", Value::Null).await.0, 204);
    }
    for who in [&old, &new] {
        assert_eq!(town.ask(who, "GET", books, Value::Null).await.0, 401);
    }
    assert_eq!(town.api("GET", books, None).await.0, 200, "another key is not touched");
    let long = json!({ "grace_h": 721 });
    let (status, problem) = town.ask(&owner, "POST", "/api/v1/keys/first/rotate", long).await;
    assert_eq!((status, &problem["code"]), (422, &json!("grace_too_long")));
    let expired = json!({ "name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z" });
    assert_eq!(town.ask(&owner, "POST", "/api/v1/keys", expired).await.0, 422);
    let taken = json!({ "name": "first", "scopes": ["read"] });
    assert_eq!(town.ask(&owner, "POST", "/api/v1/keys", taken).await.0, 409);
    town.close().await;
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_told_when_to_come_back_and_delays_no_other() {
    let mut town = Town::start(10).await;
    town.stop().await;
    (town.settings.api.key_rate_per_s, town.settings.api.key_burst) = (1, 5);
    town.serve().await;
    let owner = town.person("cook").await;
    let (eager, other) = (Who::System(API_KEY.to_owned()), town.key(&owner, "other", &["read"]).await);
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(town.request(&eager, "GET", "/api/v1/sms/balance").send().await.expect("an answer"));
    }
    let late = answers.pop().expect("the last of them");
    assert_eq!((answers[0].status().as_u16(), late.status().as_u16()), (200, 429));
    let after: u64 = late.headers()["retry-after"].to_str().expect("ASCII").parse().expect("seconds");
    assert!((1..=2).contains(&after), "{after}");
    let problem: Value = late.json().await.expect("a problem");
    assert_eq!(problem["code"], "too_many_requests");
    assert_eq!(town.ask(&other, "GET", "/api/v1/sms/balance", Value::Null).await.0, 200);
    town.close().await;
}
