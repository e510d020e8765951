//! The rules of the kitchen once more, as somebody would write them who knows only the rules page: plain fields,
//! plain loops, words for states.

mod lines;
mod stock;

use super::wish::{ASKERS, Before, Flaw, GUESTS, Press, Step, Wanted, Way, Wish};

/// Shanghai is eight hours ahead of Greenwich, in summer and in winter.
const SHANGHAI_S: i64 = 8 * 3600;
const RESET_S: i64 = 3 * 3600;
const DAY_S: i64 = 86_400;

struct Line {
    order: usize,
    dish: usize,
    portions: u16,
    price: i64,
    stations: &'static str,
    round: usize,
    due: i64,
    last: i64,
    /// Where it has been and since when; the last is where it is.
    steps: Vec<(&'static str, i64)>,
    rushes: u32,
    rushed_at: i64,
    unseen: Vec<&'static str>,
    remake_of: Option<usize>,
}

struct Order {
    guest: &'static str,
    from: Vec<&'static str>,
    /// Who came to a guest's table first.
    arrived: usize,
    day: i64,
    number: u32,
    open: bool,
    rounds: usize,
    phone: bool,
    told_rounds: Vec<usize>,
    /// As they stand on the ticket.
    lines: Vec<usize>,
}

/// A shop in plain fields.
#[derive(Default)]
pub(crate) struct Model {
    now: i64,
    today: i64,
    orders: Vec<Order>,
    lines: Vec<Line>,
    /// What is left of each dish, and on which day that was said.
    left: [Option<(u16, i64)>; 3],
    calls: Vec<&'static str>,
    last_number: Option<(i64, u32)>,
    arrivals: usize,
    menu: usize,
    plan: usize,
}

type Said = Result<Vec<String>, &'static str>;

impl Model {
    /// Where every line is that there ever was.
    pub(crate) fn states(&self) -> Vec<&'static str> {
        (0..self.lines.len()).map(|line| self.state(line)).collect()
    }

    /// How many orders there ever were.
    pub(crate) fn orders(&self) -> usize {
        self.orders.len()
    }

    /// Time goes by, and the box does what it does by itself.
    pub(crate) fn passes(&mut self, second: i64, step: &Step) -> Vec<String> {
        self.now = second;
        let last = self.last_number.map_or(0, |(day, _)| day);
        let shown = (second + SHANGHAI_S - RESET_S).div_euclid(DAY_S);
        self.today = if step.trusted { last.max(shown) } else { last };
        if step.before == Before::Due && step.trusted { self.due() } else { Vec::new() }
    }

    /// What the rules say to one request, and what they make of it.
    pub(crate) fn asked(&mut self, step: &Step) -> Said {
        let mut said = self.said(step);
        if let Ok(news) = &mut said {
            news.sort();
        }
        said
    }

    fn said(&mut self, step: &Step) -> Said {
        let (role, own_room) = ASKERS[step.by];
        if !who_may(&step.wish).contains(&role) {
            return Err("not_allowed");
        }
        match &step.wish {
            Wish::Place { guest, dishes, phone, flaw } => {
                let guest = guest_for(role, own_room, *guest)?;
                self.place(guest, dishes, *phone, *flaw)
            }
            Wish::Line { way, line, portions, reasoned } => self.on_a_line(*way, *line, *portions, *reasoned),
            Wish::Call(line) => self.call(*line),
            Wish::Recall(line, from) => self.recall(*line, from),
            Wish::Cancel(line) => {
                let line = self.open_line(*line)?;
                self.own_room(self.lines[line].order, role, own_room)?;
                if self.is_started(line) {
                    Err("already_started")
                } else {
                    Ok(self.cancel_what_waits(&[line]))
                }
            }
            Wish::CancelOrder(order) => {
                let order = self.open_order(*order)?;
                self.own_room(order, role, own_room)?;
                let lines = self.orders[order].lines.clone();
                let started = lines.iter().any(|line| self.is_started(*line));
                if started { Err("already_started") } else { Ok(self.cancel_what_waits(&lines)) }
            }
            Wish::Lines { press: Press::Seen, order, lines } => Ok(self.seen(*order, lines)),
            Wish::Lines { press, order, lines } => {
                let order = self.open_order(*order)?;
                self.own_room(order, role, own_room)?;
                self.press(*press, order, lines, role == "pad")
            }
            Wish::Move { from, to, join } => self.move_guest(GUESTS[*from], GUESTS[*to], *join),
            Wish::Service(guest) => {
                let guest = guest_for(role, own_room, *guest)?;
                Ok(self.service(guest))
            }
            Wish::Answer(guest) => Ok(self.answer(GUESTS[*guest])),
            Wish::Clean(guest) => Ok(self.guest_leaves(GUESTS[*guest])),
            Wish::SoldOut(dish) => self.limit(*dish, 0),
            Wish::Limit(dish, left) => self.limit(*dish, *left),
            Wish::Back(dish) => self.back(*dish),
            Wish::Menu(menu, fresh) => self.set_up_menu(*menu, *fresh),
            Wish::Plan(plan, fresh) => self.set_up_plan(*plan, *fresh),
        }
    }

