//! The instances of the project, live, with what protects them.

mod backup_dialog;
mod detail;
mod dialogs;
mod reels;
mod snapshot_dialog;

use std::collections::HashMap;
use std::sync::Arc;

pub use detail::Instance;
use dialogs::{Dialogs, ServerAction, ServerDialogs};
use icondata_lu as lu;
use leptos::prelude::*;

use super::show::{age, error_notice, error_words, named, read_only, server_status, server_status_words};
use crate::backup::lineage::{self, Kept};
use crate::i18n::{t, tr};
use crate::model::blocked::can_snapshot;
use crate::model::{Image, ImageId, Message, RootDisk, Server, ServerId, VolumeAttachment};
use crate::openstack::sentence::Doing;
use crate::route::{KindTab, Route};
use crate::state::navigation::use_navigation;
use crate::state::polling::use_now;
use crate::state::queries::{Query, Remote, use_queries};
use crate::state::session::use_session;
use crate::ui::button::{Button, Kind};
use crate::ui::empty::Empty;
use crate::ui::live::part;
use crate::ui::menu::MenuItem;
use crate::ui::search::Search;
use crate::ui::shell::PageTitle;
use crate::ui::stale::Stale;
use crate::ui::table::{Column, Row, Sort, SortKey, Table};

/// What the screens of instances ask for.
#[derive(Clone, Copy)]
pub struct Inventory {
    pub servers: Remote<Vec<Server>>,
    pub images: Remote<Vec<Image>>,
}

impl Inventory {
    pub fn ask() -> Self {
        let queries = use_queries();
        Self { servers: queries.query(|| Some(Query::Servers)), images: queries.query(|| Some(Query::Images)) }
    }

    /// Tracked.
    pub fn server(self, id: &ServerId) -> Option<Server> {
        self.servers.data.with(|all| all.as_ref()?.iter().find(|server| server.id == *id).cloned())
    }

    /// Tracked.
    pub fn image(self, id: &ImageId) -> Option<Image> {
        self.images.data.with(|all| all.as_ref()?.iter().find(|image| image.id == *id).cloned())
    }

    /// Whether the server's root disk is a volume; asks for its attachments only where nothing else tells. `None` while
    /// that is not known.
    pub fn volume_backed(self, id: ServerId) -> Memo<Option<bool>> {
        let server = Memo::new(move |_| self.server(&id));
        let image = Memo::new(move |_| self.image(&server.get()?.image?));
        let unclear = Memo::new(move |_| {
            let server = server.get()?;
            let asks = server.root_disk() == RootDisk::AskAttachments
                && lineage::volume_backed(&server, image.get().as_ref(), None).is_none();
            asks.then_some(Query::Attachments(server.id))
        });
        let attachments: Remote<Vec<VolumeAttachment>> = use_queries().query(move || unclear.get());
        Memo::new(move |_| {
            let attachments = attachments.get();
            lineage::volume_backed(&server.get()?, image.get().as_ref(), attachments.as_deref().map(Vec::as_slice))
        })
    }
}

