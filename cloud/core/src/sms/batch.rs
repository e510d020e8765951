//! A text to many (S9), as long as its messages are known and after.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;

use super::filed::short;
use super::{BadText, Ending, Kind, Parameter, Pattern};
use crate::ledger::RequestField;
use crate::units::{Units, segments};

/// Who gets a text to many, each once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Receivers {
    /// All of them get the same words.
    Alike {
        /// To whom.
        phones: BTreeSet<PhoneNumber>,
    },
    /// Each gets words of their own.
    Each {
        /// To whom, and what stands in the places of the text for each of them.
        parameters: BTreeMap<PhoneNumber, Vec<Parameter>>,
    },
}

impl Receivers {
    /// To whom, in the order of the numbers.
    pub fn phones(&self) -> impl Iterator<Item = &PhoneNumber> {
        let (alike, each) = match self {
            Self::Alike { phones } => (Some(phones), None),
            Self::Each { parameters } => (None, Some(parameters.keys())),
        };
        alike.into_iter().flatten().chain(each.into_iter().flatten())
    }

    /// What stands in the places of the text for each of them; `None`: they all get the same words.
    pub fn parameters(&self) -> Option<&BTreeMap<PhoneNumber, Vec<Parameter>>> {
        match self {
            Self::Alike { .. } => None,
            Self::Each { parameters } => Some(parameters),
        }
    }

    fn forget(&mut self) {
        match self {
            Self::Alike { phones } => phones.clear(),
            Self::Each { parameters } => parameters.clear(),
        }
    }
}

/// How a text to many begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchWish {
    /// What for.
    pub kind: Kind,
    /// The words, signature included; with places in them when each receiver gets words of their own.
    pub text: String,
    /// What it costs to one receiver, when all get the same words (S12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units_each: Option<Units>,
    /// To whom.
    #[serde(flatten)]
    pub to: Receivers,
    /// How long it is worth sending, when that is not as long as others of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_for: Option<SignedDuration>,
}

impl BatchWish {
    /// Errors: the text is too long, or has no places for words of each receiver's own.
    pub(crate) fn new(
        (kind, good_for): (Kind, Option<SignedDuration>),
        text: String,
        to: Receivers,
    ) -> Result<Self, BadText> {
        let units_each = match &to {
            Receivers::Alike { .. } => Some(segments(&text).ok_or(BadText::Length)?),
            Receivers::Each { .. } if text.parse::<Pattern>()?.places().is_empty() => {
                return Err(BadText::Places);
            }
            Receivers::Each { .. } => None,
        };
        Ok(Self { kind, text, units_each, to, good_for })
    }

    /// The text with places, and what stands in them for each receiver. `None`: all get the same words.
    pub fn words_of_each(&self) -> Option<(Pattern, &BTreeMap<PhoneNumber, Vec<Parameter>>)> {
        let parameters = self.to.parameters()?;
        Some((self.text.parse().expect("it was read before it was kept"), parameters))
    }

    /// What it costs to one of the receivers (S12). Errors: what they would be told cannot be sent.
    pub(crate) fn units_to(&self, phone: &PhoneNumber) -> Result<Units, BadText> {
        self.units_each.map_or_else(|| self.words_to(phone).map(|(_, units)| units), Ok)
    }

    /// What one of the receivers is told, and what that costs (S12). Errors: these words cannot be sent.
    pub(crate) fn words_to(&self, phone: &PhoneNumber) -> Result<(String, Units), BadText> {
        let text = match &self.to {
            Receivers::Alike { .. } => self.text.clone(),
            Receivers::Each { parameters } => {
                let (pattern, own): (Pattern, _) = (self.text.parse()?, &parameters[phone]);
                let (has, needs) = (own.len(), pattern.places().len());
                pattern.filled(own).ok_or(BadText::Parameters { has, needs })?
            }
        };
        let units = segments(&text).ok_or(BadText::Length)?;
        Ok((text, units))
    }
}

/// A text to many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// What was asked. There are no receivers in it any more once the last message is on file.
    pub wish: BatchWish,
    /// When.
    pub at: Timestamp,
    /// What was available, when that was too little: then nothing was sent to anybody.
    pub refused: Option<Units>,
    /// What those of its messages came to that are on file.
    pub on_file: BTreeMap<Ending, u32>,
    /// Messages that are not.
    at_hand: u32,
    /// Who the receivers were, when they are not in the wish.
    were: Option<InShort>,
}

/// Receivers, as short as can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct InShort {
    phones: u32,
    parameters: u32,
}

impl InShort {
    fn of(receivers: &Receivers) -> Self {
        let phones: Vec<_> = receivers.phones().collect();
        Self { phones: short(&phones), parameters: short(&receivers.parameters()) }
    }
}

impl Batch {
    pub(crate) fn new(wish: &BatchWish, at: Timestamp, refused: Option<Units>) -> Self {
        let mut batch =
            Self { wish: wish.clone(), at, refused, on_file: BTreeMap::new(), at_hand: 0, were: None };
        if refused.is_some() {
            batch.forget_receivers();
        }
        batch
    }

    /// One of its messages began.
    pub(crate) fn begins(&mut self) {
        self.at_hand += 1;
    }

    /// One of its messages is put on file.
    pub(crate) fn files(&mut self, ending: Ending) {
        *self.on_file.entry(ending).or_default() += 1;
        self.at_hand -= 1;
        if self.at_hand == 0 {
            self.forget_receivers();
        }
    }

    fn forget_receivers(&mut self) {
        self.were = Some(InShort::of(&self.wish.to));
        self.wish.to.forget();
    }

    /// In what the same id is asked for otherwise now (S8).
    pub(crate) fn differs(&self, asked: &BatchWish) -> Option<RequestField> {
        let known = &self.wish;
        let (same_phones, same_parameters) = match self.were {
            None => (known.to.phones().eq(asked.to.phones()), known.to.parameters() == asked.to.parameters()),
            Some(were) => {
                let asked = InShort::of(&asked.to);
                (were.phones == asked.phones, were.parameters == asked.parameters)
            }
        };
        RequestField::differing([
            (RequestField::Kind, known.kind == asked.kind),
            (RequestField::Text, known.text == asked.text),
            (RequestField::Phones, same_phones),
            (RequestField::Parameters, same_parameters),
            (RequestField::GoodFor, known.good_for == asked.good_for),
        ])
    }
}
