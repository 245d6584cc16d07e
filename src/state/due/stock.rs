//! All lists that a run rests on, read at once, and what follows from them.

use std::collections::BTreeSet;

use crate::backup::due::{self, Due};
use crate::backup::executions;
use crate::backup::health::{self, ServerHealth};
use crate::backup::index::Index;
use crate::backup::trouble::{self, Cloud as Scheduler};
use crate::backup::workflow::BACKUP;
use crate::backup::{lineage, naming, policy, run};
use crate::browser::clock;
use crate::model::{
    CronTrigger, Execution, Image, Message, Moment, ProjectId, Server, ServerId, Volume, VolumeLimits, VolumeSnapshot,
};
use crate::openstack::call::{PagedCall, Service};
use crate::openstack::sentence::{Context, Doing, sentence};
use crate::openstack::{ApiError, block_storage, compute, image, workflow};
use crate::operation::{Capture, Kind};
use crate::state::session::Cloud;

pub struct Stock {
    servers: Vec<Server>,
    images: Vec<Image>,
    snapshots: Vec<VolumeSnapshot>,
    /// `None`: no scheduler, or it does not answer.
    schedules: Option<(Vec<CronTrigger>, Vec<Execution>)>,
    has_scheduler: bool,
}

/// What the lists say at a moment.
pub struct Picture {
    pub due: Vec<Due>,
    pub worrying: Vec<ServerHealth>,
    /// The next slot of any server.
    pub next: Option<Moment>,
}

impl Stock {
    /// Servers first: what begins after they were read shows in the list of images, and what ends is a task of its server's.
    pub async fn read(cloud: &Cloud) -> Result<Self, ApiError> {
        let servers = cloud.all(compute::ListServers::default(), |_| ()).await?;
        let images = cloud.all(image::ListImages::default(), |_| ()).await?;
        let snapshots = with_volumes(cloud, block_storage::ListSnapshots::default()).await?;
        let has_scheduler = cloud.has(Service::Workflow);
        let schedules = if has_scheduler { schedules(cloud).await } else { None };
        Ok(Self { servers, images, snapshots, schedules, has_scheduler })
    }

    pub fn picture(&self, project: &ProjectId, running: &[ServerId], now: Moment) -> Picture {
        let index = Index::of(&self.images, &self.snapshots, &self.servers, project);
        let mut health = health::of(&index, now, None);
        let overview = self.schedules.as_ref().map(|(triggers, executions)| {
            executions::overview(executions::Facts { triggers, executions, images: &[&self.images], now })
        });
        // Whether it can make backups at all is not asked at every look: where nobody could set up a trigger, it would only
        // change the words.
        trouble::explain(&mut health, Scheduler::of(self.has_scheduler, false, overview.as_ref()));
        let in_cloud: BTreeSet<ServerId> =
            overview.iter().flat_map(|overview| trouble::served(&health.servers, overview)).cloned().collect();
        let due = due::list(due::Facts { index: &index, health: &health.servers, running, in_cloud: &in_cloud });
        let worrying = health.worrying().cloned().collect();
        Picture { due, worrying, next: health.servers.iter().filter_map(|server| server.next).min() }
    }

