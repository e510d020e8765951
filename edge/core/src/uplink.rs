//! The box's end of the link to the cloud, without the link: what to send when.
//!
//! One ordered stream of facts, one batch in flight, and nothing counts as kept until the cloud's own
//! acknowledgement says so. Retries run on a timer, never on the next order.

use std::time::Duration;

use shared::sync::Ack;

/// How long to wait for an acknowledgement the first time …
const PATIENCE_MIN: Duration = Duration::from_secs(5);
/// … and at most, doubling in between.
const PATIENCE_MAX: Duration = Duration::from_secs(60);

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// A hello, which the cloud answers with what it has.
    Hello,
    /// Facts from this sequence number, as many as one batch takes.
    BatchFrom(u64),
}

/// Where the stream to the cloud stands. `now` is monotonic time since any fixed instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uplink {
    acked: u64,
    last: u64,
    stage: Stage,
    patience: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No connection.
    Apart,
    /// Connected; the cloud has not said what it has.
    Greeting { since: Duration },
    /// All that may be sent is acknowledged.
    Idle,
    /// A batch is out.
    Waiting { to: u64, since: Duration },
}

impl Uplink {
    /// Goes on after what the cloud is known to have.
    pub fn new(acked: u64, last: u64) -> Self {
        Self { acked, last, stage: Stage::Apart, patience: PATIENCE_MIN }
    }

    /// The last sequence number that the cloud has.
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// How many facts the cloud does not have yet.
    pub fn unsent(&self) -> u64 {
        self.last.saturating_sub(self.acked)
    }

    /// Whether the cloud answers: it has on this connection, and nothing has waited too long for it since. The
    /// broker between us may well be there when the cloud is not.
    pub fn is_online(&self) -> bool {
        matches!(self.stage, Stage::Idle | Stage::Waiting { .. }) && self.patience == PATIENCE_MIN
    }

    /// The connection is up and subscribed.
    pub fn connected(&mut self, now: Duration) -> Sending {
        self.stage = Stage::Greeting { since: now };
        self.patience = PATIENCE_MIN;
        Sending::Hello
    }

    /// The connection is gone; whatever was in flight may or may not have arrived.
    pub fn disconnected(&mut self) {
        self.stage = Stage::Apart;
    }

    /// The journal has grown to this sequence number.
    pub fn grown(&mut self, last: u64) -> Option<Sending> {
        self.last = self.last.max(last);
        if self.stage == Stage::Idle { self.next() } else { None }
    }

    /// A batch that ends here has been handed to the connection.
    pub fn sent(&mut self, now: Duration, to: u64) {
        self.stage = Stage::Waiting { to, since: now };
    }

    /// The cloud says what it has. It decides: after a restore of the cloud that may be less than before. Only
    /// while a batch is out is less taken for a late answer: the batch's own will tell. A late answer taken for
    /// a new one costs a batch that the cloud knows already.
    pub fn heard(&mut self, ack: &Ack) -> Option<Sending> {
        let batch_is_out = matches!(self.stage, Stage::Waiting { .. });
        if self.stage == Stage::Apart || (batch_is_out && !ack.gap && ack.have < self.acked) {
            return None;
        }
        self.acked = ack.have.min(self.last);
        self.patience = PATIENCE_MIN;
        let complete = match self.stage {
            Stage::Waiting { to, .. } => ack.gap || ack.have >= to,
            Stage::Apart | Stage::Greeting { .. } | Stage::Idle => true,
        };
        if !complete {
            return None;
        }
        self.stage = Stage::Idle;
        self.next()
    }

    /// Time has passed: what waited too long is sent again.
    pub fn tick(&mut self, now: Duration) -> Option<Sending> {
        let (since, again) = match self.stage {
            Stage::Greeting { since } => (since, Sending::Hello),
            Stage::Waiting { since, .. } => (since, Sending::BatchFrom(self.acked + 1)),
            Stage::Idle => return self.next(),
            Stage::Apart => return None,
        };
        if now.saturating_sub(since) < self.patience {
            return None;
        }
        self.patience = (self.patience * 2).min(PATIENCE_MAX);
        if let Stage::Greeting { since } = &mut self.stage {
            *since = now;
        }
        Some(again)
    }

    fn next(&self) -> Option<Sending> {
        (self.acked < self.last).then_some(Sending::BatchFrom(self.acked + 1))
    }
}
