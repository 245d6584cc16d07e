//! One tooltip for the whole page: any element with a `data-tip` attribute shows it on hover, focus and touch.
//!
//! It only repeats what screen readers already get (a name or a description), so it is hidden from them.

use leptos::html::Div;
use leptos::prelude::*;

use crate::browser::dom::{self, Listener};

/// Mounted once, by the shell.
#[component]
pub fn Tips() -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let text = RwSignal::new(String::new());
    let show = move |event: dom::Event| {
        let Some(popover) = node.get_untracked() else { return };
        match dom::closest(&event, "[data-tip]") {
            Some(anchor) => {
                let tip = anchor.get_attribute("data-tip").unwrap_or_default();
                if tip.is_empty() {
                    return dom::hide_popover(&popover);
                }
                text.set(tip);
                dom::place(&popover, &anchor);
                dom::show_popover(&popover);
            }
            None => dom::hide_popover(&popover),
        }
    };
    let hide = move |event: dom::Event| {
        let escape = event.type_() != "keydown" || dom::is_escape(&event);
        if let Some(popover) = node.get_untracked().filter(|_| escape) {
            dom::hide_popover(&popover);
        }
    };
    let listeners = StoredValue::new_local(Vec::<Listener>::new());
    Effect::new(move || {
        listeners.set_value(vec![
            Listener::on_document("pointerover", false, show),
            Listener::on_document("focusin", false, show),
            Listener::on_document("scroll", true, hide),
            Listener::on_document("keydown", true, hide),
        ]);
    });
    view! { <div class="c-tip" popover="manual" aria-hidden="true" node_ref=node>{text}</div> }.into_any()
}
