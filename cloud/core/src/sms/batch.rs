//! A text to many (S9), as long as its messages are known and after.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::guest::PhoneNumber;

use super::filed::short;
use super::{Ending, Kind};
use crate::ledger::RequestField;
use crate::units::Units;

/// How a text to many begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchWish {
    /// What for.
    pub kind: Kind,
    /// The words, signature included.
    pub text: String,
    /// What it costs to one receiver (S12).
    pub units_each: Units,
    /// To whom, each once.
    pub phones: BTreeSet<PhoneNumber>,
    /// How long it is worth sending, when that is not as long as others of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_for: Option<SignedDuration>,
}

/// A text to many.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Who the receivers were, in short, when they are not in the wish.
    were: Option<u32>,
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
        let phones = std::mem::take(&mut self.wish.phones);
        self.were = Some(short(&phones));
    }

    /// In what the same id is asked for otherwise now (S8).
    pub(crate) fn differs(&self, asked: &BatchWish) -> Option<RequestField> {
        let known = &self.wish;
        let same_phones = match self.were {
            None => known.phones == asked.phones,
            Some(short_of_them) => short_of_them == short(&asked.phones),
        };
        RequestField::differing([
            (RequestField::Kind, known.kind == asked.kind),
            (RequestField::Text, known.text == asked.text),
            (RequestField::Phones, same_phones),
            (RequestField::GoodFor, known.good_for == asked.good_for),
        ])
    }
}
