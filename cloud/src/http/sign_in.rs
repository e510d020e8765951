//! Signing in to the dashboard and out of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cloud_core::command::Command;
use cloud_core::id::{PasswordHash, UserName};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::App;
use super::caller::{COOKIE_NAME, session};
use super::problem::{ApiError, Body};
use crate::secret;

/// Wrong passwords in a row before a user name has to wait …
const TRIES_MAX: u32 = 5;
/// … this long.
const WAIT: Duration = Duration::from_secs(60);
/// User names remembered; the oldest are forgotten first, so that inventing names fills no memory.
const NAMES_MAX: usize = 10_000;
/// Passwords checked at once: each takes 19 MiB and tens of milliseconds.
const CHECKS_MAX: usize = 4;

/// Counts wrong passwords. Clones share what they know; a restart forgets it.
#[derive(Clone)]
pub struct Throttle {
    tries: Arc<Mutex<HashMap<UserName, (u32, Instant)>>>,
    checks: Arc<Semaphore>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { tries: Arc::default(), checks: Arc::new(Semaphore::new(CHECKS_MAX)) }
    }
}

impl Throttle {
    fn allows(&self, user: &UserName, now: Instant) -> bool {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.retain(|_, (_, last)| now.duration_since(*last) < WAIT);
        tries.get(user).is_none_or(|(count, _)| *count < TRIES_MAX) && tries.len() < NAMES_MAX
    }

    fn note(&self, user: &UserName, right: bool, now: Instant) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if right {
            tries.remove(user);
        } else {
            let (count, last) = tries.entry(user.clone()).or_insert((0, now));
            (*count, *last) = (*count + 1, now);
        }
    }
}

/// Who, and their password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    user: String,
    password: String,
}

/// Signs in: a cookie that no script can read.
#[utoipa::path(post, path = "/api/v1/sign-in", request_body = Credentials, responses(
    (status = 204, description = "signed in; the cookie is set"),
    (status = 401, body = shared::problem::Problem), (status = 429, body = shared::problem::Problem)))]
pub(super) async fn sign_in(
    State(app): State<App>,
    Body(credentials): Body<Credentials>,
) -> Result<Response, ApiError> {
    let user: UserName = credentials.user.parse().map_err(|_| ApiError::WrongCredentials)?;
    if !app.throttle.allows(&user, Instant::now()) {
        return Err(ApiError::TooManyTries);
    }
    let asked = user.clone();
    let kept = app.journal.look(move |state| state.user(&asked).map(|known| known.password.clone())).await?;
    let right = check(&app, credentials.password, kept).await?;
    app.throttle.note(&user, right, Instant::now());
    if !right {
        tracing::info!(user.name = %user, "somebody tried a wrong password");
        return Err(ApiError::WrongCredentials);
    }
    let cookie = secret::random();
    let hours = app.settings.session_h;
    let until = Timestamp::now() + SignedDuration::from_hours(hours.into());
    let command = Command::OpenSession { session: secret::hash(&cookie), user, until };
    app.journal.ask(command, |_, _| ()).await?;
    Ok(with_cookie(&app, &cookie, u64::from(hours) * 3600))
}

/// Signs out. A second time is as good as the first.
#[utoipa::path(post, path = "/api/v1/sign-out", responses((status = 204, description = "signed out")))]
pub(super) async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    if let Some(session) = session(&headers) {
        app.journal.ask(Command::CloseSession { session }, |_, _| ()).await?;
    }
    Ok(with_cookie(&app, "", 0))
}

/// Checks a password on a thread of its own. An unknown user takes as long as a known one.
async fn check(app: &App, password: String, kept: Option<PasswordHash>) -> Result<bool, ApiError> {
    let Ok(_permit) = app.throttle.checks.acquire().await else { return Err(ApiError::Unavailable) };
    let checked = tokio::task::spawn_blocking(move || match kept {
        Some(kept) => secret::is_password(&password, &kept),
        None => {
            // The time of one hash, spent.
            let _spent = secret::hash_password(&password);
            false
        }
    });
    checked.await.map_err(|_| ApiError::Unavailable)
}

fn with_cookie(app: &App, value: &str, seconds: u64) -> Response {
    let secure = if app.settings.secure_cookie { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE_NAME}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    let cookie = HeaderValue::from_str(&cookie).expect("a cookie of ours is plain ASCII");
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_passwords_make_a_name_wait_a_minute() {
        let (throttle, begin) = (Throttle::default(), Instant::now());
        let user: UserName = "cook".parse().expect("a user name");
        for _ in 0..TRIES_MAX {
            assert!(throttle.allows(&user, begin));
            throttle.note(&user, false, begin);
        }
        assert!(!throttle.allows(&user, begin));
        assert!(throttle.allows(&user, begin + WAIT));
    }
}
