//! Copying text, with an answer that is seen and heard.

use std::time::Duration;

use icondata_lu as lu;
use leptos::prelude::*;

use super::icon::{Glyph, icon};
use super::live::part;
use crate::browser::clipboard;
use crate::i18n::t;

/// A small button that copies `text` and says «Copied» for two seconds.
#[component]
pub fn CopyButton(
    #[prop(into)] text: Signal<String>,
    /// What is copied, for the name: «Copy the address».
    #[prop(optional, into)]
    label: Option<String>,
) -> impl IntoView {
    let said = RwSignal::new(None::<bool>);
    let name = label.unwrap_or_else(|| t("ui.copy"));
    let tip = name.clone();
    let press = move |_| {
        clipboard::copy(&text.get_untracked(), move |done| {
            said.set(Some(done));
            set_timeout(move || _ = said.try_set(None), Duration::from_secs(2));
        });
    };
    let glyph = move || -> Glyph {
        match said.get() {
            Some(true) => lu::LuCheck,
            Some(false) => lu::LuX,
            None => lu::LuCopy,
        }
    };
    view! {
        <button type="button" class="btn btn-ghost c-btn btn-square btn-sm c-copy" aria-label=name data-tip=tip on:click=press>
            {part(move || icon(glyph()))}
            <span class="c-copied" role="status">
                {part(move || said.get().map(|done| t(if done { "ui.copied" } else { "ui.copy_failed" })))}
            </span>
        </button>
    }
    .into_any()
}
