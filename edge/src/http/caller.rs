//! Who asks, and in which language they read.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use edge_core::authority::Device;
use edge_core::refusal::{Language, Refusal};
use shared::screen::Role;

use super::App;
use super::problems::{ProblemResponse, malformed, problem_of, unauthorized};
use crate::counter::AskError;

/// Carries the `place` of the session in which a pad asks.
const PLACE_HEADER: &str = "chuancai-place";

/// The device behind the request's credential.
pub(super) struct Caller(pub(super) Device);

impl FromRequestParts<App> for Caller {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ProblemResponse> {
        let credential = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let device = credential
            .and_then(|value| value.strip_prefix("Bearer "))
            .and_then(|credential| app.devices.authenticate(credential));
        device.map(Self).ok_or_else(|| unauthorized(language_of(parts)))
    }
}

/// A cashier: who sets the shop up.
pub(super) struct Cashier;

impl FromRequestParts<App> for Cashier {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ProblemResponse> {
        let Caller(device) = Caller::from_request_parts(parts, app).await?;
        match device.role {
            Role::Cashier => Ok(Self),
            Role::Pad | Role::Kitchen | Role::Expo | Role::CallScreen | Role::Speaker | Role::Staff => {
                let refused = AskError::Refused(Refusal::NotAllowed);
                Err(ProblemResponse(problem_of(&refused, language_of(parts))))
            }
        }
    }
}

/// The device behind a wish, and where it believes to stand: the `place` of its session.
pub(super) struct Asker {
    pub(super) device: Device,
    pub(super) place: Option<u64>,
}

impl FromRequestParts<App> for Asker {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ProblemResponse> {
        let Caller(device) = Caller::from_request_parts(parts, app).await?;
        let Some(said) = parts.headers.get(PLACE_HEADER) else { return Ok(Self { device, place: None }) };
        let place = said.to_str().ok().and_then(|said| said.parse().ok());
        let unreadable = || malformed(format!("{PLACE_HEADER} must be the number in the session's `place`"));
        Ok(Self { device, place: Some(place.ok_or_else(unreadable)?) })
    }
}

/// The language of the answer.
pub(super) struct Speaks(pub(super) Language);

impl<S: Sync> FromRequestParts<S> for Speaks {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(language_of(parts)))
    }
}

fn language_of(parts: &Parts) -> Language {
    let wanted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    match wanted {
        Some(wanted) if wanted.trim_start().starts_with("en") => Language::English,
        Some(_) | None => Language::Chinese,
    }
}
