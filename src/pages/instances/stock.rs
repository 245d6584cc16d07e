//! The lists that a plan of backups rests on, made fresh for it.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;

use super::Inventory;
use crate::backup::index::Index;
use crate::backup::policy::Keep;
use crate::backup::retention::{self, Item};
use crate::backup::run;
use crate::browser::clock;
use crate::model::{Moment, Server, ServerId, VolumeSnapshot};
use crate::openstack::ApiError;
use crate::pages::protection::overview::has_no_volumes;
use crate::state::queries::{Query, Remote, use_queries};
use crate::state::session::use_session;

/// What is there now, not what was there when the page was last refreshed.
#[derive(Clone, Copy)]
pub struct Stock {
    inventory: Inventory,
    snapshots: Remote<Vec<VolumeSnapshot>>,
    /// All lists were asked for after the dialog was opened. The policies stand on the servers.
    pub fresh: Memo<bool>,
}

impl Stock {
    pub fn ask(inventory: Inventory) -> Self {
        let opened = clock::now_ms();
        let queries = use_queries();
        queries.refresh(&Query::Servers);
        queries.refresh(&Query::Images);
        queries.refresh(&Query::VolumeSnapshots);
        let snapshots: Remote<Vec<VolumeSnapshot>> = queries.query(|| Some(Query::VolumeSnapshots));
        let fresh = Memo::new(move |_| {
            inventory.servers.is_since(opened)
                && inventory.images.is_since(opened)
                && (snapshots.is_since(opened) || has_no_volumes(snapshots))
        });
        Self { inventory, snapshots, fresh }
    }

    /// Tracked. `None` until all is known.
    pub fn snapshots(self) -> Option<Arc<Vec<VolumeSnapshot>>> {
        self.snapshots.get().or_else(|| has_no_volumes(self.snapshots).then(Arc::default))
    }

    /// What Carrete's own rotation would do. Tracked.
    pub fn plan(
        self,
        server: &ServerId,
        backup_type: &str,
        keep: &Keep,
        name: &str,
        now: Moment,
    ) -> Option<run::RunPlan> {
        let (images, snapshots) = (self.inventory.images.get()?, self.snapshots()?);
        let servers = self.inventory.servers.get().unwrap_or_default();
        let project = use_session().who.get()?.project.id.clone();
        Some(run::plan(run::Question {
            images: &images,
            snapshots: &snapshots,
            servers: &servers,
            server,
            project: &project,
            backup_type,
            keep,
            name,
            now,
        }))
    }

    /// What there is of a server, as retention sees it. Tracked.
    pub fn items(self, server: &ServerId, backup_type: &str) -> Option<Vec<Item>> {
        let (images, snapshots) = (self.inventory.images.get()?, self.snapshots()?);
        let servers = self.inventory.servers.get().unwrap_or_default();
        let project = use_session().who.get()?.project.id.clone();
        Some(retention::items(&images, &snapshots, &servers, server, &project, backup_type))
    }

    /// The same of several, in one go over the lists. Tracked.
    pub fn items_of(self, servers: &[Server], backup_type: &str) -> Option<HashMap<ServerId, Vec<Item>>> {
        let (images, snapshots) = (self.inventory.images.get()?, self.snapshots()?);
        let all = self.inventory.servers.get().unwrap_or_default();
        let project = use_session().who.get()?.project.id.clone();
        let index = Index::of(&images, &snapshots, &all, &project);
        Some(servers.iter().map(|server| (server.id.clone(), index.items(&server.id, backup_type))).collect())
    }

    /// Why the lists could not be made fresh.
    pub fn error(self) -> Option<ApiError> {
        let of_snapshots = self.snapshots.error.get().filter(|_| !has_no_volumes(self.snapshots));
        let Inventory { servers, images, .. } = self.inventory;
        images.error.get().or_else(|| servers.error.get()).or(of_snapshots).filter(|_| !self.fresh.get())
    }
}
