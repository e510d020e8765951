//! Tencent Cloud SMS (腾讯云短信): approved templates, an answer and a fee for each number.
//!
//! Requests are signed by the vendor's TC3-HMAC-SHA256. Our reference travels as `SessionContext`; receipts that are
//! pushed do not repeat it, but name the number's own `SerialNo`. Deliberately absent: the international text types.

mod pulled;

use std::fmt;

use cloud_core::carrier::{Fitted, Reply, Templates, VendorText};
use cloud_core::channel::WebAddress;
use cloud_core::sms::{CarrierAnswer, Delivery, Receipt};
use cloud_core::units::segments;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use shared::guest::PhoneNumber;

use super::{Answers, BadAddress, BadReceipt, Call, Words};
use crate::secret::hex;

const VERSION: &str = "2021-01-11";
const SERVICE: &str = "sms";
/// What is signed along with the body.
const SIGNED_HEADERS: &str = "content-type;host;x-tc-action";
const CONTENT_TYPE: &str = "application/json; charset=utf-8";
/// Mainland China; our numbers are of there.
const COUNTRY: &str = "+86";

/// An account with Tencent Cloud SMS, opened.
#[derive(Clone)]
pub struct TencentSmsSettings {
    /// Where it is called.
    pub base_url: WebAddress,
    /// `ap-guangzhou`.
    pub region: VendorText,
    /// `SmsSdkAppId`.
    pub application: VendorText,
    /// The id of our key.
    pub secret_id: VendorText,
    /// The key.
    pub secret_key: String,
    /// What was approved.
    pub templates: Templates,
}

/// The key stays out.
impl fmt::Debug for TencentSmsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TencentSmsSettings")
            .field("base_url", &self.base_url)
            .field("application", &self.application)
            .finish_non_exhaustive()
    }
}

/// A client of one account.
#[derive(Debug)]
pub struct TencentSms {
    settings: TencentSmsSettings,
    url: Url,
    host: String,
    client: reqwest::Client,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SendSms<'a> {
    phone_number_set: Vec<String>,
    sms_sdk_app_id: &'a str,
    sign_name: &'a str,
    template_id: &'a str,
    template_param_set: &'a [&'a str],
    session_context: String,
}

/// What every answer comes in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<T> {
    response: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    #[serde(default)]
    send_status_set: Vec<SendStatus>,
    #[serde(default)]
    error: Option<VendorError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendStatus {
    #[serde(default)]
    serial_no: String,
    phone_number: String,
    #[serde(default)]
    fee: u64,
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VendorError {
    code: String,
    #[serde(default)]
    message: String,
}

impl TencentSms {
    /// Errors: the base URL is none.
    pub fn new(settings: TencentSmsSettings, client: reqwest::Client) -> Result<Self, BadAddress> {
        let url = super::address(&settings.base_url, "/")?;
        let name = url.host_str().ok_or_else(|| BadAddress(settings.base_url.to_string()))?;
        let host = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        Ok(Self { settings, url, host, client })
    }

    /// Submits a call, once. A text that fits no template is refused here.
    pub async fn submit(&self, call: &Call) -> Answers {
        let Words::Text(text) = &call.words else { return super::only_one_by_one(call) };
        let Some(fitted) = self.settings.templates.fit(text) else {
            return super::to_all(call, &super::no_template());
        };
        let body = serde_json::to_string(&self.send_sms(call, &fitted)).expect("plain data");
        match super::answer_of(self.request("SendSms", body)).await {
            Ok((status, body)) => read_answers(status, &body, call, text),
            Err(answer) => super::to_all(call, &answer),
        }
    }

    /// A request, signed now.
    fn request(&self, action: &str, body: String) -> reqwest::RequestBuilder {
        let now = Timestamp::now();
        self.client
            .post(self.url.clone())
            .header("Authorization", self.authorization(action, &body, now))
            .header("Content-Type", CONTENT_TYPE)
            .header("Host", &self.host)
            .header("X-TC-Action", action)
            .header("X-TC-Version", VERSION)
            .header("X-TC-Region", self.settings.region.as_str())
            .header("X-TC-Timestamp", now.as_second())
            .body(body)
    }

    fn send_sms<'a>(&'a self, call: &Call, fitted: &'a Fitted<'a>) -> SendSms<'a> {
        SendSms {
            phone_number_set: call.phones.iter().map(international).collect(),
            sms_sdk_app_id: self.settings.application.as_str(),
            sign_name: fitted.signature,
            template_id: fitted.template.as_str(),
            template_param_set: &fitted.parameters,
            session_context: call.reference.to_string(),
        }
    }

    fn authorization(&self, action: &str, body: &str, now: Timestamp) -> String {
        let TencentSmsSettings { secret_id, secret_key, .. } = &self.settings;
        let date = now.to_zoned(TimeZone::UTC).date();
        let scope = format!("{date}/{SERVICE}/tc3_request");
        let signature = sign(secret_key, Signed { action, host: &self.host, body }, (now, &scope));
        format!(
            "TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={SIGNED_HEADERS}, \
             Signature={signature}"
        )
    }
}

