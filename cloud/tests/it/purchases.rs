//! A package is bought (S1): the whole way through a provider that signs, seals, forgets, repeats and refuses.

use std::time::{Duration, Instant};

use chuancai_cloud::admin::offer::{self, OfferVerb, PurchaseVerb};
use chuancai_sandbox::{PaySandbox, PaySettings, SignedBy};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::access::Who;
use crate::town::{PATIENCE, Town};

/// What every package here costs, but for the digits that choose a fault.
const PRICE: i64 = 5_000;

/// A town in which packages are sold, by price: the fault it chooses names the offer.
struct Sale {
    town: Town,
    pay: PaySandbox,
    owner: Who,
    _keys: TempDir,
}

impl Sale {
    async fn open(signed_by: SignedBy, faults: &[i64]) -> Self {
        let mut town = Town::start(0).await;
        town.stop().await;
        let keys = tempfile::tempdir().expect("a temporary folder");
        let pay = PaySandbox::start(PaySettings {
            folder: Some(keys.path().to_owned()),
            signed_by,
            notify_retry_ms: 50,
            slow_ms: 1_000,
            ..PaySettings::default()
        });
        let pay = pay.await.expect("a provider on a free port");
        let defaults = PaySettings::default();
        let notify_url = town.url("/hooks/wechat-pay");
        let settings = &mut town.settings.payment;
        settings.enabled = true;
        settings.base_url = pay.base_url();
        settings.backup_url = String::new();
        settings.mchid = defaults.mchid;
        settings.appid = defaults.appid;
        settings.merchant_serial = defaults.merchant_serial;
        settings.merchant_key_file = keys.path().join("apiclient_key.pem");
        settings.api_v3_key_file = keys.path().join("apiv3_key");
        if signed_by == SignedBy::PublicKey {
            settings.public_key_id = pay.public_key().0.to_owned();
            settings.public_key_file = keys.path().join("pub_key.pem");
        }
        settings.notify_url = notify_url;
        settings.look_ms = 200;
        settings.timeout_ms = 500;
        for fault in faults {
            let set = OfferVerb::Set {
                offer: format!("sms_{fault:02}").parse().expect("an id"),
                name: format!("1000条短信（{fault}）"),
                units: 1_000,
                price_fen: PRICE + fault,
                valid_days: 365,
                brand: None,
            };
            offer::run(&town.settings, set).await.expect("a good offer");
        }
        town.serve().await;
        let owner = town.person("cook").await;
        Self { town, pay, owner, _keys: keys }
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.town.ask(&self.owner, method, &format!("/api/v1/sms/{path}"), body).await
    }

    /// Begins a purchase of the package with that fault.
    async fn begin(&self, fault: i64) -> Uuid {
        let purchase = Uuid::new_v4();
        let wish = json!({ "offer": format!("sms_{fault:02}"), "price_fen": PRICE + fault });
        let (status, answer) = self.ask("PUT", &format!("purchases/{purchase}"), wish).await;
        assert_eq!((status, &answer["state"]), (200, &json!("open")), "{answer}");
        purchase
    }

    async fn look(&self, purchase: Uuid) -> Value {
        self.ask("GET", &format!("purchases/{purchase}"), Value::Null).await.1
    }

