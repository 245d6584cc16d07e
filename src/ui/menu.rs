//! A menu of actions: the platform's popover, with the arrow keys, Home, End, first letters and Escape.

use icondata_lu as lu;
use leptos::html::{Button as ButtonTag, Div};
use leptos::prelude::*;

use super::fresh_id;
use super::icon::{Glyph, icon};
use super::live::{live, part};
use crate::browser::dom::{self, Step};
use crate::i18n::t;

/// An entry of a menu.
#[derive(Clone)]
pub struct MenuItem {
    pub label: String,
    pub glyph: Option<Glyph>,
    /// Destroys something.
    pub danger: bool,
    /// The one that is in force now (a language, a project).
    pub current: bool,
    /// A line of smaller text.
    pub detail: Option<String>,
    /// Why it cannot be chosen now.
    pub disabled_reason: Option<String>,
    pub on_select: Callback<()>,
}

impl MenuItem {
    pub fn new(label: impl Into<String>, on_select: impl Fn(()) + Send + Sync + 'static) -> Self {
        Self {
            label: label.into(),
            glyph: None,
            danger: false,
            current: false,
            detail: None,
            disabled_reason: None,
            on_select: Callback::new(on_select),
        }
    }
    pub fn glyph(mut self, glyph: Glyph) -> Self {
        self.glyph = Some(glyph);
        self
    }
    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
    pub fn disabled_reason(mut self, reason: Option<String>) -> Self {
        self.disabled_reason = reason;
        self
    }
}

/// A button that opens a menu. The entries are made when it opens, so they may be as costly as they like.
#[component]
pub fn Menu(
    /// The button's name; seen only if `show_label`.
    #[prop(into)]
    label: Signal<String>,
    /// Instead of the three dots.
    #[prop(optional, into)]
    glyph: Option<Glyph>,
    /// Goes before the name where there is room, and for screen readers everywhere: «Project:».
    #[prop(optional, into)]
    prefix: Option<String>,
    /// Shows the name and an arrow, not just the icon.
    #[prop(optional)]
    show_label: bool,
    /// A frame around the button.
    #[prop(optional)]
    framed: bool,
    #[prop(optional)] small: bool,
    #[prop(into)] items: Callback<(), Vec<MenuItem>>,
) -> impl IntoView {
    let id = fresh_id("menu");
    let target = id.clone();
    let controls = id.clone();
    let trigger = NodeRef::<ButtonTag>::new();
    let list = NodeRef::<Div>::new();
    let open = RwSignal::new(false);

    let before = move |_: dom::Event| {
        let closed = list.get_untracked().filter(|list| !dom::is_popover_open(list));
        if let (Some(trigger), Some(list)) = (trigger.get_untracked(), closed) {
            dom::place(&list, &trigger);
            open.set(true);
        }
    };
    let after = move |_| {
        let Some(list) = list.get_untracked() else { return };
        let is_open = dom::is_popover_open(&list);
        // It is open already unless it was opened by itself: its entries need not be made twice.
        if open.get_untracked() != is_open {
            open.set(is_open);
        }
        if is_open {
            dom::move_focus(&list, "[role^=menuitem]", &Step::First);
        }
    };
    let walk = move |event: dom::KeyboardEvent| {
        let Some(list) = list.get_untracked() else { return };
        if event.key() == "Tab" {
            dom::hide_popover(&list);
        } else if let Some(step) = Step::of_key(&event.key(), true) {
            event.prevent_default();
            event.stop_propagation();
            dom::move_focus(&list, "[role^=menuitem]", &step);
        }
    };
    let opener = move |event: dom::KeyboardEvent| {
        if let Some(list) = list.get_untracked().filter(|_| event.key() == "ArrowDown") {
            event.prevent_default();
            dom::show_popover(&list);
        }
    };
    let entry = move |item: MenuItem| {
        let reason = item.disabled_reason.clone();
        let pick = move |_| {
            if item.disabled_reason.is_none() {
                if let Some(list) = list.get_untracked() {
                    dom::hide_popover(&list);
                }
                item.on_select.run(());
            }
        };
        let detail = reason.clone().or(item.detail);
        let glyph = if item.current { Some(lu::LuCheck) } else { item.glyph };
        view! {
            <button
                type="button"
                role=if item.current { "menuitemradio" } else { "menuitem" }
                aria-checked=item.current.then_some("true")
                tabindex="-1"
                class="c-menu-item"
                data-danger=item.danger.then_some("true")
                aria-disabled=reason.map(|_| "true")
                on:click=pick
            >
                <span class="c-menu-glyph">{glyph.map(icon)}</span>
                <span class="c-menu-text">
                    <span>{item.label}</span>
                    {detail.map(|text| view! { <span class="c-menu-detail">{text}</span> })}
                </span>
            </button>
        }
    };
    view! {
        <button
            type="button"
            node_ref=trigger
            class=if framed { "btn c-btn c-btn-quiet" } else { "btn btn-ghost c-btn" }
            class=("btn-sm", small)
            class=("btn-square", !show_label)
            aria-haspopup="menu"
            aria-expanded=live(move || if open.get() { "true" } else { "false" })
            aria-controls=controls
            aria-label=live(move || (!show_label).then(|| label.get()))
            data-tip=live(move || (!show_label).then(|| label.get()))
            popovertarget=target
            on:keydown=opener
        >
            {(glyph.is_some() || !show_label).then(|| icon(glyph.unwrap_or(lu::LuEllipsis)))}
            {show_label
                .then(|| {
                    let prefix = prefix.map(|text| view! { <span class="c-prefix">{text}" "</span> });
                    view! { <span class="c-btn-label">{prefix}{label}</span> }
                })}
            {show_label.then(|| view! { <span class="c-caret">{icon(lu::LuChevronDown)}</span> })}
        </button>
        <div
            class="c-menu"
            popover="auto"
            role="menu"
            id=id
            aria-label=label
            node_ref=list
            on:beforetoggle=before
            on:toggle=after
            on:keydown=walk
        >
            {part(move || {
                open.get()
                    .then(|| {
                        let items = untrack(|| items.run(()));
                        if items.is_empty() {
                            view! { <p class="c-menu-none" role="menuitem" tabindex="-1">{t("ui.nothing_here")}</p> }
                                .into_any()
                        } else {
                            items.into_iter().map(entry).collect_view().into_any()
                        }
                    })
            })}
        </div>
    }
    .into_any()
}
