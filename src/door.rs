//! The door: the sign-in form alone, small enough to be there at once. While somebody types, the browser fetches the
//! app behind it; a sign-in is handed over in memory and the door is gone.
//!
//! The app can do everything that the door can (it shows the same form after signing out), so the door holds no rule of
//! its own. `docs/decisions/003-door.md` has the figures.

use futures::FutureExt;
use futures::future::{Either, ready, select};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::handover;
use crate::i18n::{Language, t};
use crate::openstack::compute::ListServers;
use crate::pages::sign_in::SignIn;
use crate::rehearsal;
use crate::route::Route;
use crate::state::session::{Cloud, Session, Stage};
use crate::state::settings::{Settings, use_settings};
use crate::ui::badge::Tone;
use crate::ui::button::{Button, Kind};
use crate::ui::notice::Notice;
use crate::ui::shell::{PageTitle, Shell};
use crate::ui::toast::Toasts;

pub fn mount() {
    leptos::mount::mount_to_body(Door);
}

#[component]
fn Door() -> impl IntoView {
    let settings = Settings::provide();
    let session = Session::provide();
    spawn_local(session.resume());
    Toasts::provide();
    let lost = RwSignal::new(false);
    handover::on_lost(move || lost.set(true));
    let made_up = Session::unheard();
    handover::on_rehearse(move || spawn_local(rehearsal::sign_in(made_up)));
    Effect::new(move |_| {
        if session.stage.get() == Stage::SignedIn
            && let Some((handed, cloud)) = session.hand_over()
        {
            spawn_local(open(handed, cloud));
        }
    });
    move || {
        settings.language.track();
        view! { <Frame lost=lost /> }.into_any()
    }
}

/// Every screen behind the door begins with the instances: they are asked for before the app keeps the browser busy.
async fn open(handed: String, cloud: Cloud) {
    let asked = async move { Some(cloud.read_once(&ListServers::default()).await.ok()?.body) }.boxed_local();
    let early = match select(asked, ready(())).await {
        Either::Left((answer, _)) => ready(answer).boxed_local(),
        Either::Right((_, asked)) => asked,
    };
    handover::give(&handed, early);
}

#[component]
fn Frame(
    /// The app could not be fetched.
    lost: RwSignal<bool>,
) -> impl IntoView {
    let settings = use_settings();
    view! {
        <Shell
            nav=Signal::stored(Vec::new())
            home=Route::home().to_string()
            theme=Signal::derive(move || settings.theme.get().into())
            on_theme=move |theme: crate::ui::theme::Theme| settings.set_theme(theme.into())
            on_language=move |language: Language| settings.set_language(language)
        >
            {move || {
                if lost.get() { view! { <Lost lost=lost /> }.into_any() } else { view! { <SignIn /> }.into_any() }
            }}
        </Shell>
    }
    .into_any()
}

/// The sign-in is kept; only the page's own files are missing.
#[component]
fn Lost(lost: RwSignal<bool>) -> impl IntoView {
    let again = move |()| {
        lost.set(false);
        handover::retry();
    };
    let action = move || view! { <Button kind=Kind::Primary on_press=again>{t("common.retry")}</Button> };
    view! {
        <PageTitle title=t("app.name") />
        <Notice tone=Tone::Bad title=t("sign_in.lost_title") text=t("sign_in.lost_text") action=action />
    }
    .into_any()
}
