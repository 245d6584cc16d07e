//! Schedules that the cloud itself runs, by Mistral: what there is of them, and what stands in their place where they cannot be.

use std::collections::HashMap;
use std::sync::Arc;

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Scheduled;
use super::card::{card, next_run};
use super::person::{self, Person, PersonDialog};
use crate::backup::executions::{Facts, ForeignTrigger, Overview, overview};
use crate::backup::workflow;
use crate::i18n::{t, tr};
use crate::model::{CronTrigger, Execution, ExecutionId, Message, Moment, ServerId, Workflow};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::pages::instances::dialogs::{Dialogs, ServerDialogs};
use crate::pages::instances::{Inventory, stale};
use crate::pages::show::{error_notice, error_words, read_only};
use crate::route::Route;
use crate::state::polling::use_now;
use crate::state::queries::{Query, Remote, use_queries};
use crate::state::scheduling::{Halt, prepare};
use crate::state::session::use_session;
use crate::ui::badge::Tone;
use crate::ui::button::{Button, Kind};
use crate::ui::empty::Empty;
use crate::ui::live::part;
use crate::ui::notice::Notice;
use crate::ui::skeleton::Skeleton;
use crate::ui::toast::Toasts;

#[derive(Clone, Copy)]
pub struct Screen {
    pub inventory: Inventory,
    pub planned: Memo<Option<Vec<Scheduled>>>,
    pub found: Memo<Option<Arc<Overview>>>,
    pub dialogs: Dialogs,
    pub toasts: Toasts,
    /// Who sets up schedules where the session may not.
    pub person: Person,
    /// Runs that were asked for, and of which it is not known whether they have begun.
    pub runs_asked: StoredValue<HashMap<ServerId, ExecutionId>>,
    triggers: Remote<Vec<CronTrigger>>,
}

/// What stands below the title.
#[derive(Clone, PartialEq)]
enum Body {
    /// No Mistral, or one that can run no backups.
    Absent,
    /// Mistral does not answer as it should.
    Refused(ApiError),
    /// The instances could not be read, which is said above.
    Nothing,
    Loading,
    Empty,
    List,
}

