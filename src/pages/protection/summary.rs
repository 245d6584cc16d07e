//! The project at a glance: how many instances are in which state, and what their backups take.

use icondata_lu as lu;
use leptos::prelude::*;

use super::cells::{cost_text, tone};
use super::overview::Overview;
use crate::backup::health::{State, Summary};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::route::Route;
use crate::state::settings::use_settings;
use crate::ui::icon::icon;
use crate::ui::live::live;

/// Cards that also filter the list, and a line about space and money.
pub fn cards(overview: Overview, only: RwSignal<Option<State>>) -> AnyView {
    let summary =
        Memo::new(move |_| overview.found.with(|found| found.as_ref().map(|found| found.health.summary.clone())));
    let card = move |state: State| {
        let count =
            move || summary.with(|summary| summary.as_ref().map(|summary| intl::number(summary.count(state) as f64)));
        let nothing = move || summary.with(|summary| summary.as_ref().is_none_or(|summary| summary.count(state) == 0));
        let chosen = move || only.get() == Some(state);
        view! {
            <button
                type="button"
                class="c-health"
                data-tone=tone(state).name()
                data-none=live(move || nothing().then_some("true"))
                aria-pressed=live(move || if chosen() { "true" } else { "false" })
                on:click=move |_| only.update(|only| *only = if *only == Some(state) { None } else { Some(state) })
            >
                <span class="c-tone">{icon(tone(state).glyph())}</span>
                <span class="c-health-count">{move || count().unwrap_or_else(|| "–".to_owned())}</span>
                <span class="c-health-word">{tr(&state.message())}</span>
            </button>
        }
    };
    view! {
        <div class="c-healths" role="group" aria-label=t("protection.states")>{State::ALL.map(card).into_iter().collect_view()}</div>
        {move || summary.get().map(space)}
    }
    .into_any()
}

fn space(summary: Summary) -> AnyView {
    if summary.bytes == 0 && summary.leftovers == 0 {
        return ().into_any();
    }
    let total = summary.bytes.saturating_add(summary.orphaned);
    let words = tr(&Message::new("protection.total").bytes("size", total).bytes("recent", summary.recent));
    let money = use_settings().price.get().and_then(|price| cost_text("protection.cost", total, price));
    let leftovers = (summary.leftovers > 0).then(|| {
        let words = tr(&Message::new("protection.leftovers").count("n", summary.leftovers));
        view! { <a class="c-link" href=Route::Leftovers.to_string()>{icon(lu::LuBrush)}" "{words}</a> }
    });
    view! { <p class="c-space"><span class="c-muted">{words}</span>{money.map(|money| view! { <span class="c-muted">{money}</span> })}{leftovers}</p> }
        .into_any()
}
