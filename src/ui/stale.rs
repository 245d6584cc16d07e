//! How old the data on the page is, and whether the last try to renew it failed.

use icondata_lu as lu;
use leptos::prelude::*;

use super::button::{Button, IconButton};
use super::icon::icon;
use super::live::{live, part};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::Message;

/// «Updated 4 seconds ago», or «Could not refresh: this is from 3 minutes ago» with the reason and a button to try again.
#[component]
pub fn Stale(
    /// When the data came, in seconds since 1970 UTC; `None` while there is none.
    #[prop(into)]
    fetched_at: Signal<Option<i64>>,
    /// The clock, in the same seconds, moved on by the owner.
    #[prop(into)]
    now: Signal<i64>,
    /// Why the last refresh failed.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    #[prop(optional, into)] refreshing: Signal<bool>,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    // Short ages in steps of five seconds: a line that changes every second only distracts.
    let age = move || {
        fetched_at.get().map(|at| {
            let seconds = now.get().saturating_sub(at).max(0) as u64;
            if seconds < 60 { seconds / 5 * 5 } else { seconds }
        })
    };
    let age = Memo::new(move |_| age());
    let fine = move || {
        let text = match age.get() {
            None => t("ui.loading"),
            Some(0) => t("ui.updated_now"),
            Some(seconds) => tr(&Message::new("ui.updated").text("ago", intl::ago(seconds))),
        };
        view! {
            <span class="c-stale">
                <span>{text}</span>
                <span class="c-stale-turn" data-on=live(move || refreshing.get().then_some("true"))>
                    <IconButton glyph=lu::LuRefreshCw label=t("ui.refresh") on_press=on_retry small=true />
                </span>
            </span>
        }
        .into_any()
    };
    let failed = move |reason: String| {
        let text = match age.get() {
            Some(seconds) => tr(&Message::new("ui.not_refreshed").text("ago", intl::ago(seconds))),
            None => t("ui.not_loaded"),
        };
        view! {
            <span class="c-stale" data-tone="warn" role="status">
                {icon(lu::LuTriangleAlert)}
                <span>{text}" "<span class="c-stale-reason">{reason}</span></span>
                <Button small=true busy=refreshing on_press=on_retry>{t("ui.retry")}</Button>
            </span>
        }
        .into_any()
    };
    part(move || match error.get() {
        Some(reason) => failed(reason),
        None => fine(),
    })
    .into_any()
}
