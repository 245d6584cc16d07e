//! An address that leads nowhere.

use leptos::prelude::*;

use crate::i18n::{t, tr};
use crate::model::Message;
use crate::route::Route;
use crate::ui::empty::Empty;
use crate::ui::shell::PageTitle;

#[component]
pub fn NotFound(address: String) -> impl IntoView {
    let action = || view! { <a class="btn btn-primary c-btn" href=Route::home().to_string()>{t("not_found.home")}</a> };
    view! {
        <PageTitle title=t("not_found.title") />
        <Empty
            glyph=icondata_lu::LuMapPinOff
            title=t("not_found.title")
            text=tr(&Message::new("not_found.text").text("address", address))
            action=action
        />
    }
    .into_any()
}
