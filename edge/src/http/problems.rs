//! The one table from errors to answers (problem+json).

mod devices;
mod messages;

use std::any::Any;

use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use edge_core::refusal::{Language, Refusal, RefusalKind};
use shared::problem::Problem;

use crate::clock::BeliefError;
use crate::counter::AskError;
use crate::menu_files::BadRow;
use crate::pictures::BadPicture;
use crate::print::PrintError;

pub(super) use devices::{no_such_pairing, problem_with_device, problem_with_pairing, too_many_pairings};
pub(super) use messages::{bad_said_as, bad_template, not_rendered, problem_with_messages};

/// A problem on its way out.
#[derive(Debug)]
pub(super) struct ProblemResponse(pub(super) Problem);

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self.0).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        response
    }
}

/// What the counter's error means for the asker.
pub fn problem_of(error: &AskError, language: Language) -> Problem {
    let in_words = |chinese, english| match language {
        Language::Chinese => chinese,
        Language::English => english,
    };
    match error {
        AskError::Refused(refusal) => refused(refusal, language),
        AskError::IdReused => Problem::new(
            409,
            "request_id_reused",
            in_words(
                "这个请求编号已用于另一项操作，请刷新后重试。",
                "This request id was used for something else. Reload and try again.",
            ),
        ),
        AskError::Busy => Problem::new(
            503,
            "busy",
            in_words("系统正忙，请稍后重试。", "The box is busy. Try again in a moment."),
        ),
        AskError::NotKept => Problem::new(
            503,
            "not_kept",
            in_words(
                "没有保存成功，订单没有改动，请重试。",
                "It could not be saved and nothing was changed. Try again.",
            ),
        ),
        AskError::Stopped => Problem::new(
            503,
            "stopping",
            in_words("系统正在重启，请稍后重试。", "The box is restarting. Try again in a moment."),
        ),
    }
}

fn refused(refusal: &Refusal, language: Language) -> Problem {
    let status = match refusal.kind() {
        RefusalKind::Forbidden => 403,
        RefusalKind::Unknown => 404,
        RefusalKind::Conflict => 409,
        RefusalKind::Unorderable => 422,
    };
    Problem { about: refusal.about(), ..Problem::new(status, refusal.code(), refusal.sentence(language)) }
}

/// A person's word that the clock is right, which cannot be taken.
pub(super) fn not_believed(error: BeliefError, language: Language) -> ProblemResponse {
    let (code, sentence) = match (error, language) {
        (BeliefError::Differs { shows }, Language::Chinese) => {
            ("clock_differs", format!("主机现在的时间是 {shows}，与您看到的不一致，请重新核对。"))
        }
        (BeliefError::Differs { shows }, Language::English) => (
            "clock_differs",
            format!("The clock of the box shows {shows}, which is not what you saw. Look again."),
        ),
        (BeliefError::BeforeProgram { shows }, Language::Chinese) => {
            ("clock_before_program", format!("主机时间 {shows} 早于本程序的发布日期，请先校准主机时间。"))
        }
        (BeliefError::BeforeProgram { shows }, Language::English) => (
            "clock_before_program",
            format!("The clock shows {shows}, before this program was built. Set it first."),
        ),
    };
    ProblemResponse(Problem::new(409, code, sentence))
}

/// Bad rows of a file that are told one by one; whoever has more mends a column, not rows.
const BAD_ROWS_TOLD_MAX: usize = 200;

/// A menu file of which some rows cannot be used; each says what to do.
pub(super) fn bad_menu_file(rows: &[BadRow], language: Language) -> ProblemResponse {
    let sentence = match language {
        Language::Chinese => {
            format!("有 {} 处读不懂，没有导入。按下面的说明改好文件，再选一次。", rows.len())
        }
        Language::English => {
            format!(
                "{} rows cannot be read; nothing was imported. Mend them as said and choose the file again.",
                rows.len()
            )
        }
    };
    let about = rows.iter().take(BAD_ROWS_TOLD_MAX).map(|row| row.sentence(language)).collect();
    ProblemResponse(Problem { about, ..Problem::new(422, "bad_menu_file", sentence) })
}

/// A picture that is not taken.
pub(super) fn bad_picture(error: &BadPicture, language: Language) -> ProblemResponse {
    let (status, code, chinese, english) = match error {
        BadPicture::Unreadable => (
            422,
            "bad_picture",
            "这不是可用的图片，请换一张 JPEG、PNG 或 WebP。",
            "This picture cannot be read. Choose a JPEG, PNG or WebP.",
        ),
        BadPicture::TooManyPixels => (
            422,
            "too_many_pixels",
            "图片太大了，请缩小到 2600 万像素以内再传。",
            "The picture is too large. Make it smaller than 26 million pixels.",
        ),
        BadPicture::NotKept(_) => (
            503,
            "not_kept",
            "图片没有保存成功，请检查主机的磁盘后重试。",
            "The picture could not be saved. Check the disk of the box and try again.",
        ),
    };
    ProblemResponse(Problem::new(
        status,
        code,
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        },
    ))
}

