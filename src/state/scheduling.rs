//! Brings the schedules in the cloud to where a policy wants them, step by step and with a look before each: whoever is cut
//! off in the middle, or does it twice, ends at the same place.

use crate::backup::policy::Schedule;
use crate::backup::schedule_change::{Change, next};
use crate::backup::workflow::{BACKUP, Install, input_by_hand, install};
use crate::model::{ExecutionId, ServerId, TriggerId};
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