    fn place(&mut self, guest: &'static str, dishes: &[Wanted], phone: bool, flaw: Flaw) -> Said {
        self.check(dishes, flaw)?;
        let (order, what) = self.visit(guest, phone);
        for wanted in dishes {
            let line = self.lines.len();
            self.lines.push(Line {
                order,
                dish: wanted.dish,
                portions: wanted.portions,
                price: self.price(wanted.dish),
                stations: self.stations(wanted.dish, guest),
                round: self.orders[order].rounds,
                due: self.now,
                last: self.now,
                steps: vec![(if wanted.hold { "held" } else { "waiting" }, self.now)],
                rushes: 0,
                rushed_at: 0,
                unseen: Vec::new(),
                remake_of: None,
            });
            self.orders[order].lines.push(line);
        }
        Ok([vec![what], self.take(dishes)].concat())
    }

    /// The guest's first order, which goes into its next round; or a new one with the next number.
    fn visit(&mut self, guest: &'static str, phone: bool) -> (usize, String) {
        if let Some(order) = self.orders_of(guest).first().copied() {
            self.orders[order].rounds += 1;
            self.orders[order].phone |= phone;
            return (order, format!("added {}", self.orders[order].rounds));
        }
        let number = match self.last_number {
            Some((day, number)) if day == self.today || day == 0 => number + 1,
            Some(_) | None => 1,
        };
        self.last_number = Some((self.today, number));
        self.arrivals += 1;
        self.orders.push(Order {
            guest,
            from: Vec::new(),
            arrived: self.arrivals,
            day: self.today,
            number,
            open: true,
            rounds: 0,
            phone,
            told_rounds: Vec::new(),
            lines: Vec::new(),
        });
        (self.orders.len() - 1, format!("placed {number}"))
    }

    fn move_guest(&mut self, from: &'static str, to: &'static str, join: bool) -> Said {
        let moving = self.orders_of(from);
        let there = self.orders_of(to);
        if moving.is_empty() {
            let came = there.iter().any(|order| self.orders[*order].from.last() == Some(&from));
            return if came { Ok(Vec::new()) } else { Err("nobody_there") };
        }
        if from == to {
            return Ok(Vec::new());
        }
        if !join && !there.is_empty() {
            return Err("room_taken");
        }
        let mut news = Vec::new();
        for order in moving {
            self.arrivals += 1;
            let order = &mut self.orders[order];
            order.from.push(from);
            (order.guest, order.arrived) = (to, self.arrivals);
            news.push("moved".to_owned());
        }
        if self.calls.contains(&from) {
            news.extend(self.answer(from));
            news.extend(self.service(to));
        }
        Ok(news)
    }

    fn service(&mut self, guest: &'static str) -> Vec<String> {
        if self.calls.contains(&guest) {
            return Vec::new();
        }
        self.calls.push(guest);
        vec![format!("{guest} called")]
    }

    fn answer(&mut self, guest: &'static str) -> Vec<String> {
        if !self.calls.contains(&guest) {
            return Vec::new();
        }
        self.calls.retain(|calls| *calls != guest);
        vec![format!("{guest} answered")]
    }

    fn guest_leaves(&mut self, guest: &'static str) -> Vec<String> {
        let orders = self.orders_of(guest);
        let lines: Vec<_> = orders.iter().flat_map(|order| self.orders[*order].lines.clone()).collect();
        let mut news = self.cancel_what_waits(&lines);
        for line in lines {
            let is_left = ["cooking", "ready", "notified"].contains(&self.state(line));
            let unseen = &mut self.lines[line].unseen;
            unseen.retain(|notice| *notice == "!voided");
            unseen.extend(is_left.then_some("!left"));
        }
        for order in orders {
            self.orders[order].open = false;
            news.push("completed".to_owned());
        }
        news.extend(self.answer(guest));
        news
    }

