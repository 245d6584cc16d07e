//! What the cloud said last: fetched once, shared by all screens, kept when a refresh fails.
//!
//! When something is asked is decided in `cache`; here that becomes signals and calls.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::cache::{Data, Entry};
use super::session::{Cloud, Session};
use crate::backup::executions::reach_back;
use crate::backup::workflow::BACKUP;
use crate::browser::clock;
use crate::model::{ImageId, Moment, ServerId};
use crate::openstack::call::{Call, PagedCall};
use crate::openstack::{ApiError, block_storage, compute, image, network, workflow};

/// One thing to ask of the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Query {
    Servers,
    Server(ServerId),
    Images,
    /// Glance leaves them out of the list unless they are asked for alone.
    HiddenImages,
    /// Likewise, but for the project's own.
    CommunityImages,
    Image(ImageId),
    Flavors,
    Keypairs,
    ComputeLimits,
    VolumeLimits,
    ImageUsage,
    Attachments(ServerId),
    Volumes,
    VolumeSnapshots,
    Networks,
    SecurityGroups,
    FloatingIps,
    Ports(ServerId),
    Triggers,
    /// The newest runs of Carrete's workflow: so many that they tell of every trigger how it last went.
    Runs,
    /// The workflows of the project, with their texts.
    Workflows,
    /// Whether Mistral can make backups at all: `NotFound` where the OpenStack actions are not installed. Not polled.
    BackupAction,
}

/// A query in a project and region: another project's answer is another entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    place: Arc<str>,
    query: Query,
}

/// A query as a view sees it.
pub struct Remote<T: Send + Sync + 'static> {
    /// The last good answer, or the first pages of the first; `None` until there is one. Changes only when the answer does.
    pub data: Memo<Option<Arc<T>>>,
    /// When it came, by the cloud's clock; `None` until there is one that is whole.
    pub at: Memo<Option<Moment>>,
    /// When it was asked for, in milliseconds since 1970: what has changed later may not be in it.
    pub since: Memo<Option<f64>>,
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
    /// Whether the answer was asked for at `moment` (milliseconds since 1970) or later. Tracked.
    pub fn is_since(&self, moment: f64) -> bool {
        self.since.get().is_some_and(|since| since >= moment)
    }
    /// Asks again, now; nothing after the view is gone that asked.
    pub fn refresh(&self) {
        if let Some(query) = self.query.try_get_untracked().flatten() {
            self.queries.refresh(&query);
        }
    }
    pub fn get(&self) -> Option<Arc<T>> {
        self.data.get()
    }
}

type Slot = ArcRwSignal<Entry>;

#[derive(Clone, Copy)]
pub struct Queries {
    entries: StoredValue<HashMap<Key, Slot>>,
    session: Session,
}

/// Counts as one who watches, for as long as it lives.
#[derive(PartialEq)]
struct Watch(Slot);

impl Drop for Watch {
    fn drop(&mut self) {
        // Nothing that a view shows changes.
        self.0.write_untracked().leave(clock::now_ms());
    }
}

impl Queries {
    pub fn provide(session: Session) -> Self {
        let queries = Self { entries: StoredValue::new(HashMap::new()), session };
        provide_context(queries);
        queries
    }

