//! Form fields: a label, a hint, an error, and how they are tied to the control for screen readers.

mod check;
mod choice;
mod number;
mod text;

pub use check::CheckField;
pub use choice::{Choice, RadioCards, SelectField};
use icondata_lu as lu;
use leptos::prelude::*;
pub use number::NumberField;
pub use text::{TextArea, TextField};

use super::fresh_id;
use super::icon::icon;
use crate::i18n::t;
use crate::ui::live::part;

/// The ids that tie a control to its label, hint and error.
#[derive(Clone)]
struct Ties {
    control: String,
    hint: String,
    error: String,
    has_hint: bool,
}

impl Ties {
    fn new(has_hint: bool) -> Self {
        let control = fresh_id("field");
        Self { hint: format!("{control}-hint"), error: format!("{control}-error"), control, has_hint }
    }
    /// The value of `aria-describedby`.
    fn described_by(&self, has_error: bool) -> Option<String> {
        match (self.has_hint, has_error) {
            (true, true) => Some(format!("{} {}", self.error, self.hint)),
            (true, false) => Some(self.hint.clone()),
            (false, true) => Some(self.error.clone()),
            (false, false) => None,
        }
    }
}

/// Label above, control, then hint and error below.
fn frame(
    ties: &Ties,
    label: String,
    optional: bool,
    hint: Option<String>,
    error: MaybeProp<String>,
    control: AnyView,
) -> AnyView {
    let (hint_id, error_id) = (ties.hint.clone(), ties.error.clone());
    view! {
        <div class="c-field">
            <label class="c-label" for=ties.control.clone()>
                {label}
                {optional.then(|| view! { " "<span class="c-optional">{t("ui.optional")}</span> })}
            </label>
            {control}
            {hint.map(|hint| view! { <p class="c-hint" id=hint_id>{hint}</p> })}
            {error_line(error_id, error)}
        </div>
    }
    .into_any()
}

/// The error, announced when it appears.
fn error_line(id: String, error: MaybeProp<String>) -> AnyView {
    view! {
        <div class="c-error-slot" aria-live="polite" id=id>
            {part(move || error.get().map(|text| view! { <p class="c-error">{icon(lu::LuCircleAlert)}<span>{text}</span></p> }))}
        </div>
    }
    .into_any()
}
