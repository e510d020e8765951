//! One of everything that crosses a wire, with invented names.

pub(crate) mod messages;
pub(crate) mod sync;

use std::collections::BTreeMap;

use shared::command::{Answer, Command, Outcome, RecalledFrom, Reply, Request, WantedLine};
use shared::fact::{Fact, Recorded, SmsTemplate};
use shared::guest::{Guest, ManagerName, PhoneNumber, Pin};
use shared::id::{AccountId, DeviceId, DishId, LineId, OrderId, RequestId, SmsId, StationId};
use shared::kitchen::{
    Area, AreaRoute, KitchenPlan, Paper, PrintMode, Printer, PrinterAddress, Station, StationCover,
};
use shared::menu::{Category, Caution, CautionKind, Dish, Menu, Name, OptionGroup};
use shared::order::{
    CancelReason, CompletionReason, LineState, LineView, Move, Notice, OrderState, OrderView, PlacedLine,
    Rush, Step,
};
use shared::problem::Problem;
use shared::quantity::{BusinessDay, Fen, OrderNumber, Quantity};
use shared::screen::{
    Board, BoardEvent, DishLeft, Heartbeat, KitchenView, MenuEvent, MenuView, Role, ServiceCall, Session,
};
use uuid::Uuid;

pub(crate) fn request() -> RequestId {
    RequestId(Uuid::from_u128(0xabc))
}

pub(crate) fn order() -> OrderId {
    OrderId::opened_by(request())
}

pub(crate) fn line(index: usize) -> LineId {
    LineId::nth_of(request(), index)
}

pub(crate) fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_795_345_200 + second).expect("in range")
}

pub(crate) fn name(zh: &str, en: &str) -> Name {
    Name { zh: zh.to_owned(), en: en.to_owned() }
}

fn room() -> Guest {
    Guest::Room { room: "801".parse().expect("a room") }
}

fn phone() -> PhoneNumber {
    PhoneNumber::new("13900000000").expect("eleven digits")
}

pub(crate) fn day() -> BusinessDay {
    BusinessDay(jiff::civil::date(2026, 11, 22))
}

fn wristband() -> Guest {
    Guest::Wristband { wristband: "17".parse().expect("a wristband") }
}

fn manager() -> ManagerName {
    "店长".parse().expect("a name")
}

fn peanuts() -> Caution {
    Caution { kind: CautionKind::Allergy, name: name("花生过敏", "Peanut allergy") }
}

fn steamer() -> StationId {
    "steamer".parse().expect("a station")
}

fn step(second: i64) -> Step {
    Step { at: at(second), by: device() }
}

fn portions(portions: u16) -> Quantity {
    Quantity::new(portions).expect("in range")
}

/// Two plates of dumplings with all that a line can have.
pub(crate) fn dumplings() -> PlacedLine {
    PlacedLine {
        line: line(0),
        dish: "shuijiao".parse().expect("a dish"),
        name: name("水饺", "Dumplings"),
        quantity: Quantity::new(2).expect("in range"),
        price_fen: Fen(1800),
        options: vec![name("微辣", "Mild")],
        allergens: vec![name("麸质", "Gluten")],
        cautions: vec![peanuts()],
        note: "不要葱 <b>&</b>".to_owned(),
        target_s: 600,
        stations: vec![steamer()],
        held: true,
        remake_of: Some(line(7)),
    }
}

/// A tea with nothing said about it.
pub(crate) fn tea() -> PlacedLine {
    PlacedLine {
        line: line(1),
        dish: "cha".parse().expect("a dish"),
        name: name("茶", "Tea"),
        quantity: Quantity::new(1).expect("in range"),
        price_fen: Fen(0),
        options: Vec::new(),
        allergens: Vec::new(),
        cautions: Vec::new(),
        note: String::new(),
        target_s: 120,
        stations: Vec::new(),
        held: false,
        remake_of: None,
    }
}

pub(crate) fn placed() -> Fact {
    Fact::OrderPlaced {
        order: order(),
        number: OrderNumber(1),
        day: day(),
        guest: room(),
        lines: vec![dumplings()],
        phone: Some(phone()),
    }
}

