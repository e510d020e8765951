//! The invented shop itself: its menu, its guests, its devices.

use edge_core::authority::{Device, FIRST_PLACE};
use edge_core::menu::MenuBook;
use edge_core::number::DayRule;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use shared::guest::Guest;
use shared::id::{DishId, LineId, OrderId, StationId};
use shared::kitchen::{Area, AreaRoute, KitchenPlan, Station};
use shared::menu::{Category, Caution, CautionKind, Dish, Menu, Name, OptionGroup};
use shared::quantity::Fen;
use shared::screen::Role;
use uuid::Uuid;

pub(crate) fn room(room: &str) -> Guest {
    Guest::Room { room: room.parse().expect("a room") }
}

pub(crate) fn wristband(wristband: &str) -> Guest {
    Guest::Wristband { wristband: wristband.parse().expect("a wristband") }
}

pub(crate) fn dish_id(dish: &str) -> DishId {
    dish.parse().expect("a dish id")
}

pub(crate) fn station_id(station: &str) -> StationId {
    station.parse().expect("a station id")
}

pub(crate) fn cashier() -> Device {
    device("cashier_1", Role::Cashier, None)
}

pub(crate) fn pad(room: &str) -> Device {
    device(&format!("pad_{room}"), Role::Pad, Some(room))
}

pub(crate) fn device(id: &str, role: Role, room: Option<&str>) -> Device {
    let room = room.map(|room| room.parse().expect("a room"));
    Device {
        id: id.parse().expect("a device id"),
        role,
        room,
        station: None,
        place: FIRST_PLACE,
        speaks: false,
    }
}

/// An order or a line that nobody ever placed.
pub(crate) fn nobodys_order() -> OrderId {
    OrderId(Uuid::from_u128(404))
}

pub(crate) fn nobodys_line() -> LineId {
    LineId(Uuid::from_u128(404))
}

pub(crate) fn moment(text: &str) -> jiff::Timestamp {
    text.parse().expect("a timestamp")
}

/// The business day of Shanghai, 03:00 to 03:00.
pub(crate) fn three_to_three() -> DayRule {
    let zone = TimeZone::get("Asia/Shanghai").expect("a known zone");
    DayRule { zone, begins_at: Time::constant(3, 0, 0, 0) }
}

pub(crate) fn name(zh: &str, en: &str) -> Name {
    Name { zh: zh.to_owned(), en: en.to_owned() }
}

pub(crate) fn menu_book() -> MenuBook {
    MenuBook::new(menu()).expect("a good menu")
}

/// Dumplings with a choice of dip and of heat, a soup, a tea. Dumplings are steamed, other food comes from the
/// wok, and nobody said who makes tea.
pub(crate) fn menu() -> Menu {
    let mut shuijiao = dish("shuijiao", "food", name("水饺", "Dumplings"), 1800);
    shuijiao.allergens = vec![name("麸质", "Gluten")];
    shuijiao.stations = vec![station_id("steamer")];
    shuijiao.options = vec![
        OptionGroup {
            name: name("蘸料", "Dip"), choices: vec![name("醋", "Vinegar"), name("酱油", "Soy")]
        },
        OptionGroup {
            name: name("辣度", "Heat"), choices: vec![name("不辣", "Mild"), name("辣", "Hot")]
        },
    ];
    let others = [dish("tang", "food", name("汤", "Soup"), 900), dish("cha", "drinks", name("茶", "Tea"), 0)];
    Menu {
        categories: vec![
            category("food", name("餐", "Food"), &["wok"]),
            category("drinks", name("饮", "Drinks"), &[]),
        ],
        dishes: [vec![shuijiao], others.into()].concat(),
        cautions: vec![
            Caution { kind: CautionKind::Allergy, name: peanuts() },
            Caution { kind: CautionKind::Diet, name: name("不吃猪肉", "No pork") },
        ],
    }
}

pub(crate) fn peanuts() -> Name {
    name("花生过敏", "Peanut allergy")
}

pub(crate) fn category(id: &str, name: Name, stations: &[&str]) -> Category {
    let stations = stations.iter().map(|station| station_id(station)).collect();
    Category { category: id.parse().expect("a category"), name, stations }
}

pub(crate) fn dish(id: &str, category: &str, name: Name, price_fen: i64) -> Dish {
    Dish {
        dish: dish_id(id),
        category: category.parse().expect("a category"),
        name,
        said_as: None,
        price_fen: Fen(price_fen),
        options: Vec::new(),
        allergens: Vec::new(),
        stations: Vec::new(),
        target_s: 600,
        picture: None,
    }
}

/// A steamer that the wok stands in for. Room 802 is in the garden, whose soup the steamer makes.
pub(crate) fn plan() -> KitchenPlan {
    let (steamer, garden) = (station_id("steamer"), "garden".parse().expect("an area"));
    let area =
        Area { area: garden, name: name("花园", "Garden"), rooms: vec!["802".parse().expect("a room")] };
    let route = AreaRoute {
        area: area.area.clone(),
        dish: Some(dish_id("tang")),
        category: None,
        stations: vec![steamer],
    };
    KitchenPlan {
        stations: vec![station("steamer", Some("wok")), station("wok", None)],
        areas: vec![area],
        area_routes: vec![route],
        printers: Vec::new(),
    }
}

pub(crate) fn station(id: &str, backup: Option<&str>) -> Station {
    Station { station: station_id(id), name: name(id, id), backup: backup.map(station_id) }
}
