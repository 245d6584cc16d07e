//! One thing that was done to a server, as Nova remembers it.

use serde::Deserialize;

use super::ids::RequestId;
use super::moment::{self, Moment};
use super::or_default;

/// `GET /servers/{id}/os-instance-actions/{request}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct InstanceAction {
    /// `createImage`, `createBackup`, `create`, `reboot`, …
    pub action: String,
    pub request_id: RequestId,
    #[serde(deserialize_with = "moment::tolerant")]
    pub start_time: Option<Moment>,
    #[serde(deserialize_with = "moment::tolerant")]
    pub updated_at: Option<Moment>,
    /// `Error` when it failed; else null.
    #[serde(deserialize_with = "or_default")]
    pub message: Option<String>,
    /// Empty in lists, and for users who may not see them (below microversion 2.51).
    #[serde(deserialize_with = "or_default")]
    pub events: Vec<ActionEvent>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ActionEvent {
    pub event: String,
    #[serde(deserialize_with = "moment::tolerant")]
    pub start_time: Option<Moment>,
    #[serde(deserialize_with = "moment::tolerant")]
    pub finish_time: Option<Moment>,
    /// `Success` or `Error`; null while it runs.
    #[serde(deserialize_with = "or_default")]
    pub result: Option<String>,
}

impl InstanceAction {
    /// Certain. The reverse is not: from Nova 2026.1 on a snapshot's event says success at once.
    pub fn has_failed(&self) -> bool {
        self.message.as_deref() == Some("Error") || self.events.iter().any(|e| e.result.as_deref() == Some("Error"))
    }

    /// Every event has ended; `false` when none is visible.
    pub fn has_finished(&self) -> bool {
        !self.events.is_empty() && self.events.iter().all(|e| e.finish_time.is_some())
    }
}
