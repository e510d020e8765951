//! The menu as the kitchen uses it: checked, looked up by dish, with what is sold out or running out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use shared::command::WantedLine;
use shared::fact::Fact;
use shared::guest::Guest;
use shared::id::{DishId, LineId};
use shared::kitchen::KitchenPlan;
use shared::menu::{Category, Caution, Dish, Menu};
use shared::order::PlacedLine;
use shared::quantity::BusinessDay;

use crate::announce::{BadSaidAs, check_said_as};
use crate::kitchen::stations_of;
use crate::number::PROVISIONAL_DAY;
use crate::refusal::Refusal;

/// Longest note of a line, in characters: more than fits a ticket is not read.
pub const NOTE_CHARS_MAX: usize = 200;

/// Why a menu cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMenu {
    /// Two dishes share an id.
    #[error("the menu has the dish {0} twice")]
    DishTwice(DishId),
    /// Two categories share an id.
    #[error("the menu has the category {0} twice")]
    CategoryTwice(shared::id::CategoryId),
    /// A dish stands in a category that does not exist.
    #[error("the dish {0} stands in a category that the menu does not have")]
    NoSuchCategory(DishId),
    /// A dish that must be ready before it is ordered, or costs less than nothing.
    #[error("the dish {0} needs a target above 0 seconds and a price of 0 or more")]
    BadFigures(DishId),
    /// A dish without a Chinese name can be neither shown nor spoken.
    #[error("the dish {0} needs a Chinese name")]
    NoName(DishId),
    /// A dish whose said name the voice cannot say (M7).
    #[error("the dish {0} cannot be said so: {1}")]
    BadSaidAs(DishId, BadSaidAs),
}

impl BadMenu {
    /// The id at fault.
    pub fn at(&self) -> String {
        match self {
            Self::DishTwice(dish)
            | Self::NoSuchCategory(dish)
            | Self::BadFigures(dish)
            | Self::NoName(dish)
            | Self::BadSaidAs(dish, _) => dish.to_string(),
            Self::CategoryTwice(category) => category.to_string(),
        }
    }
}

/// Portions that are left of a dish (估清), for the business day on which somebody said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    /// 0: sold out.
    pub left: u16,
    /// The day; `None` in what an earlier program kept.
    pub day: Option<BusinessDay>,
}

/// The menu, the plan of the kitchen, and what is running out.
#[derive(Debug, Clone, Default)]
pub struct MenuBook {
    menu: Menu,
    plan: KitchenPlan,
    place: HashMap<DishId, usize>,
    stock: BTreeMap<DishId, Stock>,
}

impl MenuBook {
    /// Checks a menu. Errors: [`BadMenu`], naming what is at fault.
    pub fn new(menu: Menu) -> Result<Self, BadMenu> {
        check(&menu)?;
        let mut book = Self { menu, ..Self::default() };
        book.find_places();
        Ok(book)
    }

    /// The same menu in a kitchen that is laid out so.
    pub fn in_kitchen(self, plan: KitchenPlan) -> Self {
        Self { plan, ..self }
    }

    /// The menu.
    pub fn menu(&self) -> &Menu {
        &self.menu
    }

    /// How the kitchen is laid out.
    pub fn plan(&self) -> &KitchenPlan {
        &self.plan
    }

    /// What is sold out or running out.
    pub fn stock(&self) -> &BTreeMap<DishId, Stock> {
        &self.stock
    }

    /// Whether the menu has this dish.
    pub fn has(&self, dish: &DishId) -> bool {
        self.place.contains_key(dish)
    }

    /// Takes a fact about the menu in. Returns whether it is one.
    pub(crate) fn apply(&mut self, fact: &Fact) -> bool {
        if let Fact::DishSoldOut { dish, day } = fact {
            self.stock.insert(dish.clone(), Stock { left: 0, day: *day });
        } else if let Fact::DishLimited { dish, left, day } = fact {
            self.stock.insert(dish.clone(), Stock { left: *left, day: Some(*day) });
        } else if let Fact::DishBackOnSale { dish } = fact {
            self.stock.remove(dish);
        } else if let Fact::DishSaved { dish } = fact {
            self.save(dish);
        } else if let Fact::DishRemoved { dish } = fact {
            self.menu.dishes.retain(|kept| kept.dish != *dish);
            self.stock.remove(dish);
            self.find_places();
        } else if let Fact::MenuArranged { categories, dishes, cautions } = fact {
            self.arrange(categories, dishes, cautions);
        } else if let Fact::KitchenPlanned { plan } = fact {
            self.plan = plan.clone();
        } else {
            return false;
        }
        true
    }

