//! Texts that a carrier has approved: `您的验证码是{1}，{2}分钟内有效。`
//!
//! Some carriers take no free text. A brand's message is still a text, whoever carries it: here it is fitted to what
//! was approved, and what stands in the places of the numbers is what the carrier is given.

use serde::{Deserialize, Serialize};

use super::VendorText;
use crate::sms::{BadPlaces, Pattern};

/// A pattern that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// `ID=PATTERN` is not that.
    #[error("a template is ID=PATTERN: 1234=您的验证码是{{1}}，{{2}}分钟内有效。")]
    Shape,
    /// The numbers are not 1, 2, 3 … once each.
    #[error(transparent)]
    Places(#[from] BadPlaces),
    /// Nobody could tell where the one ends and the other begins.
    #[error("two places of a template need words between them")]
    Adjacent,
}

/// One approved text, without its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Template {
    written: Written,
    pattern: Pattern,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Written {
    id: VendorText,
    pattern: String,
}

impl TryFrom<Written> for Template {
    type Error = BadTemplate;

    fn try_from(written: Written) -> Result<Self, BadTemplate> {
        let pattern: Pattern = written.pattern.parse()?;
        let between = pattern.words().get(1..pattern.places().len()).unwrap_or_default();
        if between.iter().any(String::is_empty) {
            return Err(BadTemplate::Adjacent);
        }
        Ok(Self { written, pattern })
    }
}

impl From<Template> for Written {
    fn from(template: Template) -> Self {
        template.written
    }
}

impl std::str::FromStr for Template {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        let (id, pattern) = text.split_once('=').ok_or(BadTemplate::Shape)?;
        let id = id.parse().map_err(|_| BadTemplate::Shape)?;
        Written { id, pattern: pattern.to_owned() }.try_into()
    }
}

impl Template {
    /// What stands in the places of this text, by their numbers. `None`: the text is another.
    fn parameters<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let (words, places) = (self.pattern.words(), self.pattern.places());
        let (first, rest) = words.split_first().expect("there is one more than there are places");
        let mut text = text.strip_prefix(first.as_str())?;
        let Some((last, between)) = rest.split_last() else { return text.is_empty().then(Vec::new) };
        let mut found = vec![""; places.len()];
        let (last_place, places) = places.split_last().expect("as many as there are words after the first");
        for (place, words) in places.iter().zip(between) {
            // A place holds a character at least; of several ends the first one leaves most to what follows.
            let begin = text.chars().next()?.len_utf8();
            let end = begin + text[begin..].find(words.as_str())?;
            found[*place] = &text[..end];
            text = &text[end + words.len()..];
        }
        found[*last_place] = text.strip_suffix(last.as_str()).filter(|value| !value.is_empty())?;
        Some(found)
    }
}

/// A text as an account for templates is given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted<'a> {
    /// The carrier's id of the template.
    pub template: &'a VendorText,
    /// The name that stood in 【】 before the text.
    pub signature: &'a str,
    /// What stands in the places, by their numbers.
    pub parameters: Vec<&'a str>,
}

/// All that was approved for an account. The first that fits a text is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Templates(pub Vec<Template>);

impl Templates {
    /// The template that says this text, which begins with a 【signature】. `None`: none of them does.
    pub fn fit<'a>(&'a self, text: &'a str) -> Option<Fitted<'a>> {
        let (signature, words) = text.strip_prefix('【')?.split_once('】')?;
        self.0.iter().find_map(|template| {
            let parameters = template.parameters(words)?;
            Some(Fitted { template: &template.written.id, signature, parameters })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(written: &[&str]) -> Templates {
        Templates(written.iter().map(|text| text.parse().expect("a template")).collect())
    }

    #[test]
    fn s8_a_text_is_fitted_to_what_was_approved() {
        let approved = templates(&[
            "7=店庆快乐",
            "1=您的验证码是{1}，{2}分钟内有效。",
            "2={2}号订单「{1}」已好",
            "3={1}号{2}号{3}号",
        ]);
        let fit = |text| approved.fit(text).map(|fitted| (fitted.template.as_str(), fitted.parameters));
        assert_eq!(fit("【示例】您的验证码是1234，5分钟内有效。"), Some(("1", vec!["1234", "5"])));
        assert_eq!(fit("【示例】12号订单「水饺」已好"), Some(("2", vec!["水饺", "12"])), "by their numbers");
        assert_eq!(fit("【示例】一号二号三号四号"), Some(("3", vec!["一", "二", "三号四"])));
        assert_eq!(fit("【示例】店庆快乐"), Some(("7", vec![])));
        for other in [
            "您的验证码是1234，5分钟内有效。",
            "【示例】您的验证码是，5分钟内有效。",
            "【示例】店庆快乐！",
            "【示例】一号二号",
            "【示例】",
        ] {
            assert_eq!(fit(other), None, "{other}");
        }
        assert_eq!(approved.fit("【示例】店庆快乐").map(|fitted| fitted.signature), Some("示例"));
    }

    #[test]
    fn a_template_numbers_its_places_and_has_words_between_them() {
        let bad = |text: &str| text.parse::<Template>().expect_err(text);
        for places in ["1={2}", "1={1}和{1}", "1={0}", "1={", "1={x}", "1={1}{"] {
            assert_eq!(bad(places), BadTemplate::Places(BadPlaces), "{places}");
        }
        assert_eq!(bad("1={1}{2}"), BadTemplate::Adjacent);
        assert_eq!((bad("no id"), bad(" =x")), (BadTemplate::Shape, BadTemplate::Shape));
        let written = serde_json::to_string(&templates(&["1={1}好"])).expect("JSON");
        assert_eq!(written, r#"[{"id":"1","pattern":"{1}好"}]"#);
        assert_eq!(serde_json::from_str::<Templates>(&written).expect("the same"), templates(&["1={1}好"]));
    }
}
