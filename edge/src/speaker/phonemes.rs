//! From pinyin to what the Kokoro voice model reads: the International Phonetic Alphabet with arrows for the
//! tones, as numbers of the model's vocabulary.
//!
//! A syllable is composed of its initial and its final; the few that do not follow from their parts stand first.

use super::pinyin::{Syllable, Word, joined};

/// Phonemes in one run of the model; its voice has a style for each length up to this one.
pub(super) const PHONEMES_MAX: usize = 510;

/// Spelled one way, said another.
const EXCEPTIONS: [(&str, &str, &str); 5] =
    [("o", "ɔ", ""), ("yo", "wo", ""), ("weng", "wə", "ŋ"), ("wong", "ʊ", "ŋ"), ("ê", "ɛ", "")];

/// Two letters before one: the first that fits is taken.
const INITIALS: [(&str, &str); 21] = [
    ("zh", "ꭧ"),
    ("ch", "ꭧʰ"),
    ("sh", "ʂ"),
    ("b", "p"),
    ("p", "pʰ"),
    ("m", "m"),
    ("f", "f"),
    ("d", "t"),
    ("t", "tʰ"),
    ("n", "n"),
    ("l", "l"),
    ("g", "k"),
    ("k", "kʰ"),
    ("h", "x"),
    ("j", "ʨ"),
    ("q", "ʨʰ"),
    ("x", "ɕ"),
    ("r", "ɻ"),
    ("z", "ʦ"),
    ("c", "ʦʰ"),
    ("s", "s"),
];

/// The vowels, which carry the tone, and the consonant behind it.
const FINALS: [(&str, &str, &str); 36] = [
    ("a", "a", ""),
    ("ai", "ai", ""),
    ("an", "a", "n"),
    ("ang", "a", "ŋ"),
    ("ao", "au", ""),
    ("e", "ɤ", ""),
    ("ei", "ei", ""),
    ("en", "ə", "n"),
    ("eng", "ə", "ŋ"),
    ("er", "ɚ", ""),
    ("i", "i", ""),
    ("ia", "ja", ""),
    ("ian", "jɛ", "n"),
    ("iang", "ja", "ŋ"),
    ("iao", "jau", ""),
    ("ie", "je", ""),
    ("in", "i", "n"),
    ("ing", "i", "ŋ"),
    ("iong", "jʊ", "ŋ"),
    ("iu", "jou", ""),
    ("o", "wo", ""),
    ("ong", "ʊ", "ŋ"),
    ("ou", "ou", ""),
    ("u", "u", ""),
    ("ua", "wa", ""),
    ("uai", "wai", ""),
    ("uan", "wa", "n"),
    ("uang", "wa", "ŋ"),
    ("ui", "wei", ""),
    ("un", "wə", "n"),
    ("uo", "wo", ""),
    ("v", "y", ""),
    ("van", "ɥɛ", "n"),
    ("ve", "ɥe", ""),
    ("vn", "y", "n"),
    // After z, c, s, zh, ch, sh, r.
    ("-i", "ɨ", ""),
];

/// The part of the model's vocabulary that Mandarin uses.
const VOCABULARY: [(char, i64); 35] = [
    (',', 3),
    (' ', 16),
    ('ʦ', 20),
    ('ʨ', 21),
    ('ꭧ', 23),
    ('a', 43),
    ('e', 47),
    ('f', 48),
    ('i', 51),
    ('j', 52),
    ('k', 53),
    ('l', 54),
    ('m', 55),
    ('n', 56),
    ('o', 57),
    ('p', 58),
    ('s', 61),
    ('t', 62),
    ('u', 63),
    ('w', 65),
    ('x', 66),
    ('y', 67),
    ('ɔ', 76),
    ('ɕ', 77),
    ('ə', 83),
    ('ɚ', 85),
    ('ɛ', 86),
    ('ɥ', 99),
    ('ɨ', 101),
    ('ŋ', 112),
    ('ɻ', 126),
    ('ʂ', 130),
    ('ʊ', 135),
    ('ɤ', 140),
    ('ʰ', 162),
];

/// High, rising, low, falling. The neutral tone has no arrow.
const TONES: [(char, i64); 4] = [('→', 171), ('↗', 172), ('↓', 169), ('↘', 173)];

/// The words in the model's alphabet, with a space between them: without it the model runs words together.
pub(super) fn phonemes(words: &[Word]) -> String {
    joined(words, ",", |syllables| syllables.iter().filter_map(syllable).collect())
}

/// The numbers of the phonemes, without the zeros that the model wants around them.
pub(super) fn ids(phonemes: &str) -> Vec<i64> {
    let id = |phoneme| {
        let known = VOCABULARY.iter().chain(&TONES).find(|(char, _)| *char == phoneme);
        known.map(|(_, id)| *id)
    };
    phonemes.chars().filter_map(id).take(PHONEMES_MAX).collect()
}