    pub(crate) fn keep_stock(&mut self, stock: BTreeMap<DishId, Stock>) {
        self.stock = stock;
    }

    fn save(&mut self, dish: &Dish) {
        match self.place.get(&dish.dish) {
            Some(place) => self.menu.dishes[*place] = dish.clone(),
            None => {
                self.place.insert(dish.dish.clone(), self.menu.dishes.len());
                self.menu.dishes.push(dish.clone());
            }
        }
    }

    fn arrange(&mut self, categories: &[Category], order: &[DishId], cautions: &[Caution]) {
        let place: HashMap<_, _> = order.iter().enumerate().map(|(place, dish)| (dish, place)).collect();
        self.menu.dishes.sort_by_key(|dish| place.get(&dish.dish).copied().unwrap_or(usize::MAX));
        self.menu.categories = categories.to_vec();
        self.menu.cautions = cautions.to_vec();
        self.find_places();
    }

    fn find_places(&mut self) {
        let dishes = self.menu.dishes.iter().enumerate();
        self.place = dishes.map(|(place, dish)| (dish.dish.clone(), place)).collect();
    }

    /// The facts that turn this menu into another. Errors: [`BadMenu`].
    pub(crate) fn changes_to(&self, menu: &Menu) -> Result<Vec<Fact>, BadMenu> {
        check(menu)?;
        let kept: HashSet<_> = menu.dishes.iter().map(|dish| &dish.dish).collect();
        let gone = self.menu.dishes.iter().filter(|dish| !kept.contains(&dish.dish));
        let removed = gone.map(|dish| Fact::DishRemoved { dish: dish.dish.clone() });
        let known = |dish: &Dish| self.place.get(&dish.dish).map(|place| &self.menu.dishes[*place]);
        let new = menu.dishes.iter().filter(|dish| known(dish) != Some(dish));
        let saved = new.map(|dish| Fact::DishSaved { dish: Box::new(dish.clone()) });
        let mut facts: Vec<_> = removed.chain(saved).collect();
        let order = |menu: &Menu| menu.dishes.iter().map(|dish| dish.dish.clone()).collect::<Vec<_>>();
        let same = self.menu.categories == menu.categories
            && self.menu.cautions == menu.cautions
            && order(&self.menu) == order(menu);
        if !same {
            let (categories, cautions) = (menu.categories.clone(), menu.cautions.clone());
            facts.push(Fact::MenuArranged { categories, dishes: order(menu), cautions });
        }
        Ok(facts)
    }

    /// Turns wishes into lines that keep today's names and prices. All or none: a refusal names every dish
    /// that is at fault.
    pub(crate) fn place(
        &self,
        day: BusinessDay,
        guest: &Guest,
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
        let sold_out = failing(&|dish| self.left_of(dish, day) == Some(0));
        if !sold_out.is_empty() {
            return Err(Refusal::SoldOut(sold_out));
        }
        let asked = portions_by_dish(wanted.iter().map(|line| (&line.dish, line.quantity.get())));
        let short =
            failing(&|dish| self.left_of(dish, day).is_some_and(|left| u32::from(left) < asked[dish]));
        if !short.is_empty() {
            return Err(Refusal::NotEnoughLeft(short));
        }
        wanted.iter().enumerate().map(|(index, line)| self.place_one(guest, line, id(index))).collect()
    }

    /// What is left of a dish today. `None`: as much as anybody likes.
    fn left_of(&self, dish: &DishId, day: BusinessDay) -> Option<u16> {
        self.stock.get(dish).filter(|stock| !is_over(**stock, day)).map(|stock| stock.left)
    }

    /// What is left once these portions are taken, as facts: only of dishes that somebody counts.
    pub(crate) fn taken(&self, day: BusinessDay, lines: &[PlacedLine]) -> Vec<Fact> {
        let taken = portions_by_dish(lines.iter().map(|line| (&line.dish, line.quantity.get())));
        let counted =
            taken.into_iter().filter_map(|(dish, taken)| Some((dish, self.left_of(dish, day)?, taken)));
        counted
            .map(|(dish, left, taken)| {
                let left = u16::try_from(u32::from(left).saturating_sub(taken)).unwrap_or(u16::MAX);
                left_as_fact(dish.clone(), left, day)
            })
            .collect()
    }

