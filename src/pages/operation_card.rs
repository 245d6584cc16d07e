//! stub
use leptos::prelude::*;

use crate::state::operations::Entry;

#[component]
pub fn OperationCard(entry: Entry) -> impl IntoView {
    let words = move || crate::i18n::tr(&entry.operation.with(|it| it.phase().sentence));
    view! { <p role="status">{words}</p> }.into_any()
}
