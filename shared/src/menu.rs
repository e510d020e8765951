//! The menu: what can be ordered, and what a pad and a kitchen need to know about it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::id::{CategoryId, DishId, StationId};
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
    /// What guests of this shop may say they must not eat, or do not.
    #[serde(default)]
    pub cautions: Vec<Caution>,
}

/// What a guest must not eat, or does not (忌口). The kitchen sees it larger than anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Caution {
    /// Whether it would harm the guest.
    pub kind: CautionKind,
    /// In words: 花生过敏, 不吃猪肉.
    pub name: Name,
}

/// How grave a caution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CautionKind {
    /// It would harm the guest (过敏).
    Allergy,
    /// The guest does not eat it (忌口).
    Diet,
}

/// A group of dishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its id.
    pub category: CategoryId,
    /// Its name.
    pub name: Name,
    /// Where its dishes are made, but for those that say otherwise.
    #[serde(default)]
    pub stations: Vec<StationId>,
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
    /// How its Chinese name is said, where the voice would say it wrongly: pinyin with the tones as digits, one
    /// syllable for each character (`zha2 jiang4 mian4`), or characters that sound like it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub said_as: Option<String>,
    /// Price of one portion.
    pub price_fen: Fen,
    /// What the guest may choose, one choice a group.
    #[serde(default)]
    pub options: Vec<OptionGroup>,
    /// What is in it that may harm a guest.
    #[serde(default)]
    pub allergens: Vec<Name>,
    /// Where it is made. Empty: where its category is.
    #[serde(default)]
    pub stations: Vec<StationId>,
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
