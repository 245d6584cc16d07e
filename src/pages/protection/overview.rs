//! What the screens of protection share: the lists, and the health that is worked out of them.

use std::sync::Arc;

use leptos::prelude::*;

use crate::backup::due::{self, Due};
use crate::backup::executions;
use crate::backup::health::{self, Growth, Health, ServerHealth};
use crate::backup::index::Index;
use crate::backup::leftovers::{self, Leftover};
use crate::backup::lineage;
use crate::backup::trouble::{self, Cloud};
use crate::model::{CronTrigger, Execution, Image, Moment, ProjectId, Server, ServerId, VolumeSnapshot};
use crate::openstack::ApiError;
use crate::openstack::call::Service;
use crate::pages::instances::{Inventory, stale};
use crate::state::operations::use_operations;
use crate::state::polling::use_now;
use crate::state::queries::{Query, Remote, use_queries};
use crate::state::session::use_session;

#[derive(Clone, Copy)]
pub struct Overview {
    pub inventory: Inventory,
    pub snapshots: Remote<Vec<VolumeSnapshot>>,
    hidden: Remote<Vec<Image>>,
    project: Memo<Option<ProjectId>>,
    whole: Memo<bool>,
    /// A Memo, as it reads what `found` is made of (docs/decisions/010-effects.md).
    error: Memo<Option<ApiError>>,
    /// `None` until every list is there as a whole: a list that did not come must not look like missing backups.
    pub found: Memo<Option<Arc<Found>>>,
}

/// All that the project has, whole.
struct Lists {
    images: Arc<Vec<Image>>,
    hidden: Arc<Vec<Image>>,
    snapshots: Arc<Vec<VolumeSnapshot>>,
    servers: Arc<Vec<Server>>,
    project: ProjectId,
}

/// What the lists say of the project at a moment.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    pub health: Health,
    pub leftovers: Vec<Leftover>,
    pub due: Vec<Due>,
}

impl Found {
    pub fn server(&self, id: &ServerId) -> Option<&ServerHealth> {
        self.health.servers.iter().find(|server| server.server == *id)
    }
}

impl Overview {
    pub fn ask() -> Self {
        Self::over(Inventory::ask())
    }

    pub fn over(inventory: Inventory) -> Self {
        let snapshots: Remote<Vec<VolumeSnapshot>> = use_queries().query(|| Some(Query::VolumeSnapshots));
        let hidden: Remote<Vec<Image>> = use_queries().query(|| Some(Query::HiddenImages));
        let session = use_session();
        let has_scheduler = Memo::new(move |_| session.has(Service::Workflow));
        let asks = move |query: Query| move || has_scheduler.get().then(|| query.clone());
        let triggers: Remote<Vec<CronTrigger>> = use_queries().query(asks(Query::Triggers));
        let runs: Remote<Vec<Execution>> = use_queries().query(asks(Query::Runs));
        // A Mistral without OpenStack's actions takes schedules and can run none of them. Asked for once, where it matters.
        let wants_scheduler = Memo::new(move |_| {
            inventory.servers.data.with(|all| all.as_ref().is_some_and(|all| trouble::wants_scheduler(all)))
        });
        let action: Remote<String> =
            use_queries().query(move || (has_scheduler.get() && wants_scheduler.get()).then_some(Query::BackupAction));
        let lacks_backups =
            Memo::new(move |_| action.error.with(|error| error.as_ref().is_some_and(ApiError::is_not_found)));
        let operations = use_operations();
        let running = Memo::new(move |_| operations.captured());
        let project = Memo::new(move |_| session.who.with(|who| who.as_ref().map(|who| who.project.id.clone())));
        let now = use_now();
        // Health is told in hours and days.
        let minute = Memo::new(move |_| Moment(now.get().0 / 60 * 60));
        // A poll that brought nothing new changes when the lists came, and nothing else.
        let whole = Memo::new(move |_| is_whole(inventory, hidden, snapshots));
        let found = Memo::new(move |_| {
            if !whole.get() {
                return None;
            }
            let Lists { images, hidden, snapshots, servers, project } = lists(inventory, hidden, snapshots, project)?;
            let images: [&[Image]; 2] = [&images, &hidden];
            let index = Index::over(&mut images.iter().copied().flatten(), &snapshots, &servers, &project);
            let now = minute.get();
            let mut leftovers = leftovers::find(&index, now);
            let running = running.get();
            // Its seal may be on its way.
            leftovers.retain(|it| it.unsealed.is_none() || it.server.as_ref().is_none_or(|id| !running.contains(id)));
            let mut health = health::with_leftovers(&index, &leftovers, now, None);
            let (has_scheduler, lacks_backups) = (has_scheduler.get(), lacks_backups.get());
            // A scheduler that does not answer holds up nothing.
            let schedules = triggers.get().zip(runs.get()).map(|(triggers, executions)| {
                let facts = executions::Facts { triggers: &triggers, executions: &executions, images: &images, now };
                executions::overview(facts)
            });
            trouble::explain(&mut health, Cloud::of(has_scheduler, lacks_backups, schedules.as_ref()));
            let served = schedules
                .iter()
                .filter(|_| !lacks_backups)
                .flat_map(|schedules| trouble::served(&health.servers, schedules));
            let in_cloud = served.cloned().collect();
            let facts = due::Facts { index: &index, health: &health.servers, running: &running, in_cloud: &in_cloud };
            let due = due::list(facts);
            Some(Arc::new(Found { health, leftovers, due }))
        });
        let error = Memo::new(move |_| {
            if found.with(Option::is_some) {
                return None;
            }
            let of_snapshots = snapshots.error.get().filter(|_| !has_no_volumes(snapshots));
            let Inventory { servers, images, .. } = inventory;
            servers.error.get().or_else(|| images.error.get()).or_else(|| hidden.error.get()).or(of_snapshots)
        });
        Self { inventory, snapshots, hidden, project, whole, found, error }
    }

