//! A sentence with gaps (M6): `{roomName}房间下单了{goodsName}{num}份，请注意`. It is checked when it is saved,
//! so that saying it cannot fail.

use std::collections::BTreeMap;

use super::{SpeechPart, Spoken, reading};

/// What goes into the gaps, by the name of the placeholder. A missing one leaves its gap empty, one that the
/// sentence does not use is ignored (M6: a queue never stops for a parameter).
pub type Params = BTreeMap<String, String>;

/// Characters that a template may have: what can be said in about half a minute.
const TEMPLATE_CHARS_MAX: usize = 120;

/// Where a speaker takes a breath.
const BREATHS: [char; 12] = ['，', '。', '！', '？', '；', '：', '、', ',', '!', '?', ';', '\n'];

/// Why a template cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// There is no such placeholder.
    #[error(
        "the template uses {{{0}}}; known are {{roomName}}, {{wristband}}, {{orderNumber}}, {{goodsName}}, {{num}}, {{attendant}} \
         and {{text}}"
    )]
    UnknownPlaceholder(String),
    /// A brace without its partner.
    #[error("character {at} of the template is a {brace} without its partner")]
    UnbalancedBrace {
        /// `{` or `}`.
        brace: char,
        /// The place, counted from 1.
        at: usize,
    },
    /// Too long to be listened to.
    #[error("the template has {0} characters; a sentence takes at most {TEMPLATE_CHARS_MAX}")]
    TooLong(usize),
}

/// A checked template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    before: Vec<Piece>,
    /// What is repeated for every dish: its name, its number, and the measure word behind the number. Empty in a
    /// sentence that names no dish.
    dish: Vec<Piece>,
    after: Vec<Piece>,
}

/// A sentence without gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sentence {
    /// As written.
    pub text: String,
    /// As said.
    pub speech: Vec<SpeechPart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    Gap(Placeholder),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    RoomName,
    Wristband,
    OrderNumber,
    GoodsName,
    Num,
    Attendant,
    Text,
}

impl Placeholder {
    const ALL: [Self; 7] = [
        Self::RoomName,
        Self::Wristband,
        Self::OrderNumber,
        Self::GoodsName,
        Self::Num,
        Self::Attendant,
        Self::Text,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::RoomName => "roomName",
            Self::Wristband => "wristband",
            Self::OrderNumber => "orderNumber",
            Self::GoodsName => "goodsName",
            Self::Num => "num",
            Self::Attendant => "attendant",
            Self::Text => "text",
        }
    }

    fn read(self, value: &str) -> Vec<Spoken> {
        match self {
            Self::RoomName | Self::Wristband | Self::Attendant => reading::label(value),
            Self::OrderNumber => reading::ordinal(value),
            Self::GoodsName if value.is_empty() => Vec::new(),
            Self::GoodsName => vec![Spoken::Dish(value.to_owned())],
            Self::Text => reading::text(value),
            Self::Num => reading::count(value),
        }
    }
}

impl Template {
    /// Checks a template. Errors: [`BadTemplate`], which names what is wrong.
    pub fn new(text: &str) -> Result<Self, BadTemplate> {
        let chars = text.chars().count();
        if chars > TEMPLATE_CHARS_MAX {
            return Err(BadTemplate::TooLong(chars));
        }
        Ok(Self::around_the_dish(pieces(text)?))
    }

    /// The sentence about at most one dish.
    pub fn render(&self, params: &Params) -> Sentence {
        self.render_list(params, std::slice::from_ref(params), 1)
    }

    /// The sentence about several dishes: those `named` are listed, each with its own `goodsName` and `num`; if
    /// there are more `in_all`, their number closes the list (等5个菜).
    pub fn render_list(&self, params: &Params, named: &[Params], in_all: usize) -> Sentence {
        let mut sentence = Writer::default();
        sentence.pieces(&self.before, params);
        if !self.dish.is_empty() {
            for (index, dish) in named.iter().enumerate() {
                sentence.cut(if index == 0 { "" } else { "、" });
                sentence.pieces(&self.dish, dish);
            }
            if in_all > named.len() {
                sentence.cut("");
                sentence.words(&format!("等{in_all}个菜"));
            }
        }
        sentence.pieces(&self.after, params);
        sentence.finish()
    }

