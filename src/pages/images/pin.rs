//! Keep this one: a small dialog that asks why, since in half a year somebody will wonder.

use icondata_lu as lu;
use leptos::prelude::*;

use super::screen::Screen;
use crate::backup::pin;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::pages::show::named;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, Width};
use crate::ui::field::TextField;

#[component]
pub fn PinDialog(screen: Screen) -> impl IntoView {
    let why = RwSignal::new(String::new());
    Effect::new(move |_| {
        let before =
            screen.pinning.with(|image| image.as_ref().and_then(|image| pin::reason(image).map(str::to_owned)));
        why.set(before.unwrap_or_default());
    });
    let close = move |()| screen.pinning.set(None);
    let title = move || {
        let name = screen.pinning.with(|image| image.as_ref().map(|image| named(&image.name))).unwrap_or_default();
        tr(&Message::new("pin.title").text("name", name))
    };
    let wrong = Memo::new(move |_| pin::check(&why.get()).err().map(|why| tr(&why)));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if wrong.get_untracked().is_some() {
            return;
        }
        if let Some(image) = screen.pinning.get_untracked() {
            screen.edit(&image, pin::pin(&image, &why.get_untracked()), "pin.done");
        }
        close(());
    };
    let blocked = Signal::derive(move || wrong.get());
    view! {
        <Dialog
            open=Signal::derive(move || screen.pinning.with(Option::is_some))
            on_close=close
            title=Signal::derive(title)
            width=Width::Narrow
        >
            <form class="c-form" on:submit=submit novalidate>
                <p>{t("pin.text")}</p>
                <TextField label=t("pin.why") value=why hint=t("pin.why_hint") />
                <div class="c-dialog-foot">
                    <Button on_press=close>{t("common.cancel")}</Button>
                    <Button kind=Kind::Primary glyph=lu::LuPin submit=true disabled_reason=blocked>{t("pin.submit")}</Button>
                </div>
            </form>
        </Dialog>
    }
    .into_any()
}
