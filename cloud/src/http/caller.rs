//! Who asks, and whether the door is theirs: somebody signed in (cookie), or a brand's own system (bearer key). Either
//! belongs to one brand and sees nothing else.
//!
//! Every handler of a brand's things takes a [`Caller`] through one of the [doors](Door) below, so that this table
//! says who may do what, and nothing is open by being forgotten.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use cloud_core::access::{Role, Scope};
use cloud_core::id::{SecretHash, UserName};
use jiff::Timestamp;
use shared::id::{BrandId, ShopId};

use super::App;
use super::problem::ApiError;
use crate::secret;

/// The session's cookie.
pub(super) const COOKIE_NAME: &str = "chuancai_session";

/// A role, without the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    Owner,
    Viewer,
    Shop,
}

/// What some endpoints have in common: who may ask there.
pub(super) trait Door {
    /// Systems whose key opens one of these.
    const SCOPES: &'static [Scope];
    /// People of these ranks.
    const PEOPLE: &'static [Rank];
}

macro_rules! doors {
    ($($(#[$doc:meta])* $door:ident: $scopes:expr, $people:expr;)*) => { $(
        $(#[$doc])*
        pub(super) struct $door;

        impl Door for $door {
            const SCOPES: &'static [Scope] = &$scopes;
            const PEOPLE: &'static [Rank] = &$people;
        }
    )* };
}

doors! {
    /// Freezes, payments, results.
    LedgerWork: [Scope::Ledger], [];
    /// One freeze.
    OneFreeze: [Scope::Read, Scope::Ledger], [];
    /// Messages to be sent.
    Sending: [Scope::Send], [];
    /// One message; of another shop's, a shop's own people hear that there is none.
    OneMessage: [Scope::Read, Scope::Send], [Rank::Owner, Rank::Viewer, Rank::Shop];
    /// Lists of messages; a shop's own people see that shop's.
    Records: [Scope::Read], [Rank::Owner, Rank::Viewer, Rank::Shop];
    /// The brand's books.
    Books: [Scope::Read], [Rank::Owner, Rank::Viewer];
    /// What belongs to shops: a shop's own people see that shop's.
    Dashboard: [], [Rank::Owner, Rank::Viewer, Rank::Shop];
    /// What belongs to the whole brand.
    WholeBrand: [], [Rank::Owner, Rank::Viewer];
    /// Keys, and whatever else gives rights or costs money.
    Ownership: [], [Rank::Owner];
}

/// Somebody who may go through this door.
pub(super) struct Caller<D> {
    /// Whose things they see.
    pub(super) brand: BrandId,
    person: Option<Person>,
    door: PhantomData<fn(D)>,
}

struct Person {
    user: UserName,
    role: Role,
}

impl<D: Door> FromRequestParts<App> for Caller<D> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        match bearer(parts) {
            Some(secret) => Self::of_system(app, secret),
            None => Self::of_person(app, session(&parts.headers).ok_or(ApiError::WhoAreYou)?).await,
        }
    }
}

impl<D: Door> Caller<D> {
    fn of_system(app: &App, shown: SecretHash) -> Result<Self, ApiError> {
        let (now, keys) = (Timestamp::now(), app.journal.keys());
        let key = keys.of(&shown, now).ok_or(ApiError::WhoAreYou)?;
        app.rates.note(shown, now);
        let whose = (key.brand.clone(), key.name.clone());
        app.rates.count(whose).map_err(|after_s| ApiError::TooManyRequests { after_s })?;
        if !D::SCOPES.iter().any(|scope| key.scopes.contains(scope)) {
            return Err(ApiError::NotAllowed);
        }
        Ok(Self { brand: key.brand.clone(), person: None, door: PhantomData })
    }

    async fn of_person(app: &App, session: SecretHash) -> Result<Self, ApiError> {
        let now = Timestamp::now();
        let known = app.journal.look(move |state| {
            let session = state.session(&session).filter(|session| session.until > now)?;
            let user = state.user(&session.user)?;
            let person = Person { user: session.user.clone(), role: user.role.clone() };
            Some((user.brand.clone(), person))
        });
        let (brand, person) = known.await?.ok_or(ApiError::WhoAreYou)?;
        if !D::PEOPLE.contains(&rank(&person.role)) {
            return Err(ApiError::NotAllowed);
        }
        Ok(Self { brand, person: Some(person), door: PhantomData })
    }

    /// Who is signed in. Errors: a system, which no door for people alone lets in.
    pub(super) fn user(&self) -> Result<(&UserName, &Role), ApiError> {
        let person = self.person.as_ref().ok_or(ApiError::NotAllowed)?;
        Ok((&person.user, &person.role))
    }

    /// The one shop that they see. `None`: all of the brand's.
    pub(super) fn only_shop(&self) -> Option<&ShopId> {
        match &self.person.as_ref()?.role {
            Role::Shop { shop } => Some(shop),
            Role::Owner | Role::Viewer => None,
        }
    }

    /// Errors: they see another shop alone.
    pub(super) fn may_see(&self, shop: &ShopId) -> Result<(), ApiError> {
        if self.only_shop().is_none_or(|only| only == shop) { Ok(()) } else { Err(ApiError::NotAllowed) }
    }
}

fn rank(role: &Role) -> Rank {
    match role {
        Role::Owner => Rank::Owner,
        Role::Viewer => Rank::Viewer,
        Role::Shop { .. } => Rank::Shop,
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