/// `planned`: with those that are paused.
#[component]
pub fn InCloud(inventory: Inventory, planned: Memo<Option<Vec<Scheduled>>>) -> impl IntoView {
    let queries = use_queries();
    let (triggers, runs) = (queries.query(|| Some(Query::Triggers)), queries.query(|| Some(Query::Runs)));
    let now = use_now();
    let minute = Memo::new(move |_| Moment(now.get().0 / 15 * 15));
    let found = Memo::new(move |_| {
        let (triggers, runs): (Remote<Vec<CronTrigger>>, Remote<Vec<Execution>>) = (triggers, runs);
        let triggers = triggers.get()?;
        // Without its runs a trigger looks as if it had none.
        let runs = runs.get().or_else(|| runs.error.with(Option::is_some).then(Arc::default))?;
        let images = inventory.images.get().unwrap_or_default();
        Some(Arc::new(overview(Facts {
            triggers: &triggers,
            executions: &runs,
            images: &[&images],
            now: minute.get(),
        })))
    });
    let screen = Screen {
        inventory,
        planned,
        found,
        dialogs: Dialogs::default(),
        toasts: use_context::<Toasts>().unwrap_or_else(Toasts::provide),
        person: Person::of_this_page(),
        runs_asked: StoredValue::new(HashMap::new()),
        triggers,
    };
    let action: Remote<String> = queries.query(|| Some(Query::BackupAction));
    let ids = Memo::new(move |_| ids(screen));
    let shown = Memo::new(move |_| {
        let no_action = action.error.with(|error| matches!(error, Some(ApiError::NotFound(_))));
        let refused = triggers.error.get().filter(|_| found.with(Option::is_none));
        match (refused, planned.with(Option::is_some)) {
            (Some(ApiError::NoEndpoint { .. }), _) => Body::Absent,
            (Some(error), _) => Body::Refused(error),
            _ if no_action => Body::Absent,
            (None, false) if inventory.servers.error.with(Option::is_some) => Body::Nothing,
            (None, true) if found.with(Option::is_some) => {
                let foreign = found.with(|found| found.as_ref().is_some_and(|found| !found.foreign.is_empty()));
                if ids.with(Vec::is_empty) && !foreign { Body::Empty } else { Body::List }
            }
            _ => Body::Loading,
        }
    });
    let body = part(move || {
        match shown.get() {
        Body::Absent => view! { <Notice tone=Tone::Info title=t("in_cloud.absent_title") text=t("in_cloud.absent_text") /> }.into_any(),
        Body::Refused(error) => refused(screen, &error),
        Body::Nothing => ().into_any(),
        Body::Loading => view! { <Skeleton rows=3 /> }.into_any(),
        Body::Empty => empty(),
        Body::List => view! {
            <ul class="grid gap-3"><For each=move || ids.get() key=ServerId::clone children=move |id| card(screen, id) /></ul>
            {foreign(screen)}
        }
        .into_any(),
    }
    });
    // What is shown stays, and says that it is old.
    let old = part(move || {
        let error = triggers.error.get().or_else(|| runs.error.get());
        (error.is_some() && found.with(Option::is_some) && shown.with(|shown| *shown != Body::Absent)).then(|| {
            let retry = move |()| {
                triggers.refresh();
                runs.refresh();
            };
            let at = Signal::derive(move || triggers.at.get().min(runs.at.get().or(triggers.at.get())));
            let error = Signal::derive(move || triggers.error.get().or_else(|| runs.error.get()));
            view! { <div class="mb-3">{stale(at, error, Callback::new(retry))}</div> }
        })
    });
    let works = Memo::new(move |_| shown.with(|shown| !matches!(shown, Body::Absent | Body::Refused(_))));
    view! {
        <section class="c-section">
            <h2>{t("in_cloud.title")}</h2>
            <p class="c-muted mb-4">{t("in_cloud.lead")}</p>
            {old}
            {part(move || works.get().then(|| by_credential(screen.person)).flatten())}
            {part(move || works.get().then(|| outdated(screen)))}
            {body}
            <ServerDialogs dialogs=screen.dialogs inventory=inventory />
            <PersonDialog person=screen.person />
        </section>
    }
    .into_any()
}

/// Those with a schedule, and those that still have a trigger or runs. Of one that is gone only a trigger matters. Tracked.
fn ids(screen: Screen) -> Vec<ServerId> {
    let mut ids: Vec<ServerId> = screen.planned.get().into_iter().flatten().map(|one| one.id).collect();
    let is_whole = screen.inventory.servers.at.with(Option::is_some);
    screen.found.with(|found| {
        let Some(found) = found else { return };
        let matters =
            |id: &ServerId, has_trigger: bool| has_trigger || !is_whole || screen.inventory.server(id).is_some();
        let others = found.servers.iter().filter(|(id, state)| matters(id, !state.triggers.is_empty()));
        let others: Vec<ServerId> = others.map(|(id, _)| id.clone()).filter(|id| !ids.contains(id)).collect();
        ids.extend(others);
    });
    ids
}

/// No scheduler, no right to use it, and one that does not answer are three different things.
fn refused(screen: Screen, error: &ApiError) -> AnyView {
    let said = match error {
        ApiError::NotFound(_) => Some(("in_cloud.lost_title", "in_cloud.lost_text")),
        ApiError::Forbidden(_) => Some(("in_cloud.forbidden_title", "in_cloud.forbidden_text")),
        _ => None,
    };
    let notice = match said {
        Some((title, text)) => {
            let details = error_words(error, Doing::Schedule).1.unwrap_or_default();
            view! { <Notice tone=Tone::Warn title=t(title) text=t(text) details=details /> }.into_any()
        }
        None => error_notice(error, Doing::Schedule),
    };
    view! {
        {notice}
        <div class="c-actions"><Button on_press=move |()| screen.triggers.refresh()>{t("common.retry")}</Button></div>
    }
    .into_any()
}

fn empty() -> AnyView {
    let action = || {
        view! { <a class="btn btn-primary c-btn" href=Route::home().to_string()>{t("elsewhere.choose_policy")}</a> }
    };
    view! { <Empty glyph=lu::LuCalendarClock title=t("in_cloud.none_title") text=t("in_cloud.none_text") action=action /> }
        .into_any()
}

