//! Announcements (播报): which facts are said aloud, in which words, and how the numbers in them are read.
//!
//! Deliberately absent: sound, queues and time. The shell speaks; here is only what there is to say. Pinyin is
//! absent too: the words leave here as Chinese characters.

mod pronunciation;
mod reading;
mod template;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::fact::{Fact, Recorded};
use shared::guest::{Guest, RoomName};
use shared::id::LineId;
use shared::menu::Name;
use shared::order::{LineView, Notice, OrderView, PlacedLine};

pub use pronunciation::{BadSaidAs, Pronunciations, SYLLABLES, check_said_as, is_hanzi};
pub use template::{BadTemplate, Params, Sentence, Template};

/// How long an announcement is worth saying. Whoever hears an older one would look for an order that the screens
/// have long shown.
pub const GOOD_FOR: Duration = Duration::from_secs(60);

/// Dishes of one order that are named; the rest is counted (等5个菜). A longer list is not listened to.
const NAMED_DISHES_MAX: usize = 3;

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

/// One sentence for a guest in a room, one for a guest with a wristband.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForGuest {
    /// With `{roomName}`.
    pub room: Template,
    /// With `{wristband}`.
    pub wristband: Template,
}

impl ForGuest {
    /// The same sentence for both, `{guest}` standing for how the guest is called.
    fn built_in(sentence: &str) -> Self {
        let called = |guest| Template::new(&sentence.replace("{guest}", guest));
        Self {
            room: called("{roomName}房间").expect("a test renders every built-in template"),
            wristband: called("手牌{wristband}").expect("a test renders every built-in template"),
        }
    }

    fn of(&self, guest: &Guest) -> &Template {
        match guest {
            Guest::Room { .. } => &self.room,
            Guest::Wristband { .. } => &self.wristband,
        }
    }
}

/// The sentences of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    /// A guest ordered (M6).
    pub ordered: ForGuest,
    /// A dish waits for the waiter (K6).
    pub pickup: ForGuest,
    /// What was held is to be made (起菜).
    pub fired: ForGuest,
    /// The guest asks where it is (催菜).
    pub rushed: ForGuest,
    /// A dish that was begun is taken back (退菜).
    pub voided: ForGuest,
    /// The guest has left, and a dish is still in work (K9).
    pub left_behind: ForGuest,
    /// The guest calls for service (呼叫服务).
    pub service: ForGuest,
}

impl Default for Templates {
    fn default() -> Self {
        Self {
            ordered: ForGuest::built_in("{guest}下单了{goodsName}{num}份，请注意"),
            pickup: ForGuest::built_in("{orderNumber}号，{guest}的{goodsName}，请取餐"),
            fired: ForGuest::built_in("{guest}起菜，{goodsName}{num}份，请制作"),
            rushed: ForGuest::built_in("{guest}催菜，{goodsName}{num}份，请尽快"),
            voided: ForGuest::built_in("{guest}退菜，{goodsName}{num}份，请确认"),
            left_behind: ForGuest::built_in("{guest}已离店，还有{goodsName}{num}份，请处理"),
            service: ForGuest::built_in("{guest}呼叫服务，请前往"),
        }
    }
}

