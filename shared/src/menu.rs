//! The menu: what can be ordered, and what a pad and a kitchen need to know about it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::id::{CategoryId, DishId};
use crate::quantity::Fen;

/// A text in the two languages of our pages. Chinese is what is spoken and printed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The whole menu of a shop, in the order of the pad's pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    /// The rail at the pad's left.
    pub categories: Vec<Category>,
    /// Every dish, in order within its category.
    pub dishes: Vec<Dish>,
}

/// A group of dishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its id.
    pub category: CategoryId,
    /// Its name.
    pub name: Name,
}

/// One dish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dish {
    /// Its id.
    pub dish: DishId,
    /// Where it stands in the menu.
    pub category: CategoryId,
    /// Its name.
    pub name: Name,
    /// Price of one portion.
    pub price_fen: Fen,
    /// What the guest may choose, one choice a group.
    #[serde(default)]
    pub options: Vec<OptionGroup>,
    /// What may harm a guest: shown large in the kitchen.
    #[serde(default)]
    pub allergens: Vec<Name>,
    /// Seconds from the order until it should be ready.
    pub target_s: u32,
    /// File name of its picture under the pages' `/dishes/`, if it has one.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub picture: Option<String>,
}

/// A question about a dish: how spicy, which sauce. The first choice is the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionGroup {
    /// The question.
    pub name: Name,
    /// The answers, of which a line takes at most one.
    pub choices: Vec<Name>,
}
