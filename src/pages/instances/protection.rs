//! How well one instance is protected, and what its backups take over time.

use icondata_lu as lu;
use leptos::prelude::*;

use crate::backup::health::{Growth, ServerHealth};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::{Message, Moment, ServerId};
use crate::pages::protection::cells::tone;
use crate::pages::protection::overview::Overview;
use crate::pages::show::{age, named};
use crate::route::Route;
use crate::state::polling::use_now;
use crate::ui::badge::Badge;
use crate::ui::icon::icon;
use crate::ui::key_value::{Fact, KeyValue};
use crate::ui::sparkline;

/// The picture's own units; it is stretched to whatever room there is.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 100.0;

/// The state and why, the policy, what is short of it, and the way back: a launch from the newest backup.
pub fn standing(overview: Overview, id: ServerId) -> AnyView {
    let health = Memo::new(move |_| overview.found.with(|found| found.as_ref()?.server(&id).cloned()));
    (move || {
        health.get().map(|health| {
            view! {
                <section class="c-section">
                    <h2>{t("protection.title")}</h2>
                    {facts(health)}
                </section>
            }
        })
    })
    .into_any()
}

fn facts(health: ServerHealth) -> AnyView {
    let now = use_now();
    let badge = view! { <Badge tone=tone(health.state) text=tr(&health.state.message()) /> };
    let reason = health.reason.as_ref().map(|why| view! { <div class="c-muted">{tr(why)}</div> });
    let likely = health.likely.as_ref().map(|why| {
        let href = Route::Schedules { server: Some(health.server.clone()) }.to_string();
        view! { <div>{tr(why)}" "<a class="c-link" href=href>{t("nav.schedules")}</a></div> }
    });
    let mut facts = vec![Fact::new(t("protection.state"), view! { {badge}{reason}{likely} }.into_any())];
    if let Some(Ok(policy)) = &health.policy {
        let when = match &policy.schedule {
            Some(schedule) if schedule.paused => t("policy_dialog.paused"),
            Some(schedule) => tr(&schedule.message()),
            None => t("policy_dialog.by_hand"),
        };
        let line = view! { <span class="c-mono">{policy.keep.to_string()}</span><div class="c-muted">{when}</div> };
        facts.push(Fact::new(t("protection.policy"), line.into_any()));
    }
    if let Some(next) = health.next {
        facts.push(Fact::new(t("protection.next_run"), intl::date_time(next.0)));
    }
    if !health.missing.is_empty() {
        let gaps: Vec<String> = health.missing.iter().map(|gap| tr(&gap.message())).collect();
        facts.push(Fact::new(t("protection.gaps"), gaps.join(", ")));
    }
    if let Some(image) = health.newest {
        let (last, href) = (health.last, Route::Launch { image: Some(image.clone()) }.to_string());
        let shown = Route::image(image).to_string();
        let newest = view! {
            <a class="c-link" href=shown>{move || age(last, now.get())}</a>
            <div><a class="btn btn-sm c-btn c-btn-quiet mt-1" href=href>{icon(lu::LuRocket)}<span>{t("protection.launch_from")}</span></a></div>
        };
        facts.push(Fact::new(t("protection.newest"), newest.into_any()));
    }
    view! { <KeyValue facts=facts /> }.into_any()
}

/// A staircase of what is there today, by when it was made; the same as a list below it.
pub fn growth(overview: Overview, id: ServerId) -> AnyView {
    let growth = Memo::new(move |_| overview.growth(&id).filter(|growth| !growth.steps.is_empty()));
    let now = use_now();
    let minute = Memo::new(move |_| Moment(now.get().0 / 60 * 60));
    (move || {
        growth.get().map(|growth| {
            view! {
                <section class="c-section">
                    <h2>{t("protection.growth_title")}</h2>
                    <p class="c-muted mb-3">{t("protection.growth_lead")}</p>
                    {picture(&growth, minute.get())}
                    {list(&growth)}
                </section>
            }
        })
    })
    .into_any()
}

fn picture(growth: &Growth, now: Moment) -> AnyView {
    let Some(first) = growth.steps.first().map(|step| step.at) else { return ().into_any() };
    let corners = growth.staircase(now);
    let line = sparkline::path(&corners, WIDTH, HEIGHT, 2.0);
    let area = format!("{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z");
    let words = tr(&Message::new("protection.growth_words")
        .count("n", growth.steps.len() as u64)
        .text("from", intl::day(first.0))
        .bytes("size", growth.total()));
    view! {
        <figure class="c-growth">
            <figcaption>{words}</figcaption>
            <svg viewBox="0 0 400 100" preserveAspectRatio="none" aria-hidden="true">
                <path class="c-growth-area" d=area />
                <path class="c-growth-line" d=line />
            </svg>
            <div class="c-growth-axis" aria-hidden="true">
                <span>{intl::day(first.0)}</span>
                <span>{t("protection.growth_now")}</span>
            </div>
        </figure>
    }
    .into_any()
}

/// Newest first, as everywhere else.
fn list(growth: &Growth) -> AnyView {
    let lines = growth.steps.iter().rev().map(|step| {
        let href = Route::image(step.image.clone()).to_string();
        let when = intl::date_time(step.at.0);
        let total = tr(&Message::new("protection.growth_total").bytes("size", step.total));
        view! {
            <li>
                <a class="c-link" href=href>{named(&step.name)}</a>
                <span class="c-muted">{when}</span>
                <span>{format!("+{}", intl::bytes(step.bytes))}</span>
                <span class="c-muted">{total}</span>
            </li>
        }
    });
    view! {
        <details class="c-more">
            <summary>{t("protection.growth_list")}</summary>
            <ul class="c-growth-list">{lines.collect_view()}</ul>
        </details>
    }
    .into_any()
}
