//! Schedules that the cloud itself runs, by Mistral: switched on and off, run now, and what the runs did.

use std::sync::Arc;

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Scheduled;
use crate::backup::executions::{Facts, Overview, OwnTrigger, Run, ServerSchedule, TriggerHealth, overview};
use crate::backup::policy;
use crate::browser::{crypto, intl};
use crate::i18n::{t, tr, word};
use crate::model::{Arg, CronTrigger, Execution, ExecutionId, Message, Moment, RunState, ServerId, TriggerId};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::pages::instances::{Inventory, stale};
use crate::pages::show::{age, error_notice, named, read_only};
use crate::route::Route;
use crate::state::polling::use_now;
use crate::state::queries::{Query, Remote, use_queries};
use crate::state::scheduling::{run_now, settle};
use crate::state::session::use_session;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Kind};
use crate::ui::notice::Notice;
use crate::ui::skeleton::Skeleton;

/// Runs that are shown of each instance.
const RUNS: usize = 5;

/// What is asked of the cloud for one instance.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    On,
    Off,
    Now,
}

#[derive(Clone, Copy)]
struct Screen {
    inventory: Inventory,
    triggers: Remote<Vec<CronTrigger>>,
    runs: Remote<Vec<Execution>>,
    /// The instance that is being changed.
    busy: RwSignal<Option<ServerId>>,
    error: RwSignal<Option<ApiError>>,
}

#[component]
pub fn InCloud(inventory: Inventory, scheduled: Memo<Option<Vec<Scheduled>>>) -> impl IntoView {
    let queries = use_queries();
    let screen = Screen {
        inventory,
        triggers: queries.query(|| Some(Query::Triggers)),
        runs: queries.query(|| Some(Query::Runs)),
        busy: RwSignal::new(None),
        error: RwSignal::new(None),
    };
    let absent = Memo::new(move |_| {
        screen.triggers.error.with(|error| matches!(error, Some(ApiError::NoEndpoint { .. } | ApiError::NotFound(_))))
    });
    let now = use_now();
    let minute = Memo::new(move |_| Moment(now.get().0 / 15 * 15));
    let found = Memo::new(move |_| {
        let triggers = screen.triggers.get()?;
        // Without its runs a trigger looks as if it had none.
        let runs = screen.runs.get().or_else(|| screen.runs.error.with(Option::is_some).then(Arc::default))?;
        let images = inventory.images.get().unwrap_or_default();
        Some(Arc::new(overview(Facts {
            triggers: &triggers,
            executions: &runs,
            images: &[&images],
            now: minute.get(),
        })))
    });
    let body = move || {
        match (absent.get(), found.get(), screen.triggers.error.get(), scheduled.get()) {
        (true, ..) => view! { <Notice tone=Tone::Info title=t("in_cloud.absent_title") text=t("in_cloud.absent_text") /> }.into_any(),
        (_, Some(found), _, Some(scheduled)) => list(screen, &found, &scheduled),
        (_, None, Some(error), _) => view! {
            {error_notice(&error, Doing::Schedule)}
            <div class="c-actions"><Button on_press=move |()| screen.triggers.refresh()>{t("common.retry")}</Button></div>
        }
        .into_any(),
        _ => view! { <Skeleton rows=3 /> }.into_any(),
    }
    };
    // What is shown stays, and says that it is old.
    let old = move || {
        let error = screen.triggers.error.get().or_else(|| screen.runs.error.get());
        (error.is_some() && found.with(Option::is_some) && !absent.get()).then(|| {
            let retry = move |()| {
                screen.triggers.refresh();
                screen.runs.refresh();
            };
            let at =
                Signal::derive(move || screen.triggers.at.get().min(screen.runs.at.get().or(screen.triggers.at.get())));
            let error = Signal::derive(move || screen.triggers.error.get().or_else(|| screen.runs.error.get()));
            view! { <div class="mb-3">{stale(at, error, Callback::new(retry))}</div> }
        })
    };
    view! {
        <section class="c-section">
            <h2>{t("in_cloud.title")}</h2>
            <p class="c-muted mb-4">{t("in_cloud.lead")}</p>
            {old}
            {move || (!absent.get()).then(by_credential).flatten()}
            {body}
            {move || screen.error.get().map(|error| error_notice(&error, Doing::Schedule))}
        </section>
    }
    .into_any()
}

