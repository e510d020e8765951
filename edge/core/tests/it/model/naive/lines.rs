//! What a line may do, in words.

use super::super::wish::{DISHES, Pin, Press, Way};
use super::{Line, Model, Said};

/// How long a step can be taken back, and how long a guest waits before asking again.
const RECALL_S: i64 = 30 * 60;
const RUSH_S: i64 = 3 * 60;

/// `None`: it is so already.
type Goes = Result<Option<&'static str>, &'static str>;

impl Model {
    pub(super) fn state(&self, line: usize) -> &'static str {
        self.lines[line].steps.last().expect("it was placed").0
    }

    pub(super) fn is_started(&self, line: usize) -> bool {
        ["cooking", "ready", "notified", "picked_up"].contains(&self.state(line))
    }

    pub(super) fn open_line(&self, line: usize) -> Result<usize, &'static str> {
        let open = self.lines.get(line).is_some_and(|line| self.orders[line.order].open);
        if open { Ok(line) } else { Err("unknown_line") }
    }

    pub(super) fn on_a_line(&mut self, way: Way, line: usize, portions: Option<u16>, reasoned: bool) -> Said {
        let line = self.open_line(line)?;
        let whole = self.lines[line].portions;
        let meant = portions.unwrap_or(whole);
        if meant > whole {
            return Err("too_many_portions");
        }
        if !reasoned && matches!(way, Way::Remake | Way::Void(_)) {
            return Err("bad_reason");
        }
        let state = self.state(line);
        let goes = match way {
            Way::Start => may_start(state),
            Way::Finish => may_finish(state),
            Way::PickUp => may_be_picked_up(state),
            Way::Remake => may_be_remade(state, self.is_made_again(line)),
            Way::Void(pin) => may_be_voided(state, pin),
        };
        let Some(to) = goes? else { return Ok(Vec::new()) };
        let mut news = Vec::new();
        let line = if meant == whole {
            line
        } else {
            news.push(format!("split {meant}"));
            self.split(line, meant)
        };
        if to == "remade" {
            self.remake(line);
        } else {
            self.step(line, to);
        }
        if to == "voided" {
            self.lines[line].unseen.push("!voided");
        }
        news.push(match to {
            "cooking" => "started".to_owned(),
            "ready" => "finished".to_owned(),
            "picked_up" => "picked up".to_owned(),
            word => word.to_owned(),
        });
        Ok(news)
    }

    fn step(&mut self, line: usize, to: &'static str) {
        let line = &mut self.lines[line];
        line.steps.push((to, self.now));
        line.last = self.now;
        line.unseen.retain(|notice| *notice != "!rushed");
    }

    /// Some portions go on by themselves, right behind the rest and with the same past.
    fn split(&mut self, line: usize, portions: u16) -> usize {
        let part = self.lines.len();
        let rest = &mut self.lines[line];
        rest.portions -= portions;
        let parted = Line { portions, steps: rest.steps.clone(), unseen: rest.unseen.clone(), ..*rest };
        let ticket = &mut self.orders[parted.order].lines;
        let place = ticket.iter().position(|on| *on == line).expect("it is on its ticket");
        ticket.insert(place + 1, part);
        self.lines.push(parted);
        part
    }

    fn is_made_again(&self, line: usize) -> bool {
        let dropped = ["cancelled", "voided", "remade"];
        let mut all = 0..self.lines.len();
        all.any(|other| self.lines[other].remake_of == Some(line) && !dropped.contains(&self.state(other)))
    }

    fn remake(&mut self, line: usize) {
        if self.state(line) != "picked_up" {
            self.step(line, "remade");
        }
        let again = self.lines.len();
        let spoilt = &self.lines[line];
        let order = spoilt.order;
        self.lines.push(Line {
            price: 0,
            due: self.now,
            last: self.now,
            steps: vec![("waiting", self.now)],
            rushes: 0,
            unseen: Vec::new(),
            remake_of: Some(line),
            ..*spoilt
        });
        self.orders[order].lines.push(again);
    }

    pub(super) fn call(&mut self, line: usize) -> Said {
        let line = self.open_line(line)?;
        let (order, round) = (self.lines[line].order, self.lines[line].round);
        match self.state(line) {
            "ready" => self.step(line, "notified"),
            "notified" => return Ok(vec!["called".to_owned()]),
            "picked_up" => return Err("already_picked_up"),
            "cancelled" => return Err("line_cancelled"),
            "voided" | "remade" => return Err("line_voided"),
            _ => return Err("not_made"),
        }
        let mut news = vec!["called".to_owned()];
        let order = &mut self.orders[order];
        if order.phone && !order.told_rounds.contains(&round) {
            order.told_rounds.push(round);
            news.push(format!("sms {round}"));
        }
        Ok(news)
    }

    pub(super) fn recall(&mut self, line: usize, from: &str) -> Said {
        let line = self.open_line(line)?;
        let line = &mut self.lines[line];
        let (state, since) = *line.steps.last().expect("it was placed");
        if state != from {
            return Err("moved_on");
        }
        if self.now - since > RECALL_S {
            return Err("too_late");
        }
        line.steps.pop();
        line.last = self.now;
        Ok(vec!["recalled".to_owned()])
    }

    /// Of these lines, what nobody has begun.
    pub(super) fn cancel_what_waits(&mut self, lines: &[usize]) -> Vec<String> {
        let mut news = Vec::new();
        let mut back = Vec::new();
        for line in lines {
            if ["held", "waiting"].contains(&self.state(*line)) {
                self.step(*line, "cancelled");
                news.push("cancelled".to_owned());
                let line = &self.lines[*line];
                back.extend(line.remake_of.is_none().then_some((line.dish, line.portions)));
            }
        }
        news.extend(self.give_back(&back));
        news
    }

    pub(super) fn press(&mut self, press: Press, order: usize, named: &[usize], by_a_pad: bool) -> Said {
        let ticket = self.orders[order].lines.clone();
        if named.iter().any(|line| !ticket.contains(line)) {
            return Err("unknown_line");
        }
        let (fits, so, word): (&[_], &[_], _) = match press {
            Press::Hold => (&["waiting"], &["held"], "held"),
            Press::Fire => (&["held"], &["waiting", "cooking", "ready", "notified", "picked_up"], "fired"),
            Press::Rush | Press::Seen => (&["waiting", "cooking"], &[], "rushed"),
        };
        let meant = |line: &&usize| named.is_empty() || named.contains(line);
        let meant: Vec<_> = ticket.iter().filter(meant).copied().collect();
        let mut fitting = meant.clone();
        fitting.retain(|line| fits.contains(&self.state(*line)));
        if fitting.is_empty() {
            let is_so = meant.iter().any(|line| so.contains(&self.state(*line)));
            return if is_so { Ok(Vec::new()) } else { Err("nothing_to_do") };
        }
        if press == Press::Rush && by_a_pad {
            fitting.retain(|line| {
                let line = &self.lines[*line];
                line.rushes == 0 || !(0..RUSH_S).contains(&(self.now - line.rushed_at))
            });
            if fitting.is_empty() {
                return Err("rushed_lately");
            }
        }
        let news = vec![format!("{word} {}", fitting.len())];
        fitting.into_iter().for_each(|line| self.pressed(press, line));
        Ok(news)
    }

    fn pressed(&mut self, press: Press, line: usize) {
        let now = self.now;
        let line = &mut self.lines[line];
        let at = &mut line.steps.last_mut().expect("it was placed").0;
        match press {
            Press::Hold => {
                (*at, line.last) = ("held", now);
                line.unseen.retain(|notice| *notice != "!rushed");
            }
            Press::Fire => (*at, line.last, line.due) = ("waiting", now, now),
            Press::Rush | Press::Seen => {
                (line.rushes, line.rushed_at) = (line.rushes + 1, now);
                if !line.unseen.contains(&"!rushed") {
                    line.unseen.push("!rushed");
                }
            }
        }
    }

    pub(super) fn seen(&mut self, order: usize, named: &[usize]) -> Vec<String> {
        let ticket = self.orders.get(order).map(|order| order.lines.clone()).unwrap_or_default();
        let mut seen = 0;
        for line in ticket {
            let is_meant = named.is_empty() || named.contains(&line);
            if is_meant && !self.lines[line].unseen.is_empty() {
                self.lines[line].unseen.clear();
                seen += 1;
            }
        }
        if seen == 0 { Vec::new() } else { vec![format!("seen {seen}")] }
    }

    pub(super) fn line_shown(&self, line: usize) -> String {
        let (state, line) = (self.state(line), &self.lines[line]);
        let (dish, portions, price, stations) = (DISHES[line.dish], line.portions, line.price, line.stations);
        let (due, last, rushes, unseen) = (line.due, line.last, line.rushes, line.unseen.concat());
        format!("{dish}x{portions}@{price}/{stations}/{}/{state}/{due}/{last}/{rushes}{unseen}", line.round)
    }
}

