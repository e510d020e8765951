//! What is remembered of a message that came to its end long ago: enough to answer whoever asks for it once more
//! (S8), and to count it. Everything else of it is in the lists and in the journal.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Kind, MessageState, Wish};
use crate::ledger::RequestField;
use crate::units::Units;

/// What a message came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// The brand had too few units.
    Refused {
        /// What was available.
        available: Units,
    },
    /// It might not be sent.
    Barred,
    /// Given back before it was paid.
    Released,
    /// The carrier took it, and never said more.
    Accepted,
    /// It did not go out.
    Failed,
    /// It arrived.
    Delivered,
    /// The carrier could not deliver it.
    Undelivered,
}

impl Ending {
    /// What a message has come to, if nothing more is waited for.
    pub fn of(state: &MessageState) -> Option<Self> {
        match state {
            MessageState::Refused { available } => Some(Self::Refused { available: *available }),
            MessageState::Barred { .. } => Some(Self::Barred),
            MessageState::Released { .. } => Some(Self::Released),
            MessageState::Accepted { .. } => Some(Self::Accepted),
            MessageState::Failed { .. } => Some(Self::Failed),
            MessageState::Delivered => Some(Self::Delivered),
            MessageState::Undelivered { .. } => Some(Self::Undelivered),
            MessageState::Queued { .. }
            | MessageState::Submitting { .. }
            | MessageState::Postponed { .. }
            | MessageState::InDoubt { .. } => None,
        }
    }
}

/// A message on file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filed {
    /// What it came to.
    pub ending: Ending,
    asked: Asked,
}

/// What was asked, as short as can be compared. Two texts are taken for one in four thousand million times; then a
/// used id is answered as if it were a repeat, and nothing is sent either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    kind: Kind,
    phone: u32,
    text: u32,
    good_for: u32,
}

impl Asked {
    fn of(wish: &Wish) -> Self {
        let Wish { kind, phone, text, good_for, .. } = wish;
        Self { kind: *kind, phone: short(phone), text: short(text), good_for: short(good_for) }
    }
}

impl Filed {
    /// Files what has come to this.
    pub(crate) fn new(ending: Ending, wish: &Wish) -> Self {
        Self { ending, asked: Asked::of(wish) }
    }

    /// What it was for.
    pub fn kind(&self) -> Kind {
        self.asked.kind
    }

    /// In what the same id is asked for otherwise now (S8).
    pub(crate) fn differs(&self, wish: &Wish) -> Option<RequestField> {
        let (known, asked) = (self.asked, Asked::of(wish));
        RequestField::differing([
            (RequestField::Kind, known.kind == asked.kind),
            (RequestField::Phone, known.phone == asked.phone),
            (RequestField::Text, known.text == asked.text),
            (RequestField::GoodFor, known.good_for == asked.good_for),
        ])
    }
}

/// The same within one program, which is all that is asked: what is on file is found anew from the journal.
pub(super) fn short(of: &(impl Hash + ?Sized)) -> u32 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}
