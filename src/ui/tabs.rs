//! Tabs, as the ARIA pattern has them: one stop of the Tab key, and the arrows choose.

use leptos::html::Div;
use leptos::prelude::*;

use super::fresh_id;
use super::live::{live, part};
use crate::browser::dom::{self, Step};
use crate::i18n::show;
use crate::model::Arg;

/// One tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// What `selected` holds when it is chosen.
    pub key: String,
    pub label: String,
    /// How many things are behind it.
    pub count: Option<u64>,
}

impl Tab {
    pub fn new(key: impl Into<String>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into(), count: None }
    }
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}

/// A row of tabs and the panel of the chosen one.
#[component]
pub fn Tabs(
    /// What the tabs choose among, for screen readers.
    #[prop(into)]
    label: String,
    #[prop(into)] tabs: Signal<Vec<Tab>>,
    #[prop(into)] selected: Signal<String>,
    #[prop(into)] on_select: Callback<String>,
    /// The view of the tab with this key.
    #[prop(into)]
    panel: Callback<String, AnyView>,
) -> impl IntoView {
    let list = NodeRef::<Div>::new();
    let base = StoredValue::new(fresh_id("tabs"));
    let tab_id = move |key: &str| format!("{}-{key}", base.get_value());
    let walk = move |event: dom::KeyboardEvent| {
        let Some(step) = Step::of_key(&event.key(), false) else { return };
        event.prevent_default();
        if let Some(tab) = list.get_untracked().and_then(|list| dom::move_focus(&list, "[role=tab]", &step)) {
            tab.click();
        }
    };
    let chosen = Memo::new(move |_| selected.get());
    view! {
        <div class="c-tabs" role="tablist" aria-label=label node_ref=list on:keydown=walk>
            <For
                each=move || tabs.get()
                key=|tab| (tab.key.clone(), tab.label.clone(), tab.count)
                children=move |tab| {
                    let key = StoredValue::new(tab.key.clone());
                    let is_chosen = move || chosen.with(|chosen| key.with_value(|key| chosen == key));
                    view! {
                        <button
                            type="button"
                            role="tab"
                            class="c-tab"
                            id=tab_id(&tab.key)
                            aria-selected=live(move || if is_chosen() { "true" } else { "false" })
                            aria-controls=live(move || is_chosen().then(|| format!("{}-panel", base.get_value())))
                            tabindex=live(move || if is_chosen() { "0" } else { "-1" })
                            on:click=move |_| on_select.run(key.get_value())
                        >
                            {tab.label}
                            {tab.count.map(|n| view! { " "<span class="c-count">{show(&Arg::Count(n))}</span> })}
                        </button>
                    }
                }
            />
        </div>
        <div
            class="c-tab-panel"
            role="tabpanel"
            tabindex="0"
            id=format!("{}-panel", base.get_value())
            aria-labelledby=live(move || chosen.with(|key| tab_id(key)))
        >
            {part(move || {
                let key = chosen.get();
                untrack(|| panel.run(key))
            })}
        </div>
    }
    .into_any()
}