/// A picture of more bytes than are taken.
pub(super) fn picture_too_large(language: Language) -> ProblemResponse {
    ProblemResponse(Problem::new(
        413,
        "too_large",
        match language {
            Language::Chinese => "图片超过 8 MB，请压缩后再传。",
            Language::English => "The picture has more than 8 MB. Make it smaller.",
        },
    ))
}

/// Something that is kept could not be read.
pub(super) fn cannot_read(error: &dyn std::error::Error) -> ProblemResponse {
    tracing::error!(%error, "what is kept cannot be read");
    ProblemResponse(Problem::new(500, "internal", "Something is wrong on our side."))
}

/// What the printers' error means for the asker.
pub(super) fn problem_with_printing(error: PrintError, language: Language) -> Problem {
    let (status, code, chinese, english) = match error {
        PrintError::UnknownPrinter => (
            404,
            "unknown_printer",
            "没有这台打印机，请刷新后重试。",
            "There is no such printer. Reload and try again.",
        ),
        PrintError::UnknownSlip => (
            404,
            "unknown_slip",
            "这张单已经打印或作废，无需再处理。",
            "This slip has been printed or dropped. There is nothing left to decide.",
        ),
        PrintError::SpoolDown => (
            503,
            "print_spool_down",
            "打印队列暂时无法使用，请稍后重试。",
            "The print queue does not answer. Try again in a moment.",
        ),
    };
    Problem::new(
        status,
        code,
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        },
    )
}

/// The same in the asker's language.
fn in_either(status: u16, code: &str, chinese: &str, english: &str, language: Language) -> Problem {
    Problem::new(
        status,
        code,
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        },
    )
}

/// Nobody we know.
pub(super) fn unauthorized(language: Language) -> ProblemResponse {
    ProblemResponse(Problem::new(
        401,
        "unknown_device",
        match language {
            Language::Chinese => "本设备还没有登记，请到收银台重新设置。",
            Language::English => "This device is not registered. Set it up at the front desk.",
        },
    ))
}

/// A body that is not what the API takes; `detail` says where.
pub(super) fn malformed(detail: String) -> ProblemResponse {
    ProblemResponse(Problem::new(400, "malformed", detail))
}

/// A body that never came, or is too large.
pub(super) fn unreadable(rejection: &BytesRejection) -> ProblemResponse {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => too_large(),
        other => malformed(other.to_string()),
    }
}

/// A body larger than any order.
pub(super) fn too_large() -> ProblemResponse {
    ProblemResponse(Problem::new(413, "too_large", "内容太长，请减少后重试。 The request is too large."))
}

/// An address under `/api` that does not exist.
pub(super) async fn no_such_endpoint() -> ProblemResponse {
    ProblemResponse(Problem::new(
        404,
        "no_such_endpoint",
        "The API has no such address: see /api/openapi.json.",
    ))
}

/// An address that exists, asked in a way it does not take.
pub(super) async fn wrong_method() -> ProblemResponse {
    ProblemResponse(Problem::new(
        405,
        "wrong_method",
        "This address takes another method: see /api/openapi.json.",
    ))
}

/// A bug in one handler ends that request and nothing else.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked; its request got a 500");
    ProblemResponse(Problem::new(500, "internal", "Something is wrong on our side.")).into_response()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn k10_every_error_has_a_status_a_code_and_a_sentence_in_both_languages() {
        let expected = [
            (AskError::Refused(Refusal::NotAllowed), 403, "not_allowed"),
            (AskError::Refused(Refusal::UnknownLine), 404, "unknown_line"),
            (AskError::Refused(Refusal::AlreadyStarted(Vec::new())), 409, "already_started"),
            (AskError::Refused(Refusal::EmptyOrder), 422, "empty_order"),
            (AskError::IdReused, 409, "request_id_reused"),
            (AskError::Busy, 503, "busy"),
            (AskError::NotKept, 503, "not_kept"),
            (AskError::Stopped, 503, "stopping"),
        ];
        for (error, status, code) in expected {
            let (chinese, english) =
                (problem_of(&error, Language::Chinese), problem_of(&error, Language::English));
            assert_eq!((chinese.status, chinese.code.as_str()), (status, code));
            assert!(!chinese.detail.is_ascii() && english.detail.is_ascii(), "{error:?}");
        }
    }

    #[test]
    fn k2_a_person_whose_word_is_not_taken_is_told_why_in_both_languages() {
        let shows = Timestamp::UNIX_EPOCH;
        for (error, code) in [
            (BeliefError::Differs { shows }, "clock_differs"),
            (BeliefError::BeforeProgram { shows }, "clock_before_program"),
        ] {
            let [chinese, english] =
                [Language::Chinese, Language::English].map(|language| not_believed(error, language).0);
            assert_eq!((chinese.status, chinese.code.as_str()), (409, code));
            assert!(!chinese.detail.is_ascii() && english.detail.is_ascii(), "{error:?}");
        }
    }
}