/// What of a request is signed.
struct Signed<'a> {
    action: &'a str,
    host: &'a str,
    body: &'a str,
}

/// The vendor's TC3 signature of one request.
fn sign(secret_key: &str, request: Signed<'_>, (now, scope): (Timestamp, &str)) -> String {
    let Signed { host, body, .. } = request;
    let action = request.action.to_ascii_lowercase();
    let hashed = |text: &str| hex(&Sha256::digest(text.as_bytes()));
    let canonical = format!(
        "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-tc-action:{action}\n\n{SIGNED_HEADERS}\n{}",
        hashed(body)
    );
    let to_sign = format!("TC3-HMAC-SHA256\n{}\n{scope}\n{}", now.as_second(), hashed(&canonical));
    let key = scope.split('/').fold(format!("TC3{secret_key}").into_bytes(), |key, part| {
        super::hmac_sha256(&key, part.as_bytes()).to_vec()
    });
    hex(&super::hmac_sha256(&key, to_sign.as_bytes()))
}

fn international(phone: &PhoneNumber) -> String {
    format!("{COUNTRY}{}", phone.digits())
}

fn read_answers(status: StatusCode, body: &[u8], call: &Call, text: &str) -> Answers {
    let unknown = |what: String| super::to_all(call, &CarrierAnswer::Unknown { what });
    let response = match super::json_of::<Envelope<Response>>(status, body) {
        Ok(Envelope { response }) => response,
        Err(what) => return unknown(what),
    };
    if let Some(VendorError { code, message }) = response.error {
        return super::to_all(call, &of_code(code, &message));
    }
    let told: Vec<_> = response.send_status_set.into_iter().collect();
    let mut answers = Answers::with_capacity(call.phones.len());
    for (place, phone) in call.phones.iter().enumerate() {
        let wanted = international(phone);
        let answer = match told.iter().find(|status| status.phone_number == wanted) {
            Some(status) => of_number(status, text),
            None => CarrierAnswer::Unknown { what: "the answer leaves the number out".to_owned() },
        };
        answers.push((place, answer));
    }
    answers
}

fn of_number(status: &SendStatus, text: &str) -> CarrierAnswer {
    if status.code != "Ok" {
        return of_code(status.code.clone(), &status.message);
    }
    if status.serial_no.is_empty() {
        return CarrierAnswer::Unknown { what: "accepted without a serial number".to_owned() };
    }
    if segments(text).is_some_and(|units| units.0 != status.fee) {
        metrics::counter!("chuancai_carrier_billed_otherwise").increment(1);
    }
    CarrierAnswer::Accepted { carrier_message: status.serial_no.clone() }
}

/// The vendor's codes, by what there is to do about them.
fn of_code(code: String, message: &str) -> CarrierAnswer {
    let area = code.split('.').next().unwrap_or_default();
    match area {
        // What happened inside is not told.
        "InternalError" => return CarrierAnswer::Unknown { what: code },
        "RequestLimitExceeded" => return CarrierAnswer::Busy { code },
        _ if code == "LimitExceeded.PhoneNumberThirtySecondLimit" => return CarrierAnswer::Busy { code },
        "AuthFailure" | "UnauthorizedOperation" => super::call_the_operator(&code),
        _ if code == "FailedOperation.InsufficientBalanceInSmsPackage" => super::call_the_operator(&code),
        _ => {}
    }
    CarrierAnswer::Refused { code, words: super::shortened(message) }
}

