//! Receipts as SMSCs bring them: a success in the written form, a failure by parameters alone. Both are met.

use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::MessageDeliveryRequestTlvValue;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{EsmClass, MessageState, Npi, Ton};

use crate::carrier::Report;
use crate::protocol;

/// "Contains a receipt".
const RECEIPT: u8 = 0b0000_0100;

pub(super) fn deliver_sm(report: &Report) -> DeliverSm {
    let from: COctetString<1, 21> = format!("86{}", report.phone).parse().expect("digits");
    let pdu = DeliverSm::builder()
        .source_addr_ton(Ton::International)
        .source_addr_npi(Npi::Isdn)
        .source_addr(from)
        .esm_class(EsmClass::from(RECEIPT));
    if report.status == "DELIVRD" {
        return pdu.short_message(written(report)).build();
    }
    let id = report.msg_id.parse().expect("ids are of digits");
    let state = match report.status {
        "UNDELIV" => MessageState::Undeliverable,
        "UNKNOWN" => MessageState::Unknown,
        _ => MessageState::Rejected,
    };
    pdu.push_tlv(MessageDeliveryRequestTlvValue::ReceiptedMessageId(id))
        .push_tlv(MessageDeliveryRequestTlvValue::MessageState(state))
        .build()
}

fn written(report: &Report) -> OctetString<0, 255> {
    let Report { msg_id, status, reported_at, .. } = report;
    let at = protocol::short_minutes(*reported_at);
    let text =
        format!("id:{msg_id} sub:001 dlvrd:001 submit date:{at} done date:{at} stat:{status} err:000 text:");
    OctetString::from_vec(text.into_bytes()).expect("it is short")
}
