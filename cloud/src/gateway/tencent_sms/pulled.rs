//! Tencent Cloud's pulls: `PullSmsSendStatus` and `PullSmsReplyStatus`, which the vendor switches on for an application
//! that asks for it. Nothing that was handed out once is handed out again.

use std::time::Duration;

use cloud_core::carrier::Reply;
use cloud_core::id::Reference;
use cloud_core::sms::Receipt;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::guest::PhoneNumber;
use uuid::Uuid;

use super::{COUNTRY, Envelope, TencentSms, Told, VendorError};
use crate::arrivals::Arrived;
use crate::gateway::BadReceipt;
use crate::gateway::json_of;
use crate::gateway::page::{self, NotFetched, Page, ROWS_MAX, Wanted};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pull<'a> {
    sms_sdk_app_id: &'a str,
    limit: usize,
}

/// One of the two sets, or an error.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    #[serde(default)]
    pull_sms_send_status_set: Option<Vec<Value>>,
    #[serde(default)]
    pull_sms_reply_status_set: Option<Vec<Value>>,
    #[serde(default)]
    error: Option<VendorError>,
}

/// A receipt as it is pulled. Unlike a pushed one it repeats our reference, and its description is the code.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendStatus {
    phone_number: String,
    #[serde(default)]
    report_status: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    serial_no: String,
    #[serde(default)]
    session_context: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReplyStatus {
    phone_number: String,
    reply_content: String,
}

impl TencentSms {
    /// Fetches a page.
    pub async fn fetch(&self, wanted: Wanted, timeout: Duration) -> Result<Page, NotFetched> {
        let action = match wanted {
            Wanted::Receipts => "PullSmsSendStatus",
            Wanted::Replies => "PullSmsReplyStatus",
        };
        let asked = Pull { sms_sdk_app_id: self.settings.application.as_str(), limit: ROWS_MAX };
        let body = serde_json::to_string(&asked).expect("plain data");
        let (status, body) = page::answer_of(self.request(action, body), timeout).await?;
        read_page(wanted, status, &body)
    }
}

fn read_page(wanted: Wanted, status: StatusCode, body: &[u8]) -> Result<Page, NotFetched> {
    let Envelope { response }: Envelope<Response> = json_of(status, body).map_err(NotFetched::Unanswered)?;
    if let Some(error) = response.error {
        return Err(NotFetched::Refused(error.code));
    }
    let set = match wanted {
        Wanted::Receipts => response.pull_sms_send_status_set,
        Wanted::Replies => response.pull_sms_reply_status_set,
    };
    let rows = set.unwrap_or_default();
    Ok(match wanted {
        Wanted::Receipts => Page::of(&rows, receipt, Arrived::Receipts),
        Wanted::Replies => Page::of(&rows, reply, Arrived::Replies),
    })
}

fn receipt(row: &Value) -> Result<Receipt, BadReceipt> {
    let row: SendStatus = of_shape(row)?;
    let told = Told {
        phone: national(&row.phone_number)?,
        report_status: row.report_status,
        code: row.description,
        serial_no: row.serial_no,
    };
    let reference = Uuid::try_parse(&row.session_context).ok().map(Reference);
    Ok(Receipt { reference, ..told.receipt()? })
}

fn reply(row: &Value) -> Result<Reply, BadReceipt> {
    let ReplyStatus { phone_number, reply_content } = of_shape(row)?;
    Ok(Reply { phone: national(&phone_number)?, text: reply_content })
}

fn of_shape<'a, T: Deserialize<'a>>(row: &'a Value) -> Result<T, BadReceipt> {
    T::deserialize(row).map_err(|_| BadReceipt { missing: "shape" })
}

/// A number without its country. Errors: it is not of ours.
fn national(phone: &str) -> Result<PhoneNumber, BadReceipt> {
    let bad = || BadReceipt { missing: "PhoneNumber" };
    PhoneNumber::new(phone.strip_prefix(COUNTRY).ok_or_else(bad)?).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use cloud_core::sms::Delivery;

    use super::*;

    fn page(wanted: Wanted, response: &str) -> Result<Page, NotFetched> {
        read_page(wanted, StatusCode::OK, format!(r#"{{"Response":{{{response}}}}}"#).as_bytes())
    }

    #[test]
    fn s7_a_pulled_receipt_names_our_reference_and_an_odd_one_takes_no_other_with_it() {
        let response = r#""RequestId":"r","PullSmsSendStatusSet":[
            {"Description":"DELIVRD","CountryCode":"86","SubscriberNumber":"13900000000","ReportStatus":"SUCCESS",
             "PhoneNumber":"+8613900000000","SerialNo":"5000:1","UserReceiveTime":1620734188,
             "SessionContext":"6f9619ff-8b86-4011-b42d-00cf4fc964ff"},
            {"PhoneNumber":"+113900000001","ReportStatus":"SUCCESS","SerialNo":"5000:2"}, [],
            {"PhoneNumber":"+8613900000002","ReportStatus":"FAIL","SerialNo":"5000:3","SessionContext":""}]"#;
        let page = page(Wanted::Receipts, response).expect("a page");
        assert_eq!((page.rows, page.unreadable.len()), (4, 2));
        let Arrived::Receipts(receipts) = page.arrived else { panic!("{:?}", page.arrived) };
        let [first, second] = receipts.as_slice() else { panic!("{receipts:?}") };
        assert_eq!((first.carrier_message.as_str(), first.status.as_str()), ("5000:1", "DELIVRD"));
        assert!(first.delivery == Delivery::Delivered && first.reference.is_some());
        assert_eq!((second.status.as_str(), second.delivery), ("FAIL", Delivery::Undelivered));
        assert_eq!(second.reference, None);
    }

    #[test]
    fn s9_a_pulled_reply_is_of_a_number_that_we_send_to() {
        let response = r#""PullSmsReplyStatusSet":[
            {"CountryCode":"86","ReplyContent":"TD","SubscriberNumber":"13900000000","ExtendCode":"11",
             "ReplyTime":1620734188,"PhoneNumber":"+8613900000000","SignName":"示例"},
            {"ReplyContent":"TD","PhoneNumber":"+113900000000"}]"#;
        let page = page(Wanted::Replies, response).expect("a page");
        assert_eq!(page.unreadable, [BadReceipt { missing: "PhoneNumber" }]);
        let Arrived::Replies(replies) = page.arrived else { panic!("{:?}", page.arrived) };
        assert_eq!((replies[0].phone.digits(), replies[0].text.as_str()), ("13900000000", "TD"));
    }

    #[test]
    fn s7_a_refusal_is_told_by_its_code_and_a_broken_answer_is_no_empty_page() {
        let refused =
            page(Wanted::Receipts, r#""Error":{"Code":"AuthFailure.SignatureFailure","Message":"x"}"#);
        assert_eq!(refused, Err(NotFetched::Refused("AuthFailure.SignatureFailure".to_owned())));
        assert_eq!(page(Wanted::Replies, r#""RequestId":"r""#).expect("nothing waits").rows, 0);
        let broken = read_page(Wanted::Replies, StatusCode::OK, br#"{"Response":{"Pull"#);
        assert!(matches!(broken, Err(NotFetched::Unanswered(_))), "{broken:?}");
    }
}