fn may_start(state: &str) -> Goes {
    match state {
        "waiting" => Ok(Some("cooking")),
        "held" => Err("line_held"),
        "cancelled" => Err("line_cancelled"),
        "voided" | "remade" => Err("line_voided"),
        _ => Ok(None),
    }
}

fn may_finish(state: &str) -> Goes {
    match state {
        "cooking" => Ok(Some("ready")),
        "held" | "waiting" => Err("not_started"),
        "cancelled" => Err("line_cancelled"),
        "voided" | "remade" => Err("line_voided"),
        _ => Ok(None),
    }
}

fn may_be_picked_up(state: &str) -> Goes {
    match state {
        "ready" | "notified" => Ok(Some("picked_up")),
        "picked_up" => Ok(None),
        "cancelled" => Err("line_cancelled"),
        "voided" | "remade" => Err("line_voided"),
        _ => Err("not_made"),
    }
}

fn may_be_remade(state: &str, is_made_again: bool) -> Goes {
    match state {
        "held" | "waiting" => Err("not_started"),
        "cancelled" => Err("line_cancelled"),
        "picked_up" | "remade" if is_made_again => Ok(None),
        "voided" | "remade" => Err("line_voided"),
        _ => Ok(Some("remade")),
    }
}

fn may_be_voided(state: &str, pin: Pin) -> Goes {
    match (state, pin) {
        ("held" | "waiting", _) => Err("cancel_instead"),
        ("cancelled", _) => Err("line_cancelled"),
        ("remade", _) => Err("line_voided"),
        ("voided", _) => Ok(None),
        (_, Pin::Right) => Ok(Some("voided")),
        (_, Pin::Wrong) => Err("wrong_pin"),
        (_, Pin::Locked) => Err("pin_locked"),
    }
}
