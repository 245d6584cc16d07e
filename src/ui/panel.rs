//! The details of one thing beside the list that it is in: at the right on wide screens, over everything on phones.

use icondata_lu as lu;
use leptos::html::Dialog as DialogTag;
use leptos::prelude::*;

use super::button::IconButton;
use super::fresh_id;
use super::live::part;
use crate::browser::dom;
use crate::i18n::t;

/// Takes the focus when it opens and gives it back when it closes. On wide screens the list stays usable.
#[component]
pub fn Panel(
    #[prop(into)] open: Signal<bool>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] title: Signal<String>,
    /// A line above the title: what kind of thing it is.
    #[prop(optional, into)]
    kind: MaybeProp<String>,
    /// Buttons that stay in sight at the bottom.
    #[prop(optional, into)]
    footer: Option<ViewFn>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<DialogTag>::new();
    let opener = StoredValue::new_local(None);
    let title_id = StoredValue::new(fresh_id("panel"));
    let footer = StoredValue::new(footer);
    let is_open = Memo::new(move |_| open.get());
    Effect::new(move || {
        let Some(panel) = node.get() else { return };
        if is_open.get() {
            opener.set_value(dom::focused());
            if dom::media("(max-width: 639px)") {
                dom::show_modal(&panel)
            } else {
                dom::show_beside(&panel)
            }
            request_animation_frame(move || dom::focus_id(&title_id.get_value()));
        } else {
            dom::close(&panel);
            if let Some(opener) = opener.try_update_value(Option::take).flatten() {
                dom::focus(&opener);
            }
        }
    });
    let escape = move |event: dom::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            on_close.run(());
        }
    };
    view! {
        <dialog
            class="c-panel"
            aria-labelledby=title_id.get_value()
            node_ref=node
            on:keydown=escape
            on:cancel=move |event: dom::Event| {
                event.prevent_default();
                on_close.run(());
            }
        >
            {part(move || {
                is_open
                    .get()
                    .then(|| {
                        view! {
                            <header class="c-panel-head">
                                <div class="c-panel-title">
                                    {part(move || kind.get().map(|kind| view! { <p class="c-hint">{kind}</p> }))}
                                    <h2 id=title_id.get_value() tabindex="-1">{title}</h2>
                                </div>
                                <IconButton glyph=lu::LuX label=t("ui.close") on_press=on_close small=true />
                            </header>
                            <div class="c-panel-body">{children()}</div>
                            {footer.get_value().map(|footer| view! { <footer class="c-panel-foot">{footer.run()}</footer> })}
                        }
                            .into_any()
                    })
            })}
        </dialog>
    }
    .into_any()
}
