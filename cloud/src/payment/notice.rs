//! What the provider tells by itself: money that came in, money that went back. A notice is believed when the provider
//! signed it less than five minutes ago, opens with our APIv3 key, and is about our merchant.

use cloud_core::id::TradeNumber;
use cloud_core::purchase::{Payment, TransactionId};
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::sign::{Sealed, Unbelievable};
use super::wechat_pay::{Refunded, Transaction, WechatPay, refunded};

/// What happened, as the provider tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Money came in.
    Paid {
        /// For which purchase.
        number: TradeNumber,
        /// The money.
        payment: Payment,
    },
    /// A refund went on.
    Refund {
        /// Of which purchase.
        number: TradeNumber,
        /// Of which payment.
        transaction: TransactionId,
        /// Under which number of ours; a refund made by hand has one that we do not know.
        refund: String,
        /// How.
        became: Refunded,
    },
    /// Something that changes nothing here.
    Other,
}

/// Why a notice is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadNotice {
    /// It is not the provider's.
    #[error(transparent)]
    Unbelievable(#[from] Unbelievable),
    /// It cannot be read.
    #[error("the notice cannot be read, at byte {at}")]
    Unreadable {
        /// Where; its words are not repeated.
        at: usize,
    },
    /// It was not sealed with our key.
    #[error("the notice does not open with our key")]
    Sealed,
    /// It is about somebody else's order.
    #[error("the notice is about another merchant")]
    NotOurs,
}

#[derive(Deserialize)]
struct Envelope {
    event_type: String,
    resource: Sealed,
}

/// A refund as call-backs tell it: its state has another name than in answers.
#[derive(Deserialize)]
struct RefundTold {
    out_trade_no: String,
    transaction_id: String,
    out_refund_no: String,
    refund_status: String,
}

impl WechatPay {
    /// Reads a call-back. Errors: see [`BadNotice`]; the provider brings it again.
    pub async fn notice(&self, headers: &HeaderMap, body: &[u8]) -> Result<Notice, BadNotice> {
        self.believe(headers, body).await?;
        let envelope: Envelope = read(body)?;
        let opened = self.api_key.open(&envelope.resource).ok_or(BadNotice::Sealed)?;
        match envelope.event_type.split_once('.') {
            Some(("TRANSACTION", _)) => {
                let told: Transaction = read(&opened)?;
                if !self.is_ours(&told) {
                    return Err(BadNotice::NotOurs);
                }
                let payment = told.payment();
                let number = TradeNumber(told.out_trade_no);
                Ok(payment.map_or(Notice::Other, |payment| Notice::Paid { number, payment }))
            }
            Some(("REFUND", _)) => {
                let told: RefundTold = read(&opened)?;
                Ok(Notice::Refund {
                    number: TradeNumber(told.out_trade_no),
                    transaction: TransactionId(told.transaction_id),
                    refund: told.out_refund_no,
                    became: refunded(told.refund_status),
                })
            }
            Some(_) | None => Ok(Notice::Other),
        }
    }
}

fn read<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, BadNotice> {
    serde_json::from_slice(bytes).map_err(|error| BadNotice::Unreadable { at: error.column() })
}
