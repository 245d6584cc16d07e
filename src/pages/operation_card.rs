//! One piece of long work: how far it is, how it ended, and what to do next. The same card for snapshots, backups,
//! launches and deletions, wherever it is shown.

mod leftovers;
mod login;

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::leftovers::{Leftovers, read_only};
use self::login::Login;
use super::show::{age, error_notice};
use crate::browser::clock;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::openstack::ApiError;
use crate::openstack::sentence::Doing;
use crate::operation::{
    Failure, FloatingIpChoice, Kind, Launch, Leftover, Millis, Next, Operation, OperationId, Outcome, PhaseView,
    StepState,
};
use crate::route::Route;
use crate::state::operations::{Driver, Entry, use_operations};
use crate::state::polling::use_now;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, IconButton};
use crate::ui::fresh_id;
use crate::ui::icon::icon;
use crate::ui::notice::Notice;
use crate::ui::steps::{Phase, StepLine, Steps};

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
enum End {
    Done(Outcome),
    Failed(Failure),
}

impl End {
    fn of(operation: &Operation) -> Option<Self> {
        match operation.next(Millis(0)) {
            Next::Done(outcome) => Some(Self::Done(outcome)),
            Next::Failed(failure) => Some(Self::Failed(failure)),
            _ => None,
        }
    }
    fn leftovers(&self) -> &[Leftover] {
        match self {
            Self::Done(outcome) => &outcome.leftovers,
            Self::Failed(failure) => &failure.leftovers,
        }
    }
}

/// What kind of work, as far as the words and the links differ.
#[derive(Clone, Copy, PartialEq)]
enum Work {
    Capture,
    Launch,
    Deletion,
}

impl Work {
    fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Snapshot(_) | Kind::Backup(_) => Self::Capture,
            Kind::Launch(_) => Self::Launch,
            Kind::DeleteImages(_) => Self::Deletion,
        }
    }
}

#[component]
pub fn OperationCard(
    entry: Entry,
    /// Another operation takes its place: the second try for a floating IP.
    #[prop(optional, into)]
    on_next: Option<Callback<OperationId>>,
) -> impl IntoView {
    let now = use_now();
    let title_id = fresh_id("operation");
    let operation = entry.operation.clone();
    let (title, started, work) = operation.with_untracked(|it| (tr(&it.title()), it.started, Work::of(&it.kind)));
    let phase = {
        let operation = operation.clone();
        Memo::new(move |_| operation.with(Operation::phase))
    };
    let trouble = Memo::new(move |_| phase.with(|phase| phase.trouble.clone()));
    let end = {
        let operation = operation.clone();
        Memo::new(move |_| operation.with(End::of))
    };
    let driver = entry.driver.clone();
    let other_tab = Memo::new(move |_| driver.get() == Driver::OtherTab && end.with(Option::is_none));
    let steps = Signal::derive(move || phase.with(step_lines));
    // Of what went well the sentence is enough.
    let unfinished = Memo::new(move |_| {
        end.with(|end| match end {
            Some(End::Done(outcome)) => outcome.retry_floating_ip,
            _ => true,
        })
    });
    let body = {
        let entry = entry.clone();
        move || match end.get() {
            None => running(&entry),
            Some(end) => ended(&entry, end, work, on_next),
        }
    };
    let id = entry.id.clone();
    view! {
        <article
            class="grid gap-4 rounded-(--radius-box) border border-(--c-line) bg-base-100 p-4 sm:p-5"
            aria-labelledby=title_id.clone()
        >
            <header class="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
                <h2 class="min-w-0 text-base font-semibold wrap-anywhere" id=title_id.clone()>{title}</h2>
                <span class="c-hint flex items-center gap-2">
                    {move || age(Some(started), now.get())} {move || end.with(Option::is_some).then(|| dismiss(&id))}
                </span>
            </header>
            <div class="flex flex-wrap items-center gap-x-3 gap-y-1" role="status">
                {move || state_badge(end.get().as_ref(), work, phase.with(|phase| phase.stalled))}
                <span class="min-w-0 flex-1 basis-64">{move || phase.with(|phase| tr(&phase.sentence))}</span>
            </div>
            {move || trouble.get().map(|text| view! { <Notice tone=Tone::Warn title=tr(&text) /> })}
            {move || other_tab.get().then(|| view! { <p class="c-hint">{t("operations.other_tab")}</p> })}
            {move || unfinished.get().then(|| view! { <Steps steps=steps /> })}
            {body}
        </article>
    }
    .into_any()
}

