//! Chuanglan (创蓝), domestic v1: JSON over HTTPS with the credentials in every body, receipts by HTTP GET or by pulls.
//!
//! One call says the same to all its numbers, or something else to each (`variable`). Of the second sort the vendor drops
//! groups whose shape it does not like, and says only how many: of such a call nobody knows which messages were taken.
//!
//! Deliberately absent: templates (v2). The vendor's answers have HTTP status 200 in success
//! and in failure; its `code` is written as a string mostly and as a number at times.

mod pulled;

use std::borrow::Cow;
use std::ops::Range;
use std::{fmt, iter};

use cloud_core::carrier::{Reply, VendorText};
use cloud_core::channel::WebAddress;
use cloud_core::id::Reference;
use cloud_core::sms::{CarrierAnswer, Delivery, Parameter, Pattern, Receipt};
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Deserializer, Serialize};
use shared::guest::PhoneNumber;
use uuid::Uuid;

use super::{Answers, BadAddress, BadReceipt, Call, Words};
use pulled::PullUrls;

/// The only status that means success; the others are an open list (`REJECTD`, `MBBLACK` …).
const DELIVERED: &str = "DELIVRD";
/// "We had it, and do not know": the only one that may still change.
const UNKNOWN: &str = "UNKNOWN";

/// What stands in a text where each number has words of its own.
const PLACE: &str = "{$var}";

/// An account with Chuanglan, opened.
#[derive(Clone)]
pub struct ChuanglanSettings {
    /// The host shown in the carrier's console for this account: `https://smssh1.253.com`.
    pub base_url: WebAddress,
    /// The API account, which is not the console's login.
    pub account: VendorText,
    /// Its password.
    pub password: String,
    /// Where the carrier tells receipts, with a secret in its path. Empty: the one set in the console.
    pub callback_url: String,
}

/// The password stays out, and so does the secret in the callback's path.
impl fmt::Debug for ChuanglanSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChuanglanSettings")
            .field("base_url", &self.base_url)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// A client of one account.
#[derive(Debug)]
pub struct Chuanglan {
    settings: ChuanglanSettings,
    send_url: Url,
    variable_url: Url,
    pull_urls: PullUrls,
    client: reqwest::Client,
}

#[derive(Serialize)]
struct Submit<'a> {
    account: &'a str,
    password: &'a str,
    msg: &'a str,
    #[serde(flatten)]
    to: To,
    /// The string: for a JSON `true` no receipt is ever made.
    report: &'static str,
    uid: String,
    #[serde(rename = "callbackUrl", skip_serializing_if = "str::is_empty")]
    callback_url: &'a str,
}

/// The receivers, in the vendor's words.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum To {
    /// Numbers parted by `,`.
    Phone(String),
    /// Groups parted by `;`: a number, and the words of its own, parted by `,`.
    Params(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(deserialize_with = "text_or_number")]
    code: String,
    #[serde(default)]
    msg_id: String,
    /// Numbers that were dropped, of a call that says something else to each.
    fail_num: Option<TextOrNumber>,
    #[serde(default)]
    error_msg: String,
}

impl Chuanglan {
    /// Errors: the base URL is none.
    pub fn new(settings: ChuanglanSettings, client: reqwest::Client) -> Result<Self, BadAddress> {
        let send_url = super::address(&settings.base_url, "/msg/v1/send/json")?;
        let variable_url = super::address(&settings.base_url, "/msg/variable/json")?;
        let pull_urls = PullUrls::of(&settings)?;
        Ok(Self { settings, send_url, variable_url, pull_urls, client })
    }

    /// Submits a call, once. One number that the vendor calls wrong would refuse all the others of the call: it was
    /// surely not taken then, and each half of it is a call of its own.
    pub async fn submit(&self, call: &Call) -> Answers {
        let mut answers = Answers::with_capacity(call.phones.len());
        let mut parts = Vec::from([(0, call.phones.len())]);
        while let Some((from, to)) = parts.pop() {
            let answer = self.submit_once(call, from..to).await;
            if to - from > 1 && is_about_a_number(&answer) {
                let middle = from.midpoint(to);
                parts.extend([(middle, to), (from, middle)]);
            } else {
                answers.extend((from..to).map(|place| (place, answer.clone())));
            }
        }
        answers
    }

    async fn submit_once(&self, call: &Call, part: Range<usize>) -> CarrierAnswer {
        let phones = &call.phones[part.clone()];
        let (url, msg, to) = match &call.words {
            Words::Text(text) => {
                let digits: Vec<_> = phones.iter().map(PhoneNumber::digits).collect();
                (&self.send_url, Cow::from(text), To::Phone(digits.join(",")))
            }
            Words::ToEach { pattern, parameters } => {
                let groups: Option<Vec<_>> = phones
                    .iter()
                    .zip(&parameters[part])
                    .map(|(phone, own)| group(pattern, phone, own))
                    .collect();
                let groups = groups.expect("each has as many parameters as the text has places");
                (&self.variable_url, pattern.spelled(PLACE).into(), To::Params(groups.join(";")))
            }
        };
        let body = Submit {
            account: self.settings.account.as_str(),
            password: &self.settings.password,
            msg: &msg,
            to,
            report: "true",
            uid: call.reference.to_string(),
            callback_url: &self.settings.callback_url,
        };
        match super::answer_of(self.client.post(url.clone()).json(&body)).await {
            Ok((status, body)) => read_answer(status, &body, phones.len()),
            Err(answer) => answer,
        }
    }
}

