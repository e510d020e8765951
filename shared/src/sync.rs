//! Box ⇄ cloud: one ordered stream of facts a box, one batch in flight, acknowledged when it is committed; and the
//! same the other way, for what the cloud has to tell.
//!
//! The broker is a pipe: nothing here relies on its acknowledgements, sessions, queues or retained messages.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id::{OrderId, SmsId, StreamId};
use crate::sms::SmsResult;

/// At most this many facts in a batch …
pub const BATCH_FACTS_MAX: usize = 64;
/// … and about this many bytes, so that every broker takes it.
pub const BATCH_BYTES_MAX: usize = 64 * 1024;
/// Packet limit on every client and broker of ours; a client's own default of 10 KiB would loop for ever.
pub const PACKET_BYTES_MAX: usize = 256 * 1024;

/// Box → cloud on `up/ev`: facts `from` to `to`, each exactly as it was stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Version of this envelope.
    pub v: u16,
    /// The incarnation of the box's database.
    pub stream: StreamId,
    /// Sequence number of the first fact.
    pub from: u64,
    /// Sequence number of the last fact.
    pub to: u64,
    /// [`crate::fact::Recorded`] as stored text: a fact that the receiver cannot read blocks nothing.
    pub facts: Vec<Box<RawValue>>,
}

/// The answer to batches, after the commit: cloud → box on `dn/ack` for facts, box → cloud on `up/ack` for news.
/// Cumulative: everything up to `have` is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The stream it speaks of.
    pub stream: StreamId,
    /// The last sequence number the answerer has.
    pub have: u64,
    /// Set when a batch of facts did not begin at `have + 1`: send from there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gap: bool,
    /// What was set aside because the answerer cannot read it. It counts as kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<u64>,
}

/// Box → cloud on `up/hello`, at every connection. The cloud answers with an [`Ack`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of this envelope.
    pub v: u16,
    /// The incarnation of the box's database.
    pub stream: StreamId,
    /// The next sequence number the box will give.
    pub next: u64,
    /// The last one it knows to be kept.
    pub acked: u64,
    /// Version of the program.
    pub program: String,
    /// The box's wall clock.
    pub wall: jiff::Timestamp,
    /// The last of the cloud's news that it has. Absent in a box that takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<u64>,
}

/// Cloud → box on `dn/ev`: news number `from`, `from + 1` … of this stream. One batch is out until it is
/// acknowledged. It may begin after what the box has: what lies between was too old to be told.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewsBatch {
    /// Version of this envelope.
    pub v: u16,
    /// The incarnation of the box's database that the news are for.
    pub stream: StreamId,
    /// Number of the first.
    pub from: u64,
    /// [`News`] as text: what the receiver cannot read blocks nothing.
    pub news: Vec<Box<RawValue>>,
}

/// Something the cloud tells a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum News {
    /// What became of an SMS that the box asked for.
    Sms {
        /// The message.
        sms: SmsId,
        /// The order it is about.
        order: OrderId,
        /// What became of it.
        result: SmsResult,
    },
}
