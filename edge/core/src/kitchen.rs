//! Where a dish is made, and whose screens show it. Every line is on a screen that somebody can see, or in the
//! tray that every screen shows: that is what [`cover`] promises.

use std::collections::{BTreeSet, HashSet};

use shared::guest::{Guest, RoomName};
use shared::id::{AreaId, StationId};
use shared::kitchen::{AreaRoute, KitchenPlan, StationCover};
use shared::menu::{Category, Dish};

/// What is wrong with a plan: the ids at fault. Empty: nothing.
pub fn faults(plan: &KitchenPlan) -> Vec<String> {
    let stations: HashSet<&StationId> = plan.stations.iter().map(|station| &station.station).collect();
    let areas: HashSet<&AreaId> = plan.areas.iter().map(|area| &area.area).collect();
    let mut faults = twice(plan.stations.iter().map(|station| station.station.as_str()));
    faults.extend(twice(plan.areas.iter().map(|area| area.area.as_str())));
    faults.extend(twice(plan.areas.iter().flat_map(|area| &area.rooms).map(RoomName::as_str)));
    faults.extend(twice(plan.printers.iter().map(|printer| printer.printer.as_str())));
    for station in &plan.stations {
        let bad = |backup: &StationId| !stations.contains(backup) || *backup == station.station;
        faults.extend(station.backup.as_ref().filter(|backup| bad(backup)).map(StationId::to_string));
    }
    for route in &plan.area_routes {
        let leads_nowhere = route.stations.is_empty() || !areas.contains(&route.area);
        faults.extend(leads_nowhere.then(|| route.area.to_string()));
        faults.extend(unknown(&route.stations, &stations));
    }
    for printer in &plan.printers {
        faults.extend(unknown(&printer.stations, &stations));
    }
    faults
}

fn twice<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    ids.filter(|id| !seen.insert(*id)).map(str::to_owned).collect()
}

fn unknown(named: &[StationId], stations: &HashSet<&StationId>) -> Vec<String> {
    named.iter().filter(|station| !stations.contains(station)).map(StationId::to_string).collect()
}

/// Where this guest's dish is made: what the guest's area says, the closest first, then the dish, then its
/// category. Nobody says: nowhere, and the line is in the tray.
pub fn stations_of(
    plan: &KitchenPlan,
    dish: &Dish,
    category: Option<&Category>,
    guest: &Guest,
) -> Vec<StationId> {
    if let Some(route) = area_route(plan, dish, guest) {
        return route.stations.clone();
    }
    if !dish.stations.is_empty() {
        return dish.stations.clone();
    }
    category.map(|category| category.stations.clone()).unwrap_or_default()
}

fn area_route<'a>(plan: &'a KitchenPlan, dish: &Dish, guest: &Guest) -> Option<&'a AreaRoute> {
    let Guest::Room { room } = guest else { return None };
    let area = plan.areas.iter().find(|area| area.rooms.contains(room))?;
    let fits = |route: &&AreaRoute| {
        route.area == area.area
            && route.dish.as_ref().is_none_or(|named| *named == dish.dish)
            && route.category.as_ref().is_none_or(|named| *named == dish.category)
    };
    // Of two that say as much, the first counts.
    let weight = |route: &&AreaRoute| (route.dish.is_some(), route.category.is_some());
    plan.area_routes.iter().rev().filter(fits).max_by_key(weight)
}

/// Which kitchen screens are listening.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listening {
    /// Stations with a screen of their own.
    pub stations: BTreeSet<StationId>,
    /// Whether a screen shows the whole kitchen.
    pub whole_kitchen: bool,
}

/// Whose screens show what is made at each station: its own, else the nearest back-up's, else the tray, unless a
/// screen shows the whole kitchen.
pub fn cover(plan: &KitchenPlan, listening: &Listening) -> Vec<StationCover> {
    plan.stations
        .iter()
        .map(|station| {
            let shown_by = shown_by(plan, listening, &station.station);
            let in_tray = shown_by.is_none() && !listening.whole_kitchen;
            StationCover { station: station.station.clone(), shown_by, in_tray }
        })
        .collect()
}

/// Follows the back-ups. Two that back each other up are passed once.
fn shown_by(plan: &KitchenPlan, listening: &Listening, station: &StationId) -> Option<StationId> {
    let mut passed = HashSet::new();
    let mut at = Some(station);
    while let Some(station) = at.filter(|station| passed.insert(*station)) {
        if listening.stations.contains(station) {
            return Some(station.clone());
        }
        at = plan
            .stations
            .iter()
            .find(|found| found.station == *station)
            .and_then(|found| found.backup.as_ref());
    }
    None
}
