//! Runs operations: does what the machines say, journals it, and finds it again after a reload.
//!
//! The journal is one entry of `localStorage` per operation, written before anything is made. An operation is driven by
//! one tab (Web Locks), for the user whose work it is, in the cloud, project and region that it belongs to, and nowhere else.

mod journal;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use self::journal::Record;
use super::perform::perform;
use super::queries::{Queries, Query};
use super::session::{Session, SignedIn};
use crate::browser::{clock, crypto, locks, visibility};
use crate::model::{ImageId, ServerId, UserId};
use crate::openstack::ApiError;
use crate::operation::{Effect, Event, Kind, Millis, Next, Operation, OperationId, Place};

/// How often a tab that may not drive an operation looks how far the other has come, in milliseconds.
const SPECTATOR: u64 = 2_000;

/// Snapshots and backups that one tab has the cloud make at once; the others wait for their turn. Nova copies at most
/// five at a time per host, and a project's quota of volumes and the store's patience are shared.
const AT_ONCE: usize = 3;

/// An operation as the screens see it.
#[derive(Clone)]
pub struct Entry {
    pub id: OperationId,
    /// Whose it is; `None` in old journals.
    user: Option<UserId>,
    pub operation: ArcRwSignal<Operation>,
    /// Who drives it.
    pub driver: ArcRwSignal<Driver>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    Nobody,
    ThisTab,
    OtherTab,
}

#[derive(Clone, Copy)]
pub struct Operations {
    /// Of the user who is signed in, newest first.
    pub all: RwSignal<Vec<Entry>>,
    /// The one that ended last, for the shell to announce.
    pub ended: RwSignal<Option<Entry>>,
    /// Whether the journal could be written; if not, a reload forgets what is running.
    pub kept: RwSignal<bool>,
    session: Session,
    queries: Queries,
    /// Part of no journal: it may hold secrets.
    user_data: StoredValue<HashMap<OperationId, String>>,
}

impl Operations {
    pub fn provide(session: Session, queries: Queries) -> Self {
        let operations = Self {
            all: RwSignal::new(Vec::new()),
            ended: RwSignal::new(None),
            kept: RwSignal::new(true),
            session,
            queries,
            user_data: StoredValue::new(HashMap::new()),
        };
        // Whoever signs in, or switches, finds what belongs there going on; nobody sees what the last user did.
        leptos::prelude::Effect::new(move |_| {
            if session.who.with(Option::is_some) {
                operations.read_journal();
            } else {
                operations.all.set(Vec::new());
                operations.ended.set(None);
            }
        });
        // Another tab began or finished something.
        crate::browser::document::on_storage_change(move || operations.read_journal());
        provide_context(operations);
        operations
    }

    /// Begins a piece of work in the present project. The token is renewed first, as Nova will use it until the end.
    pub async fn start(self, kind: Kind, user_data: Option<String>) -> Result<OperationId, ApiError> {
        self.fresh_here().await?;
        self.begin(kind, user_data)
    }

    /// Begins several: all of them are in the journal before the first is asked for.
    pub async fn start_all(self, kinds: Vec<Kind>) -> Result<Vec<OperationId>, ApiError> {
        self.fresh_here().await?;
        kinds.into_iter().map(|kind| self.begin(kind, None)).collect()
    }

    /// What was agreed to is not begun in another project.
    async fn fresh_here(self) -> Result<(), ApiError> {
        let place = self.session.place_untracked();
        self.session.fresh().await?;
        if self.session.place_untracked() == place { Ok(()) } else { Err(ApiError::SessionEnded) }
    }

    fn begin(self, kind: Kind, user_data: Option<String>) -> Result<OperationId, ApiError> {
        let who = self.session.who.get_untracked().ok_or(ApiError::SessionEnded)?;
        let id = OperationId(crypto::nonce());
        let operation = Operation::new(id.clone(), self.session.now(), place(&who), kind);
        if let Some(user_data) = user_data {
            self.user_data.update_value(|all| {
                all.insert(id.clone(), user_data);
            });
        }
        let record = Record { user: Some(who.user_id.clone()), operation };
        self.write(&record);
        let entry = entry(record);
        self.all.update(|all| all.insert(0, entry.clone()));
        spawn_local(self.drive(entry, false));
        Ok(id)
    }

    /// Tries once more what one that is over could not delete.
    pub fn again(self, entry: &Entry) {
        self.apply(entry, Event::Again);
        spawn_local(self.drive(entry.clone(), false));
    }

    /// Forgets one that is over.
    pub fn dismiss(self, id: &OperationId) {
        journal::remove(id);
        self.all.update(|all| all.retain(|entry| entry.id != *id));
    }

    pub fn find(self, id: &OperationId) -> Option<Entry> {
        self.all.with(|all| all.iter().find(|entry| entry.id == *id).cloned())
    }

