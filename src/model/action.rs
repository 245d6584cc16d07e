//! One thing that was done to a server, as Nova remembers it.

use serde_json::Value;

use super::ids::RequestId;
use super::json::{Fields, FromJson};
use super::moment::Moment;

/// `GET /servers/{id}/os-instance-actions/{request}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstanceAction {
    /// `createImage`, `createBackup`, `create`, `reboot`, …
    pub action: String,
    pub request_id: RequestId,
    pub start_time: Option<Moment>,
    pub updated_at: Option<Moment>,
    /// `Error` when it failed; else null.
    pub message: Option<String>,
    /// Empty in lists, and for users who may not see them (below microversion 2.51).
    pub events: Vec<ActionEvent>,
}

impl FromJson for InstanceAction {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            action: fields.get("action"),
            request_id: fields.get("request_id"),
            start_time: fields.moment("start_time"),
            updated_at: fields.moment("updated_at"),
            message: fields.get("message"),
            events: fields.list("events"),
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActionEvent {
    pub event: String,
    pub start_time: Option<Moment>,
    pub finish_time: Option<Moment>,
    /// `Success` or `Error`; null while it runs.
    pub result: Option<String>,
}

impl FromJson for ActionEvent {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            event: fields.get("event"),
            start_time: fields.moment("start_time"),
            finish_time: fields.moment("finish_time"),
            result: fields.get("result"),
        })
    }
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
