//! Every command in the words of the tests.

use shared::command::{Command, RecalledFrom, WantedLine};
use shared::guest::{Guest, PhoneNumber, Pin};
use shared::id::{LineId, OrderId};
use shared::kitchen::KitchenPlan;
use shared::menu::Menu;
use shared::message::{Announcements, Call, MessageEvent, MessageKind};
use shared::quantity::Quantity;

use super::fixture::dish_id;

pub(crate) fn start(line: LineId) -> Command {
    Command::StartCooking { line, portions: None }
}

pub(crate) fn finish(line: LineId) -> Command {
    Command::FinishCooking { line, portions: None }
}

pub(crate) fn call(line: LineId) -> Command {
    Command::CallForPickup { line }
}

pub(crate) fn pick_up(line: LineId) -> Command {
    Command::PickUp { line, portions: None }
}

pub(crate) fn cancel(line: LineId) -> Command {
    Command::CancelLine { line }
}

/// A manager's PIN comes with it; what the shell found out about it is [`super::Kitchen`]'s to say.
pub(crate) fn void(line: LineId) -> Command {
    Command::VoidLine { line, portions: None, reason: "凉了".to_owned(), pin: Pin::new("000000") }
}

pub(crate) fn remake(line: LineId) -> Command {
    Command::RemakeLine { line, portions: None, reason: "不新鲜".to_owned() }
}

/// The same command for some portions of its line.
pub(crate) fn some(count: u16, command: Command) -> Command {
    let portions = Some(portions(count));
    if let Command::StartCooking { line, .. } = command {
        Command::StartCooking { line, portions }
    } else if let Command::FinishCooking { line, .. } = command {
        Command::FinishCooking { line, portions }
    } else if let Command::PickUp { line, .. } = command {
        Command::PickUp { line, portions }
    } else if let Command::VoidLine { line, reason, pin, .. } = command {
        Command::VoidLine { line, portions, reason, pin }
    } else if let Command::RemakeLine { line, reason, .. } = command {
        Command::RemakeLine { line, portions, reason }
    } else {
        panic!("{command:?} takes no portions")
    }
}

/// The same command with another reason.
pub(crate) fn because(reason: &str, command: Command) -> Command {
    let reason = reason.to_owned();
    if let Command::VoidLine { line, portions, pin, .. } = command {
        Command::VoidLine { line, portions, reason, pin }
    } else if let Command::RemakeLine { line, portions, .. } = command {
        Command::RemakeLine { line, portions, reason }
    } else {
        panic!("{command:?} takes no reason")
    }
}

pub(crate) fn recall(line: LineId, from: RecalledFrom) -> Command {
    Command::RecallLine { line, from }
}

pub(crate) fn cancel_order(order: OrderId) -> Command {
    Command::CancelOrder { order }
}

/// These lines, or all that it fits.
pub(crate) fn hold(order: OrderId, lines: &[LineId]) -> Command {
    Command::HoldLines { order, lines: lines.to_vec() }
}

pub(crate) fn fire(order: OrderId, lines: &[LineId]) -> Command {
    Command::FireLines { order, lines: lines.to_vec() }
}

pub(crate) fn rush(order: OrderId, lines: &[LineId]) -> Command {
    Command::RushLines { order, lines: lines.to_vec() }
}

pub(crate) fn acknowledge(order: OrderId, lines: &[LineId]) -> Command {
    Command::AcknowledgeNotices { order, lines: lines.to_vec() }
}

pub(crate) fn move_to(from: &Guest, to: &Guest) -> Command {
    Command::MoveGuest { from: from.clone(), to: to.clone(), join: false }
}

pub(crate) fn join(from: &Guest, to: &Guest) -> Command {
    Command::MoveGuest { from: from.clone(), to: to.clone(), join: true }
}

pub(crate) fn call_service(guest: &Guest) -> Command {
    Command::CallService { guest: Some(guest.clone()), wish: None }
}

pub(crate) fn answer_service(guest: &Guest) -> Command {
    Command::AnswerService { guest: guest.clone() }
}

pub(crate) fn clean(room: &str) -> Command {
    Command::CleanRoom { room: room.parse().expect("a room") }
}

pub(crate) fn hand_back(wristband: &str) -> Command {
    Command::ReturnWristband { wristband: wristband.parse().expect("a wristband") }
}

pub(crate) fn sold_out(dish: &str) -> Command {
    Command::MarkSoldOut { dish: dish_id(dish) }
}

pub(crate) fn limit(dish: &str, left: u16) -> Command {
    Command::LimitDish { dish: dish_id(dish), left }
}

pub(crate) fn back_on_sale(dish: &str) -> Command {
    Command::MarkBackOnSale { dish: dish_id(dish) }
}

pub(crate) fn save_menu(expects: u64, menu: Menu) -> Command {
    Command::SaveMenu { expects, menu: Box::new(menu) }
}

pub(crate) fn save_plan(expects: u64, plan: KitchenPlan) -> Command {
    Command::SaveKitchenPlan { expects, plan: Box::new(plan) }
}

pub(crate) fn placing(guest: &Guest, dishes: &[&str]) -> Command {
    wishing(guest, dishes.iter().map(|dish| one(dish)).collect())
}

pub(crate) fn wishing(guest: &Guest, lines: Vec<WantedLine>) -> Command {
    Command::PlaceOrder { guest: Some(guest.clone()), lines, phone: None }
}

/// The same, with a number to send "your dish is ready" to.
pub(crate) fn placing_with_phone(guest: &Guest, dishes: &[&str]) -> Command {
    let lines = dishes.iter().map(|dish| one(dish)).collect();
    let phone = PhoneNumber::new("13900000000").expect("eleven digits");
    Command::PlaceOrder { guest: Some(guest.clone()), lines, phone: Some(phone) }
}

pub(crate) fn one(dish: &str) -> WantedLine {
    many(1, dish)
}

pub(crate) fn many(count: u16, dish: &str) -> WantedLine {
    WantedLine {
        dish: dish_id(dish),
        quantity: portions(count),
        options: Vec::new(),
        cautions: Vec::new(),
        hold: false,
        note: String::new(),
    }
}

/// To be made later (等叫).
pub(crate) fn held(dish: &str) -> WantedLine {
    WantedLine { hold: true, ..one(dish) }
}

pub(crate) fn portions(count: u16) -> Quantity {
    Quantity::new(count).expect("1 to 99")
}

pub(crate) fn save_announcements(expects: u64, announcements: Announcements) -> Command {
    Command::SaveAnnouncements { expects, announcements: Box::new(announcements) }
}

pub(crate) fn start_duty(attendant: &str) -> Command {
    Command::StartDuty { attendant: attendant.parse().expect("an attendant") }
}

pub(crate) fn end_duty(attendant: &str) -> Command {
    Command::EndDuty { attendant: attendant.parse().expect("an attendant") }
}

/// A call to everybody whom the settings name.
pub(crate) fn notice(text: &str) -> Command {
    Command::SendCall { call: Box::new(called(MessageEvent::Notice, &[("text", text)])) }
}

pub(crate) fn called(event: MessageEvent, params: &[(&str, &str)]) -> Call {
    Call {
        brand: "demo".parse().expect("a brand"),
        shop: "demo_shop".parse().expect("a shop"),
        event,
        kind: MessageKind::Announce,
        channels: Vec::new(),
        params: params.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        designated: Vec::new(),
        template: None,
    }
}