#[component]
pub fn Instances() -> impl IntoView {
    let navigation = use_navigation();
    let inventory = Inventory::ask();
    let dialogs = Dialogs::default();
    let now = use_now();
    let search = RwSignal::new(match navigation.route.get_untracked() {
        Route::Instances { search } => search,
        _ => String::new(),
    });
    Effect::new(move |before: Option<()>| {
        let search = search.get();
        if before.is_some() {
            navigation.replace(Route::Instances { search });
        }
    });
    let kept = Memo::new(move |_| {
        inventory
            .images
            .data
            .with(|images| images.as_ref().map(|images| lineage::by_server(images)))
            .unwrap_or_default()
    });
    let names = Memo::new(move |_| {
        inventory.images.data.with(|images| {
            let images = images.as_ref().map(|all| all.as_slice()).unwrap_or_default();
            images.iter().map(|image| (image.id.clone(), image.name.clone())).collect::<HashMap<_, _>>()
        })
    });
    let rows = Memo::new(move |_| {
        let (kept, names) = (kept.get(), names.get());
        let needle = search.get().trim().to_lowercase();
        inventory.servers.data.with(|servers| {
            let servers = servers.as_ref().map(|all| all.as_slice()).unwrap_or_default();
            let rows = servers.iter().filter(|server| matches(server, &needle));
            Arc::new(rows.map(|server| row(server, &kept, &names)).collect::<Vec<_>>())
        })
    });
    let cell = move |(key, column): (String, &'static str)| {
        let Some(server) = inventory.server(&key.into()) else { return ().into_any() };
        match column {
            "name" => view! { <span class="c-strong">{named(&server.name)}</span> }.into_any(),
            "status" => server_status(&server),
            "image" => image_cell(inventory, &server, &names.get()),
            "address" => addresses(&server),
            "age" => view! { {move || age(server.created, now.get())} }.into_any(),
            "backups" => {
                // Whether the images are known at all is no part of the row.
                let known = Memo::new(move |_| inventory.images.data.with(Option::is_some));
                let failed = Memo::new(move |_| inventory.images.error.with(Option::is_some));
                let (id, mine) = (server.id.clone(), kept.get().get(&server.id).cloned().unwrap_or_default());
                part(move || match (known.get(), failed.get()) {
                    (true, _) => kept_cell(inventory, id.clone(), mine.clone()),
                    (false, true) => view! { <span class="c-muted">{t("common.unknown")}</span> }.into_any(),
                    (false, false) => view! { <span class="c-muted">"…"</span> }.into_any(),
                })
                .into_any()
            }
            _ => ().into_any(),
        }
    };
    let actions = move |key: String| {
        let id = ServerId::from(key);
        let Some(server) = inventory.server(&id) else { return Vec::new() };
        let blocked = read_only().map_or_else(|| can_snapshot(&server), Err).err().map(|why| tr(&why.message()));
        let (snapshot, backup, open) = (id.clone(), id.clone(), id);
        vec![
            MenuItem::new(t("instances.snapshot"), move |_| dialogs.open(ServerAction::Snapshot, &snapshot))
                .glyph(lu::LuCamera)
                .disabled_reason(blocked.clone()),
            MenuItem::new(t("instances.backup"), move |_| dialogs.open(ServerAction::Backup, &backup))
                .glyph(lu::LuFilm)
                .disabled_reason(blocked),
            MenuItem::new(t("instances.open"), move |_| navigation.go(&Route::Instance(open.clone())))
                .glyph(lu::LuInfo),
        ]
    };
    let empty = move || {
        let text = search.get();
        if text.trim().is_empty() {
            nothing_yet()
        } else {
            let clear = move || {
                view! { <Button on_press=move |_| search.set(String::new())>{t("instances.clear_search")}</Button> }
            };
            let said = tr(&Message::new("instances.no_match_text").text("text", text));
            view! { <Empty glyph=lu::LuSearchX title=t("instances.no_match_title") text=said action=clear /> }
                .into_any()
        }
    };
    let columns = vec![
        Column::new("name", t("common.name")).width("16%"),
        Column::new("status", t("common.status")).width("13%"),
        Column::new("backups", t("instances.backups")).width("25%"),
        Column::new("address", t("instances.address")).width("15%"),
        Column::new("image", t("instances.image")).width("16%"),
        Column::new("age", t("common.age")).minor(),
    ];
    let sort = RwSignal::new(Sort::ascending("name"));
    let fresh = move || freshness(inventory.servers);
    let launch = || {
        let href = Route::Launch { image: None }.to_string();
        view! { <a class="btn btn-primary c-btn" href=href>{t("instances.launch")}</a> }
    };
    view! {
        <PageTitle title=t("instances.title") below=fresh actions=launch />
        <super::operations::Recent />
        <div class="c-bar">
            <Search label=t("instances.search") value=search />
            <span class="c-muted">
                {move || {
                    let known = inventory.servers.data.with(Option::is_some);
                    known.then(|| tr(&Message::new("instances.count").count("n", rows.with(|rows| rows.len()) as u64)))
                }}
            </span>
        </div>
        {move || first_error(inventory.servers)}
        {move || first_error(inventory.images)}
        <Show when=move || inventory.servers.data.with(Option::is_some) || inventory.servers.error.with(Option::is_none)>
            <Table
                label=t("instances.title")
                columns=columns.clone()
                rows=rows
                cell=cell
                sort=sort
                actions=actions
                loading=Signal::derive(move || inventory.servers.is_loading())
                empty=empty
            />
        </Show>
        <ServerDialogs dialogs=dialogs inventory=inventory />
    }
    .into_any()
}

/// The line below a title: how old what is shown is, and why it could not be refreshed.
pub fn freshness<T: Send + Sync + 'static>(remote: Remote<T>) -> AnyView {
    let now = use_now();
    let error = Signal::derive(move || {
        let failed = remote.data.with(Option::is_some);
        remote.error.get().filter(|_| failed).map(|error| error_words(&error, Doing::Reading).0)
    });
    view! {
        <Stale
            fetched_at=Signal::derive(move || remote.at.get().map(|at| at.0))
            now=Signal::derive(move || now.get().0)
            error=error
            on_retry=move |_| remote.refresh()
        />
    }
    .into_any()
}

/// In place of the first answer, when there is none.
pub fn first_error<T: Send + Sync + 'static>(remote: Remote<T>) -> Option<AnyView> {
    let error = remote.error.get().filter(|_| remote.data.with(Option::is_none))?;
    Some(
        view! {
            {error_notice(&error, Doing::Reading)}
            <div class="c-actions">
                <Button on_press=move |_| remote.refresh()>{t("common.retry")}</Button>
            </div>
        }
        .into_any(),
    )
}

fn nothing_yet() -> AnyView {
    let project = use_session().who.with(|who| who.as_ref().map(|who| who.project.name.clone())).unwrap_or_default();
    let text = tr(&Message::new("instances.empty_text").text("project", project));
    let action = || {
        let href = Route::images(KindTab::All).to_string();
        view! { <a class="btn btn-primary c-btn" href=href>{t("instances.launch")}</a> }
    };
    view! { <Empty glyph=lu::LuServer title=t("instances.empty_title") text=text action=action /> }.into_any()
}

