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

use super::session::{Cloud, Session};
use crate::browser::clock;
use crate::model::{ImageId, Moment, ServerId};
use crate::openstack::call::PagedCall;
use crate::openstack::{ApiError, block_storage, compute, image, network};

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
    Volumes,
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
    /// Milliseconds since 1970: when the answer came, and when the newest attempt ended.
    at: f64,
    tried: f64,
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
    query: Memo<Option<Query>>,
    queries: Queries,
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
            self.queries.refresh(&query);
        }
    }
    pub fn get(&self) -> Option<Arc<T>> {
        self.data.get()
    }
}

/// The first pages of a list while the rest is on its way.
type Partial = HashMap<Key, Arc<dyn Any + Send + Sync>>;

#[derive(Clone, Copy)]
pub struct Queries {
    client: QueryClient,
    scope: StoredValue<QueryScopeLocal<Key, Fetched>, LocalStorage>,
    session: Session,
    partial: RwSignal<Partial>,
    under_way: UnderWay,
}

/// How many attempts at each query have no end yet.
type UnderWay = StoredValue<HashMap<Key, u32>>;

/// Counts one attempt for as long as it lives; it may be dropped before its end.
struct Attempt(UnderWay, Key);

impl Attempt {
    fn begin(under_way: UnderWay, key: &Key) -> Self {
        under_way.update_value(|all| *all.entry(key.clone()).or_default() += 1);
        Self(under_way, key.clone())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.0.try_update_value(|all| {
            if let Some(count) = all.get_mut(&self.1) {
                *count = count.saturating_sub(1);
            }
        });
    }
}

impl Queries {
    pub fn provide(session: Session) -> Self {
        // `polling` decides when something is stale; without it an answer holds for a minute.
        let options = QueryOptions::new()
            .with_stale_time(std::time::Duration::from_secs(60))
            .with_gc_time(std::time::Duration::from_secs(300));
        let client = QueryClient::new().with_options(options);
        let partial = RwSignal::new(Partial::new());
        let cache = client;
        let fetcher: StoredValue<Option<QueryScopeLocal<Key, Fetched>>, LocalStorage> = StoredValue::new_local(None);
        let under_way: UnderWay = StoredValue::new(HashMap::new());
        let scope = QueryScopeLocal::new(move |key: Key| async move {
            let _attempt = Attempt::begin(under_way, &key);
            let before = fetcher.get_value().and_then(|scope| cache.get_cached_query(scope, &key));
            fetch(session, partial, key, before).await
        });
        fetcher.set_value(Some(scope.clone()));
        let queries = Self { client, scope: StoredValue::new_local(scope), session, partial, under_way };
        provide_context(queries);
        queries
    }

    /// A query as long as the view that asks lives. `None` asks nothing (yet).
    pub fn query<T>(self, query: impl Fn() -> Option<Query> + Send + Sync + 'static) -> Remote<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        let session = self.session;
        let query = Memo::new(move |_| query());
        let key = Memo::new(move |_| Some(Key { place: session.place()?, query: query.get()? }));
        let resource = self.client.local_resource(self.scope.get_value(), move || key.get());
        let fetched = move || resource.get().flatten().unwrap_or_default();
        let partial = self.partial;
        let data = Memo::new_with_compare(
            move |_| {
                let data = fetched().data.or_else(|| partial.with(|partial| partial.get(&key.get()?).cloned()));
                data.and_then(|data| data.downcast::<T>().ok())
            },
            |old: Option<&Option<Arc<T>>>, new| match (old, new) {
                (Some(Some(old)), Some(Some(new))) => !Arc::ptr_eq(old, new) && old != new,
                (Some(None), Some(None)) => false,
                _ => true,
            },
        );
        let at = Memo::new(move |_| {
            let fetched = fetched();
            fetched.data.is_some().then_some(Moment((fetched.at / 1000.0) as i64))
        });
        let error = Memo::new(move |_| fetched().error);
        Remote { data, at, error, query, queries: self }
    }

    fn key(self, query: &Query) -> Option<Key> {
        Some(Key { place: self.session.place_untracked()?, query: query.clone() })
    }

    /// Asks again if any view shows it; otherwise the next view that does will.
    pub fn refresh(self, query: &Query) {
        if let Some(key) = self.key(query) {
            self.client.invalidate_query(self.scope.get_value(), key);
        }
    }

    /// Forgets everything: another user may sign in.
    pub fn clear(self) {
        self.client.clear();
        self.partial.set(Partial::new());
    }

