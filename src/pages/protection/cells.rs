//! What stands in the cells of the table of protection.

use icondata_lu as lu;
use leptos::prelude::*;

use super::overview::Overview;
use crate::backup::health::{ServerHealth, State, cost};
use crate::backup::policy::{self, Policy, PolicyError};
use crate::browser::intl;
use crate::i18n::{t, tr};
use crate::model::{Message, ServerId};
use crate::pages::instances::dialogs::{Dialogs, ServerAction};
use crate::pages::instances::reels;
use crate::pages::show::{age, named};
use crate::state::polling::use_now;
use crate::state::settings::use_settings;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::Button;
use crate::ui::live::part;
use crate::ui::sparkline::sparkline;

pub fn cell(overview: Overview, dialogs: Dialogs, id: &ServerId, column: &'static str) -> AnyView {
    let found = overview.found.get_untracked();
    let Some(found) = found else { return unknown(overview, dialogs, id, column) };
    let Some(server) = found.server(id) else { return ().into_any() };
    match column {
        "name" => view! { <span class="c-strong">{named(&server.name)}</span> }.into_any(),
        "state" => state(server),
        "policy" => {
            let below = |policy: &Policy| match (policy.schedule, server.next) {
                (Some(schedule), _) if schedule.paused => t("policy_dialog.paused"),
                (_, Some(next)) => {
                    let at = format!("{}, {}", intl::day(next.0), intl::time(next.0));
                    tr(&Message::new("protection.next").text("at", at))
                }
                _ => t("policy_dialog.by_hand"),
            };
            policy(id.clone(), &server.policy, below, dialogs)
        }
        "last" => last(overview, server),
        "bytes" => bytes(overview, server),
        _ => ().into_any(),
    }
}

pub fn tone(state: State) -> Tone {
    match state {
        State::Failing => Tone::Bad,
        State::Never | State::Stale => Tone::Warn,
        State::Protected => Tone::Ok,
        State::Unmanaged => Tone::Neutral,
    }
}

/// The state, with why behind it.
fn state(server: &ServerHealth) -> AnyView {
    let word = tr(&server.state.message());
    let sentences: Vec<String> = server.reason.iter().chain(&server.likely).map(tr).collect();
    match sentences.join(" ") {
        why if !why.is_empty() => {
            let tip = why.clone();
            view! { <Badge tone=tone(server.state) text=word tip=tip /> <span class="sr-only">{why}</span> }.into_any()
        }
        _ => view! { <Badge tone=tone(server.state) text=word /> }.into_any(),
    }
}

/// While the backups are not known, or cannot be.
fn unknown(overview: Overview, dialogs: Dialogs, id: &ServerId, column: &'static str) -> AnyView {
    let Some(server) = untrack(|| overview.inventory.server(id)) else { return ().into_any() };
    match column {
        "name" => view! { <span class="c-strong">{named(&server.name)}</span> }.into_any(),
        "policy" => policy(id.clone(), &policy::of_server(&server), |_| "…".to_owned(), dialogs),
        _ => view! { <span class="c-muted">"…"</span> }.into_any(),
    }
}

/// The policy, with a line below it; without one, the way to it.
fn policy(
    id: ServerId,
    policy: &Option<Result<Policy, PolicyError>>,
    below: impl Fn(&Policy) -> String,
    dialogs: Dialogs,
) -> AnyView {
    match policy {
        None => {
            let open = move |()| dialogs.open(ServerAction::Policy, &id);
            view! { <Button small=true glyph=lu::LuShieldPlus on_press=open>{t("protection.protect")}</Button> }
                .into_any()
        }
        Some(Err(_)) => view! { <span class="c-muted">{t("protection.unreadable")}</span> }.into_any(),
        Some(Ok(policy)) => {
            let below = below(policy);
            let keep = policy.keep.to_string();
            let whole = keep.clone();
            view! {
                <span class="c-two" data-tip=whole>
                    <span class="c-mono">{keep}</span>
                    <span class="c-two-minor">{below}</span>
                </span>
            }
            .into_any()
        }
    }
}

/// The reel in small, and how old the newest usable one is.
fn last(overview: Overview, server: &ServerHealth) -> AnyView {
    let now = use_now();
    let newest = server.last;
    if newest.is_none() && server.counts == Default::default() {
        return view! { <span class="c-muted">{t("protection.never")}</span> }.into_any();
    }
    let missed = (server.missed > 0 && server.last_by_policy.is_some())
        .then(|| tr(&Message::new("protection.missed").count("n", server.missed)));
    // A row has room for one line below.
    let below: Vec<String> = missed.into_iter().chain(server.missing.iter().map(|gap| tr(&gap.message()))).collect();
    let below = below.join(" · ");
    let whole = (!below.is_empty()).then(|| below.clone());
    view! {
        <span class="c-kept">
            {reels::compact(overview.inventory, server.server.clone(), 3)}
            <span class="c-two" data-tip=whole>
                <span>{move || age(newest, now.get())}</span>
                <span class="c-two-minor">{below}</span>
            </span>
        </span>
    }
    .into_any()
}

/// How much there is, how it has grown, and what it costs or, without a price, how much of it is new.
fn bytes(overview: Overview, server: &ServerHealth) -> AnyView {
    if server.bytes == 0 {
        return view! { <span class="c-muted">"–"</span> }.into_any();
    }
    let recent = (server.recent > 0).then(|| tr(&Message::new("protection.recent").bytes("size", server.recent)));
    let money = use_settings().price.get().and_then(|price| cost_text("protection.cost_short", server.bytes, price));
    let figures = intl::bytes(server.bytes);
    // There is room for one of them.
    let below = money.or(recent);
    view! {
        <span class="c-two">
            <span class="c-space-line">{picture(overview, server.server.clone())}<span>{figures}</span></span>
            <span class="c-two-minor">{below}</span>
        </span>
    }
    .into_any()
}

/// How they came to be so many: the picture of the instance's own page, in small.
fn picture(overview: Overview, id: ServerId) -> AnyView {
    // Up to the moment of drawing: that the last step grows longer by the minute would be seen by nobody.
    let now = use_now().get_untracked();
    let corners = Memo::new(move |_| match overview.growth(&id) {
        // One step alone shows no growth.
        Some(growth) if growth.steps.len() > 1 => growth.staircase(now),
        _ => Vec::new(),
    });
    part(move || corners.with(|corners| sparkline(corners))).into_any()
}

/// What that many bytes cost in a month at the reader's price per GiB; nothing without a price.
pub fn cost_text(key: &str, bytes: u64, price: f64) -> Option<String> {
    let sum = (price > 0.0).then(|| intl::number((cost(bytes, price) * 100.0).round() / 100.0))?;
    Some(tr(&Message::new(key).text("sum", sum)))
}
