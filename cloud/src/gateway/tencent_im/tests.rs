//! Signing and reading against the vendor's documents and fixed vectors.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use serde_json::Value;

use super::*;

fn opened(sig: &str) -> Value {
    let plain = sig.replace('*', "+").replace('-', "/").replace('_', "=");
    let compressed = BASE64.decode(plain).expect("base64");
    let mut text = String::new();
    ZlibDecoder::new(compressed.as_slice()).read_to_string(&mut text).expect("zlib");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn m9_a_user_sig_is_the_vendors_own() {
    let secret = "k".repeat(64);
    let made_at = Timestamp::from_second(1_700_000_000).expect("a time");
    let sig = user_sig(1_400_000_001, &secret, "user_10086", (made_at, SignedDuration::from_secs(86_400)));
    let expected = json!({
        "TLS.ver": "2.0", "TLS.identifier": "user_10086", "TLS.sdkappid": 1_400_000_001, "TLS.expire": 86_400,
        "TLS.time": 1_700_000_000, "TLS.sig": "uIvHer4SBmCW0S0H+djG75rdcFm3lBkN+nLX0XvtW6c=",
    });
    assert_eq!(opened(&sig), expected);
    assert!(sig.bytes().all(|b| b.is_ascii_alphanumeric() || b"*-_".contains(&b)), "safe in a URL");
    // What the vendor's own SDK makes of the same with a frozen clock.
    let vendors = "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwqXFqUXxhgYGFmZQ2eKU7MSCgswUJStDEwMIMITIlGTmpipZGZpDRQ0goqkVBZlFqUpWFmYmMKHizHSQyZ5lHqlFJsFOuc7hBsEGHtopWe7mpkUpyW65xjlO2X7aeT4RBhFlJeFmybZKtQBK1DFD";
    assert_eq!(opened(vendors), expected);
    assert_eq!(url_safe(&[0xfb, 0xff, 0xfe, 0x00]), "*--*AA__");
}

fn message(to: &ImUser) -> ImMessage<'_> {
    ImMessage {
        to,
        random: 3_141_592,
        sequence: 7,
        at: "2026-11-22T12:00:00Z".parse().expect("a time"),
        text: "801 水饺好了",
        data: json!({ "long": "x".repeat(9_000) }),
        short_data: json!({ "short": true }),
        good_until: "2026-11-22T12:01:00Z".parse().expect("a time"),
    }
}

#[test]
fn m9_a_body_has_the_vendors_names_and_stays_below_8_kb() {
    let to = "user_10086".parse().expect("an IM user");
    let now = "2026-11-22T12:00:10Z".parse().expect("a time");
    let body: Value = serde_json::from_str(&body_of(&message(&to), now).expect("it fits")).expect("JSON");
    let expected = json!({
        "SyncOtherMachine": 2, "To_Account": "user_10086", "MsgRandom": 3_141_592, "MsgSeq": 7,
        "MsgTimeStamp": 1_795_348_800, "MsgLifeTime": 50,
        "MsgBody": [
            { "MsgType": "TIMTextElem", "MsgContent": { "Text": "801 水饺好了" } },
            { "MsgType": "TIMCustomElem", "MsgContent": {
                "Data": "{\"short\":true}", "Desc": "801 水饺好了", "Ext": "", "Sound": "" } },
        ],
        "OfflinePushInfo": { "PushFlag": 0, "Desc": "801 水饺好了" },
    });
    assert_eq!(body, expected);
    let refresh = ImMessage { text: "", ..message(&to) };
    let body: Value = serde_json::from_str(&body_of(&refresh, now).expect("it fits")).expect("JSON");
    assert_eq!(body["MsgBody"].as_array().map(Vec::len), Some(1), "a refresh has no words");
    assert_eq!(body["OfflinePushInfo"]["PushFlag"], 1, "and wakes no phone");
    let long = "字".repeat(3_000);
    assert_eq!(body_of(&ImMessage { text: &long, ..message(&to) }, now), None);
}

fn answer(body: &str) -> Answer {
    read(StatusCode::OK, body.as_bytes()).map_or_else(Answer::from, |receipt| Answer::Taken { receipt })
}

#[test]
fn m9_every_listed_code_is_retried_or_failed_as_the_vendor_says() {
    let of =
        |code: u32| answer(&format!(r#"{{"ActionStatus":"FAIL","ErrorCode":{code},"ErrorInfo":"words"}}"#));
    for code in [20004, 20005, 60008, 60014, 70169, 70202, 70500, 90992, 90994, 90995, 91000] {
        assert!(matches!(of(code), Answer::Busy { at_least: SignedDuration::ZERO, .. }), "{code}");
    }
    for code in [60007, 60011, 60018, 60019, 70050] {
        assert!(matches!(of(code), Answer::Busy { at_least: RATE_PAUSE, .. }), "{code}");
    }
    for code in [
        60004, 60005, 60006, 60010, 60012, 60020, 70001, 70002, 70003, 70005, 70009, 70013, 70014, 70020,
        70052, 70403, 90009,
    ] {
        assert!(matches!(of(code), Answer::Unknowing { .. }), "{code}");
    }
    for code in [20003, 20006, 20007, 20009, 60002, 60003, 70107, 80001, 80002, 90001, 90012, 93000, 120_001]
    {
        assert!(matches!(of(code), Answer::Refused { .. }), "{code}");
    }
    let refused =
        |code: &str, words: &str| Answer::Refused { code: code.to_owned(), words: words.to_owned() };
    assert_eq!(of(20007), refused("20007", "the receiver has blocked the sender"));
    assert_eq!(of(123_456), refused("123456", "words"));
}

#[test]
fn m9_what_is_not_the_vendors_answer_proves_nothing() {
    let ok = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","MsgTime":1,"MsgKey":"3141592_1_1"}"#;
    assert_eq!(answer(ok), Answer::Taken { receipt: "3141592_1_1".to_owned() });
    for body in ["", "{", "[]", "null", "{}", "<html>", r#"{"ActionStatus":"FAIL","ErrorCode":0}"#] {
        assert!(matches!(answer(body), Answer::Unanswered { .. }), "{body:?}");
    }
    assert!(matches!(read(StatusCode::BAD_GATEWAY, ok.as_bytes()), Err(Trouble::Unanswered(_))));
}

#[test]
fn a_signature_is_kept_until_it_is_nearly_over_and_hides() {
    let client = ImClient::new(Duration::from_secs(1)).expect("TLS");
    let settings = TencentIm {
        base_url: "http://127.0.0.1:1".parse().expect("an address"),
        sdk_app_id: 1_400_000_001,
        admin: "notify".parse().expect("an IM user"),
        secret: cloud_core::channel::Sealed(String::new()),
        named: Default::default(),
        users: Default::default(),
    };
    let application = ImApplication { settings: &settings, secret: "hush" };
    let now = Timestamp::from_second(1_700_000_000).expect("a time");
    let first = client.sig(application, now);
    assert_eq!(client.sig(application, now + SignedDuration::from_hours(23)), first);
    let later = now + SignedDuration::from_mins(23 * 60 + 51);
    let second = client.sig(application, later);
    assert_ne!(second, first);
    client.forget(application);
    assert_ne!(client.sig(application, later + SignedDuration::from_secs(1)), second);
    assert!(!format!("{client:?}").contains(&second));
}
