//! Chuanglan's v1 with words of each number's own: one text with `{$var}` in it, and groups `number,words,words`
//! parted by `;`.
//!
//! A group of another shape is dropped, and only counted. The vendor knows no way to say `,` and `;`: whoever sends
//! them in a group's words sends a group of another shape, or two.

use jiff::Timestamp;

use super::{Acceptance, Carrier, Wanted, is_mobile};
use crate::fault;
use crate::protocol::{self, Code, NUMBERS_MAX, Parameters, TEXT_UNITS_MAX};

const PLACE: &str = "{$var}";
/// At most this many places in a text.
const PLACES_MAX: usize = 20;

/// A call that was accepted, and of how many groups.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) acceptance: Acceptance,
    pub(crate) taken: usize,
    pub(crate) dropped: usize,
}

impl Carrier {
    /// A submit with words of each number's own. Errors: the vendor's code; nothing was taken then.
    pub(crate) fn send_variable(&self, body: &[u8], now: Timestamp) -> Result<Counted, Code> {
        self.book().calls.send += 1;
        let accepted = self.accept_variable(body, now);
        self.changed();
        accepted
    }

    fn accept_variable(&self, body: &[u8], now: Timestamp) -> Result<Counted, Code> {
        let parameters = Parameters::parse(body)?;
        let text = parameters.text("msg")?;
        let groups = parameters.required("params")?;
        let wanted = self.wanted(&parameters, text, now)?;
        let groups: Vec<_> = groups.split(';').collect();
        if groups.len() > NUMBERS_MAX {
            return Err(Code::BadNumberCount);
        }
        if wanted.text.matches(PLACE).count() > PLACES_MAX {
            return Err(Code::BadGroups);
        }
        let messages: Vec<_> = groups.iter().filter_map(|group| read(&wanted.text, group)).collect();
        if messages.is_empty() {
            return Err(Code::BadGroups);
        }
        if messages.iter().any(|(_, text)| text.encode_utf16().count() > TEXT_UNITS_MAX) {
            return Err(Code::BadLength);
        }
        let (taken, dropped) = (messages.len(), groups.len() - messages.len());
        Ok(Counted { acceptance: self.take_each(&wanted, messages, now)?, taken, dropped })
    }

    /// Takes each text to its number, all under one id, if the numbers ask for no refusal.
    fn take_each(
        &self,
        wanted: &Wanted,
        messages: Vec<(String, String)>,
        now: Timestamp,
    ) -> Result<Acceptance, Code> {
        let mut book = self.book();
        let phones: Vec<_> = messages.iter().map(|(phone, _)| phone.clone()).collect();
        let answer = book.answer_for(&phones)?;
        book.charge(messages.iter().map(|(_, text)| u64::from(protocol::segments(text))).sum())?;
        let msg_id = book.next_msg_id(now);
        let delay_ms = self.settings.report_delay_ms;
        let kept = messages
            .into_iter()
            .map(|(phone, text)| book.take_one(&Wanted { text, ..wanted.clone() }, &msg_id, phone, now));
        let reports = kept.flatten().map(|due| super::DueReports { delay_ms, ..due }).collect();
        Ok(Acceptance { msg_id, answer, reports })
    }
}

/// The number of a group, and its text. `None`: the group is dropped.
fn read(text: &str, group: &str) -> Option<(String, String)> {
    let mut parts = group.split(',');
    let phone = parts.next().map(str::trim).filter(|phone| is_mobile(phone))?;
    let mut pieces = text.split(PLACE);
    let mut filled = pieces.next()?.to_owned();
    for piece in pieces {
        filled.push_str(parts.next().filter(|words| !words.is_empty())?);
        filled.push_str(piece);
    }
    let has_its_shape = parts.next().is_none() && !fault::drops_its_group(phone);
    has_its_shape.then(|| (phone.to_owned(), filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_a_number_and_as_many_words_as_the_text_has_places() {
        let read = |group| read("【示例】{$var}，{$var}号", group).map(|(_, text)| text);
        assert_eq!(read("13900000000,李,12").as_deref(), Some("【示例】李，12号"));
        for dropped in
            ["13900000000,李", "13900000000,李,12,3", "13900000000,李,", "110,李,12", "", "13900000700,a,b"]
        {
            assert_eq!(read(dropped), None, "{dropped}");
        }
    }
}
