//! A random evening: what is asked, told to the real shop.

use edge_core::authority::Approval;
use edge_core::number::ClockReading;
use edge_core::shop::{Ask, Resumed, Shop, recorded};
use jiff::Timestamp;
use shared::command::{Command, RecalledFrom, WantedLine};
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, PhoneNumber};
use shared::id::{LineId, OrderId, RequestId};
use shared::kitchen::KitchenPlan;
use shared::menu::Menu;
use shared::order::{LineView, Notice, OrderView};
use shared::screen::Role;
use uuid::Uuid;

use super::wish::{ASKERS, Before, DISHES, Flaw, GUESTS, Pin, Press, Step, Wanted, Way, Wish};
use crate::kitchen::{self, At, lines_of, manager, name, nobodys_line, nobodys_order, room, wristband};
use crate::restart::restarted;

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
            shop: Shop::resume(kitchen::three_to_three(), kitchen::menu_book(), Resumed::default()),
            clock: ClockReading { at: kitchen::moment("2026-11-22T19:00:00+08:00"), trusted: true },
            journal: Vec::new(),
            requests: 0,
            lines: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// Time goes by, and the box does what it does by itself. Returns what happened, in the model's words.
    pub(crate) fn passes(&mut self, step: &Step) -> Vec<String> {
        let at = Timestamp::from_second(self.second() + step.seconds).expect("in range");
        self.clock = ClockReading { at, trusted: step.trusted };
        match step.before {
            Before::Nothing => Vec::new(),
            Before::Swept => {
                self.shop.sweep();
                Vec::new()
            }
            Before::Due => {
                let facts = self.shop.due(self.clock);
                let ask = self.ask(step);
                self.keep(&ask, &facts)
            }
            Before::Restarted => {
                self.restart();
                Vec::new()
            }
        }
    }

    /// The shop is what its kept facts add up to, no more and no less.
    pub(crate) fn restart(&mut self) {
        let again = restarted(&self.journal);
        assert_eq!(again.board(self.clock), self.shop.board(self.clock));
        assert_eq!(again.menu_view(), self.shop.menu_view());
        assert_eq!(again.kitchen_view(), self.shop.kitchen_view());
        assert_eq!(again.revision(), self.shop.revision());
        self.shop = again;
    }

    pub(crate) fn second(&self) -> i64 {
        self.clock.at.as_second()
    }

    /// Asks the shop: what happened, in the model's words, or the code of the refusal.
    pub(crate) fn asks(&mut self, step: &Step) -> Result<Vec<String>, &'static str> {
        let ask = self.ask(step);
        let facts = self.shop.decide(self.clock, &ask).map_err(|refusal| refusal.code())?.facts;
        Ok(self.keep(&ask, &facts))
    }

    fn ask(&mut self, step: &Step) -> Ask {
        self.requests += 1;
        let (role, room) = ASKERS[step.by];
        let role = match role {
            "pad" => Role::Pad,
            "kitchen" => Role::Kitchen,
            "expo" => Role::Expo,
            "call_screen" => Role::CallScreen,
            _ => Role::Cashier,
        };
        let by = kitchen::device(&format!("device_{}", step.by), role, room);
        let request = RequestId(Uuid::from_u128(self.requests));
        Ask { request, by, place: None, approval: approval(&step.wish), command: self.command(&step.wish) }
    }

    fn keep(&mut self, ask: &Ask, facts: &[Fact]) -> Vec<String> {
        self.lines.extend(lines_of(facts));
        for fact in facts {
            let kept = recorded(ask, self.shop.revision() + 1, self.clock.at, fact.clone());
            self.shop.apply(&kept);
            self.journal.push(kept);
            if let Fact::OrderPlaced { order, .. } = fact {
                self.orders.push(*order);
            }
        }
        let mut news: Vec<_> = facts.iter().map(in_words).collect();
        news.sort();
        news.dedup_by(|one, other| one == other && one == "set up");
        news
    }

    fn line(&self, index: usize) -> LineId {
        self.lines.get(index).copied().unwrap_or_else(nobodys_line)
    }

    fn order(&self, index: usize) -> OrderId {
        self.orders.get(index).copied().unwrap_or_else(nobodys_order)
    }

    fn command(&self, wish: &Wish) -> Command {
        let expects = |fresh: bool| self.shop.menu_view().edited + u64::from(!fresh);
        match wish {
            Wish::Place { guest, dishes, phone, flaw } => Command::PlaceOrder {
                guest: guest.map(guest_at),
                lines: dishes.iter().enumerate().map(|(at, dish)| wanted(*dish, at, *flaw)).collect(),
                phone: phone.then(|| PhoneNumber::new("13900000000").expect("eleven digits")),
            },
            Wish::Line { way, line, portions, reasoned } => {
                self.on_a_line(*way, self.line(*line), *portions, *reasoned)
            }
            Wish::Call(index) => kitchen::call(self.line(*index)),
            Wish::Recall(index, from) => kitchen::recall(self.line(*index), recalled_from(from)),
            Wish::Cancel(index) => kitchen::cancel(self.line(*index)),
            Wish::CancelOrder(index) => kitchen::cancel_order(self.order(*index)),
            Wish::Lines { press, order, lines } => {
                let lines: Vec<_> = lines.iter().map(|line| self.line(*line)).collect();
                let pressed = match press {
                    Press::Hold => kitchen::hold,
                    Press::Fire => kitchen::fire,
                    Press::Rush => kitchen::rush,
                    Press::Seen => kitchen::acknowledge,
                };
                pressed(self.order(*order), &lines)
            }
            Wish::Move { from, to, join } => {
                Command::MoveGuest { from: guest_at(*from), to: guest_at(*to), join: *join }
            }
            Wish::Service(guest) => Command::CallService { guest: guest.map(guest_at), wish: None },
            Wish::Answer(guest) => kitchen::answer_service(&guest_at(*guest)),
            Wish::Clean(guest) => match guest_at(*guest) {
                Guest::Room { room } => kitchen::clean(room.as_str()),
                Guest::Wristband { wristband } => kitchen::hand_back(wristband.as_str()),
            },
            Wish::SoldOut(dish) => kitchen::sold_out(DISHES[*dish]),
            Wish::Limit(dish, left) => kitchen::limit(DISHES[*dish], *left),
            Wish::Back(dish) => kitchen::back_on_sale(DISHES[*dish]),
            Wish::Menu(menu, fresh) => kitchen::save_menu(expects(*fresh), menu_at(*menu)),
            Wish::Plan(plan, fresh) => kitchen::save_plan(expects(*fresh), plan_at(*plan)),
        }
    }

    fn on_a_line(&self, way: Way, line: LineId, portions: Option<u16>, reasoned: bool) -> Command {
        let command = match way {
            Way::Start => kitchen::start(line),
            Way::Finish => kitchen::finish(line),
            Way::PickUp => kitchen::pick_up(line),
            Way::Remake => kitchen::remake(line),
            Way::Void(_) => kitchen::void(line),
        };
        let needs_a_reason = matches!(way, Way::Remake | Way::Void(_));
        let command = if needs_a_reason && !reasoned { kitchen::because(" ", command) } else { command };
        portions.map_or(command.clone(), |portions| kitchen::some(portions, command))
    }

    /// What is on the board, as [`super::naive::Model::board`] writes it.
    pub(crate) fn board(&self) -> Vec<String> {
        let board = self.shop.board(self.clock);
        let calls = board.calls.iter().map(|call| format!("{} calls", call.guest));
        board.orders.iter().map(shown).chain(calls).collect()
    }

    /// What room 801's pad shows: the orders and how many call.
    pub(crate) fn pad(&self) -> String {
        let board = self.shop.board_of_room(&"801".parse().expect("a room"), self.clock);
        let orders: Vec<_> = board.orders.iter().map(|order| order.number.0.to_string()).collect();
        format!("{} {}", orders.join(" "), board.calls.len())
    }

    /// What can be ordered, as [`super::naive::Model::stock`] writes it.
    pub(crate) fn stock(&self) -> Vec<String> {
        let view = self.shop.menu_view();
        let limited = view.limited.iter().map(|limited| (&limited.dish, limited.left));
        let sold_out = view.sold_out.iter().map(|dish| (dish, 0));
        let mut stock: Vec<_> =
            limited.chain(sold_out).map(|(dish, left)| format!("{dish} {left}")).collect();
        stock.sort();
        stock
    }
}

