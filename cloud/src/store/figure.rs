//! Messages counted, the same for every store.

use anyhow::{Context, anyhow};
use cloud_core::id::CarrierAccountId;
use cloud_core::sms::Kind;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use shared::id::ShopId;

use crate::view::{MessageStateView, ReasonCode};

/// How many messages have all this in common, and what they cost together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFigure {
    /// What they are for.
    pub kind: Kind,
    /// The shop whose box asked; `None`: the brand's own systems.
    pub shop: Option<ShopId>,
    /// The account that they were last given to, once they were.
    pub carrier: Option<CarrierAccountId>,
    /// Where they are.
    pub state: MessageStateView,
    /// Why, when that is not plain.
    pub reason: Option<ReasonCode>,
    /// How many.
    pub messages: u64,
    /// What they cost if they are sent.
    pub units: u64,
}

impl MessageFigure {
    /// Units that the brand has paid for them.
    pub fn charged(&self) -> u64 {
        if MessageStateView::CHARGED.contains(&self.state) { self.units } else { 0 }
    }
}

/// What messages have in common, as a store keeps it; what there is not is empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) kind: &'a str,
    pub(super) shop: &'a str,
    pub(super) carrier: &'a str,
    pub(super) state: &'a str,
    pub(super) reason: &'a str,
}

impl Common<'_> {
    /// Errors: words that were never kept.
    pub(super) fn counted(self, messages: i64, units: i64) -> anyhow::Result<MessageFigure> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(MessageFigure {
            kind: word(self.kind)?,
            shop: some(self.shop).map(|shop| shop.parse()).transpose().map_err(|error| anyhow!("{error}"))?,
            carrier: some(self.carrier).map(CarrierAccountId::try_from).transpose()?,
            state: word(self.state)?,
            reason: some(self.reason).map(ReasonCode::from),
            messages: messages.try_into()?,
            units: units.try_into()?,
        })
    }
}

/// A word as it stands on the wire and in lists.
fn word<'a, T: Deserialize<'a>>(kept: &'a str) -> anyhow::Result<T> {
    let word: StrDeserializer<'a, Error> = kept.into_deserializer();
    T::deserialize(word).with_context(|| format!("{kept:?} in a list"))
}