/// Keystone refuses trusts to application credentials: said before anything is tried.
fn by_credential() -> Option<AnyView> {
    let by_credential = use_session().who.with(|who| who.as_ref().is_some_and(|who| who.by_credential));
    by_credential.then(|| {
        view! { <div class="mb-3"><Notice tone=Tone::Warn title=t("in_cloud.credential_title") text=t("in_cloud.credential_text") /></div> }
            .into_any()
    })
}

fn list(screen: Screen, found: &Overview, scheduled: &[Scheduled]) -> AnyView {
    // Those with a schedule, and those that still have a trigger or runs.
    let mut ids: Vec<ServerId> = scheduled.iter().map(|one| one.id.clone()).collect();
    ids.extend(found.servers.keys().filter(|id| !scheduled.iter().any(|one| one.id == **id)).cloned());
    let known = |id: &ServerId| found.servers.get(id).cloned().unwrap_or_default();
    let cards = ids.into_iter().map(|id| {
        let (wanted, state) = (scheduled.iter().find(|one| one.id == id).cloned(), known(&id));
        card(screen, id, wanted, state)
    });
    let foreign = (!found.foreign.is_empty()).then(|| {
        let lines = found.foreign.iter().map(|trigger| {
            let next = trigger.next.map(|next| intl::date_time(next.0)).unwrap_or_default();
            view! {
                <li>
                    <strong>{trigger.name.clone()}</strong>" "<code>{trigger.pattern.clone()}</code>" "
                    <span class="c-muted">{trigger.workflow.clone()}" · "{next}</span>
                </li>
            }
        });
        view! {
            <details class="c-more">
                <summary>{tr(&Message::new("in_cloud.foreign").count("n", found.foreign.len() as u64))}</summary>
                <p class="c-muted">{t("in_cloud.foreign_text")}</p>
                <ul class="c-list">{lines.collect_view()}</ul>
            </details>
        }
    });
    view! { <ul class="grid gap-3">{cards.collect_view()}</ul>{foreign} }.into_any()
}

fn card(screen: Screen, id: ServerId, wanted: Option<Scheduled>, state: ServerSchedule) -> AnyView {
    let name = untrack(|| screen.inventory.server(&id)).map_or_else(|| id.to_string(), |server| named(&server.name));
    let when = wanted.as_ref().map(|wanted| tr(&wanted.schedule.message()));
    let trigger = state.triggers.first().cloned();
    let is_on = trigger.is_some();
    let is_right = trigger.as_ref().is_some_and(|trigger| {
        wanted.as_ref().is_some_and(|wanted| trigger.runs_at(&wanted.schedule)) && trigger.health == TriggerHealth::Fine
    });
    let broken: Vec<TriggerId> =
        state.triggers.iter().filter(|trigger| trigger.health != TriggerHealth::Fine).map(|it| it.id.clone()).collect();
    let busy = {
        let id = id.clone();
        Signal::derive(move || screen.busy.with(|busy| busy.as_ref() == Some(&id)))
    };
    let reader = || read_only().map(|why| tr(&why.message()));
    let credential = || {
        let by = use_session().who.with(|who| who.as_ref().is_some_and(|who| who.by_credential));
        by.then(|| t("in_cloud.credential_title"))
    };
    let change_blocked = Signal::derive(move || reader().or_else(credential));
    let run_blocked = Signal::derive(reader);
    let ask = {
        let id = id.clone();
        let wanted = wanted.clone();
        move |wish: Wish| wish_for(screen, id.clone(), wanted.clone(), broken.clone(), wish)
    };
    let (on, off, run) = (ask.clone(), ask.clone(), ask);
    let on_word = if is_on { t("in_cloud.renew") } else { t("in_cloud.on") };
    let primary = (wanted.is_some() && !is_right).then(|| {
        view! {
            <Button kind=Kind::Primary small=true glyph=lu::LuCalendarCheck busy=busy disabled_reason=change_blocked on_press=move |()| on(Wish::On)>
                {on_word}
            </Button>
        }
    });
    let switch_off = is_on.then(|| {
        view! {
            <Button small=true glyph=lu::LuCalendarOff busy=busy disabled_reason=change_blocked on_press=move |()| off(Wish::Off)>
                {t("in_cloud.off")}
            </Button>
        }
    });
    view! {
        <li class="c-plan">
            <div class="c-schedule-head">
                <h3><a class="c-link" href=Route::Instance(id).to_string()>{name}</a></h3>
                {trigger_badge(trigger.as_ref())}
            </div>
            <p>{when.unwrap_or_else(|| t("in_cloud.no_schedule"))}</p>
            {trigger.map(trigger_line)}
            <ul class="c-runs">{state.runs.iter().take(RUNS).map(run_line).collect_view()}</ul>
            <div class="c-actions">
                {primary}{switch_off}
                <Button small=true glyph=lu::LuPlay busy=busy disabled_reason=run_blocked on_press=move |()| run(Wish::Now)>
                    {t("in_cloud.run_now")}
                </Button>
            </div>
        </li>
    }
    .into_any()
}

