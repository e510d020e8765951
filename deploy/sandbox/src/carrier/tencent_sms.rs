//! Tencent Cloud SMS: signed requests, approved templates, an answer for each number, and pulls.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::template::{fill, hex};
use super::{Acceptance, Callback, Carrier, DueReports, HeldReply, Protocol, Pulled, Report, Wanted};
use crate::fault::AnswerFault;
use crate::protocol::{self, Code};

const NUMBERS_MAX: usize = 200;
/// The vendor's window for a request's clock.
const WINDOW_S: i64 = 300;

/// An account, as its console shows it.
#[derive(Debug, Clone)]
pub struct TencentSmsSettings {
    /// The id of its key.
    pub secret_id: String,
    /// The key.
    pub secret_key: String,
    /// The SMS application.
    pub application: String,
    /// Where reports are posted; without it they wait to be pulled, and replies too.
    pub callback: Option<String>,
    /// Where replies are posted; without it nobody hears of them, unless they are pulled.
    pub replies: Option<String>,
}

impl Default for TencentSmsSettings {
    fn default() -> Self {
        Self {
            secret_id: "AKIDSANDBOX".to_owned(),
            secret_key: "sandbox".to_owned(),
            application: "1400000001".to_owned(),
            callback: None,
            replies: None,
        }
    }
}

