//! Messages that are sent on by other channels, and those channels, for the dashboard.

use axum::Json;
use axum::extract::State;
use cloud_core::channel::RelayChannel;
use serde::{Deserialize, Serialize};
use shared::id::ShopId;
use shared::problem::Problem;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::caller::{Caller, Dashboard, WholeBrand};
use super::dashboard::limit;
use super::problem::{ApiError, InQuery};
use crate::store::{Page, RelaysAsked};
use crate::view::{ChannelView, RelayStateView, RelayView};

/// Which messages.
#[derive(Deserialize, IntoParams)]
pub(super) struct WhichRelays {
    #[param(value_type = Option<String>)]
    shop: Option<ShopId>,
    /// `tencent_im` or `webhook`.
    #[param(value_type = Option<String>)]
    channel: Option<RelayChannel>,
    #[param(value_type = Option<String>)]
    state: Option<RelayStateView>,
    /// `next` of the page before.
    before: Option<String>,
    limit: Option<u32>,
}

/// A page of messages.
#[derive(Serialize, ToSchema)]
pub(super) struct Relays {
    messages: Vec<RelayView>,
    next: Option<String>,
}

/// M9: messages that the brand's boxes asked to be sent on, the newest first.
#[utoipa::path(get, path = "/api/v1/messages", params(WhichRelays),
    responses((status = 200, body = Relays), (status = 401, body = Problem)))]
pub(super) async fn messages(
    State(app): State<App>,
    caller: Caller<Dashboard>,
    InQuery(asked): InQuery<WhichRelays>,
) -> Result<Json<Relays>, ApiError> {
    let WhichRelays { shop, channel, state, before, limit: rows } = asked;
    let shop = match (caller.only_shop(), shop) {
        (Some(only), Some(asked)) if *only != asked => return Err(ApiError::NotAllowed),
        (Some(only), _) => Some(only.clone()),
        (None, asked) => asked,
    };
    let asked = RelaysAsked { brand: caller.brand, shop, channel, state, before, limit: limit(rows) };
    let Page { rows, next } = app.list(move |records| records.relays(&asked)).await?;
    Ok(Json(Relays { messages: rows, next }))
}

/// The brand's channels.
#[derive(Serialize, ToSchema)]
pub(super) struct Channels {
    channels: Vec<ChannelView>,
}

/// The channels by which messages are sent on for the brand.
#[utoipa::path(get, path = "/api/v1/channels",
    responses((status = 200, body = Channels), (status = 401, body = Problem)))]
pub(super) async fn channels(
    State(app): State<App>,
    caller: Caller<WholeBrand>,
) -> Result<Json<Channels>, ApiError> {
    let known = app.journal.look(move |state| {
        let brand = state.brand(&caller.brand)?;
        Some(brand.channels.values().map(ChannelView::from).collect())
    });
    known.await?.map(|channels| Json(Channels { channels })).ok_or(ApiError::NotFound)
}
