//! The rules of the kitchen once more, as somebody would write them who knows only the rules page.

use super::evening::{ASKERS, Flaw, GUESTS, Step, Wish};

/// Shanghai is eight hours ahead of Greenwich, in summer and in winter.
const SHANGHAI_S: i64 = 8 * 3600;
const RESET_S: i64 = 3 * 3600;
const DAY_S: i64 = 86_400;

struct Line {
    order: usize,
    dish: usize,
    round: usize,
    state: &'static str,
}

struct Order {
    guest: &'static str,
    day: i64,
    number: u32,
    open: bool,
    rounds: usize,
    phone: bool,
    told_rounds: Vec<usize>,
}

/// A shop in plain fields.
pub(crate) struct Model {
    orders: Vec<Order>,
    lines: Vec<Line>,
    sold_out: [bool; 3],
    last_number: Option<(i64, u32)>,
}

type Said = Result<Vec<String>, &'static str>;

impl Model {
    pub(crate) fn new() -> Self {
        Self { orders: Vec::new(), lines: Vec::new(), sold_out: [false; 3], last_number: None }
    }

    /// What the rules say to one request, and what they make of it.
    pub(crate) fn asked(&mut self, second: i64, step: &Step) -> Said {
        let (role, own_room) = ASKERS[step.by];
        let allowed = match &step.wish {
            Wish::Place { .. } | Wish::Cancel(_) | Wish::CancelOrder(_) => ["pad", "cashier"].contains(&role),
            Wish::Clean(_) => role == "cashier",
            Wish::Start(_) | Wish::Finish(_) | Wish::Call(_) | Wish::PickUp(_) | Wish::SoldOut(..) => {
                ["kitchen", "cashier"].contains(&role)
            }
        };
        if !allowed {
            return Err("not_allowed");
        }
        match &step.wish {
            Wish::Place { guest, dishes, phone, flaw } => {
                let guest = match (role, own_room, guest.map(|guest| GUESTS[guest])) {
                    ("pad", None, _) => return Err("pad_without_room"),
                    ("pad", Some(own), None) => own,
                    ("pad", Some(own), Some(named)) if own == named => own,
                    ("pad", Some(_), Some(_)) => return Err("not_your_room"),
                    (_, _, None) => return Err("guest_missing"),
                    (_, _, Some(named)) => named,
                };
                self.check(dishes, *flaw)?;
                let (order, news) = self.visit(second, step.trusted, guest, *phone);
                let round = self.orders[order].rounds;
                let lines = dishes.iter().map(|dish| Line { order, dish: *dish, round, state: "waiting" });
                self.lines.extend(lines);
                Ok(vec![news])
            }
            Wish::Start(line) => self.on_line(*line, |state| match state {
                "waiting" => Ok(("cooking", vec!["started"])),
                "cancelled" => Err("line_cancelled"),
                state => Ok((state, vec![])),
            }),
            Wish::Finish(line) => self.on_line(*line, |state| match state {
                "cooking" => Ok(("ready", vec!["finished"])),
                "waiting" => Err("not_started"),
                "cancelled" => Err("line_cancelled"),
                state => Ok((state, vec![])),
            }),
            Wish::PickUp(line) => self.on_line(*line, |state| match state {
                "ready" | "notified" => Ok(("picked_up", vec!["picked up"])),
                "picked_up" => Ok(("picked_up", vec![])),
                "cancelled" => Err("line_cancelled"),
                _ => Err("not_made"),
            }),
            Wish::Call(line) => self.call(*line),
            Wish::Cancel(line) => {
                let index = self.open_line(*line)?;
                self.own_room(self.lines[index].order, role, own_room)?;
                self.on_line(*line, |state| match state {
                    "waiting" => Ok(("cancelled", vec!["cancelled"])),
                    "cancelled" => Ok(("cancelled", vec![])),
                    _ => Err("already_started"),
                })
            }
            Wish::CancelOrder(order) => self.cancel_order(*order, role, own_room),
            Wish::Clean(guest) => Ok(self.guest_leaves(GUESTS[*guest])),
            Wish::SoldOut(dish, sold_out) => {
                let known = self.sold_out.get_mut(*dish).ok_or("unknown_dish")?;
                let news = if *known == *sold_out { vec![] } else { vec!["menu".to_owned()] };
                *known = *sold_out;
                Ok(news)
            }
        }
    }