    async fn until(&self, purchase: Uuid, condition: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            let found = self.look(purchase).await;
            if condition(&found) {
                return found;
            }
            assert!(begin.elapsed() < PATIENCE, "it never came to be: {found}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The guest pays as soon as there is a code.
    async fn pay_for(&self, purchase: Uuid) {
        let found = self.until(purchase, |found| found["code_url"].is_string()).await;
        self.pay.pay(found["code_url"].as_str().expect("a code")).expect("it can be paid");
    }

    async fn buy(&self, fault: i64) -> Uuid {
        let purchase = self.begin(fault).await;
        self.pay_for(purchase).await;
        purchase
    }

    async fn until_state(&self, purchase: Uuid, state: &str) -> Value {
        self.until(purchase, |found| found["state"] == state).await
    }

    async fn bought(&self) -> Value {
        self.ask("GET", "balance", Value::Null).await.1["bought"].clone()
    }

    /// The operator takes a package back while the service rests.
    async fn take_back(&mut self, purchase: Uuid) {
        self.town.stop().await;
        let brand = "demo".parse().expect("a slug");
        offer::run_purchase(&self.town.settings, PurchaseVerb::Return { brand, purchase })
            .await
            .expect("it is paid");
        self.town.serve().await;
    }
}

#[tokio::test]
async fn s1_a_package_is_bought_with_a_code() {
    let sale = Sale::open(SignedBy::PublicKey, &[0]).await;
    let (_, offers) = sale.ask("GET", "offers", Value::Null).await;
    assert_eq!((&offers["payment"], &offers["offers"][0]["units"]), (&json!(true), &json!(1_000)));
    let purchase = sale.begin(0).await;
    let path = format!("purchases/{purchase}");
    let wish = |price: i64| json!({ "offer": "sms_00", "price_fen": price });
    assert_eq!(sale.ask("PUT", &path, wish(PRICE)).await.0, 200, "again: the same");
    let (status, answer) = sale.ask("PUT", &path, wish(1)).await;
    assert_eq!((status, &answer["about"]), (409, &json!(["offer"])), "{answer}");
    let (_, answer) = sale.ask("PUT", &format!("purchases/{}", Uuid::new_v4()), wish(1)).await;
    assert_eq!(answer["code"], "price_changed");
    sale.pay_for(purchase).await;
    let paid = sale.until_state(purchase, "paid").await;
    assert!(paid["code_url"].is_null() && paid["paid_at"].is_string(), "{paid}");
    let (_, books) = sale.ask("GET", "balance", Value::Null).await;
    assert_eq!((&books["available"], &books["packages"][0]["package"]), (&json!(1_000), &paid["number"]));
    let (_, list) = sale.ask("GET", "purchases", Value::Null).await;
    assert_eq!((list["purchases"].as_array().map(Vec::len), &list["next"]), (Some(1), &Value::Null));
    let stranger = sale.town.person("stranger").await;
    let (status, _) = sale.town.ask(&stranger, "GET", &format!("/api/v1/sms/{path}"), Value::Null).await;
    assert_eq!(status, 404, "another brand's purchase does not exist");
    sale.town.close().await;
}

#[tokio::test]
async fn s1_whatever_goes_wrong_on_the_way_the_package_comes_once() {
    // Call-back thrice, late, lost; answer late; a probe; 500; an answer signed by somebody else.
    let faults = [1, 2, 3, 4, 5, 11, 12];
    let sale = Sale::open(SignedBy::Certificate, &faults).await;
    let mut purchases = Vec::new();
    for fault in faults {
        purchases.push(sale.buy(fault).await);
    }
    for purchase in &purchases {
        let paid = sale.until_state(*purchase, "paid").await;
        assert_eq!(paid["refunds"], json!([]), "{paid}");
    }
    assert_eq!(sale.bought().await, 1_000 * faults.len());
    let orders = sale.pay.orders();
    assert!(orders.iter().all(|order| order.payments.len() == 1 && order.refunds.is_empty()), "{orders:?}");
    sale.town.close().await;
}

#[tokio::test]
async fn s1_money_that_brings_nothing_goes_back_by_itself() {
    // One fen more; paid twice; paid after it was closed.
    let sale = Sale::open(SignedBy::PublicKey, &[8, 9, 10, 13]).await;
    let wrong = sale.buy(8).await;
    let found = sale.until_state(wrong, "refunded").await;
    assert_eq!(
        (&found["reason"], &found["refunds"][0]["amount_fen"]),
        (&json!("wrong_amount"), &json!(5_009))
    );
    assert_eq!(sale.bought().await, 0);

    let twice = sale.buy(9).await;
    let back = |found: &Value| found["refunds"][0]["state"] == "done" && found["state"] == "paid";
    let found = sale.until(twice, back).await;
    assert_eq!(found["refunds"][0]["reason"], "twice");
    assert_eq!(sale.bought().await, 1_000);

    let late = sale.begin(10).await;
    let code = sale.until(late, |found| found["code_url"].is_string()).await["code_url"].clone();
    let (status, _) = sale.ask("POST", &format!("purchases/{late}/give-up"), Value::Null).await;
    assert_eq!(status, 200);
    let closed = sale.until_state(late, "closed").await;
    assert_eq!(closed["reason"], "given_up");
    sale.pay.pay(code.as_str().expect("a code")).expect("the sandbox takes it all the same");
    let found = sale.until_state(late, "refunded").await;
    assert_eq!(found["refunds"][0]["reason"], "late");

    let refused = sale.begin(13).await;
    let found = sale.until_state(refused, "closed").await;
    assert_eq!(found["reason"], "refused");
    assert_eq!(sale.bought().await, 1_000);
    let paid_back =
        |order: &chuancai_sandbox::PayOrder| -> i64 { order.refunds.iter().map(|r| r.amount).sum() };
    let back: i64 = sale.pay.orders().iter().map(paid_back).sum();
    assert_eq!(back, 5_009 + 5_009 + 5_010, "each once, and no fen more");
    sale.town.close().await;
}

#[tokio::test]
async fn s1_a_restart_forgets_nothing_and_does_nothing_twice() {
    let mut sale = Sale::open(SignedBy::PublicKey, &[3, 6, 7]).await;
    // Stopped before the provider was asked, while it waits for money, and while it was paid unheard.
    let begun = sale.begin(6).await;
    let waiting = sale.begin(3).await;
    let code = sale.until(waiting, |found| found["code_url"].is_string()).await["code_url"].clone();
    sale.town.stop().await;
    sale.pay.pay(code.as_str().expect("a code")).expect("it can be paid");
    sale.town.serve().await;
    sale.until_state(waiting, "paid").await;
    sale.pay_for(begun).await;
    sale.until_state(begun, "paid").await;
    assert_eq!(sale.bought().await, 2_000);

    // Taken back: refused twice, a restart between, and then taken, once; another is done without a word.
    let other = sale.buy(7).await;
    sale.until_state(other, "paid").await;
    sale.take_back(begun).await;
    sale.until(begun, |found| found["refunds"][0]["trouble"].is_string()).await;
    sale.take_back(other).await;
    for purchase in [begun, other] {
        let found = sale.until_state(purchase, "refunded").await;
        assert_eq!(found["refunds"][0]["reason"], "returned");
    }
    let (_, books) = sale.ask("GET", "balance", Value::Null).await;
    assert_eq!((&books["available"], &books["revoked"]), (&json!(1_000), &json!(2_000)));
    assert!(sale.pay.orders().iter().all(|order| order.refunds.len() <= 1));
    sale.town.close().await;
}

#[tokio::test]
async fn s1_a_refund_that_the_provider_could_not_bring_is_settled_by_hand_and_named_by_the_audit() {
    let mut sale = Sale::open(SignedBy::PublicKey, &[14]).await;
    let purchase = sale.buy(14).await;
    sale.until_state(purchase, "paid").await;
    sale.take_back(purchase).await;
    let found = sale.until(purchase, |found| found["refunds"][0]["trouble"] == "ABNORMAL").await;
    assert_eq!(found["state"], "refunding");
    let transaction = found["refunds"][0]["transaction"].as_str().expect("an id").to_owned();

    sale.town.stop().await;
    let settle = |note: &str| PurchaseVerb::Settle {
        brand: "demo".parse().expect("a slug"),
        purchase,
        transaction: transaction.clone(),
        by: "li_si".parse().expect("a name"),
        note: note.to_owned(),
    };
    for refused in ["", "好".repeat(201).as_str()] {
        offer::run_purchase(&sale.town.settings, settle(refused))
            .await
            .expect_err("it says too little or too much");
    }
    for _ in 0..2 {
        offer::run_purchase(&sale.town.settings, settle("银行转账 7")).await.expect("it has ended");
    }
    let audit = std::process::Command::new(env!("CARGO_BIN_EXE_chuancai-cloud"))
        .arg("audit")
        .envs(sale.town.environment())
        .output()
        .expect("it can be started");
    let audit = String::from_utf8_lossy(&audit.stdout).into_owned();
    assert!(audit.contains("refunded by hand: demo, ") && audit.contains("by li_si: 银行转账 7"), "{audit}");

    sale.town.serve().await;
    let found = sale.until_state(purchase, "refunded").await;
    assert_eq!(found["refunds"][0]["state"], "by_hand");
    assert_eq!(found["refunds"][0]["trouble"], "li_si: 银行转账 7");
    sale.town.close().await;
}

#[tokio::test]
async fn s1_an_unpaid_purchase_is_closed_when_its_time_is_over() {
    let mut sale = Sale::open(SignedBy::PublicKey, &[0]).await;
    sale.town.stop().await;
    sale.town.settings.payment.open_s = 1;
    sale.town.serve().await;
    let purchase = sale.begin(0).await;
    let found = sale.until_state(purchase, "closed").await;
    assert_eq!(found["reason"], "unpaid");
    assert!(sale.pay.orders().iter().all(|order| order.state == "CLOSED"));
    let (status, answer) = sale.ask("POST", &format!("purchases/{purchase}/give-up"), Value::Null).await;
    assert_eq!((status, &answer["code"]), (409, &json!("purchase_not_open")));
    sale.town.close().await;
}

#[tokio::test]
async fn s1_what_the_provider_did_not_sign_is_not_believed() {
    let sale = Sale::open(SignedBy::PublicKey, &[0]).await;
    let purchase = sale.begin(0).await;
    sale.until(purchase, |found| found["code_url"].is_string()).await;
    let now = jiff::Timestamp::now().as_second().to_string();
    let url = sale.town.url("/hooks/wechat-pay");
    let plain = reqwest::Client::new().post(&url).body(r#"{"event_type":"TRANSACTION.SUCCESS"}"#);
    let forged = reqwest::Client::new()
        .post(&url)
        .header("wechatpay-timestamp", now)
        .header("wechatpay-nonce", "N")
        .header("wechatpay-serial", sale.pay.public_key().0)
        .header("wechatpay-signature", "WECHATPAY/SIGNTEST/AAAA")
        .body("{}");
    for request in [plain, forged] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 401);
        assert_eq!(answer.json::<Value>().await.expect("JSON")["code"], "FAIL");
    }
    assert_eq!(sale.look(purchase).await["state"], "open");
    sale.town.close().await;
}

#[tokio::test]
async fn s1_without_a_way_to_pay_nothing_is_sold() {
    let town = Town::start(0).await;
    let owner = town.person("cook").await;
    let path = format!("/api/v1/sms/purchases/{}", Uuid::new_v4());
    let (status, answer) = town.ask(&owner, "PUT", &path, json!({ "offer": "sms_00", "price_fen": 1 })).await;
    assert_eq!((status, &answer["code"]), (409, &json!("payment_off")));
    let (status, _) = town.ask(&Who::Nobody, "POST", "/hooks/wechat-pay", json!({})).await;
    assert_eq!(status, 404);
    town.close().await;
}
