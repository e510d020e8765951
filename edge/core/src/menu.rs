//! The menu as the kitchen uses it: checked once, looked up by dish, with what is sold out.

use std::collections::{BTreeSet, HashMap, HashSet};

use shared::command::WantedLine;
use shared::id::{DishId, LineId};
use shared::menu::{Dish, Menu};
use shared::order::PlacedLine;

use crate::refusal::Refusal;

/// Longest note of a line, in characters: more than fits a ticket is not read.
pub const NOTE_CHARS_MAX: usize = 200;

/// Why a menu cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMenu {
    /// Two dishes share an id.
    #[error("the menu has the dish {0} twice")]
    DishTwice(DishId),
    /// A dish stands in a category that does not exist.
    #[error("the dish {0} stands in a category that the menu does not have")]
    NoSuchCategory(DishId),
    /// A dish that must be ready before it is ordered, or costs less than nothing.
    #[error("the dish {0} needs a target above 0 seconds and a price of 0 or more")]
    BadFigures(DishId),
}

/// The menu and what is sold out of it (估清).
#[derive(Debug, Clone, Default)]
pub struct MenuBook {
    menu: Menu,
    place: HashMap<DishId, usize>,
    sold_out: BTreeSet<DishId>,
}

impl MenuBook {
    /// Checks a menu. Errors: [`BadMenu`], naming the dish.
    pub fn new(menu: Menu) -> Result<Self, BadMenu> {
        let categories: HashSet<_> = menu.categories.iter().map(|category| &category.category).collect();
        let mut place = HashMap::new();
        for (index, dish) in menu.dishes.iter().enumerate() {
            if !categories.contains(&dish.category) {
                return Err(BadMenu::NoSuchCategory(dish.dish.clone()));
            }
            if dish.target_s == 0 || dish.price_fen.0 < 0 {
                return Err(BadMenu::BadFigures(dish.dish.clone()));
            }
            if place.insert(dish.dish.clone(), index).is_some() {
                return Err(BadMenu::DishTwice(dish.dish.clone()));
            }
        }
        Ok(Self { menu, place, sold_out: BTreeSet::new() })
    }

    /// The menu as it was given.
    pub fn menu(&self) -> &Menu {
        &self.menu
    }

    /// What cannot be ordered now.
    pub fn sold_out(&self) -> &BTreeSet<DishId> {
        &self.sold_out
    }

    /// Whether the menu has this dish.
    pub fn has(&self, dish: &DishId) -> bool {
        self.place.contains_key(dish)
    }

    pub(crate) fn mark_sold_out(&mut self, dish: DishId) {
        self.sold_out.insert(dish);
    }

    pub(crate) fn mark_back_on_sale(&mut self, dish: &DishId) {
        self.sold_out.remove(dish);
    }

    /// Turns wishes into lines that keep today's names and prices. All or none: a refusal names every dish
    /// that is at fault.
    pub(crate) fn place(
        &self,
        wanted: &[WantedLine],
        id: impl Fn(usize) -> LineId,
    ) -> Result<Vec<PlacedLine>, Refusal> {
        let failing = |fails: &dyn Fn(&DishId) -> bool| -> Vec<DishId> {
            let dishes: BTreeSet<_> =
                wanted.iter().map(|line| &line.dish).filter(|dish| fails(dish)).collect();
            dishes.into_iter().cloned().collect()
        };
        let unknown = failing(&|dish| !self.has(dish));
        if !unknown.is_empty() {
            return Err(Refusal::UnknownDish(unknown));
        }
        let sold_out = failing(&|dish| self.sold_out.contains(dish));
        if !sold_out.is_empty() {
            return Err(Refusal::SoldOut(sold_out));
        }
        wanted.iter().enumerate().map(|(index, line)| self.place_one(line, id(index))).collect()
    }

    fn place_one(&self, wanted: &WantedLine, line: LineId) -> Result<PlacedLine, Refusal> {
        let dish = self.place.get(&wanted.dish).map(|index| &self.menu.dishes[*index]);
        let dish = dish.ok_or_else(|| Refusal::UnknownDish(vec![wanted.dish.clone()]))?;
        if wanted.note.chars().count() > NOTE_CHARS_MAX {
            return Err(Refusal::NoteTooLong);
        }
        if !options_fit(dish, wanted) {
            return Err(Refusal::UnknownOption(dish.dish.clone()));
        }
        Ok(PlacedLine {
            line,
            dish: dish.dish.clone(),
            name: dish.name.clone(),
            quantity: wanted.quantity,
            price_fen: dish.price_fen,
            options: wanted.options.clone(),
            allergens: dish.allergens.clone(),
            note: wanted.note.trim().to_owned(),
            target_s: dish.target_s,
        })
    }
}

/// Each chosen option belongs to a group of its own.
fn options_fit(dish: &Dish, wanted: &WantedLine) -> bool {
    let mut free: Vec<_> = dish.options.iter().collect();
    wanted.options.iter().all(|option| {
        let group = free.iter().position(|group| group.choices.contains(option));
        group.is_some_and(|group| {
            free.remove(group);
            true
        })
    })
}