/// Every fact; one of them also without what it may leave out.
pub(crate) fn facts() -> Vec<(&'static str, Fact)> {
    let (order, line, dish) = (order(), line(0), dumplings().dish);
    let without_phone = Fact::OrderPlaced {
        order,
        number: OrderNumber(100),
        day: day(),
        guest: wristband(),
        lines: vec![tea()],
        phone: None,
    };
    let params = BTreeMap::from([("dish", "水饺"), ("number", "#01")]);
    let sms = Fact::SmsRequested {
        sms: SmsId::about_round(order, 0),
        order,
        round: 0,
        phone: phone(),
        template: SmsTemplate::DishReady,
        params: params.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
    };
    vec![
        ("order_placed", placed()),
        ("order_placed.wristband", without_phone),
        ("lines_added", Fact::LinesAdded { order, round: 1, lines: vec![tea()], phone: None }),
        ("cooking_started", Fact::CookingStarted { order, line }),
        ("cooking_finished", Fact::CookingFinished { order, line }),
        ("pickup_called", Fact::PickupCalled { order, line }),
        ("line_picked_up", Fact::LinePickedUp { order, line }),
        ("line_cancelled", Fact::LineCancelled { order, line, reason: CancelReason::Asked }),
        ("order_completed", Fact::OrderCompleted { order, reason: CompletionReason::RoomCleaned }),
        ("sms_requested", sms),
    ]
    .into_iter()
    .chain(kitchen_facts())
    .chain(menu_facts(dish))
    .chain(messages::facts())
    .chain(sync::facts())
    .collect()
}

/// What can happen to a line beside the way it should go.
fn kitchen_facts() -> Vec<(&'static str, Fact)> {
    let (order, line, lines) = (order(), line(0), vec![line(0), line(1)]);
    let reason = "不新鲜".to_owned();
    let again = PlacedLine { line: self::line(2), remake_of: Some(line), ..tea() };
    vec![
        ("line_split", Fact::LineSplit { order, line, part: self::line(3), portions: portions(1) }),
        ("lines_held", Fact::LinesHeld { order, lines: lines.clone() }),
        ("lines_fired", Fact::LinesFired { order, lines: lines.clone() }),
        ("lines_rushed", Fact::LinesRushed { order, lines: lines.clone() }),
        ("notices_seen", Fact::NoticesSeen { order, lines }),
        ("line_voided", Fact::LineVoided { order, line, reason: reason.clone(), approved_by: manager() }),
        ("line_remade", Fact::LineRemade { order, line, again, reason }),
        ("line_recalled", Fact::LineRecalled { order, line }),
        ("guest_moved", Fact::GuestMoved { order, from: wristband(), to: room() }),
        ("service_called", Fact::ServiceCalled { guest: room(), wish: None }),
        ("service_answered", Fact::ServiceAnswered { guest: room() }),
    ]
}

fn menu_facts(dish: DishId) -> Vec<(&'static str, Fact)> {
    let Menu { categories, dishes, cautions } = menu();
    let ids = dishes.iter().map(|dish| dish.dish.clone()).collect();
    let saved = dishes.into_iter().next().expect("the menu has a dish");
    vec![
        ("dish_sold_out", Fact::DishSoldOut { dish: dish.clone(), day: Some(day()) }),
        ("dish_limited", Fact::DishLimited { dish: dish.clone(), left: 3, day: day() }),
        ("dish_back_on_sale", Fact::DishBackOnSale { dish: dish.clone() }),
        ("dish_saved", Fact::DishSaved { dish: Box::new(saved) }),
        ("dish_removed", Fact::DishRemoved { dish }),
        ("menu_arranged", Fact::MenuArranged { categories, dishes: ids, cautions }),
        ("kitchen_planned", Fact::KitchenPlanned { plan: kitchen_plan() }),
    ]
}

/// Every command; one of them also without what it may leave out.
pub(crate) fn commands() -> Vec<(&'static str, Command)> {
    let (line, dish) = (line(0), dumplings().dish);
    let wanted = |placed: PlacedLine| WantedLine {
        dish: placed.dish,
        quantity: placed.quantity,
        options: placed.options,
        cautions: placed.cautions.into_iter().map(|caution| caution.name).collect(),
        hold: placed.held,
        note: placed.note,
    };
    let full =
        Command::PlaceOrder { guest: Some(room()), lines: vec![wanted(dumplings())], phone: Some(phone()) };
    let from_a_pad = Command::PlaceOrder { guest: None, lines: vec![wanted(tea())], phone: None };
    let wristband = "17".parse().expect("a wristband");
    vec![
        ("place_order", full),
        ("place_order.pad", from_a_pad),
        ("start_cooking", Command::StartCooking { line, portions: None }),
        ("start_cooking.part", Command::StartCooking { line, portions: Some(portions(1)) }),
        ("finish_cooking", Command::FinishCooking { line, portions: None }),
        ("call_for_pickup", Command::CallForPickup { line }),
        ("pick_up", Command::PickUp { line, portions: None }),
        ("cancel_line", Command::CancelLine { line }),
        ("cancel_order", Command::CancelOrder { order: order() }),
        ("clean_room", Command::CleanRoom { room: "801".parse().expect("a room") }),
        ("return_wristband", Command::ReturnWristband { wristband }),
        ("mark_sold_out", Command::MarkSoldOut { dish: dish.clone() }),
        ("limit_dish", Command::LimitDish { dish: dish.clone(), left: 3 }),
        ("mark_back_on_sale", Command::MarkBackOnSale { dish }),
        ("save_menu", Command::SaveMenu { expects: 3, menu: Box::new(menu()) }),
        ("save_kitchen_plan", Command::SaveKitchenPlan { expects: 3, plan: Box::new(kitchen_plan()) }),
    ]
    .into_iter()
    .chain(kitchen_commands())
    .chain(messages::commands())
    .collect()
}