    fn around_the_dish(mut pieces: Vec<Piece>) -> Self {
        let place = |wanted| pieces.iter().position(|piece| *piece == Piece::Gap(wanted));
        let Some(goods) = place(Placeholder::GoodsName) else {
            return Self { before: pieces, dish: Vec::new(), after: Vec::new() };
        };
        let num = place(Placeholder::Num).unwrap_or(goods);
        let mut after = pieces.split_off(goods.max(num) + 1);
        let mut dish = pieces.split_off(goods.min(num));
        if let (Some(Piece::Gap(Placeholder::Num)), Some(Piece::Words(words))) =
            (dish.last(), after.first_mut())
            && let Some(measure) = words.chars().next().filter(|char| !BREATHS.contains(char))
        {
            words.remove(0);
            dish.push(Piece::Words(measure.into()));
        }
        Self { before: pieces, dish, after }
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, BadTemplate> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    let mut opened: Option<(usize, String)> = None;
    for (at, char) in (1..).zip(text.chars()) {
        match (char, opened.take()) {
            ('{', None) => {
                if !words.is_empty() {
                    pieces.push(Piece::Words(std::mem::take(&mut words)));
                }
                opened = Some((at, String::new()));
            }
            ('}', Some((_, name))) => pieces.push(Piece::Gap(placeholder(name)?)),
            ('{', Some((at, _))) => return Err(BadTemplate::UnbalancedBrace { brace: '{', at }),
            ('}', None) => return Err(BadTemplate::UnbalancedBrace { brace: '}', at }),
            (char, Some((at, name))) => opened = Some((at, name + char.encode_utf8(&mut [0; 4]))),
            (char, None) => words.push(char),
        }
    }
    if let Some((at, _)) = opened {
        return Err(BadTemplate::UnbalancedBrace { brace: '{', at });
    }
    if !words.is_empty() {
        pieces.push(Piece::Words(words));
    }
    Ok(pieces)
}

fn placeholder(name: String) -> Result<Placeholder, BadTemplate> {
    let known = Placeholder::ALL.into_iter().find(|placeholder| placeholder.name() == name);
    known.ok_or(BadTemplate::UnknownPlaceholder(name))
}

/// Writes and says the same sentence at once.
#[derive(Default)]
struct Writer {
    text: String,
    said: Vec<SpeechPart>,
    part: Vec<Spoken>,
}

impl Writer {
    fn pieces(&mut self, pieces: &[Piece], params: &Params) {
        for piece in pieces {
            match piece {
                Piece::Words(words) => self.words(words),
                Piece::Gap(placeholder) => {
                    let value = params.get(placeholder.name()).map_or("", String::as_str);
                    self.text.push_str(value);
                    self.say(placeholder.read(value));
                }
            }
        }
    }

    fn words(&mut self, words: &str) {
        for stretch in words.split_inclusive(BREATHS) {
            let spoken = stretch.trim_end_matches(BREATHS);
            self.text.push_str(spoken);
            self.say(reading::text(spoken));
            if spoken.len() < stretch.len() {
                self.breath(&stretch[spoken.len()..]);
            }
        }
    }

    fn breath(&mut self, written: &str) {
        self.text.push_str(written);
        if self.part.last().is_some_and(|last| *last != Spoken::Breath) {
            self.part.push(Spoken::Breath);
        }
    }

    /// Ends a part.
    fn cut(&mut self, written: &str) {
        self.text.push_str(written);
        self.part.pop_if(|last| *last == Spoken::Breath);
        if !self.part.is_empty() {
            self.said.push(SpeechPart(std::mem::take(&mut self.part)));
        }
    }

    /// Neighbours of the same running text become one, so that a word across their border is found.
    fn say(&mut self, spoken: Vec<Spoken>) {
        for spoken in spoken {
            match (self.part.last_mut(), spoken) {
                (Some(Spoken::Text(before)), Spoken::Text(text)) => before.push_str(&text),
                (_, spoken) => self.part.push(spoken),
            }
        }
    }

