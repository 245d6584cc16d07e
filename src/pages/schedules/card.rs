//! One instance: how its schedule in the cloud stands, what the runs did, and what can be done about it.

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::in_cloud::Screen;
use crate::backup::executions::{OwnTrigger, Run, ServerSchedule, Standing, TriggerHealth};
use crate::backup::policy::Schedule;
use crate::browser::crypto;
use crate::i18n::{t, tr, word};
use crate::model::blocked::can_snapshot;
use crate::model::{Arg, ExecutionId, Message, Moment, RunState, ServerId, TriggerId};
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::pages::instances::dialogs::ServerAction;
use crate::pages::show::{age, error_notice, error_words, named, read_only};
use crate::route::Route;
use crate::state::polling::use_now;
use crate::state::queries::{Query, use_queries};
use crate::state::scheduling::{Halt, is_answered, run_now, settle};
use crate::state::session::use_session;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Kind};
use crate::ui::live::part;
use crate::ui::notice::Notice;

/// Runs that are shown of each instance.
const RUNS: usize = 5;

/// What is asked of the cloud.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    On,
    Off,
    Now,
}

/// What is shown of one instance.
#[derive(Clone, PartialEq)]
struct Shown {
    name: String,
    wanted: Option<Schedule>,
    state: ServerSchedule,
    standing: Standing,
    is_there: bool,
    /// Why it cannot be run now.
    in_the_way: Option<String>,
}

impl Shown {
    /// Tracked.
    fn of(screen: Screen, id: &ServerId) -> Self {
        let server = screen.inventory.server(id);
        let wanted = screen.planned.with(|all| all.as_ref()?.iter().find(|one| one.id == *id).map(|one| one.schedule));
        let state = screen.found.with(|found| found.as_ref()?.servers.get(id).cloned()).unwrap_or_default();
        // A list that is not whole proves nothing.
        let is_there = server.is_some() || screen.inventory.servers.at.with(Option::is_none);
        let runs = state.runs.iter().any(|run| run.state == RunState::Running);
        let in_the_way = match &server {
            None if is_there => None,
            None => Some(t("in_cloud.state_gone")),
            Some(_) if runs => Some(t("in_cloud.running")),
            Some(server) => can_snapshot(server).err().map(|why| tr(&why.message())),
        };
        Self {
            name: server.map_or_else(|| id.to_string(), |server| named(&server.name)),
            wanted,
            standing: Standing::of(&state, wanted.as_ref(), is_there),
            state,
            is_there,
            in_the_way,
        }
    }

    /// The word of the button that sets it right, where there is something to set right.
    fn to_set_right(&self) -> Option<&'static str> {
        let is_wanted = self.is_there && self.wanted.is_some_and(|wanted| !wanted.paused);
        match self.standing {
            _ if !is_wanted => None,
            Standing::Off => Some("in_cloud.on"),
            Standing::OtherTimes | Standing::Broken => Some("in_cloud.renew"),
            Standing::On | Standing::Paused | Standing::Gone => None,
        }
    }

    fn to_remove(&self) -> Option<&'static str> {
        let key = if self.standing == Standing::Gone { "in_cloud.remove" } else { "in_cloud.off" };
        (!self.state.triggers.is_empty()).then_some(key)
    }
}

