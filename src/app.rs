//! The shell.
use leptos::prelude::*;
use leptos_icons::Icon;

use crate::i18n::t;

pub fn mount() {
    leptos::mount::mount_to_body(|| {
        view! { <main class="p-4"><h1 class="text-xl">{t("app.name")}</h1><p>{t("app.tagline")}<span class="loading"><b class="x">"static"</b></span></p><Icon icon=icondata_lu::LuCamera /></main> }
    });
}
