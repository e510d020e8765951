//! SMS carriers: the accounts we have with them, and which of them takes a brand's messages.
//!
//! An account belongs to one brand, or is shared by all. Routes lead from a brand and a kind of message to an
//! account; where none does, the account [`CarrierAccountId::settings`] serves, which is the one in the service's own
//! settings.
//!
//! Deliberately absent: how a carrier is spoken to, and what a secret opens as. Here a secret is sealed text.

mod template;

use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;
use shared::id::BrandId;

use crate::channel::{Sealed, WebAddress};
use crate::id::{CarrierAccountId, SecretHash};
use crate::sms::Kind;

pub use template::{BadTemplate, Fitted, Template, Templates};

/// A text that cannot be what a carrier's console gives out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what a carrier's console gives out has 1 to 128 visible ASCII characters")]
pub struct BadVendorText;

/// A name, number or address that the carrier's console gives out: an account, an application, a region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VendorText(String);

impl VendorText {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for VendorText {
    type Error = BadVendorText;

    fn try_from(text: String) -> Result<Self, BadVendorText> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err(BadVendorText) }
    }
}

impl std::str::FromStr for VendorText {
    type Err = BadVendorText;

    fn from_str(text: &str) -> Result<Self, BadVendorText> {
        text.to_owned().try_into()
    }
}

impl From<VendorText> for String {
    fn from(text: VendorText) -> Self {
        text.0
    }
}

impl fmt::Display for VendorText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How an account is spoken to, and who we are there. The secret is apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Protocol {
    /// Chuanglan's domestic v1: free text.
    Chuanglan {
        /// The host shown in the carrier's console for this account.
        base_url: WebAddress,
        /// The API account, which is not the console's login.
        account: VendorText,
    },
    /// Chuanglan's v2: approved templates alone.
    ChuanglanTemplate {
        /// The host shown in the carrier's console for this account.
        base_url: WebAddress,
        /// The API account, which is not the console's login.
        account: VendorText,
        /// What was approved.
        templates: Templates,
    },
    /// Tencent Cloud SMS: approved templates alone, an answer for each number.
    TencentSms {
        /// `https://sms.tencentcloudapi.com`, or the international host.
        base_url: WebAddress,
        /// `ap-guangzhou`.
        region: VendorText,
        /// The SMS application (`SmsSdkAppId`).
        application: VendorText,
        /// The id of the key we sign with; the key itself is the account's secret.
        secret_id: VendorText,
        /// What was approved.
        templates: Templates,
    },
    /// SMPP 3.4: free text, over one lasting connection.
    Smpp(Smpp),
}

/// How an SMSC is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smpp {
    /// `smpp://HOST:2775`, or `smpps://` with TLS.
    pub address: VendorText,
    /// Who we are there.
    pub system_id: VendorText,
    /// What kind of system we are, where the SMSC asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_type: Option<VendorText>,
    /// The number or name that the texts come from.
    pub source: VendorText,
    /// What stands before a number: `86`.
    pub country: VendorText,
    /// Submits that may wait for their answers at once.
    pub window: NonZeroU16,
    /// How receipts write the ids.
    pub receipt_ids: ReceiptIds,
}

/// How an SMSC's receipts write the ids that its answers gave. Some differ, and nothing on the wire says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptIds {
    /// As the answers do.
    Same,
    /// In decimal; the answers are in hexadecimal.
    Decimal,
    /// In hexadecimal; the answers are in decimal.
    Hexadecimal,
}

