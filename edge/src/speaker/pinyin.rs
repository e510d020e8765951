//! From Chinese characters to pinyin: words by jieba, their sound by our own lexicon and, character by character,
//! by the `pinyin` crate; then the changes of tone that happen inside a word.
//!
//! Deliberately absent: changes of tone across words. Applied there they make two words one: 水饺|两份 would
//! become "shuǐ jiáo liǎng".

use std::collections::HashMap;
use std::fmt;

use edge_core::announce::{SpeechPart, Spoken, is_hanzi};
use jieba_rs::Jieba;
use pinyin::ToPinyin;

const LEXICON: &str = include_str!("lexicon.txt");

/// Latin letters in a row that are spelled. A longer run is a foreign word: spelled out it helps nobody, and the
/// screen shows it.
const SPELLED_LETTERS_MAX: usize = 5;

/// The names of the Latin letters as Chinese speakers say them, A to Z.
const LETTERS: [&str; 26] = [
    "ei1",
    "bi4",
    "sei1",
    "di4",
    "yi4",
    "ai2 fu5",
    "ji4",
    "ei1 chi5",
    "ai4",
    "zhei4",
    "kei4",
    "ai1 lou5",
    "ai1 mu5",
    "en1",
    "ou1",
    "pi4",
    "kiu1",
    "a1",
    "ai1 si5",
    "ti4",
    "you1",
    "wei4",
    "da2 bu5 liu5",
    "ai1 ke5 si5",
    "wai4",
    "zei4",
];

/// A frequency that makes a word of the lexicon win over its parts.
const LEXICON_WORD_FREQUENCY: usize = 100_000;

/// One syllable with its tone, 1 to 4, or 5 for the neutral one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Syllable {
    pub(super) sound: String,
    pub(super) tone: u8,
}

impl Syllable {
    /// Reads `shui3`; without a digit the tone is neutral.
    fn read(written: &str) -> Self {
        let sound = written.trim_end_matches(|c: char| c.is_ascii_digit());
        let tone = written[sound.len()..].parse().unwrap_or(5);
        Self { sound: sound.replace('ü', "v"), tone }
    }
}

impl fmt::Display for Syllable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.sound, self.tone)
    }
}

/// A word, or the end of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    Said(Vec<Syllable>),
    Breath,
}

/// Knows words and their sounds. It holds jieba's dictionary, tens of megabytes: drop it when there is nothing to
/// say.
pub(super) struct Reader {
    jieba: Jieba,
    lexicon: HashMap<&'static str, &'static str>,
    longest: usize,
}

impl Reader {
    pub(super) fn new() -> Self {
        let entries = LEXICON.lines().filter(|line| !line.starts_with('#'));
        let lexicon: HashMap<_, _> = entries.filter_map(|line| line.split_once(' ')).collect();
        let mut jieba = Jieba::new();
        for word in lexicon.keys().filter(|word| word.chars().count() > 1) {
            jieba.add_word(word, Some(LEXICON_WORD_FREQUENCY), None);
        }
        let longest = lexicon.keys().map(|word| word.chars().count()).max().unwrap_or(1);
        Self { jieba, lexicon, longest }
    }

    /// The words of a part, tones changed as people change them. What has no sound is left out.
    pub(super) fn words(&self, part: &SpeechPart) -> Vec<Word> {
        let mut words = Vec::new();
        let mut pieces = part.0.iter().peekable();
        let mut measured = 0;
        while let Some(piece) = pieces.next() {
            match piece {
                Spoken::Text(text) => words.extend(self.text(&text[measured..])),
                Spoken::Spelled(spelled) => words.push(self.spelled(spelled)),
                Spoken::Dish(name) => words.extend(self.words(&SpeechPart(Spoken::of_text(name)))),
                Spoken::Sounds { name, pinyin } => words.extend(self.sounds(name, pinyin)),
                Spoken::Breath => words.push(Word::Breath),
                Spoken::Count(count) => {
                    let measure = match pieces.peek() {
                        Some(Spoken::Text(text)) => text.chars().next().filter(|char| is_hanzi(*char)),
                        Some(
                            Spoken::Spelled(_)
                            | Spoken::Count(_)
                            | Spoken::Dish(_)
                            | Spoken::Sounds { .. }
                            | Spoken::Breath,
                        )
                        | None => None,
                    };
                    measured = measure.map_or(0, char::len_utf8);
                    words.push(self.word(&count.chars().chain(measure).collect::<String>()));
                    continue;
                }
            }
            measured = 0;
        }
        words.retain(|word| *word != Word::Said(Vec::new()));
        if words.iter().all(|word| *word == Word::Breath) { Vec::new() } else { words }
    }

