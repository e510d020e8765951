//! The calls to WeChat Pay: place a native order, look it up, close it, refund, look a refund up, fetch certificates.
//!
//! Every call may be made again: the numbers are ours, and the provider does a thing once for a number. A 2xx that is
//! not signed by the provider is no answer. Deliberately absent: retries (the worker's), and partial payment.

use std::time::Duration;

use anyhow::Context;
use cloud_core::id::TradeNumber;
use cloud_core::purchase::{CodeUrl, Payment, TransactionId};
use jiff::{SignedDuration, Timestamp, tz};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode, Url};
use serde::{Deserialize, Serialize};
use shared::quantity::Fen;

use super::keys::{Certificates, PUBLIC_KEY_PREFIX, PlatformKeys};
use super::sign::{ApiV3Key, MerchantKey, PlatformKey, SCHEME, Unbelievable, request_message};
use super::{PaymentSettings, read};
use crate::secret;

/// More of the provider's words than this is not kept.
const WORDS_MAX: usize = 200;
/// The currency of everything here.
const CURRENCY: &str = "CNY";

/// A client of one merchant.
#[derive(Debug)]
pub struct WechatPay {
    settings: PaymentSettings,
    hosts: Vec<Url>,
    key: MerchantKey,
    pub(super) api_key: ApiV3Key,
    pub(super) platform: PlatformKeys,
    client: reqwest::Client,
}

/// A call without a good answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The provider says no.
    #[error("the payment provider refused ({status} {code}): {words}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its code.
        code: String,
        /// Its words.
        words: String,
    },
    /// Nobody knows what came of it; it may be asked again.
    #[error("the payment provider gave no answer: {what}")]
    Unanswered {
        /// What happened instead.
        what: String,
    },
}

/// What is to be paid.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Our number of it.
    pub number: &'a TradeNumber,
    /// What the guest reads.
    pub description: &'a str,
    /// How much.
    pub amount: Fen,
    /// Until when it can be paid.
    pub closes_at: Timestamp,
}

/// Money to give back.
#[derive(Debug, Clone, Copy)]
pub struct RefundOrder<'a> {
    /// Our number of it.
    pub number: &'a str,
    /// Which payment.
    pub transaction: &'a TransactionId,
    /// Why, for the guest.
    pub reason: &'a str,
    /// How much goes back.
    pub amount: Fen,
    /// Of how much.
    pub total: Fen,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is paid.
    Paid(Payment),
    /// It was paid and paid back.
    Refunded,
    /// Nobody can pay it any more.
    Closed,
    /// It can be paid.
    Waiting,
}

/// What became of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refunded {
    /// The money is on its way.
    Taken,
    /// It is back.
    Done,
    /// The provider could not bring it; somebody must look.
    Failed {
        /// `CLOSED` or `ABNORMAL`.
        status: String,
    },
}

#[derive(Serialize)]
struct Amount {
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<Fen>,
    total: Fen,
    currency: &'static str,
}

#[derive(Serialize)]
struct Native<'a> {
    appid: &'a str,
    mchid: &'a str,
    description: &'a str,
    out_trade_no: &'a str,
    time_expire: String,
    notify_url: &'a str,
    amount: Amount,
}

#[derive(Serialize)]
struct Refund<'a> {
    transaction_id: &'a str,
    out_refund_no: &'a str,
    reason: &'a str,
    notify_url: &'a str,
    amount: Amount,
}

#[derive(Deserialize)]
struct Placed {
    code_url: String,
}