/// Keystone refuses trusts to application credentials: said before anything is tried, with the way out.
fn by_credential(person: Person) -> Option<AnyView> {
    let by_credential = use_session().who.with(|who| who.as_ref().is_some_and(|who| who.by_credential));
    by_credential.then(|| {
        let notice = part(move || match person.name() {
            Some(name) => {
                let title = person::line(&name);
                view! { <Notice tone=Tone::Ok title=title text=t("in_cloud.person_text") /> }.into_any()
            }
            None => {
                let action = move || {
                    view! {
                        <Button small=true glyph=lu::LuKeyRound on_press=move |()| person.ask()>
                            {t("in_cloud.with_password")}
                        </Button>
                    }
                };
                view! { <Notice tone=Tone::Warn title=t("in_cloud.credential_title") text=t("in_cloud.credential_text") action=action /> }
                    .into_any()
            }
        });
        view! { <div class="mb-3">{notice}</div> }.into_any()
    })
}

/// Carrete's workflows in the cloud may be of an older page, or changed.
fn outdated(screen: Screen) -> AnyView {
    let there: Remote<Vec<Workflow>> = use_queries().query(|| Some(Query::Workflows));
    let is_old = Memo::new(move |_| there.data.with(|all| all.as_ref().is_some_and(|all| workflow::is_outdated(all))));
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<Halt>));
    let reader = Signal::derive(move || read_only().map(|why| tr(&why.message())));
    let update = move |()| {
        let Ok(cloud) = use_session().cloud() else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let outcome = prepare(&cloud).await;
            busy.try_set(false);
            match outcome {
                Ok(()) => screen.toasts.push(Tone::Ok, t("in_cloud.updated"), None),
                Err(why) => _ = error.try_set(Some(why)),
            }
            there.refresh();
        });
    };
    part(move || {
        is_old.get().then(|| {
            let action = move || {
                view! {
                    <Button kind=Kind::Primary small=true glyph=lu::LuRefreshCw busy=busy disabled_reason=reader on_press=update>
                        {t("in_cloud.update")}
                    </Button>
                }
            };
            let failed = part(move || match error.get()? {
                Halt::Refused(error) => Some(error_notice(&error, Doing::Schedule)),
                other => other.message().map(|why| view! { <p class="c-error" role="alert">{tr(&why)}</p> }.into_any()),
            });
            view! {
                <div class="mb-3">
                    <Notice tone=Tone::Warn title=t("in_cloud.outdated_title") text=t("in_cloud.outdated_text") action=action />
                    {failed}
                </div>
            }
        })
    })
    .into_any()
}

/// Of other tools. What is unfolded stays so.
fn foreign(screen: Screen) -> AnyView {
    let all =
        Memo::new(move |_| screen.found.with(|found| found.as_ref().map(|it| it.foreign.clone()).unwrap_or_default()));
    let any = Memo::new(move |_| all.with(|all| !all.is_empty()));
    let summary = move || tr(&Message::new("in_cloud.foreign").count("n", all.with(Vec::len) as u64));
    part(move || {
        any.get().then(|| {
            view! {
                <details class="c-more">
                    <summary>{summary}</summary>
                    <p class="c-muted">{t("in_cloud.foreign_text")}</p>
                    <ul class="c-list">{part(move || all.with(|all| all.iter().map(foreign_line).collect_view()))}</ul>
                </details>
            }
        })
    })
    .into_any()
}

/// A pattern with the zone that it is in, or that there is none; the next time; and how often it still runs.
fn foreign_line(trigger: &ForeignTrigger) -> AnyView {
    let when = if trigger.pattern.is_empty() {
        view! { <span>{t("in_cloud.once")}</span> }.into_any()
    } else {
        view! { <code>{trigger.pattern.clone()}</code>" UTC" }.into_any()
    };
    let left = trigger.remaining.map(|left| tr(&Message::new("in_cloud.left").count("n", left)));
    let words: Vec<String> =
        [Some(trigger.workflow.clone()), trigger.next.map(next_run), left].into_iter().flatten().collect();
    view! {
        <li>
            <strong>{trigger.name.clone()}</strong>" "{when}" "
            <span class="c-muted">{words.join(" · ")}</span>
        </li>
    }
    .into_any()
}
