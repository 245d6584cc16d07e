//! The shell around the screens: what is provided, navigation, the switch over the routes.

use icondata_lu as lu;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::{attention, clock, document, handover};
use crate::i18n::{Language, t};
use crate::model::Message;
use crate::openstack::sentence::Doing;
use crate::pages::images::Images;
use crate::pages::instances::{Instance, Instances};
use crate::pages::launch::Launch;
use crate::pages::leftovers::LeftoversPage;
use crate::pages::not_found::NotFound;
use crate::pages::operations::Operations as OperationsPage;
use crate::pages::protection::Protection;
use crate::pages::reauth::Reauth;
use crate::pages::schedules::Schedules;
use crate::pages::settings::SettingsPage;
use crate::pages::show::error_words;
use crate::pages::sign_in::SignIn;
use crate::rehearsal;
use crate::route::{KindTab, Route};
use crate::state::due::{DueRuns, use_due_runs};
use crate::state::launch_draft::LaunchDraft;
use crate::state::navigation::{Navigation, use_navigation};
use crate::state::operations::{Operations, use_operations};
use crate::state::polling::{self, Now};
use crate::state::queries::Queries;
use crate::state::session::{Session, Stage, use_session};
use crate::state::settings::{Settings, use_settings};
use crate::ui::badge::Tone;
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::shell::{NavItem, Shell, Unseen, arrive};
use crate::ui::theme::Theme;
use crate::ui::toast::Toasts;

/// Makes everything that can be made before somebody is signed in, while somebody types; it is seen when its turn comes.
pub fn mount() {
    let Some(backstage) = document::backstage() else { return };
    leptos::mount::mount_to(backstage.clone(), App).forget();
    handover::on_open(move || document::show(&backstage));
}

#[component]
fn App() -> impl IntoView {
    let settings = Settings::provide();
    let session = Session::provide();
    handover::on_open(move || {
        settings.read_again();
        spawn_local(session.resume());
    });
    let queries = Queries::provide(session);
    Navigation::provide();
    let operations = Operations::provide(session, queries);
    DueRuns::provide(session, queries, operations);
    LaunchDraft::provide(session);
    Now::provide(session);
    Toasts::provide();
    polling::start(queries);
    let signed_in = Memo::new(move |_| session.stage.with(|stage| *stage == Stage::SignedIn));
    Effect::new(move |_| {
        if signed_in.get() {
            spawn_local(async move {
                // What the first screen shows goes first.
                clock::sleep(1_000).await;
                session.find_projects().await;
            });
        }
    });
    // Another user must not see what the last one saw.
    Effect::new(move |_| {
        if matches!(session.stage.get(), Stage::SignedOut { .. }) {
            queries.clear();
            attention::badge(0);
        }
    });
    let rehearses = RwSignal::new(false);
    handover::on_rehearse(move || rehearses.set(session.stage.with_untracked(|stage| *stage == Stage::Resuming)));
    handover::on_open(move || rehearses.set(false));
    // Everything below is made anew when the language changes.
    let frame = move || {
        settings.language.track();
        view! { <Frame /> }.into_any()
    };
    view! {
        {move || rehearses.get().then(|| view! { <Rehearsal goes_on=rehearses /> })}
        {frame}
    }
    .into_any()
}

/// See [`rehearsal`].
#[component]
fn Rehearsal(goes_on: RwSignal<bool>) -> impl IntoView {
    provide_context(Unseen);
    let queries = rehearsal::provide();
    spawn_local(async move {
        rehearsal::run(queries).await;
        goes_on.try_set(false);
    });
    view! { <Frame /> }.into_any()
}

