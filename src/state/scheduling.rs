//! Brings the schedules in the cloud to where a policy wants them, step by step and with a look before each: whoever is cut
//! off in the middle, or does it twice, ends at the same place.

use crate::backup::policy::Schedule;
use crate::backup::schedule_change::{Change, next};
use crate::backup::workflow::{BACKUP, Install, input_by_hand, install, server_of};
use crate::model::{ExecutionId, Message, ProjectId, ServerId, TriggerId};
use crate::openstack::transport::Transport;
use crate::openstack::workflow::{
    CreateExecution, CreateTrigger, CreateWorkflow, DeleteTrigger, ListTriggers, ListWorkflows, UpdateWorkflow,
};
use crate::openstack::{ApiError, Client};

/// More steps than any change needs: then somebody else is at it too.
const MOST_STEPS: usize = 20;

/// Why a schedule is not as it should be. Asking again goes on from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    Refused(ApiError),
    /// Another project or region has been chosen meanwhile: the next step would have been taken there.
    Elsewhere,
    /// Somebody else changes it at the same time.
    Contested,
}

impl Halt {
    /// The two that no service has said.
    pub fn message(&self) -> Option<Message> {
        match self {
            Self::Refused(_) => None,
            Self::Elsewhere => Some(Message::new("in_cloud.elsewhere")),
            Self::Contested => Some(Message::new("in_cloud.contested")),
        }
    }
}

impl From<ApiError> for Halt {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

/// Where a client is signed in to: one client moves on when the user does.
#[derive(PartialEq)]
struct Place(Option<ProjectId>, String);

impl Place {
    fn of<T: Transport + 'static>(cloud: &Client<T>) -> Self {
        let project = cloud.token().and_then(|token| Some(token.project.as_ref()?.id.clone()));
        Self(project, cloud.region())
    }

    fn hold<T: Transport + 'static>(&self, cloud: &Client<T>) -> Result<(), Halt> {
        if *self == Self::of(cloud) { Ok(()) } else { Err(Halt::Elsewhere) }
    }
}

/// Installs Carrete's workflows where they are missing or older; a newer one is left alone.
pub async fn prepare<T: Transport + 'static>(cloud: &Client<T>) -> Result<(), Halt> {
    let place = Place::of(cloud);
    let there = cloud.all(ListWorkflows::default(), |_| ()).await?;
    for step in install(&there) {
        place.hold(cloud)?;
        let outcome = match step {
            Install::Create(it) => cloud.call(&CreateWorkflow { yaml: it.yaml.to_owned() }).await,
            Install::Update(it) => cloud.call(&UpdateWorkflow { yaml: it.yaml.to_owned() }).await,
        };
        match outcome {
            // Another tab was quicker.
            Ok(_) | Err(ApiError::Conflict(_)) => {}
            Err(why) => return Err(why.into()),
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
) -> Result<(), Halt> {
    let place = Place::of(cloud);
    if wanted.is_some_and(|schedule| !schedule.paused) {
        prepare(cloud).await?;
    }
    for _ in 0..MOST_STEPS {
        place.hold(cloud)?;
        let triggers = cloud.all(ListTriggers::default(), |_| ()).await?;
        place.hold(cloud)?;
        match next(server, &place.1, wanted, &triggers, broken) {
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
                    Err(why) => return Err(why.into()),
                }
            }
            Some(Change::Delete { id, .. }) => match cloud.call(&DeleteTrigger(id)).await {
                Ok(()) | Err(ApiError::NotFound(_)) => {}
                Err(why) => return Err(why.into()),
            },
        }
    }
    Err(Halt::Contested)
}

/// After the policy of a server has changed: a trigger that it has follows, so that no old one goes on firing. A server without
/// a trigger gets none. While a policy is paused its trigger stays: it makes nothing, and goes on when the policy does.
pub async fn follow<T: Transport + 'static>(
    cloud: &Client<T>,
    server: &ServerId,
    schedule: Option<&Schedule>,
) -> Result<(), Halt> {
    let triggers = match cloud.all(ListTriggers::default(), |_| ()).await {
        // A cloud without a scheduler has nothing that would have to follow.
        Err(ApiError::NoEndpoint { .. }) => return Ok(()),
        triggers => triggers?,
    };
    let is_mine = |trigger| server_of(trigger).as_ref() == Some(server);
    if !triggers.iter().any(is_mine) || schedule.is_some_and(|schedule| schedule.paused) {
        return Ok(());
    }
    settle(cloud, server, schedule, &[]).await
}

/// One run now, in the cloud, whatever the time; `id` names it, so that asking twice runs it once.
pub async fn run_now<T: Transport + 'static>(
    cloud: &Client<T>,
    server: &ServerId,
    id: ExecutionId,
) -> Result<(), Halt> {
    let place = Place::of(cloud);
    prepare(cloud).await?;
    place.hold(cloud)?;
    let call = CreateExecution {
        id,
        workflow: BACKUP.to_owned(),
        input: input_by_hand(server, &place.1),
        description: "Carrete".to_owned(),
    };
    Ok(cloud.call(&call).await.map(|_| ())?)
}

/// Whether it is known that a run was not begun: then the next one gets an id of its own. A lost answer proves nothing.
pub fn is_answered(outcome: &Result<(), Halt>) -> bool {
    !matches!(outcome, Err(Halt::Refused(ApiError::Transport { .. } | ApiError::Decode { .. } | ApiError::Server(_))))
}