    /// A query as long as the view that asks lives. `None` asks nothing (yet).
    pub fn query<T: Send + Sync + 'static>(
        self,
        query: impl Fn() -> Option<Query> + Send + Sync + 'static,
    ) -> Remote<T> {
        let query = Memo::new(move |_| query());
        let slot = self.watch(query);
        let data = Memo::new_with_compare(
            move |_| {
                let data = slot.get()?.with(|entry| entry.data().cloned())?;
                data.downcast::<T>().ok()
            },
            // An answer that says the same as the last one is the last one: see `ask`.
            |old: Option<&Option<Arc<T>>>, new| match (old, new) {
                (Some(Some(old)), Some(Some(new))) => !Arc::ptr_eq(old, new),
                (Some(None), Some(None)) => false,
                _ => true,
            },
        );
        let (at, since, error) = facts(slot, self.session);
        Remote { data, at, since, error, query, queries: self }
    }

    /// Watches what `query` says now. Not generic, so that it is compiled once.
    fn watch(self, query: Memo<Option<Query>>) -> Memo<Option<Slot>> {
        let session = self.session;
        let key = Memo::new(move |_| Some(Key { place: session.place()?, query: query.get()? }));
        let slot = Memo::new(move |_| key.get().map(|key| self.slot(key)));
        // At once, so that the request is on its way before the view is drawn.
        let watching = RenderEffect::new(move |before: Option<Option<Watch>>| {
            let now = slot.get();
            match (before.flatten(), now) {
                (Some(before), Some(now)) if before.0 == now => Some(before),
                (_, Some(now)) => {
                    let key = key.get_untracked();
                    if now.write_untracked().watch(clock::now_ms())
                        && let Some(key) = key
                    {
                        self.ask(key, now.clone());
                    }
                    Some(Watch(now))
                }
                (_, None) => None,
            }
        });
        on_cleanup(move || drop(watching));
        slot
    }

    fn slot(self, key: Key) -> Slot {
        let slot = self.entries.try_update_value(|all| {
            let now = clock::now_ms();
            all.retain(|known, slot| *known == key || !slot.read_untracked().is_forgotten(now));
            all.entry(key).or_insert_with(|| Slot::new(Entry::new(now))).clone()
        });
        slot.unwrap_or_else(|| Slot::new(Entry::new(clock::now_ms())))
    }

    fn known(self, query: &Query) -> Option<(Key, Slot)> {
        let key = Key { place: self.session.place_untracked()?, query: query.clone() };
        let slot = self.entries.with_value(|all| all.get(&key).cloned())?;
        Some((key, slot))
    }

    /// Asks again if any view shows it; otherwise the next view that does will.
    pub fn refresh(self, query: &Query) {
        if let Some((key, slot)) = self.known(query)
            && slot.write_untracked().refresh(clock::now_ms())
        {
            self.ask(key, slot);
        }
    }

    /// Puts what is known better into the last answer, until the next one comes. `better`: `None` where nothing is.
    pub fn amend<T: Send + Sync + 'static>(self, query: &Query, better: impl FnOnce(&T) -> Option<T>) {
        let Some((_, slot)) = self.known(query) else { return };
        let known = slot.read_untracked().data().cloned();
        if let Some(better) = known.and_then(|known| better(known.downcast_ref()?)) {
            slot.write().amend(Arc::new(better));
        }
    }

    /// An answer that nobody asked for.
    pub fn put<T: Send + Sync + 'static>(self, query: Query, answer: T) {
        let Some(place) = self.session.place_untracked() else { return };
        // Nothing is asked again: no session is behind it.
        let _ = self.slot(Key { place, query }).write().finish(Ok(Arc::new(answer)), clock::now_ms());
    }

    /// Forgets everything: another user may sign in.
    pub fn clear(self) {
        self.entries.update_value(HashMap::clear);
    }

    /// Milliseconds since the query was last tried, and how often it has failed since it last succeeded; `None` if it
    /// was never asked, or is being asked right now.
    pub fn tried(self, query: &Query) -> Option<(f64, u32)> {
        let (_, slot) = self.known(query)?;
        slot.read_untracked().tried(clock::now_ms())
    }

    /// The last good answer, without asking for one.
    pub fn cached<T: Send + Sync + 'static>(self, query: &Query) -> Option<Arc<T>> {
        let (_, slot) = self.known(query)?;
        let data = slot.read_untracked().data().cloned()?;
        data.downcast().ok()
    }

    /// Makes the attempts that have begun, one after the other.
    fn ask(self, key: Key, slot: Slot) {
        spawn_local(async move {
            loop {
                let outcome = match self.session.cloud() {
                    // Another project's answer must not get into this entry.
                    _ if self.session.place_untracked().as_ref() != Some(&key.place) => Err(ApiError::SessionEnded),
                    Ok(cloud) => ask(&cloud, &key.query, &slot, self.session.now()).await,
                    Err(error) => Err(error),
                };
                let again = slot.write().finish(outcome, clock::now_ms());
                if !again {
                    return;
                }
            }
        });
    }
}

/// When the answer came and was asked for, and why the newest attempt failed.
#[allow(clippy::type_complexity, reason = "taken apart at once by the only caller")]
fn facts(
    slot: Memo<Option<Slot>>,
    session: Session,
) -> (Memo<Option<Moment>>, Memo<Option<f64>>, Memo<Option<ApiError>>) {
    let at = Memo::new(move |_| {
        let at = slot.get()?.with(Entry::at)?;
        Some(session.correct(Moment((at / 1000.0) as i64)))
    });
    let error = Memo::new(move |_| slot.get()?.with(|entry| entry.error().cloned()));
    let since = Memo::new(move |_| slot.get()?.with(Entry::since));
    (at, since, error)
}

