//! Who asks: somebody signed in (cookie), or a brand's own system (bearer key). Either belongs to one brand and
//! sees nothing else.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use cloud_core::id::{SecretHash, UserName};
use jiff::Timestamp;
use shared::id::BrandId;

use super::App;
use super::problem::ApiError;
use crate::secret;

/// The session's cookie.
pub(super) const COOKIE_NAME: &str = "chuancai_session";

/// Somebody who is signed in.
pub(super) struct SignedIn {
    pub(super) user: UserName,
    pub(super) brand: BrandId,
}

/// A brand's own system.
pub(super) struct System {
    pub(super) brand: BrandId,
}

/// Either of them.
pub(super) struct Viewer {
    pub(super) brand: BrandId,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let session = session(&parts.headers).ok_or(ApiError::WhoAreYou)?;
        let now = Timestamp::now();
        let known = app.journal.look(move |state| {
            let session = state.session(&session).filter(|session| session.until > now)?;
            let user = state.user(&session.user)?;
            Some(Self { user: session.user.clone(), brand: user.brand.clone() })
        });
        known.await?.ok_or(ApiError::WhoAreYou)
    }
}

impl FromRequestParts<App> for System {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let key = bearer(parts).ok_or(ApiError::WhoAreYou)?;
        let brand = app.journal.look(move |state| state.brand_of_key(&key).cloned()).await?;
        brand.map(|brand| Self { brand }).ok_or(ApiError::WhoAreYou)
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if bearer(parts).is_some() {
            let System { brand } = System::from_request_parts(parts, app).await?;
            return Ok(Self { brand });
        }
        let SignedIn { brand, .. } = SignedIn::from_request_parts(parts, app).await?;
        Ok(Self { brand })
    }
}

/// The hash of the session's cookie, if there is one.
pub(super) fn session(headers: &HeaderMap) -> Option<SecretHash> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| secret::hash(value))
}

fn bearer(parts: &Parts) -> Option<SecretHash> {
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    header.strip_prefix("Bearer ").map(|key| secret::hash(key.trim()))
}
