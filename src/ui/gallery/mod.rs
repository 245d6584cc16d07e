//! Every widget in every state, for those who draw them: `trunk build gallery.html --release --dist dist/gallery`.
//!
//! The address chooses: `#dark`, `#es`, `#dialog`, `#panel`, `#many` (ten thousand rows), `#toasts`, in any combination.

mod forms;
mod lists;
mod messages;
mod reels;

use icondata_lu as lu;
use leptos::prelude::*;

use super::badge::Tone;
use super::button::{Button, Kind};
use super::menu::{Menu, MenuItem};
use super::shell::{NavItem, PageTitle, Shell};
use super::theme::Theme;
use super::toast::Toasts;
use crate::i18n::Language;

/// Whether the address asks for something.
fn asked(word: &str) -> bool {
    location_hash().is_some_and(|hash| hash.split(['#', ',']).any(|part| part == word))
}

pub fn mount() {
    if asked("es") {
        Language::Spanish.activate();
    }
    leptos::mount::mount_to_body(|| view! { <Gallery /> });
}

#[component]
fn Gallery() -> impl IntoView {
    let toasts = Toasts::provide();
    let theme = RwSignal::new(if asked("dark") { Theme::Dark } else { Theme::Light });
    Effect::new(move || theme.get().apply());
    let nav = || {
        let item = |label: &str, glyph, current, count| NavItem {
            href: "#".into(),
            label: label.into(),
            glyph,
            current,
            count,
        };
        vec![
            item("Overview", lu::LuHouse, true, None),
            item("Servers", lu::LuServer, false, Some(2)),
            item("Images", lu::LuImages, false, None),
            item("Backups", lu::LuHistory, false, None),
            item("Schedules", lu::LuCalendarClock, false, None),
            item("Settings", lu::LuSettings, false, None),
        ]
    };
    let projects = |()| {
        vec![
            MenuItem::new("bioinformatics", |_| ()).current(true).detail("Universidad de los Andes"),
            MenuItem::new("teaching-2026", |_| ()).detail("Universidad de los Andes"),
        ]
    };
    let user = |()| {
        vec![
            MenuItem::new("Settings", |_| ()).glyph(lu::LuSettings),
            MenuItem::new("Sign out", |_| ()).glyph(lu::LuLogOut),
        ]
    };
    if asked("toasts") {
        toasts.push(Tone::Ok, "The snapshot «web1-before-upgrade» is ready.", None);
        toasts.push(Tone::Info, "Copied the address.", None);
        toasts.push(
            Tone::Bad,
            "The backup could not be made. Nothing was deleted.",
            Some("Quota exceeded for volume snapshots: 10 of 10 are used.".into()),
        );
    }
    let actions = move || {
        view! {
            <Button glyph=lu::LuRocket>"Launch"</Button>
            <Button kind=Kind::Primary glyph=lu::LuCamera on_press=move |_| toasts.push(Tone::Ok, "Snapshot requested.", None)>
                "Create snapshot"
            </Button>
        }
    };
    view! {
        <Shell
            nav=nav
            home="#"
            context=move || {
                view! {
                    <Menu label="bioinformatics" show_label=true items=projects />
                    <Menu label="BOG-1" show_label=true items=|()| Vec::new() />
                }
            }
            user=move || view! { <Menu label="daniela" glyph=lu::LuCircleUser small=true items=user /> }
            theme=theme
            on_theme=move |choice| theme.set(choice)
            on_language=|_| ()
        >
            <PageTitle title="Widgets" below=|| messages::freshness() actions=actions />
            {reels::view()}
            {lists::view()}
            {messages::view()}
            {forms::view()}
        </Shell>
    }
}

/// A titled part of the gallery.
fn section(title: &'static str, content: impl IntoAny) -> AnyView {
    view! { <section class="mb-14"><h2 class="mb-4">{title}</h2>{content.into_any()}</section> }.into_any()
}