fn trigger_badge(trigger: Option<&OwnTrigger>) -> AnyView {
    match trigger.map(|trigger| trigger.health) {
        None => view! { <Badge tone=Tone::Neutral text=t("in_cloud.state_off") /> }.into_any(),
        Some(TriggerHealth::Fine) => view! { <Badge tone=Tone::Ok text=t("in_cloud.state_on") /> }.into_any(),
        Some(_) => view! { <Badge tone=Tone::Bad text=t("in_cloud.state_broken") /> }.into_any(),
    }
}

/// The next run where the reader is, with UTC beside it, and what is wrong.
fn trigger_line(trigger: OwnTrigger) -> AnyView {
    let next = trigger.next.map(|next| {
        let utc = next.rfc3339();
        let utc: String = utc.chars().skip(11).take(5).collect();
        tr(&Message::new("in_cloud.next").with("at", Arg::Moment(next.0)).text("utc", utc))
    });
    let wrong = trigger.health.message().map(|why| view! { <p class="c-error" role="alert">{tr(&why)}</p> });
    view! { <p class="c-muted">{next}</p>{wrong} }.into_any()
}

fn run_line(run: &Run) -> AnyView {
    let now = use_now();
    let (tone, started) = (run_tone(&run.state), run.started);
    let image = run.image.clone().map(|image| {
        view! { <a class="c-link" href=Route::image(image).to_string()>{t("in_cloud.image")}</a> }
    });
    let failure = run.failure.as_ref().map(|why| view! { <span class="c-muted">{tr(why)}</span> });
    view! {
        <li>
            <Badge tone=tone text=word("run_state", run.state.word()) />
            <span class="c-muted">{move || age(started, now.get())}</span>
            {image}{failure}
        </li>
    }
    .into_any()
}

fn run_tone(state: &RunState) -> Tone {
    match state {
        RunState::Success => Tone::Ok,
        RunState::Error => Tone::Bad,
        RunState::Cancelled | RunState::Paused => Tone::Warn,
        _ => Tone::Busy,
    }
}

fn wish_for(screen: Screen, id: ServerId, wanted: Option<Scheduled>, broken: Vec<TriggerId>, wish: Wish) {
    if screen.busy.with_untracked(Option::is_some) {
        return;
    }
    let Ok(cloud) = use_session().cloud() else { return };
    let queries = use_queries();
    screen.busy.set(Some(id.clone()));
    screen.error.set(None);
    spawn_local(async move {
        let schedule = wanted.map(|wanted| policy::Schedule { paused: false, ..wanted.schedule });
        let outcome = match wish {
            Wish::On => settle(&cloud, &id, schedule.as_ref(), &broken).await,
            Wish::Off => settle(&cloud, &id, None, &[]).await,
            Wish::Now => run_now(&cloud, &id, ExecutionId(crypto::uuid())).await,
        };
        screen.busy.try_set(None);
        if let Err(why) = outcome {
            screen.error.try_set(Some(why));
        }
        // By then the page may have been left, and what it asked is gone.
        queries.refresh(&Query::Triggers);
        queries.refresh(&Query::Runs);
    });
}
