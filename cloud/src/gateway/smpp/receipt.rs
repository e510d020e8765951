//! Receipts as SMSCs bring them: in a `deliver_sm`, by parameters of their own, or written out in its text.
//!
//! `id:77 sub:001 dlvrd:001 submit date:2611220900 done date:2611220901 stat:DELIVRD err:000 text:…` is the form that
//! most of them use; the specification only suggests it.

use cloud_core::carrier::Reply;
use cloud_core::sms::{Delivery, Receipt};
use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::TlvValue;
use rusmpp::values::{DataCoding, MessageState, MessageType};
use shared::guest::PhoneNumber;

use super::Login;
use crate::gateway::BadReceipt;

/// Whether it is about a text of ours; the others are texts of people.
pub(super) fn is_receipt(pdu: &DeliverSm) -> bool {
    matches!(
        pdu.esm_class.message_type,
        MessageType::ShortMessageContainsMCDeliveryReceipt
            | MessageType::ShortMessageContainsIntermediateDeliveryNotification
    )
}

/// Reads it. Errors: it does not say which text, whose phone, or what became of it.
pub(super) fn read(login: &Login, pdu: &DeliverSm) -> Result<Receipt, BadReceipt> {
    let mut text = String::from_utf8_lossy(pdu.short_message().as_ref()).into_owned();
    let (mut id, mut state) = (None, None);
    for value in pdu.tlvs().iter().filter_map(|tlv| tlv.value()) {
        match value {
            TlvValue::ReceiptedMessageId(value) => id = Some(value.as_str().to_owned()),
            TlvValue::MessageState(value) => state = Some(word(*value)),
            TlvValue::MessagePayload(value) if text.is_empty() => {
                text = String::from_utf8_lossy(value.value.as_ref()).into_owned();
            }
            _ => {}
        }
    }
    let id = id.or_else(|| field(&text, "id:").map(str::to_owned)).ok_or(BadReceipt { missing: "id" })?;
    let status = field(&text, "stat:").or(state).ok_or(BadReceipt { missing: "status" })?;
    Ok(Receipt {
        account: Some(login.account.clone()),
        reference: None,
        carrier_message: login.receipted_id(&id),
        phone: receiver(login, pdu).ok_or(BadReceipt { missing: "number" })?,
        delivery: delivery(status),
        status: status.to_owned(),
        billed_units: None,
    })
}

/// What somebody has answered to a text of ours. `None`: neither a number of ours nor readable.
pub(super) fn reply(login: &Login, pdu: &DeliverSm) -> Option<Reply> {
    let octets = pdu.short_message().as_ref();
    let text = match pdu.data_coding {
        DataCoding::Ucs2 => {
            let units: Vec<u16> =
                octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok()?
        }
        _ => String::from_utf8(octets.to_vec()).ok()?,
    };
    Some(Reply { phone: receiver(login, pdu)?, text })
}

/// The number at the other end, as we write it.
fn receiver(login: &Login, pdu: &DeliverSm) -> Option<PhoneNumber> {
    let digits = pdu.source_addr.as_str().trim_start_matches('+');
    PhoneNumber::new(digits.strip_prefix(login.country.as_str()).unwrap_or(digits)).ok()
}

/// What follows a key of the written form, up to the next space.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (before, after) = text.split_once(key)?;
    let begins = before.is_empty() || before.ends_with(' ');
    after.split(' ').next().filter(|value| begins && !value.is_empty())
}

fn delivery(status: &str) -> Delivery {
    match status {
        "DELIVRD" => Delivery::Delivered,
        // On its way still, or never to be known.
        "ACCEPTD" | "ENROUTE" | "SCHEDLD" | "UNKNOWN" => Delivery::Unknown,
        _ => Delivery::Undelivered,
    }
}

/// A state in the words of the written form.
fn word(state: MessageState) -> &'static str {
    match state {
        MessageState::Scheduled => "SCHEDLD",
        MessageState::Enroute => "ENROUTE",
        MessageState::Delivered => "DELIVRD",
        MessageState::Expired => "EXPIRED",
        MessageState::Deleted => "DELETED",
        MessageState::Undeliverable => "UNDELIV",
        MessageState::Accepted => "ACCEPTD",
        MessageState::Rejected => "REJECTD",
        MessageState::Skipped => "SKIPPED",
        MessageState::Unknown | MessageState::Other(_) => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_a_written_receipt_is_read_by_its_keys() {
        let text =
            "id:77A sub:001 dlvrd:001 submit date:2611220900 done date:2611220901 stat:DELIVRD err:000 text:";
        assert_eq!((field(text, "id:"), field(text, "stat:")), (Some("77A"), Some("DELIVRD")));
        assert_eq!((field("void:7", "id:"), field("id: 7", "id:"), field("", "id:")), (None, None, None));
        assert_eq!(delivery("UNDELIV"), Delivery::Undelivered);
        assert_eq!((delivery("ENROUTE"), delivery("EXPIRED")), (Delivery::Unknown, Delivery::Undelivered));
    }
}
