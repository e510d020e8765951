//! Announcements (播报): which facts are said aloud, in which words, and how the numbers in them are read.
//!
//! Deliberately absent: sound, queues and time. The shell speaks; here is only what there is to say. Pinyin is
//! absent too: the words leave here as Chinese characters.

mod reading;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, RoomName};
use shared::id::LineId;
use shared::menu::Name;
use shared::order::{OrderView, PlacedLine};
use shared::quantity::OrderNumber;

pub use template::{BadTemplate, Params, Sentence, Template};

/// How long an announcement is worth saying. Whoever hears an older one would look for an order that the screens
/// have long shown.
pub const GOOD_FOR: Duration = Duration::from_secs(60);

/// Dishes of one order that are named; the rest is counted (等5个菜). A longer list is not listened to.
const NAMED_DISHES_MAX: usize = 3;

/// Portions for which a dish is rendered before anybody orders it.
const LIKELY_PORTIONS: [u16; 2] = [1, 2];

/// Which announcement: the sequence number of its fact in the box's journal. A fact is said at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnnouncementId(pub u64);

/// Something to be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Which.
    pub id: AnnouncementId,
    /// As written, for screens: `801房间下单了水饺2份，请注意`.
    pub text: String,
    /// As said, in parts.
    pub speech: Vec<SpeechPart>,
    /// How long from now it is worth saying.
    pub good_for: Duration,
}

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
    /// A short silence.
    Breath,
}

impl Spoken {
    /// The characters, whatever their kind.
    pub fn words(&self) -> &str {
        match self {
            Self::Text(words) | Self::Spelled(words) | Self::Count(words) => words,
            Self::Breath => "，",
        }
    }
}

/// What an announcement has to know about the order of its fact.
#[derive(Debug, Clone)]
pub struct OrderContext<'a> {
    /// The order's number.
    pub number: OrderNumber,
    /// Who it is for.
    pub guest: &'a Guest,
    /// The dishes on its lines.
    pub dishes: BTreeMap<LineId, &'a str>,
}

impl<'a> From<&'a OrderView> for OrderContext<'a> {
    fn from(order: &'a OrderView) -> Self {
        let dishes =
            order.lines.iter().map(|line| (line.placed.line, line.placed.name.zh.as_str())).collect();
        Self { number: order.number, guest: &order.guest, dishes }
    }
}

/// The sentences of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    /// A room ordered (M6).
    pub room_ordered: Template,
    /// A guest with a wristband ordered.
    pub wristband_ordered: Template,
    /// A room's dish waits for the waiter (K6).
    pub room_pickup: Template,
    /// A wristband's dish waits for the waiter (K6).
    pub wristband_pickup: Template,
}

impl Default for Templates {
    fn default() -> Self {
        let built_in = |text| Template::new(text).expect("a test renders every built-in template");
        Self {
            room_ordered: built_in("{roomName}房间下单了{goodsName}{num}份，请注意"),
            wristband_ordered: built_in("手牌{wristband}下单了{goodsName}{num}份，请注意"),
            room_pickup: built_in("{orderNumber}号，{roomName}房间的{goodsName}，请取餐"),
            wristband_pickup: built_in("{orderNumber}号，手牌{wristband}的{goodsName}，请取餐"),
        }
    }
}

impl Templates {
    /// What to say about a fact: new dishes and calls for the waiter. Nothing else is said, and a cancellation
    /// least of all (K8).
    pub fn announcement(&self, recorded: &Recorded, order: &OrderContext<'_>) -> Option<Announcement> {
        let sentence = match &recorded.fact {
            Fact::OrderPlaced { lines, .. } | Fact::LinesAdded { lines, .. } => self.ordered(order, lines),
            Fact::PickupCalled { line, .. } => self.pickup(order, *line),
            Fact::CookingStarted { .. }
            | Fact::CookingFinished { .. }
            | Fact::LinePickedUp { .. }
            | Fact::LineCancelled { .. }
            | Fact::OrderCompleted { .. }
            | Fact::DishSoldOut { .. }
            | Fact::DishBackOnSale { .. }
            | Fact::SmsRequested { .. } => return None,
        };
        let Sentence { text, speech } = sentence;
        Some(Announcement { id: AnnouncementId(recorded.seq), text, speech, good_for: GOOD_FOR })
    }