#[component]
fn Frame() -> impl IntoView {
    let session = use_session();
    let settings = use_settings();
    let signed_in = Memo::new(move |_| session.stage.with(|stage| *stage == Stage::SignedIn));
    announce_ends();
    announce_due();
    view! {
        <Shell
            nav=Signal::derive(move || if signed_in.get() { navigation() } else { Vec::new() })
            home=Route::home().to_string()
            context=move || (move || signed_in.get().then(context)).into_any()
            user=move || (move || signed_in.get().then(user_menu)).into_any()
            theme=Signal::derive(move || settings.theme.get().into())
            on_theme=move |theme: Theme| settings.set_theme(theme.into())
            on_language=move |language: Language| settings.set_language(language)
        >
            {move || if signed_in.get() { view! { <Screens /> }.into_any() } else { view! { <SignIn /> }.into_any() }}
        </Shell>
        <Reauth />
    }
    .into_any()
}

/// The screen of the route. It is made anew when the screen, the project or the region changes, not when only what it
/// shows does.
#[component]
fn Screens() -> impl IntoView {
    let navigation = use_navigation();
    let session = use_session();
    let screen = Memo::new_with_compare(
        move |_| navigation.route.get(),
        |old: Option<&Route>, new| match (old, new) {
            (Some(old), Some(new)) => !old.same_screen(new),
            _ => true,
        },
    );
    // A Memo, as who is signed in also changes when the token is renewed: what is being typed must outlive that.
    let place = Memo::new(move |_| session.place());
    // Looked at, not only tracked: a Memo that is worked out after this one would make it count again at the next look.
    let change = Memo::new(move |before: Option<&u32>| {
        screen.with(|_| ());
        place.with(|_| ());
        before.map_or(0, |before| before.wrapping_add(1))
    });
    let begun = RwSignal::new(0);
    move || {
        let change_now = change.get();
        if begun.get() != change_now {
            // A screen's end and the next one's beginning are tasks of their own: each takes a while.
            spawn_local(async move {
                clock::next_task().await;
                if change.try_get_untracked() == Some(change_now) {
                    begun.set(change_now);
                    arrive();
                }
            });
            return ().into_any();
        }
        match screen.get_untracked() {
            Route::Protection { .. } => view! { <Protection /> }.into_any(),
            Route::Leftovers => view! { <LeftoversPage /> }.into_any(),
            Route::Schedules { .. } => view! { <Schedules /> }.into_any(),
            Route::Images { .. } => view! { <Images /> }.into_any(),
            Route::Instances { .. } => view! { <Instances /> }.into_any(),
            Route::Instance(id) => view! { <Instance id=id /> }.into_any(),
            Route::Operations => view! { <OperationsPage /> }.into_any(),
            Route::Settings => view! { <SettingsPage /> }.into_any(),
            Route::Launch { .. } => view! { <Launch /> }.into_any(),
            Route::NotFound(address) => view! { <NotFound address=address /> }.into_any(),
        }
    }
}

fn navigation() -> Vec<NavItem> {
    let route = use_navigation().route.get();
    let running = use_operations().running().len() as u64;
    let item = |target: Route, glyph, count: Option<u64>| NavItem {
        label: t(target.title()),
        current: target.title() == route.title(),
        href: target.to_string(),
        glyph,
        count,
    };
    vec![
        item(Route::home(), lu::LuShieldCheck, None),
        item(Route::instances(), lu::LuServer, None),
        item(Route::images(KindTab::All), lu::LuFilm, None),
        item(Route::Schedules { server: None }, lu::LuCalendarClock, None),
        item(Route::Launch { image: None }, lu::LuRocket, None),
        item(Route::Operations, lu::LuActivity, (running > 0).then_some(running)),
        item(Route::Settings, lu::LuSettings, None),
    ]
}

