//! Where the units of a brand go: sums of its books and of its messages.

use std::collections::{BTreeMap, BTreeSet};

use cloud_core::id::CarrierAccountId;
use cloud_core::ledger::{DailyUse, Day, Outlook};
use cloud_core::sms::Kind;
use cloud_core::units::Units;
use jiff::civil::Date;
use serde::Serialize;
use shared::id::ShopId;
use utoipa::ToSchema;

use super::{MessageStateView, PackageView, ReasonCode};
use crate::store::MessageFigure;

/// How the balance came down, and how it will.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceFigures {
    /// Every day asked for, up to today.
    pub days: Vec<DayFigure>,
    /// Units used a day, of late; none before the first package.
    pub daily_use: Option<f64>,
    /// What will be left at the end of the days from tomorrow on, if as much is used as of late and nothing is bought.
    pub outlook: Vec<OutlookFigure>,
    /// The day on which nothing will be left; none if that is more than a year away, or nothing is left now.
    #[schema(value_type = Option<String>, format = Date)]
    pub runs_out_on: Option<Date>,
    /// The packages, in the order in which they are used.
    pub packages: Vec<PackageView>,
}

/// A day of the books.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayFigure {
    /// Which.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// What was left when it ended, available and frozen; of today: what is left now.
    pub balance: u64,
    /// Bought or granted.
    pub added: u64,
    /// Paid, less what was returned; less than none on a day on which more was returned.
    pub used: i64,
    /// Gone with its package.
    pub expired: u64,
    /// Taken back.
    pub revoked: u64,
}

/// A day to come.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutlookFigure {
    /// Which.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// What will be left when it ends.
    pub balance: u64,
}

/// What became of the messages that one carrier account was given.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CarrierFigure {
    /// The account.
    #[schema(value_type = String)]
    pub carrier: CarrierAccountId,
    /// It took them.
    pub taken: u64,
    /// Of those, they arrived.
    pub delivered: u64,
    /// Of those, they did not.
    pub undelivered: u64,
    /// Nobody knows whether it took them.
    pub in_doubt: u64,
    /// It did not take them.
    pub failed: u64,
}

/// Messages that did not go out or did not arrive, by why.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonFigure {
    /// Why.
    #[schema(value_type = String)]
    pub reason_code: ReasonCode,
    /// `failed`, `undelivered` or `released`, or those of them that it was.
    pub states: BTreeSet<MessageStateView>,
    /// How many.
    pub messages: u64,
    /// What the brand paid for them all the same.
    pub units: u64,
}

/// What the messages of one shop cost, or those that the brand's own systems asked for.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShopFigure {
    /// The shop; none: the brand's own systems.
    pub shop: Option<ShopId>,
    /// What people call it.
    pub name: Option<String>,
    /// Messages that were paid.
    pub messages: u64,
    /// What they cost.
    pub units: u64,
    /// The same by kind; kinds without any are absent.
    pub kinds: Vec<KindFigure>,
}

/// What messages of one kind cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KindFigure {
    /// `verification`, `notification`, `marketing`.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// Messages that were paid.
    pub messages: u64,
    /// What they cost.
    pub units: u64,
}

impl BalanceFigures {
    pub(crate) fn new(
        days: &[Day],
        daily: Option<DailyUse>,
        outlook: &Outlook,
        packages: Vec<PackageView>,
    ) -> Self {
        let later = |(day, balance): &(Date, Units)| OutlookFigure { day: *day, balance: balance.0 };
        Self {
            days: days.iter().map(DayFigure::from).collect(),
            #[expect(clippy::cast_precision_loss, reason = "an average is rounded in any case")]
            daily_use: daily.map(|daily| daily.units.0 as f64 / f64::from(daily.days)),
            outlook: outlook.days.iter().map(later).collect(),
            runs_out_on: outlook.runs_out_on,
            packages,
        }
    }
}

impl From<&Day> for DayFigure {
    fn from(day: &Day) -> Self {
        let flow = day.flow;
        let used = i128::from(flow.paid.0) - i128::from(flow.returned.0);
        Self {
            day: day.date,
            balance: day.balance.0,
            added: flow.added.0,
            used: i64::try_from(used).unwrap_or(i64::MAX),
            expired: flow.expired.0,
            revoked: flow.revoked.0,
        }
    }
}

/// By carrier account, the one with most messages first.
pub(crate) fn by_carrier(figures: &[MessageFigure]) -> Vec<CarrierFigure> {
    let mut found: BTreeMap<&CarrierAccountId, CarrierFigure> = BTreeMap::new();
    for figure in figures {
        let Some(carrier) = &figure.carrier else { continue };
        let of = found.entry(carrier).or_insert_with(|| CarrierFigure {
            carrier: carrier.clone(),
            taken: 0,
            delivered: 0,
            undelivered: 0,
            in_doubt: 0,
            failed: 0,
        });
        let count = figure.messages;
        match figure.state {
            MessageStateView::Accepted => of.taken += count,
            MessageStateView::Delivered => {
                (of.taken, of.delivered) = (of.taken + count, of.delivered + count)
            }
            MessageStateView::Undelivered => {
                (of.taken, of.undelivered) = (of.taken + count, of.undelivered + count);
            }
            MessageStateView::InDoubt => of.in_doubt += count,
            MessageStateView::Failed => of.failed += count,
            MessageStateView::Queued | MessageStateView::Submitting | MessageStateView::Released => {}
        }
    }
    let mut carriers: Vec<_> = found.into_values().collect();
    carriers.sort_by_key(|of| std::cmp::Reverse(of.taken + of.in_doubt + of.failed));
    carriers
}

