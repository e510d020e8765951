//! 档口: where a dish is made, and that every line is on a screen somebody can see or in the tray (未分配).

use std::collections::BTreeSet;

use edge_core::kitchen::{Listening, cover, faults, stations_of};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use shared::guest::Guest;
use shared::id::StationId;
use shared::kitchen::{Area, AreaRoute, KitchenPlan, StationCover};

use crate::kitchen::{
    Kitchen, category, dish, dish_id, menu, name, plan, room, save_plan, some, start, station, station_id,
    wristband,
};

fn made_at(kitchen: &mut Kitchen, guest: &Guest, dish: &str) -> Vec<String> {
    let line = kitchen.order(guest, &[dish])[0];
    kitchen.line(line).placed.stations.iter().map(StationId::to_string).collect()
}

#[test]
fn station_by_dish_then_category_and_the_area_of_the_room_before_both() {
    let mut kitchen = Kitchen::with_stations();
    for (guest, dish, stations) in [
        (room("801"), "shuijiao", vec!["steamer"]),
        (room("801"), "tang", vec!["wok"]),
        (room("801"), "cha", vec![]),
        (room("802"), "tang", vec!["steamer"]),
        (room("802"), "shuijiao", vec!["steamer"]),
        (wristband("802"), "tang", vec!["wok"]),
    ] {
        assert_eq!(made_at(&mut kitchen, &guest, dish), stations, "{guest} {dish}");
    }
}

#[test]
fn station_the_more_an_areas_route_says_the_more_it_weighs() {
    let route = |dish: Option<&str>, category: Option<&str>, to: &str| AreaRoute {
        area: "garden".parse().expect("an area"),
        dish: dish.map(dish_id),
        category: category.map(|category| category.parse().expect("a category")),
        stations: vec![station_id(to)],
    };
    let all = [
        route(None, None, "pass"),
        route(None, Some("food"), "wok"),
        route(None, Some("food"), "second"),
        route(Some("tang"), None, "steamer"),
    ];
    let menu = menu();
    for (routes, dish, to) in
        [(&all[..], 1, "steamer"), (&all[..], 0, "wok"), (&all[..], 2, "pass"), (&all[..1], 1, "pass")]
    {
        let plan = KitchenPlan { area_routes: routes.to_vec(), ..plan() };
        let dish = &menu.dishes[dish];
        let category = menu.categories.iter().find(|category| category.category == dish.category);
        assert_eq!(stations_of(&plan, dish, category, &room("802")), [station_id(to)], "{}", dish.dish);
    }
}

#[test]
fn station_of_a_line_is_decided_when_it_is_ordered_and_goes_with_its_parts() {
    let mut kitchen = Kitchen::with_stations();
    let line = kitchen.dumplings(&room("801"), 3);
    kitchen.done(save_plan(kitchen.shop.kitchen_view().edited, KitchenPlan::default()));
    let part = crate::kitchen::lines_of(&kitchen.done(some(1, start(line))))[0];
    assert_eq!(kitchen.line(part).placed.stations, [station_id("steamer")]);
}

#[test]
fn station_without_a_screen_is_shown_by_its_back_up_and_the_back_ups_of_that() {
    let plan = KitchenPlan {
        stations: vec![
            station("steamer", Some("wok")),
            station("wok", Some("pass")),
            station("pass", Some("steamer")),
            station("bar", None),
        ],
        ..KitchenPlan::default()
    };
    let shown = |listening: &[&str], whole_kitchen| -> Vec<String> {
        let stations = listening.iter().map(|station| station_id(station)).collect();
        let covers = cover(&plan, &Listening { stations, whole_kitchen });
        covers
            .iter()
            .map(|cover| match (&cover.shown_by, cover.in_tray) {
                (Some(by), false) => by.to_string(),
                (None, true) => "tray".to_owned(),
                (None, false) => "whole".to_owned(),
                (Some(_), true) => panic!("shown and in the tray"),
            })
            .collect()
    };
    assert_eq!(shown(&["steamer", "wok", "pass", "bar"], false), ["steamer", "wok", "pass", "bar"]);
    assert_eq!(shown(&["pass"], false), ["pass", "pass", "pass", "tray"]);
    assert_eq!(shown(&["wok"], false), ["wok", "wok", "wok", "tray"]);
    assert_eq!(shown(&["bar"], true), ["whole", "whole", "whole", "bar"]);
    assert_eq!(shown(&[], false), ["tray", "tray", "tray", "tray"]);
}

