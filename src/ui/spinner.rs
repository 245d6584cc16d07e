//! A turning ring, for waits of unknown length.

use leptos::prelude::*;

/// A turning ring with words for screen readers; silent when `label` is empty, because text beside it says the same.
#[component]
pub fn Spinner(#[prop(optional, into)] label: String) -> impl IntoView {
    let role = (!label.is_empty()).then_some("status");
    view! {
        <span class="c-spinner" role=role>
            <span class="sr-only">{label}</span>
        </span>
    }
    .into_any()
}
