//! Which messages somebody asks for: one set of filters for the list, the CSV and whatever leads to them.

use std::collections::BTreeSet;

use cloud_core::id::CarrierAccountId;
use cloud_core::sms::Kind;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::de::{Error, IntoDeserializer, value};
use serde::{Deserialize, Deserializer};
use shared::id::ShopId;
use utoipa::IntoParams;

use super::caller::{Caller, Door};
use super::problem::ApiError;
use crate::store::{Asker, MessageFilter};
use crate::view::{MessageStateView, ReasonCode};

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichMessages {
    /// The first day, in the time zone of the books.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// `verification`, `notification`, `marketing`.
    #[param(value_type = Option<String>)]
    kind: Option<Kind>,
    /// A state, or several with commas between them.
    #[serde(default, deserialize_with = "states")]
    #[param(value_type = Option<String>)]
    state: BTreeSet<MessageStateView>,
    /// Those of this shop's box.
    #[param(value_type = Option<String>)]
    shop: Option<ShopId>,
    /// `systems`: those that no box asked for, but the brand's own systems.
    #[param(value_type = Option<String>)]
    by: Option<By>,
    /// Those last given to this carrier account.
    #[param(value_type = Option<String>)]
    carrier: Option<CarrierAccountId>,
    /// Those with this `reason_code`.
    #[param(value_type = Option<String>)]
    reason: Option<ReasonCode>,
    /// `next` of the page before. A CSV has no pages.
    pub(super) before: Option<String>,
    /// Rows of a page.
    pub(super) limit: Option<u32>,
}

/// Who asked, other than a shop.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Systems,
}

impl WhichMessages {
    /// What to look for on behalf of the caller. Errors: a shop that is not theirs, or filters that exclude each other.
    pub(super) fn filter<D: Door>(
        &self,
        caller: &Caller<D>,
        zone: &TimeZone,
    ) -> Result<MessageFilter, ApiError> {
        let asker = match (&self.shop, &self.by, caller.only_shop()) {
            (Some(_), Some(_), _) => {
                return Err(ApiError::Malformed("shop and by exclude each other".to_owned()));
            }
            (Some(shop), None, _) => {
                caller.may_see(shop)?;
                Some(Asker::Shop(shop.clone()))
            }
            (None, Some(By::Systems), Some(_)) => return Err(ApiError::NotAllowed),
            (None, Some(By::Systems), None) => Some(Asker::Systems),
            (None, None, only) => only.cloned().map(Asker::Shop),
        };
        Ok(MessageFilter {
            states: self.state.clone(),
            kind: self.kind,
            asker,
            carrier: self.carrier.clone(),
            reason: self.reason.clone(),
            from: self.from.map(|day| begins(day, zone)).transpose()?,
            to: self.to.map(|day| ends(day, zone)).transpose()?,
        })
    }
}

/// When a day begins. Errors: a day outside time.
pub(super) fn begins(day: Date, zone: &TimeZone) -> Result<Timestamp, ApiError> {
    let begin = day.to_zoned(zone.clone()).map(|begin: Zoned| begin.timestamp());
    begin.map_err(|error| ApiError::Malformed(error.to_string()))
}

/// When a day is over. Errors: a day outside time.
pub(super) fn ends(day: Date, zone: &TimeZone) -> Result<Timestamp, ApiError> {
    begins(day.tomorrow().map_err(|error| ApiError::Malformed(error.to_string()))?, zone)
}

fn states<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<MessageStateView>, D::Error> {
    let text = String::deserialize(from)?;
    let state = |word: &str| -> Result<MessageStateView, value::Error> {
        MessageStateView::deserialize(word.into_deserializer())
    };
    text.split(',')
        .filter(|word| !word.is_empty())
        .map(state)
        .collect::<Result<_, _>>()
        .map_err(D::Error::custom)
}
