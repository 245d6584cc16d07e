//! The shell.
use crate::i18n::t;
use leptos::prelude::*;

pub fn mount() {
    leptos::mount::mount_to_body(
        || view! { <main class="p-4"><h1 class="text-xl">{t("app.name")}</h1><p>{t("app.tagline")}</p></main> },
    );
}
