//! SMPP 3.4 to an SMSC, over one lasting connection per account, by which receipts come, too.
//!
//! An answer that does not come leaves the outcome unknown, as everywhere: the protocol has no key by which a repeat
//! would be known. A receipt is acknowledged when it is kept; an SMSC brings what is not acknowledged again.
//! Deliberately absent: GSM-7 (texts are billed by S12's count, which is that of UCS-2), a bind for each direction.

mod link;
mod receipt;
mod text;

use std::time::Duration;

use cloud_core::carrier::{ReceiptIds, Smpp};
use cloud_core::id::CarrierAccountId;
use cloud_core::sms::CarrierAnswer;
use futures_util::future::join_all;
use rusmpp::CommandStatus;
use rusmpp::pdus::{BindTransceiver, SubmitSm};
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, InterfaceVersion, Npi, RegisteredDelivery, Ton};
use rusmppc::error::Error;
use shared::guest::PhoneNumber;
use tokio::sync::Semaphore;

use super::{Answers, Call, Words};
use crate::journal::Journal;
use link::Link;

/// Ask for a receipt of the last word, whatever it is.
const FINAL_RECEIPT: u8 = 0b0000_0001;
/// How often the rest of a text is tried whose first part is out already: half a text is no use to anybody.
const REST_TRIES: u32 = 5;
const REST_PAUSE: Duration = Duration::from_millis(500);

/// What an SMSC cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the SMSC takes a {what} of at most {max} ASCII characters")]
pub struct BadLogin {
    what: &'static str,
    max: usize,
}

/// An account with an SMSC, opened, in the protocol's own types.
#[derive(Clone)]
pub struct Login {
    account: CarrierAccountId,
    address: String,
    bind: BindTransceiver,
    source: COctetString<1, 21>,
    country: String,
    window: usize,
    receipt_ids: ReceiptIds,
    timeout: Duration,
}

impl Login {
    /// Errors: something is longer than the protocol takes.
    pub fn new(
        account: &CarrierAccountId,
        smpp: &Smpp,
        (password, timeout): (&str, Duration),
    ) -> Result<Self, BadLogin> {
        let system_type = smpp.system_type.as_ref().map_or("", |text| text.as_str());
        let bind = BindTransceiver::builder()
            .system_id(text("system id", smpp.system_id.as_str())?)
            .password(text("password", password)?)
            .system_type(text("system type", system_type)?)
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        Ok(Self {
            account: account.clone(),
            address: smpp.address.to_string(),
            bind,
            source: text("source", smpp.source.as_str())?,
            country: smpp.country.to_string(),
            window: usize::from(smpp.window.get()),
            receipt_ids: smpp.receipt_ids,
            timeout,
        })
    }

    /// The number as the SMSC writes it.
    fn destination(&self, phone: &PhoneNumber) -> Result<COctetString<1, 21>, BadLogin> {
        text("number", &format!("{}{}", self.country, phone.digits()))
    }

    /// The type of the sender: a name, or a number.
    fn source_type(&self) -> (Ton, Npi) {
        let digits = self.source.as_str().bytes().all(|b| b.is_ascii_digit());
        if digits { (Ton::Unknown, Npi::Isdn) } else { (Ton::Alphanumeric, Npi::Unknown) }
    }

    /// An id as it is kept: in the writing of the receipts, and with the account, for two SMSCs may give out the
    /// same.
    fn kept_id(&self, answered: &str) -> String {
        let same = || answered.to_owned();
        let written = match self.receipt_ids {
            ReceiptIds::Same => same(),
            ReceiptIds::Decimal => {
                u128::from_str_radix(answered, 16).map_or_else(|_| same(), |id| id.to_string())
            }
            ReceiptIds::Hexadecimal => {
                answered.parse::<u128>().map_or_else(|_| same(), |id| format!("{id:x}"))
            }
        };
        self.receipted_id(&written)
    }

    /// The id that a receipt names, as it is kept.
    fn receipted_id(&self, written: &str) -> String {
        let id = match self.receipt_ids {
            ReceiptIds::Same => written.to_owned(),
            ReceiptIds::Decimal | ReceiptIds::Hexadecimal => {
                written.trim_start_matches('0').to_ascii_lowercase()
            }
        };
        format!("{}/{id}", self.account)
    }
}

fn text<const MIN: usize, const MAX: usize>(
    what: &'static str,
    value: &str,
) -> Result<COctetString<MIN, MAX>, BadLogin> {
    value.parse().map_err(|_| BadLogin { what, max: MAX - 1 })
}

/// A client of one account. Dropping it closes the connection.
pub struct SmppClient {
    login: Login,
    link: Link,
    window: Semaphore,
}

impl SmppClient {
    /// Connects, and connects again whenever the connection is lost.
    pub fn start(login: Login, journal: Journal) -> Self {
        let window = Semaphore::new(login.window);
        Self { link: Link::start(login.clone(), journal), window, login }
    }

    /// Returns when there is a connection.
    pub async fn connected(&self) {
        self.link.connected().await;
    }

    /// Submits a call, once: each number is a submit of its own, as many at a time as the window lets.
    pub async fn submit(&self, call: &Call) -> Answers {
        let Words::Text(text) = &call.words else { return super::only_one_by_one(call) };
        let parts = text::parts(text, call.reference);
        let each = call.phones.iter().map(|phone| self.submit_to(phone, &parts));
        join_all(each).await.into_iter().enumerate().collect()
    }