/// The one place that says which call answers which query.
async fn ask(cloud: &Cloud, query: &Query, slot: &Slot, now: Moment) -> Result<Data, ApiError> {
    match query {
        Query::Servers => list(cloud, compute::ListServers::default(), slot).await,
        Query::Server(id) => one(cloud, compute::ShowServer(id.clone()), slot).await,
        Query::Images => list(cloud, image::ListImages::default(), slot).await,
        Query::HiddenImages => list(cloud, image::ListImages::default().with("os_hidden", "true"), slot).await,
        Query::CommunityImages => list(cloud, image::ListImages::default().with("visibility", "community"), slot).await,
        Query::Image(id) => one(cloud, image::ShowImage(id.clone()), slot).await,
        Query::Flavors => list(cloud, compute::Flavors::default(), slot).await,
        Query::Keypairs => list(cloud, compute::Keypairs::default(), slot).await,
        Query::ComputeLimits => one(cloud, compute::Limits, slot).await,
        Query::VolumeLimits => one(cloud, block_storage::Limits, slot).await,
        Query::ImageUsage => one(cloud, image::Usage, slot).await,
        Query::Attachments(id) => one(cloud, compute::Attachments(id.clone()), slot).await,
        Query::Volumes => list(cloud, block_storage::ListVolumes::default(), slot).await,
        Query::VolumeSnapshots => list(cloud, block_storage::ListSnapshots::default(), slot).await,
        Query::Networks => list(cloud, network::Networks::default(), slot).await,
        Query::SecurityGroups => list(cloud, network::SecurityGroups::default(), slot).await,
        Query::FloatingIps => list(cloud, network::FloatingIps::default(), slot).await,
        Query::Ports(id) => list(cloud, network::Ports::of_server(id), slot).await,
        Query::Triggers => list(cloud, workflow::ListTriggers::default(), slot).await,
        Query::Runs => runs(cloud, now).await,
        Query::Workflows => list(cloud, workflow::ListWorkflows::default(), slot).await,
        Query::BackupAction => one(cloud, workflow::Action(workflow::BACKUP_ACTION.to_owned()), slot).await,
    }
}

/// Pages of runs: a project with so many more has others to tell it.
const PAGES_OF_RUNS: usize = 10;

async fn runs(cloud: &Cloud, now: Moment) -> Result<Data, ApiError> {
    let mut page = cloud.call(&workflow::ListExecutions::of(BACKUP)).await?;
    let mut runs = std::mem::take(&mut page.items);
    if page.next.is_some() {
        let triggers = cloud.all(workflow::ListTriggers::default(), |_| ()).await?;
        for _ in 1..PAGES_OF_RUNS {
            let Some(marker) = page.next.take().filter(|_| !reach_back(&runs, &triggers, now)) else { break };
            page = cloud.call(&workflow::ListExecutions::of(BACKUP).after(marker)).await?;
            runs.append(&mut page.items);
        }
    }
    Ok(Arc::new(runs))
}

/// The answer before, if it was whole.
fn before<T: Send + Sync + 'static>(slot: &Slot) -> Option<Arc<T>> {
    let entry = slot.read_untracked();
    entry.at()?;
    entry.data()?.clone().downcast().ok()
}

async fn one<C>(cloud: &Cloud, call: C, slot: &Slot) -> Result<Data, ApiError>
where
    C: Call,
    C::Reply: PartialEq + Send + Sync + 'static,
{
    let now = cloud.call(&call).await?;
    Ok(match before::<C::Reply>(slot) {
        Some(before) if *before == now => before,
        _ => Arc::new(now),
    })
}

/// What is read and drawn in some milliseconds, so that it need not be two tasks.
const SHORT: usize = 100;

/// All pages; the first ones can be seen while the others come.
///
/// What came before is compared page by page, so that ten thousand images that are as they were cost nobody a pause, and
/// the views nothing at all. The list is shown when it has doubled, not at every page: copying it each time would cost
/// more than fetching it.
async fn list<C>(cloud: &Cloud, call: C, slot: &Slot) -> Result<Data, ApiError>
where
    C: PagedCall,
    C::Item: Clone + PartialEq + Send + Sync + 'static,
{
    let before = before::<Vec<C::Item>>(slot);
    let mut same = before.is_some();
    let (mut seen, mut shown) = (0, 0);
    let mut so_far: Vec<C::Item> = Vec::new();
    let all = cloud
        .all(call, |page| {
            let old = before.as_ref().and_then(|before| before.get(seen..seen + page.len()));
            same = same && old.is_some_and(|old| old == page);
            seen += page.len();
            if before.is_none() {
                so_far.extend_from_slice(page);
                if seen > SHORT && seen >= 2 * shown {
                    shown = seen;
                    show_part(slot.clone(), Arc::new(so_far.clone()));
                }
            }
        })
        .await;
    let all = all?;
    if all.len() > SHORT {
        // The last page was read just now; what the views make of it all is another task.
        clock::sleep(0).await;
    }
    Ok(match before {
        Some(before) if same && before.len() == all.len() => before,
        _ => Arc::new(all),
    })
}

/// Shortly: reading a page and drawing it in one task would be a pause that is felt.
fn show_part(slot: Slot, data: Data) {
    spawn_local(async move {
        clock::sleep(0).await;
        if slot.write_untracked().part(data) {
            slot.notify();
        }
    });
}

pub fn use_queries() -> Queries {
    use_context::<Queries>().unwrap_or_else(|| Queries::provide(super::session::use_session()))
}