fn dismiss(id: &OperationId) -> AnyView {
    let operations = use_operations();
    let id = id.clone();
    let go = move |()| operations.dismiss(&id);
    view! { <IconButton glyph=lu::LuX label=t("operations.dismiss") small=true on_press=go /> }.into_any()
}

/// While it goes on: where to look meanwhile.
fn running(entry: &Entry) -> AnyView {
    let operation = entry.operation.clone();
    let launched = operation.clone();
    let server = Memo::new(move |_| {
        launched.with(|it| match &it.kind {
            Kind::Launch(launch) => launch.server().cloned(),
            _ => None,
        })
    });
    let by_itself = operation.with_untracked(|it| match &it.kind {
        Kind::Snapshot(capture) | Kind::Backup(capture) => !capture.volume_backed,
        _ => false,
    });
    view! {
        <p class="c-hint">{t(if by_itself { "operations.goes_on" } else { "operations.goes_on_page" })}</p>
        {move || {
            server
                .get()
                .map(|id| view! { <div class="c-actions">{link(Route::Instance(id), lu::LuServer, "operations.show_server")}</div> })
        }}
    }
    .into_any()
}

fn ended(entry: &Entry, end: End, work: Work, on_next: Option<Callback<OperationId>>) -> AnyView {
    let leftovers = end.leftovers().to_vec();
    let failed = matches!(end, End::Failed(_));
    let first = match end {
        End::Done(outcome) => done(entry, outcome, work, on_next),
        End::Failed(failure) => failed_with(failure),
    };
    view! {
        {first}
        {(!leftovers.is_empty())
            .then(|| view! { <Leftovers id=entry.id.clone() leftovers=leftovers dismiss=failed /> })}
    }
    .into_any()
}

fn done(entry: &Entry, outcome: Outcome, work: Work, on_next: Option<Callback<OperationId>>) -> AnyView {
    let warnings =
        outcome.warnings.iter().map(|text| view! { <Notice tone=Tone::Warn title=tr(text) /> }).collect_view();
    let login = (work == Work::Launch)
        .then(|| outcome.address.clone())
        .flatten()
        .map(|address| view! { <Login entry=entry.clone() address=address server=outcome.server.clone() /> });
    let retry = (outcome.retry_floating_ip).then(|| retry_floating_ip(entry, &outcome, on_next));
    let again = entry.operation.with_untracked(Operation::can_release_again).then(|| release_again(entry));
    let image = outcome.image.clone();
    let server = outcome.server.clone().filter(|_| work == Work::Launch);
    let has_links = image.is_some() || server.is_some();
    let launch =
        image.clone().map(|id| link(Route::Launch { image: Some(id) }, lu::LuRocket, "operations.launch_from"));
    let links = view! {
        <div class="c-actions">
            {image.map(|id| link(Route::image(id), lu::LuFilm, "operations.show_image"))} {launch}
            {server.map(|id| link(Route::Instance(id), lu::LuServer, "operations.show_server"))}
        </div>
    };
    view! { {login} {warnings} {retry} {again} {has_links.then_some(links)} }.into_any()
}

fn failed_with(failure: Failure) -> AnyView {
    let request = failure.request_id.map(|id| tr(&Message::new("common.request_id").text("id", id.as_str())));
    match (failure.cause, request) {
        (Some(cause), Some(request)) => view! { <Notice tone=Tone::Bad title=tr(&cause) details=request /> }.into_any(),
        (Some(cause), None) => view! { <Notice tone=Tone::Bad title=tr(&cause) /> }.into_any(),
        (None, Some(request)) => view! { <p class="c-hint wrap-anywhere">{request}</p> }.into_any(),
        (None, None) => ().into_any(),
    }
}

