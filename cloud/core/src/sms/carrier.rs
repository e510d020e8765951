//! What a carrier says of a message: its answer when it is given one, and the receipt that comes later.

use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;

use crate::id::{CarrierAccountId, Reference};

/// What the carrier answered when it was given a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarrierAnswer {
    /// It took it.
    Accepted {
        /// Its own id of it.
        carrier_message: String,
    },
    /// It will not take it.
    Refused {
        /// Its code.
        code: String,
        /// Its words.
        words: String,
    },
    /// It surely did not take it, and may be asked again.
    Busy {
        /// Its code.
        code: String,
    },
    /// Nobody knows.
    Unknown {
        /// What happened.
        what: String,
    },
}

/// What a receipt says (S7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It arrived.
    Delivered,
    /// It did not.
    Undelivered,
    /// The carrier had it and does not know yet.
    Unknown,
}

/// A receipt as the carrier sent it (S7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The account it came through; `None`: the one of the settings, or one before accounts were known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<CarrierAccountId>,
    /// Our reference, where the carrier repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// The carrier's own id.
    pub carrier_message: String,
    /// The receiver.
    pub phone: PhoneNumber,
    /// The carrier's status, an open list.
    pub status: String,
    /// What that means.
    pub delivery: Delivery,
    /// Segments the carrier billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_units: Option<u32>,
}
