//! What a message says: a template, what goes into its gaps, and the dishes it lists.

use serde::{Deserialize, Serialize};

use crate::announce::{Params, Sentence, Template};

/// Dishes of one sentence that are named; the rest is counted (等5个菜). A longer list is not listened to.
const NAMED_DISHES_MAX: usize = 3;

/// A message before it is put into words. It is kept with the message, so that two can be joined into one sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// The words with their gaps. Empty: it has none.
    pub template: String,
    /// What goes into the gaps.
    pub params: Params,
    /// The dishes it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dishes: Vec<Mention>,
}

/// A dish in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Its name.
    pub name: String,
    /// How many portions.
    pub portions: u16,
}

impl Mention {
    fn params(&self) -> Params {
        Params::from([("goodsName".into(), self.name.clone()), ("num".into(), self.portions.to_string())])
    }
}

impl Wording {
    /// In words. A template that this version cannot read is shown as it stands, and not said.
    pub fn sentence(&self) -> Sentence {
        let Ok(template) = Template::new(&self.template) else {
            return Sentence { text: self.template.clone(), speech: Vec::new() };
        };
        if self.dishes.is_empty() {
            return template.render(&self.params);
        }
        let named: Vec<_> = self.dishes.iter().take(NAMED_DISHES_MAX).map(Mention::params).collect();
        template.render_list(&self.params, &named, self.dishes.len())
    }

    /// Everything by its name, for whoever puts it into words of their own.
    pub fn all_params(&self) -> Params {
        let mut params = self.params.clone();
        if !self.dishes.is_empty() {
            let names: Vec<_> = self.dishes.iter().map(|dish| dish.name.as_str()).collect();
            let portions: u32 = self.dishes.iter().map(|dish| u32::from(dish.portions)).sum();
            params.insert("goodsName".into(), names.join("、"));
            params.insert("num".into(), portions.to_string());
        }
        params
    }

    /// Whether both are the same sentence but for their dishes.
    pub fn joins(&self, other: &Self) -> bool {
        let lists_dishes = !self.dishes.is_empty() && !other.dishes.is_empty();
        lists_dishes && self.template == other.template && self.params == other.params
    }

    /// Lists the other's dishes as well.
    pub fn join(&mut self, other: &Self) {
        self.dishes.extend(other.dishes.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(dishes: &[(&str, u16)]) -> Wording {
        let mention = |(name, portions): &(&str, u16)| Mention { name: (*name).into(), portions: *portions };
        Wording {
            template: "{roomName}房间下单了{goodsName}{num}份，请注意".into(),
            params: Params::from([("roomName".into(), "801".into())]),
            dishes: dishes.iter().map(mention).collect(),
        }
    }

    #[test]
    fn m6_one_dish_several_and_many() {
        for (dishes, text) in [
            (&[("水饺", 2)][..], "801房间下单了水饺2份，请注意"),
            (&[("水饺", 2), ("可乐", 1)], "801房间下单了水饺2份、可乐1份，请注意"),
            (
                &[("水饺", 2), ("可乐", 1), ("米饭", 12), ("汤", 1), ("鱼", 1)],
                "801房间下单了水饺2份、可乐1份、米饭12份等5个菜，请注意",
            ),
        ] {
            assert_eq!(wording(dishes).sentence().text, text);
        }
    }

    #[test]
    fn m6_whatever_cannot_be_put_into_words_never_stops_the_queue() {
        let without = Wording { params: Params::new(), ..wording(&[]) };
        assert_eq!(without.sentence().text, "房间下单了份，请注意");
        let unreadable = Wording { template: "{tableName}".into(), ..wording(&[]) };
        assert_eq!(unreadable.sentence(), Sentence { text: "{tableName}".into(), speech: Vec::new() });
    }

    #[test]
    fn m7_what_is_joined_is_one_sentence() {
        let (mut first, second) = (wording(&[("水饺", 2)]), wording(&[("可乐", 1)]));
        assert!(first.joins(&second));
        first.join(&second);
        assert_eq!(first.sentence().text, "801房间下单了水饺2份、可乐1份，请注意");
        let elsewhere = Wording { params: Params::from([("roomName".into(), "802".into())]), ..second };
        assert!(!first.joins(&elsewhere));
        assert!(!wording(&[]).joins(&wording(&[])), "a sentence without dishes is said each time");
    }
}