/// Old backups that could not be deleted: whether they are to go at all is decided anew.
fn release_again(entry: &Entry) -> AnyView {
    let operations = use_operations();
    let entry = entry.clone();
    view! {
        <div class="c-actions">
            <Button
                glyph=lu::LuRefreshCw
                disabled_reason=Signal::derive(read_only)
                on_press=move |_| operations.again(&entry)
            >
                {t("operations.release_again")}
            </Button>
        </div>
    }
    .into_any()
}

/// The server runs without the floating IP: only that is tried again.
fn retry_floating_ip(entry: &Entry, outcome: &Outcome, on_next: Option<Callback<OperationId>>) -> AnyView {
    let operations = use_operations();
    let (name, wanted) = entry.operation.with_untracked(|it| match &it.kind {
        Kind::Launch(launch) => (launch.spec.name.clone(), launch.spec.floating_ip.clone()),
        _ => (String::new(), FloatingIpChoice::None),
    });
    let left = outcome.leftovers.iter().find_map(|left| match left {
        Leftover::FloatingIp { id, name } => Some(FloatingIpChoice::Existing { id: id.clone(), address: name.clone() }),
        _ => None,
    });
    let choice = left.unwrap_or(wanted);
    let Some(server) = outcome.server.clone().filter(|_| choice != FloatingIpChoice::None) else {
        return ().into_any();
    };
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    let id = entry.id.clone();
    let again = move |_| {
        busy.set(true);
        error.set(None);
        let launch = Launch::floating_ip(server.clone(), &name, choice.clone(), Millis(clock::now_ms() as i64));
        let id = id.clone();
        spawn_local(async move {
            match operations.start(Kind::Launch(Box::new(launch)), None).await {
                Ok(next) => {
                    if let Some(on_next) = on_next {
                        on_next.run(next);
                    }
                    operations.dismiss(&id);
                }
                Err(why) => {
                    error.try_set(Some(why));
                    busy.try_set(false);
                }
            }
        });
    };
    view! {
        <div class="c-actions">
            <Button glyph=lu::LuRefreshCw busy=busy on_press=again>{t("operations.retry_floating_ip")}</Button>
        </div>
        {move || error.get().map(|error| error_notice(&error, Doing::FloatingIp))}
    }
    .into_any()
}

fn state_badge(end: Option<&End>, work: Work, stalled: bool) -> AnyView {
    let (tone, key) = match end {
        None if stalled => (Tone::Warn, "operations.state_stalled"),
        None => (Tone::Busy, "operations.state_running"),
        Some(End::Failed(_)) => (Tone::Bad, "operations.state_failed"),
        Some(End::Done(outcome)) => {
            let tone = if outcome.warnings.is_empty() { Tone::Ok } else { Tone::Warn };
            match work {
                Work::Capture => (tone, "operations.state_usable"),
                Work::Launch => (tone, "operations.state_launched"),
                Work::Deletion => (tone, "operations.state_done"),
            }
        }
    };
    view! { <Badge tone=tone text=t(key) /> }.into_any()
}

fn step_lines(phase: &PhaseView) -> Vec<StepLine> {
    let line = |step: &crate::operation::Step| {
        let phase = match step.state {
            StepState::Done => Phase::Done,
            StepState::Now => Phase::Now,
            StepState::Next => Phase::Next,
            StepState::Failed => Phase::Failed,
        };
        StepLine::new(phase, tr(&step.label))
    };
    phase.steps.iter().map(line).collect()
}

fn link(route: Route, glyph: crate::ui::icon::Glyph, key: &str) -> AnyView {
    view! { <a class="btn c-btn c-btn-quiet" href=route.to_string()>{icon(glyph)} <span>{t(key)}</span></a> }.into_any()
}