fn kitchen_commands() -> Vec<(&'static str, Command)> {
    let (order, line) = (order(), line(0));
    let reason = "不新鲜".to_owned();
    let void = Command::VoidLine { line, portions: None, reason: reason.clone(), pin: Pin::new("000000") };
    vec![
        ("hold_lines", Command::HoldLines { order, lines: vec![line] }),
        ("fire_lines", Command::FireLines { order, lines: Vec::new() }),
        ("rush_lines", Command::RushLines { order, lines: vec![line] }),
        ("acknowledge_notices", Command::AcknowledgeNotices { order, lines: vec![line] }),
        ("void_line", void),
        ("remake_line", Command::RemakeLine { line, portions: Some(portions(1)), reason }),
        ("recall_line", Command::RecallLine { line, from: RecalledFrom::PickedUp }),
        ("move_guest", Command::MoveGuest { from: wristband(), to: room(), join: true }),
        ("call_service", Command::CallService { guest: None, wish: None }),
        ("answer_service", Command::AnswerService { guest: room() }),
    ]
}

pub(crate) fn line_states() -> Vec<(&'static str, LineState)> {
    let (ready_at, called_at) = (at(300), at(310));
    vec![
        ("held", LineState::Held),
        ("waiting", LineState::Waiting),
        ("cooking", LineState::Cooking { started_at: at(60) }),
        ("ready", LineState::Ready { ready_at }),
        ("notified", LineState::Notified { ready_at, called_at }),
        ("picked_up", LineState::PickedUp { picked_up_at: at(360) }),
        ("cancelled", LineState::Cancelled { reason: CancelReason::GuestLeft }),
        (
            "voided",
            LineState::Voided { voided_at: at(330), reason: "不新鲜".to_owned(), approved_by: manager() },
        ),
        ("remade", LineState::Remade { remade_at: at(340), again: line(9) }),
    ]
}

/// An order with a line in every state.
pub(crate) fn order_view() -> OrderView {
    let states = line_states().into_iter().enumerate();
    let shown = |(index, (_, state)): (usize, (&str, LineState))| LineView {
        placed: PlacedLine { line: line(index), ..if index == 0 { dumplings() } else { tea() } },
        round: u32::from(index > 2),
        placed_at: at(0),
        due_from: at(30),
        state,
        last: step(300),
        rush: (index == 0).then(|| Rush { count: 2, last: step(200) }),
        unseen: if index == 0 {
            vec![Notice::Rushed, Notice::Voided, Notice::LeftBehind]
        } else {
            Vec::new()
        },
    };
    OrderView {
        order: order(),
        number: OrderNumber(1),
        day: day(),
        guest: room(),
        moves: vec![Move { from: wristband(), step: step(90) }],
        placed_by: device(),
        placed_at: at(0),
        state: OrderState::Cooking,
        revision: 12,
        lines: states.map(shown).collect(),
        sms: sync::sms_views(),
    }
}

fn device() -> DeviceId {
    "pad_801".parse().expect("a device")
}

pub(crate) fn answer() -> Answer {
    Answer { revision: 12, orders: vec![order_view()] }
}

pub(crate) fn problem() -> Problem {
    let started = vec![line(0).to_string()];
    Problem {
        about: started,
        ..Problem::new(409, "already_started", "已经开始制作，不能取消；订单没有改动。")
    }
}

pub(crate) fn asked() -> Request {
    Request { id: request(), place: None, command: Command::StartCooking { line: line(0), portions: None } }
}

