//! Mistral's records: workflows, cron triggers, executions and their tasks.
//!
//! Inputs and parameters come as JSON or as the text of JSON, depending on the release; both are read. All times are UTC.

use serde_json::Value;

use super::ids::{ExecutionId, TriggerId};
use super::json::{self, Fields, FromJson};
use super::moment::Moment;
use crate::remote_status;

remote_status! {
    /// `state` of an execution or a task. ERROR may mean that a part was done: the outputs tell.
    RunState {
        Idle = "IDLE", Running = "RUNNING", Paused = "PAUSED", Success = "SUCCESS", Error = "ERROR",
        Cancelled = "CANCELLED", Skipped = "SKIPPED", Waiting = "WAITING", Delayed = "DELAYED",
    }
}

impl RunState {
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Success | Self::Error | Self::Cancelled | Self::Skipped)
    }
}

/// A workflow as it is installed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workflow {
    pub name: String,
    pub tags: Vec<String>,
    /// `private` or `public`.
    pub scope: String,
    /// The YAML that it was made of, all of the text.
    pub definition: String,
    pub updated_at: Option<Moment>,
}

impl FromJson for Workflow {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            name: fields.need("name")?,
            tags: fields.list("tags"),
            scope: fields.get("scope"),
            definition: fields.get("definition"),
            updated_at: fields.moment("updated_at").or_else(|| fields.moment("created_at")),
        })
    }
}

/// What runs a workflow at its times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CronTrigger {
    pub id: TriggerId,
    pub name: String,
    pub workflow_name: String,
    pub workflow_input: Value,
    /// Empty: runs once, at `first_execution_time`.
    pub pattern: String,
    /// `None`: for ever.
    pub remaining_executions: Option<u64>,
    pub next_execution_time: Option<Moment>,
    pub created_at: Option<Moment>,
}

impl FromJson for CronTrigger {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            name: fields.get("name"),
            workflow_name: fields.get("workflow_name"),
            workflow_input: nested(fields.value("workflow_input")),
            pattern: fields.get("pattern"),
            remaining_executions: fields.get("remaining_executions"),
            next_execution_time: fields.moment("next_execution_time"),
            created_at: fields.moment("created_at"),
        })
    }
}

/// One run of a workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Execution {
    pub id: ExecutionId,
    pub workflow_name: String,
    pub state: RunState,
    /// Why it is in this state. **Not to be shown as it is**: it may hold a token (`openstack::workflow`).
    pub state_info: String,
    pub input: Value,
    /// Null in lists.
    pub output: Value,
    pub description: String,
    pub created_at: Option<Moment>,
    pub updated_at: Option<Moment>,
}

impl FromJson for Execution {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            id: fields.need("id")?,
            workflow_name: fields.get("workflow_name"),
            state: fields.get("state"),
            state_info: fields.get("state_info"),
            input: nested(fields.value("input")),
            output: nested(fields.value("output")),
            description: fields.get("description"),
            created_at: fields.moment("created_at"),
            updated_at: fields.moment("updated_at"),
        })
    }
}

impl Execution {
    /// The trigger that started it; `None` when somebody did. Mistral writes it into the description, as JSON
    /// (mistral/services/periodic.py).
    pub fn trigger(&self) -> Option<TriggerId> {
        let description = json::parse(&self.description)?;
        let by = description.get("triggered_by")?;
        let is_cron = by.get("type").and_then(Value::as_str) == Some("cron_trigger");
        by.get("id").filter(|_| is_cron).and_then(Value::as_str).map(TriggerId::from)
    }
}

/// One step of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    pub name: String,
    pub state: RunState,
    /// As `Execution::state_info`: not to be shown as it is.
    pub state_info: String,
    pub created_at: Option<Moment>,
    pub updated_at: Option<Moment>,
}

impl FromJson for Task {
    fn from_json(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        Some(Self {
            name: fields.get("name"),
            state: fields.get("state"),
            state_info: fields.get("state_info"),
            created_at: fields.moment("created_at"),
            updated_at: fields.moment("updated_at"),
        })
    }
}

/// JSON, or the text of it.
fn nested(value: &Value) -> Value {
    match value {
        Value::String(text) => json::parse(text).unwrap_or(Value::Null),
        other => other.clone(),
    }
}