    /// The parts that orders of these rooms and dishes will be made of, for those portions that are usual.
    pub fn likely_parts(&self, rooms: &[RoomName], dishes: &[Name]) -> BTreeSet<SpeechPart> {
        let gap = |key: &str, value: String| Params::from([(key.to_owned(), value)]);
        let greetings = rooms.iter().flat_map(|room| {
            let params = gap("roomName", room.to_string());
            self.room_ordered.render_list(&params, &[Params::new()], 1).speech.into_iter().take(1)
        });
        let portions = dishes.iter().flat_map(|dish| LIKELY_PORTIONS.map(|portions| (dish, portions)));
        let dishes = portions.flat_map(|(dish, portions)| {
            let mut params = gap("goodsName", dish.zh.clone());
            params.insert("num".to_owned(), portions.to_string());
            self.room_ordered.render(&params).speech.into_iter().skip(1)
        });
        greetings.chain(dishes).collect()
    }

    fn ordered(&self, order: &OrderContext<'_>, lines: &[PlacedLine]) -> Sentence {
        let template = match order.guest {
            Guest::Room { .. } => &self.room_ordered,
            Guest::Wristband { .. } => &self.wristband_ordered,
        };
        let named = lines.iter().take(NAMED_DISHES_MAX).map(|line| {
            Params::from([
                ("goodsName".into(), line.name.zh.clone()),
                ("num".into(), line.quantity.to_string()),
            ])
        });
        template.render_list(&about(order), &named.collect::<Vec<_>>(), lines.len())
    }

    fn pickup(&self, order: &OrderContext<'_>, line: LineId) -> Sentence {
        let template = match order.guest {
            Guest::Room { .. } => &self.room_pickup,
            Guest::Wristband { .. } => &self.wristband_pickup,
        };
        let mut params = about(order);
        if let Some(dish) = order.dishes.get(&line) {
            params.insert("goodsName".into(), (*dish).to_owned());
        }
        template.render(&params)
    }
}

