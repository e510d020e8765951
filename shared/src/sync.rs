//! Box ⇄ cloud: one ordered stream of facts a box, one batch in flight, acknowledged when it is committed.
//!
//! The broker is a pipe: nothing here relies on its acknowledgements, sessions, queues or retained messages.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id::StreamId;

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

/// Cloud → box on `dn/ack`, after the commit. Cumulative: everything up to `have` is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The stream it speaks of.
    pub stream: StreamId,
    /// The last sequence number the cloud has.
    pub have: u64,
    /// Set when the batch did not begin at `have + 1`: send from there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gap: bool,
    /// Facts that were set aside because the cloud cannot read them. They count as kept.
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
}
