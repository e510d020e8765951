//! The channels by which a brand hears messages away from its shops: Tencent IM and a webhook. A brand sets each
//! up once; whoever is named for a channel hears what the shops send there.
//!
//! Deliberately absent: how a channel is spoken to, and what a secret opens as. Here a secret is sealed text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::id::AccountId;
use shared::message::Channel;

/// A text that cannot be what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct BadChannel {
    what: &'static str,
    rule: &'static str,
}

macro_rules! channel_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadChannel;

            fn try_from(text: String) -> Result<Self, BadChannel> {
                let allowed: fn(&str) -> bool = $check;
                if allowed(&text) { Ok(Self(text)) } else { Err(BadChannel { what: $what, rule: $rule }) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadChannel;

            fn from_str(text: &str) -> Result<Self, BadChannel> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn is_im_user(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.len() <= 500 && rest.bytes().all(|b| b.is_ascii_graphic())
    })
}

channel_text!(
    /// An account of Tencent IM (`UserID`).
    ImUser, "an IM user", "1 to 32 visible ASCII characters", is_im_user);
channel_text!(
    /// Where a channel is reached.
    WebAddress, "an address", "an http or https address of at most 500 characters", is_web_address);

impl WebAddress {
    /// Whether whoever answers there has to prove who they are.
    pub fn is_encrypted(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// A secret that only the running service can open, by a key that is not in the journal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// Not even sealed does it belong into a log.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// A channel that the cloud sends by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayChannel {
    /// Tencent IM.
    TencentIm,
    /// The brand's own address.
    Webhook,
}

impl RelayChannel {
    /// The word on the wire and in lists.
    pub fn word(self) -> &'static str {
        match self {
            Self::TencentIm => "tencent_im",
            Self::Webhook => "webhook",
        }
    }

    /// The wire's channel, if the cloud sends by it.
    pub fn of(channel: Channel) -> Option<Self> {
        match channel {
            Channel::TencentIm => Some(Self::TencentIm),
            Channel::Webhook => Some(Self::Webhook),
            Channel::Speaker
            | Channel::Kitchen
            | Channel::CallScreen
            | Channel::Cashier
            | Channel::Staff
            | Channel::Pad => None,
        }
    }
}

/// A brand's application at Tencent IM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TencentIm {
    /// `https://console.tim.qq.com`, or the host of the application's region.
    pub base_url: WebAddress,
    /// The application's number.
    pub sdk_app_id: u64,
    /// An administrator of the application; messages come from it.
    pub admin: ImUser,
    /// The application's key, with which we sign.
    pub secret: Sealed,
    /// Who hears what is for nobody in particular.
    pub named: BTreeSet<ImUser>,
    /// Who hears what is for one account of a shop.
    pub users: BTreeMap<AccountId, ImUser>,
}

/// A brand's own address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where to.
    pub url: WebAddress,
    /// With what we sign: `whsec_…` when opened.
    pub secret: Sealed,
}

/// How a channel is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChannelSettings {
    /// Tencent IM.
    TencentIm(TencentIm),
    /// A webhook.
    Webhook(Webhook),
}

/// One that a message goes to by a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Target {
    /// An account of Tencent IM.
    ImUser {
        /// Which.
        user: ImUser,
    },
    /// The brand's own address.
    Webhook,
}

impl ChannelSettings {
    /// Which channel this is.
    pub fn channel(&self) -> RelayChannel {
        match self {
            Self::TencentIm(_) => RelayChannel::TencentIm,
            Self::Webhook(_) => RelayChannel::Webhook,
        }
    }

    /// Who hears a message to these accounts; none of them: everybody who is named. An account that nobody
    /// stands for is nobody.
    pub fn targets(&self, designated: &[AccountId]) -> Vec<Target> {
        match self {
            Self::Webhook(_) => vec![Target::Webhook],
            Self::TencentIm(im) => {
                let users: BTreeSet<&ImUser> = if designated.is_empty() {
                    im.named.iter().collect()
                } else {
                    designated.iter().filter_map(|account| im.users.get(account)).collect()
                };
                users.into_iter().map(|user| Target::ImUser { user: user.clone() }).collect()
            }
        }
    }
}

/// A channel that a brand has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrandChannel {
    /// How it is set up.
    pub settings: ChannelSettings,
    /// Since when nothing is sent by it any more, until it is set up anew.
    pub off_since: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m3_who_hears_a_message_is_everybody_named_or_whoever_stands_for_the_accounts() {
        let user = |text: &str| text.parse::<ImUser>().expect("an IM user");
        let account = |text: &str| text.parse::<AccountId>().expect("an account");
        let settings = ChannelSettings::TencentIm(TencentIm {
            base_url: "https://console.tim.qq.com".parse().expect("an address"),
            sdk_app_id: 1_400_000_001,
            admin: user("notify"),
            secret: Sealed(String::new()),
            named: [user("owner"), user("boss")].into(),
            users: [(account("cashiers"), user("desk")), (account("staff_1"), user("desk"))].into(),
        });
        let heard = |designated: &[&str]| -> Vec<String> {
            let designated: Vec<_> = designated.iter().map(|text| account(text)).collect();
            let targets = settings.targets(&designated);
            let name = |target| match target {
                Target::ImUser { user } => user.to_string(),
                Target::Webhook => "webhook".to_owned(),
            };
            targets.into_iter().map(name).collect()
        };
        assert_eq!(heard(&[]), ["boss", "owner"]);
        assert_eq!(heard(&["cashiers", "staff_1"]), ["desk"], "one person hears it once");
        assert_eq!(heard(&["kitchen_1"]), [""; 0]);
    }

    #[test]
    fn an_address_is_http_or_https_and_an_im_user_is_short() {
        for bad in ["", "https://", "ftp://host", "file:///etc", "https://a b", "javascript:1"] {
            assert!(bad.parse::<WebAddress>().is_err(), "{bad:?}");
        }
        assert!("http://127.0.0.1:7095/webhook".parse::<WebAddress>().is_ok());
        assert!("x".repeat(33).parse::<ImUser>().is_err() && "a b".parse::<ImUser>().is_err());
    }
}