    fn finish(mut self) -> Sentence {
        self.cut("");
        Sentence { text: self.text, speech: self.said }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn m6_the_example() {
        let template = Template::new("{roomName}房间下单了{goodsName}{num}份，请注意").unwrap();
        let sentence = template.render(&params(&[("roomName", "801"), ("goodsName", "水饺"), ("num", "2")]));
        assert_eq!(sentence.text, "801房间下单了水饺2份，请注意");
        assert_eq!(sentence.speech.len(), 2);
    }

    #[test]
    fn m6_what_cannot_be_filled_is_refused_when_it_is_saved() {
        for (text, error) in [
            ("{roomName}房间{tableName}", BadTemplate::UnknownPlaceholder("tableName".into())),
            ("{}", BadTemplate::UnknownPlaceholder(String::new())),
            ("{ num }", BadTemplate::UnknownPlaceholder(" num ".into())),
            ("房间{num", BadTemplate::UnbalancedBrace { brace: '{', at: 3 }),
            ("房间num}", BadTemplate::UnbalancedBrace { brace: '}', at: 6 }),
            ("{ro{num}", BadTemplate::UnbalancedBrace { brace: '{', at: 1 }),
        ] {
            assert_eq!(Template::new(text), Err(error), "{text}");
        }
        assert_eq!(Template::new(&"啊".repeat(121)), Err(BadTemplate::TooLong(121)));
        let error = Template::new("{tableName}").unwrap_err().to_string();
        assert!(error.contains("{tableName}") && error.contains("{goodsName}"), "{error}");
    }

    #[test]
    fn m6_a_missing_parameter_leaves_its_gap_empty() {
        let template = Template::new("{roomName}房间下单了{goodsName}{num}份，请注意").unwrap();
        let sentence = template.render(&params(&[("goodsName", "水饺")]));
        assert_eq!(sentence.text, "房间下单了水饺份，请注意");
        assert_eq!(template.render(&Params::new()).text, "房间下单了份，请注意");
    }

    #[test]
    fn the_number_may_stand_before_the_dish() {
        let template = Template::new("{roomName}要{num}份{goodsName}啦").unwrap();
        let dishes =
            [params(&[("goodsName", "水饺"), ("num", "2")]), params(&[("goodsName", "茶"), ("num", "1")])];
        let sentence = template.render_list(&params(&[("roomName", "801")]), &dishes, 2);
        assert_eq!(sentence.text, "801要2份水饺、1份茶啦");
    }

    #[test]
    fn a_sentence_may_name_no_dish() {
        let template = Template::new("{roomName}房间有新订单！").unwrap();
        let sentence = template.render_list(&params(&[("roomName", "801")]), &[Params::new()], 5);
        assert_eq!(sentence.text, "801房间有新订单！");
        assert_eq!(sentence.speech.len(), 1);
    }

    proptest! {
        #[test]
        fn what_is_saved_can_always_be_said(text in "[房间，。{}a-zN0-9]{0,30}", value in ".{0,20}") {
            if let Ok(template) = Template::new(&text) {
                let params: Params =
                    Placeholder::ALL.iter().map(|gap| (gap.name().to_owned(), value.clone())).collect();
                let sentence = template.render(&params);
                prop_assert!(sentence.speech.iter().all(|part| !part.0.is_empty()));
                prop_assert_eq!(template.render(&Params::new()).text.contains(['{', '}']), false);
            }
        }

        #[test]
        fn every_value_stands_in_the_text(room in "[0-9]{3}", goods in "[水饺可乐米饭]{1,6}", num in 1_u16..100) {
            let template = Template::new("{roomName}房间下单了{goodsName}{num}份，请注意").unwrap();
            let params = params(&[("roomName", &room), ("goodsName", &goods), ("num", &num.to_string())]);
            prop_assert_eq!(template.render(&params).text, format!("{room}房间下单了{goods}{num}份，请注意"));
        }
    }
}