impl Templates {
    /// What to say about a fact, with its order as the fact left it: new dishes, calls for the waiter, and what the
    /// kitchen must hear at once. Nothing else is said, and a cancellation least of all (K8).
    pub fn announcement(&self, recorded: &Recorded, order: Option<&OrderView>) -> Option<Sentence> {
        let sentence = match &recorded.fact {
            Fact::ServiceCalled { guest, .. } => self.service.of(guest).render(&called(guest)),
            Fact::OrderPlaced { lines, .. } | Fact::LinesAdded { lines, .. } => {
                let to_be_made: Vec<_> = lines.iter().filter(|line| !line.held).collect();
                list(&self.ordered, order?, &to_be_made)?
            }
            Fact::PickupCalled { line, .. } => self.pickup(order?, *line),
            Fact::LinesFired { lines, .. } => list(&self.fired, order?, &placed(order?, lines))?,
            Fact::LinesRushed { lines, .. } => list(&self.rushed, order?, &placed(order?, lines))?,
            Fact::LineVoided { line, .. } => list(&self.voided, order?, &placed(order?, &[*line]))?,
            Fact::OrderCompleted { .. } => list(&self.left_behind, order?, &left_behind(order?))?,
            Fact::CookingStarted { .. }
            | Fact::CookingFinished { .. }
            | Fact::LinePickedUp { .. }
            | Fact::LineCancelled { .. }
            | Fact::LineSplit { .. }
            | Fact::LinesHeld { .. }
            | Fact::NoticesSeen { .. }
            | Fact::LineRemade { .. }
            | Fact::LineRecalled { .. }
            | Fact::GuestMoved { .. }
            | Fact::DishSoldOut { .. }
            | Fact::DishLimited { .. }
            | Fact::DishBackOnSale { .. }
            | Fact::DishSaved { .. }
            | Fact::DishRemoved { .. }
            | Fact::MenuArranged { .. }
            | Fact::KitchenPlanned { .. }
            | Fact::CallRaised { .. }
            | Fact::AnnouncementsArranged { .. }
            | Fact::DutyStarted { .. }
            | Fact::DutyEnded { .. }
            | Fact::MessageRelayed { .. }
            | Fact::ServiceAnswered { .. }
            | Fact::SmsRequested { .. } => return None,
        };
        Some(sentence)
    }

    /// The parts that orders of these rooms and dishes will be made of, for those portions that are usual.
    pub fn likely_parts(&self, rooms: &[RoomName], dishes: &[Name]) -> BTreeSet<SpeechPart> {
        let gap = |key: &str, value: String| Params::from([(key.to_owned(), value)]);
        let greetings = rooms.iter().flat_map(|room| {
            let params = gap("roomName", room.to_string());
            self.ordered.room.render_list(&params, &[Params::new()], 1).speech.into_iter().take(1)
        });
        let portions = dishes.iter().flat_map(|dish| LIKELY_PORTIONS.map(|portions| (dish, portions)));
        let dishes = portions.flat_map(|(dish, portions)| {
            let mut params = gap("goodsName", dish.zh.clone());
            params.insert("num".to_owned(), portions.to_string());
            self.ordered.room.render(&params).speech.into_iter().skip(1)
        });
        greetings.chain(dishes).collect()
    }

    fn pickup(&self, order: &OrderView, line: LineId) -> Sentence {
        let mut params = about(order);
        let dishes = placed(order, &[line]);
        params.extend(dishes.first().map(|dish| ("goodsName".to_owned(), dish.name.zh.clone())));
        self.pickup.of(&order.guest).render(&params)
    }
}

/// A sentence with a list of dishes. `None` for none.
fn list(sentence: &ForGuest, order: &OrderView, lines: &[&PlacedLine]) -> Option<Sentence> {
    let named = lines.iter().take(NAMED_DISHES_MAX).map(|line| {
        Params::from([("goodsName".into(), line.name.zh.clone()), ("num".into(), line.quantity.to_string())])
    });
    let template = sentence.of(&order.guest);
    let said = || template.render_list(&about(order), &named.collect::<Vec<_>>(), lines.len());
    (!lines.is_empty()).then(said)
}

fn placed<'a>(order: &'a OrderView, lines: &[LineId]) -> Vec<&'a PlacedLine> {
    order.lines.iter().map(|line| &line.placed).filter(|placed| lines.contains(&placed.line)).collect()
}

fn left_behind(order: &OrderView) -> Vec<&PlacedLine> {
    let is_left = |line: &&LineView| line.unseen.contains(&Notice::LeftBehind);
    order.lines.iter().filter(is_left).map(|line| &line.placed).collect()
}

fn about(order: &OrderView) -> Params {
    let mut params = called(&order.guest);
    params.insert("orderNumber".into(), order.number.0.to_string());
    params
}

