//! Yes or no.

use leptos::prelude::*;

use crate::ui::live::{live, part};

use super::Ties;

/// A checkbox with its label beside it.
#[component]
pub fn CheckField(
    #[prop(into)] label: String,
    value: RwSignal<bool>,
    #[prop(optional, into)] hint: Option<String>,
    /// Why it cannot be changed now.
    #[prop(optional, into)]
    disabled_reason: MaybeProp<String>,
) -> impl IntoView {
    let ties = Ties::new(hint.is_some());
    let (described, reason_id) = (ties.clone(), ties.error.clone());
    view! {
        <div class="c-check">
            <input
                class="checkbox checkbox-sm checkbox-primary"
                type="checkbox"
                id=ties.control.clone()
                aria-disabled=live(move || disabled_reason.get().map(|_| "true"))
                aria-describedby=live(move || described.described_by(disabled_reason.get().is_some()))
                data-tip=live(move || disabled_reason.get())
                prop:checked=value
                on:click=move |event| {
                    if disabled_reason.get_untracked().is_some() {
                        event.prevent_default();
                    }
                }
                on:change=move |event| value.set(event_target_checked(&event))
            />
            <div>
                <label for=ties.control.clone()>{label}</label>
                {hint.map(|hint| view! { <p class="c-hint" id=ties.hint.clone()>{hint}</p> })}
                {part(move || disabled_reason.get().map(|text| view! { <p class="c-hint" id=reason_id.clone()>{text}</p> }))}
            </div>
        </div>
    }
    .into_any()
}
