//! The vendor's words: fields, codes, clock formats, and how a text is counted.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value, json};

/// At most this many numbers in one call.
pub(crate) const NUMBERS_MAX: usize = 1_000;
/// At most this many characters in one text: eight segments of 67.
pub(crate) const TEXT_UNITS_MAX: usize = 536;
/// At most, and by default, this many reports in one pull.
pub(crate) const PULL_MAX: usize = 100;
pub(crate) const PULL_DEFAULT: usize = 20;

macro_rules! codes {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        /// Why a call is refused: the vendor's table of submit codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Code { $($name),* }

        impl Code {
            /// The refusal with this number, if the table has it.
            pub(crate) fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            pub(crate) fn number(self) -> u16 {
                match self { $(Self::$name => $number),* }
            }

            pub(crate) fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

codes! {
    NoSuchAccount = 101, "no such account";
    WrongPassword = 102, "wrong password";
    TooFast = 103, "submitted too fast";
    PlatformBusy = 104, "platform busy";
    ForbiddenWords = 105, "forbidden words";
    BadLength = 106, "message length wrong (more than 536 or 0)";
    BadNumber = 107, "contains a wrong number";
    BadNumberCount = 108, "wrong count of numbers (more than 1000 or 0)";
    NoQuota = 109, "no quota";
    OutsideHours = 110, "outside the permitted sending hours";
    BadExtend = 113, "extend wrong (not digits)";
    BadGroups = 114, "wrong parameter groups";
    BadSignature = 116, "signature missing or not registered";
    CallerNotRegistered = 117, "caller IP not registered";
    NoSendingRight = 118, "no right to send";
    AccountExpired = 119, "account expired";
    AbuseLimit = 120, "daily limit of the number reached";
    WrongSendType = 123, "wrong send type";
    TemplateMismatch = 124, "white template mismatch";
    RejectedTemplate = 125, "matched a rejected template";
    BadSchedule = 127, "wrong schedule time";
    BadEncoding = 128, "wrong content encoding";
    BadJson = 129, "malformed JSON";
    MissingParameter = 130, "required parameter missing";
}

impl Code {
    /// The same in v2's numbers.
    pub(crate) fn v2_number(self) -> String {
        match self {
            Self::NoSuchAccount | Self::WrongPassword => "101200".to_owned(),
            Self::CallerNotRegistered => "101203".to_owned(),
            Self::ForbiddenWords => "101206".to_owned(),
            Self::NoQuota => "101207".to_owned(),
            other => format!("101{}", other.number()),
        }
    }
}

/// A body whose parameters may be strings or bare scalars, as the vendor's gateway takes them.
pub(crate) struct Parameters(Map<String, Value>);

impl Parameters {
    /// Errors: [`Code::BadJson`] for anything but an object.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Code> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) | Err(_) => Err(Code::BadJson),
        }
    }

    /// The parameter as text; an empty one counts as absent. Errors: [`Code::BadJson`] for a list or an object.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<String>, Code> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(scalar @ (Value::Number(_) | Value::Bool(_))) => Ok(Some(scalar.to_string())),
            Some(Value::Array(_) | Value::Object(_)) => Err(Code::BadJson),
        }
    }

    /// Errors: [`Code::MissingParameter`] as well.
    pub(crate) fn required(&self, name: &str) -> Result<String, Code> {
        self.optional(name)?.ok_or(Code::MissingParameter)
    }

    /// The text to send. Errors: [`Code::BadLength`] for an empty one.
    pub(crate) fn text(&self, name: &str) -> Result<String, Code> {
        match self.0.get(name) {
            Some(Value::String(text)) if text.is_empty() => Err(Code::BadLength),
            Some(_) | None => self.required(name),
        }
    }

    /// Only the string `"true"` asks for a report; a JSON `true` does not.
    pub(crate) fn wants_report(&self) -> bool {
        self.0.get("report").and_then(Value::as_str) == Some("true")
    }
}

/// Units a text costs each number: 70 UTF-16 code units alone, 67 each when split, everything counted.
pub(crate) fn segments(text: &str) -> u32 {
    let units = text.encode_utf16().count();
    let segments = if units <= 70 { 1 } else { units.div_ceil(67) };
    u32::try_from(segments).expect("a text has at most 536 units")
}

/// The answer to a refused submit or balance call. HTTP says 200 all the same.
pub(crate) fn refusal(code: Code, now: Timestamp) -> Value {
    json!({ "code": code.number().to_string(), "msgId": "", "time": seconds(now), "errorMsg": code.text() })
}

/// `yyyyMMddHHmmss`, as in answers.
pub(crate) fn seconds(at: Timestamp) -> String {
    beijing(at, "%Y%m%d%H%M%S")
}

/// `yyMMddHHmmss`, as in `notifyTime`.
pub(crate) fn short_seconds(at: Timestamp) -> String {
    beijing(at, "%y%m%d%H%M%S")
}

/// `yyMMddHHmm`, as in `reportTime`.
pub(crate) fn short_minutes(at: Timestamp) -> String {
    beijing(at, "%y%m%d%H%M")
}

/// `yyyy-MM-dd HH:mm:ss`, as Tencent Cloud writes it.
pub(crate) fn spelled(at: Timestamp) -> String {
    beijing(at, "%Y-%m-%d %H:%M:%S")
}

/// Reads `sendtime`, `yyyyMMddHHmm`.
pub(crate) fn schedule(text: &str) -> Result<Timestamp, Code> {
    let civil = jiff::civil::DateTime::strptime("%Y%m%d%H%M", text).map_err(|_| Code::BadSchedule)?;
    BEIJING.to_timestamp(civil).map_err(|_| Code::BadSchedule)
}

const BEIJING: Offset = Offset::constant(8);

fn beijing(at: Timestamp, format: &str) -> String {
    at.to_zoned(TimeZone::fixed(BEIJING)).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_segments_follow_the_vendors_count() {
        let counted: Vec<_> = [13, 70, 71, 134, 135, 536].map(|n| segments(&"字".repeat(n))).into();
        assert_eq!(counted, [1, 1, 2, 2, 3, 8]);
        assert_eq!(segments(&"😀".repeat(36)), 2, "a character outside the basic plane counts twice");
    }

    #[test]
    fn clocks_are_in_beijing_time() {
        let at: Timestamp = "2024-11-14T07:08:09Z".parse().expect("a timestamp");
        let shown = (seconds(at), short_seconds(at), short_minutes(at));
        assert_eq!(shown, ("20241114150809".into(), "241114150809".into(), "2411141508".into()));
        assert_eq!(schedule("202411141508"), Ok("2024-11-14T07:08:00Z".parse().expect("a timestamp")));
        assert_eq!(schedule("soon"), Err(Code::BadSchedule));
    }
}
