//! Brings the schedules in the cloud to where a policy wants them, step by step and with a look before each: whoever is cut
//! off in the middle, or does it twice, ends at the same place.

use crate::backup::metadata;
use crate::backup::policy::Schedule;
use crate::backup::schedule_change::{Change, next};
use crate::backup::workflow::{BACKUP, Install, input_by_hand, install};
use crate::model::{ExecutionId, ServerId, TriggerId};
use crate::openstack::call::Service;
use crate::openstack::compute::DeleteServerMetadata;
use crate::openstack::transport::Transport;
use crate::openstack::workflow::{
    CreateExecution, CreateTrigger, CreateWorkflow, DeleteTrigger, ListTriggers, ListWorkflows, UpdateWorkflow,
};
use crate::openstack::{ApiError, Client};

/// More steps than any change needs: then somebody else is at it too.
const MOST_STEPS: usize = 20;

/// Installs Carrete's workflows where they are missing or older; a newer one is left alone.
async fn prepare<T: Transport + 'static>(cloud: &Client<T>) -> Result<(), ApiError> {
    let there = cloud.all(ListWorkflows::default(), |_| ()).await?;
    for step in install(&there) {
        let outcome = match step {
            Install::Create(it) => cloud.call(&CreateWorkflow { yaml: it.yaml.to_owned() }).await,
            Install::Update(it) => cloud.call(&UpdateWorkflow { yaml: it.yaml.to_owned() }).await,
        };
        match outcome {
            // Another tab was quicker.
            Ok(_) | Err(ApiError::Conflict(_)) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(())
}

/// Makes and removes triggers of one server until they are as `wanted`. The new one is seen before the old one goes.
pub async fn settle<T: Transport + 'static>(
    cloud: &Client<T>,
    server: &ServerId,
    wanted: Option<&Schedule>,
    broken: &[TriggerId],
) -> Result<(), ApiError> {
    if wanted.is_some_and(|schedule| !schedule.paused) {
        prepare(cloud).await?;
    }
    for _ in 0..MOST_STEPS {
        let triggers = cloud.all(ListTriggers::default(), |_| ()).await?;
        match next(server, wanted, &triggers, broken) {
            None => return Ok(()),
            Some(Change::Create(trigger)) => {
                let call = CreateTrigger {
                    name: trigger.name,
                    workflow: trigger.workflow.to_owned(),
                    pattern: trigger.pattern,
                    input: trigger.input,
                };
                match cloud.call(&call).await {
                    Ok(_) | Err(ApiError::Conflict(_)) => {}
                    Err(why) => return Err(why),
                }
            }
            Some(Change::Delete { id, .. }) => match cloud.call(&DeleteTrigger(id)).await {
                Ok(()) | Err(ApiError::NotFound(_)) => {}
                Err(why) => return Err(why),
            },
        }
    }
    Ok(())
}

/// Takes a server's policy away, and then its schedule in the cloud, which makes nothing without it. Asked again, it goes on
/// where it was cut off. No backup goes.
pub async fn remove_policy<T: Transport + 'static>(cloud: &Client<T>, server: &ServerId) -> Result<(), ApiError> {
    let call = DeleteServerMetadata { server: server.clone(), key: metadata::POLICY.to_owned() };
    match cloud.call(&call).await {
        Ok(()) => {}
        // Gone already is what was wanted.
        Err(why) if why.is_not_found() => {}
        Err(why) => return Err(why),
    }
    if cloud.has(Service::Workflow) { settle(cloud, server, None, &[]).await } else { Ok(()) }
}

/// One run now, in the cloud, whatever the time; `id` names it, so that asking twice runs it once.
pub async fn run_now<T: Transport + 'static>(
    cloud: &Client<T>,
    server: &ServerId,
    id: ExecutionId,
) -> Result<(), ApiError> {
    prepare(cloud).await?;
    let call = CreateExecution {
        id,
        workflow: BACKUP.to_owned(),
        input: input_by_hand(server),
        description: "Carrete".to_owned(),
    };
    cloud.call(&call).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::backup::policy::Policy;
    use crate::backup::workflow::Trigger;
    use crate::openstack::call::{Method, Response};
    use crate::openstack::transport::{HttpRequest, TransportError};
    use crate::openstack::{Catalog, Project, Token};

    /// A server with a policy and its trigger, beside another's.
    struct Script {
        policy: RefCell<bool>,
        triggers: RefCell<Vec<serde_json::Value>>,
        deleted: RefCell<Vec<String>>,
    }

    impl Transport for Script {
        async fn send(&self, request: HttpRequest) -> Result<Response, TransportError> {
            let (status, body) = match (request.method, request.url.as_str()) {
                (Method::Delete, url) if url.ends_with("/servers/s/metadata/carrete_policy") => {
                    self.deleted.borrow_mut().push("policy".to_owned());
                    (if self.policy.replace(false) { 204 } else { 404 }, String::new())
                }
                (Method::Delete, url) => {
                    let id = url.rsplit('/').next().unwrap_or_default().to_owned();
                    self.triggers.borrow_mut().retain(|trigger| trigger["id"] != json!(id));
                    self.deleted.borrow_mut().push(id);
                    (204, String::new())
                }
                _ => (200, json!({"cron_triggers": *self.triggers.borrow()}).to_string()),
            };
            Ok(Response { status, body, ..Response::default() })
        }
        async fn sleep(&self, _: u64) {}
    }

    fn trigger(id: &str, server: &str) -> serde_json::Value {
        let schedule = Policy::parse("daily=7; at=03:00Z").unwrap().schedule.unwrap();
        let made = Trigger::new(&server.into(), &schedule);
        json!({"id": id, "name": made.name, "workflow_name": made.workflow, "pattern": made.pattern,
            "workflow_input": made.input.to_string()})
    }

    fn cloud(services: &[(&str, &str)], policy: bool) -> Client<Script> {
        let public = |(kind, url): &(&str, &str)| json!({"type": kind, "endpoints": [{"interface": "public", "region": "R", "url": url}]});
        let project = Project { id: "p1".into(), name: "p".into(), ..Default::default() };
        let catalog: Vec<_> = services.iter().map(public).collect();
        let triggers = RefCell::new(vec![trigger("t1", "s"), trigger("t2", "another")]);
        let script = Script { policy: RefCell::new(policy), triggers, deleted: RefCell::default() };
        let client = Client::new(script, "https://id/v3");
        client.adopt(Token {
            secret: "token".to_owned().into(),
            user: Default::default(),
            catalog: Catalog::read(&json!(catalog), Some(&project.id)),
            project: Some(project),
            roles: vec!["member".into()],
            expires_at: None,
            issued_at: None,
            answer: String::new(),
            methods: vec!["password".into()],
            application_credential: String::new(),
        });
        client
    }

    const NOVA: (&str, &str) = ("compute", "https://nova/v2.1");
    const MISTRAL: (&str, &str) = ("workflowv2", "https://mistral/v2");

    #[test]
    fn a_policy_goes_with_its_schedule_and_nothing_else() {
        let removed = |services: &[(&str, &str)], policy: bool| {
            let cloud = cloud(services, policy);
            block_on(remove_policy(&cloud, &"s".into())).unwrap();
            cloud.transport().deleted.borrow().clone()
        };
        assert_eq!(removed(&[NOVA, MISTRAL], true), ["policy", "t1"]);
        assert_eq!(removed(&[NOVA, MISTRAL], false), ["policy", "t1"], "cut off in between, and asked again");
        assert_eq!(removed(&[NOVA], true), ["policy"], "no scheduler");
    }
}
