//! What goes wrong, chosen by the last four digits of a number. The table stands in the crate's doc.

use crate::protocol::Code;

/// What happens to the answer of a call that did what it asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerFault {
    None,
    Late,
    BrokenOff,
    BadGateway,
    NumericCode,
}

/// The reports of one message, and when they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportPlan {
    /// One report with this status.
    Once(&'static str),
    /// Two reports, the second one delay after the first.
    Then(&'static str, &'static str),
    /// A report before the submit is answered.
    Early,
    /// A report long after those of later messages.
    Late,
    /// A report that bills one segment too many.
    Overbilled,
    /// A report, and then the receiver wants no more.
    OptedOut,
    /// No report, ever.
    Never,
}

/// What a number asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The submit is refused, once or always.
    Refuse { code: Code, once: bool },
    /// The submit is accepted.
    Accept(AnswerFault, ReportPlan),
}

/// Whether the number's group of a call for many is dropped although nothing is wrong with it.
pub(crate) fn drops_its_group(phone: &str) -> bool {
    phone.ends_with("0700")
}

impl Fault {
    /// Reads the last four digits.
    pub(crate) fn of(phone: &str) -> Self {
        let delivered = ReportPlan::Once("DELIVRD");
        let (_, ending) = phone.split_at(phone.len().saturating_sub(4));
        match ending {
            "0200" => Self::Accept(AnswerFault::Late, delivered),
            "0201" | "0604" => Self::Accept(AnswerFault::BrokenOff, delivered),
            "0202" => Self::Accept(AnswerFault::BadGateway, delivered),
            "0203" => Self::Accept(AnswerFault::NumericCode, delivered),
            "0300" => Self::Accept(AnswerFault::None, ReportPlan::Once("UNDELIV")),
            "0301" => Self::Accept(AnswerFault::None, ReportPlan::Once("REJECTD")),
            "0302" => Self::Accept(AnswerFault::None, ReportPlan::Once("MBBLACK")),
            "0303" => Self::Accept(AnswerFault::None, ReportPlan::Never),
            "0304" => Self::Accept(AnswerFault::None, ReportPlan::Then("UNKNOWN", "DELIVRD")),
            "0400" => Self::Accept(AnswerFault::None, ReportPlan::Then("DELIVRD", "DELIVRD")),
            "0401" => Self::Accept(AnswerFault::None, ReportPlan::Early),
            "0402" => Self::Accept(AnswerFault::None, ReportPlan::Then("DELIVRD", "UNDELIV")),
            "0403" => Self::Accept(AnswerFault::None, ReportPlan::Late),
            "0404" => Self::Accept(AnswerFault::None, ReportPlan::Overbilled),
            "0500" => Self::Accept(AnswerFault::None, ReportPlan::OptedOut),
            other => match other.parse().ok().and_then(Code::from_number) {
                Some(code) => Self::Refuse { code, once: matches!(code, Code::TooFast | Code::PlatformBusy) },
                None => Self::Accept(AnswerFault::None, delivered),
            },
        }
    }
}

/// What a number asks of the pull that hands its report over. Errors: the pull is refused, once, and hands nothing over.
pub(crate) fn fault_of_pull(phone: &str) -> Result<AnswerFault, Code> {
    let (_, ending) = phone.split_at(phone.len().saturating_sub(4));
    match ending {
        "0600" => Ok(AnswerFault::Late),
        "0601" | "0604" => Ok(AnswerFault::BrokenOff),
        "0602" => Ok(AnswerFault::BadGateway),
        "0603" => Err(Code::TooFast),
        _ => Ok(AnswerFault::None),
    }
}