fn approval(wish: &Wish) -> Approval {
    let Wish::Line { way: Way::Void(pin), .. } = wish else { return Approval::Nobody };
    match pin {
        Pin::Right => Approval::By(manager()),
        Pin::Wrong => Approval::WrongPin,
        Pin::Locked => Approval::Locked,
    }
}

fn recalled_from(from: &str) -> RecalledFrom {
    match from {
        "cooking" => RecalledFrom::Cooking,
        "ready" => RecalledFrom::Ready,
        "notified" => RecalledFrom::Notified,
        _ => RecalledFrom::PickedUp,
    }
}

fn guest_at(index: usize) -> Guest {
    match GUESTS[index].strip_prefix("手牌") {
        Some(number) => wristband(number),
        None => room(GUESTS[index]),
    }
}

/// The menu of the tests; one where soup is dearer and there is no tea; one that cannot be.
fn menu_at(index: usize) -> Menu {
    let mut menu = kitchen::menu();
    if index == 1 {
        menu.dishes[1].price_fen.0 = 1000;
        menu.dishes.remove(2);
    } else if index == 2 {
        menu.dishes[0].target_s = 0;
    }
    menu
}

/// No stations; the stations of the tests; a plan that cannot be.
fn plan_at(index: usize) -> KitchenPlan {
    let mut plan = kitchen::plan();
    if index == 0 {
        plan = KitchenPlan::default();
    } else if index == 2 {
        plan.area_routes[0].stations.clear();
    }
    plan
}

