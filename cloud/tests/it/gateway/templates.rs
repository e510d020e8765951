//! The carriers that take approved templates alone: Chuanglan's v2, and Tencent Cloud SMS.

use std::time::Duration;

use chuancai_cloud::gateway::chuanglan::ChuanglanSettings;
use chuancai_cloud::gateway::chuanglan_template::ChuanglanTemplate;
use chuancai_cloud::gateway::tencent_sms::{TencentSms, TencentSmsSettings};
use chuancai_sandbox::{Protocol, Sandbox};
use cloud_core::carrier::Templates;
use cloud_core::sms::CarrierAnswer;

use super::chuanglan::{call, call_to_each, carrier, id_of};

const CODE: &str = "【示例】您的验证码是1234，5分钟内有效。";

fn templates() -> Templates {
    let written = ["1001=您的验证码是{1}，{2}分钟内有效。", "1002=您的{1}订单「{2}」已好，请取餐。"];
    Templates(written.iter().map(|text| text.parse().expect("a template")).collect())
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().timeout(Duration::from_millis(500)).build().expect("a client")
}

fn version_2(carrier: &Sandbox, password: &str) -> ChuanglanTemplate {
    let settings = ChuanglanSettings {
        base_url: carrier.base_url().parse().expect("an address"),
        account: "N0000001".parse().expect("a name"),
        password: password.to_owned(),
        callback_url: String::new(),
    };
    ChuanglanTemplate::new(settings, templates(), http()).expect("good settings")
}

fn tencent(carrier: &Sandbox, key: &str) -> TencentSms {
    let settings = TencentSmsSettings {
        base_url: carrier.base_url().parse().expect("an address"),
        region: "ap-guangzhou".parse().expect("a name"),
        application: "1400000001".parse().expect("a name"),
        secret_id: "AKIDSANDBOX".parse().expect("a name"),
        secret_key: key.to_owned(),
        templates: templates(),
    };
    TencentSms::new(settings, http()).expect("good settings")
}

#[tokio::test]
async fn s10_version_2_is_signed_and_sends_the_whole_text_by_its_template() {
    let carrier = carrier().await;
    let client = version_2(&carrier, "sandbox");
    let call_of_two = call(&["13900000000", "13900000001"], CODE);
    let answers = client.submit(&call_of_two).await;
    let taken = carrier.messages();
    assert_eq!((taken.len(), carrier.calls().send), (2, 1));
    for ((_, answer), taken) in answers.iter().zip(&taken) {
        assert_eq!((id_of(answer), CODE), (taken.msg_id.as_str(), taken.text.as_str()));
        assert_eq!(taken.uid.as_deref(), Some(call_of_two.reference.to_string().as_str()));
        assert_eq!(taken.protocol, Protocol::ChuanglanTemplate);
    }
    for (phone, code) in [("13900000105", "101206"), ("13900000109", "101207"), ("13900000117", "101203")] {
        let answers = client.submit(&call(&[phone], CODE)).await;
        assert!(
            matches!(&answers[0].1, CarrierAnswer::Refused { code: told, .. } if told == code),
            "{phone}"
        );
    }
    let answers = version_2(&carrier, "wrong").submit(&call(&["13900000000"], CODE)).await;
    assert!(matches!(&answers[0].1, CarrierAnswer::Refused { code, .. } if code == "101200"));
}

#[tokio::test]
async fn s10_a_text_that_was_not_approved_does_not_go_out() {
    let carrier = carrier().await;
    let other = call(&["13900000000"], "【示例】店庆快乐");
    for answers in [
        version_2(&carrier, "sandbox").submit(&other).await,
        tencent(&carrier, "sandbox").submit(&other).await,
    ] {
        assert!(matches!(&answers[0].1, CarrierAnswer::Refused { code, .. } if code == "no_template"));
    }
    assert_eq!(carrier.calls().send, 0);
}

#[tokio::test]
async fn s10_tencent_answers_for_each_number() {
    let carrier = carrier().await;
    let client = tencent(&carrier, "sandbox");
    let numbers = ["13900000000", "13900000105", "13900000103", "13900000404", "13900000001"];
    let answers = client.submit(&call(&numbers, CODE)).await;
    let taken = carrier.messages();
    assert_eq!((taken.len(), carrier.calls().send), (3, 1));
    assert!(taken.iter().all(|taken| taken.text == CODE && taken.protocol == Protocol::TencentSms));
    assert_eq!(
        (id_of(&answers[0].1), id_of(&answers[4].1)),
        (taken[0].msg_id.as_str(), taken[2].msg_id.as_str())
    );
    assert_ne!(taken[0].msg_id, taken[2].msg_id, "every number has an id of its own");
    assert!(matches!(&answers[1].1, CarrierAnswer::Refused { .. }));
    assert!(matches!(&answers[2].1, CarrierAnswer::Busy { .. }));
    assert!(matches!(&answers[3].1, CarrierAnswer::Accepted { .. }), "what it bills is another matter");
}

#[tokio::test]
async fn s10_a_lost_answer_of_any_vendor_is_unknown_for_every_number() {
    let carrier = carrier().await;
    for lost in ["13900000200", "13900000201", "13900000202"] {
        let numbers = call(&[lost, "13900000000"], CODE);
        for answers in [
            version_2(&carrier, "sandbox").submit(&numbers).await,
            tencent(&carrier, "sandbox").submit(&numbers).await,
        ] {
            assert_eq!(answers.len(), 2);
            assert!(
                answers.iter().all(|(_, answer)| matches!(answer, CarrierAnswer::Unknown { .. })),
                "{lost}"
            );
        }
    }
    assert_eq!((carrier.calls().send, carrier.messages().len()), (6, 12), "taken, and asked once each");
}

#[tokio::test]
async fn s10_tencent_refuses_a_wrong_key() {
    let carrier = carrier().await;
    let answers = tencent(&carrier, "wrong").submit(&call(&["13900000000"], CODE)).await;
    assert!(
        matches!(&answers[0].1, CarrierAnswer::Refused { code, .. } if code == "AuthFailure.SignatureFailure"),
        "{answers:?}"
    );
    assert!(carrier.messages().is_empty());
}

#[tokio::test]
async fn s10_a_call_that_says_something_else_to_each_is_not_begun_where_all_hear_the_same() {
    let carrier = carrier().await;
    let receivers: [(&str, &[&str]); 2] = [("13900000000", &["1234"]), ("13900000001", &["5678"])];
    let call = call_to_each("【示例】您的验证码是{1}，5分钟内有效。", &receivers);
    let (version_2, tencent) = (version_2(&carrier, "sandbox"), tencent(&carrier, "sandbox"));
    for answers in [version_2.submit(&call).await, tencent.submit(&call).await] {
        assert!(
            answers.iter().all(|(_, answer)| matches!(answer, CarrierAnswer::Busy { .. })),
            "{answers:?}"
        );
    }
    assert_eq!(carrier.calls().send, 0, "nobody gets another's code");
}