    fn cache(self, query: &Query) -> Option<Fetched> {
        self.client.get_cached_query(self.scope.get_value(), self.key(query)?)
    }

    /// Milliseconds since the query was last tried, and how often it has failed since it last succeeded; `None` if it
    /// was never asked, or is being asked right now: a slow answer is waited for, not asked for again.
    pub fn tried(self, query: &Query) -> Option<(f64, u32)> {
        let key = self.key(query)?;
        if self.under_way.with_value(|all| all.get(&key).is_some_and(|count| *count > 0)) {
            return None;
        }
        self.cache(query).map(|fetched| (clock::now_ms() - fetched.tried, fetched.failures))
    }

    /// The last good answer, without asking for one.
    pub fn cached<T: Send + Sync + 'static>(self, query: &Query) -> Option<Arc<T>> {
        self.cache(query)?.data?.downcast().ok()
    }

    /// The last good answer, or else a fresh one.
    pub async fn once<T: Send + Sync + 'static>(self, query: &Query) -> Result<Arc<T>, ApiError> {
        let key = self.key(query).ok_or(ApiError::SessionEnded)?;
        let fetched = self.client.fetch_query_local(self.scope.get_value(), key).await;
        match (fetched.data.and_then(|data| data.downcast().ok()), fetched.error) {
            (Some(data), _) => Ok(data),
            (None, error) => Err(error.unwrap_or(ApiError::SessionEnded)),
        }
    }
}

async fn fetch(session: Session, partial: RwSignal<Partial>, key: Key, before: Option<Fetched>) -> Fetched {
    let outcome = match session.cloud() {
        Ok(cloud) => ask(&cloud, &key, partial).await,
        Err(error) => Err(error),
    };
    let now = clock::now_ms();
    let before = before.unwrap_or_default();
    let fetched = match outcome {
        Ok(data) => Fetched { data: Some(data), at: now, tried: now, error: None, failures: 0 },
        Err(error) => Fetched { tried: now, error: Some(error), failures: before.failures + 1, ..before },
    };
    partial.update(|partial| {
        partial.remove(&key);
    });
    fetched
}

type Data = Arc<dyn Any + Send + Sync>;

/// The one place that says which call answers which query.
async fn ask(cloud: &Cloud, key: &Key, partial: RwSignal<Partial>) -> Result<Data, ApiError> {
    Ok(match &key.query {
        Query::Servers => list(cloud, compute::ListServers::default(), key, partial).await?,
        Query::Server(id) => Arc::new(cloud.call(&compute::ShowServer(id.clone())).await?),
        Query::Images => list(cloud, image::ListImages::default(), key, partial).await?,
        Query::Image(id) => Arc::new(cloud.call(&image::ShowImage(id.clone())).await?),
        Query::Flavors => list(cloud, compute::Flavors::default(), key, partial).await?,
        Query::Keypairs => list(cloud, compute::Keypairs::default(), key, partial).await?,
        Query::ComputeLimits => Arc::new(cloud.call(&compute::Limits).await?),
        Query::VolumeLimits => Arc::new(cloud.call(&block_storage::Limits).await?),
        Query::Attachments(id) => Arc::new(cloud.call(&compute::Attachments(id.clone())).await?),
        Query::Volumes => list(cloud, block_storage::ListVolumes::default(), key, partial).await?,
        Query::VolumeSnapshots => list(cloud, block_storage::ListSnapshots::default(), key, partial).await?,
        Query::Networks => list(cloud, network::Networks::default(), key, partial).await?,
        Query::SecurityGroups => list(cloud, network::SecurityGroups::default(), key, partial).await?,
        Query::FloatingIps => list(cloud, network::FloatingIps::default(), key, partial).await?,
        Query::Ports(id) => list(cloud, network::Ports::of_server(id), key, partial).await?,
    })
}

/// All pages; the first ones can be seen while the others come.
async fn list<C>(cloud: &Cloud, call: C, key: &Key, partial: RwSignal<Partial>) -> Result<Data, ApiError>
where
    C: PagedCall,
    C::Item: Clone + Send + Sync + 'static,
{
    let mut so_far: Vec<C::Item> = Vec::new();
    let all = cloud
        .all(call, |page| {
            so_far.extend_from_slice(page);
            let seen: Data = Arc::new(so_far.clone());
            partial.update(|partial| {
                partial.insert(key.clone(), seen);
            });
        })
        .await?;
    Ok(Arc::new(all))
}

pub fn use_queries() -> Queries {
    use_context::<Queries>().unwrap_or_else(|| Queries::provide(super::session::use_session()))
}