/// A receipt as it is pushed. The receiver is a number of its country.
#[derive(Deserialize)]
struct Pushed {
    #[serde(default)]
    mobile: String,
    #[serde(default)]
    report_status: String,
    #[serde(default)]
    errmsg: String,
    #[serde(default)]
    sid: String,
}

/// Reads a push: each receipt alone, so that one that is odd takes no other with it. Errors: it is no list.
pub fn receipts_from_push(body: &[u8]) -> Result<Vec<Result<Receipt, BadReceipt>>, BadReceipt> {
    let pushed: Vec<serde_json::Value> =
        serde_json::from_slice(body).map_err(|_| BadReceipt { missing: "list" })?;
    Ok(pushed
        .into_iter()
        .map(|one| serde_json::from_value(one).map_or(Err(BadReceipt { missing: "shape" }), read))
        .collect())
}

/// An answer of a receiver as it is pushed, one a call. What we sent is not named.
#[derive(Deserialize)]
struct PushedReply {
    nationcode: String,
    mobile: String,
    text: String,
}

/// Reads a pushed answer. Errors: it is none, or not of a number that we send to.
pub fn reply_from_push(body: &[u8]) -> Result<Reply, BadReceipt> {
    let pushed = serde_json::from_slice(body).map_err(|_| BadReceipt { missing: "shape" })?;
    let PushedReply { nationcode, mobile, text } = pushed;
    if COUNTRY.strip_prefix('+') != Some(nationcode.as_str()) {
        return Err(BadReceipt { missing: "nationcode" });
    }
    let phone = PhoneNumber::new(mobile).map_err(|_| BadReceipt { missing: "mobile" })?;
    Ok(Reply { phone, text })
}

fn read(pushed: Pushed) -> Result<Receipt, BadReceipt> {
    let Pushed { mobile, report_status, errmsg, sid } = pushed;
    let phone = PhoneNumber::new(mobile).map_err(|_| BadReceipt { missing: "mobile" })?;
    Told { phone, report_status, code: errmsg, serial_no: sid }.receipt()
}

/// What a receipt says, in whatever shape it came.
struct Told {
    phone: PhoneNumber,
    report_status: String,
    /// Why: `DELIVRD`, `MBBLACK` …
    code: String,
    serial_no: String,
}

