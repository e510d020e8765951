//! What can go wrong with messages and the voice, as the asker reads it.

use edge_core::announce::{BadSaidAs, BadTemplate};
use edge_core::refusal::{Language, Refusal};
use shared::problem::Problem;

use super::{ProblemResponse, cannot_read, in_either, refused};
use crate::messages::MessagesError;
use crate::voice::RenderError;

/// What the message centre's error means for the asker.
pub(in crate::http) fn problem_with_messages(error: &MessagesError, language: Language) -> ProblemResponse {
    let (status, code, chinese, english) = match error {
        MessagesError::Unknown => (
            404,
            "unknown_message",
            "没有这条消息，请刷新后重试。",
            "There is no such message. Reload and try again.",
        ),
        MessagesError::Wordless => {
            (422, "no_words", "这条消息没有可播报的内容。", "This message has no words to say.")
        }
        MessagesError::Down => (
            503,
            "messages_down",
            "消息中心暂时无法使用，请稍后重试。",
            "The message centre does not answer. Try again in a moment.",
        ),
        MessagesError::Unreadable(source) => return cannot_read(source),
    };
    ProblemResponse(in_either(status, code, chinese, english, language))
}

/// Speech that could not be made.
pub(in crate::http) fn not_rendered(error: RenderError, language: Language) -> ProblemResponse {
    let (code, chinese, english) = match error {
        RenderError::NoVoice => ("no_voice", "语音没有启用。", "There is no voice."),
        RenderError::TooSlow => {
            ("voice_busy", "语音正忙，请稍后重试。", "The voice is busy. Try again in a moment.")
        }
    };
    ProblemResponse(in_either(503, code, chinese, english, language))
}

/// A template that cannot be said; `about` says what is wrong with it.
pub(in crate::http) fn bad_template(error: &BadTemplate, language: Language) -> ProblemResponse {
    let refusal = Refusal::BadAnnouncements(vec![error.to_string()]);
    ProblemResponse(refused(&refusal, language))
}

/// A way to say a dish that the voice cannot say; `about` says what is wrong with it.
pub(in crate::http) fn bad_said_as(error: &BadSaidAs, language: Language) -> ProblemResponse {
    let sentence = match language {
        Language::Chinese => "读音写得不对：请写汉字，或带声调数字的拼音，例如 zha2 jiang4 mian4。",
        Language::English => {
            "That cannot be said. Write Chinese characters, or pinyin with tone digits: zha2 jiang4 mian4."
        }
    };
    ProblemResponse(Problem { about: vec![error.to_string()], ..Problem::new(422, "bad_said_as", sentence) })
}
