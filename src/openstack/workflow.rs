//! Mistral: workflows, the cron triggers that run them, and the executions that come of it.
//!
//! - Its lists follow Mistral's `limit` and `marker`; older releases ignore both and send everything.
//! - A 404 of [`Action`] means that the OpenStack actions are not installed (they are a package of their own): the cloud can
//!   run no backups, whatever else its Mistral can do.
//! - There is no update of a trigger: a new one is made, then the old one is removed.
//! - Making a trigger makes a Keystone trust, which a session by application credential may not: `Server`, whose sentence is
//!   `error.schedule_needs_login`.
//! - Text of a failed expression may hold the whole context of the run, the token among it (2025.1). `state_info` is never
//!   shown as it is: `backup::executions` says it in words.

use serde_json::{Value, json};

use super::call::{Body, Call, Method, Page, PagedCall, Request, Response, Secret, Service, marker_of, segment};
use super::error::ApiError;
use crate::model::json::{Fields, FromJson};
use crate::model::{CronTrigger, Execution, ExecutionId, Task, TriggerId, Workflow};

/// Taking a backup: the action that must be there.
pub const BACKUP_ACTION: &str = "nova.servers_backup";

/// Whether Mistral knows an action. `NotFound` when not.
#[derive(Clone, Debug, PartialEq)]
pub struct Action(pub String);

impl Call for Action {
    /// Its parameters, as text: `server, backup_name, backup_type, rotation, action_region=""`.
    type Reply = String;

    fn request(&self) -> Request {
        get(format!("/actions/{}", segment(&self.0)))
    }

    fn parse(&self, response: Response) -> Result<String, ApiError> {
        struct Read(String);
        impl FromJson for Read {
            fn from_json(value: &Value) -> Option<Self> {
                Some(Self(Fields::of(value)?.get("input")))
            }
        }
        response.read::<Read>(SERVICE, "action").map(|read| read.0)
    }
}

/// The project's workflows and those that the operator shares. `name`: only this one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListWorkflows {
    pub name: Option<String>,
    pub marker: Option<String>,
}

impl Call for ListWorkflows {
    type Reply = Page<Workflow>;

    fn request(&self) -> Request {
        let request = get("/workflows").query("limit", LIMIT).marker(&self.marker);
        match &self.name {
            Some(name) => request.query("name", name),
            None => request,
        }
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        page(&response, "workflows")
    }
}

impl PagedCall for ListWorkflows {
    type Item = Workflow;
    fn after(&self, marker: String) -> Self {
        Self { marker: Some(marker), ..self.clone() }
    }
}

/// By name. `NotFound` when it is not installed.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowWorkflow(pub String);

impl Call for ShowWorkflow {
    type Reply = Workflow;

    fn request(&self) -> Request {
        get(format!("/workflows/{}", segment(&self.0)))
    }

    fn parse(&self, response: Response) -> Result<Workflow, ApiError> {
        response.read(SERVICE, "workflow")
    }
}

/// Installs the workflows of a YAML text, for this project alone. `Conflict` when one of that name is there.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateWorkflow {
    pub yaml: String,
}

impl Call for CreateWorkflow {
    type Reply = Vec<Workflow>;

    fn request(&self) -> Request {
        yaml(Method::Post, "/workflows", &self.yaml).query("scope", "private")
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        response.read_list(SERVICE, "workflows").map(|(made, _)| made)
    }
}

/// Replaces workflows by those of the same name. Triggers and executions keep pointing at them. `NotFound` when there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateWorkflow {
    pub yaml: String,
}

impl Call for UpdateWorkflow {
    type Reply = Vec<Workflow>;

    fn request(&self) -> Request {
        yaml(Method::Put, "/workflows", &self.yaml).query("scope", "private")
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        response.read_list(SERVICE, "workflows").map(|(made, _)| made)
    }
}

/// By name. `BadRequest` while triggers point at it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteWorkflow(pub String);

impl Call for DeleteWorkflow {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(SERVICE, Method::Delete, format!("/workflows/{}", segment(&self.0)))
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Asks Mistral whether it would take a YAML text.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidateWorkflow {
    pub yaml: String,
}

impl Call for ValidateWorkflow {
    /// What is wrong with it; `None` when nothing is.
    type Reply = Option<String>;

    fn request(&self) -> Request {
        yaml(Method::Post, "/workflows/validate", &self.yaml)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        let body = response.value(SERVICE, "valid")?;
        match body["valid"].as_bool() {
            Some(true) => Ok(None),
            Some(false) => Ok(Some(body["error"].as_str().unwrap_or_default().to_owned())),
            None => Err(ApiError::Decode { service: SERVICE, expected: "valid" }),
        }
    }
}

/// All triggers of the project, those of other tools too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListTriggers {
    pub marker: Option<String>,
}

impl Call for ListTriggers {
    type Reply = Page<CronTrigger>;

    fn request(&self) -> Request {
        get("/cron_triggers").query("limit", LIMIT).marker(&self.marker)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        page(&response, "cron_triggers")
    }
}

impl PagedCall for ListTriggers {
    type Item = CronTrigger;
    fn after(&self, marker: String) -> Self {
        Self { marker: Some(marker) }
    }
}

/// By id or by name, which is unique in a project.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowTrigger(pub String);

impl Call for ShowTrigger {
    type Reply = CronTrigger;

    fn request(&self) -> Request {
        get(trigger(&self.0))
    }

