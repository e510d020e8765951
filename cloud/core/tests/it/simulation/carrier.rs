//! The carrier, played by dice: it takes or refuses, answers late or never, and sends receipts early, late, twice,
//! against each other, or for messages that nobody knows.

use std::collections::BTreeMap;

use cloud_core::id::{MessageKey, Reference};
use cloud_core::sms::{CarrierAnswer, Delivery, Kind, Receipt};
use shared::guest::PhoneNumber;
use uuid::Uuid;

use super::luck::{HOUR, Luck, MINUTE};

/// The latest that a late receipt comes.
pub(super) const RECEIPT_LATE_MAX_MS: i64 = 80 * HOUR;

/// What it did with one call: what is answered for each message, when, and what receipts follow.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) answers: Vec<(MessageKey, CarrierAnswer)>,
    pub(super) after_ms: i64,
    pub(super) receipts: Vec<(i64, Receipt)>,
}

/// One call: a text to one or many.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) reference: Reference,
    pub(super) kind: Kind,
    pub(super) to: Vec<(MessageKey, PhoneNumber)>,
}

/// What it was asked, and what it took.
#[derive(Debug, Default)]
pub(super) struct Carrier {
    calls: u64,
    taken: BTreeMap<MessageKey, Taken>,
}

/// A message that it took.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) times: u32,
    receipt: Receipt,
}

impl Carrier {
    /// The only place where messages leave the building. Some carriers answer for each number.
    pub(super) fn submit(&mut self, luck: &mut Luck, call: &Call) -> Response {
        self.calls += 1;
        let slowest_ms = if luck.strikes(10) { MINUTE } else { 300 };
        let after_ms = luck.between_ms(5, slowest_ms);
        let mut response = Response { answers: Vec::new(), after_ms, receipts: Vec::new() };
        let answers_for_each = luck.strikes(50);
        let drops_some = call.to.len() > 1 && luck.strikes(luck.drops_some);
        let mut answer = self.mood(luck);
        for (key, phone) in &call.to {
            if answers_for_each {
                answer = self.mood(luck);
            }
            let (answer, takes) = if drops_some { dropped_or_not(luck) } else { answer.clone() };
            if takes {
                response.receipts.extend(self.take(luck, (key, phone), call.reference, after_ms));
            }
            response.answers.push((key.clone(), answer));
        }
        response
    }

    /// What it will answer, and whether it takes the message.
    fn mood(&self, luck: &mut Luck) -> (CarrierAnswer, bool) {
        let (code, what) = ("105".to_owned(), "no answer".to_owned());
        if luck.strikes(luck.refuses) {
            return (CarrierAnswer::Refused { code, words: String::new() }, false);
        }
        if luck.strikes(luck.busy) {
            return (CarrierAnswer::Busy { code }, false);
        }
        if luck.strikes(luck.breaks_off) {
            return (CarrierAnswer::Unknown { what }, false);
        }
        if luck.strikes(luck.takes_silently) {
            return (CarrierAnswer::Unknown { what }, true);
        }
        (CarrierAnswer::Accepted { carrier_message: format!("c{}", self.calls) }, true)
    }

    fn take(
        &mut self,
        luck: &mut Luck,
        (key, phone): (&MessageKey, &PhoneNumber),
        reference: Reference,
        answered_ms: i64,
    ) -> Vec<(i64, Receipt)> {
        let receipt = Receipt {
            account: None,
            reference: Some(reference),
            carrier_message: format!("c{}", self.calls),
            phone: phone.clone(),
            status: "STATUS".to_owned(),
            delivery: Delivery::Delivered,
            billed_units: Some(1),
        };
        let receipts = receipts(luck, &receipt, answered_ms);
        self.taken.entry(key.clone()).or_insert(Taken { times: 0, receipt }).times += 1;
        receipts
    }

    pub(super) fn taken(&self) -> &BTreeMap<MessageKey, Taken> {
        &self.taken
    }

    /// What it would tell, if it were asked for everything it knows.
    pub(super) fn all_receipts(&self) -> Vec<Receipt> {
        self.taken.values().map(|taken| taken.receipt.clone()).collect()
    }
}

/// Of some calls it says that it took a part, and not which.
fn dropped_or_not(luck: &mut Luck) -> (CarrierAnswer, bool) {
    (CarrierAnswer::Unknown { what: "some were dropped".to_owned() }, luck.strikes(70))
}

/// Receipts of one message, each with the time from now until it comes.
fn receipts(luck: &mut Luck, of: &Receipt, answered_ms: i64) -> Vec<(i64, Receipt)> {
    let mut planned = Vec::new();
    let delivery = luck.one_of(&[Delivery::Delivered, Delivery::Undelivered, Delivery::Unknown]);
    let mut receipt = Receipt { delivery, ..of.clone() };
    if luck.strikes(luck.receipt_without_reference) {
        receipt.reference = None;
    }
    let at = if luck.strikes(luck.receipt_early) {
        luck.between_ms(0, answered_ms)
    } else if luck.strikes(luck.receipt_late) {
        luck.between_ms(HOUR, RECEIPT_LATE_MAX_MS)
    } else {
        answered_ms + luck.between_ms(50, 10_000)
    };
    if !luck.strikes(luck.receipt_never) {
        planned.push((at, receipt.clone()));
    }
    if luck.strikes(luck.receipt_twice) {
        // Again, and perhaps something else.
        let delivery = luck.one_of(&[Delivery::Delivered, Delivery::Undelivered, delivery]);
        planned.push((at + luck.between_ms(0, HOUR), Receipt { delivery, ..receipt }));
    }
    if luck.strikes(luck.receipt_of_nobody) {
        let stranger = PhoneNumber::new("13900009999").expect("eleven digits");
        let of_nobody = Some(Reference(Uuid::from_u128(luck.below(u64::MAX).into())));
        let forged = luck.one_of(&[true, false]);
        planned.push(if forged {
            (at, Receipt { phone: stranger, ..of.clone() })
        } else {
            (at, Receipt { reference: of_nobody, ..of.clone() })
        });
    }
    planned
}