impl Told {
    fn receipt(self) -> Result<Receipt, BadReceipt> {
        let Self { phone, report_status, code, serial_no: carrier_message } = self;
        if carrier_message.is_empty() {
            return Err(BadReceipt { missing: "serial number" });
        }
        let delivery = match report_status.as_str() {
            "SUCCESS" => Delivery::Delivered,
            "FAIL" => Delivery::Undelivered,
            _ => return Err(BadReceipt { missing: "report_status" }),
        };
        let status = if code.is_empty() { report_status } else { super::shortened(&code) };
        let (account, reference, billed_units) = (None, None, None);
        Ok(Receipt { account, reference, carrier_message, phone, status, delivery, billed_units })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_signature_is_the_vendors() {
        let body = r#"{"PhoneNumberSet":["+8613900000000"],"SmsSdkAppId":"1400000001","SignName":"示例","TemplateId":"1234","TemplateParamSet":["123456"]}"#;
        let at = Timestamp::from_second(1_700_000_000).expect("a time");
        let request = Signed { action: "SendSms", host: "sms.tencentcloudapi.com", body };
        let made = sign("SECRETEXAMPLE", request, (at, "2023-11-14/sms/tc3_request"));
        assert_eq!(made, "0af66e2cbde1aee884b0dbb5be368a8ca4bd2655c02b016bbfcda989a77a2875");
    }

    #[test]
    fn s10_every_number_has_an_answer_of_its_own() {
        let phones = ["13900000000", "13900000001", "13900000002", "13900000003"];
        let phones = phones.map(|phone| PhoneNumber::new(phone).expect("a number")).to_vec();
        let text = "【示例】您好";
        let call = Call { reference: Uuid::nil(), words: Words::Text(text.to_owned()), phones };
        let body = r#"{"Response":{"RequestId":"r","SendStatusSet":[
            {"SerialNo":"","PhoneNumber":"+8613900000001","Fee":0,"Code":"FailedOperation.ContainSensitiveWord","Message":"x"},
            {"SerialNo":"2019:1","PhoneNumber":"+8613900000000","Fee":1,"Code":"Ok","Message":"send success"},
            {"SerialNo":"","PhoneNumber":"+8613900000003","Fee":0,"Code":"LimitExceeded.PhoneNumberThirtySecondLimit","Message":"x"}
        ]}}"#;
        let answers = read_answers(StatusCode::OK, body.as_bytes(), &call, text);
        let [(0, first), (1, second), (2, third), (3, fourth)] = answers.as_slice() else {
            panic!("{answers:?}")
        };
        assert_eq!(*first, CarrierAnswer::Accepted { carrier_message: "2019:1".to_owned() });
        assert!(
            matches!(second, CarrierAnswer::Refused { .. }) && matches!(third, CarrierAnswer::Unknown { .. })
        );
        assert!(matches!(fourth, CarrierAnswer::Busy { .. }));
        for (code, busy) in [("RequestLimitExceeded", true), ("AuthFailure.SignatureFailure", false)] {
            let body =
                format!(r#"{{"Response":{{"Error":{{"Code":"{code}","Message":"x"}},"RequestId":"r"}}}}"#);
            for (_, answer) in read_answers(StatusCode::OK, body.as_bytes(), &call, text) {
                assert_eq!(matches!(answer, CarrierAnswer::Busy { .. }), busy, "{code}");
                assert_eq!(matches!(answer, CarrierAnswer::Refused { .. }), !busy, "{code}");
            }
        }
        let inside = r#"{"Response":{"Error":{"Code":"InternalError.Timeout","Message":"x"}}}"#;
        for body in [inside, "", "{}", "<html>"] {
            let answers = read_answers(StatusCode::OK, body.as_bytes(), &call, text);
            assert!(
                answers.iter().all(|(_, answer)| matches!(answer, CarrierAnswer::Unknown { .. })),
                "{body}"
            );
        }
    }

    #[test]
    fn s7_a_reply_is_of_a_number_that_we_send_to() {
        let told = |country: &str, mobile: &str| {
            let body = serde_json::json!({
                "extend": "", "mobile": mobile, "nationcode": country, "sign": "示例", "text": " 退订 ", "time": 1457336869,
            });
            reply_from_push(body.to_string().as_bytes())
        };
        let reply = told("86", "13900000000").expect("a whole reply");
        assert_eq!((reply.phone.digits(), reply.text.as_str()), ("13900000000", " 退订 "));
        assert_eq!(told("1", "13900000000").map_err(|bad| bad.missing), Err("nationcode"));
        assert_eq!(told("86", "139").map_err(|bad| bad.missing), Err("mobile"));
        for body in ["", "[]", "{}", r#"{"nationcode":86}"#] {
            assert!(reply_from_push(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn s7_an_odd_receipt_takes_no_other_with_it() {
        let body = r#"[
            {"user_receive_time":"2015-10-17 08:03:04","nationcode":"86","mobile":"13900000000",
             "report_status":"SUCCESS","errmsg":"DELIVRD","description":"用户短信送达成功","sid":"8:x"},
            {"mobile":"abc","report_status":"SUCCESS","sid":"8:y"}, 7,
            {"mobile":"13900000001","report_status":"FAIL","errmsg":"MBBLACK","sid":"8:z"}]"#;
        let read = receipts_from_push(body.as_bytes()).expect("a list");
        let whole: Vec<_> = read.iter().flatten().collect();
        assert_eq!(read.len(), 4);
        assert_eq!((whole[0].carrier_message.as_str(), whole[0].delivery), ("8:x", Delivery::Delivered));
        assert_eq!((whole[1].status.as_str(), whole[1].delivery), ("MBBLACK", Delivery::Undelivered));
        assert!(receipts_from_push(b"{}").is_err());
    }
}
