//! What somebody wants to remember of an image: written on the image itself, so that everybody sees it.

use icondata_lu as lu;
use leptos::prelude::*;

use super::screen::Screen;
use crate::backup::{metadata, pin};
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::pages::show::named;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, Width};
use crate::ui::field::TextArea;

#[component]
pub fn NoteDialog(screen: Screen) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let before = Memo::new(move |_| {
        let note = screen.noting.with(|image| image.as_ref()?.property(metadata::NOTE).map(str::to_owned));
        note.unwrap_or_default()
    });
    Effect::new(move |_| {
        if screen.noting.with(Option::is_some) {
            text.set(before.get_untracked());
        }
    });
    let close = move |()| screen.noting.set(None);
    let title = move || {
        let name = screen.noting.with(|image| image.as_ref().map(|image| named(&image.name))).unwrap_or_default();
        tr(&Message::new("images.note_title").text("name", name))
    };
    let wrong = Memo::new(move |_| text.with(|text| metadata::is_too_long(text)).then(|| t("snapshot.note_hint")));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if wrong.get_untracked().is_some() {
            return;
        }
        if let Some(image) = screen.noting.get_untracked().filter(|_| text.get_untracked() != before.get_untracked()) {
            screen.edit(&image, pin::note(&image, &text.get_untracked()), "images.noted");
        }
        close(());
    };
    let blocked = Signal::derive(move || wrong.get());
    view! {
        <Dialog
            open=Signal::derive(move || screen.noting.with(Option::is_some))
            on_close=close
            title=Signal::derive(title)
            dirty=Signal::derive(move || text.with(|text| before.with(|before| text != before)))
            width=Width::Narrow
        >
            <form class="c-form" on:submit=submit novalidate>
                <TextArea label=t("images.note") value=text hint=t("snapshot.note_hint") rows=3 optional=true error=wrong />
                <div class="c-dialog-foot">
                    <Button on_press=close>{t("common.cancel")}</Button>
                    <Button kind=Kind::Primary glyph=lu::LuStickyNote submit=true disabled_reason=blocked>
                        {t("images.note_save")}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
    .into_any()
}
