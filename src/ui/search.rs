//! A field that narrows down what is on the page.

use icondata_lu as lu;
use leptos::html::Input;
use leptos::prelude::*;

use super::button::IconButton;
use super::icon::icon;
use super::live::part;
use crate::browser::dom::{self, Listener};
use crate::i18n::t;

/// Search as you type. `/` goes there from anywhere, Escape clears it.
#[component]
pub fn Search(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    /// Leaves the `/` key to another field of the page.
    #[prop(optional)]
    no_shortcut: bool,
) -> impl IntoView {
    let node = NodeRef::<Input>::new();
    let listener = StoredValue::new_local(None::<Listener>);
    Effect::new(move || {
        if no_shortcut {
            return;
        }
        listener.set_value(Some(Listener::on_document("keydown", false, move |event| {
            let asked = dom::is_key(&event, "/") && !dom::is_typing();
            if let Some(input) = node.get_untracked().filter(|_| asked) {
                event.prevent_default();
                dom::focus(&input);
            }
        })));
    });
    let clear = move || {
        value.set(String::new());
        if let Some(input) = node.get_untracked() {
            dom::focus(&input);
        }
    };
    view! {
        <div class="c-search" role="search">
            {icon(lu::LuSearch)}
            <input
                class="input c-input"
                type="search"
                autocomplete="off"
                spellcheck="false"
                aria-label=label.clone()
                placeholder=label
                aria-keyshortcuts=(!no_shortcut).then_some("/")
                node_ref=node
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "Escape" && !value.get_untracked().is_empty() {
                        event.prevent_default();
                        event.stop_propagation();
                        value.set(String::new());
                    }
                }
            />
            {part(move || {
                if value.with(String::is_empty) {
                    (!no_shortcut).then(|| view! { <kbd class="c-kbd" aria-hidden="true">"/"</kbd> }).into_any()
                } else {
                    view! { <IconButton glyph=lu::LuX label=t("ui.clear") on_press=move |_| clear() small=true /> }.into_any()
                }
            })}
        </div>
    }
    .into_any()
}
