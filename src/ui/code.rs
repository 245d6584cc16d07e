//! A line or a block to copy into a terminal or a file.

use leptos::prelude::*;

use super::copy::CopyButton;

/// Monospaced text with a copy button. Long lines wrap rather than push the page wide.
#[component]
pub fn Code(
    #[prop(into)] text: Signal<String>,
    /// What it is, for the copy button's name.
    #[prop(optional, into)]
    label: Option<String>,
) -> impl IntoView {
    let copy = match label {
        Some(label) => view! { <CopyButton text=text label=label /> }.into_any(),
        None => view! { <CopyButton text=text /> }.into_any(),
    };
    view! {
        <div class="c-code">
            <pre><code>{text}</code></pre>
            {copy}
        </div>
    }
    .into_any()
}
