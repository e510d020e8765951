//! The keys of the brand's own systems, for its owners. A secret is shown once, in the answer that makes it.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode};
use cloud_core::access::{Ask, KeyName, Scope};
use cloud_core::command::Command;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::problem::Problem;
use utoipa::ToSchema;

use super::App;
use super::caller::{Caller, Ownership};
use super::problem::{ApiError, Body, InPath};
use crate::secret;
use crate::view::KeyView;

/// What holds a secret is kept by nobody on its way.
const UNCACHED: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

/// The brand's keys.
#[derive(Serialize, ToSchema)]
pub(super) struct Keys {
    keys: Vec<KeyView>,
}

/// The keys of the brand's own systems.
#[utoipa::path(get, path = "/api/v1/keys", responses(
    (status = 200, body = Keys), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(super) async fn list(State(app): State<App>, caller: Caller<Ownership>) -> Result<Json<Keys>, ApiError> {
    let (now, rates) = (Timestamp::now(), app.rates.clone());
    let known = app.journal.keys();
    let keys = known.of_brand(&caller.brand);
    let view = |key| KeyView::new(key, now, |secret| rates.last_shown(&secret.hash));
    Ok(Json(Keys { keys: keys.map(view).collect() }))
}

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyWish {
    /// What people will call it.
    #[schema(value_type = String)]
    name: KeyName,
    /// What it opens: `read`, `ledger`, `send`.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
    /// From when on it opens nothing any more.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A key with its new secret.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyMade {
    #[schema(value_type = String)]
    name: KeyName,
    /// The secret, shown this once.
    key: String,
}

/// A key with its secret, which no cache keeps.
type Made = (StatusCode, [(HeaderName, &'static str); 1], Json<KeyMade>);

/// Makes a key.
#[utoipa::path(post, path = "/api/v1/keys", request_body = KeyWish, responses(
    (status = 201, body = KeyMade), (status = 403, body = Problem), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
pub(super) async fn add(
    State(app): State<App>,
    caller: Caller<Ownership>,
    Body(wish): Body<KeyWish>,
) -> Result<Made, ApiError> {
    let (key, secret) = secret::api_key();
    let KeyWish { name, scopes, expires_at } = wish;
    let scopes = scopes.into_iter().collect();
    let ask = Ask::AddKey { brand: caller.brand, name: name.clone(), scopes, expires_at, secret };
    app.journal.ask(Command::Access(ask), |_, _| ()).await?;
    Ok((StatusCode::CREATED, UNCACHED, Json(KeyMade { name, key })))
}

/// How a key is rotated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    /// Hours for which the old secret is good beside the new one.
    grace_h: u32,
}

/// Gives a key a new secret; the old one is good for a while.
#[utoipa::path(post, path = "/api/v1/keys/{name}/rotate", params(("name" = String, Path)),
    request_body = Rotation, responses((status = 201, body = KeyMade), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn rotate(
    State(app): State<App>,
    caller: Caller<Ownership>,
    InPath(name): InPath<KeyName>,
    Body(rotation): Body<Rotation>,
) -> Result<Made, ApiError> {
    let (key, secret) = secret::api_key();
    let grace = SignedDuration::from_hours(rotation.grace_h.into());
    let ask = Ask::RotateKey { brand: caller.brand, name: name.clone(), secret, grace };
    app.journal.ask(Command::Access(ask), |_, _| ()).await?;
    Ok((StatusCode::CREATED, UNCACHED, Json(KeyMade { name, key })))
}

/// Takes a key away, at once. A second time is as good as the first.
#[utoipa::path(delete, path = "/api/v1/keys/{name}", params(("name" = String, Path)),
    responses((status = 204, description = "it opens nothing any more"), (status = 403, body = Problem),
    (status = 404, body = Problem)))]
pub(super) async fn revoke(
    State(app): State<App>,
    caller: Caller<Ownership>,
    InPath(name): InPath<KeyName>,
) -> Result<StatusCode, ApiError> {
    let ask = Ask::RevokeKey { brand: caller.brand, name };
    app.journal.ask(Command::Access(ask), |_, _| ()).await?;
    Ok(StatusCode::NO_CONTENT)
}
