//! What comes back from carriers: receipts (S7), and what receivers answer. By whatever way it came, brought or
//! fetched, it is kept here, in one commit, and its carrier is answered or asked for more after that.
//!
//! Deliberately absent: what any of it means. The core decides that with the same commit.

use cloud_core::carrier::{Ask, Reply};
use cloud_core::command::Command;
use cloud_core::id::CarrierAccountId;
use cloud_core::sms::Receipt;

use crate::gateway::BadReceipt;
use crate::journal::{Fault, Journal};

/// What came at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// What became of texts.
    Receipts(Vec<Receipt>),
    /// What receivers answered to them.
    Replies(Vec<Reply>),
}

/// Keeps what came by an account, all of it or nothing. Errors: it could not be kept, and is to be brought again.
pub async fn keep(journal: &Journal, account: &CarrierAccountId, arrived: Arrived) -> Result<(), Fault> {
    let (command, receipts) = match arrived {
        Arrived::Receipts(receipts) => {
            let count = receipts.len();
            let through =
                receipts.into_iter().map(|receipt| Receipt { account: Some(account.clone()), ..receipt });
            (Command::KeepReceipts { receipts: through.collect() }, count)
        }
        Arrived::Replies(replies) => {
            (Command::Carrier(Ask::Replies { account: account.clone(), replies }), 0)
        }
    };
    journal.ask(command, |_, _| ()).await?;
    metrics::counter!("chuancai_receipts", "carrier" => account.to_string()).increment(receipts as u64);
    Ok(())
}

/// Counts what can be matched to nothing. It is set aside: whoever is asked for it again says the same.
pub fn set_aside(account: &CarrierAccountId, bad: BadReceipt) {
    metrics::counter!("chuancai_receipts_unreadable").increment(1);
    tracing::warn!(carrier = %account, error = %bad, "what a carrier says cannot be read and is set aside");
}
