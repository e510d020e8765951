//! What the dashboard's pages ask.

use axum::Json;
use axum::extract::State;
use cloud_core::id::ShopKey;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::id::{BrandId, ShopId};
use shared::order::OrderView;
use shared::problem::Problem;
use shared::quantity::BusinessDay;
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::caller::{Caller, Dashboard, Records};
use super::choice::WhichMessages;
use super::problem::{ApiError, InQuery};
use crate::store::{MessageCounts, MessagesAsked, OrderFigure, OrdersAsked, Page};
use crate::view::{MessageView, role_word};

/// Rows of a list when nobody says how many, and at most.
const LIMIT: u32 = 50;
const LIMIT_MAX: u32 = 200;
/// The hour at which a business day begins (K2).
const DAY_BEGINS_H: i8 = 3;

/// Who is signed in, and what they may see.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    user: String,
    /// `owner`, `viewer` or `shop`, who sees one shop.
    role: &'static str,
    brand: String,
    brand_name: String,
    shops: Vec<ShopOfMe>,
}

#[derive(Serialize, ToSchema)]
struct ShopOfMe {
    shop: ShopId,
    name: String,
    time_zone: String,
    box_online: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_heard_at: Option<Timestamp>,
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/me", responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub(super) async fn me(State(app): State<App>, caller: Caller<Dashboard>) -> Result<Json<Me>, ApiError> {
    let (user, role) = caller.user()?;
    let (user, role) = (user.to_string(), role_word(role));
    let presence = app.presence.clone();
    let now = Timestamp::now();
    let me = app.journal.look(move |state| {
        let brand = state.brand(&caller.brand)?;
        let seen = brand.shops.iter().filter(|(shop, _)| caller.may_see(shop).is_ok());
        let shops = seen.map(|(shop, known)| {
            let at = ShopKey { brand: caller.brand.clone(), shop: shop.clone() };
            let heard = presence.of_shop(&at);
            ShopOfMe {
                shop: shop.clone(),
                name: known.name.clone(),
                time_zone: known.time_zone.clone(),
                box_online: heard.is_online(now),
                last_heard_at: heard.last_heard,
            }
        });
        Some(Me {
            user,
            role,
            brand: caller.brand.to_string(),
            brand_name: brand.name.clone(),
            shops: shops.collect(),
        })
    });
    me.await?.map(Json).ok_or(ApiError::NotFound)
}

/// Which shop.
#[derive(Deserialize, IntoParams)]
pub(super) struct OfShop {
    shop: ShopId,
}

/// The day so far.
#[derive(Serialize, ToSchema)]
pub(super) struct Today {
    day: BusinessDay,
    orders: usize,
    portions: u32,
    open_orders: u32,
    by_hour: Vec<HourOfDay>,
    /// Of the whole brand, as what follows; none for who sees one shop alone.
    sms_available: Option<u64>,
    sms_sent_today: Option<u32>,
    sms_delivered_today: Option<u32>,
    sms_failed_today: Option<u32>,
}

#[derive(Serialize, ToSchema)]
struct HourOfDay {
    hour: i8,
    orders: usize,
}

/// The day so far: orders of the shop, messages of the brand.
#[utoipa::path(get, path = "/api/v1/dashboard/today", params(OfShop),
    responses((status = 200, body = Today), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn today(
    State(app): State<App>,
    caller: Caller<Dashboard>,
    InQuery(asked): InQuery<OfShop>,
) -> Result<Json<Today>, ApiError> {
    caller.may_see(&asked.shop)?;
    let at = ShopKey { brand: caller.brand.clone(), shop: asked.shop };
    let zone = shop_zone(&app, &at).await?;
    let day = business_day(Timestamp::now(), &zone);
    let (available, messages) = match caller.only_shop() {
        Some(_) => (None, None),
        None => {
            let (available, counts) = sms_today(&app, &at.brand, span(day, &zone)?).await?;
            (Some(available), Some(counts))
        }
    };
    let (figures, open_orders) =
        app.list(move |records| Ok((records.order_figures(&at, day)?, records.open_orders(&at)?))).await?;
    Ok(Json(Today {
        day,
        orders: figures.len(),
        portions: figures.iter().map(|order| order.portions).sum(),
        open_orders,
        by_hour: by_hour(&figures, &zone),
        sms_available: available,
        sms_sent_today: messages.map(|counts| counts.sent),
        sms_delivered_today: messages.map(|counts| counts.delivered),
        sms_failed_today: messages.map(|counts| counts.failed),
    }))
}

async fn sms_today(
    app: &App,
    brand: &BrandId,
    (from, to): (Timestamp, Timestamp),
) -> Result<(u64, MessageCounts), ApiError> {
    let (of, counted) = (brand.clone(), brand.clone());
    let available = move |state: &cloud_core::state::State| {
        state.brand(&of).map_or(0, |brand| brand.account.places().available.0)
    };
    let available = app.journal.look(available).await?;
    let counts = app.list(move |records| records.message_counts(&counted, from, to)).await?;
    Ok((available, counts))
}

/// Which orders.
#[derive(Deserialize, IntoParams)]
pub(super) struct WhichOrders {
    shop: ShopId,
    /// The business day; today's if it is not given.
    #[param(value_type = Option<String>)]
    day: Option<BusinessDay>,
    /// `next` of the page before.
    before: Option<String>,
    limit: Option<u32>,
}

/// A page of orders.
#[derive(Serialize, ToSchema)]
pub(super) struct Orders {
    orders: Vec<OrderView>,
    next: Option<String>,
}

/// Orders of a business day, the newest first.
#[utoipa::path(get, path = "/api/v1/orders", params(WhichOrders),
    responses((status = 200, body = Orders), (status = 404, body = Problem)))]