    /// A guest's open orders, the first first.
    fn orders_of(&self, guest: &str) -> Vec<usize> {
        let is_theirs = |order: &usize| self.orders[*order].open && self.orders[*order].guest == guest;
        let mut orders: Vec<_> = (0..self.orders.len()).filter(is_theirs).collect();
        orders.sort_by_key(|order| self.orders[*order].arrived);
        orders
    }

    fn open_order(&self, order: usize) -> Result<usize, &'static str> {
        let open = self.orders.get(order).is_some_and(|order| order.open);
        if open { Ok(order) } else { Err("unknown_order") }
    }

    fn own_room(&self, order: usize, role: &str, own_room: Option<&str>) -> Result<(), &'static str> {
        let strange = role == "pad" && own_room != Some(self.orders[order].guest);
        if strange { Err("not_your_room") } else { Ok(()) }
    }

    fn is_on_board(&self, order: &Order) -> bool {
        order.open || order.lines.iter().any(|line| !self.lines[*line].unseen.is_empty())
    }

    /// What is on the board as [`super::evening::Evening::board`] writes it.
    pub(crate) fn board(&self) -> Vec<String> {
        let mut shown: Vec<_> = self.orders.iter().filter(|order| self.is_on_board(order)).collect();
        shown.sort_by_key(|order| (order.day, order.number));
        let orders = shown.into_iter().map(|order| {
            let lines: Vec<_> = order.lines.iter().map(|line| self.line_shown(*line)).collect();
            let states: Vec<_> = order.lines.iter().map(|line| self.state(*line)).collect();
            let state = if order.open { order_state(&states) } else { "completed" };
            let from: String = order.from.iter().map(|from| format!("{from}>")).collect();
            format!("{} #{} {from}{} {state}: {}", order.day, order.number, order.guest, lines.join(" "))
        });
        orders.chain(self.calls.iter().map(|guest| format!("{guest} calls"))).collect()
    }

    /// What room 801's pad shows.
    pub(crate) fn pad(&self) -> String {
        let mut orders: Vec<_> =
            self.orders.iter().filter(|order| order.open && order.guest == "801").collect();
        orders.sort_by_key(|order| (order.day, order.number));
        let orders: Vec<_> = orders.iter().map(|order| order.number.to_string()).collect();
        format!("{} {}", orders.join(" "), self.calls.iter().filter(|guest| **guest == "801").count())
    }
}

fn who_may(wish: &Wish) -> &'static [&'static str] {
    match wish {
        Wish::Place { .. } | Wish::Cancel(_) | Wish::CancelOrder(_) | Wish::Service(_) => &["pad", "cashier"],
        Wish::Lines { press: Press::Rush, .. } => &["pad", "expo", "cashier"],
        Wish::Lines { press: Press::Fire, .. } => &["pad", "kitchen", "expo", "cashier"],
        Wish::Line { way: Way::Start | Way::Finish, .. } => &["kitchen", "cashier"],
        Wish::Line { way: Way::PickUp | Way::Remake | Way::Void(_), .. }
        | Wish::Lines { press: Press::Hold | Press::Seen, .. }
        | Wish::Call(_)
        | Wish::Recall(..)
        | Wish::Answer(_)
        | Wish::SoldOut(_)
        | Wish::Limit(..)
        | Wish::Back(_) => &["kitchen", "expo", "cashier"],
        Wish::Clean(_) | Wish::Move { .. } | Wish::Menu(..) | Wish::Plan(..) => &["cashier"],
    }
}

/// A pad speaks for the room it stands in; everybody else says for whom.
fn guest_for(
    role: &str,
    own: Option<&'static str>,
    named: Option<usize>,
) -> Result<&'static str, &'static str> {
    match (role, own, named.map(|guest| GUESTS[guest])) {
        ("pad", None, _) => Err("pad_without_room"),
        ("pad", Some(own), None) => Ok(own),
        ("pad", Some(own), Some(named)) if own == named => Ok(own),
        ("pad", Some(_), Some(_)) => Err("not_your_room"),
        (_, _, None) => Err("guest_missing"),
        (_, _, Some(named)) => Ok(named),
    }
}

fn order_state(lines: &[&str]) -> &'static str {
    let count = |wanted: &[&str]| lines.iter().filter(|state| wanted.contains(state)).count();
    let alive = lines.len() - count(&["cancelled", "voided", "remade"]);
    if alive == 0 {
        "cancelled"
    } else if count(&["held", "waiting"]) == alive {
        "waiting"
    } else if count(&["picked_up"]) == alive {
        "served"
    } else if count(&["ready", "notified", "picked_up"]) == alive {
        "ready"
    } else {
        "cooking"
    }
}
