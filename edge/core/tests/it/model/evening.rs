//! A random evening: who asks for what when, told to the real shop.

use edge_core::number::ClockReading;
use edge_core::shop::{Ask, Resumed, Shop, recorded};
use jiff::Timestamp;
use proptest::prelude::*;
use shared::command::{Command, WantedLine};
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, PhoneNumber};
use shared::id::{LineId, OrderId, RequestId};
use shared::order::OrderView;
use shared::screen::Role;
use uuid::Uuid;

use crate::kitchen::{
    At, call, cancel, clean, device, finish, hand_back, lines_of, menu_book, moment, name, nobodys_line,
    nobodys_order, one, pick_up, room, start, three_to_three, word_of, wristband,
};

/// Who asks: the role, and where a pad stands.
pub(crate) const ASKERS: [(&str, Option<&str>); 7] = [
    ("pad", Some("801")),
    ("pad", Some("802")),
    ("pad", None),
    ("kitchen", None),
    ("call_screen", None),
    ("cashier", None),
    ("cashier", None),
];
/// Who an order is for: two rooms and two wristbands.
pub(crate) const GUESTS: [&str; 4] = ["801", "802", "手牌1", "手牌2"];
/// What can be ordered; the last is on no menu.
const DISHES: [&str; 4] = ["shuijiao", "tang", "cha", "pizza"];

/// One request and what happened before it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) by: usize,
    pub(crate) seconds: i64,
    pub(crate) trusted: bool,
    pub(crate) swept: bool,
    pub(crate) wish: Wish,
}

/// A request, with lines and orders by when they were placed; the one after the last is nobody's.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    Place { guest: Option<usize>, dishes: Vec<usize>, phone: bool, flaw: Flaw },
    Start(usize),
    Finish(usize),
    Call(usize),
    PickUp(usize),
    Cancel(usize),
    CancelOrder(usize),
    Clean(usize),
    SoldOut(usize, bool),
}

impl Wish {
    /// Whether saying it twice is as good as saying it once.
    pub(crate) fn is_done_once(&self) -> bool {
        match self {
            Self::Place { .. } | Self::Call(_) => false,
            Self::Start(_)
            | Self::Finish(_)
            | Self::PickUp(_)
            | Self::Cancel(_)
            | Self::CancelOrder(_)
            | Self::Clean(_)
            | Self::SoldOut(..) => true,
        }
    }
}

/// What may be wrong with the first line of an order.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flaw {
    None,
    LongNote,
    ForeignOption,
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    // Mostly minutes; at times a night, or a clock that jumps back.
    let seconds = prop_oneof![8 => 0_i64..600, 1 => 0_i64..90_000, 1 => -90_000_i64..0];
    // Cashiers and cooks ask most.
    let by = prop_oneof![2 => 0_usize..3, 2 => Just(3_usize), 1 => Just(4_usize), 9 => 5_usize..7];
    (by, seconds, prop::bool::weighted(0.9), any::<bool>(), wish())
        .prop_map(|(by, seconds, trusted, swept, wish)| Step { by, seconds, trusted, swept, wish })
}

fn wish() -> impl Strategy<Value = Wish> {
    let flaw = prop_oneof![18 => Just(Flaw::None), 1 => Just(Flaw::LongNote), 1 => Just(Flaw::ForeignOption)];
    let guest = prop::option::weighted(0.9, prop_oneof![3 => Just(0_usize), 2 => 1_usize..4]);
    let dish = prop_oneof![30 => 0_usize..3, 1 => Just(3_usize)];
    let place = (guest, prop::collection::vec(dish, 0..4), any::<bool>(), flaw)
        .prop_map(|(guest, dishes, phone, flaw)| Wish::Place { guest, dishes, phone, flaw });
    // Few lines and orders, so that requests meet.
    let line = || 0_usize..6;
    prop_oneof![
        4 => place,
        4 => line().prop_map(Wish::Start),
        4 => line().prop_map(Wish::Finish),
        4 => line().prop_map(Wish::Call),
        3 => line().prop_map(Wish::PickUp),
        2 => line().prop_map(Wish::Cancel),
        1 => (0_usize..5).prop_map(Wish::CancelOrder),
        1 => (0_usize..4).prop_map(Wish::Clean),
        1 => (0_usize..4, any::<bool>()).prop_map(|(dish, sold_out)| Wish::SoldOut(dish, sold_out)),
    ]
}

/// The real shop and what it has kept.
pub(crate) struct Evening {
    pub(crate) shop: Shop,
    pub(crate) clock: ClockReading,
    pub(crate) journal: Vec<Recorded>,
    requests: u128,
    lines: Vec<LineId>,
    orders: Vec<OrderId>,
}