pub(super) async fn orders(
    State(app): State<App>,
    caller: Caller<Dashboard>,
    InQuery(asked): InQuery<WhichOrders>,
) -> Result<Json<Orders>, ApiError> {
    caller.may_see(&asked.shop)?;
    let at = ShopKey { brand: caller.brand, shop: asked.shop };
    let zone = shop_zone(&app, &at).await?;
    let day = asked.day.unwrap_or_else(|| business_day(Timestamp::now(), &zone));
    let asked = OrdersAsked { at, day, before: asked.before, limit: limit(asked.limit) };
    let Page { rows, next } = app.list(move |records| records.orders(&asked)).await?;
    Ok(Json(Orders { orders: rows, next }))
}

/// A page of messages.
#[derive(Serialize, ToSchema)]
pub(super) struct Messages {
    messages: Vec<MessageView>,
    next: Option<String>,
}

/// Messages of the brand, or of the one shop that the asker sees, the newest first.
#[utoipa::path(get, path = "/api/v1/sms/messages", params(WhichMessages), responses(
    (status = 200, body = Messages), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem)))]
pub(super) async fn messages(
    State(app): State<App>,
    caller: Caller<Records>,
    InQuery(asked): InQuery<WhichMessages>,
) -> Result<Json<Messages>, ApiError> {
    let asked = MessagesAsked {
        only: asked.filter(&caller, &app.settings.ledger_zone)?,
        brand: caller.brand,
        before: asked.before,
        limit: limit(asked.limit),
    };
    let Page { rows, next } = app.list(move |records| records.messages(&asked)).await?;
    Ok(Json(Messages { messages: rows, next }))
}

pub(super) fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(LIMIT).clamp(1, LIMIT_MAX)
}

/// The shop's time zone; another brand's shop does not exist.
async fn shop_zone(app: &App, at: &ShopKey) -> Result<TimeZone, ApiError> {
    let at = at.clone();
    let name = app
        .journal
        .look(move |state| Some(state.brand(&at.brand)?.shops.get(&at.shop)?.time_zone.clone()))
        .await?
        .ok_or(ApiError::NotFound)?;
    TimeZone::get(&name).map_err(|error| {
        tracing::error!(%error, "the time zone of a shop is not known on this machine");
        ApiError::Unavailable
    })
}

fn business_day(at: Timestamp, zone: &TimeZone) -> BusinessDay {
    let local = at.to_zoned(zone.clone()).datetime();
    BusinessDay(local.saturating_sub(SignedDuration::from_hours(DAY_BEGINS_H.into())).date())
}

/// From the beginning of a business day until before the next.
fn span(day: BusinessDay, zone: &TimeZone) -> Result<(Timestamp, Timestamp), ApiError> {
    let begin = |date: jiff::civil::Date| {
        date.at(DAY_BEGINS_H, 0, 0, 0).to_zoned(zone.clone()).map(|begin| begin.timestamp())
    };
    let ends = day.0.tomorrow().and_then(begin);
    begin(day.0).and_then(|from| Ok((from, ends?))).map_err(|_| ApiError::NotFound)
}

fn by_hour(figures: &[OrderFigure], zone: &TimeZone) -> Vec<HourOfDay> {
    let hour = |order: &OrderFigure| order.placed_at.to_zoned(zone.clone()).hour();
    (0..24)
        .map(|wanted| HourOfDay {
            hour: wanted,
            orders: figures.iter().filter(|order| hour(order) == wanted).count(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k2_the_business_day_runs_from_three_to_three_of_the_shops_own_zone() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a known zone");
        let day = |at: &str| business_day(at.parse().expect("a time"), &zone).to_string();
        assert_eq!(day("2026-11-22T02:59:59+08:00"), "2026-11-21");
        assert_eq!(day("2026-11-22T03:00:00+08:00"), "2026-11-22");
        let (from, to) = span(BusinessDay("2026-11-22".parse().expect("a date")), &zone).expect("a day");
        assert_eq!(to.duration_since(from), SignedDuration::from_hours(24));
        assert_eq!(business_day(from, &zone).to_string(), "2026-11-22");
    }
}
