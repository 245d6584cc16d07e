//! What a policy would have kept in some months, drawn: one line per moment, one mark per backup, the newest at the right.

use leptos::prelude::*;

use super::policy_form::PolicyForm;
use super::stock::Stock;
use crate::backup::policy;
use crate::backup::simulation::{Simulation, simulate};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::{Message, Moment, ServerId};
use crate::openstack::sentence::Doing;
use crate::pages::show::error_notice;
use crate::state::polling::use_now;
use crate::ui::spinner::Spinner;

const DAY: i64 = 86_400;
/// The moments that are drawn, in days from now, and the sentence of each.
const MOMENTS: [(i64, &str); 5] =
    [(0, "outlook.now"), (7, "outlook.week"), (30, "outlook.month"), (91, "outlook.quarter"), (182, "outlook.half")];
/// The width of the picture, in its own units.
const WIDTH: f64 = 600.0;

pub fn outlook(server: ServerId, form: PolicyForm, stock: Stock) -> AnyView {
    let now = use_now();
    let minute = Memo::new(move |_| Moment(now.get().0 / 60 * 60));
    let items = Memo::new(move |_| stock.items(&server, policy::BACKUP_TYPE));
    let simulation = Memo::new(move |_| {
        let policy = form.policy()?;
        Some(simulate(&policy, items.get()?, minute.get(), 182 * DAY))
    });
    let paused = move || {
        let paused = form.policy()?.schedule.is_some_and(|schedule| schedule.paused);
        paused.then(|| view! { <p class="c-hint">{t("outlook.paused")}</p> })
    };
    let lines = move || {
        simulation.with(|simulation| {
            let simulation = simulation.as_ref()?;
            let from = first(simulation);
            let lines = MOMENTS.map(|(days, key)| line(simulation, from, days, key)).into_iter().collect_view();
            // More runs than are simulated: the farthest moments would not be true.
            let short = MOMENTS.iter().any(|(days, _)| !simulation.reaches(simulation.from.plus(days * DAY)));
            let short = short.then(|| {
                let days = (simulation.to.0 - simulation.from.0) / DAY;
                let words = Message::new("outlook.short").count("days", u64::try_from(days).unwrap_or_default());
                view! { <p class="c-hint">{tr(&words)}</p> }
            });
            Some(view! { <ul>{lines}</ul>{short} })
        })
    };
    let waiting = move || match (items.with(Option::is_some), stock.error()) {
        (true, _) => None,
        (false, Some(error)) => Some(error_notice(&error, Doing::Reading)),
        (false, None) => Some(view! { <p><Spinner label=t("backup_dialog.loading") /></p> }.into_any()),
    };
    view! {
        <details class="c-more c-outlook">
            <summary>{t("outlook.title")}</summary>
            <p class="c-muted">{t("outlook.lead")}</p>
            {paused}
            {waiting}
            {lines}
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
    let at = simulation.from.plus(days * DAY);
    if !simulation.reaches(at) {
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
