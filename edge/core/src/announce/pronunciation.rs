//! How a dish is said whose name the voice would say wrongly: `Dish.said_as`.
//!
//! Deliberately absent: sound. Here stands only which syllables there are.

use std::collections::BTreeMap;

use shared::menu::Menu;

use super::{SpeechPart, Spoken};

/// Longest said name, in characters: twenty syllables of pinyin.
const SAID_AS_CHARS_MAX: usize = 120;

/// Every syllable of Mandarin that is said in a restaurant, without its tone; `v` is ü.
pub const SYLLABLES: &str = "\
    a ai an ang ao ba bai ban bang bao bei ben beng bi bian biang biao bie bin bing bo bu ca cai can \
    cang cao ce cen ceng cha chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan \
    chuang chui chun chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de dei den deng di dia \
    dian diao die din ding diu dong dou du duan dui dun duo e ei en eng er fa fan fang fei fen feng fo \
    fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha hai han \
    hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang jiao jie jin \
    jing jiong jiu ju juan jue jun ka kai kan kang kao ke kei ken keng kong kou ku kua kuai kuan kuang \
    kui kun kuo la lai lan lang lao le lei len leng li lia lian liang liao lie lin ling liu lo long lou \
    lu luan lun luo lv lve ma mai man mang mao me mei men meng mi mian miao mie min ming miu mo mou mu \
    na nai nan nang nao ne nei nen neng ni nia nian niang niao nie nin ning niu nong nou nu nuan nuo nv \
    nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao \
    qie qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru ruan rui run ruo sa \
    sai san sang sao se sen seng sha shai shan shang shao she shei shen sheng shi shou shu shua shuai \
    shuan shuang shui shun shuo si song sou su suan sui sun suo ta tai tan tang tao te tei teng ti tian \
    tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen weng wo wu xi xia xian xiang xiao \
    xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin ying yo yong you yu yuan yue yun za \
    zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhei zhen zheng zhi zhong zhou zhu \
    zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo";

/// Why a dish cannot be said so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSaidAs {
    /// Nothing to say.
    #[error("there is nothing in it to say")]
    Empty,
    /// Too long for a name.
    #[error("it has {0} characters; a name takes at most {SAID_AS_CHARS_MAX}")]
    TooLong(usize),
    /// Not a syllable with its tone.
    #[error("{0} is not a syllable of pinyin with its tone, 1 to 5: zha2, lv4")]
    NoSuchSyllable(String),
}

/// Whether the voice can say it: pinyin with the tones as digits, or Chinese characters. Errors: [`BadSaidAs`].
pub fn check_said_as(said_as: &str) -> Result<(), BadSaidAs> {
    let chars = said_as.chars().count();
    if chars > SAID_AS_CHARS_MAX {
        return Err(BadSaidAs::TooLong(chars));
    }
    if said_as.trim().is_empty() {
        return Err(BadSaidAs::Empty);
    }
    if said_as.contains(is_hanzi) {
        return Ok(());
    }
    match said_as.split_whitespace().find(|syllable| !is_syllable(syllable)) {
        Some(syllable) => Err(BadSaidAs::NoSuchSyllable(syllable.to_owned())),
        None => Ok(()),
    }
}

/// A name as it is said: by its own characters, or as `said_as` wants it, which [`check_said_as`] has let pass.
pub fn as_said(name: &str, said_as: Option<&str>) -> Vec<Spoken> {
    match said_as {
        None => Spoken::of_text(name),
        Some(characters) if characters.contains(is_hanzi) => Spoken::of_text(characters),
        Some(pinyin) => vec![Spoken::Sounds { name: name.to_owned(), pinyin: pinyin.to_owned() }],
    }
}

/// A Chinese character.
pub fn is_hanzi(char: char) -> bool {
    matches!(char, '〇' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

fn is_syllable(written: &str) -> bool {
    let tone = written.chars().last().filter(|tone| ('1'..='5').contains(tone));
    let sound = written.strip_suffix(|_: char| tone.is_some()).map(|sound| sound.replace('ü', "v"));
    sound.is_some_and(|sound| SYLLABLES.split_whitespace().any(|syllable| syllable == sound))
}

/// The dishes of a menu that are said otherwise than the voice would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pronunciations(BTreeMap<String, String>);

impl Pronunciations {
    /// Those of a menu, by the Chinese name of the dish.
    pub fn of(menu: &Menu) -> Self {
        let said = |dish: &shared::menu::Dish| Some((dish.name.zh.clone(), dish.said_as.clone()?));
        Self(menu.dishes.iter().filter_map(said).collect())
    }

    /// The same parts with every dish said as its menu wants it.
    pub fn apply(&self, part: SpeechPart) -> SpeechPart {
        SpeechPart(part.0.into_iter().flat_map(|piece| self.said(piece)).collect())
    }

    fn said(&self, piece: Spoken) -> Vec<Spoken> {
        match piece {
            Spoken::Dish(name) => {
                let said_as = self.0.get(&name).map(String::as_str);
                as_said(&name, said_as)
            }
            Spoken::Text(_)
            | Spoken::Spelled(_)
            | Spoken::Count(_)
            | Spoken::Sounds { .. }
            | Spoken::Breath => vec![piece],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn m7_what_the_voice_can_say_is_taken() {
        for good in
            ["zha2 jiang4 mian4", "lv4 cha2", "lü4 cha2", "炸酱面", "de5", "biang2 biang2 mian4", "扎酱面2"]
        {
            assert_eq!(check_said_as(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn m7_what_it_cannot_say_is_refused_and_named() {
        let syllable = |syllable: &str| BadSaidAs::NoSuchSyllable(syllable.to_owned());
        for (bad, error) in [
            ("", BadSaidAs::Empty),
            (" ", BadSaidAs::Empty),
            ("zha2 jang4", syllable("jang4")),
            ("zha", syllable("zha")),
            ("zha6", syllable("zha6")),
            ("zha22", syllable("zha22")),
            ("zhá", syllable("zhá")),
            ("4", syllable("4")),
            ("Zha2", syllable("Zha2")),
            ("zha2,", syllable("zha2,")),
            ("🥟", syllable("🥟")),
        ] {
            assert_eq!(check_said_as(bad), Err(error), "{bad}");
        }
        assert_eq!(check_said_as(&"a1 ".repeat(50)), Err(BadSaidAs::TooLong(150)));
    }

    #[test]
    fn m7_a_dish_is_said_as_its_menu_wants_it() {
        let dish = |dish: &str, zh: &str, said_as: Option<&str>| {
            json!({"dish": dish, "category": "hot", "name": {"zh": zh, "en": ""}, "said_as": said_as,
                   "price_fen": 100, "target_s": 60})
        };
        let menu: Menu = serde_json::from_value(json!({"categories": [], "dishes": [
            dish("d1", "炸酱面", Some("zha2 jiang4 mian4")), dish("d2", "XO饭", Some("叉欧饭")), dish("d3", "水饺", None),
        ]}))
        .unwrap();
        let said = Pronunciations::of(&menu);
        let named = |name: &str| Spoken::Dish(name.to_owned());
        let part = SpeechPart(vec![named("炸酱面"), Spoken::Breath, named("XO饭"), named("水饺")]);
        let sounds = Spoken::Sounds { name: "炸酱面".into(), pinyin: "zha2 jiang4 mian4".into() };
        let text = |text: &str| Spoken::Text(text.to_owned());
        assert_eq!(said.apply(part).0, [sounds, Spoken::Breath, text("叉欧饭"), text("水饺")]);
    }
}