/// Made once for each instance: what the cloud says anew changes words in it, and takes away neither the focus nor what is open.
pub fn card(screen: Screen, id: ServerId) -> AnyView {
    let shown = {
        let id = id.clone();
        Memo::new(move |_| Shown::of(screen, &id))
    };
    let busy = RwSignal::new(None::<Wish>);
    let error = RwSignal::new(None::<Halt>);
    let ask = {
        let id = id.clone();
        Callback::new(move |wish| wish_for(screen, id.clone(), shown.get_untracked(), busy, error, wish))
    };
    let is_busy = move |wish| Signal::derive(move || busy.get() == Some(wish));
    let reader = || read_only().map(|why| tr(&why.message()));
    let credential = move || {
        let by = use_session().who.with(|who| who.as_ref().is_some_and(|who| who.by_credential));
        (by && screen.person.name().is_none()).then(|| t("in_cloud.credential_title"))
    };
    let on_blocked = Signal::derive(move || reader().or_else(credential));
    let off_blocked = Signal::derive(reader);
    let run_blocked = Signal::derive(move || reader().or_else(|| shown.with(|shown| shown.in_the_way.clone())));
    let (primary, removal) =
        (Memo::new(move |_| shown.with(Shown::to_set_right)), Memo::new(move |_| shown.with(Shown::to_remove)));
    let is_there = Memo::new(move |_| shown.with(|shown| shown.is_there));
    let name = Memo::new(move |_| shown.with(|shown| shown.name.clone()));
    let primary = part(move || {
        let key = primary.get()?;
        Some(view! {
            <Button kind=Kind::Primary small=true glyph=lu::LuCalendarCheck busy=is_busy(Wish::On) disabled_reason=on_blocked on_press=move |()| ask.run(Wish::On)>
                {t(key)}
            </Button>
        })
    });
    let removal = part(move || {
        let key = removal.get()?;
        Some(view! {
            <Button small=true glyph=lu::LuCalendarOff busy=is_busy(Wish::Off) disabled_reason=off_blocked on_press=move |()| ask.run(Wish::Off)>
                {t(key)}
            </Button>
        })
    });
    let policy = {
        let id = id.clone();
        part(move || {
            let id = id.clone();
            is_there.get().then(|| {
                let open = move |()| screen.dialogs.open(ServerAction::Policy, &id);
                view! { <Button small=true glyph=lu::LuShieldCheck on_press=open>{t("instances.policy")}</Button> }
            })
        })
    };
    let href = Route::Instance(id).to_string();
    view! {
        <li class="c-plan">
            <div class="c-schedule-head">
                <h3><a class="c-link" href=href>{move || name.get()}</a></h3>
                {part(move || badge(shown.with(|shown| shown.standing)))}
            </div>
            <p>{move || shown.with(when)}</p>
            {part(move || shown.with(trigger_line))}
            <ul class="c-runs">{part(move || shown.with(|shown| shown.state.runs.iter().take(RUNS).map(run_line).collect_view()))}</ul>
            <div class="c-actions">
                {primary}{removal}
                <Button small=true glyph=lu::LuPlay busy=is_busy(Wish::Now) disabled_reason=run_blocked on_press=move |()| ask.run(Wish::Now)>
                    {t("in_cloud.run_now")}
                </Button>
                {policy}
            </div>
            {part(move || error.get().map(|why| went_wrong(&why, &name.get_untracked())))}
        </li>
    }
    .into_any()
}

fn when(shown: &Shown) -> String {
    match shown.wanted {
        _ if !shown.is_there => t("in_cloud.gone_text"),
        Some(wanted) if wanted.paused => t("in_cloud.paused_text"),
        Some(wanted) => tr(&wanted.message()),
        None => t("in_cloud.no_schedule"),
    }
}

fn badge(standing: Standing) -> AnyView {
    let (tone, key) = match standing {
        Standing::Off => (Tone::Neutral, "in_cloud.state_off"),
        Standing::On => (Tone::Ok, "in_cloud.state_on"),
        Standing::Paused => (Tone::Neutral, "policy_dialog.paused"),
        Standing::OtherTimes => (Tone::Warn, "in_cloud.state_other"),
        Standing::Broken => (Tone::Bad, "in_cloud.state_broken"),
        Standing::Gone => (Tone::Warn, "in_cloud.state_gone"),
    };
    view! { <Badge tone=tone text=t(key) /> }.into_any()
}

