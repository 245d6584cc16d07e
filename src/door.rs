//! The door: the sign-in form alone, small enough to be there at once. While somebody types, the browser fetches the
//! app behind it; a sign-in is handed over in memory and the door is gone.
//!
//! The app can do everything that the door can (it shows the same form after signing out), so the door holds no rule of
//! its own. `docs/decisions/003-door.md` has the figures.

use leptos::prelude::*;

use crate::browser::handover;
use crate::i18n::Language;
use crate::pages::sign_in::SignIn;
use crate::route::Route;
use crate::state::session::{Session, Stage};
use crate::state::settings::{Settings, use_settings};
use crate::ui::shell::Shell;
use crate::ui::toast::Toasts;

pub fn mount() {
    leptos::mount::mount_to_body(Door);
}

#[component]
fn Door() -> impl IntoView {
    let settings = Settings::provide();
    let session = Session::provide();
    Toasts::provide();
    Effect::new(move |_| {
        if session.stage.get() == Stage::SignedIn
            && let Some(handed) = session.hand_over()
        {
            handover::give(&handed);
        }
    });
    move || {
        settings.language.track();
        view! { <Frame /> }.into_any()
    }
}

#[component]
fn Frame() -> impl IntoView {
    let settings = use_settings();
    view! {
        <Shell
            nav=Signal::stored(Vec::new())
            home=Route::home().to_string()
            theme=Signal::derive(move || settings.theme.get().into())
            on_theme=move |theme: crate::ui::theme::Theme| settings.set_theme(theme.into())
            on_language=move |language: Language| settings.set_language(language)
        >
            <SignIn />
        </Shell>
    }
    .into_any()
}
