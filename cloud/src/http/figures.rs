//! Where the units go: the balance day by day, delivery by carrier account, failures by reason, cost by shop and kind.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use cloud_core::ledger::{History, LATE_DAYS};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use shared::id::ShopId;
use shared::problem::Problem;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::caller::{Caller, Records};
use super::choice::{begins, ends};
use super::problem::{ApiError, InQuery};
use crate::store::FiguresAsked;
use crate::view::{
    BalanceFigures, CarrierFigure, PackageView, ReasonFigure, ShopFigure, by_carrier, by_reason, by_shop,
};

/// Days when nobody says how many, today among them; and at most.
const DAYS: i32 = 30;
const DAYS_MAX: i32 = 366;

/// Which days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichDays {
    /// The first day, in the time zone of the books; 30 days with the last one if it is not given.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last day; today if it is not given.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
}

/// Where the units went on some days.
#[derive(Serialize, ToSchema)]
pub(super) struct Figures {
    /// The first day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// The last day.
    #[schema(value_type = String, format = Date)]
    to: Date,
    /// The present day of the books.
    #[schema(value_type = String, format = Date)]
    today: Date,
    /// The brand's balance; none for who sees one shop alone.
    balance: Option<BalanceFigures>,
    /// Messages by the carrier account that they were last given to.
    carriers: Vec<CarrierFigure>,
    /// Messages that did not go out or did not arrive, by why.
    reasons: Vec<ReasonFigure>,
    /// What the messages of each shop cost.
    shops: Vec<ShopFigure>,
}

/// Where the units of the brand went, or of the one shop that the asker sees: what was booked and asked for from the
/// first day to the last, at most 366 of them.
#[utoipa::path(get, path = "/api/v1/sms/figures", params(WhichDays), responses(
    (status = 200, body = Figures), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem)))]
pub(super) async fn figures(
    State(app): State<App>,
    caller: Caller<Records>,
    InQuery(asked): InQuery<WhichDays>,
) -> Result<Json<Figures>, ApiError> {
    let zone = app.settings.ledger_zone.clone();
    let today = zone.to_datetime(Timestamp::now()).date();
    let (from, to) = asked.days(today)?;
    let sums = FiguresAsked {
        brand: caller.brand.clone(),
        shop: caller.only_shop().cloned(),
        from: begins(from, &zone)?,
        to: ends(to, &zone)?,
    };
    let sums = app.list(move |records| records.message_figures(&sums)).await?;
    let of_late = today.saturating_sub(Span::new().days(LATE_DAYS));
    let books = books(&app, &caller, begins(from.min(of_late), &zone)?).await?;
    let balance = books.history.map(|history| {
        let daily = history.use_of_late(&zone, today);
        let outlook = daily.map(|daily| history.outlook(today, daily)).unwrap_or_default();
        BalanceFigures::new(&history.days(&zone, from, to.min(today)), daily, &outlook, books.packages)
    });
    Ok(Json(Figures {
        from,
        to,
        today,
        balance,
        carriers: by_carrier(&sums),
        reasons: by_reason(&sums),
        shops: by_shop(&sums, |shop| books.names.get(shop).cloned()),
    }))
}

impl WhichDays {
    /// Errors: days the wrong way round, or too many of them.
    fn days(&self, today: Date) -> Result<(Date, Date), ApiError> {
        let to = self.to.unwrap_or(today);
        let from = self.from.unwrap_or_else(|| to.saturating_sub(Span::new().days(DAYS - 1)));
        if from > to {
            return Err(ApiError::Malformed("from is after to".to_owned()));
        }
        if (to - from).get_days() >= DAYS_MAX {
            return Err(ApiError::Malformed(format!("more than {DAYS_MAX} days")));
        }
        Ok((from, to))
    }
}

/// What the state knows of it.
struct Seen {
    /// `None` for who sees one shop alone.
    history: Option<History>,
    packages: Vec<PackageView>,
    names: BTreeMap<ShopId, String>,
}

async fn books(app: &App, caller: &Caller<Records>, from: Timestamp) -> Result<Seen, ApiError> {
    let (brand, whole) = (caller.brand.clone(), caller.only_shop().is_none());
    let seen = app.journal.look(move |state| {
        let brand = state.brand(&brand)?;
        let account = Some(&brand.account).filter(|_| whole);
        Some(Seen {
            history: account.map(|account| History::since(account, from)),
            packages: account.into_iter().flat_map(|account| account.lots().map(PackageView::from)).collect(),
            names: brand.shops.iter().map(|(shop, known)| (shop.clone(), known.name.clone())).collect(),
        })
    });
    seen.await?.ok_or(ApiError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: Option<&str>, to: Option<&str>) -> Result<String, ApiError> {
        let date = |day: &str| day.parse().expect("a date");
        let asked = WhichDays { from: from.map(date), to: to.map(date) };
        asked.days(date("2026-11-23")).map(|(from, to)| format!("{from} {to}"))
    }

    #[test]
    fn thirty_days_are_shown_unless_others_are_asked_for() {
        assert_eq!(days(None, None), Ok("2026-10-25 2026-11-23".to_owned()));
        assert_eq!(days(None, Some("2026-10-31")), Ok("2026-10-02 2026-10-31".to_owned()));
        assert_eq!(days(Some("2025-11-23"), None), Ok("2025-11-23 2026-11-23".to_owned()));
        assert!(days(Some("2025-11-22"), None).is_err(), "a year and a day");
        assert!(days(Some("2026-11-24"), None).is_err(), "after today");
    }
}
