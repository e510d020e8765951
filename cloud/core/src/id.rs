//! Names of things that only the cloud knows.

use std::fmt;

use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;
use shared::id::{BoxId, BrandId, ShopId, SmsId};
use uuid::Uuid;

/// A text that cannot name what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be 2 to 64 of letters, digits, - and _")]
pub struct BadId {
    /// What it should name.
    pub what: &'static str,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                let fits = (2..=64).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                if fits { Ok(Self(text)) } else { Err(BadId { what: $what }) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// One purchase of a package, named by whoever took the money (S1). The package carries the same id.
    PackageId, "a package id");
text_id!(
    /// A package on sale.
    OfferId, "an offer's id");
text_id!(
    /// A subscription of one of the brand's own systems.
    SubscriptionId, "a subscription id");
text_id!(
    /// Somebody who signs in to the dashboard.
    UserName, "a user name");

text_id!(
    /// Our name of an account with an SMS carrier.
    CarrierAccountId, "a carrier account");

impl CarrierAccountId {
    /// The account that stands in the service's own settings.
    pub fn settings() -> Self {
        Self("default".to_owned())
    }
}

/// One freeze of units (S3). A freeze is paid at most once, so its payment (S4) carries the same id. The two
/// kinds cannot be taken for each other: a brand's system can neither pay nor release what belongs to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreezeId {
    /// The brand's own system asked for it, under a number of its own, and will pay or release it.
    Asked(Uuid),
    /// It belongs to a message of ours: a message freezes at most once.
    Message(SmsId),
}

impl fmt::Display for FreezeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(number) => number.fmt(f),
            Self::Message(sms) => sms.fmt(f),
        }
    }
}

/// A purchase of a brand. Whoever buys mints the id, so only both together name one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PurchaseKey {
    /// Who buys.
    pub brand: BrandId,
    /// The buyer's own id of it.
    pub purchase: Uuid,
}

/// What we call a purchase towards the payment provider (`out_trade_no`): 32 letters and digits, as many as fit. The
/// package that it brings carries the same id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TradeNumber(pub String);

impl TradeNumber {
    /// The number of a brand's purchase. Two brands may use one id; their numbers differ.
    pub fn of(key: &PurchaseKey) -> Self {
        Self(Uuid::new_v5(&key.purchase, key.brand.as_str().as_bytes()).simple().to_string())
    }
}

/// A text of a brand to many receivers, named by the brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(pub Uuid);

impl BatchId {
    /// The message of the batch to one receiver: a batch sends each of them one.
    pub fn message_to(self, phone: &PhoneNumber) -> SmsId {
        SmsId(Uuid::new_v5(&self.0, phone.digits().as_bytes()))
    }
}

/// What we call a message towards the carrier. It comes back in receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reference(pub Uuid);

impl Reference {
    /// The reference of a brand's message. Two brands may use one message id; their references differ.
    pub fn of_message(message: &MessageKey) -> Self {
        Self(Uuid::new_v5(&message.sms.0, message.brand.as_str().as_bytes()))
    }
}

/// A message of a brand. Message ids are minted by brands, so only both together name one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageKey {
    /// Who pays.
    pub brand: BrandId,
    /// The brand's own id of it.
    pub sms: SmsId,
}

/// A shop of a brand.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShopKey {
    /// The brand.
    pub brand: BrandId,
    /// The shop.
    pub shop: ShopId,
}

/// A box of a shop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BoxKey {
    /// Where it stands.
    pub at: ShopKey,
    /// The box.
    pub box_id: BoxId,
}

/// SHA-256 of a random secret, in hexadecimal. Such a secret cannot be guessed, so a plain hash keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(pub String);

/// A slow hash of a password people choose, or of one another program checks, in that program's own notation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(pub String);
