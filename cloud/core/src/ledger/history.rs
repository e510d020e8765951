//! How a balance came down day by day, and when it will run out if it goes on as of late: what the chart of the
//! dashboard is drawn from.
//!
//! Nothing is decided by what stands here. The last day's balance is the present one and each day before it follows
//! from what changed since, so that past days are exact and cost no more than the days asked for.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::{Account, Flow};
use crate::units::Units;

/// "Of late" is so many days: two weeks have every day of the week twice.
pub const LATE_DAYS: i32 = 14;
/// Further than this nobody plans.
const OUTLOOK_DAYS_MAX: u32 = 366;

/// A day of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// What was left, available and frozen, when it ended; of today: what is left now.
    pub balance: Units,
    /// What changed it.
    pub flow: Flow,
}

/// What was used of late: so much on so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyUse {
    /// Paid, less what was returned.
    pub units: Units,
    /// On how many days: [`LATE_DAYS`], or as many as the books have.
    pub days: u32,
}

/// What will be left at the end of the days to come, if as much is used as of late and nothing is bought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlook {
    /// From tomorrow on; the last of them is the day on which nothing is left, or a year from now.
    pub days: Vec<(Date, Units)>,
    /// The day on which nothing is left.
    pub runs_out_on: Option<Date>,
}

/// What days are made of, copied out of an account.
#[derive(Debug, Clone)]
pub struct History {
    balance: Units,
    began: Option<Timestamp>,
    flows: Vec<(Timestamp, Flow)>,
    /// What is left by last day, in the order in which it is used.
    stocks: Vec<(Date, Units)>,
}

impl History {
    /// The history of an account since then.
    pub fn since(account: &Account, from: Timestamp) -> Self {
        let stocks = account.lots().map(|lot| (lot.package.expires_on, lot.places.balance()));
        Self {
            balance: account.places().balance(),
            began: account.flows.began(),
            flows: account.flows.since(from).collect(),
            stocks: stocks.filter(|(_, units)| *units > Units::ZERO).collect(),
        }
    }

    /// Every day from `from` to `to`, which is today at the latest, in that time zone. The days must not reach back
    /// further than the history.
    pub fn days(&self, zone: &TimeZone, from: Date, to: Date) -> Vec<Day> {
        let flows = self.by_day(zone);
        let after = flows.range(to..).filter(|(date, _)| **date > to).map(|(_, flow)| flow.net());
        let mut balance = i128::from(self.balance.0) - after.sum::<i128>();
        let mut days = Vec::new();
        let mut date = to;
        while date >= from {
            let flow = flows.get(&date).copied().unwrap_or_default();
            days.push(Day { date, balance: whole(balance), flow });
            balance -= flow.net();
            let Ok(yesterday) = date.yesterday() else { break };
            date = yesterday;
        }
        days.reverse();
        days
    }

    /// What was used on the last [`LATE_DAYS`] whole days, or of those since the books began; of today, if that is when.
    /// `None`: nothing was ever bought.
    pub fn use_of_late(&self, zone: &TimeZone, today: Date) -> Option<DailyUse> {
        let began = zone.to_datetime(self.began?).date();
        let first = today.saturating_sub(Span::new().days(LATE_DAYS)).max(began);
        let last = today.yesterday().unwrap_or(today).max(first);
        let days = (last - first).get_days().unsigned_abs() + 1;
        let flows = self.by_day(zone);
        let used: i128 = flows
            .range(first..=last)
            .map(|(_, flow)| i128::from(flow.paid.0) - i128::from(flow.returned.0))
            .sum();
        Some(DailyUse { units: whole(used), days })
    }

    /// What will be left day by day: so much is used each day, oldest expiry first, and packages die on their day.
    pub fn outlook(&self, today: Date, daily: DailyUse) -> Outlook {
        let mut stocks = self.stocks.clone();
        let mut outlook = Outlook::default();
        let mut date = today;
        for number in 1..=OUTLOOK_DAYS_MAX {
            let Ok(tomorrow) = date.tomorrow() else { break };
            date = tomorrow;
            stocks.retain(|(last_day, _)| *last_day >= date);
            take(&mut stocks, daily.until(number) - daily.until(number - 1));
            let left: Units = stocks.iter().map(|(_, units)| *units).sum();
            outlook.days.push((date, left));
            if left == Units::ZERO {
                outlook.runs_out_on = Some(date).filter(|_| self.balance > Units::ZERO);
                break;
            }
        }
        outlook
    }

    fn by_day(&self, zone: &TimeZone) -> BTreeMap<Date, Flow> {
        let mut days: BTreeMap<Date, Flow> = BTreeMap::new();
        for (begins, flow) in &self.flows {
            days.entry(zone.to_datetime(*begins).date()).or_default().add(flow);
        }
        days
    }
}

impl DailyUse {
    /// What is used in so many days.
    fn until(self, days: u32) -> Units {
        let used = u128::from(self.units.0) * u128::from(days) / u128::from(self.days.max(1));
        Units(u64::try_from(used).unwrap_or(u64::MAX))
    }
}

fn take(stocks: &mut Vec<(Date, Units)>, wanted: Units) {
    let mut missing = wanted;
    for (_, units) in stocks.iter_mut() {
        let part = missing.min(*units);
        *units -= part;
        missing -= part;
    }
    stocks.retain(|(_, units)| *units > Units::ZERO);
}

/// A clock that was put back may show more used than there was on a day of the past.
fn whole(units: i128) -> Units {
    Units(u64::try_from(units.max(0)).unwrap_or(u64::MAX))
}