/// A number, and what stands in the places of the text for it, as they follow each other there.
fn group(pattern: &Pattern, phone: &PhoneNumber, parameters: &[Parameter]) -> Option<String> {
    let own = pattern.in_order(parameters)?.map(Parameter::as_str);
    let group: Vec<_> = iter::once(phone.digits()).chain(own).collect();
    Some(group.join(","))
}

/// 107: a wrong number among them.
fn is_about_a_number(answer: &CarrierAnswer) -> bool {
    matches!(answer, CarrierAnswer::Refused { code, .. } if code == "107")
}

fn read_answer(status: StatusCode, body: &[u8], numbers: usize) -> CarrierAnswer {
    let unknown = |what: String| CarrierAnswer::Unknown { what };
    let mut answer: Answer = match super::json_of(status, body) {
        Ok(answer) => answer,
        Err(what) => return unknown(what),
    };
    let dropped = answer.fail_num.take().map(String::from).unwrap_or_default();
    match answer.code.as_str() {
        "0" if answer.msg_id.is_empty() => unknown("accepted without a message id".to_owned()),
        "0" => match dropped.as_str() {
            "" | "0" => CarrierAnswer::Accepted { carrier_message: answer.msg_id },
            all if all.parse() == Ok(numbers) => CarrierAnswer::Refused {
                code: "failNum".to_owned(),
                words: "the carrier dropped the number".to_owned(),
            },
            _ => unknown("the carrier dropped some of the numbers, and does not say which".to_owned()),
        },
        "103" | "104" => CarrierAnswer::Busy { code: answer.code },
        _ => refused(answer),
    }
}

fn refused(answer: Answer) -> CarrierAnswer {
    let needs_operator =
        matches!(answer.code.as_str(), "101" | "102" | "109" | "117" | "118" | "119" | "120");
    if needs_operator {
        super::call_the_operator(&answer.code);
    }
    let words = meaning(&answer.code).map_or_else(|| super::shortened(&answer.error_msg), str::to_owned);
    CarrierAnswer::Refused { code: answer.code, words }
}

/// The vendor's table of submit codes. Its own texts are terse, and other tables in circulation are wrong.
fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "101" => "no such account",
        "102" => "wrong password",
        "105" => "the text has forbidden words",
        "106" => "the text is empty or longer than 536 characters",
        "107" => "the number is wrong",
        "108" => "too many numbers, or none",
        "109" => "the account has no messages left",
        "110" => "outside the permitted sending hours",
        "113" => "the sender's extension is wrong",
        "114" => "the parameter groups are wrong",
        "116" => "the signature is missing or not registered",
        "117" => "our address is not registered with the carrier",
        "118" => "the account has no right to send",
        "119" => "the account has expired",
        "120" => "the daily limit is reached",
        "123" => "the account is for another kind of message",
        "124" => "the text matches no approved template",
        "125" => "the text matches a rejected template",
        "127" => "the schedule time is wrong",
        "128" => "the text's encoding is wrong",
        "129" => "the carrier could not read our request",
        "130" => "a required parameter is missing",
        _ => return None,
    })
}

/// Reads the parameters of a receipt. Errors: one is missing without which no message can be found. Anything else
/// that is odd is left out: a receipt that is refused three times is lost.
pub fn receipt_from_query(query: &[(String, String)]) -> Result<Receipt, BadReceipt> {
    let find = |name: &str| {
        let found = query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    };
    let required = |missing: &'static str| find(missing).map(str::to_owned).ok_or(BadReceipt { missing });
    let status = required("status")?;
    let delivery = match status.as_str() {
        DELIVERED => Delivery::Delivered,
        UNKNOWN => Delivery::Unknown,
        _ => Delivery::Undelivered,
    };
    Ok(Receipt {
        account: None,
        reference: find("uid").and_then(|uid| Uuid::try_parse(uid).ok()).map(Reference),
        carrier_message: required("msgid")?,
        phone: PhoneNumber::new(required("mobile")?).map_err(|_| BadReceipt { missing: "mobile" })?,
        status,
        delivery,
        billed_units: find("length").and_then(|length| length.parse().ok()),
    })
}

