//! The menu and the plan of the kitchen as the set-up page left them, and what is running out.

use std::collections::BTreeMap;

use edge_core::menu::Stock;
use rusqlite::{Transaction, params};
use shared::fact::{Fact, Recorded};
use shared::id::DishId;
use shared::kitchen::KitchenPlan;
use shared::menu::{Dish, Menu};

use super::{Store, StoreError, as_json, parse, word};

impl Store {
    /// Takes the menu file in, if no menu was ever kept. From then on the set-up page changes it.
    pub fn seed_menu(&mut self, menu: &Menu, plan: &KitchenPlan) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        let seeded = transaction.execute(
            "INSERT INTO menu (only_row, categories, cautions, kitchen) VALUES (1, ?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
            params![as_json(&menu.categories)?, as_json(&menu.cautions)?, as_json(plan)?],
        )?;
        if seeded > 0 {
            for dish in &menu.dishes {
                save_dish(&transaction, dish)?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// The menu and the plan, after [`Store::seed_menu`].
    pub fn menu(&self) -> Result<(Menu, KitchenPlan), StoreError> {
        let (categories, cautions, kitchen): (String, String, String) =
            self.connection.query_row("SELECT categories, cautions, kitchen FROM menu", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let mut statement = self.connection.prepare("SELECT body FROM dish ORDER BY position")?;
        let dishes = statement.query_map([], |row| row.get::<_, String>(0))?;
        let menu = Menu {
            categories: parse(&categories, "the categories")?,
            dishes: dishes.map(|body| parse(&body?, "a dish")).collect::<Result<_, _>>()?,
            cautions: parse(&cautions, "the cautions")?,
        };
        Ok((menu, parse(&kitchen, "the kitchen's plan")?))
    }

    pub(super) fn stock(&self) -> Result<BTreeMap<DishId, Stock>, StoreError> {
        let mut statement = self.connection.prepare("SELECT dish, left, business_day FROM dish_stock")?;
        let stock = statement.query_map([], |row| {
            let day = row.get::<_, Option<String>>(2)?.map(word).transpose()?;
            Ok((word(row.get(0)?)?, Stock { left: row.get(1)?, day }))
        })?;
        Ok(stock.collect::<Result<_, _>>()?)
    }
}

/// Takes a fact about the menu into the tables.
pub(super) fn apply(transaction: &Transaction<'_>, recorded: &Recorded) -> Result<(), StoreError> {
    if let Fact::DishSoldOut { dish, day } = &recorded.fact {
        keep_stock(transaction, dish, Stock { left: 0, day: *day })?;
    } else if let Fact::DishLimited { dish, left, day } = &recorded.fact {
        keep_stock(transaction, dish, Stock { left: *left, day: Some(*day) })?;
    } else if let Fact::DishBackOnSale { dish } = &recorded.fact {
        transaction.execute("DELETE FROM dish_stock WHERE dish = ?1", [dish.as_str()])?;
    } else if let Fact::DishSaved { dish } = &recorded.fact {
        save_dish(transaction, dish)?;
    } else if let Fact::DishRemoved { dish } = &recorded.fact {
        transaction.execute("DELETE FROM dish WHERE dish = ?1", [dish.as_str()])?;
        transaction.execute("DELETE FROM dish_stock WHERE dish = ?1", [dish.as_str()])?;
    } else if let Fact::MenuArranged { categories, dishes, cautions } = &recorded.fact {
        let rest = params![as_json(categories)?, as_json(cautions)?];
        transaction.execute("UPDATE menu SET categories = ?1, cautions = ?2", rest)?;
        for (position, dish) in dishes.iter().enumerate() {
            transaction
                .execute("UPDATE dish SET position = ?2 WHERE dish = ?1", params![dish.as_str(), position])?;
        }
    } else if let Fact::KitchenPlanned { plan } = &recorded.fact {
        transaction.execute("UPDATE menu SET kitchen = ?1", [as_json(plan)?])?;
    }
    transaction.execute("UPDATE journal SET menu_revision = ?1", [recorded.seq])?;
    if edge_core::shop::is_edit(&recorded.fact) {
        transaction.execute("UPDATE journal SET menu_edited = ?1", [recorded.seq])?;
    }
    Ok(())
}

/// A new dish comes last, a known one stays where it is.
fn save_dish(transaction: &Transaction<'_>, dish: &Dish) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO dish (dish, position, body)
         VALUES (?1, (SELECT coalesce(max(position) + 1, 0) FROM dish), ?2)
         ON CONFLICT (dish) DO UPDATE SET body = excluded.body",
        params![dish.dish.as_str(), as_json(dish)?],
    )?;
    Ok(())
}

fn keep_stock(transaction: &Transaction<'_>, dish: &DishId, stock: Stock) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO dish_stock (dish, left, business_day) VALUES (?1, ?2, ?3)
             ON CONFLICT (dish) DO UPDATE SET left = excluded.left, business_day = excluded.business_day",
        )?
        .execute(params![dish.as_str(), stock.left, stock.day.map(|day| day.to_string())])?;
    Ok(())
}
