//! The words of a message: the brand's signature, and the texts a box may ask for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::fact::SmsTemplate;

use super::{BadParameter, BadPlaces, Kind};

/// Words that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// A signature the carrier would not register.
    #[error("a signature has 2 to 16 characters without 【】")]
    Signature,
    /// Nothing to say, or more than eight segments.
    #[error("the text must have 1 to 536 characters, signature included")]
    Length,
    /// A text may not pretend to be another sender's.
    #[error("the text must not begin with another signature")]
    OtherSignature,
    /// The template needs a parameter that did not come.
    #[error("the parameter {0} is missing")]
    Parameter(&'static str),
    /// There are to be places in the text, and these are none.
    #[error("the places of the text are not {{1}}, {{2}} … once each, 1 to 20 of them")]
    Places,
    /// More parameters than places, or fewer.
    #[error("the text has {needs} places, and {has} parameters came")]
    Parameters {
        /// How many came.
        has: usize,
        /// How many places there are.
        needs: usize,
    },
    /// Words that can stand in no place.
    #[error(transparent)]
    BadParameter(#[from] BadParameter),
}

impl From<BadPlaces> for BadText {
    fn from(BadPlaces: BadPlaces) -> Self {
        Self::Places
    }
}

/// The name in 【】 at the start of every text: the sender, registered with the carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signature(String);

impl TryFrom<String> for Signature {
    type Error = BadText;

    fn try_from(text: String) -> Result<Self, BadText> {
        let fits = (2..=16).contains(&text.chars().count())
            && !text.chars().any(|c| c.is_control() || c == '【' || c == '】');
        if fits { Ok(Self(text)) } else { Err(BadText::Signature) }
    }
}

impl std::str::FromStr for Signature {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        text.to_owned().try_into()
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> Self {
        signature.0
    }
}

/// How advertising ends: the receiver must be told how to be left alone.
const HOW_TO_OPT_OUT: &str = "，拒收请回复R";
/// Ends that say so, too.
const OPT_OUT_WORDS: [&str; 4] = ["拒收请回复R", "回T退订", "回TD退订", "退订回T"];

/// A text of the brand's own systems, signed, and with the way out of it when it is advertising. One that has them
/// already stays as it is. Errors: another brand's signature, or a length no carrier takes.
pub fn of_brand(signature: &Signature, kind: Kind, text: &str) -> Result<String, BadText> {
    let says_how = OPT_OUT_WORDS.iter().any(|words| text.trim_end().ends_with(words));
    match kind {
        Kind::Marketing if !says_how && !text.trim().is_empty() => {
            signed(signature, &format!("{text}{HOW_TO_OPT_OUT}"))
        }
        Kind::Marketing | Kind::Verification | Kind::Notification => signed(signature, text),
    }
}

fn signed(signature: &Signature, text: &str) -> Result<String, BadText> {
    let sign = format!("【{}】", signature.0);
    let signed = match text.strip_prefix(&sign) {
        Some(_) => text.to_owned(),
        None if text.starts_with('【') => return Err(BadText::OtherSignature),
        None if text.trim().is_empty() => return Err(BadText::Length),
        None => format!("{sign}{text}"),
    };
    crate::units::segments(&signed).map(|_| signed).ok_or(BadText::Length)
}

/// The text a box asked for, in the brand's words. Errors: a missing parameter, or a text that grew too long.
pub fn of_template(
    signature: &Signature,
    template: SmsTemplate,
    params: &BTreeMap<String, String>,
) -> Result<String, BadText> {
    let param = |name: &'static str| params.get(name).ok_or(BadText::Parameter(name));
    let text = match template {
        SmsTemplate::DishReady => {
            let (number, dish) = (param("number")?, param("dish")?);
            format!("您的{number}号订单「{dish}」已好，请取餐。")
        }
    };
    signed(signature, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature() -> Signature {
        "川菜馆".parse().expect("three characters")
    }

    #[test]
    fn s8_the_text_of_a_ready_dish() {
        let params =
            BTreeMap::from([("number".to_owned(), "#01".to_owned()), ("dish".to_owned(), "水饺".to_owned())]);
        assert_eq!(
            of_template(&signature(), SmsTemplate::DishReady, &params),
            Ok("【川菜馆】您的#01号订单「水饺」已好，请取餐。".to_owned())
        );
        assert_eq!(
            of_template(&signature(), SmsTemplate::DishReady, &BTreeMap::new()),
            Err(BadText::Parameter("number"))
        );
    }

    #[test]
    fn a_text_is_signed_once_and_by_its_own_brand() {
        assert_eq!(signed(&signature(), "你好"), Ok("【川菜馆】你好".to_owned()));
        assert_eq!(signed(&signature(), "【川菜馆】你好"), Ok("【川菜馆】你好".to_owned()));
        assert_eq!(signed(&signature(), "【银行】你好"), Err(BadText::OtherSignature));
        assert_eq!(signed(&signature(), " "), Err(BadText::Length));
        assert_eq!(signed(&signature(), &"长".repeat(532)), Err(BadText::Length));
    }

    #[test]
    fn s12_advertising_says_how_to_be_left_alone_and_pays_for_saying_so() {
        let of = |kind, text| of_brand(&signature(), kind, text);
        assert_eq!(of(Kind::Marketing, "新菜上市"), Ok("【川菜馆】新菜上市，拒收请回复R".to_owned()));
        assert_eq!(of(Kind::Marketing, "新菜上市 回T退订"), Ok("【川菜馆】新菜上市 回T退订".to_owned()));
        assert_eq!(of(Kind::Notification, "新菜上市"), Ok("【川菜馆】新菜上市".to_owned()));
        assert_eq!(of(Kind::Marketing, " "), Err(BadText::Length));
    }

    #[test]
    fn a_signature_the_carrier_would_refuse_is_refused() {
        for bad in ["", "一", "【】", "十七个字十七个字十七个字十七个字了"] {
            assert_eq!(bad.parse::<Signature>(), Err(BadText::Signature), "{bad}");
        }
    }
}
