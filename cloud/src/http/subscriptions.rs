//! What the brand's own systems are told by themselves, and below what balance: for its owners.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cloud_core::channel::WebAddress;
use cloud_core::command::Command;
use cloud_core::id::SubscriptionId;
use cloud_core::outbox::{Ask, Subscription, Topic};
use cloud_core::units::Units;
use serde::{Deserialize, Serialize};
use shared::problem::Problem;
use utoipa::ToSchema;

use super::App;
use super::caller::{Caller, Ownership};
use super::problem::{ApiError, Body, InPath};
use crate::calling_back::purpose;
use crate::gateway::webhook::SigningKey;
use crate::view::SubscriptionView;

/// The brand's subscriptions.
#[derive(Serialize, ToSchema)]
pub(super) struct Subscriptions {
    subscriptions: Vec<SubscriptionView>,
    /// Below what number of available units the brand is told; none: it is not.
    low_balance: Option<u64>,
}

/// What the brand's own systems are told.
#[utoipa::path(get, path = "/api/v1/subscriptions", responses(
    (status = 200, body = Subscriptions), (status = 403, body = Problem)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller<Ownership>,
) -> Result<Json<Subscriptions>, ApiError> {
    let known = app.journal.look(move |state| {
        let outbox = &state.brand(&caller.brand)?.outbox;
        Some(Subscriptions {
            subscriptions: outbox.subscribers.iter().map(SubscriptionView::from).collect(),
            low_balance: outbox.limit.map(|limit| limit.0),
        })
    });
    known.await?.map(Json).ok_or(ApiError::NotFound)
}

/// Where a system of the brand wants to be called, and about what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionWish {
    /// An https address.
    #[schema(value_type = String)]
    url: WebAddress,
    /// `message_accepted`, `message_final`, `low_balance`, `freeze_lapsed`, `purchase_paid`.
    #[schema(value_type = Vec<String>)]
    topics: Vec<Topic>,
}

/// A subscription, and its secret if it is new.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriptionMade {
    #[schema(value_type = String)]
    subscription: SubscriptionId,
    /// `whsec_…`, by which the receiver checks what comes, shown this once. None: it is as it was.
    secret: Option<String>,
}

/// Subscribes, or changes a subscription. Calls are made by POST, signed as Standard Webhooks has it.
#[utoipa::path(put, path = "/api/v1/subscriptions/{id}", params(("id" = String, Path)),
    request_body = SubscriptionWish, responses((status = 200, body = SubscriptionMade),
    (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn put(
    State(app): State<App>,
    caller: Caller<Ownership>,
    InPath(subscription): InPath<SubscriptionId>,
    Body(wish): Body<SubscriptionWish>,
) -> Result<Json<SubscriptionMade>, ApiError> {
    // A certificate is what keeps an owner from having the services beside this one called.
    if !app.settings.plain_http && !wish.url.is_encrypted() {
        return Err(ApiError::NotEncrypted);
    }
    let (brand, id) = (caller.brand, subscription.clone());
    let (of, named) = (brand.clone(), id.clone());
    let known = app.journal.look(move |state| {
        state.brand(&of)?.outbox.subscribers.get(&named).map(|known| known.settings.secret.clone())
    });
    let (sealed, shown) = match known.await? {
        Some(sealed) => (sealed, None),
        None => {
            let secret = SigningKey::random();
            let sealed = app.seal_key.seal_for(&secret, &purpose(&brand, &id)).map_err(|error| {
                tracing::error!(%error, "a subscription's secret could not be sealed");
                ApiError::Unavailable
            })?;
            (sealed, Some(secret))
        }
    };
    let topics = wish.topics.into_iter().collect();
    let settings = Subscription { url: wish.url, secret: sealed, topics };
    let ask = Ask::Subscribe { brand, subscription: id, settings };
    app.journal.ask(Command::Outbox(ask), |_, _| ()).await?;
    Ok(Json(SubscriptionMade { subscription, secret: shown }))
}

/// Ends a subscription. What waits for it is forgotten.
#[utoipa::path(delete, path = "/api/v1/subscriptions/{id}", params(("id" = String, Path)),
    responses((status = 204, description = "nothing is called any more"), (status = 404, body = Problem)))]
pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller<Ownership>,
    InPath(subscription): InPath<SubscriptionId>,
) -> Result<StatusCode, ApiError> {
    let ask = Ask::Unsubscribe { brand: caller.brand, subscription };
    app.journal.ask(Command::Outbox(ask), |_, _| ()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells what was set aside after all.
#[utoipa::path(post, path = "/api/v1/subscriptions/{id}/resend", params(("id" = String, Path)),
    responses((status = 204, description = "it waits to be told"), (status = 404, body = Problem)))]
pub(super) async fn resend(
    State(app): State<App>,
    caller: Caller<Ownership>,
    InPath(subscription): InPath<SubscriptionId>,
) -> Result<StatusCode, ApiError> {
    let ask = Ask::Resend { brand: caller.brand, subscription };
    app.journal.ask(Command::Outbox(ask), |_, _| ()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Below what number of available units the brand is told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LowBalance {
    /// None: it is not told.
    units: Option<u64>,
}

/// Sets below what number of available units the brand is told, once for each time that it falls below.
#[utoipa::path(put, path = "/api/v1/sms/low-balance", request_body = LowBalance,
    responses((status = 204, description = "kept"), (status = 403, body = Problem)))]
pub(super) async fn set_low_balance(
    State(app): State<App>,
    caller: Caller<Ownership>,
    Body(LowBalance { units }): Body<LowBalance>,
) -> Result<StatusCode, ApiError> {
    let ask = Ask::SetLimit { brand: caller.brand, limit: units.map(Units) };
    app.journal.ask(Command::Outbox(ask), |_, _| ()).await?;
    Ok(StatusCode::NO_CONTENT)
}