    /// The project's instances by name: what can be listed before anything is known of their backups. Tracked.
    pub fn listed(self) -> Vec<Server> {
        let (Some(servers), Some(project)) = (self.inventory.servers.get(), self.project.get()) else {
            return Vec::new();
        };
        let mut listed: Vec<Server> =
            servers.iter().filter(|server| health::is_listed(server, &project)).cloned().collect();
        listed.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        listed
    }

    /// What one instance's backups take. Tracked, and cheap enough for every row in sight.
    pub fn growth(self, server: &ServerId) -> Option<Growth> {
        if !self.whole.get() {
            return None;
        }
        let hidden = self.hidden.get()?;
        let snapshots = self.snapshots.get().unwrap_or_default();
        let project = self.project.get()?;
        self.inventory.lineage.with(|lineage| {
            // Worked out once for all instances; hidden images are few.
            let shown = lineage.is_whole().then(|| lineage.of_server(server))?;
            let hidden = lineage::of_server(hidden.iter(), server);
            Some(Growth::of_one(shown.into_iter().chain(hidden), &snapshots, server, &project))
        })
    }

    /// The line below a title: how old the oldest of the lists is, and why one of them could not be refreshed.
    pub fn freshness(self) -> AnyView {
        let Inventory { servers, images, .. } = self.inventory;
        let volumes = move || !has_no_volumes(self.snapshots);
        let at = move || {
            let of_snapshots = if volumes() { self.snapshots.at.get() } else { servers.at.get() };
            [servers.at.get(), images.at.get(), self.hidden.at.get(), of_snapshots].into_iter().min().flatten()
        };
        let error = move || {
            let of_snapshots = self.snapshots.error.get().filter(|_| volumes());
            servers.error.get().or_else(|| images.error.get()).or_else(|| self.hidden.error.get()).or(of_snapshots)
        };
        stale(Signal::derive(at), Signal::derive(error), Callback::new(move |()| self.retry()))
    }

    /// Why there is nothing to say. Tracked.
    pub fn error(self) -> Option<ApiError> {
        self.error.get()
    }

    pub fn retry(self) {
        self.inventory.servers.refresh();
        self.inventory.images.refresh();
        self.hidden.refresh();
        self.snapshots.refresh();
    }
}

/// Whether every list is there as a whole. Tracked, and changes with every poll: to be asked in a memo.
fn is_whole(inventory: Inventory, hidden: Remote<Vec<Image>>, snapshots: Remote<Vec<VolumeSnapshot>>) -> bool {
    let Inventory { servers, images, .. } = inventory;
    // A volume snapshot that only a hidden image needs is no leftover.
    let came = [images.at, servers.at, hidden.at].iter().all(|at| at.with(Option::is_some));
    came && (snapshots.at.with(Option::is_some) || has_no_volumes(snapshots))
}

/// What there is of them. Tracked.
fn lists(
    inventory: Inventory,
    hidden: Remote<Vec<Image>>,
    snapshots: Remote<Vec<VolumeSnapshot>>,
    project: Memo<Option<ProjectId>>,
) -> Option<Lists> {
    Some(Lists {
        images: inventory.images.get()?,
        hidden: hidden.get()?,
        snapshots: snapshots.get().unwrap_or_default(),
        servers: inventory.servers.get()?,
        project: project.get()?,
    })
}

/// A cloud without Cinder has no volume snapshots.
pub fn has_no_volumes(snapshots: Remote<Vec<VolumeSnapshot>>) -> bool {
    snapshots.error.with(|error| matches!(error, Some(ApiError::NoEndpoint { .. })))
}