/// Project and region, switched without a new sign-in.
fn context() -> AnyView {
    let session = use_session();
    let toasts = expect_toasts();
    let project = Signal::derive(move || {
        session.who.with(|who| who.as_ref().map(|who| who.project.name.clone())).unwrap_or_default()
    });
    let region =
        Signal::derive(move || session.who.with(|who| who.as_ref().map(|who| who.region.clone())).unwrap_or_default());
    let projects = move |()| {
        let here = session.who.get_untracked().map(|who| who.project.id.clone());
        let all = session.projects.get_untracked();
        let items = all.iter().map(|project| {
            let id = project.id.clone();
            let go = move |_| {
                let id = id.clone();
                spawn_local(async move {
                    if let Err(error) = session.switch_project(&id).await {
                        let (text, details) = error_words(&error, Doing::SwitchingProject);
                        toasts.push(Tone::Bad, text, details);
                    }
                });
            };
            MenuItem::new(project.label(&all), go).current(Some(&project.id) == here.as_ref())
        });
        items.collect::<Vec<_>>()
    };
    let regions = move |()| {
        let Some(who) = session.who.get_untracked() else { return Vec::new() };
        let items = who.regions.iter().map(|name| {
            let target = name.clone();
            let go = move |_| {
                let target = target.clone();
                spawn_local(async move { session.switch_region(&target).await });
            };
            MenuItem::new(name.clone(), go).current(*name == who.region)
        });
        items.collect::<Vec<_>>()
    };
    let has_projects = move || session.projects.with(|all| all.len() > 1);
    let has_regions = move || session.who.with(|who| who.as_ref().is_some_and(|who| who.regions.len() > 1));
    view! {
        {move || {
            if has_projects() {
                let prefix = format!("{}:", t("nav.project"));
                view! {
                    <Menu label=project prefix=prefix glyph=lu::LuFolder show_label=true framed=true items=projects />
                }
                .into_any()
            } else {
                view! { <span class="c-muted">{project}</span> }.into_any()
            }
        }}
        {move || {
            has_regions()
                .then(|| {
                    let prefix = format!("{}:", t("nav.region"));
                    view! { <Menu label=region prefix=prefix glyph=lu::LuGlobe show_label=true framed=true items=regions /> }
                })
        }}
    }
    .into_any()
}

fn user_menu() -> AnyView {
    let session = use_session();
    let navigation = use_navigation();
    let label = Signal::derive(move || {
        let user = session.who.with(|who| who.as_ref().map(|who| who.user.clone())).unwrap_or_default();
        format!("{}: {user}", t("nav.account"))
    });
    let items = move |()| {
        vec![
            MenuItem::new(t("nav.settings"), move |_| navigation.go(&Route::Settings)).glyph(lu::LuSettings),
            MenuItem::new(t("nav.sign_out"), move |_| spawn_local(session.sign_out())).glyph(lu::LuLogOut),
        ]
    };
    view! { <Menu label=label glyph=lu::LuUser small=true items=items /> }.into_any()
}

/// A toast for every operation that ends while the page is open.
fn announce_ends() {
    use crate::i18n::tr;
    use crate::operation::{Millis, Next};
    let operations = use_operations();
    let toasts = expect_toasts();
    Effect::new(move |_| {
        let Some(entry) = operations.ended.get() else { return };
        operations.ended.set(None);
        match entry.operation.with_untracked(|it| it.next(Millis(0))) {
            Next::Done(outcome) => {
                let tone = if outcome.warnings.is_empty() { Tone::Ok } else { Tone::Warn };
                toasts.push(tone, tr(&outcome.message), outcome.warnings.first().map(tr));
            }
            Next::Failed(failure) => {
                let title = entry.operation.with_untracked(|it| tr(&it.title()));
                use_due_runs().tell(&title, &tr(&failure.message), &entry.id.0);
                toasts.push(Tone::Bad, tr(&failure.message), failure.cause.as_ref().map(tr));
            }
            _ => {}
        }
    });
}

/// A toast for backups that were begun by themselves.
fn announce_due() {
    use crate::i18n::tr;
    let (runs, toasts) = (use_due_runs(), expect_toasts());
    Effect::new(move |_| {
        let Some(names) = runs.begun.get() else { return };
        runs.begun.set(None);
        let text = Message::new("due_runs.begun").count("count", names.len() as u64).text("names", names.join(", "));
        toasts.push(Tone::Info, tr(&text), None);
    });
}

fn expect_toasts() -> Toasts {
    use_context::<Toasts>().unwrap_or_else(Toasts::provide)
}