    /// Those that are not over, of the present project and region. Tracked.
    pub fn running(self) -> Vec<Entry> {
        let who = self.session.who.get();
        let here = |entry: &Entry| {
            entry.operation.with(|it| !it.is_over() && who.as_ref().is_some_and(|who| belongs(it, who)))
        };
        self.all.with(|all| all.iter().filter(|entry| here(entry)).cloned().collect())
    }

    /// Servers of which a snapshot or a backup is not over, in whatever tab. Tracked.
    pub fn captured(self) -> Vec<ServerId> {
        let server = |entry: Entry| {
            entry.operation.with(|it| match &it.kind {
                Kind::Snapshot(work) | Kind::Backup(work) => Some(work.server.clone()),
                Kind::Launch(_) | Kind::DeleteImages(_) => None,
            })
        };
        self.running().into_iter().filter_map(server).collect()
    }

    /// Images that an operation is about to delete, in whatever tab. Tracked.
    pub fn going(self) -> HashSet<ImageId> {
        let mut going = HashSet::new();
        for entry in self.running() {
            entry.operation.with(|it| {
                if let Kind::DeleteImages(work) = &it.kind {
                    going.extend(work.going().cloned());
                }
            });
        }
        going
    }

    fn read_journal(self) {
        let Some(user) = self.session.who.with_untracked(|who| who.as_ref().map(|who| who.user_id.clone())) else {
            return;
        };
        let read = journal::of(&user);
        self.all.update(|all| {
            all.retain(|entry| journal::is_of(entry.user.as_ref(), &user));
            for record in read {
                match all.iter().find(|entry| entry.id == record.operation.id) {
                    None => all.push(entry(record)),
                    // Only what others drive: one's own state is newer than what one wrote.
                    Some(known) if known.driver.get_untracked() != Driver::ThisTab => {
                        known.operation.set(record.operation);
                    }
                    Some(_) => {}
                }
            }
            all.sort_by_key(|entry| {
                std::cmp::Reverse((entry.operation.with_untracked(|it| it.started), entry.id.clone()))
            });
        });
        self.drive_all();
    }

    fn drive_all(self) {
        for entry in self.all.get_untracked() {
            let idle = entry.driver.get_untracked() == Driver::Nobody;
            let open = entry.operation.with_untracked(|it| !it.is_over());
            if idle && open && self.is_here(&entry) {
                spawn_local(self.drive(entry, true));
            }
        }
    }

    fn is_here(self, entry: &Entry) -> bool {
        let who = self.session.who.get_untracked();
        who.is_some_and(|who| {
            journal::is_of(entry.user.as_ref(), &who.user_id) && entry.operation.with_untracked(|it| belongs(it, &who))
        })
    }

    /// Until it is over, or belongs elsewhere.
    async fn drive(self, entry: Entry, from_journal: bool) {
        entry.driver.set(Driver::OtherTab);
        let name = journal::key(&entry.id);
        let held = loop {
            if let Some(held) = locks::try_hold(&name).await {
                break held;
            }
            clock::sleep(SPECTATOR).await;
            if let Some(newer) = journal::read(&entry.id) {
                entry.operation.set(newer);
            }
            if !self.is_here(&entry) || entry.operation.with_untracked(Operation::is_over) {
                entry.driver.set(Driver::Nobody);
                return;
            }
        };
        entry.driver.set(Driver::ThisTab);
        if from_journal {
            // Another tab may have come further before it was closed.
            if let Some(newer) = journal::read(&entry.id) {
                entry.operation.set(newer);
            }
            self.apply(&entry, Event::Resumed);
        }
        while self.is_here(&entry) {
            let next = entry.operation.with_untracked(|it| it.next(now()));
            match next {
                Next::Do(effect) => self.carry_out(&entry, effect).await,
                Next::Wait { until, .. } => {
                    let millis = until.since(now()).clamp(10, 60_000);
                    clock::sleep(millis).await;
                }
                Next::Paused { .. } => {
                    // The session asks its user by itself; a call that waits for the renewal goes on after it.
                    if self.session.fresh().await.is_ok() {
                        self.apply(&entry, Event::Resumed);
                    } else {
                        clock::sleep(1_000).await;
                    }
                }
                Next::Done(_) | Next::Failed(_) => {
                    self.refresh_lists();
                    self.user_data.update_value(|all| {
                        all.remove(&entry.id);
                    });
                    self.ended.set(Some(entry.clone()));
                    break;
                }
            }
        }
        entry.driver.set(Driver::Nobody);
        drop(held);
    }