/// The next run, where it makes something, and what is wrong.
fn trigger_line(shown: &Shown) -> Option<AnyView> {
    let trigger: &OwnTrigger = shown.state.triggers.first()?;
    let runs = matches!(shown.standing, Standing::On | Standing::OtherTimes) && trigger.health == TriggerHealth::Fine;
    let next = trigger.next.filter(|_| runs).map(|next| view! { <p class="c-muted">{next_run(next)}</p> });
    let wrong = trigger.health.message().filter(|_| shown.standing == Standing::Broken);
    let wrong = wrong.map(|why| view! { <p class="c-error" role="alert">{tr(&why)}</p> });
    Some(view! { {next}{wrong} }.into_any())
}

/// Where the reader is, with UTC beside it.
pub fn next_run(next: Moment) -> String {
    let utc: String = next.rfc3339().chars().skip(11).take(5).collect();
    tr(&Message::new("in_cloud.next").with("at", Arg::Moment(next.0)).text("utc", utc))
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

/// It is read out alone, so it says of which instance it is.
fn went_wrong(why: &Halt, name: &str) -> AnyView {
    let (title, details) = match why {
        Halt::Refused(error @ ApiError::Cors { .. }) => return error_notice(error, Doing::Schedule),
        Halt::Refused(error) => error_words(error, Doing::Schedule),
        other => (other.message().as_ref().map(tr).unwrap_or_default(), None),
    };
    let title = format!("{name}: {title}");
    match details {
        Some(details) => view! { <Notice tone=Tone::Bad title=title details=details /> }.into_any(),
        None => view! { <Notice tone=Tone::Bad title=title /> }.into_any(),
    }
}

fn wish_for(
    screen: Screen,
    id: ServerId,
    shown: Shown,
    busy: RwSignal<Option<Wish>>,
    error: RwSignal<Option<Halt>>,
    wish: Wish,
) {
    if busy.with_untracked(Option::is_some) {
        return;
    }
    let (session, queries) = (use_session(), use_queries());
    busy.set(Some(wish));
    error.set(None);
    // The same until the cloud has answered: a second press after a lost answer is the same run.
    let run = screen
        .runs_asked
        .try_update_value(|all| all.entry(id.clone()).or_insert_with(|| ExecutionId(crypto::uuid())).clone());
    spawn_local(async move {
        let broken = shown.state.triggers.iter().filter(|trigger| trigger.health != TriggerHealth::Fine);
        let broken: Vec<TriggerId> = broken.map(|trigger| trigger.id.clone()).collect();
        let outcome: Result<(), Halt> = async {
            match (wish, run) {
                (Wish::On, _) => settle(&screen.person.cloud()?, &id, shown.wanted.as_ref(), &broken).await,
                (Wish::Off, _) => settle(&session.cloud()?, &id, None, &[]).await,
                (Wish::Now, Some(run)) => {
                    session.fresh().await?;
                    run_now(&session.cloud()?, &id, run).await
                }
                (Wish::Now, None) => Ok(()),
            }
        }
        .await;
        if wish == Wish::Now && is_answered(&outcome) {
            screen.runs_asked.try_update_value(|all| all.remove(&id));
        }
        if wish == Wish::On && matches!(outcome, Err(Halt::Refused(ApiError::SessionEnded | ApiError::Unauthorized(_))))
        {
            screen.person.forget();
        }
        busy.try_set(None);
        match outcome {
            Ok(()) => {
                let key = match wish {
                    Wish::On => "in_cloud.done_on",
                    Wish::Off => "in_cloud.done_off",
                    Wish::Now => "in_cloud.done_now",
                };
                screen.toasts.push(Tone::Ok, tr(&Message::new(key).text("name", &shown.name)), None);
            }
            Err(why) => _ = error.try_set(Some(why)),
        }
        // By then the page may have been left, and what it asked is gone.
        queries.refresh(&Query::Triggers);
        queries.refresh(&Query::Runs);
    });
}
