//! Something to know, in the place where it matters.

use leptos::prelude::*;

use super::badge::Tone;
use super::code::Code;
use super::icon::icon;
use crate::i18n::t;

/// An inline message: what happened, what it means, and what to do.
#[component]
pub fn Notice(
    tone: Tone,
    #[prop(into)] title: String,
    /// The explanation, in one or two sentences.
    #[prop(optional, into)]
    text: Option<String>,
    /// Technical details (a request id, the service's own words), folded away.
    #[prop(optional, into)]
    details: Option<String>,
    /// Lines to copy, such as a configuration.
    #[prop(optional, into)]
    code: Option<String>,
    /// Buttons.
    #[prop(optional, into)]
    action: Option<ViewFn>,
) -> impl IntoView {
    let role = if matches!(tone, Tone::Bad | Tone::Warn) { "alert" } else { "status" };
    view! {
        <div class="c-notice" data-tone=tone.name() role=role>
            <span class="c-tone">{icon(tone.glyph())}</span>
            <div class="c-notice-text">
                <p class="c-notice-title">{title}</p>
                {text.map(|text| view! { <p>{text}</p> })}
                {code.map(|code| view! { <Code text=code /> })}
                {details
                    .map(|details| {
                        view! {
                            <details class="c-details">
                                <summary>{t("ui.details")}</summary>
                                <Code text=details />
                            </details>
                        }
                    })}
                {action.map(|action| view! { <div class="c-actions">{action.run()}</div> })}
            </div>
        </div>
    }
    .into_any()
}
