//! Texts out of octets, and long ones out of their parts.

use std::collections::{BTreeMap, HashMap};

use rusmpp::pdus::SubmitSm;
use rusmpp::values::{DataCoding, GsmFeatures};

/// Texts of which parts are missing, by their receiver and mark.
#[derive(Debug, Default)]
pub(super) struct Parts {
    waiting: HashMap<(String, u8), BTreeMap<u8, Vec<u8>>>,
}

/// Octets that are no text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadOctets;

impl Parts {
    /// Takes a submit. `None`: parts of its text are missing still. A first part begins a text anew; the parts stay,
    /// for a customer that was refused brings the last one again.
    pub(super) fn put(&mut self, to: &str, pdu: &SubmitSm) -> Result<Option<String>, BadOctets> {
        let octets = pdu.short_message().as_ref();
        if pdu.esm_class.gsm_features != GsmFeatures::UdhiIndicator {
            return read(octets, pdu.data_coding).map(Some);
        }
        let [5, 0, 3, mark, total, number, part @ ..] = octets else { return Err(BadOctets) };
        let known = self.waiting.entry((to.to_owned(), *mark)).or_default();
        if *number == 1 {
            known.clear();
        }
        known.insert(*number, part.to_vec());
        if known.len() < usize::from(*total) {
            return Ok(None);
        }
        let whole: Vec<u8> = known.values().flatten().copied().collect();
        read(&whole, pdu.data_coding).map(Some)
    }
}

fn read(octets: &[u8], coding: DataCoding) -> Result<String, BadOctets> {
    match coding {
        DataCoding::Ucs2 if octets.len().is_multiple_of(2) => {
            let units: Vec<u16> =
                octets.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).map_err(|_| BadOctets)
        }
        DataCoding::Ucs2 => Err(BadOctets),
        _ if octets.is_ascii() => String::from_utf8(octets.to_vec()).map_err(|_| BadOctets),
        _ => Err(BadOctets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusmpp::types::OctetString;
    use rusmpp::values::EsmClass;

    #[test]
    fn a_long_text_is_whole_when_its_last_part_has_come() {
        let part = |number: u8, text: &str| {
            let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            let octets = [[5, 0, 3, 9, 2, number].as_slice(), &text].concat();
            SubmitSm::builder()
                .esm_class(EsmClass::default().with_udhi_indicator())
                .data_coding(DataCoding::Ucs2)
                .short_message(OctetString::from_vec(octets).expect("short"))
                .build()
        };
        let mut parts = Parts::default();
        assert_eq!(parts.put("8613900000000", &part(1, "水饺")), Ok(None));
        assert_eq!(parts.put("8613900000001", &part(1, "别人")), Ok(None), "another receiver's");
        for _ in 0..2 {
            let whole = parts.put("8613900000000", &part(2, "好了"));
            assert_eq!(whole, Ok(Some("水饺好了".to_owned())), "also when it comes again");
        }
        assert_eq!(parts.put("8613900000000", &part(1, "包子")), Ok(None), "a text of its own");
    }
}