fn wanted(wanted: Wanted, at: usize, flaw: Flaw) -> WantedLine {
    let line = kitchen::many(wanted.portions, DISHES[wanted.dish]);
    let line = WantedLine { hold: wanted.hold, ..line };
    match flaw {
        Flaw::LongNote if at == 0 => WantedLine { note: "葱".repeat(201), ..line },
        Flaw::ForeignOption if at == 0 => WantedLine { options: vec![name("加料", "Extra")], ..line },
        Flaw::ForeignCaution if at == 0 => WantedLine { cautions: vec![name("不吃", "None")], ..line },
        Flaw::None | Flaw::LongNote | Flaw::ForeignOption | Flaw::ForeignCaution => line,
    }
}

fn shown(order: &OrderView) -> String {
    let lines: Vec<_> = order.lines.iter().map(line_shown).collect();
    let day = order.day.0.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
    let from: String = order.moves.iter().map(|moved| format!("{}>", moved.from)).collect();
    let (number, guest, state) = (order.number.0, &order.guest, kitchen::word_of(order.state));
    format!("{day} #{number} {from}{guest} {state}: {}", lines.join(" "))
}

fn line_shown(line: &LineView) -> String {
    let (placed, state) = (&line.placed, At::of(&line.state).word());
    let stations: Vec<_> = placed.stations.iter().map(|station| station.as_str()).collect();
    let rush = line.rush.as_ref().map_or(0, |rush| rush.count);
    let unseen = line.unseen.iter().map(|notice| match notice {
        Notice::Rushed => "!rushed",
        Notice::Voided => "!voided",
        Notice::LeftBehind => "!left",
    });
    format!(
        "{}x{}@{}/{}/{}/{state}/{}/{}/{rush}{}",
        placed.dish,
        placed.quantity,
        placed.price_fen.0,
        stations.join("+"),
        line.round,
        line.due_from.as_second(),
        line.last.at.as_second(),
        unseen.collect::<String>(),
    )
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
        Fact::LineSplit { portions, .. } => format!("split {portions}"),
        Fact::LinesHeld { lines, .. } => format!("held {}", lines.len()),
        Fact::LinesFired { lines, .. } => format!("fired {}", lines.len()),
        Fact::LinesRushed { lines, .. } => format!("rushed {}", lines.len()),
        Fact::NoticesSeen { lines, .. } => format!("seen {}", lines.len()),
        Fact::LineVoided { .. } => "voided".to_owned(),
        Fact::LineRemade { .. } => "remade".to_owned(),
        Fact::LineRecalled { .. } => "recalled".to_owned(),
        Fact::GuestMoved { .. } => "moved".to_owned(),
        Fact::OrderCompleted { .. } => "completed".to_owned(),
        Fact::DishSoldOut { dish, .. } => format!("left {dish} 0"),
        Fact::DishLimited { dish, left, .. } => format!("left {dish} {left}"),
        Fact::DishBackOnSale { dish } => format!("back {dish}"),
        Fact::DishSaved { .. }
        | Fact::DishRemoved { .. }
        | Fact::MenuArranged { .. }
        | Fact::KitchenPlanned { .. } => "set up".to_owned(),
        Fact::ServiceCalled { guest, .. } => format!("{guest} called"),
        Fact::ServiceAnswered { guest } => format!("{guest} answered"),
        Fact::CallRaised { .. }
        | Fact::AnnouncementsArranged { .. }
        | Fact::DutyStarted { .. }
        | Fact::DutyEnded { .. }
        | Fact::MessageRelayed { .. } => "told".to_owned(),
        Fact::SmsRequested { round, .. } => format!("sms {round}"),
        Fact::SmsAnswered { .. } => "sms answered".to_owned(),
    }
}
