//! SMS carriers: the accounts we have with them, and which of them takes a brand's messages.
//!
//! An account belongs to one brand, or is shared by all. Routes lead from a brand and a kind of message to an
//! account; where none does, the account [`CarrierAccountId::settings`] serves, which is the one in the service's own
//! settings.
//!
//! Deliberately absent: how a carrier is spoken to, and what a secret opens as. Here a secret is sealed text.

use std::num::{NonZeroU16, NonZeroU32};

use serde::{Deserialize, Serialize};
use shared::id::BrandId;

use crate::channel::{Sealed, WebAddress};
use crate::id::CarrierAccountId;
use crate::sms::Kind;

/// How an account is spoken to, and who we are there. The secret is apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Protocol {
    /// Chuanglan's domestic v1: free text, one text to many numbers in one call.
    Chuanglan {
        /// The host shown in the carrier's console for this account.
        base_url: WebAddress,
        /// The API account, which is not the console's login.
        account: String,
    },
}

impl Protocol {
    /// The word in lists, and in the address of its call-backs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Chuanglan { .. } => "chuanglan",
        }
    }

    /// Numbers in one call at most, by the vendor's rules.
    pub fn numbers_max(&self) -> u16 {
        match self {
            Self::Chuanglan { .. } => 1_000,
        }
    }
}

/// Where the secret of an account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarrierSecret {
    /// In the service's own settings.
    OfSettings,
    /// Here, sealed.
    Sealed(Sealed),
}

/// An account with a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierAccount {
    /// Our name for it.
    pub id: CarrierAccountId,
    /// Whose it is; nobody's: every brand may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandId>,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// What proves that we are who we say.
    pub secret: CarrierSecret,
    /// Messages it takes in a second, all brands together.
    pub per_second: NonZeroU32,
    /// Numbers that one call may have.
    pub batch_max: NonZeroU16,
}

/// For whom and for what an account is used. The narrowest route that fits is taken: brand and kind, brand, kind, all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Route {
    /// Of this brand; `None`: of any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandId>,
    /// Of this kind; `None`: of any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
}

/// What can be asked of the carriers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// An account is set up, or set up anew. It keeps its owner.
    Set(Box<CarrierAccount>),
    /// An account is used by a route from now on; `None`: the route is given up.
    Use {
        /// For whom and what.
        route: Route,
        /// Which account.
        account: Option<CarrierAccountId>,
    },
}

/// What became true of the carriers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// An account was set up, or set up anew.
    Set {
        /// How.
        account: Box<CarrierAccount>,
    },
    /// A route leads to an account, or to none.
    Routed {
        /// For whom and what.
        route: Route,
        /// Which account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<CarrierAccountId>,
    },
}

/// Why the carriers are not set so. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such account.
    #[error("there is no such carrier account")]
    NoAccount,
    /// The account is another brand's, or shared where a brand's is meant.
    #[error("the carrier account belongs to another brand")]
    OtherOwner,
    /// More numbers in a call than the vendor takes.
    #[error("a call of this protocol has at most {max} numbers")]
    BatchTooLarge {
        /// What it takes.
        max: u16,
    },
}
