//! A text in the octets of UCS-2, in as many parts as it is billed (S12): 70 characters alone, 67 each when split.

use uuid::Uuid;

/// Octets of a part without a header: 70 UTF-16 units.
const ALONE_UNITS: usize = 70;
/// UTF-16 units of a part behind its header of six octets.
const PART_UNITS: usize = 67;

/// What one submit carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The octets, header included.
    pub(super) bytes: Vec<u8>,
    /// Whether they begin with a header.
    pub(super) headed: bool,
}

/// The parts of a text. Phones put those together that have the same mark of one octet.
pub(super) fn parts(text: &str, reference: Uuid) -> Vec<Part> {
    let units: Vec<u16> = text.encode_utf16().collect();
    if units.len() <= ALONE_UNITS {
        return vec![Part { bytes: octets(&units), headed: false }];
    }
    let pieces = pieces(&units);
    let [.., mark] = reference.into_bytes();
    let total = u8::try_from(pieces.len()).expect("a text has at most 536 units");
    (1..=total)
        .zip(pieces)
        .map(|(number, piece)| {
            // User data header: 5 octets follow; concatenation, 3 octets: mark, parts, this part.
            let header = [5, 0, 3, mark, total, number];
            Part { bytes: [header.as_slice(), &octets(piece)].concat(), headed: true }
        })
        .collect()
}

/// Cuts of at most [`PART_UNITS`], none of them through an emoji.
fn pieces(mut units: &[u16]) -> Vec<&[u16]> {
    let mut pieces = Vec::new();
    while !units.is_empty() {
        let mut end = PART_UNITS.min(units.len());
        let cut_through = end < units.len() && (0xD800..0xDC00).contains(&units[end - 1]);
        end -= usize::from(cut_through);
        let (piece, rest) = units.split_at(end);
        pieces.push(piece);
        units = rest;
    }
    pieces
}

fn octets(units: &[u16]) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_a_text_goes_in_as_many_parts_as_it_is_billed() {
        for (length, expected) in [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (536, 8)] {
            let parts = parts(&"字".repeat(length), Uuid::nil());
            assert_eq!(parts.len(), expected, "{length} characters");
            assert!(parts.iter().all(|part| part.bytes.len() <= 140 && part.headed == (expected > 1)));
        }
        let parts = parts(&"字".repeat(71), Uuid::from_u128(7));
        assert_eq!(
            (&parts[0].bytes[..8], &parts[1].bytes[..6]),
            ([5, 0, 3, 7, 2, 1, 0x5B, 0x57].as_slice(), [5, 0, 3, 7, 2, 2].as_slice())
        );
    }

    #[test]
    fn an_emoji_is_not_cut_through() {
        let text = format!("{}😀{}", "字".repeat(66), "字".repeat(10));
        let parts = parts(&text, Uuid::nil());
        assert_eq!(parts.iter().map(|part| part.bytes.len()).collect::<Vec<_>>(), [6 + 132, 6 + 24]);
    }
}
