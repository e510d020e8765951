//! One invented shop, and the words in which the tests speak of it.
//!
//! Every request goes through [`Kitchen::ask`], which also holds what is true of all of them: deciding
//! changes nothing, and a fact is applied in the order it was decided.

use edge_core::authority::Device;
use edge_core::menu::MenuBook;
use edge_core::number::{ClockReading, DayRule};
use edge_core::refusal::Refusal;
use edge_core::shop::{Ask, Resumed, Shop, recorded};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use shared::command::{Command, WantedLine};
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, PhoneNumber};
use shared::id::{DishId, LineId, OrderId, RequestId};
use shared::menu::{Category, Dish, Menu, Name, OptionGroup};
use shared::order::{LineState, OrderState, OrderView};
use shared::quantity::{Fen, Quantity};
use shared::screen::Role;
use uuid::Uuid;

/// A shop in Shanghai at seven in the evening, nothing ordered yet.
pub(crate) struct Kitchen {
    pub(crate) shop: Shop,
    pub(crate) clock: ClockReading,
    pub(crate) journal: Vec<Recorded>,
    requests: u128,
}

impl Kitchen {
    pub(crate) fn open() -> Self {
        Self {
            shop: Shop::resume(three_to_three(), menu_book(), Resumed::default()),
            clock: ClockReading { at: moment("2026-11-22T19:00:00+08:00"), trusted: true },
            journal: Vec::new(),
            requests: 0,
        }
    }

    /// The clock on the wall shows this from now on.
    pub(crate) fn at(&mut self, clock: &str) -> &mut Self {
        self.clock.at = moment(clock);
        self
    }

    /// A request with an id of its own.
    pub(crate) fn request(&mut self, by: &Device, command: Command) -> Ask {
        self.requests += 1;
        Ask { request: RequestId(Uuid::from_u128(self.requests)), by: by.clone(), command }
    }

    /// Decides a request and takes its facts in.
    pub(crate) fn ask(&mut self, by: &Device, command: Command) -> Result<Vec<Fact>, Refusal> {
        let ask = self.request(by, command);
        let before = format!("{:?}", self.shop);
        let decided = self.shop.decide(self.clock, &ask);
        assert_eq!(format!("{:?}", self.shop), before, "deciding changes nothing (K10)");
        let facts = decided?.facts;
        for fact in &facts {
            let kept = recorded(&ask, self.shop.revision() + 1, self.clock.at, fact.clone());
            self.shop.apply(&kept);
            self.journal.push(kept);
        }
        Ok(facts)
    }

    /// The cashier asks, who may do anything, and it is granted.
    pub(crate) fn done(&mut self, command: Command) -> Vec<Fact> {
        self.ask(&cashier(), command).expect("the rules allow it")
    }

    /// The cashier asks and is refused.
    pub(crate) fn refused(&mut self, command: Command) -> Refusal {
        self.ask(&cashier(), command).expect_err("the rules forbid it")
    }

    /// A guest orders these dishes, one portion each.
    pub(crate) fn order(&mut self, guest: &Guest, dishes: &[&str]) -> Vec<LineId> {
        lines_of(&self.done(placing(guest, dishes)))
    }

    /// Room 801 orders one dish, and it goes as far as this.
    pub(crate) fn line_at(&mut self, at: At) -> LineId {
        let line = self.order(&room("801"), &["shuijiao"])[0];
        self.bring(line, at);
        line
    }

    /// A line that waits goes as far as this.
    pub(crate) fn bring(&mut self, line: LineId, at: At) {
        let steps = match at {
            At::Waiting => Vec::new(),
            At::Cooking => vec![start(line)],
            At::Ready => vec![start(line), finish(line)],
            At::Notified => vec![start(line), finish(line), call(line)],
            At::PickedUp => vec![start(line), finish(line), pick_up(line)],
            At::Cancelled => vec![cancel(line)],
        };
        steps.into_iter().for_each(|step| assert!(!self.done(step).is_empty()));
        assert_eq!(self.where_is(line), at);
    }

    /// Where a line is.
    pub(crate) fn where_is(&self, line: LineId) -> At {
        let board = self.shop.board(self.clock);
        let mut lines = board.orders.iter().flat_map(|order| &order.lines);
        At::of(&lines.find(|candidate| candidate.placed.line == line).expect("an open line").state)
    }

    /// A guest's open order.
    pub(crate) fn order_of(&self, guest: &Guest) -> Option<OrderView> {
        self.shop.board(self.clock).orders.into_iter().find(|order| order.guest == *guest)
    }

    /// How screens show each open order: `2026-11-22 #01 801 waiting`.
    pub(crate) fn board(&self) -> Vec<String> {
        let shown = |order: &OrderView| {
            format!("{} {} {} {}", order.day, order.number, order.guest, word_of(order.state))
        };
        self.shop.board(self.clock).orders.iter().map(shown).collect()
    }
}

/// Where a line is, without its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Waiting,
    Cooking,
    Ready,
    Notified,
    PickedUp,
    Cancelled,
}

impl At {
    pub(crate) const ALL: [Self; 6] =
        [Self::Waiting, Self::Cooking, Self::Ready, Self::Notified, Self::PickedUp, Self::Cancelled];

    pub(crate) fn of(state: &LineState) -> Self {
        match state {
            LineState::Waiting => Self::Waiting,
            LineState::Cooking { .. } => Self::Cooking,
            LineState::Ready { .. } => Self::Ready,
            LineState::Notified { .. } => Self::Notified,
            LineState::PickedUp { .. } => Self::PickedUp,
            LineState::Cancelled { .. } => Self::Cancelled,
        }
    }
}

