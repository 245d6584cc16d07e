//! While a page is open: backs up by itself what is due, and tells who is not looking that something is late. Both only when
//! somebody has ticked it, for themselves in one project and region of one cloud, and in one tab of this browser (Web Lock).
//!
//! The lists that screens show may be old, and nobody refreshes them behind a hidden page. So nothing here rests on them: when
//! a slot has come, all lists are read anew, and only what is due by *these* is planned and run, each plan by the policy on
//! its server. What was tried is written down before anything is asked of the cloud, so that a reload does not try again; what
//! fails waits (`backup::due::may_try`).

mod stock;

use std::pin::pin;
use std::sync::Arc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::stock::{Picture, Stock};
use super::operations::Operations;
use super::queries::{Queries, Query};
use super::session::{Session, SignedIn};
use crate::backup::due::{Attempt, Due, attempt, may_try};
use crate::backup::health::ServerHealth;
use crate::backup::metadata;
use crate::browser::storage::Store;
use crate::browser::{attention, clock, document, locks};
use crate::i18n::{t, tr};
use crate::json_struct;
use crate::model::{Message, Moment, Server, ServerId};
use crate::openstack::ApiError;
use crate::operation::Kind;

/// How often the clock is looked at, in milliseconds; browsers make it a minute behind a hidden page.
const TICK: u64 = 2_000;
/// Seconds after which all is read anew although no slot has come: somebody may have changed a policy elsewhere.
const CALM: i64 = 300;
/// While something is due that has to wait.
const WAITING: i64 = 60;
/// The least between two readings.
const LEAST: i64 = 15;
/// How often it is looked whether the session asks the user, in milliseconds.
const ASKED: u64 = 200;

/// What a user has ticked for a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    pub automatic: bool,
    pub notify: bool,
}

json_struct!(tolerant Wishes { automatic, notify });

/// How it goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    #[default]
    Off,
    /// Another tab of this browser does it.
    OtherTab,
    /// When all was last looked at.
    Watching(Moment),
    /// Something is due and cannot be run; why.
    HeldBack(Message),
    /// The lists could not be read.
    Failed(ApiError),
}

#[derive(Clone, Copy)]
pub struct DueRuns {
    /// Of the present place.
    pub wishes: RwSignal<Wishes>,
    pub status: RwSignal<Status>,
    /// Names of the servers whose backups were begun by themselves, for the shell to announce.
    pub begun: RwSignal<Option<Vec<String>>>,
    session: Session,
    queries: Queries,
    operations: Operations,
}

/// What one tab remembers between two looks.
#[derive(Default)]
struct Watch {
    place: Option<Arc<str>>,
    lock: Option<locks::Held>,
    picture: Option<Picture>,
    /// When the next reading is due at the latest.
    next: Option<Moment>,
    read: Option<Moment>,
    /// The policies as the screens' list tells them, to notice a change at once.
    policies: Vec<(ServerId, String)>,
}

impl DueRuns {
    /// For as long as the page lives.
    pub fn provide(session: Session, queries: Queries, operations: Operations) -> Self {
        let runs = Self {
            wishes: RwSignal::new(Wishes::default()),
            status: RwSignal::new(Status::Off),
            begun: RwSignal::new(None),
            session,
            queries,
            operations,
        };
        let whose = Memo::new(move |_| session.who.with(|who| who.as_deref().map(wishes_key)));
        Effect::new(move |_| runs.recall(whose.get()));
        document::on_storage_change(move || runs.recall(runs.whose()));
        provide_context(runs);
        spawn_local(async move {
            let mut watch = Watch::default();
            loop {
                clock::sleep(TICK).await;
                runs.look(&mut watch).await;
            }
        });
        runs
    }

    fn whose(self) -> Option<String> {
        self.session.who.with_untracked(|who| who.as_deref().map(wishes_key))
    }

    fn recall(self, whose: Option<String>) {
        let kept = whose.and_then(|key| Store::Local.get(&key)).unwrap_or_default();
        if self.wishes.get_untracked() != kept {
            self.wishes.set(kept);
        }
    }

    pub fn wish(self, wishes: Wishes) {
        if let Some(key) = self.whose() {
            Store::Local.set(&key, &wishes);
        }
        self.wishes.set(wishes);
    }

