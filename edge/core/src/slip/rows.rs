//! Rows of a slip and how words are broken over them. Nothing is ever cut short.

use serde::{Deserialize, Serialize};

/// One row of a slip, ready to be printed as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum Row {
    /// Words.
    Words {
        /// How large.
        size: Size,
        /// Where on the paper.
        place: Place,
        /// From left to right.
        pieces: Vec<Piece>,
    },
    /// A line across the paper.
    Rule,
}

/// How large characters are. The kitchen reads a slip from a rail, at arm's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// As the printer has them: 3 mm.
    Normal,
    /// Twice as high.
    Tall,
    /// Twice as high and wide.
    Large,
}

impl Size {
    /// Columns that one column's worth of characters takes.
    pub fn wide(self) -> usize {
        match self {
            Self::Normal | Self::Tall => 1,
            Self::Large => 2,
        }
    }
}

/// Where words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// At the left edge.
    Left,
    /// In the middle.
    Middle,
}

/// Some words in one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The words: no control characters.
    pub text: String,
    /// The look.
    pub look: Look,
}

/// How words stand out. White on black is kept for what must not be overlooked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// They do not.
    Plain,
    /// Heavier.
    Bold,
    /// White on black.
    Reverse,
}

/// Columns of a text on paper. Whatever is not ASCII comes from the Chinese font, two columns a character.
pub fn columns_of(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(character: char) -> usize {
    if character.is_ascii() { 1 } else { 2 }
}

/// What may be printed of a text that people typed: a control character would be a command to the printer, and one
/// without a width (a joiner, a variation of an emoji) would become a stray box.
pub fn printable(text: &str) -> String {
    let invisible = |character: char| {
        matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
    };
    let words = text.chars().filter(|character| !invisible(*character));
    let words = words.map(|character| if character.is_control() { ' ' } else { character });
    words.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Breaks a text into lines of at most so many columns: at a space where there is one, in the middle of a word
/// that is longer than a line, and before any Chinese character. `columns` is at least 2.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    assert!(columns >= 2, "a Chinese character takes two columns");
    let mut lines = vec![String::new()];
    for word in words_of(text) {
        let line = lines.last_mut().expect("there is always a line");
        if columns_of(line) + columns_of(word.trim_end()) <= columns {
            line.push_str(word);
            continue;
        }
        lines.push(String::new());
        for character in word.chars() {
            let line = lines.last_mut().expect("there is always a line");
            if columns_of(line) + width(character) > columns {
                lines.push(String::new());
            }
            lines.last_mut().expect("there is always a line").push(character);
        }
    }
    let filled = lines.into_iter().map(|line| line.trim_end().to_owned());
    filled.filter(|line| !line.is_empty()).collect()
}

/// Pieces that a line may be broken between: an ASCII word with the spaces after it, or one other character.
/// A mark that closes something stays with what it closes.
fn words_of(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut from = 0;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let closes = "，。、；：！？）】》…".contains(character);
        let breaks =
            !closes && (!character.is_ascii() || !before.is_ascii() || (before == ' ' && character != ' '));
        if at > from && breaks {
            words.push(&text[from..at]);
            from = at;
        }
        before = character;
    }
    words.push(&text[from..]);
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chinese_breaks_anywhere_and_english_at_spaces() {
        assert_eq!(wrap("不要香菜，多放葱", 8), ["不要香", "菜，多放", "葱"]);
        assert_eq!(wrap("no onions please", 10), ["no onions", "please"]);
        assert_eq!(wrap("supercalifragilistic", 8), ["supercal", "ifragili", "stic"]);
        assert_eq!(wrap("", 8), Vec::<String>::new());
    }

    #[test]
    fn a_note_cannot_command_the_printer() {
        assert_eq!(printable("多放\u{1b}p\u{0}葱\r\n不要\t蒜\u{200d}"), "多放 p 葱 不要 蒜");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_wide(text in "[a-z 水饺，。é]{0,60}", columns in 2usize..20) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| columns_of(line) <= columns), "{lines:?}");
            let without_spaces = |text: &str| text.replace(' ', "");
            prop_assert_eq!(without_spaces(&lines.concat()), without_spaces(&text));
        }
    }
}
