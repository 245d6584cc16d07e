//! Buttons. One that cannot be pressed now says why: to the pointer, the keyboard, a finger and a screen reader.

use leptos::prelude::*;

use super::fresh_id;
use super::icon::{Glyph, icon};
use super::live::{live, part};
use super::spinner::Spinner;

/// How much a button asks for attention. One primary button per view at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    Primary,
    #[default]
    Quiet,
    /// For what destroys something.
    Danger,
    /// Without a frame until the pointer is over it.
    Ghost,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn btn-primary c-btn",
            Self::Quiet => "btn c-btn c-btn-quiet",
            Self::Danger => "btn c-btn c-btn-danger",
            Self::Ghost => "btn btn-ghost c-btn",
        }
    }
}

/// `<Button kind=Kind::Primary glyph=LuCamera on_press=move |_| …>"Create snapshot"</Button>`.
///
/// It stays focusable while disabled or busy, and then ignores presses.
#[component]
pub fn Button(
    #[prop(optional)] kind: Kind,
    #[prop(optional, into)] glyph: Option<Glyph>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
    /// Why it cannot be pressed now; `None` when it can.
    #[prop(optional, into)]
    disabled_reason: MaybeProp<String>,
    /// Shows that what it started is under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Smaller, for rows and bars.
    #[prop(optional)]
    small: bool,
    /// As wide as its container.
    #[prop(optional)]
    wide: bool,
    /// Submits the form that it is in.
    #[prop(optional)]
    submit: bool,
    children: Children,
) -> impl IntoView {
    let id = fresh_id("why");
    let described = id.clone();
    let press = move |event: crate::browser::dom::MouseEvent| {
        if busy.get_untracked() || disabled_reason.get_untracked().is_some() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=kind.class()
            class=("btn-sm", small)
            class=("w-full", wide)
            aria-disabled=live(move || (busy.get() || disabled_reason.get().is_some()).then_some("true"))
            aria-busy=live(move || busy.get().then_some("true"))
            aria-describedby=live(move || disabled_reason.get().map(|_| described.clone()))
            data-tip=live(move || disabled_reason.get())
            on:click=press
        >
            {part(move || if busy.get() { Some(view! { <Spinner /> }.into_any()) } else { glyph.map(icon) })}
            <span class="c-btn-label">{children()}</span>
        </button>
        {part(move || disabled_reason.get().map(|reason| view! { <span id=id.clone() hidden>{reason}</span> }))}
    }
    .into_any()
}

/// A square button with an icon and a name that only tooltips and screen readers show.
#[component]
pub fn IconButton(
    #[prop(into)] glyph: Signal<Glyph>,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] on_press: Callback<()>,
    #[prop(optional)] kind: Option<Kind>,
    #[prop(optional)] small: bool,
    /// For buttons that stay pressed.
    #[prop(optional, into)]
    pressed: MaybeProp<bool>,
    #[prop(optional, into)] disabled_reason: MaybeProp<String>,
) -> impl IntoView {
    let name = move || match disabled_reason.get() {
        Some(reason) => format!("{}: {reason}", label.get()),
        None => label.get(),
    };
    view! {
        <button
            type="button"
            class=kind.unwrap_or(Kind::Ghost).class()
            class:btn-square=true
            class=("btn-sm", small)
            aria-label=name
            data-tip=name
            aria-pressed=live(move || pressed.get().map(|on| if on { "true" } else { "false" }))
            aria-disabled=live(move || disabled_reason.get().map(|_| "true"))
            on:click=move |_| {
                if disabled_reason.get_untracked().is_none() {
                    on_press.run(());
                }
            }
        >
            {part(move || icon(glyph.get()))}
        </button>
    }
    .into_any()
}
