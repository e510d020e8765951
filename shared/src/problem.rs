//! A refusal as it crosses the wire: problem+json (RFC 9457) with a stable code (K10).

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// What went wrong, for a machine (`code`) and for the person (`detail`). Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Problem {
    /// `urn:chuancai:problem:{code}`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Stable, machine-readable: `already_started`.
    pub code: String,
    /// HTTP status.
    pub status: u16,
    /// A sentence for the person, in the language they asked for: what happened and what to do.
    pub detail: String,
    /// What it is about, when that helps: the ids of the lines that have started, the field that differs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub about: Vec<String>,
}

impl Problem {
    /// A problem about nothing in particular.
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:chuancai:problem:{code}"),
            code: code.to_owned(),
            status,
            detail: detail.into(),
            about: Vec::new(),
        }
    }
}