    /// Tells of something that went wrong, to whoever wants to be told.
    pub fn tell(self, title: &str, text: &str, tag: &str) {
        if self.wishes.get_untracked().notify {
            attention::notify(title, text, &format!("carrete {tag}"));
        }
    }

    async fn look(self, watch: &mut Watch) {
        let who = self.session.who.get_untracked().filter(|who| !who.read_only);
        let wishes = self.wishes.get_untracked();
        let Some(who) = who.filter(|_| wishes != Wishes::default()) else {
            *watch = Watch::default();
            return self.say(Status::Off);
        };
        // The session asks for a password: nobody is there. Another tab may do it meanwhile.
        if self.session.asking.with_untracked(Option::is_some) {
            watch.lock = None;
            return;
        }
        if watch.place.as_ref() != Some(&who.place) {
            *watch = Watch { place: Some(Arc::clone(&who.place)), ..Watch::default() };
        }
        if watch.lock.is_none() {
            watch.lock = locks::try_hold(&key("lock", &who.place)).await;
            if watch.lock.is_none() {
                return self.say(Status::OtherTab);
            }
        }
        if !self.has_to_read(watch, wishes) {
            return;
        }
        watch.read = Some(self.session.now());
        match self.read_and_run(watch, &who, wishes).await {
            Ok(status) => self.say(status),
            Err(error) => {
                watch.next = Some(self.session.now().plus(WAITING));
                self.say(Status::Failed(error));
            }
        }
    }

    /// Makes sure of a token that lasts. Where the session has to ask for a password it is not waited for.
    async fn waits_for_the_user(self) -> Result<bool, ApiError> {
        let session = self.session;
        // On its own, so that the answer to the dialog is taken in whoever looks then.
        let (tell, told) = oneshot::channel();
        spawn_local(async move { _ = tell.send(session.fresh().await) });
        let asked = pin!(async move {
            while session.asking.with_untracked(Option::is_none) {
                clock::sleep(ASKED).await;
            }
        });
        match select(told, asked).await {
            Either::Left((fresh, _)) => fresh.unwrap_or(Err(ApiError::SessionEnded)).map(|()| false),
            Either::Right(_) => Ok(true),
        }
    }

    fn say(self, status: Status) {
        if self.status.with_untracked(|now| *now != status) {
            self.status.set(status);
        }
    }

    fn has_to_read(self, watch: &mut Watch, wishes: Wishes) -> bool {
        let now = self.session.now();
        let policies = self.queries.cached::<Vec<Server>>(&Query::Servers).map(|all| policies(&all));
        let changed = policies.is_some_and(|policies| {
            let changed = policies != watch.policies;
            watch.policies = policies;
            changed
        });
        let Some(read) = watch.read else { return true };
        if now.0 - read.0 < LEAST && now >= read {
            if changed {
                watch.next = Some(read.plus(LEAST));
            }
            return false;
        }
        let attempts = watch.place.as_deref().map(attempts).unwrap_or_default();
        let may = |due: &Due| due.may_run() && may_try(due, find(&attempts, due), now);
        let waits = matches!(self.status.get_untracked(), Status::HeldBack(_) | Status::Failed(_));
        let due =
            wishes.automatic && !waits && watch.picture.as_ref().is_some_and(|picture| picture.due.iter().any(may));
        changed || due || watch.next.is_none_or(|next| now >= next)
    }

