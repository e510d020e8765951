//! What can be ordered, where it is made and how much of it is left, in words.

use super::super::wish::{DISHES, Flaw, Wanted};
use super::{Model, Said};

impl Model {
    pub(super) fn check(&self, dishes: &[Wanted], flaw: Flaw) -> Result<(), &'static str> {
        if dishes.is_empty() {
            return Err("empty_order");
        }
        if dishes.iter().any(|wanted| !self.is_on_menu(wanted.dish)) {
            return Err("unknown_dish");
        }
        if dishes.iter().any(|wanted| self.left_today(wanted.dish) == Some(0)) {
            return Err("sold_out");
        }
        for dish in 0..3 {
            if self.left_today(dish).is_some_and(|left| left < portions_of(dish, dishes)) {
                return Err("not_enough_left");
            }
        }
        match flaw {
            Flaw::None => Ok(()),
            Flaw::LongNote => Err("note_too_long"),
            Flaw::ForeignOption => Err("unknown_option"),
            Flaw::ForeignCaution => Err("unknown_caution"),
        }
    }

    pub(super) fn price(&self, dish: usize) -> i64 {
        match (dish, self.menu) {
            (0, _) => 1800,
            (1, 1) => 1000,
            (1, _) => 900,
            _ => 0,
        }
    }

    pub(super) fn stations(&self, dish: usize, guest: &str) -> &'static str {
        match dish {
            0 => "steamer",
            1 if self.plan == 1 && guest == "802" => "steamer",
            1 => "wok",
            _ => "",
        }
    }

    /// On the second menu there is no tea.
    fn is_on_menu(&self, dish: usize) -> bool {
        dish < if self.menu == 1 { 2 } else { 3 }
    }

    /// A day before the box knew the day is never over.
    fn is_over(&self, day: i64) -> bool {
        day < self.today && day != 0
    }

    fn left_today(&self, dish: usize) -> Option<u16> {
        self.left[dish].filter(|(_, day)| !self.is_over(*day)).map(|(left, _)| left)
    }

    fn now_left(&mut self, dish: usize, left: u16) -> String {
        self.left[dish] = Some((left, self.today));
        format!("left {} {left}", DISHES[dish])
    }

    pub(super) fn take(&mut self, dishes: &[Wanted]) -> Vec<String> {
        let mut news = Vec::new();
        for dish in 0..3 {
            let taken = portions_of(dish, dishes);
            if let Some(left) = self.left_today(dish).filter(|_| taken > 0) {
                news.push(self.now_left(dish, left - taken));
            }
        }
        news
    }

    /// What the kitchen said is sold out stays so.
    pub(super) fn give_back(&mut self, dishes: &[(usize, u16)]) -> Vec<String> {
        let mut news = Vec::new();
        for dish in 0..3 {
            let back: u16 =
                dishes.iter().filter(|(back, _)| *back == dish).map(|(_, portions)| portions).sum();
            if let Some(left) = self.left_today(dish).filter(|left| *left > 0 && back > 0) {
                news.push(self.now_left(dish, left + back));
            }
        }
        news
    }

    pub(super) fn limit(&mut self, dish: usize, left: u16) -> Said {
        if !self.is_on_menu(dish) {
            return Err("unknown_dish");
        }
        let is_so = self.left[dish] == Some((left, self.today));
        Ok(if is_so { Vec::new() } else { vec![self.now_left(dish, left)] })
    }

    pub(super) fn back(&mut self, dish: usize) -> Said {
        if !self.is_on_menu(dish) {
            return Err("unknown_dish");
        }
        let was = self.left[dish].take();
        Ok(was.map(|_| format!("back {}", DISHES[dish])).into_iter().collect())
    }

    pub(super) fn due(&mut self) -> Vec<String> {
        let mut news = Vec::new();
        for (dish, name) in DISHES.iter().enumerate().take(self.left.len()) {
            let Some((left, day)) = self.left[dish] else { continue };
            if self.is_over(day) {
                self.left[dish] = None;
                news.push(format!("back {name}"));
            } else if day == 0 {
                news.push(self.now_left(dish, left));
            }
        }
        news.sort();
        news
    }

    pub(super) fn set_up_menu(&mut self, menu: usize, fresh: bool) -> Said {
        if menu == 2 {
            return Err("bad_menu");
        }
        if menu == self.menu {
            return Ok(Vec::new());
        }
        if !fresh {
            return Err("menu_changed");
        }
        self.menu = menu;
        if menu == 1 {
            self.left[2] = None;
        }
        Ok(vec!["set up".to_owned()])
    }

    pub(super) fn set_up_plan(&mut self, plan: usize, fresh: bool) -> Said {
        if plan == 2 {
            return Err("bad_plan");
        }
        if plan == self.plan {
            return Ok(Vec::new());
        }
        if !fresh {
            return Err("menu_changed");
        }
        self.plan = plan;
        Ok(vec!["set up".to_owned()])
    }

    /// What is counted, as [`super::super::evening::Evening::stock`] writes it.
    pub(crate) fn stock(&self) -> Vec<String> {
        let counted = |dish: usize| self.left[dish].map(|(left, _)| format!("{} {left}", DISHES[dish]));
        let mut stock: Vec<_> = (0..3).filter_map(counted).collect();
        stock.sort();
        stock
    }
}

fn portions_of(dish: usize, dishes: &[Wanted]) -> u16 {
    dishes.iter().filter(|wanted| wanted.dish == dish).map(|wanted| wanted.portions).sum()
}