pub(crate) fn replies() -> [(&'static str, Reply); 3] {
    let unreadable = Problem::new(400, "malformed", "看不懂的请求。");
    [
        ("answer", Reply { id: Some(request()), outcome: Outcome::Answer(answer()) }),
        ("problem", Reply { id: Some(request()), outcome: Outcome::Problem(problem()) }),
        ("problem.unreadable", Reply { id: None, outcome: Outcome::Problem(unreadable) }),
    ]
}

pub(crate) fn board() -> Board {
    Board {
        revision: 12,
        day: day(),
        now: at(400),
        orders: vec![order_view()],
        calls: vec![service_call()],
        on_duty: vec![messages::attendant()],
    }
}

pub(crate) fn board_event() -> BoardEvent {
    let (gone, calls) = (vec![OrderId(Uuid::from_u128(0xdef))], Some(vec![service_call()]));
    let on_duty = Some(vec![messages::attendant()]);
    BoardEvent { after: 11, revision: 12, day: day(), orders: vec![order_view()], gone, calls, on_duty }
}

fn service_call() -> ServiceCall {
    ServiceCall { guest: room(), wish: None, called: step(350) }
}

pub(crate) fn heartbeat() -> Heartbeat {
    Heartbeat {
        run: Uuid::from_u128(0xd1),
        revision: 12,
        menu_revision: 3,
        now: at(400),
        cloud_online: true,
        voice_ready: false,
        clock_trusted: true,
        cover: vec![StationCover { station: steamer(), shown_by: None, in_tray: true }],
        away: vec!["kitchen_1".parse().expect("a device")],
    }
}

pub(crate) fn session() -> Session {
    Session {
        device: device(),
        account: AccountId::from(&device()),
        role: Role::Pad,
        place: 2,
        speaks: false,
        room: Some("801".parse().expect("a room")),
        station: None,
        brand: "demo".parse().expect("a brand"),
        shop: "demo_shop".parse().expect("a shop"),
        shop_name: "传菜小馆".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    }
}

pub(crate) fn menu_view() -> MenuView {
    let limited = vec![DishLeft { dish: tea().dish, left: 3 }];
    MenuView { revision: 3, edited: 2, menu: menu(), sold_out: vec![dumplings().dish], limited }
}

pub(crate) fn kitchen_view() -> KitchenView {
    KitchenView { edited: 2, plan: kitchen_plan() }
}

fn menu() -> Menu {
    let category = Category {
        category: "food".parse().expect("a category"),
        name: name("餐", "Food"),
        stations: vec![steamer()],
    };
    let dip = OptionGroup {
        name: name("蘸料", "Dip"),
        choices: vec![name("醋", "Vinegar"), name("酱油", "Soy")],
    };
    let dish = Dish {
        dish: dumplings().dish,
        category: category.category.clone(),
        name: dumplings().name,
        said_as: Some("shui2 jiao3".to_owned()),
        price_fen: Fen(1800),
        options: vec![dip],
        allergens: dumplings().allergens,
        stations: vec![steamer()],
        target_s: 600,
        picture: Some("shuijiao.jpg".to_owned()),
    };
    Menu { categories: vec![category], dishes: vec![dish], cautions: vec![peanuts()] }
}

fn kitchen_plan() -> KitchenPlan {
    let wok: StationId = "wok".parse().expect("a station");
    let area = Area {
        area: "garden".parse().expect("an area"),
        name: name("花园", "Garden"),
        rooms: vec!["801".parse().expect("a room")],
    };
    let route = AreaRoute {
        area: area.area.clone(),
        dish: None,
        category: Some("food".parse().expect("a category")),
        stations: vec![wok.clone()],
    };
    let printer = |id: &str, at, paper, prints| Printer {
        printer: id.parse().expect("a printer"),
        name: name("传菜口", "Pass"),
        at,
        paper,
        stations: vec![steamer()],
        prints,
    };
    let network = PrinterAddress::Network { address: "127.0.0.1:9100".parse().expect("an address") };
    let cable = PrinterAddress::Device { path: "/dev/usb/lp0".to_owned() };
    KitchenPlan {
        stations: vec![
            Station { station: steamer(), name: name("蒸灶", "Steamer"), backup: Some(wok.clone()) },
            Station { station: wok, name: name("炒锅", "Wok"), backup: None },
        ],
        areas: vec![area],
        area_routes: vec![route],
        printers: vec![
            printer("pass_1", network, Paper::Mm80, PrintMode::Always),
            printer("pass_2", cable, Paper::Mm58, PrintMode::Fallback),
        ],
    }
}

pub(crate) fn menu_event() -> MenuEvent {
    MenuEvent { revision: 3 }
}

pub(crate) fn recorded(seq: u64, fact: Fact) -> Recorded {
    let second = i64::try_from(seq).expect("a small number");
    Recorded { seq, at: at(second), by: device(), request: request(), fact }
}
