//! How the box is: one small state a part, for the status page, the heartbeat and the probes.

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::messages::MessagesState;

/// How one part of the box is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PartState {
    /// A word: `running`, `online`, `offline`, `no_device`, `down` …
    pub state: String,
    /// Whether it does its work.
    pub ok: bool,
    /// What a person should know, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl PartState {
    /// Not there yet.
    pub fn starting() -> Self {
        Self { state: "starting".to_owned(), ok: false, detail: None }
    }

    /// Does its work.
    pub fn ok(state: &str) -> Self {
        Self { state: state.to_owned(), ok: true, detail: None }
    }

    /// Does not do its work, and why.
    pub fn failed(state: &str, detail: impl Into<String>) -> Self {
        Self { state: state.to_owned(), ok: false, detail: Some(detail.into()) }
    }
}

/// How the link to the cloud is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CloudState {
    /// `online`, `offline` or `disabled`.
    pub state: &'static str,
    /// Facts that the cloud does not have yet.
    pub unsent: u64,
    /// When it last acknowledged something.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_ack_at: Option<Timestamp>,
    /// News of it that could not be read and were set aside, in this run.
    pub news_set_aside: u64,
}

impl CloudState {
    /// Whether the cloud answers.
    pub fn is_online(&self) -> bool {
        self.state == "online"
    }
}

/// What the parts report.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The shop's broker.
    pub broker: watch::Receiver<PartState>,
    /// Whether the broker carries anything to the screens.
    pub screens_served: watch::Receiver<bool>,
    /// The announcements.
    pub voice: watch::Receiver<PartState>,
    /// The ticket printers.
    pub printers: watch::Receiver<PartState>,
    /// The link to the cloud.
    pub cloud: watch::Receiver<CloudState>,
    /// The clock that everything goes by.
    pub clock: Clock,
}

/// How the box's clock is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClockState {
    /// Whether it is believed; while it is not, numbers keep their day (K2) and the box goes by the time that
    /// has passed since it knew better.
    pub trusted: bool,
    /// What it shows, right or wrong: what a person compares with their own.
    #[schema(value_type = String, format = DateTime)]
    pub shows: Timestamp,
    /// IANA name of the shop's zone.
    pub time_zone: String,
}

/// `GET /api/v1/status`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Status {
    /// Version of the program.
    pub program: &'static str,
    /// When this run began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// The time that the box goes by.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// Revision of the board.
    pub revision: u64,
    /// How many orders are open.
    pub orders_open: usize,
    /// The shop's broker.
    pub broker: PartState,
    /// The announcements.
    pub voice: PartState,
    /// What waits to be told.
    pub messages: MessagesState,
    /// The ticket printers.
    pub printers: PartState,
    /// The link to the cloud.
    pub cloud: CloudState,
    /// The clock.
    pub clock: ClockState,
    /// Messages that could not be read and were set aside.
    pub set_aside: u64,
}
