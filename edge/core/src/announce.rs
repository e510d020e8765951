//! Announcements (播报) in words: sentences with gaps, how the numbers in them are read, and how dishes are said.
//!
//! Deliberately absent: sound, queues and time. The shell speaks; here is only what there is to say, and what is
//! said of what happens is for [`crate::messages`].

mod pronunciation;
mod reading;
mod template;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shared::guest::RoomName;
use shared::menu::Name;
use shared::message::{Announcements, Channel, MessageEvent, Source};

pub use pronunciation::{BadSaidAs, Pronunciations, SYLLABLES, as_said, check_said_as, is_hanzi};
pub use template::{BadTemplate, Params, Sentence, Template};

/// Portions for which a dish is rendered before anybody orders it.
const LIKELY_PORTIONS: [u16; 2] = [1, 2];

/// What is rendered as one sound. Parts come back from order to order (`水饺两份，请注意`), so that their sound can
/// be kept; they are not shorter, for the voice says two syllables alone less clearly than a phrase.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpeechPart(pub Vec<Spoken>);

/// A piece of speech, in Chinese characters. The kind decides what happens to its tones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoken {
    /// Running text.
    Text(String),
    /// Digits and letters of a name, and ordinals: 八零一, 十二. Each keeps its own tone.
    Spelled(String),
    /// A number that counts what follows: 两 in 两份, 一 in 一份.
    Count(String),
    /// The name of a dish as the menu writes it, which may have a sound of its own: see [`Pronunciations`].
    Dish(String),
    /// A dish whose sound the menu gives: its name, and pinyin with tone digits.
    Sounds {
        /// As written.
        name: String,
        /// `zha2 jiang4 mian4`
        pinyin: String,
    },
    /// A short silence.
    Breath,
}

impl Spoken {
    /// How a text is read that may hold numbers and letters, as names of dishes do.
    pub fn of_text(text: &str) -> Vec<Self> {
        reading::text(text)
    }

    /// The characters, whatever their kind.
    pub fn words(&self) -> &str {
        match self {
            Self::Text(words) | Self::Spelled(words) | Self::Count(words) | Self::Dish(words) => words,
            Self::Sounds { name, .. } => name,
            Self::Breath => "，",
        }
    }
}

/// The parts that orders of these rooms and dishes will be made of under these settings, for those portions that
/// are usual.
pub fn likely_parts<'a>(
    settings: &Announcements,
    rooms: &BTreeSet<RoomName>,
    dishes: impl IntoIterator<Item = &'a Name>,
) -> BTreeSet<SpeechPart> {
    let said = (MessageEvent::OrderPlaced, Source::Room, Channel::Speaker);
    let mut rules = settings.rules.iter().filter(|rule| rule.on);
    let rule = rules.find(|rule| (rule.event, rule.source, rule.channel) == said);
    let Some(template) = rule.and_then(|rule| Template::new(&rule.template).ok()) else {
        return BTreeSet::new();
    };
    let gap = |key: &str, value: String| Params::from([(key.to_owned(), value)]);
    let greetings = rooms.iter().flat_map(|room| {
        let params = gap("roomName", room.to_string());
        template.render_list(&params, &[Params::new()], 1).speech.into_iter().take(1)
    });
    let portions = dishes.into_iter().flat_map(|dish| LIKELY_PORTIONS.map(|portions| (dish, portions)));
    let dishes = portions.flat_map(|(dish, portions)| {
        let mut params = gap("goodsName", dish.zh.clone());
        params.insert("num".to_owned(), portions.to_string());
        template.render(&params).speech.into_iter().skip(1)
    });
    greetings.chain(dishes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::defaults;

    fn heard(speech: &[SpeechPart]) -> String {
        let part = |part: &SpeechPart| part.0.iter().map(Spoken::words).collect();
        speech.iter().map(part).collect::<Vec<String>>().join("|")
    }

    fn ordered(room: &str, dish: &str, portions: &str) -> Sentence {
        let params = [("roomName", room), ("goodsName", dish), ("num", portions)];
        let params = params.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let template = Template::new("{roomName}房间下单了{goodsName}{num}份，请注意").unwrap();
        template.render(&params)
    }

    #[test]
    fn m6_the_example_is_written_and_said_as_the_owner_wrote_it() {
        let said = ordered("801", "水饺", "2");
        assert_eq!(said.text, "801房间下单了水饺2份，请注意");
        assert_eq!(heard(&said.speech), "八零一房间下单了|水饺两份，请注意");
    }

    #[test]
    fn what_is_likely_is_what_an_order_is_made_of() {
        let dishes = ["水饺", "可乐"].map(|zh| Name { zh: zh.to_owned(), en: String::new() });
        let rooms = ["801", "802"].map(|room| RoomName::new(room).unwrap()).into();
        let likely = likely_parts(&defaults(), &rooms, &dishes);
        assert_eq!(likely.len(), 2 + 2 * 2);
        for said in [ordered("801", "水饺", "1"), ordered("802", "可乐", "2")] {
            assert!(said.speech.iter().all(|part| likely.contains(part)));
        }
    }

    #[test]
    fn dishes_come_back_as_the_same_parts() {
        let parts = |room| BTreeSet::from_iter(ordered(room, "水饺", "2").speech);
        assert_eq!(parts("801").intersection(&parts("802")).count(), 1);
    }
}