    fn parse(&self, response: Response) -> Result<CronTrigger, ApiError> {
        response.read(SERVICE, "cron trigger")
    }
}

/// Errors: `Conflict` (the name, or the same workflow, input and pattern, are taken), `BadRequest` (the pattern; inputs that
/// are not exactly the workflow's), `Server` with `error.schedule_needs_login`. The name is the nonce: a lost answer is
/// looked for by it.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTrigger {
    pub name: String,
    pub workflow: String,
    /// Five fields, UTC.
    pub pattern: String,
    /// Exactly the inputs of the workflow that have no default, and any of the others.
    pub input: Value,
}

impl Call for CreateTrigger {
    type Reply = CronTrigger;

    fn request(&self) -> Request {
        Request::new(SERVICE, Method::Post, "/cron_triggers").json(&json!({
            "name": self.name, "workflow_name": self.workflow, "pattern": self.pattern, "workflow_input": self.input,
            "scope": "private",
        }))
    }

    fn parse(&self, response: Response) -> Result<CronTrigger, ApiError> {
        response.read(SERVICE, "cron trigger")
    }
}

/// Its trust goes too. By id: the name may meanwhile be another's.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteTrigger(pub TriggerId);

impl Call for DeleteTrigger {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(SERVICE, Method::Delete, trigger(self.0.as_str()))
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Runs of one workflow, newest first. Inputs, outputs and `state_info` are left out of the list: they may be long.
#[derive(Clone, Debug, PartialEq)]
pub struct ListExecutions {
    pub workflow: String,
    pub limit: u32,
    pub marker: Option<String>,
}

impl ListExecutions {
    pub fn of(workflow: &str) -> Self {
        Self { workflow: workflow.to_owned(), limit: 100, marker: None }
    }
}

impl Call for ListExecutions {
    type Reply = Page<Execution>;

    fn request(&self) -> Request {
        get("/executions")
            .query("workflow_name", &self.workflow)
            .query("sort_keys", "created_at")
            .query("sort_dirs", "desc")
            .query("limit", self.limit.to_string())
            .marker(&self.marker)
    }

    fn parse(&self, response: Response) -> Result<Self::Reply, ApiError> {
        page(&response, "executions")
    }
}

impl PagedCall for ListExecutions {
    type Item = Execution;
    fn after(&self, marker: String) -> Self {
        Self { marker: Some(marker), ..self.clone() }
    }
}

/// With its output.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowExecution(pub ExecutionId);

impl Call for ShowExecution {
    type Reply = Execution;

    fn request(&self) -> Request {
        get(execution(&self.0, ""))
    }

    fn parse(&self, response: Response) -> Result<Execution, ApiError> {
        response.read(SERVICE, "execution")
    }
}

/// Runs a workflow now, with the caller's own token: works with an application credential too. `id`: chosen by the caller (a
/// UUID), so that a lost answer can be looked for; the same id a second time gives the first run again.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateExecution {
    pub id: ExecutionId,
    pub workflow: String,
    pub input: Value,
    pub description: String,
}

impl Call for CreateExecution {
    type Reply = Execution;

    fn request(&self) -> Request {
        Request::new(SERVICE, Method::Post, "/executions").json(&json!({
            "id": self.id.as_str(), "workflow_name": self.workflow, "input": self.input, "description": self.description,
        }))
    }

    fn parse(&self, response: Response) -> Result<Execution, ApiError> {
        response.read(SERVICE, "execution")
    }
}

/// `Forbidden` while it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteExecution(pub ExecutionId);

impl Call for DeleteExecution {
    type Reply = ();

    fn request(&self) -> Request {
        Request::new(SERVICE, Method::Delete, execution(&self.0, ""))
    }

    fn parse(&self, _: Response) -> Result<(), ApiError> {
        Ok(())
    }
}

/// The steps of a run: which one failed, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct ListTasks(pub ExecutionId);

impl Call for ListTasks {
    type Reply = Vec<Task>;

    fn request(&self) -> Request {
        get(execution(&self.0, "/tasks"))
    }

    fn parse(&self, response: Response) -> Result<Vec<Task>, ApiError> {
        response.read_list(SERVICE, "tasks").map(|(tasks, _)| tasks)
    }
}

const SERVICE: Service = Service::Workflow;
const LIMIT: &str = "500";

fn get(path: impl Into<String>) -> Request {
    Request::get(SERVICE, path)
}

fn trigger(key: &str) -> String {
    format!("/cron_triggers/{}", segment(key))
}

fn execution(id: &ExecutionId, rest: &str) -> String {
    format!("/executions/{}{rest}", segment(id.as_str()))
}

/// Mistral answers 406 to `POST /workflows` that accepts only JSON, though JSON is what it sends, and to `…/validate` that
/// accepts only plain text.
fn yaml(method: Method, path: &str, text: &str) -> Request {
    let accept = Secret::from("text/plain, application/json".to_owned());
    let mut request = Request::new(SERVICE, method, path).header("Accept", accept);
    request.body = Some(Body { content_type: "text/plain", text: text.to_owned() });
    request
}

fn page<T: FromJson>(response: &Response, key: &'static str) -> Result<Page<T>, ApiError> {
    let (items, body) = response.read_list(SERVICE, key)?;
    Ok(Page { items, next: body["next"].as_str().and_then(marker_of) })
}

#[cfg(test)]
mod tests;
