//! Commands: the one way to change anything. `PUT` with an id that the asker minted, so that a repeat is a
//! repeat (K11).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use edge_core::authority::{Approval, Device};
use edge_core::refusal::Refusal;
use edge_core::shop::Ask;
use sha2::{Digest, Sha256};
use shared::command::{Answer, Command};
use shared::id::{BrandId, RequestId, ShopId};
use shared::problem::Problem;
use shared::screen::Role;

use super::caller::{Asker, Speaks};
use super::problems::{ProblemResponse, malformed, problem_of, too_large, unreadable};
use super::{App, BODY_BYTES_MAX, MENU_BYTES_MAX};
use crate::approvals::Approvals;
use crate::counter::{AskError, Counter};

/// Where every request goes, from whichever side it came.
#[derive(Clone)]
pub struct Desk {
    /// Decides and keeps.
    pub counter: Counter,
    /// Checks the PIN that some wishes come with.
    pub approvals: Approvals,
    /// The shop that calls must be meant for.
    pub shop: ShopKey,
}

/// Which shop of which brand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopKey {
    /// The brand.
    pub brand: BrandId,
    /// The shop.
    pub shop: ShopId,
}

/// A wish on its way, as the device put it.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Minted by the device.
    pub request: RequestId,
    /// Where the device believes to stand.
    pub place: Option<u64>,
    /// What it wants.
    pub command: Command,
}

impl Desk {
    /// Asks the counter. A repeat is compared without its PIN: only the first one has to be right.
    pub async fn submit(&self, by: &Device, wish: Wish) -> Result<Arc<str>, AskError> {
        let Wish { request, place, mut command } = wish;
        if let Command::SendCall { call } = &command
            && (&call.brand, &call.shop) != (&self.shop.brand, &self.shop.shop)
        {
            return Err(AskError::Refused(Refusal::OtherShop));
        }
        let approval = match command.take_pin() {
            Some(pin) => self.approvals.check(&by.id, pin).await,
            None => Approval::Nobody,
        };
        let wish = serde_json::to_vec(&command).expect("a command has string keys and no foreign types");
        let body_hash = Sha256::digest(wish).into();
        self.counter.ask(Ask { request, by: by.clone(), place, approval, command }, body_hash).await
    }
}

/// Ask for something. Once it has changed anything, the same id with the same body gets the same answer.
#[utoipa::path(
    put,
    path = "/api/v1/requests/{id}",
    params(("id" = String, Path, description = "A UUID, minted by the device and kept until it has an answer")),
    request_body = Command,
    responses(
        (status = 200, description = "Granted, or already so", body = Answer),
        (status = "4XX", description = "Refused; nothing was changed", body = Problem),
        (status = 503, description = "Not kept; try again with the same id", body = Problem),
    )
)]
pub(super) async fn put_request(
    State(app): State<App>,
    Asker { device, place }: Asker,
    Speaks(language): Speaks,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ProblemResponse> {
    let request = id.parse().map_err(|_| malformed(format!("the request id must be a UUID, got {id:?}")))?;
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    let bytes_max = if device.role == Role::Cashier { MENU_BYTES_MAX } else { BODY_BYTES_MAX };
    if body.len() > bytes_max {
        return Err(too_large());
    }
    let command = serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()))?;
    let answer = app
        .desk
        .submit(&device, Wish { request, place, command })
        .await
        .map_err(|error| ProblemResponse(problem_of(&error, language)))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response())
}
