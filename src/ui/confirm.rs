//! «Do you really want to?», with the list of what will happen.

use leptos::prelude::*;

use super::button::{Button, Kind};
use super::dialog::{Dialog, Width};
use super::live::part;
use crate::i18n::t;

/// A question before something that cannot be undone. The list names each thing that it happens to.
#[component]
pub fn Confirm(
    #[prop(into)] open: Signal<bool>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] text: Signal<String>,
    /// What it happens to, one line each.
    #[prop(optional, into)]
    items: Signal<Vec<String>>,
    /// The verb on the button: «Delete 3 snapshots», never «OK».
    #[prop(into)]
    action: Signal<String>,
    #[prop(into)] on_confirm: Callback<()>,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Not destructive.
    #[prop(optional)]
    harmless: bool,
) -> impl IntoView {
    let kind = if harmless { Kind::Primary } else { Kind::Danger };
    let footer = move || {
        view! {
            <Button on_press=move |_| on_close.run(())>{t("ui.cancel")}</Button>
            <Button kind=kind busy=busy on_press=move |_| on_confirm.run(())>{action}</Button>
        }
    };
    view! {
        <Dialog open=open on_close=on_close title=title width=Width::Narrow footer=footer>
            <p>{text}</p>
            {part(move || {
                let items = items.get();
                (!items.is_empty())
                    .then(|| {
                        view! {
                            <ul class="c-list">
                                {items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view()}
                            </ul>
                        }
                    })
            })}
        </Dialog>
    }
    .into_any()
}
