//! The one table from what went wrong to what is answered: problem+json with a stable code, in the asker's
//! language. 4xx: the asker can mend it. 5xx: ours.

mod refusals;
#[cfg(test)]
mod tests;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cloud_core::command::Refusal;
use cloud_core::sms::BadText;
use cloud_core::{ledger, purchase};
use shared::problem::Problem;

use crate::journal::Fault;
use refusals::{refusal_row, text_row};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ApiError {
    /// The rules say no.
    Refused(Refusal),
    /// The words to one of the receivers cannot be sent.
    TextTo {
        /// Where the receiver stands in the request, from 0.
        at: usize,
        /// Why.
        bad: BadText,
    },
    /// The request cannot be read.
    Malformed(String),
    /// The body is too large.
    TooLarge,
    /// Neither a session nor an API key.
    WhoAreYou,
    /// Known, and not allowed to do this.
    NotAllowed,
    /// A key that asks too often.
    TooManyRequests {
        /// Seconds after which it may ask again.
        after_s: u64,
    },
    /// An address without TLS.
    NotEncrypted,
    /// The wrong user or password.
    WrongCredentials,
    /// Too many wrong passwords, or too many people at the door.
    TooManyTries,
    /// No such thing, or not yours.
    NotFound,
    /// Nothing can be bought: no way to pay is set up.
    PaymentOff,
    /// It cannot be kept or read at the moment.
    Unavailable,
}

/// A row of the table: status, stable code, the sentence in Chinese and in English.
struct Row(u16, &'static str, String, String);

fn row(status: u16, code: &'static str, zh: &str, en: &str) -> Row {
    Row(status, code, zh.to_owned(), en.to_owned())
}

impl ApiError {
    fn row(&self) -> Row {
        match self {
            Self::Refused(refusal) => refusal_row(refusal),
            Self::TextTo { at, bad } => {
                let Row(status, code, zh, en) = text_row(bad);
                let (zh, en) = (format!("phones[{at}]：{zh}"), format!("phones[{at}]: {en}"));
                Row(status, code, zh, en)
            }
            Self::Malformed(what) => Row(
                400,
                "malformed",
                format!("请求无法读取：{what}"),
                format!("The request cannot be read: {what}"),
            ),
            Self::TooLarge => row(413, "too_large", "请求内容过大。", "The request is too large."),
            Self::WhoAreYou => {
                row(401, "not_signed_in", "请先登录，或提供接口密钥。", "Sign in, or show an API key.")
            }
            Self::NotAllowed => row(
                403,
                "not_allowed",
                "没有这项权限：请用权限足够的账号或接口密钥。",
                "This is not for you: it takes an account or an API key with more rights.",
            ),
            Self::TooManyRequests { after_s } => Row(
                429,
                "too_many_requests",
                format!("这个密钥请求过于频繁，请 {after_s} 秒后再试。"),
                format!("This key asks too often. Try again in {after_s} s."),
            ),
            Self::NotEncrypted => row(
                422,
                "not_encrypted",
                "回调地址须以 https:// 开头。",
                "The address must begin with https://.",
            ),
            Self::WrongCredentials => row(
                401,
                "wrong_credentials",
                "用户名或密码不正确。",
                "The user name or the password is wrong.",
            ),
            Self::TooManyTries => row(
                429,
                "too_many_tries",
                "尝试次数过多，请一分钟后再试。",
                "Too many tries. Wait a minute and try again.",
            ),
            Self::NotFound => row(404, "not_found", "没有找到。", "There is no such thing."),
            Self::PaymentOff => row(
                409,
                "payment_off",
                "还没有开通在线支付，请联系平台购买套餐。",
                "Paying online is not set up. Ask the platform for a package.",
            ),
            Self::Unavailable => row(
                503,
                "unavailable",
                "服务暂时不可用，没有任何改变，请稍后再试。",
                "The service cannot do this at the moment. Nothing was changed; try again.",
            ),
        }
    }

    fn about(&self) -> Vec<String> {
        match self {
            Self::Refused(
                Refusal::MessageReused(field)
                | Refusal::Ledger(ledger::Refusal::IdReused(field))
                | Refusal::Purchase(purchase::Refusal::IdReused(field)),
            ) => vec![field.name().to_owned()],
            Self::Refused(Refusal::Text(BadText::Parameter(name))) => vec![(*name).to_owned()],
            Self::TextTo { at, .. } => vec![format!("parameters[{at}]")],
            Self::Refused(_)
            | Self::Malformed(_)
            | Self::TooLarge
            | Self::WhoAreYou
            | Self::NotAllowed
            | Self::TooManyRequests { .. }
            | Self::NotEncrypted
            | Self::WrongCredentials
            | Self::TooManyTries
            | Self::NotFound
            | Self::PaymentOff
            | Self::Unavailable => Vec::new(),
        }
    }

    /// Seconds after which the same may be asked again.
    fn retry_after_s(&self) -> u64 {
        match self {
            Self::TooManyRequests { after_s } => *after_s,
            Self::Refused(_)
            | Self::TextTo { .. }
            | Self::Malformed(_)
            | Self::TooLarge
            | Self::WhoAreYou
            | Self::NotAllowed
            | Self::NotEncrypted
            | Self::WrongCredentials
            | Self::TooManyTries
            | Self::NotFound
            | Self::PaymentOff
            | Self::Unavailable => 60,
        }
    }

    fn problem(&self, english: bool) -> Problem {
        let Row(status, code, zh, en) = self.row();
        Problem { about: self.about(), ..Problem::new(status, code, if english { en } else { zh }) }
    }
}

/// The answer carries what went wrong; [`in_the_askers_language`] writes it out.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes every problem in Chinese, or in English where the asker prefers it.
pub(super) async fn in_the_askers_language(request: Request, next: Next) -> Response {
    let accepted = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let english = accepted.is_some_and(|languages| languages.trim_start().starts_with("en"));
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<ApiError>() else { return response };
    let (problem, retry_after_s) = (error.problem(english), error.retry_after_s());
    let status = StatusCode::from_u16(problem.status).expect("the table holds real statuses");
    let mut answer = (status, Json(problem)).into_response();
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        answer.headers_mut().insert(RETRY_AFTER, retry_after_s.into());
    }
    answer
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal) => Self::Refused(refusal),
            Fault::Unavailable => Self::Unavailable,
        }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Self::TooLarge
        } else {
            Self::Malformed(rejection.body_text())
        }
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::Malformed(rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::Malformed(rejection.body_text())
    }
}

/// A JSON body; refused as a problem.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(ApiError))]
pub(super) struct Body<T>(pub(super) T);

/// The parts of a path; refused as a problem.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub(super) struct InPath<T>(pub(super) T);

/// The query; refused as a problem.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub(super) struct InQuery<T>(pub(super) T);
