//! Short news that come by themselves and go by themselves, unless they are bad.

use std::time::Duration;

use icondata_lu as lu;
use leptos::html::Div;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use super::badge::Tone;
use super::button::IconButton;
use super::icon::icon;
use super::live::part;
use crate::browser::dom;
use crate::i18n::t;

const STAYS: Duration = Duration::from_secs(6);

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    id: usize,
    tone: Tone,
    text: String,
    details: Option<String>,
}

/// The news that are shown now; in the context of everything below [`ToastRegion`]'s provider.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<usize>,
}

impl Toasts {
    /// Puts it into the context.
    pub fn provide() -> Self {
        let toasts = Self { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
        provide_context(toasts);
        toasts
    }
    /// `Warn` and `Bad` interrupt a screen reader and stay until they are closed; the others leave after six seconds.
    pub fn push(&self, tone: Tone, text: impl Into<String>, details: Option<String>) {
        let (text, id) = (text.into(), self.next.get_value());
        self.next.set_value(id + 1);
        self.shown.update(|shown| shown.push(Toast { id, tone, text, details }));
    }
    fn dismiss(&self, id: usize) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Where the news appear. Mounted once, by the shell.
#[component]
pub fn ToastRegion(toasts: Toasts) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let shown = toasts.shown;
    // On top of any dialog that was opened since: the last one shown is the topmost.
    Effect::new(move || {
        let any = shown.with(|all| !all.is_empty());
        if let Some(region) = node.get() {
            if any { dom::show_popover(&region) } else { dom::hide_popover(&region) }
        }
    });
    let heard = move |urgent: bool| {
        shown.with(|all| all.iter().rfind(|toast| is_urgent(toast.tone) == urgent).map(|toast| toast.text.clone()))
    };
    view! {
        <div class="sr-only" aria-live="polite">{part(move || heard(false))}</div>
        <div class="sr-only" aria-live="assertive">{part(move || heard(true))}</div>
        <div class="c-toasts" popover="manual" role="region" aria-label=t("ui.notifications") node_ref=node>
            <For each=move || shown.get() key=|toast| toast.id children=move |toast| one(toasts, toast) />
        </div>
    }
    .into_any()
}

fn is_urgent(tone: Tone) -> bool {
    matches!(tone, Tone::Warn | Tone::Bad)
}

fn one(toasts: Toasts, toast: Toast) -> AnyView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    let start = move || {
        stop();
        if !is_urgent(toast.tone) {
            timer.set_value(set_timeout_with_handle(move || toasts.dismiss(toast.id), STAYS).ok());
        }
    };
    start();
    on_cleanup(stop);
    view! {
        <div
            class="c-toast"
            data-tone=toast.tone.name()
            on:mouseenter=move |_| stop()
            on:mouseleave=move |_| start()
            on:focusin=move |_| stop()
            on:focusout=move |_| start()
        >
            <span class="c-tone">{icon(toast.tone.glyph())}</span>
            <div class="c-toast-text">
                <p>{toast.text}</p>
                {toast.details.map(|details| view! { <p class="c-hint">{details}</p> })}
            </div>
            <IconButton glyph=lu::LuX label=t("ui.close") on_press=move |_| toasts.dismiss(toast.id) small=true />
        </div>
    }
    .into_any()
}