    fn check(&self, dishes: &[usize], flaw: Flaw) -> Result<(), &'static str> {
        if dishes.is_empty() {
            return Err("empty_order");
        }
        if dishes.iter().any(|dish| *dish >= 3) {
            return Err("unknown_dish");
        }
        if dishes.iter().any(|dish| self.sold_out[*dish]) {
            return Err("sold_out");
        }
        match flaw {
            Flaw::None => Ok(()),
            Flaw::LongNote => Err("note_too_long"),
            Flaw::ForeignOption => Err("unknown_option"),
        }
    }

    /// The guest's order, which goes into its next round or is opened with the next number.
    fn visit(&mut self, second: i64, trusted: bool, guest: &'static str, phone: bool) -> (usize, String) {
        if let Some(order) = self.orders.iter().position(|order| order.open && order.guest == guest) {
            self.orders[order].rounds += 1;
            self.orders[order].phone |= phone;
            return (order, format!("added {}", self.orders[order].rounds));
        }
        let today = (second + SHANGHAI_S - RESET_S).div_euclid(DAY_S);
        let (day, number) = match self.last_number {
            None => (today, 1),
            Some((day, number)) if !trusted || today <= day => (day, number + 1),
            Some(_) => (today, 1),
        };
        self.last_number = Some((day, number));
        self.orders.push(Order { guest, day, number, open: true, rounds: 0, phone, told_rounds: Vec::new() });
        (self.orders.len() - 1, format!("placed {number}"))
    }

    fn call(&mut self, line: usize) -> Said {
        let index = self.open_line(line)?;
        let (order, round, state) =
            (self.lines[index].order, self.lines[index].round, self.lines[index].state);
        let mut news = self.on_line(line, |state| match state {
            "ready" | "notified" => Ok(("notified", vec!["called"])),
            "picked_up" => Err("already_picked_up"),
            "cancelled" => Err("line_cancelled"),
            _ => Err("not_made"),
        })?;
        let order = &mut self.orders[order];
        if state == "ready" && order.phone && !order.told_rounds.contains(&round) {
            order.told_rounds.push(round);
            news.push(format!("sms {round}"));
        }
        Ok(news)
    }

    fn cancel_order(&mut self, order: usize, role: &str, own_room: Option<&str>) -> Said {
        if !self.orders.get(order).is_some_and(|order| order.open) {
            return Err("unknown_order");
        }
        self.own_room(order, role, own_room)?;
        let lines = || self.lines.iter().filter(|line| line.order == order);
        if lines().any(|line| line.state != "waiting" && line.state != "cancelled") {
            return Err("already_started");
        }
        Ok(self.cancel_what_waits(order))
    }

    fn guest_leaves(&mut self, guest: &str) -> Vec<String> {
        let Some(order) = self.orders.iter().position(|order| order.open && order.guest == guest) else {
            return Vec::new();
        };
        self.orders[order].open = false;
        let mut news = self.cancel_what_waits(order);
        news.push("completed".to_owned());
        news
    }

    fn cancel_what_waits(&mut self, order: usize) -> Vec<String> {
        let mut news = Vec::new();
        for line in self.lines.iter_mut().filter(|line| line.order == order && line.state == "waiting") {
            line.state = "cancelled";
            news.push("cancelled".to_owned());
        }
        news
    }

    fn own_room(&self, order: usize, role: &str, own_room: Option<&str>) -> Result<(), &'static str> {
        let strange = role == "pad" && own_room != Some(self.orders[order].guest);
        if strange { Err("not_your_room") } else { Ok(()) }
    }

    fn open_line(&self, line: usize) -> Result<usize, &'static str> {
        let open = self.lines.get(line).is_some_and(|line| self.orders[line.order].open);
        if open { Ok(line) } else { Err("unknown_line") }
    }

    fn on_line(
        &mut self,
        line: usize,
        rule: impl Fn(&'static str) -> Result<(&'static str, Vec<&'static str>), &'static str>,
    ) -> Said {
        let index = self.open_line(line)?;
        let (state, news) = rule(self.lines[index].state)?;
        self.lines[index].state = state;
        Ok(news.into_iter().map(str::to_owned).collect())
    }

    /// The open orders as [`super::evening::Evening::board`] writes them.
    pub(crate) fn board(&self) -> Vec<String> {
        let open = self.orders.iter().enumerate().filter(|(_, order)| order.open);
        open.map(|(index, order)| {
            let lines: Vec<_> = self.lines.iter().filter(|line| line.order == index).collect();
            let shown: Vec<_> =
                lines.iter().map(|line| format!("{}/{}/{}", line.dish, line.round, line.state)).collect();
            let state = order_state(&lines.iter().map(|line| line.state).collect::<Vec<_>>());
            format!("{} #{} {} {state}: {}", order.day, order.number, order.guest, shown.join(" "))
        })
        .collect()
    }
}

fn order_state(lines: &[&str]) -> &'static str {
    let count = |wanted: &[&str]| lines.iter().filter(|state| wanted.contains(state)).count();
    let alive = lines.len() - count(&["cancelled"]);
    if alive == 0 {
        "cancelled"
    } else if count(&["waiting"]) == alive {
        "waiting"
    } else if count(&["picked_up"]) == alive {
        "served"
    } else if count(&["ready", "notified", "picked_up"]) == alive {
        "ready"
    } else {
        "cooking"
    }
}
