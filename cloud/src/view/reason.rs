//! Why a message is where it is: in words, and as a code by which messages are counted and found.

use cloud_core::sms::{Message, MessageState, Reason, Step};
use serde::{Deserialize, Serialize};

/// Longer than the code of any carrier.
const CARRIERS_CODE_MAX: usize = 40;

/// A reason without anybody's words: a word of ours, and after a colon the carrier's code if there is one:
/// `too_old`, `carrier:105`, `receipt:UNDELIV`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReasonCode(String);

impl ReasonCode {
    /// That of a message. `None`: it is where messages usually are.
    pub fn of(message: &Message) -> Option<Self> {
        match &message.state {
            MessageState::Refused { .. } => Some(Self::word("insufficient_units")),
            MessageState::Undelivered { status } => Some(Self::of_carrier("receipt", status)),
            MessageState::Postponed { .. } => Some(Self::word("carrier_busy")),
            MessageState::Failed { reason }
            | MessageState::Barred { reason }
            | MessageState::Released { reason } => Some(Self::of_reason(reason)),
            MessageState::InDoubt { .. } => doubt(message).map(Self::of_reason),
            MessageState::Queued { .. }
            | MessageState::Submitting { .. }
            | MessageState::Accepted { .. }
            | MessageState::Delivered => None,
        }
    }

    /// The code itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_reason(reason: &Reason) -> Self {
        match reason {
            Reason::TooOld => Self::word("too_old"),
            Reason::OptedOut => Self::word("opted_out"),
            Reason::Cancelled => Self::word("cancelled"),
            Reason::Carrier { code, .. } => Self::of_carrier("carrier", code),
            Reason::NoAnswer { .. } => Self::word("no_answer"),
            Reason::Interrupted => Self::word("interrupted"),
            Reason::NoReceipt => Self::word("no_receipt"),
        }
    }

    fn word(word: &str) -> Self {
        Self(word.to_owned())
    }

    /// What a carrier wrote is not to be trusted: it stands in an index, and no database takes every character.
    fn of_carrier(word: &str, code: &str) -> Self {
        let code: String = code.chars().filter(|c| !c.is_control()).take(CARRIERS_CODE_MAX).collect();
        Self(format!("{word}:{code}"))
    }
}

/// As it was kept.
impl From<String> for ReasonCode {
    fn from(kept: String) -> Self {
        Self(kept)
    }
}

/// Why it is there, with the carrier's words.
pub(crate) fn words(message: &Message) -> Option<String> {
    match &message.state {
        MessageState::Refused { available } => Some(format!("insufficient_units: {available}")),
        MessageState::Undelivered { status } => Some(format!("receipt: {status}")),
        MessageState::Postponed { tries, .. } => Some(format!("carrier_busy: {tries}")),
        MessageState::Failed { reason }
        | MessageState::Barred { reason }
        | MessageState::Released { reason } => Some(reason_words(reason)),
        MessageState::InDoubt { .. } => doubt(message).map(reason_words),
        MessageState::Queued { .. }
        | MessageState::Submitting { .. }
        | MessageState::Accepted { .. }
        | MessageState::Delivered => None,
    }
}

/// Why nobody knows what became of it.
fn doubt(message: &Message) -> Option<&Reason> {
    match &message.steps.last()?.step {
        Step::InDoubt { reason } => Some(reason),
        Step::Queued { .. }
        | Step::Refused { .. }
        | Step::Released { .. }
        | Step::Barred { .. }
        | Step::Submitting { .. }
        | Step::Postponed { .. }
        | Step::Accepted { .. }
        | Step::Failed { .. }
        | Step::Delivered
        | Step::Undelivered { .. } => None,
    }
}

fn reason_words(reason: &Reason) -> String {
    match reason {
        Reason::TooOld => "too_old".to_owned(),
        Reason::OptedOut => "opted_out".to_owned(),
        Reason::Cancelled => "cancelled".to_owned(),
        Reason::Carrier { code, words } => format!("carrier {code}: {words}"),
        Reason::NoAnswer { what } => format!("no_answer: {what}"),
        Reason::Interrupted => "interrupted".to_owned(),
        Reason::NoReceipt => "no_receipt".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s6_a_reason_is_counted_by_its_code_whatever_the_carrier_says_with_it() {
        let refused = |words: &str| {
            ReasonCode::of_reason(&Reason::Carrier { code: "105".to_owned(), words: words.to_owned() })
        };
        assert_eq!(refused("内容含敏感词"), refused("forbidden words"));
        assert_eq!(refused("").as_str(), "carrier:105");
        let odd = ReasonCode::of_carrier("receipt", &format!("UN\u{0}DELIV{}", "X".repeat(500)));
        assert!(odd.as_str().starts_with("receipt:UNDELIVX") && odd.as_str().len() == 8 + CARRIERS_CODE_MAX);
    }
}
