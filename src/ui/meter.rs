//! How much of a limit is used.

use leptos::prelude::*;

use super::live::live;

/// A bar such as «Volumes 7 of 10», with what an action would add shown lighter.
#[component]
pub fn Meter(
    #[prop(into)] label: String,
    /// The numbers in words: «7 of 10».
    #[prop(into)]
    text: Signal<String>,
    /// From 0 to 1.
    #[prop(into)]
    used: Signal<f64>,
    /// What would be added, from 0 to 1.
    #[prop(optional, into)]
    added: Signal<f64>,
) -> impl IntoView {
    let percent = move |share: f64| format!("{}%", (share.clamp(0.0, 1.0) * 100.0).round() as u32);
    let level = move || match used.get() + added.get() {
        all if all > 1.0 => "over",
        all if all >= 0.9 => "high",
        _ => "fine",
    };
    view! {
        <div class="c-meter" data-level=level>
            <div class="c-meter-words"><span>{label.clone()}</span><span class="c-meter-text">{text}</span></div>
            <div
                class="c-meter-bar"
                role="meter"
                aria-label=label
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=live(move || ((used.get().clamp(0.0, 1.0) * 100.0).round() as u32).to_string())
                aria-valuetext=text
            >
                <span class="c-meter-used" style:width=live(move || percent(used.get()))></span>
                <span class="c-meter-added" style:width=live(move || percent(added.get().min(1.0 - used.get().min(1.0))))></span>
            </div>
        </div>
    }
    .into_any()
}