    async fn submit_to(&self, phone: &PhoneNumber, parts: &[text::Part]) -> CarrierAnswer {
        let Ok(destination) = self.login.destination(phone) else {
            let words = "the number is longer than the SMSC takes".to_owned();
            return CarrierAnswer::Refused { code: "number".to_owned(), words };
        };
        let mut answer = CarrierAnswer::Unknown { what: "a text without parts".to_owned() };
        for (place, part) in parts.iter().enumerate() {
            let last = place + 1 == parts.len();
            let pdu = self.submit_sm(&destination, part, last);
            answer = self.submit_part(&pdu).await;
            let mut tries = 0;
            while place > 0 && tries < REST_TRIES && matches!(answer, CarrierAnswer::Busy { .. }) {
                tries += 1;
                tokio::time::sleep(REST_PAUSE * tries).await;
                answer = self.submit_part(&pdu).await;
            }
            match &answer {
                CarrierAnswer::Accepted { .. } => {}
                CarrierAnswer::Busy { .. } | CarrierAnswer::Refused { .. } if place > 0 => {
                    let what = format!("part {} of {} was not taken", place + 1, parts.len());
                    return CarrierAnswer::Unknown { what };
                }
                CarrierAnswer::Busy { .. }
                | CarrierAnswer::Refused { .. }
                | CarrierAnswer::Unknown { .. } => return answer,
            }
        }
        answer
    }

    fn submit_sm(&self, destination: &COctetString<1, 21>, part: &text::Part, last: bool) -> SubmitSm {
        let (ton, npi) = self.login.source_type();
        let esm_class = EsmClass::default();
        let message = OctetString::from_slice(&part.bytes).expect("a part has at most 140 octets");
        SubmitSm::builder()
            .source_addr_ton(ton)
            .source_addr_npi(npi)
            .source_addr(self.login.source.clone())
            .dest_addr_ton(Ton::International)
            .dest_addr_npi(Npi::Isdn)
            .destination_addr(destination.clone())
            .esm_class(if part.headed { esm_class.with_udhi_indicator() } else { esm_class })
            // One receipt for a text: that of its last part.
            .registered_delivery(RegisteredDelivery::from(if last { FINAL_RECEIPT } else { 0 }))
            .data_coding(DataCoding::Ucs2)
            .short_message(message)
            .build()
    }

    async fn submit_part(&self, pdu: &SubmitSm) -> CarrierAnswer {
        let _room = self.window.acquire().await.expect("the window is never closed");
        let Some(client) = self.link.client() else {
            return CarrierAnswer::Busy { code: "unreachable".to_owned() };
        };
        match client.submit_sm(pdu.clone()).await {
            Ok(response) if response.message_id().is_empty() => {
                CarrierAnswer::Unknown { what: "accepted without a message id".to_owned() }
            }
            Ok(response) => CarrierAnswer::Accepted {
                carrier_message: self.login.kept_id(response.message_id().as_str()),
            },
            Err(error) => of_error(&error),
        }
    }
}

/// What it means that a submit was not answered by an acceptance. The library's own text may quote the message.
fn of_error(error: &Error) -> CarrierAnswer {
    let what = match error {
        Error::UnexpectedResponse { response } if response.status() != CommandStatus::EsmeRok => {
            return of_status(response.status());
        }
        Error::UnexpectedResponse { .. } => "an answer that is none",
        Error::ResponseTimeout { .. } => "no answer in time",
        _ => "the connection broke",
    };
    CarrierAnswer::Unknown { what: what.to_owned() }
}

/// A status that is not "OK": the SMSC surely did not take it.
fn of_status(status: CommandStatus) -> CarrierAnswer {
    let code = format!("0x{:08X}", u32::from(status));
    match status {
        CommandStatus::EsmeRthrottled | CommandStatus::EsmeRmsgqful | CommandStatus::EsmeRsyserr => {
            CarrierAnswer::Busy { code }
        }
        CommandStatus::EsmeRinvdstadr => {
            CarrierAnswer::Refused { code, words: "the number is wrong".to_owned() }
        }
        other => CarrierAnswer::Refused { code, words: format!("{other:?}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(receipt_ids: ReceiptIds) -> Login {
        let smpp = Smpp {
            address: "smpp://127.0.0.1:2775".parse().expect("an address"),
            system_id: "sandbox".parse().expect("a name"),
            system_type: None,
            source: "10690000".parse().expect("a number"),
            country: "86".parse().expect("digits"),
            window: std::num::NonZeroU16::MIN,
            receipt_ids,
        };
        let account = "smsc_1".parse().expect("an id");
        Login::new(&account, &smpp, ("sandbox", Duration::from_secs(1))).expect("short enough")
    }

    #[test]
    fn s7_an_answers_id_is_kept_as_receipts_write_it() {
        for (receipt_ids, answered, receipted) in [
            (ReceiptIds::Same, "0A1f", "0A1f"),
            (ReceiptIds::Decimal, "0A1F", "2591"),
            (ReceiptIds::Decimal, "0A1F", "0000002591"),
            (ReceiptIds::Hexadecimal, "2591", "A1F"),
        ] {
            let login = login(receipt_ids);
            assert_eq!(login.kept_id(answered), login.receipted_id(receipted), "{receipt_ids:?}");
        }
        assert_eq!(login(ReceiptIds::Same).kept_id("7"), "smsc_1/7");
    }

    #[test]
    fn s10_a_status_is_busy_or_refused() {
        for status in [CommandStatus::EsmeRthrottled, CommandStatus::EsmeRmsgqful] {
            assert!(matches!(of_status(status), CarrierAnswer::Busy { .. }));
        }
        let refused = of_status(CommandStatus::EsmeRinvdstadr);
        assert!(matches!(refused, CarrierAnswer::Refused { code, .. } if code == "0x0000000B"));
    }
}