/// What a rule says about a line in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// It moves.
    Goes(At),
    /// Nothing is left to do: it succeeds without a fact.
    Fine,
    /// It is said once more and the line stays where it is.
    Again,
    /// Refused, with this code.
    No(&'static str),
}

/// Holds a rule's table, which must have a row for every state, against the kitchen.
pub(crate) fn holds(table: &[(At, Says)], command: fn(LineId) -> Command) {
    assert!(At::ALL.iter().all(|state| table.iter().filter(|(row, _)| row == state).count() == 1));
    for (at, says) in table {
        let mut kitchen = Kitchen::open();
        let line = kitchen.line_at(*at);
        let answer = kitchen.ask(&cashier(), command(line));
        let said = match &answer {
            Ok(facts) if facts.is_empty() => Says::Fine,
            Ok(_) if kitchen.where_is(line) == *at => Says::Again,
            Ok(_) => Says::Goes(kitchen.where_is(line)),
            Err(refusal) => Says::No(refusal.code()),
        };
        assert_eq!(said, *says, "a line that is {at:?}");
        assert!(answer.is_ok_and(|facts| facts.len() <= 1) || kitchen.where_is(line) == *at);
    }
}

pub(crate) fn start(line: LineId) -> Command {
    Command::StartCooking { line }
}

pub(crate) fn finish(line: LineId) -> Command {
    Command::FinishCooking { line }
}

pub(crate) fn call(line: LineId) -> Command {
    Command::CallForPickup { line }
}

pub(crate) fn pick_up(line: LineId) -> Command {
    Command::PickUp { line }
}

pub(crate) fn cancel(line: LineId) -> Command {
    Command::CancelLine { line }
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

pub(crate) fn back_on_sale(dish: &str) -> Command {
    Command::MarkBackOnSale { dish: dish_id(dish) }
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
    let quantity = Quantity::new(1).expect("in range");
    WantedLine { dish: dish_id(dish), quantity, options: Vec::new(), note: String::new() }
}

pub(crate) fn room(room: &str) -> Guest {
    Guest::Room { room: room.parse().expect("a room") }
}

pub(crate) fn wristband(wristband: &str) -> Guest {
    Guest::Wristband { wristband: wristband.parse().expect("a wristband") }
}

pub(crate) fn dish_id(dish: &str) -> DishId {
    dish.parse().expect("a dish id")
}

pub(crate) fn cashier() -> Device {
    device("cashier_1", Role::Cashier, None)
}

pub(crate) fn pad(room: &str) -> Device {
    device(&format!("pad_{room}"), Role::Pad, Some(room))
}

pub(crate) fn device(id: &str, role: Role, room: Option<&str>) -> Device {
    let room = room.map(|room| room.parse().expect("a room"));
    Device { id: id.parse().expect("a device id"), role, room }
}

/// The lines that these facts placed.
pub(crate) fn lines_of(facts: &[Fact]) -> Vec<LineId> {
    facts
        .iter()
        .flat_map(|fact| match fact {
            Fact::OrderPlaced { lines, .. } | Fact::LinesAdded { lines, .. } => lines.as_slice(),
            Fact::CookingStarted { .. }
            | Fact::CookingFinished { .. }
            | Fact::PickupCalled { .. }
            | Fact::LinePickedUp { .. }
            | Fact::LineCancelled { .. }
            | Fact::OrderCompleted { .. }
            | Fact::DishSoldOut { .. }
            | Fact::DishBackOnSale { .. }
            | Fact::SmsRequested { .. } => &[],
        })
        .map(|placed| placed.line)
        .collect()
}

/// An order or a line that nobody ever placed.
pub(crate) fn nobodys_order() -> OrderId {
    OrderId(Uuid::from_u128(404))
}

pub(crate) fn nobodys_line() -> LineId {
    LineId(Uuid::from_u128(404))
}

pub(crate) fn word_of(state: OrderState) -> &'static str {
    match state {
        OrderState::Waiting => "waiting",
        OrderState::Cooking => "cooking",
        OrderState::Ready => "ready",
        OrderState::Served => "served",
        OrderState::Cancelled => "cancelled",
        OrderState::Completed => "completed",
    }
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

/// Dumplings with a choice of dip and of heat, a soup, a tea.
pub(crate) fn menu() -> Menu {
    let mut shuijiao = dish("shuijiao", name("水饺", "Dumplings"), 1800);
    shuijiao.allergens = vec![name("麸质", "Gluten")];
    shuijiao.options = vec![
        OptionGroup {
            name: name("蘸料", "Dip"), choices: vec![name("醋", "Vinegar"), name("酱油", "Soy")]
        },
        OptionGroup {
            name: name("辣度", "Heat"), choices: vec![name("不辣", "Mild"), name("辣", "Hot")]
        },
    ];
    let category = Category { category: "food".parse().expect("a category"), name: name("餐", "Food") };
    let others = [dish("tang", name("汤", "Soup"), 900), dish("cha", name("茶", "Tea"), 0)];
    Menu { categories: vec![category], dishes: [vec![shuijiao], others.into()].concat() }
}

fn dish(id: &str, name: Name, price_fen: i64) -> Dish {
    Dish {
        dish: dish_id(id),
        category: "food".parse().expect("a category"),
        name,
        price_fen: Fen(price_fen),
        options: Vec::new(),
        allergens: Vec::new(),
        target_s: 600,
        picture: None,
    }
}
