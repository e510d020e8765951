//! One of everything that crosses a wire, with invented names.

use std::collections::BTreeMap;

use serde_json::value::to_raw_value;
use shared::command::{Answer, Command, Outcome, Reply, Request, WantedLine};
use shared::fact::{Fact, Recorded, SmsTemplate};
use shared::guest::{Guest, PhoneNumber};
use shared::id::{DeviceId, LineId, OrderId, RequestId, SmsId, StreamId};
use shared::menu::{Category, Dish, Menu, Name, OptionGroup};
use shared::order::{CancelReason, CompletionReason, LineState, LineView, OrderState, OrderView, PlacedLine};
use shared::problem::Problem;
use shared::quantity::{BusinessDay, Fen, OrderNumber, Quantity};
use shared::screen::{Board, BoardEvent, Heartbeat, MenuEvent, MenuView, Role, Session};
use shared::sync::{Ack, Batch, Hello};
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
        note: "不要葱 <b>&</b>".to_owned(),
        target_s: 600,
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
        note: String::new(),
        target_s: 120,
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
        guest: Guest::Wristband { wristband: "17".parse().expect("a wristband") },
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
        ("dish_sold_out", Fact::DishSoldOut { dish: dish.clone() }),
        ("dish_back_on_sale", Fact::DishBackOnSale { dish }),
        ("sms_requested", sms),
    ]
}

/// Every command; one of them also without what it may leave out.
pub(crate) fn commands() -> Vec<(&'static str, Command)> {
    let (line, dish) = (line(0), dumplings().dish);
    let wanted = |placed: PlacedLine| WantedLine {
        dish: placed.dish,
        quantity: placed.quantity,
        options: placed.options,
        note: placed.note,
    };
    let full =
        Command::PlaceOrder { guest: Some(room()), lines: vec![wanted(dumplings())], phone: Some(phone()) };
    let from_a_pad = Command::PlaceOrder { guest: None, lines: vec![wanted(tea())], phone: None };
    let wristband = "17".parse().expect("a wristband");
    vec![
        ("place_order", full),
        ("place_order.pad", from_a_pad),
        ("start_cooking", Command::StartCooking { line }),
        ("finish_cooking", Command::FinishCooking { line }),
        ("call_for_pickup", Command::CallForPickup { line }),
        ("pick_up", Command::PickUp { line }),
        ("cancel_line", Command::CancelLine { line }),
        ("cancel_order", Command::CancelOrder { order: order() }),
        ("clean_room", Command::CleanRoom { room: "801".parse().expect("a room") }),
        ("return_wristband", Command::ReturnWristband { wristband }),
        ("mark_sold_out", Command::MarkSoldOut { dish: dish.clone() }),
        ("mark_back_on_sale", Command::MarkBackOnSale { dish }),
    ]
}

pub(crate) fn line_states() -> Vec<(&'static str, LineState)> {
    let (ready_at, called_at) = (at(300), at(310));
    vec![
        ("waiting", LineState::Waiting),
        ("cooking", LineState::Cooking { started_at: at(60) }),
        ("ready", LineState::Ready { ready_at }),
        ("notified", LineState::Notified { ready_at, called_at }),
        ("picked_up", LineState::PickedUp { picked_up_at: at(360) }),
        ("cancelled", LineState::Cancelled { reason: CancelReason::GuestLeft }),
    ]
}

/// An order with a line in every state.
pub(crate) fn order_view() -> OrderView {
    let states = line_states().into_iter().enumerate();
    let shown = |(index, (_, state)): (usize, (&str, LineState))| LineView {
        placed: PlacedLine { line: line(index), ..if index == 0 { dumplings() } else { tea() } },
        round: u32::from(index > 2),
        placed_at: at(0),
        state,
    };
    OrderView {
        order: order(),
        number: OrderNumber(1),
        day: day(),
        guest: room(),
        placed_by: device(),
        placed_at: at(0),
        state: OrderState::Cooking,
        revision: 12,
        lines: states.map(shown).collect(),
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
    Request { id: request(), command: Command::StartCooking { line: line(0) } }
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
    Board { revision: 12, day: day(), now: at(400), orders: vec![order_view()] }
}

pub(crate) fn board_event() -> BoardEvent {
    BoardEvent { after: 11, revision: 12, day: day(), orders: vec![order_view()] }
}

pub(crate) fn heartbeat() -> Heartbeat {
    Heartbeat {
        run: Uuid::from_u128(0xd1),
        revision: 12,
        menu_revision: 3,
        now: at(400),
        cloud_online: true,
        voice_ready: false,
    }
}

pub(crate) fn session() -> Session {
    Session {
        device: device(),
        role: Role::Pad,
        room: Some("801".parse().expect("a room")),
        brand: "demo".parse().expect("a brand"),
        shop: "demo_shop".parse().expect("a shop"),
        shop_name: "传菜小馆".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    }
}

pub(crate) fn menu_view() -> MenuView {
    let category = Category { category: "food".parse().expect("a category"), name: name("餐", "Food") };
    let dip = OptionGroup {
        name: name("蘸料", "Dip"),
        choices: vec![name("醋", "Vinegar"), name("酱油", "Soy")],
    };
    let dish = Dish {
        dish: dumplings().dish,
        category: category.category.clone(),
        name: dumplings().name,
        price_fen: Fen(1800),
        options: vec![dip],
        allergens: dumplings().allergens,
        target_s: 600,
        picture: Some("shuijiao.jpg".to_owned()),
    };
    let menu = Menu { categories: vec![category], dishes: vec![dish] };
    MenuView { revision: 3, menu, sold_out: vec![dumplings().dish] }
}

pub(crate) fn menu_event() -> MenuEvent {
    MenuEvent { revision: 3 }
}

pub(crate) fn recorded(seq: u64, fact: Fact) -> Recorded {
    let second = i64::try_from(seq).expect("a small number");
    Recorded { seq, at: at(second), by: device(), request: request(), fact }
}

fn stream() -> StreamId {
    StreamId(Uuid::from_u128(0x5))
}

pub(crate) fn batch() -> Batch {
    let facts = [placed(), Fact::CookingStarted { order: order(), line: line(0) }];
    let stored = (1..).zip(facts).map(|(seq, fact)| to_raw_value(&recorded(seq, fact)).expect("it is JSON"));
    Batch { v: 1, stream: stream(), from: 1, to: 2, facts: stored.collect() }
}

pub(crate) fn acks() -> [(&'static str, Ack); 2] {
    let kept = Ack { stream: stream(), have: 64, gap: false, parked: Vec::new() };
    [("kept", kept.clone()), ("gap", Ack { gap: true, parked: vec![7, 9], ..kept })]
}

pub(crate) fn hello() -> Hello {
    Hello { v: 1, stream: stream(), next: 65, acked: 60, program: "0.1.0".to_owned(), wall: at(400) }
}
