//! Text on one line or several.

use leptos::prelude::*;

use super::{Ties, frame};
use crate::ui::fresh_id;
use crate::ui::live::{live, part};

/// One line of text. With `suggestions` it offers them while typing and still takes anything.
#[component]
pub fn TextField(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    /// `text` (default), `password`, `email`, `url`.
    #[prop(optional, into)]
    kind: Option<String>,
    /// What the browser may fill in, such as `username` or `current-password`.
    #[prop(optional, into)]
    autocomplete: Option<String>,
    /// Marks the label as optional.
    #[prop(optional)]
    optional: bool,
    /// For ids, addresses and commands.
    #[prop(optional)]
    mono: bool,
    /// Each with what is said of it, empty for nothing.
    #[prop(optional, into)]
    suggestions: Signal<Vec<(String, String)>>,
    /// Called when the field loses the focus: the moment to check it.
    #[prop(optional, into)]
    on_leave: Option<Callback<()>>,
) -> impl IntoView {
    let ties = Ties::new(hint.is_some());
    let described = ties.clone();
    let list = fresh_id("list");
    let list_id = list.clone();
    let has_list = move || suggestions.with(|all| !all.is_empty());
    let control = view! {
        <input
            class="input c-input"
            class=("font-mono", mono)
            id=ties.control.clone()
            type=kind.unwrap_or_else(|| "text".into())
            placeholder=placeholder
            autocomplete=autocomplete.unwrap_or_else(|| "off".into())
            spellcheck="false"
            autocapitalize="none"
            required=!optional
            list=live(move || has_list().then(|| list.clone()))
            aria-invalid=live(move || error.get().map(|_| "true"))
            aria-describedby=live(move || described.described_by(error.get().is_some()))
            prop:value=value
            on:input=move |event| value.set(event_target_value(&event))
            on:blur=move |_| {
                if let Some(on_leave) = on_leave {
                    on_leave.run(());
                }
            }
        />
        {part(move || {
            has_list()
                .then(|| {
                    view! {
                        <datalist id=list_id.clone()>
                            {suggestions.get().into_iter().map(|(text, said)| view! { <option value=text>{said}</option> }).collect_view()}
                        </datalist>
                    }
                })
        })}
    }
    .into_any();
    frame(&ties, label, optional, hint, error, control)
}

/// Several lines of text.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    /// Its height in lines.
    #[prop(default = 5)]
    rows: u32,
    #[prop(optional)] optional: bool,
    #[prop(optional)] mono: bool,
) -> impl IntoView {
    let ties = Ties::new(hint.is_some());
    let described = ties.clone();
    let control = view! {
        <textarea
            class="textarea c-input"
            class=("font-mono", mono)
            id=ties.control.clone()
            rows=rows.to_string()
            placeholder=placeholder
            spellcheck="false"
            required=!optional
            aria-invalid=live(move || error.get().map(|_| "true"))
            aria-describedby=live(move || described.described_by(error.get().is_some()))
            prop:value=value
            on:input=move |event| value.set(event_target_value(&event))
        ></textarea>
    }
    .into_any();
    frame(&ties, label, optional, hint, error, control)
}