/// By reason, the most frequent first. Whoever only waits has not failed.
pub(crate) fn by_reason(figures: &[MessageFigure]) -> Vec<ReasonFigure> {
    const MISSED: [MessageStateView; 3] =
        [MessageStateView::Failed, MessageStateView::Undelivered, MessageStateView::Released];
    let mut found: BTreeMap<&ReasonCode, ReasonFigure> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| MISSED.contains(&figure.state)) {
        let Some(reason) = &figure.reason else { continue };
        let of = found.entry(reason).or_insert_with(|| ReasonFigure {
            reason_code: reason.clone(),
            states: BTreeSet::new(),
            messages: 0,
            units: 0,
        });
        of.states.insert(figure.state);
        of.messages += figure.messages;
        of.units += figure.charged();
    }
    let mut reasons: Vec<_> = found.into_values().collect();
    reasons.sort_by_key(|of| std::cmp::Reverse(of.messages));
    reasons
}

/// By shop, the one that cost most first, with its name.
pub(crate) fn by_shop(
    figures: &[MessageFigure],
    name: impl Fn(&ShopId) -> Option<String>,
) -> Vec<ShopFigure> {
    let mut found: BTreeMap<Option<&ShopId>, BTreeMap<Kind, KindFigure>> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| figure.charged() > 0) {
        let kinds = found.entry(figure.shop.as_ref()).or_default();
        let of = kinds.entry(figure.kind).or_insert(KindFigure { kind: figure.kind, messages: 0, units: 0 });
        of.messages += figure.messages;
        of.units += figure.charged();
    }
    let shop = |(shop, kinds): (Option<&ShopId>, BTreeMap<Kind, KindFigure>)| ShopFigure {
        shop: shop.cloned(),
        name: shop.and_then(&name),
        messages: kinds.values().map(|of| of.messages).sum(),
        units: kinds.values().map(|of| of.units).sum(),
        kinds: kinds.into_values().collect(),
    };
    let mut shops: Vec<_> = found.into_iter().map(shop).collect();
    shops.sort_by_key(|of| std::cmp::Reverse(of.units));
    shops
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(
        shop: &str,
        carrier: &str,
        state: MessageStateView,
        reason: &str,
        messages: u64,
    ) -> MessageFigure {
        MessageFigure {
            kind: if messages > 5 { Kind::Marketing } else { Kind::Notification },
            shop: (!shop.is_empty()).then(|| shop.parse().expect("a slug")),
            carrier: (!carrier.is_empty()).then(|| carrier.parse().expect("an id")),
            state,
            reason: (!reason.is_empty()).then(|| reason.to_owned().into()),
            messages,
            units: 2 * messages,
        }
    }

    fn some() -> Vec<MessageFigure> {
        use MessageStateView::{Accepted, Delivered, Failed, InDoubt, Queued, Released, Undelivered};
        vec![
            figure("aa", "one", Delivered, "", 9),
            figure("aa", "one", Accepted, "", 1),
            figure("bb", "one", Undelivered, "receipt:UNDELIV", 3),
            figure("", "other", InDoubt, "no_answer", 4),
            figure("", "other", Failed, "carrier:105", 5),
            figure("aa", "", Released, "too_old", 2),
            figure("aa", "one", Failed, "too_old", 1),
            figure("bb", "", Queued, "carrier_busy", 7),
        ]
    }

    #[test]
    fn s7_each_carriers_messages_are_counted_by_what_became_of_them() {
        let sums = |of: &CarrierFigure| (of.taken, of.delivered, of.undelivered, of.in_doubt, of.failed);
        let carriers = by_carrier(&some());
        let sums: Vec<_> = carriers.iter().map(|of| (of.carrier.to_string(), sums(of))).collect();
        assert_eq!(sums, [("one".to_owned(), (13, 9, 3, 0, 1)), ("other".to_owned(), (0, 0, 0, 4, 5))]);
    }

    #[test]
    fn s6_what_did_not_arrive_is_counted_by_reason_and_costs_only_what_was_taken() {
        let reasons = by_reason(&some());
        let sums: Vec<_> =
            reasons.iter().map(|of| (of.reason_code.as_str(), of.messages, of.units)).collect();
        assert_eq!(sums, [("carrier:105", 5, 0), ("receipt:UNDELIV", 3, 6), ("too_old", 3, 0)]);
        assert_eq!(reasons[2].states.len(), 2);
    }

    #[test]
    fn s4_what_was_paid_is_summed_by_shop_and_kind() {
        let shops = by_shop(&some(), |shop| Some(format!("店 {shop}")));
        let sums: Vec<_> = shops.iter().map(|of| (of.name.as_deref(), of.messages, of.units)).collect();
        assert_eq!(sums, [(Some("店 aa"), 10, 20), (None, 4, 8), (Some("店 bb"), 3, 6)]);
        assert_eq!(shops[0].kinds.iter().map(|of| of.units).collect::<Vec<_>>(), [2, 18]);
    }
}