    async fn carry_out(self, entry: &Entry, effect: Effect) {
        if !effect.creates() && watches_only(entry) {
            // The cloud does the work: nobody looks, nothing is asked.
            while visibility::is_hidden() {
                clock::sleep(250).await;
            }
        }
        let user_data = self.user_data.with_value(|all| all.get(&entry.id).cloned());
        if let Effect::CreateServer { spec, .. } = &effect
            && spec.has_user_data
            && user_data.is_none()
        {
            // Lost with the reload, and a server without them is not what was asked for.
            self.apply(entry, Event::Cancel);
            return;
        }
        let creates = effect.creates();
        if creates {
            let crowded = || is_capture(entry) && self.captures_under_way() >= AT_ONCE;
            if crowded() {
                entry.operation.update(|it| it.apply(Event::Waiting, now()));
            }
            while crowded() {
                clock::sleep(250).await;
                if !self.is_here(entry) {
                    return;
                }
            }
            // It may have waited for long, or come out of the journal: this request's token has to last to the end.
            if self.session.fresh().await.is_err() {
                return clock::sleep(5_000).await;
            }
            if is_capture(entry) && self.captures_under_way() >= AT_ONCE {
                // Others, who waited for the same token, have taken the place.
                return;
            }
            // Without Web Locks another tab may have been faster.
            let journal = self.kept.get_untracked().then(|| journal::read(&entry.id)).flatten();
            if let Some(newer) = journal.filter(|it| !it.would(&effect, now())) {
                return entry.operation.set(newer);
            }
        }
        // Somebody may have switched or signed out while it waited.
        let (true, Ok(cloud)) = (self.is_here(entry), self.session.cloud()) else {
            return clock::sleep(500).await;
        };
        if creates {
            self.apply(entry, Event::Asking);
        }
        let event = perform(&cloud, effect, user_data).await;
        if cloud.is_present() && self.is_here(entry) {
            self.apply(entry, event);
        } else if self.is_here(entry) {
            // There and back again: what was asked on the way may have found nobody. It is looked for, as after a reload.
            self.apply(entry, Event::Resumed);
        }
        if creates {
            self.refresh_lists();
        }
    }

    fn captures_under_way(self) -> usize {
        let counts = |entry: &&Entry| {
            entry.driver.get_untracked() == Driver::ThisTab
                && entry.operation.with_untracked(|it| match &it.kind {
                    Kind::Snapshot(work) | Kind::Backup(work) => work.is_under_way(),
                    _ => false,
                })
        };
        self.all.with_untracked(|all| all.iter().filter(counts).count())
    }

    fn apply(self, entry: &Entry, event: Event) {
        let before = entry.operation.get_untracked();
        let mut after = before.clone();
        after.apply(event, now());
        if after != before {
            self.write(&Record { user: entry.user.clone(), operation: after.clone() });
            entry.operation.set(after);
        }
    }

    fn write(self, record: &Record) {
        let kept = journal::write(record);
        if self.kept.get_untracked() != kept {
            self.kept.set(kept);
        }
    }

    fn refresh_lists(self) {
        for query in [
            Query::Servers,
            Query::Images,
            Query::HiddenImages,
            Query::VolumeSnapshots,
            Query::FloatingIps,
            Query::VolumeLimits,
            Query::ImageUsage,
            Query::ComputeLimits,
        ] {
            self.queries.refresh(&query);
        }
    }
}

/// A snapshot, and a backup that Nova rotates, are finished by the cloud alone; launches and deletions have steps that
/// only this page takes, so they go on while nobody looks.
fn watches_only(entry: &Entry) -> bool {
    entry.operation.with_untracked(|it| match &it.kind {
        Kind::Snapshot(work) | Kind::Backup(work) => !work.needs_page(),
        Kind::Launch(_) | Kind::DeleteImages(_) => false,
    })
}

fn is_capture(entry: &Entry) -> bool {
    entry.operation.with_untracked(|it| matches!(it.kind, Kind::Snapshot(_) | Kind::Backup(_)))
}

fn now() -> Millis {
    Millis(clock::now_ms() as i64)
}

fn entry(Record { user, operation }: Record) -> Entry {
    let driver = ArcRwSignal::new(Driver::Nobody);
    Entry { id: operation.id.clone(), user, operation: ArcRwSignal::new(operation), driver }
}

fn place(who: &Arc<SignedIn>) -> Place {
    Place {
        project: who.project.id.clone(),
        project_name: who.project.name.clone(),
        cloud: who.auth_url.clone(),
        region: who.region.clone(),
    }
}

fn belongs(operation: &Operation, who: &SignedIn) -> bool {
    operation.project == who.project.id && operation.cloud == who.auth_url && operation.region == who.region
}

pub fn use_operations() -> Operations {
    use_context::<Operations>()
        .unwrap_or_else(|| Operations::provide(super::session::use_session(), super::queries::use_queries()))
}