/// An order as queries and call-backs tell it.
#[derive(Debug, Deserialize)]
pub(super) struct Transaction {
    pub(super) appid: String,
    pub(super) mchid: String,
    pub(super) out_trade_no: String,
    trade_state: TradeState,
    transaction_id: Option<String>,
    success_time: Option<Timestamp>,
    amount: Option<TransactionAmount>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum TradeState {
    Success,
    Refund,
    NotPay,
    Closed,
    Revoked,
    UserPaying,
    PayError,
    Accept,
}

#[derive(Debug, Deserialize)]
struct TransactionAmount {
    total: Fen,
    currency: String,
}

#[derive(Deserialize)]
struct RefundAnswer {
    status: String,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl WechatPay {
    /// Reads the keys. Errors: a file or an address that cannot be used.
    pub fn new(settings: &PaymentSettings) -> anyhow::Result<Self> {
        let key = MerchantKey::from_pem(&read("merchant_key_file", &settings.merchant_key_file)?)?;
        let api_key = ApiV3Key::new(&read("api_v3_key_file", &settings.api_v3_key_file)?)?;
        let platform = PlatformKeys::default();
        if !settings.public_key_id.is_empty() {
            let public = PlatformKey::from_pem(&read("public_key_file", &settings.public_key_file)?)?;
            platform.add(settings.public_key_id.clone(), public);
        }
        let hosts = [&settings.base_url, &settings.backup_url];
        let hosts = hosts.into_iter().filter(|host| !host.is_empty()).map(|host| Url::parse(host));
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_millis(settings.timeout_ms))
            // The provider refuses whoever does not say what they are.
            .user_agent(concat!("chuancai-cloud/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            settings: settings.clone(),
            hosts: hosts.collect::<Result<_, _>>().context("payment.base_url or backup_url")?,
            key,
            api_key,
            platform,
            client,
        })
    }

    /// How long a purchase can be paid.
    pub fn open_for(&self) -> SignedDuration {
        SignedDuration::from_secs(self.settings.open_s.into())
    }

    /// Makes the code for an order. Again with the same order: a code for the same.
    pub async fn place(&self, order: Order<'_>) -> Result<CodeUrl, CallError> {
        let body = Native {
            appid: &self.settings.appid,
            mchid: &self.settings.mchid,
            description: order.description,
            out_trade_no: &order.number.0,
            time_expire: beijing(order.closes_at),
            notify_url: &self.settings.notify_url,
            amount: Amount { refund: None, total: order.amount, currency: CURRENCY },
        };
        let placed: Placed = self.call(Method::POST, "/v3/pay/transactions/native", Some(&body)).await?;
        Ok(CodeUrl(placed.code_url))
    }

    /// What became of an order. One that the provider does not know is closed: it has no code.
    pub async fn look_up(&self, number: &TradeNumber) -> Result<Found, CallError> {
        let TradeNumber(number) = number;
        let path = format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", self.settings.mchid);
        match self.call::<Transaction>(Method::GET, &path, None::<&()>).await {
            Ok(transaction) if !self.is_ours(&transaction) || transaction.out_trade_no != *number => {
                Err(CallError::Unanswered { what: "it answered about another order".to_owned() })
            }
            Ok(transaction) => Ok(found(transaction)),
            Err(CallError::Refused { status: 404, .. }) => Ok(Found::Closed),
            Err(error) => Err(error),
        }
    }

    /// Closes an unpaid order. Errors: refused with `ORDERPAID`, among others: look it up again.
    pub async fn close(&self, number: &TradeNumber) -> Result<(), CallError> {
        let path = format!("/v3/pay/transactions/out-trade-no/{}/close", number.0);
        let body = serde_json::json!({ "mchid": self.settings.mchid });
        self.answer(Method::POST, &path, Some(&body)).await.map(|_| ())
    }

    /// Gives money back. Again under the same number: the same refund.
    pub async fn refund(&self, order: RefundOrder<'_>) -> Result<Refunded, CallError> {
        let body = Refund {
            transaction_id: &order.transaction.0,
            out_refund_no: order.number,
            reason: order.reason,
            notify_url: &self.settings.notify_url,
            amount: Amount { refund: Some(order.amount), total: order.total, currency: CURRENCY },
        };
        let answer: RefundAnswer =
            self.call(Method::POST, "/v3/refund/domestic/refunds", Some(&body)).await?;
        Ok(refunded(answer.status))
    }