impl Protocol {
    /// The word in lists.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Chuanglan { .. } => "chuanglan",
            Self::ChuanglanTemplate { .. } => "chuanglan_template",
            Self::TencentSms { .. } => "tencent_sms",
            Self::Smpp(_) => "smpp",
        }
    }

    /// Numbers in one call at most, by the vendor's rules.
    pub fn numbers_max(&self) -> u16 {
        match self {
            Self::Chuanglan { .. } | Self::ChuanglanTemplate { .. } => 1_000,
            Self::TencentSms { .. } => 200,
            // Each number is a submit of its own; more of them would hold the call's answer up.
            Self::Smpp(_) => 100,
        }
    }

    /// Numbers in one call that the vendor surely takes: nobody says what v2's parameters mean for several.
    pub fn numbers_usual(&self) -> NonZeroU16 {
        match self {
            Self::Chuanglan { .. } | Self::TencentSms { .. } | Self::Smpp(_) => {
                NonZeroU16::new(self.numbers_max()).expect("a call has a number")
            }
            Self::ChuanglanTemplate { .. } => NonZeroU16::MIN,
        }
    }

    /// Whether one call may say something else to each number.
    pub fn takes_words_of_each(&self) -> bool {
        match self {
            Self::Chuanglan { .. } => true,
            Self::ChuanglanTemplate { .. } | Self::TencentSms { .. } | Self::Smpp(_) => false,
        }
    }

    /// Who brings receipts by HTTP.
    pub fn caller(&self) -> Option<HookCaller> {
        match self {
            Self::Chuanglan { .. } | Self::ChuanglanTemplate { .. } => Some(HookCaller::Chuanglan),
            Self::TencentSms { .. } => Some(HookCaller::TencentSms),
            Self::Smpp(_) => None,
        }
    }

    /// Whether receipts can be fetched: the vendor says how, and keeps them until then.
    pub fn keeps_receipts(&self) -> bool {
        match self {
            Self::Chuanglan { .. } | Self::TencentSms { .. } => true,
            // Nobody says how for v2; and an SMSC brings them by the connection that we hold open.
            Self::ChuanglanTemplate { .. } | Self::Smpp(_) => false,
        }
    }

    /// Whether it takes any text, or approved templates alone.
    pub fn takes_free_text(&self) -> bool {
        match self {
            Self::Chuanglan { .. } | Self::Smpp(_) => true,
            Self::ChuanglanTemplate { .. } | Self::TencentSms { .. } => false,
        }
    }
}

/// A vendor that calls us back, each in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookCaller {
    /// Chuanglan.
    Chuanglan,
    /// Tencent Cloud SMS.
    TencentSms,
}

impl HookCaller {
    /// The word in the address of its call-backs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Chuanglan => "chuanglan",
            Self::TencentSms => "tencent_sms",
        }
    }
}

/// How an account's receipts come to us, and what receivers answer. The vendors do either the one or the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipts {
    /// The carrier calls us, or uses the connection that we hold open.
    #[default]
    Brought,
    /// We ask for them: nobody can call a service without an address of its own.
    Fetched,
}

impl Receipts {
    fn are_brought(&self) -> bool {
        *self == Self::Brought
    }
}

/// How the carrier's call-backs are known. The vendors sign nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// The hash of the secret in the address.
    pub token: SecretHash,
    /// The secret itself, sealed: to some vendors we tell the address with every call.
    pub sealed: Sealed,
    /// From where they come; empty: from anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<IpNet>,
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
    /// How its call-backs are known, if it has any of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<Hook>,
    /// How its receipts come.
    #[serde(default, skip_serializing_if = "Receipts::are_brought")]
    pub receipts: Receipts,
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
    /// An account is set up, or set up anew. It keeps its owner: brands that use it were promised whose it is.
    Set(Box<CarrierAccount>),
    /// An account is used by a route from now on; `None`: the route is given up.
    Use {
        /// For whom and what.
        route: Route,
        /// Which account.
        account: Option<CarrierAccountId>,
    },
    /// Somebody has answered a text. Whoever wants no more advertising gets none.
    Replies {
        /// The account that the answers came by.
        account: CarrierAccountId,
        /// As they came.
        replies: Vec<Reply>,
    },
}

/// What somebody has answered to a text of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Whose answer.
    pub phone: PhoneNumber,
    /// What it says.
    pub text: String,
}

/// Whether an answer asks for no more advertising, in the words that our own texts offer and a few that people use.
pub fn wants_no_more(text: &str) -> bool {
    let said: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    matches!(said.as_str(), "R" | "T" | "TD" | "N" | "STOP" | "退订" | "拒收" | "取消")
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
    /// Receipts are to be fetched where nothing is kept to be fetched.
    #[error("receipts cannot be fetched by this protocol: they are brought")]
    NothingToFetch,
}