    /// One look at everything; backups that are due by it are begun.
    async fn read_and_run(self, watch: &mut Watch, who: &SignedIn, wishes: Wishes) -> Result<Status, ApiError> {
        if wishes.automatic {
            // Before the lists are read: the user may have to be asked, and that may take hours.
            if self.waits_for_the_user().await? {
                // Then all is read at once; until then the next look lets go of the lock.
                watch.read = None;
                return Ok(self.status.get_untracked());
            }
        }
        let cloud = self.session.cloud()?;
        let stock = Stock::read(&cloud).await?;
        let now = self.session.now();
        let picture = stock.picture(&who.project.id, &untrack(|| self.operations.captured()), now);
        // Somebody may have signed out, or have switched to another project meanwhile.
        if self.session.place_untracked() != watch.place || self.wishes.get_untracked() != wishes {
            return Ok(self.status.get_untracked());
        }
        attention::badge(u32::try_from(picture.worrying.len()).unwrap_or(u32::MAX));
        self.tell_news(&picture.worrying, &who.place);
        let mut status = Status::Watching(now);
        if wishes.automatic {
            let before = attempts(&who.place);
            let chosen: Vec<&Due> =
                picture.due.iter().filter(|due| due.may_run() && may_try(due, find(&before, due), now)).collect();
            if !chosen.is_empty() {
                let (work, held_back) = stock.plan(&cloud, &chosen, &who.project.id, now).await?;
                // The plan asks the cloud too: what was planned here must not begin elsewhere.
                if self.session.place_untracked() != watch.place || self.wishes.get_untracked() != wishes {
                    return Ok(self.status.get_untracked());
                }
                let forgetful = !work.is_empty() && !self.begin(work, before, &who.place, now).await?;
                if let Some(why) = held_back.or_else(|| forgetful.then(|| Message::new("due_runs.forgetful"))) {
                    status = Status::HeldBack(why);
                }
            }
        }
        let calm = if picture.due.is_empty() { CALM } else { WAITING };
        watch.next = Some(picture.next.map_or(now.plus(calm), |next| next.plus(1).min(now.plus(calm))));
        watch.picture = Some(picture);
        Ok(status)
    }

    /// Whether it was begun: a page that cannot remember what it tried would try it again after every reload.
    async fn begin(
        self,
        work: Vec<(Due, Kind)>,
        before: Vec<Attempt>,
        place: &str,
        now: Moment,
    ) -> Result<bool, ApiError> {
        let mut after = before.clone();
        for (due, _) in &work {
            let next = attempt(due, find(&before, due), now);
            after.retain(|known| known.server != due.server);
            after.push(next);
        }
        if !Store::Local.set(&key("attempts", place), &after) {
            return Ok(false);
        }
        let names = work.iter().map(|(due, _)| due.name.clone()).collect();
        match self.operations.start_all(work.into_iter().map(|(_, work)| work).collect()).await {
            Ok(_) => {
                self.begun.set(Some(names));
                Ok(true)
            }
            Err(error) => {
                // Nothing was asked for: the token could not be renewed.
                Store::Local.set(&key("attempts", place), &before);
                Err(error)
            }
        }
    }

    /// One notification for what has become worrying since the last one, in whatever tab.
    fn tell_news(self, worrying: &[ServerHealth], place: &str) {
        let told: Vec<String> = Store::Local.get(&key("told", place)).unwrap_or_default();
        let mark = |health: &ServerHealth| format!("{} {}", health.server, health.state as u8);
        let news: Vec<&ServerHealth> = worrying.iter().filter(|health| !told.contains(&mark(health))).collect();
        let marks: Vec<String> = worrying.iter().map(mark).collect();
        if marks != told {
            Store::Local.set(&key("told", place), &marks);
        }
        let Some(first) = news.first() else { return };
        let title = match news.len() {
            1 => tr(&Message::new("due_runs.news").text("name", &first.name)),
            more => tr(&Message::new("due_runs.news_several").count("count", more as u64)),
        };
        let text = match first.reason.as_ref().filter(|_| news.len() == 1) {
            Some(reason) => tr(reason),
            None => t("due_runs.news_text"),
        };
        self.tell(&title, &text, "late");
    }
}

fn policies(servers: &[Server]) -> Vec<(ServerId, String)> {
    let policy = |server: &Server| Some((server.id.clone(), server.metadata.get(metadata::POLICY)?.clone()));
    servers.iter().filter_map(policy).collect()
}

fn attempts(place: &str) -> Vec<Attempt> {
    Store::Local.get(&key("attempts", place)).unwrap_or_default()
}

fn find<'a>(attempts: &'a [Attempt], due: &Due) -> Option<&'a Attempt> {
    attempts.iter().find(|attempt| attempt.server == due.server)
}

/// Of a person, too: what one user of a shared browser has ticked must not run in the name of the next.
fn wishes_key(who: &SignedIn) -> String {
    key("wishes", &format!("{} {}", who.place, who.user_id))
}

fn key(what: &str, place: &str) -> String {
    format!("carrete.due.{what}.{place}")
}

pub fn use_due_runs() -> DueRuns {
    use_context::<DueRuns>().unwrap_or_else(|| {
        DueRuns::provide(
            super::session::use_session(),
            super::queries::use_queries(),
            super::operations::use_operations(),
        )
    })
}