fn about(order: &OrderContext<'_>) -> Params {
    let (key, name) = match order.guest {
        Guest::Room { room } => ("roomName", room.to_string()),
        Guest::Wristband { wristband } => ("wristband", wristband.to_string()),
    };
    Params::from([(key.into(), name), ("orderNumber".into(), order.number.0.to_string())])
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::order::CancelReason;

    use super::*;

    const ID: &str = "00000000-0000-0000-0000-000000000001";

    fn room() -> Guest {
        serde_json::from_value(json!({"kind": "room", "room": "801"})).unwrap()
    }

    fn wristband() -> Guest {
        serde_json::from_value(json!({"kind": "wristband", "wristband": "12"})).unwrap()
    }

    fn line(name: &str, quantity: u16) -> serde_json::Value {
        json!({"line": ID, "dish": "dish", "name": {"zh": name, "en": "dish"}, "quantity": quantity,
               "price_fen": 1800, "target_s": 600})
    }

    fn recorded(fact: serde_json::Value) -> Recorded {
        serde_json::from_value(json!({"seq": 7, "at": "2026-11-22T12:00:00Z", "by": "pad_801",
                                      "request": ID, "fact": fact}))
        .unwrap()
    }

    fn ordered(guest: &Guest, dishes: &[(&str, u16)]) -> Announcement {
        let lines: Vec<_> = dishes.iter().map(|(name, quantity)| line(name, *quantity)).collect();
        let fact = json!({"type": "order_placed", "order": ID, "number": 1, "day": "2026-11-22",
                          "guest": guest, "lines": lines});
        Templates::default().announcement(&recorded(fact), &context(guest)).expect("an order is announced")
    }

    fn context(guest: &Guest) -> OrderContext<'_> {
        let dishes = BTreeMap::from([(ID.parse().unwrap(), "水饺")]);
        OrderContext { number: OrderNumber(1), guest, dishes }
    }

    fn heard(announcement: &Announcement) -> String {
        let part = |part: &SpeechPart| part.0.iter().map(Spoken::words).collect();
        announcement.speech.iter().map(part).collect::<Vec<String>>().join("|")
    }

    #[test]
    fn m6_the_example_is_written_and_said_as_the_owner_wrote_it() {
        let said = ordered(&room(), &[("水饺", 2)]);
        assert_eq!(said.id, AnnouncementId(7));
        assert_eq!(said.text, "801房间下单了水饺2份，请注意");
        assert_eq!(heard(&said), "八零一房间下单了|水饺两份，请注意");
    }

    #[test]
    fn several_dishes_are_listed_and_many_are_counted() {
        let two = ordered(&room(), &[("水饺", 2), ("可乐", 1)]);
        assert_eq!(two.text, "801房间下单了水饺2份、可乐1份，请注意");
        assert_eq!(heard(&two), "八零一房间下单了|水饺两份|可乐一份，请注意");
        let five = ordered(&room(), &[("水饺", 2), ("可乐", 1), ("米饭", 12), ("汤", 1), ("鱼", 1)]);
        assert_eq!(five.text, "801房间下单了水饺2份、可乐1份、米饭12份等5个菜，请注意");
        assert_eq!(heard(&five), "八零一房间下单了|水饺两份|可乐一份|米饭十二份|等五个菜，请注意");
    }

    #[test]
    fn a_guest_with_a_wristband_is_named_by_it() {
        let said = ordered(&wristband(), &[("水饺", 2)]);
        assert_eq!(said.text, "手牌12下单了水饺2份，请注意");
        assert_eq!(heard(&said), "手牌一二下单了|水饺两份，请注意");
    }

    #[test]
    fn k6_the_waiter_is_called_with_number_guest_and_dish() {
        let fact = || recorded(json!({"type": "pickup_called", "order": ID, "line": ID}));
        for (guest, text, speech) in [
            (room(), "1号，801房间的水饺，请取餐", "一号，八零一房间的|水饺，请取餐"),
            (wristband(), "1号，手牌12的水饺，请取餐", "一号，手牌一二的|水饺，请取餐"),
        ] {
            let said = Templates::default().announcement(&fact(), &context(&guest)).unwrap();
            assert_eq!((said.text.as_str(), heard(&said).as_str()), (text, speech));
        }
    }

    #[test]
    fn an_addition_is_said_like_an_order() {
        let fact = json!({"type": "lines_added", "order": ID, "round": 1, "lines": [line("可乐", 1)]});
        let said = Templates::default().announcement(&recorded(fact), &context(&room())).unwrap();
        assert_eq!(said.text, "801房间下单了可乐1份，请注意");
    }

    #[test]
    fn k8_cancellations_and_all_the_rest_are_not_said() {
        let (order, line) = (ID.parse().unwrap(), ID.parse().unwrap());
        let silent = [
            Fact::LineCancelled { order, line, reason: CancelReason::Asked },
            Fact::CookingStarted { order, line },
            Fact::CookingFinished { order, line },
            Fact::LinePickedUp { order, line },
        ];
        let guest = room();
        for fact in silent {
            let recorded = Recorded { fact, ..recorded(json!({"type": "dish_sold_out", "dish": "dish"})) };
            assert_eq!(Templates::default().announcement(&recorded, &context(&guest)), None);
        }
    }

    #[test]
    fn what_is_likely_is_what_an_order_is_made_of() {
        let dish = |zh: &str| Name { zh: zh.to_owned(), en: String::new() };
        let rooms = ["801", "802"].map(|room| RoomName::new(room).unwrap());
        let likely = Templates::default().likely_parts(&rooms, &[dish("水饺"), dish("可乐")]);
        assert_eq!(likely.len(), 2 + 2 * 2);
        for dishes in [("水饺", 1), ("可乐", 2)] {
            assert!(ordered(&room(), &[dishes]).speech.iter().all(|part| likely.contains(part)));
        }
    }

    #[test]
    fn dishes_come_back_as_the_same_parts() {
        let parts = |room: &str| -> BTreeSet<String> {
            let guest: Guest = serde_json::from_value(json!({"kind": "room", "room": room})).unwrap();
            heard(&ordered(&guest, &[("水饺", 2)])).split('|').map(str::to_owned).collect()
        };
        assert_eq!(parts("801").intersection(&parts("802")).count(), 1);
    }
}
