//! The printers as the front desk sees them: how they are, what waits, and what came too late to be printed
//! unasked.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use edge_core::refusal::Language;
use shared::id::PrinterId;
use shared::problem::Problem;

use super::App;
use super::caller::{Cashier, Speaks};
use super::problems::{ProblemResponse, problem_with_printing};
use crate::print::{PrintError, PrinterReport};
use crate::store::spool::SlipId;

/// Every printer, how it is, and what it still has. For the cashier.
#[utoipa::path(get, path = "/api/v1/printers", responses((status = 200, body = Vec<PrinterReport>), (status = 403, body = Problem)))]
pub(super) async fn printers(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
) -> Result<Json<Vec<PrinterReport>>, ProblemResponse> {
    app.printing.report().await.map(Json).map_err(in_language(language))
}

/// Print a test page.
#[utoipa::path(
    post,
    path = "/api/v1/printers/{printer}/test",
    params(("printer" = String, Path, description = "A printer of the plan")),
    responses((status = 202, description = "It waits for the printer"), (status = "4XX", body = Problem))
)]
pub(super) async fn print_test_page(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    Path(printer): Path<String>,
) -> Result<StatusCode, ProblemResponse> {
    let printer = PrinterId::new(printer).map_err(|_| in_language(language)(PrintError::UnknownPrinter))?;
    app.printing.print_test_page(&printer).await.map_err(in_language(language))?;
    Ok(StatusCode::ACCEPTED)
}

/// Print a slip that came too late all the same.
#[utoipa::path(
    post,
    path = "/api/v1/slips/{slip}/release",
    params(("slip" = i64, Path, description = "A stale slip of a printer")),
    responses((status = 202, description = "It waits for the printer"), (status = "4XX", body = Problem))
)]
pub(super) async fn release_slip(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    Path(slip): Path<i64>,
) -> Result<StatusCode, ProblemResponse> {
    app.printing.release(SlipId(slip)).await.map_err(in_language(language))?;
    Ok(StatusCode::ACCEPTED)
}

/// Do not print a slip that came too late.
#[utoipa::path(
    delete,
    path = "/api/v1/slips/{slip}",
    params(("slip" = i64, Path, description = "A stale slip of a printer")),
    responses((status = 204, description = "It is gone"), (status = "4XX", body = Problem))
)]
pub(super) async fn drop_slip(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    Path(slip): Path<i64>,
) -> Result<StatusCode, ProblemResponse> {
    app.printing.drop_stale(SlipId(slip)).await.map_err(in_language(language))?;
    Ok(StatusCode::NO_CONTENT)
}

fn in_language(language: Language) -> impl Fn(PrintError) -> ProblemResponse {
    move |error| ProblemResponse(problem_with_printing(error, language))
}