    /// What became of a refund.
    pub async fn look_after(&self, number: &str) -> Result<Refunded, CallError> {
        let path = format!("/v3/refund/domestic/refunds/{number}");
        let answer: RefundAnswer = self.call(Method::GET, &path, None::<&()>).await?;
        Ok(refunded(answer.status))
    }

    /// Fetches the provider's certificates, and believes what one of them signed. Errors: none could be had.
    pub async fn fetch_certificates(&self) -> anyhow::Result<usize> {
        let (status, headers, body) = self.send(Method::GET, "/v3/certificates", "").await?;
        anyhow::ensure!(status == StatusCode::OK, "the certificates were answered with {status}");
        let certificates: Certificates = serde_json::from_slice(&body).context("reading the certificates")?;
        let now = Timestamp::now();
        self.platform.take(certificates, &self.api_key, |fresh| fresh.verify(&headers, &body, now))
    }

    /// Whether certificates are what answers are signed with.
    pub fn needs_certificates(&self) -> bool {
        self.settings.public_key_id.is_empty()
    }

    /// Whether an order was made by this merchant's application.
    pub(super) fn is_ours(&self, transaction: &Transaction) -> bool {
        transaction.mchid == self.settings.mchid && transaction.appid == self.settings.appid
    }

    async fn call<T: for<'de> Deserialize<'de>>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, CallError> {
        let body = self.answer(method, path, body).await?;
        serde_json::from_slice(&body).map_err(|error| CallError::Unanswered {
            // The reader's message would quote the body, so only its place is told.
            what: format!("an answer that is not the provider's, at byte {}", error.column()),
        })
    }

    /// The body of a 2xx that the provider signed.
    async fn answer(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Vec<u8>, CallError> {
        let text = body.map(|body| serde_json::to_string(body).expect("plain data")).unwrap_or_default();
        let (status, headers, body) = self.send(method, path, &text).await?;
        if !status.is_success() {
            return Err(refusal(status, &body));
        }
        match self.believe(&headers, &body).await {
            Ok(()) => Ok(body),
            Err(error) => Err(CallError::Unanswered { what: format!("not the provider's words: {error}") }),
        }
    }

    /// Whether it is the provider's, fetching its certificates when it has signed with a new one.
    pub(super) async fn believe(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Unbelievable> {
        let verified = self.platform.verify(headers, body, Timestamp::now());
        let serial = headers.get("wechatpay-serial").and_then(|serial| serial.to_str().ok());
        let is_certificate = serial.is_some_and(|serial| !serial.starts_with(PUBLIC_KEY_PREFIX));
        if verified != Err(Unbelievable::Key) || !is_certificate {
            return verified;
        }
        if let Err(error) = self.fetch_certificates().await {
            tracing::warn!(error = %format!("{error:#}"), "the payment provider's certificates could not be fetched");
        }
        self.platform.verify(headers, body, Timestamp::now())
    }

    /// Asks the hosts in turn until one takes the connection.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: &str,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), CallError> {
        let mut last = CallError::Unanswered { what: "no host is set".to_owned() };
        for host in &self.hosts {
            let url = host.join(path).expect("our paths can be joined to any host");
            let mut request = self
                .client
                .request(method.clone(), url)
                .header(ACCEPT, "application/json")
                .header(AUTHORIZATION, self.authorize(&method, path, body));
            if let Some(serial) = self.platform.preferred() {
                request = request.header("Wechatpay-Serial", serial);
            }
            if !body.is_empty() {
                request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
            }
            match read_whole(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    let unreached = error.is_connect();
                    last = CallError::Unanswered { what: what_happened(error) };
                    if !unreached {
                        break;
                    }
                }
            }
        }
        Err(last)
    }

