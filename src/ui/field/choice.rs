//! One of several: a list, or cards when each choice has something to say.

use leptos::prelude::*;

use super::{Ties, error_line, frame};
use crate::ui::icon::{Glyph, icon};
use crate::ui::live::{live, part};

/// One of the choices.
#[derive(Clone, PartialEq)]
pub struct Choice {
    /// What the field's value is when it is chosen.
    pub value: String,
    pub label: String,
    /// A second line (cards only).
    pub detail: Option<String>,
    /// At the far end of the card: a size, a price.
    pub aside: Option<String>,
    pub glyph: Option<Glyph>,
    /// Why it cannot be chosen now.
    pub disabled_reason: Option<String>,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), detail: None, aside: None, glyph: None, disabled_reason: None }
    }
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
    pub fn aside(mut self, aside: impl Into<String>) -> Self {
        self.aside = Some(aside.into());
        self
    }
    pub fn glyph(mut self, glyph: Glyph) -> Self {
        self.glyph = Some(glyph);
        self
    }
    pub fn disabled_reason(mut self, reason: Option<String>) -> Self {
        self.disabled_reason = reason;
        self
    }
}

/// The browser's own list of choices: the best one on phones.
#[component]
pub fn SelectField(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    /// Shown while nothing is chosen (the value is empty).
    #[prop(optional, into)]
    placeholder: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
) -> impl IntoView {
    let ties = Ties::new(hint.is_some());
    let described = ties.clone();
    // Without one, something is always chosen.
    let required = placeholder.is_some();
    let option = move |choice: Choice| {
        let mine = choice.value.clone();
        let text = match &choice.disabled_reason {
            Some(reason) => format!("{} ({reason})", choice.label),
            None => choice.label,
        };
        view! {
            <option value=choice.value disabled=choice.disabled_reason.is_some() selected=live(move || value.with(|v| *v == mine))>
                {text}
            </option>
        }
    };
    let control = view! {
        <select
            class="select c-input"
            id=ties.control.clone()
            required=required
            aria-invalid=live(move || error.get().map(|_| "true"))
            aria-describedby=live(move || described.described_by(error.get().is_some()))
            on:change=move |event| value.set(event_target_value(&event))
        >
            {placeholder.map(|text| view! { <option value="" selected=live(move || value.with(String::is_empty))>{text}</option> })}
            {part(move || choices.get().into_iter().map(option).collect_view())}
        </select>
    }
    .into_any();
    frame(&ties, label, false, hint, error, control)
}

/// Cards, of which one is chosen. Real radio buttons: the arrow keys work by themselves.
#[component]
pub fn RadioCards(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    /// Two or three columns where there is room.
    #[prop(optional)]
    columns: bool,
) -> impl IntoView {
    let ties = Ties::new(hint.is_some());
    let described = ties.clone();
    let group = ties.control.clone();
    let card = move |choice: Choice| {
        let (mine, checked) = (choice.value.clone(), choice.value.clone());
        let disabled = choice.disabled_reason.is_some();
        let detail = choice.disabled_reason.or(choice.detail);
        view! {
            <label class="c-card" data-disabled=disabled.then_some("true")>
                <input
                    class="radio radio-sm radio-primary"
                    type="radio"
                    name=group.clone()
                    value=choice.value
                    aria-disabled=disabled.then_some("true")
                    prop:checked=live(move || value.with(|v| *v == checked))
                    on:click=move |event| {
                        if disabled {
                            event.prevent_default();
                        }
                    }
                    on:change=move |_| {
                        if !disabled {
                            value.set(mine.clone());
                        }
                    }
                />
                {choice.glyph.map(icon)}
                <span class="c-card-text">
                    <span class="c-card-label">{choice.label}</span>
                    {detail.map(|text| view! { <span class="c-card-detail">{text}</span> })}
                </span>
                {choice.aside.map(|text| view! { <span class="c-card-aside">{text}</span> })}
            </label>
        }
    };
    view! {
        <fieldset class="c-field" aria-describedby=live(move || described.described_by(error.get().is_some()))>
            <legend class="c-label">{label}</legend>
            {hint.map(|hint| view! { <p class="c-hint" id=ties.hint.clone()>{hint}</p> })}
            <div class="c-cards" data-columns=columns.then_some("true")>
                {part(move || choices.get().into_iter().map(&card).collect_view())}
            </div>
            {error_line(ties.error.clone(), error)}
        </fieldset>
    }
    .into_any()
}
