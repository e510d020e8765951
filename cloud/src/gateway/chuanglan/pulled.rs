//! Chuanglan's pulls: receipts and replies of an account for which the console is set to "pull" instead of "push".

use std::time::Duration;

use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Chuanglan, ChuanglanSettings, receipt_from_query, reply_from_query, text_or_number};
use crate::arrivals::Arrived;
use crate::gateway::page::{self, NotFetched, Page, ROWS_MAX, Wanted};
use crate::gateway::{BadAddress, address, json_of, shortened};

/// Where pulls go.
#[derive(Debug)]
pub(super) struct PullUrls {
    reports: Url,
    replies: Url,
}

impl PullUrls {
    /// Errors: the base URL is none.
    pub(super) fn of(settings: &ChuanglanSettings) -> Result<Self, BadAddress> {
        Ok(Self {
            reports: address(&settings.base_url, "/msg/pull/report")?,
            replies: address(&settings.base_url, "/msg/pull/mo")?,
        })
    }
}

#[derive(Serialize)]
struct Pull<'a> {
    account: &'a str,
    password: &'a str,
    /// A string, as all of this vendor's numbers.
    count: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(deserialize_with = "text_or_number")]
    ret: String,
    #[serde(default)]
    result: Option<Vec<Value>>,
    #[serde(default)]
    error: String,
}

impl Chuanglan {
    /// Fetches a page.
    pub async fn fetch(&self, wanted: Wanted, timeout: Duration) -> Result<Page, NotFetched> {
        let url = match wanted {
            Wanted::Receipts => &self.pull_urls.reports,
            Wanted::Replies => &self.pull_urls.replies,
        };
        let body = Pull {
            account: self.settings.account.as_str(),
            password: &self.settings.password,
            count: ROWS_MAX.to_string(),
        };
        let (status, body) = page::answer_of(self.client.post(url.clone()).json(&body), timeout).await?;
        read_page(wanted, status, &body)
    }
}

fn read_page(wanted: Wanted, status: StatusCode, body: &[u8]) -> Result<Page, NotFetched> {
    let answer: Answer = json_of(status, body).map_err(NotFetched::Unanswered)?;
    if answer.ret != "0" {
        return Err(NotFetched::Refused(shortened(&answer.error)));
    }
    let rows = answer.result.unwrap_or_default();
    Ok(match wanted {
        Wanted::Receipts => Page::of(&rows, |row| receipt_from_query(&pairs(row)), Arrived::Receipts),
        Wanted::Replies => Page::of(&rows, |row| reply_from_query(&pairs(row)), Arrived::Replies),
    })
}

/// A row, as if the vendor had brought it: it says the same, with two names spelled otherwise. How many segments were
/// billed is not in it.
fn pairs(row: &Value) -> Vec<(String, String)> {
    let fields = row.as_object().into_iter().flatten();
    let pair = |(name, value): (&String, &Value)| {
        let name = match name.as_str() {
            "msgId" => "msgid",
            "messageContent" => "msg",
            other => other,
        };
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Some((name.to_owned(), text))
    };
    fields.filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use cloud_core::sms::Delivery;

    use super::*;
    use crate::gateway::BadReceipt;

    fn page(wanted: Wanted, body: &str) -> Result<Page, NotFetched> {
        read_page(wanted, StatusCode::OK, body.as_bytes())
    }

    #[test]
    fn s7_a_row_that_cannot_be_read_takes_no_other_with_it() {
        let body = r#"{"ret":0,"result":[
            {"uid":null,"reportTime":"2411141508","notifyTime":"241114150809","status":"DELIVRD",
             "msgId":"24111415080300020301000000000001","statusDesc":"短信发送成功","mobile":"13900000000"},
            {"status":"DELIVRD","mobile":"13900000001"}, 7,
            {"uid":"6f9619ff-8b86-4011-b42d-00cf4fc964ff","status":"MBBLACK","msgId":"2","mobile":13900000002}]}"#;
        let page = page(Wanted::Receipts, body).expect("a page");
        assert_eq!(page.rows, 4);
        let missing = ["msgid", "status"].map(|missing| BadReceipt { missing });
        assert_eq!(page.unreadable, missing);
        let Arrived::Receipts(receipts) = page.arrived else { panic!("{:?}", page.arrived) };
        let [first, second] = receipts.as_slice() else { panic!("{receipts:?}") };
        assert_eq!((first.delivery, first.reference, first.billed_units), (Delivery::Delivered, None, None));
        assert_eq!((second.delivery, second.phone.digits()), (Delivery::Undelivered, "13900000002"));
        assert!(second.reference.is_some());
    }

    #[test]
    fn s9_a_pulled_reply_says_who_and_what() {
        let body = r#"{"ret":"0","result":[{"spCode":"10690000","moTime":"2411141508","messageContent":"TD",
            "destCode":"1069","mobile":"13900000000"},{"mobile":"13900000000"}]}"#;
        let page = page(Wanted::Replies, body).expect("a page");
        assert_eq!(page.unreadable, [BadReceipt { missing: "msg" }]);
        let Arrived::Replies(replies) = page.arrived else { panic!("{:?}", page.arrived) };
        assert_eq!((replies[0].phone.digits(), replies[0].text.as_str()), ("13900000000", "TD"));
    }

    #[test]
    fn s7_every_row_counts_and_an_answer_that_is_none_is_no_empty_page() {
        let rows = vec![r#"{"msgId":"1"}"#; ROWS_MAX].join(",");
        let full = page(Wanted::Receipts, &format!(r#"{{"ret":0,"result":[{rows}]}}"#));
        assert_eq!(full.expect("a page").rows, ROWS_MAX, "whatever its rows say");
        for empty in [r#"{"ret":0,"result":[]}"#, r#"{"ret":0,"result":null}"#, r#"{"ret":0}"#] {
            assert_eq!(page(Wanted::Receipts, empty).expect("a page").rows, 0, "{empty}");
        }
        let refused = page(Wanted::Receipts, r#"{"ret":1,"error":"wrong password"}"#);
        assert_eq!(refused, Err(NotFetched::Refused("wrong password".to_owned())));
        for broken in ["", "[]", "{}", r#"{"ret":0,"result":[{"#, "<html>"] {
            let broken = page(Wanted::Receipts, broken);
            assert!(matches!(broken, Err(NotFetched::Unanswered(_))), "{broken:?}");
        }
        let gateway = read_page(Wanted::Replies, StatusCode::BAD_GATEWAY, br#"{"ret":0,"result":[]}"#);
        assert!(matches!(gateway, Err(NotFetched::Unanswered(_))), "a proxy's answer proves nothing");
    }
}
