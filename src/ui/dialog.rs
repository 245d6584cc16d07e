//! Dialogs: the platform's own `<dialog>`, which traps the focus, makes the page inert and gives the focus back.

use icondata_lu as lu;
use leptos::html::Dialog as DialogTag;
use leptos::prelude::*;

use super::button::{Button, IconButton, Kind};
use super::fresh_id;
use super::live::part;
use crate::browser::dom;
use crate::i18n::t;

/// How wide a dialog may become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// A question.
    Narrow,
    #[default]
    /// A form.
    Medium,
    /// A form with a preview beside it.
    Wide,
}

/// A dialog over the page. Its content is made anew each time it opens, and dropped when it closes.
///
/// Escape, the cross and (while nothing was typed) the backdrop close it. While `dirty` holds, it asks first.
#[component]
pub fn Dialog(
    #[prop(into)] open: Signal<bool>,
    /// Asked to close: set `open` to false.
    #[prop(into)]
    on_close: Callback<()>,
    #[prop(into)] title: Signal<String>,
    /// Whether closing would lose something that was typed.
    #[prop(optional, into)]
    dirty: Signal<bool>,
    /// Whether it may be left without an answer: by Escape, the cross or the backdrop. Else `on_close` does nothing.
    #[prop(default = true)]
    closable: bool,
    #[prop(optional)] width: Width,
    /// The buttons; the last one is the main one.
    #[prop(optional, into)]
    footer: Option<ViewFn>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<DialogTag>::new();
    let asking = RwSignal::new(false);
    let title_id = fresh_id("dialog");
    let labelled = title_id.clone();
    Effect::new(move || {
        let Some(dialog) = node.get() else { return };
        if open.get() {
            asking.set(false);
            dom::show_modal(&dialog);
        } else {
            dom::close(&dialog);
        }
    });
    let leave = move || {
        if dirty.get_untracked() {
            asking.set(true);
        } else {
            on_close.run(());
        }
    };
    let cancel = move |event: dom::Event| {
        event.prevent_default();
        leave();
    };
    let backdrop = move |event: dom::MouseEvent| {
        let outside = node.get_untracked().is_some_and(|dialog| dom::on_backdrop(&event, &dialog));
        if outside && !dirty.get_untracked() {
            on_close.run(());
        }
    };
    // The browser may close a dialog in spite of `cancel` (a second Escape): the owner's signal must follow, or else the
    // dialog comes back.
    let closed = move |_| {
        if open.get_untracked() {
            on_close.run(());
        }
        if let (true, Some(dialog)) = (open.get_untracked(), node.get_untracked()) {
            dom::show_modal(&dialog);
        }
    };
    let size = match width {
        Width::Narrow => "narrow",
        Width::Medium => "medium",
        Width::Wide => "wide",
    };
    let footer = StoredValue::new(footer);
    let body = move || {
        view! {
            <div class="c-dialog-box">
                <header class="c-dialog-head">
                    <h2 id=title_id.clone() tabindex="-1">{title}</h2>
                    {closable
                        .then(|| {
                            view! {
                                <IconButton glyph=lu::LuX label=t("ui.close") on_press=move |_| leave() small=true />
                            }
                        })}
                </header>
                <div class="c-dialog-body">{children()}</div>
                {part(move || {
                    if asking.get() {
                        view! {
                            <footer class="c-dialog-foot" role="alert">
                                <p class="c-dialog-ask">{t("ui.discard_question")}</p>
                                <Button on_press=move |_| asking.set(false)>{t("ui.keep_editing")}</Button>
                                <Button kind=Kind::Danger on_press=move |_| on_close.run(())>{t("ui.discard")}</Button>
                            </footer>
                        }
                            .into_any()
                    } else {
                        footer
                            .get_value()
                            .map(|footer| view! { <footer class="c-dialog-foot">{footer.run()}</footer> })
                            .into_any()
                    }
                })}
            </div>
        }
    };
    let is_open = Memo::new(move |_| open.get());
    view! {
        <dialog class="c-dialog" data-width=size aria-labelledby=labelled node_ref=node on:cancel=cancel on:click=backdrop on:close=closed>
            {part(move || is_open.get().then(|| body().into_any()))}
        </dialog>
    }
    .into_any()
}
