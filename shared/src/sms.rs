//! What becomes of an SMS that a box asked for, as far as a shop wants to know.
//!
//! Absent: the words and the receiver. Screens show neither.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::id::SmsId;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SmsResult {
    /// The carrier has it.
    Sent,
    /// It is on the guest's phone. Final.
    Delivered,
    /// The guest does not get it. Final.
    Failed {
        /// Why.
        reason: SmsFailure,
        /// The carrier's own code, an open list. Empty where the carrier has no say.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        code: String,
    },
}

impl SmsResult {
    /// Whether it is news to somebody who knows `known`: the end comes once, and nothing comes after it.
    pub fn is_after(&self, known: Option<&Self>) -> bool {
        match known {
            None => true,
            Some(Self::Sent) => *self != Self::Sent,
            Some(Self::Delivered | Self::Failed { .. }) => false,
        }
    }
}

/// Why a guest does not get an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SmsFailure {
    /// The brand has too few units left (余额不足).
    NoUnits,
    /// It waited until it was not worth sending.
    TooLate,
    /// The guest wants none.
    OptedOut,
    /// The brand took it back.
    Cancelled,
    /// The words cannot be sent.
    Unsendable,
    /// The carrier would not take it.
    Refused,
    /// The carrier took it and could not deliver it.
    Undelivered,
    /// Nobody ever said.
    NoReceipt,
}

/// An SMS about an order as screens see it. Guests' pads are not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SmsView {
    /// The message.
    pub sms: SmsId,
    /// The round of the order whose dish is ready.
    pub round: u32,
    /// When the box asked for it or, since there is a result, heard of that.
    #[ts(type = "string")]
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// What the cloud has said. None: nothing yet, or it is of a version that says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub result: Option<SmsResult>,
}
