//! Facts about one thing: a definition list.

use leptos::prelude::*;

/// One fact.
pub struct Fact {
    label: String,
    value: AnyView,
}

impl Fact {
    pub fn new(label: impl Into<String>, value: impl IntoAny) -> Self {
        Self { label: label.into(), value: value.into_any() }
    }
}

/// Labels at the left, values at the right; one above the other where there is little room.
#[component]
pub fn KeyValue(facts: Vec<Fact>) -> impl IntoView {
    let one = |fact: Fact| view! { <div class="c-fact"><dt>{fact.label}</dt><dd>{fact.value}</dd></div> };
    view! { <dl class="c-facts">{facts.into_iter().map(one).collect_view()}</dl> }.into_any()
}