    /// The work for what is due, each by its own policy, and why some of it has to wait: the quota leaves no room, or what
    /// one of them needs is not known. That one waits, and no other.
    ///
    /// # Errors
    /// `SessionEnded`: then none of them can be begun.
    pub async fn plan(
        &self,
        cloud: &Cloud,
        chosen: &[&Due],
        project: &ProjectId,
        now: Moment,
    ) -> Result<(Vec<(Due, Kind)>, Option<Message>), ApiError> {
        let (mut asked, mut backed) = (Vec::new(), Vec::new());
        for due in chosen {
            let Some(server) = self.servers.iter().find(|server| server.id == due.server) else { continue };
            let Some(Ok(policy)) = policy::of_server(server) else { continue };
            asked.push((*due, server, policy));
            backed.push(told(self.volume_backed(cloud, server).await)?);
        }
        let room = if backed.contains(&Ok(true)) { told(room(cloud).await)? } else { Ok(Default::default()) };
        // Not every Glance can say it.
        let images = told(cloud.call(&image::Usage).await)?.ok();
        let needs: Vec<Result<Vec<u64>, Message>> = asked
            .iter()
            .zip(&backed)
            .map(|((_, server, _), backed)| {
                let volumes = room.as_ref().map(|(_, volumes)| volumes.as_slice()).unwrap_or_default();
                let disks = server.volumes.iter().map(|it| size(volumes, it.id.as_str()));
                backed.clone().map(|backed| if backed { disks.collect() } else { Vec::new() })
            })
            .collect();
        let (mut work, mut held_back) = (Vec::new(), None);
        let admitted = due::admit(&needs, &due::Room { volumes: room.map(|(limits, _)| limits), images });
        for (((due, server, policy), backed), admitted) in asked.into_iter().zip(backed).zip(admitted) {
            let volume_backed = match admitted.and(backed) {
                Ok(volume_backed) => volume_backed,
                Err(why) => {
                    held_back = Some(why);
                    continue;
                }
            };
            let name = name(server, now);
            let plan = run::plan(run::Question {
                images: &self.images,
                snapshots: &self.snapshots,
                servers: &self.servers,
                server: &server.id,
                project,
                backup_type: policy::BACKUP_TYPE,
                keep: &policy.keep,
                name: &name,
                now,
            });
            let backup = Capture::own_backup(server.id.clone(), &server.name, &name, "", volume_backed, plan.release);
            work.push((due.clone(), Kind::Backup(backup)));
        }
        Ok((work, held_back))
    }

    async fn volume_backed(&self, cloud: &Cloud, server: &Server) -> Result<bool, ApiError> {
        let image = server.image.as_ref().and_then(|id| self.images.iter().find(|image| image.id == *id));
        if let Some(known) = lineage::volume_backed(server, image, None) {
            return Ok(known);
        }
        let attachments = cloud.call(&compute::Attachments(server.id.clone())).await?;
        Ok(lineage::volume_backed(server, image, Some(&attachments)).unwrap_or(false))
    }
}

/// An error as the reason why one backup waits; but when the session has ended, nothing can be asked any more.
fn told<T>(outcome: Result<T, ApiError>) -> Result<Result<T, Message>, ApiError> {
    match outcome {
        Err(ApiError::SessionEnded) => Err(ApiError::SessionEnded),
        other => Ok(other.map_err(|why| sentence(&why, Context::doing(Doing::Reading)))),
    }
}

/// Cinder's limits, and the volumes that a snapshot is as large as.
async fn room(cloud: &Cloud) -> Result<(VolumeLimits, Vec<Volume>), ApiError> {
    let volumes = with_volumes(cloud, block_storage::ListVolumes::default()).await?;
    Ok((cloud.call(&block_storage::Limits).await?, volumes))
}

/// A scheduler that does not answer holds up nothing.
async fn schedules(cloud: &Cloud) -> Option<(Vec<CronTrigger>, Vec<Execution>)> {
    let triggers = cloud.all(workflow::ListTriggers::default(), |_| ()).await.ok()?;
    let runs = cloud.call(&workflow::ListExecutions::of(BACKUP)).await.ok()?;
    Some((triggers, runs.items))
}

/// A cloud without Cinder has no volumes.
async fn with_volumes<C: PagedCall>(cloud: &Cloud, call: C) -> Result<Vec<C::Item>, ApiError> {
    match cloud.all(call, |_| ()).await {
        Err(ApiError::NoEndpoint { .. }) => Ok(Vec::new()),
        other => other,
    }
}

fn size(volumes: &[Volume], id: &str) -> u64 {
    volumes.iter().find(|volume| volume.id.as_str() == id).map_or(0, |volume| volume.size)
}

fn name(server: &Server, now: Moment) -> String {
    let utc_offset = clock::utc_offset_minutes(now) * 60;
    let places = naming::Places { server: &server.name, backup_type: "backup", now, utc_offset };
    naming::render("{server}-{type}-{date}-{time}", places, naming::MAX_VOLUME_BACKED)
}