/// Reads the parameters of an upstream text. The parts of a long one come one by one; none of them is a word that
/// asks for anything. Errors: one is missing.
pub fn reply_from_query(query: &[(String, String)]) -> Result<Reply, BadReceipt> {
    let find = |missing: &'static str| {
        let found = query.iter().find(|(key, _)| key == missing).map(|(_, value)| value.clone());
        found.ok_or(BadReceipt { missing })
    };
    let phone = PhoneNumber::new(find("mobile")?).map_err(|_| BadReceipt { missing: "mobile" })?;
    Ok(Reply { phone, text: find("msg")? })
}

/// What the vendor writes as a string mostly and as a number at times.
#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(i64),
}

impl From<TextOrNumber> for String {
    fn from(written: TextOrNumber) -> Self {
        match written {
            TextOrNumber::Text(text) => text,
            TextOrNumber::Number(number) => number.to_string(),
        }
    }
}

pub(super) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    TextOrNumber::deserialize(deserializer).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> CarrierAnswer {
        read_answer(StatusCode::OK, body.as_bytes(), 1)
    }

    #[test]
    fn s10_an_answer_is_accepted_refused_busy_or_unknown() {
        let accepted = CarrierAnswer::Accepted { carrier_message: "24111415080300020301".to_owned() };
        for code in ["\"0\"", "0"] {
            let body = format!(
                r#"{{"code":{code},"msgId":"24111415080300020301","time":"20241114150803","errorMsg":""}}"#
            );
            assert_eq!(answer(&body), accepted);
        }
        for code in ["103", "104"] {
            assert_eq!(answer(&format!(r#"{{"code":"{code}"}}"#)), CarrierAnswer::Busy { code: code.into() });
        }
        let refused = |code: &str, words: &str| CarrierAnswer::Refused {
            code: code.to_owned(),
            words: words.to_owned(),
        };
        assert_eq!(
            answer(r#"{"code":"105","errorMsg":"x"}"#),
            refused("105", "the text has forbidden words")
        );
        assert_eq!(answer(r#"{"code":998,"msgId":"","errorMsg":"odd"}"#), refused("998", "odd"));
        for body in ["", "{", "[]", "null", "{}", r#"{"code":null}"#, r#"{"code":"0","msgId":""}"#, "<html>"]
        {
            assert!(matches!(answer(body), CarrierAnswer::Unknown { .. }), "{body:?}");
        }
        let gateway = read_answer(StatusCode::BAD_GATEWAY, br#"{"code":"0","msgId":"1"}"#, 1);
        assert!(matches!(gateway, CarrierAnswer::Unknown { .. }), "a proxy's answer proves nothing");
    }

    #[test]
    fn s10_when_some_of_many_were_dropped_nobody_knows_which() {
        let of_three = |fail_num: &str| {
            let body = format!(r#"{{"code":"0","msgId":"24","successNum":"?","failNum":{fail_num}}}"#);
            read_answer(StatusCode::OK, body.as_bytes(), 3)
        };
        for none in ["\"0\"", "0", "\"\"", "null"] {
            assert_eq!(
                of_three(none),
                CarrierAnswer::Accepted { carrier_message: "24".to_owned() },
                "{none}"
            );
        }
        for some in ["\"1\"", "2", "\"4\"", "\"x\"", "-1"] {
            assert!(matches!(of_three(some), CarrierAnswer::Unknown { .. }), "{some}");
        }
        assert!(matches!(of_three("\"3\""), CarrierAnswer::Refused { .. }), "none of them was taken");
    }

    #[test]
    fn s7_a_receipt_needs_what_finds_its_message_and_nothing_else() {
        let query = |left_out: &str| -> Vec<(String, String)> {
            let pairs = [
                ("msgid", "24111415080300020301"),
                ("mobile", "13900000000"),
                ("status", "DELIVRD"),
                ("uid", "6f9619ff-8b86-4011-b42d-00cf4fc964ff"),
                ("length", "2"),
            ];
            let kept = pairs.into_iter().filter(|(name, _)| *name != left_out);
            kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let whole = receipt_from_query(&query("")).expect("a whole receipt");
        assert!(
            whole.delivery == Delivery::Delivered
                && whole.reference.is_some()
                && whole.billed_units == Some(2)
        );
        assert!(!format!("{whole:?}").contains("13900000000"), "no phone number in a log");
        for missing in ["msgid", "mobile", "status"] {
            assert_eq!(receipt_from_query(&query(missing)), Err(BadReceipt { missing }));
        }
        assert_eq!(receipt_from_query(&query("uid")).expect("enough").reference, None);
        assert_eq!(receipt_from_query(&query("length")).expect("enough").billed_units, None);
        let mut foreign = query("uid");
        foreign.push(("uid".to_owned(), "b-77".to_owned()));
        assert_eq!(receipt_from_query(&foreign).expect("another's id is none of ours").reference, None);
    }

    #[test]
    fn settings_hide_their_secrets() {
        let settings = ChuanglanSettings {
            base_url: "https://smssh1.253.com".parse().expect("an address"),
            account: "N0000001".parse().expect("a name"),
            password: "hush".to_owned(),
            callback_url: "https://cloud.example/receipts/hush".to_owned(),
        };
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
