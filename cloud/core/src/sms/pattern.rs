//! Texts with places, `{1}，您的桌号 {2} 已备好`, and what stands in them: what a carrier has approved is such a text,
//! and so is one to many of whom each gets words of their own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The places of a text: no approved text has more, and no carrier fills more in.
const PLACES_MAX: usize = 20;

/// Places that are not 1, 2, 3 … once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the places of a text are numbered {{1}}, {{2}} … without a gap, each once, at most {PLACES_MAX}")]
pub struct BadPlaces;

/// A text with places, or one without any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The words around the places, one more than there are places.
    words: Vec<String>,
    /// The number of each place as it stands in the text, counted from 0.
    places: Vec<usize>,
}

impl std::str::FromStr for Pattern {
    type Err = BadPlaces;

    fn from_str(text: &str) -> Result<Self, BadPlaces> {
        let (mut words, mut places) = (Vec::new(), Vec::new());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (number, after) = after.split_once('}').ok_or(BadPlaces)?;
            let number: usize = number.parse().map_err(|_| BadPlaces)?;
            places.push(number.checked_sub(1).ok_or(BadPlaces)?);
            words.push(before.to_owned());
            rest = after;
        }
        words.push(rest.to_owned());
        let mut sorted = places.clone();
        sorted.sort_unstable();
        let are_numbered = places.len() <= PLACES_MAX && sorted.into_iter().eq(0..places.len());
        if are_numbered { Ok(Self { words, places }) } else { Err(BadPlaces) }
    }
}

impl Pattern {
    /// The words around the places, one more than there are places.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// The number of each place as it stands in the text, counted from 0.
    pub(crate) fn places(&self) -> &[usize] {
        &self.places
    }

    /// The text with these in its places. `None`: there are more of them than places, or fewer.
    pub fn filled(&self, parameters: &[Parameter]) -> Option<String> {
        let (first, rest) = self.words.split_first().expect("there is one more than there are places");
        let mut text = first.clone();
        for (parameter, words) in self.in_order(parameters)?.zip(rest) {
            text.push_str(parameter.as_str());
            text.push_str(words);
        }
        Some(text)
    }

    /// What stands in the places, as they follow each other in the text. `None`: there are more or fewer of them.
    pub fn in_order<'a>(
        &'a self,
        parameters: &'a [Parameter],
    ) -> Option<impl Iterator<Item = &'a Parameter>> {
        let in_order = self.places.iter().map(|place| &parameters[*place]);
        (parameters.len() == self.places.len()).then_some(in_order)
    }

    /// The text as a carrier writes it that has one word for every place.
    pub fn spelled(&self, place: &str) -> String {
        self.words.join(place)
    }
}

/// A parameter that no text could have in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what stands in a place has a character at least, and neither braces nor control characters")]
pub struct BadParameter;

/// What stands in a place of a text. A carrier parts them by `,` and `;` and knows no way to say these: a parameter has
/// their full-width forms, whoever carries it, so that what is counted, kept and shown is what the phone gets.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Parameter(String);

impl Parameter {
    /// The words themselves.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Parameter {
    type Error = BadParameter;

    fn try_from(text: String) -> Result<Self, BadParameter> {
        let fits = !text.trim().is_empty() && !text.contains(|c: char| c.is_control() || "{}".contains(c));
        if fits { Ok(Self(text.replace(',', "，").replace(';', "；"))) } else { Err(BadParameter) }
    }
}

impl From<Parameter> for String {
    fn from(parameter: Parameter) -> Self {
        parameter.0
    }
}

/// Words to a guest belong into no log.
impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parameter(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(texts: &[&str]) -> Vec<Parameter> {
        texts.iter().map(|text| (*text).to_owned().try_into().expect("words")).collect()
    }

    #[test]
    fn s12_each_place_gets_its_own_by_number() {
        let pattern: Pattern = "{2}号「{1}」{3}".parse().expect("a pattern");
        assert_eq!(pattern.filled(&parameters(&["水饺", "12", "好"])).as_deref(), Some("12号「水饺」好"));
        let in_order = parameters(&["水饺", "12", "好"]);
        let in_order: Vec<_> = pattern.in_order(&in_order).expect("three").map(Parameter::as_str).collect();
        assert_eq!(in_order, ["12", "水饺", "好"]);
        assert_eq!(pattern.spelled("{$var}"), "{$var}号「{$var}」{$var}");
        for wrong in [vec!["a", "b"], vec!["a", "b", "c", "d"], vec![]] {
            assert_eq!(pattern.filled(&parameters(&wrong)), None, "{wrong:?}");
        }
        let plain: Pattern = "今晚停水".parse().expect("a text without places");
        assert_eq!(plain.filled(&[]).as_deref(), Some("今晚停水"));
    }

    #[test]
    fn places_are_numbered_without_a_gap_and_at_most_twenty() {
        for bad in ["{2}", "{1}{1}", "{0}", "{", "{x}", "{1}{", "{$var}"] {
            assert_eq!(bad.parse::<Pattern>(), Err(BadPlaces), "{bad}");
        }
        let places = |count: usize| (1..=count).map(|n| format!("{{{n}}}")).collect::<String>();
        assert!(places(20).parse::<Pattern>().is_ok());
        assert_eq!(places(21).parse::<Pattern>(), Err(BadPlaces));
    }

    #[test]
    fn what_parts_parameters_at_a_carrier_is_full_width_in_them() {
        assert_eq!(parameters(&["饺子,3;汤"])[0].as_str(), "饺子，3；汤");
        assert_eq!(format!("{:?}", parameters(&["1234"])), "[Parameter(hidden)]");
        for bad in ["", " ", "a\nb", "{1}", "}"] {
            assert_eq!(Parameter::try_from(bad.to_owned()), Err(BadParameter), "{bad:?}");
        }
    }
}
