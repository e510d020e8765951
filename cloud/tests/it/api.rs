//! The API of the brand's systems and the dashboard's doors.

use serde_json::{Value, json};

use crate::town::{PASSWORD, Town};

#[tokio::test]
async fn s8_the_same_id_gets_the_same_answer_and_another_body_is_refused() {
    let town = Town::start(10).await;
    let path = format!("/api/v1/sms/freezes/{}", uuid::Uuid::new_v4());
    let freeze = |units: u64| Some(json!({ "units": units }));
    let (status, first) = town.api("PUT", &path, freeze(4)).await;
    assert_eq!((status, &first["state"]), (200, &json!("open")));
    assert_eq!(town.api("PUT", &path, freeze(4)).await, (200, first));
    let (status, problem) = town.api("PUT", &path, freeze(5)).await;
    assert_eq!(
        (status, &problem["code"], &problem["about"]),
        (409, &json!("request_id_reused"), &json!(["units"]))
    );

    // S3, S8: refused for want of units, and so for ever.
    let poor = format!("/api/v1/sms/freezes/{}", uuid::Uuid::new_v4());
    let (status, first) = town.api("PUT", &poor, freeze(7)).await;
    assert_eq!((status, &first["code"]), (409, &json!("insufficient_units")));
    assert_eq!(town.api("POST", &format!("{path}/release"), None).await.0, 200);
    assert_eq!(town.api("PUT", &poor, freeze(7)).await, (409, first));
    town.close().await;
}

#[tokio::test]
async fn s4_s5_s6_a_freeze_is_paid_once_and_a_paid_one_is_not_released() {
    let town = Town::start(10).await;
    let id = uuid::Uuid::new_v4();
    let freeze = format!("/api/v1/sms/freezes/{id}");
    town.api("PUT", &freeze, Some(json!({ "units": 3 }))).await;
    for _ in 0..2 {
        let (status, paid) = town.api("POST", &format!("{freeze}/pay"), None).await;
        assert_eq!((status, &paid["state"]), (200, &json!("paid")));
    }
    let (status, problem) = town.api("POST", &format!("{freeze}/release"), None).await;
    assert_eq!((status, &problem["code"]), (409, &json!("already_paid")));
    let result = format!("/api/v1/sms/payments/{id}/result");
    for _ in 0..2 {
        let (status, refunded) = town.api("POST", &result, Some(json!({ "result": "failed" }))).await;
        assert_eq!((status, &refunded["state"]), (200, &json!("refunded")));
    }
    let (status, _) = town.api("POST", &result, Some(json!({ "result": "sent" }))).await;
    assert_eq!(status, 409);
    let (_, books) = town.api("GET", "/api/v1/sms/balance", None).await;
    assert_eq!(
        (&books["available"], &books["frozen"], &books["in_doubt"]),
        (&json!(10), &json!(0), &json!(0))
    );
    town.close().await;
}

#[tokio::test]
async fn bad_input_is_a_problem_and_changes_nothing() {
    let town = Town::start(10).await;
    let freeze = format!("/api/v1/sms/freezes/{}", uuid::Uuid::new_v4());
    let message = format!("/api/v1/sms/messages/{}", uuid::Uuid::new_v4());
    let sms = |phone: &str, text: &str| json!({ "kind": "notification", "phone": phone, "text": text });
    let cases = [
        ("PUT", freeze.as_str(), json!({ "units": -1 }), 400),
        ("PUT", freeze.as_str(), json!({ "units": 1, "more": true }), 400),
        ("PUT", freeze.as_str(), json!({ "units": 0 }), 422),
        ("PUT", "/api/v1/sms/freezes/no-uuid", json!({ "units": 1 }), 400),
        ("PUT", message.as_str(), sms("1390000", "你好"), 400),
        ("PUT", message.as_str(), sms("13900000000", ""), 422),
        ("PUT", message.as_str(), sms("13900000000", "【银行】你好"), 422),
        ("PUT", message.as_str(), sms("13900000000", &"长".repeat(600)), 422),
        ("PUT", message.as_str(), sms("13900000000", &"长".repeat(60_000)), 413),
    ];
    for (method, path, body, expected) in cases {
        let shown = body.to_string().chars().take(60).collect::<String>();
        let (status, problem) = town.api(method, path, Some(body)).await;
        assert_eq!(status, expected, "{path} {shown}: {problem}");
        assert!(problem["code"].is_string() && !problem.to_string().contains("1390000"), "{problem}");
    }
    assert_eq!(town.api("POST", &format!("{freeze}/pay"), None).await.0, 404);
    assert_eq!(town.api("GET", "/api/v1/nowhere", None).await.0, 404);
    town.close().await;
}

#[tokio::test]
async fn nothing_of_one_brand_is_visible_to_another() {
    let town = Town::start(10).await;
    let stranger = town.sign_in("stranger").await;
    for path in ["/api/v1/orders?shop=demo_shop", "/api/v1/dashboard/today?shop=demo_shop"] {
        assert_eq!(town.page(&stranger, path).await.0, 404, "{path}");
    }
    let (_, books) = town.page(&stranger, "/api/v1/sms/balance").await;
    assert_eq!(books["available"], 0);
    let answer = reqwest::Client::new().get(town.url("/api/v1/sms/balance")).bearer_auth("a wrong key");
    assert_eq!(answer.send().await.expect("an answer").status().as_u16(), 401);
    town.close().await;
}

#[tokio::test]
async fn a_session_ends_with_sign_out_and_wrong_passwords_are_slowed() {
    let town = Town::start(0).await;
    let cookie = town.sign_in("cook").await;
    assert_eq!(town.page(&cookie, "/api/v1/me").await.0, 200);
    let out = reqwest::Client::new().post(town.url("/api/v1/sign-out")).header("cookie", &cookie);
    assert_eq!(out.send().await.expect("an answer").status().as_u16(), 204);
    assert_eq!(town.page(&cookie, "/api/v1/me").await.0, 401);
    let attempt = async |user: &str, password: &str| {
        let body = json!({ "user": user, "password": password });
        let answer = reqwest::Client::new().post(town.url("/api/v1/sign-in")).json(&body).send().await;
        let answer = answer.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap_or_default()["code"].clone())
    };
    assert_eq!(attempt("nobody", PASSWORD).await, (401, json!("wrong_credentials")));
    for _ in 0..5 {
        assert_eq!(attempt("cook", "wrong").await, (401, json!("wrong_credentials")));
    }
    assert_eq!(attempt("cook", PASSWORD).await, (429, json!("too_many_tries")));
    town.close().await;
}

#[tokio::test]
async fn a_call_back_with_another_token_is_not_found() {
    let town = Town::start(0).await;
    let path = "/hooks/chuanglan/anothertoken0000/report?msgid=1&mobile=13900000000&status=DELIVRD";
    assert_eq!(reqwest::get(town.url(path)).await.expect("an answer").status().as_u16(), 404);
    town.close().await;
}

#[tokio::test]
async fn the_service_describes_itself() {
    let town = Town::start(0).await;
    let (status, description) = town.api("GET", "/api/openapi.json", None).await;
    assert_eq!(status, 200);
    for path in ["/api/v1/sms/messages/{id}", "/api/v1/orders", "/hooks/chuanglan/{token}/report"] {
        assert!(description["paths"][path].is_object(), "{path} is not described");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(reqwest::get(town.url(path)).await.expect("an answer").status().as_u16(), 200, "{path}");
    }
    town.close().await;
}
