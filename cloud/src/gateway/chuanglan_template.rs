//! Chuanglan's v2: approved templates, signed with a digest of the password, which itself stays here.
//!
//! The vendor publishes neither a table of codes nor what several numbers mean for the parameters; one set of
//! parameters is sent for all numbers of a call. Deliberately absent: pulls, of which it says
//! nothing either.

use cloud_core::carrier::Templates;
use cloud_core::sms::CarrierAnswer;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::guest::PhoneNumber;
use uuid::Uuid;

use super::chuanglan::{ChuanglanSettings, text_or_number};
use super::{Answers, BadAddress, Call, Words};
use crate::secret::hex;

const SIGNATURE: &str = "X-QA-Hmac-Signature";

/// A client of one account.
#[derive(Debug)]
pub struct ChuanglanTemplate {
    settings: ChuanglanSettings,
    templates: Templates,
    send_url: Url,
    client: reqwest::Client,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Submit<'a> {
    account: &'a str,
    timestamp: &'a str,
    nonce: &'a str,
    phone_numbers: String,
    template_id: &'a str,
    template_param_json: String,
    signature: String,
    report: &'static str,
    uid: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    callback_url: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(deserialize_with = "text_or_number")]
    code: String,
    #[serde(default)]
    msg_id: String,
    #[serde(default, deserialize_with = "text_or_number")]
    fail_num: String,
    #[serde(default)]
    error_msg: String,
}

impl ChuanglanTemplate {
    /// Errors: the base URL is none.
    pub fn new(
        settings: ChuanglanSettings,
        templates: Templates,
        client: reqwest::Client,
    ) -> Result<Self, BadAddress> {
        let send_url = super::address(&settings.base_url, "/msg/sms/v2/tpl/send")?;
        Ok(Self { settings, templates, send_url, client })
    }

    /// Submits a call, once. A text that fits no template is refused here.
    pub async fn submit(&self, call: &Call) -> Answers {
        let Words::Text(text) = &call.words else { return super::only_one_by_one(call) };
        let Some(fitted) = self.templates.fit(text) else {
            return super::to_all(call, &super::no_template());
        };
        let now = Timestamp::now().as_second().to_string();
        let nonce = Uuid::new_v4().simple().to_string();
        let parameters: Map<String, Value> =
            (1..).zip(&fitted.parameters).map(|(n, value)| (format!("param{n}"), (*value).into())).collect();
        let digits: Vec<_> = call.phones.iter().map(PhoneNumber::digits).collect();
        let body = Submit {
            account: self.settings.account.as_str(),
            timestamp: &now,
            nonce: &nonce,
            phone_numbers: digits.join(","),
            template_id: fitted.template.as_str(),
            template_param_json: Value::from(vec![Value::Object(parameters)]).to_string(),
            signature: format!("【{}】", fitted.signature),
            report: "true",
            uid: call.reference.to_string(),
            callback_url: &self.settings.callback_url,
        };
        let request = self.client.post(self.send_url.clone()).json(&body);
        let request = request.header(SIGNATURE, sign(&self.settings.password, &now, &nonce));
        let answer = match super::answer_of(request).await {
            Ok((status, body)) => read_answer(status, &body, call.phones.len()),
            Err(answer) => answer,
        };
        super::to_all(call, &answer)
    }
}

/// The digest of the password, the time and the nonce, in the order of their bytes.
fn sign(password: &str, timestamp: &str, nonce: &str) -> String {
    let digest = hex(&Md5::digest(password.as_bytes()));
    let mut parts = [digest.as_str(), timestamp, nonce];
    parts.sort_unstable();
    hex(&super::hmac_sha256(digest.as_bytes(), parts.concat().as_bytes()))
}

fn read_answer(status: StatusCode, body: &[u8], numbers: usize) -> CarrierAnswer {
    let unknown = |what: String| CarrierAnswer::Unknown { what };
    let answer: Answer = match super::json_of(status, body) {
        Ok(answer) => answer,
        Err(what) => return unknown(what),
    };
    match (answer.code.as_str(), answer.fail_num.as_str()) {
        ("000000", _) if answer.msg_id.is_empty() => unknown("accepted without a message id".to_owned()),
        ("000000", "" | "0") => CarrierAnswer::Accepted { carrier_message: answer.msg_id },
        ("000000", _) if numbers == 1 => {
            CarrierAnswer::Refused { code: "failNum".to_owned(), words: "the number was refused".to_owned() }
        }
        // It does not say which.
        ("000000", _) => unknown("some of the numbers were refused".to_owned()),
        _ => refused(answer),
    }
}

fn refused(answer: Answer) -> CarrierAnswer {
    let (needs_operator, meaning) = match answer.code.as_str() {
        "101200" => (true, Some("wrong account or password")),
        "101203" => (true, Some("our address is not registered with the carrier")),
        "101206" => (false, Some("the text has forbidden words")),
        "101207" => (true, Some("the account has no messages left")),
        _ => (false, None),
    };
    if needs_operator {
        super::call_the_operator(&answer.code);
    }
    let words = meaning.map_or_else(|| super::shortened(&answer.error_msg), str::to_owned);
    CarrierAnswer::Refused { code: answer.code, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_vendors() {
        let nonce = "0123456789abcdef0123456789abcdef";
        let expected = "424dcd662def9ae2038dbe8a099ba4abd7247f3e407be58ab64179cb11ea33a2";
        assert_eq!(sign("sandbox-pass", "1700000000", nonce), expected);
    }

    #[test]
    fn s10_an_answer_is_accepted_refused_or_unknown() {
        let read = |body: &str, numbers| read_answer(StatusCode::OK, body.as_bytes(), numbers);
        let accepted = CarrierAnswer::Accepted { carrier_message: "24".to_owned() };
        assert_eq!(read(r#"{"code":"000000","msgId":"24","successNum":"1","failNum":"0"}"#, 1), accepted);
        assert_eq!(read(r#"{"code":"000000","msgId":"24"}"#, 5), accepted);
        let one_failed = r#"{"code":"000000","msgId":"24","failNum":1}"#;
        assert!(matches!(read(one_failed, 1), CarrierAnswer::Refused { .. }));
        assert!(matches!(read(one_failed, 2), CarrierAnswer::Unknown { .. }), "it does not say which");
        let words = "the text has forbidden words".to_owned();
        let refused = CarrierAnswer::Refused { code: "101206".to_owned(), words };
        assert_eq!(read(r#"{"code":"101206","errorMsg":"x"}"#, 1), refused);
        for body in ["", "[]", r#"{"code":"000000"}"#] {
            assert!(matches!(read(body, 1), CarrierAnswer::Unknown { .. }), "{body}");
        }
        assert!(matches!(read_answer(StatusCode::BAD_GATEWAY, b"{}", 1), CarrierAnswer::Unknown { .. }));
    }
}