impl Evening {
    pub(crate) fn new() -> Self {
        Self {
            shop: Shop::resume(three_to_three(), menu_book(), Resumed::default()),
            clock: ClockReading { at: moment("2026-11-22T19:00:00+08:00"), trusted: true },
            journal: Vec::new(),
            requests: 0,
            lines: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// Time goes by, and at times the shop forgets what has ended: neither may change an answer.
    pub(crate) fn passes(&mut self, step: &Step) {
        let at = Timestamp::from_second(self.second() + step.seconds).expect("in range");
        self.clock = ClockReading { at, trusted: step.trusted };
        if step.swept {
            self.shop.sweep();
        }
    }

    pub(crate) fn second(&self) -> i64 {
        self.clock.at.as_second()
    }

    /// Asks the shop: what happened, in the model's words, or the code of the refusal.
    pub(crate) fn asks(&mut self, step: &Step) -> Result<Vec<String>, &'static str> {
        self.requests += 1;
        let (role, room) = ASKERS[step.by];
        let role = match role {
            "pad" => Role::Pad,
            "kitchen" => Role::Kitchen,
            "call_screen" => Role::CallScreen,
            _ => Role::Cashier,
        };
        let by = device(&format!("device_{}", step.by), role, room);
        let request = RequestId(Uuid::from_u128(self.requests));
        let ask = Ask { request, by, command: self.command(&step.wish) };
        let facts = self.shop.decide(self.clock, &ask).map_err(|refusal| refusal.code())?.facts;
        self.lines.extend(lines_of(&facts));
        for fact in &facts {
            let kept = recorded(&ask, self.shop.revision() + 1, self.clock.at, fact.clone());
            self.shop.apply(&kept);
            self.journal.push(kept);
            if let Fact::OrderPlaced { order, .. } = fact {
                self.orders.push(*order);
            }
        }
        Ok(facts.iter().map(in_words).collect())
    }

    fn command(&self, wish: &Wish) -> Command {
        let line = |index: &usize| self.lines.get(*index).copied().unwrap_or_else(nobodys_line);
        match wish {
            Wish::Place { guest, dishes, phone, flaw } => Command::PlaceOrder {
                guest: guest.map(guest_at),
                lines: dishes.iter().enumerate().map(|(at, dish)| wanted(DISHES[*dish], at, *flaw)).collect(),
                phone: phone.then(|| PhoneNumber::new("13900000000").expect("eleven digits")),
            },
            Wish::Start(index) => start(line(index)),
            Wish::Finish(index) => finish(line(index)),
            Wish::Call(index) => call(line(index)),
            Wish::PickUp(index) => pick_up(line(index)),
            Wish::Cancel(index) => cancel(line(index)),
            Wish::CancelOrder(index) => {
                let order = self.orders.get(*index).copied().unwrap_or_else(nobodys_order);
                Command::CancelOrder { order }
            }
            Wish::Clean(guest) => match guest_at(*guest) {
                Guest::Room { room } => clean(room.as_str()),
                Guest::Wristband { wristband } => hand_back(wristband.as_str()),
            },
            Wish::SoldOut(dish, true) => crate::kitchen::sold_out(DISHES[*dish]),
            Wish::SoldOut(dish, false) => crate::kitchen::back_on_sale(DISHES[*dish]),
        }
    }

    /// The open orders: `20779 #1 801 cooking: 0/0/cooking 1/1/waiting`.
    pub(crate) fn board(&self) -> Vec<String> {
        let board = self.shop.board(self.clock);
        assert_eq!(board.orders.len(), self.shop.open_orders());
        board.orders.iter().map(shown).collect()
    }
}

fn guest_at(index: usize) -> Guest {
    match GUESTS[index].strip_prefix("手牌") {
        Some(number) => wristband(number),
        None => room(GUESTS[index]),
    }
}

fn wanted(dish: &str, at: usize, flaw: Flaw) -> WantedLine {
    let line = one(dish);
    match flaw {
        Flaw::LongNote if at == 0 => WantedLine { note: "葱".repeat(201), ..line },
        Flaw::ForeignOption if at == 0 => WantedLine { options: vec![name("加料", "Extra")], ..line },
        Flaw::None | Flaw::LongNote | Flaw::ForeignOption => line,
    }
}

fn shown(order: &OrderView) -> String {
    let lines: Vec<_> = order
        .lines
        .iter()
        .map(|line| {
            let dish =
                DISHES.iter().position(|dish| *dish == line.placed.dish.as_str()).expect("on the menu");
            let state = match At::of(&line.state) {
                At::Waiting => "waiting",
                At::Cooking => "cooking",
                At::Ready => "ready",
                At::Notified => "notified",
                At::PickedUp => "picked_up",
                At::Cancelled => "cancelled",
            };
            format!("{dish}/{}/{state}", line.round)
        })
        .collect();
    let day = order.day.0.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
    let (number, guest, state) = (order.number.0, &order.guest, word_of(order.state));
    format!("{day} #{number} {guest} {state}: {}", lines.join(" "))
}

fn in_words(fact: &Fact) -> String {
    match fact {
        Fact::OrderPlaced { number, .. } => format!("placed {}", number.0),
        Fact::LinesAdded { round, .. } => format!("added {round}"),
        Fact::CookingStarted { .. } => "started".to_owned(),
        Fact::CookingFinished { .. } => "finished".to_owned(),
        Fact::PickupCalled { .. } => "called".to_owned(),
        Fact::LinePickedUp { .. } => "picked up".to_owned(),
        Fact::LineCancelled { .. } => "cancelled".to_owned(),
        Fact::OrderCompleted { .. } => "completed".to_owned(),
        Fact::DishSoldOut { .. } | Fact::DishBackOnSale { .. } => "menu".to_owned(),
        Fact::SmsRequested { round, .. } => format!("sms {round}"),
    }
}