    fn authorize(&self, method: &Method, path: &str, body: &str) -> String {
        let (at, nonce) = (Timestamp::now().as_second(), secret::random()[..32].to_owned());
        let signature = self.key.sign(&request_message(method.as_str(), path, at, &nonce, body));
        let PaymentSettings { mchid, merchant_serial, .. } = &self.settings;
        format!(
            "{SCHEME} mchid=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{at}\",\
             serial_no=\"{merchant_serial}\",signature=\"{signature}\""
        )
    }
}

impl Transaction {
    /// The money that came in. `None`: none did.
    pub(super) fn payment(&self) -> Option<Payment> {
        let (Some(transaction), Some(paid_at), Some(amount), TradeState::Success) =
            (&self.transaction_id, self.success_time, &self.amount, self.trade_state)
        else {
            return None;
        };
        Some(Payment {
            transaction: TransactionId(transaction.clone()),
            amount_fen: amount.total,
            currency: amount.currency.clone(),
            paid_at,
        })
    }
}

fn found(transaction: Transaction) -> Found {
    match transaction.trade_state {
        TradeState::Success => transaction.payment().map_or(Found::Waiting, Found::Paid),
        TradeState::Refund => Found::Refunded,
        TradeState::Closed | TradeState::Revoked => Found::Closed,
        TradeState::NotPay | TradeState::UserPaying | TradeState::PayError | TradeState::Accept => {
            Found::Waiting
        }
    }
}

pub(super) fn refunded(status: String) -> Refunded {
    match status.as_str() {
        "SUCCESS" => Refunded::Done,
        "CLOSED" | "ABNORMAL" => Refunded::Failed { status },
        _ => Refunded::Taken,
    }
}

async fn read_whole(request: reqwest::RequestBuilder) -> reqwest::Result<(StatusCode, HeaderMap, Vec<u8>)> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok((status, headers, response.bytes().await?.to_vec()))
}

fn refusal(status: StatusCode, body: &[u8]) -> CallError {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return CallError::Unanswered { what: format!("HTTP status {status}") };
    }
    let problem = serde_json::from_slice(body);
    let Problem { code, message } =
        problem.unwrap_or(Problem { code: String::new(), message: String::new() });
    let words = message.chars().take(WORDS_MAX).collect();
    CallError::Refused { status: status.as_u16(), code, words }
}

fn what_happened(error: reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        format!("the connection broke: {}", error.without_url())
    }
}

/// `2026-11-22T20:15:00+08:00`.
fn beijing(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).expect("whole seconds of an instant are one");
    whole.display_with_offset(tz::offset(8)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_beijing_to_the_second() {
        for (at, expected) in [
            ("2026-11-22T12:15:00Z", "2026-11-22T20:15:00+08:00"),
            ("2026-11-22T16:15:00.123456Z", "2026-11-23T00:15:00+08:00"),
        ] {
            assert_eq!(beijing(at.parse().expect("a time")), expected);
        }
    }

    #[test]
    fn only_a_successful_order_with_its_money_is_paid() {
        let told = |state: &str, rest: &str| {
            let text =
                format!(r#"{{"appid":"a","mchid":"m","out_trade_no":"n","trade_state":"{state}"{rest}}}"#);
            found(serde_json::from_str(&text).expect("readable"))
        };
        let money = r#","transaction_id":"42","success_time":"2026-11-22T20:15:00+08:00","amount":{"total":5000,"payer_total":4900,"currency":"CNY"}"#;
        let Found::Paid(payment) = told("SUCCESS", money) else { panic!("it is paid") };
        assert_eq!((payment.amount_fen, payment.currency.as_str()), (Fen(5_000), "CNY"));
        assert_eq!(payment.paid_at.to_string(), "2026-11-22T12:15:00Z");
        assert_eq!(told("SUCCESS", ""), Found::Waiting, "without its money it is asked about again");
        assert_eq!(told("NOTPAY", ""), Found::Waiting);
        assert_eq!(told("USERPAYING", ""), Found::Waiting);
        assert_eq!(told("CLOSED", ""), Found::Closed);
        assert_eq!(told("REVOKED", ""), Found::Closed);
        assert_eq!(told("REFUND", money), Found::Refunded);
    }
}
