//! Nothing is here yet: what would be, and how to begin.

use leptos::prelude::*;

use super::icon::{Glyph, icon};

/// An icon, a title, a sentence and, if there is one, the way out.
#[component]
pub fn Empty(
    glyph: Glyph,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional, into)] action: Option<ViewFn>,
) -> impl IntoView {
    view! {
        <div class="c-empty">
            <span class="c-empty-glyph">{icon(glyph)}</span>
            <p class="c-empty-title">{title}</p>
            <p class="c-empty-text">{text}</p>
            {action.map(|action| view! { <div class="c-actions">{action.run()}</div> })}
        </div>
    }
    .into_any()
}
