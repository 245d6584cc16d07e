//! What the cloud said last: fetched once, shared by all screens, kept when a refresh fails.
//!
//! The only module that knows leptos-fetch. One scope with one type of key and one of value serves every query, so that
//! its machinery is compiled once.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use leptos::prelude::*;
use leptos_fetch::{QueryClient, QueryOptions, QueryScopeLocal};

use super::session::{Cloud, use_session};
use crate::browser::clock;
use crate::model::{
    ComputeLimits, Flavor, FloatingIp, Image, ImageId, Keypair, Moment, Network, Port, SecurityGroup, Server, ServerId,
    VolumeAttachment, VolumeLimits, VolumeSnapshot,
};
use crate::openstack::ApiError;
use crate::openstack::{block_storage, compute, image, network};

/// One thing to ask of the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Query {
    Servers,
    Server(ServerId),
    Images,
    Image(ImageId),
    Flavors,
    Keypairs,
    ComputeLimits,
    VolumeLimits,
    Attachments(ServerId),
    VolumeSnapshots,
    Networks,
    SecurityGroups,
    FloatingIps,
    Ports(ServerId),
}

/// A query in a project and region: another project's answer is another entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    place: Arc<str>,
    query: Query,
}

/// The last good answer, its age, and why the newest attempt failed, if it did.
#[derive(Clone, Default)]
struct Fetched {
    data: Option<Arc<dyn Any + Send + Sync>>,
    /// Milliseconds since 1970.
    at: f64,
    error: Option<ApiError>,
    /// Attempts that failed since.
    failures: u32,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched").field("at", &self.at).field("error", &self.error).finish_non_exhaustive()
    }
}

/// A query as a view sees it.
pub struct Remote<T: Send + Sync + 'static> {
    /// The last good answer; `None` until there is one. Changes only when the answer does.
    pub data: Memo<Option<Arc<T>>>,
    /// When it came; `None` until there is one.
    pub at: Memo<Option<Moment>>,
    /// Why the newest attempt failed.
    pub error: Memo<Option<ApiError>>,
    query: Signal<Option<Query>>,
}

impl<T: Send + Sync + 'static> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Send + Sync + 'static> Copy for Remote<T> {}

impl<T: Send + Sync + 'static> Remote<T> {
    /// No answer yet and none failed.
    pub fn is_loading(&self) -> bool {
        self.data.with(Option::is_none) && self.error.with(Option::is_none)
    }
    /// Asks again, now.
    pub fn refresh(&self) {
        if let Some(query) = self.query.get_untracked() {
            use_queries().refresh(&query);
        }
    }
    pub fn get(&self) -> Option<Arc<T>> {
        self.data.get()
    }
}

/// The first pages of a list while the rest is on its way.
type Partial = HashMap<Query, Arc<dyn Any + Send + Sync>>;

#[derive(Clone, Copy)]
pub struct Queries {
    client: QueryClient,
    partial: RwSignal<Partial>,
}

impl Queries {
    pub fn provide() -> Self {
        // Polling decides when something is stale (`polling`); without it an answer holds for a minute.
        let options = QueryOptions::new()
            .with_stale_time(std::time::Duration::from_secs(60))
            .with_gc_time(std::time::Duration::from_secs(300));
        let queries = Self { client: QueryClient::new().with_options(options), partial: RwSignal::default() };
        queries.client.provide();
        provide_context(queries);
        queries
    }

    /// Asks again if any view shows it; otherwise the next view that does will.
    pub fn refresh(self, query: &Query) {
        if let Some(place) = use_session().place_untracked() {
            self.client.invalidate_query(fetch_scope, Key { place, query: query.clone() });
        }
    }

    /// After something was made or deleted.
    pub fn refresh_all(self, queries: &[Query]) {
        for query in queries {
            self.refresh(query);
        }
    }

    /// Forgets everything: another user may sign in.
    pub fn clear(self) {
        self.client.clear();
        self.partial.set(Partial::new());
    }

    /// When the query was last answered or failed, and how often it failed since: for `polling`.
    pub fn age(self, query: &Query, now_ms: f64) -> Option<(f64, u32)> {
        let key = Key { place: use_session().place_untracked()?, query: query.clone() };
        let fetched = self.client.get_cached_query(fetch_scope, key)?;
        Some((now_ms - fetched.at, fetched.failures))
    }

    /// The last good answer, without asking for one.
    pub fn cached<T: Send + Sync + 'static>(self, query: &Query) -> Option<Arc<T>> {
        let key = Key { place: use_session().place_untracked()?, query: query.clone() };
        self.client.get_cached_query(fetch_scope, key)?.data?.downcast().ok()
    }
}