#[test]
fn station_plan_that_could_not_work_is_refused_and_says_where() {
    let spoilt = |spoil: fn(&mut KitchenPlan)| {
        let mut plan = plan();
        spoil(&mut plan);
        let refusal = Kitchen::open().refused(save_plan(0, plan));
        assert_eq!(refusal.code(), "bad_plan");
        refusal.about().join(" ")
    };
    assert_eq!(faults(&plan()), [""; 0]);
    assert_eq!(spoilt(|plan| plan.stations.push(station("wok", None))), "wok");
    assert_eq!(spoilt(|plan| plan.stations[1].backup = Some(station_id("wok"))), "wok");
    assert_eq!(spoilt(|plan| plan.stations[0].backup = Some(station_id("grill"))), "grill");
    assert_eq!(spoilt(|plan| plan.areas.push(plan.areas[0].clone())), "garden 802");
    assert_eq!(spoilt(|plan| plan.area_routes[0].area = "roof".parse().expect("an area")), "roof");
    assert_eq!(spoilt(|plan| plan.area_routes[0].stations = vec![station_id("grill")]), "grill");
    assert_eq!(spoilt(|plan| plan.area_routes[0].stations.clear()), "garden", "it leads nowhere");
}

#[test]
fn k11_a_plan_is_saved_once_and_never_over_somebody_elses() {
    let mut kitchen = Kitchen::with_stations();
    let edited = kitchen.shop.kitchen_view().edited;
    assert!(kitchen.done(save_plan(0, plan())).is_empty(), "it is so already");
    assert_eq!(kitchen.refused(save_plan(0, KitchenPlan::default())).code(), "menu_changed");
    kitchen.done(save_plan(edited, KitchenPlan::default()));
    assert!(kitchen.shop.kitchen_view().plan.stations.is_empty());
}

/// What a screen shows, from what the box tells it: as `shared/docs/wire.md` says.
fn is_seen(
    plan: &KitchenPlan,
    covers: &[StationCover],
    listening: &Listening,
    made_at: &[StationId],
) -> bool {
    let covered = |station: &&StationId| covers.iter().find(|cover| cover.station == **station);
    let on_a_screen = made_at
        .iter()
        .filter_map(|station| covered(&station))
        .any(|cover| cover.shown_by.as_ref().is_some_and(|by| listening.stations.contains(by)));
    let in_tray = made_at.iter().all(|station| covered(&station).is_none_or(|cover| cover.in_tray));
    plan.stations.is_empty() || listening.whole_kitchen || on_a_screen || in_tray
}

const STATIONS: [&str; 5] = ["steamer", "wok", "grill", "bar", "cold"];

/// Any plan, also one with a station that another one still names.
fn any_plan() -> impl Strategy<Value = KitchenPlan> {
    let stations = subsequence(STATIONS.to_vec(), 0..=5);
    let backups = prop::collection::vec(prop::option::of(any::<Index>()), 5);
    let route = (prop::bool::ANY, prop::bool::ANY, subsequence(STATIONS.to_vec(), 0..=2)).prop_map(
        |(dish, category, stations)| AreaRoute {
            area: "garden".parse().expect("an area"),
            dish: dish.then(|| dish_id("tang")),
            category: category.then(|| "food".parse().expect("a category")),
            stations: stations.into_iter().map(station_id).collect(),
        },
    );
    (stations, backups, prop::collection::vec(route, 0..3)).prop_map(|(stations, backups, area_routes)| {
        let backup = |index: usize| {
            backups[index].map(|backup| *backup.get(&STATIONS)).filter(|backup| *backup != stations[index])
        };
        let stations = (0..stations.len()).map(|index| station(stations[index], backup(index))).collect();
        let area = Area {
            area: "garden".parse().expect("an area"),
            name: name("花园", "Garden"),
            rooms: vec!["802".parse().expect("a room")],
        };
        KitchenPlan { stations, areas: vec![area], area_routes, printers: Vec::new() }
    })
}

proptest! {
    #[test]
    fn station_every_line_is_on_a_live_screen_or_in_the_tray(
        plan in any_plan(),
        now in any_plan(),
        by_dish in subsequence(STATIONS.to_vec(), 0..=3),
        by_category in subsequence(STATIONS.to_vec(), 0..=2),
        listening in subsequence(STATIONS.to_vec(), 0..=5),
        whole_kitchen in any::<bool>(),
        in_the_garden in any::<bool>(),
    ) {
        let mut dish = dish("tang", "food", name("汤", "Soup"), 900);
        dish.stations = by_dish.into_iter().map(station_id).collect();
        let category = category("food", name("餐", "Food"), &by_category);
        let guest = room(if in_the_garden { "802" } else { "801" });
        let made_at = stations_of(&plan, &dish, Some(&category), &guest);
        let stations: BTreeSet<_> = listening.into_iter().map(station_id).collect();
        let listening = Listening { stations, whole_kitchen };
        // Ordered under one plan, shown under the same and under any later one.
        for plan in [&plan, &now] {
            let covers = cover(plan, &listening);
            prop_assert!(covers.iter().all(|cover| cover.shown_by.is_none() || !cover.in_tray));
            prop_assert!(is_seen(plan, &covers, &listening, &made_at), "{:?} {:?}", covers, made_at);
        }
    }
}
