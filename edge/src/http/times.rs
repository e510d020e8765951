//! How long dishes take: what the page of prep times draws, and what the set-up page suggests targets from.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use edge_core::prep_time::Waits;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};
use shared::id::{DishId, StationId};
use shared::menu::{Menu, Name};
use shared::problem::Problem;
use shared::quantity::BusinessDay;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::caller::{Cashier, Speaks};
use super::problems::{ProblemResponse, cannot_read, malformed, problem_of};
use crate::store::MadeLine;

/// A year: more is not looked back on.
const DAYS_MAX: u16 = 366;
const DAYS_USUAL: u16 = 7;

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    /// Business days, today among them, 1 to 366. Left out: 7.
    days: Option<u16>,
}

/// How long lines took from when they were due until they were ready, in seconds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrepTimes {
    /// Business days looked back on.
    days: u16,
    /// Lines made in them.
    lines: usize,
    /// By dish.
    dishes: Vec<DishTimes>,
    /// By station; a line made at two counts at each.
    stations: Vec<StationTimes>,
    /// By the hour in which their time began.
    hours: Vec<HourTimes>,
}

/// Lines and how long they took.
#[derive(Debug, Serialize, ToSchema)]
struct Spread {
    /// Lines.
    count: usize,
    /// Half took no longer.
    p50_s: u32,
    /// Nine in ten took no longer.
    p90_s: u32,
}

#[derive(Debug, Serialize, ToSchema)]
struct DishTimes {
    dish: DishId,
    name: Name,
    #[serde(flatten)]
    spread: Spread,
    /// What the menu says now; for a dish that it no longer has, what it said last.
    target_s: u32,
    /// Lines that took longer than the target they had.
    late: usize,
    /// What eight in ten lines keep; null while they are too few.
    suggested_target_s: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StationTimes {
    /// Null: made at no station.
    station: Option<StationId>,
    #[serde(flatten)]
    spread: Spread,
}

#[derive(Debug, Serialize, ToSchema)]
struct HourTimes {
    /// 0 to 23.
    hour: i8,
    #[serde(flatten)]
    spread: Spread,
}

impl Spread {
    fn of(waits: &Waits) -> Self {
        Self { count: waits.count(), p50_s: waits.percentile_s(50), p90_s: waits.percentile_s(90) }
    }
}

/// How long dishes took.
#[utoipa::path(
    get,
    path = "/api/v1/times",
    params(Range),
    responses(
        (status = 200, body = PrepTimes),
        (status = 400, description = "No such range", body = Problem),
        (status = 403, description = "Only a cashier may look", body = Problem),
    )
)]
pub(super) async fn times(
    State(app): State<App>,
    _: Cashier,
    Speaks(language): Speaks,
    range: Result<Query<Range>, QueryRejection>,
) -> Result<Json<PrepTimes>, ProblemResponse> {
    let Query(range) = range.map_err(|rejection| malformed(rejection.to_string()))?;
    let days = range.days.unwrap_or(DAYS_USUAL);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(malformed(format!("days must be 1 to {DAYS_MAX}, got {days}")));
    }
    let asked = |error| ProblemResponse(problem_of(&error, language));
    let today = app.desk.counter.board(None).await.map_err(asked)?.day;
    let menu = app.desk.counter.menu().await.map_err(asked)?.menu;
    let first = BusinessDay(today.0.saturating_sub(i32::from(days - 1).days()));
    let zone = TimeZone::get(&app.shop.time_zone).map_err(|error| cannot_read(&error))?;
    let reader = app.times.clone();
    let made = tokio::task::spawn_blocking(move || reader.since(first));
    let made = made.await.map_err(|error| cannot_read(&error))?.map_err(|error| cannot_read(&error))?;
    Ok(Json(PrepTimes {
        days,
        lines: made.len(),
        dishes: by_dish(&made, &menu),
        stations: by_station(&made),
        hours: by_hour(&made, &zone),
    }))
}

fn by_dish(made: &[MadeLine], menu: &Menu) -> Vec<DishTimes> {
    let waits = Waits::by(made.iter().map(|line| (&line.dish, line.wait_s)));
    let on_menu: BTreeMap<_, _> =
        menu.dishes.iter().map(|dish| (&dish.dish, (&dish.name, dish.target_s))).collect();
    let last: BTreeMap<_, _> = made.iter().map(|line| (&line.dish, (&line.name, line.target_s))).collect();
    let times = |(dish, waits): (&DishId, Waits)| {
        let (name, target_s) = on_menu.get(dish).or_else(|| last.get(dish)).copied()?;
        Some(DishTimes {
            dish: dish.clone(),
            name: name.clone(),
            spread: Spread::of(&waits),
            target_s,
            late: made.iter().filter(|line| line.dish == *dish && line.wait_s > line.target_s).count(),
            suggested_target_s: waits.suggested_target_s(),
        })
    };
    waits.into_iter().filter_map(times).collect()
}

fn by_station(made: &[MadeLine]) -> Vec<StationTimes> {
    let at_each = made.iter().flat_map(|line| {
        let nowhere = line.stations.is_empty().then_some(None);
        line.stations.iter().map(Some).chain(nowhere).map(|station| (station, line.wait_s))
    });
    let times = |(station, waits): (Option<&StationId>, Waits)| StationTimes {
        station: station.cloned(),
        spread: Spread::of(&waits),
    };
    Waits::by(at_each).into_iter().map(times).collect()
}

fn by_hour(made: &[MadeLine], zone: &TimeZone) -> Vec<HourTimes> {
    let hour_of = |line: &MadeLine| {
        let began = line.ready_at.saturating_sub(SignedDuration::from_secs(line.wait_s.into()));
        began.map_or(line.ready_at, |began| began).to_zoned(zone.clone()).hour()
    };
    let times = |(hour, waits)| HourTimes { hour, spread: Spread::of(&waits) };
    Waits::by(made.iter().map(|line| (hour_of(line), line.wait_s))).into_iter().map(times).collect()
}
