//! The frame around every page: brand, navigation, switches, and the landmarks that assistive technology steers by.

use icondata_lu as lu;
use leptos::prelude::*;

use super::icon::{Glyph, icon};
use super::live::{live, part};
use super::menu::{Menu, MenuItem};
use super::theme::{Theme, ThemeSwitch};
use super::tip::Tips;
use super::toast::{ToastRegion, Toasts};
use crate::browser::dom;
use crate::i18n::{Language, t};

/// How many entries the bar at the bottom of a phone has room for; the rest goes behind «More».
const ON_PHONES: usize = 4;

/// An entry of the navigation.
#[derive(Clone, PartialEq)]
pub struct NavItem {
    pub href: String,
    pub label: String,
    pub glyph: Glyph,
    /// The page that is shown now belongs to it.
    pub current: bool,
    /// A number that deserves attention, such as servers without a fresh backup.
    pub count: Option<u64>,
}

/// The page frame. `Toasts` must be in the context (`Toasts::provide()`).
#[component]
pub fn Shell(
    #[prop(into)] nav: Signal<Vec<NavItem>>,
    /// Where the brand leads.
    #[prop(into)]
    home: String,
    /// Project, region: menus beside the brand.
    #[prop(optional, into)]
    context: ViewFn,
    /// The user's menu, at the far end.
    #[prop(optional, into)]
    user: ViewFn,
    #[prop(into)] theme: Signal<Theme>,
    #[prop(into)] on_theme: Callback<Theme>,
    #[prop(into)] on_language: Callback<Language>,
    children: Children,
) -> impl IntoView {
    let toasts = use_context::<Toasts>().unwrap_or_else(Toasts::provide);
    let has_nav = Memo::new(move |_| nav.with(|nav| !nav.is_empty()));
    view! {
        <button type="button" class="c-skip" on:click=move |_| dom::focus_id("page-title")>{t("ui.skip")}</button>
        <header class="c-top">
            <a class="c-brand" href=home>{logo()}<span>"Carrete"</span></a>
            <div class="c-context">{context.run()}</div>
            <div class="c-top-end">
                <span class="c-top-look">
                    <LanguageSwitch on_change=on_language />
                    <ThemeSwitch theme=theme on_change=on_theme />
                </span>
                {user.run()}
            </div>
        </header>
        <div class="c-frame" data-nav=live(move || has_nav.get().then_some("true"))>
            {part(move || has_nav.get().then(|| navigation(nav)))}
            <main class="c-main" id="main">{children()}</main>
        </div>
        <Announcer />
        <ToastRegion toasts=toasts />
        <Tips />
    }
    .into_any()
}

fn navigation(nav: Signal<Vec<NavItem>>) -> AnyView {
    let entry = |(index, item): (usize, NavItem), crowded: bool| {
        view! {
            <li data-later=(crowded && index >= ON_PHONES).then_some("true")>
                <a class="c-nav-item" href=item.href aria-current=item.current.then_some("page")>
                    {icon(item.glyph)}
                    <span>{item.label}</span>
                    {item.count.map(|n| view! { <span class="c-count">{n}</span> })}
                </a>
            </li>
        }
    };
    let rest = move |()| {
        let later = nav.get_untracked().into_iter().skip(ON_PHONES);
        let item = |item: NavItem| {
            let current = item.current;
            MenuItem::new(item.label, move |_| dom::go(&item.href)).glyph(item.glyph).current(current)
        };
        later.map(item).collect::<Vec<_>>()
    };
    let crowded = Memo::new(move |_| nav.with(Vec::len) > ON_PHONES + 1);
    view! {
        <nav class="c-nav" aria-label=t("ui.navigation")>
            <ul>
                {part(move || {
                    let crowded = crowded.get();
                    nav.get().into_iter().enumerate().map(|item| entry(item, crowded)).collect_view()
                })}
                {part(move || {
                    crowded
                        .get()
                        .then(|| {
                            view! {
                                <li class="c-nav-more">
                                    <Menu label=t("ui.more_pages") glyph=lu::LuEllipsis items=rest />
                                </li>
                            }
                        })
                })}
            </ul>
        </nav>
    }
    .into_any()
}

/// The reel.
pub fn logo() -> AnyView {
    view! {
        <svg class="c-logo" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <circle class="c-logo-reel" cx="16" cy="16" r="14"></circle>
            <g class="c-logo-holes">
                <circle cx="16" cy="16" r="2.2"></circle>
                <circle cx="16" cy="8" r="3.2"></circle>
                <circle cx="23.6" cy="13.5" r="3.2"></circle>
                <circle cx="20.7" cy="22.5" r="3.2"></circle>
                <circle cx="11.3" cy="22.5" r="3.2"></circle>
                <circle cx="8.4" cy="13.5" r="3.2"></circle>
            </g>
        </svg>
    }
    .into_any()
}

/// In the context of what is drawn beside the document: it must not change anything around it.
#[derive(Clone, Copy)]
pub struct Unseen;

/// The heading of a page, which takes the focus when the page changes, with room for its main buttons.
#[component]
pub fn PageTitle(
    #[prop(into)] title: Signal<String>,
    /// A sentence below, or the freshness line.
    #[prop(optional, into)]
    below: ViewFn,
    /// Buttons at the far end.
    #[prop(optional, into)]
    actions: ViewFn,
) -> impl IntoView {
    if use_context::<Unseen>().is_none() {
        Effect::new(move || dom::set_title(&format!("{} · Carrete", title.get())));
    }
    view! {
        <div class="c-page-head">
            <div class="c-page-words">
                <h1 id="page-title" tabindex="-1">{title}</h1>
                <div class="c-page-below">{below.run()}</div>
            </div>
            <div class="c-actions">{actions.run()}</div>
        </div>
    }
    .into_any()
}

/// To be called after the route changed: moves to the top, puts the focus on the heading and has its text announced.
pub fn arrive() {
    request_animation_frame(|| {
        dom::scroll_to_top();
        dom::focus_id("page-title");
        dom::announce("announcer", "page-title");
    });
}

/// A live region for screen readers, filled by [`arrive`].
#[component]
fn Announcer() -> impl IntoView {
    view! { <div class="sr-only" id="announcer" role="status" aria-live="polite"></div> }.into_any()
}

/// Spanish or English.
#[component]
pub fn LanguageSwitch(#[prop(into)] on_change: Callback<Language>) -> impl IntoView {
    let items = move |()| {
        let now = Language::current();
        let item = |language: Language| {
            MenuItem::new(language.name(), move |_| on_change.run(language)).current(language == now)
        };
        Language::ALL.into_iter().map(item).collect::<Vec<_>>()
    };
    view! { <Menu label=t("ui.language") glyph=lu::LuLanguages small=true items=items /> }.into_any()
}
