//! The home page: how well each instance is protected, in order of worry.

mod bulk;
mod bulk_policy;
pub mod cells;
mod due;
pub mod overview;
mod summary;

use std::collections::HashSet;
use std::sync::Arc;

use icondata_lu as lu;
use leptos::prelude::*;

use self::bulk::BulkDialog;
use self::bulk_policy::BulkPolicyDialog;
use self::overview::Overview;
use crate::backup::health::{ServerHealth, State};
use crate::backup::policy::{self, Policy, PolicyError};
use crate::i18n::{t, tr};
use crate::model::blocked::can_snapshot;
use crate::model::{Message, Server, ServerId};
use crate::openstack::sentence::Doing;
use crate::pages::instances::dialogs::{Dialogs, ServerAction, ServerDialogs};
use crate::pages::show::{error_notice, named, read_only};
use crate::route::Route;
use crate::state::navigation::use_navigation;
use crate::state::settings::use_settings;
use crate::ui::button::{Button, Kind};
use crate::ui::empty::Empty;
use crate::ui::live::later;
use crate::ui::menu::MenuItem;
use crate::ui::search::Search;
use crate::ui::shell::PageTitle;
use crate::ui::table::{Column, Row, Selection, Sort, SortKey, Table};

#[component]
pub fn Protection() -> impl IntoView {
    let navigation = use_navigation();
    let overview = Overview::ask();
    let dialogs = Dialogs::default();
    let selection: Selection = RwSignal::new(HashSet::new());
    let chosen = RwSignal::new(None::<Vec<ServerId>>);
    let to_protect = RwSignal::new(None::<Vec<ServerId>>);
    let only = RwSignal::new(None::<State>);
    let search = RwSignal::new(match navigation.route.get_untracked() {
        Route::Protection { search } => search,
        _ => String::new(),
    });
    Effect::new(move |before: Option<()>| {
        let search = search.get();
        if before.is_some() {
            navigation.replace(Route::Protection { search });
        }
    });
    let rows = Memo::new(move |_| {
        let needle = search.get().trim().to_lowercase();
        let only = only.get();
        let price = use_settings().price.get();
        let row = |(place, server): (usize, &ServerHealth)| row(place, server, price);
        let named_so = |name: &str| needle.is_empty() || name.to_lowercase().contains(&needle);
        let shown = |server: &&ServerHealth| only.is_none_or(|state| server.state == state) && named_so(&server.name);
        overview.found.with(|found| {
            Arc::new(match found {
                Some(found) => found.health.servers.iter().filter(shown).enumerate().map(row).collect::<Vec<_>>(),
                // No state is known yet, so none can be chosen.
                None if only.is_some() => Vec::new(),
                None => {
                    let listed = overview.listed();
                    let named_so = listed.iter().filter(|server| named_so(&server.name));
                    named_so.enumerate().map(row_of_unknown).collect()
                }
            })
        })
    });
    // What is out of sight is not selected: nobody backs up what they do not see.
    Effect::new(move || {
        let seen = rows.get();
        if selection.with_untracked(|selection| !selection.is_empty()) {
            let seen: HashSet<&str> = seen.iter().map(|row| row.key.as_str()).collect();
            selection.update(|selection| selection.retain(|key| seen.contains(key.as_str())));
        }
    });
    let actions = move |key: String| menu(overview, dialogs, key.into());
    let bulk = move || {
        let selected = move || selection.get_untracked().into_iter().map(ServerId::from).collect::<Vec<_>>();
        let back_up = move |()| chosen.set(Some(selected()));
        let protect = move |()| to_protect.set(Some(selected()));
        let reason = Signal::derive(move || read_only().map(|why| tr(&why.message())));
        view! {
            <Button small=true glyph=lu::LuShieldCheck disabled_reason=reason on_press=protect>
                {t("protection.set_policy")}
            </Button>
            <Button kind=Kind::Primary small=true glyph=lu::LuFilm disabled_reason=reason on_press=back_up>
                {t("protection.back_up_selected")}
            </Button>
        }
        .into_any()
    };
    let columns = vec![
        Column::new("name", t("common.name")).width("15%"),
        // «Without a policy» has to fit.
        Column::new("state", t("protection.state")).width("10.5rem"),
        Column::new("policy", t("protection.policy")),
        Column::new("last", t("protection.last")).width("22%"),
        // «512 KiB en 4 semanas» has to fit.
        Column::new("bytes", t("protection.space")).number().minor().width("10.5rem"),
    ];
    let sort = RwSignal::new(Sort::ascending("state"));
    let table = move || {
        view! {
            <Show when=move || overview.error().is_none() || overview.inventory.servers.data.with(Option::is_some)>
                <Table
                    label=t("protection.title")
                    columns=columns.clone()
                    rows=rows
                    cell=move |(key, column): (String, &'static str)| cells::cell(overview, dialogs, &key.into(), column)
                    sort=sort
                    selection=selection
                    bulk=bulk
                    actions=actions
                    loading=Signal::derive(move || overview.found.with(Option::is_none))
                    empty=move || empty(search, only)
                />
            </Show>
        }
        .into_any()
    };
    view! {
        <PageTitle title=t("protection.title") below=move || overview.freshness() />
        <super::operations::Recent />
        {move || {
            overview
                .error()
                .map(|error| {
                    view! {
                        {error_notice(&error, Doing::Reading)}
                        <div class="c-actions"><Button on_press=move |()| overview.retry()>{t("common.retry")}</Button></div>
                    }
                })
        }}
        {due::panel(overview, chosen)}
        {summary::cards(overview, only)}
        <div class="c-bar"><Search label=t("instances.search") value=search /></div>
        {later(table)}
        <ServerDialogs dialogs=dialogs inventory=overview.inventory />
        <BulkDialog chosen=chosen overview=overview />
        <BulkPolicyDialog chosen=to_protect overview=overview />
    }
    .into_any()
}

fn row(place: usize, server: &ServerHealth, price: Option<f64>) -> Row {
    let at = |at: Option<crate::model::Moment>| at.map_or(SortKey::None, |at| SortKey::number(at.0 as f64));
    let policy = policy_text(&server.policy);
    let missing: Vec<String> = server.missing.iter().map(|gap| tr(&gap.message())).collect();
    let reasons = [&server.reason, &server.likely].map(|reason| reason.as_ref().map(tr));
    let content = (
        &server.name,
        server.state,
        (&reasons, missing),
        &policy,
        server.last,
        server.next,
        server.bytes,
        server.recent,
        (server.counts.unfinished, server.missed, price.map(f64::to_bits)),
    );
    Row::new(server.server.to_string(), named(&server.name), &content)
        .href(Route::Instance(server.server.clone()).to_string())
        .sort([
            SortKey::text(&server.name),
            // As health orders them: by worry, then by name.
            SortKey::number(place as f64),
            SortKey::text(policy),
            at(server.last),
            SortKey::number(server.bytes as f64),
        ])
}

/// An instance of which only it itself is known.
fn row_of_unknown((place, server): (usize, &Server)) -> Row {
    let policy = policy_text(&policy::of_server(server));
    Row::new(server.id.to_string(), named(&server.name), &(&server.name, &policy))
        .href(Route::Instance(server.id.clone()).to_string())
        .sort([
            SortKey::text(&server.name),
            SortKey::number(place as f64),
            SortKey::text(policy),
            SortKey::None,
            SortKey::None,
        ])
}

fn policy_text(policy: &Option<Result<Policy, PolicyError>>) -> String {
    match policy {
        Some(Ok(policy)) => policy.to_string(),
        Some(Err(_)) => "!".to_owned(),
        None => String::new(),
    }
}

fn menu(overview: Overview, dialogs: Dialogs, id: ServerId) -> Vec<MenuItem> {
    let Some(server) = untrack(|| overview.inventory.server(&id)) else { return Vec::new() };
    let blocked = untrack(read_only).map_or_else(|| can_snapshot(&server), Err).err().map(|why| tr(&why.message()));
    let item = |label: &str, action: ServerAction, glyph, blocked: Option<String>| {
        let id = id.clone();
        MenuItem::new(t(label), move |()| dialogs.open(action, &id)).glyph(glyph).disabled_reason(blocked)
    };
    let found = untrack(|| overview.found.get());
    let newest = found.as_ref().and_then(|found| found.server(&id)?.newest.clone());
    let reason =
        newest.is_none().then(|| t(if found.is_some() { "protection.nothing_usable" } else { "blocked.loading" }));
    let launch = move |()| {
        if let Some(image) = newest.clone() {
            use_navigation().go(&Route::Launch { image: Some(image) });
        }
    };
    vec![
        item("instances.backup", ServerAction::Backup, lu::LuFilm, blocked.clone()),
        item("instances.policy", ServerAction::Policy, lu::LuShieldCheck, None),
        item("instances.snapshot", ServerAction::Snapshot, lu::LuCamera, blocked),
        MenuItem::new(t("protection.launch_newest"), launch).glyph(lu::LuRocket).disabled_reason(reason),
    ]
}

fn empty(search: RwSignal<String>, only: RwSignal<Option<State>>) -> AnyView {
    let narrowed = move || only.get().is_some() || search.with(|text| !text.trim().is_empty());
    (move || {
        if narrowed() {
            let clear = move || {
                let clear = move |()| {
                    search.set(String::new());
                    only.set(None);
                };
                view! { <Button on_press=clear>{t("instances.clear_search")}</Button> }
            };
            let text = tr(&Message::new("instances.no_match_text").text("text", search.get()));
            view! { <Empty glyph=lu::LuSearchX title=t("instances.no_match_title") text=text action=clear /> }.into_any()
        } else {
            let action = || {
                let href = Route::Launch { image: None }.to_string();
                view! { <a class="btn btn-primary c-btn" href=href>{t("instances.launch")}</a> }
            };
            view! { <Empty glyph=lu::LuShieldCheck title=t("instances.empty_title") text=t("protection.empty_text") action=action /> }
                .into_any()
        }
    })
    .into_any()
}