    /// Given pinyin, grouped into the words of the name where its characters tell them: the voice needs to know
    /// where words end.
    fn sounds(&self, name: &str, pinyin: &str) -> Vec<Word> {
        let mut syllables: Vec<_> = pinyin.split_whitespace().map(Syllable::read).collect();
        let characters: String = name.chars().filter(|char| is_hanzi(*char)).collect();
        let mut words = Vec::new();
        if characters.chars().count() == syllables.len() {
            for token in self.jieba.cut(&characters, false) {
                let rest = syllables.split_off(token.word.chars().count());
                words.push(std::mem::replace(&mut syllables, rest));
            }
        } else {
            words.push(syllables);
        }
        let said = |mut syllables: Vec<_>| {
            change_third_tones(&mut syllables);
            Word::Said(syllables)
        };
        words.into_iter().map(said).collect()
    }

    fn text(&self, text: &str) -> Vec<Word> {
        let mut words = Vec::new();
        for stretch in text.split(|char| !is_hanzi(char)) {
            let mut tokens = self.jieba.cut(stretch, false).into_iter().map(|token| token.word);
            while let Some(token) = tokens.next() {
                match token {
                    // Their tone depends on what follows.
                    "一" | "不" => words.push(self.word(&(token.to_owned() + tokens.next().unwrap_or("")))),
                    _ => words.push(self.word(token)),
                }
            }
        }
        words
    }

    fn word(&self, word: &str) -> Word {
        let chars: Vec<char> = word.chars().collect();
        let mut syllables = self.syllables(word);
        // A character without a sound would shift the rest against the characters.
        if syllables.len() == chars.len() {
            change_yi_and_bu(&chars, &mut syllables);
        }
        change_third_tones(&mut syllables);
        Word::Said(syllables)
    }

    fn spelled(&self, spelled: &str) -> Word {
        let letters = spelled.chars().filter(char::is_ascii_alphabetic).count();
        let mut word = Vec::new();
        for char in spelled.chars() {
            if char.is_ascii_alphabetic() {
                if letters <= SPELLED_LETTERS_MAX {
                    let index = usize::from(char.to_ascii_uppercase() as u8 - b'A');
                    word.extend(LETTERS[index].split(' ').map(Syllable::read));
                }
            } else {
                word.extend(self.syllables(char.encode_utf8(&mut [0; 4])));
            }
        }
        Word::Said(word)
    }

    /// Dictionary tones: the longest words of the lexicon, then single characters.
    fn syllables(&self, word: &str) -> Vec<Syllable> {
        let mut syllables = Vec::new();
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let known = (1..=self.longest).rev().find_map(|length| {
                let end = rest.char_indices().nth(length).map_or(rest.len(), |(end, _)| end);
                self.lexicon.get(&rest[..end]).map(|sounds| (*sounds, end))
            });
            if let Some((sounds, end)) = known {
                syllables.extend(sounds.split(' ').map(Syllable::read));
                rest = &rest[end..];
            } else {
                syllables.extend(first.to_pinyin().map(|sound| Syllable::read(sound.with_tone_num_end())));
                rest = &rest[first.len_utf8()..];
            }
        }
        syllables
    }
}

fn is_digit(char: char) -> bool {
    "零一二三四五六七八九十第".contains(char)
}