fn matches(server: &Server, needle: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(needle);
    needle.is_empty()
        || has(&server.name)
        || has(server.id.as_str())
        || server.addresses.values().flatten().any(|address| has(&address.addr))
}

fn row(server: &Server, kept: &HashMap<ServerId, Kept>, names: &HashMap<ImageId, String>) -> Row {
    let kept = kept.get(&server.id).cloned().unwrap_or_default();
    let image = server.image.as_ref().and_then(|id| names.get(id)).cloned();
    let address = server.best_address().map(|address| address.addr.clone()).unwrap_or_default();
    let moment = |at: Option<crate::model::Moment>| at.map_or(SortKey::None, |at| SortKey::number(at.0 as f64));
    let content = (
        &server.name,
        server_status_words(server),
        server.image.as_ref().map(ImageId::as_str),
        &image,
        server.volumes.len(),
        flavor_name(server),
        server.addresses.values().flatten().map(|address| address.addr.as_str()).collect::<Vec<_>>(),
        &server.key_name,
        &kept,
    );
    Row::new(server.id.to_string(), named(&server.name), &content)
        .href(Route::Instance(server.id.clone()).to_string())
        .sort([
            SortKey::text(&server.name),
            SortKey::text(server_status_words(server)),
            moment(kept.newest),
            SortKey::text(address),
            SortKey::text(image.unwrap_or_default()),
            moment(server.created),
        ])
}

pub fn flavor_name(server: &Server) -> String {
    let flavor = &server.flavor;
    flavor
        .original_name
        .clone()
        .or_else(|| flavor.id.as_ref().map(ToString::to_string))
        .unwrap_or_else(|| "–".to_owned())
}

/// The address to log in at, and the key that opens it.
fn addresses(server: &Server) -> AnyView {
    let all: Vec<_> = server.addresses.values().flatten().collect();
    let shown = server.best_address().map(|address| address.addr.clone()).unwrap_or_else(|| "–".to_owned());
    let more = all.len().saturating_sub(1);
    let key = server.key_name.clone();
    view! {
        <span class="c-two">
            <span class="c-mono">{shown}{(more > 0).then(|| format!(" +{more}"))}</span>
            {key.map(|key| view! { <span class="c-two-minor" title=t("instances.key")>{key}</span> })}
        </span>
    }
    .into_any()
}

/// What it was made from, and how large it is.
fn image_cell(inventory: Inventory, server: &Server, names: &HashMap<ImageId, String>) -> AnyView {
    let id = server.image.clone();
    let name = match &id {
        None => t("instances.boot_volume"),
        Some(id) => names.get(id).map(|name| named(name)).unwrap_or_else(|| t("common.unknown")),
    };
    let backed = inventory.volume_backed(server.id.clone());
    let flavor = flavor_name(server);
    let below = move || match backed.get() {
        Some(true) => format!("{flavor} · {}", t("instances.volume_backed")),
        _ => flavor.clone(),
    };
    view! {
        <span class="c-two">
            <span>{name}</span>
            <span class="c-two-minor">{below}</span>
        </span>
    }
    .into_any()
}

/// The reel in small, the count, and the age of the newest.
fn kept_cell(inventory: Inventory, server: ServerId, kept: Kept) -> AnyView {
    let total = kept.snapshots + kept.backups;
    if total == 0 {
        return view! { <span class="c-muted">{t("instances.no_backups")}</span> }.into_any();
    }
    let now = use_now();
    let newest = kept.newest;
    let ago = move || {
        let at = newest?;
        let ago = crate::browser::intl::ago(at.age(now.get()));
        Some(tr(&Message::new("instances.newest").text("age", ago)))
    };
    view! {
        <span class="c-kept">
            {reels::compact(inventory, server)}
            <span class="c-two">
                <span>{total.to_string()}</span>
                <span class="c-two-minor">{ago}</span>
            </span>
        </span>
    }
    .into_any()
}

/// The two main buttons of one instance.
pub fn action_buttons(dialogs: Dialogs, inventory: Inventory, id: ServerId) -> AnyView {
    let reason = {
        let id = id.clone();
        Signal::derive(move || {
            let server = inventory.server(&id)?;
            read_only().map_or_else(|| can_snapshot(&server), Err).err().map(|why| tr(&why.message()))
        })
    };
    let (snapshot, backup) = (id.clone(), id);
    view! {
        <Button glyph=lu::LuFilm disabled_reason=reason on_press=move |_| dialogs.open(ServerAction::Backup, &backup)>
            {t("instances.backup")}
        </Button>
        <Button
            kind=Kind::Primary
            glyph=lu::LuCamera
            disabled_reason=reason
            on_press=move |_| dialogs.open(ServerAction::Snapshot, &snapshot)
        >
            {t("instances.snapshot")}
        </Button>
    }
    .into_any()
}
