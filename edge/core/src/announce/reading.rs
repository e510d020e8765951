//! How people read what is written in digits (M7): names of rooms digit by digit, counts with 两, order numbers
//! as ordinals. It goes by what a slot holds, never by what the digits look like.

use super::Spoken;

const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// What makes the number before it an ordinal: 2号, 2楼 is 二, not 两.
const ORDINAL_ENDINGS: [char; 6] = ['号', '楼', '层', '月', '日', '届'];

/// What makes the number before it a name: 801房间, 302室 is read digit by digit.
const LABEL_ENDINGS: [char; 2] = ['房', '室'];

/// The name of a room or a wristband: 801 is 八零一, A12 is A一二, 牡丹2 is 牡丹二.
pub(super) fn label(name: &str) -> Vec<Spoken> {
    runs(name)
        .into_iter()
        .map(|run| match run {
            Run::Number { digits, fraction } => Spoken::Spelled(one_by_one(&digits) + &one_by_one(&fraction)),
            Run::Latin(letters) => Spoken::Spelled(letters),
            Run::Other(text) => Spoken::Text(text),
        })
        .collect()
}

/// How many: 2 is 两, 12 is 十二. What is not a number is read as text.
pub(super) fn count(number: &str) -> Vec<Spoken> {
    let counted = |run| match run {
        Run::Number { digits, fraction } => counted(&digits, &fraction),
        Run::Latin(text) | Run::Other(text) => Spoken::Text(text),
    };
    runs(number).into_iter().map(counted).collect()
}

/// The number of an order: 1 is 一, 12 is 十二, 2 stays 二.
pub(super) fn ordinal(number: &str) -> Vec<Spoken> {
    let ordinal = |run| match run {
        Run::Number { digits, fraction } => Spoken::Spelled(cardinal(&digits) + &one_by_one(&fraction)),
        Run::Latin(text) | Run::Other(text) => Spoken::Text(text),
    };
    runs(number).into_iter().map(ordinal).collect()
}

/// Anything else, most often the name of a dish: 7喜 is 七喜, 2人份 is 两人份, 2号套餐 is 二号套餐.
pub(super) fn text(text: &str) -> Vec<Spoken> {
    let runs = runs(text);
    let next_char = |index: usize| match runs.get(index + 1) {
        Some(Run::Other(text)) => text.chars().next(),
        Some(Run::Number { .. } | Run::Latin(_)) | None => None,
    };
    let read = |(index, run): (usize, &Run)| match run {
        Run::Number { digits, fraction }
            if next_char(index).is_some_and(|c| ORDINAL_ENDINGS.contains(&c)) =>
        {
            Spoken::Spelled(cardinal(digits) + &one_by_one(fraction))
        }
        Run::Number { digits, .. }
            if digits.len() > 1 && next_char(index).is_some_and(|c| LABEL_ENDINGS.contains(&c)) =>
        {
            Spoken::Spelled(one_by_one(digits))
        }
        Run::Number { digits, fraction } => counted(digits, fraction),
        Run::Latin(letters) => Spoken::Spelled(letters.clone()),
        Run::Other(text) => Spoken::Text(text.clone()),
    };
    runs.iter().enumerate().map(read).collect()
}

enum Run {
    /// `1.5`: the digits before and behind the point.
    Number {
        digits: String,
        fraction: String,
    },
    Latin(String),
    Other(String),
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut point = false;
    for char in text.chars().map(narrow) {
        match runs.last_mut() {
            Some(Run::Number { fraction, .. }) if char.is_ascii_digit() && point => fraction.push(char),
            Some(Run::Number { digits, .. }) if char.is_ascii_digit() => digits.push(char),
            Some(Run::Number { fraction, .. }) if char == '.' && fraction.is_empty() && !point => {
                point = true;
                continue;
            }
            Some(Run::Latin(letters)) if char.is_ascii_alphabetic() => letters.push(char),
            Some(Run::Other(other)) if !char.is_ascii_alphanumeric() => other.push(char),
            Some(Run::Number { .. } | Run::Latin(_) | Run::Other(_)) | None => {
                point = false;
                runs.push(if char.is_ascii_digit() {
                    Run::Number { digits: char.into(), fraction: String::new() }
                } else if char.is_ascii_alphabetic() {
                    Run::Latin(char.into())
                } else {
                    Run::Other(char.into())
                });
            }
        }
    }
    runs
}

/// Full-width letters and digits as plain ones.
fn narrow(char: char) -> char {
    match char {
        '！'..='～' => char::from_u32(char as u32 - 0xFEE0).unwrap_or(char),
        other => other,
    }
}