fn called(guest: &Guest) -> Params {
    match guest {
        Guest::Room { room } => Params::from([("roomName".into(), room.to_string())]),
        Guest::Wristband { wristband } => Params::from([("wristband".into(), wristband.to_string())]),
    }
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

    fn ordered(guest: &Guest, dishes: &[(&str, u16)]) -> Sentence {
        let lines: Vec<_> = dishes.iter().map(|(name, quantity)| line(name, *quantity)).collect();
        let fact = json!({"type": "order_placed", "order": ID, "number": 1, "day": "2026-11-22",
                          "guest": guest, "lines": lines});
        Templates::default()
            .announcement(&recorded(fact), Some(&order(guest)))
            .expect("an order is announced")
    }

    /// The guest's open order #01 with two plates of dumplings, being made when the guest left.
    fn order(guest: &Guest) -> OrderView {
        let at = "2026-11-22T12:00:00Z";
        let mut dumplings = line("水饺", 2);
        let more = json!({"round": 0, "placed_at": at, "due_from": at, "state": "cooking", "started_at": at,
                          "last": {"at": at, "by": "kitchen_1"}, "unseen": ["left_behind"]});
        dumplings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(json!({"order": ID, "number": 1, "day": "2026-11-22", "guest": guest,
                                      "placed_by": "pad_801", "placed_at": at, "state": "cooking", "revision": 1,
                                      "lines": [dumplings]}))
        .unwrap()
    }

    fn heard(announcement: &Sentence) -> String {
        let part = |part: &SpeechPart| part.0.iter().map(Spoken::words).collect();
        announcement.speech.iter().map(part).collect::<Vec<String>>().join("|")
    }

    #[test]
    fn m6_the_example_is_written_and_said_as_the_owner_wrote_it() {
        let said = ordered(&room(), &[("水饺", 2)]);
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
            let said = Templates::default().announcement(&fact(), Some(&order(&guest))).unwrap();
            assert_eq!((said.text.as_str(), heard(&said).as_str()), (text, speech));
        }
    }

    #[test]
    fn an_addition_is_said_like_an_order() {
        let fact = json!({"type": "lines_added", "order": ID, "round": 1, "lines": [line("可乐", 1)]});
        let said = Templates::default().announcement(&recorded(fact), Some(&order(&room()))).unwrap();
        assert_eq!(said.text, "801房间下单了可乐1份，请注意");
    }

    #[test]
    fn what_the_kitchen_must_hear_at_once_is_said() {
        let lines = || vec![ID];
        for (fact, text) in [
            (json!({"type": "lines_fired", "order": ID, "lines": lines()}), "801房间起菜，水饺2份，请制作"),
            (json!({"type": "lines_rushed", "order": ID, "lines": lines()}), "801房间催菜，水饺2份，请尽快"),
            (
                json!({"type": "line_voided", "order": ID, "line": ID, "reason": "凉了", "approved_by": "店长"}),
                "801房间退菜，水饺2份，请确认",
            ),
            (
                json!({"type": "order_completed", "order": ID, "reason": "room_cleaned"}),
                "801房间已离店，还有水饺2份，请处理",
            ),
            (json!({"type": "service_called", "guest": room()}), "801房间呼叫服务，请前往"),
        ] {
            let said = Templates::default().announcement(&recorded(fact), Some(&order(&room()))).unwrap();
            assert_eq!(said.text, text);
        }
    }

    #[test]
    fn what_is_held_is_said_when_it_is_fired() {
        let mut held = line("可乐", 1);
        held["held"] = true.into();
        let fact = |lines: &[serde_json::Value]| json!({"type": "lines_added", "order": ID, "round": 1, "lines": lines});
        let said = |fact| Templates::default().announcement(&recorded(fact), Some(&order(&room())));
        assert_eq!(said(fact(&[held.clone()])), None);
        let text = said(fact(&[held, line("米饭", 1)])).map(|said| said.text);
        assert_eq!(text.as_deref(), Some("801房间下单了米饭1份，请注意"));
    }

    #[test]
    fn k8_cancellations_and_all_the_rest_are_not_said() {
        let of_the_room = order(&room());
        let (order, line) = (ID.parse().unwrap(), ID.parse().unwrap());
        let silent = [
            Fact::LineCancelled { order, line, reason: CancelReason::Asked },
            Fact::CookingStarted { order, line },
            Fact::CookingFinished { order, line },
            Fact::LinePickedUp { order, line },
        ];
        for fact in silent {
            let recorded = Recorded { fact, ..recorded(json!({"type": "dish_sold_out", "dish": "dish"})) };
            assert_eq!(Templates::default().announcement(&recorded, Some(&of_the_room)), None);
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