    /// What is left once these portions, which nobody has begun, are not made after all. A dish that is sold out
    /// stays so: the kitchen said it. What was to be made again (重做) was never taken.
    pub(crate) fn given_back<'a>(
        &self,
        day: BusinessDay,
        lines: impl IntoIterator<Item = &'a PlacedLine>,
    ) -> Vec<Fact> {
        let taken = lines.into_iter().filter(|line| line.remake_of.is_none());
        let back = portions_by_dish(taken.map(|line| (&line.dish, line.quantity.get())));
        let counted =
            back.into_iter().filter_map(|(dish, back)| Some((dish, self.left_of(dish, day)?, back)));
        counted
            .filter(|(_, left, _)| *left > 0)
            .map(|(dish, left, back)| {
                let left = u16::try_from(u32::from(left) + back).unwrap_or(u16::MAX);
                left_as_fact(dish.clone(), left, day)
            })
            .collect()
    }

    /// What is back on sale because its day is over; and what was said before the box knew the day, which was today.
    pub(crate) fn due(&self, today: BusinessDay) -> Vec<Fact> {
        let due = self.stock.iter().filter_map(|(dish, stock)| {
            let (dish, was_said_early) = (dish.clone(), stock.day == Some(PROVISIONAL_DAY));
            if is_over(*stock, today) {
                Some(Fact::DishBackOnSale { dish })
            } else {
                (was_said_early && today != PROVISIONAL_DAY).then(|| left_as_fact(dish, stock.left, today))
            }
        });
        due.collect()
    }

    fn place_one(&self, guest: &Guest, wanted: &WantedLine, line: LineId) -> Result<PlacedLine, Refusal> {
        let dish = self.place.get(&wanted.dish).map(|index| &self.menu.dishes[*index]);
        let dish = dish.ok_or_else(|| Refusal::UnknownDish(vec![wanted.dish.clone()]))?;
        if wanted.note.chars().count() > NOTE_CHARS_MAX {
            return Err(Refusal::NoteTooLong);
        }
        if !options_fit(dish, wanted) {
            return Err(Refusal::UnknownOption(dish.dish.clone()));
        }
        let category = self.menu.categories.iter().find(|category| category.category == dish.category);
        Ok(PlacedLine {
            line,
            dish: dish.dish.clone(),
            name: dish.name.clone(),
            quantity: wanted.quantity,
            price_fen: dish.price_fen,
            options: wanted.options.clone(),
            allergens: dish.allergens.clone(),
            cautions: self.cautions(dish, wanted)?,
            note: wanted.note.trim().to_owned(),
            target_s: dish.target_s,
            stations: stations_of(&self.plan, dish, category, guest),
            held: wanted.hold,
            remake_of: None,
        })
    }

    fn cautions(&self, dish: &Dish, wanted: &WantedLine) -> Result<Vec<Caution>, Refusal> {
        let mut found: Vec<Caution> = Vec::new();
        for name in &wanted.cautions {
            let known = self.menu.cautions.iter().find(|caution| caution.name == *name);
            let known = known.ok_or(Refusal::UnknownCaution(dish.dish.clone()))?;
            if !found.contains(known) {
                found.push(known.clone());
            }
        }
        Ok(found)
    }
}

/// How much is left, as a fact: nothing is sold out.
pub(crate) fn left_as_fact(dish: DishId, left: u16, day: BusinessDay) -> Fact {
    if left == 0 { Fact::DishSoldOut { dish, day: Some(day) } } else { Fact::DishLimited { dish, left, day } }
}

fn is_over(stock: Stock, today: BusinessDay) -> bool {
    stock.day.is_none_or(|day| day < today && day != PROVISIONAL_DAY)
}

fn portions_by_dish<'a>(lines: impl Iterator<Item = (&'a DishId, u16)>) -> BTreeMap<&'a DishId, u32> {
    let mut portions = BTreeMap::new();
    for (dish, quantity) in lines {
        *portions.entry(dish).or_insert(0) += u32::from(quantity);
    }
    portions
}

fn check(menu: &Menu) -> Result<(), BadMenu> {
    let mut categories = HashSet::new();
    for category in &menu.categories {
        if !categories.insert(&category.category) {
            return Err(BadMenu::CategoryTwice(category.category.clone()));
        }
    }
    let mut dishes = HashSet::new();
    for dish in &menu.dishes {
        if !categories.contains(&dish.category) {
            return Err(BadMenu::NoSuchCategory(dish.dish.clone()));
        }
        if dish.target_s == 0 || dish.price_fen.0 < 0 {
            return Err(BadMenu::BadFigures(dish.dish.clone()));
        }
        if dish.name.zh.trim().is_empty() {
            return Err(BadMenu::NoName(dish.dish.clone()));
        }
        if let Some(Err(error)) = dish.said_as.as_deref().map(check_said_as) {
            return Err(BadMenu::BadSaidAs(dish.dish.clone(), error));
        }
        if !dishes.insert(&dish.dish) {
            return Err(BadMenu::DishTwice(dish.dish.clone()));
        }
    }
    Ok(())
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