/// One syllable; `None` for what is not Mandarin.
fn syllable(syllable: &Syllable) -> Option<String> {
    let (initial, vowels, coda) = compose(&syllable.sound)?;
    let tone = TONES
        .get(usize::from(syllable.tone).wrapping_sub(1))
        .map_or(String::new(), |(tone, _)| tone.to_string());
    Some(format!("{initial}{vowels}{tone}{coda}"))
}

fn compose(sound: &str) -> Option<(&'static str, &'static str, &'static str)> {
    if let Some((_, vowels, coda)) = EXCEPTIONS.iter().find(|(exception, ..)| *exception == sound) {
        return Some(("", vowels, coda));
    }
    let (letters, initial) =
        INITIALS.iter().find(|(letters, _)| sound.starts_with(letters)).unwrap_or(&("", ""));
    let spelled = &sound[letters.len()..];
    let name = match (*letters, spelled) {
        ("", _) => without_initial(spelled),
        ("j" | "q" | "x", _) if spelled.starts_with('u') => spelled.replacen('u', "v", 1),
        ("zh" | "ch" | "sh" | "r" | "z" | "c" | "s", "i") => "-i".to_owned(),
        ("n" | "l", "ue") => "ve".to_owned(),
        _ => spelled.to_owned(),
    };
    let (_, vowels, coda) = FINALS.iter().find(|(final_, ..)| *final_ == name)?;
    Some((initial, vowels, coda))
}

/// Finals that stand alone are spelled with y and w: yan is -ian, wei is -ui, yuan is -üan.
fn without_initial(spelled: &str) -> String {
    match spelled {
        "you" => "iu".to_owned(),
        "wei" => "ui".to_owned(),
        "wen" => "un".to_owned(),
        _ if spelled.starts_with("yu") => spelled.replacen("yu", "v", 1),
        _ if spelled.starts_with("yi") => spelled.replacen("yi", "i", 1),
        _ if spelled.starts_with("wu") => spelled.replacen("wu", "u", 1),
        _ if spelled.starts_with('y') => spelled.replacen('y', "i", 1),
        _ => spelled.replacen('w', "u", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syllable_of(sound: &str, tone: u8) -> Syllable {
        Syllable { sound: sound.to_owned(), tone }
    }

    #[test]
    fn syllables_are_composed_of_initial_and_final() {
        for (sound, tone, sounds) in [
            ("ba", 1, "pa→"),
            ("shui", 3, "ʂwei↓"),
            ("jiao", 2, "ʨjau↗"),
            ("zhu", 4, "ꭧu↘"),
            ("si", 4, "sɨ↘"),
            ("xia", 4, "ɕja↘"),
            ("qu", 3, "ʨʰy↓"),
            ("jue", 2, "ʨɥe↗"),
            ("lve", 4, "lɥe↘"),
            ("lue", 4, "lɥe↘"),
            ("xuan", 1, "ɕɥɛ→n"),
            ("yuan", 2, "ɥɛ↗n"),
            ("yong", 4, "jʊ↘ŋ"),
            ("you", 3, "jou↓"),
            ("wu", 3, "u↓"),
            ("wei", 4, "wei↘"),
            ("wen", 2, "wə↗n"),
            ("weng", 1, "wə→ŋ"),
            ("er", 4, "ɚ↘"),
            ("yi", 1, "i→"),
            ("yan", 3, "jɛ↓n"),
            ("bo", 1, "pwo→"),
            ("le", 5, "lɤ"),
        ] {
            assert_eq!(syllable(&syllable_of(sound, tone)).as_deref(), Some(sounds), "{sound}{tone}");
        }
        assert_eq!(syllable(&syllable_of("xyz", 1)), None);
    }

    #[test]
    fn m7_the_example_sentence_as_the_model_reads_it() {
        let word = |syllables: &[(&str, u8)]| {
            Word::Said(syllables.iter().map(|(sound, tone)| syllable_of(sound, *tone)).collect())
        };
        let dish = [word(&[("shui", 2), ("jiao", 3)]), word(&[("liang", 3), ("fen", 4)]), Word::Breath];
        assert_eq!(phonemes(&dish), "ʂwei↗ʨjau↓ lja↓ŋfə↘n,");
        let golden =
            [130, 65, 47, 51, 172, 21, 52, 43, 63, 169, 16, 54, 52, 43, 169, 112, 48, 83, 173, 56, 3];
        assert_eq!(ids(&phonemes(&dish)), golden);
    }

    #[test]
    fn every_phoneme_has_a_number_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        assert!(VOCABULARY.iter().chain(&TONES).all(|(_, id)| seen.insert(id)));
        let all =
            INITIALS.iter().map(|(_, sound)| *sound).chain(FINALS.iter().flat_map(|(_, v, c)| [*v, *c]));
        for sounds in all.chain(EXCEPTIONS.iter().flat_map(|(_, v, c)| [*v, *c])) {
            assert_eq!(ids(sounds).len(), sounds.chars().count(), "{sounds}");
        }
    }
}
