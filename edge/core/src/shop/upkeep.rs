//! The menu and the kitchen themselves: what is sold out, what is changed on the set-up page, what the new business
//! day brings back.

use shared::fact::Fact;
use shared::id::DishId;
use shared::kitchen::KitchenPlan;
use shared::menu::Menu;

use super::{Decision, Shop};
use crate::kitchen;
use crate::menu::left_as_fact;
use crate::number::ClockReading;
use crate::refusal::Refusal;

impl Shop {
    /// 估清: so many portions are left, or none.
    pub(super) fn limit_dish(
        &self,
        clock: ClockReading,
        dish: &DishId,
        left: u16,
    ) -> Result<Decision, Refusal> {
        if !self.menu.has(dish) {
            return Err(Refusal::UnknownDish(vec![dish.clone()]));
        }
        let (today, stock) = (self.day(clock), self.menu.stock().get(dish));
        let is_so = stock.is_some_and(|stock| stock.left == left && stock.day == Some(today));
        Ok(Decision::of(if is_so { Vec::new() } else { vec![left_as_fact(dish.clone(), left, today)] }))
    }

    pub(super) fn mark_back_on_sale(&self, dish: &DishId) -> Result<Decision, Refusal> {
        if !self.menu.has(dish) {
            return Err(Refusal::UnknownDish(vec![dish.clone()]));
        }
        let is_counted = self.menu.stock().contains_key(dish);
        let back = Fact::DishBackOnSale { dish: dish.clone() };
        Ok(Decision::of(if is_counted { vec![back] } else { Vec::new() }))
    }

    /// What no device asked for and is due all the same: a new business day begins with every dish on sale. A clock
    /// that is not believed begins no day (K2).
    pub fn due(&self, clock: ClockReading) -> Vec<Fact> {
        if clock.trusted { self.menu.due(self.day(clock)) } else { Vec::new() }
    }

    pub(super) fn save_menu(&self, expects: u64, menu: &Menu) -> Result<Decision, Refusal> {
        let changes = self.menu.changes_to(menu).map_err(|bad| Refusal::BadMenu(vec![bad.at()]))?;
        self.unless_changed(expects, changes)
    }

    pub(super) fn save_kitchen_plan(&self, expects: u64, plan: &KitchenPlan) -> Result<Decision, Refusal> {
        let faults = kitchen::faults(plan);
        if !faults.is_empty() {
            return Err(Refusal::BadPlan(faults));
        }
        let is_so = self.menu.plan() == plan;
        let planned = Fact::KitchenPlanned { plan: plan.clone() };
        self.unless_changed(expects, if is_so { Vec::new() } else { vec![planned] })
    }

    /// What is already so may be saved by anybody; over somebody else's work nothing is.
    fn unless_changed(&self, expects: u64, changes: Vec<Fact>) -> Result<Decision, Refusal> {
        if !changes.is_empty() && expects != self.menu_edited {
            return Err(Refusal::MenuChanged);
        }
        Ok(Decision::of(changes))
    }
}