/// A request, with the headers that matter.
pub(crate) struct TencentCall<'a> {
    pub(crate) authorization: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) host: &'a str,
    pub(crate) action: &'a str,
    pub(crate) version: &'a str,
    pub(crate) region: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) body: &'a [u8],
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendSms {
    phone_number_set: Vec<String>,
    sms_sdk_app_id: String,
    template_id: String,
    #[serde(default)]
    sign_name: String,
    #[serde(default)]
    template_param_set: Vec<String>,
    #[serde(default)]
    session_context: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PullSms {
    sms_sdk_app_id: String,
    limit: usize,
}

/// A refusal of a whole request: the vendor's code and words.
type Refused = (&'static str, &'static str);
/// What was done: the answer, what happens to it, and the reports that are owed.
type Done = (Value, AnswerFault, Vec<DueReports>);

fn read<T: DeserializeOwned>(call: &TencentCall<'_>) -> Result<T, Refused> {
    serde_json::from_slice(call.body).map_err(|_| ("InvalidParameter", "the body cannot be read"))
}

/// A pulled report. Unlike a pushed one it repeats the customer's own id, and its description is the code.
fn status_row(report: &Report) -> Value {
    json!({
        "UserReceiveTime": report.reported_at.as_second(),
        "CountryCode": "86",
        "SubscriberNumber": report.phone,
        "PhoneNumber": format!("+86{}", report.phone),
        "SerialNo": report.msg_id,
        "ReportStatus": if report.status == "DELIVRD" { "SUCCESS" } else { "FAIL" },
        "Description": report.status,
        "SessionContext": report.uid.as_deref().unwrap_or_default(),
    })
}

impl Carrier {
    /// A request, whatever it asks: the answer, what happens to it, and the reports that are owed.
    pub(crate) fn tencent_sms(&self, call: &TencentCall<'_>, now: Timestamp) -> Done {
        self.count(call.action);
        let done = self.check(call, now).and_then(|()| self.act(call, now));
        self.changed();
        let (mut response, fault, reports) = done.unwrap_or_else(|(code, message)| {
            (json!({ "Error": { "Code": code, "Message": message } }), AnswerFault::None, Vec::new())
        });
        response["RequestId"] = format!("sandbox-{}", now.as_microsecond()).into();
        (json!({ "Response": response }), fault, reports)
    }

    fn count(&self, action: &str) {
        let calls = &mut self.book().calls;
        match action {
            "PullSmsSendStatus" => calls.pull += 1,
            "PullSmsReplyStatus" => calls.pull_replies += 1,
            _ => calls.send += 1,
        }
    }

    fn act(&self, call: &TencentCall<'_>, now: Timestamp) -> Result<Done, Refused> {
        match call.action {
            "SendSms" => {
                let (statuses, fault, reports) = self.send_to_each(&read(call)?, now)?;
                Ok((json!({ "SendStatusSet": statuses }), fault, reports))
            }
            "PullSmsSendStatus" => {
                let limit = self.pull_limit(call)?;
                let pulled = self.take_reports(Protocol::TencentSms, limit);
                let Pulled { rows, answer } = pulled.map_err(|code| ("RequestLimitExceeded", code.text()))?;
                let rows: Vec<_> = rows.iter().map(status_row).collect();
                Ok((json!({ "PullSmsSendStatusSet": rows }), answer, Vec::new()))
            }
            "PullSmsReplyStatus" => {
                let limit = self.pull_limit(call)?;
                let Pulled { rows, answer } = self.take_replies(Protocol::TencentSms, limit);
                let rows: Vec<_> = rows.iter().map(|reply| self.reply_row(reply)).collect();
                Ok((json!({ "PullSmsReplyStatusSet": rows }), answer, Vec::new()))
            }
            _ => Err(("InvalidAction", "no such action")),
        }
    }

    fn pull_limit(&self, call: &TencentCall<'_>) -> Result<usize, Refused> {
        let asked: PullSms = read(call)?;
        if asked.sms_sdk_app_id != self.settings.tencent_sms.application {
            return Err(("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "no such application"));
        }
        Ok(asked.limit)
    }

    fn reply_row(&self, reply: &HeldReply) -> Value {
        json!({
            "ExtendCode": "",
            "CountryCode": "86",
            "SubscriberNumber": reply.phone,
            "PhoneNumber": format!("+86{}", reply.phone),
            "SignName": self.settings.signature,
            "ReplyContent": reply.text,
            "ReplyTime": reply.at.as_second(),
        })
    }

    fn check(&self, call: &TencentCall<'_>, now: Timestamp) -> Result<(), Refused> {
        if call.version != "2021-01-11" {
            return Err(("InvalidAction", "no such version"));
        }
        if call.region.is_empty() {
            return Err(("MissingParameter", "X-TC-Region"));
        }
        let sent_at: i64 = call.timestamp.parse().map_err(|_| ("MissingParameter", "X-TC-Timestamp"))?;
        if (now.as_second() - sent_at).abs() > WINDOW_S {
            return Err(("AuthFailure.SignatureExpire", "the request is too old"));
        }
        let settings = &self.settings.tencent_sms;
        if !call.authorization.contains(&format!("Credential={}/", settings.secret_id)) {
            return Err(("AuthFailure.SecretIdNotFound", "no such SecretId"));
        }
        if call.authorization != authorization(settings, call, sent_at) {
            return Err(("AuthFailure.SignatureFailure", "the signature is wrong"));
        }
        Ok(())
    }

    fn send_to_each(
        &self,
        asked: &SendSms,
        now: Timestamp,
    ) -> Result<(Vec<Value>, AnswerFault, Vec<DueReports>), Refused> {
        if asked.sms_sdk_app_id != self.settings.tencent_sms.application {
            return Err(("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "no such application"));
        }
        if asked.phone_number_set.is_empty() || asked.phone_number_set.len() > NUMBERS_MAX {
            return Err(("LimitExceeded.PhoneNumberCountLimit", "1 to 200 numbers"));
        }
        let (mut statuses, mut fault, mut reports) = (Vec::new(), AnswerFault::None, Vec::new());
        for number in &asked.phone_number_set {
            let taken = self.send_to_one(asked, number, now);
            let (code, message) = match &taken {
                Ok(_) => ("Ok", "send success"),
                Err(refused) => *refused,
            };
            let (serial, fee) = taken.as_ref().map_or(("", 0), |(taken, fee)| (taken.msg_id.as_str(), *fee));
            statuses.push(json!({
                "SerialNo": serial, "PhoneNumber": number, "Fee": fee, "Code": code, "Message": message,
                "SessionContext": asked.session_context, "IsoCode": "CN",
            }));
            if let Ok((Acceptance { answer, reports: owed, .. }, _)) = taken {
                fault = if fault == AnswerFault::None { answer } else { fault };
                reports.extend(owed);
            }
        }
        Ok((statuses, fault, reports))
    }

    fn send_to_one(
        &self,
        asked: &SendSms,
        number: &str,
        now: Timestamp,
    ) -> Result<(Acceptance, u32), Refused> {
        let is_mobile = |phone: &&str| {
            phone.len() == 11 && phone.starts_with('1') && phone.bytes().all(|b| b.is_ascii_digit())
        };
        let phone = number.strip_prefix("+86").filter(is_mobile);
        let phone = phone.ok_or_else(|| of_code(Code::BadNumber))?;
        if asked.sign_name != self.settings.signature {
            return Err(of_code(Code::BadSignature));
        }
        let pattern = self.settings.templates.get(&asked.template_id);
        let text = pattern.and_then(|pattern| fill(pattern, &asked.template_param_set));
        let text = text.ok_or_else(|| of_code(Code::TemplateMismatch))?;
        let callback = self.book().tencent_callback.clone();
        let wanted = Wanted {
            protocol: Protocol::TencentSms,
            text: format!("【{}】{text}", asked.sign_name),
            uid: (!asked.session_context.is_empty()).then(|| asked.session_context.clone()),
            wants_report: true,
            callback: callback.map_or(Callback::Pull, Callback::TencentSms),
            not_before: now,
        };
        let taken = self.take(&wanted, vec![phone.to_owned()], now).map_err(of_code)?;
        let mut fee = protocol::segments(&wanted.text);
        if taken.reports.iter().any(|due| due.plan == crate::fault::ReportPlan::Overbilled) {
            fee += 1;
        }
        Ok((taken, fee))
    }
}

/// A number's fault in this vendor's words.
fn of_code(code: Code) -> Refused {
    let name = match code {
        Code::TooFast | Code::PlatformBusy => "LimitExceeded.PhoneNumberThirtySecondLimit",
        Code::ForbiddenWords => "FailedOperation.ContainSensitiveWord",
        Code::BadNumber => "InvalidParameterValue.IncorrectPhoneNumber",
        Code::NoQuota => "FailedOperation.InsufficientBalanceInSmsPackage",
        Code::BadSignature => "FailedOperation.SignatureIncorrectOrUnapproved",
        Code::AbuseLimit => "LimitExceeded.PhoneNumberDailyLimit",
        Code::BadGroups | Code::TemplateMismatch | Code::RejectedTemplate => {
            "FailedOperation.TemplateIncorrectOrUnapproved"
        }
        Code::NoSuchAccount
        | Code::WrongPassword
        | Code::BadLength
        | Code::BadNumberCount
        | Code::OutsideHours
        | Code::BadExtend
        | Code::CallerNotRegistered
        | Code::NoSendingRight
        | Code::AccountExpired
        | Code::WrongSendType
        | Code::BadSchedule
        | Code::BadEncoding
        | Code::BadJson
        | Code::MissingParameter => "FailedOperation.FailResolvePacket",
    };
    (name, code.text())
}

/// The header that the request should have had.
fn authorization(settings: &TencentSmsSettings, call: &TencentCall<'_>, sent_at: i64) -> String {
    let TencentSmsSettings { secret_id, secret_key, .. } = settings;
    let date = Timestamp::from_second(sent_at).unwrap_or_default().to_zoned(TimeZone::UTC).date();
    let (headers, scope) = ("content-type;host;x-tc-action", format!("{date}/sms/tc3_request"));
    let canonical = format!(
        "POST\n/\n\ncontent-type:{}\nhost:{}\nx-tc-action:{}\n\n{headers}\n{}",
        call.content_type,
        call.host,
        call.action.to_lowercase(),
        hex(&Sha256::digest(call.body))
    );
    let digest = hex(&Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("TC3-HMAC-SHA256\n{sent_at}\n{scope}\n{digest}");
    let keyed = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let day = keyed(format!("TC3{secret_key}").as_bytes(), &date.to_string());
    let key = keyed(&keyed(&day, "sms"), "tc3_request");
    let signature = hex(&keyed(&key, &to_sign));
    format!("TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={headers}, Signature={signature}")
}
