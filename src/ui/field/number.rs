//! Whole numbers, with a button for one less and one for one more.

use icondata_lu as lu;
use leptos::prelude::*;

use super::{Ties, frame};
use crate::i18n::t;
use crate::ui::icon::icon;
use crate::ui::live::live;

/// A whole number between `min` and `max`. `None` while what is typed is no number in that range.
#[component]
pub fn NumberField(
    #[prop(into)] label: String,
    value: RwSignal<Option<u32>>,
    #[prop(default = 0)] min: u32,
    #[prop(default = 9999)] max: u32,
    /// The unit, after the number.
    #[prop(optional, into)]
    unit: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let ties = Ties::new(hint.is_some());
    let described = ties.clone();
    let (less_of, more_of) = (ties.control.clone(), ties.control.clone());
    let typed =
        move |event| value.set(event_target_value(&event).trim().parse().ok().filter(|n| (min..=max).contains(n)));
    let step = move |up: bool| {
        value.update(|value| {
            *value = Some(match (*value, up) {
                (Some(n), true) => n.saturating_add(1).min(max),
                (Some(n), false) => n.saturating_sub(1).max(min),
                (None, _) => min,
            });
        });
    };
    let shown = move || value.get().map(|n| n.to_string()).unwrap_or_default();
    let control = view! {
        <div class="c-number">
            <button type="button" class="btn btn-ghost c-btn btn-square" aria-label=t("ui.less") aria-controls=less_of
                aria-disabled=live(move || value.get().is_some_and(|n| n <= min).then_some("true")) on:click=move |_| step(false)>
                {icon(lu::LuMinus)}
            </button>
            <input
                class="c-number-input"
                id=ties.control.clone()
                type="number"
                inputmode="numeric"
                min=min.to_string()
                max=max.to_string()
                required=!optional
                aria-invalid=live(move || error.get().map(|_| "true"))
                aria-describedby=live(move || described.described_by(error.get().is_some()))
                prop:value=shown
                on:input=typed
            />
            {unit.map(|unit| view! { <span class="c-unit">{unit}</span> })}
            <button type="button" class="btn btn-ghost c-btn btn-square" aria-label=t("ui.more") aria-controls=more_of
                aria-disabled=live(move || value.get().is_some_and(|n| n >= max).then_some("true")) on:click=move |_| step(true)>
                {icon(lu::LuPlus)}
            </button>
        </div>
    }
    .into_any();
    frame(&ties, label, optional, hint, error, control)
}
