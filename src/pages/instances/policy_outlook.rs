//! What a policy would have kept in some months, drawn: one line per moment, one mark per backup, the newest at the right.

use leptos::prelude::*;

use super::policy_form::PolicyForm;
use super::stock::Stock;
use crate::backup::policy;
use crate::backup::simulation::{Simulation, simulate};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::{Message, Moment, ServerId};
use crate::state::polling::use_now;

const DAY: i64 = 86_400;
/// The moments that are drawn, in days from now, and the sentence of each.
const MOMENTS: [(i64, &str); 5] =
    [(0, "outlook.now"), (7, "outlook.week"), (30, "outlook.month"), (91, "outlook.quarter"), (182, "outlook.half")];
/// The width of the picture, in its own units.
const WIDTH: f64 = 600.0;

pub fn outlook(server: ServerId, form: PolicyForm, stock: Stock) -> AnyView {
    let now = use_now();
    let minute = Memo::new(move |_| Moment(now.get().0 / 60 * 60));
    let simulation = Memo::new(move |_| {
        let policy = form.policy()?;
        let items = stock.items(&server, policy::BACKUP_TYPE)?;
        Some(simulate(&policy, items, minute.get(), 182 * DAY))
    });
    let lines = move || {
        simulation.with(|simulation| {
            let simulation = simulation.as_ref()?;
            let from = first(simulation);
            Some(MOMENTS.map(|(days, key)| line(simulation, from, days, key)).into_iter().collect_view())
        })
    };
    view! {
        <details class="c-more c-outlook">
            <summary>{t("outlook.title")}</summary>
            <p class="c-muted">{t("outlook.lead")}</p>
            <ul>{lines}</ul>
        </details>
    }
    .into_any()
}

/// Where the picture begins: at the oldest backup that there is, at most a year ago.
fn first(simulation: &Simulation) -> Moment {
    let oldest = simulation.backups.iter().filter_map(|life| life.item.created).min().unwrap_or(simulation.from);
    oldest.min(simulation.from).max(simulation.from.plus(-365 * DAY))
}

fn line(simulation: &Simulation, from: Moment, days: i64, key: &str) -> AnyView {
    // When more than the most runs would be needed, the simulation ends sooner.
    let at = simulation.from.plus(days * DAY);
    if at > simulation.to.plus(DAY) {
        return ().into_any();
    }
    let there: Vec<(Moment, bool)> =
        simulation.at(at).filter_map(|life| Some((life.item.created?, life.item.image.is_some()))).collect();
    let span = (simulation.to.0 - from.0).max(1) as f64;
    let place = |at: Moment| ((at.0 - from.0) as f64 / span * (WIDTH - 12.0) + 6.0).clamp(6.0, WIDTH - 6.0).to_string();
    let marks = there.iter().map(|(created, exists)| {
        let x = place(*created);
        view! { <line class="c-mark" data-real=exists.then_some("true") x1=x.clone() x2=x y1="3" y2="17" /> }
    });
    let x = place(at);
    let words = match there.iter().map(|(created, _)| *created).min() {
        None => t("outlook.none"),
        Some(oldest) => tr(&Message::new("outlook.there")
            .count("n", there.len() as u64)
            .text("oldest", intl::duration(oldest.age(at)))),
    };
    view! {
        <li>
            <span class="c-outlook-when">{t(key)}</span>
            <svg viewBox="0 0 600 20" aria-hidden="true">
                <line class="c-axis" x1="0" x2="600" y1="10" y2="10" />
                {marks.collect_view()}
                <line class="c-today" x1=x.clone() x2=x y1="0" y2="20" />
            </svg>
            <span class="c-muted">{words}</span>
        </li>
    }
    .into_any()
}
