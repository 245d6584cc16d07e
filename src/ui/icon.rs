//! Icons. They never speak: the text beside them does.

pub use icondata_core::Icon as Glyph;
use leptos::prelude::*;
use leptos_icons::Icon;

/// A Lucide icon (`icondata_lu::Lu…`), as large as the text around it and silent to screen readers.
pub fn icon(glyph: Glyph) -> AnyView {
    view! { <span class="c-icon" aria-hidden="true"><Icon icon=glyph /></span> }.into_any()
}
