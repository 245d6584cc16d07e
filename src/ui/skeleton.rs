//! The shape of what is still loading.

use leptos::prelude::*;

use crate::i18n::t;

/// Grey rows in place of content; screen readers hear «Loading» once.
#[component]
pub fn Skeleton(#[prop(default = 5)] rows: usize) -> impl IntoView {
    let row = |_| view! { <div class="c-skeleton-row"><i></i><i></i><i></i></div> };
    view! {
        <div class="c-skeleton" role="status">
            <span class="sr-only">{t("ui.loading")}</span>
            {(0..rows).map(row).collect_view()}
        </div>
    }
    .into_any()
}