fn counted(digits: &str, fraction: &str) -> Spoken {
    match (digits, fraction) {
        ("2", "") => Spoken::Count("两".to_owned()),
        (_, "") => Spoken::Count(cardinal(digits)),
        (_, _) => Spoken::Spelled(format!("{}点{}", cardinal(digits), one_by_one(fraction))),
    }
}

fn one_by_one(digits: &str) -> String {
    digits.bytes().filter(u8::is_ascii_digit).map(|digit| DIGITS[usize::from(digit - b'0')]).collect()
}

/// 0 to 9999 as a number, anything longer digit by digit: it is a code, whatever its slot says.
fn cardinal(digits: &str) -> String {
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return DIGITS[0].to_owned();
    }
    if significant.len() > 4 {
        return one_by_one(digits);
    }
    let mut words = String::new();
    let mut skipped = false;
    for (index, digit) in significant.bytes().enumerate() {
        if digit == b'0' {
            skipped = true;
            continue;
        }
        if skipped {
            words.push_str(DIGITS[0]);
            skipped = false;
        }
        words.push_str(DIGITS[usize::from(digit - b'0')]);
        words.push_str(["", "十", "百", "千"][significant.len() - 1 - index]);
    }
    // 十二, not 一十二; but 一百一十二.
    match words.strip_prefix("一十") {
        Some(rest) => format!("十{rest}"),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(spoken: &[Spoken]) -> String {
        spoken.iter().map(Spoken::words).collect()
    }

    #[test]
    fn m7_rooms_are_read_digit_by_digit() {
        for (written, read) in [
            ("801", "八零一"),
            ("1001", "一零零一"),
            ("A12", "A一二"),
            ("牡丹厅", "牡丹厅"),
            ("８０２", "八零二"),
            ("A区", "A区"),
            ("A区12", "A区一二"),
            ("18", "一八"),
        ] {
            assert_eq!(said(&label(written)), read, "{written}");
        }
        assert_eq!(label("801"), [Spoken::Spelled("八零一".to_owned())]);
    }

    #[test]
    fn m7_counts_are_read_as_people_count() {
        for (written, read) in [
            ("1", "一"),
            ("2", "两"),
            ("10", "十"),
            ("12", "十二"),
            ("20", "二十"),
            ("22", "二十二"),
            ("99", "九十九"),
            ("102", "一百零二"),
            ("112", "一百一十二"),
            ("200", "二百"),
            ("1010", "一千零一十"),
            ("1.5", "一点五"),
            ("12345", "一二三四五"),
            ("0", "零"),
            ("", ""),
            ("几", "几"),
        ] {
            assert_eq!(said(&count(written)), read, "{written:?}");
        }
    }

    #[test]
    fn m7_order_numbers_are_ordinals() {
        for (written, read) in
            [("1", "一"), ("01", "一"), ("#01", "#一"), ("2", "二"), ("12", "十二"), ("100", "一百")]
        {
            assert_eq!(said(&ordinal(written)), read, "{written}");
        }
    }

    #[test]
    fn digits_in_the_name_of_a_dish_are_read_by_what_follows() {
        for (written, read) in [
            ("7喜", "七喜"),
            ("2人份", "两人份"),
            ("2号套餐", "二号套餐"),
            ("XO酱炒饭", "XO酱炒饭"),
            ("可乐500ml", "可乐五百ml"),
            ("水饺（猪肉）", "水饺(猪肉)"),
            ("801房间要2份水饺", "八零一房间要两份水饺"),
            ("2号桌加12个碗", "二号桌加十二个碗"),
            ("2房一厅", "两房一厅"),
        ] {
            assert_eq!(said(&text(written)), read, "{written}");
        }
    }

    proptest! {
        #[test]
        fn no_digit_is_left_unread(written in "[0-9A-Za-z.牡丹厅号 ]{0,12}") {
            for read in [label(&written), count(&written), ordinal(&written), text(&written)] {
                prop_assert!(!said(&read).contains(|c: char| c.is_ascii_digit()));
            }
        }

        #[test]
        fn two_counts_are_never_read_alike(a in 0_u32..10_000, b in 0_u32..10_000) {
            prop_assert_eq!(a == b, said(&count(&a.to_string())) == said(&count(&b.to_string())));
        }

        #[test]
        fn a_room_of_digits_has_as_many_syllables_as_digits(written in "[0-9]{1,8}") {
            prop_assert_eq!(said(&label(&written)).chars().count(), written.len());
        }
    }
}