/// 一 is yí before a fourth tone and yì before the others, but yī among digits, in ordinals and at the end; 不 is
/// bú before a fourth tone.
fn change_yi_and_bu(chars: &[char], syllables: &mut [Syllable]) {
    for at in 0..chars.len().saturating_sub(1) {
        let next = syllables[at + 1].tone;
        let among_digits = is_digit(chars[at + 1]) || (at > 0 && is_digit(chars[at - 1]));
        match chars[at] {
            '一' if !among_digits => syllables[at].tone = if next == 4 { 2 } else { 4 },
            '不' if next == 4 => syllables[at].tone = 2,
            _ => {}
        }
    }
}

/// A third tone before a third tone becomes a second.
fn change_third_tones(syllables: &mut [Syllable]) {
    for at in 0..syllables.len().saturating_sub(1) {
        if syllables[at].tone == 3 && syllables[at + 1].tone == 3 {
            syllables[at].tone = 2;
        }
    }
}

/// `shui2jiao3 liang3fen4, qing3 zhu4yi4`: one text for one sound, the key of the cache.
pub(super) fn written(words: &[Word]) -> String {
    joined(words, ",", |syllables| syllables.iter().map(Syllable::to_string).collect())
}

/// The words, each put in some alphabet, with a space between them, and what this alphabet has for a breath.
pub(super) fn joined(words: &[Word], breath: &str, spell: impl Fn(&[Syllable]) -> String) -> String {
    let mut text = String::new();
    for word in words {
        match word {
            Word::Said(_) if text.is_empty() => {}
            Word::Said(_) => text.push(' '),
            Word::Breath => text.push_str(breath),
        }
        if let Word::Said(syllables) = word {
            text.push_str(&spell(syllables));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static READER: LazyLock<Reader> = LazyLock::new(Reader::new);

    fn said(pieces: &[Spoken]) -> String {
        written(&READER.words(&SpeechPart(pieces.to_vec())))
    }

    fn text(text: &str) -> String {
        said(&[Spoken::Text(text.into())])
    }

    #[test]
    fn m7_the_example_sentence() {
        let room = [Spoken::Spelled("八零一".into()), Spoken::Text("房间下单了".into())];
        assert_eq!(said(&room), "ba1ling2yi1 fang2jian1 xia4dan1 le5");
        let dish = [Spoken::Text("水饺".into()), Spoken::Count("两".into()), Spoken::Text("份".into())];
        assert_eq!(said(&dish), "shui2jiao3 liang3fen4");
        let end = [&dish[..], &[Spoken::Breath, Spoken::Text("请注意".into())]].concat();
        assert_eq!(said(&end), "shui2jiao3 liang3fen4, qing3 zhu4yi4");
        assert_eq!(text("请取餐"), "qing3 qu3can1");
    }

    #[test]
    fn one_changes_its_tone_in_a_count_but_not_in_a_number() {
        let of = |count: &str| said(&[Spoken::Count(count.into()), Spoken::Text("份".into())]);
        assert_eq!(of("一"), "yi2fen4");
        assert_eq!(of("十一"), "shi2yi1fen4");
        assert_eq!(said(&[Spoken::Count("一".into()), Spoken::Text("瓶".into())]), "yi4ping2");
        assert_eq!(said(&[Spoken::Spelled("一".into()), Spoken::Text("号".into())]), "yi1 hao4");
        assert_eq!(text("不辣"), "bu2la4");
    }

    #[test]
    fn words_of_the_menu_sound_as_in_a_restaurant() {
        for (dish, sound) in [
            ("炸酱面", "zha2jiang4mian4"),
            ("重庆小面", "chong2qing4xiao3mian4"),
            ("长沙臭豆腐", "chang2sha1chou4dou4fu5"),
            ("蛤蜊", "ge2li2"),
            ("担担面", "dan4dan5mian4"),
            ("海参", "hai3shen1"),
            ("羊肚", "yang2du3"),
            ("番茄", "fan1qie2"),
            ("茄子", "qie2zi5"),
            ("咖喱", "ga1li2"),
            ("刀削面", "dao1xiao1mian4"),
            ("银行", "yin2hang2"),
            ("绿茶", "lv4cha2"),
        ] {
            assert_eq!(text(dish).replace(' ', ""), sound, "{dish}");
        }
    }

    #[test]
    fn m7_numbers_are_said_as_their_slot_wants_them() {
        let template = |text: &str, gap: &str, value: &str| {
            let template = edge_core::announce::Template::new(text).unwrap();
            let params = [(gap.to_owned(), value.to_owned())].into();
            let parts = template.render(&params).speech;
            parts.iter().map(|part| written(&READER.words(part))).collect::<Vec<_>>().join(" | ")
        };
        for (text, gap, value, sound) in [
            ("{roomName}房间", "roomName", "801", "ba1ling2yi1 fang2jian1"),
            ("{roomName}有客", "roomName", "A区", "ei1 qu1 you3 ke4"),
            ("手牌{wristband}", "wristband", "12", "shou3pai2 yi1er4"),
            ("{orderNumber}号", "orderNumber", "#01", "yi1 hao4"),
            ("{num}份", "num", "2", "liang3fen4"),
            ("{num}份", "num", "12", "shi2er4fen4"),
            ("请{attendant}号", "attendant", "18", "qing3 yi1ba1 hao4"),
            ("{text}", "text", "801房间要2份水饺", "ba1ling2yi1 fang2jian1 yao4 liang3fen4 shui2jiao3"),
            ("{goodsName}", "goodsName", "7喜", "qi1xi3"),
        ] {
            assert_eq!(template(text, gap, value), sound, "{text} with {value}");
        }
    }

    #[test]
    fn m7_a_dish_sounds_as_its_menu_says() {
        let sounds = |name: &str, pinyin: &str| {
            said(&[
                Spoken::Sounds { name: name.into(), pinyin: pinyin.into() },
                Spoken::Breath,
                Spoken::Text("请注意".into()),
            ])
        };
        assert_eq!(sounds("水饺炒饭", "shui3 jiao3 chao3 fan4"), "shui2jiao3 chao3fan4, qing3 zhu4yi4");
        assert_eq!(sounds("XO酱", "cha1 ou1 jiang4"), "cha1ou1jiang4, qing3 zhu4yi4");
        assert_eq!(sounds("绿茶", "lü4 cha2"), "lv4cha2, qing3 zhu4yi4");
        assert_eq!(said(&[Spoken::Dish("2人份水饺".into())]), "liang3ren2 fen4 shui2jiao3");
    }

    #[test]
    fn every_syllable_that_may_be_given_has_phonemes() {
        for sound in edge_core::announce::SYLLABLES.split_whitespace() {
            let word = Word::Said(vec![Syllable { sound: sound.to_owned(), tone: 1 }]);
            assert!(!super::super::phonemes::phonemes(&[word]).is_empty(), "{sound}");
        }
    }

    #[test]
    fn what_has_no_sound_does_not_break_a_sentence() {
        let odd = [Spoken::Text("水饺🥟(".into()), Spoken::Spelled("XO".into()), Spoken::Text(")酱".into())];
        assert_eq!(said(&odd), "shui2jiao3 ai1ke5si5ou1 jiang4");
        assert_eq!(said(&[Spoken::Spelled("Tiramisu".into())]), "");
        assert_eq!(said(&[Spoken::Text("🥟".into()), Spoken::Count(String::new()), Spoken::Breath]), "");
    }

    #[test]
    fn every_word_of_the_lexicon_has_as_many_syllables_as_characters() {
        for line in LEXICON.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (word, sounds) = line.split_once(' ').unwrap();
            assert_eq!(word.chars().count(), sounds.split(' ').count(), "{line}");
            assert!(sounds.split(' ').all(|sound| (1..=5).contains(&Syllable::read(sound).tone)), "{line}");
        }
    }
}
